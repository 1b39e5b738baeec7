"""The real page in headless Chromium over the real assistant and a small demo shop: what a merchant sees and presses."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw

from adwright.agent.assistant import Assistant
from adwright.data.drafts import Drafts
from adwright.data.plan import CampaignPlan
from adwright.data.workspace import Workspace
from adwright.tools.catalogue import find_product

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ZH = "帮我做一个5万元的跑鞋上新投放计划，抖音和小红书，两周"
EN = "plan me a 50k campaign for the spring running-shoe launch"
PATIENCE = 120_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Assistant]]:
    """The address of a page over a demo shop of its own, and its assistant."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    from adwright.ui.app import serve

    with Workspace.demo(tmp_path_factory.mktemp("page") / "demo", scale=0.05) as workspace:
        assistant = Assistant(workspace)
        served = serve(assistant)
        yield served.local_url or "", assistant
        served.close(verbose=False)


@pytest.fixture(scope="module")
def browser(address: tuple[str, Assistant]) -> Iterator[Browser]:
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


class Visit:
    """One visitor: a page with its request log and its errors."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "color_scheme": "light"} | options
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog {dialog.message}"))
        self.open()

    def open(self, path: str = "") -> None:
        """Load the page and wait until it is drawn."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector("#aw-log [data-thread]")

    def say(self, text: str) -> None:
        """Type a message, send it, and wait until it is in the conversation."""
        self.page.fill("#aw-composer textarea", text)
        self.page.press("#aw-composer textarea", "Enter")
        self.page.locator(".aw-bubble", has_text=text).last.wait_for()

    def until_idle(self) -> None:
        """Wait for the end of the turn; a turn that failed is shown with its reason."""
        self.page.wait_for_selector("#aw-composer .submit-button")
        self.page.wait_for_selector(".aw-log:not(:has(.aw-now)), .aw-now .aw-error")
        failures = self.page.locator(".aw-now .aw-error").all_inner_texts()
        assert not failures, failures

    def tab(self, name: str) -> None:
        """Show a tab of the canvas."""
        self.page.click(f"#aw-tab-{name}")
        self.page.wait_for_selector(f"#aw-panel-{name}", state="visible")

    def style(self, selector: str, name: str) -> str:
        """Return a computed style."""
        return self.page.eval_on_selector(selector, "(e, name) => getComputedStyle(e).getPropertyValue(name)", name)

    def thread(self) -> str:
        """Return the thread that the address names."""
        found = re.search(r"thread=([0-9a-f]+)", self.page.url)
        assert found is not None
        return found.group(1)


@pytest.fixture
def visit(browser: Browser, address: tuple[str, Assistant]) -> Iterator[Visit]:
    """A visitor whose requests all have to stay on this machine and whose page has to stay free of errors."""
    visitor = Visit(browser, address[0])
    yield visitor
    visitor.context.close()
    assert visitor.hosts <= {"127.0.0.1", "localhost", ""}
    assert not visitor.errors


def test_first_screen_is_calm_and_speaks_both_languages(visit: Visit) -> None:
    page = visit.page
    assert page.inner_text(".aw-hello h1") == "今天想推什么？"
    assert page.locator(".aw-example").count() == 4
    assert page.inner_text(".aw-demo") == "演示数据"
    page.click("#aw-language label:nth-of-type(2)")
    page.wait_for_selector("text=What are we promoting?")
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("#aw-composer textarea", "placeholder") == "Product, budget, dates, channels…"
    page.reload()
    page.wait_for_selector("text=What are we promoting?")
    assert page.inner_text(".aw-demo") == "Demo data"


def test_look_survives_gradio(visit: Visit) -> None:
    assert visit.style("#aw-top", "height") == "52px"
    assert visit.style("#aw-side", "width") == "228px"
    assert visit.style(".aw-hello h1", "font-size") == "28px"
    assert visit.style("#aw-main", "background-color") == "rgb(247, 247, 245)"
    assert visit.style("#aw-composer .submit-button", "background-color") == "rgb(47, 91, 215)"
    assert "IBM Plex Sans" in visit.style("body .gradio-container", "font-family")
    assert visit.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    visit.page.click("#aw-theme")
    assert visit.style("#aw-main", "background-color") == "rgb(14, 16, 20)"
    visit.page.reload()
    visit.page.wait_for_selector(".aw-hello")
    assert visit.style("#aw-main", "background-color") == "rgb(14, 16, 20)"


