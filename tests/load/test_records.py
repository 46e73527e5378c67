import json

import pyarrow.parquet as pq
import pytest

from ftbench.load.records import SCHEMA, join_records, read_records, read_runs, write_records
from ftbench.metrics.run_info import RunInfo, WorkerInfo
from ftbench.spec.model import Slo, Validity


def write(path, scale: float, t0: int):
    info = RunInfo(
        scale=scale,
        arrivals="constant",
        requested_rate=scale,
        warmup_s=0,
        measured_s=2,
        timeout_s=1,
        slo=Slo(),
        validity=Validity(),
        t0_monotonic_ns=t0,
        workers=[WorkerInfo(worker=0)],
    )
    rows = [{"index": k, "scale": scale, "phase": "measured", "scheduled_s": k / 2, "status": "ok"} for k in range(3)]
    write_records(path, rows, t0_monotonic_ns=t0, runs=[info])
    return path


def test_scales_put_together_keep_their_own_rows_and_start_instants(tmp_path):
    parts = [write(tmp_path / f"{k}.parquet", k, 100 * k) for k in (1, 3, 10)]
    join_records(parts, tmp_path / "requests.parquet")
    runs = read_runs(tmp_path / "requests.parquet")
    assert [(info.scale, info.t0_monotonic_ns, len(table)) for info, table in runs] == [(1, 100, 3), (3, 300, 3), (10, 1000, 3)]
    assert all(set(table["scale"].to_pylist()) == {info.scale} for info, table in runs)


def test_two_runs_at_one_scale_are_refused_rather_than_mixed(tmp_path):
    with pytest.raises(ValueError, match="same scale"):
        join_records([write(tmp_path / "a", 1, 1), write(tmp_path / "b", 1, 2)], tmp_path / "c")


def test_the_file_carries_the_start_instant_and_leaves_no_part_behind(tmp_path):
    path = write(tmp_path / "requests.parquet", 1, 4711)
    metadata = pq.read_schema(path).metadata
    assert metadata[b"t0_monotonic_ns"] == b"4711" and len(json.loads(metadata[b"runs"])) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["requests.parquet"]
    assert read_records(path).column_names == SCHEMA.names
