"""A plan's copy by a configured model over a loopback endpoint: used, repaired, refused, waited for, and said; offline nothing changes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from adwright.agent.rehearsal.server import Request, Speaker, says, stalls
from adwright.data import knowledge
from adwright.data.brief import Product
from adwright.data.money import Money
from adwright.data.patch import SetBudget
from adwright.data.plan import CampaignPlan, Creative
from adwright.data.words import Words
from adwright.data.workspace import Workspace
from adwright.tools.creative.channel_copy import ChannelAsk, channel_copy
from adwright.tools.creative.copy import write_copy
from adwright.tools.plan.export_zip import copy_table
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.tools.plan.revise import RevisePlan, revise_plan

TODAY = date(2026, 11, 23)
SHOE = Product(id="x1", name="云步 跑鞋", noun_zh="跑鞋", category="sports", facts_zh=["单只重 218 克", "透气网面鞋面", "30 天可换尺码"])
DRAFTS = [
    {"headline": ["218 克，出门就跑"], "body": ["透气网面鞋面，单只重 218 克。30 天可换尺码，慢慢试。"]},
    {"headline": ["下班后的五公里"], "body": ["鞋面是透气网面，拿在手里 218 克，跑完再决定也不迟。"]},
]
ASKS = [ChannelAsk(knowledge.channel("douyin"), "zh", cites=("C001",)), ChannelAsk(knowledge.channel("weibo"), "zh")]


def answers(value: Any) -> Any:
    return says(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def ask(shop: Workspace, asks: list[ChannelAsk] = ASKS, **more: Any) -> tuple[dict[str, list[Creative]], list[Words]]:
    return channel_copy(shop, SHOE, asks, 2, **more)


def texts(made: dict[str, list[Creative]]) -> str:
    return "\n".join(item.text for row in made.values() for creative in row for item in creative.copy_fields)


def test_one_call_writes_for_all_channels_and_each_is_named(shop_with_model: Workspace, speaker: Speaker) -> None:
    speaker.script = [answers({"douyin": DRAFTS, "weibo": DRAFTS})]
    made, about = ask(shop_with_model, occasion="double11")
    assert len(speaker.asked) == 1 and {creative.author for row in made.values() for creative in row} == {"model"}
    assert made["douyin"][0].cites == ["C001"] and "218 克，出门就跑" in texts(made)
    assert speaker.asked[0]["response_format"]["json_schema"]["schema"]["required"] == ["douyin", "weibo"]
    sent = speaker.asked[0]["messages"][0]["content"]
    assert "抖音" in sent and "微博" in sent and "双11" in sent
    assert any("4 条文案由模型 m 撰写" in note.zh for note in about)


def test_channels_of_two_languages_take_a_call_each(shop_with_model: Workspace, speaker: Speaker) -> None:
    def by_language(request: Request) -> None:
        chinese = "写广告文案" in request.body["messages"][0]["content"]
        drafts = DRAFTS if chinese else [{"headline": ["218 g, Ready to Run"], "description": ["Order yours today."], "path": ["shoes"]}]
        answers({"douyin": drafts} if chinese else {"google": drafts})(request)

    speaker.script = [by_language] * 4
    product = SHOE.model_copy(update={"name_en": "Cloudstep running shoes", "facts_en": ["218 g per shoe"]})
    made, _ = channel_copy(shop_with_model, product, [ASKS[0], ChannelAsk(knowledge.channel("google"), "en")], 1)
    assert made["douyin"][0].language == "zh" and made["google"][0].language == "en"
    assert made["google"][0].author == "model" and made["google"][0].copy_fields[0].text == "218 g, Ready to Run"


def test_only_the_channel_that_failed_is_asked_again_with_its_faults(shop_with_model: Workspace, speaker: Speaker) -> None:
    wrong = [{"headline": ["全网第一的跑鞋"], "body": ["防水鞋面，只重 200 克。"]}]
    speaker.script = [answers({"douyin": DRAFTS, "weibo": wrong}), answers({"weibo": DRAFTS})]
    made, _ = ask(shop_with_model)
    repair = speaker.asked[1]["messages"][0]["content"]
    assert "防水" in repair and "200" in repair and "抖音" not in repair
    assert [c.author for c in made["weibo"]] == ["model", "model"] and "第一" not in texts(made) and "防水" not in texts(made)


@pytest.mark.parametrize(
    "bad",
    [
        {"headline": ["跑" * 200], "body": ["跑" * 3000]},
        {"headline": ["国家级配方，100% 根治"], "body": ["全网销量第一。"]},
        {"headline": ["水下也能穿，防水跑鞋"], "body": ["只卖 99 元，全国包邮。"]},
    ],
)
def test_what_may_not_be_said_twice_is_the_grammars(shop_with_model: Workspace, speaker: Speaker, bad: dict[str, list[str]]) -> None:
    speaker.script = [answers({"douyin": [bad], "weibo": [bad]})] * 2
    made, about = ask(shop_with_model)
    assert len(speaker.asked) == 2 and all(creative.author == "grammar" for row in made.values() for creative in row)
    assert all(item.ok for row in made.values() for creative in row for item in creative.copy_fields)
    assert bad["headline"][0] not in texts(made) and bad["body"][0] not in texts(made)
    assert "由内置文法撰写" in about[-1].zh


def test_a_field_left_out_is_topped_up_and_marked(shop_with_model: Workspace, speaker: Speaker) -> None:
    half = {"headline": ["218 克，出门就跑"]}
    speaker.script = [answers({"douyin": [half]})] * 2
    made, about = ask(shop_with_model, ASKS[:1])
    first = made["douyin"][0]
    assert first.author == "model" and [item.author for item in first.copy_fields if item.field == "body"] == ["grammar"]
    assert made["douyin"][1].author == "grammar" and any("1 句由内置文法补足；其余 1 条由内置文法撰写" in note.zh for note in about)
    assert Creative.model_validate_json(first.model_dump_json()) == first


@pytest.mark.parametrize("said", ['{"douyin": [{"headline": ["半', "好的，我来写：第一条……", "[]", '{"douyin": "x"}'])
def test_answers_that_are_no_json_leave_it_to_the_grammar(shop_with_model: Workspace, speaker: Speaker, said: str) -> None:
    speaker.script = [answers(said)] * 2
    made, about = ask(shop_with_model)
    assert len(speaker.asked) == 2 and all(creative.author == "grammar" for row in made.values() for creative in row)
    assert "没有写出可用的文案" in about[-1].zh


def test_an_endpoint_that_does_not_answer_is_waited_for_once(shop_with_model: Workspace, speaker: Speaker) -> None:
    speaker.script = [stalls(3)]
    made, about = ask(shop_with_model, seconds=0.4)
    assert len(speaker.asked) == 1 and [len(row) for row in made.values()] == [2, 2]
    assert any("没有及时回应" in note.zh for note in about) and any("内置文法撰写" in note.zh for note in about)


def plan_of(shop: Workspace) -> CampaignPlan:
    asked = {"product": "跑鞋", "budget": 30_000, "currency": "CNY", "days": 7, "channels": ["抖音"], "variants": 2, "today": TODAY}
    made = make_plan(shop, MakePlan.model_validate(asked))
    return shop.records.plan(made.artifact.data["id"], made.artifact.data["version"])


def copy_or_reword(request: Request) -> None:
    """The endpoint of a whole plan: it writes copy, and words no audience."""
    drafts = [
        {"headline": ["去跑一圈"], "body": ["今天也出门跑一圈，回来再说别的。"]},
        {"headline": ["鞋带系好"], "body": ["系好鞋带，走到楼下就开始。"]},
    ]
    answers({"douyin": drafts} if "广告文案" in request.body["messages"][0]["content"] else "")(request)


def test_a_plan_carries_the_models_copy_and_says_who_wrote_it(shop_with_model: Workspace, speaker: Speaker) -> None:
    speaker.script = [copy_or_reword] * 20
    plan = plan_of(shop_with_model)
    assert [creative.author for creative in plan.creatives] == ["model", "model"] and plan.creatives[0].ctr is not None
    assert any("2 条文案由模型 m 撰写" in warning.zh for warning in plan.warnings)
    assert CampaignPlan.from_json(plan.to_json()) == plan and ",model\r\n" in copy_table(plan)
    asked = len(speaker.asked)
    edited = revise_plan(shop_with_model, RevisePlan(plan_id=plan.id, patches=[SetBudget(budget=Money.of(20_000, "CNY"))], today=TODAY))
    after = shop_with_model.records.plan(edited.artifact.data["id"], edited.artifact.data["version"])
    assert [c.copy_fields for c in after.creatives] == [c.copy_fields for c in plan.creatives]
    assert not any("广告文案" in request["messages"][0]["content"] for request in speaker.asked[asked:])


def test_offline_nobody_is_asked_and_the_grammars_bytes_stay(shop: Workspace) -> None:
    assert ask(shop) == ({}, [])
    written = write_copy(SHOE, "douyin", "zh", n=1)[0]
    assert '"author":"grammar"' in written.model_dump_json() and written.model_dump_json().count("author") == 1
