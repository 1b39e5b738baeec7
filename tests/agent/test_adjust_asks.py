"""What daily results call for: how the question, the yes and the undo are read, and what a model may not do by itself."""

from __future__ import annotations

from datetime import date

import pytest

from adwright.agent.gates import check_edit
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.agent.turn import TurnContext

DAY = date(2026, 11, 23)
ASK = "今天的数据导进来了，明天怎么调？"
PLAN = "跑鞋推广方案，预算5万，两周"


@pytest.mark.parametrize(
    "text",
    [
        ASK,
        "today's data is in, what should I change tomorrow?",
        "日报传上来了，要不要调整？",
        "明天该怎么调",
        "根据今天的数据优化一下",
        "The results are in. How should we adjust?",
        "any changes for tomorrow?",
        "adjust the plan to the latest results",
    ],
)
@pytest.mark.parametrize("before", [(), (PLAN,)])
def test_the_question_asks_for_a_proposal(text: str, before: tuple[str, ...]) -> None:
    reading = understand(text, before, DAY)
    assert calls_for(reading, text, "CNY", planned=bool(before)) == [("revise_plan", {"adjust": "propose"})]


@pytest.mark.parametrize("text", ["按这个调", "好的，就按这个来", "按建议调整吧", "执行", "apply it", "OK, apply the changes", "do it"])
def test_a_yes_applies_only_what_was_just_proposed(text: str) -> None:
    reading = understand(text, (PLAN, ASK), DAY)
    assert calls_for(reading, text, "CNY", planned=True) == [("revise_plan", {"adjust": "apply"})]
    assert "adjust" not in understand(text, (PLAN,), DAY).extra
    assert "adjust" not in understand(text, (ASK, PLAN), DAY).extra


def test_undo_after_applying_is_the_plans_own() -> None:
    reading = understand("撤销", (PLAN, ASK, "按这个调"), DAY)
    assert reading.undo and calls_for(reading, "撤销", "CNY", planned=True) == [("revise_plan", {"undo": True})]


@pytest.mark.parametrize(
    "text",
    [
        "抖音减20%",
        "明天开始投",
        "这款鞋明天怎么定价",
        "文案怎么改",
        "change the headline",
        "预算改成3万",
        "明天有什么节日？",
        "make it 3k a day from tomorrow",
    ],
)
def test_other_messages_are_left_alone(text: str) -> None:
    assert "adjust" not in understand(text, (PLAN,), DAY).extra


@pytest.mark.parametrize(("said", "args", "refused"), [
    (ASK, {"adjust": "propose"}, False),
    (ASK, {"adjust": "apply"}, True),
    ("抖音减20%", {"adjust": "apply"}, True),
    (ASK, {}, True),
])  # fmt: skip
def test_a_model_neither_proposes_nor_applies_unasked(said: str, args: dict[str, str], refused: bool) -> None:
    reading = understand(said, (PLAN,), DAY)
    context = TurnContext(thread="t", said=said, words=(PLAN, said), reading=reading, language="zh", today=DAY, currency="CNY")
    refusal = check_edit(args, context, None)
    assert (refusal is not None) is refused
