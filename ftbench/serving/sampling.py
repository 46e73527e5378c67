"""Sampling per request inside one continuous batch: temperature, top-p and a seed that gives the same text again."""

from typing import NamedTuple

import torch
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingLogitsProcessor,
    ContinuousBatchingLogitsProcessorList,
)
from transformers.generation.logits_process import LogitsProcessorList


class Sampling(NamedTuple):
    """How one request picks tokens. Temperature 0 is greedy; `seed` fixes the draw whatever else is in the batch."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


class SeededSampling(ContinuousBatchingLogitsProcessor):
    """Gumbel-max: the argmax of logits/T plus Gumbel noise is an exact draw from softmax(logits/T) (Gumbel 1954; Maddison et al. 2014).

    So the engine, whose own sampling is one setting and one generator for the whole batch, can stay greedy, while every request has its own
    temperature, top-p and seed. The noise depends on (seed, position) only. Greedy rows pass through untouched.
    """

    supported_kwargs = {"temperature": float, "top_p": float, "seed": int}
    ignored_kwargs = ()

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float, int, int]] = []

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_with_new_token: list) -> torch.Tensor:
        """Notes which rows of the next logits are sampled, and how. The returned tensor is a placeholder: two doubles and a 64-bit seed do
        not fit into the one int32 that the engine has for a row, and the engine runs synchronously, so the notes cannot get out of step."""
        self._rows = [
            (row, kwargs["temperature"], kwargs.get("top_p", 1.0), kwargs.get("seed", 0), _position(request.state))
            for row, request in enumerate(requests_with_new_token)
            if (kwargs := request.state.logit_processor_kwargs).get("temperature", 0.0) > 0
        ]
        return torch.zeros(len(requests_with_new_token), dtype=torch.int32)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        for row, temperature, top_p, seed, position in self._rows:
            scores[row] = perturb(scores[row], temperature, top_p, seed, position)
        return scores


def perturb(logits: torch.Tensor, temperature: float, top_p: float, seed: int, position: int) -> torch.Tensor:
    """Logits, shape (vocabulary,), whose argmax is one draw at `temperature` from the smallest set of tokens with mass ≥ `top_p`."""
    logits = logits / temperature
    if top_p < 1.0:
        ordered, index = torch.sort(logits, descending=True)
        mass = ordered.softmax(-1).cumsum(-1)
        outside = mass - ordered.softmax(-1) >= top_p  # the token that crosses top_p stays in
        logits = logits.index_fill(0, index[outside], float("-inf"))
    generator = torch.Generator().manual_seed((seed * 1_000_003 + position) % 2**63)
    uniform = torch.rand(logits.shape[0], generator=generator, dtype=torch.float64).clamp_min_(1e-300)
    gumbel = -torch.log(-torch.log(uniform))
    return logits + gumbel.to(logits)


def processors() -> ContinuousBatchingLogitsProcessorList:
    """The list that the engine runs on every step."""
    both = ContinuousBatchingLogitsProcessorList(LogitsProcessorList([SeededSampling()]))
    both.tensors_required = 1
    return both


def _position(state) -> int:
    # A request that was pushed out of a full cache starts again with its tokens in the prompt; its position goes on.
    before = len(state.initial_tokens) - state._true_initial_tokens if state._true_initial_tokens else 0
    return before + len(state.generated_tokens)
