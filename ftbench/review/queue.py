"""The queue: what is still open, in an order that tells a rater nothing."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ftbench.quality.ratings import ReviewItem, decided
from ftbench.quality.spreadsheet import csv_text
from ftbench.review.files import TO_FILL, ReviewFiles, read_ratings
from ftbench.text_file import write_whole

COLUMNS = ("id", "rating", "rater", "note", "question", "choices", "prompt", "source", "reference", "answer", "A", "B", "output_sha256")
OPTIONAL = ("source", "reference", "answer", "A", "B")  # left out where no item has them


class Queue(NamedTuple):
    """How many items the run has for people, how many of them are still open, and the sheet to fill in."""

    items: int
    open: int
    sheet: Path


def write_queue(run_folder: Path, items: Sequence[ReviewItem]) -> Queue:
    """Write review/all and review/queue, each as JSONL and CSV, from all of a run's items and the ratings that it has already.

    An item leaves the queue when more than half of its raters said the same. The order is that of a hash of the id: the same after
    every resume, and no hint in it of test, category, or which answer is whose.

    Raises:
        InputError: the run's ratings cannot be read.
    """
    files = ReviewFiles(run_folder)
    if not items and not files.folder.exists():
        return Queue(0, 0, files.queue_csv)
    shuffled = sorted(items, key=lambda item: hashlib.sha256(f"order of the queue {item.id}".encode()).digest())
    ratings = read_ratings(run_folder)
    waiting = [item for item in shuffled if decided(item, ratings) is None]
    for part, jsonl, sheet in ((shuffled, files.all, files.all_csv), (waiting, files.queue, files.queue_csv)):
        write_whole(jsonl, "".join(json.dumps(_row(item), ensure_ascii=False) + "\n" for item in part))
        rows = [_cells(item) for item in part]
        write_whole(sheet, csv_text([c for c in COLUMNS if c not in OPTIONAL or any(row[c] for row in rows)], rows))
    return Queue(len(shuffled), len(waiting), files.queue_csv)


def _row(item: ReviewItem) -> dict[str, object]:
    data = item.model_dump(mode="json")
    return {"id": data.pop("id"), **dict.fromkeys(TO_FILL, ""), **data}


def _cells(item: ReviewItem) -> dict[str, str]:
    pair = dict(zip("AB", item.answers, strict=True)) if len(item.answers) == 2 else {"answer": item.answers[0]}
    return {
        **dict.fromkeys(COLUMNS, ""),
        "id": item.id,
        "question": item.question,
        "choices": " / ".join(item.choices),
        "prompt": item.prompt,
        "source": item.source or "",
        "reference": item.reference or "",
        "output_sha256": item.output_sha256,
        **pair,
    }
