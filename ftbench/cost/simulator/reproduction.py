"""A measured run beside a simulation of the very same requests: how wrong is the model?"""

from typing import NamedTuple

import numpy as np

from ftbench.cost.simulator.outcome import Outcome, outcome_of
from ftbench.cost.simulator.requests import Requests
from ftbench.cost.simulator.simulate import Simulated, simulate
from ftbench.cost.simulator.step_time import StepTimes
from ftbench.stats import quantile


class Figure(NamedTuple):
    """`error` is simulated / measured - 1."""

    measured: float
    simulated: float
    error: float


class Reproduction(NamedTuple):
    """Figures of `requests` requests by name: ttft_p50_s, ttft_p99_s, tpot_mean_s, e2e_mean_s, e2e_p99_s, output_tokens_per_s."""

    requests: int
    figures: dict[str, Figure]

    @property
    def worst(self) -> float:
        """Largest error, without its sign."""
        return max(abs(figure.error) for figure in self.figures.values())


def replay(requests: Requests, steps: StepTimes, **fleet) -> tuple[Simulated, Outcome]:
    """The same requests at the same times with the lengths that they had. `fleet`: keywords of `simulate`."""
    simulated = simulate(requests.sent_s, requests.prompts, requests.outputs, steps, **fleet)
    return simulated, outcome_of(simulated, requests.sent_s, requests.outputs)


def reproduction(requests: Requests, steps: StepTimes, **fleet) -> Reproduction:
    """Of those requests that were due in the measured window. `fleet`: keywords of `simulate`, as the server ran."""
    simulated, outcome = replay(requests, steps, **fleet)
    mine = requests.counted if requests.counted.any() else np.ones(len(requests.sent_s), dtype=bool)
    pairs = {
        "ttft_p50_s": (quantile(requests.ttft_s[mine], 0.5), quantile(outcome.ttft_s[mine], 0.5)),
        "ttft_p99_s": (quantile(requests.ttft_s[mine], 0.99), quantile(outcome.ttft_s[mine], 0.99)),
        "e2e_mean_s": (float(requests.e2e_s[mine].mean()), float(outcome.e2e_s[mine].mean())),
        "e2e_p99_s": (quantile(requests.e2e_s[mine], 0.99), quantile(outcome.e2e_s[mine], 0.99)),
        "output_tokens_per_s": (_throughput(requests, requests.done_s), _throughput(requests, simulated.done_s)),
    }
    several = mine & ~np.isnan(requests.tpot_s) & ~np.isnan(outcome.tpot_s)
    if several.any():
        pairs["tpot_mean_s"] = (float(requests.tpot_s[several].mean()), float(outcome.tpot_s[several].mean()))
    return Reproduction(int(mine.sum()), {name: Figure(a, b, b / a - 1) for name, (a, b) in pairs.items()})


def _throughput(requests: Requests, done_s: np.ndarray) -> float:
    """Output tokens [1/s] from the first sending to the last answer."""
    return float(requests.outputs[np.isfinite(done_s)].sum() / np.max(done_s[np.isfinite(done_s)]))
