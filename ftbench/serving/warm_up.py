"""What a replica does before it takes requests: the first forward passes of a process, and of a batch of a new size, take many times as
long as all later ones, and would stand in somebody's p99."""

import asyncio
import threading
import time

from ftbench.serving.engine import Engine
from ftbench.serving.sampling import Sampling

WAVES = 2
PROMPT_TOKENS, OUTPUT_TOKENS = 64, 4


def warm_up(engine: Engine, vocabulary: int) -> float:
    """Answer a made-up prompt alone and in a full batch, twice each; returns how long that took [s].

    Args:
        engine: started, and with nothing in flight.
        vocabulary: token ids that the model knows.
    Raises:
        EngineDead: the generation thread ended over it.
    """
    began, failed = time.perf_counter(), []

    def wave() -> None:
        try:
            asyncio.run(_waves(engine, vocabulary))
        except BaseException as error:  # told by the thread that waits
            failed.append(error)

    thread = threading.Thread(target=wave, name="warm-up")  # the caller's thread may have an event loop that runs already
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return time.perf_counter() - began


async def _waves(engine: Engine, vocabulary: int) -> None:
    config = engine.config
    prompt = [token % vocabulary for token in range(min(PROMPT_TOKENS, config.max_context - OUTPUT_TOKENS))]
    fit = max(1, config.kv_cache_tokens // (len(prompt) + OUTPUT_TOKENS))
    for users in (1, min(config.max_concurrency, fit)):
        for _ in range(WAVES):
            await asyncio.gather(*(_answer(engine, prompt) for _ in range(users)))


async def _answer(engine: Engine, prompt: list[int]) -> None:
    async for _ in engine.generate(prompt, OUTPUT_TOKENS, Sampling(), ignore_eos=True):
        pass
