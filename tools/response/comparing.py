"""Scores two kept versions on the same newest rows, which neither was trained on as long as impressions are only added."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import registry
from .fit import divided, paired
from .model import ResponseModel
from .shop import KINDS, write_rows

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LABELS = {"click": "clicked", "convert": "converted"}


def compare(workspace: Workspace, version: str, other: str) -> dict[str, dict[str, Any]]:
    """Compare `version` (new) with `other` (old) on the newest 10 % of the shop's impressions, by kind of model.

    Returns for ``click`` and, where both have one, ``convert`` what `fit.paired` does: scores of both, the mean difference of the
    logloss (new - old), its standard error, and the verdict. Raises ``unknown-version`` or ``damaged-model``.

    Example:
        >>> compare(shop, "3f2a", "91bc")["click"]["verdict"]  # doctest: +SKIP
        'tied'
    """
    new, old = (registry.read(registry.root(workspace) / "versions" / registry.find(workspace, name))[0] for name in (version, other))
    found: dict[str, dict[str, Any]] = {}
    for kind, (rows, y, whose) in newest(workspace).items():
        if len(rows) and all((folder / kind / "manifest.json").exists() for folder in (new, old)):
            found[kind] = paired(ResponseModel.load(new / kind), ResponseModel.load(old / kind), rows, y, whose)
    return found


def newest(workspace: Workspace) -> dict[str, tuple[Any, np.ndarray, dict[str, np.ndarray]]]:
    """Newest 10 % of the shop's rows by kind of model: the rows, their labels, and whose they are."""
    import pandas as pd

    with tempfile.TemporaryDirectory(dir=workspace.models) as place:
        file = Path(place) / "rows.parquet"
        write_rows(workspace, file, 0)
        parts = divided(pd.read_parquet(file), 0)
    rows = zip(KINDS, (parts.all[2], parts.clicked[2]), (parts.whose, parts.whose_clicks), strict=True)
    return {kind: (own, own[LABELS[kind]].to_numpy(np.float64), whose) for kind, own, whose in rows}
