"""What if the budget, the order value or the margin were another, or clicks dearer and conversion lower: the plan's own forecast again.

The three that a merchant decides are the patches an edit would make, so that the edit shows the same numbers; click price and
conversion rate are the market's, and only tried. Nothing is stored. Not covered: other channels, dates or audiences.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import Field

from ...data.brief import Document
from ...data.figure import Figure
from ...data.money import ExactDecimal, Money
from ...data.patch import Patch, SetBudget, SetField
from ...data.plan import CampaignPlan, Forecast
from ...data.words import Words
from ..audience.segment import find_segments
from ..budget.sizing import Valued
from ..response.response import Response
from .adjusted import held_lines
from .lines import Draft, draft_lines, reference_split
from .make import SEGMENTS
from .money import Market
from .results import counts_of
from .revise import apply

if TYPE_CHECKING:
    from ...data.workspace import Workspace

SHOWN = ("orders", "revenue", "contribution", "p_profit")


class Setting(Document):
    """What to try. `cpc` and `cvr` multiply the click price and the conversion rate of every line; money is in the plan's currency."""

    total: Money
    order_value: Money
    margin: ExactDecimal = Field(gt=0, le=1)
    cpc: ExactDecimal = Field(default=Decimal(1), gt=0, le=10)
    cvr: ExactDecimal = Field(default=Decimal(1), gt=0, le=10)

    @classmethod
    def of(cls, plan: CampaignPlan) -> Setting:
        """Return the plan's own setting."""
        return cls(total=plan.total, order_value=plan.brief.order_value.value, margin=plan.brief.margin.value)

    def patches(self, plan: CampaignPlan) -> list[Patch]:
        """Return the edit that would make the plan so; click price and conversion rate are nobody's to set."""
        found: list[Patch] = []
        if self.total != plan.total:
            found.append(SetBudget(budget=self.total))
        if self.order_value != plan.brief.order_value.value:
            found.append(SetField(field="order_value", value=self.order_value))
        if self.margin != plan.brief.margin.value:
            found.append(SetField(field="margin", value=self.margin))
        return found


@dataclass(frozen=True)
class Tried:
    """The forecast under a setting beside the plan's: `change` holds P50 less the plan's P50 by name (orders, revenue, contribution,
    p_profit), `p_better` the share of paired draws in which more is left than under the plan."""

    setting: Setting
    forecast: Forecast
    change: dict[str, Figure]
    p_better: Figure
    notes: list[Words]


class WhatIf:
    """The lines of a stored plan, read once, ready to be forecast under other settings in well under 200 ms each."""

    def __init__(self, workspace: Workspace, plan: CampaignPlan) -> None:
        self.workspace, self.plan = workspace, plan
        brief = plan.brief
        self._segments = find_segments(workspace, product=brief.product.value, ask=brief.audience.value, seed=brief.seed).segments[
            :SEGMENTS
        ]
        self._response = Response.ready(workspace)
        self._market = lru_cache(maxsize=32)(self._market_of)
        self._own = self._valued(Setting.of(plan))

    def at(self, setting: Setting) -> Tried:
        """Forecast the plan under `setting`.

        Raises `AdwrightError` as the edit would (``bad-budget``, ``infeasible-budget``).

        Example:
            >>> WhatIf(shop, plan).at(Setting.of(plan)).change["orders"].value  # doctest: +SKIP
            Decimal('0')
        """
        for patch in setting.patches(self.plan):
            # What an edit would refuse is refused here in the same words.
            apply(self.workspace, self.plan, self.plan.brief, {}, patch)
        tried, own = self._valued(setting), self._own
        now, before = tried.forecast.total, own.forecast.total
        change = {}
        for name in SHOWN:
            figure: Figure = getattr(now, name)
            change[name] = Figure.of(figure.value - getattr(before, name).value, figure.unit, figure.source)
        better = float((tried.contribution > own.contribution).mean())
        return Tried(setting, now, change, Figure.of(better, "rate", now.p_profit.source), tried.forecast.notes)

    def _valued(self, setting: Setting) -> Valued:
        market = self._market(setting.order_value, setting.margin).stressed(float(setting.cpc), float(setting.cvr))
        # As an edit: another total frees what was fixed by hand.
        moves = setting.total != self.plan.total
        locked = {} if moves else held_lines(self.plan, []) or {line.id: line.budget for line in self.plan.lines if line.locked}
        return Valued.of(setting.total, [d.input for d in market.drafts], *market.at(setting.total, locked))

    def _market_of(self, order_value: Money, margin: Decimal) -> Market:
        brief, plan = self.plan.brief, self.plan
        for patch in Setting(total=plan.total, order_value=order_value, margin=margin).patches(plan):
            brief, _, _ = apply(self.workspace, plan, brief, {}, patch)
        drafts: list[Draft] = draft_lines(self.workspace, brief, self._segments, self._response)
        counts = counts_of(self.workspace, plan, [d.input.id for d in drafts])
        return Market.of(brief, drafts, reference_split(drafts, brief.budget.value, self._response, brief), counts)
