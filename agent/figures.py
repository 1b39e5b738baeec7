"""The figures written in a text, and what each is said about: how much, which unit, which measure, whose.

Reads prose, lists and Markdown tables in Chinese and English. A subject is a channel or a name given by the caller (a media
line, a customer group, a past campaign). Not read: "half", "a third", "几百", sizes, versions, list numbers, times of day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from .figure_words import (
    ABOUT_CUE,
    CHINESE,
    CURRENCIES,
    DATES,
    ENGLISH,
    ENGLISH_UNIT,
    MINUS,
    MONTHS,
    NO_MINUS,
    NOUN,
    NUMBER,
    OVER_CUE,
    SCALES,
    STRUCTURE,
    UNDER_CUE,
    Kind,
)
from .placing import placed_in, subjects_in
from .planner.normalise import read
from .planner.numbers import chinese_value, english_value


@dataclass(frozen=True)
class Mention:
    """A figure as written at ``text[start:end]``.

    `value` is in full units (a percentage as a fraction), `step` the size of its last place; `currency` is an ISO code or ``¥``;
    `sign` is -1 where a minus is written; `about` holds the subjects it is said of (`strict`: in its own clause, and not of the
    whole); `clause` is the text around it, `before` the part in front of it; `day` is (year, month, day) of a date.
    """

    start: int
    end: int
    written: str
    value: Decimal
    step: Decimal
    kind: Kind
    currency: str | None = None
    sign: int = 0
    measure: str | None = None
    noun: str | None = None
    about: frozenset[str] = frozenset()
    strict: bool = False
    loose: str = ""
    clause: str = ""
    before: str = ""
    sentence: int = 0
    day: tuple[int | None, int | None, int | None] | None = None


def figures(text: str, names: Mapping[str, str] | None = None) -> list[Mention]:
    """Return the figures of a text in their order; `names` maps further names of subjects to their keys.

    Example:
        >>> [(f.written, str(f.value), f.measure) for f in figures("抖音 ROAS 3.6，预计 1.2万 次点击")]
        [('3.6', '3.6', 'roas'), ('1.2万', '12000.0', 'clicks')]
    """
    plain = read(text)
    flat = plain.plain.replace("*", " ").replace("`", " ").replace("'", " ")
    subjects = subjects_in(flat, names or {})
    shown = flat
    for start, end, _ in subjects:
        shown = shown[:start] + re.sub(r"\d", "\x00", shown[start:end]) + shown[end:]
    found: list[Mention] = []
    for pattern in DATES:
        shown = take_dates(pattern, shown, found)
    for pattern in STRUCTURE:
        shown = pattern.sub(lambda match: "\x00" * len(match.group()), shown)
    shown = take_numbers(shown, found)
    found.sort(key=lambda item: item.start)
    placed = placed_in(flat, shown, share_units(found, shown), subjects)
    return [replace(item, start=at[0], end=at[1]) for item in placed for at in [plain.span(item.start, item.end)]]


def take_dates(pattern: re.Pattern[str], flat: str, found: list[Mention]) -> str:
    """Move what `pattern` finds from the text into `found`; return the text without."""

    def keep(match: re.Match[str]) -> str:
        parts = match.groupdict()
        month = MONTHS[parts["month"][:3]] if parts.get("month") else int(parts["m"]) if parts.get("m") else None
        if month is not None and not 1 <= month <= 12:
            return match.group()
        year = int(parts["y"]) if parts.get("y") else None
        for day in [parts.get("d"), parts.get("d2")] if parts.get("d2") else [parts.get("d")]:
            found.append(
                Mention(*match.span(), match.group().strip(), Decimal(0), Decimal(1), "date", day=(year, month, int(day) if day else None))
            )
        return "\x00" * len(match.group())

    return pattern.sub(keep, flat)


def take_numbers(flat: str, found: list[Mention]) -> str:
    """Move the numbers in digits and in words from the text into `found`; return the text without."""
    spans = []
    for match in NUMBER.finditer(flat):
        scale = Decimal(SCALES[match["scale"] or match["letter"]]) if match["scale"] or match["letter"] else Decimal(1)
        digits = match["num"].replace(",", "")
        places = len(digits.partition(".")[2])
        value, step = Decimal(digits) * scale, scale / Decimal(10) ** places
        if match["tail"]:
            tail = match["tail"]
            value += Decimal(tail) * scale / 10 if len(tail) == 1 else Decimal(tail)
            step = scale / 10 if len(tail) == 1 else Decimal(1)
        found.append(
            mention_of(
                flat,
                match.start(),
                match.end("unit") if match["unit"] else match.end(),
                value,
                step,
                match["money"],
                match["unit"],
                match["minus"],
            )
        )
        spans.append(match.span())
    flat = blank(flat, spans)
    spans = []
    for match in CHINESE.finditer(flat):
        words = match["words"]
        value = chinese_value(words)
        if value is None or not (match["unit"] or match["share"] or len(words) > 2 or NOUN.match(flat, match.end())):
            continue
        if len(words) == 1 and words != "十" and not match["unit"] and not match["share"]:
            continue
        unit = match["unit"] or ("%" if match["share"] else None)
        step = Decimal(1) if "点" not in words else Decimal(1).scaleb(-len(words.partition("点")[2].rstrip("万亿")))
        if words[-1] in "万亿":
            step *= 10**4 if words[-1] == "万" else 10**8
        if match["share"] == "千分之":
            value, step = value / 10, step / 10
        found.append(mention_of(flat, match.start(), match.end(), value, step, None, unit, None))
        spans.append(match.span())
    flat = blank(flat, spans)
    spans = []
    for match in ENGLISH.finditer(flat):
        words = match.group().rstrip()
        value = english_value(words)
        end = match.start() + len(words)
        unit = ENGLISH_UNIT.match(flat, end)
        named = unit["unit"] if unit else None
        if value is None or words == "one" or not (named or value > 12 or NOUN.match(flat, end)):
            continue
        found.append(mention_of(flat, match.start(), unit.end() if unit and named else end, value, Decimal(1), None, named, None))
        spans.append((match.start(), end))
    return blank(flat, spans)


def blank(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text with these places made unreadable."""
    for start, end in spans:
        text = text[:start] + "\x00" * (end - start) + text[end:]
    return text


