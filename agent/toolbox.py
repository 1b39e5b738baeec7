"""The registry of tools as LangChain tools: arguments checked, progress told, errors turned into sentences.

A tool is called with what the model chose and with what the turn knows (thread, plan in force, day, language, the message).
The result's ``artifact`` is a plain-JSON `CallRecord`, so the thread's history needs nothing else. This file decides nothing:
whether a call may run is the matter of `gates`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from langchain.tools import ToolRuntime
from langchain_core.tools import StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from ..data.brief import Document
from ..data.errors import AdwrightError
from ..data.result import Artifact, Step, ToolResult
from ..data.words import Words, both
from ..tools import TOOLS, Tool, load
from ..tools.plan.in_force import no_plan
from . import shelf
from .events import StepDone, StepProgress, StepStarted
from .journal import note_defect
from .turn import Stopped, TurnContext

if TYPE_CHECKING:
    from ..data.workspace import Workspace

# Filled from the turn, never by a model.
FROM_TURN = (
    "reply_language",
    "text",
    "today",
    "seed",
    "plan_id",
    "version",
    "thread",
    "photo",
    "music",
    "set_id",
    "set_version",
    "ground",
    "without",
    "more_sizes",
)


class CallRecord(Document):
    """What is kept of a tool call in the thread, beside the words for the model."""

    ok: bool = True
    finding: Words
    artifact: Artifact | None = None
    steps: list[Step] = []
    seconds: float = 0.0
    code: str | None = None
    args: dict[str, Any] = {}


class Watched:
    """The progress of a tool call, told to the watcher of the turn as JSON events."""

    def __init__(self, writer: Any, call: str, context: TurnContext) -> None:
        self.writer, self.call, self.context = writer, call, context
        self.part: str | None = None
        self.begun: dict[str, float] = {}

    def start(self, key: str, title: Words) -> None:
        """A named part begins."""
        self._alive()
        self.part, self.begun[key] = key, time.monotonic()
        self.writer(StepStarted(id=f"{self.call}/{key}", tool=key, title=title, parent=self.call).model_dump(mode="json"))

    def note(self, note: Words, done: int, of: int) -> None:
        """`done` of `of` pieces of the running part are ready."""
        self._alive()
        step = f"{self.call}/{self.part}" if self.part else self.call
        self.writer(StepProgress(id=step, note=note, done=done, of=of).model_dump(mode="json"))

    def done(self, key: str, finding: Words, artifact: Artifact | None = None) -> None:
        """The part ended."""
        seconds = time.monotonic() - self.begun.get(key, time.monotonic())
        event = StepDone(id=f"{self.call}/{key}", tool=key, ok=True, finding=finding, artifact=artifact, seconds=round(seconds, 2))
        self.writer(event.model_dump(mode="json"))
        if self.part == key:
            self.part = None

    def _alive(self) -> None:
        if self.context.stop.is_set():
            raise Stopped


def arguments(request: type[BaseModel]) -> type[BaseModel]:
    """Return the request model as a model may fill it: without what the turn knows, unknown fields refused."""
    fields: dict[str, Any] = {name: (info.annotation, info) for name, info in request.model_fields.items() if name not in FROM_TURN}
    fields["runtime"] = (ToolRuntime[Any, Any], ...)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    return create_model(f"{request.__name__}Arguments", __config__=config, **fields)


def as_langchain(workspace: Workspace, tool: Tool) -> StructuredTool:
    """Wrap one tool of the registry for an agent."""

    def call(runtime: ToolRuntime, **args: Any) -> tuple[str, dict[str, Any]]:
        return perform(workspace, tool, args, runtime)

    return StructuredTool.from_function(
        func=call,
        name=tool.spec.name,
        description=tool.spec.summary,
        args_schema=arguments(tool.request),
        response_format="content_and_artifact",
        handle_tool_error=False,
    )


def perform(workspace: Workspace, tool: Tool, args: dict[str, Any], runtime: ToolRuntime) -> tuple[str, dict[str, Any]]:
    """Run a tool for a turn, telling its watcher; raises `Failure` (a ToolException) with the record of what went wrong."""
    context = cast(TurnContext, runtime.context)
    call, name = runtime.tool_call_id or "", tool.spec.name
    begun = time.monotonic()
    runtime.stream_writer(StepStarted(id=call, tool=name, title=tool.spec.title).model_dump(mode="json"))
    try:
        request = tool.request.model_validate(completed(workspace, tool, args, context))
        result: ToolResult = tool.run(workspace, request, Watched(runtime.stream_writer, call, context))
        record = CallRecord(
            finding=result.finding,
            artifact=result.artifact,
            steps=result.steps,
            seconds=round(time.monotonic() - begun, 2),
            args=request.model_dump(mode="json", exclude_none=True),
        )
        content = result.content
        link(workspace, context.thread, result.artifact)
    except Stopped:
        record, content = (
            failed(both("已停止，没有改动任何内容。", "Stopped; nothing was changed."), "stopped", begun),
            "Stopped by the user.",
        )
    except AdwrightError as error:
        record = failed(Words(zh=error.tell("zh"), en=error.tell("en")), error.code, begun)
        content = f"Error {error.code}: {error.tell(context.language)}"
    except ValidationError as error:
        wrong = ", ".join(sorted({".".join(str(part) for part in item["loc"]) or "request" for item in error.errors()}))
        record = failed(both(f"参数不合适：{wrong}。", f"These arguments do not fit: {wrong}."), "bad-arguments", begun)
        content = f"Error bad-arguments: {wrong}. Correct them and call again."
    except Exception as error:
        note_defect(workspace.path, name, error)
        record = failed(
            both(
                "这一步出了内部问题，其他内容没有变动。详情在工作区的 adwright.log 里。",
                "This step failed inside; nothing else changed. Details are in the workspace's adwright.log.",
            ),
            "internal",
            begun,
        )
        content = "Error internal: this tool failed; do not call it again in this turn, say so plainly."
    event = StepDone(id=call, tool=name, ok=record.ok, finding=record.finding, artifact=record.artifact, seconds=record.seconds)
    runtime.stream_writer(event.model_dump(mode="json"))
    if not record.ok:
        raise Failure(content, record)
    return content, record.model_dump(mode="json")


class Failure(ToolException):
    """A tool call that did not succeed: words for the model and the record for the thread."""

    def __init__(self, content: str, record: CallRecord) -> None:
        super().__init__(content)
        self.content, self.record = content, record


def failed(finding: Words, code: str, begun: float) -> CallRecord:
    """Return the record of a call that ended with `finding`; `begun` is its monotonic start."""
    return CallRecord(ok=False, finding=finding, code=code, seconds=round(time.monotonic() - begun, 2))


def completed(workspace: Workspace, tool: Tool, args: dict[str, Any], context: TurnContext) -> dict[str, Any]:
    """Return `args` with what the turn knows; fields the tool does not have are left out."""
    given = {name: value for name, value in args.items() if value is not None}
    plan = workspace.records.current(context.thread) if "plan_id" in tool.request.model_fields else None
    if (
        plan is None
        and "plan_id" in tool.request.model_fields
        and "plan_id" not in given
        and tool.request.model_fields["plan_id"].is_required()
    ):
        raise no_plan()
    known = {
        "reply_language": context.language,
        "text": context.said,
        "today": context.today,
        "seed": context.seed,
        "thread": context.thread,
        "plan_id": plan.id if plan else None,
        "version": plan.version if plan else None,
        **shelf.of_thread(workspace, context.thread),
        "currency_stated": bool(context.reading.in_force.get("currency") or context.reading.slots.get("currency")),
    }
    return given | {name: value for name, value in known.items() if name in tool.request.model_fields and value is not None}


def link(workspace: Workspace, thread: str, artifact: Artifact) -> None:
    """Make the plan or the set of pictures a tool has saved the one in force in this thread."""
    if artifact.kind == "images" and artifact.data.get("set"):
        shelf.put_pictures(workspace, thread, artifact.data["set"], artifact.data["version"])
        shelf.same_photo(workspace, thread, artifact.data.get("photo"))
    if artifact.kind == "plan" and artifact.data.get("id"):
        workspace.records.set_current(thread, artifact.data["id"], artifact.data["version"])
        shelf.same_photo(workspace, thread, workspace.records.plan(artifact.data["id"], artifact.data["version"]).brief.look.photo)


def toolbox(workspace: Workspace, tools: Iterable[Tool] | None = None) -> list[StructuredTool]:
    """Return the tools of the registry (or `tools`) for an agent on `workspace`."""
    return [as_langchain(workspace, tool) for tool in (tools if tools is not None else (load(name) for name in TOOLS))]
