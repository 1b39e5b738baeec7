"""`adwright doctor`: what is installed, configured and reachable, whether the workspace is whole, and what to do.

Looks without changing anything. Talks only to an endpoint the user has configured, and asks it for nothing but its list of
models. Keys are never printed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ..data.errors import AdwrightError
from ..data.knowledge.endpoints import address_of
from ..data.words import Language, Words, both

PACKAGES = {
    "langchain": both("对话流程", "the agent"),
    "langgraph-checkpoint-sqlite": both("对话保存", "stored threads"),
    "openai": both("外部模型", "models at an endpoint"),
    "chromadb": both("过往投放检索", "campaign memory"),
    "duckdb": both("数据表", "tables"),
    "ibis-framework": both("数据表", "tables"),
    "scikit-learn": both("人群划分", "segments"),
    "pandas": both("数据表", "tables"),
    "tensorflow": both("训练点击率模型", "training CTR models"),
    "gradio": both("页面", "the page"),
    "pillow": both("图片", "pictures"),
    "av": both("视频", "videos"),
    "plotly": both("图表", "charts"),
}
OPTIONAL = {"torch": both("本地大模型，可不装", "local language models, optional")}
NOTHING = both("", "")
FREE_BYTES = 500_000_000
ENDPOINT_SECONDS = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and what to do when it is not well."""

    name: str
    state: Literal["ok", "note", "bad"]
    says: Words
    todo: Words = NOTHING


def examine(folder: Path) -> list[Finding]:
    """Return all findings for this installation and the workspace in `folder`."""
    return [*python(), *packages(), *fonts(), *model(folder), *workspace(folder)]


def python() -> list[Finding]:
    """Look at the interpreter."""
    have = ".".join(map(str, sys.version_info[:3]))
    return [Finding("python", "ok", both(f"Python {have}", f"Python {have}"))]


def packages() -> list[Finding]:
    """Look at what is installed, without importing it."""
    found = []
    for name, use in {**PACKAGES, **OPTIONAL}.items():
        try:
            found.append(Finding(name, "ok", both(f"{name} {version(name)}（{use.zh}）", f"{name} {version(name)} ({use.en})")))
        except PackageNotFoundError:
            says = both(f"没有安装 {name}（{use.zh}）", f"{name} is not installed ({use.en})")
            todo = (
                both("请执行 pip install 'adwright[local]'", "Run pip install 'adwright[local]'")
                if name in OPTIONAL
                else both("请重新安装 adwright", "Install adwright again")
            )
            found.append(Finding(name, "note" if name in OPTIONAL else "bad", says, todo))
    return found


def fonts() -> list[Finding]:
    """Look for the packaged fonts that draw Chinese on banners."""
    folder = files("adwright.data.fonts")
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith((".woff2", ".ttf", ".otf")))
    if names:
        return [Finding("fonts", "ok", both(f"图片字体 {len(names)} 个", f"{len(names)} fonts for pictures"))]
    return [
        Finding(
            "fonts",
            "bad",
            both("缺少图片字体", "The fonts for pictures are missing"),
            both("请重新安装 adwright", "Install adwright again"),
        )
    ]


def model(folder: Path) -> list[Finding]:
    """Look at the chosen brain; ask a configured endpoint for its models."""
    from ..data.settings import Settings

    try:
        settings = Settings.load(settings_table(folder))
    except AdwrightError as error:
        return [Finding("model", "bad", error.message, error.hint)]
    if settings.model == "planner":
        says = both("使用内置的离线规划器，不联网", "The built-in offline planner is used; nothing leaves this machine")
        unused = bool(os.environ.get("OPENAI_API_KEY") or settings.base_url)
        todo = (
            both("已有密钥或地址；设置 ADWRIGHT_MODEL 后才会使用", "A key or an address is set; it is used only once ADWRIGHT_MODEL is set")
            if unused
            else both("", "")
        )
        return [Finding("model", "note" if unused else "ok", says, todo)]
    if settings.model.startswith("local:"):
        place = Path(settings.model.removeprefix("local:")).expanduser()
        if not (place / "config.json").is_file():
            return [
                Finding("model", "bad", both(f"{place} 里没有模型", f"There is no model at {place}"), both("请检查路径", "Check the path"))
            ]
        if find_spec("torch") is None:
            return [
                Finding(
                    "model",
                    "bad",
                    both("本地模型需要 PyTorch", "A local model needs PyTorch"),
                    both("请执行 pip install 'adwright[local]'", "Run pip install 'adwright[local]'"),
                )
            ]
        return [Finding("model", "ok", both(f"本地模型 {place.name}", f"Local model {place.name}"))]
    if not settings.outward:
        says = both(
            f"已选择模型 {settings.model}，但没有地址也没有密钥",
            f"The model {settings.model} was chosen, but there is neither an address nor a key",
        )
        return [
            Finding("model", "bad", says, both("请设置 ADWRIGHT_BASE_URL 或 ADWRIGHT_API_KEY", "Set ADWRIGHT_BASE_URL or ADWRIGHT_API_KEY"))
        ]
    key = settings.api_key.get_secret_value() if settings.api_key else None
    return [reach(settings.model, address_of(settings.base_url) or "", key)]


