"""Where a training may start from: what a person names becomes the folder of an earlier model of clicks, and of conversions.

A name is a version of this shop, ``demo`` (the demo shop on this machine), or a path: of another workspace, of one of its versions, or
of a folder that `ResponseModel.save` wrote. Nothing is trained or copied here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...data.errors import AdwrightError
from ...data.settings import home
from ...data.words import both
from . import registry

if TYPE_CHECKING:
    from ...data.workspace import Workspace

DEMO = "demo"
MANIFEST = "manifest.json"


class Origin(NamedTuple):
    """An earlier model: its version, and the folder of every kind that it has (``click``, ``convert``)."""

    version: str
    folders: dict[str, Path]


def origin(named: str | Path, workspace: Workspace | None = None) -> Origin:
    """Find the earlier model that is named; files are checked. Raises ``no-start``, ``unknown-version`` or ``damaged-model``."""
    text = str(named)
    if text == DEMO:
        return _version(_promoted(home() / "demo", text))
    place = Path(text).expanduser()
    if place.is_dir():
        if (place / MANIFEST).exists() and not (place / "click").exists():
            return Origin(hashlib.sha256((place / MANIFEST).read_bytes()).hexdigest()[:12], {"click": place})
        return _version(place if (place / MANIFEST).exists() else _promoted(place, text))
    if workspace is None or place.name != text:
        raise _nothing(text)
    return _version(registry.root(workspace) / registry.VERSIONS / registry.find(workspace, text))


def _version(folder: Path) -> Origin:
    own, manifest = registry.read(folder)
    kinds = {kind: own / kind for kind in ("click", "convert") if (own / kind / MANIFEST).exists()}
    return Origin(str(manifest["version"]), kinds)


def _promoted(shop: Path, text: str) -> Path:
    """Folder of the version in force of another workspace."""
    folder = shop / "models" / "response"
    if not (folder / registry.CURRENT).exists():
        raise _nothing(text)
    return folder


def _nothing(text: str) -> AdwrightError:
    return AdwrightError(
        both(f"没有可以起步的模型：{text}。", f"There is no model to start from: {text}."),
        both(
            "写本店的一个版本、另一家店的工作区，或已保存模型的文件夹；用 demo 要先在演示店铺里运行过 adwright train。",
            "Name a version of this shop, another shop's workspace or a saved model's folder; for demo, run adwright train in the demo shop first.",
        ),
        code="no-start",
    )
