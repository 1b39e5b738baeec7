"""What to change tomorrow: one decision from daily counts, for a plan that runs and for the simulator alike.

`decide` splits the money of an average day left over the lines by their learned curves: at most 30 % up or down for a line, at most
every third day, and only when the chance of a gain is at least 0.8. Stop rules come first. Creatives are the matter of `Bandit`,
the money of each day that of `daily_budget`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .allocation import allocate
from .learning import DailyCounts, Learned, LinePriors, learn
from .stop_rules import Stop, stops

Array = NDArray[np.float64]
MOVE_CAP = 0.3
# Platforms learn anew after each larger change; three days leave them time.
COOLDOWN = 3
MIN_PROBABILITY = 0.8
STOPPING = ("cap", "no_return", "no_orders")


@dataclass(frozen=True)
class Decision:
    """Daily budgets (N,) on an average day left, before and after, and why.

    `gain` is P10, P50 and P90 of the contribution that the move brings over the days left, `p_gain` the chance that it is above 0;
    both None where nothing was weighed. `held` says why nothing moves: ``cooldown``, ``unsure``, ``nothing-left`` or ``nothing-runs``.
    """

    before: Array
    budgets: Array
    stopped: list[Stop]
    moved: bool
    gain: tuple[float, float, float] | None
    p_gain: float | None
    held: str | None
    learned: Learned


def decide(
    priors: LinePriors,
    counts: DailyCounts,
    current: Array,
    money: float,
    days_left: int,
    *,
    spent: Array,
    caps: Array,
    since_move: int,
    fixed: Array | None = None,
    seed: int = 0,
) -> Decision:
    """Decide on the days left of a plan: `current` daily budgets (N,), 0 for a stopped line; `money` left for all lines together.

    `spent` and `caps` are money so far and the most a line may spend (N,); `since_move` days have passed since budgets last moved;
    lines that are `fixed` keep their share, whatever pays.
    """
    learned = learn(priors, counts, seed=seed)
    before = current * (money / days_left / current.sum()) if days_left > 0 and current.sum() > 0 else np.zeros_like(current)
    if days_left <= 0 or money <= 0:
        return Decision(before, np.zeros_like(current), [], False, None, None, "nothing-left", learned)
    stopped = stops(learned, priors, counts, before, spent, caps)
    ended = [stop.line for stop in stopped if stop.rule in STOPPING]
    running = np.flatnonzero((before > 0) & ~np.isin(np.arange(len(before)), ended))
    if not len(running):
        return Decision(before, np.zeros_like(before), stopped, bool(ended), None, None, "nothing-runs", learned)
    cut = np.isin(running, [stop.line for stop in stopped if stop.rule == "cut"])
    if since_move < COOLDOWN and not ended:
        return Decision(before, before, [], False, None, None, "cooldown", learned)
    start = before[running]
    # What a stopped line leaves is shared by the others as they stand, up to the cap; what they may not take stays unspent.
    room = np.minimum((1 + MOVE_CAP) * start, _daily(caps[running] - spent[running], days_left))
    room = np.where(cut, (1 - MOVE_CAP) * start, room)
    low = np.minimum((1 - MOVE_CAP) * start, room)
    if fixed is not None:
        low, room = (np.where(fixed[running], start, part) for part in (low, room))
    total = min(money / days_left, float(room.sum()))
    curve = learned.curve.subset(np.isin(np.arange(len(before)), running))
    best = allocate(curve, total, lower=low, upper=room, min_probability=0.0)
    after = np.zeros_like(before)
    after[running] = best.amounts
    whole = learned.curve
    extra = whole.by_draw(after).sum(0) - whole.by_draw(before).sum(0) - (after.sum() - before.sum())
    low_gain, mid, high = (float(x) * days_left for x in np.percentile(extra, (10, 50, 90)))
    chance = float((extra > 0).mean())
    if not ended and not cut.any() and (chance < MIN_PROBABILITY or mid <= 0):
        return Decision(before, before, stopped, False, (low_gain, mid, high), chance, "unsure", learned)
    return Decision(before, after, stopped, True, (low_gain, mid, high), chance, None, learned)


def _daily(left: Array, days: int) -> Array:
    return np.maximum(left, 0.0) / days
