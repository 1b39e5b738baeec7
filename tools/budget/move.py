"""`move_budget`: which channels should get more of the weekly money and which less, from the shop's own weeks.

`fit_curves` on `shop_weeks` says what each channel's last money brings, `FittedCurves.advise` how far to move: each channel by at most 30 %,
and not at all where a gain is less than 80 % likely. Weeks that moved together are no experiment, and the answer says so. Not covered:
a campaign's own lines (`revise_plan` from daily results) and an amount to split anew (`allocate_budget`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.money import ExactDecimal, Money
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .inputs import channel_name
from .mix import Estimate, FittedCurves, fit_curves
from .mix_advice import LIKELY, Advice
from .own_weeks import shop_weeks
from .weekly import LEAST_WEEKS, WANTING

if TYPE_CHECKING:
    from ...data.workspace import Workspace

MOVE = 0.3
BEFORE, AFTER = "#D6D6D0", "#2F5BD7"


class MoveBudget(Document):
    """Where to move weekly channel budgets. Pass only what the user said."""

    margin: ExactDecimal | None = Field(default=None, gt=0, le=1, description="Gross margin 0..1, if the user named one")
    today: date | None = Field(default=None, description="Today in the shop's zone")
    seed: int = Field(default=0)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def move_budget(workspace: Workspace, request: MoveBudget, progress: Progress = SILENT) -> ToolResult:
    """Say how to move the weekly spend between channels, or not to; the artifact is a table with chart and certificate.

    Raises `AdwrightError` naming the data that are missing (`WANTING`), and ``future-dates``.
    """
    progress.start("weeks", both("读取每周的花费和成交", "Read spend and sales by week"))
    try:
        history = shop_weeks(workspace, today=request.today)
    except AdwrightError as error:
        raise _named(error) if error.code in WANTING else error from None
    span = both(f"{len(history.weeks)} 周，{len(history.channels)} 个渠道", f"{len(history.weeks)} weeks, {len(history.channels)} channels")
    progress.done("weeks", span)
    progress.start("curves", both("估计每个渠道的响应曲线", "Estimate each channel's response"))
    margin, why = _margin(workspace, request.margin)
    fit = fit_curves(history, seed=request.seed)
    artifact = advised(fit, margin=margin, currency=workspace.currency, language=request.reply_language, why=why, seed=request.seed)
    finding = Words.model_validate(artifact.data["finding"])
    progress.done("curves", finding)
    return ToolResult(content=_content(artifact.data["rows"], finding, request.reply_language), finding=finding, artifact=artifact)


def advised(
    fit: FittedCurves, *, margin: Decimal | float, currency: str, language: Language = "zh", why: Words | None = None, seed: int = 0
) -> Artifact:
    """Return the table of what to move, with chart and certificate, from any fitted weekly history in `currency`.

    `why` says where the `margin` comes from.
    """
    advice = fit.advise(move=MOVE, margin=float(margin))
    return Artifact(
        kind="table",
        title=both("预算往哪儿挪", "Where to move the budget"),
        data={
            "columns": _columns(currency),
            "rows": _rows(fit, advice),
            "finding": _finding(advice, currency).model_dump(),
            "moving": _told(fit, advice, Decimal(str(margin)), why or both(f"毛利率 {margin:.0%}", f"margin {margin:.0%}"), currency),
            "plotly": _chart(fit, advice, currency, language),
            "notes": [note.model_dump() for note in (*fit.notes, *advice.allocation.certificate.notes)],
        },
        source=["campaigns", "orders"],
        seed=seed,
    )


def _named(error: AdwrightError) -> AdwrightError:
    """The same refusal with the data that would lift it."""
    return AdwrightError(
        error.message,
        both(
            f"要说预算该往哪儿挪，需要至少 {LEAST_WEEKS} 周、花费有起伏的投放记录（渠道、开始、结束、花费）和同期订单："
            "adwright import campaigns 文件，adwright import orders 文件。在那之前可以问“把 3 万元分到抖音和小红书怎么分”，按公开或过往的点击单价和转化率估算。",
            f"To say where money should move it takes at least {LEAST_WEEKS} weeks of campaigns whose spend varied (channel, start, end, spend) and the "
            "orders of those weeks: adwright import campaigns FILE, adwright import orders FILE. Until then, ask how to split an amount over channels: "
            "that goes by click prices and conversion rates.",
        ),
        code=error.code,
    )


def _margin(workspace: Workspace, stated: Decimal | None) -> tuple[Decimal, Words]:
    """What is kept of a unit of sales before advertising, and where that comes from."""
    from ..audience.margin import margin_of
    from ..audience.sources import sources

    if stated is not None:
        return stated, both(f"毛利率按您说的 {stated:.0%}", f"Margin as you said, {stated:.0%}")
    source = sources(workspace, words=False)
    own = margin_of(workspace, source) if source is not None else None
    if own is not None:
        return own.share, both(f"毛利率按店铺销售算得 {own.share:.0%}", f"Margin from the shop's sales, {own.share:.0%}")
    usual = Decimal(knowledge.categories()["other"].margin)
    return usual, both(f"毛利率未知，假设 {usual:.0%}", f"Margin is unknown, {usual:.0%} is assumed")


def _finding(advice: Advice, currency: str) -> Words:
    if not advice.step:
        return both(
            f"先不动：挪了更赚的把握只有 {advice.p_gain:.0%}，不到 {LIKELY:.0%}",
            f"Do not move: a gain is only {advice.p_gain:.0%} likely, less than {LIKELY:.0%}",
        )
    gain = Money.of(float(round(advice.gain.value)), currency).text(short=True)
    return both(
        f"可以挪：每周预计多赚 {gain}，更赚的把握 {advice.p_gain:.0%}",
        f"Worth moving: about {gain} more a week, a gain is {advice.p_gain:.0%} likely",
    )


def _columns(currency: str) -> list[dict[str, Any]]:
    names = [
        ("name", "渠道", "Channel", "text"),
        ("now", "现在每周", "Weekly now", currency),
        ("proposed", "建议每周", "Proposed", currency),
        ("mroas", "边际 ROAS", "Marginal ROAS", "ratio"),
        ("range", "5%–95%", "5–95%", "text"),
        ("basis", "依据", "Basis", "text"),
    ]
    return [{"key": key, "name": {"zh": zh, "en": en}, "unit": unit} for key, zh, en, unit in names]


def _rows(fit: FittedCurves, advice: Advice) -> list[dict[str, Any]]:
    """A row a channel, the largest rise first."""
    rows = []
    for result, now, then in zip(fit.results, fit.current.tolist(), advice.amounts, strict=True):
        rows.append(
            {
                "name": channel_name(result.channel).model_dump(),
                "now": str(round(now)),
                "proposed": str(round(then)),
                "mroas": f"{result.mroas.value:.2f}",
                "range": f"{result.mroas.low:.2f}–{result.mroas.high:.2f}",
                "basis": (both("学到的", "learnt") if result.learnt else both("主要是假设", "mostly assumed")).model_dump(),
            }
        )
    return sorted(rows, key=lambda row: int(row["now"]) - int(row["proposed"]))


def _told(fit: FittedCurves, advice: Advice, margin: Decimal, why: Words, currency: str) -> dict[str, Any]:
    """What the answer says, as figures; money by week."""
    proof = advice.allocation.certificate
    moved = [(result.channel, now, then) for result, now, then in zip(fit.results, fit.current.tolist(), advice.amounts, strict=True)]
    moved = [m for m in moved if round(m[1]) != round(m[2])]

    def listed(rises: bool) -> list[dict[str, Any]]:
        mine = sorted((m for m in moved if (m[2] > m[1]) is rises), key=lambda m: -abs(m[2] - m[1]))
        return [{"channel": c, "now": _money(a, currency), "then": _money(b, currency)} for c, a, b in mine]

    def figure(estimate: Estimate, unit: str = currency) -> dict[str, Any]:
        value, low, high = (float(round(x)) for x in (estimate.value, estimate.low, estimate.high))
        return Figure.of(value, unit, "past", low=low, high=high).model_dump(mode="json")

    caps = sum(abs(price) > 1e-9 for price in proof.bound_prices)
    # The channel whose last money is known least, weighed by its spend: the one a hold-out would settle.
    unsure = max(fit.results, key=lambda r: (r.mroas.high - r.mroas.low) * r.spend)
    return {
        "moves": bool(advice.step),
        "step": f"{advice.step:.2f}",
        "p_gain": Figure.of(advice.p_gain, "rate", "past").model_dump(mode="json"),
        "gain": figure(advice.gain),
        "total": _money(float(fit.current.sum()), currency),
        "up": listed(True),
        "down": listed(False),
        "weeks": len(fit.history.weeks),
        "first": fit.history.weeks[0].isoformat(),
        "margin": Figure.of(margin, "rate", "past").model_dump(mode="json"),
        "why_margin": why.model_dump(),
        "last_unit": Figure.of(proof.multiplier, "ratio", "past").model_dump(mode="json"),
        "spread": f"{proof.spread:.6f}",
        "gap": f"{proof.gap:.6f}",
        "caps": caps,
        "move": f"{MOVE:.2f}",
        "unsure": unsure.channel,
        "still": [result.channel for result in fit.results if not result.learnt],
    }


def _money(amount: float, currency: str) -> dict[str, Any]:
    return Money.of(float(round(amount)), currency).model_dump(mode="json")


def _content(rows: list[dict[str, Any]], finding: Words, language: Language) -> str:
    moves = "; ".join(f"{row['name'][language]} {row['now']} -> {row['proposed']} (mROAS {row['range']})" for row in rows)
    return f"{finding.pick(language)}. {moves}"[:CONTENT_LIMIT]


def _chart(fit: FittedCurves, advice: Advice, currency: str, language: Language) -> dict[str, Any]:
    """Paired bars of weekly spend by channel, now and proposed, in the order of today's spend."""
    order = sorted(range(len(fit.channels)), key=lambda i: fit.current[i])
    names = [channel_name(fit.channels[i]).pick(language) for i in order]
    series = ((both("现在", "Now"), BEFORE, fit.current.tolist()), (both("建议", "Proposed"), AFTER, advice.amounts))
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": name.pick(language),
                "y": names,
                "x": [float(amounts[i]) for i in order],
                "text": [Money.of(float(round(amounts[i])), currency).text(short=True) for i in order],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": colour},
                "hoverinfo": "skip",
            }
            for name, colour, amounts in series
        ],
        "layout": {
            "barmode": "group",
            "height": 64 + 44 * len(order),
            "margin": {"l": 84, "r": 72, "t": 8, "b": 24},
            "showlegend": True,
            "legend": {"orientation": "h", "traceorder": "reversed", "y": 1.06},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {"fixedrange": True, "showgrid": False, "showticklabels": False, "rangemode": "tozero"},
            "yaxis": {"fixedrange": True},
        },
    }
