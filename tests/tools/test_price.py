"""Elasticities and prices: known truths come back, published figures are met, laws hold, bad input is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.commerce import Demand, Elasticity, fit_elasticity, plan_price_test, suggest_price
from adwright.tools.commerce.shrinkage import lean

COST, PRICE = 70.0, 100.0


def demand(value: float = -3.0, error: float = 0.2, **other: Any) -> Demand:
    """A product sold at 80 to 120 whose demand is known this well."""
    plain = Elasticity(value, error, value, error, other.pop("variation", 0.1), 104)
    told = {"promoted": None, "lift": 0.0, "lift_error": 0.0, "lowest": 80.0, "highest": 120.0, "units": 50.0, "noise": 0.3, "products": 1}
    return Demand("tea", "food", plain, usual_price=PRICE, **{**told, **other})


def confounded(seed: int, days: int = 600) -> tuple[dict[str, Any], float]:
    """Prices that follow the season, as in the research's simulation; naive regression misses by more than two."""
    rng = np.random.default_rng(seed)
    t = rng.integers(0, 365, days)
    other, e = rng.normal(0, 0.1, days), -rng.uniform(1.4, 3.5)
    season = 0.5 * np.sin(2 * np.pi * t / 365) ** 3 + 0.15 * (t % 7 >= 5)
    log_price = np.log(20) + 0.25 * season + 0.3 * other + rng.normal(0, 0.06, days)
    log_units = 3 + e * (log_price - np.log(20)) + 1.6 * season + 0.5 * other + rng.normal(0, 0.25, days)
    sold = {
        "product": [f"p{seed}"] * days,
        "time": np.datetime64("2025-01-01") + t,
        "price": np.exp(log_price),
        "units": np.exp(log_units),
        "other": other,
    }
    return sold, e


def test_what_moves_price_and_demand_is_taken_out() -> None:
    found, truth = [], []
    for seed in (0, 1):
        sold, e = confounded(seed)
        found.append(fit_elasticity(sold, controls=["other"], form="log")[f"p{seed}"].plain)
        truth.append(e)
        naive = fit_elasticity(sold, calendar=False, form="log")[f"p{seed}"].plain.value
        assert abs(naive - e) > 1.5
    errors = [abs(f.value - e) for f, e in zip(found, truth, strict=True)]
    assert np.mean(errors) < 0.25 and all(abs(f.value - e) < 3 * f.error for f, e in zip(found, truth, strict=True))


def test_counts_with_many_zeros_give_their_elasticity() -> None:
    rng = np.random.default_rng(5)
    weeks, products = 60, 8
    price = np.exp(rng.normal(3, 0.1, (products, weeks)))
    week = np.arange(weeks)
    units = rng.poisson(2.0 * (price / np.e**3) ** -2.0 * np.exp(0.4 * np.sin(2 * np.pi * week / 52)))
    sold = {
        "product": np.repeat([f"p{i:02}" for i in range(products)], weeks),
        "time": np.tile(np.datetime64("2024-01-01") + 7 * week, products),
        "price": price.ravel(),
        "units": units.ravel(),
        "category": ["tea"] * products * weeks,
    }
    fitted = fit_elasticity(sold)
    assert fitted.form == "count" and (units == 0).mean() > 0.1
    mean, error, _ = fitted.categories["tea"]
    assert abs(mean + 2) < 3 * error and error < 0.5
    assert all(d.plain.error < d.plain.own_error for d in fitted.products.values())
    turned = fit_elasticity({name: np.asarray(column)[::-1] for name, column in sold.items()})
    assert turned["p00"].plain == pytest.approx(fitted["p00"].plain)


