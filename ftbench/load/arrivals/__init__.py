"""When requests are due, as numbers.

Each schedule is a pure function of what was asked and a seeded generator; nothing here sends, sleeps or reads a file.
A new kind of traffic is a new file here, a name in the spec's `load.arrivals` and a case in ftbench.load.plan.
"""

from ftbench.load.arrivals.bursts import bursts, expected_in_bursts
from ftbench.load.arrivals.constant import constant
from ftbench.load.arrivals.gamma import gamma
from ftbench.load.arrivals.poisson import poisson
from ftbench.load.arrivals.ramp import ramp
from ftbench.load.arrivals.replay import Trace, replay
from ftbench.load.arrivals.share import share
from ftbench.load.arrivals.steps import steps

__all__ = ["Trace", "bursts", "constant", "expected_in_bursts", "gamma", "poisson", "ramp", "replay", "share", "steps"]
