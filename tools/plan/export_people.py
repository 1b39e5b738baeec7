"""Two sheets of the media plan about people: what is known of each audience, fact by fact, and the life-cycle stages of all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data.plan import CampaignPlan
from ...data.words import Words, both

if TYPE_CHECKING:
    from .export_xlsx import Sheets


def portrait_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    """Write every measured fact of every audience, then what marks it and its rule; no sheet where nothing was measured."""
    known = [(s.name, s.portrait) for s in plan.segments if s.portrait and s.portrait.facts]
    if not known:
        return
    sheet = sheets.add(both("画像依据", "Portraits"), [26, 34, 22, 18, 14, 10, 44])
    names = [
        both("人群", "Audience"), both("特征", "What"), both("这一群", "This group"), both("95% 区间", "95% interval"), both("全店", "Shop"), both("样本数", "n"),
        both("数据", "Data"),
    ]  # fmt: skip
    sheets.head(sheet, 0, names)
    sheet.freeze_panes(1, 1)
    row = 0
    for name, portrait in known:
        rows: list[list[Any]] = [
            [name, fact.name, fact.value, fact.interval, fact.shop, (fact.n, "count"), fact.evidence] for fact in portrait.facts
        ]
        rows += [
            [name, both(f"突出：{mark.name.zh}（差几个标准差 {mark.lift:+.2f}）", f"Stands out: {mark.name.en} ({mark.lift:+.2f} std. dev.)"),
             mark.group, f"{mark.low:+.2f} – {mark.high:+.2f}", mark.shop, (portrait.sample, "count"), None]
            for mark in portrait.marks
        ]  # fmt: skip
        if portrait.words:
            rows.append([name, both("常用的词", "Their words"), "、".join(word.word for word in portrait.words), None, None, None, None])
        if portrait.rule:
            rule = portrait.rule.text if portrait.rule.text.zh else portrait.rule.note
            rows.append([name, both("一句话规则", "As a rule"), rule, None, None, None, portrait.rule.note])
        for cells in rows:
            row += 1
            sheets.row(sheet, row, cells)


def lifecycle_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    """Write the stages with their rules and how they cross the segments; no sheet where there are none."""
    found = plan.lifecycle
    if found is None:
        return
    sheet = sheets.add(both("客户阶段", "Life cycle"), [20, 54, 10, 10, 12, 36, 30, *(16 for _ in found.segments)])
    names: list[Words] = [
        both("阶段", "Stage"), both("规则", "Rule"), both("人数", "Customers"), both("占比", "Share"), both("占消费", "Share of revenue"),
        both("下一步", "Next step"), both("看什么", "Watch"), *found.names,
    ]  # fmt: skip
    sheets.head(sheet, 0, names)
    sheet.freeze_panes(1, 1)
    row = 0
    for row, stage in enumerate(found.stages, 1):
        cells: list[Any] = [
            stage.name,
            stage.rule,
            (stage.size, "count"),
            (stage.share, "rate"),
            (stage.revenue_share, "rate"),
            stage.action,
            stage.metric,
        ]
        sheets.row(sheet, row, cells + [(n, "count") for n in stage.by_segment])  # fmt: skip
    sheets.row(sheet, row + 2, [found.note])
