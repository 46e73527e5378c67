import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.cost.simulator import StepTimes, simulate
from ftbench.errors import InputError
from tests.cost.simulator.step_by_step import step_by_step

# Sixty-fourths of a second: sums of them are exact, so that arrivals at the very boundary between two steps are tried, not avoided.
exact = st.integers(1, 40).map(lambda k: k / 64)
loose = st.floats(0.01, 1.0)


@st.composite
def cases(draw, seconds=exact):
    n = draw(st.integers(0, 14))
    gaps = draw(st.lists(st.one_of(st.just(0.0), seconds, seconds.map(lambda s: 16 * s)), min_size=n, max_size=n))
    return {
        "arrivals": np.cumsum(gaps),
        "prompts": draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)),
        "outputs": draw(st.lists(st.integers(1, 12), min_size=n, max_size=n)),
        "steps": StepTimes(
            (1, 3, 5),
            tuple(np.cumsum([draw(seconds), draw(seconds), draw(seconds)]).tolist()),
            draw(st.one_of(st.just(0.0), seconds)),
            draw(st.one_of(st.just(0.0), seconds)),
            draw(st.one_of(st.just(0.0), seconds)),
        ),
        "replicas": draw(st.integers(1, 4)),
        "max_batch": draw(st.sampled_from([1, 3, 5, 7])),
        "max_queue": draw(st.sampled_from([None, None, 0, 1, 2])),
        "routing": draw(st.sampled_from(["least", "round_robin", "random"])),
        "over": draw(st.sampled_from([None, None, 0, 1, 3, 8])),
    }


def run(case, **changes):
    case = case | changes
    budget = None if case["over"] is None else case["max_batch"] + case["over"]
    fleet = {k: case[k] for k in ("replicas", "max_batch", "max_queue", "routing")}
    return simulate(case["arrivals"], case["prompts"], case["outputs"], case["steps"], max_batch_tokens=budget, **fleet)


def reference(case, chosen):
    budget = None if case["over"] is None else case["max_batch"] + case["over"]
    fleet = {k: case[k] for k in ("replicas", "max_batch", "max_queue")}
    chosen = None if case["routing"] == "least" else chosen.tolist()
    return step_by_step(case["arrivals"].tolist(), case["prompts"], case["outputs"], case["steps"], chosen, budget=budget, **fleet)


@settings(max_examples=700, deadline=None)
@given(cases())
def test_a_jump_over_many_steps_ends_where_the_steps_one_by_one_do(case):
    found = run(case)
    first, done, went, _ = reference(case, found.replica)
    assert found.replica.tolist() == went
    np.testing.assert_allclose(found.first_token_s, first, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.done_s, done, rtol=0, atol=1e-9)


@settings(max_examples=300, deadline=None)
@given(cases(loose))
def test_the_same_with_times_that_floats_do_not_hold_exactly(case):
    found = run(case, routing="round_robin", max_queue=None)
    first, done, *_ = reference(case | {"routing": "round_robin", "max_queue": None}, found.replica)
    apart = np.abs(found.first_token_s - first) > 1e-9
    # A request may come within a rounding of a boundary and then miss it; anything else is a mistake in the arithmetic.
    if not _near_a_boundary(case, first, done):
        assert not apart.any()
        np.testing.assert_allclose(found.done_s, done, rtol=0, atol=1e-9)


def _near_a_boundary(case, first, done) -> bool:
    """Whether an arrival lies within a rounding of a boundary of steps: then a stretch of the arrivals that nobody sees changes much."""
    fleet = {k: case[k] for k in ("replicas", "max_batch")}
    budget = None if case["over"] is None else case["max_batch"] + case["over"]
    chosen = (np.arange(len(first)) % case["replicas"]).tolist()
    for stretch in (1 - 1e-8, 1 + 1e-8):
        at = (np.asarray(case["arrivals"]) * stretch).tolist()
        moved = step_by_step(at, case["prompts"], case["outputs"], case["steps"], chosen, max_queue=None, budget=budget, **fleet)
        if (np.abs(np.subtract(moved.done_s, done)) > 1e-4).any():
            return True
    return False


@settings(max_examples=300, deadline=None)
@given(cases())
def test_every_request_is_served_once_or_rejected_and_never_before_it_came(case):
    found = run(case)
    assert len(found.done_s) == len(case["arrivals"])
    served = np.isfinite(found.done_s)
    assert (np.isfinite(found.first_token_s) == served).all()
    if case["max_queue"] is None:
        assert served.all()
    assert (found.first_token_s[served] > case["arrivals"][served]).all()
    assert (found.done_s >= found.first_token_s)[served].all()
    later = np.array(case["outputs"], dtype=int)[served] > 1
    assert ((found.done_s > found.first_token_s)[served] == later).all()


