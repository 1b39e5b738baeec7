"""Figures without a source are found; figures that only look different are let through."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.agent.guard import unknown_figures, values_in

KNOWN = values_in(
    ["预算5万元，投两周"], {"orders": "390", "roas": "3.79", "ctr": "0.0123", "cpa": {"value": "128", "unit": "CNY"}, "revenue": "189500"}
)


@pytest.mark.parametrize(
    "answer",
    [
        "预计 390 单，ROAS 3.79，点击率 1.23%，CPA ¥128。",
        "投入 ¥50,000.00（5万元），收入约 19万，ROAS 3.8。",
        "An estimated 390 orders from 50k, ROAS 3.8x and a CTR of 1.2%.",
        "12月1日开始，到 2026-12-14 结束；1. 先看三个渠道 2. 再看两条文案。",
        "共 14 天里有 3 个渠道、2 个人群。",
        "图片 1080x1920，第 2 版，P10–P90。",
        "五万元预算，收入 18.95万。",
    ],
)
def test_right_answers_pass(answer: str) -> None:
    known = KNOWN | {Decimal(14)}
    assert [item.written for item in unknown_figures(answer, known)] == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("预计 430 单。", "430"),
        ("ROAS 4.1。", "4.1"),
        ("投入 ¥500,000。", "¥500,000"),
        ("点击率 12.3%。", "12.3%"),
        ("预算 8万元。", "8万元"),
        ("ROAS 5", "5"),
        ("budget $60k", "$60k"),
        ("收入 １２３４５６ 元", "123456 元"),
    ],
)
def test_wrong_figures_are_found(answer: str, wrong: str) -> None:
    assert wrong in [item.written for item in unknown_figures(answer, KNOWN)]


@settings(max_examples=150, deadline=None)
@given(st.decimals(min_value=Decimal("13.37"), max_value=Decimal(9_000_000), places=2), st.sampled_from(["{:,}", "{}", "¥{:,}", "${}"]))
def test_any_known_figure_is_known_in_any_dress(value: Decimal, dress: str) -> None:
    assert not unknown_figures(f"result: {dress.format(value)}.", values_in(str(value)))


def test_planted_figures_are_nearly_all_found() -> None:
    draw = random.Random(7)
    missed = 0
    for _ in range(300):
        right = [draw.randint(20, 90_000) for _ in range(5)]
        wrong = draw.randint(20, 90_000)
        while any(abs(wrong - value) < 2 for value in right):
            wrong = draw.randint(20, 90_000)
        answer = f"预计 {right[0]:,} 次点击，{right[1]} 单，投入 ¥{right[2]:,}，其中抖音 {wrong:,} 元。"
        missed += not any(item.value == wrong for item in unknown_figures(answer, values_in([str(value) for value in right])))
    assert missed == 0
