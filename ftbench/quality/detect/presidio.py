"""presidio's pattern recognizers without its engines: its package imports spaCy, torch and transformers, which no pattern needs."""

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_BASES = (  # in the order in which they need each other
    ("analysis_explanation", "AnalysisExplanation"),
    ("recognizer_result", "RecognizerResult"),
    ("entity_recognizer", "EntityRecognizer"),
    ("local_recognizer", "LocalRecognizer"),
    ("pattern", "Pattern"),
    ("pattern_recognizer", "PatternRecognizer"),
)
_WITH_MODELS = {"ner", "nlp_engine_recognizers", "third_party"}
_LOADING = threading.Lock()


@cache
def recognizers() -> dict[str, list[Any]]:
    """Every pattern recognizer that presidio ships, by the entity that it finds, such as IBAN_CODE. Takes some tenths of a second once."""
    with _LOADING, _package_without_engines() as folder:
        base = importlib.import_module("presidio_analyzer.pattern_recognizer").PatternRecognizer
        found: dict[str, list[Any]] = {}
        for kind in _classes(folder / "predefined_recognizers", base):
            recognizer = kind()
            for entity in recognizer.supported_entities:
                found.setdefault(entity, []).append(recognizer)
        return found


def _classes(folder: Path, base: type) -> list[type]:
    kinds: dict[str, type] = {}
    for path in sorted(folder.rglob("*_recognizer*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if parts[0] not in _WITH_MODELS:
            module = importlib.import_module(".".join(("presidio_analyzer.predefined_recognizers", *parts)))
            own = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, base) and v.__module__ == module.__name__]
            kinds |= {kind.__name__: kind for kind in own}
    return list(kinds.values())


@contextmanager
def _package_without_engines() -> Iterator[Path]:
    """While this holds, presidio's package is its folder and its base classes; whoever imports it afterwards gets the whole."""
    folder = Path(next(iter(find_spec("presidio_analyzer").submodule_search_locations)))
    before = _take_out()
    try:
        package = _shell("presidio_analyzer", folder)
        _shell("presidio_analyzer.nlp_engine", folder / "nlp_engine").NlpArtifacts = object  # stands in annotations only
        _shell("presidio_analyzer.predefined_recognizers", folder / "predefined_recognizers")
        for module, name in _BASES:
            setattr(package, name, getattr(importlib.import_module(f"presidio_analyzer.{module}"), name))
        yield folder
    finally:
        _take_out()
        sys.modules.update(before)


def _shell(name: str, folder: Path) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module
    return module


def _take_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] == "presidio_analyzer"]
    return {name: sys.modules.pop(name) for name in names}
