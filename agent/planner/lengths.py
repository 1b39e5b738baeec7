"""Lengths of time in days: 两周, 俩月, 半个月, 一个半月, a fortnight, couple of weeks, 10-day, month-long.

A month counts 30 days, a quarter 90, a year 365. Not here: 每天 and "a day" (rates, see `money`), 提前10天 (see `dates`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .days import small_number
from .numbers import ZH, chinese_value, english_value
from .slips import replaces

_UNIT_ZH = r"(?:天|日(?!期|用|常|均|本|语|系|出|式)|周(?![一二三四五六日天年末])|星期(?![一二三四五六日天])|礼拜(?![一二三四五六日天])|个?季度?|个?月(?!份|子|饼|经|亮|销|初|底|末)|年(?!轻|货|龄|级|会|度|终|味|底|前|代|夜))"
ZH_LENGTH = re.compile(
    rf"(?:(?P<half>半个?)(?P<halfunit>月|年|天)"
    rf"|(?P<n>\d+(?:\.\d+)?|[{ZH}几]+)\s?(?P<gehalf>个半)(?P<ghu>月|周|星期|礼拜)"
    rf"|(?P<n2>\d+(?:\.\d+)?|[{ZH}]+)\s?(?:个|整)?(?P<unit>{_UNIT_ZH})(?P<plus>半)?"
    rf"|(?P<season>整个?季度|一个?季度|整季))"
)
EN_LENGTH = re.compile(
    r"(?<![\w.,$€£])(?:(?P<fort>(?:a |one |two |2 )?fortnights?)"
    r"|(?:(?P<n>\d+(?:\.\d+)?|(?:a |one )?(?:single|full|whole|solid|entire)|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty(?:[ -]one)?|thirty|forty(?:[ -]five)?|sixty|ninety|half an?|(?:a )?couple(?: of)?|(?:a )?half)(?P<mid> and a half)?"
    r"[\s-]?(?P<unit>days?|weeks?|wks?|months?|mos?|mths?|quarters?(?! of\b)|years?|weekends?|d|w)(?P<mid2> and a half)?(?:[\s-]?long|'s?)?)(?![a-z])|(?P<long>week|month|quarter|year)[- ]?long)"
)
A_DAY_COSTS = re.compile(
    r"\s?[花投出给]?\s?(?:(?<=[花投出给烧砸用])[\d一二三四五六七八九两]|[烧砸用]\s?\d|[¥$€£]\s?\d|[\d,.一二两三四五六七八九十百千万]+\s?[kw]?\s?(?:元|块|刀|美元|美金|欧元?|英镑|rmb|usd))"
)
MINUS = re.compile(r"(?:负|(?<![a-z])(?:minus|negative)\s|(?:^|[\s,，:])-)$")
AGAIN = re.compile(
    rf"[^\d\n]{{2,24}}?(?<![a-z])(?P<n>\d{{1,3}}|[{ZH}]{{1,3}}|one|two|three|four|five|six|seven|eight|nine|ten|twelve)(?![\da-z]|\s?(?:days?|weeks?|wks?|months?|k|w|usd|[天日周个月元块万千百刀%]))"
)
UNIT = re.compile(r"days?|weeks?|wks?|months?|天|周|星期|礼拜|月")
UNIT_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "季": 90, "季度": 90, "年": 365}
EN_UNIT_DAYS = {"d": 1, "w": 7, "m": 30, "q": 90, "y": 365}


@dataclass(frozen=True)
class Length:
    """A number of days said at ``text[start:end]``."""

    start: int
    end: int
    days: int


def find_lengths(text: str, taken: list[bool]) -> list[Length]:
    """All lengths of time (in days) in the text: 俩月, 半个月, 一个半月, a fortnight, couple of weeks, 10-day.

    Example:
        >>> [x.days for t in ("俩月", "半个月", "一个半月", "a fortnight", "couple of weeks", "10-day") for x in find_lengths(t, [False] * 20)]
        [60, 15, 45, 14, 14, 10]
    """
    found: list[Length] = []
    for match in ZH_LENGTH.finditer(text):
        g = match.groupdict()
        if any(taken[match.start() : match.end()]):
            continue
        head, tail = text[max(0, match.start() - 3) : match.start()], text[match.end() : match.end() + 2]
        if re.search(r"(?:每|第|[\d.])$", head) or re.match(r"(?:前|后|内发|保|无理由|一次)", tail):
            continue
        if re.fullmatch(r"[一1]天", match.group()) and (head.endswith("前") or A_DAY_COSTS.match(text, match.end())):
            # 除夕前一天 is a day, 一天四百块 a rate.
            continue
        if g["half"]:
            days = {"月": 15, "年": 180, "天": 1}[g["halfunit"]]
        elif g["season"]:
            days = 90
        elif g["gehalf"]:
            n = small_number(g["n"])
            if n is None:
                continue
            days = round((n + 0.5) * UNIT_DAYS[g["ghu"]])
        else:
            value = float(g["n2"]) if re.fullmatch(r"\d+(?:\.\d+)?", g["n2"]) else chinese_value(g["n2"])
            if value is None or (value > 50 and "年" in g["unit"]):
                continue
            unit = g["unit"].removeprefix("个")
            if (
                unit == "日"
                and not re.search(r"(?:投|为期|跑|做|共|持续|连续|期限|周期)\s?$", head)
                and not (re.search(r"[，,；;\s]$", head) and re.match(r"$|[，,；;。\s]", tail))
            ):
                continue
            if (
                unit == "月"
                and not g["unit"].startswith("个")
                and not re.match(r"[俩两仨]", g["n2"])
                and not re.search(r"个$|整$", text[: match.end() - 1])
                and g["n2"] not in ("三", "半")
            ):
                continue
            days = int(float(value) * UNIT_DAYS[unit] + (UNIT_DAYS[unit] / 2 if g["plus"] else 0) + 0.5)
        if days > 0:
            found.append(Length(match.start(), match.end(), -days if MINUS.search(text[: match.start()]) else days))
    for match in EN_LENGTH.finditer(text):
        g = match.groupdict()
        if any(taken[match.start() : match.end()]):
            continue
        head, tail = text[max(0, match.start() - 12) : match.start()], text[match.end() : match.end() + 12]
        if re.match(
            r"\s(?:before|ahead|prior|after|ago|old|in advance|early|later|from now|return|warranty|guarantee|supply)", tail
        ) or re.search(r"(?:every|each|per|last|past|after|\w/)\s?$", head):
            continue
        if g["long"]:
            days = EN_UNIT_DAYS[g["long"][0]]
        elif g["fort"]:
            days = 28 if g["fort"].startswith(("two", "2")) else 14
        else:
            n = g["n"]
            unit = EN_UNIT_DAYS[g["unit"][0]] if not g["unit"].startswith("weekend") else 2
            if g["unit"] in ("d", "w") and not (n.isdigit() and g["unit"] == "d"):
                continue
            if n in ("a", "an") and (
                unit == 1 or re.search(r"(?:\d|\dk|bucks|dollars?|usd|eur|euros?|gbp|pounds|quid|rmb|yuan|cad|aud|grand)\s?$", head)
            ):
                continue
            if n in ("a", "an") and re.search(r"(?:times|once|twice)\s$", head):
                continue
            if re.fullmatch(r"\d+(?:\.\d+)?", n):
                count = float(n)
            elif "couple" in n:
                count = 2.0
            elif "half" in n:
                count = 0.5
            elif n in ("a", "an") or re.search(r"full|whole|single|solid|entire", n):
                count = 1.0
            else:
                value = english_value(n)
                count = float(value) if value is not None else 1.0
            count += 0.5 if g["mid"] or g["mid2"] else 0
            days = round(count * unit)
        if days > 0:
            found.append(Length(match.start(), match.end(), -days if MINUS.search(text[: match.start()]) else days))
    for old in list(found):
        # "Three weeks - make that four": the new number counts what the old one counted.
        slip, unit = AGAIN.match(text, old.end), UNIT.search(text[old.start : old.end])
        value = small_number(slip["n"]) if slip and replaces(text, old.end, slip.start("n")) else None
        if slip and unit and value:
            found.append(Length(slip.start("n"), slip.end("n"), value * (UNIT_DAYS.get(unit.group()) or EN_UNIT_DAYS[unit.group()[0]])))
    return sorted(found, key=lambda x: x.start)
