"""genai-bench, which has closed loops only: as many users as make about the rate that was asked for."""

import json
from pathlib import Path

from peers.tools.ask import SAME, Ask, Told, told_in_ms

NAME, PACKAGES = "genai-bench", ("genai-bench==0.0.5",)
NOTE = "closed loop only; its ITL is the mean of each request"


def command(ask: Ask) -> list[object]:
    words = [ask.environment / "bin" / "genai-bench", "benchmark", "--api-backend", "openai", "--api-base", ask.root, "--api-key", "none"]
    words += ["--api-model-name", "m", "--model-tokenizer", ask.tokenizer, "--task", "text-to-text", "--max-time-per-run", 1]
    words += ["--max-requests-per-run", ask.requests, "--num-concurrency", ask.concurrency or ask.closed_as]
    words += ["--traffic-scenario", f"D(32,{ask.tokens})", "--metrics-time-unit", "ms"]
    return [*words, "--experiment-base-dir", ask.folder, "--experiment-folder-name", "out", "--log-dir", ask.folder / "logs"]


def told(folder: Path) -> Told:
    (path,) = (folder / "out").glob("D*_concurrency_*.json")
    said = json.loads(path.read_text(encoding="utf-8"))["aggregated_metrics"]
    ttft, tpot = (told_in_ms(said["stats"][name], SAME) for name in ("ttft", "tpot"))
    return Told(said["num_requests"], said["num_error_requests"], ttft, tpot, tpot, "means")
