"""A server that batches like an engine, with step times that are known: python batching_server.py '{"replicas": 2, ...}' prints its port.

It sleeps where an engine would compute, so it needs next to no processor, and what is measured on it is the measurement and the simulator,
not the machine. Completions API, streamed, one token an event; a prompt has as many tokens as words.
"""

import asyncio
import json
import sys
import time
from collections import deque
from contextlib import suppress

from aiohttp import ClientConnectionResetError, web

DEFAULTS = {"replicas": 1, "max_batch": 8, "first_s": 0.02, "more_s": 0.003, "prefill_s": 0.0005}


class Replica:
    """Slots, a queue, and a loop of steps at instants that do not drift."""

    def __init__(self, settings: dict) -> None:
        self.s = settings
        self.waiting: deque[list] = deque()
        self.slots: list[list] = []  # [tokens left, queue of the handler]
        self.woken = asyncio.Event()

    @property
    def load(self) -> int:
        return len(self.waiting) + len(self.slots)

    async def run(self) -> None:
        while True:
            self.woken.clear()
            if not self.load:
                await self.woken.wait()
            now = time.monotonic()
            while self.load:
                fresh = 0
                while self.waiting and len(self.slots) < self.s["max_batch"]:
                    prompt, tokens, out = self.waiting.popleft()
                    fresh += prompt
                    self.slots.append([tokens, out])
                now += self.s["first_s"] + self.s["more_s"] * (len(self.slots) - 1) + self.s["prefill_s"] * fresh
                await asyncio.sleep(max(0.0, now - time.monotonic()))
                for slot in self.slots:
                    slot[0] -= 1
                    slot[1].put_nowait(slot[0] == 0)
                self.slots = [slot for slot in self.slots if slot[0]]


def event(data: dict | str) -> bytes:
    return b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n"


async def main(settings: dict) -> None:
    fleet = [Replica(settings) for _ in range(settings["replicas"])]
    tasks = [asyncio.create_task(one.run()) for one in fleet]

    async def complete(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt, tokens, out = len(body["prompt"].split()), body["max_tokens"], asyncio.Queue()
        one = min(fleet, key=lambda one: one.load)
        one.waiting.append([prompt, tokens, out])
        one.woken.set()
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        last = False
        with suppress(ClientConnectionResetError):  # nobody listens any more: the slot is kept to its end
            while not last:
                last = await out.get()
                await answer.write(event({"choices": [{"index": 0, "text": " x", "finish_reason": "length" if last else None}]}))
            usage = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
            await answer.write(event({"choices": [], "usage": usage}) + event("[DONE]"))
        return answer

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "known", "object": "model"}]})

    app = web.Application()
    app.add_routes([web.post("/v1/completions", complete), web.get("/v1/models", models)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main(DEFAULTS | json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")))
