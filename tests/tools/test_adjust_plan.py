"""From imported daily results to a proposal for a running plan, and on to a new version and back."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adwright.data.adjustment import Proposal
from adwright.data.errors import AdwrightError
from adwright.data.figure import Figure
from adwright.data.importer import import_file
from adwright.data.money import Money, total
from adwright.data.patch import SetDelivery, SetField
from adwright.data.plan import CampaignPlan, CopyField, Creative, Delivery
from adwright.data.settings import Settings
from adwright.data.workspace import Workspace
from adwright.tools.plan.adjust import propose
from adwright.tools.plan.adjusted import keep, latest
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.tools.plan.results import read_results
from adwright.tools.plan.revise import RevisePlan, revise_plan
from adwright.tools.plan.running import expected_of

from .plan_sample import START, sample_plan

TODAY = date(2026, 12, 8)
Row = dict[str, Any]


@pytest.fixture
def plan(empty_shop: Workspace) -> CampaignPlan:
    made = sample_plan(empty_shop)
    made.creatives = [
        Creative(id=f"c{i}", channel="douyin", language="zh", variant=i, copy_fields=[CopyField(field="headline", text=f"标题{i}", used=3)])
        for i in (1, 2)
    ]
    for line in made.lines:
        line.creatives = ["c1", "c2"]
    return empty_shop.records.save_plan(made, "t")


def rows(plan: CampaignPlan, days: int = 6, change: Callable[[Row, int, int], Row] = lambda row, line, day: row) -> list[Row]:
    """Daily rows as the plan expects them; `change` (row, number of the line, day) makes them differ."""
    made = []
    for day in range(days):
        for i, line in enumerate(plan.lines):
            for creative, share in zip(line.creatives, (0.5, 0.5), strict=True):
                part = share / plan.brief.days.value
                shown, clicks = float(line.impressions.value) * part, float(line.clicks.value) * part
                row = {
                    "日期": (START + timedelta(days=day)).isoformat(), "计划名称": f"店铺-{line.id}-1201", "创意": creative,
                    "消耗": round(float(line.budget) * part, 2), "展现": int(shown), "点击": int(clicks), "访问数": int(clicks * 0.8),
                    "成交订单数": round(float(line.orders.value) * part), "成交金额": round(float(line.revenue.value) * part, 2),
                }  # fmt: skip
                made.append(change(row, i, day))
    return made


def load(shop: Workspace, given: list[Row], name: str = "daily.csv") -> Any:
    file = shop.exports / name
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(given[0]))
        writer.writeheader()
        writer.writerows(given)
    return import_file(shop, "results", file)


def times(row: Row, **factors: float) -> Row:
    return row | {name: round(row[name] * factor) for name, factor in factors.items()}


def test_rows_find_their_line_and_creative_and_the_rest_is_told(empty_shop: Workspace, plan: CampaignPlan) -> None:
    given = rows(plan, 2)
    stray = given[0] | {"计划名称": "别的计划"}
    assert load(empty_shop, [*given, stray]).imported == len(given) + 1
    found = read_results(empty_shop, plan)
    assert found is not None and found.days == 2 and found.last == START + timedelta(days=1)
    assert found.spend.sum() == pytest.approx(sum(row["消耗"] for row in given))
    assert {creative for _, creative in found.creatives} == {"c1", "c2"}
    assert "别的计划" in found.notes[0].zh


def test_a_later_report_of_the_same_day_replaces_the_earlier_one(empty_shop: Workspace, plan: CampaignPlan) -> None:
    load(empty_shop, rows(plan, 2))
    load(empty_shop, rows(plan, 2, lambda row, i, d: row | {"成交订单数": row["成交订单数"] + 1}), "later.csv")
    found = read_results(empty_shop, plan)
    assert found is not None
    assert found.orders.sum() == sum(row["成交订单数"] + 1 for row in rows(plan, 2))
    assert found.spend.sum() == pytest.approx(sum(row["消耗"] for row in rows(plan, 2)))


@pytest.mark.parametrize(
    ("changes", "code"), [({"点击": 10**9}, "above"), ({"成交订单数": 10**6}, "over"), ({"消耗": -1}, "negative"), ({"日期": "?"}, "day")]
)
def test_rows_that_cannot_be_are_set_apart(empty_shop: Workspace, plan: CampaignPlan, changes: Row, code: str) -> None:
    given = rows(plan, 1)
    report = load(empty_shop, [*given, given[0] | changes])
    assert report.bad_rows == 1 and report.imported == len(given)


def test_without_results_the_answer_says_what_to_import(empty_shop: Workspace, plan: CampaignPlan) -> None:
    with pytest.raises(AdwrightError) as error:
        propose(empty_shop, plan)
    assert error.value.code == "no-results"
    assert "adwright import results" in error.value.tell("en") and plan.lines[0].id in error.value.tell("zh")


def test_a_plan_that_is_over_is_not_adjusted(empty_shop: Workspace, plan: CampaignPlan) -> None:
    load(empty_shop, rows(plan, 14))
    with pytest.raises(AdwrightError) as error:
        propose(empty_shop, plan)
    assert error.value.code == "plan-over"


def test_as_expected_is_left_as_it_is_with_a_reason(empty_shop: Workspace, plan: CampaignPlan) -> None:
    load(empty_shop, rows(plan, 2))
    made = propose(empty_shop, plan)
    assert made.empty and not made.adjustments
    assert made.kept and all(words.zh and words.en for words in made.kept)
    assert made.budget.amount > 0


def test_money_and_impressions_go_where_orders_come_from(empty_shop: Workspace, plan: CampaignPlan) -> None:
    def change(row: Row, line: int, day: int) -> Row:
        good = 2.0 if row["创意"] == "c2" else 0.7
        return times(row, **{"点击": good, "访问数": good, "成交订单数": good * (3.0 if line == 0 else 0.6)})

    load(empty_shop, rows(plan, 6, change))
    made = propose(empty_shop, plan)
    kinds = {a.kind for a in made.adjustments}
    assert {"budget", "creatives"} <= kinds
    budget = next(a for a in made.adjustments if a.kind == "budget")
    assert budget.gain is not None and budget.gain.low is not None and budget.chance is not None and budget.chance >= Decimal("0.8")
    assert budget.share is not None and budget.share <= Decimal("0.301") and not budget.automatic
    assert total([patch.budget for patch in made.patches], "CNY") == plan.total
    first = made.patches[0].delivery
    assert first.weights["c2"] > first.weights.get("c1", 0) and sum(first.weights.values()) == 1
    assert total([patch.delivery.daily for patch in made.patches], "CNY") == made.budget
    assert Proposal.model_validate_json(made.model_dump_json()) == made


def test_a_line_without_orders_stops_and_a_page_that_is_down_is_named(empty_shop: Workspace, plan: CampaignPlan) -> None:
    def change(row: Row, line: int, day: int) -> Row:
        if line == 1:
            return row | {"成交订单数": 0}
        return row | {"访问数": 3, "点击": max(row["点击"], 200), "展现": max(row["展现"], 9_000)} if line == 0 and day == 5 else row

    load(empty_shop, rows(plan, 6, change))
    made = propose(empty_shop, plan)
    by_kind = {a.kind: a for a in made.adjustments}
    assert by_kind["pause"].lines == [plan.lines[1].id] and by_kind["check"].lines == [plan.lines[0].id]
    stopped = next(patch for patch in made.patches if patch.line == plan.lines[1].id)
    assert stopped.delivery.paused and stopped.delivery.daily.amount == 0
    assert not by_kind["pause"].automatic
    down = next(line for line in made.lines if line.line == plan.lines[0].id)
    assert float(down.tomorrow) <= 1.05 * float(down.daily), "no more money into a page that is down"


def test_spending_too_fast_is_slowed_down_inside_the_limit_that_was_set(
    empty_shop: Workspace, plan: CampaignPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(empty_shop, "settings", Settings(auto_adjust=0.3))
    for line in plan.lines:
        line.delivery = Delivery(since=START, daily=line.budget * Decimal("0.1"), weights={"c1": Decimal("0.5"), "c2": Decimal("0.5")})
    load(empty_shop, rows(plan, 2, lambda row, i, d: row | {"消耗": row["消耗"] * 1.4}))
    made = propose(empty_shop, plan)
    pace = next(a for a in made.adjustments if a.kind == "pace")
    assert made.budget < plan.total * Decimal("0.1")
    assert pace.automatic is (pace.share is not None and pace.share <= Decimal("0.3"))


@pytest.fixture(scope="module")
def running(shop: Workspace) -> Iterator[CampaignPlan]:
    asked = {
        "product": "跑鞋",
        "budget": 30_000,
        "currency": "CNY",
        "days": 14,
        "channels": ["抖音", "小红书"],
        "today": date(2026, 11, 23),
    }
    made = make_plan(shop, MakePlan.model_validate(asked))
    yield shop.records.plan(made.artifact.data["id"], 1)


def test_applying_makes_a_version_and_undo_brings_back_the_one_before(shop: Workspace, running: CampaignPlan) -> None:
    shares = running.total.split([3, *[1] * (len(running.lines) - 1)])
    patches = [
        SetDelivery(
            line=line.id, budget=money, delivery=Delivery(since=TODAY, daily=Money.of(100, "CNY"), weights={line.creatives[0]: Decimal(1)})
        )
        for line, money in zip(running.lines, shares, strict=True)
    ]
    nothing = Figure.of(0, "count", "past")
    made = Proposal(
        plan=running.id, version=running.version, day=TODAY, tomorrow=TODAY, days_left=3, spent=running.total, total=running.total,
        orders=nothing, budget=running.total, adjustments=[], patches=patches,
    )  # fmt: skip
    keep(shop, made)
    before = running.to_json()
    revise_plan(shop, RevisePlan(plan_id=running.id, adjust="apply", today=TODAY))
    after = shop.records.plan(running.id)
    assert [line.budget for line in after.lines] == shares and after.total == running.total
    assert all(line.delivery and not line.locked for line in after.lines)
    assert latest(shop, running.id).applied == after.version
    with pytest.raises(AdwrightError) as error:
        revise_plan(shop, RevisePlan(plan_id=running.id, adjust="apply", today=TODAY))
    assert error.value.code == "stale-proposal"
    assert shop.records.undo(running.id).to_json() == before


@pytest.fixture(scope="module")
def half_done(shop: Workspace, running: CampaignPlan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CampaignPlan]:
    """The plan after six days with results, adjusted; the shop's own results table is put back afterwards."""
    rows = [
        {
            "日期": (running.brief.start.value + timedelta(days=day)).isoformat(), "计划": running.id, "计划名称": line.id,
            "消耗": round(float(line.budget) / 14, 2), "展现": int(line.impressions.value / 14), "点击": int(line.clicks.value / 14),
            "成交订单数": round(float(line.orders.value) / 14 * (2.0 if i == 0 else 0.6)),
        }
        for day in range(6)
        for i, line in enumerate(running.lines)
    ]  # fmt: skip
    file = tmp_path_factory.mktemp("results") / "six-days.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    before = shop.warehouse.arrow(shop.warehouse.table("results", exact=True))
    import_file(shop, "results", file)
    keep(shop, propose(shop, running))
    revise_plan(shop, RevisePlan(plan_id=running.id, adjust="apply", today=TODAY))
    yield shop.records.plan(running.id)
    shop.warehouse.replace("results", before)


