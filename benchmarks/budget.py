"""Budget allocation beside its peers, with a known best answer: ``python -m benchmarks budget``.

Problems: margin x Hill response of campaigns whose sizes differ a lot, bounds 0.2 to 3 times today's spend, today's total;
concave (slope 0.6 to 1) and S-shaped (0.8 to 3). Loss is against the best answer for concave curves (KKT) and against the
dual bound, which no split exceeds, for S-shaped ones. CPU seconds of one thread. SLSQP runs with the options and the equal
start of PyMC-Marketing's optimiser, money raw and the response about 1 as in its scaled target, and again with money scaled; the greedy
grid is our own writing of the rule that Meridian's optimiser describes; at 5,000 lines no step of its grid fits the smallest ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from adwright.data.money import Money, total
from adwright.tools.budget import ResponseCurve, allocate
from adwright.tools.budget.worst_draws import worst_mean

Array = NDArray[np.float64]
LIMIT = 12.0
PROBLEMS = 100
WISHES = 5
BUDGETS = (1e3, 1e5, 1e7, 1e9)


class Problem(NamedTuple):
    """Curves, today's spend, and bounds."""

    curves: ResponseCurve
    today: Array
    low: Array
    high: Array

    @property
    def budget(self) -> float:
        """Today's total."""
        return float(self.today.sum())

    def value(self, spend: Array) -> float:
        """Result of a split."""
        return float(self.curves.value(spend).sum())


def problem(n: int, seed: int, *, shaped: bool = False, budget: float | None = None, draws: int = 1) -> Problem:
    """Make one problem; the same numbers for the same seed."""
    rng = np.random.default_rng(seed)
    today = 1000 * rng.lognormal(0, 1.2, n)
    today *= 1 if budget is None else budget / today.sum()
    half = today * rng.uniform(0.5, 4, n)
    slope = rng.uniform(0.8, 3.0, n) if shaped else rng.uniform(0.6, 1.0, n)
    scale = rng.uniform(0.8, 6, n) * today * (half**slope + today**slope) / today**slope
    if draws == 1:
        curves = ResponseCurve.hill(scale, half, slope)
    else:
        spread = rng.lognormal(0, 0.3, (2, draws, n))
        curves = ResponseCurve.from_draws("hill", scale * spread[0], half * spread[1], slope)
    return Problem(curves, today, 0.2 * today, 3.0 * today)


def main() -> None:
    """Print the tables."""
    print(f"numpy {version('numpy')}, scipy {version('scipy')}; CPU seconds of one thread")
    print("\n| curves | lines | seed | method | loss % | total missed % | CPU s | |\n|---|---|---|---|---|---|---|---|")
    for shaped in (False, True):
        for n in (5, 50, 5000):
            for seed in (0, 1):
                _rows(n, seed, shaped=shaped)
    _certified()
    _speed()
    _inverse()
    _careful()


def _rows(n: int, seed: int, *, shaped: bool) -> None:
    p = problem(n, seed, shaped=shaped)
    start = time.process_time()
    ours = allocate(p.curves, p.budget, p.low, p.high, current=p.today)
    seconds = time.process_time() - start
    bound, kind = ours.certificate.bound, "S-shaped" if shaped else "concave"

    def row(method: str, spend: Array, cpu: float, note: str) -> None:
        missed = 100 * (spend.sum() / p.budget - 1)
        loss = 100 * (1 - p.value(np.clip(spend, p.low, p.high)) / bound)
        print(f"| {kind} | {n:,} | {seed} | {method} | {loss:.2g} | {missed:.1g} | {cpu:.4f} | {note} |", flush=True)

    row("adwright", np.array(ours.amounts), seconds, f"gap {ours.certificate.gap:.1e}")
    rivals: list[tuple[str, Callable[[], tuple[Array, str]]]] = [("leave as is", lambda: (p.today, ""))]
    if n <= 50:
        rivals += [("SLSQP, money raw", lambda: slsqp(p, 1.0)), ("SLSQP, money scaled", lambda: slsqp(p, p.budget))]
        rivals.append(("greedy grid, step 1e-4", lambda: greedy(p)))
    for method, run in rivals:
        start = time.process_time()
        spend, note = run()
        row(method, spend, time.process_time() - start, note)


