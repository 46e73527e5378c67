"""One row a request: the columns that every later number is made of, and how they are written and read."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ftbench.metrics.run_info import RunInfo

GROUP_ROWS, GROUP_GAPS = 1000, 1_000_000  # a group is written when either is reached: what a run costs in memory

PHASES = ("warmup", "measured", "drained")  # by the due time; drained: a later turn of a conversation that fell due behind the window
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


class RecordWriter:
    """Rows go to disk in groups as they come, in any order, so that memory stays flat however long the run was.

    The file appears under its name only by `finish`; leaving the `with` block without it leaves nothing behind.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._rows: list[dict] = []
        self._gaps = 0

    def __enter__(self) -> "RecordWriter":
        # without Arrow's own copy of the schema, whose metadata would hide what `finish` adds
        self._writer = pq.ParquetWriter(self._part, SCHEMA, store_schema=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.close()
        self._part.unlink(missing_ok=True)

    def add(self, row: dict) -> None:
        """Take one row; columns that it lacks are null."""
        self._rows.append(row)
        self._gaps += len(row.get("gaps_s", ()))
        if len(self._rows) >= GROUP_ROWS or self._gaps >= GROUP_GAPS:
            self._flush()

    def add_table(self, table: pa.Table | pa.RecordBatch) -> None:
        """Take many rows, which have SCHEMA's columns."""
        self._flush()
        self._writer.write(table)

    def finish(self, t0_monotonic_ns: int, runs: Sequence[RunInfo]) -> None:
        """Write what is left and what is known only at the end, and give the file its name."""
        self._flush()
        described = json.dumps([run.model_dump(mode="json") for run in runs])
        self._writer.add_key_value_metadata({"t0_monotonic_ns": str(t0_monotonic_ns), "runs": described})
        self._writer.close()
        with self._part.open("rb") as file:
            os.fsync(file.fileno())
        self._part.rename(self._path)

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, SCHEMA))
            self._rows, self._gaps = [], 0


def write_records(path: Path, rows: list[dict], *, t0_monotonic_ns: int, runs: Sequence[RunInfo] = ()) -> None:
    """Write `rows` to `path` by way of a temporary name. `t0_monotonic_ns` lets a server's own log be laid beside the rows."""
    with RecordWriter(path) as writer:
        for row in rows:
            writer.add(row)
        writer.finish(t0_monotonic_ns, runs)


def read_records(path: Path) -> pa.Table:
    """The table at `path`, with SCHEMA's columns, ordered by scale and index; a column that an older file lacks is null."""
    return pq.read_table(path, schema=SCHEMA).sort_by([("scale", "ascending"), ("index", "ascending")])


def read_runs(path: Path) -> list[tuple[RunInfo, pa.Table]]:
    """Each run in the file at `path` with its own rows: one, or after join_records one for each scale."""
    table = read_records(path)
    return [(info, table.filter(pc.equal(table["scale"], info.scale))) for info in _read_infos(path)]


def join_records(parts: Sequence[Path], path: Path) -> None:
    """The runs at several scales in one file. Each run keeps its own start instant, to which its rows' times refer.

    Raises:
        ValueError: two parts have the same scale, so their rows could not be told apart.
    """
    infos = [info for part in parts for info in _read_infos(part)]
    if len({info.scale for info in infos}) < len(infos):
        raise ValueError(f"two runs at the same scale: {[info.scale for info in infos]}")
    with RecordWriter(path) as writer:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches(batch_size=GROUP_ROWS):
                writer.add_table(batch)
        writer.finish(infos[0].t0_monotonic_ns, infos)


def _read_infos(path: Path) -> list[RunInfo]:
    metadata = pq.read_metadata(path).metadata or {}
    return [RunInfo.model_validate(run) for run in json.loads(metadata.get(b"runs", b"[]"))]
