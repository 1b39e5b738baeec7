"""A real server on this machine that speaks the OpenAI protocol and plays a script, with every fault a real one has shown."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adwright.agent.brains import Brain, Breaker, Limits, endpoint
from adwright.data.words import both

Play = Callable[["Wire"], None]
KEY = "sk-canary-0123456789"


class Wire:
    """One request being answered."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.handler, self.body, self.streaming = handler, body, bool(body.get("stream"))

    def head(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def write(self, text: str) -> None:
        self.handler.wfile.write(text.encode())
        self.handler.wfile.flush()

    def event(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.write(
            f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', 'choices': [choice]})}\n\n"
        )

    def whole(self, message: dict[str, Any], finish: str = "stop") -> None:
        choices = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]
        self.write(json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}))


def says(text: str, finish: str = "stop") -> Play:
    """A plain answer."""

    def play(wire: Wire) -> None:
        if not wire.streaming:
            wire.head()
            return wire.whole({"content": text}, finish)
        wire.head(kind="text/event-stream")
        for i in range(0, len(text), 7):
            wire.event({"content": text[i : i + 7]})
        wire.event({}, finish)
        wire.write("data: [DONE]\n\n")

    return play


def calls(*wanted: tuple[str, Any], finish: str | None = "tool_calls", cut: int | None = None, done: bool = True) -> Play:
    """Tool calls; arguments as a dict or as raw text; `cut` ends the argument text after so many characters."""

    def play(wire: Wire) -> None:
        made = [(name, args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)) for name, args in wanted]
        if cut is not None:
            made = [(name, args[:cut]) for name, args in made]
        if not wire.streaming:
            wire.head()
            listed = [
                {"id": f"x{i}", "type": "function", "function": {"name": name, "arguments": args}} for i, (name, args) in enumerate(made)
            ]
            return wire.whole({"content": None, "tool_calls": listed}, finish or "length")
        wire.head(kind="text/event-stream")
        for i, (name, args) in enumerate(made):
            wire.event({"tool_calls": [{"index": i, "id": f"x{i}", "type": "function", "function": {"name": name, "arguments": ""}}]})
            for j in range(0, len(args), 5):
                wire.event({"tool_calls": [{"index": i, "function": {"arguments": args[j : j + 5]}}]})
        if finish:
            wire.event({}, finish)
        if done:
            wire.write("data: [DONE]\n\n")

    return play


def status(code: int, body: Any, **headers: str) -> Play:
    """An HTTP status with a body."""

    def play(wire: Wire) -> None:
        wire.head(code, **headers)
        wire.write(body if isinstance(body, str) else json.dumps(body))

    return play


def page(wire: Wire) -> None:
    """HTTP 200 with HTML, as a login page or a proxy sends it."""
    wire.head(kind="text/html")
    wire.write("<html><body>Welcome</body></html>")


def body(value: Any) -> Play:
    """HTTP 200 with this JSON; as one event when a stream was asked for."""

    def play(wire: Wire) -> None:
        wire.head(kind="text/event-stream" if wire.streaming else "application/json")
        text = json.dumps(value)
        wire.write(f"data: {text}\n\ndata: [DONE]\n\n" if wire.streaming else text)

    return play


def raw_events(*lines: str) -> Play:
    """A stream of these lines, then the end."""

    def play(wire: Wire) -> None:
        wire.head(kind="text/event-stream")
        for line in lines:
            wire.write(f"data: {line}\n\n")

    return play


def stalls(seconds: float, first: str = "") -> Play:
    """Nothing (after `first`) for so long."""

    def play(wire: Wire) -> None:
        wire.head(kind="text/event-stream")
        if first:
            wire.event({"content": first})
        time.sleep(seconds)

    return play


def drips(pieces: int, gap: float) -> Play:
    """A slow answer that never pauses long enough for a socket's own timeout."""

    def play(wire: Wire) -> None:
        wire.head(kind="text/event-stream")
        for _ in range(pieces):
            wire.event({"content": "慢"})
            time.sleep(gap)
        wire.event({}, "stop")

    return play


class Speaker:
    """The server: `script` is played in order, its last piece for ever; `asked` keeps the requests."""

    def __init__(self) -> None:
        self.script: list[Play] = []
        self.asked: list[dict[str, Any]] = []
        speaker = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                speaker.asked.append(sent)
                play = speaker.script[min(len(speaker.asked), len(speaker.script)) - 1]
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    play(Wire(self, sent))

            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"data": [{"id": "m"}]}')

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def model(self, limits: Limits | None = None) -> Any:
        """The real client against this server, with short deadlines."""
        made = endpoint("m", self.url, KEY, limits or Limits(connect=2, first=1.5, chunk=1.5, total=8, wait=5))
        made.breaker = Breaker()
        return made

    def brain(self, limits: Limits | None = None) -> Brain:
        return Brain(both("m", "m"), self.model(limits))
