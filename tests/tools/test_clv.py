"""Customer lifetime value: laws of the models, the shop's back-test, and shops with awkward histories."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools import bayesian
from adwright.tools.audience import clv_library
from adwright.tools.audience.clv import HORIZON, Lifetime, customers, group_ranges, lifetime
from adwright.tools.audience.rebuying import Histories, Rate, fit_rate
from adwright.tools.audience.segment import find_segments
from adwright.tools.audience.spending import Spending, fit_spending

PARAMETERS = st.builds(Rate, r=st.floats(0.2, 4), alpha=st.floats(1, 40), a=st.floats(0.05, 4), b=st.floats(0.1, 20))


def people(repeats: list[float], silent: list[float], age: list[float], spend: list[float] | None = None) -> Histories:
    x, s, a = (np.array(v, dtype=float) for v in (repeats, silent, age))
    span = np.where(x > 0, np.maximum(a - s, 0.0), 0.0)
    return Histories(x, span, np.where(x > 0, a, s), np.array(spend or [10.0 * (n + 1) for n in repeats]))


def line(user: str, day: int, amount: float = 10.0, quantity: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"{user}-{day}", "ts": datetime(2025, 1, 1, 12) + timedelta(days=day), "user_id": user, "product_id": "p1",
        "quantity": quantity, "unit_price": amount, "currency": "CNY",
    } | more  # fmt: skip


def trade(n: int = 120, days: int = 400, seed: int = 0) -> list[dict[str, Any]]:
    """Orders of `n` customers at different steady rates."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        day, gap = int(rng.integers(0, days // 2)), float(rng.uniform(20, 120))
        while day < days:
            rows.append(line(f"u{i:03}", day, float(rng.gamma(4, 20))))
            day += max(1, int(rng.exponential(gap)))
    return rows


@pytest.fixture
def traded(empty_shop: Workspace) -> Workspace:
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist(trade()))
    return empty_shop


@given(rate=PARAMETERS, repeats=st.integers(0, 30), age=st.integers(30, 700), days=st.integers(1, 365))
def test_p_repeat_is_a_probability_that_falls_with_silence(rate: Rate, repeats: int, age: int, days: int) -> None:
    silent = [float(s) for s in np.linspace(0, age, 8)]
    p = rate.p_repeat(people([repeats] * 8, silent, [age] * 8), days)
    assert ((p > 0) & (p < 1)).all()
    assert (np.diff(p) <= 1e-12).all()
    assert (rate.p_repeat(people([repeats] * 8, silent, [age] * 8), days + 30) >= p - 1e-12).all()


@given(rate=PARAMETERS, repeats=st.integers(0, 20), silent=st.integers(0, 300), age=st.integers(1, 400))
def test_expected_orders_are_at_least_the_chance_of_one(rate: Rate, repeats: int, silent: int, age: int) -> None:
    h = people([repeats], [float(min(silent, age))], [float(age)])
    orders, p = rate.orders(h, 90)[0], rate.p_repeat(h, 90)[0]
    # The mean over 32 nodes of a skewed distribution is right to a few per cent.
    assert orders >= p * 0.93 - 1e-6


def test_draws_agree_with_the_formulas() -> None:
    rate = Rate(0.8, 8.0, 0.4, 3.0)
    h = people([0, 2, 9], [40, 20, 10], [200, 200, 300])
    drawn = rate.draw(h, np.full(40_000, 90.0), np.random.default_rng(0))
    assert (drawn > 0).mean(axis=0) == pytest.approx(rate.p_repeat(h, 90), abs=0.01)
    assert drawn.mean(axis=0) == pytest.approx(rate.orders(h, 90), rel=0.03)


def test_parameters_of_a_made_up_shop_are_found_again() -> None:
    rng = np.random.default_rng(1)
    true, n = Rate(1.2, 12.0, 0.6, 4.0), 4_000
    age = rng.uniform(20, 100, n)
    repeats, span = np.zeros(n), np.zeros(n)
    for i in range(n):
        rate, leave, now = rng.gamma(true.r, 1 / true.alpha), rng.beta(true.a, true.b), 0.0
        while rng.random() >= leave:
            now += rng.exponential(1 / rate)
            if now > age[i]:
                break
            repeats[i], span[i] = repeats[i] + 1, now
    found = fit_rate(Histories(repeats, span * 7, age * 7, repeats))
    assert found is not None
    assert found.r / found.alpha == pytest.approx(true.r / true.alpha, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), rel=0.25)


