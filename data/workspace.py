"""The workspace: one directory is one shop.

It holds adwright.toml (name, currency, time zone, settings), the tables, the records, the artefact store and folders
for models, memory and exports. One process owns it at a time. Nothing here is deleted to repair anything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from .artefacts import Artefacts, write_whole
from .errors import AdwrightError
from .lock import Lock
from .records import Records
from .result import SILENT, Progress
from .settings import Settings
from .words import both

CONFIGURATION = "adwright.toml"
LOCK = "workspace.lock"
BUILDING = "demo-building"
_OURS = {CONFIGURATION, LOCK, BUILDING, "memory", "models", "artefacts", "exports", "demo-truth.parquet"}


class Workspace:
    """An open shop: `warehouse` (tables), `records` (plans, threads), `artefacts` (pictures, files).

    `currency` is ISO 4217, `timezone` an IANA name, `margins` gross margin by category where the merchant set one
    (key ``default`` for the rest), `is_demo` True for the generated shop. Make one with `open` or `demo`.

    Example:
        >>> with Workspace.open("myshop", create=True, currency="GBP", timezone="Europe/London") as shop:  # doctest: +SKIP
        ...     shop.warehouse.count("orders")
        0
    """

    def __init__(self, path: Path, lock: Lock) -> None:
        from .warehouse import Warehouse

        self.path = path
        self._lock = lock
        configuration = _read_configuration(path / CONFIGURATION)
        self.name: str = configuration["shop"]["name"]
        self.currency: str = configuration["shop"]["currency"]
        self.timezone: str = configuration["shop"]["timezone"]
        self.is_demo: bool = configuration["shop"]["demo"]
        self.margins: dict[str, Decimal] = configuration["margin"]
        self.settings = Settings.load(configuration["settings"])
        self.models = path / "models"
        self.memory = path / "memory"
        self.exports = path / "exports"
        _make_parts([self.models, self.memory, self.exports, path / "artefacts"])
        self.artefacts = Artefacts(path / "artefacts")
        self.records = Records(path / "records.sqlite")
        try:
            self.warehouse = Warehouse(path / "warehouse.duckdb")
        except BaseException:
            self.records.close()
            raise

    @classmethod
    def open(
        cls,
        path: str | Path,
        create: bool = False,
        name: str | None = None,
        currency: str = "CNY",
        timezone: str = "Asia/Shanghai",
    ) -> Workspace:
        """Open a shop; with `create`, make it when absent (`name`, `currency`, `timezone` count only then).

        Raises `AdwrightError`: ``no-workspace``, ``not-a-workspace``, ``workspace-busy``, ``demo-incomplete``,
        ``bad-configuration``, ``bad-shop``, ``warehouse-corrupt``, ``records-corrupt``.
        """
        folder = _folder(path)
        if not (folder / CONFIGURATION).is_file():
            if not create:
                raise AdwrightError(
                    both(f"{folder} 里没有工作区。", f"There is no workspace at {folder}."),
                    both(
                        "请检查路径；要新建请使用 create=True，要试用演示店铺请使用 Workspace.demo。",
                        "Check the path; pass create=True to make one, or use Workspace.demo for the demo shop.",
                    ),
                    code="no-workspace",
                )
            shop = {"name": name or folder.name, "currency": currency.upper(), "timezone": timezone, "demo": False}
            return cls._locked(folder, shop)
        return cls._locked(folder)

    @classmethod
    def demo(cls, path: str | Path, progress: Progress = SILENT, scale: float = 1.0) -> Workspace:
        """Open the demo shop at `path`, building it first when it is absent or its building was cut short.

        `scale` shrinks a new demo (1.0 is about a million events). Raises `AdwrightError` (code ``not-a-demo``) when a
        real shop lives there.
        """
        folder = _folder(path)
        shop = {"name": "云步生活馆 · Cloudstep Living", "currency": "CNY", "timezone": "Asia/Shanghai", "demo": True}
        workspace = cls._locked(folder, None if (folder / CONFIGURATION).is_file() else shop, building=True)
        try:
            if not workspace.is_demo:
                raise AdwrightError(
                    both(
                        f"{folder} 里是一家真实店铺，不会被演示数据覆盖。", f"{folder} holds a real shop; the demo will not overwrite it."
                    ),
                    both("请为演示店铺换一个目录。", "Choose another directory for the demo."),
                    code="not-a-demo",
                )
            if (folder / BUILDING).exists():
                from .demo import build_demo

                build_demo(workspace, scale=scale, progress=progress)
                (folder / BUILDING).unlink()
        except BaseException:
            workspace.close()
            raise
        return workspace

    @classmethod
    def _locked(cls, folder: Path, shop: dict[str, Any] | None = None, building: bool = False) -> Workspace:
        """Take the lock, write the configuration of a new `shop`, and open."""
        if shop is not None:
            try:
                _check_shop(shop)
            except ValueError as error:
                raise AdwrightError(
                    both(f"不能用这些值新建店铺：{error}。", f"A shop cannot be made with these values: {error}."),
                    both("例如：货币 CNY，时区 Asia/Shanghai。", "For example: currency CNY, timezone Asia/Shanghai."),
                    code="bad-shop",
                ) from error
            _make_folder(folder)
        lock = Lock(folder / LOCK)
        try:
            if shop is not None and not (folder / CONFIGURATION).is_file():
                # The mark goes first: from the moment the configuration exists, an unfinished demo is known as one.
                if shop["demo"]:
                    write_whole(folder / BUILDING, b"")
                write_whole(folder / CONFIGURATION, _configuration_text(shop).encode())
            if not building and (folder / BUILDING).exists():
                raise AdwrightError(
                    both(f"{folder} 里的演示店铺没有建完。", f"The demo shop at {folder} was not finished."),
                    both("请用 Workspace.demo 打开，它会接着建好。", "Open it with Workspace.demo, which builds it again."),
                    code="demo-incomplete",
                )
            return cls(folder, lock)
        except BaseException:
            lock.release()
            raise

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)

    def fingerprint(self, kind: str) -> str:
        """Return a name of a table's current content; models and caches key on it."""
        return self.warehouse.fingerprint(kind)

    def close(self) -> None:
        """Close the stores and give the lock back; a second call does nothing."""
        self.warehouse.close()
        self.records.close()
        self._lock.release()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r}, name={self.name!r}, demo={self.is_demo})"


