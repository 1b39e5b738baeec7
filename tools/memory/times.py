"""The time a question names: "last winter", “去年双11”, "Q4 2025", “最近三个月”, as days with a first and a last one.

A season belongs to the year it begins in: the winter of 2025 is December 2025 to February 2026, and "last winter" is the latest one that
is over. A season, month or festival without a year ("winter campaigns") is no period: it is a word like others. Northern seasons.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from ...data import knowledge
from ...data.words import Words, both

# A campaign belongs to a festival when it ran within so many days of it.
BEFORE_FEAST, AFTER_FEAST = 3, 1
SEASONS = ("winter", "spring", "summer", "autumn")
_NAMES = {
    "winter": both("冬季", "winter"),
    "spring": both("春季", "spring"),
    "summer": both("夏季", "summer"),
    "autumn": both("秋季", "autumn"),
}
_ZH_SEASON = {"冬": "winter", "春": "spring", "夏": "summer", "秋": "autumn"}
_EN_SEASON = {"winter": "winter", "spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn"}
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "十一": 11, "十二": 12, "半": 0}
_EN_NUMBERS = {
    w: i for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
}
_ANCHOR = r"(?P<anchor>大前年|前年|去年|今年|上一?个?|这个?|本|20\d\d年?)"
_MONTH_EN = "|".join(_MONTHS)
_EVERY = re.compile(r"每年|历年|往年|每个?(?:冬|春|夏|秋)|\bevery\b|\beach (?:year|winter|spring|summer|autumn|fall)\b")
_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], Period | None]]] = []


class Period(NamedTuple):
    """Days from `start` to `end`, both included, and how it is called; with `touch`, a campaign need only overlap it.

    `feast` is a festival's day. Of what was asked for as the last one, `before` is the one a year earlier.
    """

    start: date
    end: date
    name: Words
    touch: bool = False
    feast: date | None = None
    before: Period | None = None


def period_in(text: str, today: date) -> Period | None:
    """Return the period that a question names, or None.

    Example:
        >>> day = date(2026, 11, 23)
        >>> [str(p.start) for t in ("what worked last winter?", "去年冬天效果好的", "前年夏天") if (p := period_in(t, day))]
        ['2025-12-01', '2025-12-01', '2024-06-01']
        >>> period_in("winter campaigns", day) is None
        True
    """
    plain = knowledge.fold(text)
    if _EVERY.search(plain):
        return None
    feast = _feast(plain, today)
    if feast:
        return feast
    for pattern, read in _RULES:
        found = pattern.search(plain)
        if found and (period := read(found, today)):
            return period
    return None


def season_of(day: date) -> str:
    """Return the season of a day in the northern half of the world."""
    return SEASONS[day.month % 12 // 3]


def season(name: str, year: int) -> Period:
    """Return the season that begins in `year`.

    Example:
        >>> season("winter", 2025).end
        datetime.date(2026, 2, 28)
    """
    first = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}[name]
    last_year, last = (year + 1, 2) if name == "winter" else (year, first + 2)
    called = f"{year}–{(year + 1) % 100:02d}" if name == "winter" else str(year)
    label = _NAMES[name]
    return Period(
        date(year, first, 1),
        date(last_year, last, monthrange(last_year, last)[1]),
        both(f"{called} 年{label.zh}", f"{label.en} {called}"),
    )


def _last_season(name: str, today: date) -> Period:
    over = [one for year in range(today.year - 3, today.year + 1) if (one := season(name, year)).end < today]
    return over[-1]._replace(before=over[-2])


def _this_season(name: str, today: date) -> Period:
    # In January "this winter" is the one that began the year before.
    before = season(name, today.year - 1)
    return before if before.start <= today <= before.end else season(name, today.year)


def _season_zh(m: re.Match[str], today: date) -> Period:
    name, anchor = _ZH_SEASON[m["season"]], m["anchor"]
    if anchor[0] == "上":
        return _last_season(name, today)
    if anchor in ("今年", "这", "这个", "本"):
        return _this_season(name, today)
    found = season(name, _year_zh(anchor, today))
    # Said in January, 去年冬天 is the winter before the running one.
    return season(name, found.start.year - 1) if found.start <= today <= found.end else found


def _season_en(m: re.Match[str], today: date) -> Period:
    name = _EN_SEASON[m["season"]]
    return _this_season(name, today) if m["anchor"] in ("this", "current") else _last_season(name, today)


def _season_year(m: re.Match[str], today: date) -> Period:
    return season(_EN_SEASON[m["season"] or m["after"]], int(m["year"] or m["before"]))


def _year_zh(anchor: str, today: date) -> int:
    back = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}
    return today.year - back[anchor] if anchor in back else int(anchor[:4])


def _month(year: int, month: int) -> Period:
    called = both(f"{year} 年 {month} 月", f"{_MONTHS[month - 1].capitalize()} {year}")
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]), called)


def _month_zh(m: re.Match[str], today: date) -> Period | None:
    month = int(m["month"]) if m["month"].isdigit() else _DIGITS.get(m["month"], 0)
    if not 1 <= month <= 12:
        return None
    if m["anchor"]:
        return _month(_year_zh(m["anchor"], today), month)
    # A month alone is the latest one that has begun.
    return _month(today.year if month <= today.month else today.year - 1, month)


def _month_en(m: re.Match[str], today: date) -> Period | None:
    month = _MONTHS.index(m["month"]) + 1
    if m["year"]:
        return _month(int(m["year"]), month)
    if m["anchor"] == "last":
        return _month(today.year if month < today.month else today.year - 1, month)
    return _month(today.year if month <= today.month else today.year - 1, month) if m["anchor"] else None


def _month_near(m: re.Match[str], today: date) -> Period:
    back = m.group()[0] in "上lp"
    first = today.replace(day=1)
    day = first - timedelta(days=1) if back else first
    return _month(day.year, day.month)


def _quarter(m: re.Match[str], today: date) -> Period:
    number = {"一": 1, "二": 2, "三": 3, "四": 4}.get(m["q"]) or int(m["q"])
    stated = m["year"] or m["late"]
    year = today.year if 3 * number - 2 <= today.month else today.year - 1
    if stated:
        year = (
            _year_zh(stated, today)
            if stated[0] in "今去前大"
            else int(stated[:4])
            if stated[0].isdigit()
            else today.year - (stated == "last year")
        )
    last = monthrange(year, 3 * number)[1]
    return Period(date(year, 3 * number - 2, 1), date(year, 3 * number, last), both(f"{year} 年第 {number} 季度", f"Q{number} {year}"))


def _last_quarter(m: re.Match[str], today: date) -> Period:
    number = (today.month - 1) // 3
    year, number = (today.year, number) if number else (today.year - 1, 4)
    last = monthrange(year, 3 * number)[1]
    return Period(date(year, 3 * number - 2, 1), date(year, 3 * number, last), both(f"{year} 年第 {number} 季度", f"Q{number} {year}"))


def _half(m: re.Match[str], today: date) -> Period:
    year = _year_zh(m["anchor"], today) if m["anchor"] else today.year
    first = m["half"] == "上"
    start, end = (date(year, 1, 1), date(year, 6, 30)) if first else (date(year, 7, 1), date(year, 12, 31))
    return Period(start, end, both(f"{year} 年{m['half']}半年", f"the {'first' if first else 'second'} half of {year}"))


def _recent(m: re.Match[str], today: date) -> Period | None:
    said, unit = m["n"] or "", m["unit"]
    number = int(said) if said.isdigit() else _DIGITS.get(said, _EN_NUMBERS.get(said, 1))
    days = {"天": 1, "日": 1, "周": 7, "星期": 7, "月": 30, "年": 365, "day": 1, "week": 7, "month": 30, "year": 365}[unit]
    span = 182 if said == "半" and unit == "年" else number * days
    if not 0 < span <= 3660:
        return None
    return Period(today - timedelta(days=span), today, both(f"最近 {span} 天", f"the last {span} days"), touch=span <= 31)


def _last_week(m: re.Match[str], today: date) -> Period:
    monday = today - timedelta(days=today.weekday() + 7)
    return Period(monday, monday + timedelta(days=6), both("上周", "last week"), touch=True)


def _year(m: re.Match[str], today: date) -> Period:
    said = m.group("zh") or m.group("en") or m.group("number")
    back = {"last year": 1, "this year": 0, "the year before last": 2, "two years ago": 2}
    year = today.year - back[said] if said in back else _year_zh(said, today)
    return Period(date(year, 1, 1), date(year, 12, 31), both(f"{year} 年", str(year)))


def _feast(plain: str, today: date) -> Period | None:
    """A festival with a year or a "last" beside it: the days around that festival."""
    name = knowledge.occasion_of(plain)
    anchor = (
        re.search(r"大前年|前年|去年|今年|上一?[次个回届]?|20\d\d|\blast year\b|\bthis year\b|\blast\b|\bprevious\b", plain)
        if name
        else None
    )
    if name is None or anchor is None or re.search(r"上[一个]?(?:月|周|季)|last (?:month|week|quarter)", plain):
        return None
    days = [f.date for f in knowledge.festivals(date(today.year - 6, 1, 1), date(today.year + 1, 12, 31)) if f.id == name]
    said = anchor.group()
    latest = said[0] == "上" or said in ("last", "previous")
    if latest:
        days = [day for day in days if day < today][:-3:-1]
    else:
        english = {"last year": today.year - 1, "this year": today.year}
        year = english[said] if said in english else _year_zh(said, today)
        days = [day for day in days if day.year == year][:1]
    if not days:
        return None
    around = [_around(knowledge.occasions()[name].name, day) for day in days]
    return around[0]._replace(before=around[1]) if latest and len(around) > 1 else around[0]


def _around(name: Words, day: date) -> Period:
    first, last = day - timedelta(days=BEFORE_FEAST), day + timedelta(days=AFTER_FEAST)
    return Period(first, last, both(f"{day.year} 年{name.zh}", f"{name.en} {day.year}"), touch=True, feast=day)


_RULES += [
    (re.compile(rf"{_ANCHOR}的?(?P<season>[冬春夏秋])[天季日]?(?!衣|装|被|款|瓜)"), _season_zh),
    (re.compile(r"\b(?P<anchor>last|previous|past|this|current) (?P<season>winter|spring|summer|autumn|fall)\b"), _season_en),
    (
        re.compile(
            r"\b(?P<season>winter|spring|summer|autumn|fall) (?:of |in )?(?P<year>20\d\d)\b|\b(?P<before>20\d\d) (?P<after>winter|spring|summer|autumn|fall)\b"
        ),
        _season_year,
    ),
    (re.compile(r"上个?月|\b(?:last|previous) month\b|这个月|本月|\bthis month\b"), _month_near),
    (re.compile(r"上个?季度|\blast quarter\b|\bprevious quarter\b"), _last_quarter),
    (re.compile(r"上个?(?:周|星期|礼拜)|\b(?:last|previous) week\b"), _last_week),
    (
        re.compile(r"(?P<year>大前年|前年|去年|今年|20\d\d)?年?的?(?:第)?(?:q(?P<q>[1-4])\b)(?: ?(?:of )?(?P<late>20\d\d|last year|this year))?"),
        _quarter,
    ),
    (re.compile(r"(?P<year>大前年|前年|去年|今年|20\d\d年?)?的?第?(?P<q>[一二三四1-4])季度(?P<late>)"), _quarter),
    (re.compile(r"(?P<anchor>大前年|前年|去年|今年|20\d\d年?)?的?(?P<half>[上下])半年"), _half),
    (re.compile(r"(?P<anchor>大前年|前年|去年|今年|20\d\d年?)?的?(?P<month>1[0-2]|0?[1-9]|十[一二]|[一二三四五六七八九十])月(?:份)?(?!饼)"), _month_zh),
    (re.compile(rf"\b(?:(?P<anchor>last|this|in|during) )?(?P<month>{_MONTH_EN})(?:,? (?P<year>20\d\d))?\b"), _month_en),
    (
        re.compile(
            r"(?:最近|近|过去|这)(?:的)?(?P<n>\d{1,3}|[一二两三四五六七八九十半]|十[一二])个?(?P<unit>天|日|周|星期|月|年)(?!代)"
        ),
        _recent,
    ),
    (
        re.compile(r"\b(?:last|past|previous|recent) (?P<n>\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|twelve) (?P<unit>day|week|month|year)s?\b"),
        _recent,
    ),
    (
        re.compile(
            r"(?P<zh>大前年|前年|去年|今年|20\d\d年)|\b(?P<en>the year before last|two years ago|last year|this year)\b|\b(?:in|during|of) (?P<number>20\d\d)\b"
        ),
        _year,
    ),
]  # fmt: skip
