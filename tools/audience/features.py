"""One row of features per customer, as a single Ibis expression over events, orders, users and products.

Works with orders alone, with events alone, or with both (orders then count as the purchases). Only people who did not
refuse consent are in it, and no demographic column: age, gender and region never enter a clustering. Recency is in
whole days. Local hours use the zone's offset on the last day of the data, so with daylight saving part of the year
is one hour off. Shares lean on the shop's average (`LEAN` pseudo-acts), or one single view would make an enthusiast.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# An Ibis table: its columns are dynamic, which its type stubs cannot express.
Table = Any
LEAN = 4.0
MOST_CATEGORIES = 24
EVENING = (18, 23)
MORNING = (5, 10)
INTEREST = ("view", "search", "cart")

# Block -> columns. `+` means: log1p before standardising. Category shares are added as a block of their own.
BLOCKS: dict[str, tuple[str, ...]] = {
    "value": ("bought", "recency_days+", "frequency+", "spend+", "basket+", "refunds+"),
    "funnel": ("views+", "searches+", "carts+", "idle_days+"),
    "price": ("level", "discount"),
    "time": ("weekend", "evening", "morning"),
}
WEIGHTS = {"value": 1.6, "funnel": 0.5, "price": 0.5, "time": 0.3, "category": 2.0}


class Sources(NamedTuple):
    """What a shop has: its tables (None when empty), the last moment, the zone's offset, its categories."""

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


def sources(workspace: Workspace) -> Sources | None:
    """Look at the shop's tables; None when there are neither events nor orders of known users."""
    warehouse = workspace.warehouse
    counts = {kind: warehouse.count(kind) for kind in ("events", "orders", "users", "products")}
    tables: dict[str, Any] = {kind: warehouse.table(kind) if n else None for kind, n in counts.items()}
    spans = []
    for kind in ("events", "orders"):
        if tables[kind] is not None:
            known = tables[kind].filter(tables[kind].user_id.notnull())
            row = warehouse.arrow(known.agg(first=known.ts.min(), last=known.ts.max())).to_pylist()[0]
            if row["last"] is None:
                tables[kind] = None
            else:
                spans.append((row["first"], row["last"]))
    if not spans:
        return None
    as_of = max(last for _, last in spans)
    offset = workspace.zone.utcoffset(as_of.replace(tzinfo=UTC).astimezone(workspace.zone).replace(tzinfo=None))
    currency = workspace.currency
    if tables["orders"] is not None:
        found = warehouse.arrow(tables["orders"].group_by("currency").agg(n=lambda t: t.count()).order_by(["n", "currency"])).to_pylist()
        currency = found[-1]["currency"]
    result = Sources(
        **tables,
        as_of=as_of,
        first=min(first for first, _ in spans),
        offset_minutes=int(offset.total_seconds() // 60) if offset else 0,
        categories=(),
        currency=currency,
        rows=counts,
        consent_known=any(tables[kind] is not None and _any_consent(workspace, tables[kind]) for kind in ("users", "events")),
    )
    return result._replace(categories=_categories(workspace, result))


def _any_consent(workspace: Workspace, table: Table) -> bool:
    return bool(workspace.warehouse.arrow(table.agg(n=table.consent.count())).to_pylist()[0]["n"])


def _categories(workspace: Workspace, source: Sources) -> tuple[str, ...]:
    acts = activity(source)
    named = acts.filter(acts.category.notnull() & (acts.category != ""))
    counted = named.group_by("category").agg(n=named.count())
    rows = workspace.warehouse.arrow(counted).to_pylist()
    return tuple(sorted(r["category"] for r in sorted(rows, key=lambda r: (-r["n"], r["category"]))[:MOST_CATEGORIES]))


def items(source: Sources) -> Table | None:
    """Return product_id, category and price level (0..1 within its category), from the catalogue or from what was paid."""
    import ibis

    if source.products is not None:
        table = source.products.select("product_id", "category", "price")
    elif source.orders is not None:
        sold = source.orders.filter((source.orders.quantity > 0) & (source.orders.unit_price > 0))
        table = sold.group_by("product_id").agg(category=sold.category.max(), price=sold.unit_price.mean())
    else:
        return None
    window = ibis.window(group_by="category", order_by="price")
    ranked = table.mutate(level=ibis.ifelse(table.price.notnull(), ibis.percent_rank().over(window), ibis.null("float64")))
    return ranked.select("product_id", "level", item_category=ranked.category)


def sales(source: Sources) -> Table:
    """Return one row per line sold or sent back: user_id, ts, order_id, product_id, category, quantity, amount (after discount), discounted."""
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
            amount=t.quantity * t.unit_price - t.discount.fill_null(0.0),
            discounted=(t.discount.fill_null(0.0) > 0).cast("float64"),
        )
    assert source.events is not None
    t = source.events.filter(source.events.event.isin(["purchase", "refund"]) & source.events.consent.fill_null(True))
    sign = ibis.ifelse(t.event == "refund", -1.0, 1.0).cast("float64")
    pieces = sign * t.quantity.fill_null(1.0).abs()
    return t.select(
        "user_id",
        "ts",
        "product_id",
        "category",
        order_id=t.user_id + "/" + t.ts.truncate("m").cast("string"),
        quantity=pieces,
        amount=pieces * t.price.fill_null(0.0),
        discounted=ibis.null("float64"),
    ).select("user_id", "ts", "order_id", "product_id", "category", "quantity", "amount", "discounted")


