"""`adwright simulate`: daily adjusting rehearsed in markets nobody knows, with the figures of each policy side by side."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ..data.errors import AdwrightError
from ..data.words import Words, both
from .terminal import language_for, show

if TYPE_CHECKING:
    from ..tools.budget.simulation import Policy, Run

CALLED: dict[Policy, Words] = {
    "adjust": both("按每日数据调整", "adjusted daily"),
    "plan": both("同一份方案，不调", "same plan, untouched"),
    "equal": both("平均分，不调", "equal plan, untouched"),
    "chase": both("追上周平均 ROAS", "chasing average ROAS"),
    "oracle": both("全知（知道真实曲线）", "oracle (knows the curves)"),
}
MOST_RUNS = 1_000


def run_simulate(options: argparse.Namespace) -> int:
    """Print money, contribution and share of the oracle's for each policy, averaged over the markets; needs no workspace.

    Raises `AdwrightError` (``bad-simulation``).
    """
    from ..tools.budget.simulation import simulate

    language = language_for(options)
    if not 1 <= options.runs <= MOST_RUNS:
        raise AdwrightError(
            both(f"不能模拟 {options.runs} 次。", f"{options.runs} markets cannot be simulated."),
            both(f"--runs 取 1 到 {MOST_RUNS}。", f"--runs lies between 1 and {MOST_RUNS}."),
            code="bad-simulation",
        )
    runs = [
        simulate(days=options.days, seed=seed, lines=options.lines, creatives=options.creatives)
        for seed in range(options.seed, options.seed + options.runs)
    ]
    if options.json:
        show(json.dumps([{policy: asdict(run) for policy, run in market.items()} for market in runs], ensure_ascii=False))
        return 0
    first = runs[0]["adjust"]
    show(
        both(
            f"{options.runs} 个市场，{options.days} 天，{options.lines} 条线 × {options.creatives} 个素材，每个市场总预算 {first.total:,.0f}",
            f"{options.runs} market(s), {options.days} days, {options.lines} lines x {options.creatives} creatives, {first.total:,.0f} to spend in each",
        ).pick(language)
    )
    for policy, name in CALLED.items():
        show(f"  {_row(runs, policy, name).pick(language)}")
    show(
        both(
            "市场是虚构的（曲线、素材疲劳、成交延迟都对策略隐藏），用来比较做法，不是对您店铺的承诺。",
            "The markets are made up (curves, tiring creatives and late orders are hidden from every policy but the oracle): they compare ways of working and promise nothing for your shop.",
        ).pick(language)
    )
    return 0


def _row(runs: list[dict[Policy, Run]], policy: Policy, name: Words) -> Words:
    mine = [market[policy] for market in runs]
    earned, used = np.mean([run.contribution for run in mine]), np.mean([run.spent / run.total for run in mine])
    share = np.mean([market[policy].contribution / market["oracle"].contribution for market in runs])
    over = sum(run.over > 0 for run in mine)
    return both(
        f"{name.zh}：毛利减花费 {earned:,.0f}，为全知的 {share:.1%}；花掉预算的 {used:.1%}，超支 {over} 次",
        f"{name.en}: contribution {earned:,.0f}, {share:.1%} of the oracle's; {used:.1%} of the budget spent, over the cap {over} times",
    )
