"""Which ads to test and how long: sizes obey the arithmetic of tests, false alarms stay rare however often one looks, and the tools say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.agent.assistant import Assistant
from adwright.data.errors import AdwrightError
from adwright.data.figure import Figure
from adwright.data.plan import CampaignPlan
from adwright.data.workspace import Workspace
from adwright.tools.plan.creative_rank import RankCreatives, by_channel, rank_creatives
from adwright.tools.plan.creative_test import CreativeTest, apart, creative_test, sized

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def plan(shop: Workspace) -> Iterator[CampaignPlan]:
    yield Assistant(shop, today=TODAY).plan("跑鞋方案，预算3万，抖音和小红书，两周")


@given(st.floats(0.002, 0.2), st.floats(500, 500_000), st.integers(1, 60), st.floats(0.03, 1.0))
def test_smaller_differences_and_fewer_impressions_take_longer(rate: float, daily: float, days: int, lift: float) -> None:
    size = sized(rate, daily, days, lift)
    assert size.per_arm > size.read_once and size.fits == (size.days <= days)
    assert sized(rate, daily, days, lift * 1.5).per_arm <= size.per_arm
    assert sized(rate, daily * 2, days, lift).days <= size.days
    assert sized(rate, daily, days + 7, lift).seen <= size.seen
    # What fits can be seen, and what can be seen within the days fits, but for rounding of a day and of an impression.
    if size.fits:
        assert size.seen <= lift * 1.02


def test_looking_every_day_raises_no_false_alarms(shop: Workspace, plan: CampaignPlan) -> None:
    data = creative_test(shop, CreativeTest(plan_id=plan.id, version=plan.version, today=TODAY)).artifact.data
    rows = [row for row in data["rows"] if row["lead"] != "–"]
    rate, daily = float(data["test"]["ctr"]["value"]), data["test"]["daily"] // 2
    random, runs, days = np.random.default_rng(7), 2_000, data["rows"][-1]["day"]
    first, second = (random.binomial(daily, rate, (runs, days)).cumsum(1) for _ in range(2))
    alarms = np.zeros(runs, dtype=bool)
    for row in rows:
        i, lead = row["day"] - 1, float(row["lead"].rstrip("%")) / 100
        alarms |= np.abs(first[:, i] - second[:, i]) > lead * rate * daily * row["day"]
    assert alarms.mean() <= 0.06


def test_the_line_and_the_pair(shop: Workspace, plan: CampaignPlan) -> None:
    told = creative_test(shop, CreativeTest(plan_id=plan.id, version=plan.version, today=TODAY)).artifact.data["test"]
    most = max(plan.lines, key=lambda line: line.impressions.value)
    assert told["line"] == most.name.model_dump() and {told["first"]["id"], told["second"]["id"]} <= set(most.creatives)
    own = [c for c in plan.creatives if c.channel == most.channel]
    assert apart(own[:1]) is None and apart([own[0], own[0]]) is None
    worse = own[1].model_copy(update={"ctr": Figure.of(0.0001, "rate", "model", evidence=["m"])})
    assert apart([own[0], worse]) is None


def test_too_few_impressions_are_said(shop: Workspace, plan: CampaignPlan) -> None:
    result = creative_test(shop, CreativeTest(plan_id=plan.id, version=plan.version, today=TODAY, lift=0.01))
    assert not result.artifact.data["test"]["fits"] and "测不出" in result.finding.zh and "cannot show" in result.finding.en


def test_what_cannot_be_tested(shop: Workspace, plan: CampaignPlan) -> None:
    for code, request in (
        ("no-plan", CreativeTest(today=TODAY)),
        ("plan-over", CreativeTest(plan_id=plan.id, version=plan.version, today=date(2027, 6, 1))),
        ("one-creative", CreativeTest(plan_id=plan.id, version=plan.version, today=TODAY, channel="taobao")),
    ):
        with pytest.raises(AdwrightError) as refused:
            creative_test(shop, request)
        assert refused.value.code == code


def test_ads_are_ranked_within_their_channel(shop: Workspace, plan: CampaignPlan) -> None:
    result = rank_creatives(shop, RankCreatives(plan_id=plan.id, version=plan.version))
    parts = result.artifact.data["ranking"]
    assert [part["channel"] for part in parts] == list(by_channel(plan))
    for part in parts:
        rates = [Figure.model_validate(row["ctr"]) for row in part["rows"]]
        assert [r.value for r in rates] == sorted((r.value for r in rates), reverse=True)
        top, bottom = rates[0], rates[-1]
        assert top.low is not None and bottom.high is not None
        if part["verdict"] == "inside":
            assert top.low <= bottom.high
        elif part["verdict"] == "apart":
            assert top.low > bottom.high


def test_ranking_names_what_is_missing(shop: Workspace, plan: CampaignPlan) -> None:
    other = RankCreatives(plan_id=plan.id, version=plan.version, channel="taobao")
    for code, request in (("no-plan", RankCreatives()), ("no-creative", other)):
        with pytest.raises(AdwrightError) as refused:
            rank_creatives(shop, request)
        assert refused.value.code == code
