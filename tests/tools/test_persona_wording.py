"""Personas worded by a configured model, over a real loopback endpoint: what holds stands, what was invented does not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adwright.agent.rehearsal.server import Request, Speaker, status
from adwright.data.workspace import Workspace
from adwright.tools.audience.reword import FILE, reword
from adwright.tools.audience.segment import Segmentation, find_segments
from adwright.tools.audience.segment_users import SegmentUsers, segment_users


@pytest.fixture
def modelled(shop_with_model: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The demo shop with a chat model and all the time that a busy machine takes; nothing kept by others, nor for them."""
    (shop_with_model.models / FILE).unlink(missing_ok=True)
    monkeypatch.setattr(sys.modules[reword.__module__], "SECONDS", 600.0)
    yield shop_with_model
    (shop_with_model.models / FILE).unlink(missing_ok=True)


def text_of(request: Request) -> str:
    """The text that a prompt asks to reword: its last line."""
    return str(request.body["messages"][0]["content"]).strip().splitlines()[-1]


def shorter(request: Request) -> None:
    """Rewords honestly: the first sentence alone, after some thinking with numbers in it."""
    end = "。" if "。" in text_of(request) else ". "
    request.head()
    request.whole({"content": f"<think>maybe 99% of 12345?</think>{text_of(request).partition(end)[0]}{end.strip()}"})


def invents(request: Request) -> None:
    request.head()
    request.whole({"content": "他们有 93.7% 会在 11 天内再买，多是年轻妈妈。"})


def summaries(found: Segmentation) -> list[str]:
    return [segment.persona.summary.zh for segment in found.segments]


def test_a_wording_within_the_evidence_stands_and_is_asked_for_once(modelled: Workspace, speaker: Speaker) -> None:
    plain, speaker.script = find_segments(modelled), [shorter]
    found = reword(modelled, plain, "zh")
    assert all(new != old and old.startswith(new) for new, old in zip(summaries(found), summaries(plain), strict=True))
    assert [s.persona.summary.en for s in found.segments] == [s.persona.summary.en for s in plain.segments]
    assert any("由模型 m 改写" in note.zh for note in found.notes)
    asked = len(speaker.asked)
    assert asked == plain.k and summaries(reword(modelled, plain, "zh")) == summaries(found) and len(speaker.asked) == asked


def test_invented_numbers_and_people_fall_back_to_the_template(modelled: Workspace, speaker: Speaker) -> None:
    plain, speaker.script = find_segments(modelled), [invents]
    found = reword(modelled, plain, "zh")
    assert summaries(found) == summaries(plain)
    assert any(f"写的 {plain.k} 段说明有证据里没有的内容" in note.zh for note in found.notes)
    assert len(speaker.asked) == 2 * plain.k, "two tries a text, the second with its faults"
    assert any("93.7%" in sent["messages"][0]["content"] for sent in speaker.asked)


def test_a_model_that_fails_is_named_and_not_asked_again_in_the_turn(modelled: Workspace, speaker: Speaker) -> None:
    speaker.script = [status(401, {"error": {"message": "sk-secret"}})]
    result = segment_users(modelled, SegmentUsers(reply_language="en"))
    notes = [note["en"] for note in result.artifact.data["notes"]]
    assert any("refused the key" in note and "own descriptions" in note for note in notes) and "sk-secret" not in str(notes)
    assert len(speaker.asked) <= 4 and not (modelled.models / FILE).exists()


def test_the_tool_words_what_it_hands_over(modelled: Workspace, speaker: Speaker) -> None:
    speaker.script = [shorter]
    told = segment_users(modelled, SegmentUsers(reply_language="en")).artifact.data["items"]
    plain = {s.id: s.persona.summary.en for s in find_segments(modelled).segments}
    assert all(plain[item["id"]].startswith(item["persona"]["summary"]["en"][:-1]) for item in told)
    assert all(len(item["persona"]["summary"]["en"]) < len(plain[item["id"]]) for item in told)


def test_with_the_planner_nothing_is_asked_for(shop: Workspace, tmp_path: Path) -> None:
    plain = find_segments(shop)
    assert reword(shop, plain, "zh") is plain