def slsqp(p: Problem, unit: float) -> tuple[Array, str]:
    """PyMC-Marketing's call: SciPy SLSQP, ftol 1e-9, at most 1,000 iterations, equal start; money in `unit`."""
    norm, n = p.value(p.today), len(p.today)
    found = minimize(
        lambda x: -p.value(np.maximum(x * unit, 1e-9)) / norm,
        np.clip(np.full(n, p.budget / n), p.low, p.high) / unit,
        jac=lambda x: -p.curves.slope(np.maximum(x * unit, 1e-9)) * unit / norm,
        method="SLSQP",
        bounds=list(zip(p.low / unit, p.high / unit, strict=True)),
        constraints=[{"type": "eq", "fun": lambda x: x.sum() - p.budget / unit, "jac": np.ones_like}],
        options={"ftol": 1e-9, "maxiter": 1000},
    )
    return found.x * unit, f"success={bool(found.success)}, {found.nit} iterations"


def greedy(p: Problem, step_share: float = 1e-4) -> tuple[Array, str]:
    """Meridian's rule: money in steps, again and again the jump with the best average extra result."""
    step = 10.0 ** (int(np.log10(p.budget * step_share)) + 1)
    first, last = np.ceil(p.low / step), np.floor(p.high / step)
    rows = int((last - first).max()) + 1
    grid = first + np.arange(rows)[:, None]
    x = np.where(grid <= last, grid * step, np.nan)
    gains = np.array([p.curves.value(row) for row in x])
    spend, spent, start = x[0].copy(), float(x[0].sum()), time.process_time()
    with np.errstate(invalid="ignore"):
        rate = (gains[1:] - gains[0]) / (x[1:] - x[0])
    while not np.isnan(rate).all():
        if time.process_time() - start > LIMIT:
            return spend, f"stopped after {LIMIT:.0f} s"
        jump, i = divmod(int(np.nanargmax(rate)), len(first))
        add = x[jump + 1, i] - spend[i]
        if spent + add > p.budget + 1e-9:
            rate[jump, i] = np.nan
            continue
        spend[i], spent = x[jump + 1, i], spent + add
        rate[: jump + 1, i] = np.nan
        rate[jump + 1 :, i] = (gains[jump + 2 :, i] - gains[jump + 1, i]) / (x[jump + 2 :, i] - x[jump + 1, i])
    return spend, ""


