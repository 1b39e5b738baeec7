"""Questions a merchant asks of a plan at hand: read as what they are, answered from the plan, and nothing is changed by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from adwright.agent.answers import Told, compose
from adwright.agent.assistant import Assistant
from adwright.agent.plan_asked import about_plan_ask
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.plan_asks import plan_ask
from adwright.agent.planner.scan import scan
from adwright.agent.planner.understand import understand
from adwright.agent.shelf import catalogue_of
from adwright.agent.terms import TERMS
from adwright.agent.wording import told_to_models
from adwright.data.plan import CampaignPlan
from adwright.data.words import Language
from adwright.data.workspace import Workspace

TODAY = date(2026, 11, 23)
SAID = "跑鞋方案，预算3万，抖音和小红书，两周"
ASKED = {
    "creative_test": ["先测哪几条素材，测多久？", "which creative should I test first and for how long?", "怎么做AB测试", "how long should I test"],
    "rank_creatives": ["哪条文案最好？", "which of these headlines is best?", "文案里哪条更吸引人", "rank the headlines"],
    "payback": ["多久能回本", "when do I break even", "how long until it pays for itself", "回本周期"],
    "per_day": ["每天花多少", "第一周花多少", "how much per day", "how many orders per day", "日均预算是多少？"],
    "per_order": ["一单要花多少广告费", "how much does one order cost me"],
    "best_channel": ["哪个渠道最赚钱", "wich channel is the best", "which channel is better"],
    "sure": ["这个靠谱吗", "is this realistic?", "钱会不会打水漂", "are you sure"],
    "watch": ["when should I stop", "what should i watch in the first days", "没效果怎么办", "该盯哪些数据", "预算花不完怎么办"],
    "start": ["什么时候开始投比较好", "when should I start"],
    "prepare": ["我需要准备什么素材", "我没有素材怎么办", "what do you need from me", "i dont have any photos"],
    "next": ["下一步我该做什么", "what do I do next", "wat now", "然后呢", "小红书那边谁来发", "怎么上线"],
    "cheaper": ["再便宜点", "make it cheaper", "有点贵", "too expensive", "能不能便宜点"],
    "other_channel": ["换个渠道试试", "try another channel", "有没有别的渠道"],
    "term": ["什么是ROAS", "waht is cpm", "oCPM是啥", "what does CPA mean?", "what's my margin"],
    "group": ["人群里第二组是什么人？", "who is the second audience?", "第二个人群介绍一下"],
    "enough": ["预算够吗", "is the budget enough"],
    "weeks_enough": ["is 2 weeks enough", "要投多久才能看出效果", "how long until i see results"],
    "influencers": ["要不要找达人", "do i need influencers"],
    "weekend": ["周末要不要多投点", "should i post on weekends"],
    "bid": ["出价多少合适", "what bid should i set"],
    "rates_compared": ["这个点击率算高吗", "和同行比怎么样", "is the ctr good?"],
    "extremes": ["最差会怎么样", "whats the worst case", "最好能卖多少"],
    "stock": ["库存不够怎么办", "要备多少货"],
    "orders": ["能卖多少双", "how many orders will I get"],
    "assumed": ["你假设了什么", "what did you assume"],
    "show_copy": ["给我看看文案", "show me the copy", "把文案发我看看"],
    "show_plan": ["计划发我看看", "show me the plan"],
    "simply": ["不太懂，简单说说", "explain it simply"],
    "who": ["投给谁的", "who are you targeting"],
    "audience_size": ["人群太大了吧", "is the audience too broad"],
    "improve": ["怎么提高ROI", "how do i improve this", "还能再优化吗", "how can I lower the cpa"],
}  # fmt: skip
OTHERWISE = [
    "预算降到1万", "去掉小红书", "把抖音的预算减少20%", "make the second headline shorter", "第二条文案改短", "写三条文案", "导出这份计划",
    "上次哪条文案效果最好", "which headline worked best last year", "预测准不准", "哪个渠道该加钱", "where should the budget move?",
    "为什么抖音分这么多？", "why this budget split?", "把第二类人群导出到巨量千川", "每天花500", "从下周一开始投", "start next Monday for two weeks",
    "跑鞋卖多少钱合适", "撤销", "人群改成宝妈", "add Google", "change the audience to moms", "接下来有哪些节日？", "预算加到8万值得吗？",
]  # fmt: skip


@pytest.fixture(scope="module")
def plan(shop: Workspace) -> Iterator[CampaignPlan]:
    yield Assistant(shop, today=TODAY).plan(SAID)


def answer(shop: Workspace, plan: CampaignPlan, text: str) -> str:
    """The planner's answer to a question that no tool is needed for."""
    shop.records.set_current("asks", plan.id, plan.version)
    reading = understand(text, [SAID], TODAY, catalogue_of(shop), plan)
    return compose(shop, Told(said=text, reading=reading, calls=[], thread="asks")).text


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, texts in ASKED.items() for text in texts])
def test_a_question_is_read_as_what_it_asks(shop: Workspace, plan: CampaignPlan, topic: str, text: str) -> None:
    found = understand(text, [SAID], TODAY, catalogue_of(shop), plan)
    assert found.extra["plan_ask"]["topic"] == topic
    assert found.act == "explain" and not found.patches and not found.undo and found.behaviour == "do"


