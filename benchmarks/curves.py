"""Response curves from weekly history with a known answer, beside OLS and penalised least squares: ``python -m benchmarks curves``.

Truth: 130 weeks, four channels, spend that follows the season, normalised carry-over of 8 weeks; "concave" is geometric adstock and
logistic saturation, "S-shaped" a delayed adstock and a Hill curve of slope 2. Media bring a third of the revenue, noise is 6 %. The peers are
written from the approach of a plain media mix fit: OLS on raw spend, and maximum a posteriori by SciPy least squares, six starts, Laplace draws,
geometric and logistic (the concave truth's own form). "Captured" is the part of the possible gain from moving each channel by up to 50 % that
the fit's move really brings; ours moves only as far as a gain is 80 % likely, the peers always move. Then public weekly sets: last 26 weeks.
``--bayes=4`` runs only PyMC-Marketing (`fit_curves(method="bayes")`, the extra ``bayes``) beside ours on so many of the concave seeds: minutes a fit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize

from adwright.tools.budget import fit_curves
from adwright.tools.budget.weekly import WeeklyHistory

Array = NDArray[np.float64]
CHANNELS, WEEKS, LAGS = 4, 130, 8
SEEDS = 8
FRESH = range(200, 216)
DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"


class Truth(NamedTuple):
    """A data set: weekly spend, outcome, and the outcome of a steady weekly spend by channel."""

    spend: Array
    outcome: Array
    value: Callable[[Array], Array]


class Fitted(NamedTuple):
    """What a method says at the mean spend: marginal outcome and media total by draw, and the spend it proposes (and would without caution)."""

    marginal: Array
    total: Array
    proposed: Array
    bold: Array


def make(seed: int, *, shaped: bool) -> Truth:
    """Make one data set; the same numbers for the same seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(WEEKS)
    season = np.sin(2 * np.pi * (t / 52 + rng.random()))
    spend = np.empty((WEEKS, CHANNELS))
    base = rng.lognormal(9, 0.6, CHANNELS)
    for i in range(CHANNELS):
        walk = np.zeros(WEEKS)
        for k in range(1, WEEKS):
            walk[k] = 0.6 * walk[k - 1] + rng.normal(0, 0.35)
        spend[:, i] = base[i] * np.exp(0.35 * season + walk) * (rng.random(WEEKS) > 0.12)
    top, decay, rate, roas = spend.max(0), rng.uniform(0.1, 0.7, CHANNELS), rng.uniform(1.5, 5, CHANNELS), rng.uniform(1, 5, CHANNELS)
    lags = np.arange(LAGS)
    weights = [a**lags for a in decay]
    saturation: Callable[[Array], Array] = lambda z: np.tanh(rate * z / 2)  # noqa: E731
    if shaped:
        other = np.random.default_rng(seed + 10_000)
        peak, decay, half = other.integers(1, 3, CHANNELS), other.uniform(0.3, 0.7, CHANNELS), other.uniform(0.25, 0.7, CHANNELS)
        weights = [a ** ((lags - p) ** 2.0) for a, p in zip(decay, peak, strict=True)]
        saturation = lambda z: z**2 / (half**2 + z**2)  # noqa: E731
    carried = np.stack([np.convolve(spend[:, i], w / w.sum())[:WEEKS] / top[i] for i, w in enumerate(weights)], 1)
    effect = saturation(carried)
    scale = roas * spend.sum(0) / effect.sum(0)
    media = (scale * effect).sum(1)
    mean = 2 * media.mean() * (1 + 0.25 * season + 0.002 * t) + media
    outcome = mean + rng.normal(0, 0.06 * mean.mean(), WEEKS)
    return Truth(spend, outcome, lambda x: scale * saturation(x / top))


