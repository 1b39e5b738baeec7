"""The fault table: every way an endpoint is known to fail, played at the real protocol against the real agent of a shop.

Each fault is played to a client that asks for a stream and to one that does not. A run passes when the turn ends in time with a
right answer or with a named message, nothing ran from arguments that were cut, no answer is empty, no key or inner detail is shown.
The rows are those of the measurements this agent was designed by; deadlines are shortened so that the table takes about a minute.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.result import ToolResult
from ...tools import TOOLS, Tool, load
from ..assistant import Assistant
from ..endpoint import Limits, endpoint
from ..events import Done, Failed, Notice
from ..faults import TOLD
from ..graph import CUT
from .server import KEY, Play, Speaker, body, busy_moment, calls, drips, page, raw_events, says, stalls, status, torn

if TYPE_CHECKING:
    from ...data.workspace import Workspace

TODAY = date(2026, 11, 23)
SHORT = Limits(connect=1.0, first=1.0, chunk=1.0, total=4.0, wait=4.0, backoff=0.1)
AT_ONCE = 4
SECRET = "db password=hunter2"
ROI = "投了8000回来2万4，算下ROI"
PLAN = "给跑鞋做一个5万元的投放计划，抖音和小红书，两周"
LOOK = "找找过往跑鞋的投放"
FIGURES = ("compute_roi", {"spend": 8000, "revenue": 24000})
WHOLE_PLAN = {"product": "跑鞋", "budget": 50000, "currency": "CNY", "days": 14, "channels": ["douyin", "xiaohongshu"]}
SAID = "好的，花费 8,000，收入 24,000。"
ANSWER = says(SAID)
ERROR = json.dumps({"error": {"message": "overloaded", "type": "server_error", "code": "overloaded"}})
EMPTY = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


@dataclass(frozen=True)
class Row:
    """A fault: its number in the table, what is played, what people have to see: ``answer``, or codes of a named message."""

    number: int
    name: str
    script: Sequence[Play]
    sees: str = "answer"
    asks: str = ROI
    requests: int = 3
    listening: bool = True


def rows() -> list[Row]:
    """Return the table; `requests` is the most that may be sent."""
    key = {"error": {"message": f"Incorrect API key provided: {KEY}. {SECRET}", "code": "invalid_api_key"}}
    quota = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    long = {"error": {"message": "maximum context length exceeded", "code": "context_length_exceeded"}}
    slow = {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}
    half = [calls(("make_plan", WHOLE_PLAN), finish=None, cut=29, done=False)]
    return [
        Row(1, "429, Retry-After 3, then ok", [status(429, slow, Retry_After="3"), ANSWER]),
        Row(2, "429, Retry-After 90", [status(429, slow, Retry_After="90")], "busy", requests=1),
        Row(3, "429 insufficient_quota", [status(429, quota)], "quota", requests=1),
        Row(4, "500 for ever", [status(500, "boom")], "server"),
        Row(4, "503 for ever", [status(503, slow)], "server"),
        Row(5, "503 twice, then ok", busy_moment(2, ANSWER)),
        Row(6, "401 that repeats the key", [status(401, key)], "key", requests=1),
        Row(7, "400 context_length_exceeded, then ok", [status(400, long), ANSWER], requests=2),
        Row(7, "400 context_length_exceeded for ever", [status(400, long)], "too-long", requests=2),
        Row(8, "connection refused", [ANSWER], "unreachable", requests=0, listening=False),
        Row(8, "read timeout (no byte)", [stalls(6)], "stalled deadline", requests=2),
        Row(9, "200 with HTML", [page], "not-json", requests=2),
        Row(10, "choices []", [body(EMPTY)], "not-json", requests=2),
        Row(11, "choices missing, an error instead", [body({"error": {"message": "x", "type": "server_error"}})], "server"),
        Row(12, "empty content", [says("")], "empty", requests=2),
        Row(13, "finish_reason length, then the rest", [says(SAID[:12], "length"), says(SAID[12:])], requests=2),
        Row(13, "finish_reason length for ever", [says("花费 8,000。然后", "length")], "cut-end", requests=2),
        Row(14, "TCP cut", [torn(SAID)], "cut", requests=2),
        Row(14, "TCP cut, then ok", [torn(SAID), ANSWER], requests=2),
        Row(15, "clean end without finish_reason", [unfinished], "cut", requests=2),
        Row(16, "cut in tool arguments", half, "cut", asks=PLAN, requests=2),
        Row(16, "cut in tool arguments, says tool_calls", [calls(("make_plan", WHOLE_PLAN), cut=29)], "bad-calls", PLAN, 3),
        Row(17, "stall in the middle", [stalls(6, first="花费")], "stalled deadline", requests=2),
        Row(18, "slow drip", [drips(60, 0.2)], "deadline", requests=1),
        Row(19, "error event in the stream", [raw_events(half_chunk(), ERROR)], "server"),
        Row(20, "broken JSON line", [raw_events(half_chunk(), '{"id": "c", "choi')], "not-json", requests=2),
        Row(21, "tool arguments are no JSON", [calls(("compute_roi", "spend=8000")), calls(FIGURES), ANSWER], requests=4),
        Row(21, "tool arguments are no JSON, for ever", [calls(("compute_roi", "spend=8000"))], "bad-calls", requests=3),
        Row(22, "tool arguments of a wrong type", [calls(("compute_roi", {"spend": "many"})), calls(FIGURES), ANSWER]),
        Row(23, "unknown tool", [calls(("format_disk", {"path": "."})), calls(FIGURES), ANSWER]),
        Row(24, "a tool raises", [calls(("search_campaigns", {"query": "跑鞋"})), says("这一步没有成功。")], asks=LOOK, requests=2),
        Row(25, "the same call again and again", [calls(FIGURES)], "looping", requests=8),
        Row(25, "always another call", [calls(("predict_ctr", {"channel": "douyin", "hour": i})) for i in range(24)], "looping", ROI, 8),
    ]


def half_chunk() -> str:
    """Return the first half of an answer as a chunk."""
    return json.dumps(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": "花费"}}]}
    )


def unfinished(request: Any) -> None:
    """Half a sentence and a clean end."""
    if request.streaming:
        return raw_events(half_chunk())(request)
    request.head()
    request.whole({"content": "花费"}, None)


@dataclass
class Run:
    """What happened in one run of a row; `wrong` says why it did not pass."""

    row: Row
    streaming: bool
    requests: int = 0
    seconds: float = 0.0
    saw: str = ""
    cut_runs: int = 0
    tool_calls: int = 0
    empty: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return the run as a row of the printed table."""
        cells = [
            f"{self.row.number:>2}",
            f"{self.row.name:<40}",
            "stream" if self.streaming else "whole ",
            f"{self.requests:>4}",
            f"{self.tool_calls:>5}",
            f"{self.seconds:>5.1f}",
            f"{self.saw:<12}",
            f"{self.cut_runs:>3}",
            f"{self.empty:>5}",
            "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong),
        ]
        return " | ".join(cells)


