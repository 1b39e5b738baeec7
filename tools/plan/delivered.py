"""How a plan has been delivered: what each day was to cost and did cost, and how each line runs from here.

Planned days are the plan's own until an adjustment set daily budgets, and those from then on. Not covered: what to change (`adjust`).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ...data.brief import Document
from ...data.money import ExactDecimal, Money, total
from ...data.plan import CampaignPlan
from ...data.words import Words
from .results import read_results
from .running import expected_of

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class DeliveredDay(Document):
    """One day of the campaign; `spent` and `orders` are absent where nothing was reported yet."""

    day: date
    planned: Money
    spent: Money | None = None
    orders: int | None = None


class DeliveredLine(Document):
    """One line: what it was to spend by `until` and did, and its daily budget from `since` on (absent: as planned)."""

    line: str
    name: Words
    planned: Money
    spent: Money
    daily: Money | None = None
    since: date | None = None
    paused: bool = False
    weights: dict[str, ExactDecimal] = {}


class Delivered(Document):
    """The delivery of a plan up to `until`; `spent` of `total`."""

    until: date
    days_gone: int
    total: Money
    spent: Money
    days: list[DeliveredDay]
    lines: list[DeliveredLine]


def delivered(workspace: Workspace, plan: CampaignPlan) -> Delivered | None:
    """Return how a plan was delivered, from its imported daily results; None while there are none.

    Raises `AdwrightError` as `read_results` does.
    """
    results = read_results(workspace, plan)
    if results is None:
        return None
    currency, start, length = plan.brief.budget.value.currency, plan.brief.start.value, plan.brief.days.value
    first = expected_of(workspace, plan)
    shares = [line.budget.split([1] * length) for line in first.lines]
    running = [line.delivery for line in plan.lines]
    days, planned = [], [Money.of(0, currency) for _ in plan.lines]
    for k in range(length):
        day = start + timedelta(days=k)
        due = [
            share[k] if how is None or day < how.since else how.daily * 0 if how.paused else how.daily
            for share, how in zip(shares, running, strict=True)
        ]
        counted = k < results.days
        if counted:
            planned = [a + b for a, b in zip(planned, due, strict=True)]
        days.append(
            DeliveredDay(
                day=day,
                planned=total(due, currency),
                spent=Money.of(round(float(results.spend[k].sum()), 2), currency) if counted else None,
                orders=round(float(results.orders[k].sum())) if counted else None,
            )
        )
    lines = [
        DeliveredLine(
            line=line.id,
            name=line.name,
            planned=planned[i],
            spent=Money.of(round(float(results.spend[:, i].sum()), 2), currency),
            daily=how.daily if (how := line.delivery) else None,
            since=how.since if how else None,
            paused=bool(how and how.paused),
            weights=how.weights if how else {},
        )
        for i, line in enumerate(plan.lines)
    ]
    return Delivered(
        until=results.last,
        days_gone=results.days,
        total=plan.total,
        spent=total([line.spent for line in lines], currency),
        days=days,
        lines=lines,
    )
