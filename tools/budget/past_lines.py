"""Media lines for a question about money alone: one line a channel, rates from the shop's campaigns or stated priors."""

from __future__ import annotations

from decimal import Decimal
from math import exp, sqrt
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import Product
from ...data.words import Words, both
from ..response.past import History, PastRates, Trade
from .curves import Z90
from .inputs import LineInput, Range, assumption
from .order_value import ORDER_SPREAD, order_value, variation

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Pseudo-counts behind a published, unverified rate: weak, so that the range stays wide.
PRIOR_IMPRESSIONS = 400.0
PRIOR_CLICKS = 120.0


def default_channels(workspace: Workspace, past: PastRates, currency: str) -> tuple[list[str], Words]:
    """Return the channels to split over when none was named, and why: the shop's own, else common ones of the market."""
    region = "cn" if currency == "CNY" else "world"
    known = knowledge.channels()
    own = [c for c in past.channels() if c in known and known[c].region == region and known[c].kind != "owned"][:4]
    if own:
        return own, both("渠道未说，按店铺花费最多的渠道计算。", "Channels were not stated: taken as the ones this shop spends most on.")
    common = ["douyin", "xiaohongshu", "taobao"] if region == "cn" else ["google", "instagram", "facebook"]
    return common, both(
        "渠道未说，店铺也没有投放记录，按常用渠道计算。", "Channels were not stated and the shop has no campaigns: common ones are taken."
    )


def channel_lines(
    workspace: Workspace, channels: list[str], currency: str, days: int, product: Product | None, past: PastRates
) -> tuple[list[LineInput], list[Words]]:
    """Return one line per channel and the assumptions behind them.

    Raises `AdwrightError`: ``unknown-channel``, ``unknown-currency``.
    """
    category = product.category if product else None
    margin, why_margin = _margin(workspace, product)
    worth = None
    if product and product.price and product.price.amount > 0:
        worth = order_value(workspace, product, knowledge.exchange(product.price, currency)[0], currency, past)
    lines, assumed = [], []
    by_cvr, by_cpc, spread = past.value_trade or Trade(0.0, 0.0, ORDER_SPREAD)
    for name in channels:
        channel = knowledge.channel(name)
        history = past.of(channel.id, None, category if category != "other" else None)
        placement = channel.placements[0]
        value, why_value = (
            (float(worth.value), worth.why)
            if worth and worth.why
            else _order_value(history.order_value if history else None, history.currency if history else currency, currency, category)
        )
        price = click_price(history) if history else None
        if history and price and history.cvr > 0:
            factor = _factor(history.currency, currency)
            low, mid, high = (x * factor for x in price[0])
            ctr, ctr_n, cvr, cvr_n = history.ctr, history.ctr_strength, history.cvr, history.cvr_strength
            usual = history.usual_daily_spend * factor if history.usual_daily_spend else None
            evidence, source = [f"campaign:{c}" for c in history.campaigns], "past"
        else:
            factor = _factor(placement.cpc.currency or channel.currency, currency)
            low, mid, high = (x * factor for x in (placement.cpc.low, placement.cpc.mid, placement.cpc.high))
            ctr, ctr_n, cvr, cvr_n = placement.ctr.mid, PRIOR_IMPRESSIONS, placement.cvr.mid, PRIOR_CLICKS
            usual, evidence, source = None, [f"benchmark:{channel.id}/{placement.id}"], "assumed"
            assumed.append(
                both(
                    f"{channel.name.zh}没有投放记录，点击率、转化率和点击单价用公开资料的大致值（未核实）。",
                    f"{channel.name.en} has no campaigns here: click rate, conversion rate and click price are rough published values (not verified).",
                )
            )
        assumed.append(why_value)
        lines.append(
            LineInput(
                id=channel.id,
                channel=channel.id,
                placement=placement.id if source == "assumed" else "",
                currency=currency,
                cpc=Range(low, mid, high),
                ctr=min(max(ctr, 1e-5), 0.9),
                ctr_strength=ctr_n,
                cvr=min(max(cvr, 1e-5), 0.9),
                cvr_strength=cvr_n,
                order_value=value,
                order_value_cv=variation(worth) if worth else spread,
                value_by_cvr=0.0 if worth else by_cvr,
                value_by_cpc=0.0 if worth else by_cpc,
                margin=margin,
                return_rate=float(knowledge.categories()[category or "other"].return_rate),
                usual_daily_spend=usual,
                auction_shock=price[1] if source == "past" and price else None,
                minimum=float(knowledge.exchange(channel.minimum_daily, currency)[0]) * days if channel.minimum_daily else 0.0,
                source="past" if source == "past" else "assumed",
                evidence=evidence,
            )
        )
    assumed.append(why_margin)
    return lines, list({words.en: words for words in assumed}.values())


def click_price(history: History) -> tuple[Range, float | None] | None:
    """Return the range of the click price of one line and the shock it shares with its platform, in the history's currency.

    The spread measured between campaigns holds both; where it is smaller than the usual shock, half of its variance is shared.
    """
    if history.cpc is None:
        return None
    if history.cpc_spread is None:
        return Range(*history.cpc), None
    shared = min(assumption("auction_shock"), history.cpc_spread / sqrt(2))
    own = sqrt(history.cpc_spread**2 - shared**2)
    middle = history.cpc[1]
    return Range(middle * exp(-Z90 * own), middle, middle * exp(Z90 * own)), shared


def _factor(currency: str, to: str) -> float:
    return float(knowledge.exchange_rate(currency, to).value)


def _order_value(past: float | None, past_currency: str, currency: str, category: str | None) -> tuple[float, Words]:
    if past:
        value = past * _factor(past_currency, currency)
        return value, both("客单价按各渠道过往成交的平均值。", "Order value is the mean of each channel's past orders.")
    usual = knowledge.categories()[category or "other"].order_value_in(currency)
    return float(usual), both(
        f"客单价未知，假设 {usual.text(short=True)}。", f"Order value is unknown: {usual.text(short=True)} is assumed."
    )


def _margin(workspace: Workspace, product: Product | None) -> tuple[float, Words]:
    if product and product.price and product.cost and product.price.amount > 0:
        cost = knowledge.exchange(product.cost, product.price.currency)[0]
        margin = 1 - cost.amount / product.price.amount
        return float(margin), both(f"毛利率按商品价与成本算得 {margin:.0%}。", f"Margin from the product's price and cost: {margin:.0%}.")
    category = product.category if product else "other"
    own = workspace.margins.get(category, workspace.margins.get("default"))
    if own is not None:
        return float(own), both(f"毛利率按店铺设置 {own:.0%}。", f"Margin as set for the shop: {own:.0%}.")
    usual = Decimal(knowledge.categories()[category].margin)
    return float(usual), both(f"毛利率未知，假设 {usual:.0%}。", f"Margin is unknown: {usual:.0%} is assumed.")
