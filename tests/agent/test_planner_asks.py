"""Asks whose words leave no doubt: export, orders and returns, past campaigns, one piece of copy, money moved, several edits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.scan import scan
from adwright.agent.planner.sure import sure_ask
from adwright.agent.planner.understand import understand
from adwright.data.money import Money
from adwright.data.patch import PATCH
from adwright.data.plan import CampaignPlan

from .workbench import small_plan

TODAY = date(2026, 11, 23)


@pytest.fixture
def plan() -> CampaignPlan:
    return small_plan("跑鞋", Money.of(50000, "CNY"), ["douyin", "kuaishou", "xiaohongshu"], 14, TODAY)


@pytest.fixture
def abroad() -> CampaignPlan:
    return small_plan("trail shoes", Money.of(20000, "USD"), ["instagram", "google"], 14, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "导出计划",
        "导出这份计划",
        "export the plan",
        "把计划导出成Excel",
        "做完导出",
        "存一份表格给老板",
        "could I get that as an Excel file?",
    ],
)
@pytest.mark.parametrize("planned", [False, True])
def test_export(text: str, planned: bool, plan: CampaignPlan) -> None:
    u = understand(text, (), TODAY, plan=plan if planned else None)
    assert u.tools == ["export_plan"]
    assert "product" not in u.slots
    # Without a plan there is nothing to export: understood, and not run.
    assert [name for name, _ in calls_for(u, text, "CNY", planned)] == (["export_plan"] if planned else [])


@pytest.mark.parametrize(
    "text", ["推广下载器，预算2万，抖音", "plan for export-grade tea, $3k, google", "export our tea to Canada: plan, $3k on google"]
)
def test_a_plan_is_not_an_export(text: str) -> None:
    assert understand(text, (), TODAY).tools == ["make_plan"]


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("从抖音挪5000到小红书", ("douyin", "xiaohongshu", None, 5000)),
        ("抖音挪10%给快手", ("douyin", "kuaishou", "0.1", None)),
        ("把抖音的5000转给小红书", ("douyin", "xiaohongshu", None, 5000)),
        ("快手匀3千块给抖音", ("kuaishou", "douyin", None, 3000)),
        ("给快手挪两成，从小红书出", ("xiaohongshu", "kuaishou", "0.2", None)),
    ],
)
def test_money_moves(text: str, shift: tuple[str, str, str | None, int | None], plan: CampaignPlan) -> None:
    source, target, share, money = shift
    (patch,) = understand(text, (), TODAY, plan=plan).patches
    assert PATCH.dump_python(patch, mode="json") == {
        "action": "shift_budget",
        "source": source,
        "target": target,
        "share": share,
        "money": {"amount": f"{money}.00", "currency": "CNY"} if money else None,
    }


@pytest.mark.parametrize(
    ("text", "share", "money"),
    [
        ("move 5k from Instagram to Google", None, 5000),
        ("move 15% from Instagram to Google", "0.15", None),
        ("give 15% of Instagram's budget to Google", "0.075", None),
        ("hand 10% of instagram's money to google", "0.05", None),
    ],
)
def test_money_moves_abroad(text: str, share: str | None, money: int | None, abroad: CampaignPlan) -> None:
    (patch,) = understand(text, (), TODAY, plan=abroad).patches
    assert patch.action == "shift_budget"
    assert (patch.source, patch.target) == ("instagram", "google")
    assert patch.share == (Decimal(share) if share else None)
    assert patch.money == (Money.of(money, "USD") if money else None)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("where is my order 1024?", "1024"),
        ("我的订单1024到哪了", "1024"),
        ("我的包裹怎么还没到，订单号 88213", "88213"),
        ("快递单号 SF-20881 到哪里了", "SF-20881"),
        ("Has order #20231 shipped yet?", "20231"),
        ("my parcel 40213 hasn't shown up, what's going on?", "40213"),
        ("can I return these shoes?", None),
        ("七天无理由怎么退", None),
        ("这双靴子买大了能换小一码吗", None),
        ("你们发顺丰吗", None),
        ("do you ship to Canada?", None),
    ],
)
@pytest.mark.parametrize("planned", [False, True])
def test_customers_ask(text: str, order: str | None, planned: bool, plan: CampaignPlan) -> None:
    u = understand(text, (), TODAY, plan=plan if planned else None)
    assert (u.tools, u.behaviour) == (["customer_service"], "do")
    assert u.slots.get("product") in (None, "shoes", "靴子")
    ((name, args),) = calls_for(u, text, "CNY", planned)
    assert (name, args["message"], args.get("order_id")) == ("customer_service", text, order)


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("跑鞋文案，突出七天无理由退货", ["draft_copy"]),
        ("ad copy for tents, mention free returns", ["draft_copy"]),
        ("跑鞋方案，3万，冲1000个订单", ["make_plan"]),
    ],
)
def test_service_as_a_selling_point_is_no_question(text: str, tools: list[str]) -> None:
    assert understand(text, (), TODAY).tools == tools


@pytest.mark.parametrize(
    ("text", "channels", "product"),
    [
        ("15 RSA headlines for our trail shoes", ["google"], "trail shoes"),
        ("write four search ad headlines for espresso machines", ["google"], "espresso machines"),
        ("给露营灯写6条响应式搜索广告标题", ["google"], "露营灯"),
        ("写篇跑鞋的小红书笔记", ["xiaohongshu"], "跑鞋"),
        ("跑鞋朋友圈文案", ["wechat"], "跑鞋"),
        ("reels caption for tents", ["instagram"], "tents"),
        ("caption for a YouTube Shorts about tents", ["youtube"], "tents"),
        ("shorts script for tents", ["youtube"], "tents"),
        ("Google搜索广告标题5条，保温杯", ["google"], "保温杯"),
        ("baidu search ad headlines for tents", ["baidu"], "tents"),
    ],
)
def test_the_place_of_a_text(text: str, channels: list[str], product: str) -> None:
    u = understand(text, (), TODAY)
    assert u.tools == ["draft_copy"]
    assert (u.slots["channels"], u.slots["product"]) == (channels, product)


def test_shorts_are_also_worn() -> None:
    assert understand("plan for linen shorts, $2k, instagram", (), TODAY).slots["channels"] == ["instagram"]
    assert understand("plan for tents, $2k, reels and shorts", (), TODAY).slots["channels"] == ["instagram", "youtube"]


@pytest.mark.parametrize("text", ["跑鞋全网最低价", "跑鞋全网最低价文案", "推广跑鞋，全网最低价，3万"])
def test_a_claim_is_not_the_product(text: str) -> None:
    u = understand(text, (), TODAY)
    assert (u.slots["product"], u.behaviour) == ("跑鞋", "warn")
    assert any("全网最低价" in note.zh for note in u.notes)


def test_a_product_or_a_sum_alone_starts_a_plan() -> None:
    for text, missing in (("跑鞋", ["budget"]), ("跑鞋全网最低价", ["budget"]), ("不是2万，是8万", ["product"])):
        u = understand(text, (), TODAY)
        assert (u.wants, u.missing, u.calls) == (["make_plan"], missing, [])
    assert understand("trail shoes at the lowest price on the market, $3k", (), TODAY).calls == ["make_plan"]


def test_a_plan_to_be_exported_comes_first() -> None:
    u = understand("跑鞋方案，3万，抖音，做完导出Excel", (), TODAY)
    assert u.tools == ["make_plan"] and any("导出" in note.zh for note in u.notes)


@pytest.mark.parametrize(
    ("text", "product"),
    [("找找过往跑鞋的投放", "跑鞋"), ("翻一下过往扫地机器人的投放", "扫地机器人"), ("查查上回卖帐篷的投放", "帐篷")],
)
def test_past_campaigns(text: str, product: str) -> None:
    u = understand(text, (), TODAY)
    assert (u.tools, u.slots["product"]) == (["search_campaigns"], product)
    assert calls_for(u, text, "CNY")[0][1]["query"] == text


@pytest.mark.parametrize(
    ("text", "tone", "nth"),
    [
        ("第二条文案再活泼一点", "playful", 2),
        ("make the second headline shorter", "minimal", 2),
        ("第三个标题太长了，缩短", "minimal", 3),
        ("headline 2 is too stiff, make it playful", "playful", 2),
        ("the last caption should sound more professional", "professional", -1),
    ],
)
def test_one_piece_of_copy(text: str, tone: str, nth: int, plan: CampaignPlan) -> None:
    u = understand(text, (), TODAY, plan=plan)
    assert u.act == "edit" and "product" not in u.slots
    (patch,) = u.patches
    assert patch.action == "set_copy" and patch.piece == nth
    assert (patch.tone, patch.shorter) == ((None, True) if tone == "minimal" else (tone, False))
    assert u.extra["piece"] == nth


def test_one_piece_of_nothing_is_asked_for() -> None:
    u = understand("第二条文案再活泼一点", (), TODAY)
    assert u.behaviour == "ask" and "product" not in u.slots


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("预算加到8万，去掉快手，再出个视频", {"set_budget", "set_channels", "video_seconds"}),
        ("raise the budget to 80k, drop kuaishou and add a video", {"set_budget", "set_channels", "video_seconds"}),
        ("去掉快手，预算8万，语气专业点", {"set_budget", "set_channels", "tone"}),
        ("再来条15秒视频，推迟3天，目标ROI 3", {"video_seconds", "set_dates", "target_roas"}),
    ],
)
def test_every_edit_of_a_message(text: str, actions: set[str], plan: CampaignPlan) -> None:
    u = understand(text, (), TODAY, plan=plan)
    assert {getattr(p, "field", p.action) for p in u.patches} == actions


@pytest.mark.parametrize("text", ["不对，是8万", "不是5万，是8万", "no wait, 80k", "说错了，8万"])
def test_corrections(text: str, plan: CampaignPlan) -> None:
    (patch,) = understand(text, (), TODAY, plan=plan).patches
    assert patch.action == "set_budget" and patch.budget == Money.of(80000, "CNY")


def test_a_share_of_a_channels_own_budget(plan: CampaignPlan) -> None:
    (patch,) = understand("把抖音的两成预算拨到快手", (), TODAY, plan=plan).patches
    assert patch.action == "shift_budget" and patch.share is not None
    assert float(patch.share) == pytest.approx(0.2 * 16666.67 / 50000, abs=1e-3)


def test_cut_a_channel_without_a_figure_drops_it(abroad: CampaignPlan) -> None:
    u = understand("cut google, start a week later and make the copy friendlier", (), TODAY, plan=abroad)
    assert {getattr(p, "field", p.action) for p in u.patches} == {"set_channels", "set_dates", "tone"}
    (patch,) = understand("cut google by 20%", (), TODAY, plan=abroad).patches
    assert patch.action == "scale_channel"


@pytest.mark.parametrize(
    "text",
    [
        "预算调过去给快手",
        "这批货在哪个平台投好",
        "快递盒在哪个渠道推广好，2万",
        "能换成快手吗",
        "can we return to the previous plan?",
        "add a banner for zip hoodies",
        "下载量要翻倍，推广记账本，3万",
        "do you deliver better results on google or bing?",
        "海报可以换个颜色吗",
    ],
)
def test_likeness_is_not_a_sure_ask(text: str) -> None:
    assert sure_ask(scan(text, TODAY)) is None


def test_a_named_mistake_is_a_correction(abroad: CampaignPlan) -> None:
    (patch,) = understand("my mistake, the budget is 25k", (), TODAY, plan=abroad).patches
    assert patch.action == "set_budget" and patch.budget == Money.of(25000, "USD")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("第一条文案换成“轻，才跑得远”", "轻，才跑得远"),
        ("第一条文案换成：轻才跑得远", "轻才跑得远"),
        ('replace the first headline with "Run light"', "Run light"),
    ],
)
def test_new_words_for_one_piece(text: str, words: str, plan: CampaignPlan) -> None:
    (patch,) = understand(text, (), TODAY, plan=plan).patches
    assert patch.action == "set_copy" and (patch.piece, patch.text) == (1, words)


@pytest.mark.parametrize("text", ["加B站，占20%", "再加上B站，给20%", "add bilibili at 20%"])
def test_a_new_channel_takes_its_share(text: str, plan: CampaignPlan) -> None:
    (patch,) = understand(text, (), TODAY, plan=plan).patches
    assert patch.action == "set_split" and patch.split["bilibili"] == Decimal("0.2")
    assert sum(patch.split.values()) == 1 and len(patch.split) == 4


@pytest.mark.parametrize("text", ["把抖音去掉", "加快手，占20%", "drop tiktok"])
def test_nothing_to_edit_is_said(text: str) -> None:
    u = understand(text, (), TODAY)
    assert (u.behaviour, u.tools) == ("ask", ["none"])
    assert u.reply is not None and "没有方案" in u.reply.zh


@pytest.mark.parametrize(
    "text", ["把我的顾客分成3群", "Split my customers into 3 groups", "bucket customers, 3 segs", "按消费能力把用户聚成3类"]
)
@pytest.mark.parametrize("planned", [False, True])
def test_groups_of_customers(text: str, planned: bool, plan: CampaignPlan) -> None:
    u = understand(text, (), TODAY, plan=plan if planned else None)
    assert (u.tools, u.slots.get("n_segments")) == (["segment_users"], 3)


def test_an_edit_may_ask_for_more(plan: CampaignPlan) -> None:
    u = understand("预算改成3万，再来张海报，延长一周", (), TODAY, plan=plan)
    assert [name for name, _ in calls_for(u, u.text, "CNY", True)] == ["revise_plan", "generate_image"]
    assert [p.action for p in u.patches] == ["set_budget", "set_dates"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; DROP TABLE orders; --", "select * from users", "<img src=x onerror=alert(1)>"]
)
def test_code_is_text(text: str) -> None:
    u = understand(text, (), TODAY)
    assert (u.act, u.tools) == ("oos", ["none"])
    assert u.reply is not None and "code" in u.reply.en and "plan campaigns" in u.reply.en


def test_a_request_in_markup_is_read() -> None:
    u = understand("<b>plan for mugs</b>, $500, instagram", (), TODAY)
    assert (u.tools, u.slots["product"], u.slots["budget"]) == (["make_plan"], "mugs", 500)


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("brow gel. tiktok. 900 usd, no wait make that 1,100. 10 days", {"budget": 1100, "duration_days": 10}),
        ("sleeping bags, £1.8k, fb, three wks - make that four", {"duration_days": 28, "budget": 1800}),
        ("rabbit hutches $750 fb. sorry, google not fb. 12 days", {"channels": ["google"]}),
        ("儿童滑板车，预算3万，打错了，2万8，抖音，20天", {"budget": 28000, "duration_days": 20}),
        ("拉杆箱 快手 10天 2w。啊不是快手，是小红书", {"channels": ["xiaohongshu"], "budget": 20000}),
        ("冰丝凉被 9千 不要抖音 要快手 15天", {"channels": ["kuaishou"]}),
    ],
)
def test_what_is_taken_back(text: str, slots: dict[str, object]) -> None:
    assert {k: v for k, v in understand(text, (), TODAY).slots.items() if k in slots} == slots


@pytest.mark.parametrize(("text", "budget"), [("第二个", 10000), ("the last one", 50000), ("选第一个", 5000)])
def test_an_option_is_pointed_at(text: str, budget: int) -> None:
    u = understand(text, ["推广牙线"], TODAY)
    assert u.tools == ["make_plan"] and u.in_force["budget"] == budget


def test_a_rate_without_a_channel_is_that_of_the_plan(plan: CampaignPlan) -> None:
    ((_, args),) = calls_for(understand("CTR能到多少", (), TODAY, plan=plan), "CTR能到多少", "CNY", True)
    assert args["channel"] == "douyin"
    alone = understand("洗面奶的点击率能到多少", (), TODAY)
    assert alone.notes and calls_for(alone, alone.text, "CNY")[0][1]["channel"] == "douyin"


@pytest.mark.parametrize(
    ("text", "first", "other"),
    [("给跑鞋和背包各做一个方案，每个2万", "跑鞋", "背包"), ("two plans, mugs and candles, $2k budget each", "mugs", "candles")],
)
def test_a_plan_is_for_one_product(text: str, first: str, other: str) -> None:
    u = understand(text, (), TODAY)
    assert u.slots["product"] == first and any(other in n.en for n in u.notes)


@pytest.mark.parametrize("text", ["为什么这条素材点击率更高？", "why does the first headline get a higher CTR?"])
def test_a_why_without_a_plan_says_that_there_is_none(text: str) -> None:
    found = understand(text, [], date(2026, 11, 23))
    assert found.reply is not None and "There is no plan yet" in found.reply.en and found.calls == []


def test_a_price_for_some_people_is_passed_on_to_be_refused() -> None:
    found = understand("老客户卖贵一点，跑鞋定价多少", [], date(2026, 11, 23))
    ((tool, args),) = calls_for(found, found.text, "CNY")
    assert tool == "suggest_price" and "老客户" in args["buyers"]
    assert "buyers" not in understand("新客首单便宜10元，跑鞋定价多少", [], date(2026, 11, 23)).extra
    asked = understand("这款鞋定多少钱合适？", [], date(2026, 11, 23))
    assert asked.question is not None and "定价" in asked.question.zh
