"""`forecast`: what a set of line budgets will bring, by 4,000 draws of prices, rates and order values.

Formula: clicks from `curves`; orders = Binomial(clicks, CVR x share that arrives inside
the campaign); revenue = orders x order value x (1 - returns); contribution = revenue x margin - spend. Rates are Beta,
click price and order value log-normal; price and demand have one shock per platform, the order value one for all, so
that the total is not surer than its parts. Every line draws from its own stream, so an edit of one line leaves the
luck of the others as it was. Not covered: learning phases of platforms, stock running out, competitors' answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ...data.figure import PLACES, Figure, Source, rounded
from ...data.money import Money, total
from ...data.plan import Day, Forecast
from ...data.words import Words, both
from .curves import Shape, arrival
from .drivers import Drawn, driver_words
from .inputs import LineForecast, LineInput, PlanForecast, assumption, check_lines, line_name
from .quantities import CONTRIBUTION, CPA, CPC, CTR, CVR, REVENUE, ROAS, ROI, break_even_roas
from .shares import apportion

Array = NDArray[np.float64]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
# Expected amounts from here on are shown in whole units of currency.
WHOLE_FROM = 100


def forecast(
    lines: Sequence[LineInput],
    budgets: Sequence[Money],
    *,
    start: date,
    days: int,
    seed: int = 0,
    draws: int = 4000,
    uplift: Mapping[date, float] | None = None,
    carry: tuple[float, float] | None = None,
) -> PlanForecast:
    """Forecast `budgets` (same order as `lines`) spent evenly over `days` from `start`.

    `uplift` multiplies the click price of single days; `carry` is the order delay as (share on the day of the click,
    mean delay in days of the rest). Raises `AdwrightError` (``no-lines``, ``bad-period``, ``currency-mismatch``).

    Example:
        >>> forecast([line], [Money.of(1000, "CNY")], start=date(2026, 12, 1), days=7).total.orders.text()  # doctest: +SKIP
        '23'
    """
    return forecast_and_draws(lines, budgets, start=start, days=days, seed=seed, draws=draws, uplift=uplift, carry=carry)[0]


def forecast_and_draws(
    lines: Sequence[LineInput],
    budgets: Sequence[Money],
    *,
    start: date,
    days: int,
    seed: int = 0,
    draws: int = 4000,
    uplift: Mapping[date, float] | None = None,
    carry: tuple[float, float] | None = None,
) -> tuple[PlanForecast, Drawn]:
    """Return what `forecast` does, and the draws behind it; with one seed the draws of two budgets are pairs."""
    lines = list(lines)
    currency = budgets[0].currency if budgets else "CNY"
    check_lines(lines, currency, days)
    calendar = [start + timedelta(days=i) for i in range(days)]
    prices = np.array([(uplift or {}).get(day, 1.0) for day in calendar])
    spend = np.array([float(b) for b in budgets])
    shape = Shape.of(lines, days)
    drawn = draw(lines, spend, shape, prices, arrival(days, carry), seed, draws)
    spent = total(list(budgets), currency)
    figures = line_figures(lines, budgets, drawn)
    summary = total_figures(lines, spent, figures, drawn, calendar, arrival(days, carry))
    return PlanForecast(lines=figures, total=summary, notes=extrapolated(lines, spend, days)), drawn


def draw(lines: list[LineInput], spend: Array, shape: Shape, prices: Array, arrived: Array, seed: int, draws: int) -> Drawn:
    """Draw clicks, orders and revenue of every line; arrays are (lines, draws), `paths` is (days, draws)."""
    n, days = len(lines), len(prices)
    names = ("impressions", "clicks", "orders", "revenue", "mean_revenue", "ctr", "cvr", "cpc")
    table = {name: np.zeros((n, draws)) for name in names}
    paths = np.zeros((draws, days))
    common = np.random.default_rng([seed, 0]).standard_normal(draws)
    shocks = {c: np.random.default_rng([seed, 1, crc32(c.encode())]).standard_normal((2, draws)) for c in {x.channel for x in lines}}
    sequence = np.cumsum(1 / prices)
    for i, line in enumerate(lines):
        rng = np.random.default_rng([seed, 2, crc32(line.id.encode())])
        auction, demand = line.shared_shock * shocks[line.channel][0], line.shared_demand * shocks[line.channel][1]
        ctr = rng.beta(line.ctr * line.ctr_strength, (1 - line.ctr) * line.ctr_strength, draws).clip(1e-7, 1)
        cvr = rng.beta(line.cvr * line.cvr_strength, (1 - line.cvr) * line.cvr_strength, draws)
        cvr = (cvr * np.exp(demand - line.shared_demand**2 / 2)).clip(0, 1)
        noise = np.exp(shape.sigma[i] * rng.standard_normal(draws) + auction)
        spread = log(1 + line.order_value_cv**2) ** 0.5
        value = line.order_value * (1 - line.return_rate) * np.exp(spread * common - spread**2 / 2)
        if line.value_by_cvr or line.value_by_cpc:
            # The mean revenue of a unit of money stays as it was: what strays in one is partly made up for by the others.
            follows = np.maximum(cvr, 1e-9) ** line.value_by_cvr * noise**line.value_by_cpc
            value = value * follows * (cvr / noise).mean() / (cvr / noise * follows).mean()
        cpc = shape.cpc0[i] * (1 + spend[i] / days / shape.kappa[i]) ** shape.eta * noise
        table["ctr"][i], table["cvr"][i], table["cpc"][i] = ctr, cvr * arrived.mean(), cpc
        if spend[i] <= 0:
            continue
        wanted = np.outer(spend[i] / days / cpc / ctr, sequence)
        views = -shape.ceiling[i] * np.expm1(-wanted / shape.ceiling[i])
        daily = np.diff(views, axis=1, prepend=0) * ctr[:, None]
        inside = daily @ arrived[::-1] / daily.sum(1)
        # What was spent was paid by the click: chance is in the price, and only the last click is open.
        clicks = np.floor(daily.sum(1) + rng.random(draws)).astype(np.int64)
        table["impressions"][i] = np.maximum(views[:, -1], clicks)
        table["clicks"][i] = clicks
        table["orders"][i] = rng.binomial(clicks, cvr * inside)
        table["revenue"][i] = table["orders"][i] * value
        table["mean_revenue"][i] = daily.sum(1) * cvr * inside * value
        paths += daily * cvr[:, None]
    return Drawn(spend=spend, paths=paths.T, common=common, **table, seed=seed)


def line_figures(
    lines: list[LineInput], budgets: Sequence[Money], drawn: Drawn, facts: Mapping[str, Array] | None = None
) -> list[LineForecast]:
    """Make the lines' figures: medians reconciled to the total's median, rates computed from the shown counts.

    `facts` are what `drawn` already holds as counted, (lines,) each; they are shown as counted.
    """
    currency = budgets[0].currency
    shown: dict[str, list[int]] = {}
    caps: list[int] | None = None
    for name in ("impressions", "clicks", "orders"):
        known = _known(facts, name, len(lines))
        draws = getattr(drawn, name) - np.array(known)[:, None]
        whole = int(rounded(float(np.median(draws.sum(0))), "count"))
        room = None if caps is None else [max(cap - done, 0) for cap, done in zip(caps, known, strict=True)]
        whole = whole if room is None else min(whole, sum(room))
        caps = shown[name] = [done + part for done, part in zip(known, apportion(whole, _weights(draws), room), strict=True)]
    revenue = _revenue(drawn, currency, _known(facts, "revenue", len(lines)))
    result = []
    for i, (line, budget) in enumerate(zip(lines, budgets, strict=True)):
        impressions, clicks, orders = (shown[name][i] for name in ("impressions", "clicks", "orders"))

        def count(
            name: str, value: Decimal | int, unit: str = "count", i: int = i, line: LineInput = line, formula: Words | None = None
        ) -> Figure:
            low, high = np.quantile(getattr(drawn, name)[i], (0.1, 0.9))
            return ranged(Decimal(value), unit, line.source, low, high, line.evidence, formula)

        money = revenue[i].amount
        figure = {
            "impressions": count("impressions", impressions),
            "clicks": count("clicks", clicks),
            "orders": count("orders", orders),
            "revenue": count("revenue", money, currency, formula=REVENUE),
            "ctr": count("ctr", Decimal(clicks) / impressions if clicks else Decimal(repr(line.ctr)), "rate", formula=CTR),
            "cvr": count("cvr", Decimal(orders) / clicks if orders else Decimal(repr(float(np.median(drawn.cvr[i])))), "rate", formula=CVR),
            "cpc": count("cpc", budget.amount / clicks if clicks else Decimal(repr(float(np.median(drawn.cpc[i])))), currency, formula=CPC),
        }
        figure["cpa"] = per_order(budget, figure["orders"], line.source)
        figure["roas"] = against(budget, figure["revenue"], line.source)
        result.append(LineForecast(id=line.id, **figure))
    return result


def _weights(draws: Array) -> list[float]:
    medians = np.median(draws, axis=1)
    return (medians if medians.sum() > 0 else draws.mean(1)).tolist()


def _known(facts: Mapping[str, Array] | None, name: str, n: int) -> list[int]:
    return [0] * n if facts is None else [round(float(x)) for x in facts[name]]


def _revenue(drawn: Drawn, currency: str, known: list[int]) -> list[Money]:
    draws = drawn.revenue - np.array(known)[:, None]
    median = rounded(float(np.median(draws.sum(0))), currency)
    weights = _weights(draws)
    if abs(median) >= WHOLE_FROM:
        parts = [Money.of(part, currency) for part in apportion(int(in_whole(median)), weights)]
    else:
        parts = Money.of(median, currency).split(weights if sum(weights) > 0 else [1] * len(weights))
    return [Money.of(done, currency) + part for done, part in zip(known, parts, strict=True)]


def total_figures(
    lines: list[LineInput], spent: Money, figures: list[LineForecast], drawn: Drawn, calendar: list[date], arrived: Array
) -> Forecast:
    """Sum the lines' figures; ranges, the chance of a profit and the days come from the draws."""
    currency, source = spent.currency, main_source(lines, drawn.spend)
    margins = np.array([line.margin for line in lines])
    profit = margins @ drawn.revenue - float(spent)
    shown = {name: sum((getattr(f, name).value for f in figures), Decimal(0)) for name in ("impressions", "clicks", "orders", "revenue")}

    def summed(name: str, unit: str = "count", formula: Words | None = None) -> Figure:
        low, high = np.quantile(getattr(drawn, name).sum(0), (0.1, 0.9))
        return ranged(shown[name], unit, source, low, high, [], formula)

    revenue, orders = summed("revenue", currency, REVENUE), summed("orders")
    kept = sum((f.revenue.value * Decimal(repr(line.margin)) for f, line in zip(figures, lines, strict=True)), Decimal(0)) - spent.amount
    low, high = np.quantile(profit, (0.1, 0.9))
    contribution = ranged(kept, currency, source, low, high, [], CONTRIBUTION)
    return Forecast(
        impressions=summed("impressions"),
        clicks=summed("clicks"),
        orders=orders,
        revenue=revenue,
        contribution=contribution,
        roas=against(spent, revenue, source),
        roi=against(spent, contribution, source, formula=ROI),
        cpa=per_order(spent, orders, source),
        p_profit=Figure.of(float((profit > 0).mean()), "rate", source),
        break_even_roas=break_even_roas(lines, drawn.revenue.mean(1)),
        days=_fan(drawn, orders, spent, calendar, arrived),
        drivers=driver_words(lines, drawn, profit, currency),
        method=_method(drawn, len(calendar), arrived),
    )


