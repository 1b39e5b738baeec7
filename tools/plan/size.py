"""`size_budget`: whether another budget is worth it, and what budget a goal needs, for the plan in force or for channels.

With a plan, its own lines are valued at the other totals, so an edit to that budget would show the same numbers; without one,
one line a channel from the shop's past. Nothing is changed: a different budget is an edit (`revise_plan`).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure, Source
from ...data.money import ExactDecimal, Money
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..audience.segment import find_segments
from ..budget.advise import DEFAULT_DAYS
from ..budget.montecarlo import forecast_and_draws
from ..budget.past_lines import channel_lines, default_channels
from ..budget.quantities import IROAS
from ..budget.sizing import At, Needed, Valued, Weighed, needed, weigh
from ..budget.split import split_budget
from ..catalogue import find_product
from ..response.past import PastRates
from ..response.response import Response
from .adjusted import held_lines
from .lines import draft_lines, reference_split
from .make import SEGMENTS
from .money import Market
from .results import counts_of
from .size_chart import ladder

if TYPE_CHECKING:
    from ...data.plan import CampaignPlan
    from ...data.workspace import Workspace

LARGEST = Decimal(10) ** 9
# The smallest total a goal is searched from: what about so many orders cost. Below, chance decides.
LEAST_ORDERS = 10
# A step larger than this is better made in two: nobody has seen the curve that far (move cap of a re-plan).
LARGEST_STEP = Decimal("1.3")


class SizeBudget(Document):
    """Two budgets to compare, or a goal to find the budget for. Pass only what the user said."""

    budget_from: ExactDecimal | None = Field(default=None, description="The smaller (or present) budget; the plan's when left out")
    budget_to: ExactDecimal | None = Field(default=None, description="The budget to compare it with")
    revenue_goal: ExactDecimal | None = Field(default=None, description="Revenue the campaign should bring, if the user named one")
    orders_goal: int | None = Field(default=None, ge=1, description="Orders the campaign should bring, if the user named them")
    target_roas: ExactDecimal | None = Field(default=None, description="ROAS to keep, e.g. 3, if the user named one")
    currency: str = Field(min_length=3, max_length=3, description="ISO 4217 code: the user's currency, else the plan's or the shop's")
    product: str | None = Field(default=None, description="Product, in the user's words; leave out for the plan in force")
    channels: list[str] = Field(default=[], description="Channel ids or names the user named; leave out for the plan in force")
    days: int | None = Field(default=None, ge=1, le=366, description="Length in days, if named")
    plan_id: str | None = Field(default=None, description="The plan in force")
    version: int | None = Field(default=None)
    today: date = Field(description="Today in the shop's zone")
    seed: int = Field(default=0)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def size_budget(workspace: Workspace, request: SizeBudget, progress: Progress = SILENT) -> ToolResult:
    """Compare two totals, or find the total for a goal; the artifact is a table of totals with a chart.

    Raises `AdwrightError`: ``bad-budget``, ``same-budget``, ``bad-goal``, ``no-goal``, and what the split of an amount raises.
    """
    plan = workspace.records.plan(request.plan_id, request.version) if request.plan_id else None
    plan = None if plan is None or _other(workspace, request, plan) else plan
    _check(request, plan)
    currency = plan.total.currency if plan else request.currency.upper()
    progress.start("lines", both("读取各条线的预期", "Read what each line is expected to do"))
    at, notes = _plan_lines(workspace, plan) if plan else _past_lines(workspace, request, currency)
    progress.done("lines", plan.title if plan else both("按各渠道过往表现", "From each channel's past"))
    progress.start("totals", both("逐个预算计算", "Value the totals"))
    now = plan.total if plan else None
    if request.budget_to is not None:
        first = Money.of(request.budget_from, currency) if request.budget_from is not None else now
        less, more = sorted([first or Money.of(0, currency), Money.of(request.budget_to, currency)], key=lambda m: m.amount)
        weighed = weigh(at, less, more)
        data, finding = _weighed(weighed, at, notes, cut=first is not None and first.amount > less.amount, language=request.reply_language)
    else:
        start = now or _first_guess(at, request, currency)
        cpa = float(at(start).forecast.total.cpa.value)
        least = Money.of(round(max(1.0, min(float(start), LEAST_ORDERS * cpa)), 2), currency)
        found = needed(at, least, revenue=request.revenue_goal, orders=request.orders_goal, roas=request.target_roas)
        data, finding = _needed(found, request, at, now, notes)
    progress.done("totals", finding)
    language = request.reply_language
    artifact = Artifact(
        kind="table",
        title=both("预算多大合适", "How large a budget"),
        data=data | {"plan": plan.title.model_dump() if plan else None},
        source=[plan.id] if plan else [],
        seed=request.seed,
    )
    return ToolResult(content=finding.pick(language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def _other(workspace: Workspace, request: SizeBudget, plan: CampaignPlan) -> bool:
    """Whether the question is about something else than the plan in force: another product, other channels."""
    if request.channels and {knowledge.channel(c).id for c in request.channels} != set(plan.brief.channels.value):
        return True
    return request.product is not None and find_product(workspace, request.product).id != plan.brief.product.value.id


def _check(request: SizeBudget, plan: CampaignPlan | None) -> None:
    for amount in (request.budget_from, request.budget_to):
        if amount is not None and not 0 < amount <= LARGEST:
            raise AdwrightError(
                both(f"预算 {amount:,} 算不了。", f"A budget of {amount:,} cannot be valued."),
                both("请给一个大于零的合理金额。", "Name an amount above zero."),
                code="bad-budget",
            )
    goals = [x for x in (request.revenue_goal, request.target_roas) if x is not None]
    if any(not 0 < x <= 10**12 for x in goals):
        raise AdwrightError(
            both("目标要大于零。", "A goal is above zero."),
            both("例如：做到 200 万成交额，ROAS 3。", "For example: 2M revenue at ROAS 3."),
            code="bad-goal",
        )
    if request.budget_to is None and not goals and request.orders_goal is None:
        raise AdwrightError(
            both("没有说要比哪个预算，或要达到什么目标。", "No budget to compare with and no goal was named."),
            both("例如：预算从 5 万加到 8 万值得吗？", "For example: is it worth raising the budget from 50k to 80k?"),
            code="no-goal",
        )
    first = request.budget_from if request.budget_from is not None else plan.total.amount if plan else None
    if request.budget_to is not None and (first is None or first == request.budget_to):
        raise AdwrightError(
            both("要比较的是两个不同的预算。", "Two different budgets are needed to compare."),
            both("例如：预算从 5 万加到 8 万值得吗？", "For example: is it worth raising the budget from 50k to 80k?"),
            code="same-budget",
        )


def _plan_lines(workspace: Workspace, plan: CampaignPlan) -> tuple[At, list[Words]]:
    """The plan's own lines at any total, made as `compose` makes them."""
    brief = plan.brief
    segments = find_segments(workspace, product=brief.product.value, ask=brief.audience.value, seed=brief.seed).segments[:SEGMENTS]
    response = Response.ready(workspace)
    drafts = draft_lines(workspace, brief, segments, response)
    counts = counts_of(workspace, plan, [d.input.id for d in drafts])
    market = Market.of(brief, drafts, reference_split(drafts, brief.budget.value, response, brief), counts)
    locked = held_lines(plan, []) or {line.id: line.budget for line in plan.lines if line.locked}

    @lru_cache(maxsize=64)
    def at(total: Money) -> Valued:
        # Another total is an edit, and an edit of the total frees what was fixed by hand.
        return Valued.of(total, [d.input for d in drafts], *market.at(total, locked if total == plan.total else None))

    return at, []


