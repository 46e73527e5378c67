"""Reports as real runs would write them: one that ships, one that fails, one that is invalid, one full of hostile text."""

from ftbench.checks.result import CheckResult, Criterion
from ftbench.cost.result import Breakdown, CostAtScale
from ftbench.metrics.summary import Latency, Limit, LoadSummary, Slice, SloCount
from ftbench.report.contract import HardwareUnderTest, ModelUnderTest, Report, TestSet

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "{{7*7}} {% for x in () %} ${7*7} #{7*7}",
    "javascript:alert(1) https://evil.example/x www.evil.example @everyone #1",
    "]]> <!-- --> &lt;b&gt; &#60;i&#62;",
    "| a | b |\n|---|---|\n`code` **bold** [link](https://evil.example) ![pixel](https://evil.example/p.png)",
    "👩‍👩‍👧 شكرا جزيلا על לא דבר",
    "\u202egnp.exe \u2066isolate",
    "\x1b[31mred\x1b[0m \x00\x07\x0b \x9b31m",
    "lone surrogate \ud800 end",
    "[bold red]markup[/] [link=https://evil.example]x[/link]",
    "x" * 5000,
    "",
)
SERVER = {
    "kind": "vLLM",
    "url": "http://127.0.0.1:8000/metrics",
    "samples": 60,
    "covers_s": 60.4,
    "replicas": 1,
    "running": {"mean": 7.2, "max": 16.0},
    "waiting": {"mean": 0.4, "max": 5.0},
    "kv_cache_use": {"mean": 0.31, "max": 0.62},
    "queue_time": {
        "n": 300,
        "mean": 0.018,
        "p50": 0.012,
        "p90": 0.041,
        "p99": 0.084,
        "basis": "interpolated in the server's histogram buckets",
    },
    "tokens_per_step": None,
    "output_tokens_per_s": 157.0,
    "prefix_hit_rate": 0.0,
    "preemptions": None,
}
HOST = {
    "node": "this machine",
    "serves": True,
    "sends": True,
    "samples": 60,
    "cores": 2,
    "cpu_mean": 0.63,
    "cpu_max": 0.97,
    "busiest_core_mean": 0.91,
    "memory_bytes": 24 * 2**30,
    "memory_max_bytes": 12 * 2**30,
    "gpus": [
        {
            "index": 0,
            "name": "NVIDIA L4",
            "used": True,
            "utilisation": 0.88,
            "memory_bytes": 22.5 * 2**30,
            "memory_max": 18 * 2**30,
            "power_limit_w": 72.0,
            "power_mean_w": 61.0,
            "temperature_max_c": 71.0,
        }
    ],
}
ENERGY = {
    "joules": 3660.0,
    "joules_per_output_token": 0.388,
    "joules_per_request": 12.2,
    "watts_mean": 61.0,
    "source": "NVML counter",
    "covers": "GPU only: 1 of 1 GPU",
}
TITLES = (
    ("accuracy", "Accuracy on golden test set"),
    ("hallucination", "Hallucination rate"),
    ("format_compliance", "Format compliance"),
    ("latency", "Latency benchmark"),
    ("edge_cases", "Edge case handling"),
    ("fairness", "Bias and fairness"),
    ("safety", "Safety guardrails"),
    ("ab_comparison", "A/B comparison with baseline"),
    ("inference_cost", "Cost per inference"),
    ("acceptance", "Client acceptance criteria"),
)
ACTIONS = {
    "accuracy": "Find the error patterns below, add 50 to 100 training examples that cover them, and retrain.",
    "format_compliance": "Add 20 to 30 training examples in the exact format and retrain; state the format in the system prompt as well.",
    "latency": "Take a smaller base model, a lighter quantization or faster hardware.",
    "inference_cost": "Take a lighter quantization, batch requests, or change the hardware.",
}


def criterion(name, operator, threshold, observed, unit="rate", n=100, ci=None, status="PASS", evidence="PROVEN", note="", failures=()):
    return Criterion(
        name=name,
        operator=operator,
        threshold=threshold,
        observed=observed,
        unit=unit,
        n=n,
        ci=ci,
        status=status,
        evidence=evidence,
        note=note,
        failures=list(failures),
    )


def check(number, status="PASS", evidence="PROVEN", criteria=(), notes=(), failures=()):
    id_, title = TITLES[number - 1]
    return CheckResult(
        id=id_,
        number=number,
        title=title,
        status=status,
        evidence=evidence,
        criteria=list(criteria),
        notes=list(notes),
        failures=list(failures),
        fail_action=ACTIONS.get(id_, "Add the failing cases to the training data and retrain."),
    )


