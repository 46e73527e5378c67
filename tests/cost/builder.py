"""Load runs, specs and profiles as small as a hand-computed table needs them."""

from datetime import date
from fractions import Fraction

from ftbench.cost.bill import Terms
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.spec import Price, Profile, Spec

NO_LATENCY = Latency(n=0, mean_s=None, p50_s=None, p90_s=None, p95_s=None, p99_s=None, max_s=None, ci={})


def run(scale, rate, *, attainment=1.0, n=1000, **changes):
    """A run at `rate` requests/s that held, unless `attainment` or the changes say otherwise."""
    fields = dict(
        scale=scale, arrivals="poisson", requested_rate=rate, achieved_rate=rate, duration_s=60.0, n=n, n_ok=n, errors={},
        ttft=NO_LATENCY, ttft_from_sent=NO_LATENCY, tpot=NO_LATENCY, e2e=NO_LATENCY, send_lag=NO_LATENCY,
        output_tokens_per_s=50.0 * rate, requests_per_s=rate, prompt_tokens_mean=100.0, output_tokens_mean=50.0, received_bytes_mean=2000.0,
        token_count_source="usage", goodput=rate * (attainment or 0.0), attainment=attainment, slo={"e2e_s": 2.0}, saturated=False,
        client_cpu=0.1, valid=True, invalid_reasons=[],
    )  # fmt: skip
    return LoadSummary(**{**fields, **changes})


def spec(*, rate=1.0, scales=(1, 3, 10), slo=None, serving=None, cost=None, endpoint=None, hardware="local"):
    target = {"endpoint": endpoint} if endpoint else {"model": {}}
    return Spec.model_validate(
        {
            "name": "test", **target, "hardware": hardware, "load": {"rate": rate, "scales": list(scales)},
            "slo": {"e2e_s": 2.0} if slo is None else slo, "serving": serving or {}, "cost": cost or {}, "tests": {},
        }
    )  # fmt: skip


def profile(*, per_hour=1.0, devices=1, kind="gpu", accelerator="L4", id="card", memory=24.0, power=72.0, **price):
    given = dict(per_hour=per_hour, kind="on_demand", retrieved=date(2026, 7, 28), source="a price list", region="here")
    return Profile(
        id=id, name=f"{id} device", kind=kind, accelerator_type=accelerator, memory_gb=memory, power_w=power, instance="box",
        devices_per_instance=devices, spec_source="data sheet", prices=[Price(**{**given, **price})],
    )  # fmt: skip


def terms(**changes):
    """A replica of 1 request/s on an instance of 1 an hour, always full, and nothing beside it."""
    plain = dict(
        mean_rate=1.0, peak_to_mean=1.0, capacity=1.0, per_hour=1.0, network_per_request=0.0, gateway_per_request=0.0, storage=0.0,
        gateway=0.0, monitoring=0.0, good_share=1.0, per_instance=Fraction(1), headroom=1.0, spare=0, min_replicas=1, output_tokens=50.0,
    )  # fmt: skip
    return Terms(**{**plain, **changes})


def capacity_file(
    *, capacity=4.0, interval=(3.5, 4.6), confidence=0.95, state="found", slo=None, target=0.99, highest_kept=3.8, settings=None
):
    return CapacityFile(
        state=state, capacity=capacity, interval=interval, confidence=confidence, highest_kept=highest_kept, target=target,
        slo={"e2e_s": 2.0} if slo is None else slo, arrivals="poisson", method="a search", settings=settings or {},
    )  # fmt: skip
