"""Deep peers of the response benchmark: our own re-implementations in Keras of DCN-v2, DeepFM and FinalMLP, and DeepCTR.

DCN-v2: Wang et al. 2021, parallel structure. DeepFM: Guo et al. 2017. FinalMLP: Mao et al. 2023, two streams with feature
gates on learnt contexts and multi-head bilinear fusion. Each numeric is its value times a learnt vector; Adam, L2 on the
whole table, best epoch restored. Compiled steps, so that they are not slow for our reasons.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.response_peers import Fitted, Params, logs, ordinal
from benchmarks.response_sets import Rows

EPOCHS = 12


def deep_space(g: np.random.Generator) -> Params:
    return {
        "width": int(g.choice([8, 16])),
        "l2": float(10 ** g.uniform(-5, -2)),
        "rate": float(g.choice([5e-4, 1e-3, 2e-3])),
        "dropout": float(g.choice([0.0, 0.1, 0.3])),
        "tower": [[64, 32], [128, 64], [256, 128]][int(g.integers(3))],
        "crosses": int(g.choice([1, 2, 3])),
        "batch": int(g.choice([512, 2048])),
        "least": int(g.choice([1, 2, 5, 10])),
    }


def tensorflow() -> Any:
    """Import TensorFlow with one thread."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    if not tf.config.threading.get_intra_op_parallelism_threads():
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


