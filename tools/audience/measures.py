"""What is true of each group, measured in the engine: sizes, medians, percentiles, tastes, words, who bought what.

Only sums per group come back; no customer's row does. A percentile is the mean rank of the group's customers among
all (0..100, the whole shop is 50), so ties and skew do no harm.
"""

from __future__ import annotations

from datetime import timedelta
from math import log
from typing import TYPE_CHECKING, Any

from .sources import Sources, Table, activity, consenting, sales
from .words import terms_of

if TYPE_CHECKING:
    from ...data.warehouse import Warehouse

RANKED = (
    "frequency",
    "spend",
    "recency_days",
    "idle_days",
    "basket",
    "views",
    "carts",
    "level",
    "discount",
    "weekend",
    "evening",
    "morning",
    "refunds",
)
WINDOW_DAYS = 90
MOST_PRODUCTS = 20_000
TOP_WORDS = 8
# Strength of the prior of the log-odds, in words (Monroe, Colaresi, Quinn 2008, informative Dirichlet prior).
PRIOR = 500.0
# A word is shown from this z on (99 %, one side: many words are tried), this count on, and this share of the group's words on.
CERTAIN, LEAST_COUNT, LEAST_USE = 2.326, 3, 0.001


def measure(warehouse: Warehouse, source: Sources, features: Table, groups: Table, k: int) -> dict[str, Any]:
    """Return plain JSON facts; `groups` has ``user_id, label``. Lists are in label order."""
    table = features.join(groups, "user_id").cache()
    with table as known:
        facts: dict[str, Any] = {"groups": _statistics(warehouse, source, known, k), "shop": _shop(warehouse, known)}
        facts["percentiles"] = _percentiles(warehouse, source, known, k, facts["shop"])
    facts |= _buyers(warehouse, source, groups, k)
    facts["people"] = _people(warehouse, source, groups, k)
    facts["words"] = _words(warehouse, source, groups, k)
    return facts


def _columns(t: Table, categories: int) -> dict[str, Any]:
    buyer = t.bought > 0
    return {
        "size": t.count(),
        "buyers": buyer.sum(),
        "spend": t.spend.sum(),
        "orders": t.frequency.sum(),
        "returned": (t.refunds > 0).sum(),
        **{f"median_{c}": t[c].quantile(0.5, where=buyer) for c in ("frequency", "spend", "recency_days", "basket")},
        **{f"all_{c}": t[c].quantile(0.5) for c in ("frequency", "spend")},
        **{f"median_{c}": t[c].quantile(0.5) for c in ("views", "carts", "idle_days", "level", "discount")},
        **{f"mean_{c}": t[c].mean() for c in ("weekend", "evening", "morning", "level")},
        "mean_discount": t.discount.mean(where=buyer),
        **{f"cat_{i}": t[f"cat_{i}"].mean() for i in range(categories)},
    }


def _statistics(warehouse: Warehouse, source: Sources, known: Table, k: int) -> list[dict[str, Any]]:
    rows = warehouse.arrow(known.group_by("label").agg(**_columns(known, len(source.categories)))).to_pylist()
    by_label = {row.pop("label"): row for row in rows}
    return [{key: _plain(value) for key, value in by_label[j].items()} for j in range(k)]


def _shop(warehouse: Warehouse, known: Table) -> dict[str, Any]:
    categories = sum(name.startswith("cat_") for name in known.columns)
    return {key: _plain(value) for key, value in warehouse.arrow(known.agg(**_columns(known, categories))).to_pylist()[0].items()}


def _plain(value: Any) -> float | None:
    return None if value is None or value != value else round(float(value), 6)


def _percentiles(warehouse: Warehouse, source: Sources, known: Table, k: int, shop: dict[str, Any]) -> list[dict[str, float]]:
    import ibis

    names = [*RANKED, *(f"cat_{i}" for i in range(len(source.categories)))]
    # Who never bought is last in recency; an unknown share counts as the shop's average.
    absent = {"recency_days": 1e6, "idle_days": 1e6, "level": shop["mean_level"], "discount": shop["mean_discount"]}
    ranks = {}
    for name in names:
        value = known[name].fill_null(absent.get(name) or 0.0)
        below = ibis.percent_rank().over(order_by=value)
        above = ibis.percent_rank().over(order_by=value.desc())
        ranks[name] = (below + (1.0 - above)) * 50.0
    ranked = known.select("label", **ranks)
    rows = warehouse.arrow(ranked.group_by("label").agg(**{name: ranked[name].mean() for name in names})).to_pylist()
    by_label = {row.pop("label"): row for row in rows}
    return [{name: round(float(by_label[j][name]), 3) for name in names} for j in range(k)]


