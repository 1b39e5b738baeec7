"""Who should see a campaign: consenting customers ranked for a product, a category or any purchase, and segments weighed by it.

A propensity model (`propensity`) where the target was bought often enough, else the model of the category or of any
purchase, else the lift of each customer's segment; the result says which. Value = probability x what the purchase is worth:
price x margin of the product, or the customer's own expected order (`spending`); a first purchase also counts the repeat
purchases expected in the `clv` horizon after it. Ids leave through `ranked` only, never in a result. Not here: who is won over by
the advertisement rather than buying anyway, which needs an experiment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.words import Words, both
from .backtest import stray
from .clv import HORIZON, Lifetime, lifetime
from .fit import Fit
from .histories import at, ledger, purchase_days
from .membership import members
from .moments import Rows, Target, at_moment, buyers, columns_of, end_of, numbers, rows_of, with_acts
from .propensity import Propensity, auc, fit_propensity
from .reach import held_out
from .rebuying import Array, Histories
from .segment import lifts_of
from .sources import Sources, activity, consenting, sources

if TYPE_CHECKING:
    from ...data.brief import Product
    from ...data.workspace import Workspace

HORIZONS = (30, 14, 7)
WINDOWS = 4
MOST_WINDOWS = 8
# Buyers that each window of a model needs; below, the next wider target is modelled.
LEAST_BUYERS = 30
JUST_BOUGHT = 90
BATCH = 65_536
LEAN = 10.0


class Proof(NamedTuple):
    """The recipe of one window ago against what happened: AUC [point, P10, P90], expected and actual buyers, the reach curve."""

    auc: tuple[float, float, float]
    expected: float
    actual: int
    curve: list[dict[str, float]]


class Audience(NamedTuple):
    """Everybody who may be addressed, in order of the rows read: ids (only on request), probability, value, segment label.

    `modelled` is the target the model knows; `share` turns its probability into that of the target asked for. `left_out`
    counts who is not in it, with the reason. `parts` [k, columns] are the mean reasons per segment, `means` the mean features.
    """

    target: Target
    modelled: Target
    share: float
    horizon: int
    ids: Any
    p: Array
    value: Array
    label: NDArray[np.int64]
    spread: float
    model: Propensity | None
    proof: Proof | None
    left_out: list[tuple[str, int]]
    columns: list[str]
    parts: Array
    means: Array
    shop_means: Array
    basis: str
    notes: list[Words]


def audience(workspace: Workspace, found: Fit, target: Target, *, product: Product | None = None, horizon: int | None = None,
             seed: int = 0, with_ids: bool = False) -> Audience | None:  # fmt: skip
    """Rank the shop's consenting customers for `target` within `horizon` days (default: 30, less for a young shop).

    None when there are no customers.
    """
    source = sources(workspace)
    if source is None:
        return None
    end = end_of(source)
    modelled, days, counts = _modelled(workspace, source, target, end, horizon)
    notes: list[Words] = []
    model, proof = (None, None) if modelled is None else _models(workspace, source, modelled, end, days, seed)
    if modelled is None:
        modelled = Target()
        notes.append(both(
            "购买记录太少，还不能逐人预测，按人群的购买倾向排序。",
            "Too few purchases for a model of each customer: people are ranked by the tendency of their segment.",
        ))  # fmt: skip
    share = _share(workspace, source, target, modelled, end, days)
    notes += _widened(target, modelled, share)
    errors = [float(np.log((a + 0.5) / (b + 0.5))) for a, b in zip(counts, counts[1:], strict=False)]
    noise = [1 / (a + 0.5) + 1 / (b + 0.5) for a, b in zip(counts, counts[1:], strict=False)]
    # Chance alone makes counts differ; it comes on top again when buyers are counted.
    spread = stray([float(np.sqrt(max(0.0, e * e - n))) for e, n in zip(errors, noise, strict=True)])
    fitted = lifetime(workspace)
    if model is None:
        chances = _by_lift(found, target, counts, days)
    else:
        chances = np.zeros(0)
    rebuys = _rebuys(workspace, source, target, end, days)
    engine = workspace.warehouse.engine
    ids, p, label, bought, just, parts, sums, n_label = [], [], [], [], [], None, None, np.zeros(found.k)
    with members(workspace.warehouse, source, found) as (features, labels):
        wide = with_acts(source._replace(as_of=end), modelled, features) if model else features
        columns = model.columns if model else columns_of(wide, source)
        recent = buyers(source, target, end - timedelta(days=JUST_BOUGHT), JUST_BOUGHT).mutate(just=True)
        table = wide.join(labels, "user_id").left_join(recent, "user_id").drop("user_id_right").order_by("user_id")
        chosen = list(dict.fromkeys([*columns, "frequency"]))
        for batch in _batches(engine, table.select("user_id", "label", "just", *chosen)):
            x = numbers(batch, columns)
            of = np.asarray(batch["label"].to_numpy(zero_copy_only=False), dtype=np.int64)
            flag = np.array([bool(v) for v in batch["just"].to_pylist()], dtype=bool)
            p.append(model.score(x) * share if model else chances[of])
            label.append(of)
            just.append(flag)
            bought.append(np.asarray(batch["frequency"].to_numpy(zero_copy_only=False), dtype=float) > 0)
            ids += batch["user_id"].to_pylist()
            raw = _raw(batch, columns)
            parts = _added(parts, model.reasons(x) if model else np.zeros_like(x), of, found.k)
            sums = _added(sums, raw, of, found.k)
            n_label += np.bincount(of, minlength=found.k)
    chance, of, had, recently = (np.concatenate(a) if a else np.zeros(0) for a in (p, label, bought, just))
    worth, basis = _worth(workspace, source, fitted, product, ids, had)
    kept = ~(recently.astype(bool) & rebuys)
    left = [("refused", _refused(workspace, source)), ("just-bought", int((~kept).sum()))]
    n = np.maximum(n_label, 1)[:, None]
    assert parts is not None and sums is not None
    return Audience(
        target, modelled, share, days, np.array(ids, dtype=object)[kept] if with_ids else None, chance[kept], (chance * worth)[kept], of[kept].astype(np.int64),
        spread, model, proof, [(why, count) for why, count in left if count], columns, parts / n, sums / n, sums.sum(axis=0) / max(1.0, n_label.sum()), basis, notes,
    )  # fmt: skip


def ranked(who: Audience, order: str = "value") -> NDArray[np.intp]:
    """Return positions of `who`, best first, by ``value`` or ``probability``; ties in order of the ids."""
    return np.argsort(-(who.value if order == "value" else who.p), kind="stable")


def _modelled(workspace: Workspace, source: Sources, target: Target, end: datetime, horizon: int | None) -> tuple[Target | None, int, list[int]]:
    """Return the narrowest target whose windows hold enough buyers (None: none does), the days of a window, buyers per window."""
    span = (end - source.first).days
    fits = [h for h in ((horizon,) if horizon else HORIZONS) if (WINDOWS + 1) * h <= span]
    days = fits[0] if fits else horizon or HORIZONS[-1]
    wanted: Target | None = target
    counts = _counts(workspace, source, target, end, days, min(MOST_WINDOWS, span // days))
    first = counts
    while wanted is not None:
        if fits and len(counts) >= WINDOWS and min(counts[:WINDOWS]) >= LEAST_BUYERS:
            return wanted, days, counts
        wanted = wanted.wider()
        if wanted is not None:
            counts = _counts(workspace, source, wanted, end, days, min(MOST_WINDOWS, span // days))
    return None, days, first


def _counts(workspace: Workspace, source: Sources, target: Target, end: datetime, days: int, windows: int) -> list[int]:
    """Return the number of buyers of each window before `end`, newest first."""
    acts = consenting(source, activity(source))
    sold = acts.filter((acts.kind == "sale") & target.of(acts))
    edges = [(end - timedelta(days=days * (i + 1)), end - timedelta(days=days * i)) for i in range(windows)]
    if not edges:
        return []
    row = workspace.warehouse.arrow(
        sold.agg(**{f"w{i}": sold.user_id.nunique(where=(sold.ts >= a) & (sold.ts < b)) for i, (a, b) in enumerate(edges)})
    ).to_pylist()[0]
    return [int(row[f"w{i}"] or 0) for i in range(windows)]


def _models(workspace: Workspace, source: Sources, target: Target, end: datetime, days: int, seed: int) -> tuple[Propensity, Proof]:
    """Fit the recipe of one window ago, hold it against that window, and fit the recipe of today."""
    seen: list[Rows] = []
    columns: list[str] = []
    for back in range(WINDOWS, 0, -1):
        with at_moment(source, target, end - timedelta(days=days * back), days) as table:
            columns = columns or columns_of(table, source)
            seen.append(rows_of(workspace.warehouse, table, columns))
    then = fit_propensity(seen[:2], seen[2], seed)
    last = seen[3]
    score = then.score(last.x)
    proof = Proof(auc(score, last), float(score @ last.weight), int(last.bought.sum()), held_out(score, last.bought, last.weight))
    return fit_propensity(seen[1:3], last, seed), proof


def _share(workspace: Workspace, source: Sources, target: Target, modelled: Target, end: datetime, days: int) -> float:
    """Return the target's share of the buyers of what was modelled, over the windows; 1 where nobody has bought it yet."""
    if target == modelled:
        return 1.0
    span = days * WINDOWS
    mine, all_ = (_counts(workspace, source, t, end, span, 1)[0] for t in (target, modelled))
    return mine / all_ if mine and all_ else 1.0


