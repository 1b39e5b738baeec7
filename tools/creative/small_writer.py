"""A small writer trained on the shop's own ads: named facts in, Chinese texts out; served with NumPy, no model server.

An LSTM with attention over the facts (Luong et al. 2015) and a pointer that says a fact's value as it stands (Vinyals et al. 2015);
which facts were told already is an input, and no fact is pointed to twice. A word that holds a value of another product is never said.
What it writes is raw material: `Phrasebook` takes from it the clauses that claim nothing else. Training: `small_training`. Not
covered: English.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both

Pair = tuple[str, str]
Array = np.ndarray[Any, np.dtype[Any]]
PAD, BEGIN, END, UNKNOWN = range(4)
# Vectors of words also weigh the output, where they are small; on the way in they are scaled up.
SCALE = 8.0
HEADS = 4
# The longest text in words, a fact counting as one.
LONGEST = 110
# So many products' texts are kept in memory.
KEPT = 2000
WEIGHTS, MANIFEST = "weights.npz", "manifest.json"
FORMAT = 1


class Vocabulary:
    """Words, single characters where a word is rare, and the names and values of facts."""

    def __init__(self, words: Sequence[str], names: Sequence[str], values: Sequence[str]) -> None:
        self.words, self.names, self.values = list(words), list(names), list(values)
        self._id = {word: i for i, word in enumerate(self.words)}
        self._name = {name: i for i, name in enumerate(self.names, start=1)}
        self._value = {value: i for i, value in enumerate(self.values, start=1)}
        long = [value for value in self.values if len(value) > 1]
        self._holding = {i: held for i, word in enumerate(self.words) if (held := [value for value in long if value in word])}

    @classmethod
    def of(cls, ads: Sequence[tuple[Sequence[Pair], str]]) -> Vocabulary:
        """Words seen six times, characters seen three times, values seen twice."""
        counts = Counter(word for pairs, text in ads for word in _cut(text, pairs) if isinstance(word, str))
        letters = Counter[str]()
        for word, count in counts.items():
            for letter in word:
                letters[letter] += count
        kept = {w for w, n in counts.items() if n >= 6} | {c for c, n in letters.items() if n >= 3}
        names = {name for pairs, _ in ads for name, _ in pairs}
        values = Counter(value for pairs, _ in ads for _, value in pairs)
        return cls(["", "<s>", "</s>", "?", *sorted(kept)], sorted(names), sorted(v for v, n in values.items() if n >= 2))

    def ids(self, text: str, pairs: Sequence[Pair]) -> list[int]:
        """A text as ids; the i-th fact's id is the number of words plus i."""
        found = [BEGIN]
        for word in _cut(text, pairs):
            if isinstance(word, int):
                found.append(len(self.words) + word)
            elif word in self._id:
                found.append(self._id[word])
            else:
                found += [self._id.get(letter, UNKNOWN) for letter in word]
        return [*found[:LONGEST], END]

    def facts(self, pairs: Sequence[Pair]) -> list[tuple[int, int]]:
        """Ids of name and value of each fact, 0 where unknown."""
        return [(self._name.get(name, 0), self._value.get(value, 0)) for name, value in pairs]

    def text(self, ids: Iterable[int], pairs: Sequence[Pair]) -> str:
        """Ids as a text."""
        return "".join(self.words[i] if i < len(self.words) else pairs[i - len(self.words)][1] for i in ids)

    def barred(self, pairs: Sequence[Pair]) -> list[int]:
        """Words that hold a value which none of the product's facts hold."""
        own = "\n".join(value for _, value in pairs)
        return [i for i, held in self._holding.items() if any(value not in own for value in held)]


