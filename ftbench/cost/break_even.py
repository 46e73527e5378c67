"""From which volume on self-hosting is cheaper than a per-token API, whole replicas and instances counted."""

from typing import NamedTuple

import numpy as np

from ftbench.cost.bill import SECONDS_PER_MONTH, Terms
from ftbench.cost.fleet import whole_instances
from ftbench.cost.pricing import HOURS_PER_MONTH
from ftbench.spec.cost import ApiPrice

MOST_REPLICAS = 1_000_000


class BreakEven(NamedTuple):
    """`requests_per_month` from which on self-hosting stays cheaper; None where it never does or it cannot be said, as `note` tells."""

    requests_per_month: float | None
    note: str


def api_cost_per_inference(api: ApiPrice, prompt_tokens: float | None, output_tokens: float | None) -> float | None:
    """What the API takes for one inference of the mean lengths; None where they are not known.

    The API's own tokenizer counts a little differently; its answers are all taken as good.
    """
    if prompt_tokens is None or output_tokens is None:
        return None
    return (prompt_tokens * api.input_per_million_tokens + output_tokens * api.output_per_million_tokens) / 1e6


def break_even(terms: Terms, api_per_inference: float, *, up_to_requests: float) -> BreakEven:
    """The lowest volume from which on a good request costs less here than at the API, at every volume up to `up_to_requests` a month.

    Cost per request is no falling curve but a saw: with every further instance it jumps. A fleet of N working replicas serves up to
    V(N) = N x capacity x headroom / peak-to-mean x 2,628,000 requests a month and costs A(N) + V v. It is cheaper where
    V > A(N) / (api x good share - v). Sought is the end of the last stair on which it is not.

    Args:
        terms: of any scale; its mean rate is not used.
        api_per_inference: above 0, else nothing is cheaper.
    """
    gain = api_per_inference * terms.good_share - terms.per_request
    if gain <= 0:
        return BreakEven(None, f"Never: network and gateway alone cost {terms.per_request / terms.good_share:.3g} a good request.")
    volume_of_one = terms.capacity * terms.headroom / terms.peak_to_mean * SECONDS_PER_MONTH
    compute_of_one = terms.per_hour * HOURS_PER_MONTH / float(terms.per_instance)
    at_best = (compute_of_one / volume_of_one + terms.per_request) / terms.good_share
    if at_best >= api_per_inference:
        return BreakEven(None, f"Never: with every replica fully used a good request costs {at_best:.3g}, fixed costs not counted.")
    least = max(1, terms.min_replicas)
    most = max(least, int(np.ceil(up_to_requests / volume_of_one)))
    if most > MOST_REPLICAS:
        return BreakEven(None, f"Not sought: {most:,} replicas are more than this looks at.")
    working = np.arange(least, most + 1)
    top = working * volume_of_one  # the most that these serve
    bottom = np.concatenate([[0.0], top[:-1]])
    instances = whole_instances(working + terms.spare, terms.per_instance)
    even = (instances * terms.per_hour * HOURS_PER_MONTH + terms.fixed) / gain
    dear = np.flatnonzero(even > bottom)  # stairs on which it is not cheaper from the first request on
    if not len(dear):
        return BreakEven(0.0, "From the first request on.")  # only where nothing is paid that is fixed
    last = dear[-1]
    found = float(min(even[last], top[last]))
    if found >= up_to_requests:
        return BreakEven(None, f"Not up to {up_to_requests:,.0f} requests a month, the most that was looked at.")
    before = np.flatnonzero(even < np.minimum(top, found))
    saw = f" Some lower volumes are cheaper too, from {even[before[0]]:,.0f} on, but not all." if len(before) and before[0] < last else ""
    return BreakEven(found, f"From {found:,.0f} requests a month on, at every volume up to {up_to_requests:,.0f}.{saw}")
