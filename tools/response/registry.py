"""The versions of a shop's response models on disk: list, promote, roll back, verify, delete.

``models/response/versions/<version>/`` holds a sealed ``manifest.json`` and the folders ``click`` and ``convert``;
``models/response/current.json`` names the version in force and those that were in force before it. A version is written beside,
flushed and renamed into place; the switch replaces one small file. A kill or a full disk at any moment leaves what was in force.
Not here: training (`shop`), scoring (`model`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.artefacts import write_whole
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.words import both

if TYPE_CHECKING:
    from ...data.workspace import Workspace

KEPT = 4
REMEMBERED = 8
MANIFEST, CURRENT, VERSIONS, UNFINISHED = "manifest.json", "current.json", "versions", ".part-"
NEEDED = frozenset({"version", "data", "conversions", "serves", "models", "sha256"})


class VersionInfo(Document):
    """One version: when it was trained, on how many rows, what was asked for, its scores on rows it never saw, the data it names."""

    version: str
    trained_at: str = ""
    rows: int = 0
    kind: str = "auto"
    metrics: dict[str, Any] = {}
    data: str = ""
    promoted: bool = False
    damaged: bool = False
    reason: dict[str, str] = {}


def root(workspace: Workspace) -> Path:
    """Return the folder of a shop's response models."""
    return workspace.models / "response"


def promoted(workspace: Workspace) -> Path | None:
    """Return the folder of the version in force, or None when there is none; its files are checked when it is read."""
    name = _current(root(workspace))["version"]
    return root(workspace) / VERSIONS / name if name else None


def promoted_version(workspace: Workspace) -> str | None:
    """Return the name of the version in force."""
    return _current(root(workspace))["version"]


