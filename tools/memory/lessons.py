"""What set the better campaigns of a shop apart: offers, festivals, audiences, headlines, held against chance and cited.

Two groups of campaigns are compared by the logarithm of their shrunk ROAS (Welch 1947), of several channels each within its own channel.
A difference is told only where its interval stays on one side at 5 % over all comparisons made (Bonferroni). It says what went together in
the past, not what causes what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import exp, log, sqrt
from statistics import fmean
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
    """One comparison that is beyond chance: its words, the ratio of ROAS and the best campaigns on the better side.

    `key` names what was compared, `does` is whether the better side is the one that has it; `least` is the lower end of the ratio, `n`
    how many campaigns stand on the better and the other side.
    """

    text: Words
    ratio: float
    ids: list[str]
    key: str
    does: bool
    least: float
    n: tuple[int, int]


_NUMBER = re.compile(r"\d")
_AIMED = re.compile(r"女|男|\bwomen\b|\bmen\b|\bmothers?\b", re.IGNORECASE)
TESTS: dict[str, tuple[Words, Words, Test]] = {
    "offer": (both("带优惠的", "with an offer"), both("不带优惠的", "without one"), lambda row: bool(row.get("offer"))),
    "festival": (both("赶上节日的", "over a festival"), both("平日的", "on ordinary days"), lambda row: _festive(row)),
    "number": (both("标题带数字的", "with a number in the headline"), both("标题不带数字的", "without one"), lambda row: bool(_NUMBER.search(row.get("headline") or ""))),
    "gender": (both("只投一个性别的", "aimed at one gender"), both("不限性别的", "aimed at everyone"), lambda row: bool(_AIMED.search(row.get("audience") or ""))),
    "length": (both("投放两周以上的", "that ran for two weeks or more"), both("更短的", "shorter ones"), lambda row: _days(row) >= 14),
}  # fmt: skip


def lessons(found: Sequence[tuple[Document, Outcome]], looks: int = 1) -> list[Lesson]:
    """Return lessons over campaigns that ended with a known return, the largest difference first.

    `looks` is over how many such sets the same questions are asked: the more, the surer each answer has to be.

    Example:
        >>> lessons([])
        []
    """
    from scipy.stats import t as student

    known = [(d, log(max(o.roas, 1e-6))) for d, o in found if d.kind == "campaign" and o.roas is not None]
    channels = {d.channel for d, _ in known}
    usual = {channel: fmean(score for d, score in known if d.channel == channel) for channel in channels}
    known = [(d, score - usual[d.channel]) for d, score in known]
    told = []
    for key, (better, worse, test) in TESTS.items():
        groups: tuple[list[tuple[Document, float]], list[tuple[Document, float]]] = ([], [])
        for pair in known:
            groups[0 if test(pair[0].row) else 1].append(pair)
        if min(map(len, groups)) < LEAST:
            continue
        means, spreads = zip(*(_moments([score for _, score in group]) for group in groups), strict=True)
        error = sqrt(sum(spreads))
        freedom = sum(spreads) ** 2 / sum(s**2 / (len(g) - 1) for s, g in zip(spreads, groups, strict=True) if s) if error else 1.0
        gap = means[0] - means[1]
        wide = float(student.ppf(1 - ERROR / 2 / len(TESTS) / looks, freedom)) * error
        if abs(gap) <= wide:
            continue
        first = 0 if gap > 0 else 1
        names = (better, worse) if first == 0 else (worse, better)
        ids = [d.id for d, _ in sorted(groups[first], key=lambda pair: (-pair[1], pair[0].id))[:CITED]]
        n = (len(groups[first]), len(groups[1 - first]))
        text = _words(names, n, exp(abs(gap)), ids, len(channels) > 1)
        told.append(Lesson(text, exp(abs(gap)), ids, key, first == 0, exp(abs(gap) - wide), n))
    return sorted(told, key=lambda lesson: -lesson.ratio)


def _words(names: tuple[Words, Words], n: tuple[int, int], ratio: float, ids: list[str], within: bool) -> Words:
    more = f"{ratio - 1:.0%}"
    same = both("同渠道相比，", "within the same channel, ") if within else both("", "")
    return both(
        f"{same.zh}{names[0].zh} {n[0]} 次，ROAS 比{names[1].zh} {n[1]} 次高约 {more}（如 {'、'.join(ids)}）",
        f"{same.en}the {n[0]} {names[0].en} returned about {more} more per unit of spend than the {n[1]} {names[1].en} (e.g. {', '.join(ids)})",
    )


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
