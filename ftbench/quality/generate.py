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

from ftbench.errors import InvalidMeasurement
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
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def generate(
    requests: list[Request], target: Target, path: Path, *, concurrency: int, timeout_s: float, progress: Callable[[int, int], None]
) -> list[Output]:
    """An Output for every request, in their order; those that stand already in `path` (JSONL) are taken from there.

    `path` grows by one flushed line an answer, so that a killed run loses what was in flight and no more. A request that fails is an
    Output with `error`: it is not tried again, and it counts.

    Raises:
        InvalidMeasurement: not one request was answered, so that this says nothing about the model.
    """
    known = {(o.check, o.id): o for o in read_outputs(path)}
    todo = []
    for request in requests:
        old = known.get((request.check, request.case.id))
        if old is None or old.key != key(request, target):
            known.pop((request.check, request.case.id), None)
            todo.append(request)
    if todo:
        _cut_torn_line(path)
        asyncio.run(_all(todo, target, path, known, concurrency, timeout_s, lambda: progress(len(known), len(requests))))
    outputs = [known[(r.check, r.case.id)] for r in requests]
    if outputs and all(o.error for o in outputs):
        raise InvalidMeasurement(f"None of {len(outputs)} test cases was answered by {target.url}. The first said: {outputs[0].error}")
    return outputs


def read_outputs(path: Path) -> Iterator[Output]:
    """The answers in `path`; a last line that a kill tore off is left out. A later line for the same case wins where it is read into a dict."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield Output.model_validate_json(line)
            except ValidationError:
                if line.endswith("\n"):
                    raise


async def _all(
    todo: list[Request], target: Target, path: Path, known: dict[tuple[str, str], Output], concurrency: int, timeout_s: float, tell: Callable[[], None]
) -> None:
    from openai import AsyncOpenAI  # a second of import that a parser of test sets does not need

    queue = iter(todo)
    api_key = os.environ.get(target.api_key_env or "", "") or "none"
    async with AsyncOpenAI(base_url=target.url, api_key=api_key, max_retries=0, timeout=timeout_s) as client:
        with path.open("a", encoding="utf-8") as file:

            async def worker() -> None:
                for request in queue:
                    output = await _one(client, request, target, concurrency)
                    file.write(output.model_dump_json() + "\n")
                    file.flush()
                    known[(output.check, output.id)] = output
                    tell()

            tell()
            await asyncio.gather(*(worker() for _ in range(min(concurrency, len(todo)))))
            os.fsync(file.fileno())


async def _one(client: Any, request: Request, target: Target, concurrency: int) -> Output:
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    started = time.monotonic()
    text, reason, usage, error, kind = "", None, None, None, None
    try:
        answer = await client.chat.completions.create(
            model=target.model, messages=request.messages, max_tokens=request.max_tokens, temperature=0
        )
        choice = answer.choices[0]
        text, reason, usage = choice.message.content or "", choice.finish_reason, answer.usage
    except APITimeoutError as failure:
        error, kind = str(failure), "timeout"
    except APIConnectionError as failure:
        error, kind = f"{failure} {failure.__cause__ or ''}".strip(), "connect"
    except APIStatusError as failure:
        error, kind = str(failure)[:500], "rejected" if failure.status_code == 429 else f"http_{failure.status_code // 100}xx"
    except (IndexError, AttributeError, TypeError, ValueError) as failure:
        error, kind = f"the answer has not the OpenAI form: {failure}", "malformed"
    return Output(
        check=request.check,
        id=request.case.id,
        text=text,
        finish_reason=reason,
        prompt_tokens=usage.prompt_tokens if usage else None,
        output_tokens=usage.completion_tokens if usage else None,
        error=error,
        error_kind=kind,
        latency_s=time.monotonic() - started,
        concurrency=concurrency,
        key=key(request, target),
    )


def _cut_torn_line(path: Path) -> None:
    """End the file at its last whole line, so that the next one does not begin in the middle of a torn one."""
    if path.exists():
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            path.write_bytes(content[: content.rfind(b"\n") + 1])
