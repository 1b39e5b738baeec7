"""One pass over a message that finds every kind of span, in an order in which each claims its characters.

The result is neutral: it says what stands there, not what is wanted. `masked()` is the message with the spans replaced by
marks, from which the intent model reads, so that it never sees a particular product, sum or date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from ...data.errors import AdwrightError
from ...data.knowledge import occasion_day, offers_in
from .audience import Audience, find_audience
from .dates import Period, find_period
from .days import Day
from .lexicon import Hit, occasion_table, read_words
from .money import Amount, find_amounts, with_roles
from .normalise import Text, language_of, read
from .numbers import find_numbers
from .percents import find_percents
from .places import PERCENT, Places, find_places
from .products import Catalogue, Piece, find_product
from .slots import Found, find_goal, find_groups, find_language, find_pieces, find_seconds, find_sizes, find_target_roi, find_tone

LIMIT = 2000
# One private letter per kind of span; the intent model learns them like words.
MARKS = {
    k: chr(0xE000 + i)
    for i, k in enumerate(
        [
            "money",
            "daily",
            "days",
            "start",
            "end",
            "channel",
            "split",
            "audience",
            "tone",
            "language",
            "sizes",
            "seconds",
            "roi",
            "groups",
            "pieces",
            "occasion",
            "product",
            "percent",
            "number",
            "quote",
        ]
    )
}
QUOTED = re.compile(r"\"([^\"\n]{2,60})\"|《([^》\n]{2,60})》")


@dataclass
class Scan:
    """Everything found in a message; places are in ``text.plain``."""

    text: Text
    language: str
    occasions: list[Hit] = field(default_factory=list)
    places: Places = field(default_factory=lambda: Places([], {}, []))
    period: Period = field(default_factory=Period)
    amounts: list[Amount] = field(default_factory=list)
    audience: Audience | None = None
    sizes: Found | None = None
    seconds: Found | None = None
    roi: Found | None = None
    groups: Found | None = None
    pieces: Found | None = None
    tone: Found | None = None
    goal: Found | None = None
    ad_language: Found | None = None
    product: Piece | None = None
    quotes: list[tuple[int, int]] = field(default_factory=list)
    percents: list[tuple[int, int]] = field(default_factory=list)
    taken: list[bool] = field(default_factory=list)
    # What the product may not be made of: all that was read, and shares, quotations, counts, claims.
    free: list[bool] = field(default_factory=list)
    cut: bool = False
    mask: str = field(default="", repr=False)

    @property
    def plain(self) -> str:
        """The normalised message."""
        return self.text.plain

    @property
    def bare(self) -> str:
        """The message without the product's own words, which say nothing about the task (hair clips, photo frames)."""
        if self.product is None or self.product.score < 2.2:
            return self.plain
        return f"{self.plain[: self.product.start]}{MARKS['product']}{self.plain[self.product.end :]}"

    def masked(self) -> str:
        """The message with spans replaced by marks; written once, when everything has been found."""
        if not self.mask:
            self.mask = _masked(self)
        return self.mask


def scan(raw: str, today: date, catalogue: Catalogue | None = None) -> Scan:
    """Find all spans of a message; only the first `LIMIT` characters are read.

    Example:
        >>> s = scan("枸杞方案，预算2w5，抖音，两周", date(2026, 11, 23))
        >>> s.amounts[0].value, s.places.ids, s.period.days
        (Decimal('25000'), ['douyin'], 14)
    """
    text = read(raw[:LIMIT])
    plain = text.plain
    s = Scan(text, language_of(raw[:LIMIT]), taken=[False] * len(plain), cut=len(raw) > LIMIT)
    s.quotes = [m.span() for m in QUOTED.finditer(plain)]
    s.occasions = [h for h in occasion_table().find(plain) if _is_occasion(plain, h)]
    _claim(s, [(h.start, h.end) for h in s.occasions])
    s.sizes = _take(s, find_sizes(plain))
    s.seconds = _take(s, find_seconds(plain))
    s.places = find_places(plain)
    _claim(s, [(h.start, h.end) for h in s.places.hits])
    _claim(s, s.places.spans)
    s.roi = _take(s, find_target_roi(plain))
    s.groups = find_groups(plain)
    s.audience = find_audience(plain, s.taken)
    if s.audience:
        _claim(s, [(s.audience.start, s.audience.end)])
    s.period = find_period(plain, today, _with(s.taken, s.quotes), [d for h in s.occasions if (d := _feast(h, today))])
    for name in ("start_date", "end_date", "duration_days"):
        _claim(s, (s.period.spans or {}).get(name, []))
    shares = {m.span() for m in PERCENT.finditer(plain)} | {(p.start, p.end) for p in find_percents(plain)}
    s.percents = sorted(x for x in shares if not any(s.taken[slice(*x)]))
    blocked = list(s.taken)
    offers = [(offer.start, offer.end) for offer in offers_in(plain)]
    for a, b in [*s.percents, *offers]:
        blocked[a:b] = [True] * (b - a)
    s.amounts = with_roles(plain, find_amounts(plain, find_numbers(plain), blocked))
    sure = [a for a in s.amounts if a.sure]
    _claim(s, [(a.start, a.end) for a in sure])
    s.pieces = _free(s, find_pieces(plain))
    s.ad_language = _take(s, find_language(plain))
    s.tone = _take(s, find_tone(plain, s.taken))
    s.goal = find_goal(plain)
    free = list(s.taken)
    for a, b in (*s.percents, *(s.quotes if not catalogue else [])):
        free[a:b] = [True] * (b - a)
    # 主打第二件半价: an offer is nobody's name.
    for a, b in [*_other_counts(plain), *claim_spans(plain), *offers]:
        free[a:b] = [True] * (b - a)
    s.free = free
    s.product = find_product(plain, free, sure=True, catalogue=catalogue) or (find_product(plain, s.taken, sure=True) if s.quotes else None)
    if s.product is None and s.occasions:
        # 圣诞帽, 年货礼盒: the occasion is part of the product's name.
        for h in s.occasions:
            free[h.start : h.end] = [False] * (h.end - h.start)
        s.product = find_product(plain, free, sure=True, catalogue=catalogue)
        if s.product and any(h.start <= s.product.start and s.product.end <= h.end for h in s.occasions):
            s.product = None
    return s


