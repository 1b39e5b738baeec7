"""Who should see a campaign: consenting customers ranked for a product, a category or any purchase, and segments weighed by it.

Value = probability (`chances`) x what the purchase is worth: price x margin of the product, or the customer's own expected
order (`spending`); a first purchase also counts the repeat purchases expected in the 90 days after it. Ids leave through
`rank_users` only, never in a result. Not here: who is won over by the advertisement rather than buying anyway, which
needs an experiment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.words import both
from .chances import JUST_BOUGHT, Chances, chances, rebuys_less
from .clv import Lifetime, lifetime
from .fit import Fit, fit
from .histories import at, ledger
from .membership import members
from .moments import Past, Target, known, numbers, past_of, raw_numbers
from .rebuying import Array
from .segment import lifts_of, target_of
from .sources import Sources, activity, sources

if TYPE_CHECKING:
    import pyarrow as pa

    from ...data.brief import Product
    from ...data.workspace import Workspace

BATCH = 65_536


class Audience(NamedTuple):
    """Everybody who may be addressed, in order of their ids: probability, value, segment label; `ids` only on request.

    `refused` and `just_bought` count who is left out. `parts` [k, columns] is the mean part of each feature in the logit of
    a segment's people, `means` the mean features, `shop` those of everybody. `basis` says what value counts:
    ``contribution``, ``revenue``, or ``orders`` where nothing is known of money; `currency` is its unit.
    """

    chances: Chances
    ids: list[str]
    p: Array
    value: Array
    label: NDArray[np.int64]
    refused: int
    just_bought: int
    columns: list[str]
    parts: Array
    means: Array
    shop: Array
    basis: str
    currency: str


def rank_users(
    workspace: Workspace, product: Product | str | None = None, *, order: str = "value", horizon: int | None = None, seed: int = 0
) -> pa.Table:
    """Return the consenting customers, best first: user_id, p (probability within the horizon), value, segment.

    `product` is a catalogue product or words for one; None ranks for any purchase. `order` is ``value`` or
    ``probability``. Who just bought a product that is rarely bought twice is left out. For programs and exports: ids must
    not reach a model. Raises `AdwrightError`: ``no-customers``, ``bad-order``.

    Example:
        >>> rank_users(shop, "跑鞋").slice(0, 100).column("user_id")  # doctest: +SKIP
    """
    import pyarrow as pa

    if order not in ("value", "probability"):
        raise AdwrightError(
            both(f"不能按“{order}”排序。", f"Customers cannot be ordered by {order}."),
            both("请用 value 或 probability。", "Use value or probability."),
            code="bad-order",
        )
    found = fit(workspace, seed=seed)
    who = None if found is None else audience(workspace, found, product, horizon=horizon, seed=seed, with_ids=True)
    if found is None or who is None:
        raise AdwrightError(
            both("店铺还没有顾客行为或订单。", "The shop has no events and no orders yet."),
            both("请先导入订单或行为数据。", "Import orders or events first."),
            code="no-customers",
        )
    best = np.argsort(-(who.value if order == "value" else who.p), kind="stable")
    names = np.array(found.ids, dtype=object)
    return pa.table({
        "user_id": pa.array([who.ids[i] for i in best], pa.string()), "p": who.p[best], "value": who.value[best],
        "segment": pa.array(names[who.label[best]].tolist(), pa.string()),
    })  # fmt: skip


def audience(
    workspace: Workspace,
    found: Fit,
    product: Product | str | None = None,
    *,
    horizon: int | None = None,
    seed: int = 0,
    with_ids: bool = False,
) -> Audience | None:
    """Weigh the shop's consenting customers and their segments for `product`, or for any purchase; None without customers."""
    source = sources(workspace, near=found.near)
    if source is None:
        return None
    meant, id_, category = target_of(workspace, found, product)
    target = Target(id_, category if category in source.categories else None)
    fitted = lifetime(workspace)
    with past_of(workspace.warehouse, source) as past, members(workspace.warehouse, source, found) as (_, labels):
        told = chances(past, target, horizon, seed)
        table = known(past, told.modelled, past.end).join(labels, "user_id")
        columns = told.model.columns if told.model else [c for c in table.columns if c not in ("user_id", "label")]
        recent = past.buyers(target, past.end - timedelta(days=JUST_BOUGHT), JUST_BOUGHT).mutate(just=True)
        table = table.left_join(recent, "user_id").drop("user_id_right").order_by("user_id")
        lifts = np.array(lifts_of(found, id_, category))
        ids: list[str] = []
        p, label, had, just = [], [], [], []
        parts, means, sizes = np.zeros((found.k, len(columns))), np.zeros((found.k, len(columns))), np.zeros(found.k)
        for batch in batches(workspace, table):
            x, of = numbers(batch, columns), raw_numbers(batch, ["label"])[:, 0].astype(np.int64)
            p.append(told.model.score(x) * told.share if told.model else np.clip(told.rate * lifts[of], 1e-9, 1 - 1e-9))
            label.append(of)
            had.append(raw_numbers(batch, ["orders"])[:, 0] > 0)
            just.append(np.array([bool(v) for v in batch["just"].to_pylist()], dtype=bool))
            ids += [str(v) for v in batch["user_id"].to_pylist()]
            if told.model:
                np.add.at(parts, of, told.model.reasons(x))
            np.add.at(means, of, raw_numbers(batch, columns))
            sizes += np.bincount(of, minlength=found.k)
        chance, of, had_any, bought = (np.concatenate(a) for a in (p, label, had, just))
        worth, basis = _worth(past, fitted, meant, ids, had_any)
        # Where everybody has just bought it, leaving them out would leave nobody.
        kept = ~bought if not bought.all() and rebuys_less(past, target, told.days) else np.ones(len(of), dtype=bool)
        refused = _active(workspace, source) - past.people()
    each = np.maximum(sizes, 1)[:, None]
    return Audience(
        told, [i for i, keep in zip(ids, kept, strict=True) if keep] if with_ids else [], chance[kept], (chance * worth)[kept], of[kept],
        refused, int((~kept).sum()), columns, parts / each, means / each, means.sum(axis=0) / max(1.0, sizes.sum()), basis,
        fitted.currency if fitted else source.currency,
    )  # fmt: skip


