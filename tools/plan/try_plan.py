"""`try_plan`: what the plan in force would bring after a change, or with dearer clicks or fewer orders a click; nothing is changed.

A change is made of the patches an edit would make, so the edit later shows the same numbers. Click price and conversion rate are the
market's: they are tried beside budget, order value and margin only (`what_if`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, WithJsonSchema

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.money import ExactDecimal
from ...data.patch import Patch, ScaleBudget, SetBudget, SetField
from ...data.plan import CampaignPlan, Forecast
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .compare import without_figures
from .revise import apply, changed
from .what_if import Setting, WhatIf

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# A model reads the forms of a change at revise_plan; a second copy would push other tools out of a small window.
Supposed = Annotated[list[Patch], WithJsonSchema({"type": "array", "items": {"type": "object"}})]
FIGURES = {
    "orders": both("成交单数", "orders"),
    "revenue": both("成交额", "revenue"),
    "roas": both("ROAS", "ROAS"),
    "cpa": both("单笔成交成本", "CPA"),
    "p_profit": both("盈利概率", "chance of profit"),
}


class TryPlan(Document):
    """What to suppose. At least one of `patches`, `click_price`, `conversion_rate`."""

    plan_id: str = Field(description="The plan in force")
    version: int | None = Field(default=None)
    patches: Supposed = Field(default=[], description="Typed changes, as for revise_plan")
    click_price: ExactDecimal | None = Field(default=None, gt=0, le=10, description="Factor on the click price: 1.2 is 20 % dearer")
    conversion_rate: ExactDecimal | None = Field(default=None, gt=0, le=10, description="Factor on the conversion rate: 0.9 is 10 % lower")
    today: date = Field(description="Today in the shop's zone")
    seed: int = Field(default=0)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def try_plan(workspace: Workspace, request: TryPlan, progress: Progress = SILENT) -> ToolResult:
    """Forecast the plan under a supposition and compare it with the plan as it is.

    Raises `AdwrightError`: ``nothing-to-try``, ``market-alone`` (dearer clicks together with a change of channels, dates, ...), and what
    the edit itself would raise.
    """
    plan = workspace.records.plan(request.plan_id, request.version)
    market = request.click_price, request.conversion_rate
    if not request.patches and market == (None, None):
        raise AdwrightError(
            both("没有说假设什么变了。", "Nothing to suppose was named."),
            both(
                "例如：如果预算加到 8 万会怎样？点击贵两成呢？", "For example: what if the budget were 80k? What if clicks got 20% dearer?"
            ),
            code="nothing-to-try",
        )
    progress.note(both("按假设重算", "Computing under the supposition"), 0, 1)
    if market == (None, None):
        after, _ = changed(workspace, plan, request.patches)
        assert after.change is not None
        return _told(plan, after.change, after.forecast, [], request.reply_language, seed=request.seed)
    setting, said = _setting(workspace, plan, request.patches, *market)
    tried = WhatIf(workspace, plan).at(setting)
    heard = {without_figures(warning) for warning in plan.warnings}
    notes = [note for note in tried.notes if without_figures(note) not in heard]
    return _told(plan, said, tried.forecast, notes, request.reply_language, seed=request.seed)


def _setting(
    workspace: Workspace, plan: CampaignPlan, patches: list[Patch], cpc: Decimal | None, cvr: Decimal | None
) -> tuple[Setting, Words]:
    brief, told = plan.brief, []
    for patch in patches:
        settable = isinstance(patch, SetBudget | ScaleBudget) or (isinstance(patch, SetField) and patch.field in ("order_value", "margin"))
        if not settable:
            raise AdwrightError(
                both(
                    "点击价格、转化率的假设只能和预算、客单价、毛利率一起算。",
                    "Dearer clicks can be tried with another budget, order value or margin only.",
                ),
                both("请分开问：先问一个，再问另一个。", "Ask for one, then for the other."),
                code="market-alone",
            )
        brief, _, words = apply(workspace, plan, brief, {}, patch)
        told.append(words)
    for factor, name in ((cpc, both("点击单价", "click price")), (cvr, both("转化率", "conversion rate"))):
        if factor is not None:
            share = f"{abs(factor - 1) * 100:.0f}%"
            told.append(
                both(f"{name.zh}{'高' if factor > 1 else '低'} {share}", f"{name.en} {share} {'higher' if factor > 1 else 'lower'}")
            )
    setting = Setting(
        total=brief.budget.value,
        order_value=brief.order_value.value,
        margin=brief.margin.value,
        cpc=cpc or Decimal(1),
        cvr=cvr or Decimal(1),
    )
    return setting, both("、".join(w.zh for w in told), ", ".join(w.en for w in told))


def _told(plan: CampaignPlan, said: Words, after: Forecast, notes: list[Words], language: Language, *, seed: int) -> ToolResult:
    rows = [
        {
            "figure": name,
            "name": words.model_dump(),
            "before": getattr(plan.forecast, name).model_dump(mode="json"),
            "after": getattr(after, name).model_dump(mode="json"),
        }
        for name, words in FIGURES.items()
    ]
    orders: Figure = after.orders
    finding = both(
        f"如果{said.zh}：预计成交 {orders.text('zh')} 单，现在是 {plan.forecast.orders.text('zh')} 单",
        f"If {said.en}: {orders.text('en')} orders expected, {plan.forecast.orders.text('en')} as it is",
    )
    columns = [
        {"key": "name", "name": {"zh": "项目", "en": "Item"}, "unit": "text"},
        {"key": "before", "name": {"zh": "现在", "en": "As it is"}, "unit": "text"},
        {"key": "after", "name": {"zh": "假设", "en": "Supposed"}, "unit": "text"},
    ]
    shown = [
        {"name": words.model_dump(), **{at: _both_ways(getattr(f, name)) for at, f in (("before", plan.forecast), ("after", after))}}
        for name, words in FIGURES.items()
    ]
    losing = after.roas.value < after.break_even_roas.value
    data = {
        "columns": columns,
        "rows": shown,
        "trying": {
            "said": said.model_dump(),
            "figures": rows,
            "losing": losing,
            "break_even": after.break_even_roas.model_dump(mode="json"),
        },
        "notes": [note.model_dump() for note in notes],
    }
    artifact = Artifact(kind="table", title=both("假设测算", "What if"), data=data, source=[plan.id], seed=seed)
    return ToolResult(content=finding.pick(language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def _both_ways(figure: Figure) -> dict[str, str]:
    return {"zh": figure.ranged_text("zh"), "en": figure.ranged_text("en")}
