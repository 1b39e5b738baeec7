"""Where the product stands in a sentence: a linear tagger over characters (Chinese) and words (others), numpy only.

Each token is outside, first or inside a product, given whether the one before it is inside; what was read before (sums, days,
channels ...) is one mark. It knows the shape of sentences, not products: in training the products' own letters were often hidden. Trained by `train_tagger.py`;
weights in `tagger.npz`. It judges spans; `products.py` decides.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from ...data.knowledge.goods import listed_goods
from .lexicon import word_list
from .normalise import is_chinese

BUCKETS = 1 << 15
LONGEST = 14
PIECE = re.compile(r"[a-z\u00e0-\u00ff]+(?:['&.+-][a-z\u00e0-\u00ff]+)*|\d+(?:[.,]\d+)*|[^\sa-z\d]")


@dataclass(frozen=True)
class Token:
    """A piece of the text; `kind`: z Chinese, e word, d figure, p mark of writing, m something already read."""

    start: int
    end: int
    word: str
    kind: str


def tokens(text: str, taken: list[bool]) -> list[Token]:
    """Tokens of normalised text; each run of read characters is one mark."""
    found: list[Token] = []
    for m in PIECE.finditer(text):
        if taken[m.start()]:
            if found and found[-1].kind == "m" and not text[found[-1].end : m.start()].strip() and all(taken[found[-1].end : m.start()]):
                found[-1] = Token(found[-1].start, m.end(), "#", "m")
            else:
                found.append(Token(m.start(), m.end(), "#", "m"))
            continue
        word = m.group()
        kind = "z" if is_chinese(word) else "e" if word[0].isalpha() else "d" if word[0].isdigit() else "p"
        found.append(Token(m.start(), m.end(), "0" if kind == "d" else word, kind))
    return found


@cache
def _lists() -> tuple[re.Pattern[str], frozenset[str]]:
    return re.compile("|".join(map(re.escape, word_list("split_zh")))), frozenset(word_list("split_en"))


def flags(text: str, row: list[Token]) -> tuple[list[str], list[str]]:
    """For each token: whether it is in a phrase that is never a product, and its place (b, i, e, s) in listed goods."""
    split, stop = _lists()
    never = ["s" if t.kind == "e" and (t.word in stop or t.word.removesuffix("'s") in stop) else "" for t in row]
    goods = ["" for _ in row]
    at = {t.start: i for i, t in enumerate(row)}
    for m in split.finditer(text):
        for i in range(m.start(), m.end()):
            if i in at:
                never[at[i]] = "s"
    for start, end in listed_goods(text):
        inside = [i for i, t in enumerate(row) if t.start >= start and t.end <= end and t.kind in "ze"]
        for i in inside:
            never[i] = "" if len(inside) > 1 and row[i].kind == "e" else never[i]
            goods[i] = "s" if len(inside) == 1 else "b" if i == inside[0] else "e" if i == inside[-1] else "i"
    return never, goods


def features(row: list[Token], never: list[str], goods: list[str]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Bucket numbers of each token: words around it, their kinds, lists, place in the clause; then those that hold only
    outside a product, and those that hold only inside one (the token before is part of it).
    """
    words = ["^^", "^^", "^^", *(t.word for t in row), "$$", "$$", "$$"]
    kinds = ["^", "^", *(t.kind for t in row), "$", "$"]
    lists = ["", "", *(a + b for a, b in zip(never, goods, strict=True)), "", ""]
    clause, seen, out = 0, False, []
    for i, token in enumerate(row):
        w, k, f = words[i : i + 7], kinds[i : i + 5], lists[i : i + 5]
        ending = token.word[-3:] if token.kind == "e" else ""
        grams = [
            *(f"{j}={w[j]}" for j in range(7)), f"a={w[2]} {w[3]}", f"b={w[3]} {w[4]}", f"c={w[1]} {w[2]}", f"d={w[4]} {w[5]}",
            f"e={w[1]} {w[2]} {w[3]}", f"f={w[0]} {w[1]} {w[2]}", f"g={w[4]} {w[5]} {w[6]}", f"h={w[2]} {w[4]}",
            f"k={''.join(k)}", f"n={f[1]}|{f[2]}|{f[3]}", f"o={f[2]}|{w[2]}", f"q={f[2]}|{w[4]}", f"r={f[2]}{f[3]}{f[4]}", f"R={f[0]}{f[1]}{f[2]}",
            f"s={min(clause, 4)}{seen}{k[2]}", f"t={ending}", f"v={len(row) < 12}{min(clause, 2)}{f[2]}",
        ]  # fmt: skip
        after = [
            "bias", w[3], f"a={w[2]} {w[3]}", f"b={w[3]} {w[4]}", f"c={w[4]}", f"d={w[4]} {w[5]}", f"e={w[3]} {w[4]} {w[5]}", f"f={f[1]}|{f[2]}", f"g={f[2]}|{f[3]}",
            f"h={k[1]}{k[2]}{k[3]}", f"i={f[2]}|{w[3]}", f"t={ending}", f"u={ending}|{f[2]}|{w[4]}",
        ]  # fmt: skip
        out.append((_buckets(grams), _buckets([f"O{g}" for g in after]), _buckets([f"I{g}" for g in after])))
        clause = 0 if token.kind in "pm" else clause + 1
        seen = seen or token.kind == "m"
    return out


