"""A fitted recommender: scores are sums over what a customer owns, plus what sells now; nothing in it is hidden.

score(user, i) = sum over owned j of w(user, j) * N[j, i] + trend * T[i]. N are the kept neighbours, T is the recent first-time
buyers of a product (1 for the strongest). w is 1 for the last order and `older * exp(-days / memory)` before it, scaled to length 1.
Made by `choosing.fit_recommender`. Not here: stock, margin and words for people (`rules`, `recommend`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from ..response.sealed import load as unseal
from ..response.sealed import save as seal
from .purchases import Pairs

if TYPE_CHECKING:
    import pandas as pd

KIND = "recommender"
REASONS = 3


class Memory(NamedTuple):
    """How the past counts: `older` is the weight of orders before the last one, which fades by exp(-days / `days`)."""

    older: float = 1.0
    days: float = 365.0


class Taste(NamedTuple):
    """What one customer owns: item positions, weights (length 1), and for buying again: `often`, orders, days since the last."""

    items: np.ndarray
    weights: np.ndarray
    often: np.ndarray
    times: np.ndarray
    since: np.ndarray


def weigh(found: Pairs, memory: Memory) -> np.ndarray:
    """Return the weight of each pair before scaling."""
    return np.where(found.latest, 1.0, memory.older * np.exp(-found.own / memory.days))


def scaled(user: np.ndarray, weights: np.ndarray, n_users: int) -> np.ndarray:
    """Scale each user's weights to length 1, so that long and short histories meet the trend alike."""
    length = np.sqrt(np.bincount(user, weights**2, minlength=n_users))
    return weights / np.where(length > 0, length, 1.0)[user]


