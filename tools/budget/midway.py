"""The forecast of a plan that runs: what it has brought so far as facts, the days left by rates that those results have moved.

Formula: click price, CTR and CVR of `LineInput` become their posteriors given the days counted (log-normal with a day's noise,
Beta with fading days, late orders counted as far as they can be here); the days left are drawn as `forecast` draws them, and orders of
earlier clicks that are still on their way are drawn too. Not covered: moves of money (`decide`), days without a report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ...data.figure import Figure, rounded
from ...data.money import Money, total
from ...data.plan import Day, Forecast, SoFar
from ...data.words import Words, both
from .bandit import DISCOUNT, arrived_by
from .curves import Z90, Shape, arrival
from .drivers import Drawn
from .inputs import LineInput, PlanForecast, Range
from .learning import DAY_NOISE
from .montecarlo import draw, extrapolated, line_figures, total_figures

Array = NDArray[np.float64]
COUNTED = ("impressions", "clicks", "orders", "revenue")
# However long a plan has run, tomorrow's click price is not known better than this (log standard deviation).
LEAST_SPREAD = 0.05


@dataclass(frozen=True)
class Counts:
    """What came in by day of the plan (from its first) and line, (days, lines) each; money in the plan's currency, revenue before returns."""

    spend: Array
    impressions: Array
    clicks: Array
    orders: Array
    revenue: Array

    @property
    def days(self) -> int:
        """Number of days counted."""
        return len(self.spend)

    def earned(self, lines: Sequence[LineInput]) -> Array:
        """Revenue net of the returns to expect, (days, lines); where a report has none, orders at the line's order value."""
        value = np.array([line.order_value for line in lines])
        kept = np.array([1 - line.return_rate for line in lines])
        return np.where(self.revenue.sum(0) > 0, self.revenue, self.orders * value) * kept


def learned_lines(lines: Sequence[LineInput], counts: Counts, days: int) -> list[LineInput]:
    """Return the lines with the click price and rates that `counts` leave them; `days` is the length of the campaign.

    Example:
        >>> learned_lines(lines, counts, 14)[0].cvr < lines[0].cvr  # doctest: +SKIP
        True
    """
    shape = Shape.of(lines, days)
    age = np.arange(counts.days - 1, -1, -1.0)[:, None]
    weight, ripe = DISCOUNT**age, arrived_by(age[:, 0])[:, None]
    # Days differ beyond chance, so that a busy day says little more than a quiet one.
    certain = weight / (1 + DAY_NOISE**2 * counts.clicks)
    shown, clicked = (certain * counts.impressions).sum(0), (certain * counts.clicks).sum(0)
    reached, bought = (weight * np.maximum(counts.clicks * ripe, counts.orders)).sum(0), (weight * counts.orders).sum(0)
    by_channel = {c: sum(bought[i] for i, line in enumerate(lines) if line.channel == c) for c in {line.channel for line in lines}}
    learned = []
    for i, line in enumerate(lines):
        told: dict[str, object] = {}
        if shown[i] > 0:
            strength = line.ctr_strength + shown[i]
            mean = (line.ctr * line.ctr_strength + clicked[i]) / strength
            told |= {"ctr": float(np.clip(mean, 1e-6, 0.9)), "ctr_strength": float(strength)}
        if reached[i] > 0:
            strength = line.cvr_strength + reached[i]
            told |= {
                "cvr": float(np.clip((line.cvr * line.cvr_strength + bought[i]) / strength, 1e-6, 0.9)),
                "cvr_strength": float(strength),
            }
        demand = line.shared_demand**2
        told["demand_shock"] = float((demand / (1 + demand * by_channel[line.channel])) ** 0.5)
        told |= _price(line, shape, i, counts, days)
        learned.append(line.model_copy(update=told))
    return learned


