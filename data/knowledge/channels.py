"""Advertising channels: names people use, placements with starting rates, copy limits, picture sizes, minimum spend."""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal

from ..errors import AdwrightError
from ..money import Money
from ..words import Words, both
from .files import Fact, Status, fold, pair, read_toml

BidKind = Literal["cpc", "cpm", "ocpm"]


class Rate(Fact):
    """A wide starting guess: P10, P50, P90. CTR and CVR as 0..1; a cost in `currency` units.

    Example:
        >>> channel("douyin").placements[0].cpc.currency
        'CNY'
    """

    low: float
    mid: float
    high: float
    currency: str | None = None
    source: str = ""
    year: int
    status: Status = "unverified"


class Placement(Fact):
    """A place within a channel where an advertisement runs. `cvr` is orders per click, `cpc` cost per click."""

    id: str
    name: Words
    bid_kind: BidKind
    ctr: Rate
    cvr: Rate
    cpc: Rate


class CopyLimit(Fact):
    """How long a text may be. `unit` ``width`` counts a Chinese character as 2; `hard` limits fail, others warn.

    `limit` None: no known limit. `least`..`count` is how many texts of this field one advertisement takes; with `short` one of
    them at least is to be that short.
    """

    field: str
    name: Words
    limit: int | None
    unit: Literal["chars", "width"]
    hard: bool
    count: int
    least: int = 1
    short: int | None = None
    source: str = ""
    status: Status = "unverified"

    def used(self, text: str) -> int:
        """Length of `text` in this field's unit.

        Example:
            >>> channel("google").limit("headline").used("跑鞋 5折")
            8
        """
        if self.unit == "chars":
            return len(text)
        return sum(2 if _wide(letter) else 1 for letter in text)


class Size(Fact):
    """A picture size in pixels; `max_kb` is the largest file the platform takes (None: not known)."""

    width: int
    height: int
    name: Words
    max_kb: int | None = None
    status: Status = "unverified"

    @property
    def text(self) -> str:
        """``"800x800"``."""
        return f"{self.width}x{self.height}"


class Channel(Fact):
    """One advertising channel. `currency` is the money its rates are in; `minimum_daily` the least daily spend."""

    id: str
    name: Words
    aliases: list[str]
    region: Literal["cn", "world"]
    kind: Literal["social", "search", "shop", "owned", "video"]
    currency: str
    minimum_daily: Money | None
    placements: list[Placement]
    copy_fields: list[CopyLimit]
    sizes: list[Size]
    source: str
    as_of: str
    status: Status

    def placement(self, placement_id: str | None = None) -> Placement:
        """Return a placement by id, the first when None; KeyError when there is no such placement."""
        if placement_id is None:
            return self.placements[0]
        return {p.id: p for p in self.placements}[placement_id]

    def limit(self, field: str) -> CopyLimit:
        """Return the copy limit of `field`; KeyError when the channel has no such field."""
        return {f.field: f for f in self.copy_fields}[field]


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


@cache
def channels() -> dict[str, Channel]:
    """All channels by canonical id, in the order of ``channels.toml``."""
    return {id_: _channel(id_, row) for id_, row in read_toml("channels.toml").items()}


@cache
def channel_names() -> dict[str, str]:
    """Every folded name and alias -> canonical id; the page and the planner read names through this table."""
    table: dict[str, str] = {}
    for one in channels().values():
        for name in (one.id, one.name.zh, one.name.en, *one.aliases):
            table.setdefault(fold(name), one.id)
    return table


def channel(name: str) -> Channel:
    """Return a channel by id, name or alias in either language.

    Raises `AdwrightError` (code ``unknown-channel``) that names the nearest known channels.

    Example:
        >>> channel("小红薯").id, channel("ins").id
        ('xiaohongshu', 'instagram')
    """
    table = channel_names()
    found = table.get(fold(name))
    if found is None:
        near = list(dict.fromkeys(table[match] for match in get_close_matches(fold(name), table, n=3, cutoff=0.5)))
        near = near or ["douyin", "xiaohongshu", "taobao", "google", "instagram"]
        raise AdwrightError(
            both(f"不认识渠道“{name[:40]}”。", f"“{name[:40]}” is not a channel I know."),
            both(
                f"您指的是：{'、'.join(channels()[n].name.zh for n in near)}？",
                f"Did you mean: {', '.join(channels()[n].name.en for n in near)}?",
            ),
            code="unknown-channel",
        )
    return channels()[found]


def _channel(id_: str, row: dict[str, Any]) -> Channel:
    currency, source, as_of, status = row["currency"], row["source"], row["as_of"], row["status"]

    def rate(values: list[float], place: dict[str, Any], money: str | None = None) -> Rate:
        low, mid, high = values
        return Rate(
            low=low, mid=mid, high=high, currency=money, source=place.get("source", source), year=int(as_of[:4]), status="unverified"
        )

    placements = [
        Placement(
            id=p["id"],
            name=pair(p["name"]),
            bid_kind=p["bid"],
            ctr=rate(p["ctr"], p),
            cvr=rate(p["cvr"], p),
            cpc=rate(p["cpc"], p, currency),
        )
        for p in row["placements"]
    ]
    fields = [
        CopyLimit(
            field=f["field"],
            name=pair(f["name"]),
            limit=f.get("limit"),
            unit=f.get("unit", "chars"),
            hard=f.get("hard", False),
            count=f.get("count", 1),
            least=f.get("least", 1),
            short=f.get("short"),
            source=f.get("source", source),
            status=f.get("status", status),
        )
        for f in row["copy"]
    ]
    sizes = [
        Size(width=s["px"][0], height=s["px"][1], name=pair(s["name"]), max_kb=s.get("kb"), status=s.get("status", "unverified"))
        for s in row["sizes"]
    ]
    minimum = row.get("minimum_daily")
    return Channel(
        id=id_,
        name=pair(row["name"]),
        aliases=row["aliases"],
        region=row["region"],
        kind=row["kind"],
        currency=currency,
        minimum_daily=None if minimum is None else Money.of(minimum, currency),
        placements=placements,
        copy_fields=fields,
        sizes=sizes,
        source=source,
        as_of=as_of,
        status=status,
    )
