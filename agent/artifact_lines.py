"""An artifact of a tool as a few lines of text; the whole of it is on the canvas."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ..data.figure import PLACES, Figure, format_number, rounded
from ..data.money import Money
from ..data.result import Artifact, unit_of
from ..data.words import Language
from .wording import channel_name, listed

BULLETS = 3


def lines_of(artifact: Artifact, language: Language) -> list[str]:
    """Return at most three lines of an artifact's own content, or as many as it says it has to tell; the rest is seen on the canvas."""
    data = artifact.data
    if artifact.kind in ("text", "answer"):
        text = str(data.get(language) or data.get("zh") or data.get("en") or "")
        return [line.lstrip("- ") for line in text.splitlines() if line.strip()][: 2 * BULLETS]
    if artifact.kind == "table":
        return [
            line for row in data.get("rows", [])[: data.get("shown", BULLETS)] if (line := row_text(data.get("columns", []), row, language))
        ]
    lines = [line for item in data.get("items", [])[:BULLETS] if (line := item_text(item, language))]
    return lines if artifact.kind in ("segments", "campaigns", "file") else []


def picked(value: Any, language: Language, unit: str | None = None) -> str:
    """Return a JSON value as text: bilingual pairs in `language`, figures by their own format, bare numbers by their column's unit."""
    if isinstance(value, dict):
        if "zh" in value and "en" in value:
            return str(value[language])
        if "unit" in value and "value" in value:
            return Figure.model_validate(value).text(language)
        if "amount" in value and "currency" in value:
            return Money.model_validate(value).text(short=True)
        return ""
    if unit and (unit in PLACES or (len(unit) == 3 and unit.isupper())) and re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return format_number(Decimal(str(value)), unit)
    return "" if value is None else str(value)


def row_text(columns: list[dict[str, Any]], row: dict[str, Any], language: Language) -> str:
    """Return one row of a table as ``first: name value, name value``."""
    cells = [
        (
            column["key"],
            picked(column.get("name"), language),
            picked(row.get(column["key"]), language, unit_of(str(column.get("unit") or ""), row)),
        )
        for column in columns
    ]
    cells = [cell for cell in cells if cell[2]]
    if not cells:
        return ""
    rest = listed([value if key in ("value", "formula", "note") else f"{name} {value}" for key, name, value in cells[1:5]], language)
    colon = "：" if language == "zh" else ": "
    return f"{cells[0][2]}{colon}{rest}" if rest else cells[0][2]


def shortened(text: str, limit: int = 140) -> str:
    """Return a text on one line; what is cut off is on the canvas."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def item_text(item: dict[str, Any], language: Language) -> str:
    """Return the name of a listed thing and the shortest of what is known of it."""
    name = picked(item.get("name") or item.get("title"), language)
    if isinstance(item.get("size"), int) and isinstance(item.get("share"), dict):
        people = f"{item['size']:,} {'人' if language == 'zh' else 'people'}"
        todo = (item.get("persona") or {}).get("todo")
        about = listed([people, picked(item["share"], language), *([picked(todo, language)] if todo else [])], language)
    elif "roas" in item and "channel" in item:
        about = listed(outcome_of(item, language), language)
    else:
        about = picked(item.get("why") or item.get("summary"), language)
    gap = "：" if language == "zh" else ": "
    return f"{name}{gap}{about}" if name and about else name


def outcome_of(item: dict[str, Any], language: Language) -> list[str]:
    """Return how a past campaign went: channel, spend, CTR, ROAS, as far as they are known."""
    found = [channel_name(str(item["channel"]), language)]
    if item.get("spend") is not None and item.get("currency"):
        found.append(Money.of(str(item["spend"]), str(item["currency"])).text(short=True))
    for key, unit, label in (("ctr", "rate", "CTR"), ("roas", "ratio", "ROAS")):
        if isinstance(item.get(key), int | float):
            found.append(f"{label} {format_number(rounded(item[key], unit), unit)}")
    return found
