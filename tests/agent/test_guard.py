"""Figures without a source are found, figures said of the wrong thing too; figures that only look different are let through."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.agent.assistant import Assistant
from adwright.agent.events import Done, Notice, ToolCall
from adwright.agent.facts import Fact
from adwright.agent.figures import figures
from adwright.agent.guard import judge, unknown_figures
from adwright.agent.known import Known, known_to
from adwright.agent.mending import mended
from adwright.agent.rehearsal.server import Speaker, calls, says
from adwright.data.brief import Product
from adwright.data.money import Money
from adwright.data.plan import CampaignPlan
from adwright.data.result import Artifact
from adwright.data.words import both
from adwright.data.workspace import Workspace

from .workbench import small_plan, tools

TODAY = date(2026, 11, 23)


def plan_of(budget: str = "50000") -> CampaignPlan:
    """A plan with 27,000 for Douyin and 23,000 for Xiaohongshu; every order costs 100 and brings 250."""
    plan = small_plan("跑鞋", Money.of(budget, "CNY"), ["douyin", "xiaohongshu"], 14, TODAY)
    one, two = plan.lines
    update = {"budget": Money.of("27000", "CNY"), "orders": one.orders.model_copy(update={"value": Decimal(270)})}
    other = {"budget": Money.of("23000", "CNY"), "orders": one.orders.model_copy(update={"value": Decimal(230)})}
    return plan.model_copy(update={"lines": [one.model_copy(update=update), two.model_copy(update=other)]})


@pytest.fixture(scope="module")
def known() -> Known:
    return known_to(["预算5万元，投两周"], [], [plan_of()])


def test_the_budget_is_the_merchants_even_where_its_currency_is_assumed() -> None:
    plan = plan_of()
    budget = plan.brief.budget.model_copy(update={"how": "assumed", "why": both("币种未说。", "Currency was not stated.")})
    known = known_to(["预算五万"], [], [plan.model_copy(update={"brief": plan.brief.model_copy(update={"budget": budget})})])
    (verdict,) = judge("投入 ¥50,000。", known)
    assert verdict.fact is not None
    assert verdict.fact.source == "you"


RIGHT = [
    "预计 500 单，ROAS 2.50，点击率 1.25%，CPA ¥100。抖音点击率 1.25%。",
    "投入 ¥50,000.00（5万元），收入 12.5万，ROAS 2.5。",
    "An estimated 500 orders from ¥50k, ROAS 2.5x.",
    "11月30日开始，到 2026-12-13 结束；1. 先看两个渠道 2. 再看三条文案。",
    "共 14 天里有 2 个渠道，主要 3 个理由。",
    "图片 1080x1920，第 2 版，P10–P90。",
    "五万元预算，五百单。",
    "抖音 27,000 元（54%），小红书 23,000 元（46%）。",
    "抖音比小红书多 ¥4,000，是它的 1.17 倍。",
    "Douyin and Xiaohongshu get ¥27,000 and ¥23,000 respectively.",
    "| 渠道 | 预算 | 成交 |\n|---|---|---|\n| 抖音 | ¥27,000 | 270 |\n| 小红书 | ¥23,000 | 230 |\n| 合计 | ¥50,000 | 500 |",
    "预计成交 500 单（400–600），盈利概率 71%，每天 ¥3,571.43。",
    "约 200 万次曝光，预计多成交 7 单。",
]
WRONG = [
    ("预计430单。", "430"),
    ("ROAS 4.1。", "4.1"),
    ("投入 ¥500,000。", "¥500,000"),
    ("投入 50,000万元。", "50,000万元"),
    ("点击率 12.3%。", "12.3%"),
    ("预算 8万元。", "8万元"),
    ("预算 $50,000。", "$50,000"),
    ("ROAS 5", "5"),
    ("ROI -0.5", "0.5"),
    ("抖音预算 ¥23,000。", "¥23,000"),
    ("抖音预算 ¥50,000。", "¥50,000"),
    ("小红书：270 单。", "270"),
    ("Douyin and Xiaohongshu get ¥23,000 and ¥27,000 respectively.", "¥23,000"),
    ("| 渠道 | 预算 |\n|---|---|\n| 抖音 | ¥23,000 |", "¥23,000"),
    ("12月3日开始。", "12月3日"),
    ("2027年12月13日结束", "2027年12月13日"),
    ("预计少成交 7 单。", "7"),
    ("共 7 天。", "7"),
    ("预计六百三十单。", "六百三十"),
    ("about eight hundred orders", "eight hundred"),
    ("收入 １２３４５６ 元", "123456 元"),
]


@pytest.mark.parametrize("answer", RIGHT)
def test_right_answers_pass(answer: str, known: Known) -> None:
    assert [item.written for item in unknown_figures(answer, known)] == []


@pytest.mark.parametrize(("answer", "wrong"), WRONG)
def test_wrong_figures_are_found(answer: str, wrong: str, known: Known) -> None:
    assert wrong in [item.written for item in unknown_figures(answer, known)]


def test_a_computed_figure_needs_its_operands_and_a_word(known: Known) -> None:
    call = ToolCall(
        id="c",
        tool="recommend_products",
        args={},
        artifact=Artifact(kind="text", title=both("价格", "Prices"), data={"zh": "甲 ¥149，乙 ¥169", "en": "A ¥149, B ¥169"}),
    )
    priced = known_to([], [call], [])
    assert not unknown_figures("甲 ¥149，乙 ¥169，合计 ¥318。", priced)
    assert [item.written for item in unknown_figures("甲 ¥149，乙 ¥169。丙 ¥318。", priced)] == ["¥318"]
    assert [item.written for item in unknown_figures("甲 ¥149，乙 ¥169，合计 ¥320。", priced)] == ["¥320"]


@settings(max_examples=150, deadline=None)
@given(st.decimals(min_value=Decimal("13.37"), max_value=Decimal(9_000_000), places=2), st.sampled_from(["{:,}", "{}", "¥{:,}", "${}"]))
def test_any_known_figure_is_known_in_any_dress(value: Decimal, dress: str) -> None:
    assert not unknown_figures(f"result: {dress.format(value)}.", Known((Fact(value),), {}))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_and_every_figure_stands_where_it_says(text: str) -> None:
    for item in figures(text):
        assert 0 <= item.start < item.end <= len(text)


def test_planted_figures_are_found() -> None:
    draw = random.Random(7)
    for _ in range(300):
        right = [draw.randint(20, 90_000) for _ in range(5)]
        wrong = draw.randint(20, 90_000)
        while any(abs(wrong - value) < 2 for value in right):
            wrong = draw.randint(20, 90_000)
        answer = f"预计 {right[0]:,} 次点击，{right[1]} 单，投入 ¥{right[2]:,}，其中抖音 {wrong:,} 元。"
        assert any(item.value == wrong for item in unknown_figures(answer, Known(tuple(Fact(Decimal(v)) for v in right), {})))


def test_only_the_sentence_with_the_wrong_figure_gives_way(known: Known) -> None:
    text = "预算 ¥50,000。\n- 抖音 ¥27,000\n- 预计 888 单\n\n| 渠道 | 成交 |\n|---|---|\n| 抖音 | 270 |\n| 小红书 | 999 |\n"
    done = mended(text, judge(text, known), ["计划里的数字：成交单数 500。"])
    assert "888" not in done and "999" not in done and "| 抖音 | 270 |" in done and "- 计划里的数字：成交单数 500。" in done
    assert mended("预计 888 单。", judge("预计 888 单。", known), ["计划。"]) == ""


@pytest.fixture
def shop_here(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "shop", create=True, name="测试店") as workspace:
        yield workspace


def test_a_model_is_asked_once_and_then_its_sentence_is_replaced(shop_here: Workspace, speaker: Speaker) -> None:
    good = {"product": "跑鞋", "budget": 50000, "currency": "CNY", "days": 14, "channels": ["douyin", "xiaohongshu"]}
    ask = "给跑鞋做一个5万元的投放计划，抖音和小红书，两周"
    helper = Assistant(shop_here, model=speaker.model(), today=TODAY, tools=tools())
    speaker.script = [
        calls(("make_plan", good)),
        says("计划排好了，投入 ¥50,000。预计 88,888 单。"),
        says("计划排好了，投入 ¥50,000。预计 500 单。"),
    ]
    events = list(helper.stream(ask, "a"))
    assert isinstance(events[-1], Done) and events[-1].text == "计划排好了，投入 ¥50,000。预计 500 单。"
    assert "88,888" in speaker.asked[-1]["messages"][-1]["content"] and not any(isinstance(event, Notice) for event in events)
    speaker.script, speaker.asked = [calls(("make_plan", good)), says("计划排好了，投入 ¥50,000。预计 88,888 单。")], []
    events = list(helper.stream(ask, "b"))
    done = events[-1]
    assert (
        isinstance(done, Done) and done.text.startswith("计划排好了，投入 ¥50,000。") and "88,888" not in done.text and "500" in done.text
    )
    assert len(speaker.asked) == 3 and any("查不到出处" in event.text.zh for event in events if isinstance(event, Notice))


def test_a_price_of_the_catalogue_is_the_merchants_own_figure() -> None:
    product = Product(name="羽绒服", category="apparel", price=Money.of(329, "CNY"))
    artifact = Artifact(
        kind="copy", title=both("文案", "Copy"), data={"items": [], "product": product.model_dump(mode="json")}, source=["catalogue"]
    )
    call = ToolCall(id="c", tool="draft_copy", args={}, artifact=artifact)
    (fact,) = [verdict.fact for verdict in judge("羽绒服标价 ¥329。", known_to([], [call], []))]
    assert fact is not None and fact.source == "you"
