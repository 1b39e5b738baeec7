"""What the forecast and the budget split read and return: typed documents, no computation.

One `LineInput` describes one media line by distributions: click price, rates, order value. The parameters that no
data of a shop can tell (how fast clicks get dearer, how late orders arrive) are data too: `assumptions.toml`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import Field, model_validator

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure, Source
from ...data.money import Money
from ...data.plan import Certificate, Forecast
from ...data.words import Words, both


class Range(NamedTuple):
    """P10, P50 and P90 of a positive quantity."""

    low: float
    mid: float
    high: float


class LineInput(Document):
    """One media line before any money is put on it.

    `cpc` is (P10, P50, P90) in `currency`; `ctr` and `cvr` are Beta means in 0..1 with pseudo-counts `*_strength`;
    `order_value` is what an order pays before returns; `value_by_cvr` and `value_by_cpc` are how it goes with them (d log / d log; 0 where
    the product is known); `margin` is the share of net revenue left before advertising;
    `reach` counts the people of the audience on this channel; `usual_daily_spend` is the largest daily spend seen in
    history; `auction_shock` is the log standard deviation of the click price common to the platform and `demand_shock` that of its
    conversion rate (None: as assumed); `minimum` and `maximum` bound the line's whole budget, in currency units.

    Raises pydantic.ValidationError when the range of `cpc` is not positive and increasing or a rate leaves 0..1.
    """

    id: str
    channel: str
    placement: str = ""
    currency: str
    cpc: Range
    ctr: float = Field(gt=0, lt=1)
    ctr_strength: float = Field(gt=0)
    cvr: float = Field(gt=0, lt=1)
    cvr_strength: float = Field(gt=0)
    order_value: float = Field(gt=0)
    order_value_cv: float = Field(default=0.25, ge=0)
    value_by_cvr: float = Field(default=0.0, ge=-1, le=0)
    value_by_cpc: float = Field(default=0.0, ge=0, le=1.5)
    margin: float = Field(le=1)
    return_rate: float = Field(default=0.0, ge=0, lt=1)
    reach: float | None = Field(default=None, gt=0)
    frequency_cap: float = Field(default=8.0, gt=0)
    usual_daily_spend: float | None = Field(default=None, gt=0)
    auction_shock: float | None = Field(default=None, ge=0)
    demand_shock: float | None = Field(default=None, ge=0)
    minimum: float = Field(default=0.0, ge=0)
    maximum: float | None = Field(default=None, ge=0)
    source: Source = "assumed"
    evidence: list[str] = []

    @property
    def shared_shock(self) -> float:
        """Log standard deviation of the click price that the lines of a platform have in common."""
        return assumption("auction_shock") if self.auction_shock is None else self.auction_shock

    @property
    def shared_demand(self) -> float:
        """Log standard deviation of the conversion rate that the lines of a platform have in common."""
        return assumption("demand_shock") if self.demand_shock is None else self.demand_shock

    @model_validator(mode="after")
    def _increasing(self) -> LineInput:
        if not 0 < self.cpc.low <= self.cpc.mid <= self.cpc.high:
            raise ValueError("cpc is (P10, P50, P90): positive and not decreasing")
        return self


class LineForecast(Document):
    """Expected results of one line; `ctr`, `cvr`, `cpc`, `cpa` and `roas` follow from the displayed counts."""

    id: str
    impressions: Figure
    clicks: Figure
    orders: Figure
    revenue: Figure
    cpc: Figure
    ctr: Figure
    cvr: Figure
    cpa: Figure
    roas: Figure


class PlanForecast(Document):
    """Forecast of all lines and their total; counts and revenue of the lines sum exactly to the total's.

    `notes` are things worth a look, such as spend beyond anything seen in history.
    """

    lines: list[LineForecast]
    total: Forecast
    notes: list[Words] = []


class BudgetSplit(Document):
    """A budget split in the order of the lines, summing exactly, with its certificate.

    `value` is the expected result of the objective before spend (margin x revenue, or revenue when `objective` says
    so); `multiplier` is what the last unit of currency earns; `pays_until` is the total at which it earns exactly
    itself (None: not computed for a fixed split, or nothing pays).
    """

    budgets: list[Money]
    certificate: Certificate
    objective: str
    value: float
    reference_value: float
    multiplier: float
    pays_until: Money | None = None


@cache
def assumption(name: str) -> float:
    """Return a parameter of `assumptions.toml` by name; KeyError when there is none."""
    return float(_assumptions()[name]["value"])


@cache
def _assumptions() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__name__.rpartition(".")[0]).joinpath("assumptions.toml").read_text("utf-8"))


def check_lines(lines: list[LineInput], currency: str, days: int) -> None:
    """Raise `AdwrightError` when there is nothing to plan, a period of no days, or lines of another currency."""
    if not lines:
        raise AdwrightError(
            both("没有可以投放的媒体线。", "There is no media line to plan."),
            both("请至少选一个渠道。", "Choose at least one channel."),
            code="no-lines",
        )
    if days < 1:
        raise AdwrightError(
            both(f"投放天数是 {days}，至少要 1 天。", f"The period is {days} days; it must be at least 1."),
            both("请改投放日期。", "Change the dates."),
            code="bad-period",
        )
    other = sorted({line.currency for line in lines} - {currency})
    if other:
        raise AdwrightError(
            both(
                f"预算是 {currency}，但有的线按 {other[0]} 计价。", f"The budget is in {currency}, but some lines are priced in {other[0]}."
            ),
            both("请先换算成同一种货币。", "Convert to one currency first."),
            code="currency-mismatch",
        )


def channel_name(channel: str) -> Words:
    """Return the channel's name in both languages; an id that the knowledge does not list names itself."""
    from ...data import knowledge

    try:
        return knowledge.channel(channel).name
    except AdwrightError as error:
        if error.code != "unknown-channel":
            raise
        return both(channel, channel)


def line_name(line: LineInput) -> Words:
    """Return channel and placement in words, e.g. "Douyin In-feed video"; ids name themselves where unknown."""
    from ...data import knowledge

    name = channel_name(line.channel)
    known = knowledge.channels().get(line.channel)
    places = {place.id: place.name for place in known.placements} if known else {}
    place = places.get(line.placement, both(line.placement, line.placement))
    zh, en = (p if p.startswith(n) else f"{n} {p}".strip() for n, p in ((name.zh, place.zh), (name.en, place.en)))
    return both(zh, en)