HEAD = " # | fault                                    | asked  | sent | calls | secs  | seen         | cut | empty | result"


class Stage:
    """The agent of a shop with its tools watched; plays rows."""

    def __init__(self, workspace: Workspace, limits: Limits = SHORT) -> None:
        self.workspace, self.limits = workspace, limits
        self.ran: list[tuple[str, Document]] = []
        self.tools = [self.watched(load(name)) for name in TOOLS]

    def watched(self, tool: Tool) -> Tool:
        """Return the tool, noting each run; the search raises with a secret in its text."""

        def run(workspace: Workspace, request: Document, progress: Any) -> ToolResult:
            self.ran.append((tool.spec.name, request))
            if tool.spec.name == "search_campaigns":
                raise RuntimeError(f"{SECRET} {KEY}")
            return tool.run(workspace, request, progress)

        return Tool(tool.spec, run, tool.request)

    def play(self, row: Row, streaming: bool) -> Run:
        """Play one row and judge how its turn ended."""
        speaker, run = Speaker(), Run(row, streaming)
        speaker.script = list(row.script)
        model = speaker.model(self.limits, streaming)
        if not row.listening:
            model.wire = endpoint("m", nobody(), KEY, self.limits).wire
        self.ran.clear()
        thread = f"fault-{row.number}-{row.name}-{streaming}"
        begun = time.monotonic()
        try:
            helper = Assistant(self.workspace, model=model, today=TODAY, tools=self.tools)
            events = list(helper.stream(row.asks, thread))
            run.seconds, run.requests = time.monotonic() - begun, len(speaker.asked)
            shown = json.dumps([event.model_dump(mode="json") for event in events], ensure_ascii=False)
            shown += json.dumps(speaker.asked, ensure_ascii=False) + json.dumps(
                [turn.model_dump(mode="json") for turn in helper.history(thread)]
            )
            self.judge(run, events, shown)
            helper.delete(thread)
        finally:
            speaker.close()
        return run

    def judge(self, run: Run, events: list[Any], shown: str) -> None:
        """Note what people saw and what is wrong with it."""
        last = events[-1]
        notices = [event.text.zh for event in events if isinstance(event, Notice)]
        run.tool_calls = len(self.ran)
        run.cut_runs = sum(name == "make_plan" and getattr(request, "budget", None) != 50000 for name, request in self.ran)
        run.empty = int(not (isinstance(last, Done) and last.text.strip()))
        named = [code for code, told in TOLD.items() if any(notice.startswith(told.zh) for notice in notices)]
        run.saw = "cut-end" if CUT.zh in notices else named[0] if named else "answer"
        expectations = {
            f"the turn ended with {last.kind}": isinstance(last, Failed) or not isinstance(last, Done),
            "an empty answer": bool(run.empty),
            f"seen {run.saw}, not {run.row.sees}": run.saw not in run.row.sees.split(),
            "not the model's own words": run.row.sees == "answer" and run.row.asks == ROI and SAID not in getattr(last, "text", ""),
            f"{run.requests} requests": run.requests > run.row.requests,
            f"{run.tool_calls} tool calls": run.tool_calls > 16,
            "a tool ran from cut arguments": run.cut_runs > 0,
            "too slow": run.seconds > 60,
            "a secret was shown": KEY in shown or SECRET in shown or "hunter2" in shown or "Traceback" in shown,
            "a secret was logged": any(word in self.log() for word in (KEY, "hunter2")),
        }
        run.wrong = [what for what, holds in expectations.items() if holds]

    def log(self) -> str:
        """Return the workspace's log."""
        path = self.workspace.path / "adwright.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def nobody() -> str:
    """Return an address on this machine where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


def play_all(workspace: Workspace, limits: Limits = SHORT) -> Iterator[Run]:
    """Play the whole table, each row to a streaming client and to one that is not; a few at a time, told in order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda play: Stage(workspace, limits).play(*play), [(row, mode) for row in rows() for mode in (True, False)])


