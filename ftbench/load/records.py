"""One row a request: the columns that every later number is made of, and how they are written and read."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

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
        ("token_count_source", pa.string()),  # usage | chunks
        ("finish_reason", pa.string()),
        ("error_sample", pa.string()),  # first 300 characters of the body or message of a failure
    ]
)


def write_records(path: Path, rows: list[dict], *, t0_monotonic_ns: int) -> None:
    """Write `rows` to `path` by way of a temporary name. `t0_monotonic_ns` lets a server's own log be laid beside the rows."""
    table = pa.Table.from_pylist(rows, SCHEMA).replace_schema_metadata({"t0_monotonic_ns": str(t0_monotonic_ns)})
    part = path.with_name(path.name + ".part")
    pq.write_table(table, part)
    part.rename(path)


def read_records(path: Path) -> pa.Table:
    """The table at `path`, with SCHEMA's columns."""
    return pq.read_table(path, schema=SCHEMA)
