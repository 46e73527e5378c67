import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.metrics.goodput import are_good, attainment, count_good, goodput, is_good
from ftbench.spec.load import Slo
from tests.metrics.records import a_row, a_table, failed

limit = st.none() | st.floats(0.001, 0.4)


@pytest.mark.parametrize(
    ("slo", "good"),
    [
        (Slo(), True),
        (Slo(ttft_s=0.1001), True),
        (Slo(ttft_s=0.0999), False),
        (Slo(tpot_s=0.0101), True),
        (Slo(tpot_s=0.0099), False),
        (Slo(e2e_s=0.2501), True),
        (Slo(e2e_s=0.2499), False),
        (Slo(ttft_s=0.2, tpot_s=0.2, e2e_s=0.2), False),
        (Slo(ttft_s=1, tpot_s=0.001, e2e_s=1), False),
    ],
)
def test_a_good_request_meets_every_threshold(slo, good):
    assert is_good(a_row(0.0), slo) is good


def test_an_error_is_never_good_however_fast_it_came():
    assert not is_good(failed(0.0, "http_5xx", done_s=0.001), Slo(e2e_s=10))


def test_a_single_token_meets_any_tpot():
    assert is_good(a_row(0.0, output_tokens=1, last_token_s=0.1), Slo(tpot_s=1e-9))


def test_failures_stay_in_the_denominator_and_none_of_none_is_no_share():
    assert attainment(90, 100) == 0.9 and attainment(0, 0) is None and goodput(90, 10.0) == 9.0


@settings(max_examples=60, deadline=None)
@given(
    st.builds(Slo, ttft_s=limit, tpot_s=limit, e2e_s=limit),
    st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 0.4), st.integers(1, 12), st.booleans()), min_size=1, max_size=20),
)
def test_all_rows_at_once_are_judged_as_each_alone(slo, requests):
    rows = [
        a_row(k, first_token_s=k + first, last_token_s=k + first + more, done_s=k + first + more, output_tokens=tokens)
        if ok
        else failed(k, "timeout")
        for k, (first, more, tokens, ok) in enumerate(requests)
    ]
    assert are_good(a_table(rows), slo).tolist() == [is_good(row, slo) for row in rows]


def test_a_second_objective_is_counted_on_the_same_requests():
    table = a_table([a_row(k, first_token_s=k + (0.1 if k < 8 else 0.3)) for k in range(9)] + [failed(9, "timeout")])
    strict, lax = (count_good(table, Slo(ttft_s=limit, attainment=0.9), 5.0) for limit in (0.2, 0.5))
    assert (strict.good, strict.goodput, strict.attainment, strict.met) == (8, 1.6, 0.8, False)
    assert (lax.good, lax.attainment, lax.met, lax.limits, lax.target) == (9, 0.9, True, {"ttft_s": 0.5}, 0.9)
    assert count_good(a_table([]), Slo(), 5.0).met is None
