"""All ten tests over the demo's own test sets, on a tiny random model: everything real but the answers' sense."""

from pathlib import Path

import yaml

from ftbench.demo.files import scaffold

CHECKED = "The reply is understandable to a customer."


def write_ten(folder: Path, model: Path, **changes) -> Path:
    """The demo's spec with another model, short answers, half the golden set, little traffic, and one promise that people have to rate."""
    path = scaffold(folder)
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    spec["model"] = {"path": str(model), "variant": "fp32"}
    spec["serving"] |= {"max_concurrency": 8, "max_context": 512, "cpu_threads": 1}
    spec["load"] |= {"rate": 5, "scales": [1, 2], "duration_s": 2, "min_requests": 10, "warmup_s": 0.5, "timeout_s": 20, "max_tokens": 4}
    spec["slo"] = {"ttft_s": 2, "e2e_s": 5, "attainment": 0.9}
    spec["validity"] = {"send_lag_p99_s": 5, "achieved_rate_error": 0.5}  # the test machine is not the measuring machine
    tests = spec["tests"]
    for section in (*tests.values(), *tests["acceptance"]["criteria"]):
        if "max_tokens" in section:
            section["max_tokens"] = 4
    tests["latency"] |= {"min_cases": 10, "p99_over_p50": 100}
    tests["ab_comparison"]["baseline"] = {"system_prompt": "Say one word."}
    tests["acceptance"]["criteria"][-1]["assertions"] = [{"rated": CHECKED}]
    golden = path.with_name("golden.jsonl")
    first = golden.read_text(encoding="utf-8").split("\n")[:60]  # as many of each label
    golden.write_text("\n".join(first) + "\n", encoding="utf-8")
    path.write_text(yaml.safe_dump({**spec, **changes}, allow_unicode=True), encoding="utf-8")
    return path
