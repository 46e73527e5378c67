"""The turns of a cell become its figures: speed by batch, load time, memory, capacity at the SLO. All measured, with intervals."""

from collections.abc import Sequence

import numpy as np

from ftbench.compare.cells import CellPlan
from ftbench.compare.file import BatchPoint, Capacity, Cell, Figure, Memory
from ftbench.compare.probes import bracket_of
from ftbench.compare.rounds import Estimate, Rows, mean_of
from ftbench.compare.speed import rows_of
from ftbench.compare.turn_file import ProbeRun, Sample, Turn
from ftbench.metrics.roofline import NoPeaks, decode_bound_s, host_overhead_share, mbu, mfu, peaks_of
from ftbench.models import ModelShape, kv_bytes_per_token
from ftbench.models.work import SHORT, work_of


def measured_cell(plan: CellPlan, turns: Sequence[Turn], shape: ModelShape) -> Cell:
    """A cell from all turns so far, those of the other cells included: they tell how far rounds scatter."""
    own = [turn for turn in turns if turn.cell == plan.id and not turn.failed]
    failed = [turn for turn in turns if turn.cell == plan.id and turn.failed]
    facts = own[-1].facts if own else {}
    points = [_point(plan, own, turns, batch, shape) for batch in sorted(plan.spec.compare.batches)] if own else []
    return Cell(
        id=plan.id,
        variant=plan.variant,
        hardware=plan.profile.id,
        hardware_name=plan.profile.name,
        replicas=plan.replicas,
        basis="measured",
        basis_note=f"Measured on {plan.place.note}, in {len(own)} round{'s' if len(own) != 1 else ''}." if own else "Nothing was measured.",
        compute_dtype=facts.get("compute_dtype") or plan.dtype,
        memory=_memory(plan, facts, shape),
        load=_load(plan.id, turns),
        batches=points,
        steps=next((turn.steps for turn in reversed(own) if turn.steps), None),
        capacity=_capacity(own) if own else None,
        notes=[
            *dict.fromkeys(f"Round {turn.round}: the model did not come up: {turn.failed}" for turn in failed),
            *dict.fromkeys(note for turn in own for note in [*turn.facts.get("notes", []), *turn.notes]),
            *(f"Capacity: {said}." for said in _disagreements([probe for turn in own for probe in turn.probes])),
            *_peaks_note(plan),
        ],
    )


def _point(plan: CellPlan, own: Sequence[Turn], turns: Sequence[Turn], batch: int, shape: ModelShape) -> BatchPoint:
    runs = [run for turn in own for run in turn.batches if run.batch == batch]
    good = [run for run in runs if not run.invalid]
    why = "" if good else "; ".join(dict.fromkeys(reason for run in runs for reason in run.invalid)) or "not measured"
    rows = {name: rows_of(turns, batch, name) for name in ("step", "ttft", "e2e")}
    outputs = [run.output_tokens for run in good if run.output_tokens]
    # Users who ask again at once: each of the batch gets its tokens once in the time of an answer.
    tokens = {
        cell: {
            k: Sample(mean=batch * np.mean(outputs) / s.mean, sd=s.sd / s.mean * batch * np.mean(outputs) / s.mean, n=s.n)
            for k, s in by_round.items()
        }
        for cell, by_round in (rows["e2e"].items() if outputs else ())
    }
    joules = [run.joules_per_token for run in good if run.joules_per_token is not None]
    step = _figure(plan.id, rows["step"], why)
    return BatchPoint(
        batch=batch,
        step=step,
        ttft=_figure(plan.id, rows["ttft"], why),
        e2e=_figure(plan.id, rows["e2e"], why),
        tokens_per_s=_figure(plan.id, tokens, why),
        joules_per_token=float(np.mean(joules)) if joules else None,
        **_shares(plan, shape, batch, good, step.value),
    )


def _figure(cell: str, rows: Rows, why: str) -> Figure:
    estimate = mean_of(cell, rows)
    if estimate is None:
        return Figure(value=None, basis="measured", note=why or "no values")
    return Figure(
        value=estimate.value, low=estimate.low, high=estimate.high, basis="measured", n=estimate.n, note=_doubt(estimate, rows[cell])
    )


def _doubt(estimate: Estimate, own) -> str:
    if estimate.low is None:
        return "no interval: how far rounds scatter is not known"
    return "interval of the records of one round; drift between rounds is not in it" if len(own) == 1 else ""


def _shares(plan: CellPlan, shape: ModelShape, batch: int, runs, step_s: float | None) -> dict[str, float | None]:
    """MBU, MFU and an upper limit of the share in which the device waits for its host. None where the profile names no peak."""
    none = dict.fromkeys(("mbu", "mfu", "host_overhead_share"))
    short = SHORT[plan.dtype]
    peaks = peaks_of(plan.profile, short, plan.variant)
    contexts = [run.prompt_tokens + (run.output_tokens or 0) / 2 for run in runs if run.prompt_tokens]
    if isinstance(peaks, NoPeaks) or step_s is None or not contexts:
        return none
    work, context = work_of(shape, plan.variant, plan.dtype), float(np.mean(contexts))
    bound = decode_bound_s(work, peaks, batch, context)
    return {
        "mbu": mbu(work, peaks, batch, context, step_s),
        "mfu": mfu(work, peaks, batch, context, step_s),
        "host_overhead_share": None if plan.profile.kind == "cpu" else host_overhead_share(step_s, bound.seconds),  # a CPU is its own host
    }


