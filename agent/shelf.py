"""The shop's products as the planner knows them: their names, read from the warehouse once per content."""

from __future__ import annotations

from typing import TYPE_CHECKING
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
