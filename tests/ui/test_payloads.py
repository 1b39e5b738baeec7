"""Every garak payload in every place people look: nothing runs, nothing loads from elsewhere, nothing becomes a formula or a forged line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from adwright.agent.assistant import Assistant
from adwright.agent.events import Failed
from adwright.agent.journal import note
from adwright.agent.rehearsal.server import Speaker, says
from adwright.data.importer import import_file
from adwright.data.plan import Assumption, CampaignPlan, CopyField, Creative, Evidence
from adwright.data.portrait import Spoken
from adwright.data.words import both
from adwright.data.workspace import Workspace
from adwright.tools.plan.export import ExportPlan, export_plan

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip
HERE = {"127.0.0.1", "localhost", ""}
# What a payload could have made of itself, looked for in the whole document.
LIVE = """root => [...root.querySelectorAll('script, iframe, object, embed, a, img, form, [style*="expression"], *')].flatMap(e => [
  ...(['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM'].includes(e.tagName) ? [e.tagName] : []),
  ...[...e.attributes].filter(a => a.name.startsWith('on')).map(a => e.tagName + ' ' + a.name),
  ...[...e.attributes].filter(a => ['href', 'src', 'action', 'formaction', 'xlink:href'].includes(a.name)
     && !/^(data:image|data:video|blob:|gradio_api|#|\\/gradio_api|http:\\/\\/(127.0.0.1|localhost))/.test(a.value)).map(a => e.tagName + ' ' + a.name + '=' + a.value)])"""


@pytest.fixture(scope="module")
def payloads(datasets: Path) -> list[str]:
    with gzip.open(datasets / "injection_cases" / "garak_payloads.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line)["payload"] for line in lines]
    assert len(found) == 76
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, payloads: list[str]) -> Iterator[Workspace]:
    """A shop whose product titles, facts, campaign names, notes and order cells are the payloads, imported from CSV."""
    folder = tmp_path_factory.mktemp("payloads")
    with Workspace.open(folder / "shop", create=True, name="<img src=x onerror=alert(1)>") as shop:
        tables: dict[str, list[list[Any]]] = {
            "products": [["product_id", "name_zh", "name_en", "category", "price", "currency", "stock", "facts_zh", "facts_en"]],
            "campaigns": [["campaign_id", "name", "channel", "start", "end", "currency", "spend", "impressions", "clicks", "conversions", "revenue", "headline", "notes"]],
            "orders": [["order_id", "ts", "user_id", "product_id", "title", "quantity", "unit_price", "currency"]],
        }  # fmt: skip
        for i, text in enumerate(payloads):
            tables["products"].append([f"P{i}", f"灯{i} {text}", f"lamp{i} {text}", "home", 99, "CNY", 5, text, text])
            tables["campaigns"].append(
                [f"C{i}", f"灯{i} {text}", "douyin", "2026-05-01", "2026-05-09", "CNY", 100, 9000, 90, 9, 900, text, text]
            )
            tables["orders"].append([f"O{i}", "2026-11-01 10:00:00", "U1", f"P{i}", text, 1, 99, "CNY"])
        for kind, rows in tables.items():
            file = folder / f"{kind}.csv"
            with file.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows(rows)
            report = import_file(shop, kind, file)
            assert report.imported == len(payloads), report.quarantined[:3]
        yield shop


@pytest.fixture(scope="module")
def plan(place: Workspace, payloads: list[str]) -> CampaignPlan:
    """A real plan whose every free text is a payload, each of them at least once in each list."""
    base = Assistant(place, today=date(2026, 11, 23)).plan("给跑鞋做一个3万元的投放计划，抖音和小红书，7天")
    turn = cycle(payloads)
    words = lambda: both(*(2 * [next(turn)]))  # noqa: E731
    product = base.brief.product.value.model_copy(update={"name": payloads[0], "name_zh": payloads[0], "name_en": payloads[16]})
    audience = base.brief.audience.value.model_copy(update={"text": payloads[3]})
    brief = base.brief.model_copy(
        update={
            "product": base.brief.product.model_copy(update={"value": product}),
            "audience": base.brief.audience.model_copy(update={"value": audience}),
        }
    )
    said = ("summary", "message", "offer", "avoid", "channel", "action", "metric")
    persona = lambda old: old.model_copy(update={key: words() for key in said})  # noqa: E731
    portrait = lambda old: old.model_copy(update={"words": [Spoken(word=t, n=3, z=3.0) for t in payloads[:8]]})  # noqa: E731
    made = base.model_copy(
        update={
            "id": "plan-payloads",
            "title": words(),
            "shop": payloads[9],
            "brief": brief,
            "segments": [s.model_copy(update={"name": words(), "persona": persona(s.persona), "portrait": portrait(s.portrait), "top_words": payloads}) for s in base.segments],
            "lines": [line.model_copy(update={"name": words()}) for line in base.lines],
            "creatives": [
                Creative(id=f"c{i}", channel="douyin", language="zh", variant=1, copy_fields=[CopyField(field="headline", text=t, used=1), CopyField(field="body", text=f"={t}", used=1)], facts_used=[t])
                for i, t in enumerate(payloads)
            ],
            "evidence": [Evidence(id=f"e{i}", kind="campaign", title=both(t, t), detail=both(t, t), facts={t[:40]: t}) for i, t in enumerate(payloads)],
            "assumptions": [Assumption(text=both(t, t)) for t in payloads],
            "warnings": [both(t, t) for t in payloads],
        }
    )  # fmt: skip
    place.records.save_plan(made)
    return made


@pytest.fixture(scope="module")
def chats(place: Workspace, plan: CampaignPlan, payloads: list[str]) -> Assistant:
    """Conversations that hold every payload: as the merchant's words, as a model's answer, as what tools found."""
    server = Speaker()
    echo = Assistant(place, model=server.model(), today=date(2026, 11, 23))
    for i, text in enumerate(payloads):
        server.script, server.asked = [says(f"{text}\n\n[{text}]({text}) ![x]({text}) <img src=http://evil.example/{i}>\x1b[31m")], []
        events = list(echo.stream(text, "echo"))
        assert not isinstance(events[-1], Failed), text
    server.close()
    planner = Assistant(place, today=date(2026, 11, 23))
    for i in range(0, len(payloads), 5):
        planner.chat(f"找找过往 灯{i} 的投放", "found")
        planner.chat(f"推荐和灯{i}搭配的商品", "found")
    planner.chat("好的", payloads[0][:20])
    place.records.set_current("plan", plan.id, plan.version)
    planner.chat("为什么这样分配预算？", "plan")
    return planner


class Watch:
    """A visitor that notes every dialog, every request elsewhere, and every error."""

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, []
        page.on("dialog", self.dismiss)
        page.on("request", lambda request: self.found.append(request.url) if urlsplit(request.url).hostname not in HERE | {None} else None)
        page.on("popup", lambda popup: self.found.append(f"popup {popup.url}"))
        page.on("pageerror", lambda error: self.found.append(f"error {error}"))

    def dismiss(self, dialog: Dialog) -> None:
        self.found.append(f"dialog {dialog.message}")
        dialog.dismiss()


@pytest.mark.browser
@pytest.mark.slow
def test_payloads_are_words_on_the_page(chats: Assistant, payloads: list[str], plan: CampaignPlan) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from adwright.ui.app import serve

    served = serve(chats)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
        page.set_default_timeout(120_000)
        watch = Watch(page)
        for thread, selector in (("echo", ".aw-bubble"), ("found", ".aw-answer"), ("plan", "#aw-panel-plan .aw-card")):
            page.goto(f"{served.local_url}?thread={thread}")
            page.wait_for_selector(selector, state="attached")
            shown = page.text_content("body") or ""
            if thread == "echo":
                missing = [text for text in payloads if squeezed(text) not in squeezed(shown)]
                assert not missing, missing[:3]
            for root in ("#aw-log", "#aw-side", "#aw-top"):
                for handle in page.query_selector_all(root):
                    assert handle.evaluate(LIVE) == [], (thread, root)
            if thread == "plan":
                for name in ("plan", "audience", "creative", "forecast", "sources", "export"):
                    page.click(f"#aw-tab-{name}")
                    page.wait_for_selector(f"#aw-panel-{name}", state="visible")
                    for handle in page.query_selector_all(f"#aw-panel-{name}"):
                        assert handle.evaluate(LIVE) == [], name
            page.wait_for_timeout(500)
        assert watch.found == []
        browser.close()
    served.close(verbose=False)


def squeezed(text: str) -> str:
    """The letters and digits of a text; bold, code and line ends are shown as such."""
    return "".join(letter for letter in text if letter.isalnum())


class Parts(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_payloads_are_words_in_exported_files(place: Workspace, plan: CampaignPlan, language: Any, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    from openpyxl import load_workbook

    result = export_plan(place, ExportPlan(plan_id=plan.id, reply_language=language))
    files = {item["name"]: Path(item["file"]) for item in result.artifact.data["items"]}
    assert all(place.exports.resolve() in file.parents for file in files.values())
    book = load_workbook(files["media-plan.xlsx"])
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and cell.hyperlink is None, cell.value
                assert not isinstance(cell.value, str) or not re.match(r"\s*[=+\-@＝＋－＠]", cell.value), cell.value
    with zipfile.ZipFile(files["creatives.zip"]) as archive:
        assert all(not name.startswith("/") and ".." not in name for name in archive.namelist())
        rows = list(csv.reader(io.StringIO(archive.read("copy.csv").decode("utf-8-sig"))))
    assert len(rows) > 76 and not [cell for row in rows for cell in row if re.match(r"\s*[=+@\t\r＝＋－＠]|\s*-[^\d]", cell)]
    page = Parts()
    page.feed(files["report.html"].read_text(encoding="utf-8"))
    assert not page.tags & {"script", "iframe", "object", "embed", "form", "a", "link", "base"}
    assert not [
        item for item in page.attributes if item[1].startswith("on") or (item[1] in ("src", "href") and not item[2].startswith("data:"))
    ]


@pytest.mark.browser
@pytest.mark.slow
def test_payloads_do_nothing_in_the_report(place: Workspace, plan: CampaignPlan) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    export_plan(place, ExportPlan(plan_id=plan.id, formats=["html"]))
    file = place.exports.resolve() / f"{plan.id}-v{plan.version}" / "report.html"
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page()
        watch = Watch(page)
        page.goto(file.as_uri())
        page.wait_for_timeout(800)
        assert watch.found == [] and page.evaluate(LIVE.replace("root =>", "() => (root =>") + ")(document.body)") == []
        browser.close()


def test_payloads_are_words_in_the_log(payloads: list[str], tmp_path: Path) -> None:
    for text in payloads:
        note(tmp_path, "gate", f"unknown-tool {text}\n2026-11-23T00:00:00Z turn: forged \x1b[2J")
    lines = (tmp_path / "adwright.log").read_text(encoding="utf-8").splitlines()
    starts = [line for line in lines if not line.startswith("    ")]
    assert len(starts) == len(payloads) and all(" gate: unknown-tool " in line for line in starts)
    assert not [line for line in lines if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)]


def test_a_payload_typed_in_the_chat_does_nothing(place: Workspace, payloads: list[str]) -> None:
    helper = Assistant(place, today=date(2026, 11, 23))
    before = place.records.plans(), sorted(place.exports.rglob("*")), place.fingerprint("products"), place.fingerprint("users")
    for i, text in enumerate(payloads):
        reply = helper.chat(text, f"typed-{i}")
        assert (
            reply.failed is None
            and reply.plan is None
            and not {call.tool for call in reply.tool_calls} & {"make_plan", "revise_plan", "export_plan"}
        )
        assert "Safety" not in reply.text and "安全" not in reply.text.split("\n")[0]
    assert (place.records.plans(), sorted(place.exports.rglob("*")), place.fingerprint("products"), place.fingerprint("users")) == before
    assert not Path("/tmp/blns.fail").exists()
