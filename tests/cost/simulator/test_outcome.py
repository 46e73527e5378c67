import numpy as np
import pytest

from ftbench.cost.simulator import Simulated, StepTimes, attainment, littles_law, mean_in_flight, outcome_of, quantiles, simulate
from ftbench.errors import NoData
from ftbench.spec.load import Slo

SEEN = Simulated(np.array([1.0, 3.0, np.inf]), np.array([5.0, 3.0, np.inf]), np.array([0, 0, 0]))
OUTCOME = outcome_of(SEEN, [0.0, 1.0, 2.0], [5, 1, 7])


def test_latencies_are_those_of_the_load_reports():
    assert OUTCOME.ttft_s.tolist() == [1.0, 2.0, np.inf]
    assert OUTCOME.e2e_s.tolist() == [5.0, 2.0, np.inf]
    assert OUTCOME.tpot_s[0] == 1.0 and np.isnan(OUTCOME.tpot_s[1]) and OUTCOME.tpot_s[2] == np.inf


@pytest.mark.parametrize(
    ("slo", "share"),
    [
        (Slo(ttft_s=1.0), 1 / 3),
        (Slo(ttft_s=2.0), 2 / 3),
        (Slo(tpot_s=0.9), 1 / 3),  # one token meets any TPOT
        (Slo(e2e_s=5.0, tpot_s=1.0), 2 / 3),
        (Slo(e2e_s=1e9), 2 / 3),
        (Slo(), 2 / 3),
    ],
)
def test_a_rejected_request_never_counts_as_good(slo, share):
    assert attainment(OUTCOME, slo) == pytest.approx(share)


def test_no_requests_have_no_share():
    with pytest.raises(NoData):
        attainment(outcome_of(simulate([], [], [], StepTimes((1,), (1.0,))), [], []), Slo(ttft_s=1))


def test_quantiles_are_values_that_occurred():
    assert quantiles(OUTCOME.e2e_s, (0.5, 0.99)) == {0.5: 5.0, 0.99: np.inf}
    assert quantiles(OUTCOME.tpot_s, (0.5,)) == {0.5: 1.0}


def test_number_in_flight_is_a_time_average_over_the_window_alone():
    assert mean_in_flight([0.0, 1.0, 2.0], SEEN.done_s, 0.0, 10.0) == pytest.approx((5 + 2) / 10)
    assert mean_in_flight([0.0, 1.0, 2.0], SEEN.done_s, 2.0, 4.0) == pytest.approx((2 + 1) / 2)


def test_littles_law_holds_in_a_steady_run_and_fails_in_a_growing_one():
    rng = np.random.default_rng(4)
    arrivals, outputs = np.cumsum(rng.exponential(1.0, 20_000)), rng.geometric(1 / 20, 20_000)
    for step, steady in ((0.1, True), (0.5, False)):
        found = simulate(arrivals, np.zeros(20_000, int), outputs, StepTimes((1,), (step,)), max_batch=8)
        residual = littles_law(found, arrivals, 2000.0, 8000.0)
        assert (abs(residual) < 0.01) == steady
    assert littles_law(found, arrivals, 1e9, 2e9) is None
