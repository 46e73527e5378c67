"""Two load processes measure what one measures, and send every request once."""

from fidelity.result import Check, Result, equal, near
from fidelity.run import Run, run
from fidelity.server import server

RATE, TTFT_S, ITL_S, TOKENS, ABSOLUTE_S, RELATIVE = 100, 0.050, 0.010, 32, 0.001, 0.02


def _run(workers: int, seconds: float) -> Run:
    with server(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS) as known:
        return run(known.url, rate=RATE, duration_s=seconds, max_tokens=TOKENS, workers=workers)


def workers(seconds: float) -> Result:
    one, two = _run(1, seconds), _run(2, seconds)
    indices = sorted(two.records["index"].to_pylist())
    sent = [worker.sent for worker in two.info.workers]
    checks = [
        equal(
            "indices of two workers",
            f"{len(set(indices))} different of {len(indices)}",
            f"{len(one.records)} different of {len(one.records)}",
        ),
        equal("no index missing", indices == sorted(one.records["index"].to_pylist()), True),
        equal("same schedule", sorted(two.records["scheduled_s"].to_pylist()) == sorted(one.records["scheduled_s"].to_pylist()), True),
        Check("both workers sent", str(sent), "half each, to one request", len(sent) == 2 and abs(sent[0] - sent[1]) <= 1),
    ]
    for metric in ("ttft", "tpot", "e2e"):
        for name in ("p50", "p90", "p99"):
            of_one, of_two = (getattr(getattr(found.summary, metric), f"{name}_s") for found in (one, two))
            checks.append(near(f"{metric} {name} of two against one", of_two, of_one, max(ABSOLUTE_S, RELATIVE * of_one)))
    return Result("2 workers against 1", checks, [f"one: {one.words()}", f"two: {two.words()}"])
