"""Returns from stated numbers and from history, and advice on a split, on real tables."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.money import Money, total
from adwright.data.workspace import Workspace
from adwright.tools.budget.advise import AllocateBudget, allocate_budget
from adwright.tools.budget.anomalies import anomalies
from adwright.tools.budget.quantities import (
    break_even_cpa,
    break_even_cpc,
    contribution,
    ecpm,
    iroas,
    mroas,
    net_order_value,
    profit_per_mille,
    roas,
    roi,
)
from adwright.tools.budget.roi import ComputeRoi, compute_roi

from .plan_sample import sample_plan

TODAY = date(2026, 11, 23)


def campaign(number: int, channel: str, spend: float, revenue: float | None, **more: Any) -> dict[str, Any]:
    row = dict(
        campaign_id=f"c{number}", name=f"campaign {number}", channel=channel, placement="feed", objective="sales", product_id=None, category="sports",
        start=date(2026, 9, 1), end=date(2026, 9, 10), currency="CNY", spend=spend, impressions=int(spend * 60), clicks=int(spend), conversions=20, revenue=revenue,
    )  # fmt: skip
    return row | more


def filled(shop: Workspace, rows: list[dict[str, Any]]) -> Workspace:
    shop.warehouse.append("campaigns", pa.Table.from_pylist(rows))
    return shop


def by_key(result: Any) -> dict[str, Any]:
    return {row["key"]: row for row in result.artifact.data["rows"]}


def test_eight_thousand_in_twenty_four_back(empty_shop: Workspace) -> None:
    result = compute_roi(empty_shop, ComputeRoi(spend=Decimal(8000), revenue=Decimal(24000)))
    rows = by_key(result)
    assert rows["roas"]["value"] == "3.00" and rows["roi"]["value"] == "200%" and rows["break_even_margin"]["value"] == "33.3%"
    assert "没有毛利率" in result.content and "花费 ¥8,000" in result.content
    assert result.artifact.data["plotly"]["data"][0]["x"] == [24000.0, 8000.0]


def test_margin_turns_revenue_into_contribution(empty_shop: Workspace) -> None:
    ask = ComputeRoi(spend=Decimal(400), revenue=Decimal(1000), margin=Decimal("0.3"), currency="USD", reply_language="en")
    rows = by_key(compute_roi(empty_shop, ask))
    assert (rows["contribution"]["value"], rows["roi"]["value"], rows["break_even_roas"]["value"]) == ("-$100", "-25%", "3.33")


def test_quantities_are_the_ones_defined() -> None:
    assert (roas(Decimal(3), Decimal(2)), roi(Decimal(3), Decimal(2)), contribution(Decimal(3), Decimal(2), Decimal("0.5"))) == (
        Decimal("1.5"), Decimal("0.5"), Decimal("-0.5"),
    )  # fmt: skip
    for function in (roas, roi):
        with pytest.raises(ZeroDivisionError):
            function(Decimal(3), Decimal(0))


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"spend": 0, "revenue": 10}, "bad-spend"),
        ({"spend": -1, "revenue": 10}, "bad-spend"),
        ({"spend": 5}, "missing-revenue"),
        ({"revenue": 5}, "missing-spend"),
        ({"spend": 5, "revenue": 5, "margin": 40}, "bad-margin"),
        ({}, "no-campaigns"),
        ({"channel": "mars"}, "unknown-channel"),
    ],
)
def test_refusals(empty_shop: Workspace, ask: dict[str, Any], code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        compute_roi(empty_shop, ComputeRoi.model_validate(ask))
    assert error.value.code == code


def test_refunds_above_sales_are_said(empty_shop: Workspace) -> None:
    assert "退款多于成交" in compute_roi(empty_shop, ComputeRoi(spend=Decimal(10), revenue=Decimal(-5))).content


def test_history_by_channel_leaves_unknown_revenue_empty(empty_shop: Workspace) -> None:
    shop = filled(
        empty_shop,
        [
            campaign(1, "douyin", 1000, 3000),
            campaign(2, "douyin", 500, None),
            campaign(3, "xiaohongshu", 2000, 2000, conversions=0),
            campaign(4, "google", 700, None, currency="USD"),
        ],
    )
    result = compute_roi(shop, ComputeRoi())
    rows = by_key(result)
    assert rows["douyin"]["spend"] == "1500.00" and rows["douyin"]["roas"] == "3.00" and rows["douyin"]["orders"] == 40
    assert rows["xiaohongshu"]["roas"] == "1.00" and rows["xiaohongshu"]["cpa"] is None
    assert rows["google"]["roas"] is None and rows["google"]["currency"] == "USD"
    assert "留空" in result.content and len(result.artifact.data["plotly"]["data"][0]["x"]) == 2


def test_history_of_a_channel_by_month_and_period(empty_shop: Workspace) -> None:
    later = {"start": date(2026, 10, 1), "end": date(2026, 10, 20)}
    shop = filled(empty_shop, [campaign(1, "douyin", 1000, 3000), campaign(2, "douyin", 1000, 1500, **later), campaign(3, "jd", 10, 10)])
    rows = by_key(compute_roi(shop, ComputeRoi(channel="抖音")))
    assert list(rows) == ["2026-10", "2026-09"] and rows["2026-10"]["roas"] == "1.50"
    assert list(by_key(compute_roi(shop, ComputeRoi(channel="douyin", period_days=15)))) == ["2026-10"]


def test_demo_history_adds_up(shop: Workspace) -> None:
    result = compute_roi(shop, ComputeRoi(reply_language="en"))
    rows = result.artifact.data["rows"]
    frame = shop.warehouse.frame("SELECT sum(spend) AS spend FROM campaigns WHERE currency = 'CNY'")
    spent = sum(Decimal(r["spend"]) for r in rows if r["currency"] == "CNY")
    assert float(spent) == pytest.approx(float(frame["spend"].iloc[0]), abs=0.01 * len(rows))
    assert len(result.content) <= 500


def test_advice_on_a_split_is_exact_and_certified(shop: Workspace) -> None:
    ask = AllocateBudget(
        budget=Decimal("30000.01"),
        currency="CNY",
        channels=["抖音", "xiaohongshu", "taobao"],
        max_share={"taobao": Decimal("0.5")},
        today=TODAY,
    )
    result = allocate_budget(shop, ask)
    rows = result.artifact.data["rows"]
    assert total([Money.of(r["budget"], "CNY") for r in rows], "CNY") == Money.of("30000.01", "CNY")
    assert sum(int(r["orders"]) for r in rows) == int(result.artifact.data["total"]["orders"]["value"])
    assert Decimal(rows[2]["budget"]) <= Decimal("15000.01")
    assert Decimal(result.artifact.data["certificate"]["gap"]) <= Decimal("1e-6")
    assert allocate_budget(shop, ask) == result


def test_advice_without_history_says_what_it_assumes(empty_shop: Workspace) -> None:
    result = allocate_budget(empty_shop, AllocateBudget(budget=Decimal(500), currency="USD", reply_language="en", today=TODAY))
    notes = " ".join(n["en"] for n in result.artifact.data["notes"])
    assert "Channels were not stated" in notes and "not verified" in notes and "Margin is unknown" in notes
    assert all(r["source"] == "assumed" for r in result.artifact.data["rows"])


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"budget": 0}, "infeasible-budget"),
        ({"channels": ["mars"]}, "unknown-channel"),
        ({"channels": ["douyin", "jd"], "min_share": {"douyin": "0.8", "jd": "0.4"}}, "infeasible-budget"),
        ({"channels": ["douyin", "jd"], "min_share": {"douyin": "1.8"}}, "bad-split"),
        ({"channels": ["douyin"], "max_share": {"jd": "0.5"}}, "bad-split"),
    ],
)
def test_advice_refuses_in_words(empty_shop: Workspace, ask: dict[str, Any], code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        allocate_budget(empty_shop, AllocateBudget.model_validate({"budget": 10_000, "currency": "CNY", "today": TODAY} | ask))
    assert error.value.code == code


def test_ltv_stands_beside_the_first_order_and_names_its_horizon(shop: Workspace) -> None:
    from adwright.tools.budget.payback import payback, payback_words

    back = payback(shop)
    assert back is not None and back.days == 90
    assert back.total == back.first + back.repeat and back.repeat.amount > 0
    first = payback(shop, first=Money.of(50, "CNY"))
    assert first is not None and first.first == Money.of(50, "CNY") and first.repeat == back.repeat
    assert payback(shop, first=Money.of(50, "USD")) is None
    words = payback_words(back, Money.of(60, "CNY"))
    assert "90 天" in words.zh and "90 days" in words.en
    result = compute_roi(shop, ComputeRoi(reply_language="en"))
    row = next(r for r in result.artifact.data["rows"] if r["ltv_cac"])
    assert Decimal(row["ltv_cac"]) == (back.total.amount / Decimal(row["cpa"])).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert "upper bound" in result.content and back.evidence in result.artifact.source


def test_without_orders_there_is_no_ltv(empty_shop: Workspace) -> None:
    from adwright.tools.budget.payback import payback

    assert payback(empty_shop, Decimal("0.5")) is None


def test_history_is_cut_by_segment_creative_and_month(empty_shop: Workspace) -> None:
    later = {"start": date(2026, 10, 1), "end": date(2026, 10, 20)}
    shop = filled(
        empty_shop,
        [
            campaign(1, "douyin", 1000, 3000, audience="新客", headline="甲"),
            campaign(2, "jd", 1000, 1500, audience="老客", headline="甲", **later),
            campaign(3, "jd", 500, 500, audience="新客", headline=None),
        ],
    )
    by_segment = by_key(compute_roi(shop, ComputeRoi(by="segment")))
    assert by_segment["新客"]["spend"] == "1500.00" and by_segment["新客"]["roas"] == "2.33"
    assert by_key(compute_roi(shop, ComputeRoi(by="creative")))["甲"]["revenue"] == "4500.00"
    result = compute_roi(shop, ComputeRoi(by="period", margin=Decimal("0.5")))
    assert list(by_key(result)) == ["2026-10", "2026-09"]
    steps = result.artifact.data["waterfall"]["steps"]
    assert [s["key"] for s in steps] == ["revenue", "returns", "goods", "spend", "contribution"]
    assert sum(Decimal(s["value"]) for s in steps[:-1]) == Decimal(steps[-1]["value"]) == Decimal(0)
    assert [p["roas"] for p in result.artifact.data["trend"]["points"]] == ["2.33", "1.50"]


def test_what_looks_wrong_is_named() -> None:
    usual = [
        {"campaign_id": f"c{i}", "channel": "douyin", "currency": "CNY", "spend": 100, "impressions": 9000 + i, "clicks": 100, "conversions": 4,
         "start": date(2026, 1, 1) + timedelta(days=i), "end": date(2026, 1, 9)} for i in range(6)
    ]  # fmt: skip
    assert anomalies(usual) == []
    odd = [
        usual[0] | {"campaign_id": "no-clicks", "clicks": 0, "conversions": 0},
        usual[0] | {"campaign_id": "views", "conversions": 150},
        usual[0] | {"campaign_id": "dear", "spend": 900},
        usual[0] | {"campaign_id": "hot", "clicks": 1200, "spend": 1200},
        usual[0] | {"campaign_id": "ahead", "start": date(2026, 3, 1), "end": date(2026, 3, 9)},
        usual[0] | {"campaign_id": "undated", "start": None, "end": None},
    ]
    said = " ".join(words.en for words in anomalies([*usual, *odd], date(2026, 2, 1)))
    for part in (
        "Spend without clicks: no-clicks.", "More conversions than clicks (perhaps after views): views.", "channel's: hot.", "channel's: dear.",
        "Starts after today: ahead.", "1 campaigns have no dates.", "from 2026-01-10 to 2026-02-28",
    ):  # fmt: skip
        assert part in said


def test_quantities_have_one_definition() -> None:
    assert net_order_value(Decimal(113), tax=Decimal("0.13"), returns=Decimal("0.1"), fee=Decimal("0.05")) == Decimal("85.500")
    with pytest.raises(ValueError, match="between 0 and 1"):
        net_order_value(Decimal(1), returns=Decimal(2))
    assert iroas(Decimal(24), Decimal(18), Decimal(3)) == Decimal(2)
    assert mroas(lambda x: 3 * x, Decimal(100)) == Decimal(3)
    # At the break-even click price a thousand impressions earn exactly what they cost.
    ctr, cvr, value, margin = Decimal("0.02"), Decimal("0.05"), Decimal(200), Decimal("0.4")
    cpc = break_even_cpc(cvr, value, margin)
    assert profit_per_mille(ctr, cvr, value, margin, ecpm(ctr, cpc)) == 0
    assert break_even_cpa(value, margin) * cvr == cpc


def test_returns_of_a_plan_are_its_own_figures(empty_shop: Workspace) -> None:
    with pytest.raises(AdwrightError) as error:
        compute_roi(empty_shop, ComputeRoi(of="plan"))
    assert error.value.code == "no-plan"
    plan = sample_plan(empty_shop)
    empty_shop.records.save_plan(plan)
    for by in ("channel", "segment", "creative"):
        result = compute_roi(empty_shop, ComputeRoi(of="plan", by=by, plan_id=plan.id, reply_language="en"))
        rows = result.artifact.data["rows"]
        assert sum(Decimal(r["spend"]) for r in rows) == pytest.approx(plan.total.amount, abs=Decimal("0.02") * len(rows))
        assert sum(Decimal(r["revenue"]) for r in rows) == pytest.approx(plan.forecast.revenue.value, abs=Decimal("0.02") * len(rows))
        assert f"ROAS of {plan.forecast.roas.text()}" in result.content