@settings(max_examples=300, deadline=None)
@given(cases())
def test_nobody_overtakes_in_the_queue_of_a_replica(case):
    found = run(case)
    for me in range(case["replicas"]):
        mine = found.first_token_s[(found.replica == me) & np.isfinite(found.done_s)]
        assert (np.diff(mine) >= 0).all()


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from([0.25, 2.0, 8.0]))
def test_all_times_twice_as_long_make_all_answers_twice_as_long(case, factor):
    plain = run(case)
    scaled = run(case, arrivals=case["arrivals"] * factor, steps=case["steps"].scaled(factor))
    for a, b in zip(plain[:2], scaled[:2], strict=True):
        np.testing.assert_array_equal(a * factor, b)


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(2, 4))
def test_more_replicas_never_delay_anyone_who_is_served_alone(case, replicas):
    """One slot a replica is a plain queue: fewer before me cannot make me later (Lindley). With batches, the phase of a step could."""
    one = run(case, replicas=1, max_batch=1, max_queue=None, over=None)
    more = run(case, replicas=replicas, max_batch=1, max_queue=None, over=None)
    assert (more.done_s <= one.done_s + 1e-12).all()


def test_more_replicas_shorten_the_wait_of_a_busy_fleet():
    rng = np.random.default_rng(5)
    arrivals, outputs = np.cumsum(rng.exponential(0.1, 4000)), rng.geometric(1 / 40, 4000)
    steps = StepTimes((1, 8), (0.02, 0.03), 1e-5)
    waits = [
        float((simulate(arrivals, np.full(4000, 100), outputs, steps, replicas=r, max_batch=8).first_token_s - arrivals).mean())
        for r in (1, 2, 3, 5)
    ]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 2 * waits[1]


def test_prompts_that_join_together_pay_once_for_their_step():
    """A step of 1 s, 0.5 s more where it prefills: two join at 0, one more at 3, and a request without a prompt costs nothing more."""
    steps = StepTimes((1,), (1.0,), prefill_s_per_step=0.5)
    found = simulate([0.0, 0.0, 3.0, 9.0], [10, 10, 5, 0], [1, 4, 1, 1], steps, max_batch=3)
    assert found.first_token_s.tolist() == [1.5, 1.5, 5.0, 10.0]
    assert found.done_s.tolist() == [1.5, 5.0, 5.0, 10.0]


def test_a_prompt_stalls_what_decodes_beside_it():
    """One decodes 4 tokens from 0 at 1 s each; another with 10 prompt tokens of 0.1 s joins at 1: that step takes 1 more second."""
    found = simulate([0.0, 0.5], [0, 10], [4, 1], StepTimes((1,), (1.0,), 0.1), max_batch=2)
    assert found.first_token_s.tolist() == [1.0, 3.0]
    assert found.done_s.tolist() == [5.0, 3.0]


def test_a_full_queue_rejects_and_the_rejected_take_nothing():
    found = simulate([0.0, 0.1, 0.2, 1.0, 1.1], [0] * 5, [1] * 5, StepTimes((1,), (1.0,)), max_batch=1, max_queue=1)
    assert found.done_s.tolist() == [1.0, 2.0, np.inf, np.inf, 3.0]  # at 1.0 the first has not left yet: arrivals come first


def test_a_prompt_beyond_the_token_budget_is_cut_and_starts_later():
    """Budget 4 a step: 10 prompt tokens take three steps, the first token comes with the last piece."""
    found = simulate([0.0], [10], [2], StepTimes((1,), (1.0,), 0.5), max_batch=2, max_batch_tokens=4)
    assert found.first_token_s.tolist() == [3 * 1.0 + 10 * 0.5]
    assert found.done_s.tolist() == [3 * 1.0 + 10 * 0.5 + 1.0]


def test_the_same_seed_routes_the_same_way_and_another_does_not():
    args = (np.arange(50) / 10, np.zeros(50, int), np.full(50, 3), StepTimes((1,), (0.1,)))
    a, b, c = (simulate(*args, replicas=3, routing="random", seed=seed).replica for seed in (1, 1, 2))
    assert (a == b).all() and (a != c).any()


def test_nothing_to_do_is_no_crash():
    found = simulate([], [], [], StepTimes((1,), (0.1,)), replicas=3)
    assert [len(x) for x in found] == [0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(arrivals=[1.0, 0.5]), "ascending"),
        (dict(arrivals=[-1.0, 0.5]), "not negative"),
        (dict(arrivals=[0.0, np.nan]), "finite"),
        (dict(arrivals=[0.0]), "one of each"),
        (dict(prompt_tokens=[-1, 1]), "prompt tokens, 0 or more"),
        (dict(output_tokens=[0, 1]), "output tokens, 1 or more"),
        (dict(output_tokens=[1.5, 1]), "whole number"),
        (dict(replicas=0), "1 or more"),
        (dict(max_batch=0), "1 or more"),
        (dict(max_queue=-1), "max_queue"),
        (dict(routing="fastest"), "least, round_robin, random"),
        (dict(max_batch_tokens=3), "max_batch_tokens is 3"),
    ],
)
def test_a_bad_argument_is_one_sentence(changes, says):
    good = dict(arrivals=[0.0, 1.0], prompt_tokens=[1, 1], output_tokens=[1, 1], steps=StepTimes((1,), (0.1,)), max_batch=4)
    with pytest.raises(InputError, match=says):
        simulate(**(good | changes))
