"""Charts of money on the forecast tab: they draw the plan's own numbers, in both languages, and are absent without them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from adwright.data.importer import import_file
from adwright.data.plan import CampaignPlan, Delivery
from adwright.data.words import Language
from adwright.data.workspace import Workspace
from adwright.tools.plan.delivered import Delivered, delivered
from adwright.tools.plan.export_xlsx import media_plan
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.ui.money_cards import curves_card, delivery_card, moved_card
from adwright.ui.tabs import forecast_tab

from ..tools.plan_sample import START, sample_plan


def drawn(html: str) -> list[dict[str, Any]]:
    """The figures that a piece of the page draws."""
    return [json.loads(unescape(found)) for found in re.findall(r'data-figure="([^"]*)"', html)]


@pytest.fixture(scope="module")
def plan(shop: Workspace) -> CampaignPlan:
    asked = {"product": "跑鞋", "budget": 42_000, "currency": "CNY", "days": 14, "channels": ["抖音", "小红书"], "today": "2026-11-23"}
    return shop.records.plan(make_plan(shop, MakePlan.model_validate(asked)).artifact.data["id"], 1)


def test_every_line_has_a_response_that_passes_through_its_own_figures(plan: CampaignPlan) -> None:
    for line in plan.lines:
        own = next(point for point in line.curve if abs(float(point.budget) - float(line.budget)) <= 1)
        assert own.orders == (line.orders.low, line.orders.value, line.orders.high)
        left = float(line.revenue.value) * float(plan.brief.margin.value) - float(line.budget)
        assert abs(float(own.contribution[1]) - left) <= 1
        assert [float(p.budget) for p in line.curve] == sorted(float(p.budget) for p in line.curve)
        assert [p.mroas for p in line.curve] == sorted((p.mroas for p in line.curve), reverse=True), "dearer clicks, less from more"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_responses_are_drawn_one_by_one(plan: CampaignPlan, language: Language) -> None:
    html = curves_card(plan, language)
    figures = drawn(html)
    assert len(figures) == len(plan.lines)
    assert figures[0]["data"][2]["y"] == [float(point.contribution[1]) for point in plan.lines[0].curve]
    assert plan.lines[0].name.pick(language) in html
    bare = plan.model_copy(update={"lines": [line.model_copy(update={"curve": []}) for line in plan.lines]})
    assert curves_card(bare, language) == ""


@pytest.fixture
def told(empty_shop: Workspace) -> Iterator[tuple[Workspace, CampaignPlan, Delivered]]:
    made = sample_plan(empty_shop)
    empty_shop.records.save_plan(made, "t")
    rows = ["日期,计划名称,消耗,展现,点击,成交订单数"]
    rows += [f"{START + timedelta(days=day)},{line.id},{100 + day},5000,80,2" for day in range(3) for line in made.lines]
    file = Path(empty_shop.exports) / "days.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    import_file(empty_shop, "results", file)
    made.lines[0].delivery = Delivery(
        since=START + timedelta(days=3), daily=made.lines[0].budget * Decimal("0.02"), weights={"c1": Decimal(1)}
    )
    made.lines[1].delivery = Delivery(since=START + timedelta(days=3), daily=made.lines[1].budget * 0, paused=True)
    found = delivered(empty_shop, made)
    assert found is not None
    yield empty_shop, made, found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_delivery_shows_what_each_day_cost_and_was_to_cost(told: tuple[Workspace, CampaignPlan, Delivered], language: Language) -> None:
    _, plan, found = told
    bars, line = drawn(delivery_card(found, plan, language))[0]["data"]
    assert bars["y"][:4] == [400.0, 404.0, 408.0, None] and len(bars["y"]) == plan.brief.days.value
    later = sum(float(x.delivery.daily if x.delivery else x.budget.split([1] * 14)[3]) for x in plan.lines)
    assert line["y"][3] == pytest.approx(later, abs=0.01) and line["y"][0] == pytest.approx(float(plan.total) / 14, abs=0.05)
    assert found.spent.amount == 1212 and found.days_gone == 3
    assert delivery_card(None, plan, language) == ""


def test_the_workbook_holds_the_delivery_and_the_json_too(told: tuple[Workspace, CampaignPlan, Delivered]) -> None:
    shop, plan, _ = told
    with zipfile.ZipFile(io.BytesIO(media_plan(shop, plan, "en"))) as book:
        names, texts = book.read("xl/workbook.xml").decode(), book.read("xl/sharedStrings.xml").decode()
    assert 'name="Delivery"' in names and "stopped" in texts and "Due by now" in texts
    assert CampaignPlan.from_json(plan.to_json()).lines[0].delivery == plan.lines[0].delivery
    untouched = sample_plan(shop).model_copy(update={"id": "another"})
    untouched.brief.start.value = START + timedelta(days=300)
    with zipfile.ZipFile(io.BytesIO(media_plan(shop, untouched, "en"))) as book:
        assert 'name="Delivery"' not in book.read("xl/workbook.xml").decode()


def test_budgets_moved_are_paired_and_absent_where_none_moved(plan: CampaignPlan) -> None:
    lines = [line.model_copy(update={"budget": line.budget * Decimal("1.1")}) for line in plan.lines]
    after = plan.model_copy(update={"lines": lines, "version": 2, "parent": 1})
    before, now = drawn(moved_card(after, plan, "zh"))[0]["data"]
    assert sum(now["x"]) == pytest.approx(1.1 * sum(before["x"]))
    assert moved_card(plan, plan, "zh") == "" and moved_card(plan, None, "en") == ""
    assert "aw-curves" in forecast_tab(plan, "en", None, None)
