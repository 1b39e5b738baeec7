"""Asks about drafts that exist: say one in the other language, or compare them; words that leave no doubt.

Patterns are data (``[drafts]`` in words.toml). Not here: changes to the copy of a plan (`copy_edits`), new copy (`intents`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from .lexicon import words
from .scan import Scan
from .sure import ORDINALS


class DraftAsk(NamedTuple):
    """``translate`` with the tool's arguments, or ``compare``."""

    kind: str
    args: dict[str, Any]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(regex) for name, regex in words()["drafts"].items()}


def draft_ask(s: Scan, drafted: bool) -> DraftAsk | None:
    """Return what a message asks of drafts made before, or None; `drafted` says that some were made in this conversation.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> draft_ask(scan("把第二条翻译成英文", date(2026, 11, 23)), True)
        DraftAsk(kind='translate', args={'translate': 2, 'language': 'en'})
        >>> draft_ask(scan("translate this draft to Chinese", date(2026, 11, 23)), False).args
        {'translate': 0, 'language': 'zh'}
        >>> draft_ask(scan("翻译一下这份合同", date(2026, 11, 23)), True)
    """
    if any(a.sure for a in s.amounts):
        return None
    patterns, text = _patterns(), s.plain
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


def _number(found: re.Match[str] | None) -> int | None:
    if not found:
        return None
    word = next(group for group in found.groups() if group)
    number = int(word) if word.isdigit() else ORDINALS.get(word)
    return number if number and number > 0 else None
