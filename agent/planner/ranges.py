"""Two numbers said as one range: 3-5w, 三到四万, 8千到1万2, 5、6万, between $1k and $2k, from 200 to 300, 10000与20000之间.

Not here: one-ended ranges (at least, 最多), and whether the range is money (`money`).
"""

from __future__ import annotations

import re
from decimal import Decimal

from .numbers import Number

JOIN = re.compile(r"\s?(?:-{1,2}|~|到|至|to|through|or|或者?|\.\.|,?\s?(?:up to|at most)|[,，]?\s?(?:最多|不超过|至多|顶多))\s?")
AND = re.compile(r"\s?(?:and|和|与|跟)\s?")
OPEN = re.compile(r"(?:between|from|在|介于|位于)\s?$")
CLOSE = re.compile(r"\s?[元块刀]?(?:之间|间(?!隔))")
UP_TO = re.compile(r"up to|at most|最多|不超过|至多|顶多")
LEAST = re.compile(r"(?:at least|from|minimum(?: of)?|最少|至少|不低于|起码)\s?$")


def both_ends(text: str, a: Number, b: Number, a_end: int, b_start: int) -> tuple[Decimal, Decimal] | None:
    """Low and high when two numbers make one range; ``text[a_end:b_start]`` are the words between them, units left out.

    The size word of the second counts for the first where that gives a sensible range.

    Example:
        >>> from adwright.agent.planner.numbers import find_numbers
        >>> a, b = find_numbers("3-5w")
        >>> [str(x) for x in both_ends("3-5w", a, b, a.end, b.start) or ()]
        ['30000', '50000']
    """
    between, head = text[a_end:b_start], text[: a.start].rstrip("¥$€£ ")
    next_digit = between == "、" and b.scale > a.scale and b.value == (a.value + 1) * b.scale
    if UP_TO.search(between):
        if not (JOIN.fullmatch(between) and LEAST.search(head)):
            return None
    elif not (JOIN.fullmatch(between) or next_digit or (AND.fullmatch(between) and (OPEN.search(head) or CLOSE.match(text[b.end :])))):
        return None
    low, high = a.value, b.high or b.value
    if b.value < 0 <= a.value:
        high = -b.value
    if b.scale >= 100 and a.scale < b.scale and 0 < a.value < 1000 and a.value * b.scale < high + b.scale * 10:
        low = a.value * b.scale
    return (low, high) if low <= high else None
