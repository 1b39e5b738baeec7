"""Experiments and off-policy estimates: laws, bad input, and the research's points on Open Bandit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.budget import (
    Effect,
    cuped_effect,
    days_needed,
    evaluate_policy,
    mean_effect,
    ratio_effect,
    sample_ratio,
    sequential_test,
    users_for_means,
    users_for_rates,
)


def test_the_size_reaches_its_power() -> None:
    n, rng = users_for_rates(0.1, 0.2), np.random.default_rng(0)
    t, c = rng.binomial(n, 0.12, 4_000) / n, rng.binomial(n, 0.1, 4_000) / n
    found = np.abs(t - c) > 1.96 * np.sqrt((t * (1 - t) + c * (1 - c)) / n)
    assert 0.78 < found.mean() < 0.82


@given(base=st.floats(0.001, 0.5), lift=st.floats(0.01, 0.9))
def test_a_smaller_lift_needs_more_users(base: float, lift: float) -> None:
    assert users_for_rates(base, lift) <= users_for_rates(base, lift / 2)
    assert days_needed(users_for_rates(base, lift), 1_000) % 7 == 0


def test_means_need_the_textbook_size() -> None:
    assert users_for_means(1.0, 0.5) == 63


def test_a_split_of_52_to_48_is_no_chance() -> None:
    assert not sample_ratio([5_200, 4_800]).ok
    assert sample_ratio([5_050, 4_950]).ok
    assert sample_ratio([9_000, 1_000], [0.9, 0.1]).p == 1.0


def test_looking_fifty_times_keeps_false_alarms_low() -> None:
    rng, tests, looks = np.random.default_rng(1), 400, 50
    n = 200 * np.arange(1, looks + 1)
    t, c = (rng.binomial(200, 0.05, (tests, looks)).cumsum(axis=1) / n for _ in range(2))
    se = np.sqrt((t * (1 - t) + c * (1 - c)) / n)
    verdicts = [
        [sequential_test(Effect(t[i, k] - c[i, k], se[i, k], c[i, k], 0, 0, int(2 * n[k])), tuned_for=20_000).verdict for k in range(looks)]
        for i in range(tests)
    ]
    assert np.mean([any(v != "undecided" for v in row) for row in verdicts]) <= 0.05
    assert (np.abs(t - c) > 1.96 * se).any(axis=1).mean() > 0.2


@given(n=st.integers(1, 10**9), tuned=st.integers(1, 10**6), alpha=st.floats(0.001, 0.2))
def test_the_sequence_is_wider_than_one_look(n: int, tuned: int, alpha: float) -> None:
    effect = Effect(0.0, 1.0, 1.0, 0.0, 1.0, n)
    assert sequential_test(effect, alpha=alpha, tuned_for=tuned).high > effect.interval(1 - alpha)[1]


@given(seed=st.integers(0, 1_000), scale=st.floats(0.1, 100))
@settings(max_examples=30)
def test_cuped_never_adds_noise_and_ignores_the_covariates_unit(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    tx, cx = rng.normal(size=(2, 200))
    t, c = tx + rng.normal(size=200), cx + rng.normal(size=200)
    plain, less = mean_effect(t, c), cuped_effect(t, c, tx, cx)
    assert less.se <= plain.se * 1.01
    again = cuped_effect(t, c, 7 + scale * tx, 7 + scale * cx)
    assert again.difference == pytest.approx(less.difference, abs=1e-9)


def test_the_delta_method_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(0)
    x = rng.poisson(10, 3_000) + 1.0
    y = rng.binomial(x.astype(int), 0.1).astype(float)
    effect = ratio_effect(y, x, y, x)
    drawn = rng.integers(0, 3_000, (500, 3_000))
    assert effect.se / 2**0.5 == pytest.approx((y[drawn].sum(axis=1) / x[drawn].sum(axis=1)).std(), rel=0.1)
    assert ratio_effect(y, np.ones(3_000), x, np.ones(3_000)).difference == pytest.approx(mean_effect(y, x).difference)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: users_for_rates(1.2, 0.1), "bad-experiment"),
        (lambda: users_for_rates(0.1, 0.0), "bad-experiment"),
        (lambda: users_for_means(0.0, 1.0), "bad-experiment"),
        (lambda: days_needed(100, 0), "bad-experiment"),
        (lambda: sample_ratio([10]), "bad-experiment"),
        (lambda: sample_ratio([-1, 10]), "bad-experiment"),
        (lambda: sequential_test(Effect(0, 1, 1, 0, 1, 500), alpha=0), "bad-experiment"),
        (lambda: mean_effect([1.0], [1.0, 2.0]), "bad-measurements"),
        (lambda: mean_effect([1.0, float("nan")], [1.0, 2.0]), "bad-measurements"),
        (lambda: mean_effect(["a", "b"], [1.0, 2.0]), "bad-measurements"),
        (lambda: cuped_effect([1, 2], [1, 2], [1, 2, 3], [1, 2]), "bad-measurements"),
        (lambda: ratio_effect([1, 2], [0, 0], [1, 2], [1, 1]), "bad-measurements"),
    ],
)
def test_bad_experiments_are_named(call: Callable[[], Any], code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        call()
    assert error.value.code == code
    assert error.value.tell("zh") and error.value.tell("en")


def _log(n: int = 6_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Candidates, clicks and propensities of a known policy over three arms with click rates 2, 5 and 10 %."""
    rng, policy = np.random.default_rng(seed), np.array([0.5, 0.3, 0.2])
    action = rng.choice(3, n, p=policy)
    return action, (rng.random(n) < np.array([0.02, 0.05, 0.1])[action]).astype(float), policy[action]


