"""What lies at hand in a conversation: the shop's products by their names, the merchant's photo and music, the pictures in force.

Names are read from the warehouse once per content. Files are checked and kept by `tools.creative.uploads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .planner.products import Catalogue

if TYPE_CHECKING:
    from ..data.workspace import Workspace

_READ: WeakKeyDictionary[Workspace, tuple[str, Catalogue]] = WeakKeyDictionary()


def catalogue_of(workspace: Workspace) -> Catalogue:
    """Return the shop's catalogue; read again when the products table has changed."""
    now = workspace.fingerprint("products")
    held = _READ.get(workspace)
    if held is None or held[0] != now:
        frame = workspace.warehouse.frame("SELECT product_id, name_zh, name_en, category FROM products ORDER BY product_id")
        rows = [
            (
                str(row["product_id"]),
                [str(name) for name in (row["name_zh"], row["name_en"]) if isinstance(name, str) and name],
                row["category"] or None,
            )
            for row in frame.to_dict("records")
        ]
        held = _READ[workspace] = (now, Catalogue.of(rows))
    return held[1]


def take_files(workspace: Workspace, thread: str, files: Sequence[str | Path]) -> list[str]:
    """Check photos and music and lay them ready for this thread; returns their kinds. Raises what `keep_media` raises.

    The last photo and the last piece of music count; nothing is laid ready when one of them cannot be taken.
    """
    from ..tools.creative.uploads import keep_media

    taken = [keep_media(workspace, file) for file in files]
    if taken:
        workspace.records.put(f"uploads:{thread}", {**workspace.records.get(f"uploads:{thread}", {}), **dict(taken)})
    return [kind for kind, _ in taken]


def put_pictures(workspace: Workspace, thread: str, set_id: str, version: int) -> None:
    """Make a version of a set the one in force in a thread."""
    workspace.records.put(f"pictures-of:{thread}", {"set_id": set_id, "set_version": version})


def of_thread(workspace: Workspace, thread: str) -> dict[str, Any]:
    """Return what tools may use of a thread: ``photo`` and ``music`` (artefact ids), ``set_id`` and ``set_version``."""
    return {**workspace.records.get(f"uploads:{thread}", {}), **workspace.records.get(f"pictures-of:{thread}", {})}
