"""What lies at hand in a conversation: the shop's products by their names, the merchant's photo and music, the pictures in force.

Names are read from the warehouse once per content. Files are checked and kept by `tools.creative.uploads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..data.errors import AdwrightError
from ..data.words import both
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


def take_files(workspace: Workspace, thread: str, files: Sequence[str | Path], box: str | None = None) -> list[str]:
    """Check photos and music and lay them ready for this thread; returns their kinds. Raises what `keep_media` raises.

    The last photo and the last piece of music count; nothing is laid ready when one of them cannot be taken. A `box` marks the
    product of the photo, which is then cut out of it: raises ``no-photo`` without one, and what `cut_marked` raises.
    """
    from ..tools.creative.marked import cut_marked
    from ..tools.creative.uploads import keep_media

    taken = [keep_media(workspace, file) for file in files]
    if box is not None:
        photo = dict(taken).get("photo") or photo_of(workspace, thread)
        taken.append(("photo", cut_marked(workspace.artefacts, photo, box)))
    if taken:
        workspace.records.put(f"uploads:{thread}", {**workspace.records.get(f"uploads:{thread}", {}), **dict(taken)})
    return [kind for kind, _ in taken]


def photo_of(workspace: Workspace, thread: str) -> str:
    """Return the photo in force in a thread. Raises `AdwrightError` (``no-photo``)."""
    photo = workspace.records.get(f"uploads:{thread}", {}).get("photo")
    if photo is None:
        raise AdwrightError(
            both("这个对话里还没有商品照片，没有可框的图。", "There is no product photo in this conversation to mark."),
            both("先把照片拖进输入框，或用 --file 给出。", "Drop one into the composer first, or pass --file."),
            code="no-photo",
        )
    return str(photo)


def hold_photo(workspace: Workspace, thread: str, photo: str) -> None:
    """Make a kept photo the one in force in a thread. Raises `AdwrightError` (``unknown-artefact``)."""
    workspace.artefacts.path(photo)
    workspace.records.put(f"uploads:{thread}", {**workspace.records.get(f"uploads:{thread}", {}), "photo": photo})


def same_photo(workspace: Workspace, thread: str, photo: str | None) -> None:
    """Let the photo in force be the cut-out that the pictures in force show, where both are of one original: after an undo it is the one before."""
    from ..tools.creative.marked import original_of

    held = workspace.records.get(f"uploads:{thread}", {})
    now = held.get("photo")
    if photo and now and photo != now and original_of(workspace.artefacts, photo) == original_of(workspace.artefacts, now):
        workspace.records.put(f"uploads:{thread}", {**held, "photo": photo})


def put_pictures(workspace: Workspace, thread: str, set_id: str, version: int) -> None:
    """Make a version of a set the one in force in a thread."""
    workspace.records.put(f"pictures-of:{thread}", {"set_id": set_id, "set_version": version})


def of_thread(workspace: Workspace, thread: str) -> dict[str, Any]:
    """Return what tools may use of a thread: ``photo`` and ``music`` (artefact ids), ``set_id`` and ``set_version``."""
    return {**workspace.records.get(f"uploads:{thread}", {}), **workspace.records.get(f"pictures-of:{thread}", {})}
