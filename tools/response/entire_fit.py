"""Trains ESMM (Ma et al. 2018) in TensorFlow; runs as a process of its own, so that chat never holds TensorFlow.

``python -m adwright.tools.response.entire_fit FOLDER`` reads ``rows.npz`` and ``task.json`` there and writes ``weights.safetensors`` and
``report.json``. One embedding table feeds two towers; the loss is that of the click plus that of click and conversion,
P(click) P(convert | click), both over all impressions. Table rows are updated lazily, as in `deep`. `train_heads` (no
TensorFlow) hands the rows over and wraps each tower as a `ResponseModel`, served by `network` in NumPy.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .child import run_network

if TYPE_CHECKING:
    from .model import ResponseModel

HEADS = ("click", "convert")
WIDTH, TOWER = 8, (64, 32)
PENALTIES = (3e-4, 3e-3)
RATE, EPOCHS, PATIENCE = 1e-3, 10, 2
VALID_SHARE = 0.15


def train_heads(
    frame: Any, click: str, clicked: np.ndarray, converted: np.ndarray, seed: int, time_column: str | None
) -> tuple[ResponseModel, ResponseModel]:
    """Train in a child process; returns the click and the conversion model. Raises what `choosing.train` does of bad data."""
    from safetensors.numpy import load_file

    from .crossed import Crossed
    from .encoding import Encoder
    from .frame import check_times, infer
    from .model import ResponseModel
    from .network import scaled

    if time_column:
        check_times(frame, time_column)
    schema = infer(frame, click, clicked, time_column)
    at = np.arange(len(frame)) if time_column else np.random.default_rng(seed).permutation(len(frame))
    cut = int(len(frame) * (1 - VALID_SHARE))
    own, held = at[:cut], at[cut:]
    encoder = Encoder.fit(frame.iloc[own], schema)
    rows, valid = encoder.encode(frame.iloc[own]), encoder.encode(frame.iloc[held])
    logs = np.sign(rows.numbers) * np.log1p(np.abs(rows.numbers))
    some = ~np.isnan(logs).all(axis=1)
    centre, scale = np.zeros(len(logs)), np.ones(len(logs))
    centre[some], scale[some] = np.nanmean(logs[some], axis=1), np.nanstd(logs[some], axis=1) + 1e-6
    offsets = np.concatenate([[0], np.cumsum(encoder.sizes)[:-1]]).astype(np.int32)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        np.savez(
            folder / "rows.npz",
            codes=rows.codes.T + offsets,
            numbers=scaled(rows.numbers, centre, scale),
            y=np.stack([clicked[own], converted[own]], axis=1).astype(np.float32),
            valid_codes=valid.codes.T + offsets,
            valid_numbers=scaled(valid.numbers, centre, scale),
            valid_y=np.stack([clicked[held], converted[held]], axis=1).astype(np.float32),
        )
        task = {"seed": seed, "table": int(sum(encoder.sizes)), "width": WIDTH, "tower": TOWER}
        (folder / "task.json").write_text(json.dumps(task), "utf-8")
        run_network("entire_fit", folder)
        weights = load_file(folder / "weights.safetensors")
        facts = json.loads((folder / "report.json").read_text("utf-8"))
    is_number = np.array([name in encoder.edges for name in encoder.names], np.uint8)
    shared = {"offsets": offsets, "centre": centre, "scale": scale, "is_number": is_number}
    shared |= {name: w for name, w in weights.items() if "/" not in name}
    made = []
    for name in HEADS:
        tower = {key.removeprefix(f"{name}/"): w for key, w in weights.items() if key.startswith(f"{name}/")}
        made.append(
            ResponseModel(
                encoder,
                Crossed(0.0, [], [], [], [], [], encoder.sizes),
                coefficients={"crossed": 0.0, "trees": 0.0, "network": 1.0},
                metrics={"label": name, "model": "esmm", "chosen": {"esmm": 1.0}, "rows": len(frame), "network": facts, "seed": seed},
                network=shared | tower,
                left_out=schema.left_out,
                notes=schema.notes(),
                **uncalibrated(),
            )
        )
    return made[0], made[1]


def uncalibrated() -> dict[str, Any]:
    """The part of a model that leaves logits as they are."""
    return {"calibration": (1.0, 0.0)}


def main(folder: Path) -> None:
    """Fit one pair of towers per penalty and keep the one with the least validation loss."""
    from safetensors.numpy import save_file

    task = json.loads((folder / "task.json").read_text("utf-8"))
    with np.load(folder / "rows.npz", allow_pickle=False) as stored:
        data = {name: stored[name] for name in stored.files}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    fits = [(*fit(tf, task, data, penalty), penalty) for penalty in PENALTIES]
    loss, weights, epochs, penalty = min(fits, key=lambda told: told[0])
    save_file({name: np.ascontiguousarray(w) for name, w in weights.items()}, folder / "weights.safetensors")
    (folder / "report.json").write_text(json.dumps({"penalty": penalty, "epochs": epochs, "valid_loss": loss}), "utf-8")


def fit(tf: Any, task: dict[str, Any], data: dict[str, np.ndarray], penalty: float) -> tuple[float, dict[str, np.ndarray], int]:
    """Train with one penalty; returns (valid loss, weights of the best epoch, its number)."""
    generator = np.random.default_rng(task["seed"])
    n, fields = data["codes"].shape
    width, layers = task["width"], len(task["tower"])
    batch = int(np.clip(n // 50, 128, 1024))
    first = fields * width + data["numbers"].shape[1]
    click_rate = float(np.clip(data["y"][:, 0].mean(), 1e-6, 1 - 1e-6))
    order_rate = float(np.clip(data["y"][:, 1].mean() / click_rate, 1e-6, 1 - 1e-6))
    weights: dict[str, Any] = {}
    for name, rate in zip(HEADS, (click_rate, order_rate), strict=True):
        before = first
        for j, units in enumerate((*task["tower"], 1)):
            layer = f"{name}/deep{j}" if j < layers else f"{name}/out"
            kernel = generator.normal(0, (2 / (before + units)) ** 0.5, (before, units)).astype(np.float32)
            weights[f"{layer}.kernel"], weights[f"{layer}.bias"] = tf.Variable(kernel), tf.Variable(tf.zeros(units))
            before = units
        weights[f"{name}/out.bias"].assign([np.float32(np.log(rate / (1 - rate)))])
    table = tf.Variable(generator.normal(0, 0.01, (task["table"], width)).astype(np.float32))
    slots = [tf.Variable(tf.zeros_like(table)) for _ in range(2)]
    plain = list(weights.values())
    plain_slots = [[tf.Variable(tf.zeros_like(w)) for w in plain] for _ in range(2)]
    counts = np.bincount(data["codes"].ravel(), minlength=task["table"])
    touched = (1 - np.exp(-counts * batch / n)).astype(np.float32)
    pull = tf.constant((penalty / np.maximum(touched, 1e-6))[:, None].astype(np.float32))
    codes, numbers, y = (tf.constant(data[name]) for name in ("codes", "numbers", "y"))

    def towers(looked: Any, values: Any) -> list[Any]:
        x = tf.concat([tf.reshape(looked, (-1, fields * width)), values], axis=1)
        made = []
        for name in HEADS:
            deep = x
            for j in range(layers):
                deep = tf.nn.relu(deep @ weights[f"{name}/deep{j}.kernel"] + weights[f"{name}/deep{j}.bias"])
            made.append((deep @ weights[f"{name}/out.kernel"] + weights[f"{name}/out.bias"])[:, 0])
        return made

    def losses(looked: Any, values: Any, labels: Any) -> Any:
        click, convert = towers(looked, values)
        joint = tf.math.log_sigmoid(click) + tf.math.log_sigmoid(convert)
        known = labels[:, 1]
        ctcvr = -(known * joint + (1 - known) * tf.math.log(tf.maximum(-tf.math.expm1(joint), 1e-12)))
        return tf.nn.sigmoid_cross_entropy_with_logits(labels[:, 0], click) + ctcvr

    @tf.function(reduce_retracing=True)
    def step(at: Any, time: Any) -> None:
        ids, where = tf.unique(tf.reshape(tf.gather(codes, at), (-1,)))
        rows = tf.gather(table, ids)
        with tf.GradientTape() as tape:
            tape.watch(rows)
            looked = tf.reshape(tf.gather(rows, where), (-1, fields, width))
            loss = tf.reduce_mean(losses(looked, tf.gather(numbers, at), tf.gather(y, at)))
        by_rows, *by_plain = tape.gradient(loss, [rows, *plain])
        by_rows = tf.convert_to_tensor(by_rows) + tf.gather(pull, ids) * rows
        bias = tf.sqrt(1 - 0.999**time) / (1 - 0.9**time)
        m = 0.9 * tf.gather(slots[0], ids) + 0.1 * by_rows
        v = 0.999 * tf.gather(slots[1], ids) + 0.001 * by_rows**2
        slots[0].scatter_update(tf.IndexedSlices(m, ids))
        slots[1].scatter_update(tf.IndexedSlices(v, ids))
        table.scatter_sub(tf.IndexedSlices(RATE * bias * m / (tf.sqrt(v) + 1e-7), ids))
        for w, g, a, b in zip(plain, by_plain, *plain_slots, strict=True):
            a.assign(0.9 * a + 0.1 * g)
            b.assign(0.999 * b + 0.001 * g**2)
            w.assign_sub(RATE * bias * a / (tf.sqrt(b) + 1e-7))

    @tf.function(reduce_retracing=True)
    def lost(ids: Any, values: Any, labels: Any) -> Any:
        return tf.reduce_sum(losses(tf.gather(table, ids), values, labels))

    def valid_loss() -> float:
        parts = [data["valid_codes"], data["valid_numbers"], data["valid_y"]]
        n = len(parts[2])
        return sum(float(lost(*(tf.constant(p[a : a + 8192]) for p in parts))) for a in range(0, n, 8192)) / max(n, 1)

    best: tuple[float, dict[str, np.ndarray], int] = (np.inf, {}, 0)
    time, waited = 0, 0
    for epoch in range(EPOCHS):
        order = generator.permutation(n)
        for a in range(0, max(n - batch, 1), batch):
            time += 1
            step(tf.constant(order[a : a + batch].astype(np.int32)), tf.constant(float(time)))
        loss = valid_loss()
        if loss < best[0]:
            kept = {name: w.numpy() for name, w in weights.items()}
            whole = table.numpy()
            mean = whole[data["codes"][:: max(1, n // 20_000)]].mean(axis=0)
            none = {"linear": np.zeros(len(whole), np.float32), "mean_linear": np.zeros(fields, np.float32)}
            best, waited = (loss, kept | {"table": whole, "mean_embedding": mean} | none, epoch + 1), 0
        elif (waited := waited + 1) == PATIENCE:
            break
    return best


if __name__ == "__main__":
    main(Path(sys.argv[1]))
