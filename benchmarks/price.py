"""Elasticity and price beside the usual ways, with a known truth: ``python -m benchmarks price``.

Simulated products whose price follows the season and a rival (elasticity -1.4 to -3.5, cost 10, usual price 20), each method asked for the elasticity
and the price inside 16 to 25. Peers: log-log regression, the same with the controls in a straight line, and cross-fitted boosting alone
(three folds, one split), as in the research that set the bars. "Oracle" knows the season exactly: what noise alone leaves. Then weekly
counts of small shops, where logarithms do not exist, and two public sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adwright.tools.commerce import fit_elasticity, suggest_price

Array = NDArray[np.float64]
DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"
COST, USUAL, LOW, HIGH = 10.0, 20.0, 16.0, 25.0
Z90 = 1.6449
WEEKS, SHOPS = 104, 30


class Product(NamedTuple):
    """One product's days: controls, ln price, ln units, what both would be without noise of price, and the elasticity."""

    day: NDArray[np.int64]
    promotion: Array
    rival: Array
    log_price: Array
    log_units: Array
    shock: Array
    elasticity: float


def product(seed: int, n: int = 1500) -> Product:
    """Make one product; the same numbers for the same seed as the research's script."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 365, n)
    promotion = ((day > 320) & (day < 335)).astype(float)
    rival, e = rng.normal(0, 0.1, n), -rng.uniform(1.4, 3.5)
    season = 0.5 * np.sin(2 * np.pi * day / 365) ** 3 + 0.4 * promotion + 0.15 * (day % 7 >= 5)
    shock = rng.normal(0, 0.06, n)
    log_price = np.log(USUAL) + 0.25 * season + 0.3 * rival + shock
    log_units = 3 + e * (log_price - np.log(USUAL)) + 1.6 * season + 0.5 * rival + rng.normal(0, 0.25, n)
    return Product(day, promotion, rival, log_price, log_units, shock, float(e))


def main() -> None:
    """Print the tables."""
    _confounded(range(12), "the research's 12 products")
    _confounded(range(100, 112), "12 others")
    _counts()
    if (DATASETS / "oj_dominicks").is_dir() and (DATASETS / "avocado_prices").is_dir():
        _public()


def _confounded(seeds: range, name: str) -> None:
    print(
        f"\n**Price follows the season: {name}** (seeds {seeds[0]} to {seeds[-1]}); profit lost against the best price inside {LOW:.0f} to {HIGH:.0f}\n"
    )
    print(
        "| method | mean error of elasticity | bias | 90% interval covers | profit lost % | worst % | CPU s a product |\n|---|---|---|---|---|---|---|"
    )
    ways: tuple[tuple[str, Callable[[Product], tuple[float, float, float]]], ...] = (
        ("log-log regression", lambda p: _regressed(p, [])),
        (
            "with controls in a straight line",
            lambda p: _regressed(p, [p.day.astype(float), (p.day % 7).astype(float), p.promotion, p.rival]),
        ),
        ("cross-fitted boosting", _boosted),
        ("adwright", _ours),
        ("oracle", _oracle),
    )
    for label, way in ways:
        rows = []
        for seed in seeds:
            p = product(seed)
            start = time.process_time()
            value, error, price = way(p)
            seconds = time.process_time() - start
            best = float(np.clip(COST * p.elasticity / (p.elasticity + 1), LOW, HIGH))
            lost = 1 - (price - COST) * price**p.elasticity / ((best - COST) * best**p.elasticity)
            rows.append((abs(value - p.elasticity), value - p.elasticity, abs(value - p.elasticity) <= Z90 * error, 100 * lost, seconds))
        table = np.array(rows, float)
        mae, bias, cover, lost, seconds = table.mean(0)
        print(f"| {label} | {mae:.2f} | {bias:+.2f} | {cover:.0%} | {lost:.2f} | {table[:, 3].max():.1f} | {seconds:.2f} |", flush=True)


def _textbook(e: float) -> float:
    """Price of a point estimate inside the guard; where demand is not elastic the dearest that is allowed."""
    return float(np.clip(COST * e / (e + 1) if e < -1.02 else HIGH, LOW, HIGH))


def _regressed(p: Product, controls: list[Array]) -> tuple[float, float, float]:
    x = np.column_stack([np.ones(len(p.day)), p.log_price, *controls])
    bread = np.linalg.pinv(x.T @ x)
    beta = bread @ x.T @ p.log_units
    left = p.log_units - x @ beta
    error = float(np.sqrt((bread @ (x.T * left**2) @ x @ bread)[1, 1]))
    return float(beta[1]), error, _textbook(float(beta[1]))


def _boosted(p: Product) -> tuple[float, float, float]:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import KFold

    x = np.column_stack([p.day, p.day % 7, p.promotion, p.rival]).astype(float)
    left = {"price": p.log_price.copy(), "units": p.log_units.copy()}
    for fit, rest in KFold(3, shuffle=True, random_state=0).split(x):
        for name, y in (("price", p.log_price), ("units", p.log_units)):
            model = HistGradientBoostingRegressor(max_iter=80, max_leaf_nodes=15, learning_rate=0.1).fit(x[fit], y[fit])
            left[name][rest] -= model.predict(x[rest])
    return _through(left["price"], left["units"])


def _oracle(p: Product) -> tuple[float, float, float]:
    return _through(p.shock, p.log_units - p.log_units.mean() - _known(p))


def _known(p: Product) -> Array:
    season = 0.5 * np.sin(2 * np.pi * p.day / 365) ** 3 + 0.4 * p.promotion + 0.15 * (p.day % 7 >= 5)
    known = p.elasticity * (p.log_price - p.shock) + 1.6 * season + 0.5 * p.rival
    return known - known.mean()


def _through(price: Array, units: Array) -> tuple[float, float, float]:
    value = float(price @ units / (price @ price))
    error = float(np.sqrt((price**2) @ (units - value * price) ** 2) / (price @ price))
    return value, error, _textbook(value)


def _ours(p: Product) -> tuple[float, float, float]:
    history = {
        "product": np.full(len(p.day), "x"),
        "time": np.datetime64("2024-01-01") + p.day,
        "price": np.exp(p.log_price),
        "units": np.exp(p.log_units),
        "promotion": p.promotion,
        "rival": p.rival,
    }
    demand = fit_elasticity(history, controls=("promotion", "rival"), form="log")["x"]
    found = suggest_price(demand, USUAL, COST, minimum_price=LOW, maximum_price=HIGH, largest_step=1.0, endings=False, min_probability=0.0)
    return demand.plain.value, demand.plain.error, float(found.price)


def _counts() -> None:
    print(
        f"\n**Weekly counts of one product, {WEEKS} weeks, {SHOPS} shops each**; prices vary by 10% (standard deviation), sales swing with the year by ±40%\n"
    )
    print("| elasticity | units a week | weeks without a sale | mean error | bias | 90% interval covers |\n|---|---|---|---|---|---|")
    for e, mean in ((-1.0, 60), (-3.5, 60), (-2.0, 3)):
        errors, inside, empty = [], [], []
        for seed in range(SHOPS):
            rng = np.random.default_rng(seed)
            week = np.arange(WEEKS)
            season = np.exp(0.4 * np.sin(2 * np.pi * week / 52))
            price = 100 * np.exp(rng.normal(0, 0.1, WEEKS))
            units = rng.poisson(mean * season * (price / 100) ** e)
            others = np.log(np.maximum(rng.poisson(80 * season), 1))
            history = {
                "product": ["x"] * WEEKS,
                "time": np.datetime64("2024-01-01") + 7 * week,
                "price": price,
                "units": units,
                "others": others,
            }
            found = fit_elasticity(history, controls=("others",), form="count")["x"].plain
            errors.append(found.value - e)
            inside.append(abs(found.value - e) <= Z90 * found.error)
            empty.append((units == 0).mean())
        print(
            f"| {e} | {mean} | {np.mean(empty):.0%} | {np.abs(errors).mean():.2f} | {np.mean(errors):+.2f} | {np.mean(inside):.0%} |",
            flush=True,
        )


def _public() -> None:
    import pandas as pd

    print("\n**Public sets**: the same function; orange juice without controls, avocado with and without fixed effects\n")
    print("| set | product | elasticity | standard error | second elasticity | standard error |\n|---|---|---|---|---|---|")
    juice: Any = pd.read_csv(DATASETS / "oj_dominicks" / "oj.csv.gz")
    juice = juice.rename(columns={"brand": "product", "sales": "units", "feat": "promoted"}).assign(time="1990-01-01")
    for name, d in fit_elasticity(juice, calendar=False, form="log").products.items():
        assert d.promoted is not None
        print(
            f"| orange juice: without, with feature | {name} | {d.plain.own:.2f} | {d.plain.own_error:.2f} | {d.promoted.own:.2f} | {d.promoted.own_error:.2f} |"
        )
    avocado: Any = pd.read_csv(DATASETS / "avocado_prices" / "avocado.csv.gz", index_col=0)
    avocado = avocado[avocado["region"] != "TotalUS"].rename(columns={"type": "product", "AveragePrice": "price", "Total Volume": "units"})
    avocado["time"] = avocado["Date"]
    pooled = fit_elasticity(avocado, calendar=False, form="log")
    within = fit_elasticity(avocado, calendar=False, effects=("region", "time"))
    for name, d in pooled.products.items():
        w = within[name].plain
        print(
            f"| avocado: pooled, region and week effects | {name} | {d.plain.own:.2f} | {d.plain.own_error:.2f} | {w.own:.2f} | {w.own_error:.2f} |"
        )
