"""The period a message asks for: 12.15到1.15, 12.1号开始7天, 提前10天开始投到当天, from Dec 5 for 3 weeks, before Black Friday.

Days and lengths are put together: which is the first day, which the last, how many days both included. First day and length
do not give a last day, since nobody said it. Not covered: hours, weekdays only, several periods.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from .days import Day, find_days, next_day, small_number, valid_day
from .lengths import UNIT_DAYS, find_lengths
from .numbers import ZH

TO = re.compile(
    r"\s?(?:号|日)?\s?(?:到|至|~|-|--|to|until|till|til|through|thru|up to|and|一直到|投到|开到|做到|截止到?|截至)\s?(?:the\s|投到?)?"
)
START_AFTER = re.compile(
    r"\s?(?:当天|早上|上午|晚上|零点)?\s?(?:起|开始|开投|上线|启动|开跑|开卖|上架|开播|投起|就开始|就投|start|onwards?|kick)"
)
START_BEFORE = re.compile(
    r"(?:从|自|于|由|开始时间:?|起始日?|开始日期:?|上线时间:?|from|start(?:ing|s)?(?: on| from)?|begin(?:ning|s)?(?: on)?|kick(?:ing)?[ -]?off(?: on)?|go(?:ing)? live(?: on)?|launch(?:ing)?(?: on)?|since|as of|live|on)\s?:?\s?$"
)
END_BEFORE = re.compile(
    r"(?:到|至|投到|截止到?|截至|截止日期?:?|结束时间:?|直到|做到|跑到|持续到|延续到|延到|延长到|until|till|til|through|thru|to|by|ends?(?: on)?|ending(?: on)?|up to|finish(?:ing)?(?: on)?|deadline:?)\s?(?:the\s)?$"
)
END_AFTER = re.compile(r"\s?(?:结束|截止|为止|止|收尾|下线|完结)")
BEFORE_BEFORE = re.compile(r"(?:before|ahead of|prior to|in the run-up to|赶在|趁)\s?(?:the\s)?$")
BEFORE_AFTER = re.compile(r"\s?(?:之前|以前|前(?!后|卫|端|台|瞻|任))")

QUARTER = re.compile(r"(?<![a-z0-9])q(?P<q>[1-4])(?![a-z0-9])|第?(?P<zq>[一二三四1-4])季度")
LEAD = re.compile(
    rf"(?:提前|提早|早)(?P<n>\d+|[{ZH}]+|半)\s?个?(?P<unit>天|日|周|星期|礼拜|月)|前(?P<n3>\d+|[{ZH}]+|半)\s?个?(?P<unit3>天|周|星期|礼拜|月)(?=开始|起|开投|启动|上线|就|投)"
    r"|(?P<n2>\d+|an?|one|two|three|four|five|six|ten|a couple of|a fortnight)\s?(?P<unit2>days?|weeks?|months?|)\s(?:before|ahead of|prior to|in advance|early|ahead|out from)"
)
TO_THE_DAY = re.compile(
    r"(?:到|至)(?:节日|节|那)?(?:当天|当日|那天)(?:结束|为止)?|(?:until|till|to|through|up to) (?:and including )?the (?:big )?day(?: itself)?(?![a-z])"
)


@dataclass
class Period:
    """What the message says about time; None where it says nothing. `spans` are places in the normalised text."""

    start: date | None = None
    end: date | None = None
    days: int | None = None
    spans: dict[str, list[tuple[int, int]]] | None = None


def find_period(text: str, today: date, taken: list[bool], feasts: list[Day] = []) -> Period:  # noqa: B006
    """Read first day, last day and length together; `feasts` are the places of named occasions with their days.

    A range gives its length; first day and length do not give a last day (it was not said).

    Example:
        >>> p = find_period("12.15到1.15", date(2026, 11, 23), [False] * 9)
        >>> p.start.isoformat(), p.end.isoformat(), p.days
        ('2026-12-15', '2027-01-15', 32)
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    period = Period(spans=spans)
    busy = list(taken)
    lead = LEAD.search(text)
    quarter = QUARTER.search(text)
    lead_days = _lead_days(lead) if lead else None
    feast = _feast_near(lead, feasts) if lead else None
    if lead and lead_days and feast:
        period.start = feast.day - timedelta(days=lead_days)
        spans["start_date"] = [lead.span()]
        _take(busy, *lead.span())
        last = TO_THE_DAY.search(text)
        if last:
            period.end = feast.day
            spans["end_date"] = [last.span()]
    days = find_days(text, today, busy)
    marked = sorted([*days, *[f for f in feasts if _used_as_day(text, f)]], key=lambda d: d.start)
    i = 0
    while i < len(marked):
        day = marked[i]
        after = marked[i + 1] if i + 1 < len(marked) else None
        gap = text[day.end : after.start] if after else ""
        if after and TO.fullmatch(re.sub(r"^\s?(?:起|开始|号|日|当天|start)*(?=\s?(?:到|至|投|一直|-|~|to|until|till))", "", gap) or "?"):
            period.start, period.end = day.day, after.last if after.last and after.form in ("zh_month", "en_month") else after.day
            if period.end < period.start and after.form in ("zh", "dotted", "dotted_day", "en_md", "en_dm"):
                later = next_day(period.end.month, period.end.day, today, period.start)
                period.end = later or period.end
            spans["start_date"], spans["end_date"] = [(day.start, day.end)], [(after.start, after.end)]
            _take(busy, day.start, after.end)
            i += 2
            continue
        tail = re.compile(
            r"\s?(?:到|至|-|~|to|through|until)\s?(?:the\s)?(\d{1,2})(?:日|号|st|nd|rd|th)?(?![\d.,]*\s?(?:k|w|万|%|usd|元|块|天|days?|weeks?|岁|/|\.|:))"
        ).match(text, day.end)
        if tail and day.form in ("zh", "en_md", "dotted_day", "zh_bare", "iso") and not any(busy[tail.start() : tail.end()]):
            last = valid_day(day.day.year, day.day.month, int(tail[1]))
            if last and last > day.day:
                period.start, period.end = day.day, last
                spans["start_date"], spans["end_date"] = [(day.start, day.end)], [(tail.start(1), tail.end())]
                _take(busy, day.start, tail.end())
                i += 1
                continue
        _place(text, day, period, spans, busy)
        i += 1
    for length in find_lengths(text, busy):
        if period.days is None:
            period.days = length.days
            spans["duration_days"] = [(length.start, length.end)]
            _take(busy, length.start, length.end)
    if quarter and period.days is None:
        number = (
            "一二三四".find(quarter["zq"] or "") + 1
            if quarter["zq"] and not quarter["zq"].isdigit()
            else int(quarter["q"] or quarter["zq"])
        )
        first = date(today.year, 3 * number - 2, 1)
        first = first if first >= today else date(today.year + 1, 3 * number - 2, 1)
        if period.start is None:
            period.start = first
        period.days = 90
        spans["duration_days"] = [quarter.span()]
    if period.start and period.end and period.end >= period.start:
        period.days = (period.end - period.start).days + 1
    return period