def test_orange_juice_has_the_published_elasticities(datasets: Path) -> None:
    if not (datasets / "oj_dominicks").is_dir():
        pytest.skip("the orange juice set is absent")
    import pandas as pd

    juice = pd.read_csv(datasets / "oj_dominicks" / "oj.csv.gz")
    sold = juice.rename(columns={"brand": "product", "sales": "units", "feat": "promoted"}).assign(time="1990-01-01")
    fitted = fit_elasticity(sold, calendar=False, form="log")
    for brand, plain, promoted in (("dominicks", -2.77, -3.24), ("minute.maid", -1.99, -3.57), ("tropicana", -2.04, -3.50)):
        found = fitted[brand]
        assert found.plain.own == pytest.approx(plain, abs=0.01)
        assert found.promoted is not None and found.promoted.own == pytest.approx(promoted, abs=0.01)
        assert found.lift > 0
    together = suggest_price(fitted["tropicana"], 2.6, 1.5, currency="USD")
    assert together.promoted is True and together.promotion_worth is not None and together.promotion_worth > 0
    dear = suggest_price(fitted["tropicana"], 2.6, 1.5, currency="USD", promotion_cost=together.promotion_worth * 1.01)
    assert dear.promoted is False


def test_avocado_elasticities_turn_with_fixed_effects(datasets: Path) -> None:
    if not (datasets / "avocado_prices").is_dir():
        pytest.skip("the avocado set is absent")
    import pandas as pd

    table: Any = pd.read_csv(datasets / "avocado_prices" / "avocado.csv.gz", index_col=0)
    table = table[table["region"] != "TotalUS"]
    sold = table.rename(columns={"type": "product", "AveragePrice": "price", "Total Volume": "units"}).assign(time=table["Date"])
    pooled = fit_elasticity(sold, calendar=False, form="log")
    within = fit_elasticity(sold, calendar=False, effects=["region", "time"])
    for kind, naive, fixed in (("conventional", -1.37, -0.95), ("organic", -1.07, -1.38)):
        assert pooled[kind].plain.own == pytest.approx(naive, abs=0.01)
        assert within[kind].plain.own == pytest.approx(fixed, abs=0.01)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-5, 0), st.floats(0.01, 3)), min_size=2, max_size=12), st.floats(0.05, 2))
def test_leaning_never_leaves_the_category(found: list[tuple[float, float]], between: float) -> None:
    leaned, (mean, error, spread) = lean(found, between)
    for (value, _), (own, _) in zip(leaned, found, strict=True):
        # Between its own value and the means that the category may have.
        low, high = sorted([own, mean])
        assert low - 3 * error - 1e-9 <= value <= high + 3 * error + 1e-9
    assert min(v for v, _ in found) - 1e-9 <= mean <= max(v for v, _ in found) + 1e-9 and spread > 0


@settings(max_examples=60)
@given(
    e=st.floats(-6, -1.6),
    cost=st.floats(40, 130),
    rival=st.none() | st.floats(50, 150),
    least=st.none() | st.floats(60, 90),
    stock=st.none() | st.floats(1, 400),
)
def test_a_price_keeps_every_limit(e: float, cost: float, rival: float | None, least: float | None, stock: float | None) -> None:
    found = suggest_price(demand(e, 0.1), PRICE, cost, competitor_price=rival, minimum_price=least, stock=stock, draws=200)
    price, floor = float(found.price), cost / 0.9
    assert price >= floor - 0.01 and price >= (least or 0) - 0.01
    firm = max(floor, least or 0)
    if rival is not None and rival >= max(firm, 85):
        assert price <= rival + 0.01
    if firm <= PRICE:
        assert 85 - 0.01 <= price <= 115 + 0.01
    assert found.gain_low <= found.gain_high and 0 <= found.p_gain <= 1


@given(e=st.floats(-6, -1.6), cost=st.floats(55, 80))
@settings(max_examples=30)
def test_a_dearer_purchase_never_makes_the_price_lower(e: float, cost: float) -> None:
    less, more = (suggest_price(demand(e, 0.05), PRICE, c, endings=False, min_probability=0, draws=200).price for c in (cost, cost * 1.1))
    assert float(more) >= float(less) - 0.02