def _widened(target: Target, modelled: Target, share: float) -> list[Words]:
    if target == modelled or target.level == "anything":
        return []
    what = {"category": both("同品类的购买", "purchases of its category"), "anything": both("任何购买", "purchases of any kind")}[modelled.level]
    if share < 1:
        return [both(
            f"单独买它的人太少，按{what.zh}预测，再乘以它所占的 {share:.1%}。",
            f"Too few bought exactly this: predicted from {what.en}, times its share of {share:.1%}.",
        )]  # fmt: skip
    return [both(f"还没有人买过它，人数指的是{what.zh}。", f"Nobody has bought it yet: the counts are of {what.en}.")]


def _by_lift(found: Fit, target: Target, counts: list[int], days: int) -> Array:
    """Return a chance per segment: the shop's rate of the latest window times the segment's lift."""
    sizes = np.array([g["size"] for g in found.facts["groups"]], dtype=float)
    lifts = np.array(lifts_of(found, target.product_id, target.category))
    everything = counts[0] if counts else sum(found.facts["recent"]) * days / JUST_BOUGHT
    rate = (everything + 0.5) / (sizes.sum() + 1.0)
    return np.clip(rate * lifts, 1e-6, 1 - 1e-6)


def _rebuys(workspace: Workspace, source: Sources, target: Target, end: datetime, days: int) -> bool:
    """Tell whether recent buyers are to be left out: they buy the target again less often than customers do on average."""
    if target.level == "anything":
        return False
    then = end - timedelta(days=days)
    if (then - source.first).days < JUST_BOUGHT:
        return target.level == "product"
    before = buyers(source, target, then - timedelta(days=JUST_BOUGHT), JUST_BOUGHT)
    after = buyers(source, target, then, days)
    arrow = workspace.warehouse.arrow
    n, again, all_ = (arrow(t.agg(n=t.count())).to_pylist()[0]["n"] for t in (before, before.semi_join(after, "user_id"), after))
    rate = all_ / max(1, _people(workspace, source))
    return bool((again + LEAN * rate) / (n + LEAN) < rate) if n else target.level == "product"


