"""The workbook's sheet of delivery: how each line runs, and what each day was to cost and did. Absent while a plan has not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.plan import CampaignPlan
from ...data.words import both
from .adjust_words import headline
from .delivered import delivered

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .export_xlsx import Sheets


def delivery_sheet(sheets: Sheets, workspace: Workspace, plan: CampaignPlan) -> None:
    """Write a row a line, then a row a day; nothing for a plan without results and adjustments."""
    told = delivered(workspace, plan)
    if told is None and not any(line.delivery for line in plan.lines):
        return
    sheet = sheets.add(both("投放进度", "Delivery"), [28, 14, 14, 14, 14, 12, 60])
    names = [
        both("渠道与版位", "Channel and placement"), both("预算", "Budget"), both("应花", "Due by now"), both("实际花费", "Spent"),
        both("现在日预算", "Daily now"), both("起", "From"), both("素材占比", "Creative shares"),
    ]  # fmt: skip
    sheets.head(sheet, 0, names)
    ran = {line.line: line for line in told.lines} if told else {}
    for row, line in enumerate(plan.lines, 1):
        so_far, how = ran.get(line.id), line.delivery
        stopped = both("已停投", "stopped")
        shares = ", ".join(f"{headline(plan, creative)} {share:.0%}" for creative, share in how.weights.items()) if how else ""
        cells = [
            line.name, line.budget, so_far.planned if so_far else None, so_far.spent if so_far else None,
            how.daily if how else None, how.since if how else None, stopped if how and how.paused else shares or None,
        ]  # fmt: skip
        sheets.row(sheet, row, cells)
    if told is None:
        return
    row = len(plan.lines) + 3
    sheets.head(sheet, row, [both("日期", "Day"), both("计划花费", "Planned"), both("实际花费", "Spent"), both("成交", "Orders")])
    for day in told.days:
        row += 1
        sheets.row(sheet, row, [day.day, day.planned, day.spent, (day.orders, "count")])
