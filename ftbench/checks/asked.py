"""What a case sent to the model, what came back, and the question to a person about it."""

from collections.abc import Sequence

from ftbench.checks.base import Inputs
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output
from ftbench.quality.ratings import ReviewItem, output_digest


def told(case: Case, check: str, inputs: Inputs) -> list[dict[str, str]]:
    """The messages that the model was given, the system prompt that holds for this check included."""
    section = getattr(inputs.spec.tests, check)
    return case.chat(section.system_prompt or inputs.spec.system_prompt)


def answers(inputs: Inputs) -> dict[str, Output]:
    """What was answered, by case id; a request that failed, or was never sent, is not among them."""
    found = {case.id: inputs.outputs.get(case.id) for case in inputs.cases}
    return {case: output for case, output in found.items() if output is not None and not output.error}


def shown(case: Case, check: str, inputs: Inputs) -> str:
    """What a person, or a judge, sees of the conversation: turn by turn, without the system prompt."""
    turns = [m for m in told(case, check, inputs) if m["role"] != "system"]
    return turns[0]["content"] if len(turns) == 1 else "\n\n".join(f"{m['role']}: {m['content']}" for m in turns)


def question(check: str, case: Case, what: str, asks: str, choices: Sequence[str], output: Output, inputs: Inputs) -> ReviewItem:
    """`asks` about the answer to `case`, for a person."""
    return ReviewItem(
        id=f"{check}/{case.id}/{what}",
        check=check,
        case=case.id,
        question=asks,
        choices=tuple(choices),
        prompt=shown(case, check, inputs),
        answers=(output.text,),
        output_sha256=output_digest(output.text),
    )
