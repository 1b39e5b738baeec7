"""Boosted trees on encoded fields: trained by LightGBM, scored and explained from flat NumPy arrays.

A tree's leaves are numbered from left to right and every split clears the bits of the leaves it rules out; what is left
after all splits of a tree were asked at once names the leaf (QuickScorer, Lucchese et al. 2015). Drivers are the
path-dependent Shapley values of TreeSHAP (Lundberg et al. 2020), here by Gauss quadrature of the multilinear
extension of each leaf's game, which is exact because the integrand is a polynomial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# Leaves per tree fit into one 16-bit word; FREE[word] is the lowest leaf that the word does not rule out.
LEAVES = 16
_WORDS = np.arange(1 << LEAVES, dtype=np.uint32)
FREE = np.frexp((~_WORDS & (_WORDS + 1)).astype(np.float64))[1].astype(np.int16) - 1
# From this many rows on, whole columns are compared split by split; under it, all splits at once.
MANY = 48


@dataclass
class Forest:
    """Flat trees: per split `feature`, `threshold`, `gone` (leaves that x > threshold rules out); per leaf its `value`.

    ``path_*`` [leaves, depth] are the intervals of the features on the way to a leaf, and the share of rows that follow.
    """

    feature: np.ndarray
    threshold: np.ndarray
    gone: np.ndarray
    first_split: np.ndarray
    value: np.ndarray
    first_leaf: np.ndarray
    path_feature: np.ndarray
    path_low: np.ndarray
    path_high: np.ndarray
    path_share: np.ndarray
    bias: float

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Sum of the leaves of rows x, float32 [features, n] -> float64 [n]."""
        n = x.shape[1]
        if not len(self.first_split):
            return np.full(n, self.bias)
        if n < MANY:
            return self.value[self.first_leaf[:, None] + self.leaves(x)].sum(axis=0) + self.bias
        out = np.full(n, self.bias)
        for _, given in self.each(x):
            out += given
        return out

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """Leaf of every tree, [trees, n]."""
        gone = np.where(x[self.feature] > self.threshold[:, None], self.gone[:, None], np.uint16(0))
        return FREE[np.bitwise_or.reduceat(gone, self.first_split, axis=0)]

    def each(self, x: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Yield every tree's values for many rows: column by column, without a table of rows times splits."""
        n = x.shape[1]
        x = np.ascontiguousarray(x)
        right, word, out = np.empty(n, bool), np.empty(n, np.uint16), np.empty(n, np.uint16)
        ends = [*self.first_split[1:].tolist(), len(self.feature)]
        feature, threshold = self.feature.tolist(), list(self.threshold)
        for tree, (a, b) in enumerate(zip(self.first_split.tolist(), ends, strict=True)):
            out[:] = 0
            for i in range(a, b):
                np.greater(x[feature[i]], threshold[i], out=right)
                np.multiply(right, self.gone[i], out=word)
                np.bitwise_or(out, word, out=out)
            leaf = self.first_leaf[tree]
            yield tree, self.value[leaf : leaf + LEAVES][FREE[out]]

    def drivers(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        """Shapley values [features, n] and the base; base + their sum is `logits`."""
        drivers = np.zeros_like(x, dtype=np.float64)
        share, depth = self.path_share, self.path_share.shape[1]
        base = self.bias + float((self.value * share.prod(axis=1)).sum())
        nodes, weights = np.polynomial.legendre.leggauss(depth // 2 + 1)
        nodes, weights = (nodes + 1) / 2, weights / 2
        for row in range(x.shape[1]):
            seen = x[self.path_feature, row]
            follows = ((seen > self.path_low) & (seen <= self.path_high)).astype(np.float64)
            inner = np.zeros_like(share)
            for t, w in zip(nodes, weights, strict=True):
                factor = share * (1 - t) + follows * t
                inner += w * factor.prod(axis=1, keepdims=True) / factor
            given = (follows - share) * inner * self.value[:, None]
            drivers[:, row] = np.bincount(self.path_feature.ravel(), given.ravel(), len(x))
        return drivers, base

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays, for storing."""
        return {name: np.asarray(value) for name, value in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Forest:
        return cls(**{k: v for k, v in arrays.items() if k != "bias"}, bias=float(arrays["bias"].item()))


def flatten(boosters: list[Any], rounds: list[int]) -> Forest:
    """Turn LightGBM boosters into one forest whose sum is the mean of their raw scores."""
    splits: list[tuple[int, float, int]] = []
    leaves: list[tuple[float, dict[int, list[float]]]] = []
    first_split, first_leaf = [], []
    bias = 0.0
    for booster, kept in zip(boosters, rounds, strict=True):
        for tree in booster.dump_model(num_iteration=kept)["tree_info"]:
            root = tree["tree_structure"]
            if "split_feature" not in root:
                bias += root["leaf_value"] / len(boosters)
                continue
            first_split.append(len(splits))
            first_leaf.append(len(leaves))
            _walk(root, {}, splits, leaves, first_leaf[-1])
    depth = max((len(path) for _, path in leaves), default=1)
    feature = np.zeros((len(leaves), depth), np.int32)
    low, high = np.full(feature.shape, -np.inf), np.full(feature.shape, np.inf)
    share = np.ones(feature.shape)
    for i, (_, path) in enumerate(leaves):
        for j, (f, (a, b, part)) in enumerate(path.items()):
            feature[i, j], low[i, j], high[i, j], share[i, j] = f, a, b, part
    # Features are float32: x > t is the same as x > the largest float32 not above t.
    exact = np.array([s[1] for s in splits], np.float64)
    threshold = exact.astype(np.float32)
    threshold = np.where(threshold > exact, np.nextafter(threshold, np.float32(-np.inf)), threshold).astype(np.float32)
    return Forest(
        np.array([s[0] for s in splits], np.int32),
        threshold,
        np.array([s[2] for s in splits], np.uint16),
        np.array(first_split, np.int64),
        np.array([value / len(boosters) for value, _ in leaves], np.float64),
        np.array(first_leaf, np.int64),
        feature,
        low,
        high,
        share,
        bias,
    )


def _walk(node: dict[str, Any], path: dict[int, list[float]], splits: list[Any], leaves: list[Any], start: int) -> None:
    if "split_feature" not in node:
        leaves.append((float(node["leaf_value"]), path))
        return
    f, threshold = int(node["split_feature"]), float(node["threshold"])
    at = len(splits)
    splits.append((f, threshold, 0))
    rows = max(node["internal_count"], 1)
    low, high, share = path.get(f, [-np.inf, np.inf, 1.0])
    parts = [max(c.get("internal_count", c.get("leaf_count", 0)), 0.5) / rows for c in (node["left_child"], node["right_child"])]
    before = len(leaves)
    _walk(node["left_child"], path | {f: [low, min(high, threshold), share * parts[0]]}, splits, leaves, start)
    gone = sum(1 << (i - start) for i in range(before, len(leaves)))
    splits[at] = (f, threshold, gone)
    _walk(node["right_child"], path | {f: [max(low, threshold), high, share * parts[1]]}, splits, leaves, start)


SETTINGS = {
    "objective": "binary",
    "num_threads": 1,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
    "use_missing": False,
    "max_bin": 127,
    "boost_from_average": True,
    "min_data_in_leaf": 50,
    "learning_rate": 0.05,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
}
MOST = 1500
PATIENCE = 40


@dataclass
class Trial:
    """One setting tried: the booster, its staged logits on the valid rows [n, rounds], and the rounds that fit them best."""

    booster: Any
    staged: np.ndarray
    rounds: int


def search(x: np.ndarray, y: np.ndarray, xv: np.ndarray, yv: np.ndarray, setting: dict[str, Any], start: Any, seed: int) -> Trial:
    """Grow trees until the valid rows stop improving; `start` is (train, valid) logits to go on from, or None."""
    import lightgbm as lgb

    train = lgb.Dataset(x.T, y, init_score=None if start is None else start[0], free_raw_data=True)
    valid = lgb.Dataset(xv.T, yv, reference=train, init_score=None if start is None else start[1])
    booster = lgb.train(SETTINGS | setting | {"seed": seed}, train, MOST, [valid], callbacks=[lgb.early_stopping(PATIENCE, verbose=False)])
    forest = flatten([booster], [booster.best_iteration + PATIENCE])
    return Trial(booster, staged(forest, xv, None if start is None else start[1]), booster.best_iteration)


def staged(forest: Forest, x: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Logits after each tree, [n, trees]."""
    out = np.empty((x.shape[1], len(forest.first_split)))
    z = np.zeros(x.shape[1]) + forest.bias + (0 if start is None else start)
    for tree, given in forest.each(x):
        z = z + given
        out[:, tree] = z
    return out


def grow(x: np.ndarray, y: np.ndarray, setting: dict[str, Any], rounds: int, start: np.ndarray | None, seed: int) -> Any:
    """Grow a fixed number of trees."""
    import lightgbm as lgb

    return lgb.train(SETTINGS | setting | {"seed": seed}, lgb.Dataset(x.T, y, init_score=start), rounds)