def _lead_days(m: re.Match[str]) -> int | None:
    n, unit = m["n"] or m["n3"] or m["n2"], m["unit"] or m["unit3"] or m["unit2"] or ""
    if n == "a fortnight":
        return 14
    step = {"d": 1, "w": 7, "m": 30}.get(unit[:1]) or UNIT_DAYS.get(unit)
    if not step:
        return None
    if n == "半":
        return step // 2
    count = 2 if n == "a couple of" else small_number(n)
    return count * step if count else None


def _feast_near(m: re.Match[str], feasts: list[Day]) -> Day | None:
    return min(feasts, key=lambda f: abs(f.start - m.start()), default=None)


def _used_as_day(text: str, feast: Day) -> bool:
    head, tail = text[: feast.start], text[feast.end :]
    return bool(
        END_BEFORE.search(head)
        or BEFORE_BEFORE.search(head)
        or BEFORE_AFTER.match(tail)
        or re.match(r"\s?(?:当天|当日)?\s?(?:起|开始|开投|上线|截止|结束|为止|day itself)", tail)
        or re.match(r"\s?(?:到|至|~|to|until|till|through)\s?", tail)
        or re.search(r"(?:从|自|from|starting(?: on)?|start on)\s$|(?:从|自)$", head)
    )


def _place(text: str, day: Day, period: Period, spans: dict[str, list[tuple[int, int]]], busy: list[bool]) -> None:
    head, tail = text[: day.start], text[day.end :]
    here = (day.start, day.end)
    ends = bool(END_BEFORE.search(head) or END_AFTER.match(tail)) and not re.search(r"(?:想|要|打算)投?到$", head)
    before = bool(BEFORE_BEFORE.search(head) or BEFORE_AFTER.match(tail))
    starts = bool(START_BEFORE.search(head) or START_AFTER.match(tail))
    if before and not starts:
        if period.end is None:
            period.end = day.day - timedelta(days=1) if day.form not in ("zh_edge",) else day.day
            spans["end_date"] = [here]
    elif ends and not (starts and not END_BEFORE.search(head)):
        if period.end is None:
            period.end = day.last or day.day
            spans["end_date"] = [here]
    elif period.start is None:
        if day.form in ("zh_edge", "en_edge") and not starts and re.search(r"底|末|end|late", text[day.start : day.end]):
            period.end = period.end or day.day
            spans["end_date"] = [here]
        else:
            period.start = day.day
            spans["start_date"] = [here]
            if day.form in ("zh_weekend", "en_weekend") and period.end is None and not starts:
                period.end = day.last
            if day.form in ("zh_month", "en_month", "zh_nextmonth", "en_week") and re.search(
                r"整|全|whole|entire|throughout|all of|all ", text[max(0, day.start - 12) : day.end + 3]
            ):
                period.end = period.end or day.last
    _take(busy, day.start, day.end)


def _take(busy: list[bool], start: int, end: int) -> None:
    busy[start:end] = [True] * (end - start)
