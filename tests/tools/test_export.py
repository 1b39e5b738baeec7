"""Exports: every number equals the plan's, nothing can run as a formula, nothing is asked of the network."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from adwright.data.errors import AdwrightError
from adwright.data.plan import CampaignPlan
from adwright.data.words import Language
from adwright.data.workspace import Workspace
from adwright.tools.audience.segment import find_segments
from adwright.tools.plan.export import ExportPlan, export_plan
from adwright.tools.plan.export_charts import apart, bars, fan, scale_end
from adwright.tools.plan.export_text import neutral

from .plan_sample import HOSTILE, sample_plan


@pytest.fixture
def plan(empty_shop: Workspace) -> CampaignPlan:
    made = sample_plan(empty_shop)
    empty_shop.records.save_plan(made)
    return made


def number(cell: Any) -> float:
    assert isinstance(cell.value, int | float)
    return cell.value


def export(workspace: Workspace, plan: CampaignPlan, **more: object) -> dict[str, bytes]:
    result = export_plan(workspace, ExportPlan.model_validate({"plan_id": plan.id, **more}))
    assert result.artifact.kind == "file"
    files = {}
    for item in result.artifact.data["items"]:
        path = Path(item["file"])
        assert path.is_relative_to(workspace.exports.resolve()) and path.is_absolute()
        body = path.read_bytes()
        assert item["bytes"] == len(body) and item["sha256"] == hashlib.sha256(body).hexdigest()
        files[item["name"]] = body
    return files


def test_json_is_the_plan_exactly(empty_shop: Workspace, plan: CampaignPlan) -> None:
    files = export(empty_shop, plan, formats=["json"])
    assert list(files) == ["plan.json"]
    assert CampaignPlan.from_json(files["plan.json"]) == plan
    assert files["plan.json"].decode() == plan.to_json()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_workbook_holds_the_plans_numbers(empty_shop: Workspace, plan: CampaignPlan, language: str) -> None:
    book = load_workbook(io.BytesIO(export(empty_shop, plan, formats=["xlsx"], reply_language=language)["media-plan.xlsx"]))
    assert len(book.sheetnames) == 6, "nothing was measured of the sample's audience, so nothing is told of it"
    media = book.worksheets[1]
    for row, line in enumerate(plan.lines, 2):
        cells = [cell.value for cell in media[row]]
        figures = [
            line.budget.amount,
            line.bid.amount,
            None,
            line.impressions.value,
            line.clicks.value,
            line.orders.value,
            line.revenue.value,
        ]
        assert [c for c, f in zip(cells[4:11], figures, strict=True) if f is not None] == [float(f) for f in figures if f is not None]
        assert cells[13:18] == [float(f.value) for f in (line.cpc, line.cpa, line.ctr, line.cvr, line.roas)]
        assert cells[2] == datetime(line.start.year, line.start.month, line.start.day)
        assert "¥" in media.cell(row, 5).number_format
    total = [cell.value for cell in media[len(plan.lines) + 2]]
    assert total[4] == float(plan.total.amount) == sum(number(media.cell(r, 5)) for r in range(2, len(plan.lines) + 2))
    assert total[9] == sum(number(media.cell(r, 10)) for r in range(2, len(plan.lines) + 2))
    days = book.worksheets[2]
    for row, day in enumerate(plan.forecast.days, 2):
        assert [c.value for c in days[row]][1:] == [float(day.budget.amount), *[int(x) for x in day.orders]]
    values = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    f = plan.forecast
    for figure in (f.orders, f.revenue, f.contribution, f.roas, f.roi, f.cpa, f.p_profit):
        assert float(figure.value) in values


@pytest.mark.parametrize("language", ["zh", "en"])
def test_portraits_and_stages_are_in_workbook_and_report(shop: Workspace, empty_shop: Workspace, language: Language) -> None:
    found = find_segments(shop)
    plan = sample_plan(empty_shop).model_copy(update={"segments": found.segments[:2], "lifecycle": found.lifecycle})
    empty_shop.records.save_plan(plan)
    files = export(empty_shop, plan, formats=["xlsx", "html"], reply_language=language)
    book = load_workbook(io.BytesIO(files["media-plan.xlsx"]))
    portraits, stages = book.worksheets[4], book.worksheets[5]
    assert len(book.sheetnames) == 8 and found.lifecycle is not None
    told = {(row[0].value, row[1].value, row[2].value) for row in portraits.iter_rows(min_row=2)}
    page = files["report.html"].decode()
    for segment in plan.segments:
        assert segment.portrait is not None
        for fact in segment.portrait.facts:
            assert (segment.name.pick(language), fact.name.pick(language), fact.value.pick(language)) in told
            assert escape(fact.value.pick(language)) in page
    for row, stage in enumerate(found.lifecycle.stages, 2):
        assert [cell.value for cell in stages[row]][2:4] == [stage.size, stage.share]
        assert [cell.value for cell in stages[row]][7:] == stage.by_segment
        assert not stage.size or escape(stage.action.pick(language)) in page


def test_nothing_in_the_workbook_is_a_formula(empty_shop: Workspace, plan: CampaignPlan) -> None:
    book = load_workbook(io.BytesIO(export(empty_shop, plan, formats=["xlsx"])["media-plan.xlsx"]))
    texts = []
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str):
                    texts.append(cell.value)
                    assert cell.value.lstrip("\u200b \n")[:1] not in tuple("=+-@\t\r＝＋－＠")
    assert all(any(text == f"'{hostile}" or text.startswith("'") for text in texts) for hostile in HOSTILE)


def test_archive_opens_and_matches_its_manifest(empty_shop: Workspace, plan: CampaignPlan) -> None:
    body = export(empty_shop, plan, formats=["zip"])["creatives.zip"]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert all(not n.startswith("/") and ".." not in n for n in names)
        manifest = json.loads(archive.read("manifest.json"))
        for name, facts in manifest["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == facts["sha256"]
        assert len([n for n in names if n.startswith("pictures/")]) == 3
        rows = list(csv.DictReader(io.StringIO(archive.read("copy.csv").decode("utf-8-sig"), newline="")))
    assert len(rows) == len(plan.creatives[0].copy_fields)
    assert all(row["text"].startswith("'") for row in rows[1:])
    assert [int(row["used"]) for row in rows] == [f.used for f in plan.creatives[0].copy_fields]


class Links(HTMLParser):
    """Collects everything a browser could fetch, and the scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.found += [v for k, v in attrs if k in ("src", "href", "data", "poster", "action") and v]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_report_is_one_offline_file_with_the_plans_figures(empty_shop: Workspace, plan: CampaignPlan, language: str) -> None:
    page = export(empty_shop, plan, formats=["html"], reply_language=language)["report.html"].decode()
    links = Links()
    links.feed(page)
    assert links.scripts == 0 and "@import" not in page and "url(" not in page
    assert len(links.found) == 3 and all(link.startswith("data:image/") for link in links.found)
    f = plan.forecast
    for figure in (f.orders, f.revenue, f.roas, f.cpa, f.contribution, f.p_profit):
        assert figure.text() in page
    for line in plan.lines:
        assert line.budget.text(short=True) in page and line.orders.text() in page and line.name.pick(language) in page  # pyright: ignore[reportArgumentType]
    assert plan.total.text() in page
    assert ("演示数据" if language == "zh" else "Demo data") in page
    assert page.count("<svg") == 2


