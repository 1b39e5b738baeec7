"""A remembered campaign as it is handed out: why it was found and how it went, in words and numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from ...data import knowledge
from ...data.brief import Document as Form
from ...data.figure import Figure, format_number, rounded
from ...data.words import Words, both
from .asking import Filters
from .documents import Document
from .outcome import Outcome
from .tokens import shared_words

# Below so many orders a return says little, and that is told.
FEW_ORDERS = 10


class Hit(Form):
    """A past campaign: why it was found, its copy, its counts, and rates shrunk towards its channel (None: unknown).

    Raw rates follow from the counts; `ctr`, `cvr` are 0..1, `cpc` is in `currency`, `roas` is revenue / spend. `kind` is ``campaign``,
    ``running`` or ``creative`` (its counts are those of the logged impressions). `forecast` is what the plan had expected of orders, `matched` the words of the question that the campaign holds.
    """

    id: str
    kind: str = "campaign"
    score: float
    why: Words
    outcome: Words
    channel: str
    placement: str | None = None
    category: str | None = None
    title: str
    headline: str = ""
    body: str = ""
    start: date | None = None
    end: date | None = None
    currency: str
    spend: float
    impressions: int
    clicks: int
    conversions: float
    revenue: float | None = None
    ctr: float | None = None
    cvr: float | None = None
    cpc: float | None = None
    roas: float | None = None
    forecast: Figure | None = None
    matched: list[str] = []


def hit(document: Document, outcome: Outcome, score: float, query: str, filters: Filters) -> Hit:
    """Return a document with its outcome as a hit for `query`, what is asked beside the filters."""
    row = document.row
    forecast = row.get("forecast")
    matched = shared_words(query, document.words, 8)
    return Hit(
        id=document.id,
        kind=document.kind,
        score=round(score, 6),
        why=_why(document, matched, filters),
        outcome=told(document, outcome),
        channel=document.channel,
        placement=row["placement"],
        category=row["category"],
        title=row["name"] or row["headline"] or document.id,
        headline=row["headline"] or "",
        body=row["body"] or "",
        start=row["start"],
        end=row["end"],
        currency=row["currency"],
        spend=float(row["spend"]),
        impressions=int(row["impressions"]),
        clicks=int(row["clicks"]),
        conversions=float(row["conversions"]),
        revenue=None if row["revenue"] is None else float(row["revenue"]),
        ctr=outcome.ctr,
        cvr=outcome.cvr,
        cpc=outcome.cpc,
        roas=outcome.roas,
        forecast=Figure.model_validate(forecast["orders"]) if forecast else None,
        matched=matched,
    )


def _why(document: Document, words: list[str], filters: Filters) -> Words:
    zh, en = [], []
    if filters.channels:
        name = knowledge.channel(document.channel).name
        zh.append(f"同渠道（{name.zh}）")
        en.append(f"same channel ({name.en})")
    category = knowledge.categories().get(document.category)
    if filters.category and category:
        zh.append(f"同品类（{category.name.zh}）")
        en.append(f"same category ({category.name.en})")
    if filters.period:
        zh.append(f"时间在{filters.period.name.zh}")
        en.append(f"ran in {filters.period.name.en}")
    if words:
        zh.append(f"共同的词：{'、'.join(words[:3])}")
        en.append(f"words in common: {', '.join(words[:3])}")
    return both("；".join(zh) or "内容相近", "; ".join(en) or "similar content")


def told(document: Document, outcome: Outcome) -> Words:
    """Return how a campaign went, in one line; a return always beside the orders it rests on."""
    row, orders = document.row, float(document.row["conversions"])
    if document.kind == "creative":
        shown, clicked = f"{int(row['impressions']):,}", f"{int(row['clicks']):,}"
        zh, en = [f"记录的曝光 {shown} 次，点击 {clicked} 次"], [f"{shown} impressions logged, {clicked} clicks"]
    else:
        currency = row["currency"]
        spend = format_number(rounded(float(row["spend"]), currency), currency)
        zh, en = [f"花费 {spend}", f"{orders:,.0f} 单"], [f"spend {spend}", f"{orders:,.0f} orders"]
    if outcome.roas is not None:
        zh.append(f"ROAS {outcome.roas:.2f}（向渠道均值收缩）")
        en.append(f"ROAS {outcome.roas:.2f} (shrunk towards the channel)")
    elif outcome.ctr is not None and outcome.cvr is not None:
        zh.append(f"点击率 {outcome.ctr:.3%}，转化率 {outcome.cvr:.2%}（向渠道均值收缩）；没有成交额记录")
        en.append(f"CTR {outcome.ctr:.3%}, CVR {outcome.cvr:.2%} (shrunk towards the channel); no revenue recorded")
    if orders < FEW_ORDERS and document.kind != "creative":
        zh.append("单量少，仅供参考")
        en.append("few orders, so a hint only")
    forecast: dict[str, Any] | None = row.get("forecast")
    if forecast:
        expected = Figure.model_validate(forecast["orders"])
        zh.append(f"当时预测 {expected.text('zh')} 单")
        en.append(f"forecast then: {expected.text('en')} orders")
    return both("，".join(zh), ", ".join(en))