@pytest.mark.parametrize("text", OTHERWISE)
def test_what_is_no_such_question_stays_what_it_was(shop: Workspace, plan: CampaignPlan, text: str) -> None:
    assert "plan_ask" not in understand(text, [SAID], TODAY, catalogue_of(shop), plan).extra


@pytest.mark.parametrize("text", [texts[0] for topic, texts in ASKED.items() if topic not in ("term", "group")])
def test_without_a_plan_there_is_nothing_to_ask_of(text: str) -> None:
    assert plan_ask(scan(text, TODAY), None) is None


def test_creatives_are_compared_and_tested_by_tools(plan: CampaignPlan) -> None:
    read = understand("先在抖音测哪条文案？想看出5%的差别", [SAID], TODAY, None, plan)
    assert calls_for(read, read.text, "CNY", planned=True) == [("creative_test", {"channel": "douyin", "lift": 0.05})]
    read = understand("小红书上哪条文案最好？", [SAID], TODAY, None, plan)
    assert calls_for(read, read.text, "CNY", planned=True) == [("rank_creatives", {"channel": "xiaohongshu"})]
    assert all({"creative_test", "rank_creatives"} <= told_to_models(language).keys() for language in ("zh", "en"))


def test_drafts_just_made_are_meant_before_the_plans_ads(plan: CampaignPlan) -> None:
    found = understand("哪条文案最好？", [SAID, "给跑鞋写三条文案"], TODAY, None, plan)
    assert "rank_creatives" not in found.tools


