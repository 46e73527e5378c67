"""A server in this process that lists one model and answers every prompt with one letter, or says that it is too long."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Server(NamedTuple):
    """Its base URL, and (path, body) of all that was posted to it."""

    url: str
    posted: list[tuple[str, dict[str, Any]]]


@contextmanager
def one_model(entry: dict[str, Any] | None = None, most: int = 10**6) -> Iterator[Server]:
    """`entry` is what /models says of the model; a prompt of more than `most` characters is answered 400."""
    posted: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, "application/json", json.dumps({"data": [entry or {"id": "mine"}]}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            posted.append((self.path, body))
            if len(body.get("prompt") or body["messages"][-1]["content"]) > most:
                self._answer(400, "application/json", '{"error": {"message": "This model\'s maximum context length is 8 tokens"}}')
            else:
                self._answer(200, "text/event-stream", 'data: {"choices": [{"text": "a"}]}\n\ndata: [DONE]\n\n')

        def _answer(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield Server(f"http://127.0.0.1:{server.server_port}/v1", posted)
        finally:
            server.shutdown()
