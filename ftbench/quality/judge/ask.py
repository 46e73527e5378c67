"""Questions in, opinions out: written down one by one, never asked twice."""

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.quality.chat import Reply, Target, client_of, complete
from ftbench.quality.judge.parse import parse
from ftbench.quality.judge.prompts import messages, response_format
from ftbench.quality.judge.question import CHOICES, Opinion, Question
from ftbench.quality.lines import cut_torn_line, whole_lines
from ftbench.spec.judge import Judge

RETRY_AFTER_S = (1.0, 4.0)  # nobody measures the judge: what a busy server refused is asked again
TRANSIENT = ("rejected", "http_5xx", "connect", "reset", "timeout")
NO_STRUCTURE = (400, 404, 405, 415, 422, 500, 501)  # what servers say to a response_format that they do not know
SECOND = {"A": "B", "B": "A"}  # what a choice means when the pair was shown in the other order


def key(question: Question, target: Target, settings: Judge) -> str:
    """What an opinion depends on: the judge and every word that it reads. Two questions with one key need one opinion."""
    parts = [target.identity, target.model, settings.max_tokens, *_asked(question)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def ask(questions: list[Question], target: Target, settings: Judge, path: Path, progress: Callable[[int, int], None]) -> list[Opinion]:
    """An Opinion for every question, in their order; those that stand already in `path` (JSONL) are taken from there.

    A pair is asked in both orders, and only a choice that is the same in both counts. `path` grows by one flushed line an opinion. A
    request that failed is an Opinion with `error`, and is asked again on the next resume.

    Raises:
        InputError: `path` holds a line that is no opinion.
        InvalidMeasurement: not one question was answered.
    """
    known, todo = standing(questions, target, settings, path)
    keys = [key(q, target, settings) for q in questions]
    done = lambda: progress(sum(k in known for k in keys), len(keys))  # noqa: E731
    if todo:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_torn_line(path)
        with path.open("a", encoding="utf-8") as file:

            def take(opinion: Opinion) -> None:
                file.write(opinion.model_dump_json() + "\n")
                file.flush()
                known[opinion.key] = opinion
                done()

            done()
            asyncio.run(_all(todo, target, settings, take))
            os.fsync(file.fileno())
    opinions = [known[k].model_copy(update={"id": q.id}) for k, q in zip(keys, questions, strict=True)]
    if opinions and all(o.error for o in opinions):
        raise InvalidMeasurement(
            f"None of {len(opinions)} questions was answered by the judge at {target.url}. It said: {opinions[0].error}"
        )
    return opinions


def standing(questions: list[Question], target: Target, settings: Judge, path: Path) -> tuple[dict[str, Opinion], list[Question]]:
    """(opinions that `path` holds, by key; questions that have still to be asked, of several with one key the first).

    Raises:
        InputError: `path` holds a line that is no opinion.
    """
    wanted = {key(q, target, settings): q for q in reversed(questions)}
    known = {o.key: o for o in read_opinions(path) if o.key in wanted and o.error is None}
    return known, [q for k, q in reversed(wanted.items()) if k not in known]


def read_opinions(path: Path) -> Iterator[Opinion]:
    """The opinions in `path`; a last line that a kill tore off is left out.

    Raises:
        InputError: a whole line is no opinion.
    """
    for number, line in whole_lines(path):
        try:
            yield Opinion.model_validate_json(line)
        except ValidationError:
            raise InputError(
                f"{path}, line {number}: this is no opinion that ftbench wrote. Take the line out; its question is asked again."
            ) from None


def readable(opinion: Opinion) -> bool:
    """The judge answered in a form that can be read at least once, be it with two different choices for one pair."""
    return any(parse(text, CHOICES[opinion.task]).choice is not None for text in opinion.raw)


class _Form:
    """Whether the server takes a JSON Schema; unlearned with the first refusal."""

    structured = True


async def _all(todo: list[Question], target: Target, settings: Judge, take: Callable[[Opinion], None]) -> None:
    queue, form = iter(todo), _Form()
    async with client_of(target, settings.timeout_s) as client:

        async def worker() -> None:
            for question in queue:
                take(await _opinion(client, question, target, settings, form))

        await asyncio.gather(*(worker() for _ in range(min(settings.max_concurrency, len(todo)))))


async def _opinion(client: Any, question: Question, target: Target, settings: Judge, form: _Form) -> Opinion:
    replies = [await _patient(client, question, said, target, settings, form) for said in _asked(question)]
    choices = CHOICES[question.task]
    parsed = [parse(reply.answer.get("text", ""), choices) for reply in replies]
    said = [p.choice for p in parsed]
    if len(said) == 2:
        said[1] = SECOND.get(said[1], said[1])
    agreed = len(set(said)) == 1
    return Opinion(
        id=question.id,
        task=question.task,
        choice=said[0] if agreed else None,
        reason=parsed[0].reason,
        consistent=len(said) == 1 or (agreed and said[0] is not None),
        error=next((reply.error for reply in replies if reply.error), None),
        raw=tuple(reply.answer["text"] for reply in replies if reply.answer),
        key=key(question, target, settings),
    )


def _asked(question: Question) -> list[list[dict[str, str]]]:
    return [messages(question, swapped=swapped) for swapped in ((False, True) if question.task == "pairwise" else (False,))]


async def _patient(client: Any, question: Question, said: list[dict[str, str]], target: Target, settings: Judge, form: _Form) -> Reply:
    for wait in (*RETRY_AFTER_S, None):
        reply = await _once(client, question, said, target, settings, form)
        if reply.kind not in TRANSIENT or wait is None:
            break
        await asyncio.sleep(wait)
    return reply


async def _once(client: Any, question: Question, said: list[dict[str, str]], target: Target, settings: Judge, form: _Form) -> Reply:
    if form.structured:
        shape = {"response_format": response_format(question.task)}
        reply = await complete(client, target, said, settings.max_tokens, settings.timeout_s, **shape)
        if reply.status not in NO_STRUCTURE:
            return reply
    reply = await complete(client, target, said, settings.max_tokens, settings.timeout_s)
    if not reply.error:
        form.structured = False
    return reply
