"""How many failures a rule on a rate allows, how likely a model of a known rate is to pass, how many cases a proof takes."""

import math
from collections.abc import Callable

from scipy.stats import binom

from ftbench.stats.proportion import cases_to_prove, first_true

MOST = 100_000  # further cases; what takes more is not proven by cases


def failures_allowed(cases: int, share: float, *, inclusive: bool = True) -> int:
    """Most failures among `cases` of which at most (else: fewer than) a share `share` may fail; -1 where not even none will do.

    The same rounding as the criteria: 0.05 of 60 is 3, though 0.05 * 60 is 3.0000000000000004 in floats.
    """
    return math.floor(share * cases + 1e-9) if inclusive else math.ceil(share * cases - 1e-9) - 1


def chance_of_passing(cases: int, failures: int, failure_rate: float) -> float:
    """P(Binomial(cases, failure_rate) <= failures): how often a model that fails so often passes.

    46 of 50 right are passed by a model that is right 85 % of the time with a chance of 11 %.
    """
    return float(binom.cdf(failures, cases, failure_rate)) if failures >= 0 else 0.0


def cases_for_proof(rate: float, true_rate: float, *, confidence: float = 0.95) -> int | None:
    """Fewest cases that prove a success rate of at least `rate` with as many failures as a model of `true_rate` is expected to have.

    None where `true_rate` is not above `rate`, or so near that it takes over 200 failures.
    Source: as `cases_to_prove`.
    """
    if true_rate <= rate:
        return None
    for failures in range(201):
        cases = cases_to_prove(rate, failures=failures, confidence=confidence)
        if (1 - true_rate) * cases <= failures + 0.5:  # the expected number, rounded
            return cases
    return None


def more_until(proves: Callable[[int], bool]) -> int | None:
    """Fewest further cases with which `proves`, which once true stays true, holds; None where not even MOST do."""
    return first_true(proves, above=0) if proves(MOST) else None
