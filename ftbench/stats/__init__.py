"""Pure functions: intervals, bounds, sample sizes. No I/O, no pandas.

Every function names its source; none returns certainty from few samples.
"""

from ftbench.stats.clustered import GroupedQuantile, grouped_quantiles
from ftbench.stats.equivalence import Equivalence, equivalence, pairs_to_exclude, pairs_to_show, shown_within
from ftbench.stats.holm import holm
from ftbench.stats.paired_difference import paired_interval
from ftbench.stats.proportion import cases_to_prove, failure_bound, interval, success_bound
from ftbench.stats.quantile import quantile, quantile_bound, quantile_interval, samples_to_certify
from ftbench.stats.sign_test import mcnemar, sign_test
from ftbench.stats.signed_rank import signed_rank
from ftbench.stats.trend import drift, growth

__all__ = [
    "Equivalence",
    "GroupedQuantile",
    "cases_to_prove",
    "drift",
    "equivalence",
    "failure_bound",
    "grouped_quantiles",
    "growth",
    "holm",
    "interval",
    "mcnemar",
    "paired_interval",
    "pairs_to_exclude",
    "pairs_to_show",
    "quantile",
    "quantile_bound",
    "quantile_interval",
    "samples_to_certify",
    "shown_within",
    "sign_test",
    "signed_rank",
    "success_bound",
]