def test_after_an_adjustment_the_forecast_is_facts_plus_the_days_left(half_done: CampaignPlan, running: CampaignPlan) -> None:
    so_far = half_done.forecast.so_far
    assert so_far is not None and so_far.days_left == 8 and running.forecast.so_far is None
    assert half_done.forecast.orders.value == so_far.orders.value + so_far.orders_to_come.value
    assert so_far.orders_to_come.low is not None and so_far.orders_to_come.low < so_far.orders_to_come.value
    assert sum(line.orders.value for line in half_done.lines) == half_done.forecast.orders.value
    assert half_done.total == running.total and len(half_done.forecast.days) == 14


def test_results_are_not_counted_twice_by_the_next_proposal(shop: Workspace, half_done: CampaignPlan, running: CampaignPlan) -> None:
    expected = expected_of(shop, half_done)
    assert [line.clicks for line in expected.lines] == [running.line(line.id).clicks for line in half_done.lines]


def test_a_change_of_margin_leaves_adjusted_budgets_alone(shop: Workspace, half_done: CampaignPlan) -> None:
    patch = SetField(field="margin", value=Decimal("0.5"))
    made = revise_plan(shop, RevisePlan(plan_id=half_done.id, patches=[patch], today=TODAY))
    after = shop.records.plan(half_done.id, made.artifact.data["version"])
    assert [line.budget for line in after.lines] == [line.budget for line in half_done.lines]
    assert [line.delivery for line in after.lines] == [line.delivery for line in half_done.lines]
    assert not any(line.locked for line in after.lines)


@pytest.mark.parametrize("kept", [None, "empty"])
def test_there_is_nothing_to_apply_before_a_proposal(empty_shop: Workspace, plan: CampaignPlan, kept: str | None) -> None:
    if kept:
        load(empty_shop, rows(plan, 2))
        keep(empty_shop, propose(empty_shop, plan))
    with pytest.raises(AdwrightError) as error:
        revise_plan(empty_shop, RevisePlan(plan_id=plan.id, adjust="apply", today=TODAY))
    assert error.value.code == ("nothing-to-change" if kept else "no-proposal")