@given(spend=st.lists(st.floats(0, 1e6), min_size=30, max_size=60), seed=st.integers(0, 9))
def test_order_values_are_positive_and_between_own_and_shop(spend: list[float], seed: int) -> None:
    repeats = np.random.default_rng(seed).integers(0, 9, len(spend)).astype(float)
    h = Histories(repeats, repeats * 10, repeats * 20 + 10, np.array(spend))
    fitted = fit_spending(h)
    if fitted is None:
        assert max(spend) == 0
        return
    value = fitted.expected(h)
    assert (value > 0).all() and np.isfinite(value).all()
    shop = fitted.p * fitted.gamma / (fitted.q - 1)
    own = h.spend / (repeats + 1)
    assert ((value >= np.minimum(own, shop) * (1 - 1e-9)) & (value <= np.maximum(own, shop) * (1 + 1e-9))).all()


def test_value_adds_up_and_intervals_hold_the_point(traded: Workspace) -> None:
    fitted = lifetime(traded)
    assert fitted is not None
    table = customers(traded, intervals=True)
    value = table["clv_90d"].to_numpy()
    assert (value >= 0).all()
    assert (table["clv_90d_low"].to_numpy() <= table["clv_90d_high"].to_numpy()).all()
    facts = find_segments(traded)
    assert all(f.low is not None and f.high is not None and f.low <= f.value <= f.high for s in facts.segments if (f := s.clv_90d))
    from adwright.tools.audience.fit import fit

    kept = fit(traded)
    assert kept is not None
    groups = [g for g in kept.facts["lifetime"]["groups"] if g]
    assert sum(g["total"] for g in groups) == pytest.approx(value.sum(), rel=1e-6)
    assert sum(g["buyers"] for g in groups) == table.num_rows
    for g in groups:
        for point, low, high in (g["p_repeat"], g["clv"], g["lost"]):
            assert low <= point <= high


def test_the_demo_shop_is_foretold_within_its_own_interval(shop: Workspace) -> None:
    fitted = lifetime(shop)
    assert fitted is not None and fitted.margin is not None
    assert fitted.basis == "contribution" and 0.2 < float(fitted.margin.share) < 0.8
    assert len(fitted.record.windows) == 4
    for w in fitted.record.windows:
        assert w.expected == pytest.approx(w.actual, rel=0.35)
    first, again = fitted.newcomer()
    assert first > 0 and again > 0


def test_same_shop_same_figures(traded: Workspace) -> None:
    once = customers(traded, intervals=True)
    assert once.equals(customers(traded, intervals=True))


def test_without_costs_value_is_called_revenue(traded: Workspace) -> None:
    fitted = lifetime(traded)
    assert fitted is not None and fitted.basis == "revenue"
    assert any("revenue" in note.en for note in fitted.notes)


def test_refunds_lower_value_and_never_below_nothing(empty_shop: Workspace) -> None:
    rows = trade()
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist(rows))
    before = customers(empty_shop)["clv_90d"].to_numpy().sum()
    rows += [line(r["user_id"], 399, r["unit_price"], -2, order_id=f"back{i}") for i, r in enumerate(rows[:150])]
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist(rows))
    value = customers(empty_shop)["clv_90d"].to_numpy()
    assert (value >= 0).all() and value.sum() < before


def test_shops_with_too_little_say_so(empty_shop: Workspace) -> None:
    for rows in ([line("a", 0)], [line("a", d) for d in range(60)], [line(f"u{i}", 0) for i in range(300)]):
        empty_shop.warehouse.replace("orders", pa.Table.from_pylist(rows))
        assert lifetime(empty_shop) is None
        assert all(s.clv_90d is None for s in find_segments(empty_shop).segments)
        with pytest.raises(AdwrightError) as error:
            customers(empty_shop)
        assert error.value.code == "too-few-orders"
    with pytest.raises(AdwrightError) as error:
        lifetime(empty_shop, 0)
    assert error.value.code == "bad-horizon"


def test_nobody_came_back_is_a_low_guess_that_says_so(empty_shop: Workspace) -> None:
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist([line(f"u{i}", i) for i in range(200)]))
    fitted = lifetime(empty_shop)
    assert fitted is not None and fitted.silence is None
    assert any("twice" in note.en for note in fitted.notes)
    table = customers(empty_shop)
    assert float(table["p_repeat_90d"].to_numpy().mean()) < 0.2
    assert not table["lost"].to_numpy(zero_copy_only=False).any()


def test_a_mistyped_year_does_not_make_everybody_lost(traded: Workspace) -> None:
    before = lifetime(traded)
    late = line("u001", 0) | {"ts": datetime(2099, 1, 1), "order_id": "late"}
    traded.warehouse.append("orders", pa.Table.from_pylist([late]))
    after = lifetime(traded)
    assert before is not None and after is not None and after.end == before.end
    assert any("future" in note.en for note in after.notes)


