"""Whether and how far to move weekly spend, given fitted curves: the best split, taken only as far as a gain is likely.

The expected outcome over the draws is maximised (`allocate`); then the step from today's split is shortened until the outcome
rises in at least 80 % of the draws, and none is taken when not even a tenth of it does. Not covered: seasons ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...data.words import Words, both
from .allocation import Allocation, allocate

if TYPE_CHECKING:
    from .mix import Estimate, FittedCurves

Array = NDArray[np.float64]
LIKELY = 0.8
STEPS = (1.0, 0.75, 0.5, 0.25, 0.1)


@dataclass(frozen=True)
class Advice:
    """Weekly `amounts` by channel and what they bring over today's: `gain` (5 %, median, 95 %), `p_gain` of the step proposed.

    `step` is the part of the way to the best split that is proposed, 0 for "do not move"; `allocation` holds the
    certificate of the best split itself.
    """

    amounts: list[float]
    gain: Estimate
    p_gain: float
    step: float
    words: Words
    allocation: Allocation


def advise(fit: FittedCurves, total: float | None, *, move: float, margin: float, spend: Array | None) -> Advice:
    """Propose a weekly split within `move` of today's (0.3: each channel by at most 30 %).

    `total` is the weekly budget (default: today's), `margin` what is kept of a unit of outcome, `spend` today's weekly
    spend where it is not the newest weeks' mean. Raises as `allocate`.
    """
    from .mix import Estimate

    today = fit.current if spend is None else np.asarray(spend, float)
    money = float(today.sum()) if total is None else total
    scale = money / today.sum()
    base = today * scale
    best = allocate(fit.curves, money, base * (1 - move), base * (1 + move), current=base, margins=margin, min_probability=0.0)
    goal = np.array([float(x) for x in best.amounts])
    before = fit.total(base)
    step, gain = 0.0, np.zeros(len(before))
    sure = 0.0
    for part in STEPS:
        gained = margin * (fit.total(base + part * (goal - base)) - before)
        sure = float((gained > 0).mean())
        if sure >= LIKELY:
            step, gain = part, gained
            break
    amounts = (base + step * (goal - base)).tolist()
    found = Estimate.of(gain)
    return Advice(amounts, found, sure, step, _words(step, sure, found), best)


def _words(step: float, sure: float, gain: Estimate) -> Words:
    if not step:
        return both(
            f"先不动：调整后变好的把握只有 {sure:.0%}，不到 {LIKELY:.0%}。建议先做停投对照，再决定。",
            f"Do not move: a gain is only {sure:.0%} likely, less than {LIKELY:.0%}. Run a hold-out test before deciding.",
        )
    part = "" if step == 1 else f"（只走到最优分法的 {step:.0%}，再多把握不足）"
    part_en = "" if step == 1 else f" ({step:.0%} of the way to the best split; farther is too unsure)"
    return both(
        f"可以调整{part}：每周预计多 {gain.value:,.0f}（{gain.low:,.0f} 到 {gain.high:,.0f}），变好的把握 {sure:.0%}。",
        f"Worth moving{part_en}: about {gain.value:,.0f} more a week ({gain.low:,.0f} to {gain.high:,.0f}), a gain is {sure:.0%} likely.",
    )
