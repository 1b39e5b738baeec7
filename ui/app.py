"""Opens or builds the workspace and serves the page on this machine.

`launch` is what ``adwright app`` calls. Gradio's analytics, sharing and version check are off; the only served folders
are the artefact store, the exports and our fonts. Another address than loopback needs a password.
"""

from __future__ import annotations

import os
import threading
import webbrowser
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.errors import AdwrightError
from ..data.words import both

if TYPE_CHECKING:
    import gradio as gr

    from ..agent.assistant import Assistant
    from ..data.workspace import Workspace

# Read by gradio when it is imported.
_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_SHARE": "False", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}


def build(assistant: Assistant) -> gr.Blocks:
    """Return the page over an assistant; start it with `serve`, which adds theme, style and limits."""
    quiet()
    from .page import Page

    return Page(assistant).blocks


def launch(
    path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    demo: bool = True,
    auth: tuple[str, str] | None = None,
    desk: int | None = None,
) -> None:
    """Open the workspace at `path` (`demo`: build the demo shop there when it is absent) and serve the page until stopped.

    `desk` also serves the chat for customers at that port (see `desk.launch`): one process owns a workspace.

    Raises `AdwrightError`: ``auth-required`` when `host` is not loopback and there is no `auth`, ``port-busy``, and what `Workspace` raises.
    """
    _check_host(host, auth)
    quiet()
    # Importing gradio is the longest part of the start; it needs nothing of the workspace, so both are made ready at once.
    ahead = threading.Thread(target=_import_page, daemon=True)
    ahead.start()
    workspace = _open(Path(path), demo, host, port)
    try:
        from ..agent.assistant import Assistant

        ahead.join()
        assistant = Assistant(workspace, model=None)
        try:
            page = serve(assistant, host=host, port=port, auth=auth)
        except OSError as error:
            raise AdwrightError(
                both(f"端口 {port} 已被占用，页面没有启动。", f"Port {port} is taken, so the page was not started."),
                both("请关掉占用它的程序，或用 --port 换一个。", "Stop the program that uses it, or choose another with --port."),
                code="port-busy",
            ) from error
        if desk is not None:
            from .desk import launch as launch_desk

            launch_desk(workspace, host, desk)
        if open_browser:
            webbrowser.open(f"http://{host}:{port}/")
        assistant.warm()
        page.block_thread()
    finally:
        workspace.close()


def serve(assistant: Assistant, *, host: str = "127.0.0.1", port: int | None = None, auth: tuple[str, str] | None = None) -> gr.Blocks:
    """Start the page without waiting for its end and return it; `page.close()` stops it. `port` None: any free port."""
    page = build(assistant)
    from .theme import head, theme

    workspace = assistant.workspace
    fonts = Path(str(resources.files("adwright.data.fonts")))
    page.queue(max_size=32, default_concurrency_limit=8, api_open=False)
    page.launch(
        server_name=host,
        server_port=port,
        auth=auth,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        theme=theme(),
        head=head(fonts),
        footer_links=[],
        allowed_paths=[str(workspace.artefacts.folder), str(workspace.exports), str(fonts)],
        max_file_size="200mb",
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        favicon_path=str(resources.files("adwright.ui") / "logo.svg"),
    )
    return page


def quiet() -> None:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


def _import_page() -> None:
    from . import page  # noqa: F401


def _check_host(host: str, auth: tuple[str, str] | None) -> None:
    try:
        local = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and auth is None:
        raise AdwrightError(
            both(f"在 {host} 上提供页面需要用户名和密码。", f"Serving the page on {host} needs a user name and a password."),
            both("请加上 --auth 用户名:密码，或使用 127.0.0.1。", "Pass --auth NAME:PASSWORD, or use 127.0.0.1."),
            code="auth-required",
        )


def _open(path: Path, demo: bool, host: str, port: int) -> Workspace:
    from ..data.workspace import CONFIGURATION, Workspace

    if (path / CONFIGURATION).is_file() and not _unfinished(path):
        return Workspace.open(path)
    if not demo:
        return Workspace.open(path, create=True)
    from .waiting import Waiting

    with Waiting(host, port) as progress:
        return Workspace.demo(path, progress=progress)


def _unfinished(path: Path) -> bool:
    from ..data.workspace import BUILDING

    return (path / BUILDING).exists()