def test_estimates_come_near_the_truth() -> None:
    action, reward, propensity = _log(40_000)
    target = np.array([0.1, 0.2, 0.7])
    value = evaluate_policy(action, reward, propensity, np.tile(target, (len(action), 1)))
    assert value.low < target @ [0.02, 0.05, 0.1] < value.high
    assert all(abs(point - 0.082) < 0.006 for point in value.all.values())
    assert value.doubts == ()


def test_the_logs_own_policy_earns_what_the_log_earned() -> None:
    action, reward, propensity = _log()
    value = evaluate_policy(action, reward, propensity, np.tile([0.5, 0.3, 0.2], (len(action), 1)), estimator="ipw")
    assert value.value == pytest.approx(reward.mean())
    assert value.ess == pytest.approx(len(action))


@given(factor=st.floats(0.1, 1_000))
@settings(max_examples=10)
def test_a_reward_in_another_unit_is_an_estimate_in_another_unit(factor: float) -> None:
    action, reward, propensity = _log(2_000)
    target = np.tile([0.2, 0.3, 0.5], (len(action), 1))
    one, other = (evaluate_policy(action, r, propensity, target, draws=5) for r in (reward, reward * factor))
    assert other.value == pytest.approx(one.value * factor)


@pytest.mark.parametrize(
    ("rows", "propensity", "target", "doubt"),
    [
        (600, None, [0.2, 0.3, 0.5], "rewards"),
        (6_000, 0.001, [0.2, 0.3, 0.5], "weight"),
        (6_000, 1.0, [0.2, 0.3, 0.5], "support"),
    ],
)
def test_a_log_that_cannot_tell_is_refused(rows: int, propensity: float | None, target: list[float], doubt: str) -> None:
    action, reward, logged = _log(rows)
    p = logged if propensity is None else np.full(rows, propensity)
    with pytest.raises(AdwrightError) as error:
        evaluate_policy(action, reward, p, np.tile(target, (rows, 1)))
    assert error.value.code == "weak-log"
    assert doubt in evaluate_policy(action, reward, p, np.tile(target, (rows, 1)), force=True, draws=5).doubts


