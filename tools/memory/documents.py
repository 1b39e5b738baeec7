"""One document per past campaign: what it was about, in words and as filters, and how it went.

The campaigns table is the source; documents are made anew from it. A table with neither dates nor copy (an import of
bare results) still gives documents, from names, channel, audience and category.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from ...data import knowledge
from ...data.errors import AdwrightError

SEASONS = ("winter", "spring", "summer", "autumn")
SEASON_WORDS = {
    "winter": "winter 冬季 冬天",
    "spring": "spring 春季 春天",
    "summer": "summer 夏季 夏天",
    "autumn": "autumn fall 秋季 秋天",
}
# Columns that people wrote, the most telling first.
_WRITTEN = ("name", "headline", "body", "offer", "audience", "objective", "placement", "notes", "product_id")


class Document(NamedTuple):
    """A campaign as text (`words`), filters (`channel`, `category`) and its table row."""

    id: str
    words: str
    channel: str
    category: str
    row: dict[str, Any]


def season_of(day: date) -> str:
    """Return the season of a day in the northern half of the world."""
    return SEASONS[day.month % 12 // 3]


def documents(rows: Sequence[dict[str, Any]], names: dict[str, str]) -> list[Document]:
    """Make documents of campaign rows; `names` maps product ids to names in all languages."""
    return [_document(row, names) for row in rows]


def _document(row: dict[str, Any], names: dict[str, str]) -> Document:
    parts = [str(row[key]) for key in _WRITTEN if row.get(key)]
    parts.append(names.get(str(row.get("product_id") or ""), ""))
    parts.append(_channel_words(str(row["channel"])))
    category = str(row.get("category") or "")
    parts.append(_category_words(category))
    if row.get("start"):
        parts.append(_time_words(row["start"], row.get("end") or row["start"]))
    return Document(str(row["campaign_id"]), " ".join(part for part in parts if part), str(row["channel"]), category, row)


@lru_cache(maxsize=256)
def _channel_words(channel: str) -> str:
    try:
        known = knowledge.channel(channel)
    except AdwrightError:
        return channel
    return f"{channel} {known.name.zh} {known.name.en}"


@lru_cache(maxsize=256)
def _category_words(category: str) -> str:
    known = knowledge.categories().get(category)
    return f"{category} {known.name.zh} {known.name.en}" if known else category


@lru_cache(maxsize=4096)
def _time_words(start: date, end: date) -> str:
    """Year, season and the festivals a campaign met."""
    met = knowledge.festivals(start, end, None) if (end - start).days <= 400 else []
    words = [str(start.year), SEASON_WORDS[season_of(start)]]
    words += [f"{festival.id} {festival.name.zh} {festival.name.en}" for festival in met]
    return " ".join(dict.fromkeys(words))
