"""Single days as people name them: 12月3号, 下周三, 月底, Dec 5, next Monday, tomorrow, in 3 days.

Everything is relative to `today`. A day without a year is the next one to come; one that passed not long ago stays in the
past, so that the policy can warn. Not here: ranges, lengths and what a day is for (`dates`, `lengths`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from .numbers import ZH, chinese_value, english_value

LATELY = 45
MONTHS = {m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)} | {"sept": 9}
WEEKDAYS = {d: i for i, d in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
ZH_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6} | {str(i + 1): i for i in range(7)}

_N = rf"(?:\d{{1,2}}|[{ZH}]{{1,3}})"
_MON = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_WD = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_ORD = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s?(?P<year>20\d\d))?"

# Each form of a single day: (name, pattern). Tried in this order at each place; first match wins.
FORMS: list[tuple[str, re.Pattern[str]]] = [
    ("en_weekof", re.compile(rf"(?:the\s)?first\s(?P<n>\d{{1,2}}|two|three|ten)\s(?P<unit>week|day)s\sof\s(?P<month>{_MON})(?![a-z])")),
    ("zh_weekof", re.compile(rf"(?P<month>{_N})月份?的?前(?P<n>\d{{1,2}}|[两二三十])个?(?P<unit>周|星期|礼拜|天)(?!开始|起|就)")),
    ("en_weekof", re.compile(rf"(?:the\s)?(?:(?P<nth>first|1st|second|2nd|third|3rd|last)\s)?week\sof\s(?:the\s)?(?P<month>{_MON})(?![a-z])(?:\s(?P<day>\d{{1,2}}){_ORD}(?!\d))?(?:,?\s(?P<year>20\d\d))?")),
    ("zh_weekof", re.compile(rf"(?P<month>{_N})月份?(?:的)?(?:第?(?P<nth>[一二三四1-4])|(?P<lastweek>最后一))个?(?:周|星期|礼拜)(?![一二三四五六日天末])|(?P<month2>{_N})月(?P<day>{_N})[号日]?(?:那一?|这一?|当)(?:周|星期|礼拜)")),
    ("en_rest", re.compile(r"(?:the\s)?(?:rest|remainder)\sof\s(?:the|this)\s(?P<unit>week|month|year)")),
    ("zh_rest", re.compile(r"(?:这个?|本)(?P<unit>周|星期|礼拜|月|年)(?:的)?(?:剩下|余下|剩余)(?:的)?(?:时间|日子|几天)?")),
    ("iso", re.compile(r"(?P<year>20\d\d)[-/.年]\s?(?P<month>\d{1,2})[-/.月]\s?(?P<day>\d{1,2})(?:日|号)?(?!\d)")),
    ("zh", re.compile(rf"(?:(?P<year>20\d\d|二零[零一二三四五六七八九]{{2}})年|(?P<rel>明年|今年|后年))?(?P<month>{_N})月(?:份)?\s?(?P<day>{_N})\s?(?:日|号)?(?![\d天]|个)")),
    ("zh_edge", re.compile(rf"(?:(?P<rel>明年|今年|下个?|本|这个?)?(?P<month>{_N}|)月份?|(?P<year_only>年))(?P<edge>初|中旬?|底|末|上旬|下旬)")),
    ("zh_relmonth", re.compile(rf"(?P<rel>下下个月|下个?月|本月|这个月|当月)(?P<day>{_N})(?:日|号)")),
    ("zh_month", re.compile(rf"(?:(?P<year>20\d\d)年|(?P<rel>明年|今年))?(?P<month>(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九]))月份?(?![\d])(?!\s?{_N}[日号])")),
    ("zh_nextmonth", re.compile(r"下下个月|下个?月|本月|这个月")),
    ("dotted_day", re.compile(r"(?<![\d.])(?P<month>1[0-2]|0?[1-9])[./](?P<day>3[01]|[12]\d|0?[1-9])\s?(?:号|日)(?!\d)")),
    ("dotted", re.compile(r"(?<![\d./])(?P<month>1[0-2]|0?[1-9])(?P<sep>[./-])(?P<day>3[01]|[12]\d|0?[1-9])(?![\d%./]|\s?(?:万|[wkm](?![a-z])|千|元|块|刀|%|usd|rmb|eur|gbp|million|天|个|周|x|倍|折))")),
    ("en_md", re.compile(rf"(?<![a-z])(?P<month>{_MON})\s?(?:the\s)?(?P<day>\d{{1,2}}){_ORD}(?!\d|[,.]\d{{3}}|k\b|%)(?:,?\s(?P<year>20\d\d))?")),
    ("en_dm", re.compile(rf"(?<![\d.,])(?:the\s)?(?P<day>\d{{1,2}}){_ORD}\s(?:of\s)?(?P<month>{_MON})(?![a-z])(?:,?\s(?P<year>20\d\d))?")),
    ("en_edge", re.compile(rf"(?:the\s)?(?P<edge>end|beginning|start|middle|mid|early|late)[ -](?:of\s)?(?P<month>{_MON}|(?:the|this|next)\s(?:month|year)|year|month)(?![a-z]|\s?\d)")),
    ("en_month", re.compile(rf"(?<![a-z])(?:(?:in|during|throughout|all of|all|whole of|for|this|next|from|through|until|till|to|by|starting|before|mid)\s)(?P<month>{_MON})(?![a-z])(?!\s?\d)(?:\s(?P<year>20\d\d))?")),
    ("zh_weekend", re.compile(r"(?P<rel>下个?|这个?|本)?周(?:末|六周?日)")),
    ("zh_weekday", re.compile(r"(?P<rel>下下|下个?|这个?|本|上个?)?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天]|[1-7](?![天号日\d]))(?!个)")),
    ("zh_week", re.compile(r"(?P<rel>下下|下个?)(?:周|星期|礼拜)(?![一二三四五六日天末])|(?P<past>上个?)(?:周|星期|礼拜|月)")),
    ("en_weekday", re.compile(rf"(?<![a-z])(?:(?P<rel>this|next|coming|last|this coming)\s)(?P<wd>{_WD})(?![a-z])|(?<![a-z])(?:(?P<cue>on|from|starting|start|starts|by|until|till|to|through|beginning|before)\s)(?P<wd2>{_WD})(?![a-z])|(?<![a-z])(?P<wd3>{_WD})(?=\s?(?:-|to|through|thru|until|till)\s?(?:the\s|this\s|next\s)?{_WD}(?![a-z]))")),
    ("en_week", re.compile(r"(?P<rel>next|last)\s(?P<unit>week|month|year)(?![a-z-])")),
    ("en_weekend", re.compile(r"(?P<rel>this|next|the)\sweekend")),
    ("zh_day", re.compile(r"大后天|后天|明天|明日|明早|今天|今日|今晚|即日|即刻|(?:立即|立刻|马上)(?=开始|起|上线|投|开投)|现在(?=起|开始)|昨天|前天|去年|元旦节当天")),
    ("en_day", re.compile(r"(?<![a-z])(?:the\s)?day after tomorrow(?![a-z])|(?<![a-z])(?:tomorrow|tmrw|tmr|today|tonight|yesterday|right away|right now|immediately|last year)(?![a-z'])")),
    ("zh_in", re.compile(rf"(?P<n>{_N}|半)\s?个?(?P<unit>天|日|周|星期|礼拜|月)(?:以|之)?后")),
    ("en_in", re.compile(r"(?<!spent\s)(?<!spend\s)(?<!sold\s)(?<!done\s)(?<!gone\s)(?<!all\s)(?<!it\s)in\s(?P<n>\d{1,2}|a|an|one|two|three|four|five|six|seven|ten|a couple of)\s(?P<unit>days?|weeks?|months?|fortnight)(?:'? time)?(?![a-z])|(?P<n2>\d{1,2}|a|one|two|three|four)\s(?P<unit2>days?|weeks?|months?)\sfrom\s(?:now|today)")),
    ("zh_bare", re.compile(r"(?<![\d月.])(?P<day>3[01]|[12]\d|[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?:号|日(?=[起开到至前截结]))(?!楼|店|线|色)")),
    ("en_bare", re.compile(r"(?<![a-z])(?:from|on|until|till|by|starting|to|through)\sthe\s(?P<day>\d{1,2})(?:st|nd|rd|th)(?![a-z]|\s(?:of\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))")),
]  # fmt: skip


@dataclass(frozen=True)
class Day:
    """A day named at ``text[start:end]``; `last` when a whole stretch was named (a month, a week, a weekend)."""

    start: int
    end: int
    day: date
    last: date | None = None
    form: str = ""
    occasion: str | None = None


def find_days(text: str, today: date, taken: list[bool]) -> list[Day]:
    """All days named in the text, left to right.

    Example:
        >>> [d.day.isoformat() for d in find_days("下周三起，到1月3日", date(2026, 11, 23), [False] * 12)]
        ['2026-12-02', '2027-01-03']
    """
    found: list[Day] = []
    i = 0
    while i < len(text):
        if taken[i]:
            i += 1
            continue
        for name, pattern in FORMS:
            match = pattern.match(text, i)
            if not match or any(taken[match.start() : match.end()]):
                continue
            if name == "dotted" and not dotted_is_date(text, match):
                continue
            day = _resolve(name, match, today, found[-1] if found else None)
            if day is None:
                continue
            start = match.start()
            lead = re.match(
                r"(?:on|from|starting|start|starts|by|until|till|to|through|beginning|before|in|during|throughout|all of|all|whole of|for|mid)\s(?:the\s)?",
                match.group(),
            )
            if lead and name in ("en_weekday", "en_month", "en_bare", "en_in"):
                start += lead.end() if name != "en_in" else 0
            found.append(Day(start, match.end(), day[0], day[1], name))
            i = match.end() - 1
            break
        i += 1
    return found


def dotted_is_date(text: str, match: re.Match[str]) -> bool:
    """Whether 12.15 or 12/15 is a day here: beside a word or another figure of time."""
    head, tail = text[: match.start()], text[match.end() :]
    if re.search(r"(?:从|自|到|至|截止|投到|~|from |to |until |till |by |start(?:ing)? |on |before |开始|日期:?\s?|时间:?\s?)$", head):
        if match["sep"] == "-" and not re.search(
            r"(?:到|至|~|to |until |till |through )\d|\d\s?(?:到|至|~| to )", head[-4:] + match.group() + tail[:6]
        ):
            return bool(re.search(r"(?:from |until |till |on |before |start(?:ing)? |从|自)$", head))
        return match["sep"] != "." or bool(
            re.search(r"(?:从|自|到|至|截止|~|from |to |until |till |by |开始|日期:?\s?|时间:?\s?|on |starting )$", head)
        )
    if (match["sep"] == "/" and re.match(r"\s?-\s?\d{1,2}/\d{1,2}(?!\d)", tail)) or (
        match["sep"] != "-" and re.search(r"(?<![\d.])\d{1,2}[./]\d{1,2}\s?-\s?$", head)
    ):
        return True
    if re.match(r"\s?(?:起|开始|开投|上线|前|之前|当天|截止|结束|(?:到|至|~|-|to|until)\s?\d{1,2}[./]\d{1,2}(?!\d))", tail):
        return match["sep"] != "-" or not re.match(r"\s?(?:到|至)\s?\d+\s", tail)
    return False


def small_number(words: str) -> int | None:
    """A small whole number from figures or words, None for 半 and what is no number."""
    if words.isdigit():
        return int(words)
    if words == "半":
        return None
    value = chinese_value(words) if re.fullmatch(rf"[{ZH}]+", words) else english_value(words)
    if value is None and words in ("a", "an", "the"):
        return 1
    return int(value) if value is not None else None


def valid_day(year: int, month: int, day: int) -> date | None:
    """That day, or None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day(month: int, day: int, today: date, after: date | None = None) -> date | None:
    """The coming day of that name; one up to `LATELY` days ago stays in the past. `after` is the start of a range."""
    if after is not None:
        for year in (after.year, after.year + 1):
            day_ = valid_day(year, month, day)
            if day_ and day_ >= after:
                return day_
        return None
    this = valid_day(today.year, month, day)
    if this is None:
        return valid_day(today.year + 1, month, day)
    if this >= today or (today - this).days <= LATELY:
        return this
    return valid_day(today.year + 1, month, day)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _add_months(day: date, n: int) -> tuple[int, int]:
    month = day.month - 1 + n
    return day.year + month // 12, month % 12 + 1


