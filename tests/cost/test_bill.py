"""The bill of a month: its parts add up, and its limits are what they must be."""

from fractions import Fraction

import pytest

from ftbench.cost import bill
from tests.cost.builder import terms


def test_parts_of_the_bill_are_what_its_sum_says():
    """2 requests/s: 5,256,000 a month. Compute 2 x 730; network 5,256,000 x 0.00001 = 52.56; gateway 20 + 5,256,000 x 0.000002 = 30.512."""
    at = terms(mean_rate=2.0, network_per_request=1e-5, gateway_per_request=2e-6, storage=8.0, gateway=20.0, monitoring=15.0)
    parts = bill.breakdown(at, 2).model_dump()
    assert parts == pytest.approx({"compute": 1460.0, "storage": 8.0, "network": 52.56, "gateway": 30.512, "monitoring": 15.0})
    assert float(bill.cost_per_month(at)) == pytest.approx(sum(parts.values()))
    assert float(bill.cost_per_inference(at)) == pytest.approx(1566.072 / 5_256_000)


def test_no_volume_costs_its_fleet_and_has_no_cost_of_one_inference():
    """One replica stands there for nobody: 730 a month over 0 requests."""
    at = terms(mean_rate=0.0)
    assert (int(bill.replicas_of(at)), float(bill.cost_per_month(at))) == (1, 730.0)
    assert float(bill.cost_per_inference(at)) == float("inf")


def test_exactly_full_instance_takes_no_second_one():
    """8 replicas on an instance of 8; the ninth takes another."""
    full, more = (terms(mean_rate=rate, per_instance=Fraction(8)) for rate in (8.0, 8.001))
    assert (int(bill.instances_of(full)), int(bill.instances_of(more))) == (1, 2)


def test_replica_of_sixteen_gpus_takes_two_whole_instances_of_eight():
    assert int(bill.instances_of(terms(mean_rate=3.0, per_instance=Fraction(1, 2)))) == 6


def test_tokens_that_were_not_counted_have_no_price():
    assert bill.per_million_tokens(terms(output_tokens=None), 0.001) is None
    assert bill.per_million_tokens(terms(output_tokens=50.0), 0.001) == pytest.approx(20.0)
