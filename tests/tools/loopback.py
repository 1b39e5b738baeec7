"""A JSON service on this machine for the tests of clients: what it was asked is kept, what it answers is played."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Loopback:
    """Answers every POST; `play` turns the fields of a request into (status, body), a text body goes out as it is."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.play: Callable[[dict[str, Any]], tuple[int, Any]] = self.right
        service = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                kind = self.headers["Content-Type"]
                sent = json.loads(raw) if kind == "application/json" else parts(raw, kind)
                service.asked.append(sent | {"path": self.path, "key": self.headers["Authorization"]})
                status, body = service.play(sent)
                written = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                # The one who asked may have stopped waiting.
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(written)

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def right(self, sent: dict[str, Any]) -> tuple[int, Any]:
        """The answer of a service that works."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


def parts(raw: bytes, kind: str) -> dict[str, Any]:
    """Fields of a multipart form: text as text, files as bytes."""
    mark = b"--" + kind.partition("boundary=")[2].encode()
    found: dict[str, Any] = {}
    for part in raw.split(mark)[1:-1]:
        head, _, body = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.decode().partition('name="')[2].partition('"')[0]
        found[name] = body if b"filename" in head else body.decode()
    return found