def skipped(number):
    return check(number, "SKIPPED", "NO_DATA", notes=[f"The spec has no section tests.{TITLES[number - 1][0]}."])


def latency(p50, spread=2.4, n=300):
    ci = {
        "p50": (p50 * 0.96, p50 * 1.05),
        "p90": (p50 * spread * 0.58, p50 * spread * 0.72),
        "p95": (p50 * spread * 0.7, p50 * spread * 0.9),
        "p99": (p50 * spread * 0.88, None),
    }
    notes = [] if n >= 662 else [f"p99 is not certified: {n} samples, 662 are needed."]
    return Latency(
        n=n,
        mean_s=p50 * 1.2,
        p50_s=p50,
        p90_s=p50 * spread * 0.65,
        p95_s=p50 * spread * 0.8,
        p99_s=p50 * spread,
        max_s=p50 * spread * 1.3,
        p999_s=p50 * spread * 1.2,
        ci=ci,
        uncertified={name: needed for name, needed in (("p99", 662), ("p999", 6636)) if n < needed},
        notes=notes,
    )


def no_latency():
    return Latency(n=0, mean_s=None, p50_s=None, p90_s=None, p95_s=None, p99_s=None, max_s=None, ci={})


def timeline(e2e, duration, rate, growing):
    """Twelve slices of a run; where the queue grows each takes longer than the one before."""
    length = duration / 12
    slow = [e2e * ((1 + k / 3) if growing else 1 + 0.06 * (k % 3)) for k in range(12)]
    return [
        Slice(
            from_s=2 + k * length,
            to_s=2 + (k + 1) * length,
            n=round(rate * length),
            answered=round(rate * length),
            failed=0,
            arrivals_per_s=rate,
            completions_per_s=rate,
            in_flight=rate * slow[k],
            ttft_p50_s=slow[k] * 0.16,
            ttft_p99_s=None,
            e2e_p50_s=slow[k],
            e2e_p99_s=slow[k] * 2.2 if k % 4 else None,
        )
        for k in range(12)
    ]


def load(scale, *, saturated=False, valid=True, slow=1.0, n=300, errors=None, reasons=()):
    rate, errors = 2.0 * scale, errors or {}
    ok = n - sum(errors.values())
    good = (0.22 if saturated else 0.997) * ok / n
    return LoadSummary(
        scale=scale,
        arrivals="poisson",
        requested_rate=rate,
        achieved_rate=rate * 0.998,
        duration_s=n / rate,
        n=n,
        n_ok=ok,
        errors=errors,
        ttft=latency(0.118 * slow, n=n),
        ttft_from_sent=latency(0.1172 * slow, n=n),
        tpot=latency(0.0213 * slow**0.5, 1.6, n=n),
        e2e=latency(0.742 * slow, n=n),
        send_lag=latency(0.0006, 3.0, n=n),
        output_tokens_per_s=rate * 31.4 * (0.4 if saturated else 1),
        requests_per_s=rate * (0.4 if saturated else 1),
        prompt_tokens_mean=118.4,
        output_tokens_mean=31.4,
        received_bytes_mean=8123.0,
        token_count_source="usage",
        goodput=rate * good,
        attainment=good,
        slo={"ttft_s": 0.5, "e2e_s": 2.0},
        saturated=saturated,
        client_cpu=0.31,
        valid=valid,
        invalid_reasons=list(reasons),
        worker_info=[{"worker": 0, "pid": 1}],
        prompt_note="golden.jsonl, 150 prompts, each repeat begins with a mark",
        itl=latency(0.0208 * slow**0.5, 2.1, n=n * 30),
        itl_kind="ITL",
        error_samples=dict.fromkeys(errors, '{"error": {"message": "the engine died"}}'),
        slos={"chat": SloCount(limits={"ttft_s": 0.2}, target=0.99, good=round(n * 0.97), goodput=rate * 0.97, attainment=0.97, met=False)},
        timeline=timeline(0.742 * slow, n / rate, rate, growing=saturated),
        steady=not saturated,
        validity=[
            Limit(name="send_lag_p99", title="Send lag p99", observed=0.0018, limit=0.05, unit="s", ok=True),
            Limit(name="client_cpu", title="Client CPU", observed=0.31, limit=0.9, unit="share", ok=valid, reason="; ".join(reasons)),
            Limit(name="workers_lost", title="Load processes lost", observed=0, limit=None, unit="count", ok=None),
        ],
        server=SERVER,
        hosts=[HOST],
        energy=ENERGY,
    )