def _past_lines(workspace: Workspace, request: SizeBudget, currency: str) -> tuple[At, list[Words]]:
    """One line a channel, from the shop's campaigns or published values."""
    days, past, notes = request.days or DEFAULT_DAYS, PastRates(workspace), []
    channels = list(request.channels)
    if not channels:
        channels, why = default_channels(workspace, past, currency)
        notes.append(why)
    product = None
    if request.product:
        product = find_product(workspace, request.product)
    lines, assumed = channel_lines(workspace, channels, currency, days, product, past)
    lines = [line.model_copy(update={"minimum": 0.0}) for line in lines]
    if not request.days:
        notes.append(both(f"天数未说，按 {days} 天计算。", f"Length was not stated: {days} days."))

    @lru_cache(maxsize=64)
    def at(total: Money) -> Valued:
        split = split_budget(lines, total, days=days, seed=request.seed)
        told = forecast_and_draws(lines, split.budgets, start=request.today + timedelta(days=1), days=days, seed=request.seed)
        return Valued.of(total, lines, split, *told)

    return at, [*notes, *assumed]


def _first_guess(at: At, request: SizeBudget, currency: str) -> Money:
    goal = request.revenue_goal or Decimal(10_000)
    return Money.of((goal / (request.target_roas or 2)).quantize(Decimal("0.01")), currency)


