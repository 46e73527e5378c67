"""Whether the load generator, not the model, was the limit. Every reason is a sentence; none means that the measurement stands."""

from collections.abc import Sequence

import numpy as np

from ftbench.metrics.run_info import WorkerInfo
from ftbench.spec.model import Validity
from ftbench.stats.quantile import quantile

STALLED_SHARE = 0.01  # of the window: above it, p99 is about the client


def reasons_invalid(
    scheduled_s: np.ndarray, sent_s: np.ndarray, measured_s: float, workers: Sequence[WorkerInfo], limits: Validity
) -> list[str]:
    """What is wrong with the measurement itself.

    Args:
        scheduled_s, sent_s: the requests of the measured window; NaN in `sent_s` where one was never sent.
        measured_s: length of the window.
    """
    reasons = [f"load process {w.worker} was lost: {w.lost}" for w in workers if w.lost]
    if len(scheduled_s) == 0:
        return [*reasons, "no request was due within the measured time; a longer duration or a higher rate is needed"]
    lag = (sent_s - scheduled_s)[~np.isnan(sent_s)]
    if len(lag) == 0:
        return [*reasons, "not one request was sent"]
    if (p99 := quantile(lag, 0.99)) > limits.send_lag_p99_s:
        reasons.append(
            f"send lag p99 {p99 * 1000:.0f} ms is over {limits.send_lag_p99_s * 1000:.0f} ms: the client was late, more workers are needed"
        )
    error = rate_error(scheduled_s, sent_s)
    if error > limits.achieved_rate_error:
        reasons.append(f"the sent rate is {error:.1%} off the scheduled one, over {limits.achieved_rate_error:.1%}")
    for worker in workers:
        if worker.cpu_share is not None and worker.cpu_share > limits.client_cpu:
            reasons.append(
                f"load process {worker.worker} used {worker.cpu_share:.0%} of a core, over {limits.client_cpu:.0%}: more workers are needed"
            )
        if worker.stalled_s > STALLED_SHARE * measured_s:
            reasons.append(
                f"load process {worker.worker} stood still {worker.stalls} times, {worker.stalled_s:.2f} s in all, "
                f"over {STALLED_SHARE:.0%} of the measured time: the machine is too busy"
            )
    return reasons


def rate_error(scheduled_s: np.ndarray, sent_s: np.ndarray) -> float:
    """Relative gap between the rate that the schedule asked for and the rate that was sent.

    Compared over each one's own span, so that a request sent a millisecond behind the end of a short window is not a lost one; what was
    never sent is missing from the sent rate. 0 where there are fewer than two to compare.
    """
    sent = np.sort(sent_s[~np.isnan(sent_s)])
    if len(scheduled_s) < 2:
        return 0.0
    if len(sent) < 2 or sent[-1] == sent[0]:
        return 1.0
    asked = (len(scheduled_s) - 1) / (scheduled_s.max() - scheduled_s.min())
    unsent = len(scheduled_s) - len(sent)
    span = max(sent[-1] - sent[0], scheduled_s.max() - scheduled_s.min()) if unsent else sent[-1] - sent[0]
    return abs((len(sent) - 1) / span - asked) / asked
