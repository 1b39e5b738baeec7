"""What is said of past campaigns that were looked up: each with its id, dates, money, orders and return, then what set the better ones apart.

Figures are those of ``search_campaigns``; nothing is computed here.
"""

from __future__ import annotations

from typing import Any

from ..data.figure import format_number, rounded
from ..data.money import Money
from ..data.result import Artifact
from ..data.words import Language
from .wording import say

TOLD = 5
# Below so many orders a return is a hint only.
FEW_ORDERS = 10


def about_past(finding: str, artifact: Artifact, language: Language) -> str:
    """Return the answer to "what worked for us last winter?"."""
    items = artifact.data.get("items") or []
    clicks = bool(artifact.data.get("by_clicks"))
    rows = [_row(item, language, clicks) for item in items[:TOLD]]
    taught = [str(one["text"][language]) for one in artifact.data.get("lessons") or []]
    note = artifact.data.get("note")
    return say(
        "answer-past", language, finding=finding.rstrip("。.：:"), rows=rows, more=max(0, len(items) - TOLD), taught=taught,
        shrunk=not clicks and any(row["roas"] for row in rows), note=str(note[language]) if note else "",
    )  # fmt: skip


def _row(item: dict[str, Any], language: Language, clicks: bool) -> dict[str, Any]:
    currency = str(item["currency"])
    days = [str(item[key]) for key in ("start", "end") if item.get(key)]
    roas, revenue, spend = item.get("roas"), item.get("revenue"), float(item["spend"])
    own = revenue / spend if revenue is not None and spend else None
    return {
        "id": item["id"],
        "title": item["title"],
        "days": (" 至 " if language == "zh" else " to ").join(days),
        "headline": item.get("headline") or "",
        "spend": Money.of(str(round(spend)), currency).text(short=True) if spend else "",
        "orders": format_number(rounded(float(item["conversions"]), "count"), "count"),
        "roas": "" if roas is None else format_number(rounded(roas, "ratio"), "ratio"),
        "own": "" if own is None else format_number(rounded(own, "ratio"), "ratio"),
        "ctr": "" if item.get("ctr") is None else format_number(rounded(item["ctr"], "rate"), "rate"),
        "shown": "" if spend else f"{int(item['impressions']):,}",
        "clicks": clicks,
        "few": float(item["conversions"]) < FEW_ORDERS,
    }
