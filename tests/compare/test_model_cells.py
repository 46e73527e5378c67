"""Cells nobody measured: what is modelled, from what, and what is never claimed."""

import pytest

from ftbench.compare.model_cells import calibrations, modelled
from ftbench.compare.turn import Lengths
from ftbench.metrics.roofline import decode_bound_s, peaks_of
from ftbench.models.work import work_of
from tests.compare.builder import CPU, SMALL, cell, plan, point, spec

LENGTHS = Lengths((100, 120, 140, 160), (8, 16, 24, 32))


def measured(variant: str = "fp32", step: float = 0.04, profile=CPU):
    own = plan(variant, profile)
    found = cell(variant, profile.id, step=step)
    return own, found.model_copy(update={"batches": [point(b, step * f, 3 * step * b**0.5) for b, f in ((1, 1), (4, 1.3), (16, 2.2))]})


@pytest.fixture(scope="module")
def l4():
    return modelled(plan("bf16", "l4"), [measured()], spec(), SMALL, LENGTHS)


def test_nothing_of_a_modelled_cell_is_called_measured(l4):
    figures = [f for p in l4.batches for f in (p.step, p.ttft, p.e2e, p.tokens_per_s)] + [l4.capacity.rate]
    assert {f.basis for f in figures} == {"modelled"} and l4.basis == "modelled" and l4.memory.basis == "modelled"
    assert all(f.low <= f.value <= f.high for f in figures)
    assert l4.load is None and l4.capacity.attainment_at_rate is None


def test_no_step_is_faster_than_the_roofline(l4):
    own = plan("bf16", "l4")
    work, peaks = work_of(SMALL, "bf16", own.dtype), peaks_of(own.profile, "bf16", "bf16")
    for p in l4.batches:
        bound = decode_bound_s(work, peaks, p.batch, 130 + 16).seconds
        assert p.step.low == pytest.approx(bound) and p.step.value > bound


def test_a_gpu_modelled_from_a_cpu_says_that_nothing_here_checked_it(l4):
    assert "published steps" in l4.basis_note and "measured here on" not in l4.basis_note.split("calibrated on")[1].split(";")[0]
    assert any("was not checked here" in note for note in l4.notes)


def test_a_cpu_is_modelled_from_a_measured_cpu_and_scales_with_its_bandwidth():
    twice = CPU.model_copy(update={"id": "other-cpu", "bandwidth_gb_s": 40, "fp32_tflops_dense": 0.4})
    own, found = measured()
    other = modelled(plan("fp32", twice), [(own, found)], spec(), SMALL, LENGTHS)
    assert "measured here on local" in other.basis_note
    same = modelled(plan("fp32", CPU.model_copy(update={"id": "twin"})), [(own, found)], spec(), SMALL, LENGTHS)
    assert [p.step.value for p in same.batches] == pytest.approx([p.step.value for p in found.batches], rel=0.35)
    assert all(o.step.low == pytest.approx(s.step.low / 2) for o, s in zip(other.batches, same.batches, strict=True))
    assert other.capacity.rate.value >= same.capacity.rate.value


def test_a_variant_that_no_cpu_ran_has_no_figures_on_another_cpu():
    twin = CPU.model_copy(update={"id": "twin"})
    found = modelled(plan("int8", twin), [measured("fp32")], spec(), SMALL, LENGTHS)
    assert found.batches == [] and found.capacity.rate.value is None and "no step of int8 was measured" in found.basis_note


def test_a_profile_without_peaks_is_not_guessed_at():
    blank = CPU.model_copy(update={"id": "blank", "bandwidth_gb_s": None})
    found = modelled(plan("fp32", blank), [measured()], spec(), SMALL, LENGTHS)
    assert found.batches == [] and "bandwidth_gb_s" in found.capacity.rate.note


def test_without_a_single_answer_there_is_no_capacity_but_there_are_steps():
    found = modelled(plan("bf16", "l4"), [measured()], spec(), SMALL, Lengths())
    assert found.capacity.rate.value is None and "how long answers are" in found.capacity.rate.note
    assert all(p.step.value for p in found.batches)


def test_more_replicas_hold_more_and_a_slower_side_holds_less(l4):
    three = modelled(plan("bf16", "l4", 3), [measured()], spec(), SMALL, LENGTHS)
    assert three.capacity.rate.value > 2 * l4.capacity.rate.value
    assert l4.capacity.rate.low < l4.capacity.rate.value < l4.capacity.rate.high


def test_an_slo_that_no_step_time_keeps_is_zero_and_not_missing():
    strict = spec()
    strict = strict.but(slo=strict.slo.model_copy(update={"ttft_s": 1e-4}))
    own = plan("bf16", "l4")
    own = own._replace(spec=own.spec.but(slo=strict.slo))
    found = modelled(own, [measured()], strict, SMALL, LENGTHS)
    assert found.capacity.rate.value == 0 and "alone misses the SLO" in found.capacity.rate.note


def test_calibration_says_how_wrong_the_model_was_wherever_it_was_tried():
    pair = measured()
    found = calibrations([pair], spec(), SMALL, LENGTHS.prompts)
    by = {c.against.split(",")[0]: c for c in found}
    published = next(c for name, c in by.items() if "published steps of 3 GPUs" in name)
    assert published.n >= 50 and published.worst_error > published.median_error > 0.1
    own = next(c for name, c in by.items() if name.startswith("steps measured on local"))
    assert own.n == 2, "the steps at 4 and 16 check each other; nothing else ran the kernels of a batch of one"
    capacity = next(c for name, c in by.items() if name.startswith("capacity measured here"))
    assert capacity.n == 1 and capacity.worst_error == 0, "4.4 predicted lies between 4 kept and 4.8 not kept"


def test_a_prediction_beyond_the_bracket_is_an_error_of_its_distance():
    own, found = measured()
    far = found.model_copy(update={"capacity": found.capacity.model_copy(update={"predicted": 9.6})})
    capacity = next(c for c in calibrations([(own, far)], spec(), SMALL) if c.against.startswith("capacity"))
    assert capacity.worst_error == pytest.approx(1.0), "9.6 against 4.8"
