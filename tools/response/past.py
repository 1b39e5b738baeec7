"""Rates of the shop's own past campaigns, shrunk so that a lucky small one does not lead.

Empirical Bayes by the Beta-binomial: the rates of a placement lean on its channel, and those of a channel in one
category lean on the channel as a whole. Not a model of single impressions: see `response`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import exp, log
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data.brief import Document
from .scatter import Z80, Scatter, scatter, volume_slope

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Pseudo-counts a group leans on its parent with: impressions for CTR, clicks for CVR. A CVR of 2 % that differs by
# 30 % between placements of a channel corresponds to a Beta strength of about 0.98 / (0.02 x 0.3^2) = 540.
LEAN_CTR = 3_000
LEAN_CVR = 600
# Coefficient of variation of rates between campaigns of one channel: no amount of past clicks makes the next one surer.
BETWEEN = 0.3
# Conversions with the channel's mean order value that a narrower group's order value leans on.
LEAN_ORDERS = 30
# Campaigns with the channel's click price that a narrower group's price leans on.
LEAN_CAMPAIGNS = 3
# Assumed fall of conversion with price where campaigns cannot tell, and how many conversions it takes to overrule it.
PRICE_SLOPE = -0.5
LEAN_SLOPE = 50
# Campaigns with so many conversions tell how order value and CVR go together; so many of them are needed, and lean on "not at all".
LEAST_CONVERSIONS, LEAST_TRADES, LEAN_TRADES = 5, 20, 5
# No rate above this is predicted.
MOST_CVR = 0.95


class History(Document):
    """What past campaigns of a channel (and placement, category) say. Rates 0..1, money in `currency` per unit.

    `cpc` is (P10, P50, P90) over campaigns weighted by clicks, its width as measured on the shop's campaigns where there are
    enough (`cpc_spread`, `cvr_spread`: see `Scatter`); `usual_daily_spend` the largest mean daily spend of one
    campaign of the channel; None where dates or clicks are missing. `campaigns` are the ids with most clicks, at most five.
    """

    channel: str
    placement: str | None
    currency: str
    ctr: float
    ctr_strength: float
    cvr: float
    cvr_strength: float
    cpc: tuple[float, float, float] | None
    cpc_spread: float | None
    cvr_spread: float | None
    order_value: float | None
    usual_daily_spend: float | None
    campaigns: list[str]
    n: int


class Trade(NamedTuple):
    """Dear products convert less and have dearer clicks: the slopes of log order value on log `cvr` (-1..0) and log `cpc` (0..1.5).

    `spread` is the log standard deviation left. Drawn apart, the three would make revenue look far less sure than it is.
    """

    cvr: float
    cpc: float
    spread: float


class PastRates:
    """The campaigns table, aggregated once; asks are answered from memory."""

    def __init__(self, workspace: Workspace) -> None:
        table = workspace.warehouse.table("campaigns")
        columns = [
            "campaign_id",
            "name",
            "channel",
            "placement",
            "product_id",
            "category",
            "start",
            "end",
            "currency",
            "spend",
            "impressions",
            "clicks",
            "conversions",
            "revenue",
        ]
        self.rows: list[dict[str, Any]] = workspace.warehouse.arrow(table[columns].order_by("campaign_id")).to_pylist()

    @classmethod
    def of_rows(cls, rows: list[dict[str, Any]]) -> PastRates:
        """Return the rates of some campaigns, such as those before a day; `rows` as `PastRates(workspace).rows` holds them."""
        past = cls.__new__(cls)
        past.rows = rows
        return past

    def of(
        self,
        channel: str,
        placement: str | None = None,
        category: str | None = None,
        currency: str | None = None,
        size: float | None = None,
    ) -> History | None:
        """Return the history of a channel, None when the shop never ran it (in `currency`, when given).

        With `size` the conversion rate is that of a campaign of so many clicks (`volume_slope`).
        """
        own = [
            r
            for r in self.rows
            if r["channel"] == channel and (currency is None or r["currency"] == currency) and (r["impressions"] or 0) > 0
        ]
        if not own:
            return None
        ctr, cvr = _rate(own, "clicks", "impressions"), _rate(own, "conversions", "clicks")
        chosen = own
        for key, value in (("category", category), ("placement", placement)):
            narrower = [r for r in chosen if r[key] == value] if value else []
            if not narrower:
                continue
            chosen = narrower
            impressions, clicks = _sum(chosen, "impressions"), _sum(chosen, "clicks")
            ctr = (clicks + LEAN_CTR * ctr) / (impressions + LEAN_CTR)
            cvr = (_sum(chosen, "conversions") + LEAN_CVR * cvr) / (clicks + LEAN_CVR)
        if size is not None and size > 0:
            sized = [r for r in chosen if r["clicks"] and r["conversions"] is not None]
            seen = _sum(sized, "clicks")
            usual = sum(float(r["clicks"]) * log(r["clicks"]) for r in sized) / seen if seen else log(size)
            cvr = min(cvr * exp(self.volume_slope * (log(size) - usual)), MOST_CVR)
        spread = self.spread
        daily = [float(r["spend"]) / ((r["end"] - r["start"]).days + 1) for r in own if r["start"] and r["end"] and r["spend"]]
        best = sorted(chosen, key=lambda r: (-(r["clicks"] or 0), r["campaign_id"]))[:5]
        return History(
            channel=channel,
            placement=placement,
            currency=own[0]["currency"],
            ctr=ctr,
            ctr_strength=_strength(ctr, LEAN_CTR + _sum(chosen, "impressions"), BETWEEN),
            cvr=cvr,
            cvr_strength=_strength(cvr, LEAN_CVR + _sum(chosen, "clicks"), spread.cvr if spread else BETWEEN),
            cpc=_cpc(own, chosen, spread.cpc if spread else None),
            cpc_spread=spread.cpc if spread else None,
            cvr_spread=spread.cvr if spread else None,
            order_value=_order_value(own, chosen),
            usual_daily_spend=max(daily) if daily else None,
            campaigns=[str(r["campaign_id"]) for r in best],
            n=len(chosen),
        )

    @cached_property
    def volume_slope(self) -> float:
        """See `scatter.volume_slope`."""
        return volume_slope(self.rows)

    @cached_property
    def spread(self) -> Scatter | None:
        """How far the shop's newest campaigns strayed from what its others said; None where it has too few."""

        def predict(row: dict[str, Any]) -> tuple[float, float] | None:
            others = PastRates.of_rows([r for r in self.rows if r is not row])
            others.__dict__.update(spread=None, volume_slope=self.volume_slope)
            found = others.of(row["channel"], row["placement"], row["category"], row["currency"], size=float(row["clicks"]))
            return (found.cpc[1], found.cvr) if found and found.cpc else None

        return scatter(self.rows, predict)

    @cached_property
    def price_slope(self) -> float:
        """How conversion falls with price: d log CVR / d log order value, within -1.5..0. A dear product converts less than its category."""
        return min(0.0, max(-1.5, self._slope(lambda r: r["conversions"] / r["clicks"], PRICE_SLOPE)))

    @cached_property
    def cost_slope(self) -> float:
        """How the click price rises with the product's price: d log CPC / d log order value, within 0..1."""
        return min(1.0, max(0.0, self._slope(lambda r: float(r["spend"]) / r["clicks"], 0.0)))

    def _slope(self, rate: Callable[[dict[str, Any]], float], prior: float) -> float:
        """Weighted least squares within channels (weights: conversions), leaning on `prior` with `LEAN_SLOPE` conversions."""
        import numpy as np

        points = [
            (r["channel"], np.log(float(r["revenue"]) / r["conversions"]), np.log(rate(r)), float(r["conversions"]))
            for r in self.rows
            if r["conversions"] and r["clicks"] and r["revenue"] and r["spend"]
        ]
        covariance, variance = 0.0, 0.0
        for channel in {p[0] for p in points}:
            x, y, w = (np.array([p[i] for p in points if p[0] == channel]) for i in (1, 2, 3))
            x, y = x - np.average(x, weights=w), y - np.average(y, weights=w)
            covariance, variance = covariance + float((w * x * y).sum()), variance + float((w * x * x).sum())
        return (covariance + LEAN_SLOPE * prior) / (variance + LEAN_SLOPE)

    @cached_property
    def value_trade(self) -> Trade | None:
        """How a campaign's order value goes with its CVR and click price, for one whose product is not known; see `Trade`.

        Least squares of the logarithms within a channel and category, leaning on "not at all" with `LEAN_TRADES` campaigns. None below
        `LEAST_TRADES` campaigns.
        """
        import numpy as np

        cells: dict[tuple[str, str | None, str], list[tuple[float, float, float]]] = {}
        for r in self.rows:
            if r["conversions"] and r["conversions"] >= LEAST_CONVERSIONS and r["clicks"] and r["revenue"] and r["spend"]:
                rates = log(r["conversions"] / r["clicks"]), log(float(r["spend"]) / r["clicks"])
                cells.setdefault((r["channel"], r["category"], r["currency"]), []).append(
                    (*rates, log(float(r["revenue"]) / r["conversions"]))
                )
        apart = [np.array(points) - np.mean(points, axis=0) for points in cells.values() if len(points) > 1]
        free = sum(len(points) - 1 for points in apart) - 2
        if free < LEAST_TRADES:
            return None
        table = np.vstack(apart)
        x, y = table[:, :2], table[:, 2]
        lean = np.diag(LEAN_TRADES * (x * x).mean(0) + 1e-12)
        cvr, cpc = np.linalg.solve(x.T @ x + lean, x.T @ y).tolist()
        cvr, cpc = min(max(cvr, -1.0), 0.0), min(max(cpc, 0.0), 1.5)
        return Trade(cvr, cpc, float((((y - x @ np.array([cvr, cpc])) ** 2).sum() / free) ** 0.5))

    def channels(self) -> list[str]:
        """Return the channels the shop has run, most spend first."""
        spend: dict[str, float] = {}
        for r in self.rows:
            spend[r["channel"]] = spend.get(r["channel"], 0.0) + float(r["spend"] or 0)
        return sorted(spend, key=lambda c: (-spend[c], c))


