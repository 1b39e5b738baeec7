"""A plan that runs, in the terms of `tools.budget`: priors of its lines, its creatives' bandits, and what it is running now.

Priors come from the plan's own figures with their P10-P90; the break-even CPA is order value x margin, net of nothing else. What the
platform is doing now follows from `Line.delivery`, or from the plan itself while nothing was changed.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...data.figure import Figure
from ...data.plan import CampaignPlan, Line
from ..budget.bandit import Arm, Bandit
from ..budget.curves import Z90
from ..budget.learning import LinePriors, typical_half
from .results import Results

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Array = NDArray[np.float64]
# A forecast without a range is taken to be right within about a factor of 1.5.
USUAL_CV = 0.4
LEAST_CV, MOST_CV = 0.1, 1.0


def expected_of(workspace: Workspace, plan: CampaignPlan) -> CampaignPlan:
    """Return the plan with every line as it was expected to do before any day was counted: what counts are held against.

    The figures of a running plan hold its results already; taken as a prior, those results would count twice.
    """
    first = plan
    while first.forecast.so_far is not None and first.parent is not None:
        first = workspace.records.plan(plan.id, first.parent)
    known = {line.id: line for line in first.lines}
    return plan.model_copy(update={"lines": [known.get(line.id, line) for line in plan.lines]})


def priors_of(plan: CampaignPlan) -> LinePriors:
    """Return what the plan expects of its lines on an average day."""
    days = plan.brief.days.value
    spend = np.array([float(line.budget) / days for line in plan.lines])
    clicks = np.array([max(float(line.clicks.value), 1.0) / days for line in plan.lines])
    cvr = np.array([min(max(float(line.cvr.value), 1e-5), 0.9) for line in plan.lines])
    spread = np.array([cv_of(line.cvr) for line in plan.lines])
    return LinePriors(
        spend=np.maximum(spend, 0.01),
        clicks=clicks,
        clicks_cv=np.array([cv_of(line.clicks) for line in plan.lines]),
        half=typical_half(np.maximum(spend, 0.01)),
        cvr=cvr,
        cvr_strength=np.maximum((1 - cvr) / (cvr * spread**2) - 1, 2.0),
        worth=np.array([worth_of(plan, line) for line in plan.lines]),
    )


def worth_of(plan: CampaignPlan, line: Line) -> float:
    """Contribution of one order of a line before advertising, in the plan's currency: also its break-even CPA."""
    orders = float(line.orders.value)
    value = float(line.revenue.value) / orders if orders > 0 and line.revenue.value > 0 else float(plan.brief.order_value.value)
    return max(value * float(plan.brief.margin.value), 0.01)


def cv_of(figure: Figure) -> float:
    """Coefficient of variation of a figure, read from its P10 and P90 as those of a log-normal."""
    if figure.low is None or figure.high is None or figure.low <= 0 or figure.high <= figure.low:
        return USUAL_CV
    return min(max(log(float(figure.high) / float(figure.low)) / (2 * Z90), LEAST_CV), MOST_CV)


def running_now(plan: CampaignPlan, left: float, days_left: int, spent: Array) -> Array:
    """Daily budgets as they are set now (lines,); by the plan, what a line has left over the days left."""
    fair = np.array([max(float(line.budget) - s, 0.0) / max(days_left, 1) for line, s in zip(plan.lines, spent, strict=True)])
    now = [
        0.0 if line.delivery and line.delivery.paused else float(line.delivery.daily) if line.delivery else fair[i]
        for i, line in enumerate(plan.lines)
    ]
    return np.array(now)


def weights_of(line: Line) -> dict[str, float]:
    """Shares of a line's creatives as they are set now; equal while nothing was changed."""
    if line.delivery and line.delivery.weights:
        return {creative: float(share) for creative, share in line.delivery.weights.items()}
    return {creative: 1 / len(line.creatives) for creative in line.creatives}


def bandit_of(plan: CampaignPlan, line: Line, results: Results, seed: int) -> Bandit:
    """Return the bandit of a line's creatives with all that was counted so far."""
    rates = {c.id: float(c.ctr.value) if c.ctr and 0 < c.ctr.value < 1 else None for c in plan.creatives}
    value = worth_of(plan, line)
    bandit = Bandit(
        [Arm(creative, ctr=rates.get(creative), value=value) for creative in line.creatives],
        usual_ctr=min(max(float(line.ctr.value), 1e-5), 0.9),
        usual_cvr=min(max(float(line.cvr.value), 1e-5), 0.9),
        seed=seed,
    )
    for creative in line.creatives:
        for day, (shown, clicks, orders) in enumerate(results.creatives.get((line.id, creative), [])):
            if shown:
                bandit.observe(creative, day=day, impressions=int(shown), clicks=int(clicks), conversions=int(orders))
    return bandit