def _weighed(w: Weighed, at: At, notes: list[Words], cut: bool, language: Language) -> tuple[dict[str, Any], Words]:
    """The table and words of a comparison; `cut` says that the merchant asked about spending less."""
    a, b = w.less.forecast.total, w.more.forecast.total
    currency, source = w.less.total.currency, b.orders.source
    extra = w.more.total - w.less.total
    told = {
        "kind": "weigh",
        "cut": cut,
        "verdict": w.verdict,
        "less": w.less.total.model_dump(mode="json"),
        "more": w.more.total.model_dump(mode="json"),
        "extra": extra.model_dump(mode="json"),
        "orders": _figure(float(b.orders.value - a.orders.value), "count", source),
        "revenue": _figure(w.revenue, currency, source),
        "contribution": _figure(w.contribution, currency, source),
        "roas": _figure(w.roas, "ratio", source, IROAS),
        "break_even": b.break_even_roas.model_dump(mode="json"),
        "mean": _figure(w.mean, currency, source),
        "p_pays": _figure(w.p_pays, "rate", source),
        "pays_until": w.more.split.pays_until.model_dump(mode="json") if w.more.split.pays_until else None,
        "step": _step(w),
    }
    marks = [w.less.total, w.more.total]
    data = _table(at, marks, [*notes, *w.more.forecast.notes], language) | {"sizing": told}
    verdict = {
        "pays": both("值得", "worth it"),
        "unsure": both("说不准", "not certain to pay"),
        "loses": both("不值得", "not worth it"),
    }[w.verdict]
    span = (w.less.total.text(short=True), w.more.total.text(short=True))
    finding = both(
        f"{span[0]} 加到 {span[1]}：{verdict.zh}，多花的 {extra.text(short=True)} 赚回来的概率 {w.p_pays:.0%}",
        f"{span[0]} to {span[1]}: {verdict.en}, the extra {extra.text(short=True)} earns itself with a probability of {w.p_pays:.0%}",
    )
    return data, finding


def _step(w: Weighed) -> dict[str, Any] | None:
    """A first step, where the jump is larger than one should be made at once."""
    if w.verdict == "loses" or w.more.total.amount <= w.less.total.amount * LARGEST_STEP:
        return None
    step = Money.of((w.less.total.amount * LARGEST_STEP).quantize(Decimal(1)), w.less.total.currency)
    return step.model_dump(mode="json")