def main() -> None:
    """Print the tables."""
    bayes = next((int(arg.partition("=")[2]) for arg in sys.argv if arg.startswith("--bayes=")), 0)
    print(
        "| truth | seeds | method | mROAS error % | media total error % | captured gain %, mean | pooled | worst | captured without caution %, mean | pooled | 90 % interval covers % | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    if bayes:
        for name, method in (("adwright", ours), ("PyMC-Marketing, our caution", library), ("penalised NLS, Laplace", nls)):
            _row(name, method, [make(seed, shaped=False) for seed in range(bayes)], range(bayes), shaped=False)
        return
    for shaped, seeds in ((False, range(SEEDS)), (False, FRESH), (True, range(SEEDS))):
        for name, method in (("adwright", ours), ("penalised NLS, Laplace", nls), ("OLS on raw spend", ols)):
            _row(name, method, [make(seed, shaped=shaped) for seed in seeds], seeds, shaped=shaped)
    _public()


def _row(name: str, method: Callable[[Truth], Fitted], sets: list[Truth], seeds: range, *, shaped: bool) -> None:
    scores, cover = [], []
    for truth in sets:
        start = time.process_time()
        fit = method(truth)
        seconds = time.process_time() - start
        x = truth.spend.mean(0)
        slope = (truth.value(x * 1.0001) - truth.value(x * 0.9999)) / (0.0002 * x)
        total = truth.value(x).sum()
        best = best_split(lambda z, t=truth: t.value(z).sum(), x)
        possible = truth.value(best).sum() - total
        low, high = np.quantile(fit.marginal, (0.05, 0.95), axis=0)
        if len(fit.marginal) > 1:
            cover.append(((low <= slope) & (slope <= high)).mean())
        error, wrong = np.abs(np.median(fit.marginal, 0) / slope - 1).mean(), abs(np.median(fit.total) / total - 1)
        got = [truth.value(z).sum() - total for z in (fit.proposed, fit.bold)]
        scores.append((error, wrong, *got, possible, seconds))
    s = np.array(scores)
    gained, bold = (s[:, k] / s[:, 4] for k in (2, 3))
    pooled = [s[:, k].sum() / s[:, 4].sum() for k in (2, 3)]
    covers = f"{100 * np.mean(cover):.0f}" if cover else "none"
    kind = "S-shaped" if shaped else "concave"
    print(
        f"| {kind} | {seeds.start}-{seeds.stop - 1} | {name} | {100 * s[:, 0].mean():.0f} | {100 * s[:, 1].mean():.1f} | {100 * gained.mean():.0f} | {100 * pooled[0]:.0f} | "
        f"{100 * gained.min():.0f} | {100 * bold.mean():.0f} | {100 * pooled[1]:.0f} | {covers} | {s[:, 5].mean():.2f} |",
        flush=True,
    )


def library(truth: Truth) -> Fitted:
    """The same curves and advice from PyMC-Marketing's posterior."""
    return ours(truth, method="bayes")


def ours(truth: Truth, method: Literal["average", "bayes"] = "average") -> Fitted:
    """`fit_curves` and its advice, as a caller uses them."""
    fit = fit_curves(history_of(truth), holdout_weeks=0, method=method)
    x = truth.spend.mean(0)
    advice = fit.advise(move=0.5, spend=x)
    return Fitted(fit.mroas(x), fit.total(x), np.array(advice.amounts), np.array([float(a) for a in advice.allocation.amounts]))


def history_of(truth: Truth) -> WeeklyHistory:
    """Return a data set as a weekly history."""
    weeks = [date(2022, 1, 3) + timedelta(days=7 * k) for k in range(WEEKS)]
    return WeeklyHistory(weeks, [f"c{i}" for i in range(CHANNELS)], truth.spend, truth.outcome, np.zeros((WEEKS, 0)), [])


def _controls() -> Array:
    t = np.arange(WEEKS)
    waves = [f(2 * np.pi * k * t / 52) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.stack([np.ones(WEEKS), t / WEEKS, *waves], 1)


def ols(truth: Truth) -> Fitted:
    """Linear regression on raw spend: every channel is a straight line."""
    slope = np.linalg.lstsq(np.hstack([_controls(), truth.spend]), truth.outcome, rcond=None)[0][-CHANNELS:]
    slope = np.asarray(slope, dtype=np.float64)
    x = truth.spend.mean(0)
    moved = best_split(lambda z: float(slope @ z), x)
    return Fitted(slope[None], np.array([slope @ x]), moved, moved)


def nls(truth: Truth, starts: int = 6, draws: int = 300) -> Fitted:
    """Maximum a posteriori of geometric adstock and logistic saturation, six random starts, Gaussian draws from the Hessian."""
    spend, unit, controls = truth.spend, truth.outcome.max(), _controls()
    top, lags = spend.max(0), np.arange(LAGS)

    def parts(p: Array) -> tuple[Array, Array, Array, Array]:
        a, b, c, d = np.split(p, (CHANNELS, 2 * CHANNELS, 3 * CHANNELS))
        return 1 / (1 + np.exp(-a)), np.exp(b), np.exp(c), d

    def residuals(p: Array) -> Array:
        decay, rate, scale, level = parts(p)
        media = np.zeros(WEEKS)
        for i in range(CHANNELS):
            w = decay[i] ** lags
            media += scale[i] * np.tanh(rate[i] * np.convolve(spend[:, i], w / w.sum())[:WEEKS] / top[i] / 2)
        a, b, c = p[:CHANNELS], p[CHANNELS : 2 * CHANNELS], p[2 * CHANNELS : 3 * CHANNELS]
        prior = np.concatenate([a + 0.5, (b - np.log(3)) / 0.5, c - np.log(0.15), level[1:] / 0.5])
        return np.concatenate([(truth.outcome / unit - controls @ level - media) / 0.06, prior])

    rng = np.random.default_rng(0)
    tries = []
    for _ in range(starts):
        begin = [rng.normal(-0.5, 0.7, CHANNELS), np.log(3) + rng.normal(0, 0.4, CHANNELS), np.log(0.15) + rng.normal(0, 0.6, CHANNELS)]
        tries.append(least_squares(residuals, np.concatenate([*begin, [0.5], np.zeros(controls.shape[1] - 1)]), max_nfev=60))
    best = min(tries, key=lambda r: r.cost)
    noise = max(float(np.mean(best.fun[:WEEKS] ** 2)), 0.05)
    spread = np.linalg.inv(best.jac.T @ best.jac / noise + 1e-6 * np.eye(len(best.x)))
    drawn = [parts(p) for p in rng.multivariate_normal(best.x, spread, draws)]
    rate, scale = np.array([p[1] for p in drawn]), unit * np.array([p[2] for p in drawn])
    x = spend.mean(0)
    marginal = scale * rate / (2 * top) / np.cosh(rate * x / top / 2) ** 2
    moved = best_split(lambda z: float((scale[:100] * np.tanh(rate[:100] * z / top / 2)).sum(1).mean()), x)
    return Fitted(np.asarray(marginal, dtype=np.float64), (scale * np.tanh(rate * x / top / 2)).sum(1), moved, moved)


def best_split(value: Callable[[Array], float], today: Array) -> Array:
    """Return the best split of today's total within half of each channel's spend (scaled SLSQP, three starts)."""
    total, low, high = today.sum(), 0.5 * today, 1.5 * today
    norm, best = abs(value(today)) + 1e-9, None
    for share in (0.2, 0.5, 0.8):
        start = low + share * (high - low)
        found = minimize(
            lambda u: -value(u * total) / norm,
            np.clip(start * total / start.sum(), low, high) / total,
            method="SLSQP",
            bounds=list(zip(low / total, high / total, strict=True)),
            constraints=[{"type": "eq", "fun": lambda u: u.sum() - 1}],
            options={"ftol": 1e-10, "maxiter": 300},
        )
        if best is None or found.fun < best.fun:
            best = found
    assert best is not None
    return best.x * total


def _public() -> None:
    """Last 26 weeks of public weekly sets, forecast from those before; controls of these weeks known where named."""
    import pandas as pd

    if not DATASETS.is_dir():
        sys.exit(f"public data sets are not at {DATASETS}")
    robyn = pd.read_csv(DATASETS / "mmm_robyn_weekly" / "dt_simulated_weekly.csv")
    meridian = pd.read_csv(DATASETS / "mmm_meridian_sim" / "national_all_channels.csv.gz")
    meridian["revenue"] = meridian["conversions"] * meridian["revenue_per_conversion"]
    pymc = pd.read_csv(DATASETS / "mmm_pymc" / "mmm_example.csv")
    spends = [c for c in robyn.columns if c.endswith("_S")]
    known = [c for c in meridian.columns if c.endswith("_control")] + ["Promo"]
    print(
        "\n| set | controls known ahead | MAPE of the last 26 weeks % | same weeks a year ago % | 80 % interval covers % | R2 of the fit | CPU s with this check |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, frame, channels, outcome, day, controls in (
        ("Robyn weekly", robyn, spends, "revenue", "DATE", []),
        ("Robyn weekly", robyn, spends, "revenue", "DATE", ["competitor_sales_B", "newsletter"]),
        ("Meridian national", meridian, [c for c in meridian.columns if c.endswith("_spend")], "revenue", "time", known),
        ("PyMC-Marketing example", pymc, ["x1", "x2"], "y", "date_week", ["event_1", "event_2"]),
    ):
        start = time.process_time()
        fit = fit_curves(frame, channels=channels, outcome=outcome, date_column=day, controls=controls, holdout_weeks=26)
        seconds, check = time.process_time() - start, fit.holdout
        assert check is not None and check.naive_mape is not None
        print(
            f"| {name} | {', '.join(controls) or 'none'} | {100 * check.mape:.1f} | {100 * check.naive_mape:.1f} | {100 * check.covered:.0f} | {fit.r2:.2f} | {seconds:.2f} |",
            flush=True,
        )
