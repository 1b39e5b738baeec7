"""Asks about drafts that exist: say one in the other language, compare them, or which is better; words that leave no doubt.

Patterns are data (``[drafts]`` and ``[rating]`` in words.toml). Not here: changes to the copy of a plan (`copy_edits`), new copy (`intents`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...data.words import both
from .deciding import SURE
from .lexicon import expressions
from .reading import Understanding
from .scan import Scan
from .sure import ORDINALS


class DraftAsk(NamedTuple):
    """``translate`` or ``prefer`` with the tool's arguments, or ``compare``."""

    kind: str
    args: dict[str, Any]


def draft_ask(s: Scan, drafted: bool) -> DraftAsk | None:
    """Return what a message asks of drafts made before, or None; `drafted` says that some were made in this conversation.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> draft_ask(scan("把第二条翻译成英文", date(2026, 11, 23)), True)
        DraftAsk(kind='translate', args={'translate': 2, 'language': 'en'})
        >>> draft_ask(scan("translate this draft to Chinese", date(2026, 11, 23)), False).args
        {'translate': 0, 'language': 'zh'}
        >>> draft_ask(scan("第二条比第一条好", date(2026, 11, 23)), True).args
        {'prefer': [2, 1]}
        >>> draft_ask(scan("翻译一下这份合同", date(2026, 11, 23)), True)
    """
    if any(a.sure for a in s.amounts):
        return None
    patterns, text = expressions("drafts"), s.plain
    rated = _rated(text.strip()) if drafted else None
    if rated is not None:
        return DraftAsk("prefer", rated)
    if patterns["compare"].search(text) and (drafted or patterns["draft"].search(text)):
        return DraftAsk("compare", {})
    if not patterns["translate"].search(text) or patterns["not_translate"].search(text):
        return None
    number = _number(patterns["number"].search(text))
    # A number without a noun means a draft only where drafts were just made.
    if not patterns["draft"].search(text) and not (drafted and (number is not None or patterns["these"].search(text))):
        return None
    language = "en" if patterns["english"].search(text) else "zh" if patterns["chinese"].search(text) else None
    return DraftAsk("translate", {"translate": number or 0} | ({"language": language} if language else {}))


def about_drafts(base: Understanding, asked: DraftAsk, slots: Mapping[str, Any]) -> None:
    """Write into `base` what is done about drafts that exist; what was said of product and plan (`slots`) still holds."""
    base.confidence, base.in_force = SURE, dict(slots)
    if asked.kind == "compare":
        base.act, base.tools = "help", ["none"]
        base.reply = both(
            "在页面的“评文案”里两条并排看，选哪条更好；评过 20 组以后，写文案会参考你的选择。",
            "On the page, under “Rate copy”, two drafts stand side by side; say which is better. After 20 pairs your choices count when copy is picked.",
        )
        return
    base.tools, base.wants = ["draft_copy"], ["draft_copy"]
    base.extra["drafts"] = asked.args


def _rated(text: str) -> dict[str, Any] | None:
    """The tool's arguments where the whole message says which draft is better: ``prefer`` is [better, worse], 0 for all the others."""
    for kind, pattern in expressions("rating").items():
        found = pattern.search(text)
        if found is None:
            continue
        numbers = [int(word) if word.isdigit() else ORDINALS.get(word, 0) for word in found.groups() if word]
        if not all(0 < number <= 50 for number in numbers):
            return None
        first, second = (*numbers, 0)[:2]
        return {"prefer": [second, first] if kind in ("worse", "disliked") else [first, second]} | (
            {"equal": True} if kind == "equal" else {}
        )
    return None


def _number(found: re.Match[str] | None) -> int | None:
    if not found:
        return None
    word = next(group for group in found.groups() if group)
    number = int(word) if word.isdigit() else ORDINALS.get(word)
    return number if number and number > 0 else None
