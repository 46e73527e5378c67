import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftbench.load import records
from ftbench.load.records import SCHEMA, RecordWriter, join_records, read_records, read_runs, write_records
from ftbench.metrics.run_info import RunInfo, WorkerInfo
from ftbench.spec.load import Slo, Validity


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
    common = {"scale": scale, "phase": "measured", "status": "ok", "gaps_s": [0.5]}
    rows = [{"index": k, "scheduled_s": k / 2, **common} for k in range(3)]
    write_records(path, rows, t0_monotonic_ns=t0, runs=[info])
    return path


def test_scales_put_together_keep_their_own_rows_and_start_instants(tmp_path):
    parts = [write(tmp_path / f"{k}.parquet", k, 100 * k) for k in (1, 3, 10)]
    join_records(parts, tmp_path / "requests.parquet")
    runs = read_runs(tmp_path / "requests.parquet")
    assert [(info.scale, info.t0_monotonic_ns, len(table)) for info, table in runs] == [(1, 100, 3), (3, 300, 3), (10, 1000, 3)]
    assert all(set(table["scale"].to_pylist()) == {info.scale} for info, table in runs)
    assert all(table["gaps_s"].to_pylist() == [[0.5]] * 3 for _, table in runs)


def test_two_runs_at_one_scale_are_refused_rather_than_mixed(tmp_path):
    with pytest.raises(ValueError, match="same scale"):
        join_records([write(tmp_path / "a", 1, 1), write(tmp_path / "b", 1, 2)], tmp_path / "c")


def test_the_file_carries_the_start_instant_and_leaves_no_part_behind(tmp_path):
    path = write(tmp_path / "requests.parquet", 1, 4711)
    metadata = pq.read_schema(path).metadata
    assert metadata[b"t0_monotonic_ns"] == b"4711" and len(json.loads(metadata[b"runs"])) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["requests.parquet"]
    assert read_records(path).column_names == SCHEMA.names


def test_rows_that_ended_in_another_order_are_read_in_the_order_of_the_schedule(tmp_path):
    write_records(tmp_path / "r", [{"index": k, "scale": 1.0, "gaps_s": [k / 4] * k} for k in (3, 0, 2, 1)], t0_monotonic_ns=1)
    table = read_records(tmp_path / "r")
    assert table["index"].to_pylist() == [0, 1, 2, 3]
    assert table["gaps_s"].to_pylist() == [[], [0.25], [0.5, 0.5], [0.75, 0.75, 0.75]]


def test_groups_are_on_disk_before_the_end_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "GROUP_ROWS", 10)
    with RecordWriter(tmp_path / "r") as writer:
        for k in range(25):
            writer.add({"index": k, "scale": 1.0})
        begun = (tmp_path / "r.part").stat().st_size
        assert begun > 4 and not (tmp_path / "r").exists()
        writer.finish(1, [])
    assert read_records(tmp_path / "r")["index"].to_pylist() == list(range(25))
    assert pq.ParquetFile(tmp_path / "r").num_row_groups == 3


def test_long_answers_fill_a_group_before_it_has_many_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "GROUP_GAPS", 100)
    write_records(tmp_path / "r", [{"index": k, "gaps_s": [0.1] * 40} for k in range(9)], t0_monotonic_ns=1)
    assert pq.ParquetFile(tmp_path / "r").num_row_groups == 3


def test_a_run_that_is_broken_off_while_it_is_written_leaves_no_file_that_looks_whole(tmp_path):
    with pytest.raises(KeyboardInterrupt), RecordWriter(tmp_path / "r") as writer:
        writer.add({"index": 1})
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_from_before_a_column_existed_reads_it_as_null(tmp_path):
    old = pa.schema([field for field in SCHEMA if field.name not in ("conversation", "gaps_s")])
    pq.write_table(pa.Table.from_pylist([{"index": 1}, {"index": 0}], old), tmp_path / "r")
    table = read_records(tmp_path / "r")
    assert table.schema.equals(SCHEMA) and table["gaps_s"].to_pylist() == [None, None]
