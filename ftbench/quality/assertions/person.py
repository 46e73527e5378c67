"""Assertion that only a person can judge, such as the voice of a brand."""

from ftbench.quality.assertions.outcome import Judge, Outcome, Promise
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output


def rated(question: str, promise: Promise, key: str) -> Judge:
    """A person answers `question` with yes."""

    def judge(case: Case, output: Output) -> Outcome:
        return Outcome(None, "", question)

    return judge
