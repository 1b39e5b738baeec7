"""Suppositions, reports and risks: answered from the plan in force, which stays as it is until it is told to change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.planner.normalise import read
from adwright.agent.planner.supposed import supposition
from adwright.agent.planner.understand import understand
from adwright.data.workspace import Workspace

DAY = date(2026, 11, 30)
PLAN = ["双十二推扫地机器人，预算十二万，抖音和小红书"]


@pytest.fixture(scope="module")
def thread(shop: Workspace) -> Iterator[tuple[Assistant, str]]:
    assistant = Assistant(shop, today=DAY)
    assistant.chat(PLAN[0], thread="supposed")
    yield assistant, "supposed"


@pytest.mark.parametrize(
    ("said", "patches", "market"),
    [
        ("如果预算砍半呢？先别改方案，就问问", ["scale_budget"], {}),
        ("那假如去掉小红书呢", ["set_channels"], {}),
        ("要是开始时间推迟一周会怎么样", ["set_dates"], {}),
        ("如果客单价提到3000呢", ["set_field"], {}),
        ("如果毛利率只有30%呢", ["set_field"], {}),
        ("suppose we dropped Douyin", ["set_channels"], {}),
        ("don't change anything yet, but how would it look if we dropped Douyin?", ["set_channels"], {}),
        ("what if the order value went up to ¥3000?", ["set_field"], {}),
        ("万一点击贵两成呢", [], {"click_price": "1.2"}),
        ("what if clicks get 20% dearer?", [], {"click_price": "1.2"}),
        ("要是转化率掉一半会怎样？", [], {"conversion_rate": "0.5"}),
        ("what if conversion drops by half?", [], {"conversion_rate": "0.5"}),
    ],
)
def test_a_supposition_is_read_and_changes_nothing(
    thread: tuple[Assistant, str], said: str, patches: list[str], market: dict[str, str]
) -> None:
    assistant, name = thread
    plan = assistant.workspace.records.current(name)
    assert plan is not None
    found = understand(said, PLAN, DAY, plan=plan)
    asked = dict(found.extra["trying"])
    assert found.tools == ["try_plan"] and found.behaviour == "do" and not found.patches
    assert [patch["action"] for patch in asked.pop("patches")] == patches
    assert {key: float(value) for key, value in asked.items()} == {key: float(value) for key, value in market.items()}


@pytest.mark.parametrize(
    "said",
    [
        "预算降到1万",
        "如果可以的话，把预算改成8万",
        "what if we run it at 9 pm?",
        "what if I halve the budget?",
        "预算从5万加到8万值得吗？",
        "不要改标题",
    ],
)
def test_what_is_no_supposition(thread: tuple[Assistant, str], said: str) -> None:
    plan = thread[0].workspace.records.current(thread[1])
    assert "try_plan" not in understand(said, PLAN, DAY, plan=plan).tools


def test_an_answer_to_an_open_question_is_no_supposition() -> None:
    assert understand("如果5万呢", ["给跑鞋做个投放方案"], DAY).tools != ["try_plan"]


def test_taking_a_supposition_makes_the_change(shop: Workspace) -> None:
    assistant = Assistant(shop, today=DAY)
    assistant.chat(PLAN[0], thread="taken")
    before = shop.records.current("taken")
    assert before is not None
    told = assistant.chat("如果预算砍半呢？先别改", thread="taken")
    assert shop.records.current("taken") == before and "计划没有改动" in told.text and told.suggestions[0] == "就这么改"
    supposed = {row["figure"]: row["after"]["value"] for row in told.artifacts[0].data["trying"]["figures"]}
    assistant.chat("就这么改", thread="taken")
    after = shop.records.current("taken")
    assert after is not None and after.version == 2 and after.total.amount * 2 == before.total.amount
    assert str(after.forecast.orders.value) == supposed["orders"], "the edit shows the numbers that were told"


def test_market_and_channels_are_asked_apart(thread: tuple[Assistant, str]) -> None:
    from adwright.data.errors import AdwrightError
    from adwright.data.patch import SetChannels
    from adwright.tools.plan.try_plan import TryPlan, try_plan

    assistant, name = thread
    plan = assistant.workspace.records.current(name)
    assert plan is not None
    asked = {"plan_id": plan.id, "version": plan.version, "today": DAY}
    for wrong, code in (({"patches": [SetChannels(channels=["douyin"])], "click_price": "1.2"}, "market-alone"), ({}, "nothing-to-try")):
        with pytest.raises(AdwrightError) as raised:
            try_plan(assistant.workspace, TryPlan.model_validate(asked | wrong))
        assert raised.value.code == code
    dear = try_plan(assistant.workspace, TryPlan.model_validate(asked | {"click_price": "1.5"})).artifact
    assert dear is not None
    rows = {row["figure"]: row for row in dear.data["trying"]["figures"]}
    assert float(rows["orders"]["after"]["value"]) < float(rows["orders"]["before"]["value"])
    assert assistant.workspace.records.current(name) == plan


@pytest.mark.parametrize(
    ("said", "sentences", "begins"),
    [
        ("写一段给老板的汇报，三句话", 3, "计划用 ¥120,000"),
        ("总结一下这个方案", 4, "计划用 ¥120,000"),
        ("发一封邮件给老板说明这个计划", 4, "主题："),
        ("write an email to my business partner explaining this plan in 2 sentences", 2, "Subject: "),
        ("explain this plan to my team in two lines", 2, "The plan spends ¥120,000"),
        ("tldr?", 4, "The plan spends"),
    ],
)
def test_a_report_is_of_the_plan_and_as_short_as_asked(thread: tuple[Assistant, str], said: str, sentences: int, begins: str) -> None:
    assistant, name = thread
    plan = assistant.workspace.records.current(name)
    answer = assistant.chat(said, thread=name)
    assert answer.text.startswith(begins) and not answer.artifacts
    assert plan is not None and plan.forecast.orders.text("en") in answer.text
    body = max(answer.text.split("\n"), key=len)
    ends = body.count("。") if "。" in body else len(re.findall(r"\.(?= [A-Z]|$)", body))
    assert ends == sentences
    assert assistant.workspace.records.current(name) == plan


@pytest.mark.parametrize("said", ["这个方案有什么风险", "what could go wrong?", "what are the main risks?"])
def test_risks_name_the_loss_and_what_decides_it(thread: tuple[Assistant, str], said: str) -> None:
    assistant, name = thread
    plan = assistant.workspace.records.current(name)
    assert plan is not None
    language = "zh" if "风险" in said else "en"
    text = assistant.chat(said, thread=name).text
    assert plan.forecast.drivers[0].pick(language) in text
    assert f"{100 * (1 - plan.forecast.p_profit.value):.2f}%" in text


def test_who_is_written_to_is_not_what_is_sold() -> None:
    found = understand("给团队写三条小红书文案", PLAN, DAY)
    assert found.tools == ["draft_copy"] and "product" not in found.slots and "扫地机器人" in found.in_force["product"]
    assert understand("给老板椅写三条小红书文案", [], DAY).slots["product"] == "老板椅"


def test_past_campaigns_are_looked_up_when_asked_how_they_did(thread: tuple[Assistant, str]) -> None:
    plan = thread[0].workspace.records.current(thread[1])
    for said in ("how did my last campaigns on Instagram do?", "上次在抖音投得怎么样"):
        assert understand(said, PLAN, DAY, plan=plan).tools == ["search_campaigns"]


def test_words_of_supposing_are_set_aside() -> None:
    from adwright.agent.planner.scan import scan

    found = supposition(scan("如果预算砍半呢？先别改方案，就问问", DAY))
    assert found is not None and found.edit == "预算砍半" and read(found.edit).plain == found.edit
