"""What a model outside gets to see, and what of its text people get to see.

The stored thread stays whole; only the copy that is sent is shortened, by the rules of `trimming`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from ..data.plan import CampaignPlan
from ..data.visible import visible
from .trimming import fit, tokens
from .wire import THOUGHT
from .wording import channel_name, listed, say

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from .turn import TurnContext

RULE_END = re.compile(r"[。；]|[.;:](?=\s|$)")
RULE_TOKENS = 12
TITLE = 60
PHOTO = "[With a product photo: describe_photo says what it shows; pictures use it without being told.]"
WEEKDAYS = {"zh": "一二三四五六日", "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")}
REMOTE_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>", re.IGNORECASE)


def seen(messages: Sequence[BaseMessage], room: int) -> list[BaseMessage]:
    """Return what fits in `room` tokens of a thread, without anything but words and calls (see `trimming`)."""
    last = max((i for i, message in enumerate(messages) if isinstance(message, HumanMessage)), default=0)
    return fit([bare(message, now=i >= last) for i, message in enumerate(messages)], room)


def bare(message: BaseMessage, now: bool) -> BaseMessage:
    """Return a message without what we store beside its words; thinking that goes with a call is kept in the running turn."""
    if isinstance(message, ToolMessage):
        return ToolMessage(content=message.text, name=message.name, tool_call_id=message.tool_call_id, status=message.status)
    if isinstance(message, AIMessage):
        thought = message.additional_kwargs.get(THOUGHT)
        return AIMessage(
            content=message.text, tool_calls=message.tool_calls, additional_kwargs={THOUGHT: thought} if now and thought else {}
        )
    return HumanMessage(f"{message.text}\n{PHOTO}" if message.additional_kwargs.get("photo") else message.text)


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
    from .plan_answers import split_of

    language = context.language
    split = listed([f"{channel_name(channel, language)} {money.text(short=True)}" for channel, money in split_of(plan)], language)
    # A title of the catalogue is anybody's text: one short line of it, no more.
    product = " ".join(visible(plan.brief.product.value.called(language)).split())[:TITLE]
    return f"{product}, {plan.total.text(short=True)}, {plan.brief.start.value} - {plan.brief.end}, {split}, v{plan.version}"


def without_remote_pictures(text: str) -> str:
    """Return a model's text without picture links (fetching one would tell a stranger what was said) and without unseen characters."""
    return REMOTE_PICTURE.sub("", visible(text)).strip()


def repeats(answer: str, system: str) -> bool:
    """Return whether an answer holds a whole instruction of the system prompt, whatever its spacing and case."""
    flat = squeezed(answer)
    # The shop's name and the plan in force stand in it too, and may be told; the sentences about how to work may not.
    rules = [part for line in system.splitlines() for part in RULE_END.split(line) if tokens(part) >= RULE_TOKENS]
    return any(squeezed(rule) in flat for rule in rules)


def squeezed(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return "".join(letter for letter in text.lower() if letter.isalnum())
