"""Which currency stands beside a number: signs, codes and words from `currencies.toml`, and the small coins behind it.

Only what is written: a bare 5万 states none. Not here: amounts and ranges (`money`), exchange rates (shop knowledge).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from .lexicon import read_words
from .numbers import find_numbers

# How far before a number its sign may begin.
REACH = 14
# "¥100,000 JPY" and "$500 AUD": the code says which yen or dollar the sign means.
SHARED = {"¥": ("JPY",), "$": ("AUD", "CAD", "SGD", "HKD", "TWD", "NZD", "MXN")}
# The 5 of 两块五, unless it counts something itself.
LOOSE = re.compile(r"[1-9一二三四五六七八九](?![\d万千百十]|\s?[天日周个月条张款套版份岁秒人次号年成折倍x%分家件只])")


@dataclass(frozen=True)
class _Table:
    before: re.Pattern[str]
    after: re.Pattern[str]
    coins: dict[str, list[tuple[re.Pattern[str], int]]]


@cache
def _table() -> _Table:
    rows = {code: row for code, row in read_words("currencies.toml").items() if isinstance(row, dict)}
    before = "|".join(rf"(?P<{code}>(?<![a-z'])(?:{row['before']}|{_code(code, row)})\s{{0,2}})" for code, row in rows.items())
    after = "|".join(f"(?P<{code}>{'|'.join(map(_whole, [_code(code, row), *row['after'].split('|')]))})" for code, row in rows.items())
    coins = {
        code: [(re.compile(rf"\s?-?(?:{word})(?![a-z])"), int(parts)) for word, parts in row.get("coins", rows["USD"]["coins"])]
        for code, row in rows.items()
    }
    return _Table(re.compile(rf"(?:{before})$"), re.compile(rf"[多来余]?\s?(?:-(?=[a-z]))?(?:{after})"), coins)


def _whole(word: str) -> str:
    return f"{word}(?![a-z])" if re.search(r"[a-z?]$", word) else word


def _code(code: str, row: dict[str, Any]) -> str:
    return code.lower() if row.get("code", True) else "(?!)"


def currency_before(text: str, at: int, since: int = 0) -> tuple[str | None, int]:
    """The currency written right before ``text[at]`` (a minus between is allowed), and where it begins; it does not begin before `since`.

    Example:
        >>> currency_before("hk$ 500", 4)
        ('HKD', 0)
    """
    start = max(since, at - REACH)
    head = re.sub(r"[-负]\s?$", "", text[start:at])
    found = _table().before.search(head)
    return (found.lastgroup, start + found.start()) if found else (None, at)


def currency_after(text: str, at: int) -> tuple[str | None, int]:
    """The currency written right behind ``text[:at]``, and where it ends.

    Example:
        >>> currency_after("500 canadian dollars", 3)
        ('CAD', 20)
    """
    found = _table().after.match(text, at)
    if not found or (found.group().strip() == "$" and re.match(r"\s?\d", text[found.end() :])):
        return None, at
    if found.group().strip() == "刀" and text[found.end() : found.end() + 1] in ("具", "片", "架"):
        return None, at
    return found.lastgroup, found.end()


def coins_after(text: str, at: int, currency: str) -> tuple[Decimal, int]:
    """What small coins behind an amount add to it: 三毛, 6角三分, 零1分, 50 cents, the 5 of 两块五; and where they end.

    Example:
        >>> coins_after("3 dollars 50 cents", 9, "USD")
        (Decimal('0.5'), 18)
    """
    added, end = Decimal(0), at
    for word, parts in _table().coins[currency]:
        lead = re.compile(r"\s?(?:又|零|and )?\s?").match(text, end)
        start = lead.end() if lead else end
        number = next((n for n in find_numbers(text[start : start + 24]) if n.start == 0 and 0 < n.value < 100), None)
        coin = word.match(text, start + number.end) if number else None
        if number and coin:
            added, end = added + number.value / parts, coin.end()
    loose = LOOSE.match(text, at)
    if end == at and loose and text[at - 1] == "块":
        return find_numbers(loose.group())[0].value / 10, loose.end()
    return added, end
