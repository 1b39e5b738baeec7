"""What a model outside gets to see, and what of its text people get to see.

The stored thread stays whole; only the copy that is sent is shortened: the newest turns first, tool results of older turns cut to
a line. Size is counted with Chinese in mind (a Chinese character is a token, four other characters are one).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from ..data.plan import CampaignPlan
from .planner.normalise import is_chinese
from .wording import channel_name, listed, say

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from .turn import TurnContext

TOKENS = 12_000
OLD_RESULT = 120
WEEKDAYS = {"zh": "一二三四五六日", "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")}
REMOTE_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>", re.IGNORECASE)


def tokens(text: str) -> int:
    """Return about how many tokens a text costs."""
    chinese = sum(map(is_chinese, text))
    return chinese + (len(text) - chinese + 3) // 4


def seen(messages: Sequence[BaseMessage], shrink: int = 1) -> list[BaseMessage]:
    """Return the newest whole turns that fit the size (divided by `shrink`), without anything but words and calls."""
    starts = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
    turns = [list(messages[a:b]) for a, b in pairwise([*starts, len(messages)])]
    kept: list[list[BaseMessage]] = []
    left = TOKENS // shrink
    for age, turn in enumerate(reversed(turns)):
        plain = [bare(message, short=age > 0 or shrink > 1) for message in turn]
        left -= sum(tokens(message.text) + 20 for message in plain)
        if kept and left < 0:
            break
        kept.append(plain)
    return [message for turn in reversed(kept) for message in turn]


def bare(message: BaseMessage, short: bool) -> BaseMessage:
    """Return a message without what we store beside its words."""
    if isinstance(message, ToolMessage):
        text = message.text[:OLD_RESULT] if short else message.text
        return ToolMessage(content=text, name=message.name, tool_call_id=message.tool_call_id, status=message.status)
    if isinstance(message, AIMessage):
        return AIMessage(content=message.text, tool_calls=message.tool_calls)
    return HumanMessage(message.text)


def instructions(workspace: Workspace, context: TurnContext, plan: CampaignPlan | None) -> str:
    """Return the system prompt of a turn."""
    language = context.language
    none = "无" if language == "zh" else "none"
    return say(
        "system",
        language,
        shop=workspace.name,
        today=context.today.isoformat(),
        weekday=WEEKDAYS[language][context.today.weekday()],
        currency=workspace.currency,
        plan=outline(plan, context) if plan else none,
    )


def outline(plan: CampaignPlan, context: TurnContext) -> str:
    """Return the plan in force in one line, for a model."""
    from .answers import split_of

    language = context.language
    split = listed([f"{channel_name(channel, language)} {money.text(short=True)}" for channel, money in split_of(plan)], language)
    product = plan.brief.product.value.called(language)
    return f"{product}, {plan.total.text(short=True)}, {plan.brief.start.value} - {plan.brief.end}, {split}, v{plan.version}"


def without_remote_pictures(text: str) -> str:
    """Return a model's text without picture links: fetching one would tell a stranger what was said."""
    return REMOTE_PICTURE.sub("", text).strip()