def _certified() -> None:
    """100 concave problems of each size and budget: the worst of what must hold for all."""
    print(
        f"\nEach line: {PROBLEMS} concave problems, seeds from 0. Gap and spread with amounts as numbers; the rest with money in whole cents.\n"
    )
    print(
        "| lines | budget | worst gap | worst spread of marginals | sums not exact to the cent | bounds broken | below today's split | gap in cents |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for n in (5, 50, 5000):
        for budget in BUDGETS:
            gap = spread = coarse = 0.0
            wrong = broken = below = 0
            for seed in range(PROBLEMS):
                p = problem(n, seed, budget=budget)
                proof = allocate(p.curves, p.budget, p.low, p.high, current=p.today).certificate
                gap, spread = max(gap, proof.gap), max(spread, proof.spread)
                amount = Money.of(round(budget, 2), "CNY")
                # Bounds in whole cents, or tiny lines could have none between them.
                low, high = np.floor(p.low * 100) / 100, np.ceil(p.high * 100) / 100
                held = allocate(p.curves, amount, low, high, current=p.today)
                spend = np.array([float(m) for m in held.amounts])
                wrong += total([m for m in held.amounts if isinstance(m, Money)], "CNY") != amount
                broken += bool((spend < low - 1e-9 * low).any() or (spend > high * (1 + 1e-9)).any())
                below += (held.certificate.gain or 0) < 0
                coarse = max(coarse, held.certificate.gap)
            print(f"| {n:,} | {budget:.0e} | {gap:.1e} | {spread:.1e} | {wrong} | {broken} | {below} | {coarse:.1e} |", flush=True)


def _speed() -> None:
    """CPU seconds of one call, median of three."""
    print("\n| problem | lines | draws | answer | CPU s | gap |\n|---|---|---|---|---|---|")
    sizes = [(5000, 1, False), (200_000, 1, False), (5000, 200, False), (5000, 1, True), (200_000, 1, True)]
    for n, draws, shaped in sizes:
        p = problem(n, 0, shaped=shaped, draws=draws)
        for money in (False, True):
            amount = Money.of(round(p.budget, 2), "CNY") if money else p.budget
            seconds, gap = [], 0.0
            for _ in range(3):
                start = time.process_time()
                result = allocate(p.curves, amount, p.low, p.high)
                seconds.append(time.process_time() - start)
                gap = result.certificate.gap
            kind, answer = "S-shaped" if shaped else "concave", "cents" if money else "numbers"
            print(f"| {kind} | {n:,} | {draws} | {answer} | {np.median(seconds):.3f} | {gap:.1e} |", flush=True)


def _inverse() -> None:
    """Targets: how far the answer is from the wish, worst over seeds."""
    print(f"\n| curves, 50 lines, {WISHES} seeds | wish | worst miss % | CPU s, mean |\n|---|---|---|---|")
    for shaped in (False, True):
        for name, wish in (("ROAS", 2.0), ("CPA", 25.0), ("revenue", 60_000.0)):
            worst, start = 0.0, time.process_time()
            for seed in range(WISHES):
                curves = problem(50, seed, shaped=shaped).curves
                if name == "ROAS":
                    result = allocate(curves, target_roas=wish)
                    reached = result.revenue / float(result.total)
                elif name == "CPA":
                    result = allocate(curves, target_cpa=wish, order_values=60.0)
                    reached = float(result.total) / (result.revenue / 60)
                else:
                    result = allocate(curves, target_revenue=wish)
                    reached = result.revenue
                worst = max(worst, abs(reached / wish - 1))
            seconds = (time.process_time() - start) / WISHES
            print(f"| {'S-shaped' if shaped else 'concave'} | {name} {wish:g} | {100 * worst:.2g} | {seconds:.3f} |", flush=True)


def _careful() -> None:
    """The worst draws made best, beside the split that is best on average; half of the lines share large shocks."""
    print(
        "\n| lines, 200 draws | worst share | worst draws' mean against the average's split | mean given up % | gap | CPU s |\n|---|---|---|---|---|---|"
    )
    for n in (5, 50, 500):
        p = problem(n, 0, draws=200)
        rng = np.random.default_rng(1)
        shocks = np.where(np.arange(n)[:, None] % 2, rng.lognormal(0, 0.6, 200), rng.lognormal(0, 0.1, 200))
        curves = replace(p.curves, top=p.curves.top * shocks)
        bold = allocate(curves, p.budget, p.low, p.high)
        for share in (0.1, 0.3):
            start = time.process_time()
            careful = allocate(curves, p.budget, p.low, p.high, risk=share)
            seconds = time.process_time() - start
            before = worst_mean(curves.by_draw(np.array(bold.amounts)).sum(0), share)
            after = worst_mean(curves.by_draw(np.array(careful.amounts)).sum(0), share)
            given = 100 * (1 - careful.revenue / bold.revenue)
            print(
                f"| {n} | {share:.0%} | {100 * (after / before - 1):+.1f} % | {given:.1f} | {careful.certificate.gap:.1e} | {seconds:.2f} |",
                flush=True,
            )
