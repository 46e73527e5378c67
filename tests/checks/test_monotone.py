"""One more good request, or one more right case, never makes a verdict worse: the kinds of criteria that test_criteria.py does not turn.

A case of a category, variable or group that was not there before is another matter: it asks a question that had not been asked.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.accuracy import Accuracy
from ftbench.checks.criteria import amount_at_least, amount_below, quantile_at_most, tail_ratio_at_most
from ftbench.checks.differing import share_differing
from ftbench.checks.load_bound import load_bound
from ftbench.quality.cases import Case
from ftbench.spec.acceptance import LoadBound
from ftbench.spec.checks import Evidence
from tests.checks.builder import inputs, latency, load_run, output, spec
from tests.checks.test_criteria import no_worse

seconds = st.lists(st.sampled_from([0.1, 0.2, 0.4, 0.8, 1.0, 1.5, 3.0]), min_size=1, max_size=150)


@settings(max_examples=60, deadline=None)
@given(seconds, st.sampled_from(["p50", "p90", "p95", "p99"]), st.sampled_from([0.1, 0.8, 1.0]))
def test_one_more_request_within_the_limit_never_makes_a_quantile_worse(values, quantile, limit):
    before, after = (quantile_at_most("x", latency(v), quantile, limit, min_cases=1) for v in (values, [*values, min(limit, 0.1)]))
    assert no_worse(after, before)


@settings(max_examples=60, deadline=None)
@given(seconds, st.sampled_from([1.5, 3.0]))
def test_one_more_request_as_long_as_the_median_takes_nothing_from_the_tail(values, limit):
    """A quicker one would: it lowers the median, which the tail is measured by. A ratio that is too high is surer of with each request."""
    few = latency(values)
    before, after = (tail_ratio_at_most("x", of, limit, min_cases=1) for of in (few, latency([*values, few.p50_s])))
    assert (before.status, after.status) != ("PASS", "FAIL")
    assert before.evidence != "PROVEN" or after.evidence == "PROVEN"


@settings(max_examples=60, deadline=None)
@given(seconds, st.integers(0, 5), st.sampled_from(["p50", "p90", "p99"]), st.booleans())
def test_one_more_answer_in_time_never_makes_a_promise_on_traffic_worse(values, failed, quantile, mended):
    bound = LoadBound(quantile=quantile, at_most_s=1.0)

    def judged(answered, failures):
        return load_bound("x", bound, [load_run(answered, errors={"timeout": failures} if failures else {})], min_cases=1)

    after, before = judged([*values, 0.1], failed - 1 if mended and failed else failed), judged(values, failed)
    assert no_worse(after, before)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.001, 2), st.floats(0.001, 2), st.booleans())
def test_less_cost_and_more_margin_never_make_an_amount_worse(one, other, measured):
    low, high = sorted((one, other))
    assert no_worse(*(amount_below("x", value, 1.0, "USD", measured=measured, note="") for value in (low, high)))
    assert no_worse(*(amount_at_least("x", value, 0.4, "rate", measured=measured, note="") for value in (high, low)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=60), min_size=1, max_size=3), st.data())
def test_one_more_pair_that_does_not_differ_never_makes_a_share_worse(variables, data):
    at, turned = data.draw(st.integers(0, len(variables) - 1)), data.draw(st.booleans())
    differs = {f"v{v}": {f"v{v}-{i}": bad for i, bad in enumerate(pairs)} for v, pairs in enumerate(variables)}
    more = {v: {**pairs, **({"new": False} if v == f"v{at}" else {})} for v, pairs in differs.items()}
    if turned:
        more = {v: {pair: bad and pair != f"v{at}-0" for pair, bad in pairs.items()} for v, pairs in differs.items()}
    assert no_worse(*(share_differing("x", found, 0.1, Evidence(), min_cases=1) for found in (more, differs)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=80), st.data())
def test_one_more_right_label_never_makes_accuracy_worse(cases, data):
    known = data.draw(st.sampled_from([label for label, _ in cases]))
    wrong = next((i for i, (_, right) in enumerate(cases) if not right), None)
    turned = wrong is not None and data.draw(st.booleans())
    better = [(label, right or i == wrong) for i, (label, right) in enumerate(cases)] if turned else [*cases, (known, True)]

    def judged(found):
        made = [Case(id=f"c{i}", prompt="x", label=label) for i, (label, _) in enumerate(found)]
        outputs = [output(f"c{i}", label if right else "no") for i, (label, right) in enumerate(found)]
        contract = spec({"accuracy": {"cases": "x", "labels": ["a", "b", "c"], "min_cases": 1}})
        return Accuracy().evaluate(inputs(contract, made, outputs)).criteria

    for after, before in zip(judged(better), judged(cases), strict=True):
        assert no_worse(after, before), after.name
