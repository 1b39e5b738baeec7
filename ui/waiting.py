"""A small page and printed lines while the demo shop is built, so that the address answers from the first second.

Standard library only; it stops before the real page starts on the same port.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from ..data.result import Artifact
from ..data.words import Words, both
from .markup import esc

_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Adwright</title>
<style>:root{{color-scheme:light dark}}body{{margin:0;min-height:100vh;display:grid;place-items:center;background:#F7F7F5;color:#1B1D22;font:15px/25px "PingFang SC","Microsoft YaHei UI","Noto Sans CJK SC",system-ui,sans-serif}}
main{{width:min(460px,88vw)}}h1{{font-size:20px;line-height:28px;margin:0 0 4px}}p{{margin:0;color:#5A5F69}}progress{{width:100%;height:6px;margin:14px 0 8px;accent-color:#2F5BD7}}
@media(prefers-color-scheme:dark){{body{{background:#0E1014;color:#ECEEF2}}p{{color:#A9B0BD}}}}</style>
<main><h1>正在准备演示店铺 · Preparing the demo shop</h1><p>只在第一次启动时需要，通常不到一分钟。<br>Only on the first start, usually under a minute.</p>
<progress {bar}></progress><p>{zh}<br>{en}</p></main></html>"""


class Waiting:
    """A `Progress` that prints and serves what it hears; use it as a context manager around the building.

    Example:
        >>> with Waiting("127.0.0.1", 7860) as progress:  # doctest: +SKIP
        ...     Workspace.demo("shop", progress=progress)
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._server: ThreadingHTTPServer | None = None
        self._now: tuple[Words, int, int] = (both("", ""), 0, 0)

    def __enter__(self) -> Waiting:
        waiting = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                words, done, of = waiting._now
                bar = f'value="{done}" max="{of}"' if of else ""
                body = _PAGE.format(bar=bar, zh=esc(words.zh), en=esc(words.en)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        try:
            self._server = ThreadingHTTPServer(self._address, Answer)
        except OSError:
            # The port is taken: the real page will say so; building goes on with printed progress only.
            return self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        print(f"http://{self._address[0]}:{self._address[1]}/", file=sys.stderr)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def start(self, key: str, title: Words) -> None:
        """A part of the building begins."""
        self._now = (title, 0, 0)
        print(f"{title.zh} · {title.en}", file=sys.stderr)

    def note(self, note: Words, done: int, of: int) -> None:
        """`done` of `of` pieces are ready."""
        if note != self._now[0]:
            print(f"{note.zh} · {note.en}", file=sys.stderr)
        self._now = (note, done, of)

    def done(self, key: str, finding: Words, artifact: Artifact | None = None) -> None:
        """A part is ready."""
        print(f"  {finding.zh} · {finding.en}", file=sys.stderr)
