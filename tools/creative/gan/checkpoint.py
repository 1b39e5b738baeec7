"""What a training leaves on disk: plain arrays (npz, never pickle) beside a JSON manifest that holds their SHA-256.

`checkpoint.npz` is everything a training goes on from; `painter.npz` the averaged generator in half precision, the
discriminator for a warm start in 8 bits, and thumbnails of what it learned from. A file that was changed is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from ....data.artefacts import write_whole
from ....data.errors import AdwrightError
from ....data.words import both
from .generator import Shape, Weights, critic_shapes, generator_shapes
from .trainer import State

PARTS = ("generator", "critic", "averaged", "moments")


def save(folder: Path, name: str, arrays: Weights, facts: dict[str, Any]) -> None:
    """Write ``NAME.npz`` and ``NAME.json``; each file is whole or absent."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    write_whole(folder / f"{name}.npz", content)
    told = {**facts, "sha256": hashlib.sha256(content).hexdigest()}
    write_whole(folder / f"{name}.json", json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode())


def load(folder: Path, name: str) -> tuple[Weights, dict[str, Any]]:
    """Read both files. Raises `AdwrightError`: ``gan-missing``, ``gan-damaged``."""
    if not (folder / f"{name}.json").is_file() or not (folder / f"{name}.npz").is_file():
        raise AdwrightError(
            both(f"“{folder.name}”里没有训练好的底图模型。", f"There is no trained painter in “{folder.name}”."),
            both("先运行 adwright gan train。", "Run adwright gan train first."),
            code="gan-missing",
        )
    content = (folder / f"{name}.npz").read_bytes()
    try:
        facts = json.loads((folder / f"{name}.json").read_text("utf-8"))
        if hashlib.sha256(content).hexdigest() != facts["sha256"]:
            raise ValueError("digest")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}, facts
    except (ValueError, KeyError, TypeError, OSError, EOFError):
        raise _damaged(folder) from None


def save_state(folder: Path, state: State, facts: dict[str, Any]) -> None:
    """Write a checkpoint."""
    arrays = {f"{part}/{name}": value for part in PARTS for name, value in getattr(state, part).items()}
    save(folder, "checkpoint", arrays, {**facts, "step": state.step, **described(state.shape)})


def load_state(folder: Path) -> tuple[State, dict[str, Any]]:
    """Read a checkpoint. Raises as `load`."""
    arrays, facts = load(folder, "checkpoint")
    parts: dict[str, Weights] = {part: {} for part in PARTS}
    for key, value in arrays.items():
        part, _, name = key.partition("/")
        parts[part][name] = value
    shape = shape_in(facts, folder)
    state = State(shape, int(facts["step"]), **parts)
    check_shapes(state.generator, generator_shapes(shape), folder)
    check_shapes(state.critic, critic_shapes(shape), folder)
    return state, facts


def described(shape: Shape) -> dict[str, Any]:
    """A shape as JSON."""
    return {"side": shape.side, "noise": shape.noise, "channels": list(shape.channels)}


def shape_in(facts: dict[str, Any], folder: Path) -> Shape:
    """The shape that a manifest names."""
    try:
        return Shape(int(facts["side"]), int(facts["noise"]), tuple(int(c) for c in facts["channels"]))
    except (KeyError, TypeError, ValueError):
        raise _damaged(folder) from None


def check_shapes(weights: Weights, wanted: dict[str, tuple[int, ...]], folder: Path) -> None:
    """Hold arrays against the shapes they must have. Raises ``gan-damaged``."""
    if {k: v.shape for k, v in weights.items()} != wanted or not all(np.isfinite(v).all() for v in weights.values()):
        raise _damaged(folder)


def packed(weights: Weights) -> Weights:
    """Weights in 8 bits with one scale per output channel, names ending in ``:q`` and ``:s``; biases in half precision."""
    out: Weights = {}
    for name, value in weights.items():
        if value.ndim == 1:
            out[name] = value.astype(np.float16)
            continue
        scale = np.abs(value).max(axis=tuple(range(value.ndim - 1))) / 127 + 1e-12
        out[f"{name}:q"] = np.round(value / scale).astype(np.int8)
        out[f"{name}:s"] = scale.astype(np.float32)
    return out


def unpacked(stored: Weights) -> Weights:
    """Undo `packed`, up to its rounding."""
    plain = {name: value.astype(np.float32) for name, value in stored.items() if ":" not in name}
    quantised = {name[:-2]: value.astype(np.float32) * stored[f"{name[:-2]}:s"] for name, value in stored.items() if name.endswith(":q")}
    return plain | quantised


def _damaged(folder: Path) -> AdwrightError:
    return AdwrightError(
        both(f"“{folder.name}”里的模型文件不完整或被改动过。", f"The painter's files in “{folder.name}” are not whole or were changed."),
        both("请重新训练，或从备份恢复。", "Train it again, or restore it from a backup."),
        code="gan-damaged",
    )
