"""A thread's stored messages as people read them: turns, tool calls, answers. Pure functions of the messages.

The only reader of message details: where the reading, the record of a call and the answer are kept. Nothing here runs tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from ..data.errors import AdwrightError
from ..data.knowledge.customer_lists import list_rule
from ..data.words import Words, both
from ..tools import TOOLS
from .events import ApprovalNeeded, ToolCall, Turn
from .planner.normalise import language_of
from .wording import title_of

if TYPE_CHECKING:
    from ..data.plan import CampaignPlan
    from .planner.reading import Understanding

REJECTED = "rejected"
INTERRUPTED = "interrupted"
NOT_APPROVED = both("未获批准，没有执行。", "Not approved, so it was not done.")
CUT_SHORT = both("这一步被中断了，没有完成。", "This step was cut short and was not finished.")
NO_ANSWER = both(
    "上一次在回答前中断了，您的话和已保存的计划都在。请再发一次。",
    "This turn was cut short before the answer. Your message and every saved plan are safe. Please send it again.",
)


def reading_of(message: BaseMessage) -> Understanding | None:
    """Return the reading stored with a message of the merchant, or None."""
    from .planner.reading import Understanding

    stored = message.additional_kwargs.get("reading")
    return None if stored is None else Understanding.model_validate(stored)


def calls_after(messages: Sequence[BaseMessage]) -> list[ToolCall]:
    """Return the finished tool calls in `messages`, in order; calls without a result are left out."""
    asked = {call["id"]: call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls}
    return [call_of(message, asked.get(message.tool_call_id)) for message in messages if isinstance(message, ToolMessage)]


def call_of(message: ToolMessage, asked: Any) -> ToolCall:
    """Return one finished call; `asked` is what the model asked for (an approved edit may have run with other arguments)."""
    record = message.artifact if isinstance(message.artifact, dict) else {}
    tool = message.name or (asked["name"] if asked else "")
    args = record.get("args") or (asked["args"] if asked else {})
    if record:
        return ToolCall.model_validate(
            {"note": "", **{key: record[key] for key in record if key != "args"}, "id": message.tool_call_id, "tool": tool, "args": args}
        )
    rejection = str(message.content).startswith("User rejected the tool call")
    _, _, why = str(message.content).partition("with reason: ")
    text = str(message.content)[:300]
    return ToolCall(
        id=message.tool_call_id,
        tool=tool,
        args=args,
        ok=message.status != "error",
        finding=NOT_APPROVED if rejection else both(text, text),
        code=REJECTED if rejection else "bad-call" if message.status == "error" else None,
        note=why if rejection else "",
    )


def open_calls(messages: Sequence[BaseMessage]) -> list[Any]:
    """Return the tool calls that have no result: waiting for approval, or cut short by a crash."""
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    return [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls if call["id"] not in answered]


def detail_of(tool: str, args: dict[str, Any], cost: Words | None = None) -> Words:
    """Return what a person reads before approving a step: its `cost` where there is one; of a list of people, whose and for whom."""
    words = TOOLS[tool].approval or title_of(tool)
    if cost is not None:
        scene = str(args.get("scene", ""))
        return both(f"背景“{scene}”：{cost.zh}{words.zh}", f"Background “{scene}”: {cost.en} {words.en}")
    if tool != "export_audience":
        return words
    platform = str(args.get("platform", ""))
    try:
        name = list_rule(platform).name
    except AdwrightError:
        name = both(platform, platform)
    segment = args.get("segment", "")
    return both(f"人群 {segment}，{name.zh}。{words.zh}", f"Segment {segment}, for {name.en}. {words.en}")


def said_in(messages: Sequence[BaseMessage]) -> list[str]:
    """Return the merchant's own words, oldest first; structured edits have none."""
    return [message.text for message in messages if isinstance(message, HumanMessage) and not message.additional_kwargs.get("patches")]


def history(
    messages: Sequence[BaseMessage], waiting: bool = False, plan: CampaignPlan | None = None, cost: Words | None = None
) -> list[Turn]:
    """Return the turns of a thread; `waiting` marks an approval that is open in the last one, about `plan`, of a scene at `cost`."""
    starts = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
    turns = [turn_of(messages[a:b]) for a, b in pairwise([*starts, len(messages)])]
    if turns and not turns[-1].text:
        if waiting:
            turns[-1].approval = approval_of(messages, plan, cost)
        else:
            turns[-1].text = NO_ANSWER.pick(language_of(turns[-1].said))  # type: ignore[arg-type]
    return turns


def turn_of(messages: Sequence[BaseMessage]) -> Turn:
    """Return one exchange from its messages; the first is the merchant's."""
    human, rest = messages[0], messages[1:]
    turn = Turn(said=human.text, calls=calls_after(rest))
    for call in open_calls(rest):
        turn.calls.append(ToolCall(id=call["id"], tool=call["name"], args=call["args"], ok=False, finding=CUT_SHORT, code=INTERRUPTED))
    for call in turn.calls:
        if call.ok and call.artifact is not None and call.artifact.kind == "plan":
            turn.plan_id, turn.version = call.artifact.data.get("id"), call.artifact.data.get("version")
    for message in rest:
        if isinstance(message, AIMessage):
            turn.notices += [Words.model_validate(notice) for notice in message.additional_kwargs.get("notices", [])]
            turn.seconds = message.additional_kwargs.get("seconds", turn.seconds)
    last = rest[-1] if rest else None
    if isinstance(last, AIMessage) and not last.tool_calls:
        answer = last.additional_kwargs.get("answer", {})
        turn.text = last.text
        turn.behaviour = answer.get("behaviour", "do")
        turn.suggestions, turn.options = answer.get("suggestions", []), answer.get("options", [])
    return turn


def approval_of(messages: Sequence[BaseMessage], plan: CampaignPlan | None = None, cost: Words | None = None) -> ApprovalNeeded | None:
    """Return the approval a thread waits for, or None."""
    pending = open_calls(messages)
    if not pending:
        return None
    call = pending[0]
    exports = call["name"] == "export_plan"
    return ApprovalNeeded(
        id=call["id"],
        tool=call["name"],
        title=title_of(call["name"]),
        detail=detail_of(call["name"], call["args"], cost if call["name"] == "paint_scene" else None),
        amount=plan.total if plan and exports else None,
        args={**({"plan_id": plan.id, "version": plan.version} if plan and exports else {}), **call["args"]},
    )
