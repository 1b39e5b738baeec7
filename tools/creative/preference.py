"""What a shop's people prefer in copy, learned from drafts they compared two by two.

Bradley and Terry's model (1952) on what can be seen of a text, not on single drafts: a logistic regression on the difference of
two drafts' features, ridge 1, an equal counting as half a win each way. It picks among drafts only from `ENOUGH` comparisons on and
only where, left out one at a time, they are foretold better than by chance. Not covered: which copy sells; that is the CTR's matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.drafts import Comparison, Drafts
from ...data.plan import Creative
from ...data.words import Words, both

if TYPE_CHECKING:
    from ...data.workspace import Workspace

ENOUGH = 20
RIDGE = 1.0
FEATURES: dict[str, Words] = {
    "length": both("文字更长", "longer texts"),
    "headline": both("标题更长", "longer headlines"),
    "facts": both("事实更多", "more facts"),
    "number": both("标题带数字", "a number in the headline"),
    "question": both("带提问", "a question"),
    "price": both("写明价格", "the price named"),
    "you": both("直接称呼读者", "the reader addressed"),
    "list": both("分条列出", "facts as a list"),
    "past": both("旧广告的句式", "worded as past ads"),
    "model": both("模型撰写", "written by a model"),
}


@dataclass(frozen=True)
class Preference:
    """Weights of `FEATURES` with their standard errors, the comparisons behind them, and how many were foretold when left out."""

    weights: np.ndarray
    errors: np.ndarray
    scale: np.ndarray
    compared: int
    decided: int
    foretold: int

    @property
    def holds(self) -> bool:
        """Whether there are enough comparisons, and what was left out was foretold better than by chance (one standard error)."""
        return self.compared >= ENOUGH and self.foretold > self.decided / 2 + self.decided**0.5 / 2

    def score(self, creative: Creative) -> float:
        """How much a draft would be preferred, in log odds against an average one; only differences mean anything."""
        return float(np.dot(seen(creative) / self.scale, self.weights))

    def best(self, drafts: Sequence[Creative], n: int) -> list[Creative]:
        """The `n` drafts that would be preferred, in their own order."""
        kept = sorted(sorted(range(len(drafts)), key=lambda i: -self.score(drafts[i]))[:n])
        return [drafts[i] for i in kept]

    def liked(self) -> list[tuple[Words, float, float]]:
        """Features whose weight is further from zero than two standard errors: name, log odds per usual difference, error."""
        rows = [(FEATURES[name], float(w), float(e)) for name, w, e in zip(FEATURES, self.weights, self.errors, strict=True)]
        return sorted((row for row in rows if abs(row[1]) > 2 * row[2]), key=lambda row: -abs(row[1]))

    def told(self) -> Words:
        """One sentence: by how many comparisons the drafts were chosen, and what they favour."""
        named = [(words, weight) for words, weight, _ in self.liked()[:2]]
        zh = "、".join(f"{'偏好' if w > 0 else '不喜欢'}{words.zh}" for words, w in named)
        en = ", ".join(f"{'for' if w > 0 else 'against'} {words.en}" for words, w in named)
        return both(
            f"这些文案按你比较过的 {self.compared} 组挑选{f'（{zh}）' if zh else ''}。",
            f"Chosen by the {self.compared} pairs you compared{f' ({en})' if en else ''}.",
        )


def preference(workspace: Workspace) -> Preference | None:
    """What the shop's comparisons say, where they are enough to choose by; else None."""
    found = learned(Drafts(workspace).comparisons())
    return found if found and found.holds else None


def learned(comparisons: Sequence[Comparison]) -> Preference | None:
    """Fit the comparisons; None when fewer than four were decided."""
    decided = [c for c in comparisons if c.verdict != "equal"]
    if len(decided) < 4:
        return None
    rows = np.array([seen(c.first) - seen(c.second) for c in comparisons])
    won = np.array([{"first": 1.0, "second": 0.0, "equal": 0.5}[c.verdict] for c in comparisons])
    scale = np.sqrt((rows**2).mean(axis=0))
    scale[scale == 0] = 1.0
    x = rows / scale
    weights, errors = _fit(x, won)
    foretold = 0
    for i in np.flatnonzero(won != 0.5):
        others = np.arange(len(won)) != i
        near, _ = _fit(x[others], won[others])
        foretold += bool((x[i] @ near > 0) == (won[i] == 1.0)) and bool(x[i] @ near != 0)
    return Preference(weights, errors, scale, len(comparisons), len(decided), foretold)


def _fit(x: np.ndarray, won: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ridge logistic regression without intercept by Newton's method; weights and their standard errors, [features] each."""
    weights = np.zeros(x.shape[1])
    curve = np.eye(x.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-x @ weights))
        curve = (x.T * (chance * (1 - chance))) @ x + RIDGE * np.eye(x.shape[1])
        step = np.linalg.solve(curve, x.T @ (won - chance) - RIDGE * weights)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights, np.sqrt(np.diag(np.linalg.inv(curve)))


def seen(creative: Creative) -> np.ndarray:
    """What a person sees of a draft, in the order of `FEATURES`, float64."""
    texts = [item for item in creative.copy_fields if item.field != "cta"]
    whole = "\n".join(item.text for item in texts)
    head = next((item.text for item in texts if item.field == "headline"), whole[:40])
    return np.array(
        [
            np.log1p(len(whole)),
            np.log1p(len(head)),
            min(len(creative.facts_used), 6),
            bool(re.search(r"\d", head)),
            bool(re.search(r"[?？]", whole)),
            bool(re.search(r"[¥￥$€£]\s?\d|\d\s?元", whole)),
            bool(re.search(r"你|您|\byou", whole, re.IGNORECASE)),
            bool(re.search(r"^(?:[·✓▪•-] |\S{1,8}[｜:：] ?)", whole, re.MULTILINE)),
            creative.author == "past",
            creative.author == "model",
        ],
        dtype=np.float64,
    )


def report(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """What the comparisons show, as plain JSON: counts, wins by author, share foretold when left out, features with two standard errors."""
    wins: dict[str, list[float]] = {}
    for one in comparisons:
        points = {"first": 1.0, "second": 0.0, "equal": 0.5}[one.verdict]
        if one.first.author != one.second.author:
            wins.setdefault(one.first.author, []).append(points)
            wins.setdefault(one.second.author, []).append(1 - points)
    found = learned(comparisons)
    return {
        "compared": len(comparisons),
        "equal": sum(one.verdict == "equal" for one in comparisons),
        "wins": {author: [round(sum(points), 1), len(points)] for author, points in sorted(wins.items())},
        "foretold": round(found.foretold / found.decided, 3) if found else None,
        "used": bool(found and found.holds),
        "liked": [[name.model_dump(), round(weight, 2), round(error, 2)] for name, weight, error in (found.liked() if found else [])],
    }
