"""Pure functions: intervals, bounds, sample sizes. No I/O, no pandas.

Every function names its source; none returns certainty from few samples.
"""

from ftbench.stats.clustered import GroupedQuantile, grouped_quantiles
from ftbench.stats.proportion import cases_to_prove, failure_bound, interval, success_bound
from ftbench.stats.quantile import quantile, quantile_bound, quantile_interval, samples_to_certify
from ftbench.stats.trend import drift, growth

__all__ = [
    "GroupedQuantile",
    "cases_to_prove",
    "drift",
    "failure_bound",
    "grouped_quantiles",
    "growth",
    "interval",
    "quantile",
    "quantile_bound",
    "quantile_interval",
    "samples_to_certify",
    "success_bound",
]
