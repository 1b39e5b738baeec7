"""What is remembered, as documents: one per campaign, per line of a plan that ran, and per creative.

The tables are the source (`campaigns`, `results`, `impressions`); documents are made anew from them. A table with neither dates nor copy
(an import of bare results) still gives documents, from names, channel, audience and category. A line of a plan comes with what the
plan had forecast. Kinds: ``campaign`` (over, or of an imported table), ``running`` (a line of a plan whose last day is not there yet),
``creative``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data import knowledge
from ...data.errors import AdwrightError
from .times import season_of

if TYPE_CHECKING:
    from ...data.plan import CampaignPlan
    from ...data.workspace import Workspace

SEASON_WORDS = {
    "winter": "winter 冬季 冬天",
    "spring": "spring 春季 春天",
    "summer": "summer 夏季 夏天",
    "autumn": "autumn fall 秋季 秋天",
}
TABLES = ("campaigns", "products", "results", "impressions")
# Columns that people wrote, the most telling first.
_WRITTEN = ("name", "headline", "body", "offer", "audience", "objective", "placement", "notes", "product_id")
_EMPTY = {
    key: None for key in (
        "name", "placement", "objective", "product_id", "category", "audience", "start", "end", "revenue", "headline", "body", "language", "offer", "notes",
    )
}  # fmt: skip
_LINES = """SELECT plan, coalesce(line, channel || coalesce(' ' || placement, '')) AS line, any_value(channel) AS channel,
    any_value(placement) AS placement, currency, min(day) AS start, max(day) AS "end", sum(spend) AS spend, sum(impressions) AS impressions,
    sum(clicks) AS clicks, sum(conversions) AS conversions, sum(revenue) AS revenue
FROM results WHERE coalesce(line, channel) IS NOT NULL GROUP BY ALL ORDER BY ALL"""
_CREATIVES = """SELECT campaign_id, creative_id, any_value(headline) AS headline, count(*) AS impressions, sum(clicked::INT) AS clicks,
    sum(converted::INT) AS conversions
FROM impressions WHERE campaign_id IS NOT NULL AND creative_id IS NOT NULL AND headline IS NOT NULL GROUP BY ALL ORDER BY ALL"""


class Document(NamedTuple):
    """One remembered thing as text (`words`), filters (`channel`, `category`, `kind`, days) and its row."""

    id: str
    words: str
    channel: str
    category: str
    kind: str
    row: dict[str, Any]


def documents(workspace: Workspace) -> list[Document]:
    """Return all documents of a shop, by kind and id."""
    warehouse = workspace.warehouse
    campaigns = warehouse.arrow(warehouse.table("campaigns").order_by("campaign_id")).to_pylist()
    products = warehouse.table("products")
    names = {
        r["product_id"]: f"{r['name_zh'] or ''} {r['name_en'] or ''}".strip()
        for r in warehouse.arrow(products[["product_id", "name_zh", "name_en"]]).to_pylist()
    }
    found = [_document("campaign", str(row["campaign_id"]), row, names) for row in campaigns]
    known = {document.id for document in found}
    found += [d for d in _lines(workspace, names) if d.id not in known]
    return found + _creatives(workspace, {str(row["campaign_id"]): row for row in campaigns}, names)


def _lines(workspace: Workspace, names: dict[str, str]) -> list[Document]:
    plans: dict[str, CampaignPlan | None] = {}
    found = []
    for row in workspace.warehouse.arrow(_LINES).to_pylist():
        id_ = f"{row['plan']}/{row['line']}" if row["plan"] else str(row["line"])
        plan = plans.setdefault(row["plan"], _plan(workspace, row["plan"]))
        line = next((one for one in plan.lines if row["line"] in (one.id, one.name.zh, one.name.en)), None) if plan else None
        told: dict[str, Any] = {"name": str(row["line"])}
        if plan is not None:
            product = plan.brief.product.value
            told |= {"name": f"{plan.title.zh} {plan.title.en}", "category": product.category, "language": plan.brief.language.value}
        if plan is not None and line is not None:
            creatives = [c for c in plan.creatives if c.id in line.creatives]
            texts = [field.text for creative in creatives for field in creative.copy_fields]
            segment = next((s.name for s in plan.segments if s.id == line.segment), None)
            told |= {
                "name": line.name.zh, "channel": line.channel, "placement": line.placement, "headline": texts[0] if texts else None,
                "body": " ".join(texts[1:]), "audience": f"{segment.zh} {segment.en}" if segment else None,
                "forecast": {"orders": line.orders.model_dump(mode="json"), "revenue": line.revenue.model_dump(mode="json")},
            }  # fmt: skip
        over = line is None or row["end"] >= line.end
        if told.get("channel") or row["channel"]:
            whole = _EMPTY | {key: value for key, value in row.items() if key not in ("plan", "line")} | told | {"campaign_id": id_}
            found.append(_document("campaign" if over else "running", id_, whole, names))
    return found


def _plan(workspace: Workspace, plan: str | None) -> CampaignPlan | None:
    if not plan:
        return None
    try:
        return workspace.records.plan(plan)
    except AdwrightError:
        # Results may name a plan of the merchant's own that was never made here.
        return None


def _creatives(workspace: Workspace, campaigns: dict[str, dict[str, Any]], names: dict[str, str]) -> list[Document]:
    found = []
    for row in workspace.warehouse.arrow(_CREATIVES).to_pylist():
        campaign = campaigns.get(str(row["campaign_id"]))
        if campaign is None:
            continue
        own = {key: row[key] for key in ("headline", "impressions", "clicks", "conversions")}
        whole = campaign | own | {"name": row["headline"], "body": None, "notes": None, "spend": 0, "revenue": None}
        found.append(_document("creative", str(row["creative_id"]), whole, names))
    return found


def _document(kind: str, id_: str, row: dict[str, Any], names: dict[str, str]) -> Document:
    parts = [str(row[key]) for key in _WRITTEN if row.get(key)]
    parts.append(names.get(str(row.get("product_id") or ""), ""))
    parts.append(_channel_words(str(row["channel"])))
    category = str(row.get("category") or "")
    parts.append(_category_words(category))
    if row.get("start"):
        parts.append(_time_words(row["start"], row.get("end") or row["start"]))
    return Document(id_, " ".join(part for part in parts if part), str(row["channel"]), category, kind, row)


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


def spans(found: Sequence[Document]) -> list[tuple[int, int]]:
    """Return first and last day of each document as proleptic ordinals; (0, 0) where the days are not known."""
    return [(d.row["start"].toordinal(), (d.row["end"] or d.row["start"]).toordinal()) if d.row.get("start") else (0, 0) for d in found]
