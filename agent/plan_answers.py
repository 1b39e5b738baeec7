"""What is said of a plan: its summary, what an edit changed, two versions side by side. Figures are formatted by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.figure import Figure
from ..data.money import Money, total
from ..data.plan import CampaignPlan
from ..data.words import Language, both
from ..tools.plan.compare import without_figures
from .events import ToolCall
from .wording import channel_name, day, listed, say

if TYPE_CHECKING:
    from ..data.workspace import Workspace

TONES = {
    "playful": both("活泼", "playful"),
    "premium": both("高级", "premium"),
    "professional": both("专业", "professional"),
    "warm": both("温暖", "warm"),
    "urgent": both("紧迫", "urgent"),
    "minimal": both("简洁", "minimal"),
    "friendly": both("亲切", "friendly"),
    "humorous": both("幽默", "humorous"),
}
CALLED = {
    "orders": both("成交单数", "orders"),
    "revenue": both("成交额", "revenue"),
    "roas": both("ROAS", "ROAS"),
    "cpa": both("单笔成交成本", "CPA"),
    "budget": both("预算", "budget"),
}


def about_plan(plan: CampaignPlan, language: Language) -> str:
    """Return the summary of a new plan: result, split, confidence, comparison, and what was assumed."""
    return say("answer-plan", language, **facts_of(plan, language))


def about_edit(workspace: Workspace, plan: CampaignPlan, call: ToolCall, language: Language) -> str:
    """Return what an edit changed: the change, the figures before and after, the split now."""
    undone = bool(call.args.get("undo"))
    before = workspace.records.plan(plan.id, plan.parent) if plan.parent and not undone else None
    facts = facts_of(plan, language)
    figures = changed_totals(before, plan, language) if before is not None else []
    if before is not None:
        # What was said about the version before is not said again.
        heard = {without_figures(item) for item in before.warnings}
        news = [item.pick(language) for item in plan.warnings if without_figures(item) not in heard]
        facts["warnings"] = [item for item in facts["warnings"] if item in news]
        facts["losing"] = facts["losing"] and before.forecast.roas.value >= before.forecast.break_even_roas.value
    change = plan.change.pick(language) if plan.change else call.finding.pick(language) if call.finding else ""
    answer = say(
        "answer-edit", language, change=told_change(plan, change, language), version=plan.version, figures=figures, undone=undone, **facts
    )
    return "\n\n".join(part for part in (answer, so_far_words(plan, language)) if part)


def about_comparison(before: CampaignPlan, after: CampaignPlan, language: Language) -> str:
    """Return two versions side by side: what was changed, the expected result, each channel's budget."""
    split = dict(split_of(before))
    now = dict(split_of(after))
    none = Money.of(0, after.total.currency)
    moved = [
        f"{channel_name(channel, language)} {split.get(channel, none).text(short=True)} → {now.get(channel, none).text(short=True)}"
        for channel in dict.fromkeys([*now, *split])
        if split.get(channel, none) != now.get(channel, none)
    ]
    change = told_change(after, after.change.pick(language), language) if after.change else ""
    return say(
        "answer-compare",
        language,
        before=before.version,
        after=after.version,
        change=change.rstrip("。."),
        figures=changed_totals(before, after, language),
        moved=moved,
    )


def so_far_words(plan: CampaignPlan, language: Language) -> str:
    """Return which part of a running plan's result is counted and which is forecast; empty before the first result."""
    found = plan.forecast.so_far
    if found is None:
        return ""
    return say(
        "answer-so-far",
        language,
        until=day(found.until, language),
        left=found.days_left,
        spend=found.spend.text(short=True),
        orders=found.orders.text(language),
        revenue=found.revenue.text(language),
        orders_to_come=found.orders_to_come.text(language),
        orders_to_come_range=found.orders_to_come.range_text(language),
        revenue_to_come=found.revenue_to_come.ranged_text(language),
        all_orders=plan.forecast.orders.text(language),
        all_orders_range=plan.forecast.orders.range_text(language),
        roas=plan.forecast.roas.ranged_text(language),
    )


