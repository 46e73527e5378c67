"""What an imperfect grader's count says of the true rate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import NoData
from ftbench.stats import interval
from ftbench.stats.judge_correction import corrected_rate


def corrected(positives, n, hits=96, n_true=100, rejections=89, n_false=100, confidence=0.95):
    return corrected_rate(positives, n, hits=hits, n_true=n_true, rejections=rejections, n_false=n_false, confidence=confidence)


@pytest.mark.parametrize(
    ("positives", "n", "sensitivity", "specificity", "rate"),
    [(23, 150, 96, 89, 0.051), (6, 151, 96.4, 92.7, 0.0)],  # the two worked examples of epiR's epi.prev (brucellosis; Moujaber 2008)
)
def test_rate_has_the_published_answers(positives, n, sensitivity, specificity, rate):
    found = corrected(positives, n, round(sensitivity * 10), 1000, round(specificity * 10), 1000)
    assert found.rate == pytest.approx(rate, abs=0.0005)


def test_interval_has_the_closed_form_of_its_source():
    # 60 of 100, 45 of 50 and 45 of 50, z = 1.959964: q' = 61.9207 / 103.8415, se' = sp' = 46 / 52, p' = 0.62519,
    # shift = 2 z^2 (2 p' - 1) 0.0019629 = 0.00378, error = 0.07537
    assert corrected(60, 100, 45, 50, 45, 50) == pytest.approx((0.625, 0.48125, 0.77669), abs=0.0001)


def test_judge_that_never_erred_on_its_labels_is_still_not_certain():
    found = corrected(50, 50, 25, 25, 25, 25)
    assert found.rate == 1.0 and 0.8 < found.low < 0.95
    assert found.low < interval(50, 50)[0]  # of 50 answers that people themselves called right


counts = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=100, deadline=None)
@given(counts.filter(lambda c: c[0] < c[1]), counts, counts, st.floats(0.6, 0.99))
def test_one_more_good_case_never_lowers_rate_or_bounds(seen, true, false, confidence):
    if true[0] / true[1] + false[0] / false[1] <= 1.000001:
        return
    less = corrected(seen[0], seen[1], *true, *false, confidence)
    more = corrected(seen[0] + 1, seen[1], *true, *false, confidence)
    assert 0 <= less.low <= less.rate <= less.high <= 1
    assert more.rate >= less.rate
    assert more.low >= less.low - 1e-9


@pytest.mark.parametrize(("rate", "sensitivity", "specificity"), [(0.9, 0.95, 0.85), (0.97, 0.9, 0.9), (0.05, 0.8, 0.97)])
def test_bounds_err_no_more_often_than_they_say(rate, sensitivity, specificity):
    """5 % a side are allowed; 2,000 drawn runs of 100 cases and 30 + 30 labels may show 6.5 %."""
    rng, tries = np.random.default_rng(7), 2000
    q = rate * sensitivity + (1 - rate) * (1 - specificity)
    draws = zip(rng.binomial(100, q, tries), rng.binomial(30, sensitivity, tries), rng.binomial(30, specificity, tries), strict=True)
    found = [corrected(int(a), 100, int(b), 30, int(c), 30, 0.90) for a, b, c in draws if b + c > 30]
    assert sum(f.low > rate for f in found) <= 0.065 * tries
    assert sum(f.high < rate for f in found) <= 0.065 * tries


def test_grader_no_better_than_chance_is_refused():
    with pytest.raises(ValueError, match="chance"):
        corrected(5, 10, 5, 10, 5, 10)
    with pytest.raises(ValueError, match="chance"):
        corrected(10, 10, 10, 10, 0, 10)


@pytest.mark.parametrize("empty", [{"n": 0, "positives": 0}, {"n_true": 0, "hits": 0}, {"n_false": 0, "rejections": 0}])
def test_without_labels_of_both_kinds_nothing_is_corrected(empty):
    with pytest.raises(NoData):
        corrected(**{"positives": 1, "n": 2, **empty})


@pytest.mark.parametrize("wrong", [{"positives": 11}, {"hits": 101}, {"rejections": -1}, {"confidence": 1.0}])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(ValueError):
        corrected(**{"positives": 1, "n": 10, **wrong})
