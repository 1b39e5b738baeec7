"""Proposals on their way: made and kept, applied as patches of `revise_plan`, and carried on by later versions of the plan.

A proposal is kept in the shop's records under its plan until the next one; it can be applied to the version it was made for, while that is in force (again, after undo).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from ...data.adjustment import Proposal
from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.patch import Patch, SetCopy, SetDelivery, SetField
from ...data.plan import CampaignPlan
from ...data.result import CONTENT_LIMIT, Artifact, Progress, ToolResult
from ...data.words import Words, both
from .adjust import propose
from .adjust_words import headline
from .results import read_results

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .revise import RevisePlan

LAST = "proposal-last"


def proposed(workspace: Workspace, request: RevisePlan, progress: Progress) -> ToolResult:
    """Propose for the plan in force, else for the latest one with results; apply at once what the merchant's limit allows.

    Raises `AdwrightError`: ``no-plan``, and what `propose` does.
    """
    plan = running_plan(workspace, request.plan_id, request.version)
    progress.start("results", both("读取每日数据", "Read the daily results"))
    made = propose(workspace, plan, request.seed)
    progress.done("results", both(f"数据到 {made.day}，还剩 {made.days_left} 天", f"Results to {made.day}, {made.days_left} days left"))
    keep(workspace, made)
    acts = [a for a in made.adjustments if a.kind != "check"]
    if made.patches and acts and all(a.automatic for a in acts):
        from .revise import RevisePlan, revise_plan

        done = revise_plan(
            workspace, RevisePlan(plan_id=plan.id, adjust="apply", today=request.today, reply_language=request.reply_language)
        )
        data = done.artifact.data | {"proposal": latest(workspace, plan.id).model_dump(mode="json")}
        return done.model_copy(update={"artifact": done.artifact.model_copy(update={"data": data})})
    finding = told(made)
    content = f"{finding.pick(request.reply_language)} " + " ".join(a.what.pick(request.reply_language) for a in made.adjustments)
    artifact = Artifact(
        kind="table", title=both("明天怎么调", "What to change tomorrow"), data=table_of(made, plan), source=[f"plan:{plan.id}"]
    )
    return ToolResult(content=content[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def with_proposal(workspace: Workspace, request: RevisePlan) -> RevisePlan:
    """Return the request with the patches of the last proposal; raises ``no-proposal``, ``stale-proposal`` and ``nothing-to-change``."""
    made = latest(workspace, request.plan_id)
    head = workspace.records.plan(made.plan).version
    if head != made.version:
        raise AdwrightError(
            both("这份建议已经执行，或方案在它之后又改过。", "That proposal is in force already, or the plan has changed since."),
            both("再问一次“明天怎么调”。", "Ask again what to change tomorrow."),
            code="stale-proposal",
        )
    if made.empty:
        raise AdwrightError(
            both("上次的建议就是先不动，没有可以执行的。", "The last proposal was to leave things as they are; there is nothing to apply."),
            both("等有新的数据再问。", "Ask again when there is new data."),
            code="nothing-to-change",
        )
    return request.model_copy(update={"plan_id": made.plan, "version": made.version, "patches": list(made.patches)})


def applied(workspace: Workspace, plan: CampaignPlan) -> None:
    """Note that the plan's last proposal made this version."""
    keep(workspace, latest(workspace, plan.id).model_copy(update={"applied": plan.version}))


def held_lines(plan: CampaignPlan, patches: Sequence[Patch]) -> dict[str, Money]:
    """Return the budgets that adjustments gave the lines, where none of the patches is about money: those stay as they are."""
    if not all(isinstance(patch, SetField | SetCopy) for patch in patches) or not any(line.delivery for line in plan.lines):
        return {}
    return {line.id: line.budget for line in plan.lines}