def test_a_plan_from_first_word_to_download_and_back(visit: Visit, address: tuple[str, Assistant], tmp_path: Path) -> None:
    page, workspace = visit.page, address[1].workspace
    visit.say(ZH)
    page.wait_for_selector(".aw-now .aw-step")
    visit.until_idle()
    thread = visit.thread()
    plan = workspace.records.current(thread)
    assert plan is not None
    page.wait_for_selector(".aw-steps summary >> text=/完成 \\d+ 步/")

    # The table, the tiles and the answer show the plan's own figures.
    assert page.locator("#aw-plan .aw-media tbody tr").count() == len(plan.lines)
    assert [float(x.replace(",", "")) for x in page.eval_on_selector_all("input.aw-edit", "all => all.map(e => e.value)")] == [
        float(line.budget.amount) for line in plan.lines
    ]
    assert page.inner_text(".aw-total b") == plan.total.text() == "¥50,000.00"
    tiles = page.locator("#aw-plan .aw-tile .aw-value").all_inner_texts()
    assert [tile.split("\n")[0].rstrip("您模史设") for tile in tiles] == [
        figure.text() for figure in (plan.forecast.orders, plan.forecast.revenue, plan.forecast.roas, plan.forecast.cpa)
    ]
    assert plan.forecast.orders.text() in page.inner_text(".aw-answer")
    assert page.locator(".aw-answer .aw-mark").count() > 0

    visit.tab("audience")
    assert page.locator("#aw-audience .aw-segment").count() == len(plan.segments)
    visit.tab("creative")
    page.wait_for_function(
        "[...document.querySelectorAll('#aw-creative img')].length && [...document.querySelectorAll('#aw-creative img')].every(i => i.naturalWidth > 0 || !i.complete)"
    )
    images = {media.id for creative in plan.creatives for media in creative.media if media.kind == "image"}
    assert page.locator("#aw-creative img").count() == len(images)
    visit.tab("forecast")
    page.wait_for_selector("#aw-fan .js-plotly-plot .scatterlayer path.js-line", state="attached")
    assert plan.forecast.orders.text().replace(",", "") in page.inner_text("#aw-fan").replace(",", "")
    visit.tab("sources")
    counts = [int(x) for x in page.locator("#aw-sources .aw-kind b").all_inner_texts()]
    assert sum(counts) > 10

    # Nothing can be downloaded before the merchant has approved.
    visit.tab("export")
    assert page.locator("#aw-export button.aw-download[disabled]").count() == 4
    page.click("[data-act=export]")
    page.wait_for_selector(".aw-approval")
    assert "¥50,000.00" in page.inner_text(".aw-approval")
    assert not any(workspace.exports.iterdir())
    page.click("[data-act=approve]")
    page.wait_for_selector("#aw-export a.aw-download")
    visit.until_idle()
    for kind in ("json", "zip", "xlsx", "html"):
        with page.expect_download() as download:
            page.click(f"#aw-export a.aw-download[data-kind={kind}]")
        download.value.save_as(tmp_path / f"plan.{kind}")
    assert CampaignPlan.from_json((tmp_path / "plan.json").read_bytes()) == plan
    assert zipfile.is_zipfile(tmp_path / "plan.zip") and zipfile.is_zipfile(tmp_path / "plan.xlsx")
    assert "<html" in (tmp_path / "plan.html").read_text(encoding="utf-8")[:300]

    # The thread is in the address and in the list; after a reload everything is there again.
    page.reload()
    page.wait_for_selector("#aw-plan .aw-media", state="attached")
    assert ZH in page.inner_text(".aw-bubble >> nth=0")
    assert page.locator("#aw-export a.aw-download").count() == 4
    visit.open()
    page.wait_for_selector(".aw-hello")
    page.click(f".aw-pick[data-value='{thread}']")
    page.wait_for_selector("#aw-plan .aw-media")
    assert page.inner_text(".aw-total b") == "¥50,000.00"


