"""The measurement judges itself; the model is not blamed for the client, nor the client for the model."""

import numpy as np
import pytest

from ftbench.metrics.run_info import WorkerInfo
from ftbench.metrics.validity import rate_error, reasons_invalid
from ftbench.spec.model import Validity

DUE = np.arange(1000) / 100
CALM = [WorkerInfo(worker=0, cpu_share=0.3)]


def reasons(sent=None, workers=CALM, due=DUE):
    return reasons_invalid(due, DUE + 0.001 if sent is None else sent, 10.0, workers, Validity())


def test_a_calm_client_is_valid():
    assert reasons() == []


def test_a_client_that_sends_late_is_named():
    (reason,) = reasons(np.where(np.arange(1000) % 50 == 0, DUE + 0.2, DUE))
    assert reason.startswith("send lag p99 200 ms is over 50 ms")


def test_a_client_that_falls_behind_is_off_the_rate():
    found = reasons(DUE * 1.03)
    assert any("sent rate is 2.9% off" in reason for reason in found)


def test_unsent_requests_lower_the_sent_rate():
    sent = DUE.copy()
    sent[::10] = np.nan
    assert rate_error(DUE, sent) == pytest.approx(0.1, abs=0.005)
    sent = DUE.copy()
    sent[500:] = np.nan  # the second half, so that the rate of what was sent looks right
    assert rate_error(DUE, sent) == pytest.approx(0.5, abs=0.005)


def test_a_millisecond_of_lag_at_the_edge_of_a_short_run_is_no_lost_request():
    due = np.arange(10) / 10
    assert rate_error(due, due + 0.001) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("worker", "words"),
    [
        (WorkerInfo(worker=0, cpu_share=0.95), "used 95% of a core, over 90%"),
        (WorkerInfo(worker=1, lost="its process ended with signal 9"), "load process 1 was lost: its process ended with signal 9"),
        (WorkerInfo(worker=0, stalls=3, stalled_s=0.3, longest_stall_s=0.2), "stood still 3 times, 0.30 s in all"),
    ],
)
def test_each_trouble_of_a_load_process_is_a_sentence(worker, words):
    (reason,) = reasons(workers=[worker])
    assert words in reason


def test_nothing_measured_is_invalid_and_not_perfect():
    assert "no request was due" in reasons(np.array([]), due=np.array([]))[0]
    assert "not one request was sent" in reasons(np.full(1000, np.nan))[0]