def changed_totals(before: CampaignPlan, after: CampaignPlan, language: Language) -> list[str]:
    """Return the main figures that differ, as ``name old → new``."""
    old = dict(totals(before))
    return [
        f"{CALLED[name].pick(language)} {old[name].text(language)} → {figure.text(language)}"
        for name, figure in totals(after)
        if old[name].value != figure.value or old[name].unit != figure.unit
    ]


def told_change(plan: CampaignPlan, change: str, language: Language) -> str:
    """Return the words of a change with the new value where they lack it; of two words on the dates the last holds both."""
    mark = "；" if language == "zh" else "; "
    parts = [part.strip() for part in change.rstrip("。.").split(mark.strip()) if part.strip()]
    dates = [part for part in parts if part.startswith(("日期改为", "dates set to"))]
    parts = [part for part in parts if part not in dates[:-1]]
    tone = plan.brief.tone.value
    named = {"语气已改": f"语气改为{TONES[tone].zh}", "tone changed": f"tone set to {TONES[tone].en}"} if tone in TONES else {}
    return mark.join(named.get(part, part) for part in parts)


def totals(plan: CampaignPlan) -> list[tuple[str, Figure]]:
    """Return the plan's main expected figures by name, in the order they are told."""
    forecast = plan.forecast
    budget = Figure.of(plan.total, plan.total.currency, "you")
    return [("budget", budget), ("orders", forecast.orders), ("revenue", forecast.revenue), ("roas", forecast.roas), ("cpa", forecast.cpa)]


def split_of(plan: CampaignPlan) -> list[tuple[str, Money]]:
    """Return the budget of each channel, largest first; the sums are exact."""
    currency = plan.total.currency
    channels = dict.fromkeys(line.channel for line in plan.lines)
    parts = [(channel, total([line.budget for line in plan.lines if line.channel == channel], currency)) for channel in channels]
    return sorted(parts, key=lambda part: -part[1].amount)


def facts_of(plan: CampaignPlan, language: Language) -> dict[str, Any]:
    """Return the variables of the plan answers, already formatted."""
    forecast, certificate = plan.forecast, plan.certificate
    gain = certificate.gain_orders
    split = [f"{channel_name(channel, language)} {money.text(short=True)}" for channel, money in split_of(plan)]
    colon = "：" if language == "zh" else ": "
    losing = forecast.roas.value < forecast.break_even_roas.value
    # A loss is said in a sentence of its own.
    warnings = [item.pick(language) for item in plan.warnings if not (losing and "首单预计亏" in item.zh)]
    return {
        "product": plan.brief.product.value.called(language),
        "start": day(plan.brief.start.value, language),
        "end": day(plan.brief.end, language),
        "days": plan.brief.days.value,
        "budget": plan.total.text(short=True),
        "orders": forecast.orders.text(language),
        "orders_range": forecast.orders.range_text(language),
        "roas": forecast.roas.text(language),
        "roas_range": forecast.roas.range_text(language),
        "cpa": forecast.cpa.text(language),
        "p_profit": forecast.p_profit.text(language),
        "break_even": forecast.break_even_roas.text(language),
        "split": listed(split, language),
        "channels": len(split),
        "losing": losing,
        "reference": certificate.reference.pick(language),
        "gain": gain.text(language) if gain.value > 0 else "",
        "loss": Figure.of(-gain.value, gain.unit, gain.source).text(language) if gain.value < 0 else "",
        "lessons": [f"{item.title.pick(language)}{colon}{item.detail.pick(language)}" for item in plan.evidence if item.kind == "lesson"],
        "assumptions": [item.text.pick(language) for item in plan.assumptions],
        "warnings": warnings,
        "failed": [check.text.pick(language) for check in plan.checks if not check.passed],
    }
