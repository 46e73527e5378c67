"""Turns become the figures of a cell."""

import pytest

from ftbench.compare.cells import Place
from ftbench.compare.measured import measured_cell
from ftbench.compare.speed import speed_differences
from ftbench.compare.turn_file import BatchRun, ProbeRun, Sample, Turn
from tests.compare.builder import SMALL, plan

FP32, NF4 = (plan(v)._replace(place=Place(None, "this machine")) for v in ("fp32", "nf4"))


def batch(size, step, *, outputs=16.0, invalid=()):
    if invalid:
        return BatchRun(batch=size, folder="b", invalid=list(invalid))
    ttft, e2e = 0.3, 0.3 + (outputs - 1) * step
    samples = {name: Sample(mean=v, sd=0.02 * v, n=16) for name, v in (("step", step), ("ttft", ttft), ("e2e", e2e))}
    return BatchRun(batch=size, folder="b", prompt_tokens=60.0, output_tokens=outputs, **samples)


def probe(rate, kept, **changes):
    return ProbeRun(**{"rate": rate, "seed": 1, "folder": "p", "kept": kept, "n": 50, "attainment": 0.97, "ttft_p99_s": 0.8, **changes})


def turn(cell, number, steps=(0.05, 0.07, 0.1), probes=(), **changes):
    batches = [batch(size, step) for size, step in zip((1, 4, 16), steps, strict=True)]
    facts = {"weight_bytes": 540_000_000, "kv_cache_tokens": 4096, "compute_dtype": "float32", "notes": ["dequantized"]}
    fields = {"cell": cell, "round": number, "facts": facts, "load_s": 2.0, "batches": batches, "probes": list(probes), "predicted": 3.0}
    return Turn(**{**fields, **changes})


def test_figures_carry_interval_number_and_basis():
    turns = [turn(FP32.id, 1), turn(NF4.id, 1, (0.1, 0.14, 0.2)), turn(NF4.id, 2, (0.11, 0.14, 0.21)), turn(FP32.id, 2)]
    cell = measured_cell(FP32, turns, SMALL)
    first = cell.batches[0]
    assert (first.step.value, first.step.basis, first.step.n) == (pytest.approx(0.05), "measured", 32)
    assert first.step.low < 0.05 < first.step.high
    assert first.tokens_per_s.value == pytest.approx(16 / (0.3 + 15 * 0.05))
    assert first.mbu == pytest.approx(4 * SMALL.parameters / 0.05 / 20e9, rel=0.05)  # all weights once a step, from 20 GB/s
    assert cell.load.value == pytest.approx(2.0) and cell.notes[0] == "dequantized"


def test_memory_is_what_the_replica_counted_and_not_the_arithmetic_before():
    cell = measured_cell(FP32, [turn(FP32.id, 1)], SMALL)
    assert cell.memory.weights == 540_000_000 and cell.memory.basis == "measured"
    assert cell.memory.kv_cache == 4096 * 2 * 30 * 3 * 64 * 4


def test_capacity_is_what_was_kept_in_every_round_with_its_worst_latency():
    turns = [
        turn(FP32.id, 1, probes=[probe(2, True), probe(3, True), probe(4, False, why="saturated")]),
        turn(FP32.id, 2, probes=[probe(3, False, why="90.0% of its requests were good"), probe(2, True, ttft_p99_s=0.95, attainment=0.96)]),
    ]
    found = measured_cell(FP32, turns, SMALL).capacity
    assert (found.rate.value, found.lowest_not_kept, found.attainment_at_rate, found.ttft_p99.value) == (2, 4, pytest.approx(0.965), 0.95)
    assert found.rate.note == "a lower bound; the high end was not kept; runs at 3 requests/s contradict each other"
    assert found.predicted == 3.0


