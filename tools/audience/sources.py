"""What a segmentation is made from: a shop's tables, or one long table of events, read alike.

Works with orders alone, with events alone, or with both (orders then count as the purchases). Everything here is an Ibis
expression; only counts, dates, category names and distinct texts come out of the engine.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...data.errors import AdwrightError
from ...data.knowledge import exchange_rate

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from ...data.workspace import Workspace
    from .interests import Near

# An Ibis table: its columns are dynamic, which its type stubs cannot express.
Table = Any
MOST_CATEGORIES = 24
# How the importer begins the id of a session where a log names no users (data/sessions.py).
SESSION = "s-"
FEW_LATE = 0.1  # share of rows
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

    `alike` names the words that count as another one, which means the same.

    `rates` says what one unit of each other currency of the orders is worth in `currency`; empty where there is one only.
    `future` counts rows dated after tomorrow, which are left out where they are few.
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
    rates: dict[str, float]
    terms: tuple[str, ...] = ()
    tokens: Table | None = None
    alike: dict[str, str] = {}
    future: int = 0


def sources(workspace: Workspace, words: bool = True, near: Near | None = None) -> Sources | None:
    """Look at the shop's tables, with or without the `words`; None when there are neither events nor orders of known users.

    `near` says which words mean the same (`interests.synonyms`).
    """
    warehouse = workspace.warehouse
    counts = {kind: warehouse.count(kind) for kind in ("events", "orders", "users", "products")}
    tables: dict[str, Any] = {kind: warehouse.table(kind) if n else None for kind, n in counts.items()}
    return look(warehouse, tables, counts, workspace.zone, workspace.currency, words, near)


def look(
    engine: Engine,
    tables: dict[str, Any],
    counts: dict[str, int],
    zone: ZoneInfo,
    currency: str,
    words: bool = True,
    near: Near | None = None,
) -> Sources | None:
    """Return the sources of four tables (each may be None); None when no event and no order has a user."""
    from .interests import tokens

    spans = []
    future = 0
    for kind in ("events", "orders"):
        if tables[kind] is not None:
            tables[kind], span, late = _until_now(engine, tables[kind])
            spans += [span] if span else []
            future += late
    if not spans:
        return None
    as_of = max(last for _, last in spans)
    offset = zone.utcoffset(as_of.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None))
    rates: dict[str, float] = {}
    if tables["orders"] is not None:
        found = engine.arrow(tables["orders"].group_by("currency").agg(n=lambda t: t.count()).order_by(["n", "currency"])).to_pylist()
        currency = found[-1]["currency"]
        rates = _rates([row["currency"] for row in found[:-1]], currency)
    result = Sources(
        **tables,
        as_of=as_of,
        first=min(first for first, _ in spans),
        offset_minutes=int(offset.total_seconds() // 60) if offset else 0,
        categories=(),
        currency=currency,
        rows=counts,
        rates=rates,
        consent_known=any(tables[kind] is not None and _any_consent(engine, tables[kind]) for kind in ("users", "events")),
        future=future,
    )
    result = result._replace(categories=_categories(engine, result))
    if not words:
        return result
    terms, table, alike = tokens(engine, result, near)
    return result._replace(terms=terms, tokens=table, alike=alike)


def _until_now(engine: Engine, table: Table) -> tuple[Table | None, tuple[datetime, datetime] | None, int]:
    """Return the rows with a user and a time, their first and last moment, and how many were left out; (None, None, 0) without any.

    A few rows dated after tomorrow are errors, and would make everybody look gone for years: they are left out. Where one
    row in ten is later than now it is the clock that is wrong, and all count.
    """
    known = table.filter(table.user_id.notnull() & table.ts.notnull())
    now = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    past = known.ts <= now
    row = engine.arrow(
        known.agg(n=known.count(), first=known.ts.min(), last=known.ts.max(), past=known.count(where=past), until=known.ts.max(where=past))
    ).to_pylist()[0]
    if not row["n"]:
        return None, None, 0
    late = 0 < row["n"] - row["past"] <= FEW_LATE * row["n"]
    first, last = (moment.replace(tzinfo=None) for moment in (row["first"], row["until"] if late else row["last"]))
    return table.filter(table.ts <= last if late else table.ts.notnull()), (first, last), row["n"] - row["past"] if late else 0


def _rates(others: list[str], currency: str) -> dict[str, float]:
    """What one unit of every other currency is worth; one that is not known counts nothing."""
    rates = {}
    for code in others:
        try:
            rates[code] = float(exchange_rate(code, currency).value)
        except AdwrightError:
            rates[code] = 0.0
    return rates


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
    table of events an order is what somebody bought within one minute, and a purchase written twice in one second counts once.
    """
    import ibis

    if source.orders is not None:
        t = _in_one_currency(source.orders.filter(source.orders.user_id.notnull()), source.rates)
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
    written = t.select("user_id", "product_id", "category", ts=t.ts.truncate("s"), quantity=pieces, unit_price=t.price.cast("float64"))
    once = written.distinct()
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


def _in_one_currency(orders: Table, rates: dict[str, float]) -> Table:
    """Take prices and discounts of other currencies at approximate rates: a sum of yen and dollars means nothing."""
    import ibis

    if not rates:
        return orders
    rate = orders.currency.cases(*rates.items(), else_=1.0).cast("float64")
    discount = ibis.ifelse(orders.discount.notnull(), orders.discount * rate, ibis.null("float64"))
    return orders.mutate(unit_price=orders.unit_price * rate, discount=discount)


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


def stand_ins(engine: Engine, people: Table) -> bool:
    """Return whether most of the `people` (a table with user_id) are sessions that the importer put in the place of users."""
    row = engine.arrow(people.agg(n=people.count(), sessions=people.user_id.cast("string").startswith(SESSION).sum())).to_pylist()[0]
    return (row["sessions"] or 0) > row["n"] / 2


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