def _peaks_note(plan: CellPlan) -> list[str]:
    peaks = peaks_of(plan.profile, SHORT[plan.dtype], plan.variant)
    return [f"No MBU and MFU: {peaks.why}"] if isinstance(peaks, NoPeaks) else []


def _memory(plan: CellPlan, facts: dict, shape: ModelShape) -> Memory | None:
    """Weights as the replica counted them once they were loaded; the KV cache by the shapes of the model and the tokens that it keeps."""
    memory = plan.memory()
    if memory is None or "weight_bytes" not in facts:
        return memory
    weights, kv = int(facts["weight_bytes"]), memory.kv_cache
    if facts.get("kv_cache_tokens"):
        kv = int(facts["kv_cache_tokens"]) * kv_bytes_per_token(shape, plan.dtype)
    return memory.model_copy(update={"weights": weights, "kv_cache": kv, "basis": "measured", "fits": True, "why_not": ""})


def _load(cell: str, turns: Sequence[Turn]) -> Figure | None:
    rows: dict[str, dict[int, Sample]] = {}
    for turn in turns:
        if turn.load_s:
            rows.setdefault(turn.cell, {})[turn.round] = Sample(mean=turn.load_s, sd=0.0, n=1)
    estimate = mean_of(cell, rows)
    if estimate is None:
        return None
    note = _doubt(estimate, rows[cell]) if estimate.low is None else ""
    return Figure(value=estimate.value, low=estimate.low, high=estimate.high, basis="measured", n=estimate.n, note=note)


def _capacity(own: Sequence[Turn]) -> Capacity:
    """The highest rate that most of its runs kept. Attainment is of all its runs together, latencies of the worst one that kept it."""
    probes = [probe for turn in own for probe in turn.probes]
    low, high, between = bracket_of(probes)
    all_at = [probe for probe in probes if probe.rate == low and probe.kept is not None]
    at = [probe for probe in all_at if probe.kept]
    predicted = next((turn.predicted for turn in own if turn.predicted is not None), None)
    if low is None:
        rate = Figure(value=None, basis="measured", note=_why_none(probes, between))
        return Capacity(rate=rate, lowest_not_kept=high, predicted=predicted)
    return Capacity(
        rate=Figure(value=low, low=low, high=high, basis="measured", n=sum(probe.n for probe in all_at), note=_bracket_note(probes)),
        lowest_not_kept=high,
        attainment_at_rate=sum(p.attainment * p.n for p in all_at) / n if (n := sum(p.n for p in all_at)) else None,
        ttft_p99=_worst([p.ttft_p99_s for p in at], at),
        e2e_p99=_worst([p.e2e_p99_s for p in at], at),
        predicted=predicted,
    )


def _bracket_note(probes: Sequence[ProbeRun]) -> str:
    low, high, _ = bracket_of(probes)
    runs = [probe for probe in probes if probe.rate == low and probe.kept is not None]
    notes = ["a lower bound; " + ("the high end was not kept" if high is not None else "no higher rate failed"), *_disagreements(probes)]
    return "; ".join([*notes, "sent in one round only"] if len(runs) == 1 else notes)


def _disagreements(probes: Sequence[ProbeRun]) -> list[str]:
    """What a reader must know of a capacity that not every run agrees with."""
    low, _, between = bracket_of(probes)
    if low is None:
        return []
    runs = [probe.kept for probe in probes if probe.rate == low and probe.kept is not None]
    missed = sorted({p.rate for p in probes if p.kept is False and p.rate < low})
    return [
        *([f"{low:g} requests/s was kept in {sum(runs)} of {len(runs)} runs"] if not all(runs) else []),
        *([f"a run at {_rates(missed)} requests/s, below it, was not kept"] if missed else []),
        *([f"runs at {_rates(between)} requests/s contradict each other"] if between else []),
    ]


def _why_none(probes: Sequence[ProbeRun], between: Sequence[float]) -> str:
    if not probes:
        return "no rate was sent"
    if all(probe.kept is None for probe in probes):
        return f"every run was invalid: {probes[-1].why}"
    if between:
        return f"runs at {_rates(between)} requests/s contradict each other"
    lowest = min((p for p in probes if p.kept is False), key=lambda p: p.rate)
    return f"not even {lowest.rate:g} requests/s was kept: {lowest.why}"


def _rates(rates: Sequence[float]) -> str:
    return " and ".join(f"{rate:g}" for rate in rates)


def _worst(values: Sequence[float | None], at: Sequence[ProbeRun]) -> Figure | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Figure(value=max(known), basis="measured", n=min(probe.n for probe in at), note="of the worst run that kept this rate")
