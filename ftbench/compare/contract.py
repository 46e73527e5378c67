"""Does a cell meet what was promised? One rule for measured and modelled cells, and every reason against in a sentence.

A cell meets the contract when it fits the memory, a rate keeps the SLO, no budget and no margin is missed at any scale where they are
judged, and its variant's answers are neither shown to be worse than the reference's on any compared test nor failed by the gate's own
criteria of one. What cannot be said (a model's band that holds both answers, a variant nobody asked, a gate that waits for a person)
leaves the question open, which is no yes.
"""

from typing import NamedTuple

from ftbench.compare.file import Cell, Quality
from ftbench.cost.local import NO_SOURCE
from ftbench.report import human


class Met(NamedTuple):
    """`ok` None: it cannot be said. `against` are reasons that decide against it, `open` what is not known."""

    ok: bool | None
    against: list[str]
    open: list[str]


def met(cell: Cell, quality: Quality | None, reference: str, *, compared: bool) -> Met:
    """Whether `cell`, with the answers of its variant, meets the contract.

    Args:
        compared: quality was to be compared; where it was not, nothing is asked of it.
    """
    against, open_ = [], []
    for part in (_memory(cell), _capacity(cell), _money(cell), _quality(cell, quality, reference) if compared else Met(True, [], [])):
        against += part.against
        open_ += part.open
    return Met(False if against else None if open_ else True, against, open_)


def _memory(cell: Cell) -> Met:
    if cell.memory is not None and not cell.memory.fits:
        return Met(False, [cell.memory.why_not or "it does not fit the memory"], [])
    if cell.memory is None and cell.basis == "modelled":
        return Met(None, [], ["whether it fits the memory is not known"])
    return Met(True, [], [])


def _capacity(cell: Cell) -> Met:
    if cell.memory is not None and not cell.memory.fits:
        return Met(False, [], [])  # it does not run at all: one reason is enough
    rate = cell.capacity.rate if cell.capacity else None
    if rate is None or rate.value is None:
        why = (rate.note if rate else "") or "no rate was sent"
        if cell.basis == "measured" and cell.capacity and cell.capacity.lowest_not_kept is not None:
            return Met(False, [f"no rate that was sent keeps the SLO: {why}"], [])
        return Met(None, [], [f"its capacity at the SLO is not known: {why}"])
    if rate.value <= 0:
        if rate.basis == "modelled" and (rate.high or 0) > 0:
            return Met(None, [], ["at the modelled step times no rate keeps the SLO, at the fast end of the band one does"])
        return Met(False, ["no rate keeps the SLO"], [])
    if rate.basis == "modelled" and rate.low is not None and rate.low <= 0:
        return Met(None, [], ["at the slow end of the modelled band no rate keeps the SLO"])
    return Met(True, [], [])


def _money(cell: Cell) -> Met:
    over = [human.scale(c.scale) for c in cell.cost if c.within_budget is False]
    short = [human.scale(c.scale) for c in cell.cost if c.within_margin is False]
    against = [f"over the budget at {human.listed(over)}"] if over else []
    against += [f"less than the agreed margin at {human.listed(short)}"] if short else []
    unpriced = any(NO_SOURCE in c.price_source for c in cell.cost)
    open_ = ["its machine has no price, so its cost cannot be compared; set cost.price_per_hour"] if unpriced else []
    return Met(False if against else None if open_ else True, against, open_)


def _quality(cell: Cell, quality: Quality | None, reference: str) -> Met:
    if quality is None:
        return Met(None, [], [f"{cell.variant} has answered no test case, so its quality is not known"])
    against = [
        f"{cell.variant} is worse than {reference} on {d.check}: {human.percent(d.right / d.n)} right against "
        f"{human.percent(d.reference_right / d.n)} on the same {d.n} cases "
        f"({d.lost} lost, {d.gained} gained, adjusted p {p_value(d.p_adjusted)})"
        for d in quality.differences
        if d.word == "worse"
    ]
    failed = [check for check, status in quality.gates.items() if status == "FAIL"]
    against += [f"{cell.variant} fails the gate's {human.listed(failed)}"] if failed else []
    waits = [f"{check} ({'too few cases' if s == 'INVALID' else 'a person must look'})" for check, s in quality.gates.items() if s in _OPEN]
    open_ = [f"the gate cannot judge {cell.variant} on {human.listed(waits)}"] if waits else []
    return Met(False if against else None if open_ else True, against, open_)


_OPEN = ("INVALID", "NEEDS_REVIEW")


def p_value(p: float) -> str:
    """A p-value to two digits, with its sign; one below a millionth as such."""
    return "< 0.000001" if p < 1e-6 else f"= {human.significant(p, 2)}"