def activity(source: Sources) -> Table:
    """Return one row per sign of interest: user_id, ts, kind (view, search, cart, sale), product_id, category."""
    import ibis

    columns = ("user_id", "ts", "kind", "product_id", "category")
    bought = sales(source)
    acts = bought.filter(bought.quantity > 0).mutate(kind=ibis.literal("sale")).select(*columns)
    if source.events is not None:
        t = source.events.filter(source.events.event.isin(INTEREST) & source.events.consent.fill_null(True))
        acts = acts.union(t.mutate(kind=t.event).select(*columns))
    known = items(source)
    if known is None:
        return acts.mutate(level=ibis.null("float64"))
    joined = acts.left_join(known, acts.product_id == known.product_id)
    return joined.select(
        acts.user_id, acts.ts, acts.kind, acts.product_id, known.level, category=ibis.coalesce(acts.category, known.item_category)
    )


def consenting(source: Sources, table: Table) -> Table:
    """Keep the rows of `table` whose user did not refuse: consent true, or unknown where the shop records none at all."""
    if source.users is None:
        return table
    users = source.users
    refused = users.filter(~users.consent.fill_null(not source.consent_known))
    return table.anti_join(refused, "user_id")


def build_features(source: Sources) -> Table:
    """Return the feature table: ``user_id``, the columns of `BLOCKS`, ``cat_0..``; one row per consenting active user."""
    import ibis

    bought = consenting(source, sales(source))
    forward = bought.quantity > 0
    day: Any = ibis.literal(source.as_of.date())
    value = bought.group_by("user_id").agg(
        frequency=bought.order_id.nunique(where=forward).cast("float64"),
        spend=bought.amount.sum().fill_null(0.0).clip(lower=0.0),
        refunds=(bought.quantity < 0).sum().cast("float64"),
        lines=forward.sum().cast("float64"),
        discounted=bought.discounted.sum(where=forward),
        last_sale=bought.ts.max(where=forward),
    )
    acts = consenting(source, activity(source))
    local = acts.ts + ibis.interval(minutes=source.offset_minutes)
    # Times count once per hour of presence: a basket of a hundred lines is one visit.
    visit, hour, weekday = local.truncate("h"), local.hour(), local.day_of_week.index()
    interest = acts.group_by("user_id").agg(
        views=(acts.kind == "view").sum().cast("float64"),
        searches=(acts.kind == "search").sum().cast("float64"),
        carts=(acts.kind == "cart").sum().cast("float64"),
        last_act=acts.ts.max(),
        level=acts.level.mean(),
        visits=visit.nunique().cast("float64"),
        n_weekend=visit.nunique(where=weekday >= 5).cast("float64"),
        n_evening=visit.nunique(where=hour.between(*EVENING)).cast("float64"),
        n_morning=visit.nunique(where=hour.between(*MORNING)).cast("float64"),
        known=acts.category.isin(source.categories).sum().cast("float64") if source.categories else ibis.literal(0.0),
        **{f"n_{i}": (acts.category == name).sum().cast("float64") for i, name in enumerate(source.categories)},
    )
    both = interest.left_join(value, interest.user_id == value.user_id).drop("user_id_right")
    means = _means(both, len(source.categories))
    t = both.cross_join(means)
    zero = {name: t[name].fill_null(0.0) for name in ("frequency", "spend", "refunds", "lines")}
    return t.select(
        "user_id",
        "views",
        "searches",
        "carts",
        "level",
        **zero,
        bought=(zero["frequency"] > 0).cast("float64"),
        basket=zero["spend"] / zero["frequency"].nullif(0.0),
        recency_days=(day.delta(t.last_sale.date(), unit="day")).cast("float64"),
        idle_days=(day.delta(t.last_act.date(), unit="day")).cast("float64"),
        discount=(t.discounted + LEAN * t.m_discount) / (zero["lines"] + LEAN),
        weekend=(t.n_weekend + LEAN * t.m_weekend) / (t.visits + LEAN),
        evening=(t.n_evening + LEAN * t.m_evening) / (t.visits + LEAN),
        morning=(t.n_morning + LEAN * t.m_morning) / (t.visits + LEAN),
        **{f"cat_{i}": (t[f"n_{i}"] + LEAN * t[f"m_{i}"]) / (t.known + LEAN) for i in range(len(source.categories))},
    )


def _means(table: Table, categories: int) -> Table:
    """One row: the shop's average of every share."""
    visits, known = table.visits.sum().nullif(0.0), table.known.sum().nullif(0.0)
    return table.agg(
        m_discount=table.discounted.sum() / table.lines.sum().nullif(0.0),
        m_weekend=table.n_weekend.sum() / visits,
        m_evening=table.n_evening.sum() / visits,
        m_morning=table.n_morning.sum() / visits,
        **{f"m_{i}": table[f"n_{i}"].sum() / known for i in range(categories)},
    )


def block_of(column: str) -> str:
    """Return the block a feature column belongs to."""
    return next((b for b, names in BLOCKS.items() if column in {n.rstrip("+") for n in names}), "category")


def clustering_columns(source: Sources) -> list[str]:
    """Return the names of the feature columns that enter the clustering, in order."""
    # Without events the last act is the last purchase, and recency would count twice.
    kept = {b: names for b, names in BLOCKS.items() if b != "funnel" or source.events is not None}
    return [name.rstrip("+") for names in kept.values() for name in names] + [f"cat_{i}" for i in range(len(source.categories))]


def is_logged(column: str) -> bool:
    """True for counts, days and money, which are taken as log1p."""
    return any(f"{column}+" in names for names in BLOCKS.values())
