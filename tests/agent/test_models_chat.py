"""Talking of the shop's own models: training waits for a yes, a question never trains, and other things named models stay what they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adwright import Assistant, Workspace
from adwright.agent.events import ApprovalNeeded
from adwright.agent.planner.understand import understand
from adwright.tools.response import registry

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("重新训练点击模型", "train_models"),
        ("帮我把点击率模型重新训练一下", "train_models"),
        ("用新数据训练一下转化模型吧", "train_models"),
        ("retrain the click model", "train_models"),
        ("重新训练", "train_models"),
        ("retrain", "train_models"),
        ("please train our ctr and conversion models", "train_models"),
        ("现在用的是哪个点击模型？", "show_models"),
        ("模型版本是多少", "show_models"),
        ("点击模型准不准", "show_models"),
        ("要不要重新训练模型？", "show_models"),
        ("which model version is in force?", "show_models"),
        ("how good is our click model?", "show_models"),
        ("should we retrain the model?", "show_models"),
    ],
)
def test_words_about_the_models(text: str, tool: str) -> None:
    for before in ([], ["双十二推跑鞋，预算三万，两周"]):
        found = understand(text, before, DAY)
        assert found.tools == [tool] and found.behaviour == "do"


@pytest.mark.parametrize(
    "text",
    [
        "你是什么模型",
        "which model are you?",
        "不要重新训练模型",
        "给健身训练器材写3条文案",
        "推广合金汽车模型，预算2万，两周",
        "which model of running shoes sells best?",
        "为什么第一条点击率高",
        "plan for model trains, $5k, two weeks",
        "员工训练营推广，预算一万",
    ],
)
def test_other_models_and_trainings_are_left_alone(text: str) -> None:
    assert not {"train_models"} & set(understand(text, [], DAY).tools)


def test_training_waits_for_a_yes_and_then_tells_the_new_version(tmp_path: Path) -> None:
    with Workspace.demo(tmp_path / "shop", scale=0.03) as shop:
        helper = Assistant(shop, model="planner", today=DAY)
        none = helper.chat("which model version is in force?", "t")
        assert "no click and conversion model" in none.text
        last = list(helper.stream("retrain the click model", "t"))[-1]
        assert isinstance(last, ApprovalNeeded) and last.tool == "train_models" and last.amount is None
        assert "not worse" in last.detail.en and registry.versions(shop) == []
        list(helper.decide("t", "reject"))
        assert registry.versions(shop) == []
        list(helper.stream("重新训练点击模型", "t"))
        list(helper.decide("t", "approve"))
        version = registry.promoted_version(shop)
        assert version is not None and version in helper.history("t")[-1].text
        list(helper.stream("retrain the click model", "t"))
        list(helper.decide("t", "approve"))
        again = helper.history("t")[-1].text
        assert "the version in force" in again and "(new)" not in again and registry.promoted_version(shop) == version
        told = helper.chat("现在用的是哪个模型版本？", "t").text
        assert version in told and "使用中" in told