def cost(scale, *, basis="measured", per=0.000412, budget=True, margin=True):
    month = per * 2.0 * scale * 2_628_000
    return CostAtScale(
        scale=scale,
        basis=basis,
        basis_note="capacity from this run's own load test at the SLO"
        if basis == "measured"
        else "replicas multiplied from one measured replica; not run",
        mean_rate=2.0 * scale,
        peak_rate=5.0 * scale,
        capacity_per_replica=7.4,
        replicas=max(1, round(scale)),
        instances=max(1, round(scale)),
        utilisation=0.61,
        cost_per_inference=per,
        cost_per_million_tokens=per / 31.4 * 1e6,
        cost_per_month=month,
        margin=0.47 if margin else 0.18,
        within_budget=budget,
        within_margin=margin,
        breakdown=Breakdown(compute=month * 0.93, storage=month * 0.02, network=month * 0.01, monitoring=month * 0.04),
        currency="USD",
        price_source="https://cloud.example/pricing, read 2025-11-02, us-east-1, on demand",
        notes=["The busiest hour is 2.5 times the mean, as the spec says."],
    )


GOOD_CRITERIA = {
    1: [
        criterion(
            "answers that match the label", ">=", 0.92, 0.98, n=150, ci=(0.949, 0.995), failures=["billing-017", "refund-040", "other-003"]
        ),
        criterion("largest error category", "<=", 0.03, 0.0133, n=150, evidence="INCONCLUSIVE", note="60 more cases would prove it."),
    ],
    3: [
        criterion(
            "outputs in the agreed format",
            ">=",
            0.98,
            1.0,
            n=60,
            ci=(0.951, None),
            evidence="INCONCLUSIVE",
            note="89 more cases would prove 98 %.",
        ),
        criterion("outputs that break a parser", "==", 0, 0, "count", n=60, ci=(None, None)),
        criterion("edge cases in format", ">=", 1.0, 1.0, n=22, evidence="INCONCLUSIVE"),
    ],
    4: [
        criterion("median of the whole response", "<=", 1.0, 0.742, "s", n=300, ci=(0.712, 0.779)),
        criterion("p99 over p50 of the whole response", "<=", 3.0, 2.4, "ratio", n=300, ci=(2.1, None), evidence="INCONCLUSIVE"),
        criterion("requests that timed out or hung", "==", 0, 0, "count", n=300),
    ],
    9: [
        criterion("cost per inference at 1x", "<=", 0.0005, 0.000412, "USD", n=300),
        criterion("margin at 1x", ">=", 0.4, 0.47, n=300),
        criterion("dearest scale stays in the budget", "<=", 0.0005, 0.000412, "USD", n=3),
    ],
}


def report(verdict="SHIP", reasons=(), checks=None, load_runs=None, costs=None, **changes):
    passing = {1: "PROVEN", 3: "INCONCLUSIVE", 4: "INCONCLUSIVE", 9: "PROVEN"}
    fields = {
        "run_id": "2025-11-23T211604Z-4f1c",
        "name": "Support ticket triage",
        "verdict": verdict,
        "verdict_reasons": list(reasons),
        "attempt": 2,
        "model": ModelUnderTest(
            name="SmolLM2-135M-Instruct",
            path="embedded",
            url=None,
            adapter="adapters/triage-r8",
            variant="nf4",
            compute_dtype="bfloat16",
            fingerprint="9b1f7a3c5e" * 6 + "c0de",
            notes=["These weights were dequantized from 4 bits (GGUF Q4_1) before any variant was made."],
        ),
        "hardware": HardwareUnderTest(
            profile="l4",
            name="NVIDIA L4",
            instance="g6.xlarge",
            price="USD 0.8048 per hour, on demand, us-east-1, read 2 November 2025",
            measured_on="2 cores of Xeon Platinum 8488C, 8 GB",
            notes=["Latency comes from this machine, prices from the profile."],
        ),
        "environment": {
            "python": "3.11.9",
            "platform": "Linux-6.1",
            "cpu": {"name": "Xeon Platinum 8488C", "cores": 2, "flags": ["avx512_bf16", "amx"]},
            "packages": {"torch": "2.13.0", "transformers": "5.23.0", "ray": "2.56.0", "bitsandbytes": "0.50.2"},
            "gpu": None,
            "haproxy": True,
        },
        "test_sets": [
            TestSet(id="accuracy", path="data/golden.jsonl", sha256="3f" * 32, n=150),
            TestSet(id="format_compliance", path="data/format.jsonl", sha256="a7" * 32, n=60),
        ],
        "checks": checks
        or [
            check(i, "PASS", passing[i], GOOD_CRITERIA[i], failures=["billing-017", "refund-040", "other-003"] if i == 1 else ())
            if i in passing
            else skipped(i)
            for i in range(1, 11)
        ],
        "load": load_runs if load_runs is not None else [load(1, n=700), load(3, slow=1.4, n=900), load(10, slow=2.2, n=1500)],
        "cost": costs if costs is not None else [cost(1), cost(3), cost(10, basis="modelled", per=0.000398)],
        "started_at": "2025-11-23T21:16:04+00:00",
        "finished_at": "2025-11-23T21:22:41+00:00",
        "ftbench_version": "0.1.0",
    }
    return Report.model_validate({**fields, **changes} | {"schema": "ftbench.report/1"}, by_name=True, by_alias=True)


