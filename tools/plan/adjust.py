"""What to change in a running plan tomorrow: from imported daily results to a `Proposal`.

The decision is `tools.budget.adjusting.decide`, the creatives' `Bandit` and `daily_budget`; here it becomes words, figures and typed patches.
"Leave it as it is" is an answer with its reason. Nothing is sent to a platform: the merchant sets budgets and shares there. Not
covered: texts and audiences, and plans that are over (`compute_roi` tells what those brought).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...data.adjustment import Adjustment, LineDay, Proposal
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.money import Money, total
from ...data.patch import SetDelivery
from ...data.plan import CampaignPlan, Delivery
from ...data.words import both
from ..budget.adjusting import Decision, decide
from ..budget.daily_pacing import daily_budget
from ..budget.shares import apportion
from ..budget.stop_rules import Stop, split_ignored, tracking_lost
from .adjust_words import kept_words, pace_words, split_words, stop_words, tracking_words, weight_words, words_of_move
from .results import Results, read_results
from .running import bandit_of, expected_of, priors_of, running_now, weights_of

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Array = NDArray[np.float64]
# Moves below these sizes are left out: they cost the merchant more attention than they earn.
LEAST_MOVE, LEAST_SHIFT, LEAST_PACE = 0.03, 0.05, 0.05
LEAST_SHOWN = 500
# Platforms promise to stay below twice the daily budget on any day.
MOST_OVERDELIVERY = 2.0
SHARE_PLACES = Decimal("0.01")


def propose(workspace: Workspace, plan: CampaignPlan, seed: int = 0) -> Proposal:
    """Return what to change in `plan` from its results so far; saves and changes nothing.

    Raises `AdwrightError`: ``no-results`` (no imported row belongs to the plan), ``plan-over`` (no day is left after the latest
    result).
    """
    results = read_results(workspace, plan)
    if results is None:
        raise _no_results(plan)
    left = plan.brief.days.value - results.days
    if left <= 0:
        raise AdwrightError(
            both("这份方案的投放期已经结束，没有可调的日子了。", "The plan's last day has its results: there is no day left to adjust."),
            both("可以问“这次投放赚了没有”，或者做下一份方案。", "Ask what it brought, or make the next plan."),
            code="plan-over",
        )
    currency, cap = plan.brief.budget.value.currency, plan.brief.budget.value
    spent = results.spend.sum(0)
    money = max(float(cap) - float(spent.sum()), 0.0)
    now, expected = running_now(plan, money, left, spent), expected_of(workspace, plan)
    lost = [i for i in range(len(plan.lines)) if _tracking(results, i)]
    unread = np.zeros_like(results.spend)
    unread[-1, lost] = 1
    decision = decide(
        priors_of(expected),
        results.counts(unread),
        now,
        money,
        left,
        spent=spent,
        caps=np.array([float(line.budget) if line.locked else float(cap) for line in plan.lines]),
        since_move=_since(plan, results),
        # A line whose clicks do not arrive keeps its budget until somebody has looked: no more money into a page that is down.
        fixed=np.array([line.locked or i in lost for i, line in enumerate(plan.lines)]),
        seed=seed,
    )
    spent_money = Money.of(float(spent.sum()), currency)
    tomorrow = _tomorrow(plan, spent_money, results, now)
    after = decision.budgets if decision.moved else decision.before
    if 0 < after.sum() < decision.before.sum():
        # What a stopped line leaves and the others may not take at once waits for the days after.
        tomorrow = tomorrow * Decimal(repr(float(after.sum() / decision.before.sum())))
    daily = tomorrow.split([float(x) for x in after]) if after.sum() > 0 and tomorrow.amount > 0 else [tomorrow * 0 for _ in plan.lines]
    adjustments, weights = _creatives(plan, expected, results, left, seed)
    adjustments = [*_stops(plan, decision, results, lost), *_moves(plan, decision, now, left, currency), *adjustments]
    if not any(a.kind in ("budget", "pause") for a in adjustments):
        adjustments += _pace(plan, now, tomorrow, results, currency)
    patches = _patches(plan, after, daily, weights, results, left, adjustments)
    limit = Decimal(repr(workspace.settings.auto_adjust))
    for adjustment in adjustments:
        adjustment.automatic = adjustment.share is not None and adjustment.kind != "pause" and adjustment.share <= limit and limit > 0
    return Proposal(
        plan=plan.id,
        version=plan.version,
        day=results.last,
        tomorrow=results.last + timedelta(days=1),
        days_left=left,
        spent=spent_money,
        total=cap,
        orders=Figure.of(float(results.orders.sum()), "count", "past"),
        budget=tomorrow,
        adjustments=adjustments,
        kept=kept_words(decision, adjustments, results.days),
        lines=_lines(plan, results, now, daily, weights, currency),
        patches=patches,
        notes=results.notes,
    )


def _no_results(plan: CampaignPlan) -> AdwrightError:
    line = plan.lines[0]
    return AdwrightError(
        both(
            "还没有这份方案的每日数据，没法判断明天怎么调。",
            "There are no daily results of this plan yet, so nothing can be said about tomorrow.",
        ),
        both(
            f"把平台的分天报表导入：adwright import results 文件。需要日期、计划（写成线的名称，如“{line.name.zh}”，或编号 {line.id}）、花费、展现、点击、成交数；"
            "有创意、成交金额、到店访问数更好。",
            f"Import the platform's report by day: adwright import results FILE. It needs day, campaign (the line's name, such as “{line.name.en}”, or its id "
            f"{line.id}), spend, impressions, clicks and conversions; creative, revenue and visits help.",
        ),
        code="no-results",
    )


def _since(plan: CampaignPlan, results: Results) -> int:
    """Days with results since budgets last moved; the start of the campaign counts as a move."""
    moved = [line.delivery.since for line in plan.lines if line.delivery]
    return (results.last - max([plan.brief.start.value, *moved])).days + 1


def _tracking(results: Results, line: int) -> bool:
    visits, clicks = results.visits[:, line], results.clicks[:, line]
    known = ~np.isnan(visits)
    return bool(known[-1]) and tracking_lost(clicks[known], visits[known])


def _tomorrow(plan: CampaignPlan, spent: Money, results: Results, now: Array) -> Money:
    """Tomorrow's budget for all lines: what is left, by the plan's curve over the days; even a busy day stays within what is left."""
    curve = [float(day.budget) for day in plan.forecast.days]
    if len(curve) != plan.brief.days.value or not sum(curve[results.days :]):
        curve = [1.0] * plan.brief.days.value
    return daily_budget(plan.brief.budget.value, spent, curve, results.days, overdelivery=_overdelivery(plan, results, now))


def _overdelivery(plan: CampaignPlan, results: Results, now: Array) -> float:
    """How far platforms went beyond the daily budgets set, on the day they did so most; 1 where they never did or none were set."""
    set_days = [line.delivery.since for line in plan.lines if line.delivery]
    if not set_days or now.sum() <= 0:
        return 1.0
    by_day = results.spend[max((max(set_days) - plan.brief.start.value).days, 0) :].sum(1)
    return float(np.clip(by_day.max() / now.sum(), 1.0, MOST_OVERDELIVERY)) if len(by_day) else 1.0


def _stops(plan: CampaignPlan, decision: Decision, results: Results, lost: list[int]) -> list[Adjustment]:
    found = []
    for stop in decision.stopped:
        if stop.rule == "cut":
            continue
        line = plan.lines[stop.line]
        what, why = stop_words(line, stop, Money.of(float(results.spend[:, stop.line].sum()), line.budget.currency))
        found.append(Adjustment(kind="pause", lines=[line.id], what=what, why=why, chance=_chance(stop), share=Decimal(1)))
    for i in lost:
        what, why = tracking_words(plan.lines[i], results.clicks[-1, i], results.visits[-1, i])
        found.append(Adjustment(kind="check", lines=[plan.lines[i].id], what=what, why=why))
    return found


def _chance(stop: Stop) -> Decimal | None:
    return None if stop.chance is None else Decimal(repr(round(stop.chance, 3)))


def _moves(plan: CampaignPlan, decision: Decision, now: Array, left: int, currency: str) -> list[Adjustment]:
    """The move of money between lines as one proposal, because it is one decision."""
    if not decision.moved or decision.gain is None:
        return []
    before, after = decision.before, decision.budgets
    change = np.where(before > 0, after / np.maximum(before, 1e-9) - 1, 0.0)
    running = [i for i in range(len(before)) if after[i] > 0 and abs(change[i]) >= LEAST_MOVE]
    if not running:
        return []
    low, mid, high = decision.gain
    what, why = words_of_move(plan, decision, running, before, after)
    return [
        Adjustment(
            kind="budget",
            lines=[plan.lines[i].id for i in running],
            what=what,
            why=why,
            gain=_gain(low, mid, high, currency),
            chance=None if decision.p_gain is None else Decimal(repr(round(decision.p_gain, 3))),
            share=Decimal(repr(round(float(np.abs(change[running]).max()), 3))),
        )
    ]


def _creatives(
    plan: CampaignPlan, expected: CampaignPlan, results: Results, left: int, seed: int
) -> tuple[list[Adjustment], dict[str, dict[str, Decimal]]]:
    """Shares of the creatives of every line that tells them apart, where they move by five points or one is done."""
    found, weights = [], {}
    for i, line in enumerate(plan.lines):
        shown = {c: results.creatives[line.id, c] for c in line.creatives if (line.id, c) in results.creatives}
        if len(shown) < 2 or (line.delivery and line.delivery.paused):
            continue
        set_now = weights_of(line)
        if line.delivery is not None:
            since = max((line.delivery.since - plan.brief.start.value).days, 0)
            counted = np.array([shown[c][since:, 0].sum() if c in shown else 0.0 for c in set_now])
            if split_ignored(counted, np.array(list(set_now.values()))):
                what, why = split_words(line)
                found.append(Adjustment(kind="check", lines=[line.id], what=what, why=why))
                continue
        if sum(float(counts[:, 0].sum()) for counts in shown.values()) < LEAST_SHOWN:
            continue
        bandit = bandit_of(plan, expected.lines[i], results, seed + i)
        standing = bandit.standing(results.days)
        after = _rounded({arm.id: arm.share for arm in standing if arm.status == "live"})
        shift = max(abs(float(after.get(c, 0)) - set_now.get(c, 0.0)) for c in line.creatives)
        gone = [c for c in set_now if c not in after]
        if shift < LEAST_SHIFT and not gone:
            continue
        coming = float(results.impressions[:, i].sum()) / results.days * left
        low, mid, high, chance = bandit.gain(set_now, {c: float(x) for c, x in after.items()}, coming, results.days)
        if chance < 0.8 or mid <= 0:
            continue
        weights[line.id] = after
        what, why = weight_words(plan, line, after, {arm.id: arm.best for arm in standing}, shown)
        found.append(
            Adjustment(
                kind="creatives",
                lines=[line.id],
                what=what,
                why=why,
                gain=_gain(low, mid, high, line.budget.currency),
                chance=Decimal(repr(round(chance, 3))),
                share=Decimal(repr(round(shift, 3))),
            )
        )
    return found, weights


def _gain(low: float, mid: float, high: float, currency: str) -> Figure:
    """A gain in whole units of money: nobody knows the cents of what is to come."""
    return Figure.of(float(round(mid)), currency, "model", low=float(round(low)), high=float(round(high)))


def _rounded(shares: dict[str, float]) -> dict[str, Decimal]:
    """Shares in whole percent, at least 1 %, summing to 1."""
    parts = apportion(100 - len(shares), list(shares.values()))
    return {name: (part + 1) * SHARE_PLACES for name, part in zip(shares, parts, strict=True)}


def _pace(plan: CampaignPlan, now: Array, tomorrow: Money, results: Results, currency: str) -> list[Adjustment]:
    """Tomorrow's budgets, where what is set now would miss the plan's total by more than a twentieth."""
    set_now = float(now.sum())
    if set_now <= 0 or abs(float(tomorrow) / set_now - 1) < LEAST_PACE:
        return []
    what, why = pace_words(plan, Money.of(set_now, currency), tomorrow, float(results.spend.sum()), results.days)
    share = Decimal(repr(round(abs(float(tomorrow) / set_now - 1), 3)))
    return [Adjustment(kind="pace", lines=[line.id for line in plan.lines], what=what, why=why, share=share)]


def _patches(
    plan: CampaignPlan,
    after: Array,
    daily: list[Money],
    weights: dict[str, dict[str, Decimal]],
    results: Results,
    left: int,
    adjustments: list[Adjustment],
) -> list[SetDelivery]:
    """Every line's budget and delivery after the adjustments; empty where nothing changes. Line budgets sum to the plan's total."""
    moving = any(a.kind in ("budget", "pause", "pace") for a in adjustments)
    if not moving and not weights:
        return []
    currency, cap = plan.brief.budget.value.currency, plan.brief.budget.value
    spent = [Money.of(float(x), currency) for x in results.spend.sum(0)]
    rest = cap - total(spent, currency)
    budgets = [line.budget for line in plan.lines]
    if moving and rest.amount > 0 and after.sum() > 0:
        budgets = [a + b for a, b in zip(spent, rest.split([float(x) for x in after]), strict=True)]
    since = results.last + timedelta(days=1)
    patches = []
    for i, line in enumerate(plan.lines):
        set_now = line.delivery.weights if line.delivery else {}
        delivery = Delivery(
            since=since if moving or line.delivery is None else line.delivery.since,
            daily=daily[i],
            weights=weights.get(line.id, set_now),
            paused=bool(after[i] <= 0),
        )
        patches.append(SetDelivery(line=line.id, budget=budgets[i], delivery=delivery))
    return patches


def _lines(
    plan: CampaignPlan, results: Results, now: Array, daily: list[Money], weights: dict[str, dict[str, Decimal]], currency: str
) -> list[LineDay]:
    told = []
    for i, line in enumerate(plan.lines):
        spent, revenue = float(results.spend[:, i].sum()), float(results.revenue[:, i].sum())
        told.append(
            LineDay(
                line=line.id,
                name=line.name,
                spent=Money.of(spent, currency),
                clicks=int(results.clicks[:, i].sum()),
                orders=Figure.of(float(results.orders[:, i].sum()), "count", "past"),
                roas=Figure.of(revenue / spent, "ratio", "past") if spent > 0 and revenue > 0 else None,
                daily=Money.of(float(now[i]), currency),
                tomorrow=daily[i],
                weights=weights.get(line.id, line.delivery.weights if line.delivery else {}),
                paused=daily[i].amount == 0,
            )
        )
    return told
