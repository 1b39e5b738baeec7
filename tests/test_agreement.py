"""One request, every face: answer, page table, tiles, chart, XLSX, HTML report and JSON show the same figures."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from openpyxl import load_workbook

from adwright import Assistant, CampaignPlan, Workspace
from adwright.tools.plan.export import ExportPlan, export_plan
from adwright.ui import canvas, charts

TODAY = date(2026, 11, 23)
REQUESTS = {
    "zh": "帮我做一个5万元的跑鞋上新投放计划，抖音和小红书，两周",
    "en": "plan me a 50k campaign for the spring running-shoe launch",
}


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_face_shows_the_plans_figures(shop: Workspace, language: str) -> None:
    reply = Assistant(shop, today=TODAY).chat(REQUESTS[language], thread=f"agreement-{language}")
    plan = reply.plan
    assert isinstance(plan, CampaignPlan)
    f = plan.forecast
    headline = [plan.total.text(short=True), f.orders.text(), f.orders.range_text(), f.roas.text(), f.cpa.text()]

    for figure in headline:
        assert figure in reply.text, f"{figure} is not in the answer"

    page = words(canvas.plan_tab(plan, language))  # pyright: ignore[reportArgumentType]
    for figure in (f.orders, f.revenue, f.roas, f.cpa):
        assert figure.text() in page
    for line in plan.lines:
        # The budget stands in an input field, whose value is not text.
        assert f"{line.budget.amount:,.2f}".removesuffix(".00") in canvas.plan_tab(plan, language)  # pyright: ignore[reportArgumentType]
        assert line.orders.text() in page
        assert line.orders.range_text() in page

    chart = charts.fan(plan, language)  # pyright: ignore[reportArgumentType]
    ends = {float(trace["y"][-1]) for trace in chart["data"] if trace.get("y")}
    assert float(f.orders.value) in ends

    made = export_plan(shop, ExportPlan(plan_id=plan.id, version=plan.version, formats=["json", "xlsx", "html"], reply_language=language))  # pyright: ignore[reportArgumentType]
    files = {item["name"]: Path(item["file"]).read_bytes() for item in made.artifact.data["items"]}
    assert CampaignPlan.from_json(files["plan.json"]) == plan

    media = load_workbook(io.BytesIO(files["media-plan.xlsx"])).worksheets[1]
    for row, line in enumerate(plan.lines, 2):
        numbers = [float(cell.value) for cell in media[row] if isinstance(cell.value, int | float)]
        for value in (line.budget.amount, line.orders.value, line.clicks.value, line.revenue.value, line.cpa.value, line.roas.value):
            assert float(value) in numbers

    report = words(files["report.html"].decode())
    for figure in (f.orders, f.revenue, f.roas, f.cpa):
        assert figure.text() in report
    for line in plan.lines:
        assert line.orders.text() in report


def test_the_same_question_twice_gives_the_same_plan(shop: Workspace) -> None:
    first = Assistant(shop, today=TODAY).chat(REQUESTS["zh"], thread="twice-a").plan
    second = Assistant(shop, today=TODAY).chat(REQUESTS["zh"], thread="twice-b").plan
    assert first is not None
    assert second is not None
    assert first.to_json() == second.to_json()
