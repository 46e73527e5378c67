"""`ftbench sweep`: one run a point, where it ends, and what it leaves."""

import csv
import json

import pytest

from ftbench.errors import Exit, InputError
from ftbench.gate import series
from ftbench.gate import sweep as sweeping
from ftbench.gate.points import points
from ftbench.gate.series import Subject
from ftbench.gate.sweep import SweepFile, run_sweep, why_stop, with_users
from ftbench.load import make_plan
from ftbench.load.plan import LoadPlan
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen
from tests.gate.queue_server import a_run_load, a_subject, no_telemetry, up


@pytest.fixture
def driven(monkeypatch):
    plans = []
    monkeypatch.setattr(series, "run_load", a_run_load(plans))
    monkeypatch.setattr(series, "observe", no_telemetry)
    return plans


def sweep(out, axis="rate", asked=(10.0, 20.0, 80.0, 160.0), subject=None, **more):
    return run_sweep(up(subject or a_subject()), axis, list(asked), out, Screen(), **more)


def test_a_sweep_ends_behind_the_first_saturated_rate_and_keeps_every_number(driven, tmp_path, capsys):
    assert sweep(tmp_path) == Exit.PASSED
    assert [plan.rate for plan in driven] == [10, 20, 80]
    found = SweepFile.model_validate_json((tmp_path / "sweep.json").read_bytes())
    assert [row.at for row in found.rows] == [10, 20, 80] and found.stopped.startswith("at 80 requests/s")
    assert found.rows[1].summary.attainment == 1 and found.rows[2].summary.saturated
    rows = list(csv.DictReader((tmp_path / "sweep.csv").open()))
    assert [row["rate"] for row in rows] == ["10", "20", "80"] and float(rows[0]["ttft_p50_s"]) == pytest.approx(0.05)
    assert float(rows[2]["requests_per_s"]) == pytest.approx(40, rel=0.03)
    printed = capsys.readouterr().out
    assert "saturated" in printed and "Stopped" in printed


def test_all_goes_on_behind_saturation(driven, tmp_path):
    sweep(tmp_path, every=True)
    assert [plan.rate for plan in driven] == [10, 20, 80, 160]


def test_an_interrupted_sweep_goes_on_with_the_point_it_had_begun(monkeypatch, driven, tmp_path):
    def stop_at_the_second():
        if len(driven) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(series, "run_load", a_run_load(driven, before=stop_at_the_second))
    with pytest.raises(KeyboardInterrupt):
        sweep(tmp_path)
    monkeypatch.setattr(series, "run_load", a_run_load(driven))
    sweep(tmp_path, resume=True)
    assert [plan.rate for plan in driven] == [10, 20, 80]


def test_an_invalid_point_ends_the_sweep_with_its_own_exit_code(monkeypatch, driven, tmp_path):
    monkeypatch.setattr(series, "run_load", a_run_load(driven, sent_late_above=15))
    assert sweep(tmp_path) == Exit.INVALID
    assert [plan.rate for plan in driven] == [10, 20]


def test_users_take_the_place_of_arrivals_and_the_plan_is_one_that_may_be_sent():
    plan = a_subject(arrivals="gamma", cv=2, min_requests=100, in_flight_cap=5).plan
    closed = with_users(plan, 16, {"think_s": 0.5, "think": "exponential"})
    again = LoadPlan.model_validate(closed.model_dump())
    assert again.closed.concurrency == 16 and again.closed.think_s == 0.5 and again.rate is None and again.prompts == plan.prompts


def test_a_sweep_over_users_ends_where_more_of_them_bring_no_more(monkeypatch, driven, tmp_path):
    """Eight slots of 0.2 s: up to eight users each bring 5 requests/s, more only wait."""
    sent = []

    def run_once(subject: Subject, plan: LoadPlan, folder, screen, title):
        sent.append(plan.closed.concurrency)
        served = make_plan(**{**a_subject().plan.model_dump(), "rate": min(plan.closed.concurrency, 8) / 0.2})
        return series_run_once(subject, served, folder, screen, title)

    series_run_once = series.run_once
    monkeypatch.setattr(sweeping, "run_once", run_once)
    sweep(tmp_path, "concurrency", [1, 4, 8, 16, 64])
    found = SweepFile.model_validate_json((tmp_path / "sweep.json").read_bytes())
    assert sent == [1, 4, 8, 16] and found.unit == "users" and "more users" in found.stopped


def test_a_sweep_is_not_gone_on_with_against_another_server(driven, tmp_path):
    sweep(tmp_path, asked=[10.0])
    other = a_subject()._replace(identity={"server": "another"})
    with pytest.raises(InputError, match="server"):
        sweep(tmp_path, asked=[10.0], subject=other, resume=True)


def test_json_is_all_of_standard_output(driven, tmp_path, capsys):
    sweep(tmp_path, asked=[10.0], json=True)
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "sweep.json").read_text())


def test_an_invalid_run_stops_before_it_is_called_saturated(driven, tmp_path):
    sweep(tmp_path, asked=[80.0])
    summary = LoadSummary.model_validate_json((tmp_path / "rate-80" / "summary.json").read_bytes())
    assert "faster" in why_stop("rate", summary, [])
    assert "client" in why_stop("rate", summary.model_copy(update={"valid": False}), [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,2,4,8", [1, 2, 4, 8]),
        ("8,1,2,2", [1, 2, 8]),
        ("1..64x2", [1, 2, 4, 8, 16, 32, 64]),
        ("1..60x2", [1, 2, 4, 8, 16, 32]),
        ("0.1..1x10", [0.1, 1]),
        ("0.5, 1..4x2", [0.5, 1, 2, 4]),
        ("0.001..1x10", [0.001, 0.01, 0.1, 1]),
    ],
)
def test_points_are_read_as_they_are_meant(text, found):
    assert points(text, "--rates") == pytest.approx(found)


@pytest.mark.parametrize("text", ["", "1,,2", "0", "-1", "nan", "inf", "1..64", "64..1x2", "1..2x1", "1..8x0", "a..bx2", "1..1e9x1.01"])
def test_points_that_mean_nothing_are_refused_with_the_form_that_does(text):
    with pytest.raises(InputError):
        points(text, "--rates")


def test_there_are_no_half_users():
    assert points("1..8x1.5", "--concurrency", whole=True) == [1, 2, 3, 5, 8]
    with pytest.raises(InputError, match="half users"):
        points("1.5", "--concurrency", whole=True)
