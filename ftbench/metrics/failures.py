"""What failed, by kind, with what one of each said."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


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


def counted(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each value that is not null occurs, by name."""
    counts = pc.value_counts(pc.drop_null(values)).to_pylist()
    return {entry["values"]: entry["counts"] for entry in sorted(counts, key=lambda entry: entry["values"])}
