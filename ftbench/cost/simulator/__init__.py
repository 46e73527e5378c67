"""A fleet of continuous-batching replicas in the computer: requests go in, token times come out. Every number it gives is modelled.

Pure: numpy, scipy and the standard library; no I/O, no clock, no global random state. One idea a file: step_time (what a step takes),
simulate (who is served when), replica (one of the fleet), outcome (latencies and shares), capacity (the rate that keeps an SLO), fit
(StepTimes from the records of a run), queueing (formulas that bracket it). docs/simulator.md has the semantics and how well it predicts.
"""

from ftbench.cost.simulator.capacity import SimulatedCapacity, saturation_rate, simulated_capacity
from ftbench.cost.simulator.fit import Fit, fit_step_times
from ftbench.cost.simulator.outcome import Outcome, attainment, littles_law, mean_in_flight, outcome_of, quantiles
from ftbench.cost.simulator.queueing import allen_cunneen, band, erlang_c, mmc_wait
from ftbench.cost.simulator.reproduction import Reproduction, reproduction
from ftbench.cost.simulator.simulate import Simulated, simulate
from ftbench.cost.simulator.step_time import StepTimes

__all__ = [
    "Fit",
    "Outcome",
    "Reproduction",
    "Simulated",
    "SimulatedCapacity",
    "StepTimes",
    "allen_cunneen",
    "attainment",
    "band",
    "erlang_c",
    "fit_step_times",
    "littles_law",
    "mean_in_flight",
    "mmc_wait",
    "outcome_of",
    "quantiles",
    "reproduction",
    "saturation_rate",
    "simulate",
    "simulated_capacity",
]
