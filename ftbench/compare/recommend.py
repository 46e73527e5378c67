"""Which cell to take, in one sentence with its reason; or that none can be taken, which one comes nearest, and why not."""

from typing import NamedTuple

from ftbench.compare.contract import Met, met
from ftbench.compare.costs import apart_at, cost_at, scale_of
from ftbench.compare.file import Cell, CompareFile, Quality, Recommendation
from ftbench.compare.pareto import fronts, right_share
from ftbench.cost.local import LOCAL
from ftbench.report import human

MOST_CHEAPER = 3  # cells that are cheaper but do not meet the contract, named with their reasons
MODELLED = "Modelled, measure before you sign: "


class _Judged(NamedTuple):
    cell: Cell
    met: Met
    cost: float | None


def judged(file: CompareFile) -> CompareFile:
    """`file` with each cell's `meets_contract` and `why_not`, the Pareto fronts and the recommendation."""
    by_variant = {q.variant: q for q in file.quality}
    compared = any(q.rates for q in file.quality) or not file.quality
    found = [
        Met(False, cell.why_not, []) if _left_out(cell) else met(cell, by_variant.get(cell.variant), file.reference, compared=compared)
        for cell in file.cells
    ]
    cells = [
        cell.model_copy(
            update={
                "meets_contract": m.ok,
                "why_not": [*m.against, *m.open],
                "notes": [*cell.notes, *_of_quality(cell, by_variant.get(cell.variant))],
            }
        )
        for cell, m in zip(file.cells, found, strict=True)
    ]
    scale = scale_of(file)
    rows = [_Judged(cell, m, cost_at(cell, scale)) for cell, m in zip(cells, found, strict=True)]
    return file.model_copy(
        update={
            "cells": cells,
            "pareto": fronts(cells, file.quality, scale),
            "recommendation": _recommend(rows, file, scale, compared=compared),
        }
    )


def _left_out(cell: Cell) -> bool:
    """It cannot run there, and that was said before anything was measured or modelled."""
    return cell.meets_contract is False and cell.capacity is None and bool(cell.why_not)


def _recommend(rows: list[_Judged], file: CompareFile, scale: float, *, compared: bool) -> Recommendation:
    quality = {q.variant: q for q in file.quality}
    able = sorted((r for r in rows if r.met.ok and r.cost is not None), key=lambda r: _order(r, quality, file.scales))
    if not able:
        return _no_cell(rows, file, scale)
    best = able[0]
    tied = [r for r in able if not apart_at(best.cell, r.cell, file.scales)]
    ranking = [r.cell.id for r in able]
    named = human.listed([cell_name(r.cell) for r in tied])
    what = f"keeps the SLO, fits the memory and is not shown to be worse than {file.reference}"
    what = what if compared else "keeps the SLO and fits the memory"
    money = f"{_money(best.cost, file)} at {human.scale(scale)}"
    if len(tied) == 1:
        others = f"the cheapest of {len(able)} cells of which each" if len(able) > 1 else "the only cell that"
        sentence = f"Take {named}: {money}{_as_much(best, able[1:], file, scale)}, {others} {what}."
    else:
        first = f"{cell_name(best.cell)} comes first by {_why_first(tied)}"
        sentence = f"{named} cannot be told apart in cost (about {money}), and each {what}; {first}."
    if best.cell.basis == "modelled":
        sentence = MODELLED + sentence[0].lower() + sentence[1:] if sentence.startswith("Take") else MODELLED + sentence
    return Recommendation(
        outcome="one" if len(tied) == 1 else "tied",
        ranking=ranking,
        sentence=sentence,
        reasons=[*_beside(best, able, file), *_cheaper(best, rows, file, scale), *_quality_reasons(best.cell, quality, compared=compared)],
    )


def _no_cell(rows: list[_Judged], file: CompareFile, scale: float) -> Recommendation:
    """The nearest is the one with the fewest reasons against it, then with the least that is open, then the cheapest."""
    nearest = min(rows, key=lambda r: (len(r.met.against), len(r.met.open), r.cost is None, r.cost or 0.0, r.cell.id))
    why = "; ".join([*nearest.met.against, *nearest.met.open]) or "it has no cost"
    price = f" ({_money(nearest.cost, file)} at {human.scale(scale)})" if nearest.cost is not None else ""
    unknown = not nearest.met.against
    head = "No cell can be recommended yet" if unknown else "No cell meets the contract"
    sentence = f"{head}. The nearest is {cell_name(nearest.cell)}{price}: {why}."
    return Recommendation(outcome="unknown" if unknown else "none", ranking=[], sentence=sentence, reasons=_shared(rows))


