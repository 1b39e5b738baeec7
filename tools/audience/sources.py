"""What a segmentation is made from: a shop's tables, or one long table of events, read alike.

Works with orders alone, with events alone, or with both (orders then count as the purchases). Everything here is an Ibis
expression; only counts, dates, category names and distinct texts come out of the engine.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from ...data.workspace import Workspace

# An Ibis table: its columns are dynamic, which its type stubs cannot express.
Table = Any
MOST_CATEGORIES = 24
# Days ahead of the clock from which a date is a slip of the pen.
AHEAD = 366
INTEREST = ("view", "search", "cart")
BOUGHT = ("purchase", "refund")
ACT_COLUMNS = ("user_id", "ts", "kind", "product_id", "category")


class Engine(Protocol):
    """Whatever runs an expression and returns its rows: a shop's warehouse, or any Ibis backend."""

    def arrow(self, readable: Any, /) -> pa.Table:
        """Run an Ibis expression; return its rows."""
        ...


class Sources(NamedTuple):
    """What there is: tables (None when empty), the last moment, the zone's offset, categories, frequent words and their table.

    `future` counts rows dated more than a year ahead of the clock, which are left out where they are the fewer.
    """

    events: Table | None
    orders: Table | None
    users: Table | None
    products: Table | None
    as_of: datetime
    first: datetime
    offset_minutes: int
    categories: tuple[str, ...]
    currency: str
    rows: dict[str, int]
    consent_known: bool
    terms: tuple[str, ...] = ()
    tokens: Table | None = None
    future: int = 0


def sources(workspace: Workspace, words: bool = True) -> Sources | None:
    """Look at the shop's tables, with or without the `words`; None when there are neither events nor orders of known users."""
    warehouse = workspace.warehouse
    counts = {kind: warehouse.count(kind) for kind in ("events", "orders", "users", "products")}
    tables: dict[str, Any] = {kind: warehouse.table(kind) if n else None for kind, n in counts.items()}
    return look(warehouse, tables, counts, workspace.zone, workspace.currency, words)


