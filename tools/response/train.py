"""Trains the response models of a shop and keeps them in the workspace.

Reads the impressions in Arrow batches, encodes them, hands plain arrays to a child process (`fit`), and installs what
comes back as ``models/response``: weights (safetensors) and a manifest with checksums, metrics and the fingerprint of
the data. A model is used only with the data fingerprint it names.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import both
from .features import Encoder, prepare

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAST_ROWS = 5_000
LEAST_CLICKS = 100
RAW = (
    "channel",
    "placement",
    "category",
    "product_id",
    "price",
    "discount",
    "device",
    "hour",
    "weekday",
    "age",
    "gender",
    "headline",
    "language",
)
MASK_RATE = 0.12
TITLE = both("训练点击与转化模型", "Train the click and conversion models")


def enough(workspace: Workspace) -> bool:
    """Tell whether the shop has enough impressions and clicks for a model of its own."""
    if workspace.warehouse.count("impressions") < LEAST_ROWS:
        return False
    table = workspace.warehouse.table("impressions")
    clicks = workspace.warehouse.arrow(table.aggregate(n=table.clicked.cast("int64").sum())).column("n")[0].as_py()
    return int(clicks or 0) >= LEAST_CLICKS


def train(workspace: Workspace, seed: int = 0, progress: Progress = SILENT) -> dict[str, Any]:
    """Train on the shop's impressions and install the model; returns the manifest.

    Raises `AdwrightError`: ``too-few-impressions`` under 5,000 rows or 100 clicks, ``training-failed`` with the log's name.
    """
    if not enough(workspace):
        raise AdwrightError(
            both("广告曝光数据太少，不足以训练模型。", "There are too few ad impressions to train a model."),
            both(
                f"需要至少 {LEAST_ROWS:,} 次曝光和 {LEAST_CLICKS} 次点击；在此之前用过往投放的比率。",
                f"At least {LEAST_ROWS:,} impressions and {LEAST_CLICKS} clicks are needed; until then past campaigns' rates are used.",
            ),
            code="too-few-impressions",
        )
    workspace.models.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="fit-", dir=workspace.models))
    try:
        encoder = _write_arrays(workspace, folder, seed)
        _fit(workspace, folder, progress)
        report = json.loads((folder / "report.json").read_text("utf-8"))
        weights = (folder / "weights.safetensors").read_bytes()
        manifest = {
            "version": hashlib.sha256(weights).hexdigest()[:12],
            "sha256": hashlib.sha256(weights).hexdigest(),
            "data": workspace.fingerprint("impressions"),
            "seed": seed,
            "encoder": encoder.to_json(),
            **report,
        }
        target = workspace.models / "response"
        fresh = folder / "ready"
        fresh.mkdir()
        (fresh / "weights.safetensors").write_bytes(weights)
        (fresh / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
        if target.exists():
            shutil.rmtree(target)
        fresh.replace(target)
        return manifest
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_arrays(workspace: Workspace, folder: Path, seed: int) -> Encoder:
    table = workspace.warehouse.table("impressions")
    expression = table.order_by(["ts", "campaign_id", "user_id"])[[*RAW, "clicked", "converted"]]
    parts, labels = [], []
    for batch in workspace.warehouse.batches(expression, 100_000):
        raw = {name: np.asarray(batch.column(name).to_pylist(), dtype=object) for name in RAW}
        parts.append(prepare(raw))
        labels.append([np.asarray(batch.column(name).fill_null(False).to_pylist(), np.float32) for name in ("clicked", "converted")])
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    clicked, converted = (np.concatenate([label[i] for label in labels]) for i in (0, 1))
    encoder = Encoder.fit({name: values[: int(len(clicked) * 0.7)] for name, values in columns.items()})
    categories, numbers = encoder.encode(columns)
    _, group = np.unique(categories[:, 1].astype(np.int64) * encoder.size + categories[:, -1], return_inverse=True)
    np.savez(
        folder / "arrays.npz",
        categories=categories,
        masked=encoder.mask(categories, MASK_RATE, np.random.default_rng(seed)),
        numbers=numbers,
        clicked=clicked,
        converted=converted * clicked,
        group=group.astype(np.int32),
    )
    (folder / "task.json").write_text(json.dumps({"table": encoder.size, "seed": seed}), "utf-8")
    return encoder


def _fit(workspace: Workspace, folder: Path, progress: Progress) -> None:
    log = workspace.path / "training.log"
    with log.open("w", encoding="utf-8") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "adwright.tools.response.fit", str(folder)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("{"):
                told = json.loads(line)
                progress.note(TITLE, told["done"], told["of"])
        code = child.wait()
    if code != 0:
        raise AdwrightError(
            both("模型训练没有完成。", "The training of the model did not finish."),
            both(
                f"原因记录在工作区的 {log.name}；计划会改用过往投放的比率。",
                f"The reason is in {log.name} in the workspace; plans use past campaigns' rates meanwhile.",
            ),
            code="training-failed",
        )
