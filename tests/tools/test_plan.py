"""Plans: sums, sources, determinism, edits that change only what they name, undo, comparison, refusals."""

from datetime import date
from decimal import Decimal

import pytest

from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.data.patch import ScaleChannel, SetBudget, SetChannels, SetDates, SetField, SetLineBudget, SetProduct, ShiftBudget
from adwright.data.plan import CampaignPlan
from adwright.tools.plan.grounds import all_figures
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.tools.plan.revise import RevisePlan, revise_plan

TODAY = date(2026, 11, 23)


def ask(**changes):
    words = {
        "product": "跑鞋",
        "budget": 50_000,
        "currency": "CNY",
        "days": 14,
        "channels": ["抖音", "小红书"],
        "goal": "launch",
        "today": TODAY,
    }
    return MakePlan.model_validate(words | changes)


def make(shop, **changes) -> CampaignPlan:
    made = make_plan(shop, ask(**changes))
    return shop.records.plan(made.artifact.data["id"], made.artifact.data["version"])


def revise(shop, plan: CampaignPlan, *patches, **more) -> CampaignPlan:
    made = revise_plan(shop, RevisePlan(plan_id=plan.id, version=plan.version, patches=list(patches), today=TODAY, **more))
    return shop.records.plan(made.artifact.data["id"], made.artifact.data["version"])


@pytest.fixture(scope="module")
def plan(shop):
    return make(shop)


def test_lines_add_up_to_the_budget_and_the_forecast(plan):
    assert plan.total == Money.of(50_000, "CNY")
    assert all(check.passed for check in plan.checks), [c.text.en for c in plan.checks if not c.passed]
    f = plan.forecast
    for name in ("impressions", "clicks", "orders", "revenue"):
        assert sum(getattr(line, name).value for line in plan.lines) == getattr(f, name).value
    assert {line.channel for line in plan.lines} == {"douyin", "xiaohongshu"}


def test_every_figure_names_evidence_that_the_plan_holds(plan):
    known = {e.id for e in plan.evidence}
    for path, figure in all_figures(plan):
        assert set(figure.evidence) <= known, path
        if figure.low is not None and figure.high is not None:
            assert figure.low <= figure.value <= figure.high, path


def test_json_is_an_exact_inverse(plan):
    assert CampaignPlan.from_json(plan.to_json()) == plan


def test_same_request_seed_and_day_give_the_same_plan(shop, plan):
    assert make(shop).to_json() == plan.to_json()
    assert make(shop, seed=5).id != plan.id


def test_segments_come_from_the_shops_customers(shop, plan):
    assert plan.segments
    assert all(s.source == "model" and 0 < s.size <= shop.warehouse.count("users") for s in plan.segments)


def test_creatives_pass_and_pictures_exist(shop, plan):
    pictures = [m for c in plan.creatives for m in c.media if m.kind == "image"]
    assert len(pictures) == 6
    assert all(shop.artefacts.path(m.id).exists() for m in pictures)
    assert all(field.ok for c in plan.creatives for field in c.copy_fields)


def test_budget_edit_keeps_creatives_segments_and_dates(shop, plan):
    after = revise(shop, plan, SetBudget(budget=Money.of(80_000, "CNY")))
    assert after.total == Money.of(80_000, "CNY")
    assert after.parent == plan.version
    strip = [c.model_dump(exclude={"ctr"}) for c in after.creatives]
    assert strip == [c.model_dump(exclude={"ctr"}) for c in plan.creatives]
    assert after.brief.start == plan.brief.start
    assert after.brief.channels == plan.brief.channels


def test_undo_restores_the_plan_byte_for_byte(shop, plan):
    after = revise(shop, plan, ScaleChannel(channel="douyin", factor=Decimal("0.8")))
    before = revise(shop, after, undo=True)
    assert before.to_json() == plan.to_json()
    with pytest.raises(AdwrightError) as first:
        revise(shop, before, undo=True)
    assert first.value.code == "nothing-to-undo"


def spend(plan: CampaignPlan, channel: str) -> Decimal:
    return sum((line.budget.amount for line in plan.lines if line.channel == channel), Decimal(0))


