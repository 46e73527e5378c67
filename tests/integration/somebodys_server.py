"""An OpenAI-compatible server that somebody else runs: whole answers and streams, as slow as a test says; it counts what was asked."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SomebodysServer:
    """`asked` counts whole answers by their messages, as JSON; `in_flight` those that are being made, `most` of them at once at most."""

    def __init__(self, text: str) -> None:
        self.url = ""
        self.text = text
        self.asked: Counter[str] = Counter()
        self.in_flight = self.most = 0
        self.delay_s = 0.0
        self.lock = threading.Lock()


@contextmanager
def somebodys_server(text: str = "other") -> Iterator[SomebodysServer]:
    """A server in a thread that answers everything with `text`. `other` is a label of the demo, no JSON, and no refusal."""
    server = SomebodysServer(text)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.whole({"object": "list", "data": [{"id": "theirs", "object": "model"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with suppress(OSError):  # who asked has gone
                self.stream() if body.get("stream") else self.answer(body)

        def answer(self, body: dict) -> None:
            with server.lock:
                server.asked[json.dumps(body["messages"])] += 1
                server.in_flight += 1
                server.most = max(server.most, server.in_flight)
            try:
                time.sleep(server.delay_s)
            finally:
                with server.lock:
                    server.in_flight -= 1
            choice = {"index": 0, "message": {"role": "assistant", "content": server.text}, "finish_reason": "stop"}
            self.whole({"id": "x", "object": "chat.completion", "model": "theirs", "choices": [choice], "usage": USAGE})

        def stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for word in server.text.partition("h"):
                time.sleep(0.005)
                self.event({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
            self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self.event({"choices": [], "usage": USAGE})
            self.chunk(b"data: [DONE]\n\n")
            self.chunk(b"")

        def event(self, data: dict) -> None:
            self.chunk(f"data: {json.dumps({'id': 'x', **data})}\n\n".encode())

        def chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        def whole(self, data: dict) -> None:
            content = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
