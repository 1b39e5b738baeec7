"""Shopping festivals and occasions: which day they fall on, and the words people name them with.

The day of a festival comes from ``calendar.csv`` (lunar and movable days are written out, nothing is computed at run
time). Presale windows that platforms announce each year are not in it.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from ..errors import AdwrightError
from ..words import Words, both
from .files import Fact, Status, fold, listed, pair, read_csv, read_toml


class Festival(Fact):
    """A festival on a day. `region` is ``CN``, ``world`` or country codes joined by ``+``."""

    date: date
    id: str
    name: Words
    region: str
    status: Status
    source: str


class Occasion(Fact):
    """A reason to advertise. `rule` says how its day follows: ``12-12``, ``lunar 7-7``, ``5 sun 2``, ``thanksgiving+1``, ``easter-2``.

    `uplift` is the assumed multiple of the usual click price while it lasts (1 = none); `cold` names a region whose
    shoppers it leaves cold although the day is known there (Black Friday in China).
    """

    id: str
    name: Words
    words_zh: list[str]
    words_en: list[str]
    rule: str
    region: str
    uplift: float
    cold: str = ""


@cache
def occasions() -> dict[str, Occasion]:
    """All occasions by id."""
    return {
        id_: Occasion(
            id=id_,
            name=pair(row["name"]),
            words_zh=listed(row["zh"]),
            words_en=listed(row["en"]),
            rule=row["rule"],
            region=row.get("region", "world"),
            uplift=row.get("uplift", 1.0),
            cold=row.get("cold", ""),
        )
        for id_, row in read_toml("occasions.toml").items()
    }


@cache
def _rows() -> list[Festival]:
    rows = read_csv("calendar.csv")
    return [
        Festival.model_validate(
            {
                "date": row["date"],
                "id": row["id"],
                "name": Words(zh=row["name_zh"], en=row["name_en"]),
                "region": row["region"],
                "status": row["status"],
                "source": row["source"],
            }
        )
        for row in rows
    ]


def festivals(start: date, end: date, region: str | None = None) -> list[Festival]:
    """Festivals from `start` to `end`, both included, by day; `region` (``"CN"``, ``"US"``) also keeps the world's.

    Example:
        >>> [f.id for f in festivals(date(2026, 12, 10), date(2026, 12, 26), "CN")]
        ['double12', 'christmas_eve', 'christmas']
    """
    keep = None if region is None else {region.upper(), "world"}
    return [f for f in _rows() if start <= f.date <= end and (keep is None or keep & set(f.region.split("+")))]


def occasion_day(occasion: str, today: date) -> date:
    """The next day of an occasion, `today` included.

    Raises `AdwrightError` (code ``unknown-occasion`` or, beyond the calendar, ``unknown-day``).

    Example:
        >>> occasion_day("spring_festival", date(2026, 11, 23))
        datetime.date(2027, 2, 6)
    """
    if occasion not in occasions():
        raise AdwrightError(
            both(f"不认识节日“{occasion[:40]}”。", f"“{occasion[:40]}” is not an occasion I know."),
            both("请直接说开始和结束日期。", "Please say the first and last day instead."),
            code="unknown-occasion",
        )
    for row in _rows():
        if row.id == occasion and row.date >= today:
            return row.date
    name = occasions()[occasion].name
    raise AdwrightError(
        both(f"日历里没有 {today:%Y-%m-%d} 之后的{name.zh}。", f"The calendar has no {name.en} after {today:%Y-%m-%d}."),
        both("请直接说开始和结束日期。", "Please say the first and last day instead."),
        code="unknown-day",
    )


@cache
def _occasion_words() -> list[tuple[str, str]]:
    words = [(fold(w), o.id) for o in occasions().values() for w in (*o.words_zh, *o.words_en)]
    return sorted(words, key=lambda item: -len(item[0]))


def occasion_of(text: str) -> str | None:
    """The occasion named in `text` (longest name wins), or None.

    Example:
        >>> occasion_of("xmas push for hair clips")
        'christmas'
    """
    plain = fold(text)
    for word, id_ in _occasion_words():
        at = plain.find(word)
        while at >= 0:
            end = at + len(word)
            if not (_joined(plain, at - 1, at) or _joined(plain, end - 1, end) or _amount(plain, at, end)):
                return id_
            at = plain.find(word, at + 1)
    return None


def _amount(text: str, start: int, end: int) -> bool:
    # "预算618元" and "$520" are money, "618件" is a count; "618大促" is the sale.
    if not text[start:end].replace(".", "").isdigit():
        return False
    before, after = text[:start].rstrip()[-1:], text[end:].lstrip()[:1]
    return before in tuple("¥$€£.") or after in tuple("元块刀万千百件个人天条套双%.") or text[:start].rstrip().endswith("预算")


def _joined(text: str, left: int, right: int) -> bool:
    # "618" inside "6180" and "cny" inside "cnyx" are other words; Chinese characters never join.
    if left < 0 or right >= len(text):
        return False
    a, b = text[left], text[right]
    return a.isascii() and b.isascii() and a.isalnum() and b.isalnum()
