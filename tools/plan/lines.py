"""Which placement meets which segment, and what each such line is expected to cost and earn before money is split.

Placements of a channel are ranked by expected margin per unit of cost with the segment that suits them best; segments
are spread so that two placements of one channel do not chase the same people unless there is only one segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import Brief
from ...data.figure import Source
from ...data.money import Money
from ...data.plan import Segment
from ..budget.inputs import LineInput
from ..budget.order_value import variation
from ..response.features import Context
from ..response.past import History
from ..response.response import Prediction, Response

if TYPE_CHECKING:
    from ...data.knowledge import Channel, Placement
    from ...data.workspace import Workspace

LEAST_ORDER_LINES = 200
# Every line of a channel keeps this part of an equal share, so that it can learn at all.
LEARNING = 0.2


@dataclass(frozen=True)
class Draft:
    """A line before it has a budget: where, for whom, at what expected rates, and on which evidence."""

    channel: Channel
    placement: Placement
    segment: Segment
    prediction: Prediction
    history: History | None
    input: LineInput


def draft_lines(workspace: Workspace, brief: Brief, segments: list[Segment], response: Response) -> list[Draft]:
    """Choose placements and segments for every channel of the brief, up to three a channel and about eight in all."""
    returns = return_rate(workspace, brief.product.value.category)
    per_channel = 3 if len(brief.channels.value) <= 2 else 2 if len(brief.channels.value) <= 4 else 1
    drafts = []
    lifts = relative_lifts(segments)
    for channel_id in brief.channels.value:
        channel = knowledge.channel(channel_id)
        pairs = [(p, s) for p in channel.placements for s in segments]
        predictions = response.predict([_context(brief, channel, p, lifts[s.id], workspace.currency) for p, s in pairs])
        floor = LEARNING * float(brief.budget.value) / (len(brief.channels.value) * per_channel)
        candidates = [
            _draft(brief, channel, p, s, found, response, returns, floor) for (p, s), found in zip(pairs, predictions, strict=True)
        ]
        drafts += _pick(candidates, per_channel)
    return drafts


def relative_lifts(segments: list[Segment]) -> dict[str, float]:
    """How segments differ from each other, not from the shop: past rates already hold the targeting of their time.

    The fourth root tempers them, since a platform's audience only resembles the segment it was built from.
    """
    mean = sum(float(s.lift) * s.size for s in segments) / max(1, sum(s.size for s in segments)) or 1.0
    return {s.id: max(0.05, float(s.lift) / mean) ** 0.25 for s in segments}


def return_rate(workspace: Workspace, category: str) -> float:
    """Share of sold pieces that came back, from the orders of the category; the category's assumption when they are few."""
    orders = workspace.warehouse.table("orders")
    own = orders.filter(orders.category == category) if category != "other" else orders
    quantity = own.quantity.cast("float64")
    row = workspace.warehouse.frame(
        own.aggregate(sold=(quantity > 0).ifelse(quantity, 0.0).sum(), back=(quantity < 0).ifelse(-quantity, 0.0).sum(), n=own.count())
    ).iloc[0]
    if int(row["n"]) < LEAST_ORDER_LINES or not row["sold"]:
        return float(knowledge.categories()[category].return_rate)
    return min(0.9, float(row["back"]) / float(row["sold"]))


def _context(brief: Brief, channel: Channel, placement: Placement, lift: float, shop_currency: str) -> Context:
    product = brief.product.value
    ask = brief.audience.value
    price = _amount(float(product.price), product.price.currency, shop_currency) if product.price and product.price.amount > 0 else None
    return Context(
        channel=channel.id,
        placement=placement.id,
        category=product.category if product.category != "other" else None,
        product_id=product.id,
        price=price,
        age=sum(ask.age) // 2 if ask.age else None,
        gender=ask.gender,
        language=ad_language(brief, channel),
        segment_lift=lift,
    )


def ad_language(brief: Brief, channel: Channel) -> str:
    """The language of the ads on a channel: as stated, else that of the channel's market."""
    if brief.language.how == "stated":
        return brief.language.value
    return "zh" if channel.region == "cn" else "en"