@pytest.mark.parametrize(
    "change",
    [
        {"propensity": np.zeros(6_000)},
        {"propensity": np.full(6_000, 1.5)},
        {"action": np.full(6_000, 3)},
        {"reward": np.full(6_000, np.nan)},
        {"target": np.full((6_000, 3), 0.5)},
        {"target": np.full((10, 3), 1 / 3)},
        {"folds": np.zeros(6_000)},
        {"estimator": "magic"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_bad_logs_are_named(change: dict[str, Any]) -> None:
    action, reward, propensity = _log()
    told = {"action": action, "reward": reward, "propensity": propensity, "target": np.tile([0.2, 0.3, 0.5], (6_000, 1))}
    with pytest.raises(AdwrightError) as error:
        evaluate_policy(**{**told, **change})
    assert error.value.code == "bad-log"


def test_open_bandit_gives_the_researchs_points(datasets: Path) -> None:
    points = datasets.parent / "peers" / "roi" / "ope.json"
    if not points.is_file() or not (datasets / "open_bandit").is_dir():
        pytest.skip("Open Bandit or its published points are absent")
    import pandas as pd

    known = {(o["task"], o["camp"], o["est"]): o["point"] for o in json.loads(points.read_text("utf-8")) if o["part"] == "ope"}
    for campaign, items in (("men", 34), ("women", 46)):
        log = pd.read_csv(datasets / "open_bandit" / f"bts_{campaign}.csv.gz", index_col=0).sample(frac=1, random_state=0)
        folds = np.arange(len(log)) >= len(log) // 2
        target = np.full((len(log), items), 1 / items)
        value = evaluate_policy(log["item_id"], log["click"], log["propensity_score"], target, folds=folds, force=True, draws=2)
        for ours, point in value.all.items():
            theirs = "dros10" if ours == "dros" else ours
            assert point == pytest.approx(known["random from bts", campaign, theirs], abs=1e-9)


def test_thompson_from_the_random_log_gives_the_researchs_points(datasets: Path) -> None:
    points = datasets.parent / "peers" / "roi" / "ope.json"
    if not points.is_file() or not (datasets / "open_bandit").is_dir():
        pytest.skip("Open Bandit or its published points are absent")
    import pandas as pd

    known = {(o["task"], o["camp"], o["est"]): o["point"] for o in json.loads(points.read_text("utf-8")) if o["part"] == "ope"}
    prior = pd.read_csv(datasets / "open_bandit" / "prior_bts.csv")
    for campaign in ("men", "women"):
        mine = prior[prior["campaign"] == campaign]
        # The research's own Monte Carlo of what Thompson sampling shows at each position, draw for draw.
        rng, shown = np.random.default_rng(0), np.zeros((len(mine), 3))
        for _ in range(10):
            best = np.argsort(-rng.beta(mine["alpha"], mine["beta"], size=(10_000, len(mine))), axis=1)[:, :3]
            shown += np.stack([np.bincount(best[:, k], minlength=len(mine)) for k in range(3)], axis=1)
        log = pd.read_csv(datasets / "open_bandit" / f"random_{campaign}.csv.gz", index_col=0).sample(frac=1, random_state=0)
        target = (shown / 100_000).T[log["position"] - 1]
        folds = np.arange(len(log)) >= len(log) // 2
        value = evaluate_policy(log["item_id"], log["click"], log["propensity_score"], target, folds=folds, force=True, draws=2)
        for ours, point in value.all.items():
            theirs = "dros10" if ours == "dros" else ours
            assert point == pytest.approx(known["bts from random", campaign, theirs], abs=1e-9)


def _with_moments(total: float, squares: float, n: int) -> np.ndarray:
    """Values with this sum, sum of squares and number."""
    spread = np.where(np.arange(n) % 2, 1.0, -1.0)
    spread[-1] *= n % 2 == 0
    spread -= spread.mean()
    return total / n + spread * ((squares - total**2 / n) / (spread @ spread)) ** 0.5


@pytest.mark.parametrize(
    ("treated", "control", "tuned_for", "lift", "lift_se", "interval"),
    [
        ((2422.7, 134698.29, 3461), (1396.87, 52377.9767, 3000), 1_000, 0.50336, 0.33341, (-0.55844, 1.56516)),
        ((2422, 2422, 3461), (1396, 1396, 3000), 5_000, 0.50386, 0.03386, (0.40098, 0.60675)),
    ],
    ids=["means", "rates"],
)
def test_the_sequence_is_growthbooks(
    treated: tuple[float, float, int],
    control: tuple[float, float, int],
    tuned_for: int,
    lift: float,
    lift_se: float,
    interval: tuple[float, float],
) -> None:
    """Values asserted by GrowthBook's own tests: growthbook/growthbook, packages/stats/tests/frequentist/test_tests.py, TestSequentialTTest."""
    effect = mean_effect(_with_moments(*treated), _with_moments(*control))
    assert effect.lift == pytest.approx(lift, abs=1e-5) and effect.lift_se == pytest.approx(lift_se, abs=2e-5)
    # GrowthBook reads relative effects by default; the sequence is the same for any effect with its standard error.
    found = sequential_test(effect._replace(difference=effect.lift, se=effect.lift_se), tuned_for=tuned_for)
    assert (found.low, found.high) == pytest.approx(interval, abs=5e-5)
    exact = sequential_test(effect._replace(difference=lift, se=lift_se), tuned_for=tuned_for)
    assert (exact.low, exact.high) == pytest.approx(interval, abs=3e-5)


def test_growthbooks_regression_adjusted_sequence() -> None:
    """The same source, `test_sequential_test_runs_ra`: its effect and standard error, 6,461 units, default tuning."""
    found = sequential_test(Effect(0.50236, 0.3093, 1.0, 0.0, 0.0, 6_461))
    assert (found.low, found.high) == pytest.approx((-0.43745, 1.44217), abs=2e-4)


def test_a_randomised_e_mail_lifts_visits_and_spend(datasets: Path) -> None:
    if not (datasets / "hillstrom_email").is_dir():
        pytest.skip("Hillstrom's e-mail test is absent")
    import pandas as pd

    mail = pd.read_parquet(datasets / "hillstrom_email" / "hillstrom.parquet")
    sent = mail["cat_segment"] != "No E-Mail"
    assert sample_ratio(mail["cat_segment"].value_counts().tolist()).ok
    visits = mean_effect(mail[sent]["label"], mail[~sent]["label"])
    assert visits.difference == pytest.approx(0.0609, abs=1e-4)
    assert sequential_test(visits).verdict == "better"