def network(kind: str, fields: int, numbers: int, size: int, p: Params) -> Any:
    """Return a Keras model {ids [n, fields], numbers [n, numbers]} -> logit [n]."""
    import keras
    from keras import layers, ops

    width, total = p["width"], fields + numbers

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            near: Any = keras.initializers.RandomNormal(stddev=0.01)
            self.table = self.add_weight(shape=(size, width), initializer=near, name="table")
            self.linear = self.add_weight(shape=(size, 1), initializer="zeros", name="linear")
            self.vectors = self.add_weight(shape=(max(numbers, 1), width), initializer=near, name="vectors")
            self.slopes = layers.Dense(1)
            self.towers = [self.tower() for _ in range(2 if kind == "finalmlp" else 1)]
            d = total * width
            self.crosses = [layers.Dense(d) for _ in range(p["crosses"])] if kind == "dcnv2" else []
            self.out = layers.Dense(1)
            if kind == "finalmlp":
                self.contexts = [self.add_weight(shape=(1, width), initializer=near, name=f"context{i}") for i in range(2)]
                self.gates = [[layers.Dense(64, activation="relu"), layers.Dense(d, activation="sigmoid")] for _ in range(2)]
                self.heads = 2
                k = p["tower"][-1] // self.heads
                self.fusion = self.add_weight(shape=(self.heads, k, k), initializer="glorot_uniform", name="fusion")
                self.out2 = layers.Dense(1)

        def tower(self) -> list[Any]:
            parts: list[Any] = []
            for units in p["tower"]:
                parts += [layers.Dense(units, activation="relu"), layers.Dropout(p["dropout"])]
            return parts

        def call(self, inputs: Any, training: bool = False) -> Any:
            ids, values = inputs
            looked: Any = ops.take(self.table, ids, axis=0)
            if numbers:
                looked = ops.concatenate([looked, ops.expand_dims(values, 2) * self.vectors], axis=1)
            flat: Any = ops.reshape(looked, (-1, total * width))
            through = []
            for i, tower in enumerate(self.towers):
                x = flat
                if kind == "finalmlp":
                    first, second = self.gates[i]
                    x = flat * 2 * second(first(self.contexts[i]))
                for layer in tower:
                    x = layer(x, training=training) if isinstance(layer, layers.Dropout) else layer(x)
                through.append(x)
            if kind == "dcnv2":
                crossed = flat
                for layer in self.crosses:
                    crossed = flat * layer(crossed) + crossed
                return self.out(ops.concatenate([crossed, through[0]], axis=1))[:, 0]
            if kind == "deepfm":
                summed: Any = ops.sum(looked, axis=1)
                squares: Any = ops.sum(looked * looked, axis=1)
                pairs: Any = ops.sum(summed * summed - squares, axis=1)
                pairs = pairs / 2
                first = ops.sum(ops.take(self.linear, ids, axis=0), axis=(1, 2))
                if numbers:
                    first = first + self.slopes(values)[:, 0]
                return first + pairs + self.out(through[0])[:, 0]
            streams: list[Any] = [ops.reshape(x, (-1, self.heads, p["tower"][-1] // self.heads)) for x in through]
            a, b = streams
            fused = ops.sum(ops.einsum("nhi,hij->nhj", a, self.fusion) * b, axis=(1, 2))
            return fused + self.out(through[0])[:, 0] + self.out2(through[1])[:, 0]

    return Net()


def fit(kind: str, rows: Rows, p: Params, seed: int) -> Fitted:
    """Train one network with early stopping on the valid rows."""
    tf = tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    codes, sizes = ordinal(rows, p["least"])
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    ids = [c + offsets for c in codes]
    raw = [logs(part, rows.num) for part in rows.parts]
    centre, scale = np.nanmean(raw[0], axis=0), np.nanstd(raw[0], axis=0) + 1e-6
    values = [np.nan_to_num((x - centre) / scale).astype(np.float32) for x in raw]
    y = [label.astype(np.float32) for label in rows.labels]
    model = network(kind, len(rows.cat), len(rows.num), int(sum(sizes)), p)
    optimizer = keras.optimizers.Adam(p["rate"])
    model([ids[0][:2], values[0][:2]])
    base = float(np.log(y[0].mean() / (1 - y[0].mean())))
    model.out.bias.assign([base])

    @tf.function(reduce_retracing=True)
    def step(i: Any, v: Any, t: Any) -> None:
        with tf.GradientTape() as tape:
            z = model([i, v], training=True)
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(t, z))
            loss += p["l2"] / 2 * (tf.reduce_sum(model.table.value**2) + tf.reduce_sum(model.linear.value**2))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def score(i: Any, v: Any) -> Any:
        return tf.sigmoid(model([i, v], training=False))

    def predict(i: np.ndarray, v: np.ndarray) -> np.ndarray:
        cuts = range(0, len(i), 8192)
        return np.concatenate([score(tf.constant(i[a : a + 8192]), tf.constant(v[a : a + 8192])).numpy() for a in cuts])

    generator, best, waited = np.random.default_rng(seed), (np.inf, [], 0), 0
    for epoch in range(EPOCHS):
        order = generator.permutation(len(y[0]))
        for a in range(0, len(order) - len(order) % p["batch"] or len(order), p["batch"]):
            at = order[a : a + p["batch"]]
            step(tf.constant(ids[0][at]), tf.constant(values[0][at]), tf.constant(y[0][at]))
        told = np.clip(predict(ids[1], values[1]), 1e-7, 1 - 1e-7)
        loss = float(-(y[1] * np.log(told) + (1 - y[1]) * np.log(1 - told)).mean())
        if loss < best[0]:
            best, waited = (loss, model.get_weights(), epoch + 1), 0
        elif (waited := waited + 1) == 2:
            break
    model.set_weights(best[1])
    return Fitted(
        predict(ids[1], values[1]).astype(np.float64),
        predict(ids[2], values[2]).astype(np.float64),
        lambda: predict(ids[2], values[2]),
        lambda: predict(ids[2][:1], values[2][:1]),
        best[2],
    )


def deepctr_fit(rows: Rows, p: Params, seed: int) -> Fitted:
    """DeepCTR's DeepFM; needs ``TF_USE_LEGACY_KERAS=1`` and tf_keras in this process."""
    tf = tensorflow()
    from deepctr.feature_column import DenseFeat, SparseFeat  # pyright: ignore[reportMissingImports]
    from deepctr.models import DeepFM  # pyright: ignore[reportMissingImports]

    tf.keras.utils.set_random_seed(seed)
    codes, sizes = ordinal(rows, p["least"])
    raw = [logs(part, rows.num) for part in rows.parts]
    centre, scale = np.nanmean(raw[0], axis=0), np.nanstd(raw[0], axis=0) + 1e-6
    values = [np.nan_to_num((x - centre) / scale).astype(np.float32) for x in raw]
    x: list[Any] = [
        {name: c[:, j] for j, name in enumerate(rows.cat)} | {name: v[:, j] for j, name in enumerate(rows.num)}
        for c, v in zip(codes, values, strict=True)
    ]
    columns = [SparseFeat(n, s, p["width"]) for n, s in zip(rows.cat, sizes, strict=True)] + [DenseFeat(n, 1) for n in rows.num]
    model: Any = DeepFM(
        columns, columns, dnn_hidden_units=p["tower"], dnn_dropout=p["dropout"], l2_reg_embedding=p["l2"] / 2, l2_reg_linear=p["l2"] / 2
    )
    model.compile(tf.keras.optimizers.Adam(p["rate"]), "binary_crossentropy")
    stop = tf.keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    y = [label.astype(np.float32) for label in rows.labels]
    told = model.fit(x[0], y[0], batch_size=p["batch"], epochs=EPOCHS, validation_data=(x[1], y[1]), verbose=0, callbacks=[stop])
    one = {k: v[:1] for k, v in x[2].items()}
    return Fitted(
        model.predict(x[1], batch_size=8192, verbose=0)[:, 0].astype(np.float64),
        model.predict(x[2], batch_size=8192, verbose=0)[:, 0].astype(np.float64),
        lambda: model.predict(x[2], batch_size=8192, verbose=0),
        lambda: model.predict(one, verbose=0),
        len(told.history["loss"]),
    )
