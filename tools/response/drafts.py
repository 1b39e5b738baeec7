"""Questions about the creatives of a plan: why one is expected to do better than another, what another hour or channel would change.

Reads the plan and the response model, changes neither. Every sentence is made here, from the model's drivers, so that faces and
brains only repeat it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.result import Artifact, ToolResult
from ...data.words import Words, both
from .features import Context, product_names
from .naming import DAYS
from .pictures import picture_numbers
from .response import Response
from .why import CAUTION, NO_MODEL, RATE, Driver, Rate, drivers, notes, sees_pictures, signed, why, worth_telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...data.brief import Brief
    from ...data.plan import CampaignPlan, Creative
    from ...data.workspace import Workspace
    from .predict import PredictCtr
    from .response import Prediction

    ToFigure = Callable[[Prediction, Rate], Figure]

# Below this share two rates are told as equal.
EQUAL = 0.005


def contexts_of(workspace: Workspace, brief: Brief, creatives: list[Creative], response: Response) -> list[Context]:
    """Return one possible impression for each creative: its channel, its words, its picture where the model reads pictures."""
    product, ask = brief.product.value, brief.audience.value
    names = product_names(product.brand, (product.name_zh, product.noun_zh), (product.name_en, product.noun_en))
    pictured = sees_pictures(response)
    return [
        Context(
            channel=c.channel,
            category=product.category if product.category != "other" else None,
            product_id=product.id,
            age=sum(ask.age) // 2 if ask.age else None,
            gender=ask.gender,
            headline=c.copy_fields[0].text if c.copy_fields else None,
            language=c.language,
            product_names=names or None,
            picture=_picture(workspace, c) if pictured else None,
        )
        for c in creatives
    ]


def _picture(workspace: Workspace, creative: Creative) -> dict[str, float] | None:
    image = next((m for m in creative.media if m.kind == "image"), None)
    try:
        return picture_numbers(workspace.artefacts.path(image.id)) if image else None
    except AdwrightError:
        # A picture that was deleted since is a picture nobody knows.
        return None


def about_plan(workspace: Workspace, request: PredictCtr, rate: Rate, response: Response, figure: ToFigure) -> ToolResult:
    """Answer ``why`` or ``what_if`` for the plan in force; raises ``no-plan``, ``no-creative`` or ``no-change``."""
    if request.plan_id is None:
        raise AdwrightError(
            both("这个对话里还没有计划。", "There is no plan in this conversation yet."),
            both("先说商品和预算，我来排一版。", "Name a product and a budget, and I will make one."),
            code="no-plan",
        )
    plan = workspace.records.plan(request.plan_id, request.version)
    if not plan.creatives:
        raise _no_creative(0)
    return (
        _why(workspace, plan, request, rate, response, figure)
        if request.ask == "why"
        else _what_if(workspace, plan, request, rate, response, figure)
    )


def _why(workspace: Workspace, plan: CampaignPlan, request: PredictCtr, rate: Rate, response: Response, figure: ToFigure) -> ToolResult:
    where = knowledge.channel(request.channel).id if request.channel else None
    pool = [c for c in plan.creatives if where is None or c.channel == where] or plan.creatives
    contexts = contexts_of(workspace, plan.brief, pool, response)
    figures = [figure(p, rate) for p in response.predict(contexts)]
    one, other = _pair(pool, figures, request)
    name = RATE[rate]
    first, mine = _titled(pool[one]), figures[one]
    if other is None:
        found = why(response, contexts[one], rate)
        finding = both(
            f"{first.zh}的{name.zh}预计 {mine.text('zh')}（P10–P90：{mine.range_text('zh')}）",
            f"{first.en}: expected {name.en} {mine.text('en')} (P10–P90: {mine.range_text('en')})",
        )
        shown = [(first, pool[one], mine)]
    else:
        found = drivers(response, contexts[one], contexts[other], rate)
        finding = _compared(first, mine, _titled(pool[other]), figures[other], name)
        shown = [(first, pool[one], mine), (_titled(pool[other]), pool[other], figures[other])]
    reasons = worth_telling(found)
    pictured = any(m.kind == "image" for c in pool for m in c.media)
    modelled = mine.source == "model"
    if other is not None and not reasons and modelled:
        alike = both("模型看不出这两条有明显差别", "the model sees no noticeable difference between the two")
    else:
        alike = None
    data = {
        "ask": "why",
        "figures": [{"name": words.model_dump(), "channel": c.channel, rate: f.model_dump(mode="json")} for words, c, f in shown],
        "reasons": [d.words.model_dump() for d in reasons],
        "alike": alike.model_dump() if alike else None,
        "notes": [n.model_dump() for n in (notes(response, reasons, pictured, alone=other is None) if modelled else [NO_MODEL])],
        "columns": [
            {"key": "driver", "name": {"zh": "原因", "en": "Driver"}, "unit": "text"},
            {"key": "effect", "name": {"zh": f"对{name.zh}的影响", "en": f"Effect on {name.en}"}, "unit": "text"},
        ],
        "rows": [{"driver": d.what.model_dump(), "effect": signed(d.relative)} for d in worth_telling(found, 8)],
        "basis": basis.model_dump() if modelled and (basis := _basis(response)) else None,
    }
    title = both(f"为什么：{name.zh}", f"Why: {name.en}")
    return _result(finding, title, data, mine, reasons, request)


def _pair(pool: list[Creative], figures: list[Figure], request: PredictCtr) -> tuple[int, int | None]:
    """Which creative is asked about and which it is held against: as named, else the best against the least of its channel."""
    one = _place(request.creative, pool) if request.creative is not None else max(range(len(pool)), key=lambda i: figures[i].value)
    if request.against is not None:
        other = _place(request.against, pool)
        if other != one:
            return one, other
    rest = [i for i in range(len(pool)) if i != one and pool[i].channel == pool[one].channel]
    return one, min(rest, key=lambda i: figures[i].value, default=None)


def _place(number: int, pool: list[Creative]) -> int:
    index = number - 1 if number > 0 else len(pool) + number
    if number == 0 or not 0 <= index < len(pool):
        raise _no_creative(len(pool))
    return index


def _no_creative(count: int) -> AdwrightError:
    return AdwrightError(
        both(f"计划里没有这一条素材，共有 {count} 条。", f"The plan has no such creative; it has {count}."),
        both("请说第几条，或只说渠道名。", "Say which one by its number, or name a channel."),
        code="no-creative",
    )


def _titled(creative: Creative) -> Words:
    channel = knowledge.channel(creative.channel).name
    head = creative.copy_fields[0].text if creative.copy_fields else ""
    return both(f"{channel.zh}「{head}」", f"“{head}” on {channel.en}")


def _compared(first: Words, mine: Figure, second: Words, other: Figure, name: Words) -> Words:
    by = float(mine.value / other.value) - 1 if other.value else 0.0
    if abs(by) < EQUAL:
        return both(
            f"两条的{name.zh}几乎一样：{first.zh}预计 {mine.text('zh')}，{second.zh} {other.text('zh')}",
            f"The two are all but equal in {name.en}: {first.en} {mine.text('en')}, {second.en} {other.text('en')}",
        )
    higher = both("高", "higher") if by > 0 else both("低", "lower")
    return both(
        f"{first.zh}的{name.zh}预计 {mine.text('zh')}，{second.zh} {other.text('zh')}，前者{higher.zh} {abs(by) * 100:.1f}%",
        f"{first.en}: expected {name.en} {mine.text('en')}, against {other.text('en')} for {second.en}, {abs(by) * 100:.1f}% {higher.en}",
    )


def _what_if(workspace: Workspace, plan: CampaignPlan, request: PredictCtr, rate: Rate, response: Response, figure: ToFigure) -> ToolResult:
    where = knowledge.channel(request.channel).id if request.channel else None
    planned = list(dict.fromkeys(c.channel for c in plan.creatives))
    change: dict[str, Any] = {key: value for key in ("hour", "weekday", "discount") if (value := getattr(request, key)) is not None}
    # A channel alone is the change; with an hour it only says of which channel.
    moved = where is not None and (where not in planned or not change)
    if moved:
        planned = [channel for channel in planned if channel != where]
    if not planned or not (change or moved):
        raise AdwrightError(
            both("没有说换成什么。", "It was not said what to change."),
            both("例如：换成晚上 9 点投会怎样。", "For example: what if we run it at 9 pm?"),
            code="no-change",
        )
    first = [next(c for c in plan.creatives if c.channel == channel) for channel in planned if moved or where in (None, channel)]
    now = contexts_of(workspace, plan.brief, first, response)
    if moved:
        # The words of one channel's ad say nothing of another's; both are taken without.
        now = [c.model_copy(update={"headline": None, "picture": None}) for c in now]
    then = [c.model_copy(update={**change, **({"channel": where} if moved else {})}) for c in now]
    before, after = ([figure(p, rate) for p in response.predict(c)] for c in (now, then))
    name = RATE[rate]
    told = [_changed(c, a, b, moved) for c, a, b in zip(now, before, after, strict=True)]
    what = _said(change, where if moved else None)
    modelled = all(f.source == "model" for f in (*before, *after))
    if modelled or moved:
        finding = both(
            f"{what.zh}，{name.zh}预计：{'；'.join(t.zh for t in told[:3])}",
            f"{what.en}, expected {name.en}: {'; '.join(t.en for t in told[:3])}",
        )
    else:
        places = [(knowledge.channel(c.channel).name, a.text()) for c, a in zip(now, before, strict=True)][:3]
        finding = both(
            f"{what.zh}会怎样，现在说不出；{name.zh}预计仍是：{'；'.join(f'{place.zh} {shown}' for place, shown in places)}",
            f"What that would change cannot be told now; expected {name.en} stays: {'; '.join(f'{place.en} {shown}' for place, shown in places)}",
        )
    columns = [
        {"key": "channel_name", "name": {"zh": "渠道", "en": "Channel"}, "unit": "text"},
        {"key": "now", "name": {"zh": f"现在的{name.zh}", "en": f"{name.en} now"}, "unit": "rate"},
        {"key": "then", "name": {"zh": f"换了以后的{name.zh}", "en": f"{name.en} then"}, "unit": "rate"},
        {"key": "effect", "name": {"zh": "变化", "en": "Change"}, "unit": "text"},
    ]
    rows = [
        {
            "channel": c.channel,
            "source": b.source,
            "channel_name": knowledge.channel(c.channel).name.model_dump(),
            "now": str(a.value),
            "then": str(b.value),
            "effect": signed(float(b.value / a.value) - 1) if a.value else "–",
        }
        for c, a, b in zip(now, before, after, strict=True)
    ]
    data = {
        "ask": "what_if",
        "figures": [],
        "reasons": [t.model_dump() for t in told],
        "alike": None,
        "notes": [n.model_dump() for n in ([CAUTION] if modelled else [NO_MODEL])],
        "basis": basis.model_dump() if modelled and (basis := _basis(response)) else None,
        "columns": columns,
        "rows": rows,
    }
    return _result(finding, both(f"{what.zh}会怎样：{name.zh}", f"What if: {name.en}"), data, after[0], [], request)


def _basis(response: Response) -> Words | None:
    """Which model speaks, and how many impressions it was trained on."""
    if response.model is None:
        return None
    version, rows = response.model.version, int(response.model.manifest.get("rows", 0))
    return both(
        f"依据：点击与转化模型 {version}，用店铺 {rows:,} 次曝光训练。",
        f"Based on: click and conversion model {version}, trained on {rows:,} of the shop's impressions.",
    )


def _said(change: dict[str, Any], channel: str | None) -> Words:
    parts = []
    if channel is not None:
        name = knowledge.channel(channel).name
        parts.append(both(f"改投{name.zh}", f"on {name.en}"))
    if "hour" in change:
        parts.append(both(f"换到 {change['hour']} 点投", f"at {change['hour']}:00"))
    if "weekday" in change:
        day = DAYS[change["weekday"]]
        parts.append(both(f"换到{day.zh}投", f"on a {day.en}"))
    if "discount" in change:
        parts.append(both(f"优惠 {change['discount']:.0%}", f"with {change['discount']:.0%} off"))
    return both("、".join(p.zh for p in parts), _capital(" ".join(p.en for p in parts)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _changed(context: Context, now: Figure, then: Figure, moved: bool) -> Words:
    name = knowledge.channel(context.channel).name
    by = signed(float(then.value / now.value) - 1) if now.value else "–"
    if moved:
        return both(
            f"{then.text('zh')}，与{name.zh}的 {now.text('zh')} 相比 {by}",
            f"{then.text('en')}, against {now.text('en')} on {name.en}: {by}",
        )
    return both(f"{name.zh} {now.text('zh')} → {then.text('zh')}（{by}）", f"{name.en} {now.text('en')} → {then.text('en')} ({by})")


def _result(finding: Words, title: Words, data: dict[str, Any], figure: Figure, reasons: list[Driver], request: PredictCtr) -> ToolResult:
    words = [finding, *(d.words for d in reasons)]
    content = "; ".join([w.pick(request.reply_language) for w in words] + [f"source: {figure.source}"])
    return ToolResult(
        content=content[:500], finding=finding, artifact=Artifact(kind="table", title=title, data=data, source=figure.evidence)
    )
