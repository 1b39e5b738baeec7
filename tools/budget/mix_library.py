"""`fit_curves(method="bayes")`: PyMC-Marketing's media mix model in place of our own sampler, the extra ``adwright[bayes]``.

Geometric carry-over and logistic saturation under the library's own priors (Jin et al. 2017), sampled by NUTS; trend, a yearly season and
the caller's columns as controls. Its draws come back as our curves, so that advice and certificates are computed alike. Minutes, not
seconds: one to two CPU minutes a fit of four channels, twice that with a hold-out. Not here: shapes averaged over, calibration by tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.words import Words, both
from ..bayesian import pymc_marketing
from .mix_model import Posterior, harmonics
from .response_curve import ResponseCurve
from .shapes import LOGISTIC_AT_HALF, half_life
from .weekly import WeeklyHistory

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
LAGS = 8
CHAINS, TUNE, DRAWS = 2, 500, 400
# Above this R-hat the chains tell different stories (Vehtari et al. 2021 ask for 1.01, for many more draws).
CONVERGED = 1.05


def fit(history: WeeklyHistory, *, seed: int) -> Posterior:
    """Return the library's posterior as our curves; raises `AdwrightError` (``no-bayes-library``)."""
    with pymc_marketing():
        model = _fitted(history, seed)
        return _posterior(model, history)


def forecast(known: WeeklyHistory, whole: WeeklyHistory, *, seed: int) -> Array:
    """Return draws of the outcome of the weeks of `whole` after those of `known`, (draws, weeks); raises as `fit`."""
    with pymc_marketing():
        model = _fitted(known, seed)
        ahead = _table(whole, len(known.weeks)).iloc[len(known.weeks) :]
        drawn = model.sample_posterior_predictive(
            ahead, include_last_observations=True, extend_idata=False, progressbar=False, random_seed=seed
        )
        return np.asarray(drawn["y"].transpose("sample", "date").values, float) * float(model.scalers._target)


def _fitted(history: WeeklyHistory, seed: int) -> Any:
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation  # pyright: ignore[reportMissingImports]
    from pymc_marketing.mmm.multidimensional import MMM  # pyright: ignore[reportMissingImports]

    table = _table(history, len(history.weeks))
    model = MMM(
        date_column="date",
        channel_columns=list(_names("spend", history.spend)),
        target_column="y",
        control_columns=["trend", *_names("control", history.controls)],
        yearly_seasonality=harmonics(len(history.weeks)),
        adstock=GeometricAdstock(l_max=LAGS),
        saturation=LogisticSaturation(),
    )
    outcome = table.pop("y")
    model.fit(table, outcome, draws=DRAWS, tune=TUNE, chains=CHAINS, cores=1, progressbar=False, random_seed=seed)
    return model


def _table(history: WeeklyHistory, known: int) -> pd.DataFrame:
    """One row a week; trend and controls in the scale of the first `known` weeks."""
    import pandas as pd

    spread = history.controls[:known].std(0)
    scaled = (history.controls - history.controls[:known].mean(0)) / np.where(spread > 0, spread, 1.0)
    columns = {"date": pd.to_datetime(history.weeks), "trend": np.arange(len(history.weeks)) / known, "y": history.outcome}
    columns |= dict(zip(_names("spend", history.spend), history.spend.T, strict=True))
    return pd.DataFrame(columns | dict(zip(_names("control", history.controls), scaled.T, strict=True)))


def _names(kind: str, columns: Array) -> list[str]:
    """Names of our own: the caller's may clash with the model's variables."""
    return [f"{kind}_{i}" for i in range(columns.shape[1])]


def _posterior(model: Any, history: WeeklyHistory) -> Posterior:
    from arviz import rhat  # pyright: ignore[reportMissingImports]

    found, unit, largest = model.idata.posterior, float(model.scalers._target), history.spend.max(0)

    def drawn(name: str) -> Array:
        stacked = found[name].stack(sample=("chain", "draw"))
        return np.asarray(stacked.transpose("sample", *(d for d in stacked.dims if d != "sample")).values, float)

    top, rate, decay = (drawn(name) for name in ("saturation_beta", "saturation_lam", "adstock_alpha"))
    curves = [
        ResponseCurve.from_mixed_draws(np.ones(len(top), bool), unit * top[:, i], LOGISTIC_AT_HALF * most / rate[:, i], np.ones(len(top)))
        for i, most in enumerate(largest)
    ]
    media = unit * drawn("channel_contribution")
    lags = np.arange(LAGS)
    arrival = np.array([[half_life(a**lags / (a**lags).sum()) for a in row] for row in decay])
    rest = [drawn(name) for name in ("control_contribution", "fourier_contribution")]
    base = drawn("intercept_contribution")[:, None] + sum(part.sum(-1) for part in rest)
    fitted = (unit * base + media.sum(-1)).mean(0)
    worst = max(float(rhat(found[name]).to_array().max()) for name in ("saturation_beta", "saturation_lam", "adstock_alpha"))
    return Posterior(curves, media.sum(1) / history.spend.sum(0), arrival, fitted, _doubts(worst))


def _doubts(worst: float) -> list[Words]:
    said = both(
        "由 PyMC-Marketing 拟合：几何延续、对数几率饱和，先验为该库默认值。",
        "Fitted by PyMC-Marketing: geometric carry-over, logistic saturation, the library's own priors.",
    )
    if worst <= CONVERGED:
        return [said]
    return [
        said,
        both(
            f"抽样的几条链没有完全一致（R-hat {worst:.2f}），区间请从宽看待。",
            f"The chains do not fully agree (R-hat {worst:.2f}): read the ranges generously.",
        ),
    ]
