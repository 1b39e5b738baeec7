"""Customers who resemble given ones: seeds against the rest, by the features of `moments`.

Logistic regression; how well it tells seeds it has not seen from others (five folds) is returned with the ranking, so that
a list that is no better than chance is seen to be one. Seeds are taken as they are today: this finds likeness, and does
not foretell purchases as `targeting` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .moments import MOST_OTHERS, Target, known, numbers, past_of
from .points import hashed
from .propensity import auc, fit_line
from .reach import held_out
from .rebuying import Array
from .sources import sources
from .targeting import batches

if TYPE_CHECKING:
    import pyarrow as pa

    from ...data.workspace import Workspace

FEWEST = 20
FOLDS = 5
# Below this a ranking is told to be near chance.
WEAK = 0.6


class Lookalike(NamedTuple):
    """The ranking (`table`: user_id, score, best first, without the seeds), its held-out `auc` [point, P10, P90] and `curve`.

    `curve` says which share of unseen seeds the best 1 %, 2 %, ... of the shop hold; `seeds` counts those that were used.
    """

    table: pa.Table
    auc: tuple[float, float, float]
    curve: list[dict[str, float]]
    seeds: int
    notes: list[Words]


def lookalike(workspace: Workspace, seed_users: Sequence[str], *, seed: int = 0) -> Lookalike:
    """Rank the consenting customers who are not among `seed_users` by likeness to them. For programs: ids must not reach a model.

    Raises `AdwrightError`: ``no-customers``, ``too-few-seeds`` (fewer than 20 known ones), ``all-seeds`` (nobody else is left).

    Example:
        >>> lookalike(shop, best_customers).table.slice(0, 500)  # doctest: +SKIP
    """
    import ibis
    import pyarrow as pa

    source = sources(workspace, words=False)
    if source is None:
        raise AdwrightError(
            both("店铺还没有顾客行为或订单。", "The shop has no events and no orders yet."),
            both("请先导入订单或行为数据。", "Import orders or events first."),
            code="no-customers",
        )
    wanted = sorted({str(u) for u in seed_users})
    given = ibis.memtable(pa.table({"user_id": pa.array(wanted, pa.string()), "seed": pa.array([True] * len(wanted))}))
    with past_of(workspace.warehouse, source) as past:
        table = known(past, Target(), past.end)
        columns = [c for c in table.columns if c != "user_id"]
        joined = table.left_join(given, "user_id").drop("user_id_right")
        with joined.mutate(seed=joined.seed.fill_null(False)).cache() as people:
            mine, rest = people.filter(people.seed), people.filter(~people.seed)
            n, others = past.count(mine), past.count(rest)
            _check(n, others)
            parts = [workspace.warehouse.arrow(hashed(t, MOST_OTHERS).select(*columns)) for t in (mine, rest)]
            x = np.concatenate([numbers(part, columns) for part in parts])
            y = np.arange(len(x)) < parts[0].num_rows
            weight = np.where(y, n / parts[0].num_rows, others / parts[1].num_rows)
            unseen = _unseen(columns, x, y, weight, seed)
            model = fit_line(columns, x, y, weight)
            ids: list[str] = []
            scores: list[Array] = []
            for batch in batches(workspace, rest.order_by("user_id")):
                ids += [str(u) for u in batch["user_id"].to_pylist()]
                scores.append(model.score(numbers(batch, columns)))
    score = np.concatenate(scores)
    best = np.argsort(-score, kind="stable")
    area = auc(unseen, y, weight)
    notes = [] if n == len(wanted) else [both(
        f"{len(wanted) - n:,} 个种子用户不在店铺里或没有同意营销，没有用到。", f"Seeds that are unknown or did not consent were not used: {len(wanted) - n:,}."
    )]  # fmt: skip
    if area[1] < WEAK:
        notes.append(both(
            f"种子用户和其他顾客差别不大（AUC {area[0]:.2f}），排序接近随机。", f"Seeds hardly differ from others (AUC {area[0]:.2f}): the order is near chance."
        ))  # fmt: skip
    ranked = pa.table({"user_id": pa.array([ids[i] for i in best], pa.string()), "score": score[best]})
    return Lookalike(ranked, area, held_out(unseen, y, weight), n, notes)


def _unseen(columns: list[str], x: Array, y: Any, weight: Array, seed: int) -> Array:
    """Score every row by a model that has not seen it."""
    fold = np.random.default_rng(seed).permutation(len(x)) % FOLDS
    # Every fold needs its share of the seeds.
    fold[y] = np.random.default_rng(seed).permutation(int(y.sum())) % FOLDS
    score = np.zeros(len(x))
    for f in range(FOLDS):
        out = fold == f
        score[out] = fit_line(columns, x[~out], y[~out], weight[~out]).score(x[out])
    return score


def _check(seeds: int, others: int) -> None:
    if seeds < FEWEST:
        raise AdwrightError(
            both(f"能用的种子用户只有 {seeds} 位。", f"Only {seeds} of the seeds can be used."),
            both(f"请给至少 {FEWEST} 位同意营销的顾客。", f"Give at least {FEWEST} customers who consented."),
            code="too-few-seeds",
        )
    if others < FEWEST:
        raise AdwrightError(
            both("几乎所有顾客都是种子用户，没有可以扩展的人。", "Nearly every customer is a seed: nobody is left to find."),
            both("请给更少、更典型的种子用户。", "Give fewer, more typical seeds."),
            code="all-seeds",
        )
