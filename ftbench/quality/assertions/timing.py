"""Assertion on the time that an answer took."""

from ftbench.quality.assertions.outcome import Judge, Outcome, Promise
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output


def latency_s(most: float, promise: Promise, key: str) -> Judge:
    """The whole answer within `most` seconds, at the concurrency at which the test sets were asked. A promise on traffic is `load`."""

    def judge(case: Case, output: Output) -> Outcome:
        ok = output.latency_s <= most
        return Outcome(
            ok, "" if ok else f"took {output.latency_s:.3g} s at {output.concurrency} concurrent requests, at most {most:g} s agreed"
        )

    return judge
