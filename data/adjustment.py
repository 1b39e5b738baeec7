"""What to change in a running plan tomorrow: proposals with reason, expected gain, what they would do to the plan, and why nothing else.

Documents only; they are made in `tools/plan/adjust.py`. A proposal changes nothing by itself: its patches run when the merchant
says so, or by themselves inside the limit that the merchant set (`Settings.auto_adjust`). Each run makes a new version of the
plan, so that undo brings back the one before as it was.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from .brief import Document
from .figure import Figure
from .money import ExactDecimal, Money
from .patch import SetDelivery
from .words import Words

Kind = Literal["budget", "creatives", "pause", "pace", "check"]


class Adjustment(Document):
    """One proposed action. `gain` is the contribution expected over the days left, with P10 and P90, `chance` that it is above 0.

    ``budget`` moves money between lines, ``creatives`` sets the shares of a line's creatives, ``pause`` stops a line, ``pace`` sets
    tomorrow's daily budgets, ``check`` asks for a look (tracking, delivery) and changes nothing. `share` is the largest change
    as a share of a line's daily budget; `automatic` says that it lies inside the merchant's limit.
    """

    kind: Kind
    lines: list[str]
    what: Words
    why: Words
    gain: Figure | None = None
    chance: ExactDecimal | None = None
    share: ExactDecimal | None = None
    automatic: bool = False


class LineDay(Document):
    """A line so far and from tomorrow: money and orders counted, the daily budget now and then, and which part of its rows was read."""

    line: str
    name: Words
    spent: Money
    clicks: int
    orders: Figure
    roas: Figure | None
    daily: Money
    tomorrow: Money
    weights: dict[str, ExactDecimal] = {}
    paused: bool = False


class Proposal(Document):
    """All there is to change after `day`, the latest day with results, for one version of a plan; `kept` says why the rest stays.

    `patches` are what applying does, all adjustments together; `applied` is the version that it made. `notes` tell which rows
    could not be used and what was assumed.
    """

    plan: str
    version: int
    day: date
    tomorrow: date
    days_left: int
    spent: Money
    total: Money
    orders: Figure
    budget: Money
    adjustments: list[Adjustment]
    kept: list[Words] = []
    lines: list[LineDay] = []
    patches: list[SetDelivery] = []
    notes: list[Words] = []
    applied: int | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing would change: no adjustment that does anything to the plan."""
        return not self.patches
