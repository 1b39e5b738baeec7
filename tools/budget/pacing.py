"""Bids that make a budget last and buy the best of the day: dual pacing, where every bid is ours.

Bid = value / (1 + multiplier); the multiplier rises when an auction costs more than the budget allows per auction left, and
falls otherwise (adaptive pacing, Balseiro and Gur 2019). How many auctions are left is forecast from the plan of the day and how
the traffic so far compares with it, so that a rush does not empty the budget. Where some hours are worth more than others, money is
kept for them: at one multiplier a day, spend per auction grows about with the square of its value, since more is won and dearer. For second-price auctions; under first price the
bids have to be shaded elsewhere. Where only daily budgets can be set, see `daily_pacing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

from ...data.errors import AdwrightError
from ...data.words import both

# Step of the multiplier, in units of 1 / root of the auctions forecast.
STEP = 0.5


class Pacer:
    """Paces one budget over one day.

    `budget` is the money of the day; `plan` forecasts the auctions of each slot of the day (e.g. 24 hours), in order; `worth` is the
    mean value of an auction in each slot, in any unit, such as yesterday's (left out: the same all day). Call
    `bid(value, slot)` for each auction, then `settle(cost)` with what was paid (0 when lost). Raises `AdwrightError`
    (``bad-pacing``) for a budget, plan, value, slot or cost that cannot be.

    Example:
        >>> pacer = Pacer(10.0, [100, 100])
        >>> round(pacer.bid(2.0, slot=0), 2)
        1.0
        >>> pacer.settle(0.4)
        >>> round(pacer.spent, 2)
        0.4
    """

    def __init__(self, budget: float, plan: Sequence[float], worth: Sequence[float] | None = None) -> None:
        _check(isfinite(budget) and budget > 0, f"budget {budget}")
        _check(len(plan) > 0 and min(plan) >= 0 and isfinite(sum(plan)) and sum(plan) > 0, "plan")
        worth = [1.0] * len(plan) if worth is None else worth
        _check(len(worth) == len(plan) and all(isfinite(value) and value > 0 for value in worth), "worth")
        self._budget, self._left, self._plan = budget, budget, list(plan)
        self._weight = [value**2 for value in worth]
        self._step = STEP / sqrt(sum(plan))
        self._multiplier, self._offered = 1.0, 0.0
        self._slot, self._seen, self._pace = 0, 0, 1.0
        weighed = [part * weight for part, weight in zip(plan, self._weight, strict=True)]
        self._later = [sum(weighed[i + 1 :]) for i in range(len(plan))]

    @property
    def spent(self) -> float:
        """Money paid so far, never above the budget."""
        return self._budget - self._left

    @property
    def multiplier(self) -> float:
        """The shadow price of the budget: what one more unit of money would earn beyond itself."""
        return self._multiplier

    def bid(self, value: float, slot: int) -> float:
        """Return the bid for an auction worth `value` in `slot`, never above the money left, so that the cap holds by itself."""
        _check(isfinite(value) and value >= 0 and self._slot <= slot < len(self._plan), f"value {value}, slot {slot}")
        if slot > self._slot:
            self._turn_to(slot)
        self._seen += 1
        self._offered = min(value / (1 + self._multiplier), self._left)
        return self._offered

    def settle(self, cost: float) -> None:
        """Tell what the auction of the last bid cost: 0 when lost, otherwise at most the bid."""
        _check(0 <= cost <= self._offered, f"cost {cost} for a bid of {self._offered}")
        allowed = self._left / max(self._expected(), 1.0)
        self._left -= cost
        self._offered = 0.0
        if allowed > 0:
            self._multiplier = max(0.0, self._multiplier - self._step * (1 - cost / allowed))

    def _expected(self) -> float:
        """Auctions still to come, as many of this slot's as take the same money: its rest and the slots after it, at the traffic's pace."""
        pace = max(self._pace, self._seen / self._plan[self._slot]) if self._plan[self._slot] else self._pace
        return max(self._plan[self._slot] * pace - self._seen, 0.0) + self._later[self._slot] * pace / self._weight[self._slot]

    def _turn_to(self, slot: int) -> None:
        planned = self._plan[self._slot]
        if planned:
            self._pace = self._seen / planned
        self._slot, self._seen = slot, 0


def _check(holds: bool, given: str) -> None:
    if not holds:
        raise AdwrightError(
            both(f"无法控制投放节奏：{given} 不可用。", f"The budget cannot be paced: {given} is out of range."),
            both(
                "预算须为正，计划为各时段的预计流量，时段只能往前，成交价不能高于出价。",
                "The budget is positive, the plan holds each slot's traffic, slots only go forward, a cost never exceeds its bid.",
            ),
            code="bad-pacing",
        )