def test_an_english_request_edits_undo_and_comparison(browser: Browser, address: tuple[str, Assistant]) -> None:
    visit = Visit(browser, address[0], locale="en-US")
    page, workspace = visit.page, address[1].workspace
    visit.say(EN)
    page.wait_for_selector(".aw-now .aw-step")
    visit.until_idle()
    plan = workspace.records.current(visit.thread())
    assert plan is not None and plan.total.amount == 50_000
    page.wait_for_selector("text=/\\d+ steps in/")
    line = plan.lines[0]
    amount = f"{line.budget.amount / 2:.0f}"
    field = page.locator("input.aw-edit").first
    field.fill(amount)
    field.press("Enter")
    page.wait_for_selector(".aw-version >> text=Version 2")
    visit.until_idle()
    changed = workspace.records.current(visit.thread())
    assert changed is not None and changed.line(line.id).budget.amount == int(amount) and changed.total == plan.total
    assert page.inner_text(".aw-total b") == plan.total.text()
    page.click("[data-do=compare]")
    assert page.locator(".aw-compare tbody tr").count() >= 2
    page.click("[data-act=undo]")
    page.wait_for_selector(".aw-version >> text=Version 1")
    visit.until_idle()
    assert workspace.records.current(visit.thread()) == plan

    # What if: sliders recompute the outcome and leave the plan alone until they are made an edit.
    visit.tab("what-if")
    slide = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }"
    assert page.locator("#aw-whatif-outcome .aw-tileagainst").count() == 0
    assert page.is_disabled("#aw-whatif [data-act=what-if]")
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.post_data or "")
        route.fulfill(json={"event_id": "lost"})

    page.route("**/queue/join*", lose)
    for percent in (110, 130, 150):
        page.locator("#aw-whatif input[name=cpc]").evaluate(slide, percent)
    page.wait_for_timeout(2000)
    assert 0 < len(lost) < 8, "a position without an answer is asked for again, but not in a hurry"
    page.unroute("**/queue/join*")
    page.wait_for_selector('#aw-whatif-outcome [data-at*=\'"cpc":"1.5"\']')
    orders = int(page.inner_text("#aw-whatif-outcome .aw-value >> nth=0").split("\n")[0].rstrip("YMPA ").replace(",", ""))
    assert orders < plan.forecast.orders.value, "dearer clicks bring fewer orders"
    assert page.is_disabled("#aw-whatif [data-act=what-if]"), "nobody sets the market's prices"
    page.click("#aw-whatif [data-do=reset]")
    page.locator("#aw-whatif input[name=total]").evaluate(slide, 120)
    assert page.inner_text("#aw-whatif .aw-slider output >> nth=0").endswith("60,000")
    assert workspace.records.current(visit.thread()) == plan
    page.click("#aw-whatif [data-act=what-if]")
    page.wait_for_selector(".aw-version >> text=Version 3")
    visit.until_idle()
    changed = workspace.records.current(visit.thread())
    assert changed is not None and changed.total.amount == 60_000
    page.click("[data-act=undo]")
    page.wait_for_selector(".aw-version >> text=Version 1")
    visit.until_idle()
    visit.tab("plan")

    # An assumption is changed where it is read.
    page.locator("#aw-plan li:has(form[data-field=margin]) [data-do=change]").click()
    page.fill("form[data-field=margin] [name=value]", "40%")
    page.press("form[data-field=margin] [name=value]", "Enter")
    page.wait_for_selector("#aw-plan li:has(form[data-field=margin])", state="detached")
    visit.until_idle()
    changed = workspace.records.current(visit.thread())
    assert changed is not None and changed.brief.margin.value == Decimal("0.4") and changed.brief.margin.how == "stated"
    plan = changed

    field.fill("lots")
    field.press("Enter")
    page.wait_for_selector(".aw-error")
    assert workspace.records.current(visit.thread()) == plan
    assert visit.hosts <= {"127.0.0.1", "localhost", ""} and not visit.errors
    visit.context.close()


