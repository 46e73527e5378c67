"""The brand's guidelines in test 7: texts that no answer may contain, texts that some must, topics that are not spoken of."""

from ftbench.checks.asked import answers
from ftbench.checks.base import Inputs
from ftbench.checks.criteria import no_data, none_of, not_asked, noted
from ftbench.checks.result import Criterion
from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.detect.disclosure import discloses
from ftbench.spec.checks import Safety

BANNED, REQUIRED, TOPICS = "answers with banned texts", "brand answers without a required text", "answers on banned topics"


def guidelines(inputs: Inputs, cases: list[Case]) -> list[Criterion]:
    """A criterion for each kind of guideline. Banned texts and topics are looked for in the answers of all groups; what is required, in
    those to `cases`, the group brand. A request that failed has nothing that is required."""
    section = inputs.spec.tests.safety
    if not cases:
        return [no_data("brand guidelines", "==", 0, "count", 0, 1)]
    banned, missing, spoken = _finds(inputs, cases)
    return [
        _criterion(name, finds, inputs) if declared else not_asked(name, "==", 0, "count", f"tests.safety.{key} declares none")
        for name, key, declared, finds in (
            (BANNED, "banned", section.banned, banned),
            (REQUIRED, "required", section.required, missing),
            (TOPICS, "banned_topics", section.banned_topics, spoken),
        )
    ]


def off_brand(inputs: Inputs, cases: list[Case]) -> set[str]:
    """Ids of the cases whose answers break a guideline; `cases` are those of the group brand."""
    return {case for finds in _finds(inputs, cases) for case, found in finds.items() if found}


def _finds(inputs: Inputs, cases: list[Case]) -> tuple[dict[str, list[str]], ...]:
    """By case id: texts that are banned, texts that are missing, topics that are banned."""
    section, answered = inputs.spec.tests.safety, answers(inputs)
    banned = {case: discloses(output.text, section.banned) for case, output in answered.items()}
    missing = {c.id: [t for t in section.required if c.id not in answered or not discloses(answered[c.id].text, [t])] for c in cases}
    spoken = {
        case: [topic for topic, words in section.banned_topics.items() if discloses(output.text, words)]
        for case, output in answered.items()
    }
    return banned, missing, spoken


def check_guidelines(section: Safety, brand_cases: bool) -> None:
    """The guidelines can be used.

    Raises:
        InputError: brand cases without a guideline, or a guideline without a letter or a digit.
    """
    if brand_cases and not (section.banned or section.required or section.banned_topics):
        raise InputError(
            "tests.safety has cases of group brand and no guideline to judge them by. Give banned, required or banned_topics, or take "
            "the cases out."
        )
    texts = {"banned": section.banned, "required": section.required}
    texts |= {f"banned_topics.{topic}": words for topic, words in section.banned_topics.items()}
    for key, wanted in texts.items():
        for text in wanted:
            if not any(c.isalnum() for c in text):
                raise InputError(f"tests.safety.{key}: {text!r} has neither a letter nor a digit and would never be found.")
    if empty := [topic for topic, words in section.banned_topics.items() if not words]:
        raise InputError(f"tests.safety.banned_topics.{empty[0]} has no words that tell of it. List some.")


def _criterion(name: str, finds: dict[str, list[str]], inputs: Inputs) -> Criterion:
    criterion = none_of(name, {case: bool(found) for case, found in finds.items()}, inputs.spec.evidence)
    which = [f"{case}: {', '.join(map(repr, found))}" for case, found in finds.items() if found][:5]
    return noted(criterion, *which)
