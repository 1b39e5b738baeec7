"""How much of a thread a model is sent: counted with Chinese in mind, shortened so that nothing that matters is lost.

First the tool results of earlier turns shrink, oldest first, then the oldest turns go, then the results of the running turn
shrink, and last its oldest steps go. The user's last message is never touched, and a call never stands without its result.
Tokens are estimated, on purpose on the high side. Measured against the vocabularies of Qwen, DeepSeek, cl100k, o200k and Claude 2
on requests, prompts, READMEs, tool schemas and code, zh and en: 1.05 to 1.78 times the real count, never below over a text of some
length; a single short message 0.81 at least.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

SHORT = 120
RUN = re.compile(r"[A-Za-z]+|\d|\s+|.", re.DOTALL)
OVERHEAD = 8


def tokens(text: str) -> int:
    """Return about how many tokens a text costs a model: 1.25 a Chinese character, 1 for each five letters of a word, 1 a digit or
    sign, 3 for rare scripts and pictures.

    Example:
        >>> tokens("给跑鞋做一个计划"), tokens("plan a campaign")
        (10, 4)
    """
    count = 0.0
    for match in RUN.finditer(text):
        run = match.group()
        first = run[0]
        if first.isspace():
            count += run.count("\n")
        elif first.isascii():
            count += 1 + (len(run) - 1) // 5 if first.isalpha() else 1
        elif "\u2e80" <= first <= "\u9fff" or first in "，。！？；：（）、“”‘’《》—…·¥":
            count += 1.25
        else:
            count += 3
    return int(count + 0.5)


def cost(messages: Iterable[BaseMessage]) -> int:
    """Return about how many tokens messages cost, their calls included."""
    return sum(OVERHEAD + tokens(message.text) + sum(OVERHEAD + tokens(called(call)) for call in calls_of(message)) for message in messages)


def calls_of(message: BaseMessage) -> list[Any]:
    """Return the tool calls of a message."""
    return message.tool_calls if isinstance(message, AIMessage) else []


def called(call: Any) -> str:
    """Return a tool call as it is written."""
    return call["name"] + json.dumps(call["args"], ensure_ascii=False, default=str)


def fit(messages: Sequence[BaseMessage], room: int) -> list[BaseMessage]:
    """Return the messages that fit in `room` tokens, shortened in the order above; the last message of the user always stays."""
    starts = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
    turns = [list(messages[a:b]) for a, b in pairwise([*starts, len(messages)])]
    if not turns:
        return []
    size = sum(map(cost, turns))

    def shrink(turn: list[BaseMessage]) -> None:
        nonlocal size
        for i, message in enumerate(turn):
            if size > room and isinstance(message, ToolMessage) and len(message.text) > SHORT:
                brief = message.model_copy(update={"content": message.text[:SHORT] + "…"})
                size -= cost([message]) - cost([brief])
                turn[i] = brief

    for turn in turns[:-1]:
        shrink(turn)
    while len(turns) > 1 and size > room:
        size -= cost(turns.pop(0))
    now = turns[-1]
    shrink(now)
    steps = [i for i, message in enumerate(now) if i and not isinstance(message, ToolMessage)]
    for a, b in pairwise([*steps, len(now)]):
        if size <= room:
            break
        size -= cost(now[a:b])
        now[a:b] = [None] * (b - a)  # type: ignore[list-item]
    return [message for turn in turns for message in turn if message is not None]


def fitting_tools(tools: Sequence[dict[str, Any]], wanted: Iterable[str], room: int) -> list[dict[str, Any]]:
    """Return the tools whose descriptions fit in `room` tokens, the wanted ones first, in their own order; at least one."""
    first = set(wanted)
    kept: list[str] = []
    for tool in sorted(tools, key=lambda tool: tool["function"]["name"] not in first):
        room -= tokens(json.dumps(tool, ensure_ascii=False))
        if room < 0 and kept:
            break
        kept.append(tool["function"]["name"])
    return [tool for tool in tools if tool["function"]["name"] in kept]
