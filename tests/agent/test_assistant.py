"""Turns with the embedded planner: events in order, edits, approvals, and a history that is the stored thread."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adwright import Assistant, Workspace
from adwright.agent.events import ApprovalNeeded, Done, Event, Failed, StepDone, StepProgress, StepStarted, TextDelta
from adwright.data.money import Money
from adwright.data.patch import SetBudget
from adwright.data.plan import CampaignPlan

from .workbench import RAN, tools

TODAY = date(2026, 11, 23)
PLAN_ZH = "帮我做一个5万元的跑鞋上新投放计划，抖音和小红书，两周"
PLAN_EN = "plan me a $50k campaign for the spring running-shoe launch on Instagram and Google, two weeks"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    RAN.clear()
    return tmp_path / "shop"


@pytest.fixture
def helper(place: Path) -> Iterator[Assistant]:
    with Workspace.open(place, create=True, name="测试店") as workspace:
        yield Assistant(workspace, today=TODAY, tools=tools())


def steps(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.kind, event.id) for event in events if isinstance(event, StepStarted | StepProgress | StepDone)]


def test_a_plan_is_made_watched_and_told(helper: Assistant) -> None:
    events = list(helper.stream(PLAN_ZH, "t"))
    assert isinstance(events[0], StepStarted) and events[0].tool == "understand"
    call = next(event.id for event in events if isinstance(event, StepStarted) and event.tool == "make_plan")
    assert steps(events) == [
        ("step-started", "understand"),
        ("step-done", "understand"),
        ("step-started", call),
        ("step-started", f"{call}/brief"),
        ("step-progress", f"{call}/brief"),
        ("step-done", f"{call}/brief"),
        ("step-done", call),
    ]
    parent = next(event for event in events if isinstance(event, StepStarted) and event.tool == "brief")
    assert parent.parent == call
    done = events[-1]
    assert isinstance(done, Done) and done.behaviour == "do" and done.version == 1
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == done.text
    plan = helper.workspace.records.current("t")
    assert plan is not None and plan.id == done.plan_id and plan.total == Money.of(50000, "CNY")
    for figure in (
        plan.total.text(short=True),
        plan.forecast.orders.text("zh"),
        plan.forecast.roas.text("zh"),
        plan.forecast.cpa.text("zh"),
    ):
        assert figure in done.text
    assert done.text.count("\n- ") <= 3 and len(done.suggestions) == 3


def test_english_is_answered_in_english(helper: Assistant) -> None:
    reply = helper.chat(PLAN_EN, "t")
    assert reply.plan is not None and reply.plan.total == Money.of(50000, "USD")
    assert reply.text.isascii() or not any(
        "\u4e00" <= letter <= "\u9fff" for letter in reply.text.replace(reply.plan.brief.product.value.name, "")
    )
    assert reply.tool_calls[0].tool == "make_plan" and reply.behaviour == "do"


def test_edits_in_words_and_on_the_page_make_versions(helper: Assistant) -> None:
    first = helper.chat(PLAN_ZH, "t").plan
    second = helper.chat("预算降到1万", "t")
    assert first is not None and second.plan is not None
    assert (second.plan.id, second.plan.version, second.plan.total) == (first.id, 2, Money.of(10000, "CNY"))
    assert "¥50,000 → ¥10,000" in second.text
    events = list(helper.edit("t", [SetBudget(budget=Money.of(20000, "CNY"))]))
    assert isinstance(events[-1], Done) and events[-1].version == 3
    assert helper.history("t")[-1].said == "预算改为¥20,000"
    third = helper.chat("撤销", "t").plan
    assert third is not None and third.version == 2


def test_why_is_answered_from_the_plan(helper: Assistant) -> None:
    helper.chat(PLAN_ZH, "t")
    reply = helper.chat("这个ROAS怎么算的？", "t")
    assert "成交额 ÷ 预算 = ¥125,000 ÷ ¥50,000 = 2.50" in reply.text and not reply.tool_calls


def test_an_export_waits_and_every_decision_ends_it(helper: Assistant) -> None:
    helper.chat(PLAN_ZH, "t")
    exports = helper.workspace.exports
    for decision in ("reject", "approve"):
        events = list(helper.stream("导出成Excel", "t"))
        needed = events[-1]
        assert isinstance(needed, ApprovalNeeded) and needed.amount == Money.of(50000, "CNY")
        waiting = helper.history("t")[-1]
        assert waiting.approval == needed and not waiting.text and not list(exports.iterdir())
        done = list(helper.decide("t", decision))[-1]
        assert isinstance(done, Done) and done.text
    assert len(list(exports.iterdir())) == 1
    assert [item["decision"] for item in helper.workspace.records.approvals("t")] == ["reject", "approve"]
    late = list(helper.decide("t", "approve"))
    assert isinstance(late[-1], Failed) and late[-1].code == "nothing-to-approve"


def test_an_approval_can_be_edited_and_the_ran_arguments_are_kept(helper: Assistant) -> None:
    helper.chat(PLAN_ZH, "t")
    list(helper.stream("导出成Excel", "t"))
    list(helper.decide("t", "edit", args={"formats": ["zip"]}))
    call = helper.history("t")[-1].calls[-1]
    assert call.ok and call.args["formats"] == ["zip"]


def test_typing_while_an_approval_is_open_closes_it(helper: Assistant) -> None:
    helper.chat(PLAN_ZH, "t")
    list(helper.stream("导出成Excel", "t"))
    reply = helper.chat("预算降到1万", "t")
    assert reply.plan is not None and reply.plan.total == Money.of(10000, "CNY")
    turns = helper.history("t")
    closed = turns[1]
    assert closed.approval is None and [(call.ok, call.code) for call in closed.calls] == [(False, "rejected")] and closed.text
    assert helper.workspace.records.approvals("t")[-1]["decision"] == "reject"
    assert not list(helper.workspace.exports.iterdir())


def test_history_is_the_same_after_opening_again(place: Path) -> None:
    with Workspace.open(place, create=True) as workspace:
        helper = Assistant(workspace, today=TODAY, tools=tools())
        helper.chat(PLAN_ZH, "t")
        list(helper.stream("导出成Excel", "t"))
        before = helper.history("t")
        names = [(entry.thread, entry.title) for entry in helper.threads()]
    with Workspace.open(place) as workspace:
        helper = Assistant(workspace, today=TODAY, tools=tools())
        assert helper.history("t") == before and before[-1].approval is not None
        assert [(entry.thread, entry.title) for entry in helper.threads()] == names and names[0][1].startswith("帮我做")
        assert isinstance(list(helper.decide("t", "approve"))[-1], Done)
        helper.delete("t")
        assert helper.history("t") == [] and not helper.threads()


def test_the_same_request_gives_the_same_answer(helper: Assistant) -> None:
    first, second = helper.chat(PLAN_ZH, "a"), helper.chat(PLAN_ZH, "b")
    assert first.text == second.text and first.plan == second.plan


def test_what_cannot_be_taken_is_said(helper: Assistant) -> None:
    for text, code in (("", "empty-text"), (" \n\t", "empty-text"), ("跑鞋" * 500_000, "text-too-long")):
        events = list(helper.stream(text, "t"))
        assert len(events) == 1 and isinstance(events[0], Failed) and events[0].code == code
        assert helper.chat(text, "t").failed == code
    assert helper.history("t") == []


def test_a_question_is_asked_once_with_a_default(helper: Assistant) -> None:
    reply = helper.chat("给我来个爆款方案", "t")
    assert reply.behaviour == "ask" and reply.plan is None and not reply.tool_calls
    assert reply.text.count("？") <= 2


def test_a_busy_thread_says_so_and_a_left_one_is_free(helper: Assistant) -> None:
    running = helper.stream(PLAN_ZH, "t")
    next(running)
    busy = list(helper.stream("你好", "t"))
    assert isinstance(busy[-1], Failed) and busy[-1].code == "thread-busy"
    running.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(list(helper.stream(PLAN_ZH, "t"))[-1], Done)


def test_one_tool_failing_is_told_without_details(helper: Assistant) -> None:
    reply = helper.chat("Find our best past campaigns, boom", "t")
    assert reply.tool_calls and not reply.tool_calls[0].ok
    assert "hunter2" not in reply.model_dump_json() and reply.text


def test_events_are_plain_json(helper: Assistant) -> None:
    for event in helper.stream(PLAN_ZH, "t"):
        assert json.loads(event.model_dump_json())


def test_a_plan_without_a_conversation(place: Path) -> None:
    with Workspace.open(place, create=True) as workspace:
        helper = Assistant(workspace, today=TODAY, tools=tools())
        from adwright.data.errors import AdwrightError

        for text, code in (("给跑鞋做个计划", "missing-budget"), ("", "empty-text")):
            with pytest.raises(AdwrightError) as error:
                helper.plan(text)
            assert error.value.code == code


def test_nothing_leaves_this_machine(helper: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        asked.append(address)
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert isinstance(helper.chat(PLAN_ZH, "t").plan, CampaignPlan)
    assert not asked
