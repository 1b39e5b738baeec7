"""A small plan that hangs together, for tests of what stores and reads plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from adwright.data.brief import AudienceAsk, Brief, Known, Product
from adwright.data.figure import Figure
from adwright.data.money import Money
from adwright.data.plan import CampaignPlan, Certificate, Day, Forecast, Line, Persona, Segment
from adwright.data.words import both

WORDS = both("跑鞋上新", "Running-shoe launch")


def count(value: int) -> Figure:
    return Figure.of(value, "count", "past", low=value * 0.8, high=value * 1.25)


def _brief(budget: Money, days: int) -> Brief:
    return Brief(
        text="帮我做一个投放计划",
        product=Known(value=Product(name="跑鞋", category="sports", price=Money.of("399.00", "CNY"))),
        goal=Known(value="launch"),
        budget=Known(value=budget),
        start=Known(value=date(2026, 12, 1), how="assumed", why=both("默认", "default")),
        days=Known(value=days),
        channels=Known(value=["douyin", "xiaohongshu"]),
        split=Known(value={"douyin": Decimal("0.6"), "xiaohongshu": Decimal("0.4")}),
        audience=Known(value=AudienceAsk(text="年轻女性", age=(18, 35), gender="female")),
        tone=Known(value="lively"),
        language=Known(value="zh"),
        order_value=Known(value=Money.of("399", "CNY"), how="learned"),
        margin=Known(value=Decimal("0.45"), how="assumed"),
        today=date(2026, 11, 23),
    )


def _line(name: str, channel: str, budget: Money, days: int) -> Line:
    rate = Figure.of(0.0123, "rate", "past", low=0.01, high=0.02)
    return Line(
        id=name,
        channel=channel,
        placement="feed",
        name=WORDS,
        segment="s1",
        creatives=[],
        budget=budget,
        bid=Money.of("1.20", "CNY"),
        bid_kind="cpc",
        start=date(2026, 12, 1),
        end=date(2026, 12, days),
        ctr=rate,
        cvr=rate,
        cpc=Figure.of(Decimal("1.20"), "CNY", "assumed"),
        impressions=count(100_000),
        clicks=count(1_230),
        orders=count(15),
        revenue=Figure.of(Decimal("5985.00"), "CNY", "past"),
        cpa=Figure.of(Decimal("98.40"), "CNY", "past"),
        roas=Figure.of(Decimal("4.05"), "ratio", "past"),
        source="past",
    )


@pytest.fixture
def make_plan() -> Callable[..., CampaignPlan]:
    """Make a plan: `make_plan("p1", version=2, parent=1, budget=Money...)`."""

    def make(name: str = "p1", version: int = 1, parent: int | None = None, budget: Money | None = None, days: int = 14) -> CampaignPlan:
        total = budget or Money.of("50000", "CNY")
        first, second = total.split([3, 2])
        money = Figure.of(Decimal("12000.50"), "CNY", "past", low=8000, high=15000)
        ratio = Figure.of(2.5, "ratio", "past")
        return CampaignPlan(
            id=name,
            version=version,
            parent=parent,
            title=WORDS,
            shop="空店",
            demo=False,
            brief=_brief(total, days),
            segments=[
                Segment(
                    id="s1",
                    name=WORDS,
                    size=10,
                    share=Figure.of(0.1, "rate", "past"),
                    persona=Persona(summary=WORDS, message=WORDS, offer=WORDS, avoid=WORDS),
                )
            ],
            lines=[_line("l1", "douyin", first, days), _line("l2", "xiaohongshu", second, days)],
            creatives=[],
            forecast=Forecast(
                impressions=count(200_000),
                clicks=count(2_460),
                orders=count(30),
                revenue=money,
                contribution=money,
                roas=ratio,
                roi=ratio,
                cpa=money,
                p_profit=Figure.of(0.8, "rate", "past"),
                break_even_roas=ratio,
                days=[Day(day=date(2026, 12, 1), budget=first, orders=(Decimal(1), Decimal(2), Decimal(3), Decimal(4), Decimal(5)))],
                method=WORDS,
            ),
            certificate=Certificate(
                marginal_spread=Decimal("0.01"),
                active_bounds=[],
                gap=Decimal(0),
                reference=WORDS,
                reference_split=[first, second],
                gain_orders=count(3),
            ),
            evidence=[],
            assumptions=[],
            warnings=[],
            checks=[],
        )

    return make
