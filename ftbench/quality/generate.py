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
from ftbench.quality.answer_cache import cached, keep
from ftbench.quality.cases import Case
from ftbench.quality.chat import Target, client_of, complete
from ftbench.quality.lines import cut_torn_line, whole_lines
from ftbench.quality.outputs import Output


class Request(NamedTuple):
    """One case of one check, as it is sent. Temperature is always 0: a gate must give the same answer twice.

    `timed`: how long the answer takes matters, so that one from before will not do.
    """

    check: str
    case: Case
    messages: list[dict[str, str]]
    max_tokens: int
    timed: bool = False


def key(request: Request, target: Target) -> str:
    """What an answer depends on. Two requests with one key need one generation; a changed scorer changes no key."""
    parts = [target.identity, target.model, request.messages, request.max_tokens, {"temperature": 0}]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def generate(
    requests: list[Request],
    target: Target,
    path: Path,
    *,
    concurrency: int,
    timeout_s: float,
    progress: Callable[[int, int], None],
    cache: Path | None = None,
) -> list[Output]:
    """An Output for every request, in their order; those that stand already in `path` (JSONL) are taken from there.

    `path` grows by one flushed line an answer, so that a killed run loses what was in flight and no more. Of requests with the same key one
    is sent; `cache` (JSONL) holds answers of earlier runs. The longest answers are asked for first, so that the last ones do not leave the
    server idle. A request that fails is an Output with `error`: it is not tried again, and it counts. Only when nothing but failures stand
    in `path` (the target was down) is everything asked again.

    Raises:
        InputError: `path` holds a line that is no answer.
        InvalidMeasurement: not one request was answered, so that this says nothing about the model.
    """
    known, todo = standing(requests, target, path)
    if todo:
        cut_torn_line(path)
        before = cached(cache, concurrency) if cache else {}
        answered = {o.key: o for o in known.values() if not o.error} | before
        with path.open("a", encoding="utf-8") as file:

            def take(output: Output) -> None:
                file.write(output.model_dump_json() + "\n")
                file.flush()
                known[(output.check, output.id)] = output
                progress(len(known), len(requests))

            progress(len(known), len(requests))
            first, again = _once_each(todo, target, answered)
            try:
                asyncio.run(_all(first, target, concurrency, timeout_s, take))
            finally:
                if cache:
                    keep(cache, [o for r in first if (o := known.get((r.check, r.case.id)))])
            answered |= {o.key: o for o in known.values()}
            for request in again:
                take(answered[key(request, target)].model_copy(update={"check": request.check, "id": request.case.id, "reused": True}))
            os.fsync(file.fileno())
    outputs = [known[(r.check, r.case.id)] for r in requests]
    if outputs and all(o.error for o in outputs):
        raise InvalidMeasurement(f"None of {len(outputs)} test cases was answered by {target.url}. The first said: {outputs[0].error}")
    return outputs


def standing(requests: list[Request], target: Target, path: Path) -> tuple[dict[tuple[str, str], Output], list[Request]]:
    """(answers that `path` holds, by check and case id; requests that have still to be answered).

    Raises:
        InputError: `path` holds a line that is no answer.
    """
    wanted = {(r.check, r.case.id): key(r, target) for r in requests}
    known = {(o.check, o.id): o for o in read_outputs(path) if wanted.get((o.check, o.id)) == o.key}
    if all(o.error for o in known.values()):
        known = {}
    return known, [r for r in requests if (r.check, r.case.id) not in known]


def _once_each(todo: list[Request], target: Target, answered: dict[str, Output]) -> tuple[list[Request], list[Request]]:
    """(what is sent, longest answers first; what has its answer from one of these or from before)."""
    first, again, seen = [], [], set()
    for request in todo:
        its = key(request, target)
        if not request.timed and (its in seen or its in answered):
            again.append(request)
        else:
            first.append(request)
            seen.add(its)
    return sorted(first, key=lambda r: -r.max_tokens), again


def read_outputs(path: Path) -> Iterator[Output]:
    """The answers in `path`; a last line that a kill tore off is left out. Of two lines for one case the later counts.

    Raises:
        InputError: a whole line is no answer.
    """
    for number, line in whole_lines(path):
        try:
            yield Output.model_validate_json(line)
        except ValidationError:
            raise InputError(
                f"{path}, line {number}: this is no answer that ftbench wrote. Take the line out; its case is asked again."
            ) from None


async def _all(todo: list[Request], target: Target, concurrency: int, timeout_s: float, take: Callable[[Output], None]) -> None:
    if not todo:
        return
    queue = iter(todo)
    async with client_of(target, timeout_s) as client:

        async def worker() -> None:
            for request in queue:
                take(await _one(client, request, target, concurrency, timeout_s))

        await asyncio.gather(*(worker() for _ in range(min(concurrency, len(todo)))))


async def _one(client: Any, request: Request, target: Target, concurrency: int, timeout_s: float) -> Output:
    started = time.monotonic()
    reply = await complete(client, target, request.messages, request.max_tokens, timeout_s)
    return Output(
        **{"text": "", "finish_reason": None, "prompt_tokens": None, "output_tokens": None, **reply.answer},
        check=request.check,
        id=request.case.id,
        error=reply.error,
        error_kind=reply.kind,
        latency_s=time.monotonic() - started,
        concurrency=concurrency,
        key=key(request, target),
    )
