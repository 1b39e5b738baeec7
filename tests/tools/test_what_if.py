"""What-if settings: the plan's own forecast, equal to what the edit would bring, and pure in what it is given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.data.plan import CampaignPlan
from adwright.data.workspace import Workspace
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.tools.plan.revise import RevisePlan, revise_plan
from adwright.tools.plan.what_if import Setting, WhatIf
from adwright.ui.what_if import SLIDERS, outcome, setting_of, sliders, words

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def plan(shop: Workspace) -> CampaignPlan:
    asked = {"product": "跑鞋", "budget": 42_000, "currency": "CNY", "days": 14, "channels": ["抖音", "小红书"], "today": TODAY}
    made = make_plan(shop, MakePlan.model_validate(asked))
    return shop.records.plan(made.artifact.data["id"], 1)


@pytest.fixture(scope="module")
def ready(shop: Workspace, plan: CampaignPlan) -> WhatIf:
    return WhatIf(shop, plan)


def figures(forecast: object) -> list[object]:
    return [getattr(forecast, name) for name in ("orders", "revenue", "contribution", "p_profit", "roas")]


def test_the_plans_own_setting_is_the_plan(ready: WhatIf, plan: CampaignPlan) -> None:
    found = ready.at(Setting.of(plan))
    assert figures(found.forecast) == figures(plan.forecast)
    assert all(not change.value for change in found.change.values()) and found.p_better.value == 0
    assert Setting.of(plan).patches(plan) == []


def test_what_is_tried_is_what_the_edit_brings(shop: Workspace, ready: WhatIf, plan: CampaignPlan) -> None:
    setting = Setting(total=Money.of(60_000, "CNY"), order_value=Money.of(520, "CNY"), margin=Decimal("0.4"))
    found = ready.at(setting)
    made = revise_plan(shop, RevisePlan(plan_id=plan.id, version=1, patches=setting.patches(plan), today=TODAY))
    after = shop.records.plan(plan.id, made.artifact.data["version"])
    assert figures(found.forecast) == figures(after.forecast) and after.total == setting.total
    assert found.change["orders"].value == after.forecast.orders.value - plan.forecast.orders.value


@pytest.mark.parametrize(("cpc", "cvr", "better"), [("1.5", "1", False), ("0.7", "1", True), ("1", "0.6", False), ("1", "1.5", True)])
def test_the_market_can_be_tried_but_not_set(ready: WhatIf, plan: CampaignPlan, cpc: str, cvr: str, better: bool) -> None:
    setting = Setting.of(plan).model_copy(update={"cpc": Decimal(cpc), "cvr": Decimal(cvr)})
    found = ready.at(setting)
    assert setting.patches(plan) == []
    assert (found.change["contribution"].value > 0) is better and (found.p_better.value > Decimal("0.5")) is better


@pytest.mark.parametrize("total", ["0", "-5", "2000000000"])
def test_a_budget_nobody_can_spend_is_named(ready: WhatIf, plan: CampaignPlan, total: str) -> None:
    with pytest.raises(AdwrightError) as error:
        ready.at(Setting.of(plan).model_copy(update={"total": Money.of(total, "CNY")}))
    assert error.value.code in ("bad-budget", "infeasible-budget")


@pytest.mark.parametrize("wrong", [{"margin": "0"}, {"margin": "1.2"}, {"cpc": "0"}, {"cvr": "-1"}])
def test_settings_that_cannot_be_are_refused(plan: CampaignPlan, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Setting.model_validate({**Setting.of(plan).model_dump(), **wrong})


@given(st.dictionaries(st.sampled_from([name for name, *_ in SLIDERS]), st.one_of(st.text(max_size=8), st.floats(), st.integers())))
def test_any_slider_position_is_a_setting_within_its_ends(plan: CampaignPlan, moved: dict[str, object]) -> None:
    found = setting_of(plan, moved)
    assert plan.total.amount / 5 <= found.total.amount <= plan.total.amount * 3
    assert 0 < found.margin <= 1 and Decimal("0.5") <= found.cpc <= 2 and Decimal("0.5") <= found.cvr <= 2


def test_sliders_in_the_middle_are_the_plan_exactly(plan: CampaignPlan) -> None:
    assert setting_of(plan, {"total": "100", "order_value": "100", "margin": "0", "cpc": "100", "cvr": "100"}) == Setting.of(plan)
    assert setting_of(plan, {"total": "120"}).total == Money.of(50_400, "CNY")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tab_says_what_it_shows(ready: WhatIf, plan: CampaignPlan, language: str) -> None:
    setting = setting_of(plan, {"total": "120", "margin": "-5"})
    shown = outcome(plan, ready.at(setting), language)  # type: ignore[arg-type]
    assert ("比计划" if language == "zh" else "against the plan") in shown and "P10" in shown
    assert 'name="cvr"' in sliders(plan, language)  # type: ignore[arg-type]
    assert "50,400" in words(plan, setting, language)  # type: ignore[arg-type]