def _cut(text: str, pairs: Sequence[Pair]) -> list[str | int]:
    """Words, and for each value of a fact that stands in the text that fact's place among the facts."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    found: list[str | int] = []
    while True:
        places = [(text.find(value), -len(value), i) for i, (_, value) in enumerate(pairs) if len(value) > 1 and value in text]
        if not places:
            return [*found, *jieba.cut(text)]
        at, length, i = min(places)
        found += [*jieba.cut(text[:at]), i]
        text = text[at - length :]


class SmallWriter:
    """Weights and their vocabulary. `weights` have the names of the network in `small_training`.

    Example:
        >>> writer = SmallWriter.load(Path("writer"))  # doctest: +SKIP
        >>> writer.write([("名称", "连衣裙"), ("材质", "雪纺")], 3)  # doctest: +SKIP
    """

    def __init__(self, weights: Mapping[str, Array], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._w = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
        self._recurrent = np.concatenate([self._w["lstm.weight_ih_l0"], self._w["lstm.weight_hh_l0"]], axis=1).T.copy()
        self._bias = self._w["lstm.bias_ih_l0"] + self._w["lstm.bias_hh_l0"]
        # Every further draft for a product reads the same texts.
        self._written = lru_cache(maxsize=KEPT)(self._sample)

    @classmethod
    def load(cls, folder: Path) -> SmallWriter:
        """Read a trained writer. Raises `AdwrightError` (``no-writer``) where none is, or its weights are not those of its manifest."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            stored = (folder / WEIGHTS).read_bytes()
            if manifest["format"] != FORMAT or hashlib.sha256(stored).hexdigest() != manifest["sha256"]:
                raise ValueError(folder)
            with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
                return cls(dict(arrays), Vocabulary(manifest["words"], manifest["names"], manifest["values"]))
        except (OSError, ValueError, KeyError) as error:
            raise AdwrightError(
                both(f"{folder} 里没有可用的小模型。", f"There is no usable small writer in {folder}."),
                both("请用 adwright tune --small 重新训练。", "Train it again with adwright tune --small."),
                code="no-writer",
            ) from error

    def save(self, folder: Path, about: Mapping[str, Any]) -> None:
        """Write weights and a manifest with their checksum; `about` says how they were made."""
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        np.savez(buffer, **self._w)  # pyright: ignore[reportArgumentType]
        (folder / WEIGHTS).write_bytes(buffer.getvalue())
        words = self.vocabulary
        told = {"format": FORMAT, "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(), **about}
        told |= {"words": words.words, "names": words.names, "values": words.values}
        (folder / MANIFEST).write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")

    def write(self, pairs: Sequence[Pair], count: int = 12, heat: float = 0.7, seed: int = 0) -> list[str]:
        """Sample `count` texts for a product's facts; `heat` below 1 keeps to what is likely. No facts, no texts."""
        return self._written(tuple(dict.fromkeys(pairs)), count, heat, seed) if pairs else []

    def _sample(self, pairs: Sequence[Pair], count: int, heat: float, seed: int) -> list[str]:
        words, size = self.vocabulary, len(self.vocabulary.words)
        rng = np.random.default_rng(seed)
        read, hidden, cell = self._read(pairs)
        hidden, cell = np.repeat(hidden, count, 0), np.repeat(cell, count, 0)
        told = np.zeros((count, len(pairs)), dtype=np.float32)
        never = np.zeros((count, size + len(pairs)), dtype=bool)
        never[:, [PAD, BEGIN, UNKNOWN, *words.barred(pairs)]] = True
        # A value of one letter is an ordinary word.
        never[:, [size + i for i, (_, value) in enumerate(pairs) if len(value) < 2]] = True
        inputs = np.concatenate([SCALE * self._w["words.weight"], self._linear("told_as", read)])
        ids, texts, live = np.full(count, BEGIN), [list[int]() for _ in range(count)], np.arange(count)
        for _ in range(LONGEST):
            left = (1 - told).clip(0).sum(1, keepdims=True) / 8
            hidden, cell = self._step(np.concatenate([inputs[ids], left, hidden], 1), cell)
            scores = np.where(never, -np.inf, self._scores(hidden, read, told) / heat)
            chances = np.exp(scores - scores.max(1, keepdims=True)).cumsum(1)
            ids = (chances < rng.random((len(ids), 1)) * chances[:, -1:]).sum(1)
            on = ids != END
            ids, hidden, cell, told, never, live = ids[on], hidden[on], cell[on], told[on], never[on], live[on]
            for row, (i, said) in enumerate(zip(live.tolist(), ids.tolist(), strict=True)):
                texts[i].append(said)
                if said >= size:
                    told[row, said - size] += 1
                    never[row, said] = True
            if not len(ids):
                break
        return [words.text(row, pairs) for row in texts]

    def _linear(self, name: str, x: Array) -> Array:
        return x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]

    def _read(self, pairs: Sequence[Pair]) -> tuple[Array, Array, Array]:
        """Vectors of the facts [facts, width] by one transformer layer (Vaswani et al. 2017), and the first state [1, state]."""
        ids = np.array(self.vocabulary.facts(pairs))
        x = SCALE * (self._w["names.weight"][ids[:, 0]] + self._w["values.weight"][ids[:, 1]])
        layer = "reader.layers.0"
        three = x @ self._w[f"{layer}.self_attn.in_proj_weight"].T + self._w[f"{layer}.self_attn.in_proj_bias"]
        q, k, v = (part.reshape(len(x), HEADS, -1).transpose(1, 0, 2) for part in np.split(three, 3, axis=1))
        weights = _softmax(q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1]))
        seen = self._linear(f"{layer}.self_attn.out_proj", (weights @ v).transpose(1, 0, 2).reshape(len(x), -1))
        x = self._norm(f"{layer}.norm1", x + seen)
        x = self._norm(f"{layer}.norm2", x + self._linear(f"{layer}.linear2", self._linear(f"{layer}.linear1", x).clip(0)))
        hidden, cell = np.split(np.tanh(self._linear("start", x.mean(0, keepdims=True))), 2, axis=1)
        return x, hidden, cell

    def _norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * self._w[f"{name}.weight"] + self._w[f"{name}.bias"]

    def _step(self, x: Array, cell: Array) -> tuple[Array, Array]:
        take, keep, new, out = np.split(x @ self._recurrent + self._bias, 4, axis=1)
        cell = _sigmoid(keep) * cell + _sigmoid(take) * np.tanh(new)
        return _sigmoid(out) * np.tanh(cell), cell

    def _scores(self, hidden: Array, read: Array, told: Array) -> Array:
        """Scores of words and, behind them, of facts [texts, words + facts]."""
        root = math.sqrt(read.shape[1])
        looked = _softmax(self._linear("ask", hidden) @ read.T / root + self._w["told"][0] * told) @ read
        joint = np.tanh(self._linear("join", np.concatenate([hidden, looked], 1)))
        named = self._linear("point", joint) @ read.T / root + self._w["told"][1] * told
        return np.concatenate([joint @ self._w["words.weight"].T + self._w["bias"], named], 1)


def _softmax(x: Array) -> Array:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))
