"""Who decides whether an answer invents: the screens of claims, then the entailment model, then the judge; people before all of them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from ftbench.checks.asked import answers, question, shown, told
from ftbench.checks.base import Inputs
from ftbench.quality.cases import Case
from ftbench.quality.claims import Sentence, assess
from ftbench.quality.detect.unknown import says_unknown
from ftbench.quality.judge.question import Question
from ftbench.quality.nli import Entailment, entailments
from ftbench.quality.ratings import ReviewItem, decided

HIGH_STAKES = ("legal", "medical", "financial")
INVENTED, GROUNDED, SAYS_UNKNOWN = "invented fact", "no invented fact", "says that it does not know"
ASKS = "Does the answer state a fact that its source (and the question itself) does not hold?"

By = Literal["no answer", "people", "the screen of claims", "the entailment model", "the judge"]


class Decision(NamedTuple):
    """`invented` None: nobody could say yet. `why` is about a sentence that was found wrong, or that is open."""

    invented: bool | None
    by: By | None
    why: str = ""


def decisions(inputs: Inputs) -> dict[str, Decision]:
    """By case id. A request that failed counts as invented: what it would have said nobody can vouch for."""
    answered, asked, left = answers(inputs), items(inputs), _left(inputs)
    found: dict[str, Decision] = {}
    for case in inputs.cases:
        if case.id not in answered:
            found[case.id] = Decision(True, "no answer", "the request failed")
        elif rating := decided(asked[case.id], inputs.ratings):
            found[case.id] = Decision(rating == INVENTED, "people")
        else:
            found[case.id] = _by_judge(left[case.id], case.id, inputs) if isinstance(left[case.id], list) else left[case.id]
    return found


def says_that_unknown(inputs: Inputs, found: Mapping[str, Decision]) -> dict[str, bool | None]:
    """Whether the model said that it does not know, by id of each unanswerable case; None where only a person can say.

    The detector's yes is taken. Its no is taken where the answer invents, is empty or never came: other words for "I do not know" exist.
    """
    answered, asked = answers(inputs), items(inputs)

    def one(case: Case) -> bool | None:
        if case.id not in answered or not answered[case.id].text.strip():
            return False
        if rating := decided(asked[case.id], inputs.ratings):
            return rating == SAYS_UNKNOWN
        return says_unknown(answered[case.id].text) or (False if found[case.id].invented else None)

    return {case.id: one(case) for case in inputs.cases if not case.answerable}


def open_questions(inputs: Inputs) -> list[Question]:
    """For the judge: is the sentence in the source? One question for each sentence that is left open."""
    cases, left = {case.id: case for case in inputs.cases}, _left(inputs)
    return [
        Question(
            _question_id(case, part),
            "support",
            shown(cases[case], "hallucination", inputs),
            part.text,
            source=_material(cases[case], inputs),
        )
        for case, parts in left.items()
        if isinstance(parts, list)
        for part in parts
    ]


def items(inputs: Inputs) -> dict[str, ReviewItem]:
    """What a person can be asked about each answer, by case id."""
    answered = answers(inputs)
    return {
        case.id: question(
            "hallucination",
            case,
            "facts",
            ASKS if case.answerable else f"{ASKS} The source does not hold what was asked for: the model should say that it does not know.",
            (GROUNDED, INVENTED) if case.answerable else (SAYS_UNKNOWN, GROUNDED, INVENTED),
            answered[case.id],
            inputs,
        ).model_copy(update={"source": case.source})
        for case in inputs.cases
        if case.id in answered
    }


def domain(case: Case, inputs: Inputs) -> str:
    """The case's own, else that of the test."""
    return case.domain or inputs.spec.tests.hallucination.domain


def _left(inputs: Inputs) -> dict[str, Decision | list[Sentence]]:
    """After screens and model, for each answer: a decision, or the sentences that are still open."""
    section, answered = inputs.spec.tests.hallucination, answers(inputs)
    screened = {
        case.id: _screened(
            assess(answered[case.id].text, case.source or "", _said(case, inputs)),
            count=section.unsupported == "count",
            clears=domain(case, inputs) not in HIGH_STAKES or says_unknown(answered[case.id].text),
        )
        for case in inputs.cases
        if case.id in answered
    }
    if section.nli_model is None:
        return screened
    material = {case.id: _material(case, inputs) for case in inputs.cases}
    pairs = tuple((material[case], part.text) for case, parts in screened.items() if isinstance(parts, list) for part in parts)
    said = dict(zip(pairs, _entailments(pairs, str(inputs.spec.path(section.nli_model))), strict=True))
    return {
        case: _by_model(parts, {p.number: said[material[case], p.text] for p in parts}, section.nli_threshold)
        if isinstance(parts, list)
        else parts
        for case, parts in screened.items()
    }


def _screened(parts: list[Sentence], *, count: bool, clears: bool) -> Decision | list[Sentence]:
    """`clears` False: words that all stand in the source may still say what it does not; where stakes are high they clear no answer."""
    wrong = [part for part in parts if part.verdict == "unsupported"]
    if wrong and count:
        return Decision(True, "the screen of claims", wrong[0].why)
    left = [part for part in parts if part.verdict != "supported" or not clears]
    return left or Decision(False, "the screen of claims")


def _by_model(parts: list[Sentence], said: dict[int, Entailment], threshold: float) -> Decision | list[Sentence]:
    left = [part for part in parts if said[part.number].entailment < threshold]
    for part in left:
        if said[part.number].contradiction >= threshold:
            return Decision(True, "the entailment model", f"the source contradicts {part.text[:120]!r}")
    return left or Decision(False, "the entailment model")


def _by_judge(parts: list[Sentence], case: str, inputs: Inputs) -> Decision:
    calibration = inputs.calibration.get("support")
    if not inputs.spec.tests.hallucination.judge or calibration is None or not calibration.may_gate:
        return Decision(None, None, parts[0].why)
    opinions = [inputs.opinions.get(_question_id(case, part)) for part in parts]
    choices = [opinion.choice if opinion else None for opinion in opinions]
    if "unsupported" in choices:
        return Decision(True, "the judge", f"the judge finds no support for {parts[choices.index('unsupported')].text[:120]!r}")
    return Decision(None, None, parts[0].why) if None in choices else Decision(False, "the judge")


@lru_cache(maxsize=4)
def _entailments(pairs: tuple[tuple[str, str], ...], folder: str) -> list[Entailment]:
    """Kept, because criteria, questions and review all need the same."""
    return entailments(pairs, folder)


def _question_id(case: str, part: Sentence) -> str:
    return f"hallucination/{case}/{part.number}"


def _said(case: Case, inputs: Inputs) -> str:
    """What the model was told beside the source; it may repeat that. Its own earlier turns are no source."""
    return "\n".join(m["content"] for m in told(case, "hallucination", inputs) if m["role"] != "assistant")


def _material(case: Case, inputs: Inputs) -> str:
    return f"{case.source}\n{_said(case, inputs)}"
