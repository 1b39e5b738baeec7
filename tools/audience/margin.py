"""What the shop keeps of its sales before advertising: from product costs, else from the margins the merchant set."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .sources import Sources, sales

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Below this share of sales with a known cost or margin, value is revenue and not contribution.
LEAST_KNOWN = 0.8


class Margin(NamedTuple):
    """Gross margin as a share of net revenue, and the share of sales it was seen on; `source` is ``past`` or ``you``."""

    share: Decimal
    known: float
    source: str


def margin_of(workspace: Workspace, source: Sources) -> Margin | None:
    """Return the margin of all sales net of refunds; None where too little of them has a cost or a margin."""
    set_: dict[str, Decimal] = workspace.margins
    costs = None
    if source.products is not None and "cost" in source.products.columns:
        listed = source.products
        costs = listed.filter(listed.cost.notnull() & listed.currency.fill_null(source.currency).isin([source.currency])).select(
            "product_id", item_cost=listed.cost.cast("float64")
        )
    lines = sales(source).filter(lambda t: t.amount.notnull())
    table = lines.mutate(item_cost=_nothing()) if costs is None else lines.left_join(costs, "product_id").drop("product_id_right")
    grouped = table.group_by(table.category.fill_null("")).agg(
        amount=table.amount.sum(),
        known=table.amount.sum(where=table.item_cost.notnull()).fill_null(0.0),
        cost=(table.quantity * table.item_cost).sum().fill_null(0.0),
    )
    total = known = kept = 0.0
    own = False
    for category, amount, seen, cost in (tuple(row.values()) for row in workspace.warehouse.arrow(grouped).to_pylist()):
        amount, seen, cost = float(amount or 0), float(seen or 0), float(cost or 0)
        total, known, kept, own = total + amount, known + seen, kept + seen - cost, own or seen > 0
        margin = set_.get(category, set_.get("default"))
        if margin is not None:
            rest = amount - seen
            known, kept = known + rest, kept + rest * float(margin)
    if total <= 0 or known < LEAST_KNOWN * total:
        return None
    return Margin(Decimal(repr(round(kept / known, 4))), min(1.0, known / total), "past" if own else "you")


def _nothing():
    import ibis

    return ibis.null("float64")
