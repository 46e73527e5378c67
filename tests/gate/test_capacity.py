"""`ftbench capacity` around the search: files, resuming, exit codes. The server is computed; real Locust is in tests/integration."""

import json

import pytest

from ftbench.errors import Exit, InputError, InvalidMeasurement
from ftbench.gate import series
from ftbench.gate.capacity import Wanted, run_capacity, unseen_growth
from ftbench.metrics.capacity_file import read_capacity
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen
from tests.gate.queue_server import SERVICE_S, SLOTS, a_run_load, a_subject, no_telemetry, up

TRUTH = SLOTS / SERVICE_S


@pytest.fixture
def driven(monkeypatch):
    """The plans that were driven, one after another."""
    plans = []
    monkeypatch.setattr(series, "run_load", a_run_load(plans))
    monkeypatch.setattr(series, "observe", no_telemetry)
    return plans


def capacity(out, subject=None, wanted=Wanted(searches=2), *, resume=False, json=False):
    return run_capacity(up(subject or a_subject()), wanted, out, Screen(), resume=resume, json=json)


def test_eight_slots_are_found_and_every_probe_is_in_the_file(driven, tmp_path, capsys):
    assert capacity(tmp_path) == Exit.PASSED
    found = read_capacity(tmp_path)
    assert found.state == "found" and found.capacity == pytest.approx(TRUTH, rel=0.05)
    assert found.interval[0] <= found.capacity <= found.interval[1]
    assert found.highest_kept <= TRUTH * 1.05 and found.slo == {"ttft_s": 0.2} and found.target == 0.99
    assert sum(len(probe.folders) for probe in found.probes) == len(driven)
    for probe in found.probes:
        assert all((tmp_path / folder / "requests.parquet").exists() for folder in probe.folders)
        assert (probe.verdict == "kept") == (probe.rate <= found.highest_kept) or probe.rate > found.highest_kept
    assert f"Capacity: {found.capacity:.3g} /s" in capsys.readouterr().out


def test_every_run_is_long_enough_to_prove_the_target(driven, tmp_path):
    capacity(tmp_path, a_subject(duration_s=1))
    for folder in tmp_path.glob("probe-*"):
        assert LoadSummary.model_validate_json((folder / "summary.json").read_bytes()).n >= 299  # 0.99 ** 299 < 0.05
    assert all(plan.warmup_s >= 299 / plan.rate / 4 for plan in driven)


def test_an_interrupted_search_goes_on_from_its_finished_runs(monkeypatch, driven, tmp_path, capsys):
    capacity(tmp_path / "whole")
    whole = len(driven)

    def stop_at_the_fifth():
        if len(driven) == whole + 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(series, "run_load", a_run_load(driven, before=stop_at_the_fifth))
    with pytest.raises(KeyboardInterrupt):
        capacity(tmp_path / "cut")
    assert "--resume" in capsys.readouterr().err and read_capacity(tmp_path / "cut").state == "running"
    monkeypatch.setattr(series, "run_load", a_run_load(driven))
    assert capacity(tmp_path / "cut", resume=True) == Exit.PASSED
    assert len(driven) == 2 * whole
    assert read_capacity(tmp_path / "cut").model_dump() == read_capacity(tmp_path / "whole").model_dump()


def test_halves_of_two_different_searches_are_not_joined(driven, tmp_path):
    capacity(tmp_path)
    with pytest.raises(InputError, match="--resume"):
        capacity(tmp_path)
    with pytest.raises(InputError, match="slo"):
        capacity(tmp_path, a_subject(slo={"ttft_s": 0.3}), resume=True)
    with pytest.raises(InputError, match="does not exist"):
        capacity(tmp_path / "other", resume=True)
    assert capacity(tmp_path, wanted=Wanted(searches=3), resume=True) == Exit.PASSED  # more of the same may follow
    assert {probe.search for probe in read_capacity(tmp_path).probes} == {1, 2, 3}


def test_where_the_client_gives_out_first_no_capacity_is_printed(monkeypatch, driven, tmp_path, capsys):
    monkeypatch.setattr(series, "run_load", a_run_load(driven, sent_late_above=20))
    with pytest.raises(InvalidMeasurement, match="at least 16 requests/s.*the client, not the server, was the limit"):
        capacity(tmp_path)
    found = read_capacity(tmp_path)
    assert (found.state, found.capacity, found.interval) == ("invalid", None, None) and found.probes[-1].rate == 32
    assert "Capacity:" not in capsys.readouterr().out
    monkeypatch.setattr(series, "run_load", a_run_load(driven))  # with more load processes, say
    assert capacity(tmp_path, resume=True) == Exit.PASSED
    assert read_capacity(tmp_path).capacity == pytest.approx(TRUTH, rel=0.05)


def test_a_promise_that_a_lone_request_breaks_ends_at_once_with_code_1(driven, tmp_path, capsys):
    assert capacity(tmp_path, a_subject(rate=0.5, slo={"ttft_s": 0.01})) == Exit.FAILED
    found = read_capacity(tmp_path)
    assert (found.state, found.capacity) == ("none", None) and len(driven) <= 4
    assert "a lower rate would not help" in " ".join(found.notes) and "No rate" in capsys.readouterr().out


def test_the_highest_allowed_rate_is_a_lower_bound_not_the_capacity(driven, tmp_path, capsys):
    assert capacity(tmp_path, wanted=Wanted(ceiling=30, searches=1)) == Exit.PASSED
    assert read_capacity(tmp_path).state == "at least" and "at least 30 /s" in capsys.readouterr().out
    assert max(plan.rate for plan in driven) == 30


def test_json_is_all_of_standard_output(driven, tmp_path, capsys):
    capacity(tmp_path, wanted=Wanted(searches=1), json=True)
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "capacity.json").read_text())


@pytest.mark.parametrize(
    ("subject", "wanted", "says"),
    [
        (a_subject(slo={}), Wanted(), "there is none"),
        (a_subject(slo={"ttft_s": 1, "attainment": 1}), Wanted(), "0.999"),
        (a_subject(), Wanted(floor=5, ceiling=4), "--from 5 is not below --to 4"),
        (a_subject(), Wanted(floor=-1), "--from -1"),
        (a_subject(), Wanted(tolerance=0), "--tolerance 0"),
    ],
)
def test_a_search_that_cannot_end_is_not_begun(driven, tmp_path, subject, wanted, says):
    with pytest.raises(InputError, match=says):
        capacity(tmp_path / "out", subject, wanted)
    assert driven == [] and not (tmp_path / "out").exists()


def test_a_file_of_something_else_is_named(tmp_path):
    (tmp_path / "capacity.json").write_text('{"schema": "other/1"}')
    with pytest.raises(InputError, match=r"capacity\.json"):
        read_capacity(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_capacity(tmp_path / "nothing")


def test_a_run_too_short_to_see_the_queue_says_how_far_off_it_may_be(driven, tmp_path):
    """2 s of room in a run of 20 s: the queue of a server that is 10 % too slow does not miss the promise within it."""
    capacity(tmp_path, a_subject(slo={"ttft_s": 2.05}), Wanted(searches=1))
    runs = [LoadSummary.model_validate_json(path.read_bytes()) for path in tmp_path.glob("probe-*/summary.json")]
    assert unseen_growth(runs, {"ttft_s": 2.05}) == pytest.approx(0.1, rel=0.05)
    assert unseen_growth(runs, {"tpot_s": 2.05}) == 0
    assert "may be up to 9.1 % lower" in " ".join(read_capacity(tmp_path).notes)
