"""Sixty days of a campaign in a market nobody knows, run by different policies: what adjusting is worth, and that money stays in bounds.

The code under test is the real one: `decide`, `Bandit` and `daily_budget` are those that adjust a shop's plan. Every policy gets the same
market, the same money and the same pacing. Beside ours run a plan that is never touched, money and creatives chasing the average
ROAS and click rate of the last week, and an oracle that knows curves, rates and tiring and moves as it likes every day. The market is
`world`: its sizes are assumptions, so that results compare policies and promise no amount to a shop.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.words import both
from .adjusting import COOLDOWN, MOVE_CAP, decide
from .allocation import allocate
from .bandit import Arm, Bandit
from .daily_pacing import daily_budget
from .learning import DailyCounts, learn
from .response_curve import ResponseCurve
from .world import DELIVERY, World

Array = NDArray[np.float64]
Policy = Literal["adjust", "plan", "equal", "chase", "oracle"]
POLICIES: tuple[Policy, ...] = ("adjust", "plan", "equal", "chase", "oracle")
CURRENCY = "CNY"
TRAILING = 7
# The least part of an equal share that a new plan gives each line, as `make_plan` does.
LEARNING = 0.2
MOST_LINES, MOST_DAYS = 200, 366


@dataclass(frozen=True)
class Run:
    """One policy in one market: money `spent` of `total`, `contribution` (expected from what was shown, late orders included) and `moves`.

    `over` is money spent beyond the total, the only cap that all policies share.
    """

    policy: Policy
    seed: int
    total: float
    spent: float
    contribution: float
    revenue_margin: float
    over: float
    moves: int
    by_day: list[float]


def simulate(
    *, days: int = 60, seed: int = 0, lines: int = 20, creatives: int = 5, policies: tuple[Policy, ...] = POLICIES
) -> dict[Policy, Run]:
    """Run each policy for so many `days` in the market of `seed`; the same arguments give the same runs.

    Raises `AdwrightError` (``bad-simulation``) for sizes that cannot be.

    Example:
        >>> runs = simulate(days=10, lines=3, creatives=2)
        >>> all(run.over == 0 for run in runs.values())
        True
    """
    if not (7 <= days <= MOST_DAYS and 2 <= lines <= MOST_LINES and 1 <= creatives <= 50 and seed >= 0):
        raise AdwrightError(
            both(
                f"无法模拟：{days} 天、{lines} 条线、每条 {creatives} 个素材、种子 {seed}。",
                f"{days} days, {lines} lines, {creatives} creatives each and seed {seed} cannot be simulated.",
            ),
            both(
                f"天数 7 到 {MOST_DAYS}，线 2 到 {MOST_LINES}，素材 1 到 50，种子不小于 0。",
                f"Days 7 to {MOST_DAYS}, lines 2 to {MOST_LINES}, creatives 1 to 50, seed 0 or more.",
            ),
            code="bad-simulation",
        )
    world = World.draw(seed, lines, creatives, days)
    return {policy: _run(world, policy, days, seed) for policy in policies}


class _Book:
    """What the shop sees: counts by day, orders as they come in; and what only the market knows: expected orders."""

    def __init__(self, world: World, days: int, seed: int) -> None:
        lines, creatives = world.ctr.shape
        self.rng = np.random.default_rng([seed, 2])
        self.world = world
        self.spend = np.zeros((days, lines))
        self.shown, self.clicks, self.orders = np.zeros((3, days, lines, creatives))
        self.coming: list[tuple[int, int, Array]] = []
        self.earned = np.zeros(days)

    def run(self, day: int, budgets: Array, shares: Array) -> Array:
        """Play one day and return the orders that came in today, by day of their click (day + 1, lines, creatives)."""
        world = self.world
        spend = budgets * world.delivery[day]
        shown = np.where(spend > 0, world.impressions(spend), 0.0)[:, None] * shares
        rates = world.click_rates(self.shown[:day].sum(0)) * np.sqrt(world.demand[day])[:, None]
        clicks = self.rng.poisson(shown * rates).astype(float)
        bought = np.minimum(world.cvr * np.sqrt(world.demand[day])[:, None], 0.9)
        self.spend[day], self.shown[day], self.clicks[day] = spend, shown, clicks
        self.earned[day] = float((shown * rates * bought * world.worth[:, None]).sum())
        waiting = self.rng.binomial(clicks.astype(int), bought).astype(float)
        self.coming.append((day, 0, waiting))
        new, kept = np.zeros((day + 1, *clicks.shape)), []
        for clicked, _, left in self.coming:
            age = day - clicked
            before = world.arrived(age - 1) if age else np.zeros(len(world.later))
            chance = (world.arrived(age) - before) / np.maximum(1 - before, 1e-9)
            came = self.rng.binomial(left.astype(int), np.clip(chance, 0, 1)[:, None]).astype(float)
            new[clicked] = came
            if (left - came).any() and age < 30:
                kept.append((clicked, age, left - came))
        self.coming = kept
        self.orders[: day + 1] += new
        return new

    def counts(self, day: int) -> DailyCounts:
        """The counts of the days before `day`."""
        return DailyCounts(
            age=np.arange(day - 1, -1, -1.0),
            spend=self.spend[:day],
            clicks=self.clicks[:day].sum(2),
            orders=self.orders[:day].sum(2),
        )


def _run(world: World, policy: Policy, days: int, seed: int) -> Run:
    lines, creatives = world.ctr.shape
    total, book = float(world.priors.spend.sum()) * days, _Book(world, days, seed)
    budgets, moves, since = _start(world, policy, total / days), 0, COOLDOWN
    shares = np.full((lines, creatives), 1 / creatives)
    bandits = _bandits(world, seed) if policy == "adjust" else []
    asked = delivered = 0.0
    for day in range(days):
        spent = float(book.spend.sum())
        if policy == "adjust":
            shares = _told(bandits, creatives, day)
            if day:
                made = decide(
                    world.priors,
                    book.counts(day),
                    budgets,
                    max(total - spent, 0.0),
                    days - day,
                    spent=book.spend.sum(0),
                    caps=np.full(lines, total),
                    since_move=since,
                    seed=seed,
                )
                budgets, since, moves = made.budgets, 0 if made.moved else since + 1, moves + made.moved
        elif policy == "chase" and day:
            shares = _chased_creatives(book, day)
            if since >= COOLDOWN - 1 and day >= TRAILING:
                budgets, since, moves = _chased(world, book, day, budgets), 0, moves + 1
            else:
                since += 1
        elif policy == "oracle":
            shares = _known_creatives(world, book, day)
            budgets, moves = _known_split(world, book, day, shares, max(total - spent, 0.0) / (days - day)), moves + 1
        today = daily_budget(
            _money(total),
            _money(spent),
            [1.0] * days,
            day,
            overdelivery=DELIVERY[1],
            delivered=min(1.0, delivered / asked) if asked else 1.0,
        )
        budget = budgets * (float(today) / budgets.sum()) if budgets.sum() > 0 else budgets
        new = book.run(day, budget, shares)
        asked, delivered = asked + float(budget.sum()), delivered + float(book.spend[day].sum())
        for line, bandit in enumerate(bandits):
            _observe(bandit, line, day, book, new)
    spent = float(book.spend.sum())
    return Run(
        policy=policy,
        seed=seed,
        total=total,
        spent=spent,
        contribution=float(book.earned.sum()) - spent,
        revenue_margin=float(book.earned.sum()),
        over=max(spent - total, 0.0),
        moves=moves,
        by_day=(book.earned - book.spend.sum(1)).tolist(),
    )


def _start(world: World, policy: Policy, daily: float) -> Array:
    """The first day's split: a plan made from the forecast for ours and the untouched plan, equal for the others."""
    if policy in ("adjust", "plan"):
        learned = learn(world.priors, _nothing(len(world.worth)))
        return np.array(allocate(learned.curve, daily, lower=LEARNING * daily / len(world.worth)).amounts)
    return np.full(len(world.worth), daily / len(world.worth))


