"""`adwright backtest`: how well the forecast would have done on the shop's past campaigns."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from .terminal import Ticker, language_for, open_workspace, show

if TYPE_CHECKING:
    from ..data.words import Language
    from ..tools.budget.backtesting import Backtest


def run_backtest(options: argparse.Namespace) -> int:
    """Print the back-test of the forecast as a table, or as JSON."""
    from ..tools.budget.backtesting import backtest

    language = language_for(options)
    with open_workspace(options) as shop:
        found = backtest(shop, progress=Ticker(language))
    if options.json:
        print(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
    else:
        _print(found, language)
    return 0


def _print(found: Backtest, language: Language) -> None:
    zh = language == "zh"
    rows = found.artifact().data["rows"]
    for row in rows:
        last = "—" if row["wape_last"] is None else f"{row['wape_last']:.0%}"
        name = row["name"][language]
        show(
            f"{name}：{row['campaigns']} 次投放，80% 区间命中 {row['covered']:.0%}；误差 {row['wape']:.0%}，"
            f"账户均值法 {row['wape_mean']:.0%}，上一次投放法 {last}"
            if zh
            else f"{name}: {row['campaigns']} campaigns, {row['covered']:.0%} inside the 80% range; error {row['wape']:.0%}, "
            f"account mean {row['wape_mean']:.0%}, last campaign {last}"
        )
    for note in found.notes:
        show(f"  {note.pick(language)}")
