"""All checkable claims of a text, each part of it claimed once."""

from functools import partial

from ftbench.quality.claims.citations import citations
from ftbench.quality.claims.claim import Claim, blank, plain
from ftbench.quality.claims.dates import dates, times
from ftbench.quality.claims.identifiers import identifiers, links
from ftbench.quality.claims.names import names
from ftbench.quality.claims.numbers import numbers

MEASURES = ("number", "date", "time")


def claims(text: str, *, known_names: frozenset[str] = frozenset(), of_source: bool = False) -> list[Claim]:
    """Claims of `text` in their order: links, citations, dates, times, identifiers, numbers, names.

    What an earlier kind has taken is no claim of a later one, so that 2025-03-03 is one date and not three numbers. `known_names`
    (casefolded) count as names even as the first word of a sentence; `of_source` reads generously, see `numbers`.
    """
    left, found = plain(text), []
    for extract in (links, citations, dates, times, identifiers, partial(numbers, of_source=of_source), partial(names, known=known_names)):
        new = [claim._replace(text=text[claim.start : claim.end]) for claim in extract(left)]
        left = blank(left, new)
        found += new
    return sorted(found, key=lambda claim: claim.start)


def without_measures(text: str, found: list[Claim]) -> str:
    """`text` with its numbers, units, dates and times struck out, same length: "two weeks" must not make two sentences alike."""
    return blank(text, [claim for claim in found if claim.kind in MEASURES])
