"""Asks about returns that need no figures of the merchant's: by segment, creative or month, and whether forecasts held.

按人群看ROI is `compute_roi` with its cut, 预测准不准 is `backtest_forecast`. Patterns are data (``[returns]`` in words.toml). Not here:
returns of stated amounts (`intents`), why a plan's figure is what it is (`explain`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .lexicon import expressions
from .scan import Scan

CUTS = ("segment", "creative", "period", "channel")


class ReturnAsk(NamedTuple):
    """The tool a message asks for, and its arguments."""

    tool: str
    args: dict[str, Any]


def return_ask(s: Scan, planned: bool) -> ReturnAsk | None:
    """Return what a message asks of past or planned returns, or None; `planned` says that a plan is in force.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> return_ask(scan("按人群看一下ROI", date(2026, 11, 23)), False)
        ReturnAsk(tool='compute_roi', args={'by': 'segment'})
        >>> return_ask(scan("how accurate are your forecasts?", date(2026, 11, 23)), False).tool
        'backtest_forecast'
    """
    if any(a.sure for a in s.amounts):
        return None
    patterns, text = expressions("returns"), s.plain
    if patterns["held"].search(text):
        return ReturnAsk("backtest_forecast", {})
    cut = next((name for name in CUTS if patterns[name].search(text)), None)
    if cut is None or not patterns["returns"].search(text):
        return None
    of_plan = planned and patterns["plan"].search(text) is not None
    return ReturnAsk("compute_roi", {"by": cut} | ({"of": "plan"} if of_plan else {}))
