"""Draws, quantiles and the tornado, where the answer is known."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.cost.bill import SECONDS_PER_MONTH, cost_per_inference
from ftbench.cost.capacity import measured_capacity
from ftbench.cost.monte_carlo import monte_carlo, tornado
from ftbench.cost.uncertain import unsure
from tests.cost.builder import run, spec, terms

EACH = 730 / SECONDS_PER_MONTH


def quantities(interval=None, confidence=0.95, capacity_at_cv=None, **given):
    contract = spec(cost={"uncertainty": given})
    capacity = measured_capacity([run(1, 1.0)], 1, contract.slo)._replace(interval=interval, confidence=confidence if interval else None)
    return unsure(contract, capacity, capacity_at_cv=capacity_at_cv)


def outcome(drawn, draws=20_000, seed=1, budget=None, quantile=0.9, **changes):
    return monte_carlo(terms(**changes), drawn, draws=draws, seed=seed, budget=budget, budget_quantile=quantile)


def test_nothing_uncertain_is_one_figure():
    found = outcome([], budget=1.0)
    assert (found.cost_per_inference.p10, found.cost_per_inference.p50, found.cost_per_inference.p90) == pytest.approx((EACH,) * 3)
    assert (found.share_within_budget, found.tornado) == (1.0, [])


def test_price_between_its_low_and_high_is_cost_between_them():
    """All cost is compute, so cost follows the price: 0.9, sqrt(0.9 x 1.2) = 1.0392, 1.2 times."""
    drawn, _ = quantities(price={"low": 0.9, "high": 1.2})
    found = outcome(drawn).cost_per_inference
    assert (found.p10, found.p50, found.p90) == pytest.approx((0.9 * EACH, 1.0392 * EACH, 1.2 * EACH), rel=0.01)


def test_capacity_is_drawn_through_its_interval():
    """1 to 4 at 95 %: median 2, sigma = ln 4 / (2 x 1.95996) = 0.353652; 2 exp(-+1.281552 x 0.353652) = 1.2712 and 3.1466."""
    (capacity,), _ = quantities(interval=(1.0, 4.0))
    assert (capacity.low, capacity.median, capacity.high) == pytest.approx((1.2712, 2.0, 3.1466), rel=1e-4)
    values = capacity.drawn(np.random.default_rng(0).standard_normal(100_000))
    assert np.mean((values > 1.0) & (values < 4.0)) == pytest.approx(0.95, abs=0.003)


def test_every_draw_has_whole_replicas():
    """10 requests/s on 1.27 to 3.15 each: a fleet of 8 costs 8/10 of a replica-second a request, never 7.6."""
    (capacity,), _ = quantities(interval=(1.0, 4.0))
    found = outcome([capacity], mean_rate=10.0)
    replicas = np.array([found.cost_per_inference.p10, found.cost_per_inference.p50, found.cost_per_inference.p90]) * 10 / EACH
    assert replicas == pytest.approx(np.round(replicas))
    assert list(np.round(replicas)) == [4, 5, 8]  # ceil(10 / 3.1466), ceil(10 / 2.0 +- chance), ceil(10 / 1.2712)


def test_one_more_uncertain_quantity_changes_no_draw_of_the_others():
    one, _ = quantities(price={"low": 0.9, "high": 1.2})
    two, _ = quantities(price={"low": 0.9, "high": 1.2}, peak_to_mean={"low": 1.0, "high": 1.0000001})
    first, second = (outcome(drawn, mean_rate=0.5).cost_per_inference for drawn in (one, two))
    assert first.p90 == pytest.approx(second.p90, rel=1e-12)


def test_same_seed_same_figures_and_another_seed_others():
    drawn, _ = quantities(price={"low": 0.9, "high": 1.2})
    assert outcome(drawn, seed=3) == outcome(drawn, seed=3) != outcome(drawn, seed=4)


def test_longer_answers_cost_capacity_in_proportion():
    """Twice the tokens, half the capacity: 4 requests/s on 1 each take 4 replicas, or 8."""
    drawn, words = quantities(output_tokens={"low": 1.0, "high": 2.0})
    (swing,) = tornado(terms(mean_rate=4.0), drawn)
    assert (swing.cost_at_low, swing.cost_at_high) == pytest.approx((EACH, 2 * EACH))
    assert any("in proportion: assumed" in word for word in words)


def test_peak_never_falls_below_the_mean():
    drawn, _ = quantities(peak_to_mean={"low": 0.5, "high": 1.5})
    assert (drawn[0].drawn(np.linspace(-5, 5, 50)) >= 1).all()
    assert tornado(terms(mean_rate=4.0), drawn)[0].low_value == 1.0


def test_rate_is_of_today_and_grows_with_the_scale():
    """Today 0.5 to 2 in place of 1, at 3x: 1.5 and 6 requests/s on whole replicas of 1: 2 and 6."""
    drawn, _ = quantities(rate={"low": 0.5, "high": 2.0})
    (swing,) = tornado(terms(mean_rate=3.0), drawn)
    assert (swing.cost_at_low, swing.cost_at_high) == pytest.approx((2 / 1.5 * EACH, EACH))


def test_burstiness_is_drawn_only_with_a_simulation_of_it():
    none, words = quantities(arrival_cv={"low": 1, "high": 4})
    assert none == [] and any(word.startswith("Not drawn: arrival CV") for word in words)
    drawn, _ = quantities(arrival_cv={"low": 1, "high": 4}, capacity_at_cv=lambda cv: 1 / cv)
    (swing,) = tornado(terms(mean_rate=4.0), drawn)
    assert (swing.cost_at_low, swing.cost_at_high) == pytest.approx((EACH, 4 * EACH))


def test_capacity_without_an_interval_is_exact_and_that_is_said():
    drawn, words = quantities()
    assert drawn == [] and words[0].startswith("Taken as exact: capacity")


def test_widest_swing_stands_first():
    drawn, _ = quantities(interval=(0.9, 1.1), price={"low": 0.5, "high": 2.0}, output_tokens={"low": 0.9, "high": 1.2})
    bars = tornado(terms(mean_rate=100.0), drawn)
    assert bars[0].name == "price" and {bar.name for bar in bars} == {"price", "capacity", "output tokens"}
    widths = [abs(bar.cost_at_high - bar.cost_at_low) for bar in bars]
    assert widths == sorted(widths, reverse=True)


def test_tornado_keeps_the_others_at_their_median():
    """Price at 1.2 with capacity at its median of 2: 100 / 2 = 50 replicas for 100 requests/s."""
    drawn, _ = quantities(interval=(1.0, 4.0), price={"low": 0.9, "high": 1.2})
    price = next(bar for bar in tornado(terms(mean_rate=100.0), drawn) if bar.name == "price")
    assert price.cost_at_high == pytest.approx(0.5 * 1.2 * EACH)


def test_spread_that_leaves_out_the_listed_value_says_so():
    _, words = quantities(rate={"low": 4, "high": 8})
    assert any("the spec's own 1 lies outside of it" in word for word in words)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 5), st.floats(0.5, 0.99), st.integers(0, 5))
def test_quantile_is_under_the_budget_exactly_where_that_share_of_the_draws_is(times, quantile, seed):
    drawn, _ = quantities(interval=(0.8, 1.4), price={"low": 0.7, "high": 1.6})
    budget = times * EACH
    found = outcome(drawn, draws=500, seed=seed, budget=budget, quantile=quantile, mean_rate=7.3)
    assert (found.budget_quantile_cost < budget) == (found.share_within_budget >= quantile - 1e-12)


def test_cost_at_the_median_terms_lies_between_the_tenths():
    drawn, _ = quantities(interval=(0.8, 1.4), price={"low": 0.7, "high": 1.6}, output_tokens={"low": 0.8, "high": 1.3})
    found = outcome(drawn, mean_rate=50.0).cost_per_inference
    assert found.p10 < float(cost_per_inference(terms(mean_rate=50.0))) < found.p90


def test_four_thousand_draws_take_far_less_than_a_fifth_of_a_second():
    wide = {"low": 0.8, "high": 1.4}
    drawn, _ = quantities(interval=(0.8, 1.4), price=wide, output_tokens=wide, rate=wide, peak_to_mean={"low": 1.5, "high": 3})
    took = []
    for _ in range(5):
        began = time.perf_counter()
        outcome(drawn, draws=4000)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.2