def _needed(found: Needed, request: SizeBudget, at: At, now: Money | None, notes: list[Words]) -> tuple[dict[str, Any], Words]:
    v, goal = found.valued, found.goal_at
    currency, total = v.total.currency, v.forecast.total
    told = {
        "kind": "need",
        "found": found.found,
        "budget": v.total.model_dump(mode="json"),
        "revenue_goal": Money.of(request.revenue_goal, currency).model_dump(mode="json") if request.revenue_goal is not None else None,
        "orders_goal": request.orders_goal,
        "target_roas": _figure(float(request.target_roas), "ratio", "you") if request.target_roas is not None else None,
        "orders": total.orders.model_dump(mode="json"),
        "revenue": total.revenue.model_dump(mode="json"),
        "roas": total.roas.model_dump(mode="json"),
        "contribution": total.contribution.model_dump(mode="json"),
        "p_profit": total.p_profit.model_dump(mode="json"),
        "break_even": total.break_even_roas.model_dump(mode="json"),
        "p_goal": _figure(found.p_goal, "rate", total.orders.source) if found.p_goal is not None else None,
        "goal_budget": goal.total.model_dump(mode="json") if goal else None,
        "goal_roas": goal.forecast.total.roas.model_dump(mode="json") if goal else None,
    }
    marks = [v.total, *([goal.total] if goal and goal.total != v.total else []), *([now] if now and now != v.total else [])]
    data = _table(at, marks, [*notes, *v.forecast.notes], request.reply_language) | {"sizing": told}
    text = v.total.text(short=True)
    words = {
        "met": both(f"约需预算 {text}，预计收入 {total.revenue.text()}，ROAS {total.roas.text()}", f"about {text} is needed: revenue {total.revenue.text()}, ROAS {total.roas.text()}"),
        "roas-short": both(f"守住 ROAS 最多花 {text}，收入 {total.revenue.text()}，到不了目标", f"the most that keeps the ROAS is {text}, for revenue of {total.revenue.text()}: short of the goal"),
        "roas-never": both(f"任何预算都到不了这个 ROAS：{text} 时是 {total.roas.text()}", f"no budget reaches that ROAS: it is {total.roas.text()} at {text}"),
        "out-of-reach": both(f"加到 {text} 也到不了目标，再加几乎没有增长", f"even {text} does not reach the goal, and more adds almost nothing"),
    }  # fmt: skip
    return data, words[found.found]


def _figure(value: float | tuple[float, float, float], unit: str, source: Source, formula: Words | None = None) -> dict[str, Any]:
    low, middle, high = value if isinstance(value, tuple) else (None, value, None)
    if unit not in ("count", "ratio", "rate"):
        low, middle, high = (None if x is None else float(round(x)) for x in (low, middle, high))
    return Figure.of(middle or 0.0, unit, source, low=low, high=high, formula=formula).model_dump(mode="json")


def _table(at: At, marks: list[Money], notes: list[Words], language: Language) -> dict[str, Any]:
    """Rows of the totals spoken of, and the chart of all totals around them."""
    currency = marks[0].currency
    names = [
        ("budget", "预算", "Budget", currency),
        ("orders", "成交", "Orders", "count"),
        ("revenue", "收入", "Revenue", currency),
        ("roas", "ROAS", "ROAS", "ratio"),
        ("contribution", "毛利贡献", "Contribution", currency),
        ("p_profit", "盈利概率", "P(profit)", "rate"),
    ]
    rows = []
    for total in sorted(set(marks), key=lambda m: m.amount):
        result = at(total).forecast.total
        row: dict[str, Any] = {"budget": str(total.amount)}
        for key, *_ in names[1:]:
            figure: Figure = getattr(result, key)
            row[key], row[f"{key}_range"] = str(figure.value), figure.range_text()
        rows.append(row)
    return {
        "columns": [{"key": key, "name": {"zh": zh, "en": en}, "unit": unit} for key, zh, en, unit in names],
        "rows": rows,
        "plotly": ladder(at, sorted(set(marks), key=lambda m: m.amount), language),
        "notes": [note.model_dump() for note in {note.en: note for note in notes}.values()],
    }
