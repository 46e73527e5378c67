"""A whole turn with real Locust against a server of known delays; no model and no Ray."""

from contextlib import contextmanager

import pytest

from ftbench.compare import turn as turns
from ftbench.compare.cells import Place, matrix
from ftbench.compare.place import placed
from ftbench.compare.turn import Lengths, lengths_of, order, take_turn
from ftbench.compare.turn_file import read_turn, turn_folder
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.gate.preflight import read_all
from ftbench.gate.reach import Reached
from ftbench.progress import Screen
from ftbench.quality.generate import Target
from ftbench.spec import read_spec
from tests.compare.builder import CPU, SMALL, plan
from tests.integration.scenario import write_contract
from tests.load.conftest import endpoint  # noqa: F401

# the test machine is not the measuring machine
PATIENT = {
    "send_lag_p99_s": 5, "achieved_rate_error": 0.5, "client_cpu": 1, "client_delay_share": 1, "stalled_share": 1, "littles_law": 1,
    "clock_step_s": 100, "prompt_tokens_error": 100,
}  # fmt: skip
SECTION = {"variants": ["fp32"], "rounds": 1, "batches": [1, 4], "batch_duration_s": 1, "probe_duration_s": 2, "output_tokens": 4}
FOUR_SLOTS = {"slots": 4, "ttft": 0.05, "itl": 0.03, "tokens": 4}  # 4 / (0.05 + 3 x 0.03) = 28.6 requests/s


@pytest.fixture
def cell(tmp_path, tiny_model_folder):
    """(files of a spec, its one cell)."""
    spec = read_spec(
        write_contract(tmp_path / "c", tiny_model_folder, compare=SECTION, validity=PATIENT, slo={"ttft_s": 0.3, "attainment": 0.9})
    )
    (at,) = placed(matrix(spec, SMALL, 64, [CPU]), CPU, None)
    return read_all(spec), at


def served_at(url: str, monkeypatch, identity: str = "weights one") -> list:
    """Every model is the server at `url`; returns what is appended to at each bring-up."""
    brought_up = []

    @contextmanager
    def reached(spec, screen):
        brought_up.append(spec.model.variant)
        facts = {"load_s": 1.5, "startup_s": 3.0, "pid": 7, "device": "cpu"}
        yield Reached(Target(url, "known-delays", identity), facts, 4)

    monkeypatch.setattr(turns, "reach", reached)
    return brought_up


def test_rounds_go_forwards_and_backwards_so_that_a_drift_hits_all_alike():
    a, b, c = (plan(v) for v in ("fp32", "int8", "nf4"))
    assert [(p.variant, n) for p, n in order([a, b, c], 2)] == [
        ("fp32", 1), ("int8", 1), ("nf4", 1), ("nf4", 2), ("int8", 2), ("fp32", 2),
    ]  # fmt: skip


def test_a_turn_finds_the_step_time_and_the_capacity_of_a_server_that_is_known(cell, endpoint, tmp_path, monkeypatch):  # noqa: F811
    ready, at = cell
    served_at(endpoint(**FOUR_SLOTS), monkeypatch)
    asked = []
    found = take_turn(ready, at, 1, [], Lengths(), tmp_path, Screen(), lambda *told: asked.append(told[0].id))
    assert asked == [at.id] and (found.load_s, found.failed) == (1.5, "") and "pid" not in found.facts
    one, four = found.batches
    assert one.step.mean == pytest.approx(0.03, rel=0.15) and four.step.mean == pytest.approx(0.03, rel=0.15)
    assert four.ttft.mean == pytest.approx(0.05, rel=0.3) and four.step.n >= 8
    kept, missed = ([p.rate for p in found.probes if p.kept is word] for word in (True, False))
    assert 2 <= len(found.probes) <= 3 and all(rate < 36 for rate in kept) and all(rate > 22 for rate in missed)
    folder = turn_folder(tmp_path, at.folder, 1)
    assert read_turn(folder) == found
    assert set(lengths_of(folder, found.probes).outputs) == {4}


def test_a_model_that_does_not_come_up_fails_its_turn_alone_and_is_tried_again(cell, tmp_path, monkeypatch):
    ready, at = cell

    @contextmanager
    def broken(spec, screen):
        raise InvalidMeasurement("The model did not come up. out of memory")
        yield

    monkeypatch.setattr(turns, "reach", broken)
    found = take_turn(ready, at, 1, [], Lengths(), tmp_path, Screen(), lambda *_: None)
    assert "out of memory" in found.failed and found.batches == []
    assert read_turn(turn_folder(tmp_path, at.folder, 1)) is None


def test_answers_that_fail_leave_the_speed_that_was_measured(cell, tmp_path, monkeypatch):
    ready, at = cell
    served_at("http://127.0.0.1:9/v1", monkeypatch)
    monkeypatch.setattr(turns, "of_reached", lambda *_: None)
    monkeypatch.setattr(turns, "_measured", lambda turn, *_: turn.model_copy(update={"predicted": 3.0}))

    def no_answer(*_):
        raise InvalidMeasurement("None of 50 test cases was answered")

    found = take_turn(ready, at, 1, [], Lengths(), tmp_path, Screen(), no_answer)
    assert (found.failed, found.predicted) == ("", 3.0) and "None of 50 test cases" in found.notes[0]


def test_other_weights_in_a_later_round_are_no_second_round(cell, tmp_path, monkeypatch):
    ready, at = cell
    served_at("http://127.0.0.1:9/v1", monkeypatch, identity="weights two")
    before = turns.Turn(cell=at.id, round=1, identity="weights one")
    with pytest.raises(InputError, match="is not the one of the rounds before: it was weights one, and is weights two"):
        take_turn(ready, at, 2, [before], Lengths(), tmp_path, Screen(), lambda *_: None)


def test_a_turn_of_another_version_is_refused_and_not_measured_over(tmp_path):
    (tmp_path / "turn.json").write_text('{"cell": "x", "shape": "of old"}')
    with pytest.raises(InputError, match="written by another version of ftbench"):
        read_turn(tmp_path)


def test_a_place_is_no_part_of_an_id(cell):
    assert cell[1].id == "fp32@local x1" and cell[1].place == Place(None, f"this machine, {CPU.name}")