def _fan(drawn: Drawn, orders: Figure, spent: Money, calendar: list[date], arrived: Array) -> list[Day]:
    """Cumulative orders by day: given a draw's total, orders fall on days in proportion to their expectation."""
    days = len(calendar)
    late = np.subtract.outer(np.arange(days), np.arange(days))
    spread = np.where(late >= 0, arrived[np.maximum(late, 0)], 0.0)
    expected = spread @ drawn.paths
    final = drawn.orders.sum(0).astype(np.int64)
    share = np.divide(expected, expected[-1], out=np.zeros_like(expected), where=expected[-1] > 0).clip(0, 1)
    counts = np.random.default_rng([drawn.seed, 3]).binomial(final, share)
    counts[-1] = final
    fan = np.maximum.accumulate(np.quantile(counts, QUANTILES, axis=1).T, axis=0)
    fan = np.minimum(fan, fan[-1])
    ends = {0: orders.low, 2: orders.value, 4: orders.high}
    parts = spent.split([1] * days)
    result = []
    for i, day in enumerate(calendar):
        row = [rounded(float(x), "count") for x in fan[i]]
        for k, end in ends.items():
            row[k] = end if i == days - 1 and end is not None else min(row[k], end if end is not None else row[k])
        result.append(Day(day=day, budget=parts[i], orders=(row[0], row[1], row[2], row[3], row[4])))
    return result


