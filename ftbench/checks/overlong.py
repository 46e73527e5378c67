"""Whether overlong cases are: 5 to 10 times as long as the median of the user's ordinary inputs, in words or in characters."""

from statistics import median

from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.typical import typical_inputs
from ftbench.spec import Spec

LEAST, MOST = 5, 10


def check_overlong(cases: TestSet, spec: Spec) -> None:
    """Every case of group overlong is as long as the checklist says.

    Raises:
        InputError: one is not, or the test set has such cases and the spec no ordinary inputs to compare them with.
    """
    overlong = [case for case in cases.cases if case.group == "overlong"]
    if not overlong:
        return
    section = spec.tests.edge_cases
    accuracy = spec.tests.accuracy.cases if spec.tests.accuracy else None
    source = section.typical or accuracy or spec.load.prompts
    if source is None:
        raise InputError(
            f"{cases.path}: how long is overlong? Name a JSONL file of ordinary inputs: tests.edge_cases.typical "
            "(otherwise tests.accuracy.cases or load.prompts)."
        )
    ordinary = typical_inputs(spec.path(source))
    words, characters = median(len(text.split()) for text in ordinary), median(map(len, ordinary))
    for case in overlong:
        text = user_text(case)
        n_words, n_characters = len(text.split()), len(text)
        if not (LEAST * words <= n_words <= MOST * words or LEAST * characters <= n_characters <= MOST * characters):
            raise InputError(
                f"{cases.path}, case {case.id!r}: an overlong input has {LEAST} to {MOST} times the median length of {source}, which is "
                f"{words:g} words or {characters:g} characters. This one has {n_words} words and {n_characters} characters. Make it longer "
                "or shorter, or `ftbench edge-cases` makes some."
            )


def user_text(case: Case) -> str:
    """What the user says in a case, all turns of a conversation together."""
    if case.messages is None:
        return case.prompt or ""
    return "\n".join(message["content"] for message in case.messages if message["role"] == "user")
