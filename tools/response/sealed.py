"""A folder of one model on disk: arrays as safetensors, facts as JSON under a seal; no code is ever loaded.

The weights are written first, under the name of their checksum, then the manifest that names them: a crash leaves the old model
in force. What the facts and arrays mean is their model's business.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from ...data.artefacts import write_whole
from ...data.errors import AdwrightError
from ...data.words import both

MANIFEST = "manifest.json"
FORMAT = 1


def save(path: str | Path, kind: str, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> Path:
    """Write a model's folder and drop weights no longer named; raises ``model-not-saved`` when the disk is full or not writable."""
    from safetensors.numpy import save as stored

    folder = Path(path)
    weights = stored({name: np.ascontiguousarray(a) for name, a in arrays.items()})
    digest = hashlib.sha256(weights).hexdigest()
    manifest = {"format": FORMAT, "kind": kind, "weights": f"weights-{digest[:12]}.safetensors", "sha256": digest, "facts": facts}
    manifest = json.loads(json.dumps(manifest, ensure_ascii=False))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / manifest["weights"], weights)
        write_whole(folder / MANIFEST, json.dumps({"seal": _seal(manifest), "manifest": manifest}, ensure_ascii=False).encode())
    except OSError as error:
        raise AdwrightError(
            both("模型没有存下来，原来的模型仍然有效。", "The model was not saved; the old one stays in force."),
            both(f"检查磁盘空间和权限：{error.strerror}。", f"Check disk space and permissions: {error.strerror}."),
            code="model-not-saved",
        ) from error
    for old in folder.glob("weights-*.safetensors"):
        if old.name != manifest["weights"]:
            old.unlink(missing_ok=True)
    return folder


def load(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return (facts, arrays); raises ``no-model``, or ``damaged-model`` when a checksum does not match or the kind is another."""
    from safetensors.numpy import load as read

    folder = Path(path)
    if not (folder / MANIFEST).exists():
        raise AdwrightError(
            both(f"这里没有模型：{folder.name}。", f"There is no model in {folder.name}."),
            both("先训练并保存。", "Train and save one first."),
            code="no-model",
        )
    try:
        sealed = json.loads((folder / MANIFEST).read_text("utf-8"))
        manifest = sealed["manifest"]
        if sealed["seal"] != _seal(manifest) or manifest["format"] != FORMAT or manifest["kind"] != kind:
            raise ValueError("the manifest is not one of this kind, or was changed")
        if Path(manifest["weights"]).name != manifest["weights"]:
            raise ValueError("the weights lie elsewhere")
        content = (folder / manifest["weights"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
            raise ValueError("the weights' checksum does not match")
        return manifest["facts"], read(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged() from error


def damaged() -> AdwrightError:
    """The error for files that do not match."""
    return AdwrightError(
        both("模型文件已损坏或被改动，没有加载。", "The model's files are damaged or were changed; it was not loaded."),
        both("重新训练，或换回上一个版本。", "Train again, or go back to the version before."),
        code="damaged-model",
    )


def _seal(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
