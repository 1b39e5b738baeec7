"""Today's budget where a platform takes only daily budgets: what is left, shared over the days left by the plan's curve.

Covers platforms that may spend more than the daily budget on a busy day (their overdelivery) and less on a slow one. Bids are
not ours here; where they are, see `pacing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.words import both
from .shares import apportion, in_units, to_units


def daily_budget(
    total: Money, spent: Money, curve: Sequence[float], day: int, *, overdelivery: float = 1.0, delivered: float = 1.0
) -> Money:
    """Return the budget to set for `day` (0 = the first) of a campaign.

    `curve` weighs every day of the campaign, e.g. by forecast demand; `spent` is what the days before cost. `overdelivery` (at least
    1) is how many times its daily budget the platform may spend on one day: the budget set never exceeds what is left divided by
    it, so that the total holds. `delivered` (0..1] is the share of the budgets set that was really spent so far; less than 1
    raises the budget set. Nothing left means a budget of zero: stop. Raises `AdwrightError` (``bad-pacing``) for a day outside the
    curve, weights or factors that cannot be, or two currencies.

    Example:
        >>> daily_budget(Money.of(Decimal(100), "CNY"), Money.of(Decimal(40), "CNY"), [1, 1, 2, 2], day=2).text()
        '¥30.00'
    """
    if total.currency != spent.currency:
        raise _bad(f"{total.currency} / {spent.currency}")
    if not 0 <= day < len(curve) or min(curve) < 0 or not sum(curve) < float("inf"):
        raise _bad(f"day {day} / {len(curve)}")
    if not (1 <= overdelivery < float("inf") and 0 < delivered <= 1) or total.amount < 0 or spent.amount < 0:
        raise _bad(f"overdelivery {overdelivery}, delivered {delivered}, {total.text()}, {spent.text()}")
    left = max(in_units(total) - in_units(spent), 0)
    planned = apportion(left, [float(weight) for weight in curve[day:]])[0]
    cap = int(Decimal(left) / Decimal(repr(overdelivery)))
    units = min(int(planned / delivered), cap)
    return Money.of(Decimal(units) / Decimal(to_units(1.0, total.currency, up=False)), total.currency)


def _bad(given: str) -> AdwrightError:
    return AdwrightError(
        both(f"无法计算当日预算：{given}。", f"No budget can be set for the day: {given}."),
        both("请检查日期、每日权重和币种。", "Check the day, the weights of the days and the currency."),
        code="bad-pacing",
    )
