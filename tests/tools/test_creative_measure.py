"""Evaluation of copy: known values, Chinese read right, laws of the scores, bad input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.creative import compare_copy, evaluate_copy
from adwright.tools.creative.measure import readability


def test_a_text_equal_to_its_reference_scores_full() -> None:
    for language, text in (("zh", "白色的连衣裙，简约大方"), ("en", "a plain white dress with pockets")):
        found = evaluate_copy([text], [text], language)  # type: ignore[arg-type]
        assert found["bleu_4"] == pytest.approx(100, abs=0.01) and found["rouge_l"] == found["rouge_1"] == 100
        assert found["rouge_tokeniser"].startswith("jieba" if language == "zh" else "words") and "sacrebleu" in found["with"]


def test_unlike_texts_score_low_and_several_references_count_as_the_best() -> None:
    apart = evaluate_copy(["红色跑鞋"], ["白色的连衣裙，简约大方"], "zh")
    assert apart["bleu_4"] < 5 and apart["rouge_2"] == 0
    assert evaluate_copy(["红色跑鞋"], [["白色的连衣裙", "红色跑鞋"]], "zh")["rouge_l"] == 100


def test_facts_copying_limits_and_policy() -> None:
    found = evaluate_copy(
        ["白色连衣裙，包邮", "全球第一的外套"],
        [],
        "zh",
        facts=[["白色", "连衣裙"], ["黑色", "外套"]],
        sources=["白色连衣裙，包邮"],
        limit=7,
    )
    assert found["coverage"] == 0.75 and found["unsupported"] == 0.5 and found["verbatim"] == 0.5
    assert found["within_limit"] == 0.5 and found["policy_pass"] == 0.5 and "bleu_4" not in found


@given(st.lists(st.sampled_from(["好鞋", "轻便的包", "一款台灯，三档调光", "red shoes", "a b c"]), min_size=1, max_size=5))
def test_shares_stay_between_nought_and_one(texts: list[str]) -> None:
    found = evaluate_copy(texts, texts, "zh")
    assert all(0 <= found[key] <= 1 for key in ("distinct_1", "distinct_2", "policy_pass"))
    assert 0 <= found["bleu_4"] <= 100.01 and 0 <= found["self_bleu"] <= 100.01


def test_repeating_lowers_distinct_and_raises_self_bleu() -> None:
    same = evaluate_copy(["一款台灯，三档调光"] * 4, [], "zh")
    other = evaluate_copy(["一款台灯，三档调光", "跑鞋很轻", "周末去露营", "早餐吃红枣"], [], "zh")
    assert same["distinct_2"] < other["distinct_2"] and same["self_bleu"] > other["self_bleu"]


def test_readability_and_the_table() -> None:
    assert readability("一款台灯，三档调光", "zh") == 4 and readability("a b. c d e f", "en") == 3
    table = compare_copy({"a": {"x": 1}, "b": {"y": None}})
    assert table.splitlines() == ["| measure | a | b |", "|---|---|---|", "| x | 1 | - |", "| y | - | - |"]


@pytest.mark.parametrize(("texts", "references", "code"), [([], [], "nothing-to-score"), (["a"], ["a", "b"], "uneven")])
def test_what_cannot_be_scored_is_named(texts: list[str], references: list[str], code: str) -> None:
    with pytest.raises(AdwrightError) as caught:
        evaluate_copy(texts, references, "en")
    assert caught.value.code == code