def _draft(
    brief: Brief,
    channel: Channel,
    placement: Placement,
    segment: Segment,
    found: Prediction,
    response: Response,
    returns: float,
    floor: float,
) -> Draft:
    currency = brief.budget.value.currency
    history = response.past.of(channel.id, placement.id, brief.product.value.category)
    if history and history.cpc:
        usual = _amount(history.order_value, history.currency, currency) if history.order_value else float(brief.order_value.value)
        dearer = (float(brief.order_value.value) / usual) ** response.past.cost_slope
        cpc = tuple(_amount(x, history.currency, currency) * dearer for x in history.cpc)
    else:
        rate = placement.cpc
        cpc = tuple(_amount(x, rate.currency or channel.currency, currency) for x in (rate.low, rate.mid, rate.high))
    evidence = list(found.evidence)
    evidence += [f"campaign:{c}" for c in history.campaigns] if history and history.cpc else [f"benchmark:{channel.id}/{placement.id}"]
    daily = history.usual_daily_spend if history else None
    line = LineInput.model_validate(
        dict(
            id=f"{channel.id}-{placement.id}",
            channel=channel.id,
            placement=placement.id,
            currency=currency,
            cpc=cpc,
            ctr=min(max(found.ctr, 1e-5), 0.9),
            ctr_strength=found.ctr_strength,
            cvr=min(max(found.cvr, 1e-5), 0.9),
            cvr_strength=found.cvr_strength,
            order_value=float(brief.order_value.value),
            order_value_cv=variation(brief.order_value),
            margin=float(brief.margin.value),
            return_rate=returns,
            reach=float(segment.size) if channel.kind == "owned" and segment.size else None,
            minimum=floor,
            usual_daily_spend=_amount(daily, history.currency, currency) if history and daily else None,
            source=_weakest(found.source, found.cvr_source, "past" if history and history.cpc else "assumed"),
            evidence=list(dict.fromkeys(evidence)),
        )
    )
    return Draft(channel, placement, segment, found, history, line)


def _weakest(*sources: Source) -> Source:
    """A line is no better founded than the weakest of click rate, conversion rate and click price; prices are always past."""
    return "assumed" if "assumed" in sources else "past" if "past" in sources[:2] else "model"


def _amount(value: float, currency: str, to: str) -> float:
    if currency == to:
        return value
    return value * float(knowledge.exchange_rate(currency, to).value)


def _pick(candidates: list[Draft], count: int) -> list[Draft]:
    def worth(d: Draft) -> tuple[float, str, str]:
        return (-d.input.cvr * d.input.order_value / d.input.cpc.mid, d.placement.id, d.segment.id)

    chosen: list[Draft] = []
    for draft in sorted(candidates, key=worth):
        if len(chosen) == count:
            break
        if draft.placement.id not in {d.placement.id for d in chosen} and draft.segment.id not in {d.segment.id for d in chosen}:
            chosen.append(draft)
    for draft in sorted(candidates, key=worth):
        if len(chosen) < count and draft.placement.id not in {d.placement.id for d in chosen}:
            chosen.append(draft)
    return sorted(chosen, key=worth)


def reference_split(drafts: list[Draft], total: Money, response: Response, brief: Brief) -> list[Money] | None:
    """How the shop split its latest 30 days of spend over these channels, within a channel evenly; None without history."""
    dated = [r for r in response.past.rows if r["end"] and r["end"] < brief.today and r["spend"]]
    if not dated:
        return None
    last = max(r["end"] for r in dated)
    spend = {d.channel.id: 0.0 for d in drafts}
    for r in dated:
        if (last - r["end"]).days <= 30 and r["channel"] in spend:
            spend[r["channel"]] += float(r["spend"])
    if min(spend.values()) <= 0:
        return None
    count = {c: sum(d.channel.id == c for d in drafts) for c in spend}
    return total.split([spend[d.channel.id] / count[d.channel.id] for d in drafts])
