"""Customer service as two pages: a chat for customers, and beside it, on this machine only, the shop's own page.

Customers see nothing but their own conversation; what the desk looked up for the shop (amounts, names of things) never reaches their page. The
shop loads its answers and takes over what was passed on. `launch` is what ``adwright desk`` calls.
"""

from __future__ import annotations

import secrets
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from ..data.errors import AdwrightError
from ..data.words import Language, both
from ..tools.commerce.desk import LONGEST, ServiceDesk
from ..tools.commerce.hand_overs import HandOvers
from ..tools.endpoint import writer
from .desk_markup import STYLE, bubbles, greeting, rows_of, store_of
from .theme import faces, theme

if TYPE_CHECKING:
    from ..data.workspace import Workspace

FILES = [".md", ".txt", ".csv", ".json", ".jsonl", ".html", ".htm", ".toml"]
# What a page remembers of a conversation.
TURNS = 40
SEND = both("发送", "Send")
ASK = both("请输入您的问题…", "Type your question…")
# Id of a conversation, and its turns: (``customer`` or ``desk``, text).
Talk = tuple[str, list[tuple[str, str]]]
NOTHING: Talk = ("", [])
_FAILED = both("系统暂时出错，请稍后再试。", "Something failed on our side; please try again in a moment.")


class Desk:
    """Both pages of one shop over the same desk: `customers` and `team` are Blocks."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.desk = ServiceDesk(workspace, writer(workspace.settings))
        self.passed_on = HandOvers(workspace)
        self.customers = self._customers()
        self.team = self._team()

    # For customers

    def _customers(self) -> gr.Blocks:
        with gr.Blocks(title=self.workspace.name, fill_height=True, analytics_enabled=False) as page:
            # The conversation: its id, and turns of (who, text).
            talk = gr.State(NOTHING)
            with gr.Row(elem_id="ds-head"):
                gr.HTML(greeting(self.workspace.name), padding=False, apply_default_css=False)
                language = gr.Radio(
                    [("中文", "zh"), ("English", "en")], value="zh", show_label=False, container=False, label="语言 Language", elem_id="ds-language",
                )  # fmt: skip
            log = gr.HTML(bubbles([], "zh"), elem_id="ds-log", padding=False, apply_default_css=False)
            with gr.Row(elem_id="ds-ask"):
                box = gr.Textbox(
                    placeholder=ASK.zh, show_label=False, container=False, lines=1, max_lines=4, max_length=LONGEST, autofocus=True, scale=8,
                    elem_id="ds-box", label="消息 Message",
                )  # fmt: skip
                send = gr.Button(SEND.zh, variant="primary", scale=1, min_width=90, elem_id="ds-send")
            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
            for press in (box.submit, send.click):
                # Taken first and answered then, so that what is typed meanwhile is not lost.
                press(self._taken, [box, talk, language], [box, talk, log], **quiet).then(
                    self._answered, [talk, language], [talk, log], concurrency_limit=4, **quiet
                )
            language.change(self._turned, [language, talk], [box, send, log], **quiet)
        return page

    @staticmethod
    def _turned(language: Language, talk: Talk) -> tuple[Any, Any, str]:
        return gr.update(placeholder=ASK.pick(language)), gr.update(value=SEND.pick(language)), bubbles(talk[1], language)

    @staticmethod
    def _taken(text: str, talk: Talk, language: Language) -> tuple[str, Talk, str]:
        """Put a message into the conversation."""
        text, (conversation, turns) = (text or "").strip()[:LONGEST], talk
        if text:
            turns = [*turns, ("customer", text)]
        return "", (conversation or secrets.token_hex(8), turns), bubbles(turns, language)

    def _answered(self, talk: Talk, language: Language) -> tuple[Talk, str]:
        """Answer what has not been answered yet; the desk sees the customer's own messages only."""
        conversation, turns = talk
        said = [text for who, text in turns if who == "customer"]
        waiting = len(said) - sum(who == "desk" for who, _ in turns)
        for at in range(len(said) - waiting, len(said)):
            try:
                answer = self.desk.answer(said[at], said[:at])
                if answer.handed_over:
                    self.passed_on.note(conversation, said[: at + 1], answer)
                told = answer.text
            except AdwrightError:
                told = _FAILED.pick(language)
            turns = [*turns, ("desk", told)]
        turns = turns[-2 * TURNS :]
        return (conversation, turns), bubbles(turns, language)

    # For the shop

    def _team(self) -> gr.Blocks:
        with gr.Blocks(title=f"{self.workspace.name} · 客服 Service", analytics_enabled=False) as page:
            gr.HTML(greeting(self.workspace.name, team=True), padding=False, apply_default_css=False)
            with gr.Row():
                with gr.Column(scale=3):
                    gr.Markdown("### 待人工处理 · For a person")
                    listed = gr.HTML(elem_id="ds-passed", padding=False)
                    with gr.Row():
                        number = gr.Number(label="编号 No.", precision=0, minimum=1, elem_id="ds-number")
                        done = gr.Button("已处理 · Done", elem_id="ds-done")
                        fresh = gr.Button("刷新 · Refresh", elem_id="ds-fresh")
                with gr.Column(scale=2):
                    gr.Markdown("### 客服答案 · Answers")
                    file = gr.File(
                        label="导入 md / csv / json / html，10 MB 以内 · load a file, 10 MB at most", file_types=FILES, elem_id="ds-file", height=140,
                    )  # fmt: skip
                    loaded = gr.HTML(elem_id="ds-loaded", padding=False)
                    store = gr.HTML(elem_id="ds-store", padding=False)
            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
            page.load(self._shown, None, [listed, store], **quiet)
            fresh.click(self._shown, None, [listed, store], **quiet)
            done.click(self._finish, [number], [listed, store], **quiet)
            file.upload(self._load, [file], [loaded, listed, store], **quiet)
        return page

    def _shown(self) -> tuple[str, str]:
        return rows_of(self.passed_on.all(), self.workspace.zone), store_of(self.desk.entries)

    def _finish(self, number: float | None) -> tuple[str, str]:
        if number:
            self.passed_on.finish(int(number))
        return self._shown()

    def _load(self, path: str) -> tuple[str, str, str]:
        from .markup import esc

        try:
            count = self.desk.load(path)
            told = f"{Path(path).name}：导入 {count} 条。{count} answers loaded."
        except AdwrightError as error:
            told = f"{error.tell('zh')} {error.tell('en')}"
        return f'<p class="ds-told">{esc(told)}</p>', *self._shown()


