"""What a turn tells its watcher: one typed union, the same for the page, the command line and Python."""

from __future__ import annotations

from typing import Any, Literal

from ..data.brief import Document
from ..data.money import Money
from ..data.result import Artifact, Step
from ..data.words import Words

Behaviour = Literal["do", "ask", "warn", "refuse"]


class TextDelta(Document):
    """A piece of the answer."""

    kind: Literal["text"] = "text"
    text: str


class StepStarted(Document):
    """A tool call, or a named part of one (`parent` is then the call's id), begins."""

    kind: Literal["step-started"] = "step-started"
    id: str
    tool: str
    title: Words
    parent: str | None = None


class StepProgress(Document):
    """The running step has `done` of `of` pieces ready."""

    kind: Literal["step-progress"] = "step-progress"
    id: str
    note: Words
    done: int
    of: int


class StepDone(Document):
    """The step ended. `ok` False: `finding` says what happened and what to do."""

    kind: Literal["step-done"] = "step-done"
    id: str
    tool: str
    ok: bool
    finding: Words
    artifact: Artifact | None = None
    seconds: float


class ApprovalNeeded(Document):
    """The turn waits: an outward or costly action needs the merchant's word. Answer with `Assistant.decide`."""

    kind: Literal["approval"] = "approval"
    id: str
    tool: str
    title: Words
    detail: Words
    amount: Money | None = None
    args: dict[str, Any] = {}


class Notice(Document):
    """Something the merchant should know, e.g. that the model did not answer and the planner did."""

    kind: Literal["notice"] = "notice"
    text: Words


class Failed(Document):
    """The turn could not be finished; nothing is lost. `code` is stable, `hint` says what to do next."""

    kind: Literal["failed"] = "failed"
    code: str
    message: Words
    hint: Words


class ToolCall(Document):
    """A tool call that was made in a turn. `code` names why it did not succeed; `note` is what the merchant said to that."""

    id: str
    tool: str
    args: dict[str, Any]
    ok: bool = True
    finding: Words | None = None
    artifact: Artifact | None = None
    steps: list[Step] = []
    seconds: float = 0.0
    code: str | None = None
    note: str = ""


class Done(Document):
    """The end of a turn. `suggestions` are follow-ups to offer; `options` answer an open question."""

    kind: Literal["done"] = "done"
    text: str
    behaviour: Behaviour
    plan_id: str | None = None
    version: int | None = None
    suggestions: list[str] = []
    options: list[str] = []
    seconds: float = 0.0


Event = TextDelta | StepStarted | StepProgress | StepDone | ApprovalNeeded | Notice | Failed | Done


class Turn(Document):
    """One exchange of a stored thread: what was said, what was done, what was answered."""

    said: str
    calls: list[ToolCall] = []
    notices: list[Words] = []
    text: str = ""
    behaviour: Behaviour = "do"
    approval: ApprovalNeeded | None = None
    plan_id: str | None = None
    version: int | None = None
    suggestions: list[str] = []
    options: list[str] = []
    seconds: float = 0.0
