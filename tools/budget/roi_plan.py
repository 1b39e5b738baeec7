"""Expected returns of a plan, cut by channel, segment or creative: the plan's own figures, nothing is computed anew."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...data.errors import AdwrightError
from ...data.figure import rounded
from ...data.money import Money
from ...data.plan import CampaignPlan
from ...data.result import CONTENT_LIMIT, Artifact, ToolResult
from ...data.words import Words, both
from .inputs import channel_name
from .quantities import CONTRIBUTION, ROAS, ROI, contribution, roas, roi
from .waterfall import Terms, waterfall

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .roi import ComputeRoi


def plan_roi(workspace: Workspace, request: ComputeRoi) -> ToolResult:
    """Return the expected ROAS, ROI and contribution of the lines of a plan, summed as `request.by` says.

    A line's creatives share its budget and revenue equally, as no forecast tells them apart. Raises `AdwrightError` (``no-plan``,
    ``unknown-plan``).
    """
    if not request.plan_id:
        raise AdwrightError(
            both("还没有计划，算不出它的预期回报。", "There is no plan yet whose returns could be expected."),
            both("先做一个计划，或给出花费和收入。", "Make a plan first, or give spend and revenue."),
            code="no-plan",
        )
    plan = workspace.records.plan(request.plan_id, request.version)
    currency = plan.total.currency
    margin = Decimal(str(plan.brief.margin.value)) if request.margin is None else request.margin
    by = request.by or "channel"
    sums: dict[str, tuple[Words, Decimal, Decimal]] = {}
    for key, name, spend, revenue in _parts(plan, by):
        _, before, earned = sums.get(key, (name, Decimal(0), Decimal(0)))
        sums[key] = (name, before + spend, earned + revenue)
    rows: list[dict[str, Any]] = []
    for key, (name, spend, revenue) in sums.items():
        known = spend > 0
        rows.append(
            {
                "key": key,
                "name": name.model_dump(),
                "spend": str(Money.of(spend, currency).amount),
                "revenue": str(Money.of(revenue, currency).amount),
                "contribution": str(Money.of(contribution(revenue, spend, margin), currency).amount),
                "roas": str(rounded(roas(revenue, spend), "ratio")) if known else None,
                "roi": str(rounded(roi(revenue, spend, margin), "ratio")) if known else None,
            }
        )
    rows.sort(key=lambda r: (-Decimal(r["roas"] or 0), r["key"]))
    columns = [
        {"key": key, "name": {"zh": zh, "en": en}, "unit": unit}
        for key, zh, en, unit in (
            (
                "name",
                {"segment": "人群", "creative": "创意"}.get(by, "渠道"),
                {"segment": "Segment", "creative": "Creative"}.get(by, "Channel"),
                "text",
            ),
            ("spend", "预算", "Budget", currency),
            ("revenue", "预计收入", "Expected revenue", currency),
            ("contribution", "毛利贡献", "Contribution", currency),
            ("roas", "ROAS", "ROAS", "ratio"),
            ("roi", "ROI", "ROI", "ratio"),
        )
    ]
    total = plan.forecast
    low_high = total.roas.range_text()
    spread = f"（P10–P90：{low_high}）" if low_high else ""
    finding = both(
        f"计划预计 ROAS {total.roas.text()}{spread}，毛利贡献 {total.contribution.text()}",
        f"The plan expects a ROAS of {total.roas.text()}{f' (P10–P90: {low_high})' if low_high else ''}, contribution {total.contribution.text()}",
    )
    notes = [
        both(
            f"收入是扣退货后的中位数预测，毛利率 {margin:.0%}；ROI 已扣商品成本。",
            f"Revenue is the median forecast net of returns, margin {margin:.0%}; the ROI deducts cost of goods.",
        )
    ]
    if by == "creative":
        notes.append(both("同一条线的创意平均分摊预算和收入。", "Creatives of one line share its budget and revenue equally."))
    if by == "period":
        notes.append(both("计划不按月拆分，按渠道列出。", "A plan is not cut by month: listed by channel."))
    artifact = Artifact(
        kind="table",
        title=both("计划的预期投入产出", "Expected returns of the plan"),
        data={
            "columns": columns,
            "rows": rows,
            "waterfall": waterfall(Money.of(total.revenue.value, currency), plan.total, Terms(margin, Decimal(0), [])),
            "notes": [n.model_dump() for n in notes],
            "formulas": [f.model_dump() for f in (ROAS, ROI, CONTRIBUTION)],
        },
        source=[f"plan:{plan.id}/{plan.version}"],
    )
    zh = request.reply_language == "zh"
    text = f"{finding.pick(request.reply_language)}{'。' if zh else '. '}{notes[0].pick(request.reply_language)}"
    return ToolResult(content=text[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def _parts(plan: CampaignPlan, by: str) -> list[tuple[str, Words, Decimal, Decimal]]:
    segments = {s.id: s.name for s in plan.segments}
    parts = []
    for line in plan.lines:
        spend, revenue = line.budget.amount, line.revenue.value
        if by == "segment":
            parts.append((line.segment, segments.get(line.segment, both(line.segment, line.segment)), spend, revenue))
        elif by == "creative" and line.creatives:
            share = Decimal(len(line.creatives))
            parts += [(c, both(c, c), spend / share, revenue / share) for c in line.creatives]
        else:
            parts.append((line.channel, channel_name(line.channel), spend, revenue))
    return parts
