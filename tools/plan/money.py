"""What a plan's lines bring at any total: their least spends, dear days and fixed lines, the split of an amount and its forecast.

`compose` asks for the plan's own budget, `size_budget` and `WhatIf` for others; all see the same lines, so their numbers agree. Of a
plan that runs, what has come in counts as fact and only the rest is forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data import knowledge
from ...data.brief import Brief
from ...data.money import Money
from ...data.words import both
from ..budget import BudgetSplit, PlanForecast, split_budget
from ..budget.inputs import Range
from ..budget.midway import Counts, forecast_midway, learned_lines
from ..budget.montecarlo import forecast_and_draws
from .season import dear_days

if TYPE_CHECKING:
    from ..budget.drivers import Drawn
    from ..budget.inputs import LineInput
    from .lines import Draft

Array = NDArray[np.float64]
# A channel the merchant named gets at least this part of an equal share, whatever the model thinks of it.
NAMED_LEAST = 0.25


@dataclass(frozen=True)
class Market:
    """The lines of a brief before money: `drafts`, what single days cost more (`dear`), the shop's own `reference` split.

    `counts` are the results of a plan that runs, in the order of `drafts`; `dearer` and `likelier` multiply click prices and
    conversion rates (of the days left, where there are results).
    """

    brief: Brief
    drafts: list[Draft]
    reference: list[Money] | None
    dear: Mapping[date, Any] = field(default_factory=dict)
    counts: Counts | None = None
    dearer: float = 1.0
    likelier: float = 1.0

    @classmethod
    def of(cls, brief: Brief, drafts: list[Draft], reference: list[Money] | None, counts: Counts | None = None) -> Market:
        """Return the market of a brief's lines, with the days on which clicks are dearer."""
        return cls(brief, drafts, reference, dear_days(brief), counts)

    def stressed(self, cpc: float, cvr: float) -> Market:
        """Return the market with click prices times `cpc` and conversion rates times `cvr`."""
        return replace(self, dearer=cpc, likelier=cvr)

    def at(self, total: Money, locked: Mapping[str, Money] | None = None) -> tuple[BudgetSplit, PlanForecast, Drawn]:
        """Split `total` over the lines and forecast it; `locked` fixes lines by id.

        Raises `AdwrightError` as `split_budget` does.
        """
        brief, locked = self.brief, {k: v for k, v in (locked or {}).items() if k in {d.input.id for d in self.drafts}}
        # Least spends were set for the brief's own budget; they are parts of it.
        ratio = float(total) / float(brief.budget.value)
        plain = _fitting([d.input if ratio == 1 else _scaled(d.input, ratio) for d in self.drafts], total, locked)
        inputs = [self._stress(line) for line in plain]
        uplift = self._uplift()
        allocation = split_budget(
            inputs,
            total,
            days=brief.days.value,
            split=brief.split.value if brief.split else None,
            locked=locked,
            bounds=_bounds(brief, self.drafts, total, locked),
            reference=self.reference,
            target_roas=brief.target_roas.value if brief.target_roas else None,
            seed=brief.seed,
            start=brief.start.value,
            uplift=uplift,
        )
        if self.reference:
            allocation.certificate.reference = both(
                "与店铺最近 30 天的渠道分法相比", "against the shop's split over these channels in its last 30 days"
            )
        period: dict[str, Any] = {"start": brief.start.value, "days": brief.days.value, "seed": brief.seed, "uplift": uplift}
        if self.counts is not None:
            learned = [self._stress(line) for line in learned_lines(plain, self.counts, brief.days.value)]
            return allocation, *forecast_midway(plain, allocation.budgets, self.counts, learned=learned, **period)
        return allocation, *forecast_and_draws(inputs, allocation.budgets, **period)

    def ahead(self) -> tuple[list[LineInput], Array, dict[str, Array]]:
        """Return the lines of the days to come, what each has spent, and its orders and revenue so far (all zero before the start)."""
        plain = [d.input for d in self.drafts]
        if self.counts is None:
            none = np.zeros(len(plain))
            return [self._stress(line) for line in plain], none, {"orders": none, "revenue": none}
        facts = {"orders": self.counts.orders.sum(0), "revenue": self.counts.earned(plain).sum(0)}
        learned = learned_lines(plain, self.counts, self.brief.days.value)
        return [self._stress(line) for line in learned], self.counts.spend.sum(0), facts

    def prices(self) -> list[float]:
        """Return what a click costs on each day of the campaign, as a multiple of an ordinary day's price."""
        uplift, start = self._uplift(), self.brief.start.value
        return [uplift.get(start + timedelta(days=k), 1.0) for k in range(self.brief.days.value)]

    def _uplift(self) -> dict[date, float]:
        return {day: multiple for day, (_, multiple) in self.dear.items()}

    def _stress(self, line: LineInput) -> LineInput:
        if self.dearer == self.likelier == 1:
            return line
        return line.model_copy(update={"cpc": Range(*(x * self.dearer for x in line.cpc)), "cvr": min(line.cvr * self.likelier, 0.9)})


def _scaled(line: LineInput, ratio: float) -> LineInput:
    return line.model_copy(update={"minimum": line.minimum * ratio})


def _fitting(inputs: list[LineInput], total: Money, locked: Mapping[str, Money]) -> list[LineInput]:
    """Return the lines' inputs; without our own least spends where what the merchant fixed by hand leaves no room for them."""
    needed = sum(float(locked[i.id]) if i.id in locked else i.minimum for i in inputs)
    if not any(i.id in locked for i in inputs) or needed <= float(total):
        return inputs
    return [i.model_copy(update={"minimum": 0.0}) for i in inputs]


def _bounds(brief: Brief, drafts: list[Draft], budget: Money, locked: Mapping[str, Money]) -> dict[str, tuple[float, float]]:
    """At least something for every channel that was named, and its daily minimum where budget and `locked` lines allow it."""
    if brief.split:
        return {}
    channels = list(dict.fromkeys(d.channel.id for d in drafts))
    total = float(budget)
    bounds = {}
    for channel_id in channels:
        least = NAMED_LEAST / len(channels) if brief.channels.how == "stated" else 0.0
        minimum = knowledge.channel(channel_id).minimum_daily
        if minimum:
            daily = float(knowledge.exchange(minimum, budget.currency)[0])
            share = daily * brief.days.value / total
            least = max(least, share) if share <= 1 / len(channels) else least
        bounds[channel_id] = (least, 1.0)
    taken = {c: sum(float(locked[d.input.id]) for d in drafts if d.channel.id == c and d.input.id in locked) / total for c in channels}
    if sum(max(bounds[c][0], taken[c]) for c in channels) > 1:
        # What the merchant fixed by hand goes before what we would keep for the other channels.
        return {}
    return bounds
