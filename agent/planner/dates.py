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
from .slips import replaces

TO = re.compile(
    r"\s?(?:号|日)?\s?(?:到|至|~|-|--|-?>|to|until|till|til|through|thru|up to|and|一直到|投到|开到|做到|截止到?|截至)\s?(?:the\s|投到?)?"
)
START_AFTER = re.compile(
    r"\s?(?:当天|早上|上午|晚上|零点)?\s?(?:起|开始|开投|上线|启动|开跑|开卖|上架|开播|投起|就开始|就投|start|onwards?|kick)"
)
START_BEFORE = re.compile(
    r"(?:从|自|于|由|开始时间:?|起始日?|开始日期:?|上线时间:?|from|start(?:ing|s)?(?: on| from| date)?|begin(?:ning|s)?(?: on)?|kick(?:ing)?[ -]?off(?: on)?|go(?:ing)? live(?: on)?|launch(?:ing)?(?: on)?|since|as of|live|on)\s?:?\s?$"
)
# "Move the launch to Dec 5", 上线时间推迟到: the word before "to" says which day is meant.
MOVED = re.compile(
    r"(?<!end )(?<!finish )(?<![a-z])(?:dates?|schedule|timing|flight|window|launch|start(?:ing)?(?: date| day)?|kick-?off|go-live)\s(?:back |out |forward |over )?to\s(?:the\s)?$"
    r"|(?:开始|起始|上线|启动|开投|起投|开跑)(?:的?时间|日期|日)?(?:也|就)?(?:改|调|推迟|延后|延迟|提前|提早|挪|推后|顺延|定|换)?(?:到|至|在|成|为)$"
)
# The 5 of "5-20 Dec", "1st to 15th of December".
FROM_DAY = re.compile(r"(?<![\d.,$£€/])(\d{1,2})(?:st|nd|rd|th)?\s?(?:-|~|to|through|until)\s?(?:the\s)?$")
END_BEFORE = re.compile(
    r"(?:到|至|投到|截止到?|截至|截止日期?:?|结束时间:?|直到|做到|跑到|持续到|延续到|延到|延长到|until|till|til|through|thru|to|by|no later than|not later than|最晚|最迟|不晚于|ends?(?: on| date)?:?|ending(?: on)?|up to|finish(?:ing)?(?: on)?|deadline:?)\s?(?:the\s)?$"
)
END_AFTER = re.compile(r"\s?(?:当天|当日|那天|晚上|这天)?\s?(?:结束|截止|为止|止|收尾|下线|完结)")
BEFORE_BEFORE = re.compile(r"(?:before|ahead of|prior to|in the run-up to|赶在|趁)\s?(?:the\s)?$")
# A task for today (今天交方案), not a day of the campaign.
TASK_AFTER = re.compile(r"\s?(?:之?前|内|就)?\s?(?:交|要(?!投|推|上|开)|给我|发我|帮我|得(?:交|出)|出方案|必须)")
BEFORE_AFTER = re.compile(r"\s?(?:之前|以前|前(?!后|卫|端|台|瞻|任))")

