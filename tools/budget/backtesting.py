"""`backtest`: the forecast of a new campaign, tried on the shop's past ones as if each were still to come.

Each campaign is forecast from campaigns that had ended before it began (all others where dates are missing), with its spend and
days known, and laid beside two naive forecasts: the account's mean per unit of spend, and that of the channel's last campaign.
A count on the edge of an interval is inside by the part of its probability that is. Not covered: budgets, models on impressions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..response.past import History, PastRates, Trade
from .curves import Shape
from .inputs import LineInput
from .montecarlo import draw
from .order_value import ORDER_SPREAD
from .past_lines import click_price

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Array = NDArray[np.float64]
Quantity = Literal["clicks", "conversions", "revenue"]
QUANTITIES: tuple[Quantity, ...] = ("clicks", "conversions", "revenue")
NAMES = {"clicks": both("点击", "Clicks"), "conversions": both("成交", "Conversions"), "revenue": both("收入", "Revenue")}
# Campaigns that have to be judged before a share of them says anything, and those a forecast needs before it.
LEAST_JUDGED, LEAST_BEFORE = 8, 5
LEVEL = 0.8
# A width at which no more campaigns are tried: the newest ones.
MOST = 150


class Judged(Document):
    """How forecasts of one quantity did over `campaigns`: share inside the 80 % interval, and WAPE (0..) of P50 and naive ones."""

    quantity: Quantity
    campaigns: int
    covered: float
    wape: float
    wape_mean: float
    wape_last: float | None


class Backtest(Document):
    """The judged quantities, how many campaigns could not be forecast, and what is worth knowing, in words."""

    rows: list[Judged]
    skipped: int
    finding: Words
    notes: list[Words]

    def artifact(self) -> Artifact:
        """Return the table that faces show."""
        percent = "rate"
        columns = [
            _column("name", "指标", "Quantity", "text"),
            _column("campaigns", "计划数", "Campaigns", "count"),
            _column("covered", "80% 区间命中", "Inside the 80% range", percent),
            _column("wape", "P50 误差（WAPE）", "P50 error (WAPE)", percent),
            _column("wape_mean", "账户均值法误差", "Account-mean error", percent),
            _column("wape_last", "上一次投放法误差", "Last-campaign error", percent),
        ]
        rows = [{"name": NAMES[r.quantity].model_dump(), **r.model_dump(exclude={"quantity"})} for r in self.rows]
        data = {"columns": columns, "rows": rows, "notes": [n.model_dump() for n in self.notes]}
        return Artifact(kind="table", title=both("预测回测", "Forecast back-test"), data=data)


class BacktestForecast(Document):
    """Try the forecast on the shop's past campaigns."""

    reply_language: Language = "zh"


class _Try(NamedTuple):
    """One campaign: the truth, draws, and the naive forecasts of each quantity (None where unknown)."""

    truth: dict[str, float | None]
    draws: dict[str, Array]
    mean: dict[str, float | None]
    last: dict[str, float | None]


def backtest_forecast(workspace: Workspace, request: BacktestForecast, progress: Progress = SILENT) -> ToolResult:
    """Return the back-test as a tool result; raises as `backtest`."""
    found = backtest(workspace, progress=progress)
    gap = "" if request.reply_language == "zh" else " "
    text = gap.join(words.pick(request.reply_language) for words in (found.finding, *found.notes))
    return ToolResult(content=text[:CONTENT_LIMIT], finding=found.finding, artifact=found.artifact())


def backtest(workspace: Workspace, *, draws: int = 1000, seed: int = 0, progress: Progress = SILENT) -> Backtest:
    """Try the forecast on the shop's newest 150 past campaigns.

    Raises `AdwrightError` (``no-campaigns``; ``few-campaigns`` when fewer than eight can be judged).

    Example:
        >>> backtest(shop).rows[0].covered  # doctest: +SKIP
        0.79
    """
    rows = PastRates(workspace).rows
    if not rows:
        raise AdwrightError(
            both("没有投放记录，无法回测。", "There are no past campaigns to try the forecast on."),
            both("请先导入投放记录（adwright import campaigns）。", "Import past campaigns first (adwright import campaigns)."),
            code="no-campaigns",
        )
    return backtest_rows(rows, draws=draws, seed=seed, progress=progress)


