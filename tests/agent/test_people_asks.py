"""Who should see a campaign, and handing a group to an ad platform: certain words become one call, other messages stay what they are."""

from __future__ import annotations

from datetime import date

import pytest

from adwright.agent.consent import consent
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand

DAY = date(2026, 11, 30)
PLAN = ["双十二想推一波扫地机器人，预算十二万"]


@pytest.mark.parametrize(
    ("text", "platform", "group"),
    [
        ("把沉睡客户导出到千川", "qianchuan", "沉睡客户"),
        ("把沉睡客户导出到千川人群包", "qianchuan", "沉睡客户"),
        ("导出忠实客户人群包给达摩盘", "dmp", "忠实客户"),
        ("把第二类人群上传到抖音", "qianchuan", "第二类"),
        ("export the loyal customers for Google", "google", "loyal customers"),
        ("upload our lapsed buyers to Meta as a custom audience", "meta", "lapsed buyers"),
        ("export group 2 to TikTok", "tiktok", "group 2"),
        ("make a custom audience file for facebook from the weekend shoppers", "meta", "weekend shoppers"),
    ],
)
def test_a_group_for_a_platform_becomes_one_export(text: str, platform: str, group: str) -> None:
    for before in ([], PLAN):
        found = understand(text, before, DAY)
        assert found.tools == ["export_audience"] and found.behaviour == "do"
        ((tool, args),) = calls_for(found, text, "CNY", planned=bool(before))
        assert tool == "export_audience" and args["platform"] == platform and args["segment"] == group


def test_an_export_without_a_platform_asks_for_it_and_the_answer_is_understood() -> None:
    found = understand("把沉睡客户导出成人群包", [], DAY)
    assert found.behaviour == "ask" and found.missing == ["platform"] and found.calls == []
    for option in found.options:
        answered = understand(option.zh, ["把沉睡客户导出成人群包"], DAY)
        assert answered.tools == ["export_audience"] and answered.extra["platform"] and "沉睡客户" in answered.extra["segment"]
        english = understand(option.en, [], DAY)
        assert english.extra["platform"] == answered.extra["platform"]


@pytest.mark.parametrize(
    "text", ["who should see this campaign and why", "这个活动该给谁看，为什么", "投给哪些人最合适？", "which customers should we target?"]
)
def test_who_should_see_the_plan_is_asked_of_the_segments(text: str) -> None:
    found = understand(text, PLAN, DAY)
    assert found.tools == ["segment_users"] and found.behaviour == "do"
    ((tool, args),) = calls_for(found, text, "CNY", planned=True)
    assert tool == "segment_users" and args["product"] == "扫地机器人"


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("跑鞋该推给谁", "跑鞋"),
        ("who should I target for running shoes", "running shoes"),
        ("who should see white hanging heart t-light holders and why", "white hanging heart t-light holders"),
    ],
)
def test_who_should_see_a_product_names_it(text: str, product: str) -> None:
    found = understand(text, [], DAY)
    assert found.tools == ["segment_users"] and found.slots == {"product": product}


@pytest.mark.parametrize(
    "text",
    [
        "导出计划",
        "download the plan",
        "给老客户推广，发短信",
        "push running shoes to loyal customers on google",
        "目标人群改成宝妈",
        "推给年轻人看",
        "这条文案该给谁看",
        "who should i hire",
        "导出到谷歌表格的计划",
        "不要导出人群",
        "跑鞋该推给谁，预算3万",
    ],
)
def test_other_messages_are_left_alone(text: str) -> None:
    for before in ([], PLAN):
        assert "export_audience" not in understand(text, before, DAY).tools


@pytest.mark.parametrize("text", ["把所有客户的手机号发给我", "email me the customer list", "给我导出客户的手机号和邮箱"])
def test_nobody_gets_addresses_by_asking(text: str) -> None:
    assert "export_audience" not in understand(text, [], DAY).tools


def test_the_words_of_consent_name_the_step() -> None:
    assert consent("确认导出", "export_audience") == "approve"
    assert consent("不要导出", "export_audience") == "reject"
    assert consent("开始训练", "export_audience") == "unclear"