def _price(line: LineInput, shape: Shape, i: int, counts: Counts, days: int) -> dict[str, object]:
    """Click price given the days that had clicks: their ratios to the curve's price, each as noisy as a day is."""
    seen = counts.clicks[:, i] > 0
    if not seen.any():
        return {}
    spend, clicks = counts.spend[seen, i], counts.clicks[seen, i]
    expected = shape.cpc0[i] * (1 + spend / shape.kappa[i]) ** shape.eta
    ratio = np.log(np.maximum(spend / clicks, 1e-9) / expected)
    before = shape.sigma[i] ** 2 + line.shared_shock**2
    precision = 1 / (DAY_NOISE**2 + 1 / clicks)
    after = 1 / (1 / before + precision.sum())
    moved = float(np.exp(after * (precision * ratio).sum()))
    left = max(float(after), LEAST_SPREAD**2) / before
    spread = float(np.exp(Z90 * shape.sigma[i] * min(left, 1.0) ** 0.5))
    middle = line.cpc.mid * moved
    return {"cpc": Range(middle / spread, middle, middle * spread), "auction_shock": line.shared_shock * min(left, 1.0) ** 0.5}


def forecast_midway(
    lines: Sequence[LineInput],
    budgets: Sequence[Money],
    counts: Counts,
    *,
    start: date,
    days: int,
    seed: int = 0,
    draws: int = 4000,
    uplift: Mapping[date, float] | None = None,
    learned: Sequence[LineInput] | None = None,
) -> tuple[PlanForecast, Drawn]:
    """Forecast whole-campaign `budgets` of a plan that began on `start` and has `counts` for its first days; see `forecast_and_draws`.

    `learned` replaces what `learned_lines` says of the days left. A line that has spent more than its budget spends nothing more; its figures are those of what it spent. The total's `so_far`
    tells the facts from the forecast.

    Example:
        >>> told, _ = forecast_midway(lines, budgets, counts, start=date(2026, 12, 1), days=14)  # doctest: +SKIP
        >>> told.total.orders.value == told.total.so_far.orders.value + told.total.so_far.orders_to_come.value  # doctest: +SKIP
        True
    """
    lines, currency = list(lines), budgets[0].currency
    spent = [Money.of(round(float(x), 2), currency) for x in counts.spend.sum(0)]
    rest = [Money.of(max(float(b - s), 0.0), currency) for b, s in zip(budgets, spent, strict=True)]
    left = max(days - counts.days, 0)
    learned = learned_lines(lines, counts, days) if learned is None else list(learned)
    facts = {"impressions": counts.impressions, "clicks": counts.clicks, "orders": counts.orders, "revenue": counts.earned(lines)}
    coming = _coming(learned, np.array([float(x) for x in rest]), counts, start, days, seed, draws, uplift)
    whole = _joined(coming, facts, counts, days)
    money = [a + b for a, b in zip(spent, rest if left else [x * 0 for x in rest], strict=True)]
    figures = line_figures(lines, money, whole, {name: facts[name].sum(0) for name in COUNTED})
    calendar = [start + timedelta(days=k) for k in range(days)]
    summary = total_figures(lines, total(money, currency), figures, whole, calendar, arrival(days))
    until = start + timedelta(days=counts.days - 1)
    observed = _so_far(facts, spent, until, left, coming, summary)
    summary = summary.model_copy(
        update={
            "so_far": observed,
            "days": _days(summary, coming, facts["orders"], calendar, counts, rest),
            "method": _method(summary, observed),
        }
    )
    return PlanForecast(lines=figures, total=summary, notes=extrapolated(learned, coming.spend, max(left, 1)) if left else []), whole


def _coming(
    lines: list[LineInput], rest: Array, counts: Counts, start: date, days: int, seed: int, draws: int, uplift: Mapping[date, float] | None
) -> Drawn:
    """Draw the days left, and the orders of earlier clicks that arrive in them; `paths` counts from tomorrow."""
    left = max(days - counts.days, 0)
    ahead = [start + timedelta(days=counts.days + k) for k in range(max(left, 1))]
    prices = np.array([(uplift or {}).get(day, 1.0) for day in ahead])
    drawn = draw(lines, rest if left else rest * 0, Shape.of(lines, max(left, 1)), prices, arrival(max(left, 1)), seed, draws)
    age = np.arange(counts.days - 1, -1, -1.0)
    late = (counts.clicks * (arrived_by(age + left) - arrived_by(age))[:, None]).sum(0) if left else np.zeros(len(lines))
    rng = np.random.default_rng([seed, 4])
    for i, line in enumerate(lines):
        rate = rng.beta(line.cvr * line.cvr_strength, (1 - line.cvr) * line.cvr_strength, draws)
        value = line.order_value * (1 - line.return_rate)
        orders = rng.poisson(late[i] * rate)
        drawn.orders[i] += orders
        drawn.revenue[i] += orders * value
        drawn.mean_revenue[i] += late[i] * rate * value
    return drawn


