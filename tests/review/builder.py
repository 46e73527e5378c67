"""Items for people, and files that they filled in."""

import csv
import io
from pathlib import Path

from ftbench.quality.ratings import ReviewItem, output_digest
from ftbench.review import ReviewFiles

GRADES = ("Correct", "Partially correct", "Wrong")


def item(n: int, *, answer: str = "", check: str = "accuracy") -> ReviewItem:
    text = answer or f"answer {n}"
    return ReviewItem(
        id=f"{check}/c{n}",
        check=check,
        case=f"c{n}",
        question="Is it right?",
        choices=GRADES,
        prompt=f"prompt {n}",
        answers=(text,),
        output_sha256=output_digest(text),
    )


def pair(n: int) -> ReviewItem:
    texts = (f"one {n}", f"two {n}")
    return item(n, check="ab_comparison").model_copy(
        update={"choices": ("A", "B", "equal"), "answers": texts, "output_sha256": output_digest(*texts)}
    )


def sheet(run: Path, *, name: str = "queue_csv") -> list[dict[str, str]]:
    """A CSV of the run as a spreadsheet reads it."""
    text = getattr(ReviewFiles(run), name).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def filled(run: Path, path: Path, ratings: dict[str, str], rater: str = "", **cells: str) -> Path:
    """The run's sheet of all items with a rating in the rows that `ratings` names."""
    rows = [{**row, "rating": ratings.get(row["id"], ""), "rater": rater, **cells} for row in sheet(run, name="all_csv")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
