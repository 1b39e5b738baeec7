"""Daily results of a plan: imported rows matched to its lines and creatives, and counted by day.

A row belongs to a line when its `line` is (or holds) the line's id or name, as a campaign on the platform is named after it; else
when its channel and placement, or its channel alone, leave one line. A row belongs to a creative by its id or its headline. Rows of
other plans, days and lines are counted and told, never guessed. Not covered: what to make of the counts (see `adjust`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data import knowledge
from ...data.plan import CampaignPlan, Line
from ...data.words import Words, both
from ..budget.learning import DailyCounts
from ..budget.midway import Counts

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Results:
    """Counts of a plan by day (from its first one to `last`) and line; `creatives` maps (line, creative) to (days, 3).

    `visits` is NaN where no row of a day counted them. Spend and revenue are in the plan's currency. `spent` and `earned` are exact.
    """

    last: date
    days: int
    spend: Array
    impressions: Array
    clicks: Array
    orders: Array
    revenue: Array
    visits: Array
    creatives: dict[tuple[str, str], Array]
    missing: list[date] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)

    def counts(self, ignore: Array | None = None) -> DailyCounts:
        """The counts as `learn` takes them; `ignore` (days, lines) marks those that are not to be read."""
        keep = np.ones_like(self.spend) if ignore is None else 1 - ignore
        return DailyCounts(np.arange(self.days - 1, -1, -1.0), self.spend * keep, self.clicks * keep, self.orders * keep)


def counts_of(workspace: Workspace, plan: CampaignPlan | None, lines: Sequence[str]) -> Counts | None:
    """Return a plan's results in the order of `lines` (ids) as `forecast_midway` takes them; None where there are none.

    What a line brought that is not among `lines` any more is left out.

    Raises `AdwrightError` as `read_results` does.
    """
    results = read_results(workspace, plan) if plan is not None else None
    if plan is None or results is None:
        return None
    at = {line.id: i for i, line in enumerate(plan.lines)}

    def column(table: Array) -> Array:
        return np.stack([table[:, at[line]] if line in at else np.zeros(results.days) for line in lines], axis=1)

    return Counts(*(column(table) for table in (results.spend, results.impressions, results.clicks, results.orders, results.revenue)))


def read_results(workspace: Workspace, plan: CampaignPlan) -> Results | None:
    """Return the plan's results; None when no imported row belongs to it. Money of another currency is converted at the known rate.

    Raises `AdwrightError` (``unknown-currency``) for a currency without a rate.
    """
    start, end, currency = plan.brief.start.value, plan.brief.end, plan.brief.budget.value.currency
    table = workspace.warehouse.table("results", exact=True)
    rows = workspace.warehouse.arrow(table.filter((table.day >= start) & (table.day <= end)).order_by("day")).to_pylist()
    placed, strange = [], {}
    for row in rows:
        line = line_of(plan, row)
        if line is not None:
            placed.append((row, line))
        elif not row["plan"] or row["plan"] == plan.id:
            name = row["line"] or row["channel"] or ""
            strange[name] = strange.get(name, 0) + 1
    if not placed:
        return None
    last = max(row["day"] for row, _ in placed)
    days, at = (last - start).days + 1, {line.id: i for i, line in enumerate(plan.lines)}
    sums = {name: np.zeros((days, len(at))) for name in ("spend", "impressions", "clicks", "conversions", "revenue", "visits")}
    told, creatives, whole = np.zeros((days, len(at)), bool), {}, 0
    for row, line in placed:
        when, i = (row["day"] - start).days, at[line.id]
        rate = 1.0 if row["currency"] == currency else float(knowledge.exchange_rate(row["currency"], currency).value)
        for name in sums:
            sums[name][when, i] += float(row[name] or 0) * (rate if name in ("spend", "revenue") else 1.0)
        told[when, i] |= row["visits"] is not None
        creative = creative_of(plan, line, row["creative"])
        if creative is None:
            whole += row["creative"] is not None
            continue
        counts = creatives.setdefault((line.id, creative), np.zeros((days, 3)))
        counts[when] += [float(row[name] or 0) for name in ("impressions", "clicks", "conversions")]
    present = {row["day"] for row, _ in placed}
    missing = [day for day in (start + timedelta(days=n) for n in range(days)) if day not in present]
    return Results(
        last=last,
        days=days,
        spend=sums["spend"],
        impressions=sums["impressions"],
        clicks=sums["clicks"],
        orders=sums["conversions"],
        revenue=sums["revenue"],
        visits=np.where(told, sums["visits"], np.nan),
        creatives=creatives,
        missing=missing,
        notes=_notes(strange, whole, missing),
    )


def line_of(plan: CampaignPlan, row: dict[str, Any]) -> Line | None:
    """Return the line a row belongs to, or None: by name first, then by channel and placement where they leave one line."""
    if row["plan"] and row["plan"] != plan.id:
        return None
    said = plainly(row["line"] or "")
    if said:
        by_name = [line for line in plan.lines if any(plainly(name) in said for name in (line.id, line.name.zh, line.name.en))]
        exact = [line for line in by_name if said in (plainly(line.id), plainly(line.name.zh), plainly(line.name.en))]
        found = exact or by_name
        if found:
            # The longest name: a line may be called as another with more behind it.
            return max(found, key=lambda line: len(line.id))
    if not row["channel"]:
        return None
    channel = row["channel"].casefold()
    found = [line for line in plan.lines if line.channel.casefold() == channel]
    if row["placement"] and len(found) > 1:
        place = plainly(row["placement"])
        found = [
            line for line in found if place in plainly(line.placement) or place in plainly(line.name.zh) or place in plainly(line.name.en)
        ]
    return found[0] if len(found) == 1 else None


def creative_of(plan: CampaignPlan, line: Line, said: str | None) -> str | None:
    """Return the creative of a line that a row names, by id or by headline; None when it names none of them."""
    if not said:
        return None
    own = [creative for creative in plan.creatives if creative.id in line.creatives]
    name = plainly(said)
    for creative in own:
        if name == plainly(creative.id) or any(name == plainly(copy.text) for copy in creative.copy_fields):
            return creative.id
    inside = [creative.id for creative in own if plainly(creative.id) in name]
    return max(inside, key=len) if inside else None


def plainly(text: str) -> str:
    """Fold case and drop what names on platforms are joined with."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _notes(strange: dict[str, int], whole: int, missing: list[date]) -> list[Words]:
    notes = []
    if strange:
        names = sorted(strange, key=lambda name: -strange[name])[:3]
        rows = sum(strange.values())
        notes.append(
            both(
                f"有 {rows} 行对不上方案里的线，没有计入（{'、'.join(names)}）；把平台上的计划名称写成线的名称或编号就能对上。",
                f"{rows} rows match no line of the plan and were left out ({', '.join(names)}); name the campaign on the platform after the line or its id.",
            )
        )
    if whole:
        notes.append(
            both(
                f"有 {whole} 行的创意不在方案里，只计入所在的线。",
                f"{whole} rows name a creative that the plan does not have; they count for their line only.",
            )
        )
    if missing:
        notes.append(
            both(f"缺 {len(missing)} 天的数据，按没有投放处理。", f"{len(missing)} days have no rows and count as days without ads.")
        )
    return notes
