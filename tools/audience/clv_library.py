"""Customer value fitted by PyMC-Marketing instead of our own maximum likelihood: the extra ``adwright[bayes]``.

The same two models under the library's own priors, at the mode of the posterior: MBG/NBD (BG/NBD in which somebody can leave after
the first purchase; Batislam, Denizel, Filiztekin 2007) and Gamma-Gamma. What comes back are our `Rate` and `Spending`, so all that
follows is computed alike. Not here: sampling the posterior, which takes minutes to hours and moves these values little.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bayesian import pymc_marketing
from .rebuying import FEWEST as FEWEST_CUSTOMERS
from .rebuying import MOST_FITTED, WEEK, Histories, Rate
from .spending import FEWEST, Spending, fit_spending

LEAST = 1e-4


def fit_both(h: Histories) -> tuple[Rate | None, Spending | None]:
    """Return the rate of buying again and the value of an order; None for what too few customers tell, as in our own fit.

    Raises `AdwrightError` (``no-bayes-library``) where PyMC-Marketing is not installed. The first call compiles for about a minute.
    """
    with pymc_marketing():
        return _rate(h), _spending(h)


def _rate(h: Histories) -> Rate | None:
    import pandas as pd

    seen = _some(h, np.flatnonzero(h.age > 0))
    if len(seen) < FEWEST_CUSTOMERS:
        return None
    data = pd.DataFrame({
        "customer_id": np.arange(len(seen)), "frequency": seen.repeats.astype(float), "recency": seen.span / WEEK, "T": seen.age / WEEK
    })  # fmt: skip
    from pymc_marketing.clv import ModifiedBetaGeoModel  # pyright: ignore[reportMissingImports]

    mode = _mode(ModifiedBetaGeoModel(data=data))
    # Where nobody ever leaves the mode lies at 0, at which the formulas have no value.
    return Rate(*(max(mode[name], LEAST) for name in ("r", "alpha", "a", "b")))


def _spending(h: Histories) -> Spending | None:
    import pandas as pd

    ours = fit_spending(h)
    orders = h.repeats + 1
    value = np.maximum(h.spend, 0.0) / orders
    again = _some(h, np.flatnonzero((value > 0) & (h.repeats > 0)))
    if ours is None or len(again) < FEWEST:
        return ours
    # In units of the mean, so that the library's priors mean the same in yen and in dollars.
    data = pd.DataFrame({
        "customer_id": np.arange(len(again)), "frequency": (again.repeats + 1).astype(float), "monetary_value": again.spend / (again.repeats + 1) / ours.mean
    })  # fmt: skip
    from pymc_marketing.clv import GammaGammaModel  # pyright: ignore[reportMissingImports]

    mode = _mode(GammaGammaModel(data=data))
    # An order's expected value needs a mean, which the Gamma-Gamma has only above q = 1.
    return ours._replace(p=mode["p"], q=max(mode["q"], 1.0 + 1e-6), gamma=mode["v"] * ours.mean)


def _some(h: Histories, rows: np.ndarray) -> Histories:
    return h.rows(rows if len(rows) <= MOST_FITTED else rows[np.linspace(0, len(rows) - 1, MOST_FITTED).astype(np.intp)])


def _mode(model: Any) -> dict[str, float]:
    model.fit(method="map", progressbar=False)
    return {str(name): float(value) for name, value in model.fit_summary().items()}
