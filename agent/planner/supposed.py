"""Suppositions about the plan in force: what if the budget were halved, what if clicks got dearer; the plan stays as it is.

如果预算砍半呢？先别改 is the edit 预算砍半, only wondered about: the words of supposing are set aside and the rest is read as a message
of its own. Click price and conversion rate are the market's, so they are found here. Patterns are data (``[suppose]`` in words.toml).
Not here: whether another budget is worth it (`budget_asks`), another hour or channel for one ad (`rate_questions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from .lexicon import expressions
from .percents import find_percents
from .scan import Scan

MARKET = {"click_price": "clicks", "conversion_rate": "converts"}
LEAST, MOST = Decimal("0.05"), Decimal(10)


@dataclass(frozen=True)
class Supposition:
    """`edit` is what is left to be read as a change (may be empty), `market` the factors on click price and conversion rate; `held`:
    the message itself says to leave the plan alone."""

    edit: str
    market: dict[str, Decimal] = field(default_factory=dict)
    held: bool = False


def supposition(s: Scan) -> Supposition | None:
    """Return what a message only supposes, or None where it supposes nothing.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 30)
        >>> supposition(scan("如果预算砍半呢？先别改，就问问", day)).edit
        '预算砍半'
        >>> supposition(scan("what if clicks get 20% dearer?", day)).market
        {'click_price': Decimal('1.2')}
        >>> supposition(scan("预算降到1万", day)) is None
        True
    """
    p, text = expressions("suppose"), s.plain
    held = p["hold"].search(text) is not None
    if not held and not p["suppose"].search(text):
        return None
    market = {name: factor for name, kind in MARKET.items() if (factor := _factor(text, kind)) is not None}
    if market:
        return Supposition("", market, held)
    left = p["aside"].sub(" ", p["hold"].sub(" ", text))
    return Supposition(p["edges"].sub("", PAST.sub(lambda m: PRESENT[m.group()], left)), held=held)


PRESENT = {
    "dropped": "drop", "removed": "remove", "moved": "move", "raised": "raise", "lowered": "lower", "doubled": "double", "halved": "halve",
    "added": "add", "spent": "budget", "reduced": "reduce", "increased": "increase", "shifted": "shift", "started": "start", "were": "is",
    "was": "is",
}  # fmt: skip


PAST = re.compile(rf"(?<![a-z])(?:{'|'.join(PRESENT)})(?![a-z])")


def _factor(text: str, kind: str) -> Decimal | None:
    """The factor on a rate that goes up or down by a share; None where none is stated."""
    p = expressions("suppose")
    if not p[kind].search(text):
        return None
    up, down = (p[f"{kind}_{way}"].search(text) is not None for way in ("up", "down"))
    if up == down:
        return None
    share = next((found.share for found in find_percents(text) if not found.price), None)
    if share is None and p["half"].search(text):
        share = Decimal("0.5")
    if share is None and up and p["double"].search(text):
        share = Decimal(1)
    if share is None:
        return None
    factor = 1 + share if up else 1 - share
    return factor if LEAST <= factor <= MOST else None


def takes_it(s: Scan) -> bool:
    """Whether a message takes what was just supposed: 那就这么改吧, ok do it.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> [takes_it(scan(t, date(2026, 11, 30))) for t in ("那就这么改吧", "OK, do it", "改成8万")]
        [True, True, False]
    """
    return expressions("suppose")["take"].search(s.plain.strip()) is not None
