"""Which model can speak for a target: enough buyers in each window, else the next wider target, else the segments' lifts.

A model of today comes with the record of the same recipe one window ago (`Proof`). Windows are `days` long and end with
the data; the number of buyers per window also tells how far a shop strays from one window to the next.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...data.words import Words, both
from .backtest import stray
from .moments import Past, Target, rows_at
from .propensity import Propensity, auc, fit_propensity
from .reach import held_out

HORIZONS = (30, 14, 7)
WINDOWS = 4
MOST_WINDOWS = 8
# Buyers that each window of a model needs; below, the next wider target is modelled.
LEAST_BUYERS = 30
JUST_BOUGHT = 90
LEAN = 10.0
RARELY = 0.5


class Proof(NamedTuple):
    """The recipe of one window ago against what happened: AUC [point, P10, P90], expected and actual buyers, the reach curve."""

    auc: tuple[float, float, float]
    expected: float
    actual: int
    curve: list[dict[str, float]]


class Chances(NamedTuple):
    """How chances of `target` are told: by a `model` of `modelled` times `share`, or (None) by `rate` per window times a lift."""

    target: Target
    modelled: Target
    days: int
    model: Propensity | None
    proof: Proof | None
    share: float
    rate: float
    spread: float
    notes: list[Words]


def chances(past: Past, target: Target, horizon: int | None = None, seed: int = 0) -> Chances:
    """Find and fit what can speak for `target` in the next `horizon` days (default: 30, less for a young shop)."""
    fits = [h for h in ((horizon,) if horizon else HORIZONS) if (WINDOWS + 1) * h <= past.span]
    days = fits[0] if fits else horizon or HORIZONS[-1]
    n = max(1, min(MOST_WINDOWS, past.span // days))
    own = counts(past, target, days, n)
    wanted: Target | None = target if fits else None
    seen = own
    while wanted is not None and min(seen[:WINDOWS]) < LEAST_BUYERS:
        wanted = wanted.wider()
        seen = counts(past, wanted, days, n) if wanted is not None else own
    if wanted is None:
        note = both(
            "购买记录太少，还不能逐人预测，按人群的购买倾向排序。",
            "Too few purchases for a model of each customer: people are ranked by the tendency of their segment.",
        )
        rate = (own[0] + 0.5) / (past.people() + 1.0)
        return Chances(target, target, days, None, None, 1.0, rate, _spread(own), [note])
    rows = [rows_at(past, wanted, past.end - timedelta(days=days * back), days) for back in range(WINDOWS, 0, -1)]
    then, last = fit_propensity(rows[:2], rows[2], seed), rows[3]
    score = then.score(last.x)
    proof = Proof(
        auc(score, last.bought, last.weight),
        float(score @ last.weight),
        round(float(last.weight[last.bought].sum())),
        held_out(score, last.bought, last.weight),
    )
    share, notes = (1.0, []) if wanted == target else _share(sum(own[:WINDOWS]), sum(seen[:WINDOWS]), wanted)
    return Chances(target, wanted, days, fit_propensity(rows[1:3], last, seed), proof, share, 0.0, _spread(seen), notes)


def counts(past: Past, target: Target, days: int, windows: int) -> list[int]:
    """Return the number of buyers of each window, newest first."""
    sold = past.acts.filter((past.acts.kind == "sale") & target.of(past.acts))
    edges = [(past.end - timedelta(days=days * (i + 1)), past.end - timedelta(days=days * i)) for i in range(windows)]
    asked = {f"w{i}": sold.user_id.nunique(where=(sold.ts >= a) & (sold.ts < b)) for i, (a, b) in enumerate(edges)}
    row = past.engine.arrow(sold.agg(**asked)).to_pylist()[0]
    return [int(row[f"w{i}"] or 0) for i in range(windows)]


def rebuys_less(past: Past, target: Target, days: int) -> bool:
    """Tell whether recent buyers are to be left out: they bought the target again not half as often as others bought it at all."""
    then = past.end - timedelta(days=days)
    if target.level == "anything" or (then - past.first).days < JUST_BOUGHT:
        return False
    before, after = past.buyers(target, then - timedelta(days=JUST_BOUGHT), JUST_BOUGHT), past.buyers(target, then, days)
    n, again, bought, people = past.count(before), past.count(before.semi_join(after, "user_id")), past.count(after), past.people()
    if not n or people <= n:
        return False
    rate = bought / people
    others = (bought - again + LEAN * rate) / (people - n + LEAN)
    return (again + LEAN * rate) / (n + LEAN) < RARELY * others


def _share(mine: int, all_: int, modelled: Target) -> tuple[float, list[Words]]:
    what = {"category": both("同品类的购买", "purchases of its category"), "anything": both("任何购买", "purchases of any kind")}[
        modelled.level
    ]
    if not mine:
        return 1.0, [both(f"近期没有人买过它，人数指的是{what.zh}。", f"Nobody bought it lately: the counts are of {what.en}.")]
    share = min(1.0, mine / all_)
    return share, [both(
        f"单独买它的人太少，按{what.zh}预测，再乘以它所占的 {share:.1%}。",
        f"Too few bought exactly this: predicted from {what.en}, times its share of {share:.1%}.",
    )]  # fmt: skip


def _spread(seen: list[int]) -> float:
    """Return how far counts stray from window to window (log), beyond chance, which comes on top when buyers are counted."""
    errors = []
    for a, b in pairwise(seen):
        error, noise = np.log((a + 0.5) / (b + 0.5)), 1 / (a + 0.5) + 1 / (b + 0.5)
        errors.append(float(np.sqrt(max(0.0, error * error - noise))))
    return stray(errors)