def _resolve(name: str, m: re.Match[str], today: date, previous: Day | None) -> tuple[date, date | None] | None:
    g = m.groupdict()
    monday = today - timedelta(days=today.weekday())
    if name in ("iso", "zh", "dotted_day", "dotted", "en_md", "en_dm"):
        month = MONTHS.get((g["month"] or "")[:3]) if name.startswith("en") else small_number(g["month"])
        day = small_number(g["day"])
        if not month or not day:
            return None
        if g.get("year"):
            found = valid_day(small_number(g["year"]) or 0, month, day)
        elif g.get("rel"):
            found = valid_day(today.year + {"明年": 1, "后年": 2}.get(g["rel"], 0), month, day)
        else:
            found = next_day(month, day, today)
        return (found, None) if found else None
    if name in ("en_weekof", "zh_weekof"):
        return _week_of(g, today)
    if name in ("en_rest", "zh_rest"):
        if g["unit"] in ("week", "周", "星期", "礼拜"):
            return monday + timedelta(days=6), None
        return (date(today.year, 12, 31) if g["unit"] in ("year", "年") else _month_end(today.year, today.month)), None
    if name == "zh_edge":
        rel = g["rel"] or ""
        if g["year_only"]:
            return {"底": (date(today.year, 12, 31), None), "末": (date(today.year, 12, 31), None)}.get(g["edge"])
        year, month = today.year, today.month
        if g["month"]:
            number = small_number(g["month"])
            if not number or number > 12:
                return None
            month = number
            if rel == "明年" or (not rel and date(year, month, 28) < today and month != today.month):
                year += 1
        elif rel.startswith("下"):
            year, month = _add_months(today, 1)
        return _edge(year, month, g["edge"], today)
    if name == "zh_relmonth":
        year, month = _add_months(today, {"下下": 2, "下个": 1, "下月": 1}.get(g["rel"][:2], 0))
        found = valid_day(year, month, small_number(g["day"]) or 0)
        return (found, None) if found else None
    if name in ("zh_month", "en_month"):
        month = MONTHS.get(g["month"][:3]) if name == "en_month" else small_number(g["month"])
        if not month or month > 12:
            return None
        if (
            name == "en_month"
            and g["month"] in ("may", "mar")
            and not m.group().startswith(("in ", "during", "through", "until", "all of", "whole", "next", "this"))
        ):
            return None
        year = int(g["year"]) if g.get("year") else today.year + (1 if g.get("rel") == "明年" or month < today.month else 0)
        first = date(year, month, 1)
        return (first, _month_end(year, month))
    if name == "zh_nextmonth":
        year, month = _add_months(today, {"下下": 2, "下个": 1, "下月": 1}.get(m.group()[:2], 0))
        first = date(year, month, 1)
        return (max(first, today), _month_end(year, month))
    if name == "zh_weekday" or name == "en_weekday":
        rel = g["rel"] or ""
        wd = ZH_WEEKDAYS[g["wd"]] if name == "zh_weekday" else WEEKDAYS[(g["wd"] or g["wd2"] or g["wd3"])[:3]]
        weeks = 2 if rel == "下下" else 1 if rel.startswith(("下", "next")) else -1 if rel.startswith(("上", "last")) else 0
        day_ = monday + timedelta(days=7 * weeks + wd)
        # "Monday" said on a Monday is the next one; "this Monday" is today.
        if weeks == 0 and (day_ < today or (day_ == today and not rel)):
            day_ += timedelta(days=7)
        return day_, None
    if name == "zh_week":
        if g["past"]:
            return monday - timedelta(days=7), None
        first = monday + timedelta(days=14 if g["rel"] == "下下" else 7)
        return first, first + timedelta(days=6)
    if name == "en_week":
        step = 1 if g["rel"] == "next" else -1
        if g["unit"] == "week":
            first = monday + timedelta(days=7 * step)
            return first, first + timedelta(days=6)
        if g["unit"] == "month":
            year, month = _add_months(today, step)
            return date(year, month, 1), _month_end(year, month)
        return date(today.year + step, 1, 1), None
    if name in ("zh_weekend", "en_weekend"):
        first = monday + timedelta(days=5 + (7 if (g["rel"] or "").startswith(("下", "next")) else 0))
        return first, first + timedelta(days=1)
    if name in ("zh_day", "en_day"):
        word = m.group()
        steps = {"大后天": 3, "后天": 2, "明": 1, "今": 0, "即": 0, "立": 0, "马上": 0, "现": 0, "昨": -1, "前天": -2, "去年": -365, "the day": 2, "day after": 2, "tom": 1, "tm": 1, "tod": 0, "ton": 0, "right": 0, "imm": 0, "yest": -1, "last": -365}  # fmt: skip
        for key, step in steps.items():
            if word.startswith(key):
                return today + timedelta(days=step), None
        return None
    if name in ("zh_in", "en_in"):
        n, unit = (g["n"], g["unit"]) if g.get("n") else (g.get("n2"), g.get("unit2"))
        count = 2 if n == "a couple of" else small_number(n or "")
        if n == "半":
            return today + timedelta(days=15), None
        if not count:
            return None
        if unit in ("月", "month", "months"):
            year, month = _add_months(today, count)
            return date(year, month, min(today.day, calendar.monthrange(year, month)[1])), None
        return today + timedelta(days=count * (14 if unit == "fortnight" else 7 if unit and unit[0] in "周星礼w" else 1)), None
    if name in ("zh_bare", "en_bare"):
        day = small_number(g["day"])
        if not day:
            return None
        base = previous.day if previous else today
        for n in (0, 1):
            year, month = _add_months(base, n)
            found = valid_day(year, month, day)
            if found and found >= base:
                return found, None
        return None
    if name == "en_edge":
        word = g["month"]
        year, month = today.year, today.month
        if word in ("the year", "this year", "year"):
            return (date(today.year, 12, 31), None) if g["edge"] in ("end", "late") else None
        if word.startswith("next month"):
            year, month = _add_months(today, 1)
        elif word[:3] in MONTHS:
            month = MONTHS[word[:3]]
            year += 1 if month < today.month else 0
        elif word == "next year":
            return (
                (date(today.year + 1, 1, 1), None) if g["edge"] in ("start", "beginning", "early") else (date(today.year + 1, 12, 31), None)
            )
        return _edge(year, month, g["edge"], today)
    return None


