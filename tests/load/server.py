"""An OpenAI-compatible stream of known delays, and of known faults. Run as a process of its own: `python server.py '{"ttft": 0.05, ...}'`.

Prints its port. Writes to raw asyncio streams, so that every byte and every pause is as said here. Every `every`th request in the order of
arrival, the first one included, meets the next one of `faults`.
"""

import asyncio
import contextlib
import json
import os
import socket
import ssl
import struct
import sys
import time
from typing import Any

DEFAULTS = {
    "ttft": 0.03,
    "itl": 0.005,
    "tokens": 16,
    "per_chunk": 1,
    "role_first": True,
    "usage": True,
    "faults": [],
    "every": 10,
    "freeze_at": None,
    "freeze_s": 3.0,
    "slots": 0,
    "tls": None,
    "bodies": None,  # file to which every request's body goes, a line each
    "retry_after": None,
}


class Server:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.s = {**DEFAULTS, **settings}
        self.seen = 0
        self.began: float | None = None
        self.slots = asyncio.Semaphore(self.s["slots"]) if self.s["slots"] else None

    async def serve(self) -> None:
        tls = None
        if self.s["tls"]:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(self.s["tls"])
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0, ssl=tls)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next((int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length")), 0)
                body = await reader.readexactly(length)
                self.text = " /v1/completions " in head
                if self.s["bodies"] and body:
                    with open(self.s["bodies"], "ab") as file:  # noqa: PTH123
                        file.write(body + b"\n")
                if head.startswith("GET"):
                    plain(writer, 200, json.dumps({"object": "list", "data": [{"id": "known-delays"}]}))
                elif self.slots:
                    async with self.slots:
                        await self.completion(writer)
                else:
                    await self.completion(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def completion(self, writer: asyncio.StreamWriter) -> None:
        s, now = self.s, time.monotonic()
        number, self.seen = self.seen, self.seen + 1
        self.began = self.began or now
        if s["freeze_at"] is not None and now - self.began >= s["freeze_at"]:
            s["freeze_at"] = None
            time.sleep(s["freeze_s"])  # the whole server stands still, accepting included
        fault = s["faults"][number // s["every"] % len(s["faults"])] if s["faults"] and number % s["every"] == 0 else None
        if fault in ("500", "429", "404"):
            more = f"Retry-After: {s['retry_after']}\r\n" if s["retry_after"] is not None else ""
            plain(writer, int(fault), json.dumps({"error": {"message": "as asked"}}), more=more)
            return
        if fault == "html":
            plain(writer, 200, "<html>a portal</html>", "text/html")
            return
        if fault == "no_stream":
            plain(writer, 200, json.dumps({"choices": [{"message": {"content": "all at once"}, "finish_reason": "stop"}]}))
            return
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault == "reset_at_once":
            reset(writer)
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        if s["role_first"] and not self.text:
            chunk(writer, {"role": "assistant", "content": ""})
        due = asyncio.get_running_loop().time() + s["ttft"]
        for at in range(0, s["tokens"], s["per_chunk"]):
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if writer.is_closing():
                return
            if at >= s["tokens"] // 2 and fault in ("reset", "truncated", "garbage", "error_event"):
                break
            if fault != "empty":
                words = "word " * min(s["per_chunk"], s["tokens"] - at)
                if self.text:
                    event(writer, json.dumps({"id": "c", "choices": [{"index": 0, "text": words, "finish_reason": None}]}))
                else:
                    chunk(writer, {"content": words})
            due += s["itl"] * s["per_chunk"]
        if fault == "reset":
            reset(writer)
        elif fault == "truncated":
            event(writer, "[DONE]")
            writer.write(b"0\r\n\r\n")
        elif fault == "garbage":
            event(writer, '{"choices": [{"delta"')
            writer.write(b"0\r\n\r\n")
        elif fault == "error_event":
            event(writer, json.dumps({"error": {"message": "the engine died", "code": 500}}))
            writer.write(b"0\r\n\r\n")
        else:
            event(writer, json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}))
            if s["usage"]:
                event(writer, json.dumps({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": s["tokens"]}}))
            event(writer, "[DONE]")
            writer.write(b"0\r\n\r\n")


def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a RST, not a FIN
    writer.transport.abort()


def plain(writer: asyncio.StreamWriter, status: int, body: str, kind: str = "application/json", more: str = "") -> None:
    writer.write(f"HTTP/1.1 {status} x\r\n{more}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


def chunk(writer: asyncio.StreamWriter, delta: dict[str, str]) -> None:
    event(writer, json.dumps({"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}))


def event(writer: asyncio.StreamWriter, data: str) -> None:
    line = f"data: {data}\n\n".encode()
    writer.write(b"%x\r\n%s\r\n" % (len(line), line))


if __name__ == "__main__":
    with contextlib.suppress(OSError, AttributeError):  # its delays are the truth, also on a busy machine
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    asyncio.run(Server(json.loads(sys.argv[1])).serve())
