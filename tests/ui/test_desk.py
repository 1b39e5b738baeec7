"""The pages of customer service, without a browser: a conversation, a hand-over, a file of answers, and what customers never see."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.ui.app import quiet

quiet()

from adwright.ui.desk import NOTHING, Desk, launch  # noqa: E402


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_conversation_and_its_hand_over(empty_shop: Workspace, tmp_path: Path) -> None:
    desk = Desk(empty_shop)
    file = tmp_path / "own.md"
    file.write_text("## 可以货到付款吗\n暂不支持货到付款。\n", "utf-8")
    told, _, store = desk._load(str(file))
    assert "1" in told and "货到付款" in store
    box, talk, shown = desk._taken("能货到付款吗", NOTHING, "zh")
    assert box == "" and "能货到付款吗" in shown
    talk, shown = desk._answered(talk, "zh")
    assert talk[1][-1] == ("desk", "暂不支持货到付款。") and desk.passed_on.all() == []
    _, talk, shown = desk._taken("<img src=x onerror=alert(1)> 我要投诉", talk, "zh")
    # A second message before the first is answered is not lost.
    _, talk, shown = desk._taken("快一点", talk, "zh")
    talk, shown = desk._answered(talk, "zh")
    assert [who for who, _ in talk[1]] == ["customer", "desk", "customer", "customer", "desk", "desk"]
    assert "<img" not in shown and "&lt;img" in shown
    (one,) = desk.passed_on.all()
    listed, _ = desk._shown()
    assert one.messages[1].startswith("<img") and "<img" not in listed and "投诉" in listed
    listed, _ = desk._finish(one.number)
    assert "ds-done" in listed
    assert desk._taken("   ", talk, "zh")[1][1] == talk[1]


def test_a_bad_file_is_named_on_the_page(empty_shop: Workspace, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{", "utf-8")
    told, _, _ = Desk(empty_shop)._load(str(tmp_path / "x.json"))
    assert "x.json" in told and "ds-told" in told


def test_both_pages_are_served_and_a_taken_port_is_named(empty_shop: Workspace) -> None:
    port, team = free(), free()
    pages = launch(empty_shop, port=port, team_port=team)
    try:
        for at in (port, team):
            assert httpx.get(f"http://127.0.0.1:{at}/", trust_env=False).status_code == 200
        with pytest.raises(AdwrightError) as error:
            launch(empty_shop, port=port, team_port=free())
        assert error.value.code == "port-busy"
    finally:
        for page in pages:
            page.close()
