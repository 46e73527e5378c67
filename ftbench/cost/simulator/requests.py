"""The rows of a load run as the simulator sees them: requests that came to the server, and what became of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ftbench.errors import InputError

FEWEST = 20
MOST_FAILED = 0.05  # requests that failed are not replayed, and what they took from the others is lost


class Requests(NamedTuple):
    """Answered requests in the order of their sending, arrays (n,); times [s] from the first one. `counted`: due in the measured window."""

    sent_s: np.ndarray
    first_s: np.ndarray
    last_s: np.ndarray
    done_s: np.ndarray
    prompts: np.ndarray
    outputs: np.ndarray
    first_chunk: np.ndarray
    counted: np.ndarray
    gaps: list[np.ndarray]  # of each request, between its chunks [s]; empty where they were not recorded

    @property
    def ttft_s(self) -> np.ndarray:
        return self.first_s - self.sent_s

    @property
    def e2e_s(self) -> np.ndarray:
        return self.done_s - self.sent_s

    @property
    def tpot_s(self) -> np.ndarray:
        """NaN where all tokens came at once."""
        later = self.outputs - self.first_chunk
        return np.divide(self.last_s - self.first_s, later, out=np.full(len(later), np.nan), where=later > 0)


def requests_of(columns: Mapping[str, np.ndarray]) -> Requests:
    """Latency runs from the *sending*: the load generator's own delay is no part of the server.

    Args:
        columns: of ftbench/load/records.py by name, each (rows,): sent_s, first_token_s, last_token_s, done_s, prompt_tokens,
            output_tokens, first_chunk_tokens; status, phase and gaps_s (arrays, or None) where there are any. Missing numbers are NaN.
    Raises:
        InputError: a column is missing, fewer than FEWEST requests were answered, or more than MOST_FAILED failed.
    """
    needed = ("sent_s", "first_token_s", "last_token_s", "done_s", "prompt_tokens", "output_tokens", "first_chunk_tokens")
    if absent := [name for name in needed if name not in columns]:
        raise InputError(f"The request records lack {', '.join(absent)}; a fit needs the columns of requests.parquet.")
    values = {name: np.asarray(columns[name], dtype=float) for name in needed}
    rows = len(values["sent_s"])
    ok = np.asarray(columns["status"]) == "ok" if "status" in columns else np.ones(rows, dtype=bool)
    ok = ok & np.all([np.isfinite(v) for v in values.values()], axis=0) & (values["output_tokens"] >= 1)
    n = int(ok.sum())
    if n < FEWEST:
        raise InputError(f"{n} requests of {rows} were answered; a fit needs {FEWEST} at least, so run longer.")
    if rows - n > MOST_FAILED * rows:
        raise InputError(
            f"{rows - n} of {rows} requests failed; step times need a run in which at most {MOST_FAILED:.0%} do: lower its rate."
        )
    measured = np.asarray(columns["phase"]) == "measured" if "phase" in columns else np.ones(rows, dtype=bool)
    order = np.flatnonzero(ok)[np.argsort(values["sent_s"][ok], kind="stable")]
    sent, first, last, done, prompts, outputs, chunk = (values[name][order] for name in needed)
    start = sent[0]
    return Requests(
        sent - start,
        first - start,
        last - start,
        done - start,
        prompts.astype(np.int64),
        outputs.astype(np.int64),
        chunk.astype(np.int64),
        measured[order],
        [_gaps(columns["gaps_s"][row]) for row in order] if "gaps_s" in columns else [np.empty(0)] * n,
    )


def _gaps(recorded: Iterable[float] | None) -> np.ndarray:
    return np.empty(0) if recorded is None else np.asarray(recorded, dtype=float)
