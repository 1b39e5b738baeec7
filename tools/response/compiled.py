"""A forest made ready to serve codes: what it would ask about an entry of a target table is answered before any row comes.

A feature that trees read from a table (`Targets`) takes one value per code, so the code's rank among the feature's thresholds, a
byte, says as much as the value: a row's answers are comparisons of bytes. Numbers are compared as they are. Not here: the trees
themselves (`forest`), and the drivers, which read the values.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .encoding import Targets
from .forest import MANY, Forest


class Compiled:
    """A forest and the ranks of its tables' entries.

    Example:
        >>> Compiled(model.forest, model.targets).logits(indices, numbers)  # doctest: +SKIP
    """

    def __init__(self, forest: Forest, targets: Targets) -> None:
        self.forest, self.offsets = forest, targets.offsets[:, None]
        features, thresholds = forest.questions
        self.tables = len(targets.offsets)
        # Rank of a question among its feature's; an entry exceeds the thresholds that its own rank is above of.
        nth = np.arange(len(features)) - np.searchsorted(features, features)
        word = np.uint8 if nth.max(initial=0) < 255 else np.uint16
        self.nth, self.thresholds = nth.astype(word)[:, None], thresholds[:, None]
        self.ranks = [np.zeros(len(values), word) for values in (targets.rate, targets.count)]
        ends = [*targets.offsets.tolist(), len(targets.rate)]
        for f, a, b in forest.spans:
            if f < 2 * self.tables:
                kind, table = divmod(f, self.tables)
                own = slice(*list(pairwise(ends))[table])
                values = (targets.rate, targets.count)[kind][own]
                self.ranks[kind][own] = np.searchsorted(thresholds[a:b], values)

    def logits(self, indices: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Sum of the leaves of rows, given their entries in the tables, int32 [tables, n], and numbers [k, n], NaN for unknown."""
        at = indices + self.offsets
        ranks = np.concatenate([own.take(at, mode="clip") for own in self.ranks])
        numbers = numbers.astype(np.float32)
        return self.forest.sums(self.answers(ranks, numbers))

    def answers(self, ranks: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Answers to the forest's questions, bool [questions, n]; an unknown number exceeds nothing."""
        features, whole = self.forest.questions[0], 2 * self.tables
        if ranks.shape[1] < MANY:
            cut = int(np.searchsorted(features, whole))
            of_tables = ranks[features[:cut]] > self.nth[:cut]
            return np.concatenate([of_tables, numbers[features[cut:] - whole] > self.thresholds[cut:]])
        asked = np.empty((len(features), ranks.shape[1]), bool)
        for f, a, b in self.forest.spans:
            if f < whole:
                np.greater(ranks[f], self.nth[a:b], out=asked[a:b])
            else:
                np.greater(numbers[f - whole], self.thresholds[a:b], out=asked[a:b])
        return asked
