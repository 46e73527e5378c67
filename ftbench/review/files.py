"""Where a run keeps what people are asked and what they said."""

from pathlib import Path

from pydantic import ValidationError

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json
from ftbench.quality.lines import whole_lines
from ftbench.quality.ratings import Rating, ReviewItem

TO_FILL = ("rating", "rater", "note")  # what a rater writes into an item of the queue


class ReviewFiles:
    """Paths under `review/` of one run folder. `queue` is what is still open, `all` every item, for a second rater; each also as CSV."""

    def __init__(self, run_folder: Path) -> None:
        self.folder = run_folder / "review"
        self.queue = self.folder / "queue.jsonl"
        self.queue_csv = self.folder / "queue.csv"
        self.all = self.folder / "all.jsonl"
        self.all_csv = self.folder / "all.csv"
        self.ratings = self.folder / "ratings.jsonl"


def read_items(run_folder: Path) -> list[ReviewItem]:
    """Every item that the run has for people, rated or not.

    Raises:
        InputError: the run has none, or the file is broken.
    """
    path = ReviewFiles(run_folder).all
    if not path.exists():
        raise InputError(
            f"{path} does not exist. Only a run that waits for people has it; name the folder of one, such as reports/<run id>."
        )
    items = []
    for number, line in whole_lines(path):
        try:
            data = strict_json(line.decode())
            items.append(ReviewItem.model_validate({name: value for name, value in data.items() if name not in TO_FILL}))
        except (ValueError, AttributeError):
            raise InputError(
                f"{path}, line {number}: this is no item that ftbench wrote. Resume the run to have it written again."
            ) from None
    return items


def read_ratings(run_folder: Path) -> list[Rating]:
    """All ratings that were ever given, oldest first; none where nobody rated yet. A last line that a kill tore off is left out.

    Raises:
        InputError: a whole line is no rating.
    """
    path = ReviewFiles(run_folder).ratings
    ratings = []
    for number, line in whole_lines(path):
        try:
            ratings.append(Rating.model_validate_json(line))
        except ValidationError:
            raise InputError(
                f"{path}, line {number}: this is no rating that ftbench wrote. Take the line out and import that rating again."
            ) from None
    return ratings
