"""The volume from which on self-hosting is cheaper, on stairs worked by hand."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ftbench.cost.bill import SECONDS_PER_MONTH, cost_per_inference
from ftbench.cost.break_even import api_cost_per_inference, break_even
from ftbench.spec.cost import ApiPrice
from tests.cost.builder import terms

# One replica of 1 request/s at 1 an hour: 730 a month for up to 2,628,000 requests.


def found(api, up_to=1e9, **changes):
    return break_even(terms(**changes), api, up_to_requests=up_to)


def test_api_price_of_the_mean_lengths():
    """(1,000 x 2.50 + 200 x 10.00) / 10^6 = 0.0045."""
    api = ApiPrice(name="x", input_per_million_tokens=2.5, output_per_million_tokens=10, retrieved=date(2026, 1, 1), source="its page")
    assert api_cost_per_inference(api, 1000, 200) == pytest.approx(0.0045)
    assert api_cost_per_inference(api, None, 200) is None and api_cost_per_inference(api, 1000, None) is None


def test_one_replica_is_cheaper_once_its_month_is_paid():
    """730 / 0.001 = 730,000. The second replica comes at 2,628,000, where 1,460,000 would pay for both already."""
    assert found(0.001).requests_per_month == pytest.approx(730_000)


def test_a_dearer_stair_behind_a_cheaper_one_moves_the_break_even_to_the_last():
    """API 0.0003, so N replicas are paid for at N x 2,433,333 and serve N x 2,628,000. From 2,433,333 on one is cheaper, and the second at
    2,628,000 is dearer again until 4,866,667. Stair N begins cheap where (N - 1) x 2,628,000 >= N x 2,433,333: N >= 13.5, so stair 13 is
    the last that does not: 13 x 2,433,333 = 31,633,333."""
    at = found(0.0003)
    assert at.requests_per_month == pytest.approx(13 * 730 / 0.0003)
    assert "Some lower volumes are cheaper too, from 2,433,333 on, but not all." in at.note


def test_never_where_a_full_replica_is_dearer_than_the_api():
    """730 / 2,628,000 = 0.000278 a request at best."""
    at = found(0.00027)
    assert (
        at.requests_per_month is None
        and at.note == "Never: with every replica fully used a good request costs 0.000278, fixed costs not counted."
    )


def test_never_where_network_and_gateway_alone_are_dearer():
    assert found(0.001, gateway_per_request=0.001).note.startswith("Never: network and gateway alone cost 0.001")


def test_not_within_the_volume_that_was_looked_at_is_not_never():
    """100 a month of monitoring beside: (730 + 100) / 0.001 = 830,000, and the most looked at is 500,000."""
    assert found(0.001, up_to=500_000, monitoring=100).note == "Not up to 500,000 requests a month, the most that was looked at."
    assert found(0.001, up_to=900_000, monitoring=100).requests_per_month == pytest.approx(830_000)


def test_eight_gpus_are_paid_for_with_the_first():
    """8 an hour for eight replicas: 5,840 / 0.001 = 5,840,000, on the third of them. The second box at 21,024,000 begins cheap."""
    assert found(0.001, per_hour=8.0, per_instance=Fraction(8)).requests_per_month == pytest.approx(5_840_000)


def test_bad_requests_are_paid_for_and_bring_nothing():
    """Every second one is good: 730 / (0.001 x 0.5) = 1,460,000 pay for one, but the second, from 2,628,000 on, only from 2,920,000. The
    third comes at 5,256,000 and is paid for at 4,380,000."""
    assert found(0.001, good_share=0.5).requests_per_month == pytest.approx(2_920_000)


def test_spare_and_headroom_and_peak_are_in_it():
    """1 + 1 spare: 1,460 / 0.001 = 1,460,000, more than one replica serves at peak 2 and headroom 0.5: 657,000. N working replicas serve
    N x 657,000 and are paid for at (N + 1) x 730,000: never."""
    assert found(0.001, spare=1, headroom=0.5, peak_to_mean=2.0).requests_per_month is None
    assert found(0.01, spare=1, headroom=0.5, peak_to_mean=2.0).requests_per_month == pytest.approx(146_000)


def test_nothing_fixed_to_pay_is_cheaper_from_the_first_request():
    assert found(0.001, per_hour=0.0).requests_per_month == 0.0


@settings(max_examples=80, deadline=None)
@given(
    st.floats(0.05, 20), st.floats(0.2, 30), st.floats(1, 4), st.floats(0.3, 1), st.integers(0, 2), st.sampled_from([1, 2, 8]),
    st.floats(1.05, 30), st.floats(0, 500), st.floats(0.5, 1),
)  # fmt: skip
def test_it_is_cheaper_at_every_volume_above_and_not_just_below(capacity, per_hour, peak, headroom, spare, seats, times, fixed, good):
    base = terms(
        capacity=capacity, per_hour=per_hour, peak_to_mean=peak, headroom=headroom, spare=spare, per_instance=Fraction(seats),
        monitoring=fixed, good_share=good,
    )  # fmt: skip
    full = capacity * headroom / peak * SECONDS_PER_MONTH
    api = times * per_hour * 730 / seats / full / good
    up_to = 60 * full
    at = break_even(base, api, up_to_requests=up_to).requests_per_month
    assume(at is not None and at < 0.99 * up_to)

    def cost(volume):
        return float(cost_per_inference(base._replace(mean_rate=volume / SECONDS_PER_MONTH)))

    assert all(cost(at * 1.0001 + (up_to - at * 1.0001) * k / 400) < api for k in range(401))
    assert cost(at * 0.9999) >= api or cost(at * 1.00001) >= api * (1 - 1e-4)