def deliver(plan: CampaignPlan, before: CampaignPlan, patches: Sequence[SetDelivery], held: Collection[str] = ()) -> None:
    """Give the lines of a new version how they run: as patched, else as before; figures fixed by the merchant stay marked as such.

    `held` names the lines that kept an adjusted budget.
    """
    told = {patch.line: patch.delivery for patch in patches}
    earlier = {line.id: line for line in before.lines}
    for line in plan.lines:
        old = earlier.get(line.id)
        line.delivery = told.get(line.id, old.delivery if old else None)
        if line.id in told or line.id in held:
            line.locked = bool(old and old.locked)


def running_plan(workspace: Workspace, plan_id: str | None, version: int | None) -> CampaignPlan:
    """Return the plan asked about: the one in force, else the latest one that has results, else the latest; raises ``no-plan``."""
    if plan_id is not None:
        return workspace.records.plan(plan_id, version)
    plans = [workspace.records.plan(entry.id) for entry in workspace.records.plans()]
    if not plans:
        raise AdwrightError(
            both("还没有方案，没有可调的。", "There is no plan yet, so there is nothing to adjust."),
            both("先说商品和预算，做一份方案。", "Name a product and a budget first."),
            code="no-plan",
        )
    return next((plan for plan in plans if read_results(workspace, plan) is not None), plans[0])


def keep(workspace: Workspace, made: Proposal) -> None:
    """Store a proposal as its plan's, and the shop's, last one."""
    workspace.records.put(f"proposal-{made.plan}", made.model_dump(mode="json"))
    workspace.records.put(LAST, made.plan)


def latest(workspace: Workspace, plan_id: str | None) -> Proposal:
    """Return the last proposal for a plan (None: of the shop); raises `AdwrightError` (``no-proposal``)."""
    plan_id = plan_id or workspace.records.get(LAST)
    kept = workspace.records.get(f"proposal-{plan_id}") if plan_id else None
    if kept is None:
        raise AdwrightError(
            both("还没有提过调整建议。", "No change was proposed yet."),
            both("先导入每日数据，再问“明天怎么调”。", "Import the daily results, then ask what to change tomorrow."),
            code="no-proposal",
        )
    return Proposal.model_validate(kept)


def told(made: Proposal) -> Words:
    """One line on a proposal."""
    acts = [a for a in made.adjustments if a.kind != "check"]
    checks = len(made.adjustments) - len(acts)
    if not made.adjustments:
        return both("明天照旧，不用调", "Leave everything as it is tomorrow")
    if not acts:
        return both(f"预算和素材先不动，有 {checks} 件事要先查", f"Budgets and creatives stay; {checks} to check first")
    return both(
        f"明天建议调整 {len(acts)} 处" + (f"，另有 {checks} 件要查" if checks else ""),
        f"{len(acts)} change{'s' if len(acts) > 1 else ''} proposed for tomorrow" + (f", {checks} to check" if checks else ""),
    )


def table_of(made: Proposal, plan: CampaignPlan) -> dict[str, Any]:
    """The lines so far and tomorrow as a table, with the whole proposal beside it."""
    currency = made.total.currency
    names = [
        ("name", "线", "Line", "text"),
        ("spent", "已花", "Spent", currency),
        ("orders", "成交", "Orders", "count"),
        ("roas", "ROAS", "ROAS", "ratio"),
        ("daily", "现在日预算", "Daily now", currency),
        ("tomorrow", "明天日预算", "Tomorrow", currency),
        ("creatives", "素材占比", "Creative shares", "text"),
    ]
    rows = [
        {
            "name": line.name.model_dump(),
            "spent": str(line.spent.amount),
            "orders": str(line.orders.value),
            "roas": str(line.roas.value) if line.roas else None,
            "daily": str(line.daily.amount),
            "tomorrow": str(line.tomorrow.amount),
            "creatives": ", ".join(f"{headline(plan, c)} {share:.0%}" for c, share in line.weights.items()),
        }
        for line in made.lines
    ]
    columns = [{"key": key, "name": {"zh": zh, "en": en}, "unit": unit} for key, zh, en, unit in names]
    return {"columns": columns, "rows": rows, "proposal": made.model_dump(mode="json")}
