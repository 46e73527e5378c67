"""Two waves of answers that nobody measures: the first forward passes of a process, and of a batch of a new size, take many times as long
as all later ones."""

import asyncio
import time
from collections.abc import Sequence

from ftbench.load.item import Item
from ftbench.quality.chat import Target, client_of, complete

WAVES = 2


def warm_up(target: Target, items: Sequence[Item], users: int, output_tokens: int, timeout_s: float) -> float:
    """Ask `users` at once, twice, for answers of a forced length; returns how long the last wave took [s]. A failure raises nothing: the
    measured runs that follow will tell of it."""
    return asyncio.run(_waves(target, [item.messages or [] for item in items], users, output_tokens, timeout_s))


async def _waves(target: Target, chats: list, users: int, output_tokens: int, timeout_s: float) -> float:
    forced, took = {"extra_body": {"ignore_eos": True}}, 0.0
    async with client_of(target, timeout_s) as client:
        for wave in range(WAVES):
            began = time.monotonic()
            mine = [chats[(wave * users + k) % len(chats)] for k in range(users)]
            await asyncio.gather(*(complete(client, target, chat, output_tokens, timeout_s, **forced) for chat in mine))
            took = time.monotonic() - began
    return took
