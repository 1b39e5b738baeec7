"""`fit_curves`: response curves of channels from weekly history, with honest intervals.

Shapes are averaged over, not chosen (`shapes`, `mix_sampler`, `mix_model`), or PyMC-Marketing is asked (`mix_library`). Every quantity
is of a steady weekly spend, carry-over included. Not covered: causes that the table does not hold - where an interval decides, test
with a hold-out (`plan_holdout`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ...data.words import Words, both
from .mix_model import HoldOut, MixModel, Posterior, allocatable, forecast, judged
from .response_curve import ResponseCurve
from .weekly import WeeklyHistory, read_weekly

if TYPE_CHECKING:
    import pandas as pd

    from .mix_advice import Advice

Array = NDArray[np.float64]
HOLD_OUT = 13
# Weeks of the newest spend that count as today's.
RECENT = 13


@dataclass(frozen=True)
class Estimate:
    """Median and 5 % to 95 % of the draws."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: Array) -> Estimate:
        """Summarise draws."""
        low, value, high = np.quantile(draws, (0.05, 0.5, 0.95)).tolist()
        return cls(value, low, high)


@dataclass(frozen=True)
class ChannelFit:
    """One channel: outcome per unit of spend over the history (`roas`), of one more unit at today's spend (`mroas`), its share of
    the outcome, weeks until half of an effect has arrived, and `learnt` False where the spend hardly varied."""

    channel: str
    spend: float
    roas: Estimate
    mroas: Estimate
    share: Estimate
    half_life: Estimate
    learnt: bool


@dataclass(frozen=True)
class FittedCurves:
    """What `fit_curves` learnt; `curves` are of steady weekly spend and go into `allocate` in the order of `channels`.

    `posterior` holds the same curves with all draws, for intervals; `current` is the mean weekly spend of the last 13 weeks.
    """

    history: WeeklyHistory
    channels: list[str]
    curves: list[ResponseCurve]
    posterior: list[ResponseCurve]
    current: Array
    results: list[ChannelFit]
    r2: float
    holdout: HoldOut | None
    notes: list[Words]

    def mroas(self, spend: Array | None = None) -> Array:
        """Return the marginal outcome per unit of spend in each draw, (draws, channels), at `spend` a week (default: today's)."""
        at = self.current if spend is None else np.asarray(spend, float)
        step = np.maximum(1e-4 * at, 1e-9)
        ends = [[c.by_draw([x + d])[0] for c, x, d in zip(self.posterior, at, sign * step, strict=True)] for sign in (0, 1)]
        return (np.array(ends[1]) - np.array(ends[0])).T / step

    def total(self, spend: Array | None = None) -> Array:
        """Return the outcome a week that media bring in each draw, (draws,), at steady `spend`."""
        at = self.current if spend is None else np.asarray(spend, float)
        return np.sum([c.by_draw([x])[0] for c, x in zip(self.posterior, at, strict=True)], axis=0)

    def advise(self, total: float | None = None, *, move: float = 0.3, margin: float = 1.0, spend: Array | None = None) -> Advice:
        """Say how to move the weekly spend, and how sure a gain is; see `mix_advice.advise`."""
        from .mix_advice import advise

        return advise(self, total, move=move, margin=margin, spend=spend)


