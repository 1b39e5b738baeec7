"""Regions with and without ads: the increment is found, intervals cover, and bad input is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.budget import plan_holdout, read_holdout


def _regions(seed: int, days: int = 84, follow: float = 0.0) -> np.ndarray:
    """Daily revenue of ten regions of different size with one common weekly rhythm; noise of neighbouring days may follow."""
    rng, size = np.random.default_rng(seed), np.linspace(50, 300, 10)
    noise = rng.normal(0, 0.1, (10, days))
    for d in range(1, days):
        noise[:, d] += follow * noise[:, d - 1]
    return size[:, None] * (1 + 0.2 * np.sin(np.arange(days) * 2 * np.pi / 7) + rng.normal(0, 0.1, days) + noise)


@pytest.mark.parametrize("follow", [0.0, 0.4])
def test_intervals_cover_what_was_added(follow: float) -> None:
    inside = []
    for seed in range(150):
        sales = _regions(seed, follow=follow)
        plan = plan_holdout(sales[:, :56], days=28, spend=2_000, seed=seed)
        treated, control = sales[plan.treated].sum(axis=0), sales[plan.control].sum(axis=0)
        got = read_holdout(treated[:56], control[:56], treated[56:] + 3 * 2_000 / 28, control[56:], spend=2_000)
        inside.append(got.low <= 3 <= got.high)
    assert 0.8 <= np.mean(inside) <= 0.98


def test_the_planned_effect_is_found_with_its_power() -> None:
    found = []
    for seed in range(150):
        sales = _regions(seed)
        plan = plan_holdout(sales[:, :56], days=28, spend=2_000, seed=seed)
        treated, control = sales[plan.treated].sum(axis=0), sales[plan.control].sum(axis=0)
        added = plan.detectable * 2_000 / 28
        found.append(read_holdout(treated[:56], control[:56], treated[56:] + added, control[56:], spend=2_000).low > 0)
    assert np.mean(found) > 0.65


@given(scale=st.floats(0.01, 1_000), seed=st.integers(0, 50))
@settings(max_examples=20)
def test_the_currencys_unit_does_not_matter(scale: float, seed: int) -> None:
    sales = _regions(seed)
    one, two = sales[:5].sum(axis=0), sales[5:].sum(axis=0)
    a = read_holdout(one[:56], two[:56], one[56:], two[56:], spend=100)
    b = read_holdout(one[:56] * scale, two[:56] * scale, one[56:] * scale, two[56:] * scale, spend=100 * scale)
    assert np.allclose(a[1:], b[1:], rtol=1e-6, atol=1e-9)


def test_a_plan_uses_every_region_once() -> None:
    plan = plan_holdout(_regions(0), days=14, spend=100)
    assert sorted(plan.treated + plan.control) == list(range(10))
    assert plan == plan_holdout(_regions(0), days=14, spend=100)


@pytest.mark.parametrize(
    "call",
    [
        lambda: plan_holdout(_regions(0)[:3], days=14, spend=100),
        lambda: plan_holdout(_regions(0)[:, :10], days=14, spend=100),
        lambda: plan_holdout(_regions(0), days=14, spend=0),
        lambda: plan_holdout([["a"]], days=14, spend=1),
        lambda: read_holdout(np.ones(20), np.ones(19), np.ones(5), np.ones(5), spend=1),
        lambda: read_holdout(np.ones(20), np.full(20, np.nan), np.ones(5), np.ones(5), spend=1),
    ],
)
def test_bad_holdouts_are_named(call: Callable[[], Any]) -> None:
    with pytest.raises(AdwrightError) as error:
        call()
    assert error.value.code == "bad-holdout"
