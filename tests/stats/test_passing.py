"""Numbers from binomial tables: what a test set can prove before there is a single answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.stats.passing import cases_for_proof, chance_of_passing, failures_allowed
from ftbench.stats.proportion import cases_to_prove


@pytest.mark.parametrize(
    ("cases", "share", "inclusive", "allowed"),
    [
        (50, 0.08, True, 4),
        (50, 0.15, True, 7),
        (60, 0.05, False, 2),
        (60, 0.05, True, 3),
        (50, 0, True, 0),
        (10, 0, False, -1),
        (3, 0.3, True, 0),
    ],
)
def test_failures_allowed_are_those_of_the_criteria_at_the_limit_too(cases, share, inclusive, allowed):
    assert failures_allowed(cases, share, inclusive=inclusive) == allowed


def test_chance_of_passing_is_that_of_the_table():
    assert chance_of_passing(50, 4, 0.15) == pytest.approx(0.1121, abs=1e-4)  # 46 of 50 by a model of 85 %
    assert chance_of_passing(10, 0, 0.1) == pytest.approx(0.9**10)
    assert chance_of_passing(10, -1, 0.0) == 0


def test_cases_for_proof_allow_for_the_failures_that_a_good_model_has():
    assert cases_for_proof(0.92, 1.0) == cases_to_prove(0.92) == 36
    n = cases_for_proof(0.92, 0.97)
    assert n == cases_to_prove(0.92, failures=round(0.03 * n)) > 36
    assert cases_for_proof(0.92, 0.92) is None and cases_for_proof(0.92, 0.9) is None and cases_for_proof(0.92, 0.9201) is None


@given(st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_criteria_pass_exactly_the_failures_that_are_allowed(cases, share, rate):
    allowed = failures_allowed(cases, share)
    assert allowed <= share * cases + 1e-9 < allowed + 1
    assert chance_of_passing(cases, allowed, rate) <= chance_of_passing(cases, allowed + 1, rate) + 1e-12
