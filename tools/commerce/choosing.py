"""Fitting a recommender: what is tried, how it is measured on purchases held out of the data, and which one serves.

Two questions, two ways to hold out. ``visit``: what will customers buy for the first time in the weeks after the data; the last
28 days are hidden from everything. ``basket``: what else belongs into the order they are making; one product of each customer's
last order is hidden. Whoever only wants a list gets ``visit``. Settings are chosen on those purchases, then all data is fitted.
"""

from __future__ import annotations

from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from .neighbours import cosine, ease, gram, strongest
from .purchases import Pairs, Purchases, pairs, read
from .recommender import Memory, Recommender, scaled, weigh

Method = Literal["auto", "ease", "knn", "popular"]
Goal = Literal["visit", "basket"]
METHODS = ("auto", "ease", "knn", "popular")
# A matrix of 20,000 x 20,000 is inverted in minutes; `auto` stays with seconds.
EASE_ITEMS, AUTO_ITEMS = 20_000, 8_000
HELD_DAYS = 28
# Held-out customers: at most so many are asked, and with fewer nothing is decided by measurement.
MOST_ASKED, LEAST_ASKED = 1_000, 30
TREND_DAYS = 14.0
# Orders count as customers of their own: what lies in one basket belongs together more than what lies in one year. Measured on
# public data it helps to complete baskets and does not help to foresee visits.
ORDERS = {"visit": 0.0, "basket": 3.0}
# Drop-out and floor (in mean popularity) of the EASE penalty; the second where only strong habits last until the next visit.
PENALTY = {"visit": (0.0, 0.9), "basket": (0.6, 0.1)}
MEMORIES = {
    "visit": (Memory(1.0, 365.0), Memory(1.0, 120.0), Memory(1.0, 1e9)),
    "basket": (Memory(0.2, 60.0), Memory(1.0, 60.0), Memory(1.0, 1e9)),
}
# Scores are multiplied by (buyers / mean) ^ -evening: less of what everybody has anyway. The trend of a visit would undo it.
EVENINGS = {"visit": (0.0,), "basket": (0.0, 0.1, 0.2)}
TRENDS = {"visit": (0.0, 0.04, 0.08, 0.16), "basket": (0.0,)}


class Blend(NamedTuple):
    """Settings of one recommender."""

    memory: Memory
    evening: float
    trend: float


def fit_recommender(interactions: Any, method: Method = "auto", *, goal: Goal = "visit", seed: int = 0) -> Recommender:
    """Fit a recommender to purchases: columns user, item and, where known, time, quantity, order; pandas, Arrow or Ibis.

    ``ease`` (closed form; Steck 2019) up to 20,000 items, ``knn`` (cosine with shrinkage) for any number, ``popular`` (what sells
    now). ``auto`` takes the one with the best NDCG@10 on held-out purchases, EASE taking part up to 8,000 items. A negative
    quantity is a return. `seed` picks the customers asked and, for a basket, the product hidden.

    Raises `AdwrightError`: ``bad-method``, ``bad-goal``, ``too-many-items``, ``no-column``, ``not-a-table``,
    ``unreadable-column``, ``no-purchases``.

    Example:
        >>> fit_recommender(orders).recommend(["c1", "c2"], n=5)  # doctest: +SKIP
    """
    _check(method, METHODS, "method")
    _check(goal, tuple(ORDERS), "goal")
    bought = read(interactions)
    model = fit_purchases(bought, method, goal, seed)
    model.remember(bought.user_ids, pairs(bought))
    return model


def fit_purchases(bought: Purchases, method: Method, goal: Goal, seed: int) -> Recommender:
    """Fit to purchases that were read; no customer's history is kept. Raises ``too-many-items``."""
    n_items = len(bought.item_ids)
    if method == "ease" and n_items > EASE_ITEMS:
        raise AdwrightError(
            both(
                f"商品有 {n_items:,} 种，EASE 最多 {EASE_ITEMS:,} 种。", f"There are {n_items:,} items; EASE takes {EASE_ITEMS:,} at most."
            ),
            both("请用 knn 或 auto。", "Use knn or auto."),
            code="too-many-items",
        )
    names = [method] if method != "auto" else ["popular", "knn", *(["ease"] if n_items <= AUTO_ITEMS else [])]
    kept, hidden = _held_out(bought, goal, seed)
    measured: list[dict[str, Any]] = []
    chosen: dict[str, Blend] = {name: Blend(MEMORIES[goal][0], EVENINGS[goal][0], TRENDS[goal][-2:][0]) for name in names}
    if len(np.unique(hidden.user)) >= LEAST_ASKED:
        remaining = bought.only(kept)
        if goal == "visit":
            remaining = remaining._replace(age=remaining.age - HELD_DAYS)
        found = pairs(remaining)
        near = _near(names, remaining, found, goal)
        for name in names:
            chosen[name], ndcg = _chosen(near.pop(name), found, hidden, goal, len(bought.user_ids))
            measured.append({"method": name, "ndcg10": round(ndcg, 5), **_told(chosen[name])})
    # The first of equals is the simpler one.
    best = max(measured, key=lambda one: one["ndcg10"])["method"] if measured else names[-1]
    return _fitted(best, chosen[best], bought, goal, measured)


