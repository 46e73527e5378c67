"""Assertions that compare an answer with what is known to be right."""

from ftbench.errors import InputError
from ftbench.quality.assertions.outcome import Judge, Outcome, Promise
from ftbench.quality.cases import Case
from ftbench.quality.formats import read_schema, schema_errors, strict_json
from ftbench.quality.labels import normalise
from ftbench.quality.outputs import Output


def label(wanted: bool, promise: Promise, key: str) -> Judge:
    """The answer is the case's label, both after the criterion's `normalise`."""
    promise.refuse_without("label", f"{key} compares the answer with it.")
    steps = promise.criterion.normalise
    for case in promise.cases:
        if not normalise(case.label or "", steps):
            raise InputError(
                f"{promise.criterion.cases}, case {case.id!r}: the label {case.label!r} is empty after {promise.key}.normalise, "
                "as an empty answer is. Leave a step out."
            )

    def judge(case: Case, output: Output) -> Outcome:
        right = normalise(output.text, steps) == normalise(case.label or "", steps)
        return Outcome(right, "" if right else f"answered {output.text[:60]!r} instead of {case.label!r}")

    return judge


def json_schema(file: str, promise: Promise, key: str) -> Judge:
    """The answer is strict JSON that meets the schema."""
    schema = read_schema(promise.spec.path(file), key)

    def judge(case: Case, output: Output) -> Outcome:
        try:
            wrong = schema_errors(strict_json(output.text), schema)
        except ValueError as error:
            return Outcome(False, f"not JSON: {error}")
        return Outcome(not wrong, wrong[0] if wrong else "")

    return judge
