"""Starts a response model from an earlier one: what another shop (or another time) has taught becomes the prior of the new weights.

The weights of levels and crossings that both models have, matched by the names of column and level and never by code, are the means
that the new weights lean on, in place of 0; how far each field may leave them is estimated with the weights, as ever (`crossed`). Levels
that only the new rows have keep 0; those that only the earlier model has are taken over; the intercept is fitted anew. What share
of its earlier weights a field keeps is estimated too. Whether to start at all is decided on rows that the fit did not see: a fit from
nothing is always in the race and wins ties. Trees and networks of the earlier model are not used, only its regression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from .crossed import Crossed, Prior
from .encoding import Encoder
from .model import ResponseModel

if TYPE_CHECKING:
    from .choosing import Member, Task

# Regressions by name with their logits, from simple to complex.
Fits = dict[str, tuple[Crossed, "Member"]]
# Standard errors of the paired difference that a start has to gain to be taken: little, for whoever names one has reason to.
LEAST_GAIN = 0.25
# Less is rounding: the rows have none of the levels that both know.
TIE = 1e-9
# Larger tables of crossings are left behind: few of their cells are in both, and beyond 2^21 they are hashed (`encoding.cross`).
MOST_CELLS = 1 << 18


@dataclass
class Start:
    """An earlier model whose weights a new one starts from."""

    model: ResponseModel

    @classmethod
    def of(cls, given: ResponseModel | str | Path) -> Start:
        """Take a model or the folder of one; raises ``no-model`` or ``damaged-model``."""
        return cls(given if isinstance(given, ResponseModel) else ResponseModel.load(given))

    def widened(self, encoder: Encoder) -> Encoder:
        """Return the encoder with the levels that the earlier model knows beside its own."""
        old = self.model.encoder
        fields = [
            field | {"values": sorted({*field["values"], *old.index[field["name"]]})}
            if "values" in field and field["name"] in old.index
            else field
            for field in encoder.fields
        ]
        return Encoder(encoder.kinds, fields)

    def prior(self, encoder: Encoder) -> Prior:
        """Return the means of the weights for an encoder: a table for every term of the earlier model whose columns it has."""
        old, terms = self.model.encoder, self.model.crossed
        at = {name: i for i, name in enumerate(encoder.names)}
        codes = {name: _codes(old, encoder, name) for name in old.names if name in at and (name in old.index) == (name in encoder.index)}
        found: Prior = {}
        for fields, weights in zip(terms.fields, terms.weights, strict=True):
            names = [old.names[f] for f in fields]
            if any(name not in codes for name in names):
                continue
            own = sorted(fields, key=lambda f: at[old.names[f]])
            target = tuple(at[old.names[f]] for f in own)
            sizes = [encoder.sizes[i] for i in target]
            if max(np.prod(sizes, dtype=np.int64), np.prod([old.sizes[f] for f in fields], dtype=np.int64)) > MOST_CELLS:
                continue
            table = weights.reshape([old.sizes[f] for f in fields]).transpose([fields.index(f) for f in own])
            mean = table[np.ix_(*(codes[old.names[f]] for f in own))]
            # A cell of which either model does not know a part says nothing.
            for axis, f in enumerate(own):
                np.moveaxis(mean, axis, 0)[codes[old.names[f]] == 0] = 0
            found[target] = mean.ravel()
        return found


def _codes(old: Encoder, new: Encoder, name: str) -> np.ndarray:
    """Code in the old encoder of every code of the new one, int64 [levels of the column]; 0 where the old one does not know it."""
    if name in new.index:
        return np.asarray([0, *(old.index[name].get(value, 0) for value in new.index[name])], np.int64)
    edges = new.edges[name]
    inside = [(low + high) / 2 for low, high in pairwise(edges)]
    ends = [[np.nextafter(edges[0], -np.inf)], [np.nextafter(edges[-1], np.inf)]] if len(edges) else [[0.0], []]
    middles = np.concatenate([ends[0], inside, ends[1]])
    return np.concatenate([[0, 1], np.searchsorted(old.edges[name], middles) + 2])


def warmest(task: Task, cold: Fits, regress: Callable[[Task], Fits]) -> tuple[Task, Fits, dict[str, Any]]:
    """Choose between the fits from nothing and those that start from `task.start`; returns the task, the fits and the facts.

    Compared are the most complex regressions, on the valid rows and on the training rows out of fold. ``gain`` is what the start
    saves in logloss there, ``error`` its standard error, ``strength`` the share of its earlier weights that each term keeps.
    """
    start = task.start
    assert start is not None
    told: dict[str, Any] = {"version": start.model.version, "used": False, "gain": 0.0, "error": 0.0, "strength": {}}
    plain, encoder = replace(task, start=None), start.widened(task.encoder)
    if not any(table.any() for table in start.prior(encoder).values()):
        return plain, cold, told
    wide = replace(task, encoder=encoder, rows=encoder.encode(task.frame), valid=encoder.encode(task.valid_frame))
    warm = regress(wide)
    saved = _losses(task, cold) - _losses(wide, warm)
    gain, error = float(saved.mean()), float(saved.std() / len(saved) ** 0.5)
    told |= {"used": gain > max(LEAST_GAIN * error, TIE), "gain": gain, "error": error}
    if not told["used"]:
        return plain, cold, told
    fitted, prior = list(warm.values())[-1][0], wide.prior or {}
    kept = {
        " × ".join(encoder.names[f] for f in fields): round(share, 3)
        for fields, share in zip(fitted.fields, fitted.shares, strict=True)
        if fields in prior
    }
    return wide, warm, told | {"strength": kept}


def _losses(task: Task, fits: Fits) -> np.ndarray:
    """Negative log likelihood of the rows that the fits did not see: training rows out of fold, then valid rows."""
    _, member = list(fits.values())[-1]
    assert member.out_of_fold is not None
    z, y = np.concatenate([member.out_of_fold, member.z]), np.concatenate([task.y, task.yv])
    return np.logaddexp(0, z) - y * z


def needs_table() -> AdwrightError:
    """Return what is raised when rows that come in batches are to start from an earlier model."""
    return AdwrightError(
        both("分批读取的数据不能从已有模型起步。", "Rows that come in batches cannot start from an earlier model."),
        both(
            "数据多到要分批时，从头训练就够了；否则先读进一张表。",
            "So many rows teach enough by themselves; otherwise read them into one table.",
        ),
        code="start-needs-table",
    )
