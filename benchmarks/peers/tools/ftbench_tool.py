"""ftbench itself, by its command, as a user would start it."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench import __version__
from ftbench.load.records import read_records
from peers.tools.ask import Ask, Told

NAME, PACKAGES = "ftbench", (f"ftbench=={__version__}",)
NOTE = "from the scheduled time; one load process, which makes itself real-time where that is allowed"


def command(ask: Ask) -> list[object]:
    words = [Path(sys.executable).with_name("ftbench"), "load", "--url", f"{ask.root}/v1", "--model", "m", "--max-tokens", ask.tokens]
    words += ["--duration", ask.seconds, "--warmup", 0, "--timeout", 60, "--out", ask.folder / "out"]
    if ask.concurrency:
        return [*words, "--concurrency", ask.concurrency]
    return [*words, "--rate", ask.rate, "--arrivals", ask.arrivals]


def told(folder: Path) -> Told:
    said = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    gaps = pa.chunked_array(read_records(folder / "out" / "requests.parquet")["gaps_s"])
    values = pc.list_flatten(gaps).to_numpy()
    values = values[~np.isnan(values)]
    itl = {name: float(np.quantile(values, q)) for name, q in (("p50", 0.5), ("p99", 0.99))} if len(values) else {}
    quantiles = {metric: {name: said[metric][f"{name}_s"] for name in ("p50", "p95", "p99")} for metric in ("ttft", "tpot")}
    verdict = "valid" if said["valid"] else "INVALID: " + "; ".join(said["invalid_reasons"])
    return Told(said["n"], said["n"] - said["n_ok"], quantiles["ttft"], quantiles["tpot"], itl, verdict=verdict)
