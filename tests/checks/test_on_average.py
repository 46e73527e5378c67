"""Paired values that must not differ on average: what one more pair may and may not do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.on_average import same_on_average
from ftbench.spec.checks import Evidence
from tests.checks.test_criteria import no_worse


def judged(*variables, margin=0.15, span=2.0):
    """`variables`: the differences of each."""
    differences = {f"v{v}": {f"v{v}-{i}": value for i, value in enumerate(values)} for v, values in enumerate(variables)}
    return same_on_average("x", differences, margin, span, Evidence(), min_cases=1)


def test_pair_answered_alike_does_not_undo_an_equality_by_the_spread_that_it_adds():
    """Six differences of 0.14 have no spread at all; the seventh pair gives them some, and a t-test alone would take the word back."""
    alike = judged([0.14] * 6)
    assert (alike.status, alike.evidence) == ("PASS", "INCONCLUSIVE")
    assert judged([0.14] * 6 + [0.0]).status == "PASS"
    assert judged([0.16] * 6 + [0.0]).status == "FAIL"


some = st.lists(st.sampled_from([None, 0.0, 0.0, 0.1, 0.14, 0.16, -0.1, 0.5, 1.0, -1.0]), min_size=1, max_size=45)


@settings(max_examples=60, deadline=None)
@given(st.lists(some, min_size=1, max_size=3), st.data())
def test_one_more_pair_answered_alike_never_makes_it_worse(variables, data):
    at = data.draw(st.integers(0, len(variables) - 1))
    more = [values + [0.0] if i == at else values for i, values in enumerate(variables)]
    answered = [values if i != at or None not in values else [0.0, *_without_one_none(values)] for i, values in enumerate(variables)]
    before = judged(*variables)
    assert no_worse(judged(*more), before)
    assert no_worse(judged(*answered), before)


def _without_one_none(values):
    at = values.index(None)
    return values[:at] + values[at + 1 :]


@pytest.mark.parametrize(("values", "more"), [([0.0] * 20, 19), ([0.0] * 39, None), ([0.5, 0.5, 0.5, 0.4], None)])
def test_so_many_more_pairs_prove_it(values, more):
    """39 pairs that are all alike exclude 0.15 in a span of 2 (`pairs_to_exclude`); a mean beyond the margin is proven by none."""
    found = judged(values)
    assert found.more_cases == more
    if more:
        assert judged(values + [0.0] * more).evidence == "PROVEN"
        assert judged(values + [0.0] * (more - 1)).evidence == "INCONCLUSIVE"
