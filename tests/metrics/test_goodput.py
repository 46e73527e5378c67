import pytest

from ftbench.metrics.goodput import attainment, goodput, is_good
from ftbench.spec.model import Slo
from tests.metrics.records import a_row, failed


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
