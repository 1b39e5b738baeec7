"""`revise_plan`: typed patches, undo and comparison. An edit changes only what it names; results are computed anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import AudienceAsk, Brief, Document, Known
from ...data.errors import AdwrightError
from ...data.money import Money, total
from ...data.patch import (
    Patch,
    ScaleBudget,
    ScaleChannel,
    SetAudience,
    SetBudget,
    SetChannels,
    SetCopy,
    SetDates,
    SetDelivery,
    SetField,
    SetLineBudget,
    SetLook,
    SetProduct,
    SetSplit,
    ShiftBudget,
)
from ...data.plan import CampaignPlan
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..creative.audience_style import AudienceStyle, audience_style
from ..creative.marked import box_of
from .adjusted import applied, deliver, held_lines, proposed, with_proposal
from .brief import MakePlan, resolve_brief
from .compare import compare
from .make import compose, plan_result
from .relook import relooked
from .rewrite import rewritten
from .steps import Recorder

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class RevisePlan(Document):
    """What to change in the plan in force. Exactly one of `patches`, `undo`, `compare`, `adjust`."""

    plan_id: str | None = Field(default=None, description="Plan id; the plan in force when left out")
    version: int | None = Field(default=None, description="Version the change starts from; the newest when left out")
    patches: list[Patch] = Field(default=[], description="Typed changes, applied in order")
    undo: bool = Field(default=False, description="Go back to the version before")
    compare: bool = Field(default=False, description="Compare with the version before")
    adjust: Literal["propose", "apply"] | None = Field(
        default=None, description="propose: say from imported daily results what to change tomorrow; apply: do what was last proposed"
    )
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation")
    today: date = Field(description="Today in the shop's zone")
    seed: int = Field(default=0)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def revise_plan(workspace: Workspace, request: RevisePlan, progress: Progress = SILENT) -> ToolResult:
    """Apply an edit and save the new version; undo and compare change nothing in the stored versions.

    Raises `AdwrightError`: ``no-plan``, ``nothing-to-undo``, ``nothing-to-change``, and what `compose` raises; the plan in
    force stays as it was then.
    """
    if request.adjust == "propose":
        return proposed(workspace, request, progress)
    if request.adjust == "apply":
        request = with_proposal(workspace, request)
    if request.plan_id is None:
        raise _no_plan()
    before = workspace.records.plan(request.plan_id, request.version)
    if request.compare:
        return _comparison(workspace, before, request.reply_language)
    recorder = Recorder(progress)
    if request.undo:
        if before.parent is None:
            raise AdwrightError(
                both("这是第一版，没有可以撤销的修改。", "This is the first version; there is nothing to undo."),
                both("可以直接说要改什么。", "Say what to change instead."),
                code="nothing-to-undo",
            )
        return plan_result(workspace.records.plan(before.id, before.parent), recorder, request.reply_language)
    if not request.patches:
        raise AdwrightError(
            both("没有说要改什么。", "Nothing to change was named."),
            both("例如：抖音减 20%。", "For example: cut Instagram 20 %."),
            code="nothing-to-change",
        )
    plan, notes = changed(workspace, before, request.patches, recorder, request.photo)
    plan.version = workspace.records.next_version(before.id)
    plan.parent = before.version
    workspace.records.save_plan(plan)
    if request.adjust == "apply":
        applied(workspace, plan)
    result = plan_result(plan, recorder, request.reply_language)
    result.artifact.data["notes"] = [note.model_dump() for note in notes]
    return result


def taste_of(workspace: Workspace, plan: CampaignPlan) -> AudienceStyle:
    """Return the style that suits a plan's audience. Raises `AdwrightError` (``no-taste``)."""
    brief = plan.brief
    tone = brief.tone.value if brief.tone.how == "stated" else None
    occasion = brief.occasion.value if brief.occasion else None
    return audience_style(workspace, brief.product.value, tone=tone, occasion=occasion, segments=plan.segments, seed=brief.seed)