def _week_of(g: dict[str, str | None], today: date) -> tuple[date, date | None] | None:
    """The seven days from a day (the week of Dec 7), or the nth seven days of a month."""
    words = g["month"] or g.get("month2") or ""
    month = MONTHS.get(words[:3]) or small_number(words)
    if not month or not 1 <= month <= 12:
        return None
    if g.get("n"):
        first, many = next_day(month, 1, today), (small_number(g["n"] or "") or 1) * (1 if (g["unit"] or "")[0] in "d天" else 7)
        return (first, first + timedelta(days=many - 1)) if first else None
    nth = {"f": 0, "1": 0, "s": 1, "2": 1, "t": 2, "3": 2, "一": 0, "二": 1, "三": 2, "四": 3, "4": 3}.get((g.get("nth") or "f")[0])
    if g.get("day"):
        first = next_day(month, small_number(g["day"] or "") or 0, today)
    elif g.get("lastweek") or nth is None:
        first = next_day(month, 1, today)
        first = _month_end(first.year, month) - timedelta(days=6) if first else None
    else:
        first = next_day(month, 1 + 7 * nth, today)
    return (first, first + timedelta(days=6)) if first else None


def _edge(year: int, month: int, edge: str, today: date) -> tuple[date, date | None]:
    last = _month_end(year, month)
    if edge in ("底", "末", "end", "late"):
        return last, None
    if edge in ("初", "上旬", "start", "beginning", "early"):
        return date(year, month, 1), None
    if edge == "下旬":
        return date(year, month, 21), None
    return date(year, month, 15 if edge != "中旬" else 11), None
