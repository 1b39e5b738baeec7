"""A group as a rule that a person can read and anybody can apply: a decision tree of depth 3, in round natural units.

The tree (scikit-learn, one group against the rest) grows on the sample; its bounds are rounded, comparisons that say nothing are
dropped, and the branches that find the group are joined while that helps. How good the rule is, is then counted over all
customers by the engine: `recall` (found of the group), `precision` (of those found, in the group) and `fidelity`, their
harmonic mean: "nobody" would agree with nine in ten customers about a group of a tenth, and describe nothing.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import Any

import numpy as np

from ...data.portrait import Condition, Rule
from ...data.words import Words, both
from .naming import NAMES, category_name, feature_kind, feature_name, percent, told
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

    parts = [ibis.literal(True)]
    for c in path:
        value = features[c.column].cast("float64")
        value = ibis.ifelse(value.isnull() | value.isnan(), c.unknown, value)
        parts.append(value > c.value if c.above else value <= c.value)
    return ibis.and_(*parts)


def worded(
    any_of: list[list[Condition]],
    score: tuple[float, float, float],
    currency: str = "",
    categories: list[str] | None = None,
    never: bool = True,
) -> Rule:
    """Return the rule in words; without them, and with a note that says so, where fidelity is under `LEAST_FIDELITY`.

    `never` tells that some customers have never bought, so that "long ago" includes them.
    """
    fidelity, recall, precision = score
    good = bool(any_of) and fidelity >= LEAST_FIDELITY
    if good:
        note = both(
            f"能找出这一类里 {percent(recall)} 的人，找出的人里 {percent(precision)} 属于这一类（吻合度 {percent(fidelity)}）。",
            f"Finds {percent(recall)} of this group; {percent(precision)} of those it finds belong to it (fidelity {percent(fidelity)}).",
        )
    else:
        note = both(
            f"三步以内的简单规则只能做到 {percent(fidelity)} 的吻合度，低于 {percent(LEAST_FIDELITY)}，所以不给规则。",
            f"No simple rule describes this group: the best of three steps reaches a fidelity of {percent(fidelity)}, under {percent(LEAST_FIDELITY)}.",
        )
    parts = [_told(path, currency, categories, never) for path in any_of]
    text = both(
        _spaced("；或者".join("，且".join(words.zh for words in path) for path in parts)),
        "; or ".join(", and ".join(words.en for words in path) for path in parts),
    )
    if not good:
        text = both("", "")
    return Rule(any_of=any_of, fidelity=fidelity, recall=recall, precision=precision, text=_capital(text), note=note)


def _spaced(text: str) -> str:
    """Put the space that stands between Chinese and figures where two phrases meet."""
    return re.sub(r"(且|或者)(?=[\dA-Za-z])", r"\1 ", text)


def _capital(text: Words) -> Words:
    return both(text.zh, text.en[:1].upper() + text.en[1:])


def _told(path: list[Condition], currency: str, categories: list[str] | None, never: bool) -> list[Words]:
    """Word a branch, one phrase per column: a lower and an upper bound make a span."""
    columns = list(dict.fromkeys(c.column for c in path))
    bounds = {column: {c.above: c.value for c in path if c.column == column} for column in columns}
    # Who the text says has ordered has also bought at some time.
    buyers = "frequency" in bounds and bounds["frequency"].get(True, -1) >= 0
    return [
        _phrase(column, bounds[column].get(True), bounds[column].get(False), currency, categories, never and not buyers)
        for column in columns
    ]


def _phrase(column: str, low: float | None, high: float | None, currency: str, categories: list[str] | None, never: bool) -> Words:
    kind = feature_kind(column)
    if column in LATE:
        return _time(column, low, high, never)
    if kind == "count":
        return _count(column, None if low is None else int(low) + 1, None if high is None else int(high))
    # Bounds are whole percents.
    least, most = (f"{x:.0%}" if kind == "rate" and x is not None else told(x, kind, currency) for x in (low, high))
    if column.startswith("cat_"):
        rest = column.removeprefix("cat_")
        called = category_name(categories[int(rest)] if categories else rest)
        zh = (
            f"在{called.zh}的兴趣不超过 {most}"
            if low is None
            else f"{_span_zh(least, most, low, high)} 的兴趣在{called.zh}".replace("以上 的", "以上的")
        )
        return both(zh, f"{_span_en(least, most, low, high)} of their interest in {called.en.lower()}")
    name = feature_name(column, categories)
    subject = name.en if column in NAMES else f"“{name.en}”"
    spans = {"zh": _span_zh(least, most, low, high), "en": _span_en(least, most, low, high)}
    return both(f"{name.zh}{' ' if low is not None else ''}{spans['zh']}", f"{subject} {spans['en']}")


def _span_zh(least: str, most: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{least} 至 {most}"
    return f"{least} 以上" if low is not None else f"不超过 {most}"


def _span_en(least: str, most: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{least} to {most}"
    return f"over {least}" if low is not None else f"up to {most}"


def _time(column: str, low: float | None, high: float | None, never: bool) -> Words:
    act = both("购买", "order") if column == "recency_days" else both("到访", "visit")
    if low == NEVER / 2:
        return both("从未购买", "never ordered") if column == "recency_days" else both("从未到访", "never visited")
    if high == NEVER / 2:
        high = None
        if low is None:
            return both("买过", "has ordered") if column == "recency_days" else both("来过", "has visited")
        never = False
    if low is None:
        return both(f"最近一次{act.zh}在 {high:,.0f} 天内", f"last {act.en} within {high:,.0f} days")
    if high is not None:
        return both(f"最近一次{act.zh}在 {low:,.0f} 至 {high:,.0f} 天前", f"last {act.en} {low:,.0f} to {high:,.0f} days ago")
    late = both("，或从未购买", " or never") if never and column == "recency_days" else both("", "")
    return both(f"超过 {low:,.0f} 天没有{act.zh}{late.zh}", f"last {act.en} over {low:,.0f} days ago{late.en}")


COUNTED = {
    "frequency": (both("下过", "ordered"), "单", both("没有下过单", "never ordered")),
    "views": (both("浏览过商品", "viewed products"), "次", both("没有浏览过商品", "never viewed a product")),
    "searches": (both("搜索过", "searched"), "次", both("没有搜索过", "never searched")),
    "carts": (both("加购过", "filled the cart"), "次", both("没有加购过", "never filled the cart")),
    "refunds": (both("退过货", "returned goods"), "笔", both("没有退过货", "never returned anything")),
}


def _count(column: str, least: int | None, most: int | None) -> Words:
    verb, unit, none = COUNTED[column]
    if least is not None and most is not None:
        if least == most:
            return both(f"{verb.zh} {least:,} {unit}", f"{verb.en} {_times(least)}")
        return both(f"{verb.zh} {least:,} 至 {most:,} {unit}", f"{verb.en} {least:,} to {most:,} times")
    if least is not None:
        return both(f"{verb.zh} {least:,} {unit}以上", f"{verb.en} {_times(least)} or more")
    if not most:
        return none
    return both(f"{verb.zh}不超过 {most:,} {unit}", f"{verb.en} at most {_times(most)}")


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"
