"""`make_plan`: from what was asked to a whole plan, in six named parts that a watcher can follow.

The composition is fixed and every part is a plain function of another craft: the same request, seed and day give the
same plan. `compose` is also what an edit runs, with the plan before at hand.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.brief import Brief
from ...data.figure import Figure
from ...data.money import Money
from ...data.plan import CampaignPlan, Line
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..audience.naming import counted
from ..audience.reword import reword
from ..audience.segment import find_segments
from ..budget import BudgetSplit, LineForecast
from ..budget.inputs import line_name
from ..creative.authors import model_writes
from ..memory.search import CampaignMemory, Hit
from ..response.response import Response
from .brief import MakePlan, brief_rows, resolve_brief
from .creatives import make_creatives
from .curve_points import curve_points
from .grounds import assumptions_of, checks_of, evidence_of, reach_of, warnings_of
from .learned import lessons_for
from .lines import Draft, draft_lines, reference_split
from .money import Market
from .results import counts_of
from .steps import Recorder

if TYPE_CHECKING:
    from ...data.workspace import Workspace

__all__ = ["MakePlan", "compose", "make_plan", "plan_result"]

SEGMENTS = 3


def make_plan(workspace: Workspace, request: MakePlan, progress: Progress = SILENT) -> ToolResult:
    """Make a plan, save it as version 1, and return it as an artifact.

    Raises `AdwrightError` as `resolve_brief` and `split_budget` do; nothing is saved then.
    """
    recorder = Recorder(progress)
    recorder.start("brief", both("读懂需求", "Read the brief"))
    brief = resolve_brief(workspace, request)
    rows = brief_rows(brief)
    open_points = [row for row in rows if row["how"] != "stated"]
    recorder.done(
        "brief",
        both(
            f"{len(rows) - len(open_points)} 项您已说明，{len(open_points)} 项按假设",
            f"{len(rows) - len(open_points)} points stated, {len(open_points)} assumed",
        ),
        Artifact(kind="brief", title=both("我理解的需求", "The brief as understood"), data={"rows": rows}),
    )
    plan = compose(workspace, brief, progress=recorder)
    if workspace.records.versions(plan.id):
        plan = workspace.records.plan(plan.id, 1)
    else:
        workspace.records.save_plan(plan)
    return plan_result(plan, recorder, request.reply_language)


def compose(
    workspace: Workspace,
    brief: Brief,
    *,
    previous: CampaignPlan | None = None,
    locked: dict[str, Money] | None = None,
    progress: Progress = SILENT,
) -> CampaignPlan:
    """Compute every part of a plan for `brief`; takes over from `previous` what the change does not touch.

    `locked` fixes the budget of lines by id; results imported for `previous` count as facts of its forecast. Not saved; version 1 of a new plan, the caller numbers edits.
    """
    progress.start("memory", both("查找过往相似投放", "Look up similar campaigns"))
    hits = _similar(workspace, brief)
    progress.done("memory", _hits_found(hits))

    progress.start("segments", both("划分人群", "Find the audiences"))
    found = find_segments(workspace, product=brief.product.value, ask=brief.audience.value, seed=brief.seed)
    told: Language = "zh" if brief.language.value == "zh" else "en"
    worded = reword(workspace, found.model_copy(update={"segments": found.segments[:SEGMENTS]}), told)
    segments = worded.segments
    people = sum(s.size for s in segments)
    progress.done(
        "segments",
        both(
            f"{len(segments)} 个人群，覆盖 {counted(people, found.sessions).zh}",
            f"{len(segments)} audiences, {counted(people, found.sessions).en}",
        ),
    )

    progress.start("creatives", both("制作素材", "Make the creatives"))
    response = Response.ready(workspace, progress=progress)
    drafts = draft_lines(workspace, brief, segments, response)
    creatives, refused = make_creatives(workspace, brief, drafts, hits, response, previous, progress)
    pictures = [m for c in creatives for m in c.media]
    progress.done(
        "creatives",
        both(f"{len(creatives)} 条文案，{len(pictures)} 个素材，均已核对", f"{len(creatives)} texts, {len(pictures)} media, all checked"),
    )

    progress.start("predict", both("预测点击与成交", "Predict clicks and orders"))
    by_source = {source: sum(d.input.source == source for d in drafts) for source in ("model", "past", "assumed")}
    progress.done(
        "predict",
        both(f"{len(drafts)} 条线：模型 {by_source['model']}，过往 {by_source['past']}，假设 {by_source['assumed']}",
             f"{len(drafts)} lines: model {by_source['model']}, past {by_source['past']}, assumed {by_source['assumed']}"),
    )  # fmt: skip

    progress.start("budget", both("分配预算", "Split the budget"))
    total = brief.budget.value
    counts = counts_of(workspace, previous, [d.input.id for d in drafts])
    market = Market.of(brief, drafts, reference_split(drafts, total, response, brief), counts)
    allocation, result, _ = market.at(total, locked or {})
    for day in result.total.days:
        day.event = market.dear[day.day][0].name if day.day in market.dear else None
    progress.done("budget", both(f"{total.text(short=True)} 分给 {len(drafts)} 条线，预计 {result.total.orders.text()} 单",
                                 f"{total.text(short=True)} over {len(drafts)} lines, {result.total.orders.text()} orders expected"))  # fmt: skip

    compared = allocation.certificate.reference_split
    allocation.certificate.reference_split = [
        part for part, money in zip(allocation.certificate.reference_split, allocation.budgets, strict=True) if money.amount
    ]
    lines = _lines(brief, drafts, allocation, result.lines, {c.id: c.channel for c in creatives}, locked or {})
    curves = dict(zip((d.input.id for d in drafts), curve_points(market, allocation.budgets, result.lines, compared), strict=True))
    for line in lines:
        line.curve = curves[line.id]
    plan = CampaignPlan(
        id=_plan_id(workspace, brief) if previous is None else previous.id,
        title=_title(brief),
        shop=workspace.name,
        demo=workspace.is_demo,
        brief=brief,
        segments=[s for s in segments if s.id in {line.segment for line in lines}],
        lifecycle=found.lifecycle,
        lines=lines,
        creatives=creatives,
        forecast=result.total,
        certificate=allocation.certificate,
        evidence=[],
        assumptions=[*assumptions_of(brief, drafts), *reach_of(drafts, result)],
        warnings=[*warnings_of(workspace, brief, drafts, result, response), *refused, *worded.notes[len(found.notes) :]],
        checks=[],
        models={"response": response.model.version} if response.model else {},
    )
    plan.evidence = [*evidence_of(workspace, plan, drafts, hits, response), *lessons_for(workspace, plan)]
    plan.checks = checks_of(plan)
    return plan


def plan_result(plan: CampaignPlan, recorder: Recorder, language: Language) -> ToolResult:
    """Wrap a saved plan for agent and faces."""
    f = plan.forecast
    finding = both(
        f"{plan.total.text(short=True)}，{len(plan.lines)} 条线，预计 {f.orders.text()} 单，ROAS {f.roas.text()}",
        f"{plan.total.text(short=True)} over {len(plan.lines)} lines, {f.orders.text()} orders expected, ROAS {f.roas.text()}",
    )
    told = [
        f"Plan {plan.id} version {plan.version}: {plan.title.pick(language)}",
        finding.pick(language),
        f"orders P10-P90 {f.orders.range_text()}, CPA {f.cpa.text()}, P(profit) {f.p_profit.text()}",
        "; ".join(f"{line.name.pick(language)} {line.budget.text(short=True)}" for line in plan.lines),
    ]
    artifact = Artifact(
        kind="plan",
        title=plan.title,
        data={"id": plan.id, "version": plan.version},
        source=sorted(plan.models.values()),
        seed=plan.brief.seed,
    )
    return ToolResult(content=". ".join(told)[:500], finding=finding, artifact=artifact, steps=recorder.steps)


def _similar(workspace: Workspace, brief: Brief) -> list[Hit]:
    product = brief.product.value
    category = product.category if product.category != "other" else None
    words = " ".join(dict.fromkeys([product.name, product.name_zh, product.name_en, brief.occasion.value if brief.occasion else ""]))
    memory = CampaignMemory(workspace)
    hits: list[Hit] = []
    for channel in brief.channels.value:
        filters = {"channel": channel} | ({"category": category} if category else {})
        hits += memory.search(words, filters, n=5) or memory.search(words, {"channel": channel}, n=3)
    return sorted(hits, key=lambda h: (-h.score, h.id))


def _hits_found(hits: list[Hit]) -> Words:
    if not hits:
        return both("没有相似的过往投放，用公开的宽区间假设", "No similar past campaigns: wide published ranges are assumed")
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.channel] = counts.get(hit.channel, 0) + 1
    most = max(counts, key=lambda c: (counts[c], c))
    name = knowledge.channel(most).name
    return both(
        f"找到 {len(hits)} 次相似投放，其中 {counts[most]} 次在{name.zh}",
        f"{len(hits)} similar campaigns, {counts[most]} of them on {name.en}",
    )


def _lines(
    brief: Brief,
    drafts: list[Draft],
    allocation: BudgetSplit,
    forecasts: list[LineForecast],
    creatives: dict[str, str],
    locked: dict[str, Money],
) -> list[Line]:
    lines = []
    for draft, budget, told in zip(drafts, allocation.budgets, forecasts, strict=True):
        if budget.amount == 0:
            continue
        currency = budget.currency
        kind = draft.placement.bid_kind
        figures: dict[str, Any] = {
            f: _with_evidence(getattr(told, f), draft)
            for f in ("ctr", "cvr", "cpc", "impressions", "clicks", "orders", "revenue", "cpa", "roas")
        }
        bid = {"cpc": told.cpc.value, "cpm": told.cpc.value * told.ctr.value * 1000, "ocpm": told.cpa.value}[kind]
        lines.append(
            Line(
                id=draft.input.id,
                channel=draft.channel.id,
                placement=draft.placement.id,
                name=line_name(draft.input),
                segment=draft.segment.id,
                creatives=[c for c, channel in creatives.items() if channel == draft.channel.id],
                budget=budget,
                locked=draft.input.id in locked,
                bid=Money(amount=bid, currency=currency),
                bid_kind=kind,
                start=brief.start.value,
                end=brief.end,
                source=draft.input.source,
                **figures,
            )
        )
    return lines


def _with_evidence(figure: Figure, draft: Draft) -> Figure:
    return figure if figure.evidence else figure.model_copy(update={"evidence": draft.input.evidence})


def _plan_id(workspace: Workspace, brief: Brief) -> str:
    known = "|".join(
        [
            brief.model_dump_json(exclude={"text"}),
            *(workspace.fingerprint(k) for k in ("campaigns", "impressions", "orders", "events", "products")),
            # The copy of a plan is its model's; with the built-in planner the name adds nothing.
            *([workspace.settings.model] if model_writes(workspace) else []),
        ]
    )
    return "p" + hashlib.sha256(known.encode()).hexdigest()[:10]


def _title(brief: Brief) -> Words:
    product, days = brief.product.value, brief.days.value
    span = {7: both("一周", "one-week"), 14: both("双周", "two-week"), 30: both("一个月", "one-month")}.get(
        days, both(f"{days} 天", f"{days}-day")
    )
    occasion = knowledge.occasions().get(brief.occasion.value) if brief.occasion else None
    zh = f"{product.called('zh')} {occasion.name.zh + ' ' if occasion else ''}{span.zh}投放"
    en = f"{product.called('en')}, {span.en} {occasion.name.en + ' ' if occasion else ''}campaign"
    return both(zh, en)
