"""Pure functions: intervals, bounds, sample sizes. No I/O, no pandas.

Every function names its source; none returns certainty from few samples.
"""

from ftbench.stats.proportion import cases_to_prove, failure_bound, interval, success_bound
from ftbench.stats.quantile import quantile, quantile_bound, quantile_interval, samples_to_certify

__all__ = [
    "cases_to_prove",
    "failure_bound",
    "interval",
    "quantile",
    "quantile_bound",
    "quantile_interval",
    "samples_to_certify",
    "success_bound",
]
