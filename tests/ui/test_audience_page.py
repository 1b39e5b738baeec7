"""Who should see a product, customer lists and what a group is worth, as HTML made by hand: what is shown, and to whom it is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adwright.agent.events import ApprovalNeeded, ToolCall, Turn
from adwright.data.figure import Figure
from adwright.data.result import Artifact
from adwright.data.words import Language, both
from adwright.data.workspace import Workspace
from adwright.ui import attach, frame, results, tabs, who
from adwright.ui.portrait import portrait_card

from .test_portrait import HOSTILE, segment

COUNTS = {
    "in_segment": 1746,
    "with_consent": 1500,
    "suppressed": 12,
    "minors": 0,
    "with_contact": 1400,
    "invalid": 3,
    "duplicates": 0,
    "written": 1385,
}


def told(words: str = "跑鞋") -> dict[str, Any]:
    same = both(words, words).model_dump()
    buyers = Figure.of(12, "count", "model", low=7, high=17).model_dump(mode="json")
    row = {"id": "s1", "name": same, "size": 1563, "buyers": buyers, "rate": 0.01, "lift": 5.1, "reasons": [same]}
    return {
        "product": same, "exact": True, "modelled": "category", "horizon": 30, "eligible": 16144, "segments": [row] * 6,
        "cut": {"reach": 3451, "buyers": buyers, "lift": 3.7, "found": 0.78, "why": same},
        "exclude": [{"rule": "no-consent", "n": 1532, "reason": same}], "notes": [same], "plotly": {"data": [], "layout": {}}, "answer": same,
    }  # fmt: skip


def turn(tool: str, data: dict[str, Any], ok: bool = True) -> Turn:
    kind: Any = "segments" if tool == "segment_users" else "file"
    made = Artifact(kind=kind, title=both("名单", "List"), data=data)
    return Turn(said="", calls=[ToolCall(id="c", tool=tool, args={}, ok=ok, artifact=made)])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_should_see_it_is_told_with_ranges_and_reasons(language: Language) -> None:
    shown = who.who_card(told(), language)
    for part in ("3,451", "16,144", "12", "7–17", "78%", "3.7", "1,563", "×5.10", "1,532", "aw-chart"):
        assert part in shown
    assert shown.count("<details") == shown.count("</details>") == 1
    assert who.who_card(None, language) == ""


def test_only_the_last_question_about_customers_counts() -> None:
    asked, later = turn("segment_users", {"targeting": told(), "items": []}), turn("segment_users", {"items": []})
    assert who.targeting_of([asked]) == told()
    assert who.targeting_of([asked, later]) is None
    assert who.targeting_of([asked, turn("segment_users", {"targeting": told("x")}, ok=False)]) == told()


def test_the_question_before_a_list_names_segment_and_platform() -> None:
    needed = ApprovalNeeded(
        id="a", tool="export_audience", title=both("", ""), detail=both("", ""), args={"segment": "s1", "platform": "google"}
    )
    known = who.groups_of([turn("segment_users", {"items": [segment("跑鞋客").model_dump(mode="json")]})], None)
    bar = frame.approval(needed, None, "zh", known)
    assert "跑鞋客" in bar and "Google Ads" in bar and "不会上传" in bar and 'data-act="approve"' in bar and "edit-figures" not in bar
    assert "s1" in frame.approval(needed, None, "en")


def test_a_list_is_offered_only_from_the_export_folder(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    inside, outside = exports / "s1-google.csv", tmp_path / "records.sqlite"
    inside.write_text("Email\n", encoding="utf-8")
    outside.write_text("secret", encoding="utf-8")

    def url(name: str) -> str:
        return "file=" + name if tabs.inside(name, [exports]) else ""

    files = [{"name": path.name, "file": str(path)} for path in (inside, outside, exports / ".." / "records.sqlite", exports / "gone.csv")]
    data = {
        "counts": COUNTS,
        "items": files,
        "rule": both("SHA-256。", "SHA-256.").model_dump(),
        "notes": [both("略", "note").model_dump()],
    }
    made = Artifact(kind="file", title=both("名单", "List"), data=data)
    shown = results.artifact(made, "en", url)
    assert "1,746" in shown and "1,500" in shown and "1,385" in shown and "Unsubscribed 12" in shown and "Under 18" not in shown
    assert shown.count("<a ") == 1 and "s1-google.csv" in shown and "sqlite" not in shown
    assert "<a " not in results.artifact(made, "zh", lambda name: "")


def test_what_a_group_is_worth_stands_on_its_card_where_it_is_known() -> None:
    worth = {"p_repeat_90d": Figure.of(0.34, "rate", "model", low=0.29, high=0.4), "churn": Figure.of(0.28, "rate", "past")}
    shown = portrait_card(segment().model_copy(update=worth), 0, [], "zh")
    assert "90 天内再买" in shown and "34" in shown and "29" in shown and "已流失" in shown and "90 天价值" not in shown
    assert "aw-worth" not in portrait_card(segment(), 0, [], "zh")


def test_words_of_the_data_stay_words() -> None:
    needed = ApprovalNeeded(
        id="a", tool="export_audience", title=both("", ""), detail=both("", ""), args={"segment": HOSTILE, "platform": HOSTILE}
    )
    data = {"counts": COUNTS, "items": [{"name": HOSTILE, "file": "x"}], "notes": [both(HOSTILE, HOSTILE).model_dump()]}
    made = Artifact(kind="file", title=both(HOSTILE, HOSTILE), data=data)
    for shown in (
        who.who_card(told(HOSTILE), "zh"),
        frame.approval(needed, None, "en", [segment(HOSTILE)]),
        results.artifact(made, "zh", lambda name: "u"),
    ):
        assert "<img" not in shown and "&lt;img" in shown


@pytest.mark.parametrize(
    ("name", "rows", "kind"),
    [
        ("contacts.csv", "会员编号,邮箱,手机号,同意营销\nu1,ann@example.com,13800138000,是\n", "contacts"),
        ("sessions.csv", "session_id,timestamp,event,item_id\na1,2026-11-01 10:00:00,view,P1\n", "events"),
        (
            "orders_export.csv",
            "Name,Email,Financial Status,Currency,Subtotal,Created at,Lineitem quantity,Lineitem name,Lineitem price\n"
            "#1,ann@example.com,paid,USD,20,2026-11-01 10:00:00 +0800,1,Shoe,20\n",
            "orders",
        ),
        ("users.csv", "user_id,registered,gender,age,consent\nu1,2024-01-01,f,30,1\n", "users"),
    ],
)
def test_a_dropped_file_is_taken_for_what_it_is_and_shows_nobody(
    tmp_path: Path, empty_shop: Workspace, name: str, rows: str, kind: str
) -> None:
    file = tmp_path / name
    file.write_text(rows, encoding="utf-8")
    found, report = attach.look(empty_shop, file)
    card = attach.preview(name, found, report, "zh", demo=False)
    assert (found, report.imported, report.dry_run) == (kind, 1, True)
    assert "ann@example.com" not in card and "13800138000" not in card
