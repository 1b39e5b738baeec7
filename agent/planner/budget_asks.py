"""Asks about money that change nothing: is another budget worth it, what budget does a goal need, and where should money move.

预算从5万加到8万值得吗？ compares two totals, 做到200万销售额要多少预算？ finds one (`size_budget`); 预算往哪儿挪？ is `move_budget`.
Patterns are data (``[size]`` and ``[moving]`` in words.toml). Not here: the change itself (`edits`), which is said without a question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .lexicon import expressions
from .numbers import find_numbers
from .percents import find_percents
from .scan import Scan

ORDERS = re.compile(r"\s?(?:单|笔(?:订单|成交)?|个?订单|orders?(?![a-z])|sales(?![a-z])|purchases?(?![a-z]))")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class BudgetAsk:
    """The arguments of `size_budget` that the message states, and where the figures stand (in the normalised text)."""

    args: dict[str, Any]
    spans: list[tuple[int, int]]


def move_ask(s: Scan) -> bool:
    """Whether a message asks where money should move between channels; a named amount, share or target channel is an edit instead.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 23)
        >>> [move_ask(scan(t, day)) for t in ("预算往哪儿挪？", "which channel should get more budget?", "抖音减20%")]
        [True, True, False]
    """
    patterns, text = expressions("moving"), s.plain
    # 挪一挪 holds no amount.
    if any(a.sure and a.low > 1 for a in s.amounts) or find_percents(text) or s.places.ids:
        return False
    found = patterns["move"].search(text)
    return found is not None and patterns["money"].search(text) is not None and not patterns["not_move"].search(text)


def budget_ask(s: Scan, present: Decimal | None) -> BudgetAsk | None:
    """Return what a message asks of the budget's size, or None; `present` is the budget in force.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 23)
        >>> budget_ask(scan("预算加到8万值得吗？", day), Decimal(50000)).args
        {'budget_from': Decimal('50000'), 'budget_to': Decimal('80000')}
        >>> budget_ask(scan("what budget do I need for 2M revenue at ROAS 3?", day), None).args
        {'revenue_goal': Decimal('2000000'), 'target_roas': 3}
    """
    patterns = expressions("size")
    if patterns["not_size"].search(s.plain):
        return None
    if patterns["need"].search(s.plain):
        return _needed(s)
    if patterns["worth"].search(s.plain) and patterns["about"].search(s.plain):
        return _weighed(s, present)
    return None


def _needed(s: Scan) -> BudgetAsk | None:
    args: dict[str, Any] = {}
    spans: list[tuple[int, int]] = []
    orders = next(((n, m) for n in find_numbers(s.plain) if (m := ORDERS.match(s.plain, n.end))), None)
    money = [a for a in s.amounts if a.sure and a.per_days is None]
    if orders is not None:
        args["orders_goal"] = int(orders[0].value)
        spans.append((orders[0].start, orders[1].end()))
    elif money:
        args["revenue_goal"] = money[0].low
        spans.append((money[0].start, money[0].end))
    if s.roi is not None:
        args["target_roas"] = s.roi.value
        spans += s.roi.spans
    return BudgetAsk(args, spans) if args else None


def _weighed(s: Scan, present: Decimal | None) -> BudgetAsk | None:
    patterns, plain = expressions("size"), s.plain
    money = [a for a in s.amounts if a.sure and a.per_days is None]
    spans = [(a.start, a.end) for a in money[:2]]
    ends = [money[0].low, money[0].high] if money and money[0].low != money[0].high else [a.low for a in money[:2]]
    if len(ends) == 2:
        return BudgetAsk({"budget_from": ends[0], "budget_to": ends[1]}, spans)
    if present is None:
        return None
    change = _change(s, present, ends[0] if ends else None)
    if change is None and ends and patterns["to"].search(plain):
        change = ends[0]
    return None if change is None else BudgetAsk({"budget_from": present, "budget_to": change}, spans)


def _change(s: Scan, present: Decimal, amount: Decimal | None) -> Decimal | None:
    """The budget after 再加3万, 加20%, 翻倍, 砍一半; None when an amount stands for the budget itself."""
    patterns, plain = expressions("size"), s.plain
    less = patterns["less"].search(plain) is not None
    if amount is not None:
        if not patterns["by"].search(plain):
            return None
        return present - amount if less and present > amount else present + amount
    if patterns["double"].search(plain):
        return present * 2
    if patterns["half"].search(plain):
        return present / 2
    share = next((p.share for p in find_percents(plain) if not p.price), None)
    if share is None:
        return None
    return (present * (1 - share if less else 1 + share)).quantize(CENT)
