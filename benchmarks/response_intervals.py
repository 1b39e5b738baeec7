"""Do the 80 % intervals of campaigns' clicks hold? Coverage on the newest rows, which nothing was trained on.

`python -m benchmarks response_intervals` (`--seeds=5`): demo shops, and worlds whose campaigns stray from what their columns say by a
known amount. The bar is 75-85 %. Beside ours stands the binomial interval, which knows of no spread between campaigns.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROWS, CAMPAIGNS = 120_000, 300
SPREADS = (0.0, 0.3, 0.6)
LEVEL = 0.8


def main() -> None:
    """Print the table."""
    seeds = int(next((a.split("=")[1] for a in sys.argv if a.startswith("--seeds=")), 5))
    print("| data | seeds | campaigns | ours held | binomial held | bias |")
    print("|---|---|---|---|---|---|")
    show("demo shops", [shop(seed) for seed in range(seeds)])
    for spread in SPREADS:
        show(f"campaigns stray by {spread:g} (log odds)", [world(spread, seed) for seed in range(seeds)])


def show(name: str, runs: list[dict[str, float]]) -> None:
    """Print one row: coverage over all campaigns of all seeds, with the range over seeds."""
    n = np.array([r["campaigns"] for r in runs])
    cells = []
    for key in ("covered", "binomial"):
        values = np.array([r[key] for r in runs])
        cells.append(f"{(values * n).sum() / n.sum():.1%} ({values.min():.0%}–{values.max():.0%})")
    print(f"| {name} | {len(runs)} | {int(n.sum())} | {cells[0]} | {cells[1]} | {np.mean([r['bias'] for r in runs]):.3f} |", flush=True)


def shop(seed: int) -> dict[str, float]:
    """Coverage of a demo shop's own model."""
    import pandas as pd

    from adwright import Workspace
    from adwright.data.demo import build_demo
    from adwright.tools.response import registry
    from adwright.tools.response.fit import divided
    from adwright.tools.response.model import ResponseModel
    from adwright.tools.response.shop import train, write_rows

    with tempfile.TemporaryDirectory() as place, Workspace.open(Path(place) / "shop", create=True) as made:
        build_demo(made, seed=seed + 1)
        train(made, seed=seed)
        folder = registry.promoted(made)
        assert folder is not None
        write_rows(made, Path(place) / "rows.parquet", seed)
        parts = divided(pd.read_parquet(Path(place) / "rows.parquet"), seed)
        newest = parts.all[2]
        return held(
            ResponseModel.load(folder / "click").predict(newest), newest["clicked"].to_numpy(np.float64), parts.whose["campaign_id"]
        )


def world(spread: float, seed: int) -> dict[str, float]:
    """Coverage where each campaign's log odds stray by N(0, spread) from what channel, hour and offer say."""
    import pandas as pd

    from adwright.tools.response.choosing import train

    g = np.random.default_rng(seed)
    campaign = np.minimum((np.arange(ROWS) / ROWS * CAMPAIGNS + g.normal(0, 2, ROWS)).clip(0), CAMPAIGNS - 1).astype(int)
    channel = g.integers(0, 4, CAMPAIGNS)[campaign]
    offer = g.integers(0, 3, CAMPAIGNS)[campaign]
    hour = g.integers(0, 24, ROWS)
    effects = g.normal(0, 0.4, 4)[channel] + g.normal(0, 0.3, 3)[offer] + 0.3 * np.sin(hour / 24 * 2 * np.pi)
    z = -3.4 + effects + g.normal(0, spread, CAMPAIGNS)[campaign]
    rows: Any = pd.DataFrame({"channel": channel.astype(str), "offer": offer.astype(str), "hour": hour.astype(str)})
    rows["clicked"] = (g.random(ROWS) < 1 / (1 + np.exp(-z))).astype(int)
    a, b = int(ROWS * 0.8), int(ROWS * 0.9)
    model = train(rows.iloc[:a], "clicked", "auto", 10, seed, valid=rows.iloc[a:b])
    return held(model.predict(rows.iloc[b:]), rows["clicked"].to_numpy(np.float64)[b:], campaign[b:].astype(str))


def held(p: np.ndarray, y: np.ndarray, campaign: np.ndarray) -> dict[str, float]:
    """Our coverage, that of a binomial interval over the same campaigns, and the bias."""
    from scipy.stats import binom

    from adwright.tools.response.spread import coverage

    found = coverage(p, y, campaign, LEVEL)
    inside = []
    for name in np.unique(campaign):
        own = campaign == name
        n, mean, k = int(own.sum()), float(p[own].mean()), int(y[own].sum())
        if name == "" or n * mean < 1:
            continue
        high, mass = float(binom.cdf(k, n, mean)), float(binom.pmf(k, n, mean))
        edges = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
        inside.append(np.clip((min(high, edges[1]) - max(high - mass, edges[0])) / max(mass, 1e-300), 0, 1))
    return {**found, "binomial": float(np.mean(inside)) if inside else 0.0, "bias": float(p.mean() / y.mean())}
