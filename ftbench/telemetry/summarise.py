"""What was sampled beside a run becomes a part of its summary."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics.run_info import RunInfo
from ftbench.telemetry.hosts import energy_summary, host_notes, host_summaries
from ftbench.telemetry.log import Window, read_log
from ftbench.telemetry.server import server_summary


def summarise_telemetry(path: Path, info: RunInfo, records: pa.Table) -> dict[str, Any]:
    """{"server", "hosts", "energy", "notes"} over the measured window of the run that `info` and `records` are of, from `path` as `observe`
    left it. Nothing sampled, as with a file of an older run or none, gives None, [], None and [].

    Throughout, a quantity that could not be had is None and a server that tells nothing is {"absent": why}.
    """
    begin_ns = info.t0_monotonic_ns + round(info.warmup_s * 1e9)
    window = Window(begin_ns, begin_ns + round(info.measured_s * 1e9))
    lines = read_log(path)
    server, server_notes = server_summary(lines, window, records)
    hosts = host_summaries(lines, window)
    tokens, requests = _completed(records, info)
    return {
        "server": server,
        "hosts": hosts,
        "energy": energy_summary(hosts, window, tokens, requests),
        "notes": [*server_notes, *host_notes(hosts), *_gaps(lines)],
    }


def _completed(records: pa.Table, info: RunInfo) -> tuple[int, int]:
    """Output tokens and number of the successful responses whose last byte came in the window."""
    done = records["done_s"]
    ends_inside = pc.and_(pc.greater_equal(done, info.warmup_s), pc.less(done, info.warmup_s + info.measured_s))
    completed = records.filter(pc.and_(pc.equal(records["status"], "ok"), ends_inside))
    return pc.sum(completed["output_tokens"]).as_py() or 0, len(completed)


def _gaps(lines: list[dict[str, Any]]) -> list[str]:
    lost = [f"{line['node']} could not be sampled to the end ({line['why']})" for line in lines if line["kind"] == "lost"]
    return lost + [f"sampling broke ({line['what']}): {line['why']}" for line in lines if line["kind"] == "broken"]