def _joined(coming: Drawn, facts: dict[str, Array], counts: Counts, days: int) -> Drawn:
    """Draws of the whole campaign: facts added to every draw of what is to come."""
    table = {name: getattr(coming, name) + facts[name].sum(0)[:, None] for name in COUNTED}
    mean = coming.mean_revenue + facts["revenue"].sum(0)[:, None]
    return Drawn(
        spend=coming.spend + counts.spend.sum(0), mean_revenue=mean, ctr=coming.ctr, cvr=coming.cvr, cpc=coming.cpc,
        paths=np.vstack([np.repeat(facts["orders"].sum(1)[:, None], coming.paths.shape[1], axis=1), coming.paths])[:days],
        common=coming.common, seed=coming.seed, **table,
    )  # fmt: skip


def _so_far(facts: dict[str, Array], spent: list[Money], until: date, left: int, coming: Drawn, whole: Forecast) -> SoFar:
    """The facts, and the rest of the shown total with the range of its draws."""
    currency = spent[0].currency
    seen = {name: Figure.of(float(round(facts[name].sum())), currency if name == "revenue" else "count", "past") for name in COUNTED}

    def to_come(name: str) -> Figure:
        figure: Figure = getattr(whole, name)
        value = max(figure.value - seen[name].value, Decimal(0))
        if not left:
            return Figure.of(value, figure.unit, figure.source)
        low, high = (round(float(x)) for x in np.quantile(getattr(coming, name).sum(0), (0.1, 0.9)))
        return Figure.of(value, figure.unit, figure.source, low=min(float(low), float(value)), high=max(float(high), float(value)))

    return SoFar(
        until=until,
        days_left=left,
        spend=total(spent, currency),
        **seen,
        orders_to_come=to_come("orders"),
        revenue_to_come=to_come("revenue"),
    )


def _days(whole: Forecast, coming: Drawn, orders: Array, calendar: list[date], counts: Counts, rest: list[Money]) -> list[Day]:
    """Cumulative orders: as counted up to the latest day, a fan from there that ends at the total's range."""
    facts = np.cumsum(orders.sum(1))
    parts = total(rest, rest[0].currency).split([1] * max(len(calendar) - counts.days, 1))
    done, found = rounded(float(facts[-1]), "count"), []
    ahead = np.cumsum(np.median(coming.paths, axis=1))
    for k, day in enumerate(calendar):
        if k < counts.days:
            counted = rounded(float(facts[k]), "count")
            spend = Money.of(round(float(counts.spend[k].sum()), 2), rest[0].currency)
            found.append(Day(day=day, budget=spend, orders=(counted, counted, counted, counted, counted)))
            continue
        share = float(ahead[k - counts.days] / ahead[-1]) if ahead[-1] > 0 else 1.0
        p10, p25, p50, p75, p90 = (rounded(float(done) + share * float(max(end - done, 0)), "count") for end in whole.days[-1].orders)
        found.append(Day(day=day, budget=parts[k - counts.days], orders=(p10, p25, p50, p75, p90)))
    return found


def _method(whole: Forecast, so_far: SoFar) -> Words:
    return both(
        f"截至 {so_far.until} 的是实际数；之后 {so_far.days_left} 天按已有数据修正过的点击单价、点击率和转化率模拟。{whole.method.zh}",
        f"Up to {so_far.until} these are facts; the {so_far.days_left} days after are drawn with click price, CTR and CVR as the results so far have moved "
        f"them. {whole.method.en}",
    )
