"""A group as a rule that a person can read and anybody can apply: a decision tree of depth 3, in round natural units.

The tree (scikit-learn, one group against the rest) grows on the sample; its bounds are rounded, comparisons that say nothing are
dropped, and the branches that find the group are joined while that helps. How good the rule is, is then counted over all
customers by the engine: `recall` (found of the group), `precision` (of those found, in the group) and `fidelity`, their
harmonic mean: "nobody" would agree with nine in ten customers about a group of a tenth, and describe nothing.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from ...data.portrait import Condition
from .naming import feature_kind
from .sample import Sample
from .sources import Engine, Table

DEPTH = 3
LEAST_FIDELITY = 0.85
BRANCHES = 2
# Who never bought is further away in time than anybody.
NEVER = 1e6
LATE = ("recency_days", "idle_days")


def grow(sample: Sample, k: int, seed: int) -> list[list[list[Condition]]]:
    """Return per group the branches of its rule; empty where the tree finds none."""
    plain = [c for c in sample.columns if c != "bought" and not c.startswith("term_")] or list(sample.columns)
    unknown = {c: _unknown(sample, c) for c in plain}
    data = _filled(sample, unknown)
    found = []
    for j in range(k):
        member = sample.labels == j
        # Returns are the last thing a marketer would sort by: only where nothing else says it.
        tries = [[c for c in plain if c != "refunds"], plain] if "refunds" in plain and len(plain) > 1 else [plain]
        best: list[list[Condition]] = []
        for columns in tries:
            grown = _branches(data, member, columns, unknown, seed)
            if _fidelity(data, member, grown) > _fidelity(data, member, best):
                best = grown
            if _fidelity(data, member, best) >= LEAST_FIDELITY:
                break
        found.append(best)
    return found


def counted_here(sample: Sample, rules: list[list[list[Condition]]]) -> list[tuple[float, float, float]]:
    """Apply every rule to the customers of a sample; return fidelity, recall and precision per group."""
    data = _filled(sample, {c: _unknown(sample, c) for c in sample.columns})
    found = []
    for j, any_of in enumerate(rules):
        member, hit = sample.labels == j, _found(data, any_of)
        found.append(scores(int((hit & member).sum()), int(hit.sum()), int(member.sum())))
    return found


def _filled(sample: Sample, unknown: dict[str, float]) -> dict[str, np.ndarray]:
    return {c: np.where(np.isnan(v := sample.values[:, sample.columns.index(c)]), fill, v) for c, fill in unknown.items()}


def _found(data: dict[str, np.ndarray], any_of: list[list[Condition]]) -> np.ndarray:
    none = np.zeros(len(next(iter(data.values()))), bool)
    return reduce(np.logical_or, [_mask(data, path) for path in any_of], none)


def _fidelity(data: dict[str, np.ndarray], member: np.ndarray, any_of: list[list[Condition]]) -> float:
    found = _found(data, any_of)
    return scores(int((found & member).sum()), int(found.sum()), int(member.sum()))[0]


def _mask(data: dict[str, np.ndarray], path: list[Condition]) -> np.ndarray:
    every = np.ones(len(next(iter(data.values()))), bool)
    return reduce(np.logical_and, [(data[c.column] > c.value) == c.above for c in path], every)


def _unknown(sample: Sample, column: str) -> float:
    """What an unknown value counts as: never bought is late, no order is worth nothing, anything else is average."""
    if column in LATE:
        return NEVER
    values = sample.values[:, sample.columns.index(column)]
    return 0.0 if feature_kind(column) in ("money", "count") or np.isnan(values).all() else round(float(np.nanmean(values)), 6)


def _branches(
    data: dict[str, np.ndarray], member: np.ndarray, columns: list[str], unknown: dict[str, float], seed: int
) -> list[list[Condition]]:
    from sklearn.tree import DecisionTreeClassifier

    if not 0 < member.sum() < len(member):
        return []
    least = max(2, len(member) // 200)
    tree: Any = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=seed)
    tree = tree.fit(np.column_stack([data[c] for c in columns]), member).tree_
    paths: list[list[Condition]] = []

    def walk(node: int, path: list[Condition]) -> None:
        if tree.children_left[node] < 0:
            inside = tree.value[node][0]
            if len(inside) > 1 and inside[1] > inside[0]:
                paths.append(path)
            return
        column = columns[tree.feature[node]]
        bound = _round(column, float(tree.threshold[node]))
        for child, above in ((tree.children_left[node], False), (tree.children_right[node], True)):
            walk(int(child), [*path, Condition(column=column, above=above, value=bound, unknown=unknown[column])])

    walk(0, [])
    return _best(data, member, [_joined(path) for path in _merged(paths)])


def _merged(paths: list[list[Condition]]) -> list[list[Condition]]:
    """Join branches that differ in the direction of a single comparison: it does not matter then."""
    for i, one in enumerate(paths):
        for other in paths[i + 1 :]:
            mine = [c for c in one if c not in other]
            theirs = [c for c in other if c not in one]
            if len(mine) == len(theirs) == 1 and mine[0] == theirs[0].model_copy(update={"above": not theirs[0].above}):
                rest = [p for p in paths if p is not one and p is not other]
                return _merged([*rest, [c for c in one if c is not mine[0]]])
    return [path for path in paths if path]


def _joined(path: list[Condition]) -> list[Condition]:
    """Keep the tightest bound of each column and direction."""
    kept: dict[tuple[str, bool], Condition] = {}
    for c in path:
        key = (c.column, c.above)
        if key not in kept or (c.value > kept[key].value) == c.above:
            kept[key] = c
    return list(kept.values())


def _best(data: dict[str, np.ndarray], member: np.ndarray, paths: list[list[Condition]]) -> list[list[Condition]]:
    """Take branches, the one that finds most first, as long as fidelity rises."""
    masks = [_mask(data, path) for path in paths]
    order = sorted(range(len(paths)), key=lambda i: (-int((masks[i] & member).sum()), i))
    chosen: list[int] = []
    union, best = np.zeros(len(member), bool), 0.0
    for i in order[:BRANCHES]:
        trial = union | masks[i]
        score = scores(int((trial & member).sum()), int(trial.sum()), int(member.sum()))[0]
        if score > best + 0.01:
            chosen, union, best = [*chosen, i], trial, score
    return [paths[i] for i in chosen]


def scores(hits: int, found: int, members: int) -> tuple[float, float, float]:
    """Return fidelity, recall, precision of a rule that finds `found` customers, `hits` of them among the group's `members`.

    Example:
        >>> scores(8, 10, 8)
        (0.888889, 1.0, 0.8)
    """
    recall = hits / members if members else 0.0
    precision = hits / found if found else 0.0
    fidelity = 2 * hits / (found + members) if found + members else 0.0
    return round(fidelity, 6), round(recall, 6), round(precision, 6)


def _round(column: str, value: float) -> float:
    """Round a bound to what a person would say: whole counts and days, two digits of money, whole percents."""
    kind = feature_kind(column)
    if column in LATE and value > NEVER / 10:
        return NEVER / 2
    if kind == "count":
        return float(np.floor(value))
    if kind == "days":
        return float(round(value))
    if kind == "rate":
        return round(value, 2)
    if value == 0:
        return 0.0
    digits = 2 if kind == "money" else 3
    return float(f"{value:.{digits}g}")


def counted(engine: Engine, features: Table, labels: Table, rules: list[list[list[Condition]]]) -> list[tuple[float, float, float]]:
    """Apply every rule to every customer in the engine, one aggregate query; return fidelity, recall and precision per group."""
    import ibis

    joined = features.join(labels, "user_id")
    wanted: dict[str, Any] = {}
    for j, any_of in enumerate(rules):
        holds = ibis.or_(*(matches(joined, path) for path in any_of)) if any_of else ibis.literal(False)
        wanted |= {
            f"hit_{j}": joined.count(where=holds & (joined.label == j)),
            f"found_{j}": joined.count(where=holds),
            f"all_{j}": joined.count(where=joined.label == j),
        }
    row = engine.arrow(joined.agg(**wanted)).to_pylist()[0]
    return [scores(row[f"hit_{j}"], row[f"found_{j}"], row[f"all_{j}"]) for j in range(len(rules))]


def matches(features: Table, path: list[Condition]) -> Any:
    """Return the expression that holds for customers who meet all conditions of a branch."""
    import ibis

    parts: list[Any] = [ibis.literal(True)]
    for c in path:
        value: Any = features[c.column].cast("float64")
        value = ibis.ifelse(value.isnull() | value.isnan(), c.unknown, value)
        parts.append(value > c.value if c.above else value <= c.value)
    return ibis.and_(*parts)