def _buyers(warehouse: Warehouse, source: Sources, groups: Table, k: int) -> dict[str, Any]:
    """Customers of each group who bought in the last 90 days: anything, per category, per product (two years for products)."""
    sold = sales(source)
    sold = sold.filter(sold.quantity > 0).join(groups, "user_id")
    recent = sold.filter(sold.ts >= source.as_of - timedelta(days=WINDOW_DAYS))
    anything, categories, products = [0] * k, {}, {}
    for row in warehouse.arrow(recent.group_by("label").agg(n=recent.user_id.nunique())).to_pylist():
        anything[row["label"]] = row["n"]
    acts = activity(source)
    bought = acts.filter((acts.kind == "sale") & (acts.ts >= source.as_of - timedelta(days=WINDOW_DAYS))).join(groups, "user_id")
    for row in warehouse.arrow(bought.group_by(["category", "label"]).agg(n=bought.user_id.nunique())).to_pylist():
        if row["category"]:
            categories.setdefault(row["category"], [0] * k)[row["label"]] = row["n"]
    for row in warehouse.arrow(sold.group_by(["product_id", "label"]).agg(n=sold.user_id.nunique())).to_pylist():
        products.setdefault(row["product_id"], [0] * k)[row["label"]] = row["n"]
    most = sorted(products, key=lambda p: (-sum(products[p]), p))[:MOST_PRODUCTS]
    return {"recent": anything, "recent_categories": dict(sorted(categories.items())), "products": {p: products[p] for p in sorted(most)}}


def _people(warehouse: Warehouse, source: Sources, groups: Table, k: int) -> list[dict[str, int]]:
    """Counts by "gender|age" per group, only to answer an audience the merchant names; empty without a users table."""
    counts: list[dict[str, int]] = [{} for _ in range(k)]
    if source.users is None:
        return counts
    joined = source.users.join(groups, "user_id")
    told = joined.filter(joined.age.notnull() | joined.gender.notnull())
    for row in warehouse.arrow(told.group_by(["label", "gender", "age"]).agg(n=told.count())).to_pylist():
        counts[row["label"]][f"{row['gender'] or ''}|{'' if row['age'] is None else row['age']}"] = row["n"]
    return [dict(sorted(one.items())) for one in counts]


def _words(warehouse: Warehouse, source: Sources, groups: Table, k: int) -> list[list[dict[str, Any]]]:
    """The words most characteristic of each group: what it searched, else the titles it bought; counted per customer and text."""
    counts: list[dict[str, float]] = [{} for _ in range(k)]

    def add(label: int, text: str | None, n: int) -> None:
        for term in {source.alike.get(term, term): None for term in terms_of(text or "")}:
            counts[label][term] = counts[label].get(term, 0.0) + n

    if source.events is not None:
        asked = consenting(source, source.events.filter(source.events["query"].notnull())).join(groups, "user_id")
        for row in warehouse.arrow(asked.group_by(["label", "query"]).agg(n=asked.user_id.nunique())).to_pylist():
            add(row["label"], row["query"], row["n"])
    if source.orders is not None and not any(counts):
        titled = source.orders.filter((source.orders.quantity > 0) & source.orders.title.notnull()).join(groups, "user_id")
        for row in warehouse.arrow(titled.group_by(["label", "title"]).agg(n=titled.user_id.nunique())).to_pylist():
            add(row["label"], row["title"], row["n"])
    return [_characteristic(counts, j) for j in range(k)]


def _characteristic(counts: list[dict[str, float]], label: int) -> list[dict[str, Any]]:
    """Rank words by z of the log-odds against all other groups, with an informative Dirichlet prior.

    Words so rare in the group that a few people make them (under `LEAST_USE` of its words) are left out.
    """
    every: dict[str, float] = {}
    for one in counts:
        for term, n in one.items():
            every[term] = every.get(term, 0.0) + n
    total, own = sum(every.values()), sum(counts[label].values())
    if not own or own == total:
        return [{"word": t, "n": int(every[t]), "z": 0.0} for t in sorted(every, key=lambda t: (-every[t], t))[:TOP_WORDS]]
    scored = []
    for term, n in counts[label].items():
        if n < max(LEAST_COUNT, LEAST_USE * own):
            continue
        prior = PRIOR * every[term] / total
        rest = every[term] - n
        odds = log((n + prior) / (own + PRIOR - n - prior)) - log((rest + prior) / (total - own + PRIOR - rest - prior))
        z = odds / (1 / (n + prior) + 1 / (rest + prior)) ** 0.5
        if z > CERTAIN:
            scored.append((-round(z, 6), term, n))
    return [{"word": term, "n": int(n), "z": -z} for z, term, n in sorted(scored)[:TOP_WORDS]]