def report(tell: Callable[[str], None] = print) -> bool:
    """Play the table on a small demo shop, print it line by line, and return whether every row passed."""
    from ...data.workspace import Workspace

    parts = f"connect {SHORT.connect:g} s, first token {SHORT.first:g} s, between chunks {SHORT.chunk:g} s, in all {SHORT.total:g} s"
    full = Limits()
    tell(
        f"Shortened deadlines: {parts}, waiting {SHORT.wait:g} s (in use: {full.connect:g}, {full.first:g}, {full.chunk:g}, {full.total:g}, {full.wait:g} s)."
    )
    tell(f"A real HTTP server on 127.0.0.1, the real client, the real agent.\n\n{HEAD}\n{'-' * 130}")
    runs: list[Run] = []
    with TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "demo", scale=0.02) as workspace:
        # The first plan of a shop fits its models; that is not what is measured here.
        Assistant(workspace, today=TODAY).chat(PLAN, thread="warm")
        for run in play_all(workspace):
            runs.append(run)
            tell(run.line())
    numbers = {run.row.number for run in runs}
    failed = {run.row.number for run in runs if run.wrong}
    tell(
        f"\n{len(numbers) - len(failed)} of {len(numbers)} faults pass ({len(runs)} runs); slowest {max(run.seconds for run in runs):.1f} s; "
        f"tool runs from cut arguments {sum(run.cut_runs for run in runs)}; empty answers {sum(run.empty for run in runs)}; "
        f"most model requests {max(run.requests for run in runs)}, most tool calls {max(run.tool_calls for run in runs)} in a turn."
    )
    return not failed