class Recommender:
    """Recommends items to users; `measured` tells what each method reached on held-out purchases, `method` which serves.

    Example:
        >>> model = fit_recommender(orders)  # doctest: +SKIP
        >>> model.recommend(["c1"], n=3)  # doctest: +SKIP
    """

    def __init__(
        self, items: list[Any], near: Any, trend: np.ndarray, buyers: np.ndarray, interval: np.ndarray, facts: dict[str, Any]
    ) -> None:
        self.items, self.near, self.trend, self.buyers, self.interval = items, near, trend, buyers, interval
        self.facts = facts
        self.at = {item: i for i, item in enumerate(items)}
        self.users: list[Any] = []
        self._rows: dict[Any, int] = {}
        self._bounds = np.zeros(1, np.int64)
        self._tastes = Taste(*(np.zeros(0, kind) for kind in (np.int64, np.float32, np.float32, np.int64, np.float32)))
        self._popular = np.lexsort((np.arange(len(items)), -buyers, -trend))

    @property
    def method(self) -> str:
        """``ease``, ``knn`` or ``popular``."""
        return self.facts["method"]

    @property
    def measured(self) -> list[dict[str, Any]]:
        """NDCG@10 of each method tried, on held-out purchases; empty when there were too few."""
        return self.facts["measured"]

    @property
    def now(self) -> datetime | None:
        """The moment of the data that ages are counted from; None without times."""
        return None if self.facts["now"] is None else datetime.fromisoformat(self.facts["now"])

    def remember(self, users: list[Any], found: Pairs) -> None:
        """Keep the histories of `users`, so that `recommend` can be asked by name; positions are those of the model."""
        weights = scaled(found.user, weigh(found, Memory(*self.facts["memory"])), len(users))
        self._bounds = np.searchsorted(found.user, np.arange(len(users) + 1))
        self._tastes = Taste(
            found.item, weights.astype(np.float32), found.often.astype(np.float32), found.times, found.last.astype(np.float32)
        )
        self.users, self._rows = users, {user: i for i, user in enumerate(users)}

    def taste(self, user: Any) -> Taste | None:
        """Return what a remembered user owns; None for an unknown one."""
        row = self._rows.get(user)
        if row is None:
            return None
        mine = slice(self._bounds[row], self._bounds[row + 1])
        return Taste(*(part[mine] for part in self._tastes))

    def taste_of(self, items: list[Any], found: Pairs) -> Taste | None:
        """Return the taste in the pairs of one customer whose item ids are `items`; None when the model knows none of them."""
        at = np.array([self.at.get(items[i], -1) for i in found.item], dtype=np.int64)
        if not (at >= 0).any():
            return None
        weights = weigh(found, Memory(*self.facts["memory"]))
        weights = np.where(at >= 0, weights, 0.0)
        weights = scaled(np.zeros(len(at), np.int64), weights, 1)
        known = at >= 0
        return Taste(at[known], weights[known], found.often[known], found.times[known], found.last[known])

    def scores(self, taste: Taste | None) -> np.ndarray:
        """Return the score of every item, float32 [items]; without a taste, what sells now."""
        total = self.facts["trend"] * self.trend if taste is not None and self.method != "popular" else self.trend
        if taste is None or self.method == "popular" or not len(taste.items):
            return total.astype(np.float32)
        starts = self.near.indptr
        rows = [slice(starts[j], starts[j + 1]) for j in taste.items]
        columns = np.concatenate([self.near.indices[row] for row in rows])
        values = np.concatenate([w * self.near.data[row] for w, row in zip(taste.weights, rows, strict=True)])
        return (total + np.bincount(columns, values, minlength=len(self.items))).astype(np.float32)

    def because(self, taste: Taste, item: int) -> tuple[list[tuple[int, float]], float]:
        """Return the owned items that made an item's score, strongest first, and the part of what sells now: exact summands."""
        if self.method == "popular":
            return [], float(self.trend[item])
        parts = np.asarray(self.near[taste.items, np.full(len(taste.items), item)]).ravel() * taste.weights
        order = np.lexsort((taste.items, -parts))
        found = [(int(taste.items[i]), float(parts[i])) for i in order if parts[i]]
        return found, float(self.facts["trend"] * self.trend[item])

    def best(self, taste: Taste | None, n: int, exclude_seen: bool = True) -> list[tuple[int, float]]:
        """Return up to `n` (item, score), best first; equal scores by what sells, then by item."""
        if taste is None:
            return [(int(i), float(self.trend[i])) for i in self._popular[:n]]
        scores = self.scores(taste)
        if exclude_seen:
            scores[taste.items] = -np.inf
        n = min(n, int(np.isfinite(scores).sum()))
        if n < len(scores):
            least = np.partition(scores, len(scores) - n)[len(scores) - n] if n else np.inf
            chosen = np.flatnonzero(scores >= least)
        else:
            chosen = np.arange(len(scores))
        order = np.lexsort((chosen, -self.buyers[chosen], -scores[chosen]))[:n]
        return [(int(i), float(scores[i])) for i in chosen[order]]

    def recommend(self, users: Iterable[Any], n: int = 10, exclude_seen: bool = True, personalised: bool = True) -> pd.DataFrame:
        """Return user, item, rank (from 1), score, why: the owned items that gave most, as (item, part of the score) pairs.

        Unknown users get what sells now, with an empty `why`. `personalised=False` gives everybody that one list and reads no
        history, not even to leave out what somebody owns. Raises `AdwrightError`: ``bad-n``.
        """
        import pandas as pd

        _check(n)
        rows = []
        for user in [users] if isinstance(users, str) else users:
            taste = self.taste(user) if personalised else None
            for rank, (item, score) in enumerate(self.best(taste, n, exclude_seen), 1):
                owned = self.because(taste, item)[0] if taste is not None else []
                why = [(self.items[j], part) for j, part in owned[:REASONS] if part > 0]
                rows.append((user, self.items[item], rank, score, why))
        return pd.DataFrame(rows, columns=["user", "item", "rank", "score", "why"])

    def explain(self, user: Any, item: Any) -> pd.DataFrame:
        """Return every summand of a score: because (an owned item, or None for what sells now) and part.

        Raises `AdwrightError`: ``unknown-user``, ``unknown-item``.
        """
        import pandas as pd

        taste = self.taste(user)
        if taste is None:
            raise _unknown("user", user)
        if item not in self.at:
            raise _unknown("item", item)
        owned, trend = self.because(taste, self.at[item])
        rows = [(self.items[j], part) for j, part in owned] + [(None, trend)]
        return pd.DataFrame(rows, columns=["because", "part"])

    def again(self, users: Iterable[Any], n: int = 10) -> pd.DataFrame:
        """Return what users buy again: user, item, rank, score (orders, each worth exp(-age / 365)), times, since and interval in days.

        `interval` is the item's usual gap between two orders of one customer; NaN where too few bought twice. It is told, not
        used for the order: on public data frequency alone ranked better.
        """
        import pandas as pd

        _check(n)
        rows = []
        for user in [users] if isinstance(users, str) else users:
            taste = self.taste(user)
            for rank, (item, score, times, since) in enumerate(repeats(taste, n) if taste else [], 1):
                rows.append((user, self.items[item], rank, score, times, since, float(self.interval[item])))
        return pd.DataFrame(rows, columns=["user", "item", "rank", "score", "times", "since", "interval"])

    def save(self, path: str | Path, customers: bool = True) -> Path:
        """Write safetensors and a JSON manifest; without `customers` no history of anybody is written. Raises ``model-not-saved``."""
        arrays = {
            "indptr": self.near.indptr.astype(np.int64),
            "indices": self.near.indices.astype(np.int32),
            "data": self.near.data.astype(np.float32),
            "trend": self.trend,
            "buyers": self.buyers,
            "interval": self.interval,
        }
        facts = {"items": self.items, **self.facts}
        if customers:
            facts["users"] = self.users
            arrays["bounds"] = self._bounds
            arrays |= {f"taste_{name}": part for name, part in self._tastes._asdict().items()}
        return seal(path, KIND, facts, arrays)

    @classmethod
    def load(cls, path: str | Path) -> Recommender:
        """Read a saved recommender; raises ``no-model`` or ``damaged-model``."""
        from scipy.sparse import csr_matrix

        facts, arrays = unseal(path, KIND)
        items, users = facts.pop("items"), facts.pop("users", [])
        near = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), (len(items), len(items)))
        model = cls(items, near, arrays["trend"], arrays["buyers"], arrays["interval"], facts)
        if users:
            model.users, model._rows = users, {user: i for i, user in enumerate(users)}
            model._bounds = arrays["bounds"]
            model._tastes = Taste(*(arrays[f"taste_{name}"] for name in Taste._fields))
        return model


def repeats(taste: Taste, n: int) -> list[tuple[int, float, int, float]]:
    """Return (item, score, orders, days since) of what was bought in two orders or more, most usual first."""
    at = np.flatnonzero(taste.times >= 2)
    order = at[np.lexsort((taste.items[at], taste.since[at], -taste.often[at]))][:n]
    return [(int(taste.items[i]), float(taste.often[i]), int(taste.times[i]), float(taste.since[i])) for i in order]


def _check(n: int) -> None:
    if n < 1:
        raise AdwrightError(
            both(f"要推荐的件数是 {n}。", f"The number to recommend is {n}."),
            both("请给 1 或更大的数。", "Ask for 1 or more."),
            code="bad-n",
        )


def _unknown(what: str, id_: Any) -> AdwrightError:
    zh = "顾客" if what == "user" else "商品"
    return AdwrightError(
        both(f"购买记录里没有{zh} {id_}。", f"The purchases hold no {what} {id_}."),
        both("请检查编号。", "Check the id."),
        code=f"unknown-{what}",
    )
