"""The simulator against the measurements: the run that it was fitted on, and those that it never saw."""

from ftbench.cost.plan_file import Reproduced
from ftbench.cost.simulator import Fit, reproduction
from ftbench.cost.simulator.requests import requests_of
from ftbench.errors import InputError
from ftbench.gate.plan_fit import Simulator, columns_of
from ftbench.gate.plan_inputs import Inputs
from ftbench.gate.plan_runs import Run
from ftbench.gate.plan_simulate import capacity_of
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.report import human

FIGURES = {
    "ttft_p50_s": ("TTFT p50", "s"),
    "ttft_p99_s": ("TTFT p99", "s"),
    "tpot_mean_s": ("TPOT mean", "s"),
    "e2e_mean_s": ("whole response mean", "s"),
    "e2e_p99_s": ("whole response p99", "s"),
    "output_tokens_per_s": ("output", "tokens/s"),
}
MOST = 4  # runs that are predicted


def reproduced(sim: Simulator, inputs: Inputs, fleets: list[tuple[Run, int]]) -> list[Reproduced]:
    """Figures of the fitted run, then predictions of others with the very requests that they had, then of the capacity.

    `fleets`: runs of other numbers of replicas. Of a saturated run only the throughput is compared: its latencies say how long it lasted.
    """
    rows = _rows(sim.fitted_on, sim.fit, fitted=True)
    replicas = inputs.spec.serving.replicas
    for run, served_by in [*((run, replicas) for run in _others(sim, inputs.runs)), *fleets]:
        try:
            requests = requests_of(columns_of(run.records))
        except InputError:
            continue  # too few answers, or too many failures that the simulator does not have
        found = reproduction(requests, sim.fit.steps, replicas=served_by, **sim.fleet)
        name = f" on {human.plural(served_by, 'replica')}" if served_by != replicas else ""
        rows += _rows(run, sim.fit._replace(reproduction=found), fitted=run is sim.full, name=name)
    return [*rows, *_capacity(sim, inputs.capacity, replicas)]


def _rows(run: Run, fit: Fit, *, fitted: bool, name: str = "") -> list[Reproduced]:
    name = f"{human.significant(run.summary.scale)}x, {human.rate(run.summary.requested_rate)}{name}"
    if run.summary.saturated:
        name += ", saturated"
    wanted = ("output_tokens_per_s",) if run.summary.saturated else FIGURES
    return [
        Reproduced(
            what=f"{FIGURES[key][0]} at {name}",
            measured=figure.measured,
            simulated=figure.simulated,
            error=figure.error,
            unit=FIGURES[key][1],
            fitted=fitted,
        )
        for key in wanted
        if (figure := fit.reproduction.figures.get(key)) is not None
    ]


def _others(sim: Simulator, runs: list[Run]) -> list[Run]:
    """Valid runs at other rates than the fitted one, spread over the range; of several at about one rate the longest that is no probe."""
    able = [run for run in runs if run is not sim.fitted_on and run.summary.loop == "open" and run.summary.valid]
    by_rate: dict[str, Run] = {}
    for run in sorted(able, key=lambda run: (not run.probe, run.summary.n)):
        by_rate[f"{run.summary.scale:.2g}"] = run
    found = sorted(by_rate.values(), key=lambda run: run.summary.scale)
    step = max(1, -(-len(found) // MOST))
    return found[::-1][::step][:MOST][::-1]


def _capacity(sim: Simulator, search: CapacityFile | None, replicas: int) -> list[Reproduced]:
    """What a search found beside what the simulator would have found, under the traffic of the search."""
    if search is None or search.state != "found" or not search.capacity or search.arrivals != sim.spec.load.arrivals:
        return []
    simulated = capacity_of(sim, replicas)
    what = f"capacity of {human.plural(replicas, 'replica')}, {search.arrivals} arrivals"
    error = simulated / search.capacity - 1
    return [Reproduced(what=what, measured=search.capacity, simulated=simulated, error=error, unit="requests/s", fitted=False)]
