"""The tool `suggest_price`: what to charge, in words and as a table; `price_advice` decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.money import ExactDecimal
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .price_advice import PriceAdvice, advise
from .price_test import PriceTest
from .sales_history import refuse_personal

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class SuggestPrice(Document):
    """Suggest a price for a product."""

    product: str = Field(min_length=1, max_length=500, description="Product, in the user's words")
    cost: ExactDecimal | None = Field(default=None, gt=0, description="Unit cost, if the user said it")
    competitor_price: ExactDecimal | None = Field(default=None, gt=0, description="A rival's price, if the user said it")
    price: ExactDecimal | None = Field(default=None, gt=0, description="The current price, if the user said it")
    currency: str | None = Field(default=None, min_length=3, max_length=3, description="ISO 4217 code, if the user named a currency")
    buyers: str | None = Field(
        default=None,
        max_length=200,
        description="Personal trait (age, sex, income, member id ...) if the user wants a price for such people only",
    )
    reply_language: Language = Field(default="zh", description="Language of the answer")
    seed: int = Field(default=0)


def suggest_price(workspace: Workspace, request: SuggestPrice, progress: Progress = SILENT) -> ToolResult:
    """Suggest a price with its expected gain and range, keep today's, or propose a price test."""
    language = request.reply_language
    if request.buyers:
        raise _same_for_all(request.buyers)
    progress.note(both("查价格与销量记录", "Looking at prices and sales"), 0, 1)
    advice = advise(workspace, request.product, request.cost, request.competitor_price, request.price, request.currency, request.seed)
    finding, rows = found(advice), [{"name": n.pick(language), "value": v} for n, v in _rows(advice, language) if v]
    columns = [
        {"key": "name", "name": {"zh": "项目", "en": "Item"}, "unit": "text"},
        {"key": "value", "name": {"zh": "内容", "en": "Value"}, "unit": "text"},
    ]
    artifact = Artifact(
        kind="table",
        title=both("定价建议", "Price advice"),
        data={"columns": columns, "rows": rows, "shown": len(rows), "advice": advice.model_dump(mode="json")},
        source=[f"orders:{workspace.fingerprint('orders')}"] if advice.method == "history" else ["assumption:pricing"],
        seed=request.seed,
    )
    told = [finding.pick(language), *(f"{row['name']}: {row['value']}" for row in rows)]
    return ToolResult(content="\n".join(told)[:500], finding=finding, artifact=artifact)


def found(advice: PriceAdvice) -> Words:
    """Say in one line what to do about the price."""
    name, price = advice.product, advice.price
    now = advice.today.text() if advice.today else ""
    if advice.decision == "keep":
        return both(f"「{name.zh}」建议维持现价 {now}", f"{name.en}: keep today's price of {now}")
    if advice.decision == "test" and advice.today and price.value == advice.today.value:
        return both(
            f"「{name.zh}」先维持现价 {now}，做一次价格测试再定", f"{name.en}: stay at {now} for now and run a price test before you settle"
        )
    if advice.decision == "change" and advice.gain and advice.p_gain is not None:
        low, high = _ends(advice.gain)
        size = advice.gain.model_copy(update={"value": abs(advice.gain.value)}).text()
        if advice.today and price.value == advice.today.value:
            return both(
                f"「{name.zh}」维持现价 {now}，同时投放，预计每周毛利多 {size}（80% 区间 {low} 至 {high}，更赚的概率 {advice.p_gain:.0%}）",
                f"{name.en}: keep today's price of {now} and advertise it, about {size} more margin a week (80% interval {low} to {high}, "
                f"chance of a gain {advice.p_gain:.0%})",
            )
        also = ("，同时投放", " with advertising") if advice.promoted else ("", "")
        way = ("多", "more") if advice.gain.value >= 0 else ("少", "less")
        return both(
            f"「{name.zh}」建议定 {price.text()}（现价 {now}）{also[0]}，预计每周毛利{way[0]} {size}（80% 区间 {low} 至 {high}，更赚的概率 {advice.p_gain:.0%}）",
            f"{name.en}: {price.text()} suggested{also[1]} (today {now}), about {size} {way[1]} margin a week (80% interval {low} to {high}, "
            f"chance of a gain {advice.p_gain:.0%})",
        )
    thin = f"，毛利率 {advice.margin.value:.0%}" if advice.margin else "", f", margin {advice.margin.value:.0%}" if advice.margin else ""
    span = price.range_text()
    return both(f"「{name.zh}」建议 {price.text()}（{span}）{thin[0]}", f"{name.en}: {price.text()} suggested ({span}){thin[1]}")


