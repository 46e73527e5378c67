"""One row a request: the columns that every later number is made of, and how they are written and read."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ftbench.metrics.run_info import RunInfo

PHASES = ("warmup", "measured")
STATUSES = ("ok", "error")
ERROR_KINDS = ("timeout", "connect", "reset", "truncated", "http_4xx", "http_5xx", "malformed", "empty", "rejected", "dropped")

SCHEMA = pa.schema(
    [
        ("index", pa.int64()),  # position in the whole run's schedule; unique over workers and phases of one scale
        ("scale", pa.float64()),
        ("phase", pa.string()),
        ("scheduled_s", pa.float64()),  # all times: seconds since the run's start instant, one monotonic clock
        ("sent_s", pa.float64()),
        ("first_token_s", pa.float64()),
        ("last_token_s", pa.float64()),
        ("done_s", pa.float64()),
        ("status", pa.string()),
        ("error_kind", pa.string()),
        ("http_status", pa.int32()),
        ("prompt_tokens", pa.int32()),
        ("output_tokens", pa.int32()),
        ("first_chunk_tokens", pa.int32()),
        ("chunks", pa.int32()),
        ("good", pa.bool_()),
        ("worker", pa.int32()),
        ("received_bytes", pa.int64()),
        ("token_count_source", pa.string()),  # usage | tokenizer | chunks
        ("finish_reason", pa.string()),
        ("error_sample", pa.string()),  # first 300 characters of the body or message of a failure
        ("conversation", pa.int64()),  # which arrival this belongs to; equal to index where every conversation has one turn
        ("turn", pa.int32()),  # 0 for the first request of a conversation
        ("asked_prompt_tokens", pa.int32()),  # how long the prompt was meant to be, where the item says it
        ("retry_after_s", pa.float64()),  # what a 429 or 503 asked for; recorded, never followed
        ("gaps_s", pa.list_(pa.float32())),  # between one visible chunk and the next, first_token_s to last_token_s
    ]
)


def write_records(path: Path, rows: list[dict], *, t0_monotonic_ns: int, runs: Sequence[RunInfo] = ()) -> None:
    """Write `rows` to `path` by way of a temporary name. `t0_monotonic_ns` lets a server's own log be laid beside the rows."""
    _write(path, pa.Table.from_pylist(rows, SCHEMA), t0_monotonic_ns, runs)


def read_records(path: Path) -> pa.Table:
    """The table at `path`, with SCHEMA's columns."""
    return pq.read_table(path, schema=SCHEMA)


def read_runs(path: Path) -> list[tuple[RunInfo, pa.Table]]:
    """Each run in the file at `path` with its own rows: one, or after join_records one for each scale."""
    metadata = pq.read_schema(path).metadata or {}
    infos = [RunInfo.model_validate(run) for run in json.loads(metadata.get(b"runs", b"[]"))]
    table = read_records(path)
    return [(info, table.filter(pc.equal(table["scale"], info.scale))) for info in infos]


def join_records(parts: Sequence[Path], path: Path) -> None:
    """The runs at several scales in one file. Each run keeps its own start instant, to which its rows' times refer.

    Raises:
        ValueError: two parts have the same scale, so their rows could not be told apart.
    """
    runs = [run for part in parts for run in read_runs(part)]
    if len({info.scale for info, _ in runs}) < len(runs):
        raise ValueError(f"two runs at the same scale: {[info.scale for info, _ in runs]}")
    infos = [info for info, _ in runs]
    _write(path, pa.concat_tables([table for _, table in runs]), infos[0].t0_monotonic_ns, infos)


def _write(path: Path, table: pa.Table, t0_monotonic_ns: int, runs: Sequence[RunInfo]) -> None:
    metadata = {"t0_monotonic_ns": str(t0_monotonic_ns), "runs": json.dumps([run.model_dump(mode="json") for run in runs])}
    part = path.with_name(path.name + ".part")
    pq.write_table(table.replace_schema_metadata(metadata), part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(path)
