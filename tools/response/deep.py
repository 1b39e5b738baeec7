"""Trains the network in TensorFlow; runs as a process of its own, so that chat never holds TensorFlow.

``python -m adwright.tools.response.deep FOLDER`` reads ``task.json`` and the arrays of `ROWS` there and writes ``weights.safetensors`` and
``report.json``. Only the table rows of a batch are touched (lazy Adam): a step costs the same however large the table is.
Their L2 is divided by the chance that a batch touches them, which makes it the L2 of the whole table on average.

Rows are read from files a batch at a time (`feed`). With ``workers`` > 1 in the task, that many processes each take a part of every
batch and add their gradients up (`gathering`): the steps are those of one process, up to the order of summation.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .gathering import Gathering

PENALTIES = (3e-4, 3e-3)
RATE = 1e-3
EPOCHS = 12
PATIENCE = 2
CHUNK = 1 << 18


ROWS = ("codes", "numbers", "y", "valid_codes", "valid_numbers", "valid_y")


def main(folder: Path, rank: int = 0) -> None:
    """Fit one network per penalty and keep the one that predicts the valid rows best; ranks above 0 only help."""
    from safetensors.numpy import save_file

    task = json.loads((folder / "task.json").read_text("utf-8"))
    data = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ROWS}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    # One thread: the same sums in the same order, and no more of the machine than was asked for.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    best: tuple[float, dict[str, np.ndarray], dict[str, Any]] | None = None
    with Gathering.of("deep", folder, rank, task["workers"]) as group:
        for penalty in PENALTIES:
            loss, weights, epochs = fit(tf, task, data, penalty, group)
            if best is None or loss < best[0]:
                best = loss, weights, {"penalty": penalty, "epochs": epochs}
    assert best is not None
    if rank:
        return
    save_file({name: np.ascontiguousarray(w) for name, w in best[1].items()}, folder / "weights.safetensors")
    (folder / "report.json").write_text(json.dumps(best[2]), "utf-8")


def feed(tf: Any, data: dict[str, np.ndarray], batch: int, order: np.ndarray, rank: int, workers: int) -> Any:
    """One epoch as a tf.data set: of every batch of rows in this order, the part of one worker, (codes, numbers, y).

    The batches are the same for any number of workers. Only the rows of a few batches are in memory.
    """

    def parts() -> Any:
        for a in range(0, max(len(order) - batch, 1), batch):
            at = np.sort(order[a : a + batch])[rank::workers]
            yield data["codes"][at], data["numbers"][at], data["y"][at]

    kinds = [(data[name].dtype, data[name].shape[1:]) for name in ROWS[:3]]
    signature = tuple(tf.TensorSpec((None, *shape), kind) for kind, shape in kinds)
    return tf.data.Dataset.from_generator(parts, output_signature=signature).prefetch(2)


def fit(
    tf: Any, task: dict[str, Any], data: dict[str, np.ndarray], penalty: float, group: Gathering
) -> tuple[float, dict[str, np.ndarray], int]:
    """Train with one penalty; returns (valid logloss, weights of the best epoch, its number)."""
    generator = np.random.default_rng(task["seed"])
    n, fields = data["codes"].shape
    width, crosses = task["width"], task["crosses"]
    batch = int(np.clip(n // 50, 128, 2048))
    first = fields * width + data["numbers"].shape[1]

    def start(rows: int, columns: int) -> Any:
        spread = (2 / (rows + columns)) ** 0.5
        return tf.Variable(generator.normal(0, spread, (rows, columns)).astype(np.float32))

    weights: dict[str, Any] = {}
    for i in range(crosses):
        weights[f"cross{i}.kernel"], weights[f"cross{i}.bias"] = start(first, first), tf.Variable(tf.zeros(first))
    before = first
    for j, units in enumerate(task["tower"]):
        weights[f"deep{j}.kernel"], weights[f"deep{j}.bias"] = start(before, units), tf.Variable(tf.zeros(units))
        before = units
    mean = float(np.clip(data["y"].mean(), 1e-6, 1 - 1e-6))
    weights["out.kernel"] = start(before + (first if crosses else 0), 1)
    weights["out.bias"] = tf.Variable([np.float32(np.log(mean / (1 - mean)))])
    # One table: the embedding and, in its last column, the first-order weight.
    initial = generator.normal(0, 0.01, (task["table"], width + 1)).astype(np.float32)
    initial[:, -1] = 0
    table = tf.Variable(initial)
    slots = [tf.Variable(tf.zeros_like(table)) for _ in range(2)]
    plain = list(weights.values())
    plain_slots = [[tf.Variable(tf.zeros_like(w)) for w in plain] for _ in range(2)]
    counts = np.zeros(task["table"], np.int64)
    for a in range(0, n, CHUNK):
        counts += np.bincount(data["codes"][a : a + CHUNK].ravel(), minlength=task["table"])
    touched = (1 - np.exp(-counts * batch / n)).astype(np.float32)
    pull = tf.constant((penalty / np.maximum(touched, 1e-6))[:, None])

    def network(looked: Any, values: Any) -> Any:
        embedded, linear = looked[:, :, :-1], looked[:, :, -1]
        x = tf.concat([tf.reshape(embedded, (-1, fields * width)), values], axis=1)
        crossed, deep = x, x
        for i in range(crosses):
            crossed = x * (crossed @ weights[f"cross{i}.kernel"] + weights[f"cross{i}.bias"]) + crossed
        for j in range(len(task["tower"])):
            deep = tf.nn.relu(deep @ weights[f"deep{j}.kernel"] + weights[f"deep{j}.bias"])
        joined = tf.concat([crossed, deep], axis=1) if crosses else deep
        z = (joined @ weights["out.kernel"] + weights["out.bias"])[:, 0]
        if crosses:
            total = tf.reduce_sum(embedded, axis=1)
            z += tf.reduce_sum(linear, axis=1) + (tf.reduce_sum(total**2, axis=1) - tf.reduce_sum(embedded**2, axis=(1, 2))) / 2
        return z

    def slopes(codes: Any, numbers: Any, y: Any) -> tuple[Any, Any, list[Any]]:
        """Gradients of these rows' share of the batch's loss: by the table's rows that they touch, and by the other weights."""
        ids, where = tf.unique(tf.reshape(codes, (-1,)))
        rows = tf.gather(table, ids)
        with tf.GradientTape() as tape:
            tape.watch(rows)
            looked = tf.reshape(tf.gather(rows, where), (-1, fields, width + 1))
            loss = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(y, network(looked, numbers))) / min(batch, n)
        by_rows, *by_plain = tape.gradient(loss, [rows, *plain], unconnected_gradients="zero")
        return ids, tf.convert_to_tensor(by_rows), by_plain

    def move(ids: Any, by_rows: Any, by_plain: list[Any], time: Any) -> None:
        rows = tf.gather(table, ids)
        by_rows += tf.gather(pull, ids) * rows
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

    alone = tf.function(lambda codes, numbers, y, time: move(*slopes(codes, numbers, y), time), reduce_retracing=True)
    own, together = tf.function(slopes, reduce_retracing=True), tf.function(move, reduce_retracing=True)

    def step(part: tuple[Any, Any, Any], time: Any) -> None:
        if group.workers == 1:
            alone(*part, time)
            return
        ids, by_rows, by_plain = own(*part)
        ids, by_rows, by_plain = group.add(ids.numpy(), by_rows.numpy(), [g.numpy() for g in by_plain])
        together(tf.constant(ids), tf.constant(by_rows), [tf.constant(g) for g in by_plain], time)

    @tf.function(reduce_retracing=True)
    def score(ids: Any, values: Any) -> Any:
        return network(tf.gather(table, ids), values)

    def valid_logits() -> np.ndarray:
        return np.concatenate(
            [
                score(data["valid_codes"][a : a + 8192], data["valid_numbers"][a : a + 8192]).numpy()
                for a in range(0, len(data["valid_y"]), 8192)
            ]
        )

    best: tuple[float, dict[str, np.ndarray], int] = (np.inf, {}, 0)
    time, waited = 0, 0
    for epoch in range(EPOCHS):
        for part in feed(tf, data, batch, generator.permutation(n), group.rank, group.workers):
            time += 1
            step(part, tf.constant(float(time)))
        if group.rank:
            if not group.agree():
                break
            continue
        z = valid_logits()
        loss = float((np.logaddexp(0, z) - data["valid_y"] * z).mean())
        print(json.dumps({"epoch": epoch + 1, "loss": loss}), flush=True)
        if loss < best[0]:
            kept = {name: w.numpy() for name, w in weights.items()}
            whole = table.numpy()
            looked = whole[data["codes"][:: max(1, n // 20_000)]].mean(axis=0)
            kept |= {
                "table": whole[:, :-1],
                "linear": whole[:, -1],
                "mean_embedding": looked[:, :-1],
                "mean_linear": looked[:, -1],
                "valid_logits": z,
            }
            best, waited = (loss, kept, epoch + 1), 0
        else:
            waited += 1
        if not group.agree(waited < PATIENCE):
            break
    return best


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
