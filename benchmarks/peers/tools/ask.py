"""What every tool is asked for, and what each is taken to have said."""

from pathlib import Path
from typing import NamedTuple


class Ask(NamedTuple):
    """Either `rate` [requests/s] or `concurrency`. `requests`: about how many that is, for tools that count instead of looking at a clock.

    `root` is the URL without /v1; `environment` the tool's virtual environment; `tokenizer` a folder; `folder` where the tool may write.
    """

    root: str
    environment: Path
    tokenizer: Path
    folder: Path
    tokens: int
    seconds: float
    requests: int
    rate: float | None = None
    arrivals: str = "poisson"
    concurrency: int | None = None
    closed_as: int = 1  # how many users make about `rate`, for a tool without a rate


class Told(NamedTuple):
    """Seconds; keys such as "p50". None where the tool does not say it.

    `itl` are gaps between single events where `itl_is` is "gaps", else means of whole requests under that name. `verdict` is what the tool
    says of its own measurement.
    """

    n: int
    failed: int
    ttft: dict[str, float | None]
    tpot: dict[str, float | None]
    itl: dict[str, float | None] = {}
    itl_is: str = "gaps"
    verdict: str = "none"


def told_in_ms(numbers: dict, names: dict[str, str]) -> dict[str, float | None]:
    """Of a tool's own dictionary [ms], the `names` (ours to theirs) in seconds."""
    return {ours: numbers[theirs] / 1e3 if numbers.get(theirs) is not None else None for ours, theirs in names.items()}


SAME = {name: name for name in ("p50", "p95", "p99")}
