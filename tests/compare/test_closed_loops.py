"""Step times fitted on closed loops of a server whose step times are known."""

import numpy as np
import pytest

from ftbench.compare.closed_loops import fitted
from ftbench.compare.steps import curve
from ftbench.compare.turn_file import BatchRun, Sample
from ftbench.cost.simulator import StepTimes, simulate
from ftbench.load.records import write_records
from tests.compare.builder import plan
from tests.metrics.records import a_row

INT8 = StepTimes((1, 8), (0.12, 0.3), prefill_s_per_token=0.002, prefill_s_per_step=0.35)  # as measured on a CPU


def closed_loop(folder, users: int, steps: StepTimes, prompts=range(60, 110, 7)) -> BatchRun:
    """Twelve waves of `users` who ask within a few milliseconds, as users do whose answers came together."""
    waves, rng = 12, np.random.default_rng(users)
    sent = np.sort((np.arange(waves)[:, None] * 30.0 + rng.uniform(0, 0.005, (waves, users))).ravel())
    lengths = np.resize(np.array(prompts), len(sent))
    done = simulate(sent, lengths, np.full(len(sent), 16), steps, max_batch=16)
    rows = [
        a_row(s, sent_s=s, first_token_s=f, last_token_s=d, done_s=d, prompt_tokens=int(n), output_tokens=16, index=k, worker=0)
        for k, (s, f, d, n) in enumerate(zip(sent, done.first_token_s, done.done_s, lengths, strict=True))
    ]
    (folder / f"batch-{users}").mkdir(parents=True)
    write_records(folder / f"batch-{users}" / "requests.parquet", rows, t0_monotonic_ns=1)

    def sample(values):
        return Sample(mean=float(np.mean(values)), sd=0.0, n=len(values))

    return BatchRun(
        batch=users,
        folder=f"batch-{users}",
        step=sample([steps.at(users)]),
        ttft=sample(done.first_token_s - sent),
        e2e=sample(done.done_s - sent),
        prompt_tokens=float(lengths.mean()),
    )


@pytest.mark.parametrize(
    "true",
    [
        INT8,
        StepTimes((1, 8), (0.08, 0.15), prefill_s_per_token=0.0016, prefill_s_per_step=0.045),
        StepTimes((1, 8), (0.02, 0.03), prefill_s_per_token=0.0004),
    ],
)
def test_what_a_step_that_prefills_costs_beside_its_tokens_is_found_again(tmp_path, true):
    """Taken for prompt tokens, the capacity of int8 on a CPU was predicted four times too high."""
    found = curve(fitted([closed_loop(tmp_path, 1, true), closed_loop(tmp_path, 8, true)], tmp_path, plan("fp32").spec))
    assert (found.at(1), found.at(8)) == pytest.approx((true.at(1), true.at(8)))
    assert found.prefill_s_per_token == pytest.approx(true.prefill_s_per_token, rel=0.03)
    assert found.prefill_s_per_step == pytest.approx(true.prefill_s_per_step, abs=0.01)


def test_one_batch_alone_gives_prompt_tokens_all_of_the_prefill(tmp_path):
    found = fitted([closed_loop(tmp_path, 1, INT8)], tmp_path, plan("fp32").spec)
    assert found.prefill_s_per_step == 0
    assert found.prefill_s_per_token == pytest.approx(0.002 + 0.35 / 81.5, rel=0.05)


def test_a_step_never_falls_as_the_batch_grows(tmp_path):
    """Measured steps scatter, and a larger batch that looks quicker must not make the fleet smaller."""
    runs = [closed_loop(tmp_path, 1, INT8), closed_loop(tmp_path, 8, INT8)]
    runs[1] = runs[1].model_copy(update={"step": runs[1].step.model_copy(update={"mean": 0.1})})
    assert fitted(runs, tmp_path, plan("fp32").spec).seconds == pytest.approx([0.12, 0.12])


def test_nothing_that_was_measured_is_no_curve(tmp_path):
    assert fitted([], tmp_path, plan("fp32").spec) is None
    spoilt = closed_loop(tmp_path, 1, INT8).model_copy(update={"invalid": ["the client was the limit"]})
    assert fitted([spoilt], tmp_path, plan("fp32").spec) is None