def mention_of(
    flat: str, start: int, end: int, value: Decimal, step: Decimal, money: str | None, unit: str | None, minus: str | None
) -> Mention:
    """Return one figure with its unit read; what it is about is found later."""
    unit = (unit or "").strip()
    kind: Kind = "plain"
    currency = CURRENCIES.get((money or "").strip()) or CURRENCIES.get(unit)
    if currency:
        kind = "money"
    elif unit in ("%", "percent", "百分点", "个百分点", "pp", "pt", "pts") or unit.startswith("percentage"):
        kind, value, step = "rate", value / 100, step / 100
    elif unit in ("成", "折"):
        kind, value, step = "rate", value / 10, step / 10
    elif unit in ("倍", "times", "x"):
        kind = "ratio"
    head = flat[max(0, start - 14) : start]
    loose = "about" if ABOUT_CUE.search(head) or re.match(r"\s?(?:左右|上下|or so)", flat[end : end + 8]) else ""
    loose = (
        "over"
        if OVER_CUE.search(head) or re.match(r"\s?(?:多|余|\+)(?=\s?[单元次人天%块万])", flat[end : end + 3])
        else "under"
        if UNDER_CUE.search(head)
        else loose
    )
    negative = bool(minus) or bool(MINUS.search(head) and not NO_MINUS.search(head))
    return Mention(
        start, end, flat[start:end].strip(), -value if negative else value, step, kind, currency, -1 if negative else 0, loose=loose
    )


def share_units(found: list[Mention], flat: str) -> list[Mention]:
    """Give the first end of a range the unit of its last: 2-3万, 10-15%, between 3 and 5k."""
    out = list(found)
    for i in range(len(out) - 2, -1, -1):
        one, two = out[i], out[i + 1]
        between = flat[one.end : two.start]
        if not re.fullmatch(r"\s?(?:-|~|至|到|to)\s?[¥$€£]?", between) or one.kind == "date" or two.kind == "date":
            continue
        if one.kind == "plain" and two.kind in ("rate", "ratio"):
            factor = Decimal("0.01") if two.kind == "rate" else Decimal(1)
            out[i] = replace(one, value=one.value * factor, step=one.step * factor, kind=two.kind)
        elif one.kind in ("plain", "money") and two.step >= 100 and one.value < 1000 and one.value * 100 < two.value:
            scale = next(
                (
                    Decimal(size)
                    for size in (10**8, 10**4, 1000)
                    if two.step * 10**3 >= size and two.value / size >= 1 and one.value <= two.value / size
                ),
                Decimal(1),
            )
            out[i] = replace(one, value=one.value * scale, step=one.step * scale, kind=two.kind, currency=one.currency or two.currency)
        if out[i].kind == "plain" and two.kind == "money":
            out[i] = replace(out[i], kind="money", currency=two.currency)
        if two.kind == "plain" and out[i].kind == "money" and not NOUN.match(flat, two.end):
            out[i + 1] = replace(two, kind="money", currency=out[i].currency)
    return out
