"""Do the people who rated the same answers agree? Told beside the verdict; it decides nothing."""

from collections.abc import Sequence
from itertools import combinations

from ftbench.quality.ratings import Rating, ReviewItem, votes
from ftbench.stats.agreement import cohen_kappa


def agreement_notes(items: Sequence[ReviewItem], ratings: Sequence[Rating]) -> list[str]:
    """One sentence for each test and each two people who rated some of its items both, with Cohen's kappa and its 95 % interval."""
    by_check: dict[str, list[dict[str, str]]] = {}
    for item in items:
        if len(said := votes(item, ratings)) > 1:
            by_check.setdefault(item.check, []).append(said)
    notes = []
    for check, rated in by_check.items():
        for one, other in combinations(sorted({rater for said in rated for rater in said}), 2):
            if both := [(said[one], said[other]) for said in rated if one in said and other in said]:
                notes.append(f"{check}: {_sentence(one, other, both)}")
    return notes


def _sentence(one: str, other: str, both: list[tuple[str, str]]) -> str:
    found = cohen_kappa([a for a, _ in both], [b for _, b in both])
    same = sum(a == b for a, b in both)
    kappa = (
        "kappa is undefined: both chose one and the same throughout"
        if found.kappa is None
        else f"Cohen's kappa {found.kappa:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f}"
    )
    return f"{one} and {other} agree on {same} of {found.n} items that both rated ({kappa})"
