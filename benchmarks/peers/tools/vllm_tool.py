"""`vllm bench serve`: its module out of the wheel, without the engine (see vllm_bench.py)."""

import json
from pathlib import Path

from peers.tools.ask import SAME, Ask, Told, told_in_ms

NAME, WHEEL = "vLLM bench serve", "vllm==0.33.0"
WHEEL_PARTS = ("vllm/benchmarks/", "vllm/utils/")  # taken out of the wheel; its own dependencies would bring CUDA
PACKAGES = (
    "aiohttp", "cloudpickle", "datasets", "jinja2", "numpy", "pandas", "pillow", "psutil", "pybase64", "pyyaml", "pyzmq", "regex",
    "requests", "tqdm", "transformers<5.21", "uvloop",
)  # fmt: skip
NOTE = "latencies from the sending"
BURSTINESS = {"poisson": 1, "constant": 1e6}  # the shape of gamma gaps


def command(ask: Ask) -> list[object]:
    words = [ask.environment / "bin" / "python", Path(__file__).parents[1] / "vllm_bench.py", "--backend", "openai-chat"]
    words += ["--base-url", ask.root, "--endpoint", "/v1/chat/completions", "--model", "m", "--tokenizer", ask.tokenizer]
    words += ["--dataset-name", "random", "--random-input-len", 32, "--random-output-len", ask.tokens, "--num-prompts", ask.requests]
    words += ["--percentile-metrics", "ttft,tpot,itl,e2el", "--metric-percentiles", "50,95,99", "--ready-check-timeout-sec", 0]
    words += ["--save-result", "--result-dir", ask.folder, "--result-filename", "result.json", "--disable-tqdm"]
    if ask.concurrency:
        return [*words, "--max-concurrency", ask.concurrency]
    return [*words, "--request-rate", ask.rate, "--burstiness", BURSTINESS[ask.arrivals]]


def told(folder: Path) -> Told:
    said = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    found = {metric: told_in_ms(said, {name: f"{name}_{metric}_ms" for name in SAME}) for metric in ("ttft", "tpot", "itl")}
    return Told(said["completed"] + said["failed"], said["failed"], found["ttft"], found["tpot"], found["itl"])
