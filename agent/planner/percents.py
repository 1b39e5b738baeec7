"""Percentages in a message: 30%, ten percent, 百分之五, 三成半, 七五折, 6个百分点, 千分之一, 对折.

A 折 is the share that stays to pay. Not here: what a percentage is of, nor the split of a budget (`places`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from .numbers import find_numbers
from .numerals import FORMAL

AFTER = re.compile(
    r"\s{0,3}(?:(?P<pct>%|percent(?:age)?s?(?! points?)|per ?cents?|pct|个?百分点|个点(?!赞)|percentage points?)|(?P<zhe>折(?![叠扣页])(?:扣)?)|(?P<cheng>成)(?P<half>半)?(?!功|人|套|品|长|分|为|本|就|熟|交|立|员|果|绩|都|双|对|型|份))"
)
OF = re.compile(r"(?P<base>百万万|百万|千万|万万|百|千|万)分之$|(?P<en>per ?cents?|percents?) of $")
BASE = {"百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "万万": 10**8, "百万万": 10**10}
ALONE = re.compile(r"(?:打|对半|五)对折|打对折|(?<![绝相面应])对折|半成|半折|百分之?百(?![分之])")


@dataclass(frozen=True)
class Percent:
    """A percentage at ``text[start:end]``; `share` is 0..1 for 0..100 %, `price` marks a 折 (what is left to pay)."""

    start: int
    end: int
    share: Decimal
    price: bool = False


def find_percents(text: str) -> list[Percent]:
    """All percentages in normalised text.

    Example:
        >>> [f"{p.share:f}" for p in find_percents("降10%, 三成半, 七五折, 百分之五, twenty percent")]
        ['0.1', '0.35', '0.75', '0.05', '0.2']
    """
    found: list[Percent] = []
    text = text.translate(FORMAL)
    for m in ALONE.finditer(text):
        share = {"半成": "0.05", "百分百": "1", "百分之百": "1"}.get(m.group(), "0.5")
        found.append(Percent(m.start(), m.end(), Decimal(share), m.group().endswith("折")))
    for n in find_numbers(text):
        if any(p.start < n.end and n.start < p.end for p in found):
            continue
        before = OF.search(text[: n.start])
        if before:
            base = BASE[before["base"]] if before["base"] else 100
            found.append(Percent(before.start(), n.end, n.value / base))
            continue
        after = AFTER.match(text, n.end)
        if not after:
            continue
        if after["pct"]:
            found.append(Percent(n.start, after.end(), n.value / 100))
        elif after["zhe"]:
            # 七五折 is 75 %, 7折 and 7.5折 are tenths.
            if 0 < n.value < 10 or 10 < n.value < 100:
                found.append(Percent(n.start, after.end(), n.value / (100 if n.value >= 10 else 10), True))
        elif 0 < n.value <= 10 and not (n.value == 1 and not n.digits):
            tail = re.compile(r"\s?[一二三四五六七八九](?![\u4e00-\u9fff]*成)").match(text, after.end()) if not after["half"] else None
            extra = Decimal("0.05") if after["half"] else next(iter(find_numbers(tail.group()))).value / 100 if tail else Decimal(0)
            found.append(Percent(n.start, tail.end() if tail else after.end(), n.value / 10 + extra))
    return sorted(found, key=lambda p: p.start)


OFF = re.compile(r"\s?(?:off|discount|的?(?:优惠|折扣|立减)|cheaper|rebate)")
OFF_BEFORE = re.compile(r"(?:立减|直降|降价|优惠|折扣|让利|discount(?: of)?|(?:save|take)(?: an extra)?)\s?$")


def find_discount(text: str) -> Decimal | None:
    """The share taken off the price, where the message says one.

    Example:
        >>> [str(find_discount(t)) for t in ("打八折", "20% off", "七五折", "roi 20%")]
        ['0.2', '0.2', '0.25', 'None']
    """
    for p in find_percents(text):
        if p.price:
            return 1 - p.share
        if 0 < p.share < 1 and (OFF.match(text, p.end) or OFF_BEFORE.search(text[: p.start])):
            return p.share
    return None
