"""Life-cycle stages of customers: rules with their texts and actions, and where their bounds are taken (``lifecycle.toml``)."""

from __future__ import annotations

from functools import cache

from ..words import Words
from .files import Fact, Status, pair, read_toml


class StageRule(Fact):
    """One stage. Bounds are numbers or names of measured ones; days are whole days since the last order.

    Texts may hold ``{typical}``, ``{late}``, ``{lost}`` (days), ``{many}`` (orders) and ``{large}`` (money).
    """

    id: str
    name: Words
    words: tuple[str, ...] = ()
    rule: Words
    action: Words
    metric: Words
    orders_at_most: int | None = None
    orders_at_least: int | str | None = None
    later_than: str | None = None
    spent_at_least: str | None = None


class StageBounds(Fact):
    """Which quantiles of the shop's purchase interval and spend the rules stand on, and days to assume without them."""

    typical: float
    late: float
    lost: float
    large: float
    least_orders: int
    least_intervals: int
    assumed_days: tuple[int, int, int]
    source: str
    as_of: str
    status: Status


@cache
def stage_rules() -> tuple[StageRule, ...]:
    """Return the stages in the order in which they are tried."""
    texts = ("name", "rule", "action", "metric")
    return tuple(StageRule(**row | {key: pair(row[key]) for key in texts}) for row in read_toml("lifecycle.toml")["stage"])


@cache
def stage_bounds() -> StageBounds:
    """Return where the bounds are taken."""
    return StageBounds(**read_toml("lifecycle.toml")["bounds"])
