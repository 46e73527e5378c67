"""Paired values that must not differ on average: no significant difference, and equivalence within a declared margin as its proof."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ftbench.checks.criteria import no_data
from ftbench.checks.result import Criterion
from ftbench.spec.checks import Evidence
from ftbench.stats import Equivalence, equivalence, holm, mcnemar, pairs_to_exclude, pairs_to_show, shown_within, signed_rank

Differences = Mapping[str, Mapping[str, float | None]]


class Compared(NamedTuple):
    """One variable: the p-value of a difference; whether its mean is shown within the margin (`equal`), from enough pairs (`proven`)."""

    name: str
    n: int
    missing: int
    p: float
    found: Equivalence | None
    equal: bool
    proven: bool
    needed: int | None


def same_on_average(name: str, differences: Differences, margin: float, span: float, evidence: Evidence, *, min_cases: int) -> Criterion:
    """How many variables have a significant difference: none may.

    `differences` by variable and pair id, each within [-span, span]; None where one side is missing. A variable differs where its p-value
    (Wilcoxon's, for yes/no McNemar's, both exact), adjusted after Holm for all variables, is below 1 - confidence, unless the mean is shown
    to be within `margin`, which the contract calls equal; one more pair answered alike never makes it differ. Proven when every variable is
    shown to be within, and from so many pairs that rare unlike ones would have been seen; as all of them must be, no adjustment is needed.
    Each missing value may hide the largest difference, so it narrows the margin.

    Source for that: Berger 1982, Technometrics 24, 295-300.
    """
    n = sum(map(len, differences.values()))
    seen = sum(value is not None for values in differences.values() for value in values.values())
    if n < min_cases or not seen:
        return no_data(name, "==", 0, "count", min(n, seen), max(1, min_cases))
    compared = [_compared(variable, list(values.values()), margin, span, evidence.confidence) for variable, values in differences.items()]
    adjusted = holm([c.p for c in compared])
    differ = [c for c, p in zip(compared, adjusted, strict=True) if p < 1 - evidence.confidence and not c.equal]
    return Criterion(
        name=name,
        operator="==",
        threshold=0,
        observed=len(differ),
        unit="count",
        n=n,
        ci=None,
        status="FAIL" if differ else "PASS",
        evidence="REFUTED" if differ else "PROVEN" if all(c.proven for c in compared) else "INCONCLUSIVE",
        note="; ".join([*(_told(c, p) for c, p in zip(compared, adjusted, strict=True)), _outlook(compared, margin)]),
        failures=[pair for c in differ for pair in _beyond(differences[c.name], c.found, margin)],
        more_cases=None if differ else _pairs_missing(compared),
    )


def _compared(name: str, values: Sequence[float | None], margin: float, span: float, confidence: float) -> Compared:
    seen = [v for v in values if v is not None]
    missing = len(values) - len(seen)
    if not seen:
        return Compared(name, len(values), missing, 1.0, None, False, False, None)
    found = equivalence(seen, margin, confidence=confidence)
    left = (margin * len(values) - span * missing) / len(seen)  # what the missing values leave of the margin
    within = shown_within(seen, margin, missing=missing, span=span, confidence=confidence)
    floor = pairs_to_exclude(left, span, confidence=confidence) if left > 0 else None
    show = pairs_to_show(seen, left, confidence=confidence) if left > 0 else None
    needed = None if floor is None or show is None else max(floor, show)
    proven = within and floor is not None and len(seen) >= floor
    return Compared(name, len(values), missing, _p_value(seen), found, within, proven, needed)


def _p_value(values: Sequence[float]) -> float:
    if set(values) <= {-1, 0, 1}:
        return mcnemar(values.count(1), values.count(-1))
    return signed_rank(values)


def _told(c: Compared, p: float) -> str:
    if c.found is None:
        return f"{c.name}: none of {c.n} pairs has both sides"
    low, high = c.found.interval
    missing = f", {c.missing} of {c.n} pairs without both sides" if c.missing else f" over {c.n} pairs"
    return f"{c.name}: mean {c.found.mean:+.2f} ({low:+.2f} to {high:+.2f}){missing}, p {p:.2g}"


def _outlook(compared: Sequence[Compared], margin: float) -> str:
    """What is still to be shown: within the margin, and by how many pairs."""
    open_ = [c for c in compared if not c.proven]
    if not open_:
        return f"all within {margin:g}, the margin that counts as equal"
    told = [f"about {c.needed} pairs of {c.name}" for c in open_ if c.needed is not None]
    never = [c.name for c in open_ if c.needed is None]
    return "; ".join(
        filter(
            None,
            [
                f"that it is within the margin of {margin:g} would be proven by {', '.join(told)}" if told else "",
                f"not within the margin of {margin:g} as it is: {', '.join(never)}" if never else "",
            ],
        )
    )


def _pairs_missing(compared: Sequence[Compared]) -> int | None:
    """How many more pairs like those seen would prove it; None where nothing is missing, or a mean is not within the margin."""
    missing = [None if c.needed is None else max(1, c.needed - c.n + c.missing) for c in compared if not c.proven]
    return sum(missing) if missing and None not in missing else None


def _beyond(values: Mapping[str, float | None], found: Equivalence | None, margin: float) -> list[str]:
    """The pairs that make the difference: beyond the margin to the side of the mean; where none is, all on that side."""
    if found is None:
        return []
    on_side = {pair: abs(v) for pair, v in values.items() if v is not None and v * found.mean > 0}
    return [pair for pair, size in on_side.items() if size > margin] or list(on_side)