def _folder(path: str | Path) -> Path:
    folder = Path(path).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise AdwrightError(
            both(f"{folder} 是一个文件，不是目录。", f"{folder} is a file, not a directory."),
            both("工作区是一个目录，请换一个路径。", "A workspace is a directory; choose another path."),
            code="not-a-workspace",
        )
    return folder


def _make_parts(folders: list[Path]) -> None:
    """Make the folders inside a workspace; `AdwrightError` (code ``not-writable``) names the one that cannot be."""
    for folder in folders:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise AdwrightError(
                both(f"工作区里的文件夹 {folder} 无法使用：{error.strerror}。", f"The folder {folder} cannot be used: {error.strerror}."),
                both(
                    "请把占用这个名字的文件移到别处，或检查目录的写权限；数据没有变动。",
                    "Move a file of that name elsewhere, or check that the directory may be written to; nothing was changed.",
                ),
                code="not-writable",
            ) from error


def _make_folder(folder: Path) -> None:
    """Make the directory of a new workspace; one with other things in it is refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [item.name for item in folder.iterdir() if not item.name.startswith(".") and item.name not in _OURS]
    except OSError as error:
        raise AdwrightError(
            both(f"无法在 {folder} 建立工作区：{error.strerror}。", f"Cannot make a workspace at {folder}: {error.strerror}."),
            both("请检查权限和磁盘空间，或换一个目录。", "Check permissions and disk space, or choose another directory."),
            code="not-writable",
        ) from error
    stores = [item for item in foreign if item.startswith(("warehouse.duckdb", "records.sqlite", "threads.sqlite", "drafts.sqlite"))]
    if len(foreign) > len(stores):
        raise AdwrightError(
            both(f"{folder} 里已有别的文件，没有在其中建立工作区。", f"{folder} holds other files; no workspace was made in it."),
            both("请使用一个空目录或新目录。", "Use an empty or a new directory."),
            code="not-a-workspace",
        )
    if stores:
        raise AdwrightError(
            both(f"{folder} 里有店铺数据，但缺少 {CONFIGURATION}。", f"{folder} holds a shop's data but no {CONFIGURATION}."),
            both("请恢复这个文件，或换一个目录新建。", "Restore that file, or use another directory."),
            code="not-a-workspace",
        )


def _check_shop(shop: Mapping[str, Any]) -> None:
    """Raise ValueError for values no shop can have."""
    if not (isinstance(shop["currency"], str) and len(shop["currency"]) == 3 and shop["currency"].isascii() and shop["currency"].isupper()):
        raise ValueError(f"currency {shop['currency']!r} is not a three-letter ISO 4217 code")
    if not isinstance(shop["name"], str) or not isinstance(shop["demo"], bool):
        raise ValueError("name is a text and demo is true or false")
    try:
        ZoneInfo(shop["timezone"])
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise ValueError(f"timezone {shop['timezone']!r} is not an IANA name") from error


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c for c in text.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{escaped}"'


def _configuration_text(shop: Mapping[str, Any]) -> str:
    return (
        "# One directory is one shop. Environment variables ADWRIGHT_* override [settings]; keys never belong in this file.\n"
        "[shop]\n"
        f"name = {_quoted(shop['name'])}\n"
        f"currency = {_quoted(shop['currency'])}\n"
        f"timezone = {_quoted(shop['timezone'])}\n"
        f"demo = {str(shop['demo']).lower()}\n"
        "\n"
        "# Gross margin, 0 to 1, in quotes: default for all products, or one per category.\n"
        "[margin]\n"
        '# default = "0.45"\n'
        '# apparel = "0.55"\n'
        "\n"
        "[settings]\n"
        '# language = "zh"\n'
        "# auto_adjust = 0.1 # a running plan is adjusted without asking by up to this share of a line; 0 asks always\n"
        '# model = "planner"\n'
    )


def _read_configuration(file: Path) -> dict[str, Any]:
    """Parse adwright.toml into shop, margin and settings; `AdwrightError` (code ``bad-configuration``) says what is wrong."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        for name in ("shop", "margin", "settings"):
            if not isinstance(raw.get(name, {}), dict):
                raise ValueError(f"{name} is not a table; write [{name}] on a line of its own")
        shop = {"timezone": "Asia/Shanghai", "currency": "CNY", "demo": False, "name": file.parent.name, **raw.get("shop", {})}
        _check_shop(shop)
        margin = {key: Decimal(str(value)) for key, value in raw.get("margin", {}).items()}
        for key, value in margin.items():
            if not 0 <= value <= 1:
                raise ValueError(f"margin.{key} is not between 0 and 1")
        return {"shop": shop, "margin": margin, "settings": raw.get("settings", {})}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, TypeError, InvalidOperation, AttributeError) as error:
        raise AdwrightError(
            both(f"设置文件 {file} 无法读取：{error}。", f"The settings file {file} cannot be read: {error}."),
            both("请用文本编辑器改正它；数据和方案都还在。", "Correct it in a text editor; your data and plans are untouched."),
            code="bad-configuration",
        ) from error
