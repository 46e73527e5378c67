"""What a statement of work may promise of one answer: a function a kind of assertion, made from the spec before the run.

What cannot be used (a schema, a module, a language code, a case without a label) is refused when the functions are made, not after the
answers are paid for.
"""

from ftbench.quality.assertions.answer import json_schema, label
from ftbench.quality.assertions.detected import language, no_disclosure, refuses
from ftbench.quality.assertions.function import python
from ftbench.quality.assertions.outcome import Judge, Outcome, Promise
from ftbench.quality.assertions.person import rated
from ftbench.quality.assertions.text import contains, contains_any, max_words, not_contains, pattern
from ftbench.quality.assertions.timing import latency_s

KINDS = {
    made.__name__: made
    for made in (
        label,
        contains,
        contains_any,
        not_contains,
        pattern,
        json_schema,
        language,
        max_words,
        latency_s,
        refuses,
        no_disclosure,
        rated,
        python,
    )
}


def judges(promise: Promise) -> list[Judge]:
    """One function for each assertion of the promise, in their order.

    Raises:
        InputError: an assertion that cannot be used, or a case without what it needs.
    """
    return [
        KINDS[assertion.kind](getattr(assertion, assertion.kind), promise, f"{promise.key}.assertions.{number}.{assertion.kind}")
        for number, assertion in enumerate(promise.criterion.assertions)
    ]


__all__ = ["KINDS", "Judge", "Outcome", "Promise", "judges"]
