"""Records made by hand for the tests of the metrics room."""

import pyarrow as pa

from ftbench.load.records import SCHEMA
from ftbench.metrics.run_info import RunInfo, WorkerInfo
from ftbench.spec.load import Slo, Validity


def a_row(at: float, **changes: object) -> dict:
    """A request due at `at`: TTFT 0.1 s, 11 tokens at 0.01 s each, E2E 0.25 s."""
    row = {
        "scale": 1.0,
        "phase": "measured",
        "scheduled_s": at,
        "sent_s": at + 0.001,
        "first_token_s": at + 0.1,
        "last_token_s": at + 0.2,
        "done_s": at + 0.25,
        "status": "ok",
        "http_status": 200,
        "prompt_tokens": 5,
        "output_tokens": 11,
        "first_chunk_tokens": 1,
        "chunks": 11,
        "good": True,
        "worker": 0,
        "received_bytes": 1000,
        "token_count_source": "usage",
        "finish_reason": "length",
        "gaps_s": [0.01] * 10,
    }
    return {**row, **changes}


def failed(at: float, kind: str, **changes: object) -> dict:
    nothing = {
        "first_token_s": None,
        "last_token_s": None,
        "output_tokens": None,
        "first_chunk_tokens": None,
        "token_count_source": None,
        "gaps_s": [],
    }
    return a_row(at, status="error", error_kind=kind, good=False, **{**nothing, **changes})


def a_table(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist([{**row, "index": k} for k, row in enumerate(rows)], SCHEMA)


def an_info(**changes: object) -> RunInfo:
    fields = {
        "scale": 1,
        "arrivals": "constant",
        "requested_rate": 10,
        "warmup_s": 0,
        "measured_s": 10,
        "timeout_s": 5,
        "slo": Slo(ttft_s=0.5, attainment=0.95),
        "validity": Validity(),
        "t0_monotonic_ns": 1,
        "workers": [WorkerInfo(worker=0, cpu_share=0.2)],
    }
    return RunInfo(**{**fields, **changes})