def test_a_capacity_with_a_run_that_was_not_kept_says_so_and_counts_that_run_in_its_attainment():
    spoilt = probe(2, False, attainment=0.7, ttft_p99_s=4.0, n=100, why="70.0% of its requests were good")
    turns = [
        turn(FP32.id, 1, probes=[probe(2, True), probe(4, False), probe(1, False)]),
        turn(FP32.id, 2, probes=[spoilt, probe(2, True, attainment=1.0), probe(2, True), probe(1, True)]),
    ]
    cell = measured_cell(FP32, turns, SMALL)
    found = cell.capacity
    assert "Capacity: 2 requests/s was kept in 3 of 4 runs." in cell.notes
    assert (found.rate.value, found.rate.n, found.lowest_not_kept) == (2, 250, 4)
    assert found.attainment_at_rate == pytest.approx((70 + 48.5 + 50 + 48.5) / 250) and found.ttft_p99.value == 0.8
    assert "2 requests/s was kept in 3 of 4 runs" in found.rate.note and "a run at 1 requests/s, below it, was not kept" in found.rate.note


def test_runs_that_contradict_each_other_are_no_capacity_and_no_proof_that_there_is_none():
    found = measured_cell(FP32, [turn(FP32.id, 1, probes=[probe(2, True), probe(2, False, why="saturated")])], SMALL).capacity
    assert found.rate.value is None and found.lowest_not_kept is None
    assert found.rate.note == "runs at 2 requests/s contradict each other"


def test_no_rate_that_was_kept_is_no_capacity_and_says_why():
    found = measured_cell(
        FP32, [turn(FP32.id, 1, probes=[probe(2, False, why="saturated"), probe(1, False, why="too slow")])], SMALL
    ).capacity
    assert found.rate.value is None and found.rate.note == "not even 1 requests/s was kept: too slow" and found.lowest_not_kept == 1


def test_an_invalid_batch_is_a_missing_value_with_its_reason_never_a_number():
    bad = turn(FP32.id, 1).model_copy(update={"batches": [batch(1, 0, invalid=["the client was late"]), batch(4, 0.1), batch(16, 0.2)]})
    point = measured_cell(FP32, [bad], SMALL).batches[0]
    assert point.step.value is None and point.step.note == "the client was late" and point.mbu is None


def test_a_model_that_did_not_come_up_in_one_round_is_told_and_counts_in_no_figure():
    turns = [turn(FP32.id, 1), Turn(cell=FP32.id, round=2, failed="out of memory")]
    cell = measured_cell(FP32, turns, SMALL)
    assert "Round 2: the model did not come up: out of memory" in cell.notes and "in 1 round" in cell.basis_note
    assert "drift between rounds is not in it" in cell.batches[0].step.note


def test_cells_that_differ_by_their_scatter_alone_cannot_be_told_apart():
    turns = [
        turn(FP32.id, 1, (0.050, 0.07, 0.1)), turn(NF4.id, 1, (0.055, 0.14, 0.3)), turn("int8@local x1", 1, (0.20, 0.3, 0.5)),
        turn(FP32.id, 2, (0.056, 0.07, 0.1)), turn(NF4.id, 2, (0.053, 0.14, 0.3)), turn("int8@local x1", 2, (0.22, 0.3, 0.5)),
    ]  # fmt: skip
    found = speed_differences([FP32.id, NF4.id, "int8@local x1"], turns, [1, 4, 16])
    alone, full = (next(d for d in found if f"step with {n}" in d.metric and d.a == FP32.id and d.b == NF4.id) for n in (1, 16))
    assert alone.word == "cannot be told apart" and alone.interval[0] < 1 < alone.interval[1]
    assert full.word == f"{FP32.id} is faster" and full.ratio == pytest.approx(1 / 3)


def test_one_round_tells_nobody_apart():
    found = speed_differences([FP32.id, NF4.id], [turn(FP32.id, 1), turn(NF4.id, 1, (0.5, 0.7, 1.0))], [1, 4, 16])
    assert found and all(d.interval is None and d.word.startswith("cannot be told apart") for d in found)
