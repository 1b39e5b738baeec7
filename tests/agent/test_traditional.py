"""Messages in traditional characters, Taiwan's and Hong Kong's words too, are read as their simplified twins; places stay exact."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.agent.planner.lexicon import read_words
from adwright.agent.planner.normalise import read
from adwright.agent.planner.understand import understand
from adwright.data.knowledge.files import fold
from adwright.data.script import is_traditional, simplified, traditional
from adwright.tools.commerce.matching import terms
from adwright.tools.memory.tokens import tokenise

DAY = date(2026, 11, 23)
PLAN = ["跑鞋方案，预算3万，抖音和小红书，两周"]
TWINS = [
    ("給跑鞋做一個5萬元的投放計劃，兩週", "给跑鞋做一个5万元的投放计划，两周"),
    ("雙十二想推一波掃地機器人", "双十二想推一波扫地机器人"),
    ("幫我寫三條保溫杯的文案", "帮我写三条保温杯的文案"),
    ("臉書上投，預算2萬，推帆布鞋", "脸书上投，预算2万，推帆布鞋"),
    ("帆布鞋廣告，IG為主，預算NT$30000", "帆布鞋广告，IG为主，预算NT$30000"),
    ("小紅書的轉換率是多少", "小红书的转化率是多少"),
    ("預測一下瑜伽墊在抖音的點閱率", "预测一下瑜伽垫在抖音的点击率"),
    ("把受眾分成四類", "把受众分成四类"),
    ("去年雙十一的投放效果怎麼樣", "去年双十一的投放效果怎么样"),
    ("訂單1024到哪了", "订单1024到哪了"),
    ("這個能退貨嗎", "这个能退货吗"),
    ("重新訓練點擊模型", "重新训练点击模型"),
    ("匯出這份計畫", "导出这份计划"),
    ("商品怎麼定價，進價50元", "商品怎么定价，进价50元"),
    ("跑鞋適合搭配什麼一起賣", "跑鞋适合搭配什么一起卖"),
    ("預算往哪裡挪？", "预算往哪里挪？"),
    ("花了3萬塊，賣了9萬塊，投報率多少", "花了3万块，卖了9万块，投产比多少"),
    ("給面膜做一張海報，水墨風", "给面膜做一张海报，水墨风"),
    ("這個活動該給誰看", "这个活动该给谁看"),
    ("做一條15秒的短影音推廣吸塵器", "做一条15秒的短视频推广吸尘器"),
    ("給耳機做投放，總預算兩萬圓，下週一開始", "给耳机做投放，总预算两万元，下周一开始"),
]
FOLLOWING = [
    ("為什麼抖音分這麼多？", "为什么抖音分这么多？"),
    ("點解抖音分咁多？", "为什么抖音分这么多？"),
    ("預算降到兩萬", "预算降到两万"),
    ("把抖音的預算減少20%", "把抖音的预算减少20%"),
    ("去掉小紅書", "去掉小红书"),
    ("觸及人數怎麼算的", "触达人数怎么算的"),
    ("加到8萬值得嗎？", "加到8万值得吗？"),
    ("撤銷", "撤销"),
]


def plainly(text: str, context: list[str]) -> tuple[object, ...]:
    u = understand(text, context, DAY)
    slots = {name: simplified(value) if isinstance(value, str) else value for name, value in u.slots.items()}
    return u.act, u.tools, u.behaviour, slots, u.missing, u.undo


@pytest.mark.parametrize(("written", "twin"), TWINS)
def test_a_request_is_read_as_its_twin(written: str, twin: str) -> None:
    assert plainly(written, []) == plainly(twin, [])


@pytest.mark.parametrize(("written", "twin"), FOLLOWING)
def test_what_follows_a_plan_is_read_as_its_twin(written: str, twin: str) -> None:
    assert plainly(written, PLAN) == plainly(twin, PLAN)


def test_the_merchants_own_words_are_kept() -> None:
    found = understand("推廣掃地機器人，預算2萬，臉書", [], DAY)
    assert found.slots["product"] == "掃地機器人" and found.slots["channels"] == ["facebook"]
    start, end = found.spans["product"][0]
    assert found.text[start:end] == "掃地機器人"


@given(st.text(st.sampled_from("為什麼抖音分這麼多點解咁轉換率計畫 12圓ab，"), max_size=30))
def test_every_letter_has_its_place(raw: str) -> None:
    text = read(raw)
    assert len(text.plain) == len(text.at) and list(text.at) == sorted(text.at)
    assert len(simplified(raw)) == len(raw) and simplified(simplified(raw)) == simplified(raw)


def test_a_longer_word_covers_the_regional_one() -> None:
    text = read("點解分咁多")
    assert text.plain == "为什么分这么多"
    assert text.words(0, 3) == "點解" and text.words(4, 7) == "咁多"


def test_round_is_not_money() -> None:
    assert read("圓領T恤三萬圓").plain == "圆领t恤三万元"


def test_regional_words_are_written_as_they_are_looked_for() -> None:
    table = read_words("regional.toml")["words"]
    assert all(simplified(word) == word != meant == simplified(meant) for word, meant in table.items())


def test_names_are_compared_in_one_script() -> None:
    assert fold("掃地機器人") == fold("扫地机器人")


def test_past_campaigns_and_answers_for_customers_are_searched_in_one_script() -> None:
    assert tokenise("掃地機器人 雙十一") == tokenise("扫地机器人 双十一")
    assert terms("什麼時候發貨？") == terms("什么时候发货？")


def test_which_script() -> None:
    assert [is_traditional(t) for t in ("預算降到兩萬", "预算降到两万", "抖音", "budget", "繁體", "")] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]


def test_an_answer_keeps_figures_and_quotations() -> None:
    assert (
        traditional("发出 3 条文案，标题「云步跑鞋」，点击率 1.2%，¥16,590.06")
        == "發出 3 條文案，標題「云步跑鞋」，點擊率 1.2%，¥16,590.06"
    )