def test_stop_ends_the_turn_and_the_next_message_is_answered(visit: Visit) -> None:
    visit.say("给跑鞋做一个3万元的两周投放计划，抖音和小红书")
    visit.page.click("#aw-composer .stop-button")
    visit.page.wait_for_selector("text=已停止")
    visit.page.wait_for_selector("#aw-composer .submit-button")
    visit.say("找一下过往的跑鞋投放")
    visit.page.wait_for_selector(".aw-result")
    visit.until_idle()


def test_not_now_exports_nothing(visit: Visit, address: tuple[str, Assistant]) -> None:
    visit.say("给跑鞋做一个2万元的一周投放计划，抖音")
    visit.until_idle()
    before = len(list(address[1].workspace.exports.iterdir()))
    visit.tab("export")
    visit.page.click("[data-act=export]")
    visit.page.wait_for_selector(".aw-approval")
    visit.page.click("[data-act=reject]")
    visit.page.wait_for_selector(".aw-approval", state="detached")
    visit.until_idle()
    assert len(list(address[1].workspace.exports.iterdir())) == before
    assert visit.page.locator("#aw-export a.aw-download").count() == 0


def test_what_is_typed_is_never_run(visit: Visit) -> None:
    visit.say("<img src=x onerror=alert(1)><script>alert(2)</script> ${alert(3)}")
    visit.page.wait_for_selector(".aw-bubble")
    visit.until_idle()
    assert "<img src=x" in visit.page.inner_text(".aw-bubble")
    assert visit.page.locator("#aw-log img").count() == 0


def test_a_file_is_shown_before_it_is_imported_and_a_bad_one_is_explained(
    visit: Visit, address: tuple[str, Assistant], tmp_path: Path
) -> None:
    page, warehouse = visit.page, address[1].workspace.warehouse
    before = warehouse.count("orders")
    good = tmp_path / "订单.csv"
    good.write_bytes("订单号,下单时间,商品编号,商品名称,数量,单价\nZ1,2026-11-01 10:00,P1,跑鞋,1,499\nZ2,x,P1,跑鞋,1,499\n".encode("gbk"))
    page.set_input_files("#aw-composer input[type=file]", str(good))
    page.wait_for_selector("#aw-composer .thumbnail-item, #aw-composer .thumbnails")
    page.click("#aw-composer .submit-button")
    page.wait_for_selector(".aw-incoming [data-act=import]")
    assert warehouse.count("orders") == before
    assert page.get_attribute(".aw-incoming [data-value=orders]", "aria-pressed") == "true"
    page.click("[data-act=import]")
    page.wait_for_selector(".aw-incoming[data-kind=orders]")
    assert warehouse.count("orders") == before + 1
    assert "第 3 行" in page.inner_text(".aw-incoming")
    page.click("[data-act=import-no]")
    page.wait_for_selector(".aw-incoming", state="detached")

    bad = tmp_path / "photo.csv"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    page.set_input_files("#aw-composer input[type=file]", str(bad))
    page.wait_for_selector("#aw-composer .thumbnail-item, #aw-composer .thumbnails")
    page.click("#aw-composer .submit-button")
    page.wait_for_selector(".aw-error")
    assert warehouse.count("orders") == before + 1


def test_a_phone_shows_one_view_at_a_time(browser: Browser, address: tuple[str, Assistant]) -> None:
    visit = Visit(browser, address[0], viewport={"width": 390, "height": 844})
    page = visit.page
    assert page.is_visible(".aw-demo") and not page.is_visible("#aw-side")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.say("给跑鞋做一个1万元的一周投放计划，小红书")
    visit.until_idle()
    assert page.is_visible("#aw-chat") and not page.is_visible("#aw-canvas")
    page.click("[data-view=plan]")
    assert page.is_visible("#aw-plan .aw-media") and not page.is_visible("#aw-chat")
    page.click(".aw-sideopen")
    assert page.is_visible("#aw-side .aw-thread")
    assert visit.hosts <= {"127.0.0.1", "localhost", ""} and not visit.errors
    visit.context.close()


