"""A first look at requests while the run goes on, for the screen and to abort: quick, rough, and never reported."""

import math
import re

from ftbench.load.captures import Capture

TOKEN = re.compile(rb'"(?:content|reasoning_content|reasoning|text)": ?"[^"]')
STEP = 1.02  # width of a bucket: quantiles are within 2 %


def failed(capture: Capture) -> bool:
    """The connection failed, the status is not 200, or the stream's end is not there. Records look closer."""
    first, tail = (capture.blocks[0], b"".join(capture.blocks[-4:])) if capture.blocks else (b"", b"")
    return capture.failure is not None or first[9:12] != b"200" or (b"[DONE]" not in tail and b'"finish_reason"' not in tail)


def first_token_ns(capture: Capture) -> int | None:
    """When the first block with a token in it was read; None where none of the first eight has one."""
    return next((at for at, block in zip(capture.stamps_ns, capture.blocks[:8], strict=False) if TOKEN.search(block)), None)


class Histogram:
    """Counts of durations in buckets that grow by STEP, so that a long run needs no more memory than a short one."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._n = 0

    def add(self, seconds: float) -> None:
        bucket = math.ceil(math.log(max(seconds, 1e-6), STEP))
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self._n += 1

    def quantile(self, q: float) -> float | None:
        """Upper end of the bucket that holds the ceil(q n)-th duration [s]; None of none."""
        left = math.ceil(q * self._n)
        for bucket in sorted(self._counts):
            left -= self._counts[bucket]
            if left <= 0:
                return STEP**bucket
        return None