def test_short_stock_makes_no_price_lower() -> None:
    cheap = suggest_price(demand(-4.0, 0.1), PRICE, 60)
    assert cheap.decision == "change" and float(cheap.price) < PRICE
    short = suggest_price(demand(-4.0, 0.1), PRICE, 60, stock=100, cover=4)
    assert float(short.price) >= PRICE


@pytest.mark.parametrize(("told", "words"), [({"value": -1.1}, "holds -1"), ({"variation": 0.02}, "varied by only")])
def test_doubt_asks_for_a_test(told: dict[str, float], words: str) -> None:
    found = suggest_price(demand(**told), PRICE, COST)
    assert found.decision == "test" and float(found.price) == PRICE and found.test is not None
    assert words in found.reasons[0].en
    assert 2 <= len(found.test.points) <= 4 and all(COST / 0.9 <= float(p) <= 115 for p in found.test.points)


def test_a_test_as_long_as_planned_has_its_power() -> None:
    plan = plan_price_test(100, 0.2, "CNY", detects=2.0)
    assert plan.weeks == plan.alone > 0 and plan.weeks % len(plan.points) == 0
    rounds = np.array(plan.schedule).reshape(-1, len(plan.points))
    assert (np.sort(rounds, axis=1) == np.arange(len(plan.points))).all()
    rng = np.random.default_rng(0)
    x = np.log([float(plan.points[k]) for k in plan.schedule])
    x -= x.mean()
    noise = rng.normal(0, 0.2, (4_000, len(x)))
    slope = ((-3.0 * x + noise) @ x) / (x @ x)
    told = np.abs(slope + 1) > 1.96 * 0.2 / (x @ x) ** 0.5
    assert told.mean() > 0.78
    hopeless = plan_price_test(100, 5.0, "CNY")
    assert hopeless.weeks == 0 and hopeless.schedule == []
    shared = plan_price_test(100, 0.6, "CNY", products=30)
    assert 0 < shared.weeks < shared.alone and shared.products == 30


SOLD: dict[str, Any] = {
    "product": ["a"] * 20,
    "time": np.datetime64("2025-01-01") + np.arange(20),
    "price": np.linspace(9, 11, 20),
    "units": np.arange(20) + 30.0,
}


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"price": np.zeros(20)}, {}, "bad-history"),
        ({"price": ["x"] * 20}, {}, "bad-history"),
        ({"units": np.full(20, np.nan)}, {}, "bad-history"),
        ({"units": np.full(20, -1.0)}, {}, "bad-history"),
        ({"time": ["never"] * 20}, {}, "bad-history"),
        ({"promoted": np.full(20, 2)}, {}, "bad-history"),
        ({"product": ["a"] * 19}, {}, "bad-history"),
        ({"product": [f"p{i}" for i in range(20)]}, {}, "thin-history"),
        ({}, {"controls": ["weather"]}, "bad-history"),
        ({"age": np.arange(20)}, {"controls": ["age"]}, "personal-price"),
        ({"vip": np.arange(20)}, {"controls": ["vip"]}, "personal-price"),
        ({"place": ["a", "b"] * 10}, {"effects": ["place"], "form": "count"}, "bad-history"),
    ],
)
def test_bad_histories_are_named(change: dict[str, Any], options: dict[str, Any], code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        fit_elasticity({**SOLD, **change}, **options)
    assert error.value.code == code and error.value.tell("zh") and error.value.tell("en")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"cost": 0.0}, "bad-price"),
        ({"price": float("nan")}, "bad-price"),
        ({"maximum_price": 50.0}, "bad-price"),
        ({"personal": ("gender",)}, "personal-price"),
    ],
)
def test_impossible_prices_are_named(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        suggest_price(demand(), **{"price": PRICE, "cost": COST, **arguments})
    assert error.value.code == code


def test_weeks_without_sales_are_left_out_of_logarithms_and_said() -> None:
    sold = {**SOLD, "units": np.where(np.arange(20) < 3, 0.0, SOLD["units"])}
    assert any("3 rows" in note.en for note in fit_elasticity(sold, form="log").notes)
    assert fit_elasticity(sold).form == "count"
