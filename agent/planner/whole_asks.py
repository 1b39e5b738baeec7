"""Wishes about the plan in force as a whole: told to somebody else in a few sentences, and what may go wrong.

写一段给老板的汇报 needs no advertising copy, and "what could go wrong?" no split. Patterns are data (``[whole_asks]`` in words.toml).
Not here: where one of its figures comes from (`questions`).
"""

from __future__ import annotations

from typing import Any

from .lexicon import expressions
from .scan import Scan

# A mail to the boss is no mailing.
MAIL = {"email"}
COUNTS = {
    **{c: i for i, c in enumerate("一二三四五六七八", 1)},
    **{w: i for i, w in enumerate(("one", "two", "three", "four", "five", "six"), 1)},
    "两": 2,
}


def whole_ask(s: Scan) -> dict[str, Any] | None:
    """Return what is wished: ``as`` "report" (with ``sentences`` and ``mail`` where said) or "risk"; None for anything else.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 30)
        >>> [whole_ask(scan(t, day)) for t in ("写一段给老板的汇报，三句话", "what could go wrong?", "给老板椅写三条文案")]
        [{'as': 'report', 'mail': False, 'sentences': 3}, {'as': 'risk'}, None]
    """
    p, text = expressions("whole_asks"), s.plain
    if any(a.sure for a in s.amounts):
        return None
    if p["risk"].search(text) and not p["not_risk"].search(text):
        return {"as": "risk"}
    told = all(p[name].search(text) for name in ("reader", "write", "form")) and not set(s.places.ids) - MAIL
    if not told and not p["whole"].search(text):
        return None
    count = p["count"].search(text)
    word = next((group for group in count.groups() if group), "") if count else ""
    wanted = int(word) if word.isdigit() else COUNTS.get(word)
    return {"as": "report", "mail": p["mail"].search(text) is not None} | ({"sentences": wanted} if wanted else {})


def is_reader(text: str) -> bool:
    """Whether words name who is written to, not what is sold: 给团队写三条文案.

    Example:
        >>> is_reader("团队"), is_reader("老板椅")
        (True, False)
    """
    return expressions("whole_asks")["reader"].fullmatch(text.strip().casefold()) is not None
