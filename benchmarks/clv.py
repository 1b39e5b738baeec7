"""Customer value against what came next: ours beside a mean, the last 90 days repeated, and RFM cells.

``python -m benchmarks clv``. Every method knows only the days before a cut; the 90 days after it are the truth. Peers learn
their rates from the 90 days before the cut, held against what was known 90 days earlier. Value is net of refunds.
"""

from __future__ import annotations

import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from adwright.data.workspace import Workspace
from adwright.tools.audience.chances import chances
from adwright.tools.audience.clv import Lifetime, books, customer_ranges, fit, group_ranges
from adwright.tools.audience.histories import Ledger, at, column
from adwright.tools.audience.moments import Target, past_of
from adwright.tools.audience.rebuying import Array, Histories
from adwright.tools.audience.sources import sources

from .audience import RETAIL

HORIZON = 90
RETAIL_CUTS = (date(2010, 12, 1), date(2011, 3, 1), date(2011, 6, 1), date(2011, 9, 1))
METHODS = ("adwright", "mean", "last 90 days", "RFM cells")
EDGES = 3


class Truth(NamedTuple):
    """Histories at a cut, and what each customer did in the 90 days after it; `late` are orders and spend of the 90 days before."""

    h: Histories
    orders: Array
    value: Array
    late: Array
    late_value: Array


