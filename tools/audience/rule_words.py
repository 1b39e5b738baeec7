"""A rule in words: bounds in natural units, one phrase per feature, in both languages; no words for a rule that does not describe its group."""

from __future__ import annotations

import re

from ...data.portrait import Condition, Rule
from ...data.words import Words, both
from .naming import NAMES, category_name, feature_kind, feature_name, percent, told
from .rule import LATE, LEAST_FIDELITY, NEVER


def worded(
    any_of: list[list[Condition]],
    score: tuple[float, float, float],
    currency: str = "",
    categories: list[str] | None = None,
    never: bool = True,
) -> Rule:
    """Return the rule in words; without them, and with a note that says so, where fidelity is under `LEAST_FIDELITY`.

    `never` tells that some customers have never bought, so that "long ago" includes them.
    """
    fidelity, recall, precision = score
    good = bool(any_of) and fidelity >= LEAST_FIDELITY
    if good:
        note = both(
            f"能找出这一类里 {percent(recall)} 的人，找出的人里 {percent(precision)} 属于这一类（吻合度 {percent(fidelity)}）。",
            f"Finds {percent(recall)} of this group; {percent(precision)} of those it finds belong to it (fidelity {percent(fidelity)}).",
        )
    else:
        note = both(
            f"三步以内的简单规则只能做到 {percent(fidelity)} 的吻合度，低于 {percent(LEAST_FIDELITY)}，所以不给规则。",
            f"No simple rule describes this group: the best of three steps reaches a fidelity of {percent(fidelity)}, under {percent(LEAST_FIDELITY)}.",
        )
    parts = [_told(path, currency, categories, never) for path in any_of]
    text = both(
        _spaced("；或者".join("，且".join(words.zh for words in path) for path in parts)),
        "; or ".join(", and ".join(words.en for words in path) for path in parts),
    )
    if not good:
        text = both("", "")
    return Rule(any_of=any_of, fidelity=fidelity, recall=recall, precision=precision, text=_capital(text), note=note)


def _spaced(text: str) -> str:
    """Put the space that stands between Chinese and figures where two phrases meet."""
    return re.sub(r"(且|或者)(?=[\dA-Za-z])", r"\1 ", text)


def _capital(text: Words) -> Words:
    return both(text.zh, text.en[:1].upper() + text.en[1:])


def _told(path: list[Condition], currency: str, categories: list[str] | None, never: bool) -> list[Words]:
    """Word a branch, one phrase per column: a lower and an upper bound make a span."""
    columns = list(dict.fromkeys(c.column for c in path))
    bounds = {column: {c.above: c.value for c in path if c.column == column} for column in columns}
    # Who the text says has ordered has also bought at some time.
    buyers = "frequency" in bounds and bounds["frequency"].get(True, -1) >= 0
    return [
        _phrase(column, bounds[column].get(True), bounds[column].get(False), currency, categories, never and not buyers)
        for column in columns
    ]


def _phrase(column: str, low: float | None, high: float | None, currency: str, categories: list[str] | None, never: bool) -> Words:
    kind = feature_kind(column)
    if column in LATE:
        return _time(column, low, high, never)
    if kind == "count":
        return _count(column, None if low is None else int(low) + 1, None if high is None else int(high))
    # Bounds are whole percents.
    least, most = (f"{x:.0%}" if kind == "rate" and x is not None else told(x, kind, currency) for x in (low, high))
    if column.startswith("cat_"):
        rest = column.removeprefix("cat_")
        called = category_name(categories[int(rest)] if categories else rest)
        zh = (
            f"在{called.zh}的兴趣不超过 {most}"
            if low is None
            else f"{_span_zh(least, most, low, high)} 的兴趣在{called.zh}".replace("以上 的", "以上的")
        )
        return both(zh, f"{_span_en(least, most, low, high)} of their interest in {called.en.lower()}")
    name = feature_name(column, categories)
    subject = name.en if column in NAMES else f"“{name.en}”"
    spans = {"zh": _span_zh(least, most, low, high), "en": _span_en(least, most, low, high)}
    return both(f"{name.zh}{' ' if low is not None else ''}{spans['zh']}", f"{subject} {spans['en']}")


def _span_zh(least: str, most: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{least} 至 {most}"
    return f"{least} 以上" if low is not None else f"不超过 {most}"


def _span_en(least: str, most: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{least} to {most}"
    return f"over {least}" if low is not None else f"up to {most}"


def _time(column: str, low: float | None, high: float | None, never: bool) -> Words:
    act = both("购买", "order") if column == "recency_days" else both("到访", "visit")
    if low == NEVER / 2:
        return both("从未购买", "never ordered") if column == "recency_days" else both("从未到访", "never visited")
    if high == NEVER / 2:
        high = None
        if low is None:
            return both("买过", "has ordered") if column == "recency_days" else both("来过", "has visited")
        never = False
    if low is None:
        return both(f"最近一次{act.zh}在 {high:,.0f} 天内", f"last {act.en} within {high:,.0f} days")
    if high is not None:
        return both(f"最近一次{act.zh}在 {low:,.0f} 至 {high:,.0f} 天前", f"last {act.en} {low:,.0f} to {high:,.0f} days ago")
    late = both("，或从未购买", " or never") if never and column == "recency_days" else both("", "")
    return both(f"超过 {low:,.0f} 天没有{act.zh}{late.zh}", f"last {act.en} over {low:,.0f} days ago{late.en}")


COUNTED = {
    "frequency": (both("下过", "ordered"), "单", both("没有下过单", "never ordered")),
    "views": (both("浏览过商品", "viewed products"), "次", both("没有浏览过商品", "never viewed a product")),
    "searches": (both("搜索过", "searched"), "次", both("没有搜索过", "never searched")),
    "carts": (both("加购过", "filled the cart"), "次", both("没有加购过", "never filled the cart")),
    "refunds": (both("退过货", "returned goods"), "笔", both("没有退过货", "never returned anything")),
}


def _count(column: str, least: int | None, most: int | None) -> Words:
    verb, unit, none = COUNTED[column]
    if least is not None and most is not None:
        if least == most:
            return both(f"{verb.zh} {least:,} {unit}", f"{verb.en} {_times(least)}")
        return both(f"{verb.zh} {least:,} 至 {most:,} {unit}", f"{verb.en} {least:,} to {most:,} times")
    if least is not None:
        return both(f"{verb.zh} {least:,} {unit}以上", f"{verb.en} {_times(least)} or more")
    if not most:
        return none
    return both(f"{verb.zh}不超过 {most:,} {unit}", f"{verb.en} at most {_times(most)}")


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"