QUARTER = re.compile(r"(?<![a-z0-9])q(?P<q>[1-4])(?![a-z0-9])|第?(?P<zq>[一二三四1-4])季度")
LEAD = re.compile(
    rf"(?:提前|提早|早)(?P<n>\d+|[{ZH}]+|半)\s?个?(?P<unit>天|日|周|星期|礼拜|月)|前(?P<n3>\d+|[{ZH}]+|半)\s?个?(?P<unit3>天|周|星期|礼拜|月)(?=开始|起|开投|启动|上线|就|投)"
    r"|(?P<n2>\d+|the(?=\sweek)|an?|one|two|three|four|five|six|ten|a couple of|a fortnight)\s?(?P<unit2>days?|weeks?|months?|)\s(?:before|ahead of|prior to|in advance|early|ahead|out from)"
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
        feasts = [f for f in feasts if f is not feast]
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
        if after and replaces(text, day.end, after.start):
            i += 1
            continue
        gap = text[day.end : after.start] if after else ""
        if after and TO.fullmatch(re.sub(r"^\s?(?:起|开始|号|日|当天|start)*(?=\s?(?:到|至|投|一直|-|~|to|until|till))", "", gap) or "?"):
            period.start, period.end = day.day, after.last if after.last and after.form in ("zh_month", "en_month") else after.day
            if period.end < period.start and after.form in ("zh_weekday", "en_weekday"):
                period.end += timedelta(days=7 * -(-(period.start - period.end).days // 7))
            if period.end < period.start and after.form in ("zh", "dotted", "dotted_day", "en_md", "en_dm"):
                later = next_day(period.end.month, period.end.day, today, period.start)
                period.end = later or period.end
            spans["start_date"], spans["end_date"] = [(day.start, day.end)], [(after.start, after.end)]
            _take(busy, day.start, after.end)
            i += 2
            continue
        first = FROM_DAY.search(text, 0, day.start) if day.form == "en_dm" else None
        lead_in = valid_day(day.day.year, day.day.month, int(first[1])) if first and not any(busy[first.start() : day.start]) else None
        if first and lead_in and lead_in < day.day:
            period.start, period.end = lead_in, day.day
            spans["start_date"], spans["end_date"] = [first.span(1)], [(day.start, day.end)]
            _take(busy, first.start(), day.end)
            i += 1
            continue
        tail = re.compile(
            r"\s?(?:到|至|-|~|to|through|until)\s?(?:the\s)?(\d{1,2})(?:日|号|st|nd|rd|th)?(?![\d.,]*\s?(?:k|w|万|%|usd|元|块|天|days?|weeks?|岁|/|\.|:)(?![a-z]))"
        ).match(text, day.end)
        if tail and day.form in ("zh", "en_md", "dotted_day", "zh_bare", "iso") and not any(busy[tail.start() : tail.end()]):
            last = valid_day(day.day.year, day.day.month, int(tail[1]))
            if last and last > day.day:
                period.start, period.end = day.day, last
                spans["start_date"], spans["end_date"] = [(day.start, day.end)], [(tail.start(1), tail.end())]
                _take(busy, day.start, tail.end())
                i += 1
                continue
        _place(text, today, day, period, spans, busy)
        i += 1
    for length in find_lengths(text, busy):
        said = spans.get("duration_days")
        if period.days is None or (said and replaces(text, said[0][1], length.start)):
            period.days = length.days
            spans["duration_days"] = [(said[0][0] if said else length.start, length.end)]
            _take(busy, length.start, length.end)
    spans.pop("cued", None)
    if lead and lead_days and feast and period.end is None and lead["n2"] and not START_BEFORE.search(text[: lead.start()]):
        # "10 days before Christmas" are those ten days; "starting 10 days before" says only the first.
        period.end = feast.day - timedelta(days=1)
        spans["end_date"] = [(feast.start, feast.end)]
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


def _place(text: str, today: date, day: Day, period: Period, spans: dict[str, list[tuple[int, int]]], busy: list[bool]) -> None:
    head, tail = text[: day.start], text[day.end :]
    here = (day.start, day.end)
    moved = MOVED.search(head) is not None
    begins = moved or START_AFTER.match(tail) is not None
    ends = bool((END_BEFORE.search(head) and not begins) or END_AFTER.match(tail)) and not re.search(r"(?:想|要|打算)投?到$", head)
    before = bool(BEFORE_BEFORE.search(head) or BEFORE_AFTER.match(tail))
    starts = begins or START_BEFORE.search(head) is not None
    if before and not starts:
        if period.end is None:
            period.end = day.day - timedelta(days=1) if day.form not in ("zh_edge",) else day.day
            spans["end_date"] = [here]
    elif ends and not (starts and not END_BEFORE.search(head)):
        if period.end is None:
            period.end = day.last or day.day
            spans["end_date"] = [here]
    elif day.form in ("zh_day", "en_day", "zh_week", "en_week") and not starts and (day.day < today or TASK_AFTER.match(tail)):
        # 去年, last month: when something else was; 今天交方案: when the plan is due.
        return
    elif day.form in ("en_rest", "zh_rest"):
        period.end = period.end or day.day
        spans["end_date"] = [here]
    elif period.start is None or (starts and not period.end and "cued" not in spans):
        spans.pop("cued", None)
        if starts:
            spans["cued"] = []
        if day.form in ("zh_edge", "en_edge") and not starts and re.search(r"底|末|end|late", text[day.start : day.end]):
            period.end = period.end or day.day
            spans["end_date"] = [here]
        else:
            period.start = day.day
            spans["start_date"] = [here]
            if day.form in ("en_weekof", "zh_weekof") and (moved or not starts):
                period.days, spans["duration_days"] = ((day.last or day.day) - day.day).days + 1, [here]
            if day.form in ("zh_weekend", "en_weekend") and period.end is None and (moved or not starts):
                period.end = day.last
            if day.form in ("zh_month", "en_month", "zh_nextmonth", "en_week") and re.search(
                r"整|全|whole|entire|throughout|all of|all ", text[max(0, day.start - 12) : day.end + 3]
            ):
                period.end = period.end or day.last
    _take(busy, day.start, day.end)


def _take(busy: list[bool], start: int, end: int) -> None:
    busy[start:end] = [True] * (end - start)
