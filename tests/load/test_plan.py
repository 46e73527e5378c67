import numpy as np
import pytest

from ftbench.errors import InputError
from ftbench.load.plan import chat_body, make_plan, read_plan, schedule, write_plan
from tests.load.conftest import a_plan

URL = "http://127.0.0.1:1/v1"


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


def test_ignore_eos_is_sent_only_when_asked_for_since_clouds_refuse_unknown_fields():
    assert "ignore_eos" not in chat_body(a_plan(URL), [])
    assert chat_body(a_plan(URL, ignore_eos=True), [])["ignore_eos"] is True