def changed(
    workspace: Workspace, before: CampaignPlan, patches: Sequence[Patch], progress: Progress = SILENT, photo: str | None = None
) -> tuple[CampaignPlan, list[Words]]:
    """Return the plan after `patches`, with the change in words, and why a style was chosen; nothing is stored. Raises `AdwrightError` as `compose` does."""
    brief, locked, change = before.brief, {line.id: line.budget for line in before.lines if line.locked}, []
    held = held_lines(before, patches)
    locked |= held
    previous, notes = before, list[Words]()
    for patch in patches:
        if isinstance(patch, SetCopy):
            previous, words = rewritten(previous, patch)
        elif isinstance(patch, SetLook):
            marked = bool(photo) and box_of(workspace.artefacts, str(photo)) is not None
            media = [item for creative in before.creatives for item in creative.media]
            chosen = taste_of(workspace, before) if patch.taste else None
            brief, words = relooked(brief, patch, photo, marked, media, chosen)
            notes += [chosen.why] if chosen else []
        else:
            brief, locked, words = apply(workspace, before, brief, locked, patch)
        change.append(words)
    plan = compose(workspace, brief, previous=previous, locked=locked, progress=progress)
    deliver(plan, before, [patch for patch in patches if isinstance(patch, SetDelivery)], held)
    told = list(dict.fromkeys((w.zh, w.en) for w in change))
    plan.change = both("；".join(zh for zh, _ in told), "; ".join(en for _, en in told))
    return plan, notes


def apply(
    workspace: Workspace, plan: CampaignPlan, brief: Brief, locked: dict[str, Money], patch: Patch
) -> tuple[Brief, dict[str, Money], Words]:
    """Apply one patch to a brief; returns the new brief, the locked lines, and the change in words."""
    currency = brief.budget.value.currency
    match patch:
        case SetBudget(budget=budget):
            return (
                _with(brief, budget=Known(value=_sane(budget))),
                {},
                both(f"预算改为 {budget.text(short=True)}", f"budget set to {budget.text(short=True)}"),
            )
        case ScaleBudget(factor=factor):
            budget = _sane(brief.budget.value * factor)
            return (
                _with(brief, budget=Known(value=budget)),
                {},
                both(f"预算改为 {budget.text(short=True)}", f"budget set to {budget.text(short=True)}"),
            )
        case SetLineBudget(line=line_id, budget=budget):
            names = {line.id: line.name for line in plan.lines}
            if line_id not in names:
                raise AdwrightError(
                    both("计划里没有这一行。", "The plan has no such line."),
                    both("请从表中选择。", "Choose one from the table."),
                    code="no-line",
                )
            if budget.currency != currency or budget.amount < 0 or budget.amount > brief.budget.value.amount:
                raise AdwrightError(
                    both(
                        f"这一行不能是 {budget}，总预算是 {brief.budget.value}。",
                        f"This line cannot be {budget}; the total is {brief.budget.value}.",
                    ),
                    both(
                        "请填 0 到总预算之间的金额，或先改总预算。",
                        "Enter an amount between zero and the total, or change the total first.",
                    ),
                    code="bad-budget",
                )
            name = names[line_id]
            return (
                brief,
                {**locked, line_id: budget},
                both(f"{name.zh}改为 {budget.text(short=True)}", f"{name.en} set to {budget.text(short=True)}"),
            )
        case ScaleChannel(channel=channel, factor=factor):
            spent = _spend(plan, brief)
            _need(spent, channel)
            amount = spent[channel] * factor
            return _moved(brief, spent, channel, amount), {}, _channel_words(channel, amount)
        case ShiftBudget(source=source, target=target, share=share, money=money):
            spent = _spend(plan, brief)
            _need(spent, source)
            _need(spent, target)
            moved = money or brief.budget.value * (share or Decimal(0))
            if moved.amount > spent[source].amount:
                raise AdwrightError(
                    both(
                        f"{_name(source).zh}只有 {spent[source]}，挪不出 {moved}。",
                        f"{_name(source).en} has only {spent[source]}; {moved} cannot be moved.",
                    ),
                    both("请说一个小一些的金额。", "Name a smaller amount."),
                    code="bad-budget",
                )
            after = {**spent, source: spent[source] - moved, target: spent[target] + moved}
            words = both(
                f"从{_name(source).zh}挪 {moved.text(short=True)} 到{_name(target).zh}",
                f"{moved.text(short=True)} moved from {_name(source).en} to {_name(target).en}",
            )
            return _with_split(brief, after), {}, words
        case SetSplit(split=split):
            shares = {knowledge.channel(c).id: s for c, s in split.items() if s}
            channels = list(shares)
            text = (
                "、".join(f"{_name(c).zh} {s:.0%}" for c, s in shares.items()),
                ", ".join(f"{_name(c).en} {s:.0%}" for c, s in shares.items()),
            )
            return (
                _with(brief, channels=Known(value=channels), split=Known(value=shares)),
                {},
                both(f"占比改为{text[0]}", f"shares set to {text[1]}"),
            )
        case SetChannels(channels=named):
            channels = list(dict.fromkeys(knowledge.channel(c).id for c in named))
            words = both(
                f"渠道改为{'、'.join(_name(c).zh for c in channels)}", f"channels set to {', '.join(_name(c).en for c in channels)}"
            )
            return _with(brief, channels=Known(value=channels), split=None), {}, words
        case SetDates(start=start, days=days):
            again = _resolved(workspace, brief, start=start or brief.start.value, days=days or brief.days.value, end=None)
            new = _with(brief, start=again.start if start else brief.start, days=again.days if days else brief.days)
            return (
                new,
                locked,
                both(f"日期改为 {new.start.value} 起 {new.days.value} 天", f"dates set to {new.days.value} days from {new.start.value}"),
            )
        case SetProduct(product=product, category=category):
            again = _resolved(workspace, brief, product=product, category=category)
            words = both(f"产品改为 {again.product.value.called('zh')}", f"product set to {again.product.value.called('en')}")
            return _with(brief, product=again.product, order_value=again.order_value, margin=again.margin), locked, words
        case SetAudience(text=text, age=age, gender=gender):
            return (
                _with(brief, audience=Known(value=AudienceAsk(text=text, age=age, gender=gender))),
                locked,
                both(f"人群改为{text}", f"audience set to {text}"),
            )
        case SetLook():
            after, words = relooked(brief, patch)
            return after, locked, words
        case SetCopy():
            return brief, locked, both("文案已改", "copy changed")
        case SetDelivery(line=line_id, budget=budget):
            _, locked, _ = apply(workspace, plan, brief, locked, SetLineBudget(line=line_id, budget=budget))
            return brief, locked, both("按每日数据调整", "adjusted to the daily results")
        case SetField(field=field, value=value):
            after = _with_field(brief, field, value)
            return after, locked, _field_words(after, field)


