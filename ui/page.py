"""The page: its parts, what happens when something is pressed, and how a running turn is drawn.

Nothing is kept here but a thread's id: every picture of the page is drawn from the stored thread, the stored plan and
the events of the running turn. All handlers are private; the only public door is the Python and command-line API.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import gradio as gr

from ..agent.events import ApprovalNeeded, Event, Failed, Turn
from ..agent.wording import phrase
from ..data.errors import AdwrightError
from ..data.plan import CampaignPlan
from ..data.words import Language
from . import attach, canvas, charts, chat, edits, frame, marking, rating, tabs, who
from .live import Live
from .markup import esc, file_url
from .texts import TEXTS, say
from .what_if import WhatIfTab

if TYPE_CHECKING:
    from ..agent.assistant import Assistant
    from ..tools.plan.delivered import Delivered
    from ..tools.response.standing import Standing

Painting = dict[Any, Any]
# Redraws of running text and progress per second; starts and ends of steps are drawn at once.
_PAUSE = 0.12
# Seconds a message waits for the turn before it in the same thread.
_WAIT = 60.0
_log = logging.getLogger("adwright.ui")

# Buttons inside gr.HTML name their action in data-act; inputs of the plan report their change.
_ACTIONS = """
element.addEventListener("click", (e) => { const t = e.target.closest("[data-act]"); if (!t || t.disabled) return; e.preventDefault(); trigger("click", { ...t.dataset }); });
element.addEventListener("change", (e) => { const t = e.target.closest("input[data-line]"); if (t && t.value !== t.dataset.was) trigger("input", { act: "line", line: t.dataset.line, value: t.value }); });
element.addEventListener("submit", (e) => { const f = e.target.closest("form[data-field]"); if (!f) return; e.preventDefault(); trigger("submit", { act: "field", field: f.dataset.field, value: f.elements.value.value }); });
"""


class Page:
    """The Blocks over one assistant. `blocks` is what is served."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.workspace = assistant.workspace
        self._busy: dict[str, threading.Lock] = {}
        self._stops: dict[str, threading.Event] = {}
        self._stored = lru_cache(maxsize=64)(self._read_plan)
        self._standing: tuple[tuple[str, str], Standing | None] | None = None
        self.blocks = self._build()

    # --- parts

    def _html(self, name: str, value: str = "", live: bool = False, script: str | None = None) -> gr.HTML:
        run = _ACTIONS if live else script
        return gr.HTML(value, elem_id=f"aw-{name}", apply_default_css=False, js_on_load=run, padding=False)

    def _build(self) -> gr.Blocks:
        shop = {"name": self.workspace.name, "demo": self.workspace.is_demo}
        with gr.Blocks(title="Adwright", fill_width=True, fill_height=True, analytics_enabled=False) as blocks:
            self.thread = gr.State("")
            self.asked = gr.Textbox(elem_id="aw-asked", label="thread", show_label=False, interactive=True)
            with gr.Column(elem_id="aw-body", min_width=0):
                with gr.Column(elem_id="aw-side", min_width=0):
                    self.side = self._html("threads", live=True)
                with gr.Column(elem_id="aw-main", min_width=0):
                    with gr.Row(elem_id="aw-top"):
                        self.name = self._html("name", frame.brand(shop["name"], shop["demo"], "zh"))
                        self.badge = self._html("badge")
                        self.language = gr.Radio(
                            [("中文", "zh"), ("English", "en")],
                            value="zh",
                            label="语言 Language",
                            show_label=False,
                            container=False,
                            interactive=True,
                            elem_id="aw-language",
                        )
                        self.theme = gr.Button(TEXTS["theme"].en, elem_id="aw-theme", min_width=0)
                    self.switch = self._html("switch", frame.views("zh"))
                    with gr.Row(elem_id="aw-desk"):
                        with gr.Column(elem_id="aw-chat", min_width=0):
                            self.log = self._html("log", live=True)
                            self.next = self._html("next", live=True)
                            self.composer = gr.MultimodalTextbox(
                                placeholder=say("placeholder", "zh"), label=say("composer", "zh"), show_label=False, container=False, interactive=True,
                                file_types=attach.accepted(), file_count="multiple", sources=["upload"], lines=1, max_lines=6, max_plain_text_length=2_000_000, autofocus=True, elem_id="aw-composer",
                            )  # fmt: skip
                            self.hint = self._html("hint", live=True)
                        with gr.Column(elem_id="aw-canvas", min_width=0):
                            self.head = self._html("head", live=True)
                            self.panels: dict[str, gr.HTML] = {}
                            with self._panel("plan"):
                                self.panels["plan"] = self._html("plan", live=True)
                            with self._panel("audience"):
                                self.panels["audience"] = self._html("audience")
                                with gr.Row(elem_classes=["aw-chartrow"]):
                                    with gr.Column(elem_classes=["aw-chartcard"], min_width=0):
                                        self.radar_head = self._html("radar-head")
                                        self.radar = gr.Plot(label="radar", show_label=False, container=False, elem_id="aw-radar")
                                    self.groups = self._html("groups")
                            with self._panel("creative"):
                                self.panels["creative"] = self._html("creative", live=True)
                            with self._panel("forecast"):
                                with gr.Column(elem_classes=["aw-chartcard"], min_width=0):
                                    self.fan_head = self._html("fan-head")
                                    self.fan = gr.Plot(label="forecast", show_label=False, container=False, elem_id="aw-fan")
                                    self.fan_foot = self._html("fan-foot")
                                self.panels["forecast"] = self._html("forecast")
                            with self._panel("what-if"):
                                self.what_if = WhatIfTab(self.workspace, self._html)
                            with self._panel("response"):
                                self.panels["response"] = self._html("response")
                            with self._panel("sources"):
                                self.panels["sources"] = self._html("sources")
                            with self._panel("export"):
                                self.panels["export"] = self._html("export", live=True)
            self._wire(blocks)
        return blocks

    def _panel(self, name: str) -> gr.Column:
        return gr.Column(elem_id=f"aw-panel-{name}", elem_classes=["aw-panel"], min_width=0)

    def _wire(self, blocks: gr.Blocks) -> None:
        everything = [
            self.thread, self.composer, self.language, self.side, self.name, self.badge, self.switch, self.log, self.next, self.hint, self.head,
            *self.panels.values(), self.radar_head, self.radar, self.groups, self.fan_head, self.fan, self.fan_foot, *self.what_if.parts,
        ]  # fmt: skip
        quiet: dict[str, Any] = {"outputs": everything, "show_progress": "hidden", "api_visibility": "private"}
        turn: dict[str, Any] = {**quiet, "concurrency_limit": 4, "concurrency_id": "turn"}
        where = [self.thread, self.language]
        blocks.load(
            self._name_brain,
            self.language,
            self.badge,
            js="() => [window.adwright.language()]",
            show_progress="hidden",
            api_visibility="private",
        )
        blocks.load(self._arrive, [self.asked, self.language], js="() => [window.adwright.asked(), window.adwright.language()]", **quiet)
        self.language.input(
            self._repaint, where, js="(thread, language) => { window.adwright.keepLanguage(language); return [thread, language]; }", **quiet
        )
        self.theme.click(None, js="() => window.adwright.toggleTheme()", api_visibility="private")
        self.side.click(self._side, where, **quiet)
        self.composer.submit(self._send, [self.composer, *where], **turn)
        self.log.click(self._act, where, **turn)
        self.next.click(self._act, where, **turn)
        self.hint.click(self._act, where, **turn)
        self.head.click(self._act, where, **turn)
        self.panels["plan"].input(self._act, where, **turn)
        self.panels["plan"].submit(self._act, where, **turn)
        self.panels["creative"].click(self._act, where, **turn)
        self.panels["export"].click(self._act, where, **turn)
        self.what_if.wire(where, self._act, turn)
        self.composer.stop(self._stop, where, **quiet)

    # --- drawing

    def _read_plan(self, plan_id: str, version: int) -> CampaignPlan | None:
        try:
            return self.workspace.records.plan(plan_id, version)
        except AdwrightError:
            return None

    def _url(self, name: str) -> str:
        """The address of an artefact, or of a file in the export folder; empty for any other."""
        try:
            return file_url(tabs.inside(name, [self.workspace.exports]) or self.workspace.artefacts.path(name))
        except AdwrightError:
            return ""

    def _turns(self, thread: str) -> list[Turn]:
        # A thread is known once its first message was taken; before that there is nothing to read, and no agent to load.
        known = any(entry.thread == thread for entry in self.assistant.threads())
        return self.assistant.history(thread) if known else []

    def _paint_all(self, thread: str, language: Language, extra: str = "") -> Painting:
        """Draw the whole page from what is stored. `extra` is a card above the composer (a file, an error)."""
        turns = self._turns(thread)
        plan = self.workspace.records.current(thread) if thread else None
        return {
            self.thread: thread,
            self.composer: gr.MultimodalTextbox(
                placeholder=say("placeholder", language), label=say("composer", language), submit_btn=True, stop_btn=False, interactive=True
            ),
            self.language: language,
            self.name: frame.brand(self.workspace.name, self.workspace.is_demo, language),
            self.switch: frame.views(language),
            self.side: frame.side(self.assistant.threads(), thread, language),
            self.log: self._log(turns, None, thread, language, plan),
            self.next: extra or self._next(turns, plan, thread, language),
            self.hint: frame.hint(language) + ("" if turns else chat.examples(language)),
            **self._paint_plan(plan, turns, language),
        }

    def _log(self, turns: list[Turn], live: Live | None, thread: str, language: Language, plan: CampaignPlan | None) -> str:
        inner = chat.conversation(turns, live, language, self._stored, self._url) if turns or live else chat.hello(language)
        return f'<div data-thread="{esc(thread)}" data-language="{language}" data-plan="{f"{plan.id}.{plan.version}" if plan else ""}">{inner}</div>'

    def _next(self, turns: list[Turn], plan: CampaignPlan | None, thread: str, language: Language) -> str:
        if not turns:
            return ""
        last = turns[-1]
        if last.approval is not None:
            return frame.approval(last.approval, self._plan_of_approval(last.approval), language, who.groups_of(turns, plan))
        chips = chat.chips(last.options, language, answers=True) if last.options else chat.chips(last.suggestions[:3], language)
        return rating.card(self.workspace, turns, thread, language) + chips

    def _plan_of_approval(self, approval: ApprovalNeeded) -> CampaignPlan | None:
        plan_id = approval.args.get("plan_id")
        try:
            return self.workspace.records.plan(str(plan_id)) if plan_id else None
        except AdwrightError:
            return None

    def _paint_plan(self, plan: CampaignPlan | None, turns: list[Turn], language: Language) -> Painting:
        if plan is None:
            empty = {part: "" for part in (*self.panels.values(), self.head, self.radar_head, self.groups, self.fan_head, self.fan_foot)}
            return {**empty, self.radar: None, self.fan: None, **self.what_if.paint(None, language)}
        before = self._stored(plan.id, plan.parent) if plan.parent is not None else None
        exported = tabs.exported_of(turns, plan, [self.workspace.exports, self.workspace.artefacts.folder, self.workspace.path])
        waiting = bool(turns and turns[-1].approval)
        return {
            self.head: canvas.head(plan, language),
            self.panels["plan"]: canvas.plan_tab(plan, language, before),
            self.panels["audience"]: tabs.audience_tab(plan, language, who.targeting_of(turns)),
            self.radar_head: tabs.chart_head(say("compare-groups", language), say("percentile", language)),
            self.radar: charts.plot(charts.radar(plan.segments, language)),
            self.groups: tabs.groups_table(plan, language),
            self.panels["creative"]: tabs.creative_tab(plan, language, self._url),
            self.fan_head: tabs.chart_head(say("fan", language), say("fan-note", language)),
            self.fan: charts.plot(charts.fan(plan, language)),
            self.fan_foot: tabs.back_test(plan, language),
            self.panels["forecast"]: tabs.forecast_tab(plan, language, before, self._delivered(plan)),
            **self.what_if.paint(plan, language),
            self.panels["response"]: self._models(plan, language),
            self.panels["sources"]: tabs.sources_tab(plan, language),
            self.panels["export"]: tabs.export_tab(plan, language, exported, waiting),
        }

    def _delivered(self, plan: CampaignPlan) -> Delivered | None:
        from ..tools.plan.delivered import delivered

        return delivered(self.workspace, plan) if self.workspace.warehouse.count("results") else None

    def _models(self, plan: CampaignPlan, language: Language) -> str:
        # Imported here: the first screen has no plan and must not wait for it. What was read is kept until a version or the data change.
        from ..tools.response import registry, standing
        from .response_tab import response_tab

        key = (str(registry.promoted_version(self.workspace)), self.workspace.fingerprint("impressions"))
        if self._standing is None or self._standing[0] != key:
            self._standing = (key, standing.standing(self.workspace))
        return response_tab(self._standing[1], language, plan.models.get("response", ""), self.workspace.zone)

    # --- events

    def _arrive(self, asked: str, language: Language) -> Painting:
        known = {entry.thread for entry in self.assistant.threads()}
        return self._paint_all(asked if asked in known else "", language)

    def _repaint(self, thread: str, language: Language) -> Painting:
        return {**self._paint_all(thread, language), self.badge: self._name_brain(language)}

    def _name_brain(self, language: Language) -> str:
        # On its own at the start: naming a brain loads the agent, and the first screen must not wait for that.
        return frame.badge(self.assistant.badge(), language)

    def _side(self, thread: str, language: Language, event: gr.EventData) -> Painting:
        act, value = event._data.get("act"), str(event._data.get("value") or "")
        if act == "new":
            return self._paint_all("", language)
        if act == "open":
            return self._paint_all(value, language)
        if act == "delete":
            self.assistant.delete(value)
            return self._paint_all("" if value == thread else thread, language)
        return {}

    def _stop(self, thread: str, language: Language) -> Painting:
        """Ask the running turn to end at its next event; that turn then draws what is kept."""
        if thread in self._stops:
            self._stops[thread].set()
        return {self.next: frame.notice(say("stopping", language), plain=True)}

    def _send(self, message: dict[str, Any], thread: str, language: Language) -> Iterator[Painting]:
        text = (message.get("text") or "").strip()
        tables, media = attach.apart([Path(file) for file in message.get("files") or []])
        thread = thread or _new_thread()
        if tables:
            yield from self._receive(tables[0], thread, language)
        if text or media:
            said = text or phrase("photo", language)
            yield from self._play(lambda: self.assistant.stream(said, thread, media), said, thread, language)
            attach.discard(*media)
        elif not tables:
            yield {self.next: frame.notice(say("empty-message", language))}

    def _act(self, thread: str, language: Language, event: gr.EventData) -> Iterator[Painting]:
        """Do what a button in the chat or on the canvas asks for."""
        data = event._data
        act, value = data.get("act"), str(data.get("value") or "")
        thread = thread or _new_thread()
        ask = {"say": value, "undo": phrase("undo", language), "export": phrase("export", language)}.get(str(act))
        if ask:
            yield from self._play(lambda: self.assistant.stream(ask, thread), ask, thread, language)
        elif act in ("approve", "reject"):
            yield from self._play(lambda: self.assistant.decide(thread, act, approval=value or None), "", thread, language)
        elif act in ("line", "field", "what-if"):
            try:
                patches, said = edits.changed(edits.plan_of(self.workspace, thread), act, data, language)
            except AdwrightError as error:
                yield {**self._paint_all(thread, language), self.next: chat.error_card(chat.failed(error), language)}
                return
            yield from self._play(lambda: self.assistant.edit(thread, patches), said, thread, language)
        elif act == "rate":
            told = rating.pressed(self.workspace, thread, value, language)
            yield {self.next: told + self._next(self._turns(thread), self.workspace.records.current(thread), thread, language)}
        elif act == "mark-use":
            box, said = marking.given(self.workspace, thread, value), phrase("marked", language)
            yield from self._play(lambda: self.assistant.stream(said, thread, box=box), said, thread, language)
        elif act in marking.ACTS:
            card = marking.card(self.workspace, str(act), value, language, self._url)
            yield {self.next: card} if card else self._paint_all(thread, language)
        elif act in ("file-kind", "import", "import-no"):
            yield from self._file(act, value, thread, language)

    def _play(self, begin: Callable[[], Iterator[Event]], said: str, thread: str, language: Language) -> Iterator[Painting]:
        """Draw a turn while it runs, then once more from what was stored."""
        lock = self._busy.setdefault(thread, threading.Lock())
        if not lock.acquire(blocking=False):
            # A stopped turn ends at its next step, an edit may come while a turn runs: what was asked waits, nothing is lost.
            yield {self.next: frame.notice(say("working", language), plain=True)}
            if not lock.acquire(timeout=_WAIT):
                yield {self.next: frame.notice(say("working", language))}
                return
        try:
            turns = self._turns(thread)
            plan = self.workspace.records.current(thread)
            # A decision continues the last turn: its stored part is drawn by the events that follow.
            live = Live(said=said)
            stop = self._stops[thread] = threading.Event()
            yield {
                self.thread: thread,
                self.composer: gr.MultimodalTextbox(value=None, submit_btn=False, stop_btn=True),
                self.next: "",
                self.hint: frame.hint(language),
                self.log: self._log(turns, live, thread, language, plan),
            }
            drawn, stale = monotonic(), False
            shown_brief, working = None, False
            events = begin()
            try:
                for event in events:
                    if stop.is_set():
                        break
                    stale = True
                    if live.hear(event) or monotonic() - drawn > _PAUSE:
                        painting: Painting = {self.log: self._log(turns, live, thread, language, plan)}
                        if live.planning and (live.brief is not shown_brief or not working):
                            shown_brief, working = live.brief, True
                            painting |= self._paint_working(live, plan, language)
                        yield painting
                        drawn, stale = monotonic(), False
            except AdwrightError as error:
                live.failed, stale = chat.failed(error), True
            except Exception:
                _log.exception("a turn broke")
                live.failed, stale = Failed(code="unexpected", message=TEXTS["broken"], hint=TEXTS["broken-hint"]), True
            finally:
                # Closing the stream tells a running tool to end at its next note.
                close = getattr(events, "close", None)
                if close is not None:
                    close()
            live.close()
            if stale:
                yield {self.log: self._log(turns, live, thread, language, plan)}
            painting = self._paint_all(thread, language)
            if stop.is_set():
                painting[self.next] = frame.notice(say("stopped", language)) + painting[self.next]
            if live.failed is not None:
                painting[self.log] = self._log(self._turns(thread)[: len(turns)], live, thread, language, plan)
                painting[self.next] = frame.retry(said, language) + painting[self.next]
            yield {**painting, self.badge: frame.badge(self.assistant.badge(), language, fallback=bool(live.notices))}
        finally:
            lock.release()

    def _paint_working(self, live: Live, plan: CampaignPlan | None, language: Language) -> Painting:
        """While a first plan is made: the brief and grey shapes. An older plan stays on screen and says it is recomputed."""
        if plan is not None:
            return {self.head: canvas.head(plan, language, busy=say("recomputing", language))}
        shapes = canvas.working(live.brief, language)
        return {self.head: canvas.head(None, language), self.panels["plan"]: shapes}

    # --- files

    def _receive(self, file: Path, thread: str, language: Language, kind: str | None = None) -> Iterator[Painting]:
        yield {
            self.thread: thread,
            self.composer: gr.MultimodalTextbox(value=None),
            self.next: frame.notice(say("file-read", language, name=file.name), plain=True),
        }
        try:
            found, report = attach.look(self.workspace, file, kind)
        except AdwrightError as error:
            card = attach.refused(file.name, error, language)
        else:
            self.workspace.records.put(f"page-file:{thread}", {"path": str(file), "kind": found})
            card = attach.preview(file.name, found, report, language, self.workspace.is_demo)
        yield self._paint_all(thread, language, extra=card)

    def _file(self, act: str, value: str, thread: str, language: Language) -> Iterator[Painting]:
        waiting = self.workspace.records.get(f"page-file:{thread}") or {}
        file = Path(str(waiting.get("path", "")))
        if act == "import-no" or not file.is_file():
            attach.discard(file)
            self.workspace.records.put(f"page-file:{thread}", {})
            yield self._paint_all(thread, language)
        elif act == "file-kind" and value in attach.KINDS:
            yield from self._receive(file, thread, language, kind=value)
        elif act == "import":
            from ..data.importer import import_file

            kind = str(waiting["kind"])
            yield {self.next: frame.notice(say("file-read", language, name=file.name), plain=True)}
            try:
                report = import_file(self.workspace, kind, file)
            except AdwrightError as error:
                yield self._paint_all(thread, language, extra=attach.refused(file.name, error, language))
                return
            attach.discard(file)
            self.workspace.records.put(f"page-file:{thread}", {})
            yield self._paint_all(thread, language, extra=attach.imported(report, kind, language, attach.advised(self.workspace, kind)))


def _new_thread() -> str:
    return secrets.token_hex(6)
