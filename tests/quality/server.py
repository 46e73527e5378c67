"""A small OpenAI-compatible server in a thread, over real sockets, that answers as a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, str, str]  # status, content type, body


class Server:
    """`seen` holds the bodies of all requests, `headers` their headers, `most` how many were in flight at once at most."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.in_flight = self.most = 0
        self.lock = threading.Lock()

    def prompts(self) -> list[str]:
        return [body["messages"][-1]["content"] for body in self.seen]


def completion(text: Any, *, finish: Any = "stop", usage: Any = (7, 3)) -> Answer:
    counts = {"prompt_tokens": usage[0], "completion_tokens": usage[1]} if isinstance(usage, tuple) else usage
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    body = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": counts}
    return 200, "application/json", json.dumps(body)


@contextmanager
def serving(answer: Callable[[dict[str, Any]], Answer | None]) -> Iterator[Server]:
    """A server whose `answer` gets each request's body; None hangs up without a word."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                server.seen.append(body)
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                server.in_flight += 1
                server.most = max(server.most, server.in_flight)
            try:
                found = answer(body)
            finally:
                with server.lock:
                    server.in_flight -= 1
            if found is None:
                self.close_connection = True
                return
            status, kind, text = found
            data = text.encode()
            with suppress(OSError):  # who asked has gone
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server = Server(f"http://127.0.0.1:{http.server_port}/v1")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