def _nothing(lines: int) -> DailyCounts:
    return DailyCounts(np.zeros(0), *(np.zeros((0, lines)) for _ in range(3)))


def _bandits(world: World, seed: int) -> list[Bandit]:
    return [
        Bandit(
            [Arm(str(j), ctr=float(ctr), value=float(worth)) for j, ctr in enumerate(guess)],
            usual_cvr=float(cvr),
            seed=seed * 1_000 + i,
        )
        for i, (guess, worth, cvr) in enumerate(zip(world.guesses, world.worth, world.priors.cvr, strict=True))
    ]


def _told(bandits: list[Bandit], creatives: int, day: int) -> Array:
    told = [bandit.shares(day) for bandit in bandits]
    return np.array([[part.get(str(j), 0.0) for j in range(creatives)] for part in told])


def _observe(bandit: Bandit, line: int, day: int, book: _Book, new: Array) -> None:
    """Tell a line's bandit today's impressions and clicks, and the orders that came today for clicks of any day."""
    for j in range(new.shape[2]):
        shown, clicks = int(book.shown[day, line, j]), int(book.clicks[day, line, j])
        bandit.observe(str(j), day=day, impressions=max(shown, clicks), clicks=clicks)
        for clicked in np.flatnonzero(new[:, line, j]):
            bandit.observe(str(j), day=int(clicked), conversions=int(new[clicked, line, j]))


def _chased(world: World, book: _Book, day: int, budgets: Array) -> Array:
    """Budgets in proportion to last week's average margin x ROAS, each at most 30 % from what it was."""
    week = slice(max(0, day - TRAILING), day)
    roas = book.orders[week].sum((0, 2)) * world.worth / np.maximum(book.spend[week].sum(0), 1e-9)
    wanted = budgets.sum() * roas / max(float(roas.sum()), 1e-9)
    moved = np.clip(wanted, (1 - MOVE_CAP) * budgets, (1 + MOVE_CAP) * budgets)
    return moved * (budgets.sum() / moved.sum())


def _chased_creatives(book: _Book, day: int) -> Array:
    """Shares in proportion to last week's click rates."""
    week = slice(max(0, day - TRAILING), day)
    rate = (book.clicks[week].sum(0) + 1) / (book.shown[week].sum(0) + 100)
    return rate / rate.sum(1, keepdims=True)


def _known_creatives(world: World, book: _Book, day: int) -> Array:
    """All traffic to the creative that is best today."""
    value = world.click_rates(book.shown[:day].sum(0)) * world.cvr
    return np.eye(value.shape[1])[value.argmax(1)]


def _known_split(world: World, book: _Book, day: int, shares: Array, money: float) -> Array:
    """The best split of today's money by the true curves at today's rates."""
    value = (shares * world.click_rates(book.shown[:day].sum(0)) * world.cvr).sum(1) * world.worth
    return np.array(allocate(ResponseCurve.hill(world.top * value, world.half, world.slope), money).amounts)


def _money(amount: float) -> Money:
    return Money.of(Decimal(repr(round(amount, 2))), CURRENCY)