def _shared(rows: list[_Judged]) -> list[str]:
    """Each reason with the cells that it stands against."""
    cells_of: dict[str, list[str]] = {}
    for row in rows:
        for reason in [*row.met.against, *row.met.open]:
            cells_of.setdefault(reason, []).append(row.cell.id)
    return [f"{human.listed(cells)}: {reason}" for reason, cells in cells_of.items()]


def _order(row: _Judged, quality: dict[str, Quality], scales: list[float]) -> tuple:
    """Cost at the ranking's scale decides, then cost at the others; where all are the same to the last digit, right answers, then measured
    before modelled, then the fastest answer."""
    share = right_share(quality[row.cell.variant]) if row.cell.variant in quality else None
    e2e = min((p.e2e.value for p in row.cell.batches if p.e2e.value is not None), default=float("inf"))
    costs = [c if (c := cost_at(row.cell, s)) is not None else float("inf") for s in sorted(scales)]
    return row.cost, costs, -(share or 0.0), row.cell.basis != "measured", e2e, row.cell.id


def _as_much(best: _Judged, others: list[_Judged], file: CompareFile, scale: float) -> str:
    """Cells that cost as much at the scale of the ranking and more at others, which is what tells them apart."""
    same = [r for r in others if (where := apart_at(best.cell, r.cell, file.scales)) and scale not in where]
    if not same:
        return ""
    if len(same) > 1:
        return " (as much as others, which cost more at larger scales)"
    at = human.listed([human.scale(s) for s in apart_at(best.cell, same[0].cell, file.scales)])
    return f" (as much as {cell_name(same[0].cell)}, but less at {at})"


def _why_first(tied: list[_Judged]) -> str:
    costs = [[c.cost_per_inference for c in r.cell.cost] for r in tied[:2]]
    return "its answers and speed" if costs[0] == costs[1] else "what its cost is expected to be"


def _beside(best: _Judged, able: list[_Judged], file: CompareFile) -> list[str]:
    known = [(c.scale, c.cost_per_inference) for c in best.cell.cost if c.cost_per_inference is not None]
    per, unit = human.inference_unit([cost for _, cost in known])
    costs = [f"{human.money(per * cost, file.currency)} at {human.scale(scale)}" for scale, cost in known]
    found = [f"{cell_name(best.cell)} costs {human.listed(costs)} {unit}."]
    if best.cell.basis == "modelled":
        measured = next((r for r in able if r.cell.basis == "measured"), None)
        found.append(
            f"The cheapest that was measured is {cell_name(measured.cell)}, {_money(measured.cost, file)}."
            if measured
            else "No cell that was measured meets the contract."
        )
    return found


def _cheaper(best: _Judged, rows: list[_Judged], file: CompareFile, scale: float) -> list[str]:
    cheaper = sorted((r for r in rows if not r.met.ok and r.cost is not None and r.cost < best.cost), key=lambda r: r.cost)
    why = {r.cell.id: "; ".join([*r.met.against, *r.met.open]) for r in cheaper}
    at = human.scale(scale)
    return [f"{cell_name(r.cell)} would cost less ({_money(r.cost, file)} at {at}), but {why[r.cell.id]}." for r in cheaper[:MOST_CHEAPER]]


def _quality_reasons(cell: Cell, quality: dict[str, Quality], *, compared: bool) -> list[str]:
    if not compared:
        return ["Quality was not compared: compare.quality is empty. A cheap variant may answer worse."]
    q = quality.get(cell.variant)
    if q is None or q.is_reference:
        return []
    return [
        f"On {d.check}, {cell.variant} {'is better than' if d.word == 'better' else 'cannot be told apart from'} the reference: "
        f"{human.percent(d.right / d.n)} against {human.percent(d.reference_right / d.n)} right, of {d.n} cases; the true difference lies "
        f"between {_points(d.interval[0])} and {_points(d.interval[1])} points (95 %)."
        for d in q.differences
    ]


def _of_quality(cell: Cell, quality: Quality | None) -> list[str]:
    """Whose answers stand for this cell's, where it was not asked itself."""
    if cell.basis == "measured" or quality is None or not quality.rates:
        return []
    where = quality.measured_on or "another cell"
    return [f"Its quality is that of {cell.variant} as measured on {where}; here it computes in {cell.compute_dtype or 'another type'}."]


def _points(difference: float) -> str:
    return f"{'+' if difference > 0 else ''}{human.significant(100 * difference, 2)}"


def _money(amount: float | None, file: CompareFile) -> str:
    if amount is None:
        return human.MISSING
    per, unit = human.inference_unit([amount])
    return f"{human.money(per * amount, file.currency)} {unit}"


def cell_name(cell: Cell) -> str:
    """ "nf4 on NVIDIA L4, 2 replicas"."""
    where = "this machine" if cell.hardware == LOCAL else human.clip(cell.hardware_name, 60)
    return f"{cell.variant} on {where}" + (f", {cell.replicas} replicas" if cell.replicas > 1 else "")