def test_who_refused_is_not_counted(traded: Workspace) -> None:
    everybody = customers(traded).num_rows
    traded.warehouse.replace("users", pa.table({"user_id": ["u000", "u001"], "consent": [False, True]}))
    # The shop records consent, so only those who gave it count among the known; others are not in the users table.
    assert "u000" not in customers(traded)["user_id"].to_pylist()
    assert customers(traded).num_rows == everybody - 1


@given(n=st.integers(1, 50), seed=st.integers(0, 20))
def test_group_intervals_hold_the_point(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    from adwright.tools.audience.backtest import Record

    fitted = Lifetime(
        HORIZON, datetime(2026, 1, 1).date(), 400, n, Rate(0.8, 9.0, 0.3, 3.0), Spending(2.0, 4.0, 50.0, 60.0, 0.0), Record([], 1.0, False, 0.3, 0.3),
        60.0, None, "CNY", (),
    )  # fmt: skip
    x = rng.integers(0, 6, n).astype(float)
    h = people(x.tolist(), rng.uniform(0, 100, n).tolist(), rng.uniform(100, 300, n).tolist())
    told = group_ranges(fitted, h, seed)
    assert told is not None
    for point, low, high in (told["p_repeat"], told["clv"], told["lost"]):
        assert low <= point <= high


def test_online_retail_is_calibrated_where_the_season_is_known(datasets: Path, tmp_path: Path) -> None:
    from datetime import date

    from adwright.tools.audience.clv import books, fit
    from adwright.tools.audience.histories import at, column
    from benchmarks.clv import _retail

    with Workspace.open(tmp_path / "retail", create=True, currency="GBP", timezone="Europe/London") as retail:
        retail.warehouse.replace("orders", _retail())
        with books(retail) as (source, book):
            assert source is not None and book is not None
            cut = date(2011, 9, 1)
            fitted = fit(retail, source, book._replace(end=cut), HORIZON)
            h, rows = at(book, cut, HORIZON)
    assert fitted is not None and fitted.record.seasonal
    again = column(rows, "later_orders") > 0
    assert fitted.p_repeat(h).sum() / again.sum() == pytest.approx(1.0, abs=0.1)
    assert fitted.value(h).sum() / column(rows, "later_value").sum() == pytest.approx(1.0, abs=0.2)


def test_the_library_has_to_be_there(traded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bayesian, "find_spec", lambda name: None)
    with pytest.raises(AdwrightError, match="adwright\\[bayes\\]") as raised:
        lifetime(traded, method="bayes")
    assert raised.value.code == "no-bayes-library"


def leaving(n: int = 400, seed: int = 0) -> Histories:
    """Customers of an MBG/NBD who leave after any purchase with a chance of their own, and whose orders differ in size."""
    rng = np.random.default_rng(seed)
    rate, leave, age = rng.gamma(0.9, 1 / 25, n), rng.beta(0.9, 2.5, n), rng.integers(40, 500, n).astype(float)
    repeats, span = np.zeros(n), np.zeros(n)
    for i in range(n):
        day = 0.0
        while rng.random() >= leave[i] and (day := day + rng.exponential(1 / rate[i])) < age[i]:
            repeats[i], span[i] = repeats[i] + 1, day
    size = rng.gamma(5, 20, n)
    return Histories(repeats, span, age, np.array([rng.gamma(6, m / 6, int(x) + 1).sum() for m, x in zip(size, repeats, strict=True)]))


@pytest.mark.slow
def test_the_library_finds_what_our_own_fit_finds() -> None:
    pytest.importorskip("pymc_marketing", reason="adwright[bayes] is not installed")
    h = leaving()
    rate, spending = clv_library.fit_both(h)
    ours, worth = fit_rate(h), fit_spending(h)
    assert rate is not None and spending is not None and ours is not None and worth is not None and rate != ours
    for theirs, own, tolerance in (
        (rate.p_repeat(h, 90), ours.p_repeat(h, 90), 0.03),
        (rate.orders(h, 90), ours.orders(h, 90), 0.05),
        (rate.orders(h, 90) * spending.expected(h), ours.orders(h, 90) * worth.expected(h), 0.05),
    ):
        assert abs(theirs.sum() / own.sum() - 1) < tolerance
        assert np.corrcoef(np.argsort(np.argsort(theirs)), np.argsort(np.argsort(own)))[0, 1] > 0.99
