"""What each cell costs at the spec's scales: the gate's own cost of a fleet, sized with the cell's capacity and priced as its hardware."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ftbench.compare.cells import CellPlan
from ftbench.compare.file import Cell
from ftbench.compare.turn import Lengths
from ftbench.compare.turn_file import Turn, turn_folder
from ftbench.cost.at_scale import cost_at_scales
from ftbench.cost.result import CostAtScale
from ftbench.metrics.latency import nothing
from ftbench.metrics.summary import LoadSummary


def priced(plan: CellPlan, cell: Cell, runs: list[LoadSummary], today: date) -> Cell:
    """`cell` with its cost at each scale; none where it has no capacity, which the notes of its cost then say.

    Args:
        runs: of a measured cell as `capacity_runs` gives them, of a modelled one as `modelled_run`.
    """
    cost = cost_at_scales(plan.spec, plan.profile, runs, measured_on=plan.profile, today=today)
    if cell.basis == "modelled":
        cost = [_as_modelled(at, cell) for at in cost]
    return cell.model_copy(update={"cost": cost})


def capacity_runs(plan: CellPlan, cell: Cell, turns: Sequence[Turn], run: Path) -> list[LoadSummary]:
    """The worst run at the cell's capacity, and every one that was not kept: what the fleet is sized with, and what the notes tell of."""
    rate = cell.capacity.rate.value if cell.capacity else None
    found = [
        (probe, LoadSummary.model_validate_json((turn_folder(run, plan.folder, turn.round) / probe.folder / "summary.json").read_bytes()))
        for turn in turns
        if turn.cell == plan.id and not turn.failed
        for probe in turn.probes
        if probe.kept is False or (probe.kept and probe.rate == rate)
    ]
    kept = [summary for probe, summary in found if probe.kept]
    return [*sorted(kept, key=lambda s: s.attainment)[:1], *(summary for probe, summary in found if not probe.kept)]


def modelled_run(plan: CellPlan, cell: Cell, lengths: Lengths, like: LoadSummary | None) -> list[LoadSummary]:
    """A modelled capacity in the form of a run that kept it, with the promised share of good requests and the sizes of measured answers.

    Args:
        like: a measured run, for the size of a response.
    """
    rate = cell.capacity.rate.value if cell.capacity else None
    if not rate:
        return []
    prompts, outputs = (sum(values) / len(values) if values else None for values in lengths)
    slo = plan.spec.slo
    return [
        LoadSummary(
            scale=rate / plan.spec.load.rate,
            basis="modelled",
            arrivals=plan.spec.load.arrivals,
            requested_rate=rate,
            achieved_rate=rate,
            duration_s=1.0,
            n=0,
            n_ok=0,
            errors={},
            **{name: nothing([]) for name in ("ttft", "ttft_from_sent", "tpot", "e2e", "send_lag")},
            output_tokens_per_s=rate * (outputs or 0.0),
            requests_per_s=rate,
            prompt_tokens_mean=prompts,
            output_tokens_mean=outputs,
            received_bytes_mean=like.received_bytes_mean if like else None,
            token_count_source="modelled",
            goodput=rate * slo.attainment,
            attainment=slo.attainment,
            slo=slo.model_dump(exclude={"attainment"}, exclude_none=True),
            saturated=False,
            client_cpu=None,
            valid=True,
            invalid_reasons=[],
        )
    ]


def _as_modelled(at: CostAtScale, cell: Cell) -> CostAtScale:
    """The words of a fleet that is sized from a run must not speak of one where there was none."""
    note = at.basis_note if at.replicas is None else f"Sized with a capacity that was modelled: {cell.basis_note}"
    return at.model_copy(update={"basis": "modelled", "basis_note": note})