def settings_table(folder: Path) -> dict[str, object]:
    """Return the [settings] table of a workspace's adwright.toml; empty when there is none or it cannot be read."""
    import tomllib

    try:
        return tomllib.loads((folder / "adwright.toml").read_text(encoding="utf-8-sig")).get("settings", {})
    except (OSError, ValueError):
        return {}


def reach(name: str, address: str, key: str | None) -> Finding:
    """Ask an endpoint for its models."""
    from urllib.error import HTTPError, URLError
    from urllib.request import ProxyHandler, Request, build_opener

    request = Request(address.rstrip("/") + "/models", headers={"Authorization": f"Bearer {key}"} if key else {})
    opener = build_opener(ProxyHandler({})) if "127.0.0.1" in address or "localhost" in address else build_opener()
    try:
        with opener.open(request, timeout=ENDPOINT_SECONDS) as answer:
            listed = name in answer.read(2_000_000).decode("utf-8", "replace")
    except HTTPError as error:
        if error.code in (401, 403):
            return Finding(
                "model",
                "bad",
                both(f"{address} 拒绝了密钥", f"{address} refused the key"),
                both("请检查 ADWRIGHT_API_KEY", "Check ADWRIGHT_API_KEY"),
            )
        return Finding("model", "note", both(f"{address} 有回应（HTTP {error.code}）", f"{address} answers (HTTP {error.code})"))
    except (URLError, OSError, ValueError):
        says = both(f"连不上 {address}", f"{address} cannot be reached")
        return Finding(
            "model",
            "bad",
            says,
            both(
                "请检查地址和服务是否启动；在此期间由离线规划器回答",
                "Check the address and that the service runs; the offline planner answers meanwhile",
            ),
        )
    if not listed:
        return Finding(
            "model",
            "note",
            both(f"{address} 可用，但没有列出 {name}", f"{address} works but does not list {name}"),
            both("请检查 ADWRIGHT_MODEL", "Check ADWRIGHT_MODEL"),
        )
    return Finding("model", "ok", both(f"{address} 上的 {name} 可用", f"{name} at {address} is available"))


def workspace(folder: Path) -> list[Finding]:
    """Look at the workspace's files and the disk, without opening the workspace."""
    if not (folder / "adwright.toml").is_file():
        says = both(f"{folder} 还没有工作区", f"There is no workspace at {folder} yet")
        return [
            Finding(
                "workspace",
                "note",
                says,
                both(
                    "adwright 首次启动会建好演示店铺；自己的数据用 adwright import",
                    "The first start of adwright makes the demo shop; bring your own data with adwright import",
                ),
            )
        ]
    found = [Finding("workspace", "ok", both(f"工作区 {folder}", f"Workspace {folder}"))]
    for name in ("records.sqlite", "threads.sqlite"):
        if (folder / name).exists():
            found.append(database(folder / name))
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        says = both(f"磁盘只剩 {free // 1_000_000} MB", f"Only {free // 1_000_000} MB of disk space left")
        found.append(Finding("disk", "bad", says, both("请腾出空间", "Make room")))
    return found


def database(path: Path) -> Finding:
    """Check one SQLite file, read-only."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)
        try:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        verdict = str(error)
    if verdict == "ok":
        return Finding(path.name, "ok", both(f"{path.name} 完好", f"{path.name} is whole"))
    todo = both(f"请备份后把 {path.name} 移到别处", f"Back up {path.name} and move it elsewhere")
    return Finding(path.name, "bad", both(f"{path.name} 无法读取", f"{path.name} cannot be read"), todo)


def print_findings(findings: list[Finding], language: Language, as_json: bool) -> None:
    """Print the findings, problems with what to do."""
    if as_json:
        import json

        rows = [{**asdict(finding), "says": finding.says.model_dump(), "todo": finding.todo.model_dump()} for finding in findings]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    marks = {"ok": "✓", "note": "·", "bad": "✗"}
    for finding in findings:
        print(f"{marks[finding.state]} {finding.says.pick(language)}")
        if finding.todo.pick(language):
            print(f"    {finding.todo.pick(language)}")
