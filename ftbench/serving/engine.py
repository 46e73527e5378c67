"""One loaded model, decoding many requests at once: transformers' continuous batching with a door that can say "full"."""

import asyncio
import itertools
import logging
import math
from collections.abc import AsyncIterator
from typing import NamedTuple

from transformers import GenerationConfig, PreTrainedModel
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching.requests import GenerationOutput, RequestStatus

from ftbench.serving.sampling import Sampling, processors

logging.getLogger("transformers.generation.continuous_batching").setLevel(logging.ERROR)

PAGE_TOKENS = 64  # small pages waste little cache on short requests; 256, the library's default, suits long contexts


class QueueFull(Exception):
    """The replica decodes and queues as many requests as it may."""


class EngineDead(Exception):
    """The generation thread has ended; nothing will ever be answered."""


class EngineConfig(NamedTuple):
    """`kv_cache_tokens` bounds the prompt and output tokens that all running requests hold together."""

    max_concurrency: int
    max_queue: int
    max_context: int
    kv_cache_tokens: int
    prefix_caching: bool = False
    step_tokens: int = 512


class Token(NamedTuple):
    """One generated token and why the answer ends with it, if it does: `stop` (end of sequence) or `length`.

    `queued_s`: how long the request waited for its place in the batch.
    """

    id: int
    finish_reason: str | None
    queued_s: float = 0.0


class Engine:
    """Runs `model` in a thread of its own; `generate` is called from one asyncio loop."""

    def __init__(self, model: PreTrainedModel, config: EngineConfig) -> None:
        self.config = config
        eos = model.generation_config.eos_token_id
        self._eos = {eos} if isinstance(eos, int) else set(eos or [])
        settings = ContinuousBatchingConfig(
            page_size=PAGE_TOKENS,
            num_blocks=math.ceil(config.kv_cache_tokens / PAGE_TOKENS) + config.max_concurrency,
            max_batch_tokens=max(config.step_tokens, config.max_concurrency),
            max_requests_per_batch=config.max_concurrency,
            allow_block_sharing=config.prefix_caching,
            use_async_batching=False,
            use_cuda_graph=False,
            auto_switch_to_flash=False,
            max_blocks_per_request=0,
        )
        generation = GenerationConfig(do_sample=False, eos_token_id=sorted(self._eos) or -1, max_new_tokens=config.max_context)
        self._manager = model.init_continuous_batching(generation_config=generation, continuous_batching_config=settings)
        self._manager.logit_processor = processors()
        self._ids = itertools.count()
        self.in_flight = 0

    def start(self) -> None:
        """Begin decoding; requests may come from now on."""
        self._manager.start()

    def stop(self) -> None:
        """End the generation thread; what is in flight fails."""
        self._manager.stop(block=True, timeout=5, hard_stop=True)

    @property
    def alive(self) -> bool:
        return self._manager.is_running() and self._manager.background_thread_status.fatal_error is None

    @property
    def running(self) -> int:
        """Requests in the batch now; the others of `in_flight` wait."""
        return min(self.in_flight, self.config.max_concurrency)

    async def generate(self, prompt: list[int], max_tokens: int, sampling: Sampling, *, ignore_eos: bool = False) -> AsyncIterator[Token]:
        """The answer to `prompt` token by token. Closing the iterator early takes the request out of the batch.

        Raises:
            QueueFull: at once, when `max_concurrency + max_queue` requests are in flight.
            EngineDead: the generation thread has ended, before or during this request.
        """
        if not self.alive:
            raise EngineDead("the generation thread has ended")
        if self.in_flight >= self.config.max_concurrency + self.config.max_queue:
            raise QueueFull(f"{self.in_flight} requests are in flight")
        self.in_flight += 1
        request_id = f"r{next(self._ids)}"
        outputs: asyncio.Queue[GenerationOutput] = asyncio.Queue()
        finished = False
        try:
            self._manager.register_result_handler(request_id, outputs.put_nowait)
            extra = (
                {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed} if sampling.temperature > 0 else {}
            )
            accepted = self._manager.add_request(
                prompt,
                request_id=request_id,
                max_new_tokens=max_tokens,
                streaming=True,
                eos_token_id=-1 if ignore_eos else sorted(self._eos) or -1,
                **extra,
            )
            if accepted is None:
                raise EngineDead("the generation thread has ended")
            sent = 0
            while not finished:
                output = await self._next(outputs)
                if output.status == RequestStatus.FAILED:
                    finished = True
                    raise EngineDead(output.error or "the generation thread has ended")
                finished = output.is_finished()
                new = output.generated_tokens[sent:]
                sent += len(new)
                queued_s = max(0.0, output.lifespan[0] - output.created_time)
                for i, token in enumerate(new):
                    last = finished and i == len(new) - 1
                    yield Token(token, _why(token, self._eos, ignore_eos) if last else None, queued_s)
        finally:
            self.in_flight -= 1
            if not finished:
                self._manager.cancel_request(request_id)
                self._manager.output_router.result_handlers.pop(request_id, None)

    async def _next(self, outputs: asyncio.Queue[GenerationOutput]) -> GenerationOutput:
        while True:
            try:
                return await asyncio.wait_for(outputs.get(), timeout=2.0)
            except TimeoutError:
                # A request that was queued while the thread was dying is told by nobody else.
                if not self.alive and outputs.empty():
                    raise EngineDead("the generation thread has ended") from None


def _why(token: int, eos: set[int], ignore_eos: bool) -> str:
    return "stop" if token in eos and not ignore_eos else "length"
