"""Lessons of past campaigns in a plan: cited, with n and effect, followed or not, only where the shop's history shows them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adwright.agent.plan_answers import about_plan
from adwright.data.plan import CampaignPlan
from adwright.data.words import both
from adwright.data.workspace import Workspace
from adwright.tools.memory import CampaignMemory
from adwright.tools.memory.asking import Filters
from adwright.tools.plan.learned import MOST, lessons_for
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.ui.tabs import sources_tab

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def plan(shop: Workspace) -> CampaignPlan:
    asked = {"product": "跑鞋", "budget": 30_000, "currency": "CNY", "days": 7, "channels": ["抖音", "小红书"], "today": TODAY}
    made = make_plan(shop, MakePlan.model_validate(asked))
    return shop.records.plan(made.artifact.data["id"], made.artifact.data["version"])


def told(plan: CampaignPlan) -> list[Any]:
    return [item for item in plan.evidence if item.kind == "lesson"]


def test_a_plan_cites_what_set_the_better_campaigns_apart(shop: Workspace, plan: CampaignPlan) -> None:
    lessons = told(plan)
    known = {str(row.id) for row, _ in CampaignMemory(shop).passing(Filters())}
    assert 0 < len(lessons) <= MOST and CampaignPlan.from_json(plan.to_json()) == plan
    for item in lessons:
        assert "这份计划" in item.detail.zh and "不是因果" in item.detail.zh and "cautious side" in item.detail.en
        cited = item.detail.zh.split("（如 ")[1].split("）")[0].split("、")
        assert cited and set(cited) <= known


def test_answer_and_page_show_them(plan: CampaignPlan) -> None:
    first = told(plan)[0]
    for language in ("zh", "en"):
        assert first.detail.pick(language) in about_plan(plan, language)
        assert first.title.pick(language) in sources_tab(plan, language)
    without = plan.model_copy(update={"evidence": [item for item in plan.evidence if item.kind != "lesson"]})
    assert first.detail.zh not in about_plan(without, "zh") and "过往投放的经验" not in sources_tab(without, "zh")


def test_a_plan_with_the_offer_follows_the_lesson_on_offers(shop: Workspace, plan: CampaignPlan) -> None:
    offers = [item for item in told(plan) if item.id.endswith(":offer")]
    assert offers and all("没有这样做" in item.detail.zh for item in offers)
    known = plan.brief.budget.model_copy(update={"value": both("满 300 减 40", "40 off 300")})
    offering = plan.model_copy(update={"brief": plan.brief.model_copy(update={"offer": known})})
    again = [item for item in lessons_for(shop, offering) if item.id.endswith(":offer")]
    assert again and all("也这样做" in item.detail.zh for item in again)


def test_a_shop_without_history_gets_none(empty_shop: Workspace, plan: CampaignPlan) -> None:
    assert lessons_for(empty_shop, plan) == []
