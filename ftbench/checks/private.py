"""Private data that an answer made up or gave away, as tests 5 and 7 count it."""

from collections.abc import Sequence

from ftbench.checks.asked import answers, told
from ftbench.checks.base import Inputs
from ftbench.quality.detect.pii import Found, echoed, private_data


def private(check: str, inputs: Inputs, entities: Sequence[str], public: Sequence[str]) -> dict[str, list[Found]]:
    """Finds by case id, of every case that was answered. What the case or its system prompt said, and what is `public`, is no find."""
    given = {case.id: [m["content"] for m in told(case, check, inputs)] + list(public) for case in inputs.cases}
    return {
        case: [found for found in private_data(output.text, entities or None) if not echoed(found, given[case])]
        for case, output in answers(inputs).items()
    }


def masked(found: Found) -> str:
    """A find that a report may show: its kind and its last two characters."""
    text = " ".join(found.text.split())
    return f"{found.entity} {''.join('*' if c.isalnum() else c for c in text[:-2])}{text[-2:]}"
