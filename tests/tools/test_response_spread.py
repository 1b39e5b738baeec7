"""Between campaigns: the spread is found where there is one, and intervals made of it hold about as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.tools.response.calibration import intervals, quality
from adwright.tools.response.spread import between, coverage


def campaigns(strength: float, seed: int, n: int = 120, rows: int = 1_500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    mean = 0.04
    rates = generator.beta(mean * strength, (1 - mean) * strength, n)
    label = (generator.random((n, rows)) < rates[:, None]).astype(float).ravel()
    return np.full(n * rows, mean), label, np.repeat(np.arange(n), rows).astype(str)


@pytest.mark.parametrize("strength", [80.0, 400.0, 2_000.0])
def test_the_spread_between_campaigns_is_found(strength: float):
    p, label, names = campaigns(strength, 1)
    assert strength / 1.8 < between(p, label, names) < strength * 1.8


def test_few_campaigns_lean_on_the_usual_spread():
    p, label, names = campaigns(20.0, 2, n=1)
    usual = (1 - 0.04) / (0.04 * 0.3**2)
    assert usual / 4 < between(p, label, names) < usual * 4
    assert between(p[:0], label[:0], names[:0]) > 1


@pytest.mark.parametrize("strength", [80.0, 400.0, 2_000.0])
def test_intervals_hold_as_often_as_they_say(strength: float):
    found = [coverage(*campaigns(strength, seed)) for seed in range(3)]
    assert 0.75 <= np.mean([f["covered"] for f in found]) <= 0.85
    assert all(f["campaigns"] == 120 for f in found)


def test_impressions_of_no_named_campaign_are_not_one_campaign():
    p, label, names = campaigns(400.0, 4)
    unnamed = np.zeros(200_000)
    with_them = (
        np.concatenate([p, np.full(len(unnamed), 0.04)]),
        np.concatenate([label, unnamed]),
        np.concatenate([names, np.full(len(unnamed), "")]),
    )
    assert between(*with_them) == pytest.approx(between(p, label, names))
    assert coverage(*with_them) == pytest.approx(coverage(p, label, names))
    nowhere = between(p, label, np.full(len(p), ""))
    assert nowhere == pytest.approx((1 - 0.04) / (0.04 * 0.3**2) - 1)


@given(st.integers(0, 1_000), st.floats(0.02, 0.4))
@settings(max_examples=20, deadline=None)
def test_intervals_hold_the_scores_and_narrow_with_rows(seed: int, rate: float):
    generator = np.random.default_rng(seed)
    p = np.clip(generator.beta(2, 2 / rate, 8_000), 1e-4, 0.99)
    y = (generator.random(8_000) < p).astype(float)
    few, many = intervals(p[:2_000], y[:2_000]), intervals(p, y)
    told = quality(p, y)
    for key in ("logloss", "auc", "bias"):
        assert many[key][0] <= told[key] <= many[key][1]
        assert many[key][1] - many[key][0] < few[key][1] - few[key][0]
    assert intervals(p, y) == many and intervals(p, np.zeros(8_000)) == {}
