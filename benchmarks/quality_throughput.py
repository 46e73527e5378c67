"""How fast the quality tests get their answers: the gate's own way against a plain `model.generate` loop, turn by turn in one run.

    python benchmarks/quality_throughput.py [--prompts 32] [--rounds 3] [--json FILE]

Both ways have the same weights, threads, prompts (the demo's ticket-JSON test set with its system prompt) and limits of length, at
temperature 0 and each answer to its natural end. Rounds alternate, so that a machine that slows down slows both. Target: at least twice
the samples/s. Exit code 1 when it is missed.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from ftbench.demo.files import demo_spec
from ftbench.gate.environment import environment
from ftbench.processes import no_survivors
from ftbench.quality.cases import read_test_set
from ftbench.quality.generate import Request, Target, generate
from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec import Spec, read_spec

CONCURRENCY, TARGET = 16, 2.0


def requests_of(spec: Spec, prompts: int) -> list[Request]:
    section = spec.tests.format_compliance
    cases = read_test_set("format_compliance", spec.path(section.cases)).cases[:prompts]
    return [Request("format_compliance", case, case.chat(section.system_prompt), section.max_tokens) for case in cases]


def loaded_here(spec: Spec):
    import torch

    from ftbench.models.load import load_model
    from ftbench.models.source import resolve_source

    torch.set_num_threads(spec.serving.cpu_threads)
    adapter = spec.path(spec.model.adapter) if spec.model.adapter else None
    return load_model(resolve_source(spec.model, spec.folder), spec.model.variant, adapter=adapter)


def plain_loop(loaded, requests: list[Request]) -> tuple[float, list[str]]:
    """(seconds, texts) of one prompt after another."""
    import torch

    texts, started = [], time.perf_counter()
    for request in requests:
        ids = loaded.tokenizer.apply_chat_template(request.messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        with torch.inference_mode():
            out = loaded.model.generate(**ids, max_new_tokens=request.max_tokens, do_sample=False)
        texts.append(loaded.tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True))
    return time.perf_counter() - started, texts


def gate_way(target: Target, requests: list[Request]) -> tuple[float, list[str]]:
    """(seconds, texts) of the gate's generation, without any cache."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        path = Path(folder) / "generations.jsonl"
        outputs = generate(requests, target, path, concurrency=CONCURRENCY, timeout_s=600, progress=lambda done, total: None)
        elapsed = time.perf_counter() - started
    if failed := [o.error for o in outputs if o.error]:
        raise RuntimeError(f"{len(failed)} of {len(outputs)} requests failed: {failed[0]}")
    return elapsed, [o.text for o in outputs]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="Write the figures with date and versions here")
    args = parser.parse_args()
    found = read_spec(demo_spec())
    of = found.but(serving=found.serving.model_copy(update={"cpu_threads": os.cpu_count(), "max_concurrency": CONCURRENCY}))
    requests = requests_of(of, args.prompts)
    loop_s, gate_s, equal = [], [], []
    with no_survivors(), cluster(), service(of, lambda _: None) as served:
        target, loaded = Target(served.url, served.model, "benchmark"), loaded_here(of)
        plain_loop(loaded, requests[:2])  # warm both
        gate_way(target, requests[:2])
        for turn in range(args.rounds):
            said = {}
            for way in ("loop", "gate") if turn % 2 == 0 else ("gate", "loop"):
                seconds, said[way] = plain_loop(loaded, requests) if way == "loop" else gate_way(target, requests)
                (loop_s if way == "loop" else gate_s).append(seconds)
            equal.append(sum(a == b for a, b in zip(said["loop"], said["gate"], strict=True)) / len(requests))
            rates = len(requests) / loop_s[-1], len(requests) / gate_s[-1]
            print(f"round {turn + 1}/{args.rounds}: loop {rates[0]:.2f}, gate {rates[1]:.2f} samples/s", flush=True)
    ratios = [one / two for one, two in zip(loop_s, gate_s, strict=True)]
    ratio = statistics.median(ratios)
    print(
        f"samples/s: gate / loop = {ratio:.2f} (target {TARGET:g}); {statistics.mean(equal):.0%} of the answers are the same in both ways"
    )
    print("target met" if ratio >= TARGET else "TARGET MISSED")
    if args.json:
        record = {
            "benchmark": "quality_throughput",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "prompts": len(requests),
            "samples_per_s": {"loop": [len(requests) / s for s in loop_s], "gate": [len(requests) / s for s in gate_s]},
            "ratio": {"median": ratio, "min": min(ratios), "max": max(ratios)},
            "same_answers": statistics.mean(equal),
            "environment": environment(Path()),
        }
        args.json.write_text(json.dumps(record, indent=1) + "\n")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