def _fitted(name: str, blend: Blend, bought: Purchases, goal: Goal, measured: list[dict[str, Any]]) -> Recommender:
    found = pairs(bought)
    buyers = np.bincount(found.item, minlength=len(bought.item_ids)).astype(np.float32)
    facts = {
        "method": name,
        "goal": goal,
        "memory": list(blend.memory),
        "evening": blend.evening,
        "trend": blend.trend,
        "measured": measured,
        "now": None if bought.now is None else bought.now.isoformat(),
        "n_users": len(bought.user_ids),
    }
    near = evened(_near([name], bought, found, goal)[name], buyers, blend.evening)
    return Recommender(bought.item_ids, near, _trend(found, buyers, goal), buyers, _interval(bought), facts)


def _near(names: list[str], bought: Purchases, found: Pairs, goal: Goal) -> dict[str, Any]:
    """Return the neighbours of each method as CSR [items, items]."""
    from scipy.sparse import csr_matrix

    n_items = len(bought.item_ids)
    made: dict[str, Any] = {}
    rows = _rows(bought, found, goal) if set(names) - {"popular"} else None
    shared = gram(rows) if "ease" in names else None
    for name in names:
        if name == "popular":
            made[name] = csr_matrix((n_items, n_items), dtype=np.float32)
        elif name == "knn":
            made[name] = cosine(rows, shared)
        elif shared is not None:
            drop, floor = PENALTY[goal]
            made[name] = strongest(ease(shared, drop, floor * float(shared.diagonal().mean()) + 1.0))
    return made


def _rows(bought: Purchases, found: Pairs, goal: Goal) -> Any:
    """Return customers x items, and below them orders x items where orders count."""
    from scipy.sparse import csr_matrix, vstack

    n_items = len(bought.item_ids)
    rows = csr_matrix((np.ones(len(found.user), np.float32), (found.user, found.item)), (len(bought.user_ids), n_items))
    if not ORDERS[goal]:
        return rows
    weight = np.full(len(bought.order), np.sqrt(ORDERS[goal]), np.float32)
    return vstack([rows, csr_matrix((weight, (bought.order, bought.item)), (bought.order.max() + 1, n_items))]).tocsr()


def evened(near: Any, buyers: np.ndarray, evening: float) -> Any:
    """Multiply the columns by (buyers / mean) ^ -evening."""
    factor = ((buyers + 1.0) / (buyers + 1.0).mean()) ** -evening
    found = near.copy()
    found.data = (found.data * factor[found.indices]).astype(np.float32)
    return found


def _trend(found: Pairs, buyers: np.ndarray, goal: Goal) -> np.ndarray:
    """Return the strength of each item now, 0..1: first-time buyers, each worth exp(-age / 14 days); for baskets all buyers alike."""
    counts = buyers
    if goal == "visit":
        counts = np.bincount(found.item, np.exp(-np.maximum(found.first, 0.0) / TREND_DAYS), minlength=len(buyers))
    return (counts / max(float(counts.max(initial=0.0)), 1e-30)).astype(np.float32)


