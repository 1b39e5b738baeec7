"""The plan a question is about; without one, what to say first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.errors import AdwrightError
from ...data.words import both

if TYPE_CHECKING:
    from ...data.plan import CampaignPlan
    from ...data.workspace import Workspace


def plan_in_force(workspace: Workspace, plan_id: str | None, version: int | None) -> CampaignPlan:
    """Return a stored plan. Raises `AdwrightError` (``no-plan``) where none is named."""
    if plan_id is None:
        raise no_plan()
    return workspace.records.plan(plan_id, version)


def no_plan() -> AdwrightError:
    """Return the error of a conversation that has no plan yet."""
    return AdwrightError(
        both("这个对话里还没有计划。", "There is no plan in this conversation yet."),
        both("先说商品和预算，我来排一版。", "Name a product and a budget, and I will make one."),
        code="no-plan",
    )
