"""A plan without a conversation: from a sentence or a brief, saved but belonging to no thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.brief import Brief
from ..data.plan import CampaignPlan
from .messages import incomplete, readable, unfit

if TYPE_CHECKING:
    from .assistant import Assistant


def plan_outright(assistant: Assistant, text_or_brief: str | Brief) -> CampaignPlan:
    """Return the plan of a sentence or a brief; raises as `Assistant.plan` says."""
    from ..tools import load

    workspace = assistant.workspace
    if isinstance(text_or_brief, Brief):
        from ..tools.plan.make import compose

        plan = compose(workspace, text_or_brief)
        if not workspace.records.versions(plan.id):
            workspace.records.save_plan(plan)
        return plan
    from .planner.calls import make_plan
    from .toolbox import completed

    text = readable(text_or_brief)
    problem = unfit(text)
    if problem is not None:
        raise problem
    reading = assistant.understand(text)
    args = make_plan({**reading.in_force, **reading.slots}, workspace.currency) if reading.behaviour != "refuse" else None
    if args is None:
        raise incomplete(reading)
    tool = load("make_plan")
    context = assistant._context("", text, (text,), reading, False)
    result = tool.run(workspace, tool.request.model_validate(completed(workspace, tool, args, context)))
    data = result.artifact.data
    return workspace.records.plan(data["id"], data.get("version"))
