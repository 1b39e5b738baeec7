"""From revenue to contribution in steps, and month by month: what the charts of `compute_roi` show, as plain data.

revenue - returns - cost of goods - spend = contribution; each step is rounded once and the last is what is left of the others,
so that the bars add up. Not covered: fixed cost, taxes and platform fees (take them out of the revenue first: `quantities.net_order_value`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data import knowledge
from ...data.money import Money
from ...data.words import Words, both

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAST_SALES = 30


class Terms(NamedTuple):
    """Margin and share of revenue that is returned, 0..1, and where both come from, in words."""

    margin: Decimal
    returns: Decimal
    notes: list[Words]


def terms_of(workspace: Workspace, margin: Decimal | None) -> Terms:
    """Return the margin that was stated, set for the shop or assumed, and the returns measured on the shop's orders."""
    notes = []
    if margin is None:
        own = workspace.margins.get("default")
        margin = Decimal(str(own)) if own is not None else Decimal(knowledge.categories()["other"].margin)
        notes.append(
            both(f"毛利率按店铺设置 {margin:.0%}。", f"Margin as set for the shop: {margin:.0%}.")
            if own is not None
            else both(
                f"毛利率没有给出，瀑布图假设 {margin:.0%}；说出毛利率可改。",
                f"No margin was given: the waterfall assumes {margin:.0%}; state yours to change it.",
            )
        )
    back = _returned(workspace)
    if back is None:
        notes.append(
            both("订单里看不出退货率，没有扣退货。", "Returns cannot be told from the orders: none are deducted in the waterfall.")
        )
    elif back:
        notes.append(both(f"退货率 {back:.1%}，按店铺订单的退款额。", f"Returns {back:.1%}, from what the shop's orders paid back."))
    return Terms(margin, back or Decimal(0), notes)


def _returned(workspace: Workspace) -> Decimal | None:
    """Share of sales that was paid back; None under 30 sold lines or where no refund was ever recorded."""
    orders = workspace.warehouse.table("orders")
    line = orders.quantity * orders.unit_price
    row = workspace.warehouse.arrow(
        orders.aggregate(sold=line.sum(where=orders.quantity > 0), back=-line.sum(where=orders.quantity < 0), n=orders.count())
    ).to_pylist()[0]
    if row["n"] < LEAST_SALES or not row["sold"] or not row["back"]:
        return None
    return Decimal(repr(round(float(row["back"]) / float(row["sold"]), 4)))


def waterfall(revenue: Money, spend: Money, terms: Terms) -> dict[str, Any]:
    """Return ``{currency, steps: [{key, name, value}]}`` from revenue to contribution; deductions are negative.

    Example:
        >>> steps = waterfall(Money.of(1000, "CNY"), Money.of(200, "CNY"), Terms(Decimal("0.4"), Decimal("0.1"), []))["steps"]
        >>> [s["value"] for s in steps]
        ['1000.00', '-100.00', '-540.00', '-200.00', '160.00']
    """
    currency = revenue.currency
    returned = Money.of(revenue.amount * terms.returns, currency)
    goods = Money.of((revenue.amount - returned.amount) * (1 - terms.margin), currency)
    left = revenue.amount - returned.amount - goods.amount - spend.amount
    steps: list[tuple[str, Words, Decimal]] = [
        ("revenue", both("收入", "Revenue"), revenue.amount),
        ("returns", both("退货", "Returns"), -returned.amount),
        ("goods", both("商品成本", "Cost of goods"), -goods.amount),
        ("spend", both("广告花费", "Ad spend"), -spend.amount),
        ("contribution", both("毛利贡献", "Contribution"), left),
    ]
    return {"currency": currency, "steps": [{"key": key, "name": name.model_dump(), "value": str(value)} for key, name, value in steps]}


def trend(rows: Sequence[dict[str, Any]], currency: str) -> dict[str, Any] | None:
    """Return ``{currency, points: [{period, spend, revenue, roas}]}`` of rows by month, oldest first; None under two months."""
    points = [
        {"period": row["key"], "spend": row["spend"], "revenue": row["revenue"], "roas": row["roas"]}
        for row in sorted(rows, key=lambda r: r["key"])
        if row["currency"] == currency and row["key"] != "—"
    ]
    return {"currency": currency, "points": points} if len(points) > 1 else None
