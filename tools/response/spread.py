"""How far the next campaign's rate may stray from its prediction, and whether intervals made of that hold.

No number of impressions tells how the next campaign will do: campaigns of one kind differ in ways that no column holds. The
Beta strength of a prediction is therefore measured between campaigns, on rows that the model did not learn from.
"""

from __future__ import annotations

import numpy as np

from .past import BETWEEN

# Campaigns that the usual spread counts for, where few were seen.
USUAL = 5.0


def between(p: np.ndarray, label: np.ndarray, campaign: np.ndarray) -> float:
    """Beta pseudo-count of a campaign's rate around its prediction (Beta-binomial, method of moments).

    p and label [n] are of held-out rows, campaign [n] names whose they are: rows of no named campaign ("") tell of no
    spread. The spread seen is averaged with the usual coefficient of variation between campaigns, which counts for `USUAL` of them.

    Example:
        >>> between(model.predict(newest), newest["clicked"], newest["campaign_id"])  # doctest: +SKIP
        410.0
    """
    mean = float(np.clip(p.mean(), 1e-6, 0.5)) if len(p) else 0.01
    p, label, campaign = _named(p, label, campaign)
    _, index = np.unique(campaign, return_inverse=True)
    usual = mean * BETWEEN**2 / (1 - mean)
    n, expected, variance = (np.bincount(index, w) for w in (np.ones(len(p)), p, p * (1 - p)))
    pairs = float((np.maximum(n - 1, 0) * variance).sum())
    seen, campaigns = 0.0, 0.0
    if pairs > 0:
        seen = max(float(((np.bincount(index, label) - expected) ** 2 - variance).sum()) / pairs, 0.0)
        campaigns = float(n.sum() ** 2 / (n**2).sum())
    share = (campaigns * seen + USUAL * usual) / (campaigns + USUAL)
    return max(1 / share - 1, 1.0)


def coverage(p: np.ndarray, label: np.ndarray, campaign: np.ndarray, level: float = 0.8) -> dict[str, float]:
    """Share of campaigns whose count of positives lies in its central interval, by a spread measured on other campaigns.

    Each half of the campaigns is judged with the spread of the other half. Counts are whole numbers, so a count on
    the edge of an interval is inside by the part of its probability that is (the probability integral transform).
    Returns ``covered`` 0..1 and ``campaigns``, those with at least one expected positive.
    """
    from scipy.stats import betabinom

    p, label, campaign = _named(p, label, campaign)
    names, index = np.unique(campaign, return_inverse=True)
    inside: list[float] = []
    for half in (0, 1):
        other = index % 2 != half
        if not other.any():
            continue
        strength = between(p[other], label[other], campaign[other])
        for i in range(half, len(names), 2):
            own = index == i
            n, mean = int(own.sum()), float(p[own].mean())
            if n * mean < 1:
                continue
            k = int(label[own].sum())
            a, b = mean * strength, (1 - mean) * strength
            high, mass = float(betabinom.cdf(k, n, a, b)), float(betabinom.pmf(k, n, a, b))
            low, edges = high - mass, ((1 - level) / 2, (1 + level) / 2)
            inside.append(max(0.0, min(high, edges[1]) - max(low, edges[0])) / max(mass, 1e-300))
    return {"covered": float(np.clip(inside, 0, 1).mean()) if inside else 0.0, "campaigns": float(len(inside))}


def _named(p: np.ndarray, label: np.ndarray, campaign: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    own = campaign != ""
    return p[own], label[own], campaign[own]
