"""Is another budget worth it, what does a goal need: read as questions that change nothing, while plain changes stay edits."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.data.workspace import Workspace

DAY = date(2026, 11, 23)
PLAN = ["双十二想推一波扫地机器人，预算5万"]


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("预算从5万加到8万值得吗？", {"budget_from": "50000", "budget_to": "80000"}),
        ("预算加到8万，有必要吗", {"budget_from": "50000", "budget_to": "80000"}),
        ("再加3万能多卖多少", {"budget_from": "50000", "budget_to": "80000"}),
        ("少花1万会怎样", {"budget_from": "50000", "budget_to": "40000"}),
        ("预算翻倍划算吗", {"budget_from": "50000", "budget_to": "100000"}),
        ("预算加20%值不值", {"budget_from": "50000", "budget_to": "60000.00"}),
        ("5万和8万哪个划算", {"budget_from": "50000", "budget_to": "80000"}),
        ("is it worth raising the budget from $50k to $80k?", {"budget_from": "50000", "budget_to": "80000", "currency": "USD"}),
        ("should I add another 20k?", {"budget_from": "50000", "budget_to": "70000"}),
        ("what would I get if I cut the budget by half?", {"budget_from": "50000", "budget_to": "25000"}),
        ("what budget do I need for 2M revenue at ROAS 3?", {"revenue_goal": "2000000", "target_roas": 3}),
        ("做到200万销售额要多少预算", {"revenue_goal": "2000000"}),
        ("想卖500单，要花多少钱", {"orders_goal": 500}),
        ("how much should I spend to get 500 orders?", {"orders_goal": 500}),
        ("ROAS保3最多能花多少", {"target_roas": 3}),
    ],
)
def test_a_question_about_the_size_becomes_one_call(text: str, args: dict[str, Any]) -> None:
    found = understand(text, PLAN, DAY)
    assert found.tools == ["size_budget"] and found.behaviour == "do" and not found.patches
    ((tool, asked),) = calls_for(found, text, "CNY", planned=True)
    assert tool == "size_budget" and asked == {"currency": "CNY"} | args
    assert all(text[a:b].strip() for places in found.spans.values() for a, b in places)


@pytest.mark.parametrize(
    "text",
    ["预算加到8万", "预算降到1万", "再加3万", "double the budget", "set the budget to 80k", "跑鞋投放计划，预算5万，值得信赖的语气", "这款鞋定多少钱合适？",
     "把3万元分到抖音和小红书怎么分划算", "上周花了8000卖了24000值不值", "给跑鞋做个计划，5万"],
)  # fmt: skip
def test_other_messages_stay_what_they_are(text: str) -> None:
    assert "size_budget" not in understand(text, PLAN, DAY).tools


def test_a_comparison_without_any_budget_in_force_is_not_guessed() -> None:
    assert "size_budget" not in understand("预算翻倍划算吗", [], DAY).tools


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("预算从5万加到8万值得吗？", ("¥50,000 加到 ¥80,000", "赚回来的概率", "4,000 次模拟")),
        ("what budget do I need for 2M revenue at ROAS 3?", ("¥2,000,000", "ROAS of 3.00", "4,000 simulations")),
        ("想卖500单，要花多少钱", ("500 单", "盈利概率", "达到目标的概率")),
        ("how much can I spend at most to keep a ROAS of 9?", ("out of reach", "9.00")),
    ],
)
def test_the_answer_has_its_range_and_leaves_the_plan_alone(shop: Workspace, text: str, told: tuple[str, ...]) -> None:
    assistant = Assistant(shop, today=DAY)
    thread = f"size: {text}"
    assistant.chat(PLAN[0], thread)
    before = shop.records.current(thread)
    answer = assistant.chat(text, thread).text
    assert all(part in answer for part in told), answer
    assert shop.records.current(thread) == before
