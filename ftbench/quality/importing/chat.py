"""Chats in the OpenAI form (and ShareGPT's), whose last assistant turn is the right answer."""

import json
from collections.abc import Mapping
from typing import Any

from ftbench.errors import InputError
from ftbench.quality.importing.rows import Row
from ftbench.quality.training_texts import content_text

ANSWER = "assistant"  # the column that the last assistant turn becomes
_SHAREGPT = {"human": "user", "gpt": "assistant", "system": "system", "user": "user", "assistant": "assistant"}


def unfold(rows: list[Row]) -> list[Row]:
    """Rows with `messages` (or `conversations`): the last assistant turn in a column of its own, and `prompt` where all are one user turn.

    Raises:
        InputError: no chat, a turn that is no text, no turn of a user before the answer.
    """
    unfolded = [_unfolded(row) for row in rows]
    chats = [row.values.get("messages") for row in unfolded]
    if not all(chat is not None and len(chat) == 1 for chat in chats) or any("prompt" in row.values for row in unfolded):
        return unfolded
    return [Row(row.where, {"prompt": row.values.pop("messages")[0]["content"], **row.values}) for row in unfolded]


def _unfolded(row: Row) -> Row:
    column = next((name for name in ("messages", "conversations") if name in row.values), None)
    if column is None:
        return row
    turns = [_turn(turn, row.where) for turn in _turns(row.values[column], row.where)]
    values = {name: value for name, value in row.values.items() if name != column}
    if turns and turns[-1]["role"] == "assistant":
        if ANSWER in values:
            raise InputError(f"{row.where}: there is a column {ANSWER!r} beside the chat. Rename it.")
        values[ANSWER] = turns.pop()["content"]
    if not turns or turns[-1]["role"] != "user":
        raise InputError(f"{row.where}: before the answer there must be a turn of the user. A case is what a model is asked.")
    return Row(row.where, {"messages": turns, **values})


def _turns(found: Any, where: str) -> list[Any]:
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, list):
        raise InputError(f'{where}: the chat is no list of {{"role": ..., "content": ...}}.')
    return found


def _turn(turn: Any, where: str) -> dict[str, str]:
    if isinstance(turn, Mapping) and "from" in turn and "value" in turn:
        turn = {"role": _SHAREGPT.get(str(turn["from"]), str(turn["from"])), "content": turn["value"]}
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise InputError(f'{where}: a message needs the form {{"role": ..., "content": ...}}.')
    if turn.get("tool_calls") or turn["role"] not in ("system", "developer", "user", "assistant"):
        raise InputError(f"{where}: a chat with tools or functions (role {turn['role']}) cannot become a case. Take it out.")
    return {"role": turn["role"], "content": content_text(turn.get("content"), where)}
