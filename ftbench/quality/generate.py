"""Cases in, answers out: sent at serving concurrency, written down one by one, never asked twice."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output


class Target(NamedTuple):
    """Where answers come from. `identity` names the exact model: fingerprint, variant and engine, or URL and model name."""

    url: str
    model: str
    identity: str
    api_key_env: str | None = None


class Request(NamedTuple):
    """One case of one check, as it is sent. Temperature is always 0: a gate must give the same answer twice."""

    check: str
    case: Case
    messages: list[dict[str, str]]
    max_tokens: int


def key(request: Request, target: Target) -> str:
    """What an answer depends on. Two requests with one key need one generation; a changed scorer changes no key."""
    parts = [target.identity, target.model, request.messages, request.max_tokens, {"temperature": 0}]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def generate(
    requests: list[Request], target: Target, path: Path, *, concurrency: int, timeout_s: float, progress: Callable[[int, int], None]
) -> list[Output]:
    """An Output for every request, in their order; those that stand already in `path` (JSONL) are taken from there.

    `path` grows by one flushed line an answer, so that a killed run loses what was in flight and no more. A request that fails is an
    Output with `error`: it is not tried again, and it counts. Only when nothing but failures stand in `path` (the target was down) is
    everything asked again.

    Raises:
        InputError: `path` holds a line that is no answer.
        InvalidMeasurement: not one request was answered, so that this says nothing about the model.
    """
    wanted = {(r.check, r.case.id): key(r, target) for r in requests}
    known = {(o.check, o.id): o for o in read_outputs(path) if wanted.get((o.check, o.id)) == o.key}
    if all(o.error for o in known.values()):
        known = {}
    todo = [r for r in requests if (r.check, r.case.id) not in known]
    if todo:
        _cut_torn_line(path)
        asyncio.run(_all(todo, target, path, known, concurrency, timeout_s, lambda: progress(len(known), len(requests))))
    outputs = [known[(r.check, r.case.id)] for r in requests]
    if outputs and all(o.error for o in outputs):
        raise InvalidMeasurement(f"None of {len(outputs)} test cases was answered by {target.url}. The first said: {outputs[0].error}")
    return outputs


def read_outputs(path: Path) -> Iterator[Output]:
    """The answers in `path`; a last line that a kill tore off is left out. Of two lines for one case the later counts.

    Raises:
        InputError: a whole line is no answer.
    """
    if not path.exists():
        return
    with path.open("rb") as lines:  # a kill may also tear a character
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Output.model_validate_json(line)
            except ValidationError:
                raise InputError(
                    f"{path}, line {number}: this is no answer that ftbench wrote. Take the line out; its case is asked again."
                ) from None


async def _all(
    todo: list[Request],
    target: Target,
    path: Path,
    known: dict[tuple[str, str], Output],
    concurrency: int,
    timeout_s: float,
    tell: Callable[[], None],
) -> None:
    from openai import AsyncOpenAI  # a second of import that a parser of test sets does not need

    queue = iter(todo)
    api_key = os.environ.get(target.api_key_env or "", "") or "none"
    async with AsyncOpenAI(base_url=target.url, api_key=api_key, max_retries=0, timeout=timeout_s) as client:
        client.organization = client.project = None  # taken from the environment, and nobody's business but OpenAI's
        with path.open("a", encoding="utf-8") as file:

            async def worker() -> None:
                for request in queue:
                    output = await _one(client, request, target, concurrency, timeout_s)
                    file.write(output.model_dump_json() + "\n")
                    file.flush()
                    known[(output.check, output.id)] = output
                    tell()

            tell()
            await asyncio.gather(*(worker() for _ in range(min(concurrency, len(todo)))))
            os.fsync(file.fileno())


async def _one(client: Any, request: Request, target: Target, concurrency: int, timeout_s: float) -> Output:
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    started = time.monotonic()
    answer, error, kind = {}, None, None
    try:
        async with asyncio.timeout(timeout_s):  # the client's own limit is for each read: a body that drips would never end
            answer = _read(
                await client.chat.completions.create(
                    model=target.model, messages=request.messages, max_tokens=request.max_tokens, temperature=0
                )
            )
    except (APITimeoutError, TimeoutError):
        error, kind = f"no answer within {timeout_s:g} s", "timeout"
    except APIConnectionError as failure:
        cause = failure.__cause__
        error, kind = f"{failure} {cause or ''}".strip(), "connect" if type(cause).__name__ == "ConnectError" else "reset"
    except APIStatusError as failure:
        error, kind = str(failure), "rejected" if failure.status_code == 429 else f"http_{failure.status_code // 100}xx"
    except (IndexError, AttributeError, TypeError, ValueError) as failure:
        error, kind = f"the answer has not the OpenAI form: {failure}", "malformed"
    return Output(
        **{"text": "", "finish_reason": None, "prompt_tokens": None, "output_tokens": None, **answer},
        check=request.check,
        id=request.case.id,
        error=_writable(error)[:500] if error else None,
        error_kind=kind,
        latency_s=time.monotonic() - started,
        concurrency=concurrency,
        key=key(request, target),
    )


def _read(answer: Any) -> dict[str, Any]:
    """What an Output keeps of a chat completion, each with its type: the client takes whatever a server sends.

    Raises:
        IndexError, AttributeError, TypeError: this is no chat completion.
    """
    choice = answer.choices[0]
    text, reason = choice.message.content, choice.finish_reason
    if not isinstance(text, str | None):
        raise TypeError(f"the content is {type(text).__name__}, not text")
    counts = {"prompt_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
    numbers = {name: getattr(answer.usage, theirs, None) for name, theirs in counts.items()}
    return {
        "text": _writable(text or ""),
        "finish_reason": _writable(reason) if isinstance(reason, str) else None,
        **{name: number if type(number) is int else None for name, number in numbers.items()},
    }


def _writable(text: str) -> str:
    """Half of a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cut_torn_line(path: Path) -> None:
    """End the file at its last whole line, so that the next one does not begin in the middle of a torn one."""
    if path.exists():
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            path.write_bytes(content[: content.rfind(b"\n") + 1])
