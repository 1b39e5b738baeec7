"""How long a person waits: help, page, first step card, whole plan. Best of several runs, on a demo shop built before."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path

from adwright import Assistant, Workspace

TODAY = date(2026, 11, 23)
REQUEST = "帮我做一个5万元的{}上新投放计划，抖音和小红书，两周"
PRODUCTS = ("扫地机器人", "卫衣", "唇釉", "显示器", "泳镜")


def main() -> None:
    """Print one row per wait, with the yardstick where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        shop_path = Path(folder) / "shop"
        began = time.perf_counter()
        Workspace.demo(shop_path).close()
        build = time.perf_counter() - began
        gradio = best(3, lambda: run("import gradio"))
        page = best(3, lambda: page_served(shop_path))
        rows = [
            ("demo shop built (about 1M events)", build, "60 s"),
            ("`adwright --help`", best(5, lambda: run("from adwright.ui.cli import main; main(['--help'])")), "0.5 s"),
        ]
        rows += [("page served", page, f"{page / gradio:.2f} x bare `import gradio` ({gradio:.2f} s); bar 1.3 x")]
        rows += turns(shop_path)
    print("| wait | seconds | yardstick |")
    print("|---|---|---|")
    for name, seconds, note in rows:
        print(f"| {name} | {seconds:.3f} | {note} |")


def best(times: int, measure: Callable[[], float]) -> float:
    """Return the shortest of several runs, the one least disturbed."""
    return min(measure() for _ in range(times))


def run(code: str) -> float:
    """Seconds a fresh Python takes for `code`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def page_served(shop: Path) -> float:
    """Seconds from starting the command to the page's first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "adwright", "app", "--workspace", str(shop), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise TimeoutError("the page was not served within two minutes")
    finally:
        server.terminate()
        server.wait()


def turns(shop_path: Path) -> list[tuple[str, float, str]]:
    """First step card and whole plan, warm: each request names another product, so no picture is remembered. The slowest of five."""
    with Workspace.demo(shop_path) as shop:
        assistant = Assistant(shop, today=TODAY)
        assistant.chat(REQUEST.format("跑鞋"), thread="warm-up")
        firsts, wholes = [], []
        for i, product in enumerate(PRODUCTS):
            began, first = time.perf_counter(), None
            for event in assistant.stream(REQUEST.format(product), thread=f"bench-{i}"):
                if first is None and event.kind == "step-started":
                    first = time.perf_counter() - began
            firsts.append(first or float("nan"))
            wholes.append(time.perf_counter() - began)
        read = best(20, lambda: understood(assistant))
    return [
        ("first step card, slowest of 5", max(firsts), "0.5 s"),
        ("whole plan with 6 banners, slowest of 5", max(wholes), "5 s"),
        ("one message understood", read, "0.02 s"),
    ]


def understood(assistant: Assistant) -> float:
    """Seconds to read one message."""
    began = time.perf_counter()
    assistant.understand(REQUEST.format("跑鞋"))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
