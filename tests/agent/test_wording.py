"""What the agent offers to say next is understood when it is said; its templates hold for every plan."""

from __future__ import annotations

from datetime import date

import pytest

from adwright.agent.explain import explain
from adwright.agent.plan_answers import facts_of
from adwright.agent.planner.understand import understand
from adwright.agent.wording import PHRASES, say
from adwright.data.figure import Figure
from adwright.data.money import Money
from adwright.data.words import Language

from .workbench import small_plan

TODAY = date(2026, 11, 23)
PLAN = small_plan("跑鞋", Money.of(50000, "CNY"), ["douyin", "xiaohongshu"], 14, TODAY)
MEANT = {
    "cut": "edit",
    "why": "explain",
    "undo": "undo",
    "compare": "compare",
    "export": "export_plan",
    "segments": "segment_users",
    "past": "search_campaigns",
    "plan": "make_plan",
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", MEANT)
def test_suggestions_are_understood(name: str, language: Language) -> None:
    said = (
        PHRASES[name]
        .pick(language)
        .format(channel="抖音" if language == "zh" else "Douyin", product="轻量跑鞋" if language == "zh" else "running shoes")
    )
    before = ["帮我做一个5万元的跑鞋上新投放计划，抖音和小红书，两周"]
    planned = name not in ("segments", "past", "plan")
    reading = understand(said, before if planned else [], TODAY, None, PLAN if planned else None)
    assert MEANT[name] in (reading.act, *reading.tools), (said, reading.act, reading.tools)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_plan_answers_hold_without_ranges_gains_or_assumptions(language: Language) -> None:
    bare = PLAN.model_copy(deep=True)
    bare.assumptions, bare.warnings = [], []
    bare.forecast.orders.low = bare.forecast.orders.high = None
    for gain in (0, 7, -3):
        bare.certificate.gain_orders = Figure.of(gain, "count", "past")
        text = say("answer-plan", language, **facts_of(bare, language))
        assert "None" not in text and "()" not in text and "（）" not in text and text.count("\n- ") == 3
        assert abs(gain) == 0 or str(abs(gain)) in text


@pytest.mark.parametrize("asked", ["ROAS怎么算的", "how is the CPA computed?", "盈利概率是怎么来的", "为什么选小红书", "why this split"])
def test_every_why_has_an_answer(asked: str) -> None:
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        text = explain(PLAN, asked, language)
        assert text and "None" not in text
