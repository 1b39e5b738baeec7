"""Tests, off-policy estimates, creatives and pacing beside the usual ways: ``python -m benchmarks trials``.

Truths are known: simulated A/A tests, the on-policy click rates of Open Bandit, its smoothed click rates as arms, and simulated
second-price auctions with a hindsight optimum. Hillstrom's randomised e-mail shows the reading of a real test. Peers are written
here from their formulas: pooled-variance t-test with peeking, UCB1, flat Thompson, equal split, PI throttling.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adwright.tools.budget import Arm, Bandit, Effect, Pacer, cuped_effect, evaluate_policy, mean_effect, sample_ratio, sequential_test

Array = NDArray[Any]
DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"
TESTS, LOOKS = 2_000, 50
IMPRESSIONS, BATCH = 50_000, 500
# The bandit's constants were chosen on seeds 0 to 15.
SEEDS = range(200, 224)
AUCTIONS, HOURS, DAYS = 20_000, 24, 10


def main() -> None:
    """Print the tables."""
    _false_alarms()
    if (DATASETS / "hillstrom_email").is_dir():
        _mail()
    if (DATASETS / "open_bandit").is_dir():
        _policies()
        _creatives()
    _decisions()
    _pacing()


def _false_alarms() -> None:
    print(f"**False alarms of {TESTS:,} A/A tests, {LOOKS} looks each**, aim 5 %; seed 0\n")
    print("| rate | users per arm and look | sequential test | t-test at every look | t-test at the end |\n|---|---|---|---|---|")
    for rate, users in ((0.05, 400), (0.01, 400), (0.05, 40)):
        rng = np.random.default_rng(0)
        n = users * np.arange(1, LOOKS + 1)
        t, c = (rng.binomial(users, rate, (TESTS, LOOKS)).cumsum(axis=1) / n for _ in range(2))
        difference, se = t - c, np.sqrt((t * (1 - t) + c * (1 - c)) / (n - 1))
        called = np.zeros(TESTS, bool)
        for i, k in np.ndindex(TESTS, LOOKS):
            effect = Effect(float(difference[i, k]), float(se[i, k]), float(c[i, k]), 0.0, 0.0, int(2 * n[k]))
            called[i] |= sequential_test(effect, tuned_for=int(n[-1])).verdict != "undecided"
        crossed = np.abs(difference) > 1.96 * se
        print(
            f"| {rate:.0%} | {users} | {called.mean():.1%} | {crossed.any(axis=1).mean():.1%} | {crossed[:, -1].mean():.1%} |", flush=True
        )


def _mail() -> None:
    import pandas as pd

    mail = pd.read_parquet(DATASETS / "hillstrom_email" / "hillstrom.parquet")
    sent = mail["cat_segment"] != "No E-Mail"
    ratio = sample_ratio(mail["cat_segment"].value_counts().tolist())
    print(f"\n**Hillstrom: e-mail against none, {len(mail):,} customers**; three equal arms, split check p = {ratio.p:.2f}\n")
    print(
        "| measure | without | difference | 95 %, one look | 95 %, any look | lift | p | noise removed |\n|---|---|---|---|---|---|---|---|"
    )
    treated, control = mail[sent], mail[~sent]
    plain = [(name, mean_effect(treated[key], control[key])) for name, key in (("visits", "label"), ("orders", "conversion"))]
    spend = ("spend, USD", mean_effect(treated["spend"], control["spend"]))
    cuped = ("spend, USD, CUPED", cuped_effect(treated["spend"], control["spend"], treated["num_history"], control["num_history"]))
    for name, e in (*plain, spend, cuped):
        (low, high), any_look = e.interval(), sequential_test(e)
        print(
            f"| {name} | {e.control:.4f} | {e.difference:+.4f} | {low:.4f} to {high:.4f} | {any_look.low:.4f} to {any_look.high:.4f}"
            f" | {e.lift:+.0%} ± {1.96 * e.lift_se:.0%} | {e.p_value():.1g} | {e.noise_removed:.2%} |"
        )


def _policies() -> None:
    print("\n**Another policy's clicks from a log of 10,000 (Open Bandit)**; relative error against the other policy's own log\n")
    print("| task | clicks | truth | DRos (default), 90 % | IPW | SNIPW | DM | DR | DRos | ESS | largest weight | without force |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for campaign in ("men", "women"):
        random, sampled = (_bandit_log(f"{policy}_{campaign}") for policy in ("random", "bts"))
        thompson = _thompson(campaign)
        for name, log, other, policy in (
            (f"{campaign}: TS from random", random, sampled, thompson),
            (f"{campaign}: random from TS", sampled, random, np.full_like(thompson, 1 / len(thompson))),
        ):
            shuffled = log.sample(frac=1, random_state=0)
            v = evaluate_policy(
                shuffled["item_id"],
                shuffled["click"],
                shuffled["propensity_score"],
                policy.T[shuffled["position"] - 1],
                folds=np.arange(len(log)) >= len(log) // 2,
                force=True,
            )
            truth = other["click"].mean()
            errors = " | ".join(f"{abs(v.all[e] / truth - 1):.2f}" for e in v.all)
            print(
                f"| {name} | {v.rewards} | {truth:.4f} | {v.value:.4f} ({v.low:.4f} to {v.high:.4f}) | {errors} | {v.ess:,.0f}"
                f" | {v.max_weight:,.0f} | {'refused: ' + ', '.join(v.doubts) if v.doubts else 'shown'} |",
                flush=True,
            )


def _bandit_log(name: str) -> Any:
    import pandas as pd

    return pd.read_csv(DATASETS / "open_bandit" / f"{name}.csv.gz", index_col=0)


def _thompson(campaign: str, draws: int = 100_000) -> Array:
    """Probability of each item at each of three positions under the log's Thompson sampling [items, 3], by Monte Carlo."""
    import pandas as pd

    prior: Any = pd.read_csv(DATASETS / "open_bandit" / "prior_bts.csv")
    prior = prior[prior["campaign"] == campaign]
    a, b = prior["alpha"].to_numpy(), prior["beta"].to_numpy()
    rng, shown = np.random.default_rng(0), np.zeros((len(a), 3))
    for _ in range(draws // 10_000):
        best = np.argsort(-rng.beta(a, b, size=(10_000, len(a))), axis=1)[:, :3]
        shown += np.stack([np.bincount(best[:, k], minlength=len(a)) for k in range(3)], axis=1)
    return shown / draws


def _creatives() -> None:
    import pandas as pd

    log: Any = pd.concat([_bandit_log(f"{policy}_men") for policy in ("random", "bts")])
    items, mean = log.groupby("item_id")["click"].agg(["sum", "count"]), log["click"].mean()
    rates = ((items["sum"] + 200 * mean) / (items["count"] + 200)).to_numpy()
    print(
        f"\n**Clicks lost against always showing the best creative, %**: {IMPRESSIONS:,} impressions in batches of {BATCH}; seeds {SEEDS[0]} to {SEEDS[-1]}, other than those the constants were chosen on\n"
    )
    print("| arms | way | mean | standard deviation | median | worst | bar |\n|---|---|---|---|---|---|---|")
    ways: tuple[tuple[str, Callable[[Array, Array, int], float], dict[int, str]], ...] = (
        ("equal split", lambda ctr, _, __: float(100 * (1 - ctr.mean() / ctr.max())), {}),
        ("UCB1", lambda ctr, _, seed: _lost(ctr, _ucb(), seed), {}),
        ("Thompson, flat prior", lambda ctr, _, seed: _lost(ctr, _flat(seed), seed), {}),
        ("adwright, empirical Bayes", lambda ctr, _, seed: _lost(ctr, _ours(ctr, None, seed), seed), {34: "30"}),
        ("adwright, prior of a CTR model", lambda ctr, told, seed: _lost(ctr, _ours(ctr, told, seed), seed), {5: "6", 34: "12"}),
    )
    for arms in (5, 34):
        for name, way, bar in ways:
            lost = np.array([way(*_arms(rates, arms, seed), seed) for seed in SEEDS])
            print(
                f"| {arms} | {name} | {lost.mean():.1f} | {lost.std():.1f} | {np.median(lost):.1f} | {lost.max():.1f} | {bar.get(arms, '')} |",
                flush=True,
            )


def _arms(rates: Array, arms: int, seed: int) -> tuple[Array, Array]:
    """True click rates, and a CTR model's guesses whose logs correlate 0.6 with them."""
    rng = np.random.default_rng(seed)
    ctr = rates if arms == len(rates) else rng.choice(rates, arms, replace=False)
    logs = np.log(rates)
    noisy = 0.6 * (np.log(ctr) - logs.mean()) / logs.std() + 0.8 * rng.normal(size=len(ctr))
    return ctr, np.exp(logs.mean() + 0.6 * noisy * logs.std())


Way = Callable[[Array, Array], Array]


def _lost(ctr: Array, way: Way, seed: int) -> float:
    """Percent of the best arm's clicks lost; `way` maps clicks and impressions so far to the shares of the next batch."""
    rng = np.random.default_rng(100 + seed)
    clicks, shown = np.zeros((2, len(ctr)))
    for _ in range(IMPRESSIONS // BATCH):
        new = rng.multinomial(BATCH, way(clicks, shown))
        clicks += rng.binomial(new, ctr)
        shown += new
    return float(100 * (1 - shown @ ctr / (ctr.max() * IMPRESSIONS)))


def _ucb() -> Way:
    def shares(clicks: Array, shown: Array) -> Array:
        if (shown == 0).any():
            return np.full(len(shown), 1 / len(shown))
        return np.eye(len(shown))[np.argmax(clicks / shown + np.sqrt(2 * np.log(shown.sum()) / shown))]

    return shares


def _flat(seed: int) -> Way:
    rng = np.random.default_rng(seed)

    def shares(clicks: Array, shown: Array) -> Array:
        drawn = rng.beta(1 + clicks, 1 + shown - clicks, size=(BATCH, len(shown)))
        return np.bincount(drawn.argmax(axis=1), minlength=len(shown)) / BATCH

    return shares


def _ours(ctr: Array, told: Array | None, seed: int) -> Way:
    arms = [Arm(str(i), ctr=None if told is None else float(told[i])) for i in range(len(ctr))]
    bandit = Bandit(arms, goal="clicks", discount=1.0, seed=seed)
    before = np.zeros((2, len(ctr)))

    def shares(clicks: Array, shown: Array) -> Array:
        for i in np.flatnonzero(shown > before[1]):
            bandit.observe(str(i), day=0, impressions=int(shown[i] - before[1, i]), clicks=int(clicks[i] - before[0, i]))
        before[:] = clicks, shown
        told = bandit.shares()
        return np.array([told.get(str(i), 0.0) for i in range(len(ctr))])

    return shares


def _decisions() -> None:
    rng = np.random.default_rng(0)
    arms = 1_000
    bandit = Bandit([Arm(str(i), ctr=float(p)) for i, p in enumerate(rng.uniform(0.003, 0.02, arms))], seed=0)
    for arm in bandit.shares():
        bandit.observe(arm, day=0, impressions=5_000, clicks=50, conversions=1)
    started = time.process_time()
    for _ in range(20):
        bandit.assign(500)
    print(f"\n500 decisions over {arms:,} arms, contribution: {(time.process_time() - started) / 20 * 1000:.1f} ms CPU (bar 50)")


def _pacing() -> None:
    print(
        f"\n**One budget over one day of second-price auctions**: share of the value of the hindsight optimum; {DAYS} days (seeds 0 ..)\n"
    )
    print("| traffic | way | value, mean | worst day | overspent | budget used | day at which 99 % was spent | µs per auction |")
    print("|---|---|---|---|---|---|---|---|")
    for name, rush in (
        ("as planned", None),
        ("twice as much all day", 0.0),
        ("twice as much from 50 %", 0.5),
        ("twice as much from 70 %", 0.7),
    ):
        for way in (_spend, _throttle, _dual, _dual_worth):
            days = np.array([_day(partial(way, worth=_yesterday(seed)) if way is _dual_worth else way, seed, rush) for seed in range(DAYS)])
            value, used, late, micro = days.mean(axis=0)
            over = max(days[:, 1].max() - 1, 0.0)
            print(
                f"| {name} | {way.__doc__} | {value:.1%} | {days[:, 0].min():.1%} | {over:.0%} | {used:.1%} | {late:.0%} | {micro:.1f} |",
                flush=True,
            )


def _day(way: Callable[..., list[tuple[float, float]]], seed: int, rush: float | None) -> tuple[float, float, float, float]:
    hour, value, price = _auctions(seed, 0.0)
    budget = 0.25 * float(price[value > price].sum())
    if rush is not None:
        more = _auctions(1_000 + seed, rush)
        joined = np.concatenate([np.stack([hour, value, price]), np.stack(more)], axis=1)
        hour, value, price = joined[:, np.argsort(joined[0], kind="stable")]
    order = np.argsort(-value / price)
    best = value[order][np.cumsum(price[order]) <= budget].sum()
    started = time.process_time()
    won = way(hour.tolist(), value.tolist(), price.tolist(), budget)
    seconds = time.process_time() - started
    got, paid = np.array(won).T
    late = hour[np.flatnonzero(paid.cumsum() < 0.99 * budget)[-1]]
    return float(got.sum() / best), float(paid.sum() / budget), float(late), seconds / len(hour) * 1e6


def _auctions(seed: int, start: float) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    hour = np.sort(rng.beta(2.2, 1.6, AUCTIONS))
    value = rng.gamma(2, 0.5, AUCTIONS) * (1 + 0.6 * (hour > 0.7))
    price = rng.lognormal(-0.2, 0.6, AUCTIONS)
    return hour[hour > start], value[hour > start], price[hour > start]


def _spend(hour: list[float], value: list[float], price: list[float], budget: float) -> list[tuple[float, float]]:
    """none"""
    won, left = [], budget
    for v, c in zip(value, price, strict=True):
        win = v > c and c <= left
        left -= c * win
        won.append((v * win, c * win))
    return won


def _throttle(hour: list[float], value: list[float], price: list[float], budget: float) -> list[tuple[float, float]]:
    """PI throttle"""
    rng, won, left, share, total = np.random.default_rng(99), [], budget, 1.0, 0.0
    for k, (v, c) in enumerate(zip(value, price, strict=True)):
        win = v > c and c <= left and rng.random() < share
        left -= c * win
        won.append((v * win, c * win))
        if k % 50 == 49:
            behind = ((k + 1) / AUCTIONS * budget - (budget - left)) / budget
            total += behind
            share = min(max(0.35 + 6 * behind + 0.3 * total, 0.01), 1.0)
    return won


def _yesterday(seed: int) -> list[float]:
    """Mean value of an auction in each hour of another day."""
    hour, value, _ = _auctions(5_000 + seed, 0.0)
    slot = np.minimum((hour * HOURS).astype(int), HOURS - 1)
    counts = np.bincount(slot, minlength=HOURS)
    # Hours with few auctions lean on the day's mean.
    return ((np.bincount(slot, value, minlength=HOURS) + 20 * value.mean()) / (counts + 20)).tolist()


def _dual_worth(hour: list[float], value: list[float], price: list[float], budget: float, worth: list[float]) -> list[tuple[float, float]]:
    """adwright, with yesterday's value by hour"""
    return _dual(hour, value, price, budget, worth)


def _dual(
    hour: list[float], value: list[float], price: list[float], budget: float, worth: list[float] | None = None
) -> list[tuple[float, float]]:
    """adwright, traffic forecast only"""
    from scipy.stats import beta

    plan = AUCTIONS * np.diff(beta.cdf(np.linspace(0, 1, HOURS + 1), 2.2, 1.6))
    pacer, won = Pacer(budget, plan.tolist(), worth), []
    for h, v, c in zip(hour, value, price, strict=True):
        win = pacer.bid(v, min(int(h * HOURS), HOURS - 1)) > c
        pacer.settle(c if win else 0.0)
        won.append((v * win, c * win))
    return won
