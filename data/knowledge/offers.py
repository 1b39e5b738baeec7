"""Offers as merchants say them, in both languages: second one half price, percent off, buy one get one, money off from a sum.

An offer is read, never made: its own language keeps the merchant's words, the other gets the same offer in its usual form.
Not here: whether advertising may say it (policy), what it would do to clicks (response).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from ..words import Words, both


class Offer(NamedTuple):
    """An offer at ``text[start:end]`` and its words in both languages."""

    start: int
    end: int
    words: Words


_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN = "零〇一二两三四五六七八九"
_ORDINAL = {2: "2nd", 3: "3rd", 4: "4th"}
_COUNT = {"one": 1, "two": 2, "three": 3, "a": 1}
_NUMBER = {1: "one", 2: "two", 3: "three"}
# What a Chinese measure word counts, where English has a word for it.
_THING = {"双": "pair", "杯": "cup", "瓶": "bottle", "盒": "box", "套": "set", "包": "pack", "支": "one", "条": "one"}
_MEASURE = {"pair": "双", "cup": "杯", "bottle": "瓶", "box": "盒", "set": "套", "pack": "包"}
# Shares of something else than a price: a budget is no offer.
_OF_MONEY = r"(?!\s?(?:of |from )?(?:the |our |my |its )?(?:budget|spend|spending|bids?|total|instagram|google|facebook|tiktok|channel))"


def _number(text: str) -> Decimal:
    """A number of digits or of single Chinese ones (七五 is 75)."""
    return Decimal("".join(str(_DIGIT.get(c, 0)) if c in _HAN else c for c in text))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _fold(text: str) -> Decimal | None:
    """What 8 折 or 七五折 leaves to pay, 0..1."""
    value = _number(text)
    share = value / (100 if value >= 10 else 10)
    return share if 0 < share < 1 else None


def _off(share: Decimal) -> str:
    return f"{_plain((1 - share) * 100)}% off"


def _as_fold(off: Decimal) -> str:
    """10 折 less what is off, as Chinese says it: 20 % off is 8折."""
    return f"{_plain((100 - off) / 10)}折"


def _second_zh(m: re.Match[str]) -> Words | None:
    nth = int(_number(m["nth"]))
    thing = _THING.get(m["unit"], "item")
    if m["fold"]:
        share = _fold(m["fold"])
        if share is None:
            return None
        what = _off(share)
    else:
        what = {"半价": "half price", "免费": "free", "0元": "free", "零元": "free"}[m["what"].replace(" ", "")]
    return both(m.group(), f"{_ORDINAL.get(nth, f'{nth}th')} {thing} {what}")


def _gift_zh(m: re.Match[str]) -> Words | None:
    buy, get = int(_number(m["buy"])), int(_number(m["get"]))
    return both(m.group(), f"Buy {_NUMBER.get(buy, buy)}, get {_NUMBER.get(get, get)} free")


def _threshold_zh(m: re.Match[str]) -> Words | None:
    return both(re.sub(r"[元块]", "", m.group()), f"¥{m['cut']} off over ¥{m['sum']}")


def _fold_zh(m: re.Match[str]) -> Words | None:
    share = _fold(m["fold"])
    if share is None:
        return None
    many = int(_number(m["many"])) if m["many"] else 0
    en = f"{'Up to ' if m['up'] else ''}{_off(share)}{f' when you buy {many}' if many else ''}"
    written = f"{m['all'] or ''}{f'{many}件' if many else ''}{_as_fold((1 - share) * 100)}{'起' if m['up'] else ''}"
    return both(written, en)


def _save_zh(m: re.Match[str]) -> Words | None:
    return both(f"立减{m['cut']}元", f"¥{m['cut']} off")


def _free_zh(m: re.Match[str]) -> Words | None:
    return both(m.group(), "Free shipping")


def _second_en(m: re.Match[str]) -> Words | None:
    nth = {"2nd": 2, "second": 2, "3rd": 3, "third": 3}[m["nth"].casefold()]
    thing = (m["unit"] or "item").casefold()
    what = m["what"].casefold()
    percent = re.match(r"(\d{1,2})\s?%", what)
    zh = {"half price": "半价", "half off": "半价", "half-price": "半价", "free": "免费"}.get(what)
    zh = zh or (_as_fold(Decimal(percent[1])) if percent and percent[1] != "50" else "半价")
    said = "half price" if what in ("half off", "half-price") else what
    return both(f"第{'二三'[nth - 2]}{_MEASURE.get(thing, '件')}{zh}", f"{_ORDINAL[nth]} {thing} {said}")


def _gift_en(m: re.Match[str]) -> Words | None:
    if m["bogo"]:
        return both("买一送一", "Buy one, get one free")
    buy, get = (_COUNT.get(x.casefold(), 0) or int(x) for x in (m["buy"], m["get"]))
    how = (m["how"] or "").strip().casefold()
    en = f"Buy {_NUMBER.get(buy, buy)}, get {_NUMBER.get(get, get)}{f' {how}' if how else ''}"
    if "half" in how or "50" in how:
        return both(f"买{buy}件，第{buy + get}件半价", en)
    return both(f"买{'一二三四五'[buy - 1]}送{'一二三四五'[get - 1]}", en) if max(buy, get) <= 5 else both(f"买{buy}送{get}", en)


def _threshold_en(m: re.Match[str]) -> Words | None:
    sign = m["sign"]
    zh = f"满{m['sum']}减{m['cut']}" if sign in "¥￥" else f"满{sign}{m['sum']}减{sign}{m['cut']}"
    return both(zh, f"{sign}{m['cut']} off over {sign}{m['sum']}")


def _percent_en(m: re.Match[str]) -> Words | None:
    off = Decimal(m["off"])
    if not 0 < off < 100:
        return None
    up = bool(m["up"])
    return both(f"{_as_fold(off)}{'起' if up else ''}", f"{'Up to ' if up else ''}{_plain(off)}% off")


def _save_en(m: re.Match[str]) -> Words | None:
    sign, cut = m["sign"] or m["sign2"], m["cut"] or m["cut2"]
    return both(f"立减{sign}{cut}", f"{sign}{cut} off")


def _free_en(m: re.Match[str]) -> Words | None:
    return both("包邮", "Free shipping")


# The order matters: the longer form first (second pair 20% off before 20% off).
_PATTERNS: list[tuple[str, Callable[[re.Match[str]], Words | None]]] = [
    (rf"第(?P<nth>[2-4{_HAN}])(?P<unit>[双件个份杯瓶支条盒套包])\s?(?:(?P<what>半价|免费|[0零]\s?元)|(?P<fold>[1-9{_HAN}](?:\.?[1-9{_HAN}])?)\s?折)", _second_zh),
    (rf"(?:买|拍)(?P<buy>[1-5{_HAN}])[件双个份]?[送赠](?P<get>[1-5{_HAN}])[件双个份]?(?![\d.])", _gift_zh),
    (r"满\s?(?P<sum>\d{1,6})\s?[元块]?\s?(?:立减|减)\s?(?P<cut>\d{1,6})\s?[元块]?(?!\d)", _threshold_zh),
    (rf"(?P<all>全场|全店)?(?:打\s?|(?P<many>[2-5{_HAN}])\s?件\s?)?(?P<fold>[1-9{_HAN}](?:\.[1-9]|[1-9{_HAN}])?)\s?折(?P<up>起)?(?![叠扣页线伞])", _fold_zh),
    (r"(?:立减|直降|下单减)\s?(?P<cut>\d{1,6})\s?[元块]?(?![\d%])", _save_zh),
    (r"(?:全场|全国)?(?:包邮|免邮)", _free_zh),
    (r"(?<![a-z])(?:the )?(?P<nth>2nd|second|3rd|third) (?P<unit>pair|item|one|cup|bottle|box|set|pack|piece|unit)? ?(?:is |at |for |goes )?(?P<what>half[ -]price|half off|free|\d{1,2}\s?% off)", _second_en),
    (r"(?<![a-z])(?:(?P<bogo>bogo)|buy (?P<buy>one|two|three|[1-5]),? ?(?:and )?get (?P<get>one|two|a|[1-5])(?P<how> (?:for )?(?:free|half price|half off|50% off))?)(?![a-z])", _gift_en),
    (r"(?P<sign>[$€£¥￥])\s?(?P<cut>\d{1,6}) off (?:on |for )?(?:all )?(?:orders? )?(?:(?:of )?(?:over|above|from)|when you spend) [$€£¥￥]?\s?(?P<sum>\d{1,6})", _threshold_en),
    (rf"(?P<up>up to )?(?P<off>\d{{1,2}}(?:\.\d)?)\s?(?:%|percent|per cent) off(?![a-z]){_OF_MONEY}", _percent_en),
    (rf"(?:(?<![a-z])save (?P<sign>[$€£¥￥])(?P<cut>\d{{1,6}})(?![\d%]|k)|(?P<sign2>[$€£¥￥])(?P<cut2>\d{{1,6}}) off(?![a-z]){_OF_MONEY})", _save_en),
    (r"(?<![a-z])free (?:shipping|delivery|postage)(?![a-z])", _free_en),
]  # fmt: skip
_COMPILED = [(re.compile(pattern, re.IGNORECASE), read) for pattern, read in _PATTERNS]
_DENIED = re.compile(
    r"(?:预算(?:打)?|砍掉?|削减|减掉?|降低?|不|没有|没|别|无|勿|未|不是|(?<![a-z])(?:no|not|without|never|don'?t (?:say|write|offer)))\s?(?:再|会|能|要|做|搞|参加|提|写)?\s?$",
    re.IGNORECASE,
)


def offers_in(text: str) -> list[Offer]:
    """Return the offers a text states, in its order; one that is denied (不打折) is none.

    Example:
        >>> [o.words.en for o in offers_in("主打第二双半价，满300减40")]
        ['2nd pair half price', '¥40 off over ¥300']
        >>> offers_in("cut instagram by 20%"), offers_in("不打折")
        ([], [])
    """
    found: list[Offer] = []
    for pattern, read in _COMPILED:
        for m in pattern.finditer(text):
            if any(m.start() < o.end and o.start < m.end() for o in found) or _DENIED.search(text[: m.start()]):
                continue
            words = read(m)
            if words is not None:
                found.append(Offer(m.start(), m.end(), words))
    return sorted(found)


def offer_words(text: str) -> Words:
    """Return an offer's words in both languages; one of no known form keeps the merchant's own.

    Example:
        >>> offer_words("20% off").zh, offer_words("会员日双倍积分").en
        ('8折', '会员日双倍积分')
    """
    found = offers_in(text)
    if not found:
        return both(text.strip(), text.strip())
    return both("，".join(o.words.zh for o in found[:2]), ", ".join(o.words.en for o in found[:2]))
