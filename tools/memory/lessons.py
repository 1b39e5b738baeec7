"""What set the better campaigns of a shop apart: offers, festivals, audiences, headlines, held against chance and cited.

Two groups of campaigns are compared by the logarithm of their shrunk ROAS (Welch 1947). A difference is told only where its interval stays
on one side at 5 % over all comparisons made (Bonferroni). It says what went together in the past, not what causes what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import log, sqrt
from typing import Any, NamedTuple

from ...data import knowledge
from ...data.words import Words, both
from .documents import Document
from .outcome import Outcome

LEAST = 6
CITED = 3
ERROR = 0.05
Test = Callable[[dict[str, Any]], bool]


class Lesson(NamedTuple):
    """One comparison that is beyond chance: its words, the ratio of ROAS and the best campaigns on the better side."""

    text: Words
    ratio: float
    ids: list[str]


_NUMBER = re.compile(r"\d")
_AIMED = re.compile(r"女|男|\bwomen\b|\bmen\b|\bmothers?\b", re.IGNORECASE)
_TESTS: list[tuple[Words, Words, Test]] = [
    (both("带优惠的", "with an offer"), both("不带优惠的", "without one"), lambda row: bool(row.get("offer"))),
    (both("赶上节日的", "over a festival"), both("平日的", "on ordinary days"), lambda row: _festive(row)),
    (both("标题带数字的", "with a number in the headline"), both("标题不带数字的", "without one"), lambda row: bool(_NUMBER.search(row.get("headline") or ""))),
    (both("只投一个性别的", "aimed at one gender"), both("不限性别的", "aimed at everyone"), lambda row: bool(_AIMED.search(row.get("audience") or ""))),
    (both("投放两周以上的", "that ran for two weeks or more"), both("更短的", "shorter ones"), lambda row: _days(row) >= 14),
]  # fmt: skip


def lessons(found: Sequence[tuple[Document, Outcome]]) -> list[Lesson]:
    """Return lessons over campaigns that ended with a known return, the largest difference first.

    Example:
        >>> lessons([])
        []
    """
    from scipy.stats import t as student

    known = [(d, log(max(o.roas, 1e-6))) for d, o in found if d.kind == "campaign" and o.roas is not None]
    told = []
    for better, worse, test in _TESTS:
        groups: tuple[list[tuple[Document, float]], list[tuple[Document, float]]] = ([], [])
        for pair in known:
            groups[0 if test(pair[0].row) else 1].append(pair)
        if min(map(len, groups)) < LEAST:
            continue
        means, spreads = zip(*(_moments([score for _, score in group]) for group in groups), strict=True)
        error = sqrt(sum(spreads))
        freedom = sum(spreads) ** 2 / sum(s**2 / (len(g) - 1) for s, g in zip(spreads, groups, strict=True) if s) if error else 1.0
        gap = means[0] - means[1]
        if abs(gap) <= float(student.ppf(1 - ERROR / 2 / len(_TESTS), freedom)) * error:
            continue
        first = 0 if gap > 0 else 1
        names = (better, worse) if first == 0 else (worse, better)
        told.append(_lesson(names, groups[first], len(groups[1 - first]), 2.718281828 ** abs(gap)))
    return sorted(told, key=lambda lesson: -lesson.ratio)


def _lesson(names: tuple[Words, Words], better: list[tuple[Document, float]], others: int, ratio: float) -> Lesson:
    ids = [d.id for d, _ in sorted(better, key=lambda pair: (-pair[1], pair[0].id))[:CITED]]
    more = f"{ratio - 1:.0%}"
    text = both(
        f"{names[0].zh} {len(better)} 次，ROAS 比{names[1].zh} {others} 次高约 {more}（如 {'、'.join(ids)}）",
        f"the {len(better)} {names[0].en} returned about {more} more per unit of spend than the {others} {names[1].en} (e.g. {', '.join(ids)})",
    )
    return Lesson(text, ratio, ids)


def _moments(values: list[float]) -> tuple[float, float]:
    """Return mean and squared standard error."""
    mean = sum(values) / len(values)
    return mean, sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values)


def _festive(row: dict[str, Any]) -> bool:
    start = row.get("start")
    return bool(start and knowledge.festivals(start, row.get("end") or start))


def _days(row: dict[str, Any]) -> int:
    start, end = row.get("start"), row.get("end") or row.get("start")
    return (end - start).days + 1 if start else 0