def _interval(bought: Purchases) -> np.ndarray:
    """Return each item's median gap in days between two orders of one customer; NaN below three gaps of a day or more."""
    at = np.lexsort((-bought.age, bought.item, bought.user))
    user, item, age = bought.user[at], bought.item[at], bought.age[at]
    same = (user[1:] == user[:-1]) & (item[1:] == item[:-1])
    gaps, of = (age[:-1] - age[1:])[same], item[1:][same]
    gaps, of = gaps[gaps >= 1.0], of[gaps >= 1.0]
    at = np.lexsort((gaps, of))
    gaps, of = gaps[at], of[at]
    found = np.full(len(bought.item_ids), np.nan, np.float32)
    known, begin, count = np.unique(of, return_index=True, return_counts=True)
    enough = count >= 3
    found[known[enough]] = gaps[begin[enough] + count[enough] // 2]
    return found


def _held_out(bought: Purchases, goal: Goal, seed: int) -> tuple[np.ndarray, Pairs]:
    """Return the lines that stay (a mask) and the first-time purchases that are hidden."""
    found = pairs(bought)
    if goal == "visit":
        kept = bought.age > HELD_DAYS
        hidden = found.first <= HELD_DAYS
    else:
        # Some product of the last order that was not bought before; which one, a seeded draw decides.
        draw = np.random.default_rng(seed).random(len(found.user))
        fresh = found.latest & (found.times == 1)
        owned = np.bincount(found.user, minlength=len(bought.user_ids))
        fresh &= owned[found.user] > 1
        at = np.flatnonzero(fresh)
        at = at[np.lexsort((draw[at], found.user[at]))]
        hidden = np.zeros(len(found.user), bool)
        hidden[at[np.r_[True, found.user[at][1:] != found.user[at][:-1]]] if len(at) else at] = True
        key = bought.user * len(bought.item_ids) + bought.item
        kept = ~np.isin(key, found.user[hidden] * len(bought.item_ids) + found.item[hidden])
    asked = np.intersect1d(np.unique(found.user[hidden]), np.unique(bought.user[kept]))
    if len(asked) > MOST_ASKED:
        asked = np.random.default_rng(seed).choice(asked, MOST_ASKED, replace=False)
    hidden &= np.isin(found.user, asked)
    return kept, Pairs(*(part[hidden] for part in found))


def _chosen(near: Any, found: Pairs, hidden: Pairs, goal: Goal, n_users: int) -> tuple[Blend, float]:
    """Return the settings that found the hidden purchases best with these neighbours, and their NDCG@10: one setting at a time."""
    buyers = np.bincount(found.item, minlength=near.shape[0]).astype(np.float32)
    trend = _trend(found, buyers, goal)
    asked, row = np.unique(hidden.user, return_inverse=True)
    if not near.nnz:
        return Blend(MEMORIES[goal][0], 0.0, 0.0), _ndcg(np.repeat(trend[None], len(asked), 0), found, asked, row, hidden.item)
    best, most = Blend(MEMORIES[goal][0], EVENINGS[goal][-1], TRENDS[goal][-2:][0]), -1.0
    for memory in MEMORIES[goal]:
        scores = _sums(near, found, memory, asked, n_users)
        # How scores are evened and joined with the trend is searched once, with the first memory.
        grid = product(EVENINGS[goal], TRENDS[goal]) if memory == MEMORIES[goal][0] else ((best.evening, best.trend),)
        for evening, share in grid:
            factor = ((buyers + 1.0) / (buyers + 1.0).mean()) ** -evening
            ndcg = _ndcg(scores * factor.astype(np.float32) + np.float32(share) * trend, found, asked, row, hidden.item)
            if ndcg > most:
                best, most = Blend(memory, evening, share), ndcg
    return best, most


def _sums(near: Any, found: Pairs, memory: Memory, asked: np.ndarray, n_users: int) -> np.ndarray:
    from scipy.sparse import csr_matrix

    weights = scaled(found.user, weigh(found, memory), n_users).astype(np.float32)
    tastes = csr_matrix((weights, (found.user, found.item)), (n_users, near.shape[0]))
    return np.asarray((tastes[asked] @ near).toarray(), dtype=np.float32)


def _ndcg(scores: np.ndarray, found: Pairs, asked: np.ndarray, row: np.ndarray, wanted: np.ndarray) -> float:
    """Return NDCG@10 over all items with what is owned left out; equal scores count half."""
    owned = np.isin(found.user, asked)
    scores[np.searchsorted(asked, found.user[owned]), found.item[owned]] = -np.inf
    gain = np.zeros(len(asked))
    for begin in range(0, len(wanted), 4096):
        part = slice(begin, begin + 4096)
        among, mine = scores[row[part]], scores[row[part], wanted[part]][:, None]
        place = (among > mine).sum(1) + ((among == mine).sum(1) - 1) / 2
        gain += np.bincount(row[part], np.where(place < 10, 1 / np.log2(place + 2), 0.0), minlength=len(asked))
    best = np.cumsum(1 / np.log2(np.arange(10) + 2))
    return float((gain / best[np.minimum(np.bincount(row, minlength=len(asked)), 10) - 1]).mean())


def _told(blend: Blend) -> dict[str, float]:
    return {"older": blend.memory.older, "days": blend.memory.days, "evening": blend.evening, "trend": blend.trend}


def _check(given: str, known: tuple[str, ...], what: str) -> None:
    if given not in known:
        zh = "方法" if what == "method" else "目标"
        raise AdwrightError(
            both(f"没有这种{zh}：{given}。", f"There is no {what} {given}."),
            both(f"可选：{'、'.join(known)}。", f"There are {', '.join(known)}."),
            code=f"bad-{what}",
        )
