"""A running plan adjusted every day, beside leaving it, chasing averages and knowing everything: ``python -m benchmarks adjust``.

The market is `adwright.tools.budget.world` (hidden curves, tiring creatives, late orders; 20 lines x 5 creatives, 60 days); its sizes
are assumptions, so that a second table has a quarter of the money, hence of the orders. Constants were chosen on seeds 0 to 3 and
1000 to 1005; none of them is in the tables.
"""

from __future__ import annotations

import time

import numpy as np

from adwright.tools.budget import world
from adwright.tools.budget.simulation import POLICIES, Policy, Run, simulate

SEEDS = range(100, 150)
FEWER = range(100, 115)
CALLED: dict[Policy, str] = {
    "adjust": "adwright, adjusted daily",
    "plan": "adwright's plan, never touched",
    "equal": "equal plan, never touched",
    "chase": "chasing last week's average ROAS and click rates",
    "oracle": "oracle: knows curves, rates and tiring",
}


def main() -> None:
    """Print the tables."""
    started = time.process_time()
    runs = [simulate(seed=seed) for seed in SEEDS]
    each = (time.process_time() - started) / len(runs)
    print(f"**60 days, 20 lines x 5 creatives, seeds {SEEDS[0]} to {SEEDS[-1]}**; {each:.1f} s CPU for the five policies of a seed\n")
    print(
        "| policy | contribution of the oracle's, mean | worst seed | against equal plan | against chasing | spent of the plan | furthest | beyond the cap, of 50 | moves |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for policy in POLICIES:
        print(f"| {CALLED[policy]} | {_row(runs, policy)} |", flush=True)
    _smaller()


def _smaller() -> None:
    """The same with a quarter of the money, hence of the clicks and orders to learn from."""
    told = world.USUAL_SPEND, world.TIRING
    world.USUAL_SPEND, world.TIRING = told[0] / 4, told[1] / 4
    try:
        runs = [simulate(seed=seed, policies=("adjust", "equal", "chase", "oracle")) for seed in FEWER]
    finally:
        world.USUAL_SPEND, world.TIRING = told
    share = _ratio(runs, "adjust", "oracle")
    print("\n**A smaller market, adwright adjusted daily**, seeds 100 to 114\n")
    print("| market | of the oracle's, mean | worst seed | against equal plan | against chasing |\n|---|---|---|---|---|")
    against = " | ".join(f"{_ratio(runs, 'adjust', other).mean() - 1:+.1%}" for other in ("equal", "chase"))
    print(f"| a quarter of the money and the orders | {share.mean():.1%} | {share.min():.1%} | {against} |", flush=True)


def _ratio(runs: list[dict[Policy, Run]], one: Policy, other: Policy) -> np.ndarray:
    return np.array([run[one].contribution / run[other].contribution for run in runs])


def _row(runs: list[dict[Policy, Run]], policy: Policy) -> str:
    share, used = _ratio(runs, policy, "oracle"), np.array([run[policy].spent / run[policy].total for run in runs])
    over = sum(run[policy].over > 0 for run in runs)
    against = " | ".join(f"{_ratio(runs, policy, other).mean() - 1:+.1%}" for other in ("equal", "chase"))
    furthest = float(np.abs(used - 1).max())
    moves = np.mean([run[policy].moves for run in runs])
    return f"{share.mean():.1%} ± {share.std():.1%} | {share.min():.1%} | {against} | {used.mean():.2%} | {furthest:.2%} | {over} | {moves:.0f}"


if __name__ == "__main__":
    main()
