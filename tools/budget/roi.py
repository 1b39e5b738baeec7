"""`compute_roi`: returns from two numbers the merchant gives, of a plan, or of past campaigns by channel, segment, creative or month.

ROAS, ROI and contribution are defined in `quantities`; without a margin only ROAS and the ROI on revenue are shown,
and the margin at which the campaign breaks even. Not covered: incremental returns, which need an experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure, rounded
from ...data.money import ExactDecimal, Money
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .anomalies import anomalies
from .inputs import channel_name
from .payback import Payback, payback
from .quantities import (
    BREAK_EVEN_MARGIN,
    BREAK_EVEN_ROAS,
    CONTRIBUTION,
    LTV_CAC,
    ROAS,
    ROI,
    ROI_REVENUE,
    contribution,
    ltv_to_cac,
    roas,
    roi,
)
from .waterfall import terms_of, trend, waterfall

if TYPE_CHECKING:
    from ...data.workspace import Workspace

BLUE, GREY = "#2F5BD7", "#D6D6D0"
CUTS = {"channel": ("渠道", "Channel"), "segment": ("人群", "Segment"), "creative": ("创意", "Creative"), "period": ("月份", "Month")}
# Bars that fit into a chart.
SHOWN = 24


class ComputeRoi(Document):
    """Spend and revenue as the user said them; leave both out for the shop's past campaigns."""

    spend: ExactDecimal | None = Field(default=None, description="Advertising spend in full currency units, as the user said")
    revenue: ExactDecimal | None = Field(default=None, description="Revenue it brought in, full currency units")
    margin: ExactDecimal | None = Field(default=None, description="Gross margin as a share of revenue, 0..1, only if the user said it")
    currency: str | None = Field(default=None, description="ISO 4217 code, only if the user named it")
    channel: str | None = Field(default=None, description="Channel id or name; with no spend given, its history month by month")
    by: Literal["channel", "segment", "creative", "period"] | None = Field(
        default=None, description="With no spend given: how to cut the history; default channel, or month when a channel is named"
    )
    of: Literal["history", "plan"] = Field(default="history", description="plan: the expected returns of the plan in force")
    plan_id: str | None = Field(default=None, description="The plan in force")
    version: int | None = Field(default=None, description="Its version")
    today: date | None = Field(default=None, description="Today")
    period_days: int | None = Field(default=None, ge=1, description="Only campaigns that ended in the last so many days of the records")
    reply_language: Language = Field(default="zh", description="Language of the answer")


def compute_roi(workspace: Workspace, request: ComputeRoi, progress: Progress = SILENT) -> ToolResult:
    """Return ROAS, ROI and, with a margin, contribution and break-even.

    Raises `AdwrightError`: ``missing-spend``, ``missing-revenue``, ``bad-spend``, ``bad-margin``, ``unknown-channel``, ``no-campaigns``, ``no-plan``.

    Example:
        >>> compute_roi(shop, ComputeRoi(spend=8000, revenue=24000)).finding.en  # doctest: +SKIP
        'ROAS 3.00, ROI on revenue 200%'
    """
    if request.margin is not None and not -1 <= request.margin <= 1:
        raise AdwrightError(
            both(f"毛利率 {request.margin} 不在 0 到 1 之间。", f"A margin of {request.margin} is not between 0 and 1."),
            both("40% 请写 0.4。", "Write 40% as 0.4."),
            code="bad-margin",
        )
    if request.of == "plan" and request.spend is None and request.revenue is None:
        from .roi_plan import plan_roi

        return plan_roi(workspace, request)
    if request.spend is None and request.revenue is None:
        return _history(workspace, request, progress)
    return _stated(workspace, request)