def ships():
    return report(reasons=["Two passes are borderline: test 3 and test 4 have too few cases to prove what they show."])


def does_not_ship():
    bad = {
        1: check(
            1,
            "FAIL",
            "REFUTED",
            [
                criterion(
                    "answers that match the label",
                    ">=",
                    0.92,
                    0.9196,
                    n=112,
                    ci=(0.864, 0.957),
                    status="FAIL",
                    evidence="INCONCLUSIVE",
                    failures=[f"delivery-{i:03}" for i in range(1, 10)],
                ),
                criterion(
                    "largest error category",
                    "<=",
                    0.03,
                    0.0446,
                    n=112,
                    ci=(0.018, 0.091),
                    status="FAIL",
                    evidence="REFUTED",
                    note="delivery answered as refund: 5 of 112.",
                ),
            ],
            failures=[f"delivery-{i:03}" for i in range(1, 10)],
        ),
        3: check(3, "PASS", "INCONCLUSIVE", GOOD_CRITERIA[3]),
        4: check(
            4,
            "FAIL",
            "REFUTED",
            [
                criterion(
                    "median of the whole response", "<=", 1.0, 1.0004, "s", n=300, ci=(0.97, 1.04), status="FAIL", evidence="INCONCLUSIVE"
                ),
                criterion(
                    "p99 over p50 of the whole response", "<=", 3.0, 6.1, "ratio", n=300, ci=(4.4, None), status="FAIL", evidence="REFUTED"
                ),
                criterion("requests that timed out or hung", "==", 0, 3, "count", n=300, status="FAIL", evidence="REFUTED"),
            ],
        ),
        9: check(
            9,
            "FAIL",
            "REFUTED",
            [
                criterion("cost per inference at 1x", "<=", 0.0005, 0.000412, "USD", n=300),
                criterion("margin at 1x", ">=", 0.4, 0.18, n=300, status="FAIL", evidence="REFUTED"),
                criterion("cost per inference at 10x", "<=", 0.0005, 0.00081, "USD", n=1500, status="FAIL", evidence="REFUTED"),
            ],
        ),
    }
    runs = [
        load(1, n=700, errors={"timeout": 3}),
        load(3, slow=1.9, n=900, errors={"timeout": 4, "http_5xx": 1}),
        load(10, slow=21, n=1500, saturated=True, errors={"timeout": 412, "rejected": 96}),
    ]
    return report(
        "DO_NOT_SHIP",
        [
            "Accuracy: 103 of 112 answers match the label, 92 % were promised.",
            "Latency: p99 is 6.1 times the median; 3 requests timed out.",
            "Cost: 18 % margin at today's traffic, 40 % was agreed.",
        ],
        [bad.get(i) or skipped(i) for i in range(1, 11)],
        runs,
        [cost(1, margin=False), cost(3, margin=False), cost(10, basis="modelled", per=0.00081, budget=False, margin=False)],
    )


def invalid():
    reasons = ["requests were sent 212 ms late at the 99th percentile, 50 ms are allowed", "achieved 1.7 /s of 2 /s requested"]
    checks = [skipped(i) if i != 4 else check(4, "INVALID", "NO_DATA", notes=["The load run at 1x is not valid."]) for i in range(1, 11)]
    runs = [load(1, valid=False, reasons=reasons), load(3, valid=False, saturated=True, reasons=reasons[:1])]
    return report("INVALID", ["The load generator, not the model, was the limit at 1x and 3x."], checks, runs, [])