def test_channel_cut_is_exact_and_the_total_stays(shop, plan):
    after = revise(shop, plan, ScaleChannel(channel="douyin", factor=Decimal("0.8")))
    assert abs(spend(after, "douyin") - spend(plan, "douyin") * Decimal("0.8")) <= Decimal("0.01")
    assert after.total == plan.total


def test_shift_moves_exactly_that_money(shop, plan):
    after = revise(shop, plan, ShiftBudget(source="douyin", target="xiaohongshu", money=Money.of(1_000, "CNY")))
    assert abs(spend(plan, "douyin") - spend(after, "douyin") - 1_000) <= Decimal("0.01")
    assert after.total == plan.total


def test_line_edit_locks_that_line(shop, plan):
    line = plan.lines[0]
    wanted = Money.of(7_777, "CNY")
    after = revise(shop, plan, SetLineBudget(line=line.id, budget=wanted))
    assert after.line(line.id).budget == wanted
    assert after.line(line.id).locked
    assert after.total == plan.total
    again = revise(shop, after, SetField(field="tone", value="premium"))
    assert again.line(line.id).budget == wanted


def test_other_edits_change_what_they_name(shop, plan):
    assert revise(shop, plan, SetDates(days=7)).brief.days.value == 7
    one = revise(shop, plan, SetChannels(channels=["bilibili"]))
    assert {line.channel for line in one.lines} == {"bilibili"}
    assert one.total == plan.total
    other = revise(shop, plan, SetProduct(product="扫地机器人"))
    assert other.brief.product.value.name != plan.brief.product.value.name
    assert other.total == plan.total


def test_comparison_lists_only_differences(shop, plan):
    after = revise(shop, plan, SetBudget(budget=Money.of(60_000, "CNY")))
    told = revise_plan(shop, RevisePlan(plan_id=after.id, version=after.version, compare=True, today=TODAY))
    names = [row["name"]["en"] for row in told.artifact.data["rows"]]
    assert "Budget" in names
    assert "Dates" not in names


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"budget": None}, "missing-budget"),
        ({"budget": -500}, "bad-budget"),
        ({"budget": 0}, "bad-budget"),
        ({"budget": 10**12}, "bad-budget"),
        ({"start": date(2026, 1, 1)}, "past-date"),
        ({"start": date(2026, 12, 9), "end": date(2026, 12, 1)}, "bad-period"),
        ({"channels": ["一个没有的渠道"]}, "unknown-channel"),
        ({"split": {"douyin": Decimal("0.9"), "xiaohongshu": Decimal("0.4")}}, "bad-split"),
    ],
)
def test_bad_requests_are_refused_by_name_and_save_nothing(shop, changes, code):
    before = len(shop.records.plans())
    with pytest.raises(AdwrightError) as refused:
        make_plan(shop, ask(**changes))
    assert refused.value.code == code
    assert refused.value.hint.zh
    assert refused.value.hint.en
    assert len(shop.records.plans()) == before


def test_edit_errors_leave_the_plan_in_force(shop, plan):
    with pytest.raises(AdwrightError):
        revise(shop, plan, SetLineBudget(line=plan.lines[0].id, budget=Money.of(99_999_999, "CNY")))
    with pytest.raises(AdwrightError):
        revise(shop, plan, ScaleChannel(channel="weibo", factor=Decimal("0.5")))
    assert shop.records.plan(plan.id, plan.version) == plan


def test_stated_split_range_and_daily_budget(shop):
    split = make(shop, split={"douyin": Decimal("0.8"), "xiaohongshu": Decimal("0.2")})
    assert spend(split, "douyin") == Decimal(40_000)
    ranged = make(shop, budget=30_000, budget_max=40_000)
    assert ranged.total == Money.of(40_000, "CNY")
    assert any("30,000" in a.text.zh for a in ranged.assumptions)
    daily = make(shop, budget=None, daily_budget=300, days=30)
    assert daily.total == Money.of(9_000, "CNY")


def test_other_currency_and_unknown_product_are_planned_openly(shop):
    made = make(
        shop,
        product="mechanical watch straps",
        budget=2_500,
        currency="USD",
        currency_stated=True,
        channels=["reddit"],
        reply_language="en",
    )
    assert made.total == Money.of(2_500, "USD")
    assert made.lines[0].source == "assumed"
    assert any("not in the catalogue" in a.text.en for a in made.assumptions)
    assert all(c.language == "en" for c in made.creatives)
