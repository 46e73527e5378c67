"""What failed, by kind, with what one of each said."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics.run_info import RunInfo


def describe_failures(measured: pa.Table) -> dict[str, Any]:
    """{"errors": number by kind, "error_shares": of all requests, "error_samples": text by kind, "retry_after_max_s"}."""
    failed = measured.filter(pc.equal(measured["status"], "error"))
    errors = counted(failed["error_kind"])
    first: dict[str, str] = {}
    for kind in errors:
        said = pc.drop_null(failed.filter(pc.equal(failed["error_kind"], kind))["error_sample"])
        first[kind] = next((text for text in said.slice(0, 20).to_pylist() if text), "")
    return {
        "errors": errors,
        "error_shares": {kind: n / len(measured) for kind, n in errors.items()},
        "error_samples": {kind: text for kind, text in first.items() if text},
        "retry_after_max_s": pc.max(failed["retry_after_s"]).as_py(),
    }


def kept_back(records: pa.Table, info: RunInfo) -> np.ndarray:
    """Which requests were dropped on purpose, at a declared cap, shape (rows,): by a load process that came to its end and saw them due."""
    if info.in_flight_cap is None:
        return np.zeros(len(records), dtype=bool)
    broken = pa.array([w.worker for w in info.workers if w.lost or w.aborted], pa.int32())
    dropped = pc.and_(pc.is_null(records["sent_s"]), pc.equal(pc.fill_null(records["error_kind"], ""), "dropped"))
    return pc.and_(dropped, pc.invert(pc.is_in(records["worker"], broken))).to_numpy()


def counted(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each value that is not null occurs, by name."""
    counts = pc.value_counts(pc.drop_null(values)).to_pylist()
    return {entry["values"]: entry["counts"] for entry in sorted(counts, key=lambda entry: entry["values"])}