def read(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return a version's folder and manifest, every checksum checked; `folder` is a version's, or the one above (then the promoted).

    Raises `AdwrightError` (``damaged-model``).
    """
    try:
        own = folder
        if not (folder / MANIFEST).exists() and (folder / CURRENT).exists():
            own = folder / VERSIONS / str(_current(folder)["version"])
        manifest: dict[str, Any] = json.loads((own / MANIFEST).read_text("utf-8"))
        if manifest["seal"] != _seal(manifest):
            raise ValueError("the manifest's checksum does not match")
        if not manifest.keys() >= NEEDED or manifest["serves"] not in manifest["models"]:
            raise ValueError("the manifest is incomplete")
        if own.parent.name == VERSIONS and manifest["version"] != own.name:
            raise ValueError("the folder has another version's manifest")
        for name, checksum in manifest["sha256"].items():
            if hashlib.sha256((own / name).read_bytes()).hexdigest() != checksum:
                raise ValueError("the checksum does not match")
        return own, manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AdwrightError(
            both("点击模型文件已损坏，没有加载。", "The response model's file is damaged and was not loaded."),
            both(
                "用 adwright models rollback 换回上一个版本，或用 adwright train 重新训练。",
                "Go back with adwright models rollback, or train again with adwright train.",
            ),
            code="damaged-model",
        ) from error


def versions(workspace: Workspace) -> list[VersionInfo]:
    """Return all versions, the newest first; a damaged one is marked."""
    place, current = root(workspace) / VERSIONS, _current(root(workspace))["version"]
    found = []
    for folder in place.iterdir() if place.is_dir() else ():
        if folder.name.startswith(UNFINISHED):
            continue
        try:
            _, manifest = read(folder)
        except AdwrightError:
            found.append(VersionInfo(version=folder.name, promoted=folder.name == current, damaged=True))
            continue
        found.append(_info(manifest, current))
    return sorted(found, key=lambda v: (v.trained_at, v.version), reverse=True)


def save(workspace: Workspace, manifest: dict[str, Any], made: Path) -> Path:
    """Keep the files below `made` that the manifest names as a new version, not yet promoted; returns its folder.

    The same version again only renews its manifest. Raises ``model-not-saved`` when the disk is full or not writable.
    """
    place = root(workspace) / VERSIONS
    target = place / str(manifest["version"])
    manifest = json.loads(json.dumps(manifest, ensure_ascii=False))
    sealed = json.dumps(manifest | {"seal": _seal(manifest)}, ensure_ascii=False, indent=1).encode()
    try:
        place.mkdir(parents=True, exist_ok=True)
        for stale in place.glob(f"{UNFINISHED}*"):
            shutil.rmtree(stale, ignore_errors=True)
        if _intact(target, manifest):
            write_whole(target / MANIFEST, sealed)
            return target
        beside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=place))
        try:
            for name in manifest["sha256"]:
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                write_whole(beside / name, (made / name).read_bytes())
            write_whole(beside / MANIFEST, sealed)
            for folder in (*(f for f in beside.rglob("*") if f.is_dir()), beside):
                _flush(folder)
            if target.exists():
                # Only a damaged copy of the same version stands in the way.
                shutil.rmtree(target)
            beside.replace(target)
            _flush(place)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise not_saved(error) from error
    return target


def promote(workspace: Workspace, version: str) -> VersionInfo:
    """Put a version in force; raises ``unknown-version``, ``damaged-model`` (nothing changes then) or ``model-not-saved``."""
    folder = _folder(workspace, version)
    _, manifest = read(folder)
    current = _current(root(workspace))
    if current["version"] != version:
        before = [*(v for v in current["before"] if v != version), *([current["version"]] if current["version"] else [])]
        _switch(workspace, version, before)
    return _info(manifest, version)


def roll_back(workspace: Workspace) -> VersionInfo:
    """Put the version in force again that was so before the present one; damaged and deleted ones are passed over.

    Raises ``no-earlier-version`` when there is none.
    """
    before = list(_current(root(workspace))["before"])
    while before:
        version = before.pop()
        try:
            _, manifest = read(_folder(workspace, version))
        except AdwrightError:
            continue
        _switch(workspace, version, before)
        return _info(manifest, version)
    raise AdwrightError(
        both("没有更早的版本可以换回。", "There is no earlier version to go back to."),
        both(
            "用 adwright models 看有哪些版本，或用 adwright train 训练一个。",
            "See adwright models for what there is, or train one with adwright train.",
        ),
        code="no-earlier-version",
    )


def delete_old(workspace: Workspace, keep: int = KEPT) -> list[str]:
    """Delete all but the promoted version and `keep` others: first the one that a roll back leads to, then the newest."""
    current = _current(root(workspace))
    others = [v for v in versions(workspace) if not v.promoted]
    before: list[str] = current["before"]
    others.sort(key=lambda v: (v.version == before[-1] if before else False, not v.damaged, v.trained_at), reverse=True)
    gone = [v.version for v in others[keep:]]
    for version in gone:
        shutil.rmtree(root(workspace) / VERSIONS / version, ignore_errors=True)
    return gone


def find(workspace: Workspace, version: str) -> str:
    """Return the full name of a version given in full or by its first letters; raises ``unknown-version``."""
    names = [v.version for v in versions(workspace)]
    fitting = [name for name in names if name == version] or [name for name in names if version and name.startswith(version)]
    if len(fitting) == 1:
        return fitting[0]
    known = "、".join(names), ", ".join(names)
    raise AdwrightError(
        both(f"没有叫 {version} 的模型版本。", f"There is no model version {version}."),
        both(f"现有版本：{known[0] or '还没有'}。", f"There are: {known[1] or 'none yet'}."),
        code="unknown-version",
    )


def _folder(workspace: Workspace, version: str) -> Path:
    return root(workspace) / VERSIONS / find(workspace, version)


def _switch(workspace: Workspace, version: str, before: list[str]) -> None:
    """Name another version in `current.json`, in one step."""
    content = json.dumps({"version": version, "before": before[-REMEMBERED:]}).encode()
    try:
        write_whole(root(workspace) / CURRENT, content)
    except OSError as error:
        raise not_saved(error) from error
    _flush(root(workspace))


def _current(folder: Path) -> dict[str, Any]:
    """What is in force; an unreadable file counts as nothing in force, so that a plan still gets past campaigns' rates."""
    try:
        told = json.loads((folder / CURRENT).read_text("utf-8"))
        version, before = str(told["version"]), [str(v) for v in told["before"]]
        if any(Path(name).name != name or name.startswith(".") for name in (version, *before)):
            raise ValueError("not a version's name")
        return {"version": version, "before": before}
    except (OSError, ValueError, KeyError, TypeError):
        return {"version": None, "before": []}


def _info(manifest: dict[str, Any], current: str | None) -> VersionInfo:
    scores = manifest["models"][manifest["serves"]]
    return VersionInfo(
        version=manifest["version"],
        trained_at=manifest.get("trained_at", ""),
        rows=manifest.get("rows", 0),
        kind=manifest.get("kind", "auto"),
        metrics=scores,
        data=manifest["data"],
        promoted=manifest["version"] == current,
        reason=manifest.get("reason", {}),
    )


def _intact(target: Path, manifest: dict[str, Any]) -> bool:
    try:
        return read(target)[1]["sha256"] == manifest["sha256"]
    except AdwrightError:
        return False


def _seal(manifest: dict[str, Any]) -> str:
    plain = {name: value for name, value in manifest.items() if name != "seal"}
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def not_saved(error: OSError) -> AdwrightError:
    """Return what is raised when a model cannot be written."""
    return AdwrightError(
        both("模型没有存下来，原来的模型仍然有效。", "The model was not saved; the old one stays in force."),
        both(f"检查磁盘空间和权限：{error.strerror}。", f"Check disk space and permissions: {error.strerror}."),
        code="model-not-saved",
    )


def _flush(folder: Path) -> None:
    """Make renames in a folder durable, where the system can open folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
