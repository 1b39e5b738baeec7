"""How often impressions like this one occur: whole combinations of fields, drawn at random, as tables that trees read.

Crossings of two or three fields are found one by one (`crossed`); rows that recur in ten fields at once (the same person on the
same page, a copied feed, a robot) cannot be. A few random combinations of many fields see them, whichever fields they share: the
random subspaces of Ho (1998), used as locality-sensitive hashes. A combination is one 64-bit sum of a salt per field and
code (Zobrist 1970), and the sums that the training rows hold lie in one open-addressed table (Knuth, vol. 3), so that a new row
costs one look-up per combination.
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
# Bits of a slot that hold a place in a table; the others hold the sum's own, to tell it from others of the same slot.
PLACE = np.uint64((1 << 20) - 1)
# Up to this many rows, one product makes all sums; beyond, adding line by line is quicker.
FEW = 16


@dataclass
class Recurrence:
    """Combinations `fields`; `keys` uint64 sorted: those the training rows hold; `index` int32: each one's place in its own table."""

    fields: list[tuple[int, ...]]
    code_sizes: list[int]
    keys: np.ndarray
    index: np.ndarray
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
        bare = cls(fields, code_sizes, np.zeros(0, np.uint64), np.zeros(0, np.int32), [])
        distinct = [np.unique(line) for line in bare._hashes(rows.codes)]
        keys = np.concatenate(distinct) if distinct else bare.keys
        index = np.concatenate([np.arange(1, len(d) + 1, dtype=np.int32) for d in distinct]) if distinct else bare.index
        order = np.argsort(keys, kind="stable")
        return cls(fields, code_sizes, keys[order], index[order], [len(d) + 1 for d in distinct])

    def indices(self, codes: np.ndarray) -> np.ndarray:
        """Place of every row in every table, int32 [combinations, n]; 0 for a combination never seen."""
        hashes = self._hashes(codes)
        if not len(self.keys):
            return np.zeros(hashes.shape, np.int32)
        slots, last, sums = self._slots, np.uint64(len(self._slots) - 1), hashes.ravel()
        held = slots.take((sums & last).view(np.int64), mode="clip")
        own = (held ^ sums) <= PLACE
        place = np.where(own, held & PLACE, np.uint64(0)).astype(np.int32)
        # Another sum in the slot: the one asked for can only be further on, before the next free slot.
        at = np.flatnonzero(~own & (held != 0))
        sought, step = sums[at], np.uint64(0)
        while len(at):
            step += np.uint64(1)
            held = slots.take(((sought + step) & last).view(np.int64), mode="clip")
            own = (held ^ sought) <= PLACE
            place[at[own]] = (held[own] & PLACE).astype(np.int32)
            on = np.flatnonzero(~own & (held != 0))
            at, sought = at[on], sought[on]
        return place.reshape(hashes.shape)

    @cached_property
    def _slots(self) -> np.ndarray:
        """The look-up table: a sum's upper bits and its place, at the sum's lower bits or the next free slot; 0 is free."""
        size = 1 << (4 * len(self.keys)).bit_length()
        slots, last = np.zeros(size, np.uint64), np.uint64(size - 1)
        filled = (self.keys & ~PLACE) | self.index.astype(np.uint64)
        keys, step = self.keys, np.uint64(0)
        while len(keys):
            at = (keys + step) & last
            open_ = slots[at] == 0
            slots[at[open_]] = filled[open_]
            left = slots[at] != filled
            keys, filled, step = keys[left], filled[left], step + np.uint64(1)
        return slots

    def _hashes(self, codes: np.ndarray) -> np.ndarray:
        salts, offsets = self._salts
        salted = salts.take(codes + offsets, mode="clip")
        if codes.shape[1] <= FEW:
            return self._members @ salted + self._starts[:, None]
        hashes = np.repeat(self._starts[:, None], codes.shape[1], axis=1)
        for line, fields in zip(hashes, self.fields, strict=True):
            for f in fields:
                line += salted[f]
        return hashes

    @cached_property
    def _members(self) -> np.ndarray:
        """1 where a combination has a field, uint64 [combinations, fields]."""
        members = np.zeros((len(self.fields), len(self.code_sizes)), np.uint64)
        for line, fields in zip(members, self.fields, strict=True):
            line[list(fields)] = 1
        return members

    @cached_property
    def _salts(self) -> tuple[np.ndarray, np.ndarray]:
        """One number per field and code, end to end, and where each field begins."""
        own = [_mixed(np.uint64(f) << np.uint64(40) | np.arange(1, size + 1, dtype=np.uint64)) for f, size in enumerate(self.code_sizes)]
        return np.concatenate(own), np.cumsum([0, *self.code_sizes[:-1]], dtype=np.int64)[:, None]

    @cached_property
    def _starts(self) -> np.ndarray:
        return _mixed(~np.arange(len(self.fields), dtype=np.uint64))

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
