"""Asks about the shop's own past: what worked, what was run, which copy did best; answered by `search_campaigns`.

A time, a word of the past or "we" beside a word of success makes one; a plan, a forecast, a sum or an order to write something does not.
Patterns are data (``[past]`` in words.toml). Not here: returns by channel or month (`return_asks`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ...tools.memory.times import period_in
from .lexicon import expressions
from .scan import Scan


def past_ask(s: Scan, today: date) -> dict[str, Any] | None:
    """Return the arguments of a search in the past that a message asks for, or None.

    Example:
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 23)
        >>> [past_ask(scan(t, day), day) for t in ("what worked on Douyin last winter?", "小红书上哪种标题点击好？", "跑鞋方案，3万")]
        [{}, {'kind': 'creative'}, None]
    """
    if any(a.sure for a in s.amounts):
        return None
    p, text = expressions("past"), s.plain
    if p["not"].search(text):
        return None
    period = period_in(text, today)
    past = (period is not None and period.start <= today) or p["before"].search(text) is not None
    success, ours, which = (p[name].search(text) is not None for name in ("success", "ours", "which"))
    of_ads = p["ads"].search(text) is not None or bool(s.places.ids)
    creative = p["creative"].search(text) is not None
    top = creative and which and p["top"].search(text) is not None
    if success and (top or (past and (ours or of_ads or which)) or (which and of_ads and (ours or creative))):
        return {"kind": "creative"} if creative and which else {}
    return {} if past and p["ran"].search(text) else None


def of_it(text: str) -> bool:
    """Whether a question speaks of the product under discussion: 这类商品, this.

    Example:
        >>> of_it("这类商品以前效果怎么样"), of_it("跑鞋以前效果怎么样")
        (True, False)
    """
    return expressions("past")["it"].search(text) is not None
