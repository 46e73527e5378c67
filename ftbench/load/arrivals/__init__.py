"""When requests are due, as numbers.

Each schedule is a pure function of rate, duration and a seeded generator; nothing here sends or sleeps.
A new kind of traffic is a new file here and a name in ARRIVALS.
"""

from collections.abc import Callable

import numpy as np

from ftbench.load.arrivals.constant import constant
from ftbench.load.arrivals.poisson import poisson
from ftbench.load.arrivals.share import share

Arrivals = Callable[[float, float, np.random.Generator], np.ndarray]
ARRIVALS: dict[str, Arrivals] = {"poisson": poisson, "constant": constant}

__all__ = ["ARRIVALS", "Arrivals", "constant", "poisson", "share"]
