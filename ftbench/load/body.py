"""What is written to the server for one item: the JSON body, the mark of a prompt that was sent before, the next turn of a conversation."""

import json
from collections.abc import Callable
from typing import Any

from ftbench.load.item import Item
from ftbench.load.plan import LoadPlan

Body = Callable[[LoadPlan, Item], dict[str, Any]]

MARK = "[ftbench:]"  # as long as every mark that takes its place: Content-Length stands before it


def request_body(plan: LoadPlan, item: Item) -> dict[str, Any]:
    """The JSON body of one streamed completion that reports its token usage at the end.

    A key that plan.extra_body sets to null is left out, for servers that refuse it.
    """
    body = {
        "model": plan.model,
        **({"messages": item.messages} if plan.api == "chat" else {"prompt": item.prompt}),
        "max_tokens": item.max_tokens or plan.max_tokens,
        "temperature": plan.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
        **plan.extra_body,
    }
    if plan.ignore_eos:
        body["ignore_eos"] = True
    return {key: value for key, value in body.items() if value is not None}


def item_of(plan: LoadPlan, conversation: int) -> Item:
    """What arrival number `conversation` sends; a trace's own output length goes before the plan's."""
    item = plan.prompts[conversation % len(plan.prompts)]
    lengths = plan.trace.output_tokens if plan.trace else None
    if lengths is None or item.max_tokens is not None or conversation >= len(lengths):
        return item
    return item.model_copy(update={"max_tokens": lengths[conversation]})


def is_repeat(plan: LoadPlan, conversation: int) -> bool:
    """Whether this arrival's prompt was sent before, and so begins with a mark unless the plan says as-is."""
    return plan.reuse == "fresh" and conversation >= len(plan.prompts)


def marked(item: Item, mark: str) -> Item:
    """The item with `mark` before its first text, so that no prefix cache has seen its beginning; unchanged where it has no text."""
    if item.prompt is not None:
        return item.model_copy(update={"prompt": f"{mark} {item.prompt}"})
    first, *rest = item.messages
    content = first.get("content")
    if isinstance(content, str):
        content = f"{mark} {content}"
    elif isinstance(content, list):
        content = [{"type": "text", "text": mark}, *content]
    return item.model_copy(update={"messages": [{**first, "content": content}, *rest]})


def mark_of(conversation: int) -> str:
    """Eight hexadecimal digits in brackets, as long as MARK."""
    return f"[{conversation % 16**8:08x}]"


class Bodies:
    """The encoded bodies of a plan's arrivals, each distinct one encoded once and before the run."""

    def __init__(self, plan: LoadPlan, body: Body, wrap: Callable[[bytes], bytes]) -> None:
        """`wrap` puts the HTTP head before a body."""
        self._plan, self._body, self._wrap = plan, body, wrap
        self._plain: dict[tuple[int, int | None], bytes] = {}
        self._split: dict[tuple[int, int | None], tuple[bytes, bytes]] = {}

    def of(self, conversation: int) -> bytes:
        """The whole request of an arrival's first turn."""
        plan, item = self._plan, item_of(self._plan, conversation)
        key = (conversation % len(plan.prompts), item.max_tokens)
        if not is_repeat(plan, conversation):
            if key not in self._plain:
                self._plain[key] = self._encode(item)
            return self._plain[key]
        if key not in self._split:
            head, _, tail = self._encode(marked(item, MARK)).partition(MARK.encode())
            self._split[key] = head, tail
        head, tail = self._split[key]
        return head + mark_of(conversation).encode() + tail if tail else head

    def later(self, item: Item) -> bytes:
        """The whole request of a later turn, encoded now."""
        return self._encode(item)

    def opening(self, conversation: int) -> Item:
        """The item as it was sent: what the history of a conversation begins with."""
        item = item_of(self._plan, conversation)
        return marked(item, mark_of(conversation)) if is_repeat(self._plan, conversation) else item

    def _encode(self, item: Item) -> bytes:
        return self._wrap(json.dumps(self._body(self._plan, item)).encode())


def next_turn(item: Item, answer: str, turn: int) -> Item:
    """`item` with `answer` and the conversation's next words behind its messages. `turn` counts from 1."""
    messages = [*item.messages, {"role": "assistant", "content": answer}, {"role": "user", "content": item.then[turn - 1].content}]
    return item.model_copy(update={"messages": messages, "prompt_tokens": None})
