"""The number guard: every figure in an answer written by a model must exist in what the turn knows.

Known are the tool results of this turn, the plan in force and the merchant's own words. Figures are compared after bringing
units to one form (万, k, %, thousands separators) and within the rounding the answer itself shows. Dates, list numbers and
small counts are let through. Not covered: whether a right figure is put to the right use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from .planner.normalise import read
from .planner.numbers import find_numbers

SCALES = {
    "千": 1000,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "k": 1000,
    "w": 10**4,
    "thousand": 1000,
    "m": 10**6,
    "million": 10**6,
    "bn": 10**9,
    "billion": 10**9,
}
NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-+])?(?P<money>[¥$€£₩]|(?:cny|usd|eur|gbp|jpy|rmb|hkd)\s?)?(?P<num>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<scale>十万|百万|千万|[千万亿]|(?:thousand|million|billion|bn|k|w|m)(?![a-z]))?\s?(?P<unit>%|percent|倍|x(?![a-z])|元|块|美元|成(?!交)|折)?"
)
CHINESE = re.compile(r"[零一二两三四五六七八九十百千]{2,}(?=[\s万亿元块单次个倍%天])|[一二两三四五六七八九](?=万|亿|千|百|成(?!交)|倍)")
DATES = [
    re.compile(pattern)
    for pattern in (
        r"\d{4}-\d{1,2}-\d{1,2}",
        r"\d{4}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?",
        r"\d{1,2}月\d{1,2}[日号]?(?:\s?[-~至到]\s?(?:\d{1,2}月)?\d{1,2}[日号])?",
        r"\d{1,2}月",
        r"\b\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:,? \d{4})?",
        r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?\b(?:,? \d{4})?",
        r"\b\d{1,2}[:：]\d{2}\b",
        r"\b(?:19|20)\d{2}(?![\d.,]*\d|\s?[%万千k元])\b",
        r"\bp\s?(?:10|25|50|75|90)\b",
        r"\d{2,4}\s?[x×]\s?\d{2,4}",
        r"\bv\d+(?:\.\d+)*",
        r"(?m)^\s*\d{1,2}[.)、]",
        r"第\s?\d{1,2}\s?[版条个步]",
        r"version \d{1,2}",
    )
]
FREE_COUNT = 12
FIGURE_AHEAD = re.compile(r"(?:roas|roi|cpa|cpc|ctr|cvr|aov|率|成本|预算|budget|spend|投产)[^\d。；;.\n]{0,8}$")


@dataclass(frozen=True)
class Mention:
    """A figure as written at ``text[start:end]``: its value in full units, the places shown, whether it is a percentage."""

    start: int
    end: int
    written: str
    value: Decimal
    step: Decimal
    percent: bool
    free: bool


def mentions(text: str) -> list[Mention]:
    """Return the figures in a text; dates, sizes, versions and list numbers are not figures."""
    plain = read(text)
    flat = plain.plain
    for pattern in DATES:
        flat = pattern.sub(lambda match: "\x00" * len(match.group()), flat)
    found = []
    for match in NUMBER.finditer(flat):
        digits = match["num"].replace(",", "")
        scale = Decimal(SCALES.get(match["scale"] or "", 1))
        places = len(digits.partition(".")[2])
        value = Decimal(digits) * scale * (-1 if match["sign"] == "-" else 1)
        unit = match["unit"] or ""
        bare = not (match["money"] or match["scale"] or unit) and places == 0
        free = bare and abs(value) <= FREE_COUNT and not FIGURE_AHEAD.search(flat[: match.start()])
        step = scale / Decimal(10) ** places
        found.append(Mention(*plain.span(match.start(), match.end()), match.group().strip(), value, step, unit in ("%", "percent"), free))
    for match in CHINESE.finditer(flat):
        value = chinese_number(match.group(), flat[match.end() : match.end() + 1])
        if value is not None:
            found.append(
                Mention(*plain.span(match.start(), match.end()), match.group(), value, Decimal(1), False, abs(value) <= FREE_COUNT)
            )
    return found


def chinese_number(text: str, after: str) -> Decimal | None:
    """Return the value of a number in Chinese characters, `after` being the character that follows."""
    whole = text + after if after and after in "万亿" else text
    numbers = find_numbers(whole)
    return numbers[0].value if numbers else None


def values_in(*sources: Any) -> set[Decimal]:
    """Return all numbers known from texts and JSON values, nested as they may be."""
    found: set[Decimal] = set()
    for source in sources:
        if isinstance(source, bool) or source is None:
            continue
        if isinstance(source, int | float | Decimal):
            found.add(Decimal(str(source)))
        elif isinstance(source, str):
            if re.fullmatch(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", source):
                found.add(Decimal(source))
            else:
                found |= {item.value for item in mentions(source)} | {item.value / 100 for item in mentions(source) if item.percent}
                found |= {number.value for number in find_numbers(read(source[:4000]).plain)}
        elif isinstance(source, dict):
            found |= values_in(*source.values())
        elif isinstance(source, Iterable):
            found |= values_in(*source)
    return found


def unknown_figures(answer: str, known: set[Decimal]) -> list[Mention]:
    """Return the figures of `answer` that nothing known explains.

    Example:
        >>> [item.written for item in unknown_figures("预计 390 单，投入 5万元，ROAS 3.8", values_in("390", "50000", "3.79"))]
        []
    """
    magnitudes = sorted({abs(value) for value in known})
    return [item for item in mentions(answer) if not item.free and not explained(item, magnitudes)]


def explained(item: Mention, known: list[Decimal]) -> bool:
    """Return whether some known magnitude, rounded as the mention is, gives the mention."""
    targets = [(abs(item.value), item.step)]
    if item.percent:
        targets.append((abs(item.value) / 100, item.step / 100))
    for value, step in targets:
        for candidate in known:
            if abs(candidate - value) <= step and any(
                (candidate / step).quantize(Decimal(1), way) * step == value for way in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
            ):
                return True
    return False
