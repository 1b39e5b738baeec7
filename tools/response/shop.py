"""Trains the response models of a shop and keeps them in the workspace.

Reads the impressions in Arrow batches, hands plain columns to a child process (`fit`), and keeps what comes back as a version
(`registry`): one model of clicks, one of conversions after a click, and a manifest with checksums, metrics and the fingerprint of
the data. The child ends with its caller; until the version is whole, nothing in force changes. A training that was stopped or
killed keeps what it finished in ``models/fit-unfinished``; the next one with the same rows and settings goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import both
from . import drift, registry
from .child import run
from .delay import TIMES
from .features import FIELDS, NUMBERS, OWNERS
from .origin import Origin, origin
from .shown import Shown
from .watching import told_in_words

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAST_ROWS = 5_000
LEAST_CLICKS = 100
KINDS = ("click", "convert")
UNFINISHED = "fit-unfinished"
# Two trainings at once would share the folder of unfinished work.
_ONE = threading.Lock()
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
    "picture",
)
MASK_RATE = 0.12
WORSE = {
    "click": both(
        "在最新 10 % 的曝光上，点击率预测不如现用版本，没有启用。",
        "It predicts clicks worse than the version in force on the newest 10 % of impressions; not put in force.",
    ),
    "convert": both(
        "在最新 10 % 的曝光上，转化率预测不如现用版本，没有启用。",
        "It predicts conversions worse than the version in force on the newest 10 % of impressions; not put in force.",
    ),
}


def enough(workspace: Workspace) -> bool:
    """Tell whether the shop has enough impressions and clicks for a model of its own."""
    if workspace.warehouse.count("impressions") < LEAST_ROWS:
        return False
    table = workspace.warehouse.table("impressions")
    clicks = workspace.warehouse.arrow(table.aggregate(n=table.clicked.cast("int64").sum())).column("n")[0].as_py()
    return int(clicks or 0) >= LEAST_CLICKS


def train(
    workspace: Workspace,
    seed: int = 0,
    progress: Progress = SILENT,
    model: str = "auto",
    budget: float | None = None,
    start: str | Path | None = None,
) -> dict[str, Any]:
    """Train on the shop's impressions and keep a new version; returns its manifest.

    It is put in force unless the version in force predicts clicks or conversions of the newest 10 % of the rows significantly
    better; ``reason`` says so then. A training that was stopped or failed goes on where it was when it is asked for again, with the same
    result as one that was not. `budget` in seconds bounds the search of each model (default: by the number of rows). `start` names an
    earlier model that the new ones start from where that helps (`origin`). Raises what `origin` does and
    `AdwrightError`: ``too-few-impressions`` under 5,000 rows or 100 clicks, ``training-failed`` with the log's name, ``model-not-saved``.
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
    begun = None if start is None else origin(start, workspace)
    with _ONE:
        folder, against = workspace.models / UNFINISHED, _in_force(workspace)
        for stale in workspace.models.glob("fit-*"):
            # Of a version of the program that made a new folder every time; one process owns a workspace, so nobody writes there.
            if stale != folder:
                shutil.rmtree(stale, ignore_errors=True)
        try:
            _prepare(workspace, folder, {"seed": seed, "budget": budget or 0, "model": model}, against, begun)
        except OSError as error:
            raise registry.not_saved(error) from error
        _fit(workspace, folder, progress)
        manifest = _keep(workspace, folder, seed, model, against, begun)
        # Not after a failure: a model that found no room on the disk is not trained again once there is some.
        shutil.rmtree(folder, ignore_errors=True)
        return manifest


def _prepare(workspace: Workspace, folder: Path, task: dict[str, Any], against: Path | None, begun: Origin | None) -> None:
    """Write the rows and the task; what an earlier training finished stays only when rows and task are the same."""
    from ... import __version__

    folder.mkdir(parents=True, exist_ok=True)
    rows = folder / "rows.parquet"
    write_rows(workspace, rows, task["seed"])
    task |= {"rows": hashlib.sha256(rows.read_bytes()).hexdigest(), "program": __version__, "start": begun and begun.version}
    try:
        before = json.loads((folder / "task.json").read_text("utf-8"))
    except (OSError, ValueError):
        before = {}
    same = {key: before.get(key) for key in task} == task
    for part in folder.iterdir():
        if part == rows or (same and not part.name.startswith(".")):
            continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink()
    for kind, own in begun.folders.items() if begun else ():
        # A copy: the version may be deleted before this training goes on.
        shutil.copytree(own, folder / "start" / kind, dirs_exist_ok=True)
    (folder / "task.json").write_text(json.dumps(task | {"against": None if against is None else str(against)}), "utf-8")