def test_texts_of_the_plan_cannot_become_markup(empty_shop: Workspace) -> None:
    plan = sample_plan(empty_shop)
    plan.creatives[0].copy_fields[0].text = "<script>alert(1)</script>"
    plan.shop = '"><img src=x onerror=1>'
    plan.lines[0].name = plan.lines[0].name.model_copy(update={"zh": "<b>&x", "en": "<b>&x"})
    empty_shop.records.save_plan(plan)
    page = export(empty_shop, plan, formats=["html"])["report.html"].decode()
    assert "<script" not in page and "<img src=x" not in page and "<b>&x" not in page


def test_same_plan_same_bytes(empty_shop: Workspace, plan: CampaignPlan) -> None:
    assert export(empty_shop, plan) == export(empty_shop, plan)


def test_unknown_plan_and_lost_picture_are_named(empty_shop: Workspace, plan: CampaignPlan) -> None:
    with pytest.raises(AdwrightError) as error:
        export_plan(empty_shop, ExportPlan(plan_id="plan-nowhere"))
    assert error.value.code == "unknown-plan"
    empty_shop.artefacts.path(plan.creatives[0].media[0].id).unlink()
    with pytest.raises(AdwrightError) as error:
        export_plan(empty_shop, ExportPlan(plan_id=plan.id, formats=["zip"]))
    assert error.value.code == "unknown-artefact"
    assert not list(empty_shop.exports.rglob("creatives.zip")) and not list(empty_shop.exports.rglob("*.part"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_neutralised(text: str) -> None:
    assert neutral(text) == f"'{text}"


@given(st.text(max_size=50))
def test_neutral_text_never_starts_a_formula(text: str) -> None:
    safe = neutral(text)
    assert not re.match(r"^[\s\u200b\ufeff]*[=+\-@＝＋－＠]", safe)
    if text and text[0].isalnum():
        assert safe.startswith(text[0])


@given(st.lists(st.floats(0, 300), min_size=3, max_size=3).map(sorted))
def test_labels_keep_their_distance(places: list[float]) -> None:
    placed = apart(places, 15)
    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(placed))


@given(st.floats(0, 1e9))
def test_axis_ends_above_the_largest_value(largest: float) -> None:
    end = scale_end(largest)
    assert end >= largest and end <= max(4, 4 * largest)


def test_charts_of_nothing_and_of_one_day(empty_shop: Workspace) -> None:
    assert fan([], [], "x") == "" and bars([], "x") == ""
    assert "circle" in fan(sample_plan(empty_shop, days=1).forecast.days, [], "x")
