"""Assertion in the user's own Python: module:function, or an entry point of an installed package."""

import importlib
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import numpy as np

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.quality.assertions.outcome import Judge, Outcome, Promise
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output

GROUP = "ftbench.assertions"


def python(name: str, promise: Promise, key: str) -> Judge:
    """`name` called with the text and the case says true. An exception, or another answer than true or false, is a fault of the function
    and says nothing about the model."""
    called = _load(name, promise, key)

    def judge(case: Case, output: Output) -> Outcome:
        try:
            found = called(output.text, case)
        except (Exception, SystemExit) as error:
            raise InvalidMeasurement(f"{name} raised {type(error).__name__} on the case {case.id}: {str(error)[:200]}") from error
        if not isinstance(found, bool | np.bool_):
            raise InvalidMeasurement(f"{name} answered {found!r:.80} for the case {case.id}; it must say True or False")
        return Outcome(bool(found), "" if found else f"{name} says no")

    return judge


def _load(name: str, promise: Promise, key: str) -> Callable[[str, Case], Any]:
    module, colon, function = name.partition(":")
    try:
        if colon:
            found = _imported(module, str(promise.spec.folder))
            for part in function.split("."):
                found = getattr(found, part)
        else:
            points = entry_points(group=GROUP, name=name)
            if not points:
                known = ", ".join(sorted(entry_points(group=GROUP).names)) or "none"
                raise InputError(
                    f"{key}: no installed package has an entry point {name!r} in group {GROUP} (there: {known}). "
                    "Install it, or write module:function."
                )
            found = next(iter(points)).load()
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # whatever a module does when it is imported
        raise InputError(
            f"{key}: {name} cannot be loaded: {type(error).__name__}: {error}. A module is looked for among the installed ones, "
            "then beside the spec."
        ) from None
    if not callable(found):
        raise InputError(f"{key}: {name} is {type(found).__name__}, not a function of (text, case).")
    return found


def _imported(module: str, folder: str) -> Any:
    """The spec's folder comes last, so that no file in it can stand in for an installed module."""
    added = folder not in sys.path
    if added:
        sys.path.append(folder)
    try:
        importlib.invalidate_caches()
        return importlib.import_module(module)
    finally:
        if added:
            sys.path.remove(folder)