def backtest_rows(
    rows: list[dict[str, Any]],
    *,
    draws: int = 1000,
    seed: int = 0,
    progress: Progress = SILENT,
    others: Callable[[dict[str, Any]], list[dict[str, Any]]] | None = None,
    most: int = MOST,
) -> Backtest:
    """Try the forecast on campaigns given as rows of the campaigns table; `others` names those that one may learn from.

    Raises `AdwrightError` (``few-campaigns``).
    """
    spent = [r for r in rows if (r["spend"] or 0) > 0 and (r["impressions"] or 0) > 0]
    spent.sort(key=lambda r: (r["start"] or date.min, str(r["campaign_id"])))
    tries, skipped = [], 0
    chosen = spent[-most:]
    # One fit of the account's spread serves many campaigns: it is measured anew where the known campaigns change.
    known: dict[tuple[str, ...], PastRates] = {}
    for k, row in enumerate(chosen):
        before = others(row) if others else _before(spent, row)
        key = (str(len(before)), *(str(r["campaign_id"]) for r in before[:1] + before[-1:]))
        past = known.setdefault(key, PastRates.of_rows(before))
        tried = _try(row, past, draws, seed) if len(before) >= LEAST_BEFORE else None
        if tried is None:
            skipped += 1
        else:
            tries.append(tried)
        if k % 25 == 24:
            progress.note(both("回测投放", "trying campaigns"), k + 1, len(chosen))
    if len(tries) < LEAST_JUDGED:
        raise AdwrightError(
            both(
                f"能回测的投放只有 {len(tries)} 次，至少要 {LEAST_JUDGED} 次才看得出准不准。",
                f"Only {len(tries)} campaigns can be tried; at least {LEAST_JUDGED} are needed to judge a forecast.",
            ),
            both(
                f"每次投放之前要有 {LEAST_BEFORE} 次已结束的投放，其中有同渠道的；请再导入一些。",
                f"Before each one, {LEAST_BEFORE} campaigns must have ended, one of them on its channel; import more of them.",
            ),
            code="few-campaigns",
        )
    judged = [found for quantity in QUANTITIES if (found := _judge(quantity, tries)) is not None]
    return Backtest(rows=judged, skipped=skipped, finding=_finding(judged), notes=_notes(judged, skipped, len(spent), len(chosen)))


def _before(rows: list[dict[str, Any]], row: dict[str, Any]) -> list[dict[str, Any]]:
    if row["start"] is None:
        return [r for r in rows if r["campaign_id"] != row["campaign_id"]]
    return [r for r in rows if r["end"] is not None and r["end"] < row["start"]]


def _try(row: dict[str, Any], past: PastRates, draws: int, seed: int) -> _Try | None:
    spend = float(row["spend"])
    days = (row["end"] - row["start"]).days + 1 if row["start"] and row["end"] else 7
    history = past.of(row["channel"], row["placement"], row["category"], row["currency"])
    if history is None or history.cpc is None or history.cvr <= 0:
        return None
    sized = past.of(row["channel"], row["placement"], row["category"], row["currency"], size=max(spend / history.cpc[1], 1.0))
    line = _line(row, sized or history, past.value_trade)
    shape = Shape.of([line], days)
    drawn = draw([line], np.array([spend]), shape, np.ones(days), np.ones(days), seed, draws)
    same = [r for r in past.rows if r["currency"] == row["currency"] and r["spend"]]
    channel = [r for r in same if r["channel"] == row["channel"]]
    return _Try(
        truth={q: None if row[q] is None else float(row[q]) for q in QUANTITIES},
        draws={"clicks": drawn.clicks[0], "conversions": drawn.orders[0], "revenue": drawn.revenue[0]},
        mean={q: _per_spend(same, q, spend) for q in QUANTITIES},
        last={q: _per_spend(channel[-1:], q, spend) for q in QUANTITIES},
    )


def _line(row: dict[str, Any], history: History, trade: Trade | None) -> LineInput:
    price = click_price(history)
    by_cvr, by_cpc, spread = trade or Trade(0.0, 0.0, ORDER_SPREAD)
    assert price is not None
    return LineInput(
        id="line",
        channel=row["channel"],
        currency=row["currency"],
        cpc=price[0],
        auction_shock=price[1],
        ctr=min(max(history.ctr, 1e-5), 0.9),
        ctr_strength=history.ctr_strength,
        cvr=min(max(history.cvr, 1e-5), 0.95),
        cvr_strength=history.cvr_strength,
        order_value=history.order_value or 1.0,
        order_value_cv=spread,
        value_by_cvr=by_cvr,
        value_by_cpc=by_cpc,
        margin=1.0,
        usual_daily_spend=history.usual_daily_spend,
        source="past",
    )


