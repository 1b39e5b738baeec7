"""The recommender of a shop: fitted once per state of its tables, kept in ``models/recommender`` without anybody's history.

A customer's own purchases are read when somebody asks about that customer, and only where consent was not refused.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ...data.errors import AdwrightError
from ..audience.sources import consenting, sales, sources
from .choosing import fit_purchases
from .purchases import pairs, read
from .recommender import Recommender, Taste

if TYPE_CHECKING:
    from ...data.workspace import Workspace

VERSION = 1
_LOADED: dict[str, tuple[str, Recommender | None]] = {}


def shop_recommender(workspace: Workspace) -> Recommender | None:
    """Return the recommender of the shop as it is now, goal ``visit``; None where nobody's purchases may be used."""
    state = "|".join([str(VERSION), *(workspace.fingerprint(kind) for kind in ("orders", "events", "users", "products"))])
    key = hashlib.sha256(state.encode()).hexdigest()[:16]
    folder = workspace.models / "recommender"
    held = _LOADED.get(str(folder))
    if held is None or held[0] != key:
        found = _kept(workspace, key)
        if found is None:
            found = _fitted(workspace, key)
            if found is not None:
                found.save(folder, customers=False)
        held = _LOADED[str(folder)] = (key, found)
    return held[1]


def _kept(workspace: Workspace, key: str) -> Recommender | None:
    """Read the kept model; one that is absent, damaged or of another state is fitted again."""
    try:
        found = Recommender.load(workspace.models / "recommender")
    except AdwrightError:
        return None
    return found if found.facts.get("state") == key else None


def _fitted(workspace: Workspace, key: str) -> Recommender | None:
    source = sources(workspace)
    if source is None:
        return None
    lines = consenting(source, sales(source))
    try:
        bought = read(lines.select("user_id", "product_id", "ts", "quantity", "order_id"))
    except AdwrightError as error:
        if error.code == "no-purchases":
            return None
        raise
    model = fit_purchases(bought, "auto", "visit", 0)
    model.facts["state"] = key
    return model


def taste_of(workspace: Workspace, model: Recommender, user_id: str) -> tuple[Taste | None, bool]:
    """Return what a customer bought, or else looked at, in the model's items; and whether it was bought."""
    orders, events = workspace.warehouse.table("orders"), workspace.warehouse.table("events")
    bought = orders.filter(orders.user_id == user_id).select("user_id", "product_id", "ts", "quantity", "order_id")
    seen = events.filter(
        (events.user_id == user_id) & events.event.isin(("view", "cart", "purchase")) & events.consent.fill_null(True)
    ).select("user_id", "product_id", "ts")
    for table, was_bought in ((bought, True), (seen, False)):
        try:
            found = read(table, model.now)
        except AdwrightError as error:
            if error.code != "no-purchases":
                raise
            continue
        taste = model.taste_of(found.item_ids, pairs(found))
        if taste is not None:
            return taste, was_bought
    return None, False
