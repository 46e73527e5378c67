"""How often a detector is right, measured on texts with known truth that it was not tuned on."""

import json
from functools import cache
from importlib import resources
from typing import Any, NamedTuple


class Share(NamedTuple):
    """`count` of `n`, and the two-sided exact 95 % interval of the rate; no rate where n is 0."""

    count: int
    n: int
    rate: float | None
    low: float
    high: float

    def __str__(self) -> str:
        return "no case" if self.rate is None else f"{self.rate:.2f} [{self.low:.2f}, {self.high:.2f}] (n = {self.n})"


class Figures(NamedTuple):
    """Of one detector, on the test half of its labelled cases.

    `sensitivity`: of the cases that have what it looks for, the share found. `specificity`: of the cases that have not, the share passed.
    A case that the detector leaves undetermined counts against both; `undetermined` is the share of all `n` cases that went to a person so,
    `missed` and `false_alarms` the shares of the first and the second kind decided the opposite way, which nobody would look at again;
    `wrong` is both together, of all that it decided and that can be decided.
    """

    detector: str
    finds: str
    n: int
    sensitivity: Share
    specificity: Share
    undetermined: Share
    missed: Share
    false_alarms: Share
    wrong: Share

    def __str__(self) -> str:
        return f"sensitivity {self.sensitivity}, specificity {self.specificity} on labelled test cases"

    def sentence(self) -> str:
        """For a note in a report."""
        return f"detector of {self.finds}: {self}"


def figures(detector: str) -> Figures:
    """The committed figures of `detector` ("refusal", "unknown" ...).

    Raises:
        KeyError: a detector that was not measured.
    """
    found = _committed()[detector]
    shares = {name: Share(**found[name]) for name in ("sensitivity", "specificity", "undetermined", "missed", "false_alarms", "wrong")}
    return Figures(detector, found["finds"], found["n"], **shares)


def measured() -> list[str]:
    """Names of the detectors that have figures."""
    return list(_committed())


@cache
def _committed() -> dict[str, Any]:
    return json.loads((resources.files(__package__) / "figures.json").read_text(encoding="utf-8"))["detectors"]
