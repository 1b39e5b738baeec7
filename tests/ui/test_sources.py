"""Source marks in the real page: every figure of an answer says which tool and which line it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.rehearsal.server import Speaker, calls, says
from adwright.data.workspace import Workspace

from .test_page import ARGUMENTS, CHROMIUM, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
ASK = "花了12000元，收入48000元，毛利率40%，ROI是多少"
SPLIT = "把3万元分到抖音、小红书和微博"
HOSTILE = (
    'ROAS 4.00<img src=x onerror=alert(1)> <b class="aw-mark">史</b> [史]，花费 ¥12,000。\n\n| 指标 | 数值 |\n|---|---|\n| ROI | **60%** |'
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Assistant, Speaker]]:
    """A page over a demo shop whose model is a scripted endpoint; a script that ends in status 500 makes the planner answer."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    from adwright.ui.app import serve

    speaker = Speaker()
    with Workspace.demo(tmp_path_factory.mktemp("marks") / "demo", scale=0.02) as workspace:
        assistant = Assistant(workspace, model=speaker.model())
        page = serve(assistant)
        yield page.local_url or "", assistant, speaker
        page.close(verbose=False)
    speaker.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


def ask(visit: Visit, speaker: Speaker, text: str, answer: str, *wanted: tuple[str, dict[str, object]]) -> None:
    """Have the model call these tools and then say `answer`."""
    speaker.script, speaker.asked = [calls(*wanted), says(answer)], []
    visit.say(text)
    visit.until_idle()


def ask_roi(visit: Visit, speaker: Speaker, answer: str) -> None:
    ask(visit, speaker, ASK, answer, ("compute_roi", {"spend": 12000, "revenue": 48000, "margin": 0.4, "currency": "CNY"}))


def note(visit: Visit) -> str:
    return visit.page.inner_text("#aw-note")


def test_each_figure_says_where_it_comes_from(chromium: Browser, served: tuple[str, Assistant, Speaker]) -> None:
    url, _, speaker = served
    visit = Visit(chromium, url)
    page = visit.page
    ask_roi(visit, speaker, "花费 ¥12,000，收入 4.8万元，ROAS **4.00**，ROI 60%。")
    marks = page.locator(".aw-answer .aw-from")
    assert marks.count() == 4
    assert visit.style(".aw-answer .aw-from", "height") == "14px" and float(visit.style(".aw-answer .aw-from", "width")[:-2]) < 24
    names = [re.sub(r"\s+", " ", text) for text in page.eval_on_selector_all(".aw-answer .aw-figure", "all => all.map(e => e.innerText)")]
    assert names[0].startswith("¥12,000") and any(name.startswith("4.00") for name in names)
    # pointed at
    marks.nth(3).hover()
    page.wait_for_selector("#aw-note:not([hidden])")
    assert "计算回报" in note(visit) and "（收入 × 毛利率 − 花费）÷ 花费" in note(visit)
    page.mouse.move(5, 5)
    page.wait_for_selector("#aw-note", state="hidden")
    # by keyboard
    marks.nth(0).focus()
    page.wait_for_selector("#aw-note:not([hidden])")
    assert "您说的" in note(visit)
    page.keyboard.press("Tab")
    assert marks.nth(1).get_attribute("aria-expanded") == "true" and marks.nth(0).get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.wait_for_selector("#aw-note", state="hidden")
    page.keyboard.press(" ")
    page.wait_for_selector("#aw-note:not([hidden])")
    page.keyboard.press("Escape")
    page.wait_for_selector("#aw-note", state="hidden")
    assert "来源" in (marks.nth(1).get_attribute("aria-label") or "")
    # from history, in the other language
    page.reload()
    page.wait_for_selector(".aw-answer .aw-from")
    assert marks.count() == 4
    page.click("#aw-language label:nth-of-type(2)")
    page.wait_for_selector(".aw-answer .aw-from[aria-label*='Source']")
    marks.nth(2).focus()
    assert "ROAS = revenue / spend" in note(visit) and "You said" in note(visit)
    assert not visit.errors
    visit.context.close()


def test_what_a_model_writes_is_neither_element_nor_mark(chromium: Browser, served: tuple[str, Assistant, Speaker]) -> None:
    url, _, speaker = served
    visit = Visit(chromium, url)
    ask_roi(visit, speaker, HOSTILE)
    page = visit.page
    assert page.locator("#aw-log img").count() == 0 and '<b class="aw-mark">史</b>，' in page.inner_text(".aw-answer")
    assert page.locator(".aw-answer .aw-mark:not(.aw-from):not(.aw-key .aw-mark)").count() == 0
    assert page.locator(".aw-answer td .aw-from").count() == 1 and page.locator(".aw-answer .aw-from").count() == 3
    assert not visit.errors
    visit.context.close()


def test_a_phone_shows_the_note_on_a_tap_inside_the_screen(
    chromium: Browser, served: tuple[str, Assistant, Speaker], tmp_path: Path
) -> None:
    url, _, speaker = served
    visit = Visit(chromium, url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = visit.page
    wanted = {"budget": 30000, "currency": "CNY", "channels": ["douyin", "xiaohongshu", "weibo"]}
    ask(visit, speaker, SPLIT, "预算一共 ¥30,000。三个渠道的分法见下表，收入按过往投放估计。", ("allocate_budget", wanted))
    mark = page.locator(".aw-answer .aw-from").last
    mark.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    mark.tap()
    page.wait_for_selector("#aw-note:not([hidden])")
    box = page.locator("#aw-note").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] >= 0 and box["y"] + box["height"] <= 844
    mark.tap()
    page.wait_for_selector("#aw-note", state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not visit.errors
    visit.context.close()