def in_whole(amount: Decimal) -> Decimal:
    """Drop cents of an expected amount that is large: a forecast knows no cents, and showing them claims it does."""
    return amount.quantize(Decimal(1), ROUND_HALF_UP) if abs(amount) >= WHOLE_FROM else amount


def ranged(value: Decimal, unit: str, source: Source, low: float, high: float, evidence: list[str], formula: Words | None = None) -> Figure:
    """Make a figure whose range contains its value (reconciling lines to the total can move a median by a unit)."""
    money = unit not in PLACES
    shown, least, most = (in_whole(rounded(x, unit)) if money else rounded(x, unit) for x in (value, float(low), float(high)))
    return Figure(
        value=rounded(shown, unit),
        unit=unit,
        source=source,
        low=rounded(min(least, shown), unit),
        high=rounded(max(most, shown), unit),
        evidence=list(evidence),
        formula=formula,
    )


def per_order(budget: Money, orders: Figure, source: Source) -> Figure:
    """CPA from the shown numbers; with no order expected it is the whole budget, a lower limit."""
    low = in_whole(budget.amount / orders.high) if orders.high else None
    high = in_whole(budget.amount / orders.low) if orders.low else None
    formula = CPA
    if not orders.value:
        formula = both(
            "中位数预测没有成交，单笔成交成本至少是全部预算",
            "the median expects no order, so the cost per order is at least the whole budget",
        )
    return Figure.of(
        in_whole(budget.amount / max(orders.value, Decimal(1))),
        budget.currency,
        source,
        low=low if orders.value else None,
        high=high if orders.value else None,
        formula=formula,
    )