def look(
    engine: Engine, tables: dict[str, Any], counts: dict[str, int], zone: ZoneInfo, currency: str, words: bool = True
) -> Sources | None:
    """Return the sources of four tables (each may be None); None when no event and no order has a user."""
    from .interests import tokens

    spans = []
    future = 0
    latest = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=AHEAD)
    for kind in ("events", "orders"):
        if tables[kind] is not None:
            known = tables[kind].filter(tables[kind].user_id.notnull())
            late = known.ts > latest
            row = engine.arrow(
                known.agg(n=known.count(), late=late.sum(), first=known.ts.min(), last=known.ts.max(), before=known.ts.max(where=~late))
            ).to_pylist()[0]
            if row["last"] is None:
                tables[kind] = None
                continue
            if row["late"] and 2 * row["late"] < row["n"]:
                # One mistyped year would make every customer look lost; data that is all ahead of the clock is a clock's fault.
                future += row["late"]
                row["last"] = row["before"]
                tables[kind] = tables[kind].filter(tables[kind].ts <= latest)
            spans.append(tuple(moment.replace(tzinfo=None) for moment in (row["first"], row["last"])))
    if not spans:
        return None
    as_of = max(last for _, last in spans)
    offset = zone.utcoffset(as_of.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None))
    if tables["orders"] is not None:
        found = engine.arrow(tables["orders"].group_by("currency").agg(n=lambda t: t.count()).order_by(["n", "currency"])).to_pylist()
        currency = found[-1]["currency"]
    result = Sources(
        **tables,
        as_of=as_of,
        first=min(first for first, _ in spans),
        offset_minutes=int(offset.total_seconds() // 60) if offset else 0,
        categories=(),
        currency=currency,
        rows=counts,
        consent_known=any(tables[kind] is not None and _any_consent(engine, tables[kind]) for kind in ("users", "events")),
        future=future,
    )
    result = result._replace(categories=_categories(engine, result))
    if not words:
        return result
    terms, table = tokens(engine, result)
    return result._replace(terms=terms, tokens=table)


def _any_consent(engine: Engine, table: Table) -> bool:
    return bool(engine.arrow(table.agg(n=table.consent.count())).to_pylist()[0]["n"])


def _categories(engine: Engine, source: Sources) -> tuple[str, ...]:
    acts = activity(source)
    named = acts.filter(acts.category.notnull() & (acts.category != ""))
    rows = engine.arrow(named.group_by("category").agg(n=named.count())).to_pylist()
    return tuple(sorted(r["category"] for r in sorted(rows, key=lambda r: (-r["n"], r["category"]))[:MOST_CATEGORIES]))


def items(source: Sources) -> Table:
    """Return product_id, category and price level (0..1 within its category), from the catalogue or from what was paid."""
    import ibis

    if source.products is not None:
        table = source.products.select("product_id", "category", "price")
    else:
        sold = sales(source)
        sold = sold.filter((sold.quantity > 0) & (sold.unit_price > 0) & sold.product_id.notnull())
        table = sold.group_by("product_id").agg(category=sold.category.max(), price=sold.unit_price.mean())
    window = ibis.window(group_by="category", order_by="price")
    ranked = table.mutate(level=ibis.ifelse(table.price.notnull(), ibis.percent_rank().over(window), ibis.null("float64")))
    return ranked.select("product_id", "level", item_category=ranked.category)


def sales(source: Sources) -> Table:
    """Return one row per line sold or sent back.

    Columns: user_id, ts, order_id, product_id, category, quantity, unit_price, amount (after discount), discounted. In a
    table of events an order is what somebody bought within one minute, and a purchase written twice counts once.
    """
    import ibis

    if source.orders is not None:
        t = source.orders.filter(source.orders.user_id.notnull())
        return t.select(
            "user_id",
            "ts",
            "order_id",
            "product_id",
            "category",
            "quantity",
            "unit_price",
            amount=t.quantity * t.unit_price - t.discount.fill_null(0.0),
            discounted=(t.discount.fill_null(0.0) > 0).cast("float64"),
        )
    assert source.events is not None
    t = consented(source.events.filter(source.events.event.isin(BOUGHT)))
    back = (t.event == BOUGHT[1]) | (t.quantity.fill_null(1.0) < 0)
    pieces = ibis.ifelse(back, -1.0, 1.0).cast("float64") * t.quantity.fill_null(1.0).cast("float64").abs()
    once = t.select("user_id", "ts", "product_id", "category", quantity=pieces, unit_price=t.price.cast("float64")).distinct()
    return once.select(
        "user_id",
        "ts",
        "product_id",
        "category",
        "quantity",
        "unit_price",
        order_id=once.ts.truncate("m").cast("string"),
        amount=once.quantity * once.unit_price.fill_null(0.0),
        discounted=ibis.null("float64"),
    )


def activity(source: Sources) -> Table:
    """Return one row per sign of interest: user_id, ts, kind (view, search, cart, sale), product_id, level, category."""
    import ibis

    if source.orders is None and source.events is not None:
        # One reading of one table; what was sent back is no sign of interest.
        t = consented(source.events.filter(source.events.event.isin((*INTEREST, BOUGHT[0]))))
        t = t.filter((t.event != BOUGHT[0]) | (t.quantity.fill_null(1.0) > 0))
        acts = t.mutate(kind=ibis.ifelse(t.event == BOUGHT[0], "sale", t.event)).select(*ACT_COLUMNS)
    else:
        bought = sales(source)
        acts = bought.filter(bought.quantity > 0).mutate(kind=ibis.literal("sale")).select(*ACT_COLUMNS)
        if source.events is not None:
            t = consented(source.events.filter(source.events.event.isin(INTEREST)))
            acts = acts.union(t.mutate(kind=t.event).select(*ACT_COLUMNS))
    known = items(source)
    joined = acts.left_join(known, acts.product_id == known.product_id)
    return joined.select(
        acts.user_id, acts.ts, acts.kind, acts.product_id, known.level, category=ibis.coalesce(acts.category, known.item_category)
    )


def consented(events: Table) -> Table:
    """Keep the events that were not recorded against the user's will, and that have a user."""
    return events.filter(events.consent.fill_null(True) & events.user_id.notnull())


def consenting(source: Sources, table: Table) -> Table:
    """Keep the rows of `table` whose user did not refuse: consent true, or unknown where the shop records none at all."""
    if source.users is None:
        return table
    users = source.users
    refused = users.filter(~users.consent.fill_null(not source.consent_known))
    return table.anti_join(refused, "user_id")