def _active(workspace: Workspace, source: Sources) -> int:
    acts = activity(source)
    return int(workspace.warehouse.arrow(acts.agg(n=acts.user_id.nunique())).to_pylist()[0]["n"])


def _worth(past: Past, fitted: Lifetime | None, product: Product | None, ids: list[str], had: NDArray[np.bool_]) -> tuple[Array, str]:
    """Return what a purchase of each customer is worth, and what that counts."""
    if fitted is None:
        return np.ones(len(ids)), "orders"
    first, again = fitted.newcomer()
    if product is not None and product.price is not None and product.price.amount > 0 and product.price.currency == fitted.currency:
        cost, price = product.cost, float(product.price.amount)
        known_cost = cost is not None and cost.currency == fitted.currency and fitted.margin is not None
        own = np.full(len(ids), max(0.0, price - float(cost.amount)) if known_cost and cost is not None else price * fitted.kept)
    else:
        book = ledger(past.engine, past.days)
        order: dict[str, float] = {}
        if book is not None:
            h, rows = at(book, with_ids=True)
            order = dict(zip(map(str, rows["user_id"].to_pylist()), (fitted.spending.expected(h) * fitted.kept).tolist(), strict=True))
        own = np.array([order.get(i, first) for i in ids])
    return own + np.where(had, 0.0, again), fitted.basis


def batches(workspace: Workspace, table: Any) -> Iterator[Any]:
    """Yield record batches on the connection that holds the cached tables."""
    import ibis

    yield from workspace.warehouse.engine.con.sql(str(ibis.to_sql(table, dialect="duckdb"))).to_arrow_reader(BATCH)
