import numpy as np
import pytest

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace
from ftbench.load.body import item_of
from ftbench.load.plan import describe_arrivals, make_plan, read_plan, schedule, write_plan
from tests.load.conftest import a_plan

URL = "http://127.0.0.1:1/v1"
TRACE = Trace(name="monday.csv", times_s=[k * 0.5 for k in range(40)], output_tokens=list(range(1, 41)))  # 20 s at 2 requests/s
SHAPED = {
    "gamma": {"cv": 2},
    "steps": {"steps": [{"duration_s": 10, "rate": 1}, {"duration_s": 30, "rate": 5}]},
    "ramp": {"ramp": {"from_rate": 2, "to_rate": 6}},
    "bursts": {"bursts": {"period_s": 10, "length_s": 2, "factor": 6}},
    "replay": {"trace": TRACE},
}


def shaped(kind, **changes):
    return a_plan(URL, arrivals=kind, **{"rate": 8, "duration_s": 40, "warmup_s": 5, **SHAPED[kind], **changes})


def test_min_requests_prolongs_the_measured_time_and_not_the_rate():
    short = a_plan(URL, arrivals="poisson", rate=5, duration_s=4, warmup_s=2)
    long = a_plan(URL, arrivals="poisson", rate=5, duration_s=4, warmup_s=2, min_requests=100)
    planned = schedule(long)
    measured = planned.times[planned.times >= 2]
    assert len(measured) >= 100
    assert planned.measured_s == pytest.approx(20, rel=0.3)
    assert len(measured) / planned.measured_s == pytest.approx(5, rel=0.25)
    begin = schedule(short).times
    assert np.allclose(planned.times[: len(begin)], begin)


def test_warmup_and_measured_time_are_one_schedule():
    planned = schedule(a_plan(URL, rate=10, duration_s=2, warmup_s=1))
    assert planned.total_s == 3 and len(planned.times) == 30 and np.allclose(np.diff(planned.times), 0.1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rate", -1),
        ("rate", float("nan")),
        ("duration_s", 0),
        ("prompts", []),
        ("max_tokens", 0),
        ("workers", 0),
        ("arrivals", "burst"),
        ("rat", 1),
        ("cv", 0),
    ],
)
def test_a_wrong_field_is_one_sentence_with_its_name(field, value):
    good = {"url": URL, "model": "m", "rate": 1, "duration_s": 1, "prompts": [[{"role": "user", "content": "hi"}]]}
    with pytest.raises(InputError, match=f"^Load: {field}: ") as error:
        make_plan(**{**good, field: value})
    assert "\n" not in str(error.value)


