"""Order within groups: AUC of the impressions of one user (or campaign, or channel), averaged with impressions as weights.

gAUC (Zhou et al. 2018, DIN) asks whether a model orders what one person was shown; the plain AUC also counts telling busy clickers
from others, which no choice of an ad can use. Groups without both outcomes say nothing and are left out.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

# The first of these columns, finest first, in which enough groups have both outcomes.
COLUMNS = (r"(user|visitor|customer|member|device)(_?id)?|uid", r"campaign(_?id)?", r"channel")
LEAST_GROUPS = 20
DRAWS = 200


def gauc(p: np.ndarray, y: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUC of every group with both outcomes and its rows, each [groups]; ties count half, rows of no named group ("") are left out.

    p and y [n] are predictions and labels, group [n] names whose they are.

    Example:
        >>> areas, rows = gauc(p, y, users)  # doctest: +SKIP
        >>> areas @ rows / rows.sum()  # doctest: +SKIP
        0.61
    """
    from scipy.stats import rankdata

    _, code = np.unique(group, return_inverse=True)
    n, hits = np.bincount(code), np.bincount(code, y)
    mixed = (hits > 0) & (hits < n)
    own = np.flatnonzero(mixed[code] & (group != ""))
    own = own[np.argsort(code[own], kind="stable")]
    parts = np.split(own, np.flatnonzero(np.diff(code[own])) + 1) if len(own) else []
    areas = []
    for rows in parts:
        positives = y[rows].sum()
        above = rankdata(p[rows])[y[rows] > 0].sum() - positives * (positives + 1) / 2
        areas.append(above / (positives * (len(rows) - positives)))
    return np.asarray(areas, np.float64), np.asarray([len(rows) for rows in parts], np.float64)


def within(p: np.ndarray, y: np.ndarray, groups: dict[str, np.ndarray], seed: int = 0) -> dict[str, Any]:
    """Return ``gauc`` by the finest of `groups` that has `LEAST_GROUPS` groups with both outcomes, ``by``, ``groups``, ``rows``, ``interval``.

    `groups` are columns [n] by name, finest first. The interval is a 95 % bootstrap of groups. Empty when no column has enough.
    """
    for name, column in groups.items():
        areas, rows = gauc(p, y, column)
        if len(areas) < LEAST_GROUPS:
            continue
        w = np.random.default_rng(seed).poisson(1.0, (DRAWS, len(areas))) * rows
        drawn = (w @ areas) / np.maximum(w.sum(axis=1), 1e-12)
        low, high = np.quantile(drawn[w.sum(axis=1) > 0], [0.025, 0.975])
        value = float(areas @ rows / rows.sum())
        return {"gauc": value, "by": name, "groups": len(areas), "rows": int(rows.sum()), "interval": [float(low), float(high)]}
    return {}


def columns(frame: Any) -> dict[str, np.ndarray]:
    """Return the columns of a table that may group its rows, finest first, as text with "" for missing."""
    found = {}
    for pattern in COLUMNS:
        name = next((str(c) for c in frame if re.fullmatch(pattern, str(c).lower().removeprefix("cat_"))), None)
        if name is not None:
            column = frame[name]
            found[name] = np.where(column.isna(), "", column.astype(str))
    return found