def against(budget: Money, amount: Figure, source: Source, formula: Words = ROAS) -> Figure:
    """Divide an amount and its range by the spend; zero when nothing is spent."""
    if not budget.amount:
        return Figure.of(Decimal(0), "ratio", source, formula=formula)
    low, high = (None if x is None else x / budget.amount for x in (amount.low, amount.high))
    return Figure.of(amount.value / budget.amount, "ratio", source, low=low, high=high, formula=formula)


def main_source(lines: Sequence[LineInput], spend: Array) -> Source:
    """Return where most of the money's rates come from."""
    weight: dict[Source, float] = {}
    for line, amount in zip(lines, spend.tolist(), strict=True):
        weight[line.source] = weight.get(line.source, 0.0) + float(amount)
    return max(weight, key=lambda source: weight[source])


def _method(drawn: Drawn, days: int, arrived: Array) -> Words:
    n = f"{drawn.orders.shape[1]:,}"
    inside = f"{100 * arrived.mean():.0f}"
    same, later = assumption("same_day_share"), assumption("later_days")
    return both(
        f"{n} 次随机模拟；点击单价随花费上升，受众有上限；成交按点击当天 {same:.0%}、其余平均晚 {later:g} 天到达计算，"
        f"{days} 天内约计入 {inside}%；收入已扣退货；区间为 P10 到 P90。",
        f"{n} random draws; click price rises with spend, the audience is finite; {same:.0%} of orders come on the day of the click, the rest "
        f"{later:g} days later on average, so about {inside}% arrive inside the {days} days; revenue is net of returns; ranges are P10 to P90.",
    )


def extrapolated(lines: list[LineInput], spend: Array, days: int) -> list[Words]:
    """Name the lines whose daily spend lies beyond anything seen in history."""
    notes = []
    limit = assumption("extrapolation")
    for line, amount in zip(lines, spend.tolist(), strict=True):
        name, daily = line_name(line), amount / days
        if line.usual_daily_spend is not None and daily > limit * line.usual_daily_spend:
            seen, now = (Money.of(round(x, 2), line.currency).text(short=True) for x in (line.usual_daily_spend, daily))
            notes.append(
                both(
                    f"{name.zh}每天 {now}，超过历史最高日花费 {seen} 的 {limit:g} 倍：这一段是外推，请分步加。",
                    f"{name.en} at {now} a day is over {limit:g} times the highest day seen ({seen}): "
                    "this part is extrapolation, raise it in steps.",
                )
            )
    return notes