def test_the_plan_file_holds_the_name_of_the_key_and_never_its_value(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-secret")
    plan = a_plan(URL, api_key_env="MY_KEY")
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    assert "sk-secret" not in (tmp_path / "plan.json").read_text()


@pytest.mark.parametrize("kind", ["gamma", "steps", "ramp", "bursts"])
def test_rate_is_the_mean_of_every_shape_over_the_measured_window(kind):
    planned = [schedule(shaped(kind, seed=seed)) for seed in range(150)]
    assert {p.rate for p in planned} == {8} and {p.measured_s for p in planned} == {40}
    measured = [(p.times >= 5).sum() / 40 for p in planned]
    assert np.mean(measured) == pytest.approx(8, abs=3.5 * np.std(measured) / 150**0.5)
    assert all((np.diff(p.times) >= 0).all() and p.times[-1] < 45 for p in planned)


@pytest.mark.parametrize(("kind", "warmup_rate"), [("gamma", 8), ("steps", 2), ("ramp", 4), ("bursts", 4)])
def test_warmup_is_the_same_traffic_and_with_steps_and_ramps_at_the_first_rate(kind, warmup_rate):
    """The steps' rates of 1 and 5 have the mean 4, so at 8 they are sent twofold; the bursts' calm is 8 / (1 + 5 x 2/10)."""
    counts = [(schedule(shaped(kind, seed=seed)).times < 5).sum() for seed in range(300)]
    assert np.mean(counts) / 5 == pytest.approx(warmup_rate, rel=0.15)


def test_rate_of_a_window_that_cuts_a_period_is_that_of_the_window():
    calm_only = schedule(shaped("bursts", warmup_s=0, duration_s=8))
    assert calm_only.rate == pytest.approx(4)
    assert schedule(shaped("bursts", warmup_s=8, duration_s=2)).rate == pytest.approx(24)


@pytest.mark.parametrize("kind", ["gamma", "steps", "ramp", "bursts"])
def test_min_requests_prolongs_every_shape_and_keeps_its_mean(kind):
    planned = schedule(shaped(kind, min_requests=1000))
    measured = planned.times[planned.times >= 5]
    assert len(measured) >= 1000 and planned.measured_s == pytest.approx(125, rel=0.25)
    assert planned.rate == pytest.approx(8, rel=0.1)
    if kind == "steps":  # stretched, not begun anew: a quarter of the time has the low rate
        early = measured < 5 + planned.measured_s / 4
        assert early.sum() / len(measured) == pytest.approx(1 / 16, abs=0.03)


def test_trace_is_sent_as_it_was_and_its_beginning_is_the_warmup():
    planned = schedule(shaped("replay"))
    assert planned.times.tolist() == TRACE.times_s
    assert (planned.warmup_s, planned.measured_s, planned.rate) == (5, pytest.approx(15), pytest.approx(2))


def test_scale_compresses_a_trace_and_duration_cuts_it():
    planned = schedule(shaped("replay", scale=4, warmup_s=1, duration_s=2))
    assert planned.times.tolist() == [k * 0.125 for k in range(24)]
    assert (planned.measured_s, planned.rate) == (2, 8)


def test_min_requests_takes_more_of_a_trace_and_refuses_one_that_is_too_short():
    planned = schedule(shaped("replay", duration_s=1, min_requests=25))
    assert (planned.times >= 5).sum() == 25 and planned.times[-1] < planned.total_s
    with pytest.raises(InputError, match=r"monday.csv is 20 s long at 1x and holds 30 requests behind the warm-up of 5 s.* asks for 31"):
        schedule(shaped("replay", min_requests=31))
    with pytest.raises(InputError, match="holds 0 requests behind the warm-up of 30 s"):
        schedule(shaped("replay", warmup_s=30))


def test_requests_at_one_instant_are_all_in_the_window_or_none():
    crowd = Trace(name="t", times_s=[0, 1, 1, 1, 2])
    assert schedule(shaped("replay", trace=crowd, warmup_s=0, duration_s=0.5, min_requests=2)).times.tolist() == [0, 1, 1, 1]


def test_each_request_of_a_trace_asks_for_its_own_length_and_the_report_says_so():
    plan = shaped("replay", duration_s=5, scale=2)
    planned = schedule(plan)
    assert [item_of(plan, k).max_tokens for k in range(40)] == list(range(1, len(planned.times) + 1))
    assert describe_arrivals(plan, planned) == "replay, 40 of 40 requests of monday.csv, 2 times as fast, its output lengths"
    plan = shaped("replay", trace=Trace(name="t", times_s=[0, 1, 9], prompt_tokens=[1, 2, 3]), duration_s=1, warmup_s=0)
    assert item_of(plan, 0).max_tokens is None  # the plan's own
    assert describe_arrivals(plan, schedule(plan)) == "replay, 1 of 3 requests of t, not its prompt lengths"


def test_the_report_names_the_traffic_with_the_rates_that_were_sent():
    said = {kind: describe_arrivals(shaped(kind), schedule(shaped(kind))) for kind in ("gamma", "steps", "ramp", "bursts")}
    assert said == {
        "gamma": "gamma, CV 2",
        "steps": "steps, 2 to 10 requests/s",
        "ramp": "ramp, 4 to 12 requests/s",
        "bursts": "bursts, 6 times the rate for 2 s in every 10 s",
    }
    assert describe_arrivals(a_plan(URL), schedule(a_plan(URL))) == "constant"


@pytest.mark.parametrize("kind", sorted(SHAPED))
def test_every_process_reads_the_same_schedule_from_the_plan_file(kind, tmp_path):
    write_plan(shaped(kind), tmp_path / "plan.json")
    again = read_plan(tmp_path / "plan.json")
    assert again == shaped(kind) and (schedule(again).times == schedule(shaped(kind)).times).all()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"arrivals": "gamma"}, "Load: arrivals gamma needs `cv`."),
        ({"cv": 2}, "Load: `cv` belongs to arrivals gamma and has no meaning with poisson"),
        ({"arrivals": "replay"}, "Load: arrivals replay needs `trace`."),
        ({"arrivals": "ramp", "ramp": {"from_rate": 0, "to_rate": 0}}, "a rate of 0 throughout"),
    ],
)
def test_a_shape_without_its_key_or_a_key_without_its_shape_is_refused(fields, says):
    with pytest.raises(InputError) as error:
        make_plan(url=URL, model="m", rate=1, duration_s=1, prompts=[[]], **fields)
    assert says in str(error.value) and "Value error" not in str(error.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"rate": 1}, "`rate` has no meaning in a closed loop"),
        ({"arrivals": "constant"}, "`arrivals` has no meaning in a closed loop"),
        ({"min_requests": 5}, "`min_requests` has no meaning in a closed loop"),
        ({"in_flight_cap": 5}, "`in_flight_cap` has no meaning in a closed loop"),
        ({"closed": {"concurrency": 4, "stages": [{"duration_s": 1, "concurrency": 3}]}}, "the most of its stages"),
        ({"closed": None}, "give a `rate`, or `closed`"),
    ],
)
def test_a_closed_loop_has_no_rate_and_an_open_one_needs_it(fields, says):
    with pytest.raises(InputError, match=says):
        make_plan(**{"url": URL, "model": "m", "duration_s": 1, "prompts": [[]], "closed": {"concurrency": 4}, **fields})
