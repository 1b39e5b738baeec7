"""Every explanation can be done again: its calculation, from the numbers it shows, gives the figure it explains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from adwright.agent.answers import Told, compose
from adwright.agent.assistant import Assistant
from adwright.agent.explain import explain, shown_figures
from adwright.agent.planner.understand import understand
from adwright.data.plan import CampaignPlan
from adwright.data.words import Language
from adwright.data.workspace import Workspace

TODAY = date(2026, 11, 23)
ASKED: dict[str, tuple[str, str]] = {
    "budget": ("为什么这样分配预算？", "how did you get the budget split?"),
    "cpc": ("点击单价怎么来的？", "where does the CPC come from?"),
    "ctr": ("点击率是怎么算的？", "how was the CTR calculated?"),
    "cvr": ("转化率哪来的？", "where does the conversion rate come from?"),
    "cpa": ("单笔成交成本怎么算的？", "how is the cost per order computed?"),
    "roas": ("ROAS怎么算的？", "how is the ROAS computed?"),
    "roi": ("这个ROI怎么算的？", "how did you get the ROI?"),
    "revenue": ("成交额怎么估的？", "where does the revenue come from?"),
    "reach": ("曝光是怎么估的？", "how was the reach estimated?"),
    "clicks": ("点击数怎么来的？", "where do the clicks come from?"),
    "orders": ("多少单是怎么算的？", "how did you get the orders?"),
    "contribution": ("毛利贡献怎么算的？", "how is the contribution calculated?"),
    "break-even": ("保本ROAS怎么来的？", "where does the break-even come from?"),
    "schedule": ("排期是怎么定的？", "how was the schedule set?"),
    "audience": ("人群有多大？", "how big is the audience?"),
}
WORDED = {
    "interval": ("区间是怎么来的？", "where does the range come from?"),
    "price": ("客单价哪来的？", "where does the order value come from?"),
    "profit": ("盈利概率怎么算的？", "how is the chance of profit calculated?"),
    "segments": ("分群的依据是什么？", "what is the segments split based on?"),
}
# A rate is stored to six places and shown to four.
STORED = Decimal("1.02")
NUMBER = re.compile(r"-?[¥$]?-?\d[\d,]*(?:\.\d+)?%?")
CALCULATION = re.compile(rf"(?:= |：|: )({NUMBER.pattern}(?: [÷×+−] {NUMBER.pattern})+) = ({NUMBER.pattern})")


@pytest.fixture(scope="module")
def plan(shop: Workspace) -> Iterator[CampaignPlan]:
    yield Assistant(shop, today=TODAY).plan("扫地机器人双十二大促，10万，抖音、小红书、百度，投到12月12号")


def worth(text: str) -> Decimal:
    """Return the value of a written number."""
    value = Decimal(re.sub(r"[¥$,%]", "", text))
    return value / 100 if text.endswith("%") else value


def reckoned(calculation: str) -> Decimal:
    """Work a calculation out from left to right, products and quotients first."""
    parts = re.split(r" ([÷×+−]) ", calculation)
    terms, sign = [worth(parts[0])], []
    for operator, number in zip(parts[1::2], parts[2::2], strict=True):
        if operator == "÷":
            terms[-1] /= worth(number)
        elif operator == "×":
            terms[-1] *= worth(number)
        else:
            terms.append(worth(number))
            sign.append(1 if operator == "+" else -1)
    return terms[0] + sum(s * term for s, term in zip(sign, terms[1:], strict=True))


def step(text: str) -> Decimal:
    """Return the last place a number is written to."""
    digits = re.sub(r"[^\d.]", "", text)
    places = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    return places / 100 if text.endswith("%") else places


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ASKED)
def test_a_calculation_can_be_done_again(kind: str, language: Language, plan: CampaignPlan) -> None:
    asked = ASKED[kind][language == "en"]
    text = explain(plan, asked, language)
    found = CALCULATION.findall(text)
    assert found, text
    for calculation, result in found:
        assert abs(reckoned(calculation) - worth(result)) <= step(result) * STORED / 2, (calculation, result, text)
    assert "None" not in text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", [*ASKED, *WORDED])
def test_every_question_is_understood_as_one_and_answered_with_its_source(kind: str, language: Language, plan: CampaignPlan) -> None:
    asked = (ASKED | WORDED)[kind][language == "en"]
    reading = understand(asked, ["扫地机器人双十二大促，10万，抖音、小红书、百度"], TODAY, None, plan)
    assert reading.act == "explain" and not reading.patches, (asked, reading.act)
    text = explain(plan, asked, language)
    behind = (
        ("依据", "毛利率", "按商品目录", "您说的", "未说", "分法")
        if language == "zh"
        else ("Based on", "Margin", "catalogue", "you gave", "not stated", "split over")
    )
    assert any(word in text for word in behind), text


def test_each_shown_figure_is_found_by_its_value(plan: CampaignPlan) -> None:
    for name, figure, _ in shown_figures(plan):
        if figure.unit in ("rate", "ratio") and figure.value > 0:
            text = explain(plan, f"where does {figure.text('en')} come from?", "en")
            assert figure.text("en") in text, (name, text)


def test_a_channel_is_compared_with_the_whole_plan(plan: CampaignPlan) -> None:
    assert "整个计划" in explain(plan, "百度的点击成本为什么这么高？", "zh")
    assert "the whole plan's" in explain(plan, "why is the CPC so high on Baidu?", "en")


@pytest.mark.parametrize(
    ("said", "word"),
    [("谢谢", "不客气"), ("thanks a lot", "welcome"), ("接下来有哪些节日？", "还有"), ("which holidays are coming up?", "days left")],
)
def test_small_talk_and_the_calendar_need_no_plan(said: str, word: str, shop: Workspace) -> None:
    told = Told(said, understand(said, (), TODAY), [], "nobody")
    assert word in compose(shop, told).text