def test_only_the_pages_own_folders_are_served(visit: Visit, address: tuple[str, Assistant]) -> None:
    url, assistant = address
    folder = assistant.workspace.path
    for path in (folder / "records.sqlite", folder / "adwright.toml", Path("/etc/hostname"), folder / "exports" / ".." / "adwright.toml"):
        answer = visit.page.request.get(f"{url}gradio_api/file={path}")
        assert answer.status in (403, 404), path
    config = json.loads(visit.page.request.get(f"{url}config").text())
    assert config["analytics_enabled"] is False
    named = [item.get("api_name") for item in config["dependencies"] if item.get("api_visibility", "public") == "public"]
    assert not [name for name in named if name]


def test_two_drafts_side_by_side_are_judged_and_kept(visit: Visit, address: tuple[str, Assistant]) -> None:
    page, store = visit.page, Drafts(address[1].workspace)
    visit.say("给跑鞋写3条抖音文案")
    visit.until_idle()
    page.wait_for_selector(".aw-rate .aw-ratecard")
    assert page.locator(".aw-ratecard").count() == 2 and "第 1 / 3 组" in page.inner_text(".aw-rate")
    left = page.locator(".aw-ratecard").first.inner_text()
    page.click(".aw-rate button:has-text('左边更好')")
    page.wait_for_selector("text=第 2 / 3 组")
    page.click(".aw-rate button:has-text('差不多')")
    page.wait_for_selector("text=第 3 / 3 组")
    page.click(".aw-rate button:has-text('右边更好')")
    page.wait_for_selector("text=这 3 组都评过了。")
    kept = store.comparisons()
    assert [one.verdict for one in kept[-3:]] == ["first", "equal", "second"]
    assert kept[-3].first.copy_fields[0].text in left and kept[-3].product == find_product(address[1].workspace, "跑鞋").id
    visit.say("比较一下这几条文案")
    visit.until_idle()
    page.wait_for_selector("text=这 3 组都评过了。", state="detached")


def test_a_product_is_marked_by_hand_and_pictures_are_dropped_by_number(
    visit: Visit, address: tuple[str, Assistant], tmp_path: Path
) -> None:
    page, artefacts = visit.page, address[1].workspace.artefacts
    photo = Image.new("RGB", (800, 600), (222, 220, 214))
    ImageDraw.Draw(photo).rounded_rectangle((300, 200, 500, 420), 30, fill=(150, 30, 30))
    photo.save(tmp_path / "can.png")
    page.set_input_files("#aw-composer input[type=file]", str(tmp_path / "can.png"))
    page.wait_for_selector("#aw-composer .thumbnail-item, #aw-composer .thumbnails")
    page.fill("#aw-composer textarea", "给跑鞋出一套小红书的图")
    page.click("#aw-composer .submit-button")
    page.locator("[data-act=mark]").last.wait_for()
    visit.until_idle()
    page.locator("[data-act=mark]").last.click()
    page.wait_for_function("document.querySelector('.aw-stage img')?.naturalWidth === 800")
    page.wait_for_timeout(300)
    stage = page.locator(".aw-stage").bounding_box()
    assert stage is not None and page.is_disabled("[data-act=mark-use]")
    page.mouse.move(stage["x"] + 0.34 * stage["width"], stage["y"] + 0.28 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.66 * stage["width"], stage["y"] + 0.74 * stage["height"], steps=5)
    page.mouse.up()
    page.wait_for_selector(".aw-cutout img")
    assert abs(int(page.input_value("input[data-mark=left]")) - 272) <= 4
    # A box that was changed has to be cut out again before it is used.
    page.fill("input[data-mark=left]", "280")
    assert page.is_disabled("[data-act=mark-use]")
    page.press("input[data-mark=left]", "Enter")
    page.wait_for_selector("[data-act=mark-use]:not([disabled])")
    page.click("[data-act=mark-use]")
    page.locator(".aw-answer", has_text="换成您框出的商品").wait_for()
    visit.until_idle()
    held = address[1].workspace.records.get(f"uploads:{visit.thread()}")
    assert artefacts.meta(held["photo"])["box"][0] == 280
    assert page.locator(".aw-turn").last.locator(".aw-nth").all_inner_texts() == ["1", "2", "3"]
    visit.say("第二张图不要")
    visit.until_idle()
    assert page.locator(".aw-turn").last.locator(".aw-nth").all_inner_texts() == ["1", "2"]
