"""What one event of a stream says: its text, its token counts, its error. One form for OpenAI's chat and text completions and their kin."""

import json
from typing import Any, NamedTuple

KEYS = (b'"content":', b'"text":', b'"reasoning_content":', b'"reasoning":')
ATTEMPTS = 4  # to find a form in one stream: where every event differs, looking for one costs more than it saves


def parse(data: bytes) -> dict[str, Any] | None:
    """The JSON object in `data`; None where it is something else."""
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return chunk if isinstance(chunk, dict) else None


def first_choice(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """The one answer that was asked for; None in a chunk that has none, as a last one with usage or Azure's first one."""
    choices = chunk.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None


def delta_of(choice: dict[str, Any]) -> dict[str, Any]:
    """Where the text of a choice stands: in its `delta` (chat), or in itself (text completion)."""
    return choice["delta"] if isinstance(choice.get("delta"), dict) else choice


def content(delta: dict[str, Any]) -> str:
    """The answer alone, without reasoning and calls."""
    return _flat(_content(delta), "text")


def shown(delta: dict[str, Any]) -> str:
    """Everything that is made of output tokens: reasoning, answer, refusal, the names and arguments of calls.

    Servers that write reasoning under two names write the same one twice.
    """
    texts = [delta.get("reasoning_content") or delta.get("reasoning"), _content(delta), delta.get("refusal")]
    calls = delta.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    for function in (*functions, delta.get("function_call")):
        if isinstance(function, dict):
            texts += [function.get("name"), function.get("arguments")]
    return "".join(_flat(text, "thinking", "text") for text in texts)


def has_text_field(delta: dict[str, Any]) -> bool:
    """Whether a text is there, if only an empty one: a token may have no printable text of its own."""
    return any(isinstance(delta.get(field), str) for field in ("content", "reasoning_content", "reasoning", "refusal", "text"))


def counted(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """The server's own token counts so far, as {"prompt_tokens", "completion_tokens"}: its `usage`, else llama.cpp's `timings`."""
    if isinstance(chunk.get("usage"), dict):
        return chunk["usage"]
    timings = chunk.get("timings")
    if not isinstance(timings, dict):
        return None
    processed, cached = count(timings, "prompt_n"), count(timings, "cache_n")  # prompt_n leaves out what was in the cache
    return {
        "prompt_tokens": None if processed is None or cached is None else processed + cached,
        "completion_tokens": timings.get("predicted_n"),
    }


def count(counts: dict[str, Any] | None, field: str) -> int | None:
    """A number of tokens; None where the server wrote something that is none."""
    value = counts.get(field) if counts else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def finish_of(choice: dict[str, Any]) -> str | None:
    """Why the answer ends here; None where it goes on."""
    reason = choice.get("finish_reason")
    return reason.encode("utf-8", "replace").decode() if isinstance(reason, str) and reason else None


def error_in(chunk: dict[str, Any]) -> int | None:
    """HTTP status of an error inside a stream that began with 200; None where the chunk is no error.

    A server that does not say which one has failed: 500. vLLM once wrote {"object": "error", "code": 400}, without an "error".
    """
    error = chunk.get("error") or (chunk if chunk.get("object") == "error" else None)
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return int(code) if isinstance(code, int) or isinstance(code, str) and code.isdecimal() and len(code) == 3 else 500


class Form(NamedTuple):
    """Events that differ in one string only: `before`, the string's own characters, `behind`. `answer`: it is content, not reasoning."""

    before: bytes
    behind: bytes
    answer: bool

    def text_in(self, data: bytes) -> str | None:
        """The string in `data`, where it is of this form and the string needs no unescaping; None where it has to be parsed.

        JSON ends a string at its first quotation mark, so with none in it, no backslash and no control character, the same bytes around
        it mean the same.
        """
        before, behind, _ = self
        if not (data.startswith(before) and data.endswith(behind)) or len(data) <= len(before) + len(behind):
            return None
        inner = data[len(before) : -len(behind)]
        if b'"' in inner or b"\\" in inner:
            return None
        try:
            text = inner.decode()
        except UnicodeDecodeError:
            return None
        return text if text.isprintable() else None


def form_of(data: bytes, chunk: dict[str, Any]) -> Form | None:
    """The form of an event that carries text and nothing else that changes; None where it has none that is certain.

    Certain means: with another text in the same place, that text is shown. Then the place is the only one that the shown text comes from.
    """
    choice = first_choice(chunk)
    if choice is None or finish_of(choice) or chunk.get("usage") or chunk.get("timings"):
        return None
    text = shown(delta_of(choice))
    for key in KEYS:
        begin = data.find(b'"', data.find(key) + len(key)) + 1 if key in data else 0
        end = data.find(b'"', begin)
        if begin and text and data[begin:end] == text.encode("utf-8", "surrogatepass"):
            changed = parse(data[:end] + b"x" + data[end:])
            other = first_choice(changed) if changed else None
            if other is not None and shown(delta_of(other)) == text + "x":
                return Form(data[:begin], data[end:], content(delta_of(choice)) == text)
    return None


def _content(delta: dict[str, Any]) -> Any:
    value = delta.get("content")
    return delta.get("text") if value is None else value


def _flat(value: Any, *keys: str) -> str:
    """A text, or Mistral's list of parts, of which those under `keys` are taken."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_flat(part.get(key), *keys) for part in value if isinstance(part, dict) for key in keys)
    return ""
