"""Each cell's cost: from what it was measured or modelled to hold, at the price of its hardware."""

from datetime import date

import pytest

from ftbench.compare.priced import capacity_runs, modelled_run, priced
from ftbench.compare.turn import Lengths
from ftbench.compare.turn_file import ProbeRun, Turn, turn_folder
from ftbench.cost.bill import SECONDS_PER_MONTH
from ftbench.cost.pricing import HOURS_PER_MONTH
from tests.compare.builder import cell, plan
from tests.cost.builder import run as summary

TODAY = date(2026, 11, 28)
LENGTHS = Lengths((60, 60), (2, 4))


def turns_of(folder, at, *probes):
    """One turn with these (rate, kept, attainment), their summaries on disk."""
    rows = []
    for k, (rate, kept, attainment) in enumerate(probes):
        rows.append(ProbeRun(rate=rate, seed=k, folder=f"p{k}", kept=kept))
        where = turn_folder(folder, at.folder, 1) / f"p{k}"
        where.mkdir(parents=True)
        (where / "summary.json").write_text(summary(rate, rate, attainment=attainment).model_dump_json())
    return [Turn(cell=at.id, round=1, probes=rows)]


def test_the_fleet_is_sized_with_the_worst_run_at_the_capacity(tmp_path):
    at = plan("fp32")
    turns = turns_of(tmp_path, at, (3.0, True, 1.0), (4.0, True, 0.99), (4.0, True, 0.96), (5.0, False, 0.5), (6.0, None, 1.0))
    runs = capacity_runs(at, cell("fp32", rate=4.0), turns, tmp_path)
    assert [(r.requested_rate, r.attainment) for r in runs] == [(4.0, 0.96), (5.0, 0.5)]
    cost = priced(at, cell("fp32", rate=4.0), runs, TODAY).cost
    assert [c.capacity_per_replica for c in cost] == [4.0] * 3
    # 1/s at the mean, twice that at the peak, one machine at 0.10 an hour, 96 % of what is answered is good
    assert cost[0].cost_per_inference == pytest.approx(0.10 * HOURS_PER_MONTH / (SECONDS_PER_MONTH * 0.96))


def test_without_a_rate_that_was_kept_there_is_no_cost(tmp_path):
    at = plan("fp32")
    none = cell("fp32", rate=None)
    found = priced(at, none, capacity_runs(at, none, turns_of(tmp_path, at, (1.0, False, 0.2)), tmp_path), TODAY)
    assert [c.cost_per_inference for c in found.cost] == [None] * 3 and "1x: " in found.cost[0].notes[0]


def test_a_modelled_cell_is_priced_as_its_own_hardware_and_never_called_measured():
    at = plan("nf4", "h100-sxm")
    own = cell("nf4", "h100-sxm", basis="modelled", rate=200.0)
    cost = priced(at, own, modelled_run(at, own, LENGTHS, None), TODAY).cost
    assert {c.basis for c in cost} == {"modelled"} and "Modelled by the roofline" in cost[0].basis_note
    assert cost[0].cost_per_million_tokens == pytest.approx(cost[0].cost_per_inference / 3 * 1e6)  # 3 tokens at the mean
    assert "p5.48xlarge" in cost[0].price_source and cost[0].instances == 1
    assert cost[0].within_budget is False  # a whole 8-GPU instance for 1 request/s costs more than 0.001 each


def test_a_modelled_scale_that_happens_to_be_the_capacity_is_still_modelled():
    at = plan("nf4", "l4")
    own = cell("nf4", "l4", basis="modelled", rate=3.0)
    at_3x = priced(at, own, modelled_run(at, own, LENGTHS, None), TODAY).cost[1]
    assert at_3x.scale == 3 and at_3x.basis == "modelled" and "run held" not in at_3x.basis_note


def test_a_cell_without_capacity_has_no_run_to_size_from():
    at = plan("nf4", "l4")
    own = cell("nf4", "l4", basis="modelled", rate=None)
    assert modelled_run(at, own, LENGTHS, None) == []
    assert [c.replicas for c in priced(at, own, [], TODAY).cost] == [None] * 3