@pytest.mark.parametrize("before", ["给我看看文案", "再便宜点", "每天花多少", "要不要找达人"])
def test_questions_before_leave_no_trace(plan: CampaignPlan, before: str) -> None:
    found = understand("先測哪幾條素材，測多久？", [SAID, before], TODAY, None, plan)
    assert found.tools == ["creative_test"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_answer_is_in_one_language_and_whole(shop: Workspace, plan: CampaignPlan, language: Language) -> None:
    topics = [topic for topic in ASKED if topic not in ("creative_test", "rank_creatives", "weekend", "term", "group")]
    for topic in topics:
        text, options = about_plan_ask(shop, plan, {"topic": topic}, language)
        assert text and "None" not in text and "{" not in text and not re.search(r"\S  ", text), topic
        assert bool(options) == (topic in ("cheaper", "other_channel")), topic
        assert not text.rstrip().endswith(("：", ":")), topic
        if language == "zh":
            assert re.search(r"[\u4e00-\u9fff]{4}", text), topic
        elif topic not in ("show_copy", "per_order"):
            # Titles of past campaigns and ads keep the language they were written in.
            assert not re.search(r"[，。；：]", text), topic


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_offered_is_understood(shop: Workspace, plan: CampaignPlan, language: Language) -> None:
    for topic in ("cheaper", "other_channel"):
        for option in about_plan_ask(shop, plan, {"topic": topic}, language)[1]:
            read = understand(option, [SAID], TODAY, catalogue_of(shop), plan)
            assert read.act == "edit" and read.patches and read.behaviour in ("do", "warn"), option


@pytest.mark.parametrize(
    ("text", "tools", "act"),
    [
        ("毛利率改成45%", ["make_plan"], "edit"),
        ("set the margin to 45%", ["make_plan"], "edit"),
        ("导出这份计划", ["export_plan"], "request"),
        ("export the plan", ["export_plan"], "request"),
        ("明天怎么调？", ["revise_plan"], "request"),
        ("what should change tomorrow?", ["revise_plan"], "request"),
        ("预测准不准", ["backtest_forecast"], "request"),
        ("how accurate are your forecasts?", ["backtest_forecast"], "request"),
        ("按渠道看去年的ROI", ["compute_roi"], "request"),
        ("ROI by channel last year", ["compute_roi"], "request"),
        ("预算砍一半会怎样", ["size_budget"], "request"),
        ("what if I halve the budget?", ["size_budget"], "request"),
        ("做到500单要多少预算", ["size_budget"], "request"),
        ("what budget do I need for 500 orders?", ["size_budget"], "request"),
        ("预算翻倍划算吗", ["size_budget"], "request"),
        ("is doubling the budget worth it?", ["size_budget"], "request"),
        ("预算往哪儿挪？", ["move_budget"], "request"),
        ("where should the budget move?", ["move_budget"], "request"),
        ("跟它搭配卖什么好", ["recommend_products"], "request"),
        ("what goes well with it?", ["recommend_products"], "request"),
        ("该给谁看？", ["segment_users"], "request"),
        ("who should see this?", ["segment_users"], "request"),
        ("第二条文案改短", ["make_plan"], "edit"),
        ("make the second headline shorter", ["make_plan"], "edit"),
    ],
)
def test_sentences_that_answers_recommend_do_what_they_say(plan: CampaignPlan, text: str, tools: list[str], act: str) -> None:
    read = understand(text, [SAID], TODAY, None, plan)
    assert (read.tools, read.act) == (tools, act)


def test_one_group_is_told_and_no_other(shop: Workspace, plan: CampaignPlan) -> None:
    told = answer(shop, plan, "人群里第二组是什么人？")
    assert plan.segments[1].name.zh in told and all(s.name.zh not in told for s in plan.segments if s is not plan.segments[1])
    assert plan.segments[0].name.en in answer(shop, plan, f"who are the {plan.segments[0].name.en}?")
    assert str(len(plan.segments)) in answer(shop, plan, "第九组是什么人？")


def test_payback_adds_up(shop: Workspace, plan: CampaignPlan) -> None:
    told = answer(shop, plan, "多久能回本")
    earned = plan.forecast.revenue.value / plan.forecast.orders.value * plan.brief.margin.value
    spent = plan.total.amount
    pays = plan.forecast.days[-1].orders[2] * earned >= spent
    assert f"{spent / earned:,.0f} 单" in told and ("**回不了本**" in told) != pays


def test_each_term_is_explained_with_the_plans_figure(shop: Workspace, plan: CampaignPlan) -> None:
    assert plan.forecast.roas.text("zh") in answer(shop, plan, "什么是ROAS")
    for term in TERMS:
        assert about_plan_ask(shop, None, {"topic": "term", "term": term}, "zh")[0] == TERMS[term].zh
        assert about_plan_ask(shop, plan, {"topic": "term", "term": term}, "en")[0].startswith(TERMS[term].en)


def test_a_little_more_is_no_hour() -> None:
    from adwright.agent.planner.rate_questions import hour_in

    assert [hour_in(t) for t in ("多投一点抖音", "便宜一点", "凌晨一点投", "晚上9点")] == [None, None, 1, 21]


def test_a_question_about_an_audience_is_no_audience(plan: CampaignPlan) -> None:
    assert not understand("要不要找代言人群", [SAID], TODAY, None, plan).slots.get("audience")
    assert understand("change the audience to moms", [SAID], TODAY, None, plan).slots["audience"] == "moms"
