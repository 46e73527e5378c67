"""People's ratings from a file into the run: all of it, or nothing and the first fault by its line."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from ftbench.errors import InputError
from ftbench.quality.lines import cut_torn_line
from ftbench.quality.raters import agreement_notes
from ftbench.quality.rating_file import Row, chosen, read_rating_file
from ftbench.quality.ratings import Rating, ReviewItem, votes
from ftbench.review.files import ReviewFiles, read_items, read_ratings
from ftbench.review.queue import write_queue


class ImportResult(NamedTuple):
    """`new`: first ratings of an item by that rater; `replaced`: those that changed; `unchanged`: said before, not written again;
    `skipped`: rows without a rating. `open` items of `items` have no majority yet; `even` are those of them that somebody rated."""

    new: int
    replaced: int
    unchanged: int
    skipped: int
    raters: list[str]
    items: int
    open: int
    even: list[str]
    notes: list[str]


def import_ratings(run_folder: Path, file: Path, rater: str | None = None) -> ImportResult:
    """Add the ratings in `file` (CSV or JSONL) to the run's review/ratings.jsonl, which only ever grows, and write the queue again.

    `rater` is who filled in the rows that name nobody. A rating without `output_sha256` (JSONL only) is of the text that the item has now.

    Raises:
        InputError: the run waits for nobody; a row that is no rating, or names no item of the run, a choice that the item does not have,
            another text than the item's, nobody as its rater, or another than `rater`; one item rated twice by a person; no rating at all.
    """
    items = {item.id: item for item in read_items(run_folder)}
    rows = read_rating_file(file, "the file of ratings that was named")
    filled = [row for row in rows if row.rating]
    if not filled:
        raise InputError(f"{file.name} holds no rating. Fill in the column or field `rating` of its {len(rows)} rows and import it again.")
    files = ReviewFiles(run_folder)
    with FileLock(f"{files.ratings}.lock"):
        before = read_ratings(run_folder)
        given = _ratings(filled, items, rater, before)
        said = {(item.id, who): choice for item in items.values() for who, choice in votes(item, before).items()}
        fresh = [rating for rating in given if said.get((rating.id, rating.rater)) != rating.rating]
        _append(files.ratings, fresh)
    after = [*before, *fresh]
    queue = write_queue(run_folder, list(items.values()))
    return ImportResult(
        new=sum((rating.id, rating.rater) not in said for rating in fresh),
        replaced=sum((rating.id, rating.rater) in said for rating in fresh),
        unchanged=len(given) - len(fresh),
        skipped=len(rows) - len(filled),
        raters=list(dict.fromkeys(rating.rater for rating in given)),
        items=queue.items,
        open=queue.open,
        even=[item.id for item in items.values() if _even(item, after)],
        notes=agreement_notes(list(items.values()), after),
    )


def _ratings(rows: list[Row], items: dict[str, ReviewItem], rater: str | None, before: list[Rating]) -> list[Rating]:
    spelling = {known.rater.casefold(): known.rater for known in before}  # Ann and ann are one person and have one vote
    now = datetime.now(UTC).isoformat(timespec="seconds")
    seen: dict[tuple[str, str], str] = {}
    ratings = []
    for row in rows:
        item = items.get(row.id)
        if item is None:
            raise InputError(f"{row.where}: this run has no item {row.id!r}. The ids stand in its review/all.jsonl.")
        if row.output_sha256 and row.output_sha256.casefold() != item.output_sha256:
            raise InputError(f"{row.where}: this is a rating of another text than {row.id!r} has in this run. Rate the answer of this run.")
        who = _who(row, rater)
        who = spelling.setdefault(who.casefold(), who)
        if (row.id, who) in seen:
            raise InputError(f"{row.where}: {who} rated {row.id!r} already at {seen[row.id, who]}. Keep one rating a person and item.")
        seen[row.id, who] = row.where
        said = chosen(row, item.choices)
        ratings.append(Rating(id=row.id, rating=said, rater=who, output_sha256=item.output_sha256, note=row.note, at=now))
    return ratings


def _who(row: Row, rater: str | None) -> str:
    theirs, ours = " ".join(row.rater.split()), " ".join((rater or "").split())
    if not theirs and not ours:
        raise InputError(f"{row.where}: nobody is named as the rater. Fill in the column or field `rater`, or give --rater NAME.")
    if theirs and ours and theirs.casefold() != ours.casefold():
        raise InputError(f"{row.where}: the rater is {theirs!r} here and {ours!r} by --rater. Leave one of the two out.")
    return theirs or ours


def _append(path: Path, ratings: list[Rating]) -> None:
    if not ratings:
        return
    cut_torn_line(path)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(rating.model_dump_json() + "\n" for rating in ratings))
        file.flush()
        os.fsync(file.fileno())


def _even(item: ReviewItem, ratings: list[Rating]) -> bool:
    said = list(votes(item, ratings).values())
    return bool(said) and max(said.count(choice) for choice in said) * 2 <= len(said)