_FIELD = {
    "tone": both("语气", "tone"),
    "language": both("语言", "language"),
    "goal": both("目标", "goal"),
    "target_roas": both("目标 ROAS", "target ROAS"),
    "order_value": both("客单价", "order value"),
    "margin": both("毛利率", "margin"),
    "variants": both("条数", "number of variants"),
    "occasion": both("节日", "occasion"),
    "sizes": both("尺寸", "sizes"),
    "video_seconds": both("视频时长", "video length"),
}


def _with(brief: Brief, **changes: object) -> Brief:
    return Brief.model_validate({**dict(brief), **changes})


def _with_field(brief: Brief, field: str, value: object) -> Brief:
    if field in ("variants", "sizes", "video_seconds"):
        return _with(brief, **{field: value})
    if field == "order_value" and not isinstance(value, Money):
        value = Money(amount=Decimal(str(value)), currency=brief.budget.value.currency)
    if field in ("margin", "target_roas"):
        value = Decimal(str(value))
    if field == "margin" and isinstance(value, Decimal) and not Decimal(0) < value <= 1:
        raise AdwrightError(
            both("毛利率要在 0 和 100% 之间。", "A margin is between 0 and 100 %."),
            both("例如 45%。", "For example 45 %."),
            code="bad-margin",
        )
    return _with(brief, **{field: Known[Any](value=value)})


def _field_words(brief: Brief, field: str) -> Words:
    """What was changed; a sum or a share is told with its new value."""
    name = _FIELD[field]
    if field == "order_value":
        now = brief.order_value.value.text(short=True)
    elif field == "margin":
        now = f"{brief.margin.value:.0%}"
    else:
        return both(f"{name.zh}已改", f"{name.en} changed")
    return both(f"{name.zh}改为 {now}", f"{name.en} set to {now}")


def _sane(budget: Money) -> Money:
    if not 0 < budget.amount <= Decimal(10) ** 9:
        raise AdwrightError(
            both(f"预算 {budget} 不能用来做计划。", f"A budget of {budget} cannot be planned."),
            both("请给一个大于零的合理金额。", "Name an amount above zero."),
            code="bad-budget",
        )
    return budget


