"""Writes the light variant of a kept version into a folder of its own: the regression alone, one byte per weight, for programs.

What that costs is measured on the newest rows, which the version was not trained on. What would not be smaller, or would not
predict after reading what it did before writing, is not written. How weights become bytes is in `light`.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from . import registry
from .comparing import newest
from .fit import paired
from .model import ResponseModel

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Largest difference between a prediction before writing and after reading.
PARITY = 1e-6


def write_light(workspace: Workspace, version: str | None = None, out: Path | None = None) -> dict[str, Any]:
    """Write the light variant of `version` (default: the one in force) to `out`; returns version, folder, and by kind of model what it costs.

    Each kind has ``bytes`` and ``before`` (bytes of the whole model), ``parity``, and `fit.paired` of the variant (new) and the whole
    model (old). `ResponseModel.load` reads ``out/click`` and ``out/convert``. Raises ``no-model``, ``unknown-version``, ``damaged-model``,
    ``model-not-saved``, ``not-smaller`` or ``light-differs``; nothing is written then.

    Example:
        >>> write_light(shop)["models"]["click"]["bytes"]  # doctest: +SKIP
        18342
    """
    named = version or registry.promoted_version(workspace)
    if named is None:
        raise AdwrightError(
            both("还没有模型。", "There is no model yet."),
            both("先用 adwright train 训练。", "adwright train makes one."),
            code="no-model",
        )
    name = registry.find(workspace, named)
    whole, _ = registry.read(registry.root(workspace) / registry.VERSIONS / name)
    place = out or registry.root(workspace) / "light" / name
    told: dict[str, Any] = {}
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=registry.UNFINISHED) as beside:
            for kind, (rows, y, whose) in newest(workspace).items():
                if (whole / kind / "manifest.json").exists():
                    told[kind] = _written(whole / kind, Path(beside) / kind, rows, y, whose)
            for kind in told:
                shutil.rmtree(place / kind, ignore_errors=True)
                place.mkdir(exist_ok=True)
                (Path(beside) / kind).replace(place / kind)
    except OSError as error:
        raise registry.not_saved(error) from error
    return {"version": name, "folder": str(place), "models": told}


def _written(whole: Path, place: Path, rows: Any, y: np.ndarray, whose: dict[str, np.ndarray]) -> dict[str, Any]:
    model = ResponseModel.load(whole)
    small = model.light(bits=8)
    read = ResponseModel.load(small.save(place))
    size, before = _size(place), _size(whole)
    if size >= before:
        raise AdwrightError(
            both(
                f"轻量版不会更小（{size:,} 字节，原来 {before:,} 字节），没有写。",
                f"It would not be smaller ({size:,} bytes, now {before:,}).",
            ),
            both("直接用原来的版本。", "Use the version itself."),
            code="not-smaller",
        )
    parity = float(np.abs(read.predict(rows) - small.predict(rows)).max(initial=0.0))
    if not parity <= PARITY:
        raise AdwrightError(
            both(
                "轻量版写出后再读入，预测与写出前不一致，没有保留。", "Read back, it does not predict what it did before; it was not kept."
            ),
            both("检查磁盘后再试。", "Check the disk and try again."),
            code="light-differs",
        )
    return {"bytes": size, "before": before, "parity": parity, **paired(read, model, rows, y, whose)}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())
