"""Grows boosted trees on encoded fields with LightGBM, and turns them into flat arrays (`forest`) that need no LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .encoding import sigmoid
from .forest import SMALL, Forest


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
        np.array([s[2] for s in splits], np.uint8 if all(s[2] < 1 << (SMALL - 1) for s in splits) else np.uint16),
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
# A compact forest grows in steps until it adds no more than `ALIKE` to the log loss (as a share of it), and serves where it adds no
# more than `MOST_LOSS`. Its trees are small enough for words of one byte, which is what makes it quick.
ALIKE, MOST_LOSS = 3e-3, 1e-2
COMPACT = (40, 40, 40, 40)
STUDENT = {"objective": "regression", "num_leaves": 8, "min_data_in_leaf": 20, "learning_rate": 0.2, "lambda_l2": 0.0, "bagging_freq": 0}
# Rows that a compact forest learns from, where there are fewer than that: rows mixed of two, this share of them from the other one.
ENOUGH, MIXED = 100_000, 0.15


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
    for tree, given in enumerate(forest.each(forest.answers(x))):
        z = z + given
        out[:, tree] = z
    return out


def grow(x: np.ndarray, y: np.ndarray, setting: dict[str, Any], rounds: int, start: np.ndarray | None, seed: int) -> Any:
    """Grow a fixed number of trees."""
    import lightgbm as lgb

    return lgb.train(SETTINGS | setting | {"seed": seed}, lgb.Dataset(x.T, y, init_score=start), rounds)


def compact(forest: Forest, x: np.ndarray, start: np.ndarray | None, seed: int) -> tuple[Forest, dict[str, float]]:
    """Learn a forest's own logits with few small trees (Bucila et al. 2006); returns them, or the whole one when that costs too much.

    `x` are rows as trees read them, `start` the logits that the forest goes on from. What is learnt is also asked on mixed rows, whose
    logits the forest tells without labels. The cost is the mean Kullback-Leibler divergence from the whole forest on rows that
    the small one did not learn from, as a share of the log loss.
    """
    import lightgbm as lgb

    generator = np.random.default_rng(seed)
    whole = forest.logits(x)
    before = np.zeros(x.shape[1]) if start is None else start
    held = generator.random(x.shape[1]) < 0.2
    p = np.clip(sigmoid(before + whole)[held], 1e-7, 1 - 1e-7)
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).mean()
    told = {"of": len(forest.first_split), "trees": len(forest.first_split), "loss": 0.0}
    if len(forest.first_split) <= COMPACT[0]:
        return forest, told
    rows, logits, starts = x[:, ~held], whole[~held], before[~held]
    if rows.shape[1] < ENOUGH:
        other = rows[:, generator.permutation(rows.shape[1])]
        mixed = np.where(generator.random(rows.shape) < MIXED, other, rows)
        rows = np.concatenate([rows, mixed], axis=1)
        logits, starts = np.concatenate([logits, forest.logits(mixed)]), np.concatenate([starts, starts])
    q = sigmoid(starts + logits)
    # The divergence is, to second order, the squared difference of the logits times the variance of the outcome.
    learner = lgb.Booster(SETTINGS | STUDENT | {"seed": seed}, lgb.Dataset(rows.T, logits, weight=np.maximum(q * (1 - q), 1e-6)))
    rounds = 0
    learnt, loss = forest, np.inf
    for more in COMPACT:
        for _ in range(more):
            learner.update()
        rounds += more
        learnt = flatten([learner], [rounds])
        q = np.clip(sigmoid(before[held] + learnt.logits(x[:, held])), 1e-7, 1 - 1e-7)
        loss = float((p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).mean() / entropy)
        if loss <= ALIKE:
            break
    return (learnt, told | {"trees": rounds, "loss": loss}) if loss <= MOST_LOSS else (forest, told)
