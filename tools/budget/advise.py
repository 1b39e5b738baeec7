"""`allocate_budget`: how to split an amount over channels, what it should bring, and the certificate of the split.

Rates come from the shop's own campaigns of each channel, else from published values marked as assumed. A plan with
audiences and creatives is `make_plan`'s work.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.money import ExactDecimal, Money
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..response.past import PastRates
from .inputs import BudgetSplit, LineInput, PlanForecast, channel_name
from .montecarlo import forecast
from .past_lines import channel_lines, default_channels
from .split import split_budget

if TYPE_CHECKING:
    from ...data.workspace import Workspace

DEFAULT_DAYS = 14


class AllocateBudget(Document):
    """An amount to split over channels. Pass only what the user said."""

    budget: ExactDecimal = Field(description="Total budget in full currency units, exactly as the user said")
    currency: str = Field(min_length=3, max_length=3, description="ISO 4217 code: the user's currency, else the shop's")
    product: str | None = Field(default=None, description="Product, in the user's words, if named")
    channels: list[str] = Field(default=[], description="Channel ids or names the user named")
    days: int | None = Field(default=None, ge=1, le=366, description="Length in days, if named")
    target_roi: ExactDecimal | None = Field(default=None, description="Target revenue per unit of spend, e.g. 2.5")
    min_share: dict[str, ExactDecimal] = Field(default={}, description="Lowest share of the budget per channel, 0..1")
    max_share: dict[str, ExactDecimal] = Field(default={}, description="Highest share of the budget per channel, 0..1")
    reply_language: Language = Field(default="zh", description="Language of the answer")
    today: date | None = Field(default=None, description="Today in the shop's zone")
    seed: int = Field(default=0)


def allocate_budget(workspace: Workspace, request: AllocateBudget, progress: Progress = SILENT) -> ToolResult:
    """Split the budget over the channels and forecast the result; the artifact is a table with the certificate.

    Raises `AdwrightError`: ``infeasible-budget``, ``unknown-channel``, ``unknown-currency``, ``bad-split``.
    """
    total = Money.of(request.budget, request.currency.upper())
    days = request.days or DEFAULT_DAYS
    notes: list[Words] = []
    progress.start("rates", both("读取各渠道的过往表现", "Read each channel's past results"))
    past = PastRates(workspace)
    channels = list(dict.fromkeys(knowledge.channel(c).id for c in request.channels))
    bounds = _bounds(request, channels)
    if not channels:
        channels, why = default_channels(workspace, past, total.currency)
        channels += [c for c in bounds if c not in channels]
        notes.append(why)
    product = None
    if request.product:
        from ..catalogue import find_product

        product = find_product(workspace, request.product)
    lines, assumed = channel_lines(workspace, channels, total.currency, days, product, past)
    if sum(line.minimum for line in lines) > float(total) > 0:
        least = Money.of(round(sum(line.minimum for line in lines), 2), total.currency).text(short=True)
        lines = [line.model_copy(update={"minimum": 0.0}) for line in lines]
        notes.append(
            both(
                f"各渠道公开的每日起投额合计 {least}，超过预算，这里没有计入；请以平台后台为准。",
                f"The channels' published daily minimums add up to {least}, more than the budget; they are left out here, check with the platforms.",
            )
        )
    progress.done("rates", both(f"{len(lines)} 个渠道", f"{len(lines)} channels"))
    progress.start("split", both("计算最优分配", "Compute the best split"))
    allocation = split_budget(lines, total, days=days, bounds=bounds, target_roas=request.target_roi, seed=request.seed)
    start = (request.today or datetime.now(ZoneInfo(workspace.timezone)).date()) + timedelta(days=1)
    expected = forecast(lines, allocation.budgets, start=start, days=days, seed=request.seed)
    if not request.days:
        notes.append(both(f"天数未说，按 {days} 天计算。", f"Length was not stated: {days} days."))
    notes += [*assumed, *expected.notes]
    finding = _finding(lines, allocation, expected)
    progress.done("split", finding)
    artifact = Artifact(
        kind="table",
        title=both(f"{total.text(short=True)} 怎么分", f"How to split {total.text(short=True)}"),
        data={
            "columns": _columns(total.currency),
            "rows": _rows(lines, allocation, expected),
            "total": expected.total.model_dump(mode="json"),
            "certificate": allocation.certificate.model_dump(mode="json"),
            "pays_until": allocation.pays_until.model_dump(mode="json") if allocation.pays_until else None,
            "plotly": _chart(lines, allocation, request.reply_language),
            "notes": [n.model_dump() for n in notes],
        },
        source=sorted({e for line in lines for e in line.evidence}),
        seed=request.seed,
    )
    language = request.reply_language
    return ToolResult(content=_content(finding, expected, allocation, language), finding=finding, artifact=artifact)


def _bounds(request: AllocateBudget, channels: list[str]) -> dict[str, tuple[Decimal, Decimal]]:
    """Join the lowest and highest shares by canonical channel id; raise on shares outside 0..1 or crossed."""
    least = {knowledge.channel(c).id: share for c, share in request.min_share.items()}
    most = {knowledge.channel(c).id: share for c, share in request.max_share.items()}
    result = {c: (least.get(c, Decimal(0)), most.get(c, Decimal(1))) for c in [*least, *most]}
    for channel, (low, high) in result.items():
        if not 0 <= low <= high <= 1 or (channels and channel not in channels):
            name = channel_name(channel)
            raise AdwrightError(
                both(
                    f"{name.zh}的占比 {low:.0%} 到 {high:.0%} 不成立。", f"A share of {low:.0%} to {high:.0%} for {name.en} cannot be kept."
                ),
                both("占比在 0% 到 100% 之间，且渠道要在名单里。", "Shares lie between 0% and 100%, for channels in the list."),
                code="bad-split",
            )
    return result


def _columns(currency: str) -> list[dict[str, Any]]:
    names = [
        ("name", "渠道", "Channel", "text"),
        ("budget", "预算", "Budget", currency),
        ("share", "占比", "Share", "rate"),
        ("reference", "对照", "Compared", currency),
        ("clicks", "点击", "Clicks", "count"),
        ("orders", "成交", "Orders", "count"),
        ("revenue", "收入", "Revenue", currency),
        ("cpa", "单笔成交成本（CPA）", "CPA", currency),
        ("roas", "ROAS", "ROAS", "ratio"),
        ("source", "来源", "Source", "source"),
    ]
    return [{"key": key, "name": {"zh": zh, "en": en}, "unit": unit} for key, zh, en, unit in names]


def _rows(lines: list[LineInput], allocation: BudgetSplit, expected: PlanForecast) -> list[dict[str, Any]]:
    whole = sum(float(b) for b in allocation.budgets)
    rows = []
    for line, budget, other, f in zip(lines, allocation.budgets, allocation.certificate.reference_split, expected.lines, strict=True):
        row: dict[str, Any] = {
            "name": channel_name(line.channel).model_dump(),
            "channel": line.channel,
            "budget": str(budget.amount),
            "share": f"{float(budget) / whole:.4f}",
            "reference": str(other.amount),
            "source": line.source,
            "evidence": line.evidence,
        }
        for name in ("clicks", "orders", "revenue", "cpa", "roas"):
            figure = getattr(f, name)
            row[name], row[f"{name}_range"] = str(figure.value), figure.range_text()
        rows.append(row)
    return rows


def _finding(lines: list[LineInput], allocation: BudgetSplit, expected: PlanForecast) -> Words:
    parts = [(channel_name(line.channel), budget.text(short=True)) for line, budget in zip(lines, allocation.budgets, strict=True)]
    more = allocation.certificate.gain_orders
    gain_zh = f"，{allocation.certificate.reference.zh}多 {more.text()} 单" if more.value > 0 else ""
    gain_en = f", {more.text()} more orders {allocation.certificate.reference.en}" if more.value > 0 else ""
    return both(
        "、".join(f"{name.zh} {text}" for name, text in parts[:5]) + gain_zh,
        ", ".join(f"{name.en} {text}" for name, text in parts[:5]) + gain_en,
    )


def _content(finding: Words, expected: PlanForecast, allocation: BudgetSplit, language: Language) -> str:
    total = expected.total
    text = both(
        f"{finding.zh}。预计成交 {total.orders.text()}（{total.orders.range_text()}），收入 {total.revenue.text()}，ROAS {total.roas.text()}（{total.roas.range_text()}），"
        f"盈利概率 {total.p_profit.value:.0%}。",
        f"{finding.en}. Expected orders {total.orders.text()} ({total.orders.range_text()}), revenue {total.revenue.text()}, ROAS {total.roas.text()} ({total.roas.range_text()}), "
        f"probability of profit {total.p_profit.value:.0%}.",
    ).pick(language)
    gap = "" if language == "zh" else " "
    for note in allocation.certificate.notes[:2]:
        if len(text) + len(gap) + len(note.pick(language)) <= CONTENT_LIMIT:
            text += gap + note.pick(language)
    return text[:CONTENT_LIMIT]


def _chart(lines: list[LineInput], allocation: BudgetSplit, language: Language) -> dict[str, Any]:
    """Paired bars: this split and the one compared with."""
    names = [channel_name(line.channel).pick(language) for line in lines][::-1]
    series = (
        (both("对照", "Compared"), "#D6D6D0", allocation.certificate.reference_split),
        (both("建议", "Proposed"), "#2F5BD7", allocation.budgets),
    )
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": name.pick(language),
                "y": names,
                "x": [float(b) for b in amounts][::-1],
                "text": [b.text(short=True) for b in amounts][::-1],
                "textposition": "auto",
                "marker": {"color": color},
            }
            for name, color, amounts in series
        ],
        "layout": {
            "barmode": "group",
            "height": 60 + 54 * len(lines),
            "margin": {"l": 110, "r": 24, "t": 8, "b": 32},
            "showlegend": True,
            "legend": {"orientation": "h", "traceorder": "reversed"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {"fixedrange": True, "gridcolor": "#ECECE8", "rangemode": "tozero"},
            "yaxis": {"fixedrange": True},
        },
    }
