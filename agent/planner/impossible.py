"""What a message asks for that cannot be: days that do not exist, no or negative days, shares outside 0 to 100, sums beyond counting.

Each finding names the slot it spoils and says so in words; `policy.judge` then asks instead of planning with something else.
Also channels that are known but not served, which are only told. Negative and small sums are the policy's own.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import cache

from ...data.words import Words, both
from .lexicon import read_words
from .scan import Scan

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMES = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
DAYS = re.compile(
    r"(?:(?P<y>\d{4})\s?年\s?)?(?<![\d.])(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})(?!\d|\s?(?:天|个|万|千|%))\s?[日号]?"
    r"|(?<!\d)(?P<y2>\d{4})[-/](?P<m2>\d{1,2})[-/](?P<d2>\d{1,2})(?!\d)"
    rf"|(?<![a-z])(?P<name>{NAMES})\.? (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:,.]\d|[\d%kw万]| ?(?:days?|weeks?|pieces?))"
    rf"|(?<!\d)(?P<d4>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<name4>{NAMES})(?![a-z])"
)
LENGTH = re.compile(
    r"(?:(?<![\d一-龥a-z.])(?P<minus>-)(?=\d)|(?P<word>负|(?<![a-z])(?:minus|negative) ))\s?\d+\s?(?:天|days?(?![a-z]))"
    r"|(?<![\d.])0+\s?(?:天|days?(?![a-z]))|(?<![一-龥])零\s?天"
)
SHARE = re.compile(
    r"\s?(?:的?(?:预算)?(?:占比?|份额|比例)|'s share|share)?\s?(?:到|改成|改为|为|给|:|to|at|is|gets?)?\s?(?P<minus>-)?(?P<n>\d+(?:\.\d+)?)\s?%"
)
STATED = re.compile(r"占|份额|比例|share")
ENDLESS = re.compile(
    r"(?:[¥$€£]|预算|budget)[^，。；,;\d#]{0,8}(?:#{16,}|\d+(?:\.\d+)?e\+?\d+)|(?:#{16,}|(?<![a-z\d])\d+(?:\.\d+)?e\+?\d+)\s?(?:元|块|美元|刀|日元|rmb|usd|yuan|dollars?)"
    r"|加到\s?\d+e\d+"
)


def impossible(s: Scan) -> list[tuple[str, Words]]:
    """Return (slot, words) for everything in a message that cannot be.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> [slot for slot, _ in impossible(scan("跑鞋，5万元，2月31日开始", date(2026, 11, 23)))]
        ['start_date']
    """
    found: list[tuple[str, Words]] = []
    if ENDLESS.search(s.plain):
        found.append(("budget", both("这个预算大得不寻常，我没有照它做。", "That budget is unusually large; I did not go on with it.")))
    for m in DAYS.finditer(s.plain):
        year, month, day = _parts(m)
        if not 1 <= month <= 12 or not 1 <= day <= (
            monthrange(year, month)[1] if year else 29 if month == 2 else monthrange(2001, month)[1]
        ):
            said = s.text.words(m.start(), m.end()).strip()
            found.append(("start_date", both(f"日历上没有 {said} 这一天。", f"There is no such day as {said}.")))
            break
    length = LENGTH.search(s.plain)
    if length:
        found.append(
            (
                "duration_days",
                both(f"不能投 {length.group().strip()}，至少要 1 天。", f"{length.group().strip()} cannot be run; one day is the least."),
            )
        )
    for hit in s.places.hits:
        m = SHARE.match(s.plain, hit.end)
        if m and ((float(m["n"]) > 100 and not m["minus"]) or (m["minus"] and (STATED.search(m.group()) or len(s.places.hits) > 1))):
            share = f"{m['minus'] or ''}{m['n']}%"
            found.append(("split", both(f"一个渠道的占比不能是 {share}。", f"A channel's share cannot be {share}.")))
            break
    return found


def not_served(s: Scan) -> Words | None:
    """Return a note naming the platforms of a message that no plan can use, or None."""
    names = list(dict.fromkeys(s.text.words(m.start(), m.end()) for m in _elsewhere().finditer(s.plain)))
    if not names:
        return None
    return both(
        f"{'、'.join(names)}不在可以投放的渠道里，没有算进来。",
        f"{', '.join(names)}: no channel I can plan for, so it is left out.",
    )


def _parts(m: re.Match[str]) -> tuple[int, int, int]:
    name = m["name"] or m["name4"]
    if name:
        return 0, MONTHS.index(name[:3]) + 1, int(m["d3"] or m["d4"])
    return int(m["y"] or m["y2"] or 0), int(m["m"] or m["m2"]), int(m["d"] or m["d2"])


@cache
def _elsewhere() -> re.Pattern[str]:
    return re.compile(read_words("policy.toml")["elsewhere"])
