"""`ftbench import-ratings`: people's words come back into a run, and into the audit trail."""

from collections.abc import Iterator
from pathlib import Path

from ftbench.errors import InputError
from ftbench.gate import ledger
from ftbench.report.human import plural
from ftbench.review import import_ratings


def bring_back(run: Path, file: Path, rater: str | None) -> Iterator[str]:
    """Import `file` into the run folder and yield what to tell the user.

    Raises:
        InputError: the run, or a line of the file, cannot be used; nothing was taken over.
    """
    if not run.is_dir():
        raise InputError(f"{run} is no run folder. Name one, such as reports/<run id>.")
    done = import_ratings(run, file, rater)
    if done.new or done.replaced:
        facts = {"run": run.resolve().name, "file": file.name, "raters": done.raters, "new": done.new, "replaced": done.replaced}
        ledger.append(run.resolve().parent / "ledger.jsonl", "human rating", facts, who=ledger.user())
    rest = f"{done.unchanged} said before, {plural(done.skipped, 'row')} left empty."
    yield f"{plural(done.new, 'new rating')}, {done.replaced} replaced, {rest}"
    yield from done.notes
    if done.even:
        yield f"Raters are even on {', '.join(done.even[:5])}; one more person must decide."
    if done.open:
        yield f"{done.open} of {plural(done.items, 'answer')} still wait for a person: {run / 'review' / 'queue.csv'}"
    yield f"Now: ftbench gate --resume {run}"
