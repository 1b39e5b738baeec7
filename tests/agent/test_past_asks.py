"""Questions about the shop's own past become one search, and nothing that plans, writes or predicts does."""

from __future__ import annotations

from datetime import date

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.data.workspace import Workspace

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("what worked for us on Douyin last winter?", {"channel": "douyin"}),
        ("去年冬天抖音上什么效果好？", {"channel": "douyin"}),
        ("What did well on TikTok last summer?", {"channel": "tiktok"}),
        ("上次双11淘宝卖得怎么样？", {"channel": "taobao"}),
        ("最近三个月哪些投放效果最差？", {}),
        ("我们以前在抖音投过什么？", {"channel": "douyin"}),
        ("which channel worked best for running shoes last year?", {}),
        ("小红书上哪种文案效果好？", {"channel": "xiaohongshu", "kind": "creative"}),
        ("哪种标题点击率最高？", {"kind": "creative"}),
        ("What flopped on Weibo this year?", {"channel": "weibo"}),
    ],
)
def test_the_past_is_asked_for(text: str, args: dict[str, str]) -> None:
    u = understand(text, (), TODAY)
    assert (u.tools, u.behaviour) == (["search_campaigns"], "do")
    ((name, given),) = calls_for(u, text, "CNY")
    assert name == "search_campaigns" and {k: v for k, v in given.items() if k != "query"} == args


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("跑鞋方案，3万，抖音，参考去年效果好的", "make_plan"),
        ("写三条效果好的跑鞋文案", "draft_copy"),
        ("按渠道看一下去年的ROI", "compute_roi"),
        ("where is my order 1024?", "customer_service"),
    ],
)
def test_what_else_is_asked_stays_what_it_is(text: str, tool: str) -> None:
    assert understand(text, (), TODAY).tools[0] == tool


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("去年冬天抖音上什么效果好？", ("2025–26 年冬季", "折算")),
        ("what worked for us on Douyin last winter?", ("winter 2025–26", "adjusted")),
    ],
)
def test_the_answer_cites_campaigns_and_outcomes(shop: Workspace, text: str, words: tuple[str, str]) -> None:
    reply = Assistant(shop, today=TODAY).chat(text, thread=text)
    items = reply.artifacts[-1].data["items"]
    assert items and all(f"[{item['id']}]" in reply.text for item in items[:5]) and all(word in reply.text for word in words)


def test_a_draft_for_a_customer_shows_its_sources(shop: Workspace) -> None:
    row = shop.warehouse.frame("SELECT order_id, title FROM orders WHERE quantity > 0 ORDER BY order_id DESC LIMIT 1").iloc[0]
    reply = Assistant(shop, today=TODAY).chat(f"a customer asks where is order {row.order_id}", thread="service")
    draft = next(line for line in reply.text.splitlines() if line.startswith("> "))
    assert row.order_id in draft and row.title not in draft and "For your eyes only" in reply.text and row.title in reply.text