def _keep(workspace: Workspace, folder: Path, seed: int, model: str, against: Path | None, begun: Origin | None) -> dict[str, Any]:
    """Make what was fitted a version, put it in force unless it is worse, and return its manifest."""
    report = json.loads((folder / "report.json").read_text("utf-8"))
    parts = {part.relative_to(folder).as_posix(): part for kind in KINDS for part in sorted((folder / kind).glob("*"))}
    checksums = {name: hashlib.sha256(part.read_bytes()).hexdigest() for name, part in parts.items()}
    columns, _, spread = drift.sample(workspace)
    manifest = {
        "version": hashlib.sha256("".join(checksums.values()).encode()).hexdigest()[:12],
        "sha256": checksums,
        "data": workspace.fingerprint("impressions"),
        "seed": seed,
        "kind": model,
        "start": begun and begun.version,
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "until": spread[1] if spread else None,
        "drift": drift.reference(columns, drift.predicted(folder, columns)),
        **report,
    }
    worse = [kind for kind in KINDS if against is not None and report["against"].get(kind, {}).get("verdict") == "worse"]
    if worse:
        manifest["reason"] = WORSE[worse[0]].model_dump()
    registry.save(workspace, manifest, folder)
    if not worse:
        registry.promote(workspace, manifest["version"])
    registry.delete_old(workspace)
    return manifest


def _in_force(workspace: Workspace) -> Path | None:
    """Folder of the version in force that a new one is measured against; None when there is none or it is damaged."""
    folder = registry.promoted(workspace)
    try:
        return None if folder is None else registry.read(folder)[0]
    except AdwrightError:
        return None


def write_rows(workspace: Workspace, file: Path, seed: int) -> None:
    """Write the model's columns in time order to Parquet; some values are hidden at random, for requests know fewer than impressions."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = workspace.warehouse.table("impressions")
    expression = table.order_by(["ts", "campaign_id", "user_id"])[["campaign_id", "user_id", *RAW, "clicked", "converted", *TIMES]]
    generator, shown = np.random.default_rng(seed), Shown(workspace)
    writer: pq.ParquetWriter | None = None
    for batch in workspace.warehouse.batches(expression, 100_000):
        columns = shown.columns(batch)
        made: dict[str, pa.Array] = {}
        for name in (*FIELDS, *NUMBERS):
            values = columns[name]
            unknown = np.isnan(values) if name in NUMBERS else np.array([v is None or v != v for v in values], bool)
            # A column with one value stays whole, so that it is seen to be constant.
            single = bool(unknown.all()) or (not unknown.any() and bool((values == values[0]).all()))
            hidden = generator.random(len(batch)) < (0.0 if name == "channel" or single else MASK_RATE)
            kind = pa.string() if name in FIELDS else pa.float64()
            made[name] = pa.array(values, kind, mask=hidden | unknown)
        for name in ("clicked", "converted"):
            made[name] = pa.array(np.asarray(batch.column(name).fill_null(False).to_pylist(), np.int8))
        for name in OWNERS:
            made[name] = batch.column(name).cast(pa.string()).fill_null("")
        for name in TIMES:
            made[name] = batch.column(name).cast(pa.timestamp("us"))
        part = pa.table(made)
        writer = writer or pq.ParquetWriter(file, part.schema)
        writer.write_table(part)
    if writer is not None:
        writer.close()


def _fit(workspace: Workspace, folder: Path, progress: Progress) -> None:
    log = workspace.path / "training.log"
    code = run("fit", folder, log, lambda told: progress.note(told_in_words(told), told["done"], told["of"]))
    if code != 0:
        raise AdwrightError(
            both("模型训练没有完成。", "The training of the model did not finish."),
            both(
                f"原因记录在工作区的 {log.name}；计划会改用过往投放的比率。",
                f"The reason is in {log.name} in the workspace; plans use past campaigns' rates meanwhile.",
            ),
            code="training-failed",
        )
