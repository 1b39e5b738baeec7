"""The network: DCN-v2 crosses and FM terms over one embedding table (`dcn`), or the plain Dense 128-64-1 (`dnn`).

Trained by `deep` in a process of its own; this file hands it the rows, and scores and explains its exported weights in NumPy, so
that serving imports no TensorFlow. Sources: Wang et al. 2021 (DCN V2), Rendle 2010 (FM), Sundararajan et al. 2017
(integrated gradients).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .child import run_network
from .encoding import Encoder, Rows, sigmoid

TOWER = (128, 64)
WIDTH = 8
CROSSES = {"dcn": 2, "dnn": 0}
STEPS = 32
Weights = dict[str, np.ndarray]


def scaled(numbers: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Signed log1p of the numbers, standardised, clipped to four deviations, 0 where missing: float32 [n, numbers]."""
    x = np.sign(numbers) * np.log1p(np.abs(numbers))
    return np.nan_to_num(np.clip((x - centre[:, None]) / scale[:, None], -4, 4)).T.astype(np.float32)


def train_network(
    kind: str,
    encoder: Encoder,
    rows: Rows,
    y: np.ndarray,
    valid: Rows,
    yv: np.ndarray,
    seed: int,
    said: Callable[[str, float | None, int | None], None],
    workers: int = 1,
) -> tuple[Weights, dict[str, Any]]:
    """Train in a child process, or in `workers` of them; returns the weights of the best epoch, and how far NumPy strays from it.

    `said` hears the valid logloss of every epoch. Raises ``training-failed`` with the end of the child's log.
    """
    from safetensors.numpy import load_file

    logs = np.sign(rows.numbers) * np.log1p(np.abs(rows.numbers))
    some = ~np.isnan(logs).all(axis=1)
    centre, scale = np.zeros(len(logs)), np.ones(len(logs))
    centre[some], scale[some] = np.nanmean(logs[some], axis=1), np.nanstd(logs[some], axis=1) + 1e-6
    offsets = np.concatenate([[0], np.cumsum(encoder.sizes)[:-1]]).astype(np.int32)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for part, own, labels in (("", rows, y), ("valid_", valid, yv)):
            np.save(folder / f"{part}codes.npy", np.ascontiguousarray(own.codes.T + offsets))
            np.save(folder / f"{part}numbers.npy", np.ascontiguousarray(scaled(own.numbers, centre, scale)))
            np.save(folder / f"{part}y.npy", labels.astype(np.float32))
        task = {"kind": kind, "seed": seed, "workers": workers, "table": int(sum(encoder.sizes)), "width": WIDTH}
        task |= {"crosses": CROSSES[kind], "tower": TOWER}
        (folder / "task.json").write_text(json.dumps(task), "utf-8")
        run_network("deep", folder, lambda told: said(kind, told["loss"], told["epoch"]))
        weights = load_file(folder / "weights.safetensors")
        facts = json.loads((folder / "report.json").read_text("utf-8"))
    is_number = np.array([name in encoder.edges for name in encoder.names], np.uint8)
    theirs = weights.pop("valid_logits")
    weights |= {"offsets": offsets, "centre": centre, "scale": scale, "is_number": is_number}
    return weights, facts | {"parity": float(np.abs(sigmoid(logits(weights, valid)) - sigmoid(theirs)).max(initial=0.0))}


def inputs(weights: Weights, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings [n, fields, width], first-order weights [n, fields] and scaled numbers [n, numbers]."""
    at = (rows.codes + weights["offsets"][:, None]).T
    return weights["table"][at], weights["linear"][at], scaled(rows.numbers, weights["centre"], weights["scale"])


def logits(weights: Weights, rows: Rows) -> np.ndarray:
    """Log odds, float64 [n]."""
    return forward(weights, *inputs(weights, rows))[0].astype(np.float64)


def forward(weights: Weights, embedded: np.ndarray, linear: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    """Logit of prepared inputs, and what `backward` needs."""
    n = len(embedded)
    first = np.concatenate([embedded.reshape(n, -1), numbers], axis=1)
    crossed, kept, i = first, [], 0
    while f"cross{i}.kernel" in weights:
        turned = crossed @ weights[f"cross{i}.kernel"] + weights[f"cross{i}.bias"]
        kept.append((crossed, turned))
        crossed, i = first * turned + crossed, i + 1
    deep, towers, j = first, [], 0
    while f"deep{j}.kernel" in weights:
        deep = np.maximum(deep @ weights[f"deep{j}.kernel"] + weights[f"deep{j}.bias"], 0)
        towers.append(deep)
        j += 1
    joined = np.concatenate([crossed, deep], axis=1) if kept else deep
    z = (joined @ weights["out.kernel"] + weights["out.bias"])[:, 0]
    if kept:
        total = embedded.sum(axis=1)
        z = z + linear.sum(axis=1) + ((total**2).sum(axis=1) - (embedded**2).sum(axis=(1, 2))) / 2
    return z, [first, kept, towers]


def backward(weights: Weights, embedded: np.ndarray, kept: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the logit by the embeddings and by the numbers."""
    first, crosses, towers = kept
    out = weights["out.kernel"][:, 0]
    width = first.shape[1] if crosses else 0
    slope = np.broadcast_to(out[width:], towers[-1].shape)
    for j in reversed(range(len(towers))):
        slope = (slope * (towers[j] > 0)) @ weights[f"deep{j}.kernel"].T
    by_first = slope.copy()
    if crosses:
        by_crossed = np.broadcast_to(out[:width], first.shape)
        for i in reversed(range(len(crosses))):
            by_first = by_first + by_crossed * crosses[i][1]
            by_crossed = by_crossed + (by_crossed * first) @ weights[f"cross{i}.kernel"].T
        by_first = by_first + by_crossed
    size = embedded.shape[1] * embedded.shape[2]
    by_embedded = by_first[:, :size].reshape(embedded.shape)
    if crosses:
        by_embedded = by_embedded + embedded.sum(axis=1, keepdims=True) - embedded
    return by_embedded, by_first[:, size:]


def gradients(weights: Weights, rows: Rows) -> tuple[np.ndarray, float]:
    """Integrated gradients from the average row: drivers [fields, n] (numbers count with their bins) and the base.

    The path is cut into `STEPS`; what that leaves of the sum is shared out by size, so that base and drivers add up exactly.
    """
    embedded, linear, numbers = (a.astype(np.float64) for a in inputs(weights, rows))
    mean = weights["mean_embedding"].astype(np.float64)[None]
    mean_linear = weights["mean_linear"].astype(np.float64)[None]
    z, _ = forward(weights, embedded, linear, numbers)
    start = float(forward(weights, mean, mean_linear, np.zeros((1, numbers.shape[1])))[0][0])
    by_field = linear - mean_linear if "cross0.kernel" in weights else np.zeros_like(linear)
    by_number = np.zeros_like(numbers)
    nodes, shares = np.polynomial.legendre.leggauss(STEPS)
    for t, share in zip((nodes + 1) / 2, shares / 2, strict=True):
        here = mean + t * (embedded - mean)
        _, kept = forward(weights, here, linear, t * numbers)
        g, h = backward(weights, here, kept)
        by_field = by_field + share * (g * (embedded - mean)).sum(axis=2)
        by_number += share * h * numbers
    is_number = weights["is_number"].astype(bool)
    by_field[:, is_number] += by_number
    size = np.abs(by_field) + 1e-12
    by_field += (z - start - by_field.sum(axis=1))[:, None] * size / size.sum(axis=1, keepdims=True)
    return by_field.T, start
