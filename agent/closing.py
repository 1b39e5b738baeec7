"""Closing what was left open: calls that wait for approval when something else is typed, and calls cut short by a crash.

A stored call without a result would be refused by every model service, and would leave a step turning for ever on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from ..data.result import Artifact
from ..data.words import Words, both
from .planner.normalise import language_of
from .toolbox import CallRecord
from .transcript import CUT_SHORT, INTERRUPTED, NOT_APPROVED, REJECTED, open_calls, said_in
from .wording import title_of

if TYPE_CHECKING:
    from ..data.workspace import Workspace

SAVED = both("这一步被中断了，但计划已保存。", "This step was cut short, but its plan was saved.")


def closing_messages(messages: Sequence[BaseMessage], typed: str | None, workspace: Workspace, thread: str) -> list[BaseMessage]:
    """Return the messages that end an unfinished turn; `typed` is what was said instead of deciding an open approval."""
    closing: list[BaseMessage] = []
    pending = open_calls(messages)
    for call in pending:
        if typed is not None:
            workspace.records.record_approval(thread, call["name"], call["args"], "reject")
            record = CallRecord(ok=False, finding=NOT_APPROVED, code=REJECTED)
            content = f"User rejected the tool call for `{call['name']}` with reason: {typed[:500]}"
        else:
            record = interrupted(call["name"], messages, workspace, thread)
            content = "The step was interrupted." if not record.ok else "The step was interrupted after its plan was saved."
        status = "success" if record.ok else "error"
        closing.append(
            ToolMessage(content, name=call["name"], tool_call_id=call["id"], status=status, artifact=record.model_dump(mode="json"))
        )
    if messages and (pending or not (isinstance(messages[-1], AIMessage) and messages[-1].text)):
        said = said_in(messages)
        language = language_of(said[-1]) if said else "zh"
        closing.append(AIMessage(ended(pending[0]["name"] if pending else "", typed is not None).pick(language)))  # type: ignore[arg-type]
    return closing


def interrupted(tool: str, messages: Sequence[BaseMessage], workspace: Workspace, thread: str) -> CallRecord:
    """Return the record of a call cut short; the plan in force stands in it when no earlier call of the thread made that plan."""
    plan = workspace.records.current(thread) if tool in ("make_plan", "revise_plan") else None
    made = [
        (artifact.get("data", {}).get("id"), artifact.get("data", {}).get("version"))
        for message in messages
        if isinstance(message, ToolMessage) and isinstance(message.artifact, dict) and (artifact := message.artifact.get("artifact"))
    ]
    if plan is None or (plan.id, plan.version) in made:
        return CallRecord(ok=False, finding=CUT_SHORT, code=INTERRUPTED)
    artifact = Artifact(kind="plan", title=plan.title, data={"id": plan.id, "version": plan.version})
    return CallRecord(ok=True, finding=SAVED, artifact=artifact)


def ended(tool: str, rejected: bool) -> Words:
    """Return the answer of a turn that was closed afterwards."""
    if rejected:
        title = title_of(tool)
        return both(f"好的，没有执行「{title.zh}」。", f'Understood: "{title.en}" was not done.')
    return both("这一轮在回答前中断了。已保存的计划都在。", "This turn was cut short before the answer. Every saved plan is safe.")
