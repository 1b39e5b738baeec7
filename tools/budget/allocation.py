"""`allocate`: the best split of a budget over any response curves, with the certificate that proves it.

Concave curves are solved exactly by Newton on the shared multiplier, S-shaped ones by branch and bound on concave
envelopes; the dual bound is printed as the gap. Also answers how much to spend while it pays, and which budget keeps a
target ROAS or CPA or brings a target revenue, and can make the worst draws of the curves best (CVaR). Not covered: spending over
time. The split inside a campaign plan is `split_budget`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ...data.money import Money, minor_unit
from ...data.words import Words, both
from .allocation_inputs import Amount, Groups, PerLine, Problem, infeasible, read_problem, refuse
from .allocation_targets import Target, spend_for, spend_while_it_pays
from .amounts import Amounts
from .envelope import Solved, solve
from .response_curve import ResponseCurve
from .shares import settle_groups, to_units
from .solver import TINY, Limits, nearest
from .worst_draws import solve_worst, worst_mean

Array = NDArray[np.float64]
OPEN_UNITS = 2**53


@dataclass(frozen=True)
class AllocationCertificate:
    """What proves an allocation: results are before spend, in units of the objective.

    `gap` is relative to `bound`, which no split of the same total exceeds; `marginals` is what one more unit of spend earns
    on each line and `spread` how far those off their bounds differ from the shared `multiplier`. `bound_prices` is what moving
    a line's bound by one unit earns: above 0 raising the upper, below 0 lowering the lower one (0: no bound holds);
    `group_prices` the same by group. `reference` is today's split, scaled to the total and moved inside the limits;
    `gain` what the allocation brings more than that, `p_gain` in which share of draws (None without draws).
    `moved` is False when today's split was kept.
    """

    gap: float
    bound: float
    multiplier: float
    marginals: list[float]
    spread: float
    bound_prices: list[float]
    group_prices: dict[str, float]
    reference: list[float] | None
    reference_value: float | None
    gain: float | None
    p_gain: float | None
    moved: bool
    notes: list[Words]


@dataclass(frozen=True)
class Allocation:
    """Amounts in the order of the curves (money when the question was in money), the total, and the objective's value.

    `value` is the expected margin x revenue - spend for "contribution", revenue for "revenue"; `revenue` is the curves' own result; `worst` is
    the objective's mean over the worst `risk` share of draws (None without `risk`).
    """

    amounts: list[float] | Amounts
    total: float | Money
    value: float
    revenue: float
    certificate: AllocationCertificate
    worst: float | None = None


def allocate(
    curves: ResponseCurve | Sequence[ResponseCurve],
    total: Amount | None = None,
    lower: PerLine = None,
    upper: PerLine = None,
    groups: Groups | None = None,
    current: PerLine = None,
    margins: PerLine = None,
    objective: str = "contribution",
    target_roas: float | None = None,
    *,
    target_cpa: Amount | None = None,
    target_revenue: Amount | None = None,
    order_values: PerLine = None,
    min_probability: float = 0.8,
    move_cap: float | None = None,
    risk: float | None = None,
) -> Allocation:
    """Split `total` over `curves` (N lines) so that the objective is highest.

    `lower`, `upper`, `current`, `margins`, `order_values`: one number or N of them; `groups` maps a name to (line numbers,
    lowest sum, highest sum). Without `total` money is spent while margin x marginal revenue is at least 1. A target finds the
    total itself, `total` then being the most that may be spent: the largest spend that keeps the ROAS or CPA (`order_values` is
    what one order pays; leave it out for curves of orders), the smallest that brings the revenue. `move_cap` 0.3 keeps each
    line within 30 % of `current`. When curves are means over draws and the gain over `current` is positive in fewer than
    `min_probability` of them, `current` is kept. `risk` 0.2 makes the mean of the worst fifth of the draws best instead of the mean of all (CVaR,
    `worst_draws`; needs a total); the certificate then speaks of that mean. Money sums to the total exactly; an amount is never outside its bounds.

    Raises `AdwrightError`: ``infeasible-budget``, ``unreachable-target``, ``no-curves``, ``bad-curve``, ``curve-shape``, ``not-a-number``,
    ``bad-length``, ``bad-margin``, ``bad-group``, ``bad-objective``, ``bad-target``, ``bad-move-cap``, ``bad-risk``, ``currency-mismatch``.
    KKT conditions: Boyd and Vandenberghe 2004, section 5.5; branch and bound: Falk and Soland 1969.

    Example:
        >>> curves = ResponseCurve.hill(scale=[9000, 4000], half=[2000, 500])
        >>> [round(x, 2) for x in allocate(curves, 3000).amounts]
        [2125.0, 875.0]
    """
    problem = read_problem(curves, total, lower, upper, groups, current, margins, objective, move_cap)
    target = _target(problem, target_roas, target_cpa, target_revenue, order_values)
    if risk is not None and (not 0 < risk <= 1 or problem.worth.draws < 2 or problem.total is None or target):
        raise refuse(
            "bad-risk",
            both(
                "risk 要在 0 到 1 之间，并且要有预算总额和带抽样的曲线。",
                "A share of worst draws lies above 0 and up to 1; it needs a total and curves with draws.",
            ),
            both("例如 risk=0.2，曲线用 ResponseCurve.from_draws。", "For example risk=0.2, with curves from ResponseCurve.from_draws."),
        )
    if target:
        money = spend_for(problem, target)
    elif problem.total is not None:
        money = problem.total
    elif objective == "contribution":
        money = spend_while_it_pays(problem)
    else:
        raise refuse(
            "infeasible-budget",
            both("只追求收入时，必须给出预算或目标。", "Revenue alone never says when to stop spending."),
            both("请给 total、目标，或改用 contribution。", "Give a total or a target, or choose contribution."),
        )
    whole = None
    if problem.currency:
        unit = minor_unit(problem.currency)
        whole = round(Decimal(repr(money)) / unit)
        money = whole * float(unit)
        if target and not whole:
            raise target.unreachable(0.0)
    worst = None if risk is None else solve_worst(problem.worth, money, problem.limits, risk)
    solved = worst.solved if worst else solve(problem.worth, money, problem.limits)
    spend = _exact(solved.spend, money, whole, problem)
    return _answer(
        problem, objective, money, whole, solved, spend, target, min_probability, risk, worst.weighted if worst else problem.worth
    )


def _target(problem: Problem, roas: float | None, cpa: Amount | None, revenue: Amount | None, order_values: PerLine) -> Target | None:
    """Return the one target that was given, checked."""
    given = [x for x in (roas, cpa, revenue) if x is not None]
    if len(given) > 1 or any(not 0 < float(x) < np.inf for x in given):
        raise refuse(
            "bad-target",
            both("目标只能给一个，且必须是大于零的数。", "Give one target only, a number above zero."),
            both("目标 ROAS、CPA、收入三选一。", "Choose among target ROAS, CPA and revenue."),
        )
    for amount in (cpa, revenue):
        if isinstance(amount, Money) and problem.currency not in (None, amount.currency):
            raise refuse(
                "currency-mismatch",
                both(
                    f"目标是 {amount.currency}，预算是 {problem.currency}。",
                    f"The target is in {amount.currency}, the budget in {problem.currency}.",
                ),
                both("请先换算成同一种货币。", "Convert to one currency first."),
            )

    def earned(spend: Array) -> float:
        return float(problem.revenue.value(spend).sum())

    if roas is not None:
        return Target(both("目标 ROAS", "A target ROAS of"), float(roas), earned, per_spend=True)
    if revenue is not None:
        return Target(both("目标收入", "A target revenue of"), float(revenue), earned, per_spend=False)
    if cpa is None:
        return None
    values = np.ones(1) if order_values is None else np.asarray([float(x) for x in np.atleast_1d(np.asarray(order_values, object))])
    if not (np.isfinite(values).all() and (values > 0).all() and len(values) in (1, problem.revenue.lines)):
        raise refuse(
            "bad-target",
            both("客单价必须大于零，且每条线一个。", "Order values are above zero, one per line."),
            both("请补全 order_values。", "Complete order_values."),
        )

    def orders(spend: Array) -> float:
        return float((problem.revenue.value(spend) / values).sum())

    return Target(both("目标 CPA", "A target CPA of"), 1 / float(cpa), orders, per_spend=True, inverted=True)


def _add(spend: Array, rest: float, limits: Limits, mine: NDArray[np.bool_]) -> None:
    """Give a rounding error to that of `mine` with most room, where one has it."""
    room = np.where(mine, limits.upper - spend if rest > 0 else spend - limits.lower, -1.0)
    if room.max(initial=-1.0) >= abs(rest):
        spend[int(room.argmax())] += rest


def _exact(spend: Array, money: float, whole: int | None, problem: Problem) -> Array:
    """Take the last rounding error out of the sum; in a currency, round to whole minor units inside the bounds."""
    limits = problem.limits
    if whole is None:
        spend = np.clip(spend, limits.lower, limits.upper)
        for g in np.flatnonzero((limits.sums(spend) < limits.group_lower) | (limits.sums(spend) > limits.group_upper)):
            held = float(limits.sums(spend)[g])
            _add(spend, min(max(held, limits.group_lower[g]), limits.group_upper[g]) - held, limits, limits.group == g)
        rest = money - float(spend.sum())
        sums = limits.sums(spend)
        slack = limits.group_upper - sums if rest > 0 else sums - limits.group_lower
        _add(spend, rest, limits, (slack >= abs(rest))[limits.group])
        return spend
    currency = problem.currency or ""
    unit = float(minor_unit(currency))
    low, high = (np.minimum(x / unit, OPEN_UNITS) for x in (limits.lower, limits.upper))
    units = (
        np.ceil(low - 1e-6).astype(np.int64),
        np.floor(high + 1e-6).astype(np.int64),
        limits.group,
        [0 if x < 0 else to_units(x, currency, up=True) for x in limits.group_lower.tolist()],
        [OPEN_UNITS if np.isinf(x) else to_units(x, currency, up=False) for x in limits.group_upper.tolist()],
    )
    try:
        return np.array(settle_groups(spend / unit, whole, units), float) * unit
    except ValueError as error:
        raise infeasible(both("上下限之间没有整分的金额。", "No amounts in whole minor units fit between the limits.")) from error


def _answer(
    problem: Problem,
    objective: str,
    money: float,
    whole: int | None,
    solved: Solved,
    spend: Array,
    target: Target | None,
    min_probability: float,
    risk: float | None,
    weighted: ResponseCurve,
) -> Allocation:
    """Compare with today's split, keep it where that is better or the gain is too unsure, and write the certificate."""
    limits, worth = problem.limits, problem.worth
    reference = _reference(problem, money, whole, fixed=problem.total is not None and not target)

    def measured(split: Array) -> float:
        return float(worth.value(split).sum()) if risk is None else worst_mean(worth.by_draw(split).sum(0), risk)

    value = measured(spend)
    p_gain, moved, other = None, True, None
    notes: list[Words] = []
    if reference is not None:
        other = measured(reference)
        if worth.draws > 1:
            extra = worth.by_draw(spend).sum(0) - worth.by_draw(reference).sum(0)
            p_gain = float((extra > (spend.sum() - reference.sum() if objective == "contribution" else 0.0)).mean())
        unsure = risk is None and p_gain is not None and p_gain < min_probability
        worse = other > value and abs(reference.sum() - money) <= 1e-9 * money
        if not target and (unsure or worse):
            spend, value, moved = reference, other, bool(np.array_equal(spend, reference))
        if unsure and not target:
            notes.append(
                both(
                    f"更好的概率只有 {p_gain:.0%}，低于 {min_probability:.0%}，所以不动。",
                    f"The chance of a gain is only {p_gain:.0%}, below {min_probability:.0%}: nothing is moved.",
                )
            )
    best = solved.optimum
    own = best.by_group[limits.group]
    marginals = weighted.slopes(spend)[0]
    free = (best.spend > limits.lower) & (best.spend < limits.upper)
    price = np.where(free | (limits.lower == limits.upper), 0.0, weighted.slopes(best.spend)[0] - own)
    price = np.where(
        (best.spend >= limits.upper) & (price > 0) | (best.spend <= limits.lower) & (price < 0) & (limits.lower > 0), price, 0.0
    )
    if objective == "contribution" and best.multiplier < 1 - 1e-6 and problem.total is not None and not target:
        notes.append(
            both(
                "最后一笔钱带来的毛利低于花费：少花更划算。",
                "The last money earns less margin than it costs: spending less would pay more.",
            )
        )
    if target:
        shown = target.shown(target.reached(spend))
        notes.append(
            both(f"{target.name.zh}：实际 {shown:,.4g}。", f"{target.name.en} {target.shown(target.wanted):,.4g}: reached {shown:,.4g}.")
        )
    spent = float(spend.sum())
    certificate = AllocationCertificate(
        gap=max(0.0, (solved.bound - value) / max(abs(solved.bound), TINY)),
        bound=solved.bound,
        multiplier=best.multiplier,
        marginals=marginals.tolist(),
        spread=float(np.abs(weighted.slopes(best.spend)[0][free] / own[free] - 1).max()) if free.any() else 0.0,
        bound_prices=price.tolist(),
        group_prices=dict(zip(problem.names, (best.by_group - best.multiplier).tolist(), strict=False)),
        reference=None if reference is None else reference.tolist(),
        reference_value=other,
        gain=None if other is None else value - other,
        p_gain=p_gain,
        moved=moved,
        notes=notes,
    )
    return Allocation(
        amounts=spend.tolist()
        if problem.currency is None
        else Amounts(np.rint(spend / float(minor_unit(problem.currency))), problem.currency),
        total=spent if problem.currency is None else Money.of(round(spent, 2), problem.currency),
        value=float(worth.value(spend).sum()) - (spent if objective == "contribution" else 0.0),
        revenue=float(problem.revenue.value(spend).sum()),
        certificate=certificate,
        worst=None if risk is None else value - (spent if objective == "contribution" else 0.0),
    )


def _reference(problem: Problem, money: float, whole: int | None, *, fixed: bool) -> Array | None:
    """Return today's split: scaled to a fixed total and moved inside the limits, as it is when the total was sought."""
    today, limits = problem.current, problem.limits
    if today is None or not fixed or today.sum() <= 0:
        return today
    scaled = today * (money / today.sum())
    if not _inside(scaled, limits):
        scaled = nearest(scaled, money, limits)
    return _exact(scaled, money, whole, problem)


def _inside(spend: Array, limits: Limits) -> bool:
    sums = limits.sums(spend)
    lines = (spend >= limits.lower) & (spend <= limits.upper)
    return bool(lines.all() and (sums >= limits.group_lower).all() and (sums <= limits.group_upper).all())