def _stated(workspace: Workspace, request: ComputeRoi) -> ToolResult:
    currency = (request.currency or workspace.currency).upper()
    if request.spend is None:
        raise AdwrightError(
            both("还不知道花了多少钱。", "The spend is missing."), both("请给出广告花费。", "Tell me what was spent."), code="missing-spend"
        )
    if request.revenue is None:
        raise AdwrightError(
            both("还不知道带来多少收入。", "The revenue is missing."),
            both("请给出收入，或成交数和客单价。", "Tell me the revenue it brought in."),
            code="missing-revenue",
        )
    if request.spend <= 0:
        raise AdwrightError(
            both(
                f"花费是 {request.spend:,}，没有投入就没有回报率。",
                f"The spend is {request.spend:,}; without spend there is no return on it.",
            ),
            both("请核对花费，应大于零。", "Check the spend: it must be above zero."),
            code="bad-spend",
        )
    spend, revenue = Money.of(request.spend, currency), Money.of(request.revenue, currency)
    how = both("币种未说，按店铺货币", "Currency was not stated: the shop's") if request.currency is None else None
    rows = [
        _row("spend", both("花费", "Spend"), Figure.of(spend, currency, "you")),
        _row("revenue", both("收入", "Revenue"), Figure.of(revenue, currency, "you")),
    ]
    ratio = rounded(roas(revenue.amount, spend.amount), "ratio")
    rows.append(_row("roas", both("ROAS", "ROAS"), Figure.of(ratio, "ratio", "you", formula=ROAS)))
    plain = roi(revenue.amount, spend.amount)
    if request.margin is None:
        rows.append(_percent("roi", both("ROI（按收入）", "ROI on revenue"), plain, ROI_REVENUE))
        finding = both(f"ROAS {ratio}，按收入 ROI {_share(plain)}", f"ROAS {ratio}, ROI on revenue {_share(plain)}")
        if revenue.amount > 0:
            least = spend.amount / revenue.amount
            rows.append(_percent("break_even_margin", both("保本毛利率", "Break-even margin"), least, BREAK_EVEN_MARGIN))
            note = both(
                f"没有毛利率，所以没扣商品成本；毛利率高于 {_share(least)} 才真正赚钱。",
                f"No margin was given, so cost of goods is not deducted; it earns money only with a margin above {_share(least)}.",
            )
        else:
            note = both("没有收入，花费全部亏掉。", "There is no revenue: the whole spend is lost.")
    else:
        kept, share = (
            Money.of(contribution(revenue.amount, spend.amount, request.margin), currency),
            roi(revenue.amount, spend.amount, request.margin),
        )
        rows.append(_row("contribution", both("毛利贡献", "Contribution"), Figure.of(kept, currency, "you", formula=CONTRIBUTION)))
        rows.append(_percent("roi", both("ROI", "ROI"), share, ROI))
        finding = both(
            f"ROAS {ratio}，ROI {_share(share)}，毛利贡献 {kept.text(short=True)}",
            f"ROAS {ratio}, ROI {_share(share)}, contribution {kept.text(short=True)}",
        )
        note = both(
            f"毛利率 {_share(request.margin)}；按收入算的 ROI 是 {_share(plain)}。",
            f"At a margin of {_share(request.margin)}; ROI on revenue is {_share(plain)}.",
        )
        if request.margin > 0:
            even = 1 / request.margin
            rows.append(
                _row("break_even_roas", both("保本 ROAS", "Break-even ROAS"), Figure.of(even, "ratio", "you", formula=BREAK_EVEN_ROAS))
            )
    if revenue.amount < 0:
        note = both(f"收入为负：退款多于成交。{note.zh}", f"Revenue is negative: refunds exceed sales. {note.en}")
    columns = [_column("name", "指标", "Quantity"), _column("value", "数值", "Value"), _column("formula", "公式", "Formula")]
    bars = [(both("花费", "Spend"), spend.amount, GREY), (both("收入", "Revenue"), revenue.amount, BLUE)]
    artifact = Artifact(
        kind="table",
        title=both("投入产出", "Return on spend"),
        data={
            "columns": columns,
            "rows": rows,
            "plotly": _bars([b[0].pick(request.reply_language) for b in bars], [b[1] for b in bars], [b[2] for b in bars]),
            "notes": [n.model_dump() for n in (note, how) if n],
        },
        source=["brief"],
    )
    language = request.reply_language
    text = both(
        f"花费 {spend.text(short=True)}，收入 {revenue.text(short=True)}：{finding.zh}。{note.zh}",
        f"Spend {spend.text(short=True)}, revenue {revenue.text(short=True)}: {finding.en}. {note.en}",
    ).pick(language)
    return ToolResult(content=text[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def _history(workspace: Workspace, request: ComputeRoi, progress: Progress) -> ToolResult:
    progress.start("history", both("汇总过往投放", "Add up past campaigns"))
    channel = knowledge.channel(request.channel).id if request.channel else None
    by = request.by or ("period" if channel else "channel")
    frame = _past(workspace, channel, request.period_days, by)
    if not len(frame):
        raise AdwrightError(
            both("没有符合条件的投放记录。", "There are no past campaigns to compute from."),
            both("请导入投放记录，或直接告诉我花费和收入。", "Import past campaigns, or tell me the spend and the revenue."),
            code="no-campaigns",
        )
    rows = [_history_row(workspace, row, by, request.margin) for row in frame.to_dict("records")]
    rows.sort(key=lambda r: r["name"]["en"] if by == "period" else float(r["roas"] or 0), reverse=True)
    rows.sort(key=lambda r: r["currency"])
    first, last = frame["first"].min(), frame["last"].max()
    period = f"{first:%Y-%m-%d} – {last:%Y-%m-%d}" if first == first and last == last else None
    money = {c: (_total(rows, c, "spend"), _total(rows, c, "revenue", "measured")) for c in sorted({r["currency"] for r in rows})}
    notes = [both(f"期间 {period}。", f"Period {period}.")] if period else [both("投放记录没有日期。", "The campaigns have no dates.")]
    if any(r["roas"] is None for r in rows):
        notes.append(both("没有收入记录的，ROAS 留空，不估计。", "Where no revenue was recorded the ROAS is left empty, not estimated."))
    if len(money) > 1:
        notes.append(both("不同货币分开统计，没有换算。", "Currencies are kept apart, nothing is converted."))
    if request.margin is None:
        notes.append(
            both(
                "ROI 按收入计，未扣商品成本；给出毛利率可算真实 ROI。",
                "ROI is on revenue, cost of goods not deducted; give a margin for the real ROI.",
            )
        )
    back = payback(workspace, request.margin)
    for row in rows:
        worth = back is not None and row["cpa"] and row["currency"] == back.total.currency
        row["ltv_cac"] = str(rounded(ltv_to_cac(back.total.amount, Decimal(row["cpa"])), "ratio")) if back and worth else None
    if back is not None:
        notes.append(_lifetime_note(back))
    finding = _history_finding(rows, money, channel)
    columns = [
        _column("name", *CUTS[by]),
        _column("campaigns", "计划数", "Campaigns", "count"),
        _column("spend", "花费", "Spend", "money"),
        _column("revenue", "收入", "Revenue", "money"),
        _column("orders", "成交", "Orders", "count"),
        _column("roas", "ROAS", "ROAS", "ratio"),
        _column("roi", "ROI", "ROI", "ratio"),
        _column("cpa", "单笔成交成本（CPA）", "CPA", "money"),
        *([_column("ltv_cac", f"LTV:CAC（{back.days} 天）", f"LTV:CAC ({back.days} days)", "ratio")] if back else []),
        *([_column("currency", "货币", "Currency")] if len(money) > 1 else []),
    ]
    main = max(money, key=lambda c: money[c][0][0])
    terms = terms_of(workspace, request.margin)
    notes += terms.notes
    notes += anomalies(_records(workspace, channel, request.period_days), request.today)
    months = _past(workspace, channel, request.period_days, "period").to_dict("records")
    shown = [r for r in rows if r["roas"] is not None][:SHOWN]
    names = [r["name"][request.reply_language] + (f" {r['currency']}" if len(money) > 1 else "") for r in shown]
    artifact = Artifact(
        kind="table",
        title=both("过往投放的投入产出", "Returns of past campaigns"),
        data={
            "columns": columns,
            "rows": rows,
            "plotly": _bars(names, [Decimal(r["roas"]) for r in shown], [BLUE] * len(shown)),
            "waterfall": waterfall(Money.of(money[main][1][0], main), Money.of(money[main][1][1], main), terms),
            "trend": trend([_history_row(workspace, row, "period", request.margin) for row in months], main),
            "notes": [n.model_dump() for n in notes],
            "formulas": [f.model_dump() for f in (ROAS, ROI if request.margin is not None else ROI_REVENUE, *([LTV_CAC] if back else []))],
        },
        source=[f"campaigns:{workspace.fingerprint('campaigns')}", *([back.evidence] if back else [])],
    )
    progress.done("history", finding)
    language = request.reply_language
    gap = "" if language == "zh" else " "
    return ToolResult(
        content=f"{finding.pick(language)}{'。' if language == 'zh' else '.'}{gap}{gap.join(n.pick(language) for n in notes)}"[
            :CONTENT_LIMIT
        ],
        finding=finding,
        artifact=artifact,
    )


def _lifetime_note(back: Payback) -> Words:
    """Say what the LTV is made of, and that a campaign's orders are taken for new customers."""
    first, repeat, total = (m.text(short=True) for m in (back.first, back.repeat, back.total))
    return both(
        f"LTV：新客 {back.days} 天毛利 {total}（首单 {first}，复购 {repeat}，依据店铺订单），也是保本 CPA；每单都当作新客，所以是上限。",
        f"LTV: a new customer's {back.days}-day contribution of {total} (first purchase {first}, repeats {repeat}, from the shop's orders), also the "
        "break-even CPA; every order is taken for a new customer, so the ratio is an upper bound.",
    )


def _chosen(workspace: Workspace, channel: str | None, period_days: int | None) -> Any:
    table = workspace.warehouse.table("campaigns")
    if channel:
        table = table.filter(table.channel == channel)
    if period_days:
        last = workspace.warehouse.frame(table.aggregate(last=table.end.max()))["last"].iloc[0]
        if last == last:
            table = table.filter(table.end > (last - timedelta(days=period_days)).date())
    return table


def _records(workspace: Workspace, channel: str | None, period_days: int | None) -> list[dict[str, Any]]:
    columns = ["campaign_id", "channel", "currency", "start", "end", "spend", "impressions", "clicks", "conversions"]
    return workspace.warehouse.arrow(_chosen(workspace, channel, period_days)[columns].order_by("campaign_id")).to_pylist()


def _past(workspace: Workspace, channel: str | None, period_days: int | None, by: str) -> Any:
    """Aggregate the campaigns by channel, audience, headline, or month of their end."""
    import ibis

    table = _chosen(workspace, channel, period_days)
    keys = {
        "channel": table.channel,
        "segment": ibis.coalesce(table.audience, "—"),
        "creative": ibis.coalesce(table.headline, "—"),
        "period": ibis.coalesce(table.end.strftime("%Y-%m"), "—"),
    }
    key = keys[by]
    # Revenue counts only with its own spend, or a campaign without revenue would pull the ROAS down.
    grouped = table.mutate(key=key).group_by(["key", "currency"])
    return workspace.warehouse.frame(
        grouped.aggregate(
            campaigns=lambda t: t.count(),
            spend=lambda t: t.spend.sum(),
            measured=lambda t: t.spend.sum(where=t.revenue.notnull()),
            revenue=lambda t: t.revenue.sum(),
            orders=lambda t: t.conversions.sum(),
            first=lambda t: t.start.min(),
            last=lambda t: t.end.max(),
        ).order_by(["currency", "key"])
    )


def _history_row(workspace: Workspace, row: dict[str, Any], by: str, margin: Decimal | None) -> dict[str, Any]:
    currency = row["currency"] or workspace.currency

    def amount(name: str) -> Decimal | None:
        value = row[name]
        return None if value is None or value != value else Money.of(float(value), currency).amount

    spend, revenue, measured, orders = amount("spend") or Decimal(0), amount("revenue"), amount("measured"), row["orders"]
    known = revenue is not None and bool(measured)
    name = channel_name(row["key"]) if by == "channel" else both(row["key"], row["key"])
    count = None if orders is None or orders != orders else int(rounded(float(orders), "count"))
    return {
        "key": row["key"],
        "name": name.model_dump(),
        "currency": currency,
        "campaigns": int(row["campaigns"]),
        "spend": str(spend),
        "measured": str(measured or 0),
        "revenue": str(revenue) if revenue is not None else None,
        "orders": count,
        "roas": str(rounded(roas(revenue, measured), "ratio")) if known and revenue is not None and measured else None,
        "roi": str(rounded(roi(revenue, measured, margin if margin is not None else Decimal(1)), "ratio"))
        if known and revenue is not None and measured
        else None,
        "cpa": str(Money.of(spend / count, currency).amount) if count else None,
    }


def _total(rows: Sequence[dict[str, Any]], currency: str, name: str, base: str | None = None) -> tuple[Decimal, Decimal]:
    mine = [r for r in rows if r["currency"] == currency]
    return sum((Decimal(r[name] or 0) for r in mine), Decimal(0)), sum(
        (Decimal(r[base] or 0) for r in mine), Decimal(0)
    ) if base else Decimal(0)


def _history_finding(rows: list[dict[str, Any]], money: dict[str, Any], channel: str | None) -> Words:
    parts_zh, parts_en = [], []
    for currency, ((spend, _), (revenue, measured)) in money.items():
        ratio = f"{rounded(revenue / measured, 'ratio')}" if measured else "—"
        texts = Money.of(spend, currency).text(short=True), Money.of(revenue, currency).text(short=True)
        parts_zh.append(f"花费 {texts[0]}，收入 {texts[1]}，ROAS {ratio}")
        parts_en.append(f"spend {texts[0]}, revenue {texts[1]}, ROAS {ratio}")
    best = max((r for r in rows if r["roas"] is not None), key=lambda r: Decimal(r["roas"]), default=None)
    head_zh, head_en = "；".join(parts_zh), "; ".join(parts_en)
    if channel:
        name = channel_name(channel)
        head_zh, head_en = f"{name.zh}：{head_zh}", f"{name.en}: {head_en}"
    if best and len(rows) > 1:
        head_zh += f"；最高是{best['name']['zh']} {best['roas']}"
        head_en += f"; highest is {best['name']['en']} at {best['roas']}"
    return both(head_zh, head_en[0].upper() + head_en[1:])


def _share(value: Decimal) -> str:
    """Write a share as a percentage with up to one decimal, e.g. ``200%``, ``33.3%``."""
    text = f"{value * 100:,.1f}"
    return f"{text.removesuffix('.0')}%"


def _column(key: str, zh: str, en: str, unit: str = "text") -> dict[str, Any]:
    return {"key": key, "name": {"zh": zh, "en": en}, "unit": unit}


def _row(key: str, name: Words, figure: Figure) -> dict[str, Any]:
    formula = figure.formula.model_dump() if figure.formula else None
    return {
        "key": key,
        "name": name.model_dump(),
        "value": figure.text(),
        "number": str(figure.value),
        "unit": figure.unit,
        "source": figure.source,
        "formula": formula,
    }


def _percent(key: str, name: Words, value: Decimal, formula: Words) -> dict[str, Any]:
    figure = Figure.of(value, "rate", "you", formula=formula)
    return {**_row(key, name, figure), "value": _share(value)}


def _bars(names: list[str], values: Sequence[Decimal], colors: list[str]) -> dict[str, Any]:
    """Return a Plotly bar chart as plain JSON, in the order given."""
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": names[::-1],
                "x": [float(v) for v in reversed(values)],
                "text": [f"{v:,}" for v in reversed(values)],
                "textposition": "auto",
                "marker": {"color": colors[::-1]},
                "hoverinfo": "y+text",
            }
        ],
        "layout": {
            "height": max(120, 34 * len(names) + 60),
            "margin": {"l": 110, "r": 24, "t": 8, "b": 32},
            "showlegend": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {"fixedrange": True, "gridcolor": "#ECECE8", "rangemode": "tozero"},
            "yaxis": {"fixedrange": True},
        },
    }
