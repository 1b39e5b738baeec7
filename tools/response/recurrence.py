"""How often impressions like this one occur: whole combinations of fields, drawn at random, as tables that trees read.

Crossings of two or three fields are found one by one (`crossed`); rows that recur in ten fields at once (the same person on the
same page, a copied feed, a robot) cannot be. A few random combinations of many fields see them, whichever fields they share: the
random subspaces of Ho (1998), used as locality-sensitive hashes. A combination is the sum of a random whole number per field and
code (Zobrist 1970, with sums), small enough that one product of float64 matrices makes all sums exactly; the sums that the training
rows hold lie in one open-addressed table per combination (Knuth, vol. 3), so that a new row costs one look-up per combination.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .encoding import Rows, sigmoid

# Combinations of each width, and their widths as parts of the number of fields.
PER_WIDTH = 6
WIDTHS = (6, 4, 3, 2)
LEAST_FIELDS = 4
MOST_ROWS = 200_000
# Standard errors by which recurrence has to explain what the regression leaves open, to be worth trees of its own.
CLEARLY = 3.0
# Rows that a table's cell leans on the mean with.
LEAN = 10.0
# A slot holds a place in a table, whether sums of this slot had to go further on, and above both the sum itself, to tell it from others.
PLACE, FURTHER, OWN_BITS = np.uint64((1 << 20) - 1), np.uint64(1 << 20), np.uint64(21)
# Bits that a float64 holds exactly.
EXACT = 53


@dataclass
class Recurrence:
    """Combinations `fields`; `sums` uint64: those that the training rows hold, combination after combination, each sorted.

    Combination c holds ``sizes[c] - 1`` of them; the first one's place in its table is 1.
    """

    fields: list[tuple[int, ...]]
    code_sizes: list[int]
    sums: np.ndarray
    sizes: list[int]

    @classmethod
    def draw(cls, rows: Rows, code_sizes: list[int], seed: int) -> Recurrence | None:
        """Draw the combinations and learn their tables; None where there are too few fields or too many rows for it."""
        n_fields = len(code_sizes)
        if n_fields < LEAST_FIELDS or len(rows) > MOST_ROWS:
            return None
        generator = np.random.default_rng(seed)
        widths = sorted({max(2, n_fields // part) for part in WIDTHS})
        drawn = {tuple(sorted(generator.choice(n_fields, w, replace=False).tolist())) for w in widths for _ in range(PER_WIDTH)}
        return cls.fit(rows, code_sizes, sorted(drawn))

    @classmethod
    def fit(cls, rows: Rows, code_sizes: list[int], fields: list[tuple[int, ...]]) -> Recurrence:
        """Learn which combinations occur among the rows."""
        bare = cls(fields, code_sizes, np.zeros(0, np.uint64), [])
        distinct = [np.unique(line) for line in bare.hashes(rows.codes)]
        return cls(fields, code_sizes, np.concatenate([bare.sums, *distinct]), [len(d) + 1 for d in distinct])

    def indices(self, codes: np.ndarray) -> np.ndarray:
        """Place of every row in every table, int64 [combinations, n]; 0 for a combination never seen."""
        sums = self.hashes(codes)
        slots, first, last = self._slots
        at = (sums >> OWN_BITS) & last
        held = slots.take((at + first).view(np.int64), mode="clip")
        own = (held ^ sums) < FURTHER << np.uint64(1)
        place = np.where(own, held & PLACE, np.uint64(0)).view(np.int64)
        on = np.flatnonzero(~own & (held & FURTHER > 0))
        sought, at, start = sums.ravel()[on], at.ravel()[on], first.ravel()[on // max(sums.shape[1], 1)]
        while len(on):
            at = (at + np.uint64(1)) & last
            held = slots.take((at + start).view(np.int64), mode="clip")
            own = (held ^ sought) < FURTHER << np.uint64(1)
            place.ravel()[on[own]] = held[own] & PLACE
            left = np.flatnonzero(~own & (held & FURTHER > 0))
            on, sought, at, start = on[left], sought[left], at[left], start[left]
        return place

    @cached_property
    def _slots(self) -> tuple[np.ndarray, np.ndarray, np.uint64]:
        """The tables end to end, where each begins, and the last slot of one; a free slot is 0."""
        size = 1 << (2 * max(self.sizes, default=1)).bit_length()
        slots, last = np.zeros(size * len(self.sizes), np.uint64), np.uint64(size - 1)
        first = (np.arange(len(self.sizes), dtype=np.uint64) * np.uint64(size))[:, None]
        own = [n - 1 for n in self.sizes]
        start = np.repeat(first.ravel(), own)
        filled = self.sums | np.concatenate([np.zeros(0, np.uint64), *(np.arange(1, n + 1, dtype=np.uint64) for n in own)])
        at = self.sums >> OWN_BITS
        while len(at):
            here = (at & last) + start
            open_ = slots[here] == 0
            slots[here[open_]] = filled[open_]
            left = slots[here] & ~FURTHER != filled
            slots[here[left]] |= FURTHER
            at, filled, start = at[left] + np.uint64(1), filled[left], start[left]
        return slots, first, last

    def hashes(self, codes: np.ndarray) -> np.ndarray:
        """Sum of every combination's codes, uint64 [combinations, n], its bits above those of a place."""
        salts, offsets, members = self._salts
        return (members @ salts.take(codes + offsets, mode="clip")).astype(np.uint64) << OWN_BITS

    @cached_property
    def _salts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One whole number per field and code, end to end; where each field begins; 1 where a combination has a field."""
        bits = np.uint64(64 - EXACT + len(self.code_sizes).bit_length())
        own = [_mixed(np.uint64(f) << np.uint64(40) | np.arange(1, size + 1, dtype=np.uint64)) for f, size in enumerate(self.code_sizes)]
        members = np.zeros((len(self.fields), len(self.code_sizes)))
        for line, fields in zip(members, self.fields, strict=True):
            line[list(fields)] = 1
        offsets = np.cumsum([0, *self.code_sizes[:-1]], dtype=np.int64)[:, None]
        return (np.concatenate(own) >> bits).astype(np.float64), offsets, members

    def tells(self, rows: Rows, z: np.ndarray, y: np.ndarray) -> bool:
        """Tell whether how often rows recur explains what logits z (out of fold) leave open, by a one-step gain that leaves each row out."""
        p = sigmoid(z)
        slope, bend = y - p, p * (1 - p)
        lean = LEAN * float(bend.mean())
        for index, size in zip(self.indices(rows.codes), self.sizes, strict=True):
            how_often = np.log2(np.bincount(index, minlength=size)[index]).astype(np.int64)
            for cell in (index, how_often):
                s, h = np.bincount(cell, slope), np.bincount(cell, bend)
                step = (s[cell] - slope) / (h[cell] - bend + lean)
                gain = slope * step - bend * step**2 / 2
                if gain.sum() > CLEARLY * gain.std() * len(y) ** 0.5:
                    return True
        return False


def _mixed(x: np.ndarray) -> np.ndarray:
    """Scatter the bits of 64-bit numbers (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = x * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
