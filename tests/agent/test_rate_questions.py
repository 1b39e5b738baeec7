"""Questions about the rates of a plan's creatives: understood in both languages, answered from the model, every figure known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.guard import judge
from adwright.agent.known import known_to
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.rate_questions import hour_in
from adwright.agent.planner.understand import understand
from adwright.data.workspace import Workspace
from adwright.tools.response.response import Response

TODAY = date(2026, 11, 23)
PLAN = {"zh": "帮我做一个5万元的跑鞋上新投放计划，抖音和小红书，两周", "en": "plan me a 50k campaign for the spring running-shoe launch"}
ASKED = [
    ("为什么这条素材点击率更高？", "predict_ctr", {"ask": "why"}),
    ("为什么第一条比第三条点击率高", "predict_ctr", {"ask": "why", "creative": 1, "against": 3}),
    ("为什么抖音最后一条标题的点击率这么低", "predict_ctr", {"ask": "why", "channel": "douyin", "creative": -1}),
    ("为啥第二条文案转化率高", "predict_cvr", {"ask": "why", "creative": 2}),
    ("why does the first headline get a higher CTR?", "predict_ctr", {"ask": "why", "creative": 1}),
    ("why is headline 3 better than headline 2 in CTR?", "predict_ctr", {"ask": "why", "creative": 3, "against": 2}),
    ("换成晚上9点投会怎样", "predict_ctr", {"ask": "what_if", "hour": 21}),
    ("如果周五中午12点投点击率会更高吗", "predict_ctr", {"ask": "what_if", "hour": 12, "weekday": 4}),
    ("换成微博点击率会怎么样", "predict_ctr", {"ask": "what_if", "channel": "weibo"}),
    ("what if we run it at 9 pm?", "predict_ctr", {"ask": "what_if", "hour": 21}),
    ("what would happen to the conversion rate at noon?", "predict_cvr", {"ask": "what_if", "hour": 12}),
]
# These stay what they were: figures of the plan, edits, no question at all.
OTHERS = [
    "点击率是怎么算的？",
    "为什么抖音的点击率这么高",
    "百度的点击成本为什么这么高？",
    "第二条文案再活泼一点",
    "预算提高到8万会怎样",
    "where does the CTR come from?",
    "make the first headline shorter",
    "what if we cut Instagram by 20%?",
]


@pytest.mark.parametrize(("said", "tool", "args"), ASKED)
def test_questions_of_rates_become_calls_of_the_model(said: str, tool: str, args: dict) -> None:
    reading = understand(said, [PLAN["zh"]], TODAY)
    assert reading.act == "explain" and not reading.patches
    assert calls_for(reading, said, "CNY", planned=True) == [(tool, args)]
    assert calls_for(reading, said, "CNY", planned=False) == []


@pytest.mark.parametrize("said", OTHERS)
def test_other_messages_are_not_taken_for_one(said: str) -> None:
    assert "rate_question" not in understand(said, [PLAN["zh"]], TODAY).extra


@pytest.mark.parametrize("said", [said for said, _, _ in ASKED])
def test_without_a_plan_nothing_is_explained(said: str) -> None:
    assert "rate_question" not in understand(said, (), TODAY).extra


@pytest.mark.parametrize(
    ("said", "hour"),
    [("晚上9点", 21), ("晚上九点半", 21), ("上午10点", 10), ("中午12点", 12), ("凌晨两点", 2), ("21点", 21), ("at 9 pm", 21), ("12am", 0), ("9:30 p.m.", 21), ("晚上9:30", 21),
     ("at noon", 12), ("18:30", 18), ("晚上12点", 0), ("点击率", None), ("3点击", None), ("25点", None), ("13 pm", None), ("the 9th", None)],
)  # fmt: skip
def test_hours_of_day(said: str, hour: int | None) -> None:
    assert hour_in(said) == hour


@pytest.fixture(scope="module")
def assistant(shop: Workspace) -> Iterator[Assistant]:
    assert Response.ready(shop).model is not None
    yield Assistant(shop, today=TODAY)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "为什么这条素材点击率更高？"), ("zh", "为什么第一条比第三条点击率高"), ("zh", "换成晚上9点投会怎样"), ("zh", "换成微博点击率会怎么样"),
     ("en", "why does the first headline get a higher CTR?"), ("en", "what if we run it at 9 pm?")],
)  # fmt: skip
def test_the_answer_is_the_models_and_every_figure_is_known(language: str, said: str, assistant: Assistant) -> None:
    thread = f"rates-{language}"
    if assistant.workspace.records.current(thread) is None:
        assistant.chat(PLAN[language], thread)
    before = assistant.workspace.records.current(thread)
    reply = assistant.chat(said, thread)
    assert [call.tool for call in reply.tool_calls] == ["predict_ctr"] and reply.tool_calls[0].ok
    assert assistant.workspace.records.current(thread) == before, "a question changes nothing"
    model = Response.load(assistant.workspace).model
    assert model is not None and model.version in reply.text
    assert len(re.findall(r"\d\.\d\d%", reply.text)) >= 2
    causes = reply.text.count("不是因果证明") + reply.text.count("not proof of cause")
    assert causes <= 1 and (causes == 1 or "看不出" in reply.text or "no noticeable difference" in reply.text)
    assert before is not None
    verdicts = judge(reply.text, known_to([PLAN[language], said], reply.tool_calls, [before]))
    assert not [v.mention.written for v in verdicts if v.wrong]
    assert "None" not in reply.text and "{" not in reply.text


@pytest.mark.slow
def test_a_creative_the_plan_does_not_have_is_said(assistant: Assistant) -> None:
    thread = "rates-zh"
    if assistant.workspace.records.current(thread) is None:
        assistant.chat(PLAN["zh"], thread)
    reply = assistant.chat("为什么第九条的点击率高", thread)
    assert "没有这一条素材" in reply.text


@pytest.mark.slow
def test_every_creative_of_a_plan_has_its_own_rate_from_the_model(assistant: Assistant) -> None:
    thread = "rates-zh"
    if assistant.workspace.records.current(thread) is None:
        assistant.chat(PLAN["zh"], thread)
    plan = assistant.workspace.records.current(thread)
    assert plan is not None
    for creative in plan.creatives:
        assert creative.ctr is not None and creative.ctr.source == "model" and creative.ctr.evidence[0].startswith("model:")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "cause"), [("抖音跑鞋晚上9点投，点击率大概多少？", "不是因果证明"), ("what CTR can I expect for running shoes on Instagram at 9 pm?", "not proof of cause")]
)  # fmt: skip
def test_a_predicted_rate_comes_with_its_drivers(said: str, cause: str, assistant: Assistant) -> None:
    reply = assistant.chat(said, f"rate-{cause}")
    call = reply.tool_calls[0]
    assert call.tool == "predict_ctr" and call.args["hour"] == 21 and call.artifact is not None
    assert call.artifact.data["drivers"] and cause in reply.text
    assert not [v.mention.written for v in judge(reply.text, known_to([said], reply.tool_calls, [])) if v.wrong]


@pytest.mark.parametrize("text", ["why is the CTR of this creative higher?", "为什么这条素材点击率更高？"])
@pytest.mark.parametrize("before", [[], ["where is my order 1024?"]])
def test_without_a_plan_no_creative_is_explained(text: str, before: list[str]) -> None:
    found = understand(text, before, date(2026, 11, 23))
    assert found.tools == ["none"] and found.behaviour == "ask" and found.missing == ["product", "budget"]