def _per_spend(rows: list[dict[str, Any]], quantity: str, spend: float) -> float | None:
    known = [r for r in rows if r[quantity] is not None]
    whole = sum(float(r["spend"]) for r in known)
    return spend * sum(float(r[quantity]) for r in known) / whole if whole else None


def _judge(quantity: Quantity, tries: list[_Try]) -> Judged | None:
    mine = [(t, truth, mean) for t in tries if (truth := t.truth[quantity]) is not None and (mean := t.mean[quantity]) is not None]
    if len(mine) < LEAST_JUDGED:
        return None
    inside = float(np.mean([_inside(t.draws[quantity], truth) for t, truth, _ in mine]))
    whole = sum(abs(truth) for _, truth, _ in mine)
    if not whole:
        return None

    def wape(pairs: list[tuple[float, float]]) -> float:
        return sum(abs(value - truth) for value, truth in pairs) / sum(abs(truth) for _, truth in pairs)

    last = [(value, truth) for t, truth, _ in mine if (value := t.last[quantity]) is not None]
    return Judged(
        quantity=quantity,
        campaigns=len(mine),
        covered=round(inside, 4),
        wape=round(wape([(float(np.median(t.draws[quantity])), truth) for t, truth, _ in mine]), 4),
        wape_mean=round(wape([(mean, truth) for _, truth, mean in mine]), 4),
        wape_last=round(wape(last), 4) if last and sum(abs(truth) for _, truth in last) else None,
    )


def _inside(draws: Array, truth: float) -> float:
    """Share of the truth's own probability inside the central interval (the probability integral transform)."""
    low, high = float((draws < truth).mean()), float((draws <= truth).mean())
    edges = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    if high - low < 1e-9:
        return float(edges[0] <= low <= edges[1])
    return max(0.0, min(high, edges[1]) - max(low, edges[0])) / (high - low)


def _finding(rows: list[Judged]) -> Words:
    zh = "；".join(f"{NAMES[r.quantity].zh}区间命中 {r.covered:.0%}，误差 {r.wape:.0%}（账户均值 {r.wape_mean:.0%}）" for r in rows)
    en = "; ".join(
        f"{NAMES[r.quantity].en.lower()}: {r.covered:.0%} inside the 80% range, error {r.wape:.0%} (account mean {r.wape_mean:.0%})"
        for r in rows
    )
    return both(f"回测 {rows[0].campaigns} 次投放：{zh}", f"{rows[0].campaigns} campaigns tried: {en}")


def _notes(rows: list[Judged], skipped: int, known: int, tried: int) -> list[Words]:
    notes = [
        both(
            "每次投放只用它开始前已结束的投放来预测（没有日期的用其他投放），花费和天数按实际。误差是 WAPE：偏差之和除以实际之和。",
            "Each campaign is forecast only from campaigns that had ended before it (from all others where dates are missing), its spend "
            "and days known. The error is WAPE: the sum of the misses over the sum of the results.",
        )
    ]
    off = [r for r in rows if abs(r.covered - LEVEL) > 0.05 + 1.28 * (LEVEL * (1 - LEVEL) / r.campaigns) ** 0.5]
    for r in off:
        name, narrow = NAMES[r.quantity], r.covered < LEVEL
        notes.append(
            both(
                f"{name.zh}的区间偏{'窄：实际波动更大' if narrow else '宽：实际比预测的稳'}，请留{'更多余量' if narrow else '意'}。",
                f"The range of {name.en.lower()} is too {'narrow: results vary more than forecast' if narrow else 'wide: results vary less'}.",
            )
        )
    worse = [r for r in rows if r.wape > 1.02 * r.wape_mean]
    for r in worse:
        name = NAMES[r.quantity]
        notes.append(
            both(
                f"{name.zh}的预测不如账户均值法，请以均值为准。",
                f"For {name.en.lower()} the account's mean does better: go by that.",
            )
        )
    if skipped:
        notes.append(
            both(
                f"{skipped} 次投放之前没有足够的同渠道记录，没有计入。",
                f"{skipped} campaigns had too little before them on their channel and are left out.",
            )
        )
    if known > tried:
        notes.append(both(f"只回测了最近 {tried} 次。", f"Only the newest {tried} were tried."))
    return notes


def _column(key: str, zh: str, en: str, unit: str) -> dict[str, Any]:
    return {"key": key, "name": {"zh": zh, "en": en}, "unit": unit}
