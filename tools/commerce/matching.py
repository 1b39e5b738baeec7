"""Which entry of a store of answers a customer's question is about, and how surely.

A question and every wording of an entry are sets of terms: words, pairs of Chinese characters and concepts (``service.toml``: words that
mean one thing in either language). Likeness is Dice over inverse document frequencies; terms that the store never uses count against it.
Thresholds were chosen on the first half of our own pairs. No language model is needed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from math import log
from typing import Any, NamedTuple

import numpy as np

from ..memory.tokens import fold, tokenise

# A concept says more than a word, and a word the store never uses speaks against a match.
CONCEPT, UNKNOWN = 2.0, 0.5
# Words of asking in general say little by themselves.
FAINT = frozenset({"c:beg", "c:possible", "c:how", "c:much", "c:when"})
FAINTNESS = 0.4
# So much of an answer's beginning says what it is about.
HEARD = 400
# Least likeness for an answer, with a concept in common and with words alone.
SURE_OF_CONCEPT, SURE_OF_WORDS = 0.32, 0.51


class Match(NamedTuple):
    """The place of the best entry, how alike it is (0..1), and whether they have a concept in common; `sure`: good enough to be answered."""

    place: int
    score: float
    meant: bool

    @property
    def sure(self) -> bool:
        """Whether an answer may be given."""
        return self.score >= (SURE_OF_CONCEPT if self.meant else SURE_OF_WORDS)


@cache
def lore() -> dict[str, Any]:
    """Return ``service.toml`` with its patterns compiled."""
    raw = tomllib.loads(files(str(__package__)).joinpath("service.toml").read_text(encoding="utf-8"))
    return {part: {name: re.compile(regex) for name, regex in table.items()} for part, table in raw.items() if isinstance(table, dict)}


def terms(text: str) -> set[str]:
    """Return words, character pairs and concepts of a text.

    Example:
        >>> sorted(t for t in terms("who pays the return postage?") if t.startswith("c:"))
        ['c:giveback', 'c:payer', 'c:postage']
    """
    plain = fold(text)
    return {*tokenise(plain), *(f"c:{name}" for name, pattern in lore()["concepts"].items() if pattern.search(plain))}


class Matcher:
    """Matches questions to entries; `wordings[i]` are the ways to ask for entry i, `answers[i]` what it says.

    Example:
        >>> Matcher([["when do you ship?"], ["do you take cards?"]], ["Same day.", "Yes."]).best("how soon is it dispatched?").place
        0
    """

    def __init__(self, wordings: Sequence[Sequence[str]], answers: Sequence[str]) -> None:
        asks = [(i, terms(wording)) for i, some in enumerate(wordings) for wording in some]
        self._entry = np.array([i for i, _ in asks], dtype=np.int64)
        self._count = len(wordings)
        held = [set[str]() for _ in wordings]
        for i, own in asks:
            held[i] |= own
        spoken = [own | set(tokenise(answer[:HEARD])) for own, answer in zip(held, answers, strict=True)]
        seen: dict[str, int] = {}
        for own in spoken:
            for term in own:
                seen[term] = seen.get(term, 0) + 1
        self._weight = {term: _kind(term) * log(1 + self._count / n) for term, n in seen.items()}
        self._concepts = [{t for t in own if t.startswith("c:")} - FAINT for own in held]
        self._unknown = UNKNOWN * log(1 + self._count)
        self._sums = np.array([sum(self._weight[t] for t in own) for _, own in asks])
        self._posts = _postings([own for _, own in asks])
        self._spoken = _postings(spoken)

    def best(self, question: str) -> Match | None:
        """Return the best entry for a question, or None where nothing is shared."""
        if not self._count or not len(self._entry):
            return None
        own = terms(question)
        total = sum(self._weight.get(t, 0.0 if t.startswith("c:") else self._unknown) for t in own)
        met, covered = np.zeros(len(self._entry)), np.zeros(self._count)
        for term in own & self._weight.keys():
            if term in self._posts:
                met[self._posts[term]] += self._weight[term]
            covered[self._spoken[term]] += self._weight[term]
        if not covered.any():
            return None
        alike = np.zeros(self._count)
        np.maximum.at(alike, self._entry, 2 * met / (total + self._sums))
        # Wording decides; what the whole entry speaks of settles between wordings that are equally close.
        scores = 0.6 * alike + 0.4 * covered / total
        place = int(scores.argmax())
        return Match(place, round(float(scores[place]), 6), bool(own & self._concepts[place]))


def _kind(term: str) -> float:
    return (CONCEPT * (FAINTNESS if term in FAINT else 1.0)) if term.startswith("c:") else 1.0


def _postings(sets: Sequence[set[str]]) -> dict[str, np.ndarray]:
    found: dict[str, list[int]] = {}
    for i, own in enumerate(sets):
        for term in own:
            found.setdefault(term, []).append(i)
    return {term: np.array(places) for term, places in found.items()}
