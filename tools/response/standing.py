"""How the shop's response models stand: the version in force with its scores and curves, the versions before it, whether data moved on.

Reads what trainings have stored; nothing is trained or scored here, except that newer impressions are compared once (`drift`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.words import Words
from . import drift, registry
from .registry import VersionInfo

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class Standing(Document):
    """The version in force. `scores` are of rows it never saw; `newer` impressions came after its training; `hint` says what to do."""

    version: str
    trained_at: str = ""
    rows: int = 0
    clicks: int = 0
    conversions: int = 0
    scores: dict[str, Any] = {}
    pictures: bool = False
    newer: int = 0
    hint: Words | None = None
    versions: list[VersionInfo] = []


def standing(workspace: Workspace) -> Standing | None:
    """Return how the models stand, or None when no version is in force (or it is damaged).

    Example:
        >>> standing(shop).scores["ctr"]["auc"]  # doctest: +SKIP
        0.63
    """
    manifest = _in_force(workspace)
    if manifest is None:
        return None
    scores: dict[str, Any] = manifest["models"][manifest["serves"]]
    moved = manifest["data"] != workspace.fingerprint("impressions")
    return Standing(
        version=str(manifest["version"]),
        trained_at=str(manifest.get("trained_at", "")),
        rows=int(manifest.get("rows", 0)),
        clicks=int(manifest.get("clicks", 0)),
        conversions=int(manifest.get("conversions", 0)),
        scores=scores,
        pictures=any(str(d["key"]).startswith("picture_") for d in scores.get("ctr_drivers", [])),
        newer=max(0, workspace.warehouse.count("impressions") - int(manifest.get("rows", 0))) if moved else 0,
        hint=drift.hint(drift.look(workspace)) if moved else None,
        versions=registry.versions(workspace),
    )


def _in_force(workspace: Workspace) -> dict[str, Any] | None:
    folder = registry.promoted(workspace)
    try:
        return None if folder is None else registry.read(folder)[1]
    except AdwrightError:
        return None