def launch(workspace: Workspace, host: str = "127.0.0.1", port: int = 7861, team_port: int | None = None) -> tuple[gr.Blocks, gr.Blocks]:
    """Serve both pages without waiting and return them: customers on `host` and `port`, the shop on this machine at the next port.

    Raises `AdwrightError` (``port-busy``).
    """
    desk = Desk(workspace)
    fonts = Path(str(resources.files("adwright.data.fonts")))
    ports = (port, team_port if team_port is not None else port + 1)
    common: dict[str, Any] = {
        "prevent_thread_lock": True, "quiet": True, "share": False, "theme": theme(), "head": f"<style>{faces(fonts)}{STYLE}</style>", "allowed_paths": [str(fonts)], "footer_links": [], "show_error": False, "ssr_mode": False,
        "enable_monitoring": False, "favicon_path": str(resources.files("adwright.ui") / "logo.svg"), "max_file_size": "10mb",
    }  # fmt: skip
    try:
        for page, where, at in ((desk.customers, host, ports[0]), (desk.team, "127.0.0.1", ports[1])):
            page.queue(max_size=64, default_concurrency_limit=4, api_open=False)
            page.launch(server_name=where, server_port=at, **common)
    except OSError as error:
        desk.customers.close()
        raise AdwrightError(
            both(
                f"端口 {ports[0]} 或 {ports[1]} 已被占用，客服页面没有启动。",
                f"Port {ports[0]} or {ports[1]} is taken, so the desk was not started.",
            ),
            both("请用 --port 换一个。", "Choose another with --port."),
            code="port-busy",
        ) from error
    return desk.customers, desk.team
