"""The HTTP face of one engine: an ASGI app that the official OpenAI client takes for the real thing."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from transformers import PreTrainedTokenizerBase

from ftbench.serving import protocol
from ftbench.serving.engine import Engine, EngineDead, QueueFull
from ftbench.serving.prometheus import Metrics
from ftbench.serving.protocol import ApiError
from ftbench.serving.sampling import Sampling
from ftbench.serving.text import TextStream, chat_ids

CLIENT_LEFT = 499  # nginx's number; nobody is there to read it


class Served(NamedTuple):
    """What one app needs to answer."""

    engine: Engine
    tokenizer: PreTrainedTokenizerBase
    name: str
    info: dict[str, Any]  # fingerprint, variant, compute dtype …: given back by /v1/models
    metrics: Metrics


class Job(NamedTuple):
    """One request, ready for the engine."""

    prompt: list[int]
    max_tokens: int
    sampling: Sampling
    stop: list[str]
    ignore_eos: bool


def create_app(served: Served) -> FastAPI:
    """Routes: /v1/chat/completions, /v1/completions, /v1/models, /health, /metrics."""
    app = FastAPI(title="ftbench", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(ApiError)
    async def _api_error(_: Request, error: ApiError) -> JSONResponse:
        served.metrics.finished("rejected" if error.status == 429 else "invalid" if error.status < 500 else "error")
        headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else None
        return JSONResponse(error.body, error.status, headers)

    @app.exception_handler(RequestValidationError)
    async def _bad_request(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"][1:])
        return await _api_error(request, ApiError(400, f"{param or 'body'}: {first['msg']}", param=param or None))

    @app.exception_handler(404)
    async def _no_route(request: Request, _: Exception) -> JSONResponse:
        return JSONResponse(ApiError(404, f"There is no {request.method} {request.url.path} here.", code="not_found").body, 404)

    @app.post("/v1/chat/completions")
    async def chat(body: protocol.ChatRequest, request: Request) -> Response:
        return await _answer(served, body, _chat_ids(served, body), request, chat=True)

    @app.post("/v1/completions")
    async def completions(body: protocol.CompletionRequest, request: Request) -> Response:
        return await _answer(served, body, _prompt_ids(served, body), request, chat=False)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        limit = served.engine.config.max_context
        return {
            "object": "list",
            "data": [{"id": served.name, "object": "model", "created": 0, "owned_by": "ftbench", "max_model_len": limit, **served.info}],
        }

    @app.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"} if served.engine.alive else {"status": "dead"}, 200 if served.engine.alive else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        text = served.metrics.text(running=served.engine.running, in_flight=served.engine.in_flight)
        return Response(text, media_type="text/plain; version=0.0.4")

    return app


def _chat_ids(served: Served, body: protocol.ChatRequest) -> list[int]:
    if served.tokenizer.chat_template is None:
        raise ApiError(400, "This model's tokenizer has no chat template. Use /v1/completions.", code="no_chat_template")
    messages = [{"role": m.role, "content": m.content} for m in body.messages]
    try:
        return chat_ids(served.tokenizer, messages)
    except Exception as error:  # templates raise what they like about role order
        raise ApiError(400, f"The model's chat template refuses these messages: {error}", param="messages") from None


def _prompt_ids(served: Served, body: protocol.CompletionRequest) -> list[int]:
    prompt = body.prompt
    if isinstance(prompt, list) and prompt and isinstance(prompt[0], str):
        if len(prompt) > 1:
            raise ApiError(400, "Send one prompt a request.", param="prompt")
        prompt = prompt[0]
    ids = served.tokenizer(prompt)["input_ids"] if isinstance(prompt, str) else list(prompt)
    size = len(served.tokenizer)
    if not ids:
        raise ApiError(400, "The prompt has no tokens.", param="prompt")
    if any(not isinstance(i, int) or not 0 <= i < size for i in ids):
        raise ApiError(400, f"The prompt has token ids outside of 0 to {size - 1}.", param="prompt")
    return ids


def _job(served: Served, body: protocol.Request, prompt: list[int]) -> Job:
    body.refuse_unknown()
    if body.model is not None and body.model != served.name:
        raise ApiError(
            404, f"The model {body.model!r} does not exist; this server has {served.name!r}.", code="model_not_found", param="model"
        )
    limit = served.engine.config.max_context
    room = limit - len(prompt)
    wanted = getattr(body, "max_completion_tokens", None) or body.max_tokens
    if room < (wanted or 1):
        asked = f"{len(prompt)} prompt tokens" + (f" + {wanted} output tokens = {len(prompt) + wanted}" if wanted else "")
        raise ApiError(
            400,
            f"This model's context is {limit} tokens, and this request needs {asked}.",
            code="context_length_exceeded",
            param="messages",
        )
    seed = body.seed if body.seed is not None else random.getrandbits(48)
    return Job(prompt, wanted or room, Sampling(body.temperature, body.top_p, seed), body.stop, body.ignore_eos)


async def _answer(served: Served, body: protocol.Request, prompt: list[int], request: Request, *, chat: bool) -> Response:
    job = _job(served, body, prompt)
    shape = protocol.Shape(served.name, chat=chat)
    pieces = _pieces(served, job)
    # The first token is awaited before the answer begins, so that "full" and "dead" can still be a status code.
    first = asyncio.ensure_future(anext(pieces))
    try:
        if not await _done_before_client_left(first, request):
            return Response(status_code=CLIENT_LEFT)
        piece = first.result()
    except QueueFull as error:
        limit = served.engine.config.max_concurrency + served.engine.config.max_queue
        raise ApiError(429, f"The server is full: {error}, its limit is {limit}.", code="queue_full", retry_after_s=1) from None
    except EngineDead as error:
        raise ApiError(503, f"The model has stopped: {error}.", code="engine_dead") from None
    if body.stream:
        options = body.stream_options or protocol.StreamOptions()
        events = _events(served, job, shape, piece, pieces, with_usage=options.include_usage)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
    rest = asyncio.ensure_future(_collect(piece, pieces))
    try:
        if not await _done_before_client_left(rest, request):
            return Response(status_code=CLIENT_LEFT)
        text, count, reason = rest.result()
    except EngineDead as error:
        raise ApiError(503, f"The model has stopped: {error}.", code="engine_dead") from None
    return JSONResponse(shape.whole(text, reason, protocol.usage(len(job.prompt), count)))


class Piece(NamedTuple):
    text: str
    finish_reason: str | None


async def _pieces(served: Served, job: Job) -> AsyncIterator[Piece]:
    """One piece a token; the last has the finish reason. Counts what /metrics shows."""
    start, first, count, outcome = time.monotonic(), True, 0, "cancelled"
    metrics, text = served.metrics, TextStream(served.tokenizer, job.stop)
    try:
        async with aclosing(served.engine.generate(job.prompt, job.max_tokens, job.sampling, ignore_eos=job.ignore_eos)) as tokens:
            async for token in tokens:
                count += 1
                if first:
                    metrics.prompt_tokens.inc(len(job.prompt))
                    metrics.queue_time.observe(token.queued_s)
                    metrics.ttft.observe(time.monotonic() - start)
                    first = False
                new = text.push(token.id)
                reason = "stop" if text.stopped else token.finish_reason
                if reason:
                    outcome = reason
                    yield Piece(new + text.finish(), reason)
                    return
                yield Piece(new, None)
    except QueueFull:
        outcome = "rejected"
        raise
    except EngineDead:
        outcome = "error"
        raise
    finally:
        metrics.output_tokens.inc(count)
        if outcome in ("stop", "length"):
            metrics.e2e.observe(time.monotonic() - start)
        if outcome not in ("rejected", "error") or not first:
            metrics.finished(outcome)  # what ends before its first token is counted by the error handler


async def _collect(first: Piece, rest: AsyncIterator[Piece]) -> tuple[str, int, str]:
    texts, piece = [first.text], first
    async with aclosing(rest):
        async for piece in rest:
            texts.append(piece.text)
    return "".join(texts), len(texts), piece.finish_reason or "length"


async def _events(
    served: Served, job: Job, shape: protocol.Shape, first: Piece, rest: AsyncIterator[Piece], *, with_usage: bool
) -> AsyncIterator[bytes]:
    if (opening := shape.opening()) is not None:
        yield _event(opening)
    count = 1
    async with aclosing(rest):
        yield _event(shape.token(first.text, first.finish_reason))
        try:
            async for piece in rest:
                count += 1
                yield _event(shape.token(piece.text, piece.finish_reason))
        except EngineDead as error:
            # The status line is long gone; a stream without finish reason and [DONE] tells the client that it is truncated.
            yield _event(ApiError(503, f"The model has stopped: {error}.", code="engine_dead").body)
            return
    if with_usage:
        yield _event(shape.usage(protocol.usage(len(job.prompt), count)))
    yield b"data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


async def _done_before_client_left(work: asyncio.Future, request: Request) -> bool:
    """Wait for `work`; if the client goes first, cancel it, which frees its place in the batch."""
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        return work.done()
    finally:
        gone.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait({work})


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
