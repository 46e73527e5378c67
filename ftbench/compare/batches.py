"""Step time by batch: closed loops with so many users on each replica and answers of one forced length."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.compare.turn_file import BatchRun, Sample
from ftbench.gate.series import Subject, run_once
from ftbench.gate.sweep import with_users
from ftbench.load import LoadPlan
from ftbench.load.records import read_runs
from ftbench.metrics import latency
from ftbench.metrics.in_flight import InFlight
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen

WARMUP_S = 0.5  # the first wave, in which all users begin at one instant
WAVES, FEWEST = 2, 6  # waves of answers, and answers, that are measured, if LONGEST allows it
LONGEST = 8.0  # times batch_duration_s that a slow cell may take for these
FULL = 0.9  # of the batch that must decode with a request, at its mean, for it to count


def measure_batch(
    subject: Subject, batch: int, replicas: int, duration_s: float, output_tokens: int, folder: Path, screen: Screen, title: str
) -> BatchRun:
    """One run; an invalid one is made once more and twice as long. Raises as `run_once`."""
    fixed = subject._replace(sized=lambda plan: _fixed(subject.sized(plan), output_tokens))
    for name, times in ((f"batch-{batch}", 1), (f"batch-{batch}-again", 2)):
        plan = batch_plan(subject.plan, batch * replicas, times * duration_s, output_tokens)
        summary = run_once(fixed, plan, folder / name, screen, title)
        ((_, records),) = read_runs(folder / name / "requests.parquet")
        run = batch_run(batch, name, summary, records, batch * replicas)
        if not run.invalid:
            break
    return run


def batch_plan(plan: LoadPlan, users: int, duration_s: float, output_tokens: int) -> LoadPlan:
    """The same prompts from `users` who ask again at once."""
    forced = {"max_tokens": output_tokens, "ignore_eos": True, "warmup": "declared", "abort_error_rate": None}
    timing = {"duration_s": duration_s, "warmup_s": WARMUP_S}
    return with_users(plan, users, {}).model_copy(update={**forced, **timing})


def enough_s(asked_s: float, wave_s: float, batch: int) -> float:
    """Measured time [s] that holds WAVES waves of `wave_s` and FEWEST answers, at most LONGEST times what was asked for."""
    return min(max(asked_s, max(WAVES, FEWEST / batch) * wave_s), LONGEST * asked_s)


def batch_run(batch: int, folder: str, summary: LoadSummary, records: pa.Table, users: int) -> BatchRun:
    """What one run says. Only requests that decoded in a full batch count: when the last users stop, the others get faster."""
    run = BatchRun(batch=batch, folder=folder)
    if not summary.valid:
        return run.model_copy(update={"invalid": list(summary.invalid_reasons) or ["no reason was given"]})
    if summary.errors:
        told = ", ".join(f"{n} {kind}" for kind, n in summary.errors.items())
        return run.model_copy(update={"invalid": [f"requests failed ({told}), so the batch was not full"]})
    measured = records.filter(pc.equal(records["phase"], "measured"))
    mates = _mates(measured, records)
    full = measured.filter(pa.array(mates >= FULL * users))
    notes = []
    if len(full) == 0:
        full = measured
        notes = [f"no request had a full batch of {users} beside it; the mean was {float(np.nanmean(mates)):.1f}"]
    energy = summary.energy or {}
    return run.model_copy(
        update={
            "step": _sample(_between_tokens(full)),
            "ttft": _sample(latency.ttft_from_sent(full)),
            "e2e": _sample(latency.e2e(full)),
            "prompt_tokens": summary.prompt_tokens_mean,
            "output_tokens": summary.output_tokens_mean,
            "joules_per_token": energy.get("joules_per_output_token"),
            "energy_covers": energy.get("covers", ""),
            "notes": notes,
        }
    )


def _between_tokens(records: pa.Table) -> np.ndarray:
    """The median time between two tokens of each request (rows,) [s]; its TPOT where the events do not carry one token each.

    The mean would hold the prefill of every newcomer that shared a step with the request, and what a step costs by itself would be a
    matter of how long the answers are. With answers at least twice as long as the batch fewer than half of the steps have a newcomer.
    """
    tokens, found = latency.column(records, "output_tokens"), latency.tpot(records)
    for k, gaps in enumerate(records["gaps_s"].to_pylist()):
        if gaps and len(gaps) == tokens[k] - 1:
            found[k] = float(np.median(gaps))
    return found


def _mates(measured: pa.Table, records: pa.Table) -> np.ndarray:
    """Requests under way beside each one while it decoded, itself counted, at the mean; shape (rows,), NaN without a first token."""
    begins, ends = latency.column(measured, "first_token_s"), latency.column(measured, "last_token_s")
    under_way = InFlight(latency.column(records, "sent_s"), latency.column(records, "done_s"))
    found = np.full(len(begins), np.nan)
    for k, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if end > begin:
            found[k] = under_way.means(np.array([begin, end]))[0]
    return found


def _sample(values: np.ndarray) -> Sample | None:
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return None
    return Sample(mean=float(values.mean()), sd=float(values.std(ddof=1)) if len(values) > 1 else 0.0, n=len(values))


def _fixed(plan: LoadPlan, output_tokens: int) -> LoadPlan:
    """Prompts without lengths and further turns of their own: a batch of unequal answers has no one size."""
    items = [item.model_copy(update={"max_tokens": None, "then": []}) for item in plan.prompts]
    return plan.model_copy(update={"prompts": items, "max_tokens": output_tokens})