def _buckets(grams: list[str]) -> np.ndarray:
    return np.fromiter([zlib.crc32(g.encode()) % BUCKETS for g in grams], dtype=np.int64, count=len(grams))


@cache
def _weights() -> tuple[np.ndarray, np.ndarray]:
    # allow_pickle stays off: the file holds plain arrays only.
    with (files("adwright.agent.planner") / "tagger.npz").open("rb") as stream:
        stored = np.load(stream, allow_pickle=False)
        return stored["weights"], stored["scale"].astype(np.float32)


class Tags:
    """Probabilities of every token, for judging spans of a text.

    Example:
        >>> text = "快过年了，想给腊味礼盒打波广告"; tags = Tags(text, [False] * len(text))
        >>> [text[a:b] for a, b, _ in tags.best(1)]
        ['腊味礼盒']
    """

    def __init__(self, text: str, taken: list[bool], weights: tuple[np.ndarray, np.ndarray] | None = None) -> None:
        self.row = tokens(text, taken)
        table, scale = weights or _weights()
        self.never, goods = flags(text, self.row)
        rows = features(self.row, self.never, goods)
        # For each token the probabilities of (outside, first, inside): behind a token outside, and behind one inside.
        sums = ([table[np.concatenate((r[0], r[s]))].sum(axis=0, dtype=np.int64) for r in rows] for s in (1, 2))
        self.out, self.inside = (_shares(np.array(each, dtype=np.float64).reshape(-1, 3) * scale) for each in sums)

    def chance(self, start: int, end: int) -> float:
        """How likely ``text[start:end]`` is exactly the product, 0..1: its least likely part decides."""
        inside = [i for i, t in enumerate(self.row) if t.start >= start and t.end <= end]
        return self._chance(inside[0], inside[-1] + 1) if inside else 0.0

    def _chance(self, first: int, last: int) -> float:
        after = 1 - self.inside[last, 2] if last < len(self.row) else 1.0
        return float(min(self.out[first, 1], after, *(self.inside[k, 2] for k in range(first + 1, last)), 1.0))

    def best(self, n: int = 3) -> list[tuple[int, int, float]]:
        """The likeliest spans (start, end, chance), best first; none begins or ends with an English function word."""
        found = []
        edge = [bool(n) and t.kind == "e" for n, t in zip(self.never, self.row, strict=True)]
        for i in range(len(self.row)):
            if self.out[i, 1] < 0.15 or edge[i]:
                continue
            for j in range(i + 1, min(len(self.row), i + LONGEST) + 1):
                if j - 1 > i and self.inside[j - 1, 2] < 0.15:
                    break
                if not edge[j - 1]:
                    found.append((self.row[i].start, self.row[j - 1].end, self._chance(i, j)))
        return sorted(found, key=lambda f: (-f[2], f[0]))[:n]


def _shares(logits: np.ndarray) -> np.ndarray:
    if not len(logits):
        return logits.reshape(0, 3)
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
