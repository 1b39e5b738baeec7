"""Fits the models on encoded arrays; runs as a process of its own, so that chat never holds TensorFlow.

``python -m adwright.tools.response.fit FOLDER`` reads ``arrays.npz`` and ``task.json`` there and writes
``weights.safetensors`` and ``report.json``. Rows are in time order: 70 % train, 10 % choose the best epoch, 10 %
calibrate, 10 % test. Logistic regression is always fitted as the floor; the network serves only when it beats it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .network import build, export, forward, sigmoid

CUTS = (0.7, 0.8, 0.9)
LEAN = 100.0
EPOCHS = 6
BATCH = 4096


def main(folder: Path) -> None:
    """Fit both models in `folder` and report."""
    from safetensors.numpy import save_file

    task = json.loads((folder / "task.json").read_text("utf-8"))
    with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
        data = {name: stored[name] for name in stored.files}
    n = len(data["clicked"])
    train, valid, calibrate, test = (slice(int(n * a), int(n * b)) for a, b in zip((0, *CUTS), (*CUTS, 1), strict=True))
    tell("logistic", 0, EPOCHS + 1)
    weights = {f"linear.{k}": v for k, v in logistic(task["table"], data, train, valid, task["seed"]).items()}
    network = keras_network(task, data, train, valid)
    weights |= {f"network.{k}": v for k, v in network.items()}
    report: dict[str, Any] = {"rows": n, "clicks": int(data["clicked"].sum()), "conversions": int(data["converted"].sum()), "models": {}}
    for kind in ("linear", "network"):
        click, convert = logits(kind, weights, data["categories"], data["numbers"])
        click_fix = platt(click[calibrate], data["clicked"][calibrate])
        clicked = data["clicked"][calibrate] > 0
        convert_fix = platt(convert[calibrate][clicked], data["converted"][calibrate][clicked])
        ctr, cvr = sigmoid(click_fix[0] * click + click_fix[1]), sigmoid(convert_fix[0] * convert + convert_fix[1])
        tested = data["clicked"][test] > 0
        report["models"][kind] = {
            "click_calibration": click_fix,
            "convert_calibration": convert_fix,
            "valid_logloss": logloss(ctr[valid], data["clicked"][valid]),
            "ctr": quality(ctr[test], data["clicked"][test]),
            "cvr": quality(cvr[test][tested], data["converted"][test][tested]),
            "ctr_strength": strength(ctr[calibrate], data["clicked"][calibrate], data["group"][calibrate], 200, 20_000),
            "cvr_strength": strength(
                cvr[calibrate][clicked], data["converted"][calibrate][clicked], data["group"][calibrate][clicked], 50, 5_000
            ),
        }
    report["serves"] = min(report["models"], key=lambda kind: report["models"][kind]["valid_logloss"])
    save_file(weights, folder / "weights.safetensors")
    (folder / "report.json").write_text(json.dumps(report, indent=1), "utf-8")


def tell(part: str, done: int, of: int) -> None:
    """Print one line of progress for the parent."""
    print(json.dumps({"part": part, "done": done, "of": of}), flush=True)


def logistic(table: int, data: dict[str, np.ndarray], train: slice, valid: slice, seed: int) -> dict[str, np.ndarray]:
    """Fit P = sigmoid(w.x + b) for clicks, and for conversions among clicks; C is chosen on the validation rows."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    n, fields = data["categories"].shape
    hot = csr_matrix((np.ones(n * fields, np.float32), data["categories"].ravel(), np.arange(0, n * fields + 1, fields)), shape=(n, table))
    x: Any = hstack([hot, csr_matrix(data["numbers"])], format="csr")
    fitted = {}
    for name, label, keep in (("click", "clicked", None), ("convert", "converted", "clicked")):
        best: tuple[float, np.ndarray, float] | None = None
        y = data[label]
        rows, held = np.arange(n)[train], np.arange(n)[valid]
        if keep:
            rows, held = rows[data[keep][rows] > 0], held[data[keep][held] > 0]
        for c in (0.02, 0.2) if len(np.unique(y[rows])) == 2 else ():
            model = LogisticRegression(C=c, max_iter=60, random_state=seed).fit(x[rows], y[rows])
            loss = logloss(model.predict_proba(x[held])[:, 1], y[held]) if len(held) else 0.0
            if best is None or loss < best[0]:
                best = (loss, model.coef_[0], float(np.ravel(model.intercept_)[0]))
        if best is None:
            base = np.clip(y[rows].mean() if len(rows) else 0.02, 1e-4, 1 - 1e-4)
            best = (0.0, np.zeros(x.shape[1]), float(np.log(base / (1 - base))))
        fitted[f"{name}.w"] = np.asarray(best[1], np.float64)
        fitted[f"{name}.b"] = np.asarray([best[2]], np.float64)
    return fitted


