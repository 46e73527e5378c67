"""The user's own prompts: a JSONL file becomes items, or one sentence with the line that cannot be sent."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ftbench.errors import InputError
from ftbench.load.item import Item, Turn
from ftbench.text_file import read_text

Api = Literal["chat", "completions"]
INPUTS = ("prompt", "messages", "turns")
MOST_THINKING_S = 86_400.0


class Prompts(NamedTuple):
    """Items and where each was read, such as "traffic.jsonl, line 3". `name` is what a report calls them all together."""

    name: str
    items: list[Item]
    where: list[str]


def read_prompts(path: Path, api: Api = "chat", system_prompt: str | None = None) -> Prompts:
    """The prompts at `path`, an object a line with one of `prompt`, `messages`, `turns`, and perhaps `max_tokens` and `id`.

    Other keys are left alone, so that a test set will do. `system_prompt` goes before a `prompt` and `turns`; `messages` are sent as they
    are, and a text completion takes none.

    Raises:
        InputError: no such file, a line that is no JSON object, that has no input or two, an empty one or one of a wrong type, a
            conversation for the completions API, or no prompt at all.
    """
    text = read_text(path, "the file with the prompts of the load run")
    items, where = [], []
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: U+2028 inside a string is no end of line
        if line.strip():
            where.append(f"{path.name}, line {number}")
            items.append(_item(where[-1], _object(where[-1], line), api, system_prompt))
    if not items:
        raise InputError(f'{path} holds no prompt. Write at least one line like {{"prompt": "Where is my parcel?"}}.')
    return Prompts(path.name, items, where)


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        data = json.loads(line, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError(f"{where}: half of a surrogate pair (\\ud800 to \\udfff) stands for no character. Correct the text.") from None
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{where}: this is not JSON: {what}. Every line must be one JSON object.") from None
    if not isinstance(data, dict):
        raise InputError(f'{where}: this is no JSON object like {{"prompt": "Where is my parcel?"}}.')
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} is given twice")
    return data


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")


def _item(where: str, data: Mapping[str, Any], api: Api, system_prompt: str | None) -> Item:
    given = [name for name in INPUTS if data.get(name) is not None]
    if len(given) != 1:
        what = f"both `{given[0]}` and `{given[1]}`" if given else "no prompt"
        raise InputError(f"{where}: there is {what}. Give one of `prompt`, `messages` and `turns`.")
    if api == "completions" and given != ["prompt"]:
        raise InputError(f"{where}: `{given[0]}` is a chat, and the completions API takes a text. Give `prompt`, or use the chat API.")
    _check_id(where, data.get("id"))
    max_tokens = _max_tokens(where, data.get("max_tokens"))
    system = [{"role": "system", "content": system_prompt}] if system_prompt else []
    if given == ["messages"]:
        return Item(messages=_messages(where, data["messages"]), max_tokens=max_tokens)
    if given == ["turns"]:
        first, *then = _turns(where, data["turns"])
        return Item(messages=[*system, {"role": "user", "content": first.content}], then=then, max_tokens=max_tokens)
    prompt = _text(where, "`prompt`", data["prompt"])
    if api == "completions":
        return Item(prompt=prompt, max_tokens=max_tokens)
    return Item(messages=[*system, {"role": "user", "content": prompt}], max_tokens=max_tokens)


def _messages(where: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise InputError(f'{where}: `messages` must be a list of at least one message like {{"role": "user", "content": "..."}}.')
    for number, message in enumerate(value, 1):
        name = f"message {number} of `messages`"
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise InputError(f'{where}: {name} is no object with a `role`, such as {{"role": "user", "content": "..."}}.')
        content, calls = message.get("content"), message.get("tool_calls")
        if isinstance(content, list) and content and all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in content):
            continue  # text and pictures in parts; what is in them is the server's business
        if not isinstance(content, str) and not (content is None and calls):
            raise InputError(f"{where}: {name} has no `content`, which must be a text or a list of parts with a `type`.")
    if not any(message.get("content") for message in value):
        raise InputError(f"{where}: all `messages` are empty. Give at least one a text.")
    return value


def _turns(where: str, value: Any) -> list[Turn]:
    if not isinstance(value, list) or not value:
        raise InputError(f"{where}: `turns` must be a list of at least one text, what the person says one after another.")
    turns = []
    for number, turn in enumerate(value, 1):
        name, think = f"turn {number}", 0.0
        if isinstance(turn, dict):
            if unknown := sorted(turn.keys() - {"content", "think_s"}):
                raise InputError(f"{where}: {name} has an unknown key {unknown[0]!r}. A turn is a text, or has `content` and `think_s`.")
            think = turn.get("think_s") or 0.0
            if isinstance(think, bool) or not isinstance(think, int | float) or not 0 <= think <= MOST_THINKING_S:
                raise InputError(f"{where}: `think_s` of {name} is {think!r:.40}; it must be seconds, at least 0 and at most a day.")
            if think and number == 1:
                raise InputError(f"{where}: `think_s` of turn 1 has no meaning: there is no answer before it. Take it out.")
            turn = turn.get("content")
        turns.append(Turn(content=_text(where, name, turn), think_s=float(think)))
    return turns


def _text(where: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{where}: {name} is {type(value).__name__}, not a text. Put it in quotes.")
    if not value.strip():
        raise InputError(f"{where}: {name} is empty. Give it a text, or take the line out.")
    return value


def _max_tokens(where: str, value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31):
        raise InputError(f"{where}: `max_tokens` is {value!r:.40}; it must be a whole number of at least 1.")
    return value


def _check_id(where: str, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise InputError(f"{where}: `id` is {type(value).__name__}; it must be a text or a whole number.")