def _people(workspace: Workspace, source: Sources) -> int:
    acts = consenting(source, activity(source))
    return int(workspace.warehouse.arrow(acts.agg(n=acts.user_id.nunique())).to_pylist()[0]["n"])


def _refused(workspace: Workspace, source: Sources) -> int:
    """Count active customers who refused."""
    if source.users is None:
        return 0
    acts = activity(source)
    everybody = int(workspace.warehouse.arrow(acts.agg(n=acts.user_id.nunique())).to_pylist()[0]["n"])
    return everybody - _people(workspace, source)


def _worth(workspace: Workspace, source: Sources, fitted: Lifetime | None, product: Product | None, ids: list[Any], had: NDArray[Any]) -> tuple[Array, str]:
    """Return what a purchase of each customer is worth, and what that counts: ``contribution``, ``revenue``, or ``orders`` (1 each)."""
    n = len(ids)
    if fitted is None:
        return np.ones(n), "orders"
    new = Histories(*(np.zeros(1) for _ in range(4)))
    first = float(fitted.spending.expected(new)[0]) * fitted.kept
    again = fitted.newcomer() - first
    if product is not None and product.price is not None and product.price.amount > 0:
        kept = fitted.kept
        if product.cost is not None and product.cost.currency == product.price.currency:
            kept = max(0.0, 1 - float(product.cost.amount / product.price.amount))
        own = np.full(n, float(product.price.amount) * kept)
    else:
        with purchase_days(source).cache() as days:
            book = ledger(workspace.warehouse, days)
            assert book is not None
            h, rows = at(book, with_ids=True)
        order = dict(zip(rows["user_id"].to_pylist(), (fitted.spending.expected(h) * fitted.kept).tolist(), strict=True))
        own = np.array([order.get(i, first) for i in ids])
    return own + np.where(had, 0.0, again), fitted.basis


def _batches(engine: Any, table: Any) -> Any:
    """Yield record batches on the connection that holds the cached tables."""
    import ibis

    return engine.con.sql(str(ibis.to_sql(table, dialect="duckdb"))).to_arrow_reader(BATCH)


def _raw(batch: Any, columns: list[str]) -> Array:
    made = [np.nan_to_num(np.asarray(batch[c].to_numpy(zero_copy_only=False), dtype=float), nan=0.0) for c in columns]
    return np.stack(made, axis=1) if made else np.zeros((batch.num_rows, 0))


def _added(so_far: Array | None, rows: Array, label: NDArray[np.int64], k: int) -> Array:
    total = np.zeros((k, rows.shape[1])) if so_far is None else so_far
    np.add.at(total, label, rows)
    return total


__all__ = ["HORIZON", "Audience", "Proof", "audience", "ranked"]