def fit_curves(
    history: pd.DataFrame | WeeklyHistory,
    *,
    channels: Sequence[str] | None = None,
    outcome: str = "outcome",
    date_column: str = "date",
    controls: Sequence[str] = (),
    today: date | None = None,
    holdout_weeks: int = HOLD_OUT,
    method: Literal["average", "bayes"] = "average",
    seed: int = 0,
) -> FittedCurves:
    """Fit response curves to a weekly history, long or wide (see `read_weekly` for columns and the errors it raises).

    Units are the caller's: spend in currency, outcome in revenue or orders a week. `holdout_weeks` are forecast from the weeks
    before them to show the error (0: not done; also not below 52 weeks of history). Half a CPU second for four channels.
    `method` ``bayes`` fits by PyMC-Marketing (`mix_library`, minutes; raises `AdwrightError` ``no-bayes-library``).

    Example:
        >>> fit = fit_curves(frame, channels=["tv", "search"], outcome="revenue")  # doctest: +SKIP
        >>> allocate(fit.curves, 50_000, current=fit.current).amounts  # doctest: +SKIP
    """
    if not isinstance(history, WeeklyHistory):
        history = read_weekly(history, channels=channels, outcome=outcome, date_column=date_column, controls=controls, today=today)
    active = [i for i in range(len(history.channels)) if history.spend[:, i].sum() > 0]
    history = WeeklyHistory(
        history.weeks,
        [history.channels[i] for i in active],
        history.spend[:, active],
        history.outcome,
        history.controls,
        history.control_names,
    )
    if method == "bayes":
        from . import mix_library

        learnt, ahead = mix_library.fit(history, seed=seed), mix_library.forecast
    else:
        model = MixModel.of(history)
        learnt, ahead = model.posterior(model.draw(chains=12, sweeps=124, burn=40, thin=3, seed=seed)), forecast
    curves = [allocatable(curve, most) for curve, most in zip(learnt.curves, history.spend.max(0), strict=True)]
    r2 = 1 - ((history.outcome - learnt.fitted) ** 2).sum() / ((history.outcome - history.outcome.mean()) ** 2).sum()
    current = history.spend[-RECENT:].mean(0)
    checked = None
    if holdout_weeks and len(history.weeks) >= max(52, 3 * holdout_weeks):
        checked = judged(ahead(history.first(len(history.weeks) - holdout_weeks), history, seed=seed), history)
    notes = learnt.notes + _notes(history, current, checked)
    fit = FittedCurves(history, history.channels, curves, learnt.curves, current, [], float(r2), checked, notes)
    return replace(fit, results=_results(fit, learnt))


def _results(fit: FittedCurves, learnt: Posterior) -> list[ChannelFit]:
    history, marginal = fit.history, fit.mroas()
    total = history.outcome.sum()
    return [
        ChannelFit(
            channel=name,
            spend=float(fit.current[i]),
            roas=Estimate.of(learnt.roi[:, i]),
            mroas=Estimate.of(marginal[:, i]),
            share=Estimate.of(learnt.roi[:, i] * history.spend[:, i].sum() / total),
            half_life=Estimate.of(learnt.arrival[:, i]),
            learnt=name not in history.still,
        )
        for i, name in enumerate(history.channels)
    ]


def _notes(history: WeeklyHistory, current: Array, checked: HoldOut | None) -> list[Words]:
    notes = [
        both(
            f"依据 {len(history.weeks)} 周（{history.weeks[0]} 起）的相关关系，不是实验；区间为 5% 到 95%。",
            f"From {len(history.weeks)} weeks (since {history.weeks[0]}) of what moved together, not from an experiment; ranges are 5 % to 95 %.",
        )
    ]
    if len(history.weeks) < 104:
        notes.append(
            both(
                "不足两年，季节和投放难以分开，区间可能偏窄。",
                "Less than two years: season and spend are hard to tell apart, and the ranges may be too narrow.",
            )
        )
    for name in history.still:
        notes.append(
            both(
                f"{name}的花费几乎没变或投放周数太少，它的曲线主要来自假设。",
                f"Spend on {name} hardly varied, or it ran in few weeks: its curve is mostly assumption.",
            )
        )
    beyond = [n for n, now, most in zip(history.channels, current, history.spend.max(0), strict=True) if now > 0.9 * most]
    if beyond:
        notes.append(
            both(
                f"{'、'.join(beyond)}现在的花费已接近历史最高，再加就是外推。",
                f"{', '.join(beyond)}: today's spend is near the highest seen, more would be extrapolation.",
            )
        )
    if checked and checked.naive_mape is not None and checked.mape > checked.naive_mape:
        notes.append(
            both(
                f"最后 {checked.weeks} 周的预测误差 {checked.mape:.0%}，不如直接用去年同期（{checked.naive_mape:.0%}）：请谨慎使用。",
                f"The last {checked.weeks} weeks were forecast with an error of {checked.mape:.0%}, worse than last year's weeks "
                f"({checked.naive_mape:.0%}): use with care.",
            )
        )
    return notes