def needs_review():
    checks = [
        check(
            2,
            "NEEDS_REVIEW",
            "NO_DATA",
            [criterion("invented facts", "==", 0, None, "count", n=30, status="NEEDS_REVIEW", evidence="NO_DATA")],
            notes=["30 outputs wait for a person in review/queue.jsonl."],
        )
        if i == 2
        else skipped(i)
        for i in range(1, 11)
    ]
    return report("NEEDS_REVIEW", [], checks)


def bare():
    """Everything absent that may be absent."""
    nothing = no_latency()
    empty = load(1).model_copy(
        update={
            "n": 0,
            "n_ok": 0,
            "ttft": nothing,
            "ttft_from_sent": nothing,
            "tpot": nothing,
            "e2e": nothing,
            "send_lag": nothing,
            "slo": {},
            "prompt_tokens_mean": None,
            "output_tokens_mean": None,
            "received_bytes_mean": None,
            "attainment": None,
            "client_cpu": None,
            "worker_info": [],
            "itl": None,
            "itl_kind": None,
            **dict.fromkeys(["slos", "error_samples"], {}),
            **dict.fromkeys(["timeline", "validity", "hosts"], []),
            **dict.fromkeys(["server", "energy", "steady"]),
            "prompt_note": "",
        }
    )
    money = cost(1).model_copy(
        update=dict.fromkeys(
            [
                "capacity_per_replica",
                "replicas",
                "instances",
                "utilisation",
                "cost_per_inference",
                "cost_per_million_tokens",
                "cost_per_month",
                "margin",
                "within_budget",
                "within_margin",
                "breakdown",
            ]
        )
    )
    model = ModelUnderTest(name="m", path=None, url=None, adapter=None, variant="as served", compute_dtype=None, fingerprint=None)
    checks = [
        check(1, "FAIL", "NO_DATA", [criterion("right answers", ">=", None, None, n=0, status="FAIL", evidence="NO_DATA")]),
        check(4, "INVALID", "NO_DATA"),
    ]
    return report("DO_NOT_SHIP", [], checks, [empty], [money], model=model, environment={}, test_sets=[])


def hostile(text):
    """The failing report with `text` wherever a report holds text that someone else wrote."""
    base = does_not_ship()
    checks = [
        c.model_copy(
            update={
                "title": c.title + text,
                "notes": [text],
                "failures": [text, "a" * 300 + text],
                "fail_action": text,
                "criteria": [x.model_copy(update={"name": text, "note": text, "failures": [text] * 30}) for x in c.criteria],
            }
        )
        for c in base.checks
    ]
    runs = [
        x.model_copy(
            update={
                "errors": {text: 3},
                "notes": [text],
                "invalid_reasons": [text],
                "valid": False,
                "arrivals": text,
                "token_count_source": text,
                "slo": {text: 1.0},
                "worker_info": [{text: text}],
                "prompt_note": text,
                "error_samples": {text: text},
                "slos": {text: SloCount(limits={text: 1.0}, target=0.9, good=1, goodput=1.0, attainment=0.5, met=False)},
                "validity": [Limit(name=text, title=text, observed=1.0, limit=2.0, unit=text, ok=False, reason=text)],
                "server": {**SERVER, "kind": text},
                "hosts": [{**HOST, "node": text, "gpus": [{**HOST["gpus"][0], "name": text}]}],
                "energy": {**ENERGY, "covers": text},
            }
        )
        for x in base.load
    ]
    costs = [c.model_copy(update={"basis_note": text, "price_source": text, "notes": [text], "currency": text}) for c in base.cost]
    return base.model_copy(
        update={
            "name": text,
            "verdict_reasons": [text],
            "run_id": text,
            "checks": checks,
            "load": runs,
            "cost": costs,
            "ftbench_version": text,
            "started_at": text,
            "finished_at": text,
            "environment": {text: {text: [text, None]}, "deep": {"a": {"b": text}}},
            "model": base.model.model_copy(
                update=dict.fromkeys(["name", "path", "url", "adapter", "variant", "compute_dtype", "fingerprint"], text)
                | {"notes": [text]}
            ),
            "hardware": base.hardware.model_copy(
                update=dict.fromkeys(["profile", "name", "instance", "price", "measured_on"], text) | {"notes": [text]}
            ),
            "test_sets": [TestSet(id=text, path=text, sha256=text, n=1)],
        }
    )


ALL = {"ships": ships, "does_not_ship": does_not_ship, "invalid": invalid, "needs_review": needs_review, "bare": bare}
