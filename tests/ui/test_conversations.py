"""Ten conversations, five in Chinese and five in English, typed and pressed in the real page by headless Chromium.

What is said, and what must be true afterwards, stands in ``conversations/*.toml``. A turn that names no change must leave the plan
exactly as it was; an edit may change only the fields it names. One page, one small demo shop, all ten in turn.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adwright.agent.assistant import Assistant
from adwright.data.plan import CampaignPlan
from adwright.data.workspace import Workspace

from .test_page import ARGUMENTS, CHROMIUM, Visit

pytestmark = pytest.mark.browser
TODAY = date(2026, 11, 23)
TALKS = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parent / "conversations").glob("*.toml"))]
# Campaigns and products may carry names of the other language; sentences may not.
FOREIGN_SHARE = 0.25
BRIEF = (
    "product",
    "goal",
    "budget",
    "start",
    "days",
    "channels",
    "audience",
    "tone",
    "language",
    "occasion",
    "target_roas",
    "margin",
    "variants",
    "sizes",
    "video_seconds",
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visit, Assistant]]:
    """The page over a demo shop of its own, open in a browser, and its assistant."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from adwright.ui.app import serve

    with Workspace.demo(tmp_path_factory.mktemp("talks") / "demo", scale=0.05) as workspace:
        assistant = Assistant(workspace, today=TODAY)
        served = serve(assistant)
        with playwright.sync_playwright() as started:
            browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            visit = Visit(browser, served.local_url or "")
            yield visit, assistant
            assert visit.hosts <= {"127.0.0.1", "localhost", ""} and not visit.errors
            browser.close()
        served.close(verbose=False)


def test_there_are_five_of_each() -> None:
    assert [talk["language"] for talk in TALKS].count("zh") == [talk["language"] for talk in TALKS].count("en") == 5
    assert all(6 <= len(talk["turn"]) <= 10 for talk in TALKS)


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk["id"])
def test_a_conversation_has_no_wrong_turn(talk: dict[str, Any], stage: tuple[Visit, Assistant]) -> None:
    visit, assistant = stage
    visit.open()
    versions: list[CampaignPlan | None] = [None]
    for number, turn in enumerate(talk["turn"], 1):
        where = f"{talk['id']}, turn {number}"
        exported = set(assistant.workspace.exports.rglob("*.*"))
        act(visit, turn)
        thread = visit.thread()
        stored = assistant.history(thread)[-1]
        plan = assistant.workspace.records.current(thread)
        if turn.get("approval"):
            assert stored.approval is not None and visit.page.is_visible(".aw-approval"), where
            assert plan == versions[-1] and set(assistant.workspace.exports.rglob("*.*")) == exported, where
            continue
        shown = visit.page.locator(".aw-answer").last.inner_text()
        told = f"{where}: {shown}"
        assert [call.tool for call in stored.calls if call.ok] == turn.get("tools", []), told
        assert stored.behaviour == turn.get("behaviour", "do"), told
        for words in turn.get("has", []):
            assert words in stored.text, (words, told)
        for words in [*turn.get("lacks", []), "None", "{{"]:
            assert words not in stored.text, (words, told)
        assert figures(stored.text) <= figures(shown), told
        assert speaks(stored.text, talk["language"]), told
        check_plan(turn, versions, plan, told)
        check_offers(visit, assistant, turn, stored, versions[-1], told)
        new = {path.suffix for path in set(assistant.workspace.exports.rglob("*.*")) - exported}
        assert sorted(new) == sorted(turn.get("files", [])), told


def act(visit: Visit, turn: dict[str, Any]) -> None:
    """Type a message, press an offered answer, or decide an open approval; wait for the end of the turn."""
    page, before = visit.page, visit.page.locator(".aw-answer").count()
    if "press" in turn:
        page.click(f".aw-approval [data-act={turn['press']}]")
        page.wait_for_selector(".aw-approval", state="detached")
    elif isinstance(turn.get("option"), int):
        page.locator(".aw-chip.aw-option").nth(turn["option"] - 1).click()
    else:
        visit.say(turn["say"])
    if turn.get("approval"):
        page.wait_for_selector(".aw-approval [data-act=approve]")
    else:
        page.wait_for_function(f"document.querySelectorAll('.aw-answer').length > {before}")
        visit.until_idle()


def check_plan(turn: dict[str, Any], versions: list[CampaignPlan | None], plan: CampaignPlan | None, told: str) -> None:
    """Hold the plan in force against the turn; what it does not name stays."""
    before = versions[-1]
    if turn.get("tools") == ["make_plan"]:
        assert plan is not None and plan.version == 1, told
        versions.append(plan)
    elif "changes" in turn or "piece" in turn:
        assert plan is not None and before is not None and plan.id == before.id and plan.parent == before.version, told
        free = set(turn.get("changes", []))
        for name in BRIEF:
            assert name in free or getattr(plan.brief, name) == getattr(before.brief, name), (name, told)
        versions.append(plan)
    elif "back" in turn:
        del versions[-turn["back"] :]
        assert plan == versions[-1], told
    else:
        assert plan == before, told
    if plan is None:
        return
    if "total" in turn:
        assert plan.total.text(short=True) == turn["total"], told
    if "channels" in turn:
        assert set(plan.brief.channels.value) == set(turn["channels"]) == {line.channel for line in plan.lines}, told
    if "start" in turn:
        assert plan.brief.start.value.isoformat() == turn["start"], told
    if "days" in turn:
        assert plan.brief.days.value == turn["days"], told
    for channel, money in turn.get("shares", {}).items():
        assert sum(line.budget.amount for line in plan.lines if line.channel == channel) == Decimal(money), told
    if "piece" in turn:
        place, words = turn["piece"]
        assert words in [field.text for field in plan.creatives[place - 1].copy_fields], told


def check_offers(visit: Visit, assistant: Assistant, turn: dict[str, Any], stored: Any, plan: CampaignPlan | None, told: str) -> None:
    """Hold what is offered next: as many answers as promised, three suggestions otherwise, each of them understood."""
    assert len(stored.options) == turn.get("options", len(stored.options)), told
    offered = [*stored.options, *stored.suggestions]
    assert offered and len(set(offered)) == len(offered), told
    assert stored.options or len(stored.suggestions) == 3, told
    assert visit.page.locator(".aw-chip:not([data-do=size])").all_inner_texts()[-len(offered) :] == (
        stored.options or stored.suggestions
    ), told
    for item in stored.suggestions:
        reading = assistant.understand(item, context=(turn.get("say", ""),), plan=plan)
        assert reading.behaviour == "do" and (reading.tools != ["none"] or reading.act == "explain"), (item, reading.act, told)
        assert reading.act != "edit" or reading.patches, (item, told)
        assert stored.said != item, told


def figures(text: str) -> set[str]:
    """Return the numbers of a text, less those that only count the items of a list: a page draws them."""
    return set(re.findall(r"\d(?:[\d,]*\d)?(?:\.\d+)?", re.sub(r"(?m)^\d{1,2}\. ", "", text)))


def speaks(text: str, language: str) -> bool:
    """Whether the sentences of a text are in a language; lists may hold names as the shop wrote them."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("- "))
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    latin = len(re.findall(r"[A-Za-z]+", text))
    return chinese > latin * 0.5 if language == "zh" else chinese <= FOREIGN_SHARE * (latin + chinese)