def _cpc(own: list[dict[str, Any]], chosen: list[dict[str, Any]], spread: float | None) -> tuple[float, float, float] | None:
    """Click price of the chosen campaigns, leaning on all of the channel's where few were chosen."""

    def quantiles(rows: list[dict[str, Any]]) -> tuple[float, float, float] | None:
        costs = sorted((float(r["spend"]) / r["clicks"], float(r["clicks"])) for r in rows if r["clicks"] and r["spend"])
        return (_quantile(costs, 0.1), _quantile(costs, 0.5), _quantile(costs, 0.9)) if costs else None

    whole, part = quantiles(own), quantiles(chosen)
    if whole is None or part is None:
        return whole
    if spread is None:
        return part
    share = len(chosen) / (len(chosen) + LEAN_CAMPAIGNS)
    middle = exp(share * log(part[1]) + (1 - share) * log(whole[1]))
    return middle * exp(-Z80 * spread), middle, middle * exp(Z80 * spread)


def _sum(rows: list[dict[str, Any]], key: str) -> float:
    return sum(float(r[key] or 0) for r in rows)


def _order_value(own: list[dict[str, Any]], chosen: list[dict[str, Any]]) -> float | None:
    """Revenue per conversion of the chosen campaigns, leaning on all of the channel's; None where revenue is unknown."""
    whole, part = ([r for r in rows if r["conversions"] and r["revenue"]] for rows in (own, chosen))
    if not whole:
        return None
    mean = _sum(whole, "revenue") / _sum(whole, "conversions")
    return (_sum(part, "revenue") + LEAN_ORDERS * mean) / (_sum(part, "conversions") + LEAN_ORDERS)


def _strength(rate: float, seen: float, spread: float) -> float:
    """Beta pseudo-count of a rate seen over many campaigns: the sampling error and the spread between campaigns together."""
    between = (1 - rate) / (max(rate, 1e-6) * spread**2)
    return 1 / (1 / seen + 1 / between)


def _rate(rows: list[dict[str, Any]], part: str, whole: str) -> float:
    total = _sum(rows, whole)
    return (_sum(rows, part) + 0.5) / (total + 1) if total else 0.0


def _quantile(weighted: list[tuple[float, float]], q: float) -> float:
    target, seen = q * sum(w for _, w in weighted), 0.0
    for value, weight in weighted:
        seen += weight
        if seen >= target:
            return value
    return weighted[-1][0]
