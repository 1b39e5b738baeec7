"""How demand answers to price: from the shop's own weeks, with an interval, or an honest refusal.

Weekly units of a product: ``ln E[units] = a + e ln(price) + b ln(other sales of the shop that week) + c week``, a Poisson
pseudo-likelihood (Gourieroux, Monfort, Trognon 1984) with a robust variance; the other products carry season and
festivals. The product leans on its category by precision weights. It is observation, not experiment: a price that was
cut because demand was weak biases it; only a price test settles that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Z90 = 1.2816
Z95 = 1.96
LEAST_WEEKS = 12
MOST_PRODUCTS = 60


class Elasticity(NamedTuple):
    """Elasticity `value` with standard error, `variation` of ln(price), and the prices that were charged."""

    value: float
    error: float
    variation: float
    weeks: int
    products: int
    lowest: float
    highest: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval."""
        return self.value - Z95 * self.error, self.value + Z95 * self.error


class _Weeks(NamedTuple):
    """One product's weeks: units, ln(price), ln(other sales), week number."""

    units: np.ndarray
    price: np.ndarray
    others: np.ndarray
    week: np.ndarray


def estimate(workspace: Workspace, product_id: str, category: str, between: float) -> Elasticity | None:
    """Return the elasticity of a product, leaning on its category; None where there are too few weeks."""
    panel = _panel(workspace, product_id, category)
    own = panel.get(product_id)
    if own is None or len(own.units) < LEAST_WEEKS:
        return None
    prices = np.exp(own.price)
    spread = float(np.std(own.price))
    mine = _fit([own]) if spread > 1e-6 else None
    others = [
        weeks
        for id_, weeks in sorted(panel.items())
        if id_ != product_id and len(weeks.units) >= LEAST_WEEKS and np.std(weeks.price) > 0.01
    ]
    group = _fit(others[:MOST_PRODUCTS]) if others else None
    value, error = _leaning(mine, group, between)
    if value is None:
        return None
    return Elasticity(value, error, spread, len(own.units), 1 + len(others[:MOST_PRODUCTS]), float(prices.min()), float(prices.max()))


def _leaning(mine: tuple[float, float] | None, group: tuple[float, float] | None, between: float) -> tuple[float | None, float]:
    """Join a product's own estimate with that of its category by their precision."""
    if mine is None or group is None:
        return mine or (None, 0.0)
    prior = group[1] ** 2 + between**2
    weight = prior / (prior + mine[1] ** 2)
    return weight * mine[0] + (1 - weight) * group[0], float((1 / (1 / mine[1] ** 2 + 1 / prior)) ** 0.5)


def _panel(workspace: Workspace, product_id: str, category: str) -> dict[str, _Weeks]:
    warehouse = workspace.warehouse
    orders = warehouse.table("orders")
    sold = orders.filter((orders.quantity > 0) & (orders.unit_price > 0))
    weekly = sold.mutate(week=sold.ts.truncate("W"), paid=sold.quantity * sold.unit_price - sold.discount.fill_null(0.0))
    per_shop = warehouse.arrow(weekly.group_by("week").agg(units=weekly.quantity.sum()).order_by("week")).to_pylist()
    number = {row["week"]: i for i, row in enumerate(per_shop)}
    totals = np.array([row["units"] for row in per_shop])
    near = (
        weekly.filter((weekly.product_id == product_id) | (weekly.category == category))
        if category
        else weekly.filter(weekly.product_id == product_id)
    )
    grouped = near.group_by(["product_id", "week"]).agg(units=near.quantity.sum(), paid=near.paid.sum()).order_by(["product_id", "week"])
    rows: dict[str, list[tuple[int, float, float]]] = {}
    for row in warehouse.arrow(grouped).to_pylist():
        if row["paid"] > 0:
            rows.setdefault(row["product_id"], []).append((number[row["week"]], row["units"], row["paid"] / row["units"]))
    shown = _shown(workspace, set(rows), number)
    return {id_: _weeks(found, totals, shown.get(id_, {})) for id_, found in rows.items()}


def _shown(workspace: Workspace, products: set[str], number: dict[Any, int]) -> dict[str, dict[int, float]]:
    """Prices at which products were looked at, by week: they are known also where nothing was sold."""
    warehouse = workspace.warehouse
    events = warehouse.table("events")
    seen = events.filter((events.event == "view") & events.product_id.isin(sorted(products)) & (events.price > 0))
    seen = seen.mutate(week=seen.ts.truncate("W"))
    found: dict[str, dict[int, float]] = {}
    for row in warehouse.arrow(seen.group_by(["product_id", "week"]).agg(price=seen.price.mean())).to_pylist():
        if row["week"] in number:
            found.setdefault(row["product_id"], {})[number[row["week"]]] = row["price"]
    return found


def _weeks(found: list[tuple[int, float, float]], totals: np.ndarray, shown: dict[int, float]) -> _Weeks:
    """Lay out the weeks from the first sale to the last: the price shown, else the one paid, else the one before."""
    first, last = found[0][0], found[-1][0]
    units, price = np.zeros(last - first + 1), np.zeros(last - first + 1)
    at = {week: (n, p) for week, n, p in found}
    current = found[0][2]
    for i in range(len(units)):
        n, current = at.get(first + i, (0.0, current))
        units[i], price[i] = n, shown.get(first + i, current)
    week = np.arange(first, last + 1)
    return _Weeks(units, np.log(price), np.log(np.maximum(totals[first : last + 1] - units, 1.0)), week / 52.0)


def _fit(series: list[_Weeks]) -> tuple[float, float] | None:
    """Fit products together, each with its own level; returns elasticity and its robust standard error."""
    units = np.concatenate([s.units for s in series])
    columns = [np.concatenate([getattr(s, name) - getattr(s, name).mean() for s in series]) for name in ("price", "others", "week")]
    levels = np.zeros((len(units), len(series)))
    at = 0
    for i, s in enumerate(series):
        levels[at : at + len(s.units), i] = 1.0
        at += len(s.units)
    design = np.column_stack([*columns, levels])
    beta = np.zeros(design.shape[1])
    beta[3:] = [np.log(max(s.units.mean(), 1e-3)) for s in series]
    # A little ridge on the slopes only keeps weeks without variation from breaking the solution.
    ridge = np.diag([1e-6] * 3 + [1e-9] * len(series))
    for _ in range(50):
        mean = np.exp(np.clip(design @ beta, -20, 20))
        step = np.linalg.solve(design.T @ (design * mean[:, None]) + ridge, design.T @ (units - mean))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    mean = np.exp(np.clip(design @ beta, -20, 20))
    bread = np.linalg.inv(design.T @ (design * mean[:, None]) + ridge)
    meat = design.T @ (design * ((units - mean) ** 2)[:, None])
    error = float(np.sqrt((bread @ meat @ bread)[0, 0]))
    return (float(beta[0]), error) if np.isfinite(error) and error > 0 else None
