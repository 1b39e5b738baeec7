"""Where should money move: read as a question of its own, answered with its proof, its caution, or the data it lacks."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.move_answers import about_move
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.data.errors import AdwrightError
from adwright.data.words import Language
from adwright.data.workspace import Workspace
from adwright.tools.budget import fit_curves
from adwright.tools.budget.move import MOVE, MoveBudget, advised, move_budget
from adwright.tools.budget.weekly import WeeklyHistory

DAY = date(2026, 11, 23)
PLAN = ["双十二想推一波扫地机器人，预算5万"]


@pytest.mark.parametrize("before", [[], PLAN])
@pytest.mark.parametrize(
    "text",
    [
        "预算往哪儿挪？", "预算怎么挪", "哪个渠道该加钱哪个该减", "钱该往哪个渠道投", "该给哪个渠道加预算", "各渠道的预算要不要调整", "预算要不要在渠道之间挪一挪",
        "哪些渠道值得多投", "哪个渠道可以砍", "下周钱往哪儿花", "where should I move budget?", "shift budget between channels", "rebalance my channel mix",
        "which channels should get more budget and which less?", "should I move money between channels?", "where should my next dollar go?",
    ],
)  # fmt: skip
def test_the_question_is_one_call_without_arguments(text: str, before: list[str]) -> None:
    found = understand(text, before, DAY)
    assert found.behaviour == "do" and not found.patches
    assert calls_for(found, text, "CNY", planned=bool(before)) == [("move_budget", {})]


@pytest.mark.parametrize(
    "text",
    [
        "抖音减20%", "从抖音挪5000到小红书", "把预算挪到小红书", "把3万元分到抖音和小红书怎么分划算", "哪个渠道点击率高", "哪个渠道ROI最高", "明天怎么调",
        "预算怎么分的", "which channel has the best CTR?", "move 5k from douyin to xiaohongshu", "split 30k between google and instagram", "where is my order?",
    ],
)  # fmt: skip
def test_edits_splits_and_other_questions_stay_what_they_are(text: str) -> None:
    assert "move_budget" not in understand(text, PLAN, DAY).tools


def test_the_chat_answers_from_the_shops_weeks(shop: Workspace) -> None:
    answer = Assistant(shop, today=DAY).chat("预算往哪儿挪？", "moves").text
    assert "把握" in answer and "周" in answer and "不是实验" in answer and "5%–95%" in answer


@pytest.mark.parametrize(
    ("text", "told"), [("预算往哪儿挪？", "adwright import campaigns"), ("where should I move budget?", "adwright import orders")]
)
def test_a_shop_without_weeks_is_told_which_data_are_missing(empty_shop: Workspace, text: str, told: str) -> None:
    answer = Assistant(empty_shop, today=DAY).chat(text, "moves").text
    assert told in answer and "20" in answer
    with pytest.raises(AdwrightError) as error:
        move_budget(empty_shop, MoveBudget(today=DAY))
    assert error.value.code == "no-campaigns"


def weeks(strong: float, weak: float, noise: float) -> WeeklyHistory:
    """Two channels, the first `strong`, the second `weak`, on 80 weeks with `noise` as a share of sales."""
    rng = np.random.default_rng(3)
    spend = rng.lognormal(7, 0.5, (80, 2))
    base = 8_000 * (1 + noise * rng.standard_normal(80))
    outcome = base + strong * 3_000 * spend[:, 0] / (3_000 + spend[:, 0]) * 1.5 + weak * spend[:, 1] * 0.2
    return WeeklyHistory(
        [date(2025, 1, 6) + timedelta(days=7 * k) for k in range(80)], ["douyin", "baidu"], spend, outcome, np.zeros((80, 0)), []
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_clear_case_moves_within_the_cap_and_an_unclear_one_does_not(language: Language) -> None:
    clear = advised(fit_curves(weeks(4.0, 0.05, 0.02), holdout_weeks=0), margin=0.5, currency="CNY", language=language)
    now, then = ([float(row[key]) for row in sorted(clear.data["rows"], key=lambda row: row["name"]["en"])] for key in ("now", "proposed"))
    assert clear.data["moving"]["moves"] and then[1] > now[1] and then[0] < now[0], "Douyin gains, Baidu gives"
    assert abs(sum(then) - sum(now)) <= 2 and all(abs(b - a) <= MOVE * a + 1 for a, b in zip(now, then, strict=True))
    text = about_move(clear, language)
    assert ("证明" if language == "zh" else "Proof") in text and "30%" in text and "80" in text
    unclear = advised(fit_curves(weeks(1.0, 1.0, 0.3), holdout_weeks=0), margin=0.5, currency="CNY", language=language)
    assert not unclear.data["moving"]["moves"]
    assert ("先不动" if language == "zh" else "Do not move") in about_move(unclear, language)
    assert all(row["now"] == row["proposed"] for row in unclear.data["rows"])
