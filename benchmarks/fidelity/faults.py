"""Every tenth request goes wrong, in five ways: none may vanish, and each must be called what it was."""

from collections import Counter

from fidelity.result import Result, equal
from fidelity.run import run
from fidelity.server import server

TTFT_S, ITL_S, TOKENS, RATE, TIMEOUT_S = 0.020, 0.002, 16, 60, 2.0
NAMES = {"500": "http_5xx", "reset": "reset", "truncated": "truncated", "garbage": "malformed", "hang": "timeout"}


def faults(seconds: float) -> Result:
    more = {"faults": ",".join(NAMES), "every": 10}
    with server(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS, **more) as known:
        plan = {"rate": RATE, "duration_s": seconds, "warmup_s": 0, "arrivals": "constant", "timeout_s": TIMEOUT_S}
        found = run(known.url, max_tokens=TOKENS, **plan)
        truth = known.stop()
    true = truth.counts()
    told = Counter(kind for kind in found.records["error_kind"].to_pylist() if kind is not None)
    checks = [equal(f"{kind} is {name}", told.pop(name, 0), true.get(kind, 0)) for kind, name in NAMES.items()]
    checks.append(equal("other failures", dict(told), {}))
    checks.append(equal("successes", found.records["status"].to_pylist().count("ok"), true.get("ok", 0)))
    checks.append(equal("rows in all", len(found.records), sum(true.values())))
    return Result("every 10th request 500, reset, truncated, garbage or hang", checks, [found.words()], {"true": true})