def keras_network(task: dict[str, Any], data: dict[str, np.ndarray], train: slice, valid: slice) -> dict[str, np.ndarray]:
    """Train the network in TensorFlow with field masking and best-epoch restore; return its weights."""
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(task["seed"])
    tf.config.experimental.enable_op_determinism()
    model = build(task["table"], data["categories"].shape[1], data["numbers"].shape[1])
    model.compile(
        keras.optimizers.Adam(1e-3),
        loss={"ctr": "binary_crossentropy", "ctcvr": "binary_crossentropy"},
        loss_weights={"ctr": 1.0, "ctcvr": 1.0},
    )

    def rows(part: slice, categories: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        labels = {"ctr": data["clicked"][part, None], "ctcvr": (data["clicked"] * data["converted"])[part, None]}
        return {"categories": data[categories][part], "numbers": data["numbers"][part]}, labels

    class Tell(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            tell("network", epoch + 1, EPOCHS + 1)

    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    x, y = rows(train, "masked")
    size = min(BATCH, max(256, len(data["clicked"]) // 50))
    model.fit(x, y, validation_data=rows(valid, "categories"), batch_size=size, epochs=EPOCHS, callbacks=[stop, Tell()], verbose=0)
    return export(model)


def logits(kind: str, weights: dict[str, np.ndarray], categories: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (click, conversion given click) logits of the ``linear`` or ``network`` model."""
    own = {k.removeprefix(f"{kind}."): v for k, v in weights.items() if k.startswith(f"{kind}.")}
    if kind == "network":
        parts = [forward(own, categories[i : i + 65_536], numbers[i : i + 65_536]) for i in range(0, len(categories), 65_536)]
        return np.concatenate([p[0] for p in parts]).astype(np.float64), np.concatenate([p[1] for p in parts]).astype(np.float64)
    table = len(own["click.w"]) - numbers.shape[1]

    def linear(name: str) -> np.ndarray:
        w = own[f"{name}.w"]
        return w[categories].sum(axis=1) + numbers @ w[table:] + own[f"{name}.b"][0]

    return linear("click"), linear("convert")


def platt(logit: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """Fit scale and shift of the logit (Platt 1999) by Newton steps, leaning on "no change" with the weight of `LEAN` positives.

    Few conversions can then not move a model far: a calibration from thirty clicks is mostly chance.
    """
    a, b = 1.0, 0.0
    centre = float(logit.mean()) if len(logit) else 0.0
    for _ in range(50):
        p = sigmoid(a * logit + b)
        w = p * (1 - p)
        x = np.stack([logit - centre, np.ones_like(logit)])
        slope = x @ (label - p) - LEAN * np.array([a - 1, b + (a - 1) * centre])
        step = np.linalg.solve((x * w) @ x.T + LEAN * np.eye(2), slope)
        a, b = a + step[0], b + step[1] - step[0] * centre
        if np.abs(step).max() < 1e-10:
            break
    return float(a), float(b)


def strength(p: np.ndarray, label: np.ndarray, group: np.ndarray, least: float, most: float) -> float:
    """Beta pseudo-count of a prediction, from how far groups' rates stray beyond chance (method of moments, Beta-binomial)."""
    _, index = np.unique(group, return_inverse=True)
    n = np.bincount(index)
    expected = np.bincount(index, p)
    variance = np.bincount(index, p * (1 - p))
    excess = ((np.bincount(index, label) - expected) ** 2 - variance).sum()
    spread = (np.maximum(n - 1, 0) * variance).sum()
    if excess <= 0 or spread <= 0:
        return most
    return float(np.clip(spread / excess - 1, least, most))


def logloss(p: np.ndarray, y: np.ndarray) -> float:
    """Mean negative log likelihood."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()) if len(y) else 0.0


def quality(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Log loss, AUC (ties count half), ECE over ten equal-count bins, bias = mean p / observed rate; of unseen rows."""
    if not len(y) or y.min() == y.max():
        return {"rows": len(y), "rate": float(y.mean()) if len(y) else 0.0}
    from scipy.stats import rankdata

    positives = y.sum()
    auc = (rankdata(p)[y > 0].sum() - positives * (positives + 1) / 2) / (positives * (len(y) - positives))
    bins = np.array_split(np.argsort(p, kind="stable"), 10)
    ece = sum(len(b) * abs(p[b].mean() - y[b].mean()) for b in bins if len(b)) / len(y)
    return {
        "rows": len(y),
        "rate": float(y.mean()),
        "logloss": logloss(p, y),
        "auc": float(auc),
        "ece": float(ece),
        "bias": float(p.mean() / y.mean()),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
