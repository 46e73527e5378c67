"""The files that the cost rests on beside the run itself: a capacity that a search found, and a trace of the demand."""

from typing import NamedTuple

import numpy as np

from ftbench.cost.demand import DemandShape, demand_shape
from ftbench.cost.found import read_found
from ftbench.load import read_trace
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.spec import Spec


class CostInputs(NamedTuple):
    """As `cost_at_scales` takes them."""

    found: CapacityFile | None
    shape: DemandShape


def cost_inputs(spec: Spec) -> CostInputs:
    """What `cost.capacity` and `cost.demand_trace` name, read and checked.

    Raises:
        InputError: a file is missing or cannot be used: another SLO's capacity, a trace of less than a day.
    """
    trace = spec.cost.demand_trace
    times = None if trace is None else np.asarray(read_trace(spec.path(trace)).times_s)
    return CostInputs(read_found(spec), demand_shape(spec, times))
