"""A shop's own weeks as a history of sales, and the demand for one of its products.

One row per product and week from its first sale to its last, weeks without a sale included; the price is what was shown, else what was
paid, else the one before. A week is promoted when a campaign of the product ran in it. The rest of the shop's sales of a week stand for season and
festivals. Kept until the tables change. Not covered: weeks without stock (nobody writes them down), coupons apart from the price paid.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.money import Money
from .elasticity import Demand, Elasticities, fit_elasticity
from .endings import house_rules
from .sales_history import LEAST_ROWS

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .items import Item

_KEPT: OrderedDict[tuple[str, ...], Elasticities | None] = OrderedDict()
MOST_KEPT = 16


def shop_demand(workspace: Workspace, item: Item) -> Demand | None:
    """Return how demand for a product answers to price and promotion, leaning on its category; None where its weeks are too few."""
    states = (workspace.fingerprint(name) for name in ("orders", "events", "campaigns"))
    key = (str(workspace.path), *states, item.category or f"product:{item.id}")
    if key not in _KEPT:
        _KEPT[key] = _fitted(workspace, item)
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    found = _KEPT[key]
    return found.products.get(item.id) if found else None


def _fitted(workspace: Workspace, item: Item) -> Elasticities | None:
    history = shop_weeks(workspace, item)
    try:
        return fit_elasticity(history, controls=("others",), form="count", between=house_rules()["between_products"]) if history else None
    except AdwrightError as error:
        if error.code == "thin-history":
            return None
        raise


def shop_weeks(workspace: Workspace, item: Item) -> dict[str, Any]:
    """Return the weeks of a product and of its category as columns for `fit_elasticity`; empty where nothing was sold."""
    warehouse = workspace.warehouse
    orders = warehouse.table("orders")
    sold = orders.filter((orders.quantity > 0) & (orders.unit_price > 0))
    weekly = sold.mutate(week=sold.ts.truncate("W"), paid=sold.quantity * sold.unit_price - sold.discount.fill_null(0.0))
    whole = {row["week"]: row["units"] for row in warehouse.arrow(weekly.group_by("week").agg(units=weekly.quantity.sum())).to_pylist()}
    near = weekly.product_id == item.id
    near = weekly.filter(near | (weekly.category == item.category) if item.category else near)
    grouped = near.group_by(["product_id", "week"]).agg(units=near.quantity.sum(), paid=near.paid.sum()).order_by(["product_id", "week"])
    found: dict[str, dict[Any, tuple[float, float]]] = {}
    for row in warehouse.arrow(grouped).to_pylist():
        if row["paid"] > 0:
            found.setdefault(row["product_id"], {})[row["week"]] = row["units"], row["paid"] / row["units"]
    shown, promoted = _shown(workspace, sorted(found)), promotions(workspace, sorted(found), item.currency)
    names: dict[str, list[Any]] = {name: [] for name in ("product", "time", "units", "price", "others", "promoted")}
    for product, sales in found.items():
        price = next(iter(sales.values()))[1]
        for week in _weeks(min(sales), max(sales)):
            units, price = sales.get(week, (0.0, price))
            names["product"].append(product)
            names["time"].append(week)
            names["units"].append(units)
            names["price"].append(shown.get((product, week), price))
            names["promoted"].append(float(week in promoted[product]))
            names["others"].append(np.log(max(whole.get(week, 0.0) - units, 1.0)))
    return {**names, "category": [item.category] * len(names["product"])} if len(names["product"]) >= LEAST_ROWS else {}


def promotions(workspace: Workspace, products: list[str], currency: str) -> dict[str, dict[datetime, float]]:
    """Return the weeks in which campaigns of each product ran, with what they cost; a campaign's cost is spread evenly over its days."""
    campaigns = workspace.warehouse.table("campaigns")
    mine = campaigns.filter(campaigns.product_id.isin(products) & campaigns.start.notnull() & campaigns.end.notnull())
    found: dict[str, dict[datetime, float]] = {product: {} for product in products}
    for row in workspace.warehouse.arrow(mine.select("product_id", "start", "end", "spend", "currency")).to_pylist():
        days = (row["end"] - row["start"]).days + 1
        if days < 1:
            continue
        spend = float(knowledge.exchange(Money.of(row["spend"], row["currency"]), currency)[0])
        cost = found[row["product_id"]]
        for day in (row["start"] + timedelta(days=i) for i in range(days)):
            week = datetime.combine(day - timedelta(days=day.weekday()), time())
            cost[week] = cost.get(week, 0.0) + spend / days
    return found


def _weeks(first: datetime, last: datetime) -> list[datetime]:
    return [first + timedelta(days=7 * i) for i in range((last - first).days // 7 + 1)]


def _shown(workspace: Workspace, products: list[str]) -> dict[tuple[str, Any], float]:
    """Prices at which products were looked at, by week: they are known also where nothing was sold."""
    warehouse = workspace.warehouse
    events = warehouse.table("events")
    seen = events.filter((events.event == "view") & events.product_id.isin(products) & (events.price > 0))
    seen = seen.mutate(week=seen.ts.truncate("W"))
    rows = warehouse.arrow(seen.group_by(["product_id", "week"]).agg(price=seen.price.mean())).to_pylist()
    return {(row["product_id"], row["week"]): row["price"] for row in rows}
