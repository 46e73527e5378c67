"""A baseline that is the candidate itself: every comparison would be a tie, and no number of cases would show it."""

from typing import Any

from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.spec import Spec
from ftbench.spec.target import Endpoint, Model


def refuse_equal_baseline(spec: Spec, cases: list[Case] | None = None) -> None:
    """What baseline and candidate are: model folder or id, revision, adapter, variant, or endpoint and its model; and the system prompt.

    With `cases`, also a baseline that differs in the system prompt only where a case does not take it, because it has `messages`.

    Raises:
        InputError: both are the same.
    """
    section = spec.tests.ab_comparison
    if section is None:
        return
    other, own_words = section.baseline, section.system_prompt or spec.system_prompt
    same_target = other.model is None and other.endpoint is None
    if not same_target:
        same_target = _identity(spec, other.model, other.endpoint) == _identity(spec, spec.model, spec.endpoint)
    if not same_target:
        return
    words = other.system_prompt or own_words
    if (words or "").strip() == (own_words or "").strip():
        raise InputError(
            "tests.ab_comparison.baseline is the candidate itself: the same target and the same system prompt. "
            "Name another model, adapter, variant, endpoint or system prompt."
        )
    for case in cases or ():
        if case.messages is not None:
            raise InputError(
                f"tests.ab_comparison: the baseline differs from the candidate in its system prompt only, and case {case.id!r} has "
                "`messages`, which are sent without it. Give it a `prompt` instead, or name another model."
            )


def _identity(spec: Spec, model: Model | None, endpoint: Endpoint | None) -> tuple[Any, ...]:
    if endpoint is not None:
        return "endpoint", endpoint.url.rstrip("/"), endpoint.model
    folder = spec.path(model.path)
    path = str(folder) if folder.is_dir() else model.path
    return "model", path, model.revision, model.adapter and str(spec.path(model.adapter)), model.variant