def _ends(gain: Figure) -> tuple[str, str]:
    low, high = (gain.model_copy(update={"value": end}).text() for end in (gain.low, gain.high))
    return low, high


def _rows(advice: PriceAdvice, language: Language) -> list[tuple[Words, str]]:
    """Return what stands behind the finding, most useful first."""
    zh = language == "zh"
    price, margin, cpa, roas, e = advice.price, advice.margin, advice.break_even_cpa, advice.break_even_roas, advice.elasticity
    stop = "；" if zh else "; "
    rows = [(both("按哪款算", "Taken as"), advice.taken.pick(language) if advice.taken else "")]
    held = advice.today is not None and advice.today.value == price.value
    as_now = both("（维持现价）", " (as it is today)").pick(language) if held else ""
    rows.append((both("建议售价", "Suggested price"), price.text() + as_now))
    rows.append((both("为什么", "Why"), (" " if not zh else "").join(w.pick(language) for w in advice.reasons)))
    rows.append((both("要不要投放", "Advertise it?"), advice.promotion.pick(language) if advice.promotion else ""))
    if advice.test:
        rows.append((both("价格测试", "Price test"), test_words(advice.test).pick(language)))
    if price.low != price.high:
        learned = advice.method == "history"
        name = both("最优价（80% 区间）", "Best price, 80% interval") if learned else both("合理区间", "Sensible range")
        rows.append((name, price.range_text()))
    if e and e.low is not None and e.high is not None:
        rows.append(
            (
                both("顾客对价格的反应", "How customers answer to price"),
                _reaction(-float(e.value), -float(e.high), -float(e.low)).pick(language),
            )
        )
    if margin and cpa and roas:
        per_order = (
            f"每单最多可花 {cpa.text()} 广告费，盈亏平衡 ROAS {roas.text()}"
            if zh
            else f"at most {cpa.text()} of advertising per order, break-even ROAS {roas.text()}"
        )
        rows.append((both("毛利率", "Gross margin"), f"{margin.value:.1%}{stop}{per_order}"))
    rows.append((both("算法", "Formula"), advice.formula.pick(language)))
    rows.append((both("依据", "Basis"), stop.join(w.pick(language) for w in advice.basis)))
    rows.append((both("注意", "Note"), (" " if not zh else "").join(w.pick(language) for w in advice.warnings)))
    return rows


def _reaction(value: float, least: float, most: float) -> Words:
    return both(
        f"价格涨 1%，销量约少 {value:.1f}%（90% 区间 {least:.1f}% 至 {most:.1f}%）",
        f"1% dearer, about {value:.1f}% fewer units (90% interval {least:.1f}% to {most:.1f}%)",
    )


def test_words(test: PriceTest) -> Words:
    """Say how to run a price test, or that none can tell."""
    points = " / ".join(point.text(short=True) for point in test.points)
    if not test.weeks:
        return both(
            "这款卖得太少，价格测试半年也测不准；先维持现价，或趁上新、换季换一次价再看",
            "It sells too little for a price test to tell within half a year: keep the price, or change it once with a new season and watch",
        )
    if test.products > 1:
        return both(
            f"每周换一个价：{points}，每 {len(test.points)} 周一轮，各用一次。单测这一款要 {test.alone:,} 周；同类 {test.products} 款按各自次序一起轮换，{test.weeks} 周就有八成把握看清涨还是降",
            f"one price a week, {points}, each once in every {len(test.points)} weeks. Alone it would take {test.alone:,} weeks; with all {test.products} products of its category "
            f"taking turns in an order of their own, {test.weeks} weeks show with 80% power whether up or down pays",
        )
    return both(
        f"每周换一个价：{points}，每 {len(test.points)} 周一轮，各用一次；{test.weeks} 周有八成把握看清涨还是降",
        f"one price a week, {points}, each once in every {len(test.points)} weeks; {test.weeks} weeks show with 80% power whether up or down pays",
    )


def _same_for_all(buyers: str) -> AdwrightError:
    try:
        refuse_personal([buyers, "user_id"])
    except AdwrightError as error:
        return AdwrightError(
            both(
                f"不按顾客个人定价：「{buyers}」不能用来决定价格。",
                f"No price for single groups of persons: “{buyers}” cannot decide a price.",
            ),
            error.hint,
            code=error.code,
        )
    raise AssertionError
