"""The pieces of the page without a browser: escaping, answers, step cards, amounts typed by hand."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.agent import events as ev
from adwright.agent.artifact_lines import row_text
from adwright.data.errors import AdwrightError
from adwright.data.result import Artifact, Step
from adwright.data.words import both
from adwright.ui import chat, frame, prose, results, texts
from adwright.ui.live import Live, cards_of, shown
from adwright.ui.sources import Origin, origins


def no_plan(plan_id: str, version: int) -> None:
    return None


def no_file(name: str) -> str:
    return f"gradio_api/file={name}"


def test_a_figure_of_a_tools_sentence_alone_is_not_called_a_models() -> None:
    warned = Artifact(kind="text", title=both("提醒", "Note"), data={"zh": "竞价上涨，已按假设 +30% 计入。", "en": "+30% is assumed."})
    call = ev.ToolCall(id="c", tool="make_plan", args={}, artifact=warned)
    assert origins(ev.Turn(said="做计划", calls=[call], text="请留意：竞价上涨，已按假设 +30% 计入。"), ["做计划"], [], "zh") == []


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.text(max_size=40))
def test_no_answer_can_add_an_element_or_an_address(text: str, label: str) -> None:
    html = prose.prose(text, "zh", [Origin(min(3, len(text)), "you", (("来源", label),))])
    allowed = (
        r"</?(?:p|b|br|ul|ol|li|h4|code|div|table|thead|tbody|tr|th|td|span)(?: class=\"[a-z -]*\")?>"
        r"|<span class=\"[a-z -]*\" role=\"button\" tabindex=\"0\" aria-expanded=\"false\" aria-label=\"[^\"<>]*\" data-origin=\"[^\"<>]*\">"
    )
    assert "<" not in re.sub(allowed, "", html)


@pytest.mark.parametrize(
    "said", ["<img src=x onerror=alert(1)>", "</div><script>alert(1)</script>", "${alert(1)}`", '"><svg onload=alert(1)>']
)
def test_what_a_person_typed_is_shown_as_typed(said: str) -> None:
    turn = ev.Turn(said=said, text=said, suggestions=[said], notices=[both(said, said)])
    html = chat.conversation([turn], None, "zh", no_plan, no_file) + chat.chips([said], "zh") + frame.brand(said, True, "zh")
    assert "<script" not in html and "<img" not in html and "<svg onload" not in html


def test_remote_pictures_and_links_become_words() -> None:
    html = prose.prose("![logo](https://example.com/a.png) and [site](https://example.com)", "en")
    assert html == "<p>logo and site</p>"


def test_a_mark_stands_behind_its_figure_and_never_alone() -> None:
    html = prose.prose(
        "**¥50,000** 带来 390 单。", "zh", [Origin(9, "you", (("来源", "您说的"),)), Origin(18, "model", (("来源", "模型"),))]
    )
    assert (
        '<span class="aw-figure"><b>¥50,000</b><span class="aw-mark' in html and '<span class="aw-figure">390<span class="aw-mark' in html
    )
    assert html.count("aw-you") == 1 and html.count("aw-model") == 1


def test_marks_written_by_a_model_are_dropped() -> None:
    assert prose.prose("CPA 100 [史]", "zh") == "<p>CPA 100</p>"


def test_a_draft_for_a_customer_is_a_quotation() -> None:
    html = prose.prose("Reply:\n\n> Thank you. <b>\n> Bye.\n\nSent: no", "en")
    assert html == "<p>Reply:</p><blockquote>Thank you. &lt;b&gt;<br>Bye.</blockquote><p>Sent: no</p>"


def test_a_numbered_list_goes_on_counting_after_a_paragraph() -> None:
    html = prose.prose("1. one\nits text\n2. two\n3. three", "en")
    assert html == '<ol><li>one</li></ol><p>its text</p><ol start="2"><li>two</li><li>three</li></ol>'
    assert prose.prose("x \ue0000\ue001", "zh") == "<p>x  0 </p>"


def test_parts_stand_for_their_call_and_fold_into_one_line() -> None:
    step = Step(key="find", title=both("划分人群", "Find segments"), finding=both("3 个人群", "3 groups"), seconds=0.8)
    call = ev.ToolCall(
        id="c", tool="make_plan", args={}, finding=both("好", "ok"), steps=[step, step.model_copy(update={"key": "b"})], seconds=1.6
    )
    turn = ev.Turn(said="x", calls=[call], text="好", seconds=3.9)
    assert [card.parent for card in shown(cards_of(turn))] == ["c", "c"]
    html = chat.conversation([turn], None, "zh", no_plan, no_file)
    assert "完成 2 步，用时 3.9 秒" in html
    assert "<details" in html and " open" not in html
    assert "2 steps in 3.9 s" in chat.conversation([turn], None, "en", no_plan, no_file)


def test_a_running_turn_shows_progress_and_a_failed_one_leaves_no_spinner() -> None:
    live = Live(said="x")
    assert live.hear(ev.StepStarted(id="c", tool="make_plan", title=both("制作", "Make")))
    assert not live.hear(ev.StepProgress(id="c", note=both("已完成", "Ready"), done=4, of=6))
    assert "4 / 6" in chat.conversation([], live, "zh", no_plan, no_file)
    assert live.planning
    live.hear(ev.Failed(code="x", message=both("没有成功。", "It failed."), hint=both("再试。", "Try again.")))
    live.close()
    html = chat.conversation([], live, "zh", no_plan, no_file)
    assert "aw-is-running" not in html and 'role="alert"' in html


def test_an_artifact_of_unknown_content_does_not_break_the_conversation() -> None:
    odd = Artifact(kind="copy", title=both("文案", "Copy"), data={"items": [{"nonsense": 1}, 3]})
    call = ev.ToolCall(id="c", tool="draft_copy", args={}, finding=both("好", "ok"), artifact=odd)
    assert "aw-turn" in chat.conversation([ev.Turn(said="x", calls=[call], text="好")], None, "zh", no_plan, no_file)


@pytest.mark.parametrize(("typed", "amount"), [("12000", "12000"), ("¥12,000.50", "12000.50"), ("1，200元", "1200"), ("0", "0")])
def test_amounts_typed_into_the_table_are_read(typed: str, amount: str) -> None:
    from adwright.ui.edits import read_amount

    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "abc", "-5", "NaN", "1e999", "Infinity", "12;3"])
def test_other_words_are_refused_with_a_reason(typed: str) -> None:
    from adwright.ui.edits import read_amount

    with pytest.raises(AdwrightError) as caught:
        read_amount(typed)
    assert caught.value.code == "bad-number"


def test_every_sentence_of_the_page_has_the_same_blanks_in_both_languages() -> None:
    for key, words in texts.TEXTS.items():
        assert words.zh and words.en, key
        assert set(re.findall(r"{(\w+)}", words.zh)) == set(re.findall(r"{(\w+)}", words.en)), key
        assert "!" not in words.zh + words.en and "！" not in words.zh, key


def test_another_address_needs_a_password() -> None:
    from adwright.ui.app import launch

    with pytest.raises(AdwrightError) as caught:
        launch("nowhere", host="0.0.0.0")
    assert caught.value.code == "auth-required"


def test_returns_are_drawn_in_steps_that_hang_together_and_by_month() -> None:
    from adwright.ui import charts

    def drawn(values: list[str]) -> dict[str, Any]:
        names = ("revenue", "returns", "goods", "spend", "contribution")
        steps = [{"key": k, "name": {"zh": k, "en": k}, "value": v} for k, v in zip(names, values, strict=True)]
        return charts.waterfall({"currency": "CNY", "steps": steps}, "zh")["data"][0]

    loss = drawn(["1000", "-100", "-540", "-500", "-140"])
    tops = [base + height for base, height in zip(loss["base"], loss["y"], strict=True)]
    assert tops[1:4] == [1000, 900, 360] and loss["base"][1:] == [900, 360, -140, -140] and tops[4] == 0
    assert loss["marker"]["color"][-1] != drawn(["1000", "-100", "-540", "-200", "160"])["marker"]["color"][-1]
    points = [
        {"period": "2026-09", "spend": "10", "revenue": None, "roas": None},
        {"period": "2026-10", "spend": "20", "revenue": "50", "roas": "2.50"},
    ]
    bars = charts.trend({"currency": "CNY", "points": points}, "en")["data"]
    assert [b["name"] for b in bars] == ["Spend", "Revenue", "ROAS"] and bars[1]["y"] == [None, 50.0] and bars[2]["y"][1] == 2.5


def test_a_column_of_money_is_told_in_each_row_s_own_currency() -> None:
    columns = [
        {"key": "name", "name": {"zh": "渠道", "en": "Channel"}, "unit": "text"},
        {"key": "spend", "name": {"zh": "花费", "en": "Spend"}, "unit": "money"},
    ]
    rows = [{"name": "a", "spend": "88996.41", "currency": "CNY"}, {"name": "b", "spend": "12.50", "currency": "USD"}]
    shown = results.table({"columns": columns, "rows": rows}, "en")
    assert "¥88,996.41" in shown and "$12.50" in shown and "money" not in shown
    assert [row_text(columns, row, "en") for row in rows] == ["a: Spend ¥88,996.41", "b: Spend $12.50"]
