"""A real HTTP server on this machine that speaks the OpenAI protocol and plays a script: answers, calls, and every fault.

It is how the agent is rehearsed without a language model (`faults` here, and the tests). It listens on 127.0.0.1 only.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..endpoint import Breaker, Limits, endpoint

Play = Callable[["Request"], None]
KEY = "sk-canary-0123456789"


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    """Return one event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', 'choices': [choice]})}\n\n"


class Request:
    """One request being answered."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.handler, self.body, self.streaming = handler, body, bool(body.get("stream"))

    def head(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """Send the head of a response; underscores in names stand for hyphens."""
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def write(self, text: str) -> None:
        """Send text at once."""
        self.handler.wfile.write(text.encode())
        self.handler.wfile.flush()

    def event(self, delta: dict[str, Any], finish: str | None = None) -> None:
        """Send a chunk of a stream."""
        self.write(chunk(delta, finish))

    def whole(self, message: dict[str, Any], finish: str | None = "stop") -> None:
        """Send a whole response."""
        choices = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]
        self.write(json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}))


def says(text: str, finish: str = "stop") -> Play:
    """A plain answer."""

    def play(request: Request) -> None:
        if not request.streaming:
            request.head()
            return request.whole({"content": text}, finish)
        request.head(kind="text/event-stream")
        for i in range(0, len(text), 7):
            request.event({"content": text[i : i + 7]})
        request.event({}, finish)
        request.write("data: [DONE]\n\n")

    return play


def calls(*wanted: tuple[str, Any], finish: str | None = "tool_calls", cut: int | None = None, done: bool = True) -> Play:
    """Tool calls; arguments as a dict or as raw text; `cut` ends the argument text after so many characters."""

    def play(request: Request) -> None:
        made = [(name, args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)) for name, args in wanted]
        if cut is not None:
            made = [(name, args[:cut]) for name, args in made]
        if not request.streaming:
            request.head()
            listed = [
                {"id": f"x{i}", "type": "function", "function": {"name": name, "arguments": args}} for i, (name, args) in enumerate(made)
            ]
            return request.whole({"content": None, "tool_calls": listed}, finish or "length")
        request.head(kind="text/event-stream")
        for i, (name, args) in enumerate(made):
            request.event({"tool_calls": [{"index": i, "id": f"x{i}", "type": "function", "function": {"name": name, "arguments": ""}}]})
            for j in range(0, len(args), 5):
                request.event({"tool_calls": [{"index": i, "function": {"arguments": args[j : j + 5]}}]})
        if finish:
            request.event({}, finish)
        if done:
            request.write("data: [DONE]\n\n")

    return play


def status(code: int, body: Any, **headers: str) -> Play:
    """An HTTP status with a body."""

    def play(request: Request) -> None:
        request.head(code, **headers)
        request.write(body if isinstance(body, str) else json.dumps(body))

    return play


def page(request: Request) -> None:
    """HTTP 200 with HTML, as a login page or a proxy sends it."""
    request.head(kind="text/html")
    request.write("<html><body>Welcome</body></html>")


def body(value: Any) -> Play:
    """HTTP 200 with this JSON; as one event when a stream was asked for."""

    def play(request: Request) -> None:
        request.head(kind="text/event-stream" if request.streaming else "application/json")
        text = json.dumps(value)
        request.write(f"data: {text}\n\ndata: [DONE]\n\n" if request.streaming else text)

    return play


def raw_events(*lines: str) -> Play:
    """A stream of these lines, then the end; to a request for a whole response the last of them."""

    def play(request: Request) -> None:
        if not request.streaming:
            request.head()
            return request.write(lines[-1])
        request.head(kind="text/event-stream")
        for line in lines:
            request.write(f"data: {line}\n\n")

    return play


def stalls(seconds: float, first: str = "") -> Play:
    """Nothing (after `first`) for so long."""

    def play(request: Request) -> None:
        request.head(kind="text/event-stream" if request.streaming else "application/json")
        if first and request.streaming:
            request.event({"content": first})
        time.sleep(seconds)

    return play


def drips(pieces: int, gap: float) -> Play:
    """A slow answer that never pauses long enough for a socket's own timeout."""

    def play(request: Request) -> None:
        request.head(kind="text/event-stream" if request.streaming else "application/json")
        for _ in range(pieces):
            request.event({"content": "慢"}) if request.streaming else request.write(" ")
            time.sleep(gap)
        request.event({}, "stop") if request.streaming else request.whole({"content": "慢。"})

    return play


def torn(text: str) -> Play:
    """The connection goes away in the middle of `text`: of the stream, or of a body that was announced as longer."""

    def play(request: Request) -> None:
        half = text[: len(text) // 2]
        if request.streaming:
            request.head(kind="text/event-stream", Transfer_Encoding="chunked")
            event = chunk({"content": half})
            # A chunk that says it is longer than what comes.
            request.write(f"{len(event.encode()) + 500:x}\r\n{event}")
        else:
            request.head(Content_Length="5000")
            request.write(f'{{"id": "c", "choices": [{{"index": 0, "message": {{"role": "assistant", "content": "{half}')
        request.handler.connection.shutdown(socket.SHUT_RDWR)

    return play


def busy_moment(times: int, then: Play, code: int = 503) -> list[Play]:
    """A script: `times` refusals with this status, then `then` for ever."""
    return [status(code, {"error": {"message": "overloaded", "type": "server_error"}})] * times + [then]


class Speaker:
    """The server: `script` is played in order, its last piece for ever; `asked` keeps the requests."""

    def __init__(self) -> None:
        self.script: list[Play] = []
        self.asked: list[dict[str, Any]] = []
        speaker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                speaker.asked.append(sent)
                play = speaker.script[min(len(speaker.asked), len(speaker.script)) - 1]
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    play(Request(self, sent))

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
        """The address for a client."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def model(self, limits: Limits | None = None, streaming: bool = True) -> Any:
        """The real client against this server, with short deadlines."""
        made = endpoint("m", self.url, KEY, limits or Limits(connect=2, first=1.5, chunk=1.5, total=8, wait=5))
        made.breaker, made.streaming = Breaker(), streaming
        return made

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()
