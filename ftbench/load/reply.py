"""What a server said, as far as it can be understood. Light: a load process needs it between the turns of a conversation."""

from ftbench.load.captures import Capture
from ftbench.load.problem import find_problem
from ftbench.load.response import Response, decode
from ftbench.load.tokens import Answer, Recount, read_answer


def understood(capture: Capture, recount: Recount | None) -> tuple[Response, Answer]:
    """The response to a request, and the answer in it; an empty one where there was no stream.

    Args:
        recount: counts the tokens of a stream whose server does not (tokens.read_answer).
    """
    response = decode(capture.blocks, capture.stamps_ns)
    streamed = response.head is not None and response.head.status == 200
    return response, read_answer(response.events, recount) if streamed else Answer()


def answer_text(capture: Capture) -> str | None:
    """What the assistant said, without its reasoning: the next turn of a conversation holds it. None where the request failed."""
    response, answer = understood(capture, None)
    return None if find_problem(capture, response, answer) else answer.text
