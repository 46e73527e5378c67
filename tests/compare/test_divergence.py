"""KL and its interval on distributions whose divergence is known in closed form."""

import numpy as np
import pytest

from ftbench.compare.divergence import agreement, kl_divergences, mean_with_interval, p95


def logs(*rows) -> np.ndarray:
    return np.log(np.array(rows, dtype=np.float64)).astype(np.float32)


def test_known_answer():
    # KL((1/2, 1/2) || (1/4, 3/4)) = 1/2 ln 2 + 1/2 ln(2/3) = 1/2 ln(4/3); the other way round it is another number
    p, q = logs([0.5, 0.5]), logs([0.25, 0.75])
    assert kl_divergences(p, q) == pytest.approx([0.5 * np.log(4 / 3)], rel=1e-6)
    assert kl_divergences(q, p) == pytest.approx([0.25 * np.log(0.5) + 0.75 * np.log(1.5)], rel=1e-6)


def test_a_variant_has_no_divergence_from_itself_and_none_is_ever_negative():
    rng = np.random.default_rng(0)
    p = logs(*rng.dirichlet(np.ones(50), 300))
    nearly = p + rng.normal(0, 1e-6, p.shape).astype(np.float32)
    assert (kl_divergences(p, p) == 0).all()
    assert (kl_divergences(p, nearly) >= 0).all()


def test_places_of_one_prompt_are_not_taken_for_independent():
    """20 prompts with 10 equal places each know no more than 20 numbers; places drawn one by one would claim a third of the width."""
    rng = np.random.default_rng(3)
    each = rng.exponential(size=20)
    spread = mean_with_interval(np.repeat(each, 10), [f"p{i}" for i in range(20) for _ in range(10)])
    alone = mean_with_interval(each, [f"p{i}" for i in range(20)])
    assert spread.value == pytest.approx(each.mean())
    assert spread.high - spread.low == pytest.approx(alone.high - alone.low)
    assert spread.low < each.mean() < spread.high


def test_few_prompts_have_no_interval_and_say_so():
    found = mean_with_interval(np.ones(9), list("abcdefghi"))
    assert found.value == 1 and found.low is None and "9 prompts" in found.note


def test_broken_probabilities_are_no_number():
    found = mean_with_interval(np.array([0.1, np.nan]), ["a", "b"])
    assert found.value is None and "not finite" in found.note


def test_a_95th_percentile_needs_its_samples():
    assert p95(np.arange(58.0)) is None
    assert p95(np.arange(101.0)) == pytest.approx(95)


def test_agreement_on_all_places_proves_no_certainty():
    found = agreement(np.ones(100, dtype=bool))
    assert found.value == 1 and found.low == pytest.approx(0.025 ** (1 / 100))
