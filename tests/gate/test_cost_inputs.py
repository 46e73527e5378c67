"""The files that the cost rests on, read before anything is started."""

import json

import pytest

from ftbench.errors import InputError
from ftbench.gate.cost_inputs import cost_inputs
from tests.cost.builder import capacity_file, spec


def contract(folder, **cost):
    found = spec(cost=cost)
    found._folder = folder
    return found


def test_trace_beside_the_spec_gives_the_peak(tmp_path):
    """60 an hour, 240 in the tenth: 23 x 60 + 240 = 1,620, 67.5 an hour; 240 / 67.5 = 3.556."""
    counts = [60] * 10 + [240] + [60] * 13
    lines = [json.dumps({"timestamp_s": 3600 * h + 3600 * i / n}) for h, n in enumerate(counts) for i in range(n)]
    (tmp_path / "day.jsonl").write_text("\n".join(lines))
    shape = cost_inputs(contract(tmp_path, demand_trace="day.jsonl")).shape
    assert shape.peak_to_mean == pytest.approx(240 / 67.5) and len(shape.hours) == 24


def test_trace_of_an_hour_is_refused_before_the_gate_starts(tmp_path):
    (tmp_path / "hour.csv").write_text("timestamp_s\n" + "\n".join(str(3.6 * i) for i in range(1000)))
    with pytest.raises(InputError, match=r"cost.demand_trace hour.csv covers 0.999 hours"):
        cost_inputs(contract(tmp_path, demand_trace="hour.csv"))


def test_capacity_of_another_slo_is_refused_before_the_gate_starts(tmp_path):
    (tmp_path / "capacity.json").write_text(capacity_file(slo={"e2e_s": 9.0}).model_dump_json(by_alias=True))
    with pytest.raises(InputError, match="is that of another SLO"):
        cost_inputs(contract(tmp_path, capacity="capacity.json"))


def test_spec_without_either_needs_no_file(tmp_path):
    found = cost_inputs(contract(tmp_path, peak_to_mean=2))
    assert found.found is None and found.shape.peak_to_mean == 2
