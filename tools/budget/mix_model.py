"""The regression behind `fit_curves`: controls projected out, residuals whitened, draws turned into curves and forecasts.

Controls are level, trend, a yearly season of up to three harmonics and the caller's own columns; all but level and trend are
penalised. Residuals that follow one another are whitened (Cochrane and Orcutt 1949), or the intervals would be too short.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...data.words import Words
from .mix_sampler import MEDIA_SHARE, Draws, Problem, sample
from .response_curve import ResponseCurve
from .shapes import half_life, shapes
from .weekly import WeeklyHistory

Array = NDArray[np.float64]
YEAR = 365.25 / 7
# Autocorrelation of residuals below this is left alone.
LEAST_RHO = 0.1
# Penalty of a harmonic by its number, and of the caller's standardised columns: residual sd over the prior sd of the effect.
SEASON_PENALTY, CONTROL_PENALTY = 0.5, 0.5


@dataclass(frozen=True)
class HoldOut:
    """Mean absolute percentage error of the last `weeks`, forecast from those before them, beside the same weeks a year ago.

    `covered` is the share of these weeks inside their 80 % interval.
    """

    weeks: int
    mape: float
    naive_mape: float | None
    covered: float


@dataclass(frozen=True)
class Posterior:
    """What a fit learnt, whoever made it: `curves` over the draws, per draw and channel the outcome per unit of spend (`roi`) and the
    weeks until half of an effect has arrived (`arrival`), the `fitted` outcome of each week, and what has to be said of the fit."""

    curves: list[ResponseCurve]
    roi: Array
    arrival: Array
    fitted: Array
    notes: list[Words]


@dataclass(frozen=True)
class MixModel:
    """`design` (weeks, k) of the controls with the `penalty` of each; `effects` (shapes, weeks) per channel, scaled to ROI."""

    history: WeeklyHistory
    design: Array
    penalty: Array
    rho: float
    effects: list[Array]

    @classmethod
    def of(cls, history: WeeklyHistory) -> MixModel:
        """Prepare the regression; a short run tells how residuals follow one another."""
        design, penalty = controls_of(history, len(history.weeks))
        effects = []
        for spend in history.spend.T:
            effect = shapes().effects(spend, spend.max())
            effects.append(effect * (spend.sum() / effect.sum(1))[:, None])
        plain = cls(history, design, penalty, 0.0, effects)
        left = history.outcome - plain.media(plain.draw(chains=8, sweeps=16, burn=8, thin=4, seed=0)).mean(0)
        left = left - design @ plain.coefficients(left)
        rho = float(np.clip((left[1:] * left[:-1]).sum() / max(float((left**2).sum()), 1e-300), 0, 0.8))
        return replace(plain, rho=rho if rho > LEAST_RHO else 0.0)

    def draw(self, *, chains: int, sweeps: int, burn: int, thin: int, seed: int) -> Draws:
        """Sample the posterior."""
        basis = np.linalg.qr(np.vstack([_whiten(self.design.T, self.rho).T, np.diag(self.penalty)]))[0]

        def free(rows: Array) -> Array:
            padded = np.hstack([_whiten(rows, self.rho), np.zeros((len(rows), len(self.penalty)))])
            return padded - (padded @ basis) @ basis.T

        problem = Problem(
            y=free(self.history.outcome[None])[0],
            effects=[free(effect) for effect in self.effects],
            log_prior=shapes().log_prior,
            roi=max(MEDIA_SHARE * float(np.abs(self.history.outcome).sum() / self.history.spend.sum()), 1e-12),
            dof=max(len(self.history.weeks) - len(self.penalty), 4),
        )
        return sample(problem, chains=chains, sweeps=sweeps, burn=burn, thin=thin, seed=seed)

    def media(self, draws: Draws) -> Array:
        """Return what media brought, (draws, weeks)."""
        parts = [draws.roi[:, i, None] * effect[draws.shape[:, i]] for i, effect in enumerate(self.effects)]
        return np.sum(parts, axis=0)

    def curves(self, draws: Draws) -> list[ResponseCurve]:
        """Return the steady-state curve of each channel over the draws."""
        table = shapes()
        result = []
        for i, spend in enumerate(self.history.spend.T):
            form = draws.shape[:, i] % table.saturations
            half = table.half[form] * spend.max()
            result.append(ResponseCurve.from_mixed_draws(table.logistic[form], self._tops(draws, i), half, table.power[form]))
        return result

    def posterior(self, draws: Draws) -> Posterior:
        """Return what the draws say."""
        table = shapes()
        media = self.media(draws).mean(0)
        fitted = media + self.design @ self.coefficients(self.history.outcome - media)
        arrival = np.array([half_life(weights) for weights in table.carry])
        return Posterior(self.curves(draws), draws.roi, arrival[draws.shape // table.saturations], fitted, [])

    def _tops(self, draws: Draws, i: int) -> Array:
        """Return the outcome at full saturation of channel i in each draw: the effects of a shape are scaled by it."""
        spend = self.history.spend[:, i]
        return draws.roi[:, i] * spend.sum() / shapes().effects(spend, spend.max()).sum(1)[draws.shape[:, i]]

    def coefficients(self, rest: Array) -> Array:
        """Return the penalised coefficients of the controls on `rest`, (weeks) or (draws, weeks)."""
        design = _whiten(self.design.T, self.rho).T
        found = np.linalg.solve(self._precision(design), design.T @ _whiten(np.atleast_2d(rest), self.rho).T)
        return np.asarray(found.T.squeeze(), dtype=np.float64)

    def _precision(self, design: Array) -> Array:
        return design.T @ design + np.diag(self.penalty**2 + 1e-9)

    def predict(self, whole: WeeklyHistory, draws: Draws, seed: int) -> Array:
        """Return draws of the outcome of each week of `whole`, which begins with the weeks of the fit; (draws, weeks)."""
        ahead, _ = controls_of(whole, len(self.history.weeks))
        rng = np.random.default_rng([seed, 7])
        media = np.zeros((len(draws.noise), len(whole.weeks)))
        for i, spend in enumerate(whole.spend.T):
            effects = shapes().effects(spend, self.history.spend[:, i].max())
            media += self._tops(draws, i)[:, None] * effects[draws.shape[:, i]]
        root = np.linalg.cholesky(np.linalg.inv(self._precision(_whiten(self.design.T, self.rho).T)))
        sd = np.sqrt(draws.noise)[:, None]
        coefficients = np.atleast_2d(self.coefficients(self.history.outcome - self.media(draws)))
        coefficients = coefficients + sd * (rng.standard_normal(coefficients.shape) @ root.T)
        noise = sd / np.sqrt(1 - self.rho**2) * rng.standard_normal(media.shape)
        return np.asarray(media + coefficients @ ahead.T + noise, dtype=np.float64)


def allocatable(curve: ResponseCurve, largest: float) -> ResponseCurve:
    """Return a curve that `allocate` can split: the mean over draws where it bends at most once, from S-shape to concave.

    Where concave and S-shaped draws mix so that it does not, the draws of the less likely kind are replaced by others; where
    that does not help either, the medians of the parameters stand for the draws.
    """
    if _bends_once(curve, largest):
        return curve
    concave = (curve.is_logistic | (curve.power <= 1))[0]
    mine = np.flatnonzero(concave == (concave.mean() >= 0.5))
    take = mine[np.arange(curve.draws) % len(mine)]
    kept = ResponseCurve(curve.is_logistic[:, take], curve.top[:, take], curve.log_half[:, take], curve.power[:, take])
    if _bends_once(kept, largest):
        return kept
    top, log_half, power = (float(np.median(part)) for part in (kept.top, kept.log_half, kept.power))
    return ResponseCurve.hill(top, np.exp(log_half), power)


def _bends_once(curve: ResponseCurve, largest: float) -> bool:
    at = largest * np.geomspace(1e-6, 1e3, 160)
    slope, bend = (np.array(x) for x in zip(*(curve.slopes(np.array([x])) for x in at), strict=True))
    convex = (bend[:, 0] * at) > 1e-7 * slope[:, 0]
    return not (convex[1:] & ~convex[:-1]).any()


def controls_of(history: WeeklyHistory, known: int) -> tuple[Array, Array]:
    """Return the design (weeks, k) and the penalties (k); trend and columns are scaled by the first `known` weeks."""
    t = np.array([day.toordinal() for day in history.weeks]) / 7.0
    columns = [np.ones(len(t)), (t - t[:known].mean()) / known]
    penalty = [0.0, 0.0]
    for k in range(1, harmonics(known) + 1):
        columns += [np.sin(2 * np.pi * k * t / YEAR), np.cos(2 * np.pi * k * t / YEAR)]
        penalty += [SEASON_PENALTY * k] * 2
    for column in history.controls.T:
        spread = column[:known].std()
        if spread > 0:
            columns.append((column - column[:known].mean()) / spread)
            penalty.append(CONTROL_PENALTY)
    return np.stack(columns, 1), np.array(penalty)


def harmonics(weeks: int) -> int:
    """Return how many waves a year so many weeks can tell."""
    return 3 if weeks >= 104 else 2 if weeks >= 52 else 1


def forecast(known: WeeklyHistory, whole: WeeklyHistory, *, seed: int) -> Array:
    """Return draws of the outcome of the weeks of `whole` after those of `known`, their spend and controls given; (draws, weeks)."""
    model = MixModel.of(known)
    draws = model.draw(chains=12, sweeps=70, burn=30, thin=4, seed=seed)
    return model.predict(whole, draws, seed)[:, len(known.weeks) :]


def judged(predicted: Array, history: WeeklyHistory) -> HoldOut:
    """Hold draws of the last weeks, (draws, weeks), against what came."""
    weeks = predicted.shape[1]
    known = len(history.weeks) - weeks
    truth = history.outcome[known:]
    low, value, high = np.quantile(predicted, (0.1, 0.5, 0.9), axis=0)
    size = np.maximum(np.abs(truth), 1e-12)
    naive = None
    if known >= round(YEAR):
        before = history.outcome[known - round(YEAR) : len(history.weeks) - round(YEAR)]
        naive = float((np.abs(before - truth) / size).mean())
    return HoldOut(weeks, float((np.abs(value - truth) / size).mean()), naive, float(((low <= truth) & (truth <= high)).mean()))


def _whiten(rows: Array, rho: float) -> Array:
    """Return v(t) - rho v(t - 1) for each row; the first entry is scaled to the same variance."""
    if not rho:
        return rows
    return np.hstack([rows[:, :1] * np.sqrt(1 - rho**2), rows[:, 1:] - rho * rows[:, :-1]])
