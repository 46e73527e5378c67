"""guidellm, in its default settings."""

import json
from pathlib import Path

from peers.tools.ask import SAME, Ask, Told, told_in_ms

NAME, PACKAGES = "guidellm", ("guidellm==0.8.1",)
NOTE = "latencies from the sending; its ITL is the mean of each request"


def command(ask: Ask) -> list[object]:
    profile = f"kind=concurrent,streams={ask.concurrency}" if ask.concurrency else f"kind={ask.arrivals},rate={ask.rate:g}"
    words = [ask.environment / "bin" / "guidellm", "run", "--backend", f"kind=openai_http,target={ask.root},model=m", "--profile", profile]
    words += ["--constraint", f"kind=max_duration,seconds={ask.seconds:g}", "--tokenizer", f"kind=huggingface_auto,model={ask.tokenizer}"]
    words += ["--data", f"kind=synthetic_text,prompt_tokens=32,output_tokens={ask.tokens}"]
    return [*words, "--output", f"kind=json,path={ask.folder / 'out.json'}", "--disable-console"]


def told(folder: Path) -> Told:
    (said,) = json.loads((folder / "out.json").read_text(encoding="utf-8"))["benchmarks"]
    totals, metrics = said["metrics"]["request_totals"], said["metrics"]
    ttft, itl = (
        told_in_ms(metrics[f"{name}_ms"]["successful"]["percentiles"], SAME) for name in ("time_to_first_token", "inter_token_latency")
    )
    return Told(totals["successful"] + totals["errored"], totals["errored"], ttft, itl, itl, "means")
