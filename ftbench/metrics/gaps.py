"""The time between one piece of a response and the next: ITL where each piece is a token, else ICL (inter-chunk latency)."""

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics import latency
from ftbench.metrics.summary import Latency
from ftbench.stats import grouped_quantiles, samples_to_certify

TOGETHER_S = 1e-4  # two pieces that are closer came in one read
OFTEN = 0.01


def describe_gaps(answered: pa.Table) -> tuple[Latency, Literal["ITL", "ICL"]]:
    """Quantiles over all gaps of all `answered` requests, not over a mean of each, and what such a gap may be called.

    The gaps of one response are alike, so the intervals and what the sample certifies are those of gaps grouped by response. Pieces that
    came in one read have a gap of 0: whether the server sent them together or the client read late cannot be told from the gaps, so their
    share is a note, and the verdict on the client is its own (validity).
    """
    kind = "ITL" if one_token_a_chunk(answered) else "ICL"
    lists = answered["gaps_s"].combine_chunks()
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    values = pc.list_flatten(lists).to_numpy(zero_copy_only=False)
    if len(values) == 0:
        return latency.nothing([]), kind
    found = dict(zip(latency.QUANTILES, grouped_quantiles(values, sizes, list(latency.QUANTILES.values())), strict=True))
    uncertified = {name: needed for name, q in latency.QUANTILES.items() if found[name].effective_n < (needed := samples_to_certify(q))}
    least = int(min(found[name].effective_n for name in uncertified)) if uncertified else 0
    notes = latency.too_few(uncertified, f"{len(values)} gaps that say as much as {least} independent ones")
    together = float((values < TOGETHER_S).mean())
    if together > OFTEN:
        notes.append(
            f"{together:.0%} of the gaps are 0: those pieces came in one read, sent together by the server or read late by the client"
        )
    return (
        Latency(
            n=len(values),
            mean_s=float(values.mean(dtype=np.float64)),
            **{f"{name}_s": of.value for name, of in found.items()},
            max_s=float(str(values.max())),
            ci={name: of.interval for name, of in found.items()},
            ci_confidence=latency.CI_CONFIDENCE,
            uncertified=uncertified,
            notes=notes,
        ),
        kind,
    )


def one_token_a_chunk(answered: pa.Table) -> bool:
    """Whether in every response with more than one piece each piece was one token, by a count that is not itself one of pieces."""
    several = answered.filter(pc.greater(answered["chunks"], 1))
    if len(several) == 0:
        return False
    counted = pc.not_equal(several["token_count_source"], "chunks")
    return pc.all(pc.and_(counted, pc.equal(several["output_tokens"], several["chunks"]))).as_py() is True
