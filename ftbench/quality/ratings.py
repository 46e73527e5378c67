"""What people are asked to judge, and what they said."""

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field


class ReviewItem(BaseModel):
    """One question to a person. For a comparison `answers` are two, in an order that tells nothing; else one.

    `id` is unique in a run and stays the same over resumes: `<check>/<case>` or `<check>/<case>/<what>`. `choices` are all answers
    that count. `output_sha256` ties a rating to the very texts that were rated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    check: str
    case: str
    question: str
    choices: tuple[str, ...] = Field(min_length=2)
    prompt: str
    source: str | None = None
    reference: str | None = None
    answers: tuple[str, ...] = Field(min_length=1, max_length=2)
    output_sha256: str


class Rating(BaseModel):
    """One person's choice for one item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    rating: str
    rater: str
    output_sha256: str
    note: str = ""
    at: str = ""


def output_digest(*texts: str) -> str:
    """sha256 of one text, or of several in their order: a retrained model's answers must be rated anew."""
    if len(texts) == 1:
        return hashlib.sha256(_bytes(texts[0])).hexdigest()
    return hashlib.sha256(b"".join(hashlib.sha256(_bytes(text)).digest() for text in texts)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # half of a pair, which JSON can carry


def votes(item: ReviewItem, ratings: Sequence[Rating]) -> dict[str, str]:
    """Choice by rater. A rating of other texts, or of a choice that the item does not have, does not count; a person's later rating
    replaces the earlier."""
    return {r.rater: r.rating for r in ratings if r.id == item.id and r.output_sha256 == item.output_sha256 and r.rating in item.choices}


def decided(item: ReviewItem, ratings: Sequence[Rating]) -> str | None:
    """What people said of `item`: the choice of more than half of its raters; None while nobody did, or where they are even."""
    said = list(votes(item, ratings).values())
    return next((choice for choice in item.choices if 2 * said.count(choice) > len(said)), None)