def main() -> None:
    """Print the tables."""
    print(f"**Who buys again within {HORIZON} days, and what it brings**; bias = expected / actual, value total likewise\n")
    print("| shop, cut | method | customers | bought again | bias | ECE | Brier | AUC | value total | MAE | Spearman |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    covers, fitted, ranked = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        with Workspace.demo(Path(folder) / "demo") as shop, books(shop) as (source, book):
            assert source is not None and book is not None
            cuts = tuple(book.end - timedelta(days=HORIZON * i) for i in (3, 2, 1))
            _shop("demo (made up)", shop, source, book, cuts, covers, fitted)
            ranked += [_ranked("demo (made up)", shop, Target(None, category)) for category in (None, "sports", "pets", "food")]
        if list(RETAIL.glob("*.parquet")):
            with Workspace.open(Path(folder) / "retail", create=True, currency="GBP", timezone="Europe/London") as shop:
                shop.warehouse.replace("orders", _retail())
                with books(shop) as (source, book):
                    assert source is not None and book is not None
                    _shop("Online Retail II", shop, source, book, RETAIL_CUTS, covers, fitted)
                ranked.append(_ranked("Online Retail II", shop, Target()))
    print("\n**P10-P90 intervals**: share of nine R x F groups, and of customers, whose result lay inside; aim 0.80\n")
    print("| shop, cut | groups: share buying again | groups: value | customers: value | mean width of a group's share |")
    print("|---|---|---|---|---|")
    print("\n".join(covers))
    print("\n**What was fitted**\n")
    print("| shop, cut | CPU s | season's pace | strays by (log) | silence that counts as lost, days | order count x value |")
    print("|---|---|---|---|---|---|")
    print("\n".join(fitted))
    print("\n**Who buys in the last 30 days**, ranked by a model that knows only what came before (learned on three earlier windows)\n")
    print(
        "| shop | target | model | buyers | expected | AUC (P10-P90) | lift of the best 1 % | 5 % | 10 % | 20 % | buyers in the best 20 % | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    print("\n".join(ranked))


def _ranked(name: str, shop: Workspace, target: Target) -> str:
    source = sources(shop, words=False)
    assert source is not None
    began = time.process_time()
    with past_of(shop.warehouse, source) as past:
        told = chances(past, target)
    seconds = time.process_time() - began
    assert told.proof is not None and told.model is not None
    area, low, high = told.proof.auc
    at_ = {row["share"]: row for row in told.proof.curve}
    lifts = " | ".join(f"{at_[share]['lift']:.1f}" for share in (0.01, 0.05, 0.1, 0.2))
    return (
        f"| {name} | {target.category or 'anything'} | {told.model.kind} | {told.proof.actual:,} | {told.proof.expected:,.0f}"
        f" | {area:.3f} ({low:.3f}-{high:.3f}) | {lifts} | {at_[0.2]['found']:.2f} | {seconds:.1f} |"
    )


def _shop(name: str, shop: Workspace, source: Any, book: Ledger, cuts: tuple[date, ...], covers: list[str], fitted: list[str]) -> None:
    for cut in cuts:
        began = time.process_time()
        ours = fit(shop, source, book._replace(end=cut), HORIZON)
        seconds = time.process_time() - began
        assert ours is not None
        # Held against net revenue, whatever the margin.
        ours = ours._replace(margin=None)
        now, before = _truth(book, cut), _truth(book, cut - timedelta(days=HORIZON))
        for method in METHODS:
            p, value = _expected(method, ours, now, before)
            print(_row(f"{name}, {cut}", method, p, value, now))
        covers.append(_cover(f"{name}, {cut}", ours, now))
        fitted.append(
            f"| {name}, {cut} | {seconds:.1f} | {ours.record.pace:.2f}{'' if ours.record.seasonal else ' (unknown)'} | {ours.record.spread:.2f}"
            f" | {ours.silence or 0:.0f} | {ours.spending.correlation:+.2f} |"
        )


def _truth(book: Ledger, cut: date) -> Truth:
    h, rows = at(book, cut, HORIZON, with_ids=True)
    _, recent = at(book, cut - timedelta(days=HORIZON), HORIZON, with_ids=True)
    known = dict(
        zip(recent["user_id"].to_pylist(), zip(column(recent, "later_orders"), column(recent, "later_value"), strict=True), strict=True)
    )
    # Who is new since has bought at least once in the last 90 days: all of it lies there.
    late = [known.get(u, (r + 1, s)) for u, r, s in zip(rows["user_id"].to_pylist(), h.repeats, h.spend, strict=True)]
    pairs = np.array(late, dtype=float).reshape(-1, 2)
    return Truth(h, column(rows, "later_orders"), column(rows, "later_value"), pairs[:, 0], pairs[:, 1])


def _expected(method: str, ours: Lifetime, now: Truth, before: Truth) -> tuple[Array, Array]:
    n = len(now.h)
    if method == "adwright":
        return ours.p_repeat(now.h), ours.value(now.h)
    if method == "mean":
        return np.full(n, (before.orders > 0).mean()), np.full(n, before.value.mean())
    if method == "last 90 days":
        return (now.late > 0).astype(float), now.late_value
    cells, old = _cells(now.h), _cells(before.h)
    p, value = np.full(n, (before.orders > 0).mean()), np.full(n, before.value.mean())
    for cell in np.unique(cells):
        mine = old == cell
        if mine.any():
            p[cells == cell], value[cells == cell] = (before.orders[mine] > 0).mean(), before.value[mine].mean()
    return p, value


def _cells(h: Histories, edges: int = 5) -> Array:
    """Recency (days) by frequency, each cut at `edges` - 1 fixed places."""
    recency = np.digitize(h.age - h.span, (30, 90, 180, 360)[: edges - 1])
    return (recency * 10 + np.digitize(h.repeats, (1, 3, 6, 12)[: edges - 1])).astype(np.float64)


def _row(name: str, method: str, p: Array, value: Array, truth: Truth) -> str:
    from scipy.stats import rankdata, spearmanr

    y = truth.orders > 0
    ranks = rankdata(p)
    n1, n0 = int(y.sum()), int((~y).sum())
    auc = (ranks[y].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)
    rho = float(spearmanr(value, truth.value).statistic) if np.ptp(value) > 0 else float("nan")  # pyright: ignore[reportAttributeAccessIssue]
    return (
        f"| {name} | {method} | {len(y):,} | {y.mean():.3f} | {p.sum() / y.sum():.3f} | {_ece(p, y):.4f} | {((p - y) ** 2).mean():.4f} | {auc:.3f}"
        f" | {value.sum() / truth.value.sum():.3f} | {np.abs(value - truth.value).mean():,.1f} | {rho:.3f} |"
    )


def _ece(p: Array, y: Any) -> float:
    """Expected calibration error over ten groups of equal size by probability; customers of equal probability stay together."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, 11)[1:-1]))
    groups = np.digitize(p, edges)
    return float(sum(abs(p[groups == g].mean() - y[groups == g].mean()) * (groups == g).mean() for g in np.unique(groups)))


def _cover(name: str, ours: Lifetime, now: Truth) -> str:
    cells = _cells(now.h, EDGES)
    share, value, width = [], [], []
    for cell in np.unique(cells):
        at_ = np.flatnonzero(cells == cell)
        told = group_ranges(ours, now.h.rows(at_), int(cell))
        if told is None or len(at_) < 20:
            continue
        _, low, high = told["p_repeat"]
        share.append(low <= (now.orders[at_] > 0).mean() <= high)
        width.append(high - low)
        _, low, high = told["clv"]
        value.append(low <= now.value[at_].mean() <= high)
    low, high = customer_ranges(ours, now.h)
    inside = ((low <= now.value) & (now.value <= high)).mean()
    return f"| {name} | {np.mean(share):.2f} ({len(share)}) | {np.mean(value):.2f} | {inside:.3f} | {np.mean(width):.3f} |"


def _retail() -> Any:
    """Order lines of known customers; the sheets overlap in December 2010, which counts once."""
    import pandas as pd
    import pyarrow as pa

    first, second = (pd.read_parquet(path) for path in sorted(RETAIL.glob("*.parquet")))
    frames: Any = [first[first["InvoiceDate"] < second["InvoiceDate"].min()], second]
    f: Any = pd.concat(frames)
    f = f[f["CustomerID"].notna()]
    return pa.table(
        {
            "order_id": f["InvoiceNo"].astype(str).tolist(),
            "ts": pa.array(f["InvoiceDate"].astype("datetime64[us]").to_numpy()),
            "user_id": f["CustomerID"].astype(int).astype(str).tolist(),
            "product_id": f["StockCode"].astype(str).tolist(),
            "quantity": f["Quantity"].astype("int64").to_numpy(),
            "unit_price": f["UnitPrice"].round(4).to_numpy(),
            "currency": ["GBP"] * len(f),
        }
    )
