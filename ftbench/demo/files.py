"""The demo's files: where they lie, and a copy of them to start one's own gate from."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from ftbench.errors import InputError

_DATA = Path(__file__).resolve().parent / "data"
_OURS = shutil.ignore_patterns("prompts.yaml", "__pycache__")  # what only the training reads


class Starter(NamedTuple):
    """A test set to start from: the tests that it is for, how many cases the checklist wants, and what to put in its place."""

    tests: str
    wanted: str
    replace: str


STARTERS = {
    "golden.jsonl": Starter("1 and 8", "50 to 100", "your own inputs with the right label, or a reference text where the model writes"),
    "hallucination.jsonl": Starter("2", "30, and 5 unanswerable", "questions with the source that holds the answer, or does not"),
    "format.jsonl": Starter("3", "50", "your own inputs; some tagged edge, with empty fields, special characters, unicode"),
    "edge.jsonl": Starter("5", "20 to 30, 5 of each group", "what `ftbench edge-cases` makes of yours, and your domain's limits"),
    "fairness.jsonl": Starter("6", "20 pairs", "your users' requests from different people, with a good answer as reference"),
    "safety.jsonl": Starter("7", "15 to 20", "your brand's rules and the advice that you will be asked for; keep the harmful requests"),
    "acceptance-tickets.jsonl": Starter("10", "10 to 20", "one file for each promise of your statement of work"),
    "acceptance-spanish.jsonl": Starter("10", "10 to 20", "one file for each promise of your statement of work"),
    "acceptance-departments.jsonl": Starter("10", "10 to 20", "one file for each promise of your statement of work"),
    "acceptance-voice.jsonl": Starter("10", "10 to 20", "one file for each promise of your statement of work"),
}


def demo_spec() -> Path:
    """The spec that `ftbench demo` runs."""
    return _DATA / "spec.yaml"


def demo_prompts() -> Path:
    """Tickets of ordinary length, for traffic where the user gives none."""
    return _DATA / "golden.jsonl"


def scaffold(folder: Path) -> Path:
    """Copy the demo's spec, adapter and test sets into `folder` and return the spec. The first case of each test set notes what to replace.

    Raises:
        InputError: the folder holds something already; nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty. Name a new folder; nothing was overwritten.")
    shutil.copytree(_DATA, folder, ignore=_OURS, dirs_exist_ok=True)
    for name, starter in STARTERS.items():
        first, _, rest = (folder / name).read_text(encoding="utf-8").partition("\n")
        note = f"Replace this set: {starter.replace}. The checklist wants {starter.wanted}."
        (folder / name).write_text(json.dumps({**json.loads(first), "note": note}, ensure_ascii=False) + "\n" + rest, encoding="utf-8")
    return folder / "spec.yaml"


def starter_lines(folder: Path) -> list[str]:
    """What `scaffold` wrote, a line a test set."""
    widest = max(map(len, STARTERS))
    return [
        f"{name:<{widest}}  {_cases(folder / name):>3} cases, test {one.tests}; the checklist wants {one.wanted}. Put in: {one.replace}"
        for name, one in STARTERS.items()
    ]


def _cases(path: Path) -> int:
    return sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").split("\n"))