def _other_counts(text: str) -> list[tuple[int, int]]:
    """Figures that count something (10万单, 1 million sales): never part of the product's name."""
    found = [
        (n.start, m.end())
        for n in find_numbers(text)
        if n.value >= 100
        and (m := re.compile(r"\s?(?:单|粉丝?|人|次|曝光|播放|sales|orders|clicks|views|followers|impressions)").match(text, n.end))
    ]
    return found


@cache
def _claims() -> list[re.Pattern[str]]:
    raw = read_words("policy.toml")
    return [re.compile(p) for kind in ("claims", "guarantee") for p in raw[kind]]


def claim_spans(text: str) -> list[tuple[int, int]]:
    """Places of promises and claims (``policy.toml``): words about the product, not its name."""
    return [m.span() for p in _claims() for m in p.finditer(text)]


def _with(taken: list[bool], spans: list[tuple[int, int]]) -> list[bool]:
    both = list(taken)
    for a, b in spans:
        both[a:b] = [True] * (b - a)
    return both


def _claim(s: Scan, spans: list[tuple[int, int]]) -> None:
    for start, end in spans:
        s.taken[start:end] = [True] * (end - start)


def _take(s: Scan, found: Found | None) -> Found | None:
    found = _free(s, found)
    return found


def _free(s: Scan, found: Found | None) -> Found | None:
    if found is None or any(any(s.taken[a:b]) for a, b in found.spans):
        return None
    _claim(s, list(found.spans))
    return found


def _is_occasion(text: str, h: Hit) -> bool:
    left, right = text[h.start - 1 : h.start], text[h.end : h.end + 1]
    if h.word == "bf" and (text[: h.start].strip(" ,") or not re.match(r"\s?[,:;-]", text[h.end :])):
        # A boyfriend, unless it opens the message as a heading.
        return False
    numerals = "零一二三四五六七八九十百千万亿两"
    if (h.word[0] in numerals and left and left in numerals + "第") or (
        h.word[-1] in numerals and right and (right in numerals + "天日号月周个条张万千元块岁折" or right.isdigit())
    ):
        return False
    figures = h.word.replace(".", "").isdigit()
    return not (figures and (left.isdigit() or left in tuple("$¥€£.") or right.isdigit() or right in tuple("元块天条kw%.刀")))


@cache
def _day_of(occasion: str, today: date) -> date | None:
    try:
        return occasion_day(occasion, today)
    except AdwrightError:
        # The calendar ends before the next one: the occasion is known, its day is not.
        return None


def _feast(h: Hit, today: date) -> Day | None:
    day = _day_of(h.id, today)
    return Day(h.start, h.end, day, None, "occasion", h.id) if day else None


def _masked(s: Scan) -> str:
    spans: list[tuple[int, int, str]] = [(h.start, h.end, "channel") for h in s.places.hits]
    spans += [(a, b, "split") for a, b in s.places.spans]
    spans += [(h.start, h.end, "occasion") for h in s.occasions]
    spans += [(a.start, a.end, "daily" if a.per_days else "money") for a in s.amounts]
    for name, mark in (("start_date", "start"), ("end_date", "end"), ("duration_days", "days")):
        spans += [(a, b, mark) for a, b in (s.period.spans or {}).get(name, [])]
    for found, mark in (
        (s.sizes, "sizes"),
        (s.seconds, "seconds"),
        (s.roi, "roi"),
        (s.pieces, "pieces"),
        (s.tone, "tone"),
        (s.ad_language, "language"),
    ):
        spans += [(a, b, mark) for a, b in found.spans] if found else []
    if s.audience:
        spans.append((s.audience.start, s.audience.end, "audience"))
    spans += [(a, b, "percent") for a, b in s.percents]
    if s.product and s.product.score >= 2.2:
        spans.append((s.product.start, s.product.end, "product"))
    out, at = [], 0
    for start, end, mark in sorted(spans, key=lambda x: (x[0], -x[1])):
        if start < at:
            continue
        out.append(s.plain[at:start])
        out.append(f" {MARKS[mark]} " if s.language == "en" else MARKS[mark])
        at = end
    out.append(s.plain[at:])
    return re.sub(r"\d+(?:[.,]\d+)*", MARKS["number"], "".join(out))
