"""Documents: exact JSON round trips, refusal of what is not known, words in both languages."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adwright.data.errors import AdwrightError
from adwright.data.figure import Figure, rounded
from adwright.data.money import Money
from adwright.data.patch import PATCH, ScaleBudget, SetBudget, SetDates
from adwright.data.plan import CampaignPlan
from adwright.data.words import Words, both

shared_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@shared_fixture
@given(st.integers(0, 10**9), st.integers(1, 28), st.integers(1, 99))
def test_plan_round_trip_is_exact(make_plan: Callable[..., CampaignPlan], cents: int, days: int, version: int) -> None:
    plan = make_plan(version=version, budget=Money(amount=Decimal(cents) / 100, currency="CNY"), days=days)
    again = CampaignPlan.from_json(plan.to_json())
    assert again == plan
    assert again.to_json() == plan.to_json()
    assert CampaignPlan.model_validate(plan.as_dict()) == plan
    assert plan.total == plan.brief.budget.value


def test_plan_refuses_what_it_does_not_know(make_plan: Callable[..., CampaignPlan]) -> None:
    data = make_plan().as_dict()
    with pytest.raises(ValidationError):
        CampaignPlan.model_validate({**data, "surprise": 1})
    with pytest.raises(ValidationError):
        CampaignPlan.from_json("{}")
    with pytest.raises(KeyError):
        make_plan().line("nowhere")


def test_brief_days_include_both_ends(make_plan: Callable[..., CampaignPlan]) -> None:
    brief = make_plan(days=14).brief
    assert brief.end == date(2026, 12, 14)
    assert brief.daily_budget == Decimal(50000) / 14


@given(st.floats(-1e8, 1e8, allow_nan=False), st.sampled_from(["count", "ratio", "rate", "CNY", "JPY", "days"]))
def test_figures_round_once(value: float, unit: str) -> None:
    figure = Figure.of(value, unit, "model", low=value, high=value)
    assert figure.value == figure.low == figure.high == rounded(figure.value, unit)
    assert Figure.model_validate_json(figure.model_dump_json()) == figure
    assert figure.text("zh") == figure.text("en")


@pytest.mark.parametrize(
    "patch", [SetBudget(budget=Money.of(30000, "CNY")), ScaleBudget(factor=Decimal("0.8")), SetDates(start=date(2026, 12, 1), days=7)]
)
def test_patches_are_told_apart_by_action(patch: SetBudget) -> None:
    assert PATCH.validate_json(PATCH.dump_json(patch)) == patch


@given(st.text(), st.text())
def test_words_give_each_language_its_own(zh: str, en: str) -> None:
    words = both(zh, en)
    assert (words.pick("zh"), words.pick("en")) == (zh, en)
    assert Words.model_validate_json(words.model_dump_json()) == words


def test_errors_speak_both_languages() -> None:
    error = AdwrightError(both("出错了。", "It failed."), both("请重试。", "Try again."), code="x")
    assert error.tell("zh") == "出错了。请重试。"
    assert error.tell("en") == str(error) == "It failed. Try again."
    assert AdwrightError(both("坏", "Bad.")).tell("en") == "Bad."
