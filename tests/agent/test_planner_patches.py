"""Edits against a plan in force become typed patches; each changes only what was named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from adwright.agent.planner.patching import slots_of_plan
from adwright.agent.planner.understand import understand
from adwright.data.brief import AudienceAsk, Brief, Known, Product
from adwright.data.money import Money
from adwright.data.patch import PATCH, SetField
from adwright.data.plan import CampaignPlan, Line
from adwright.data.words import both

from .workbench import small_plan

TODAY = date(2026, 11, 23)


@pytest.fixture
def plan() -> CampaignPlan:
    brief = Brief(
        product=Known(value=Product(name="木梳", category="beauty")),
        goal=Known(value="sales"),
        budget=Known(value=Money.of(20000, "CNY")),
        start=Known(value=date(2026, 12, 1)),
        days=Known(value=14),
        channels=Known(value=["douyin", "kuaishou", "xiaohongshu"]),
        audience=Known(value=AudienceAsk()),
        tone=Known(value="warm"),
        language=Known(value="zh"),
        order_value=Known(value=Money.of(99, "CNY")),
        margin=Known(value=Decimal("0.5")),
        today=TODAY,
    )
    rows = [("L1", "douyin", both("抖音信息流", "Douyin feed"), 10000), ("L2", "kuaishou", both("快手信息流", "Kuaishou feed"), 4000), ("L3", "xiaohongshu", both("小红书搜索", "Xiaohongshu search"), 6000)]  # fmt: skip
    lines = [Line.model_construct(id=i, channel=c, name=n, budget=Money.of(m, "CNY")) for i, c, n, m in rows]
    return CampaignPlan.model_construct(id="p", version=1, brief=brief, lines=lines, segments=[])


@pytest.mark.parametrize(
    ("text", "patches"),
    [
        ("预算降到1万", [{"action": "set_budget", "budget": {"amount": "10000.00", "currency": "CNY"}}]),
        ("预算加20%", [{"action": "scale_budget", "factor": "1.2"}]),
        ("再加5000预算", [{"action": "set_budget", "budget": {"amount": "25000.00", "currency": "CNY"}}]),
        ("抖音减20%", [{"action": "scale_channel", "channel": "douyin", "factor": "0.8"}]),
        ("cut douyin 20%", [{"action": "scale_channel", "channel": "douyin", "factor": "0.8"}]),
        (
            "把10%从快手挪到小红书",
            [{"action": "shift_budget", "source": "kuaishou", "target": "xiaohongshu", "share": "0.1", "money": None}],
        ),
        ("换成小红书", [{"action": "set_channels", "channels": ["xiaohongshu"]}]),
        ("再加上B站", [{"action": "set_channels", "channels": ["douyin", "kuaishou", "xiaohongshu", "bilibili"]}]),
        ("渠道里去掉快手", [{"action": "set_channels", "channels": ["douyin", "xiaohongshu"]}]),
        ("把快手换成微博", [{"action": "set_channels", "channels": ["douyin", "weibo", "xiaohongshu"]}]),
        ("语气改专业些", [{"action": "set_field", "field": "tone", "value": "professional"}]),
        ("延长一周", [{"action": "set_dates", "start": None, "days": 21}]),
        ("推迟3天", [{"action": "set_dates", "start": "2026-12-04", "days": None}]),
        ("目标ROI提到3", [{"action": "set_field", "field": "target_roas", "value": "3"}]),
        ("产品换成牛角梳", [{"action": "set_product", "product": "牛角梳", "category": None}]),
        ("人群改成25到40岁的女性", [{"action": "set_audience", "text": "25到40岁的女性", "age": [25, 40], "gender": "female"}]),
        ("第二条线给5000元", [{"action": "set_line_budget", "line": "L2", "budget": {"amount": "5000.00", "currency": "CNY"}}]),
        ("set L3 to 3000", [{"action": "set_line_budget", "line": "L3", "budget": {"amount": "3000.00", "currency": "CNY"}}]),
        ("抖音五成，快手三成，小红书两成", [{"action": "set_split", "split": {"douyin": "0.5", "kuaishou": "0.3", "xiaohongshu": "0.2"}}]),
    ],
)
def test_patches(plan: CampaignPlan, text: str, patches: list[dict[str, object]]) -> None:
    u = understand(text, (), TODAY, plan=plan)
    assert u.calls == ["revise_plan"]
    assert [PATCH.dump_python(p, mode="json") for p in u.patches] == patches


def test_several_patches(plan: CampaignPlan) -> None:
    u = understand("去掉快手，预算改成3万，再延长一周", (), TODAY, plan=plan)
    assert [p.action for p in u.patches] == ["set_channels", "set_budget", "set_dates"]


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("不对，是8万，加微博，占20%", "80000.00"),
        ("加上微博，占20%，预算8万", "80000.00"),
        ("预算改成3万，抖音减20%", "30000.00"),
        ("no, I meant 8k, and add weibo at 20%", "8000.00"),
        ("make the budget 8k and cut douyin by 20%", "8000.00"),
    ],
)
def test_a_total_beside_a_channels_share_is_kept(plan: CampaignPlan, text: str, total: str) -> None:
    u = understand(text, (), TODAY, plan=plan)
    patches = {p.action: PATCH.dump_python(p, mode="json") for p in u.patches}
    assert patches.pop("set_budget")["budget"]["amount"] == total
    assert set(patches) in ({"set_split"}, {"scale_channel"})


@pytest.mark.parametrize("text", ["抖音从1万降20%", "抖音预算减20%"])
def test_what_is_a_channels_own_is_no_total(plan: CampaignPlan, text: str) -> None:
    u = understand(text, (), TODAY, plan=plan)
    assert [p.action for p in u.patches] == ["scale_channel"]


def test_adding_weibo_is_no_goal(plan: CampaignPlan) -> None:
    assert "goal" not in understand("加微博占20%，预算改成8万", (), TODAY, plan=plan).slots


def test_undo_compare_explain(plan: CampaignPlan) -> None:
    undo, compare, why = (understand(t, (), TODAY, plan=plan) for t in ("撤销", "和上一版比较", "为什么选快手"))
    assert undo.undo and undo.calls == ["revise_plan"]
    assert compare.compare and compare.calls == ["revise_plan"]
    assert why.act == "explain" and why.calls == []


def test_a_new_request_is_not_an_edit(plan: CampaignPlan) -> None:
    u = understand("再给蜂蜜做个方案，预算5000，快手", (), TODAY, plan=plan)
    assert u.calls == ["make_plan"]
    assert u.patches == []
    assert u.in_force["product"] == "蜂蜜"


def test_negative_budget_makes_no_patch(plan: CampaignPlan) -> None:
    u = understand("预算改成-500", (), TODAY, plan=plan)
    assert u.behaviour in ("ask", "warn")
    assert u.calls == [] and u.patches == []


def test_slots_of_a_plan(plan: CampaignPlan) -> None:
    slots = slots_of_plan(plan)
    assert slots["split"] == {"douyin": 0.5, "kuaishou": 0.2, "xiaohongshu": 0.3}
    assert (slots["budget"], slots["end_date"]) == (20000, "2026-12-14")


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("客单价改成350元", "order_value", Money.of(350, "CNY")),
        ("把客单价调到¥420", "order_value", Money.of(420, "CNY")),
        ("毛利率改成45%", "margin", Decimal("0.45")),
        ("set the margin to 45%", "margin", Decimal("0.45")),
        ("the order value is 350", "order_value", Money.of(350, "CNY")),
    ],
)
def test_what_a_plan_assumes_is_set_by_one_plain_sentence(text: str, field: str, value: object) -> None:
    plan = small_plan("跑鞋", Money.of(50000, "CNY"), ["douyin"], 14, date(2026, 11, 23))
    found = understand(text, ["跑鞋方案，5万，抖音"], date(2026, 11, 23), plan=plan)
    assert found.act == "edit" and found.calls == ["revise_plan"]
    (patch,) = found.patches
    assert isinstance(patch, SetField) and patch.field == field and patch.value == value


@pytest.mark.parametrize("text", ["毛利率45%能赚多少", "客单价改成350%", "毛利率改成450%", "客单价多少合适"])
def test_a_question_or_an_impossible_value_sets_nothing(text: str) -> None:
    plan = small_plan("跑鞋", Money.of(50000, "CNY"), ["douyin"], 14, date(2026, 11, 23))
    assert not any(isinstance(p, SetField) for p in understand(text, ["跑鞋方案，5万，抖音"], date(2026, 11, 23), plan=plan).patches)
