"""Draws inside one batch."""

import torch
from scipy.stats import chisquare

from ftbench.serving.sampling import perturb


def draws(logits: torch.Tensor, n: int, **how) -> list[int]:
    settings = {"temperature": 1.0, "top_p": 1.0, **how}
    return [int(perturb(logits.clone(), seed=7, position=i, **settings).argmax()) for i in range(n)]


def test_gumbel_draws_follow_the_softmax():
    probabilities = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
    found = torch.bincount(torch.tensor(draws(probabilities.log(), 4000)), minlength=4).numpy()
    assert chisquare(found, probabilities.numpy() * 4000).pvalue > 0.001


def test_temperature_two_flattens_as_the_formula_says():
    logits = torch.tensor([2.0, 0.0])
    found = torch.bincount(torch.tensor(draws(logits, 4000, temperature=2.0)), minlength=2).numpy()
    assert chisquare(found, (logits.double() / 2).softmax(-1).numpy() * 4000).pvalue > 0.001


def test_top_p_keeps_the_token_that_crosses_it_and_no_more():
    logits = torch.tensor([0.6, 0.3, 0.1]).log()
    assert set(draws(logits, 500, top_p=0.7)) == {0, 1}
    assert set(draws(logits, 500, top_p=0.5)) == {0}


def test_same_seed_and_position_give_the_same_token_another_seed_does_not():
    logits = torch.zeros(1000)
    a = [int(perturb(logits, 1.0, 1.0, 1, i).argmax()) for i in range(20)]
    assert a == [int(perturb(logits, 1.0, 1.0, 1, i).argmax()) for i in range(20)]
    assert a != [int(perturb(logits, 1.0, 1.0, 2, i).argmax()) for i in range(20)]
