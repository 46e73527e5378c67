"""Perplexity of a tiny model against a sum that is made token by token."""

import numpy as np
import pytest
import torch

from ftbench.compare.perplexity import Window, negative_log_likelihoods, perplexity, perplexity_ratio, windows


@pytest.fixture(scope="module")
def model(tiny_model_folder):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=torch.float32).eval()


def test_every_token_but_the_first_is_scored_once():
    for tokens in (2, 3, 7, 16, 17, 100):
        scored = [t for w in windows(tokens, 8) for t in range(w.scored, w.end)]
        assert scored == list(range(1, tokens)), tokens


def test_a_token_has_half_a_window_before_it():
    assert list(windows(20, 8)) == [Window(0, 8, 1), Window(4, 12, 8), Window(8, 16, 12), Window(12, 20, 16)]
    assert all(w.scored - w.begin >= 4 for w in list(windows(100, 8))[1:])


def test_known_answer_token_by_token(model):
    """Each probability by itself, from a forward pass over exactly the tokens that its window shows before it."""
    ids = np.random.default_rng(1).integers(3, 300, size=45).tolist()
    expected = []
    for t in range(1, 45):
        begin = 0 if t < 16 else ((t - 16) // 8 + 1) * 8
        with torch.no_grad():
            last = model(torch.tensor([ids[begin:t]])).logits[0, -1].double()
        expected.append(-(last[ids[t]] - torch.logsumexp(last, 0)).item())
    nll, names = negative_log_likelihoods(model, ids, window=16)
    assert nll == pytest.approx(expected, abs=1e-4) and len(names) == 44
    assert perplexity(nll, names).value == pytest.approx(np.exp(np.mean(expected)), rel=1e-5)


def test_a_model_that_knows_nothing_has_the_vocabulary_as_its_perplexity(model):
    import copy

    blank = copy.deepcopy(model)
    torch.nn.init.zeros_(blank.lm_head.weight)
    nll, names = negative_log_likelihoods(blank, list(range(3, 60)))
    assert perplexity(nll, names).value == pytest.approx(blank.config.vocab_size, rel=1e-5)


def test_a_loss_that_the_two_intervals_hide_is_shown_by_the_pairs():
    rng = np.random.default_rng(2)
    reference, names = rng.exponential(3.0, size=1600), [f"w{i // 100}" for i in range(1600)]
    worse = reference + rng.normal(0.05, 0.1, size=1600)
    alone, other, ratio = perplexity(worse, names), perplexity(reference, names), perplexity_ratio(worse, reference, names)
    assert alone.low < other.high, "the two intervals overlap"
    assert 1 < ratio.low < np.exp(0.05) < ratio.high < 1.08
    same = perplexity_ratio(reference, reference, names)
    assert (same.value, same.low, same.high) == (1, 1, 1)


def test_a_text_of_one_token_has_no_perplexity(model):
    nll, names = negative_log_likelihoods(model, [5])
    assert perplexity(nll, names).value is None
