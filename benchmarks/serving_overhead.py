"""What HTTP costs: the same engine driven in this process and through Ray Serve, HAProxy and SSE, turn by turn in one run.

    python benchmarks/serving_overhead.py [--rounds 20] [--tokens 24] [--json FILE]

Targets: output tokens/s at concurrency 16 at least 0.97 of the engine's own; at most 10 ms added to the first token at concurrency 1.
Both engines have the same weights, threads and settings; rounds alternate, so that a machine that slows down slows both. Exit code 1
when a target is missed.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from ftbench.gate.environment import environment
from ftbench.processes import no_survivors
from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec.checks import Tests
from ftbench.spec.load import Load, Slo
from ftbench.spec.model import Spec
from ftbench.spec.target import Model, Serving

CONCURRENCY = 16
RATIO_TARGET, TTFT_TARGET_S = 0.97, 0.010


def spec() -> Spec:
    serving = Serving(max_concurrency=CONCURRENCY, max_context=1024, cpu_threads=os.cpu_count())
    return Spec(name="serving overhead", model=Model(variant="fp32"), serving=serving, load=Load(rate=1), slo=Slo(), tests=Tests())


def in_process_engine(of: Spec):
    """The engine that a replica would build, here."""
    import torch

    from ftbench.models.load import load_model
    from ftbench.models.source import resolve_source
    from ftbench.serving.deployment import engine_config
    from ftbench.serving.engine import Engine

    torch.set_num_threads(of.serving.cpu_threads)
    loaded = load_model(resolve_source(of.model, Path()), of.model.variant)
    engine = Engine(loaded.model, engine_config(of, loaded, 8 * 2**30))
    engine.start()
    return engine, loaded.tokenizer


async def ask_engine(engine, prompt: list[int], tokens: int) -> tuple[float, int]:
    """(TTFT [s], tokens)."""
    from ftbench.serving.sampling import Sampling

    start, first, count = time.perf_counter(), 0.0, 0
    async for _ in engine.generate(prompt, tokens, Sampling(), ignore_eos=True):
        first = first or time.perf_counter() - start
        count += 1
    return first, count


async def ask_http(session: aiohttp.ClientSession, url: str, prompt: list[int], tokens: int) -> tuple[float, int]:
    """(TTFT [s], tokens): one SSE event a token."""
    body = {"prompt": prompt, "max_tokens": tokens, "temperature": 0, "stream": True, "ignore_eos": True}
    start, first, count = time.perf_counter(), 0.0, 0
    async with session.post(f"{url}/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if line.startswith(b"data: {"):
                first = first or time.perf_counter() - start
                count += 1
    return first, count


async def throughput(ask, prompts: list[list[int]], tokens: int) -> float:
    """Output tokens/s of all prompts at once."""
    start = time.perf_counter()
    counts = [count for _, count in await asyncio.gather(*(ask(prompt, tokens) for prompt in prompts))]
    if set(counts) != {tokens}:
        raise RuntimeError(f"asked for {tokens} tokens each, got {sorted(set(counts))}")
    return sum(counts) / (time.perf_counter() - start)


async def measure(engine, tokenizer, url: str, rounds: int, tokens: int) -> dict:
    texts = [
        f"Ticket {i}: the lamp of order {i * 7919 % 1000} arrived broken, and I would like to know what to do now."
        for i in range(CONCURRENCY)
    ]
    prompts = [tokenizer(text)["input_ids"] for text in texts]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def direct(prompt, n):
            return await ask_engine(engine, prompt, n)

        async def http(prompt, n):
            return await ask_http(session, url, prompt, n)

        ways = {"engine": direct, "http": http}
        for ask in ways.values():  # warm both
            await throughput(ask, prompts, 8)
        rates: dict[str, list[float]] = {"engine": [], "http": []}
        ttft: dict[str, list[float]] = {"engine": [], "http": []}
        for turn in range(rounds):
            for name in sorted(ways, reverse=turn % 2 == 1):
                rates[name].append(await throughput(ways[name], prompts, tokens))
            for pair in range(5):
                for name in sorted(ways, reverse=pair % 2 == 1):
                    ttft[name].append((await ways[name](prompts[turn % CONCURRENCY], 2))[0])
            print(f"round {turn + 1}/{rounds}: engine {rates['engine'][-1]:.1f}, http {rates['http'][-1]:.1f} tokens/s", flush=True)
    added = [h - e for h, e in zip(ttft["http"], ttft["engine"], strict=True)]
    ratios = [h / e for h, e in zip(rates["http"], rates["engine"], strict=True)]
    return {
        "tokens_per_s": {name: {"median": statistics.median(v), "min": min(v), "max": max(v)} for name, v in rates.items()},
        "ratio": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)},
        "ttft_ms": {name: statistics.median(v) * 1e3 for name, v in ttft.items()},
        "added_ttft_ms": statistics.median(added) * 1e3,
        "added_ttft_ms_quartiles": [q * 1e3 for q in statistics.quantiles(added, n=4)],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--json", type=Path, help="Write the figures with date and versions here")
    args = parser.parse_args()
    of = spec()
    with no_survivors(), cluster(), service(of, lambda _: None) as served:
        engine, tokenizer = in_process_engine(of)
        try:
            found = asyncio.run(measure(engine, tokenizer, served.url, args.rounds, args.tokens))
        finally:
            engine.stop()  # its thread would keep this process alive
    ok = found["ratio"]["median"] >= RATIO_TARGET and found["added_ttft_ms"] <= TTFT_TARGET_S * 1e3
    print(f"proxy: {served.proxy}")
    print(f"tokens/s at concurrency {CONCURRENCY}: http / engine = {found['ratio']['median']:.3f} (target {RATIO_TARGET})")
    print(f"added TTFT at concurrency 1: {found['added_ttft_ms']:.1f} ms (target {TTFT_TARGET_S * 1e3:.0f} ms)")
    print("targets met" if ok else "TARGETS MISSED")
    if args.json:
        record = {
            "benchmark": "serving_overhead",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            **found,
            "environment": environment(Path()),
        }
        args.json.write_text(json.dumps(record, indent=1) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