def _spend(plan: CampaignPlan, brief: Brief) -> dict[str, Money]:
    """What each channel has in the plan in force, scaled to the budget of the brief being edited."""
    currency = brief.budget.value.currency
    spent = {c: total([line.budget for line in plan.lines if line.channel == c], currency) for c in brief.channels.value}
    parts = brief.budget.value.split([money.amount for money in spent.values()])
    return dict(zip(spent, parts, strict=True))


def _need(spent: dict[str, Money], channel: str) -> None:
    if channel not in spent:
        raise AdwrightError(
            both(f"计划里没有{_name(channel).zh}。", f"{_name(channel).en} is not in the plan."),
            both("可以先说「加上」这个渠道。", "Add the channel first."),
            code="no-channel",
        )


def _moved(brief: Brief, spent: dict[str, Money], channel: str, amount: Money) -> Brief:
    others = [c for c in spent if c != channel]
    rest = brief.budget.value - amount
    if not others or rest.amount < 0 or amount.amount < 0:
        raise AdwrightError(
            both(
                f"{_name(channel).zh}改成 {amount} 后，差额没有别的渠道可以承接。",
                f"No other channel can take the difference when {_name(channel).en} becomes {amount}.",
            ),
            both("可以改总预算，或先加一个渠道。", "Change the total budget, or add a channel first."),
            code="bad-budget",
        )
    weights = [spent[c].amount for c in others]
    shares = rest.split(weights if sum(weights) else [1] * len(others))
    return _with_split(brief, {channel: amount, **dict(zip(others, shares, strict=True))})


def _with_split(brief: Brief, spent: dict[str, Money]) -> Brief:
    whole = brief.budget.value.amount
    return _with(brief, split=Known(value={c: spent[c].amount / whole for c in brief.channels.value}))


def _resolved(workspace: Workspace, brief: Brief, **changes: object) -> Brief:
    """Resolve a request made of the brief with `changes`, for the fields that need the shop's data again."""
    ask = MakePlan.model_validate(
        {
            "product": brief.product.value.name,
            "budget": brief.budget.value.amount,
            "currency": brief.budget.value.currency,
            "currency_stated": True,
            "days": brief.days.value,
            "start": brief.start.value,
            "channels": brief.channels.value,
            "today": brief.today,
        }
        | changes
    )
    return resolve_brief(workspace, ask)


def _name(channel: str) -> Words:
    return knowledge.channel(channel).name


def _channel_words(channel: str, amount: Money) -> Words:
    return both(f"{_name(channel).zh}改为 {amount.text(short=True)}", f"{_name(channel).en} set to {amount.text(short=True)}")


def _no_plan() -> AdwrightError:
    return AdwrightError(
        both("还没有计划可以修改。", "There is no plan to change yet."),
        both("先说产品和预算，做一个计划。", "Name a product and a budget first."),
        code="no-plan",
    )


def _comparison(workspace: Workspace, after: CampaignPlan, language: Language) -> ToolResult:
    if after.parent is None:
        raise AdwrightError(
            both("这是第一版，没有上一版可比。", "This is the first version; there is none before it."),
            both("修改后再比较。", "Compare after a change."),
            code="nothing-to-compare",
        )
    before = workspace.records.plan(after.id, after.parent)
    rows = compare(before, after)
    finding = both(
        f"第 {before.version} 版与第 {after.version} 版有 {len(rows)} 处不同",
        f"Versions {before.version} and {after.version} differ in {len(rows)} places",
    )
    told = "; ".join(f"{r.name.pick(language)}: {r.before.pick(language) or '-'} -> {r.after.pick(language) or '-'}" for r in rows)
    columns = [
        {"key": "name", "name": {"zh": "项目", "en": "Item"}, "unit": "text"},
        {"key": "before", "name": {"zh": f"第 {before.version} 版", "en": f"Version {before.version}"}, "unit": "text"},
        {"key": "after", "name": {"zh": f"第 {after.version} 版", "en": f"Version {after.version}"}, "unit": "text"},
    ]
    artifact = Artifact(
        kind="table",
        title=finding,
        data={"columns": columns, "rows": [r.model_dump() for r in rows], "id": after.id, "version": after.version},
    )
    return ToolResult(content=f"{finding.pick(language)}: {told}"[:500], finding=finding, artifact=artifact)
