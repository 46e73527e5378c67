"""The little languages of the command line: what is written means one thing, and anything else is one sentence with the form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench import load_words
from ftbench.errors import InputError
from ftbench.load_words import AUTO_WARMUP_S

numbers = st.floats(0, 1e9).map(lambda x: float(f"{x:g}"))
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5)
ONE_TEXT = [load_words.steps, load_words.stages, load_words.ramp, load_words.bursts, load_words.warmup, load_words.workers, load_words.slo]
ONE_TEXT += [load_words.extra_body]


@given(pairs)
def test_steps_come_back_as_they_were_written(found):
    text = ",".join(f"{a:g}:{b:g}" for a, b in found)
    assert load_words.steps(text) == [{"duration_s": a, "rate": b} for a, b in found]


@given(st.lists(st.tuples(numbers, st.integers(0, 10**6)), min_size=1, max_size=5))
def test_stages_have_whole_numbers_of_users(found):
    text = ",".join(f"{a:g}:{n}" for a, n in found)
    assert load_words.stages(text) == [{"duration_s": a, "concurrency": n} for a, n in found]
    assert all(isinstance(stage["concurrency"], int) for stage in load_words.stages(text))


@given(numbers, numbers)
def test_a_ramp_has_its_two_ends_in_order(first, last):
    assert load_words.ramp(f"{first:g}..{last:g}") == {"from_rate": first, "to_rate": last}


def test_a_decimal_point_beside_the_dots_of_a_ramp_is_still_a_decimal_point():
    assert load_words.ramp("0.5..10.25") == {"from_rate": 0.5, "to_rate": 10.25}


@given(numbers, numbers, numbers)
def test_bursts_are_period_length_factor_in_this_order(period, length, factor):
    found = load_words.bursts(f"{period:g}:{length:g}:{factor:g}")
    assert found == {"period_s": period, "length_s": length, "factor": factor}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("5", {"warmup": "declared", "warmup_s": 5.0}),
        ("0", {"warmup": "declared", "warmup_s": 0.0}),
        ("auto", {"warmup": "auto", "warmup_s": AUTO_WARMUP_S}),
        ("auto:120", {"warmup": "auto", "warmup_s": 120.0}),
    ],
)
def test_a_warm_up_is_seconds_or_until_steady(text, means):
    assert load_words.warmup(text) == means


def test_workers_are_a_number_or_left_to_us():
    assert load_words.workers("3") == 3 and load_words.workers("auto") == "auto"


def test_an_slo_has_a_name_and_limits_in_seconds():
    assert load_words.slo("chat:ttft=0.5,e2e=2,attainment=0.9") == ("chat", {"ttft_s": 0.5, "e2e_s": 2.0, "attainment": 0.9})
    with pytest.raises(InputError, match="twice"):
        load_words.slos(["a:ttft=1", "a:e2e=2"])


def test_validity_limits_are_known_and_given_once():
    known = ["client_cpu", "send_lag_p99_s"]
    assert load_words.validity(["client_cpu=0.95", "send_lag_p99_s=0.1"], known) == {"client_cpu": 0.95, "send_lag_p99_s": 0.1}
    for texts in (["client_cpv=1"], ["client_cpu=1", "client_cpu=2"], ["client_cpu"]):
        with pytest.raises(InputError, match="send_lag_p99_s"):
            load_words.validity(texts, known)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans())))
def test_any_json_object_is_an_extra_body(body):
    assert load_words.extra_body(json.dumps(body)) == body


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (load_words.steps, "60"),
        (load_words.steps, "60:1,"),
        (load_words.steps, "60:fast"),
        (load_words.steps, "60:-1"),
        (load_words.steps, "60:nan"),
        (load_words.steps, "60:inf"),
        (load_words.steps, "1_0:1"),
        (load_words.stages, "30:1.5"),
        (load_words.ramp, "1.10"),
        (load_words.ramp, "1..5..10"),
        (load_words.bursts, "60:5"),
        (load_words.warmup, "until"),
        (load_words.warmup, "auto:"),
        (load_words.workers, "0"),
        (load_words.workers, "1.5"),
        (load_words.slo, "ttft=0.5"),
        (load_words.slo, "chat:"),
        (load_words.slo, "chat:ttft"),
        (load_words.slo, "chat:speed=1"),
        (load_words.slo, "chat:ttft=1,ttft=2"),
        (load_words.slo, "chat:attainment=0.9"),
        (load_words.extra_body, "[1]"),
        (load_words.extra_body, "{top_p: 1}"),
    ],
)
def test_another_form_is_refused_and_the_right_one_shown(read, text):
    with pytest.raises(InputError, match="takes .*") as refused:
        read(text)
    assert repr(text)[:20] in str(refused.value)


@given(st.sampled_from(ONE_TEXT), st.text(max_size=30) | st.text('0123456789.,:=-+eauto_{}[]"', max_size=20))
def test_no_text_is_worse_than_an_input_error(read, text):
    try:
        read(text)
    except InputError as error:
        assert str(error).endswith(".")
