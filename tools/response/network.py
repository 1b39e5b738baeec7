"""The network: DCN-v2 crosses beside a Dense 128-64 tower over one shared embedding table, two heads (ESMM).

`build` makes it in Keras for training. `forward` is the same function in NumPy over the exported weights, so that
serving imports no TensorFlow; a test holds the two together to 1e-6. Sources: Wang et al. 2021 (DCN V2),
Ma et al. 2018 (Entire Space Multi-Task Model).
"""

from __future__ import annotations

from typing import Any

import numpy as np

WIDTH = 8
CROSSES = 2
TOWER = (128, 64)


def build(table: int, fields: int, numbers: int, embedding_l2: float = 1e-5) -> Any:
    """Return a Keras model: {categories [n, fields] int32, numbers [n, numbers]} -> {ctr, ctcvr} probabilities."""
    import keras
    from keras import layers

    categories = keras.Input((fields,), dtype="int32", name="categories")
    values = keras.Input((numbers,), name="numbers")
    initial: Any = keras.initializers.RandomNormal(stddev=0.01)
    embedded = layers.Embedding(
        table,
        WIDTH,
        embeddings_initializer=initial,
        embeddings_regularizer=keras.regularizers.L2(embedding_l2),
        name="table",
    )(categories)
    first = layers.Concatenate()([layers.Reshape((fields * WIDTH,))(embedded), values])
    crossed = first
    for i in range(CROSSES):
        crossed = layers.Add()([layers.Multiply()([first, layers.Dense(first.shape[-1], name=f"cross{i}")(crossed)]), crossed])
    deep = first
    for i, units in enumerate(TOWER):
        deep = layers.Dense(units, activation="relu", name=f"deep{i}")(deep)
    joined = layers.Concatenate()([crossed, deep])
    click = layers.Dense(1, name="click")(joined)
    convert = layers.Dense(1, name="convert")(joined)
    ctr = layers.Activation("sigmoid", name="ctr")(click)
    ctcvr = layers.Multiply(name="ctcvr")([ctr, layers.Activation("sigmoid")(convert)])
    return keras.Model({"categories": categories, "numbers": values}, {"ctr": ctr, "ctcvr": ctcvr})


def export(model: Any) -> dict[str, np.ndarray]:
    """Return the weights by name, as `forward` reads them."""
    weights = {"table": model.get_layer("table").get_weights()[0]}
    for name in [*(f"cross{i}" for i in range(CROSSES)), *(f"deep{i}" for i in range(len(TOWER))), "click", "convert"]:
        kernel, bias = model.get_layer(name).get_weights()
        weights[f"{name}.kernel"], weights[f"{name}.bias"] = kernel, bias
    return {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}


def forward(weights: dict[str, np.ndarray], categories: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits (click, conversion given click), each [n], of the network."""

    def dense(name: str, x: np.ndarray) -> np.ndarray:
        return x @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]

    first = np.concatenate([weights["table"][categories].reshape(len(categories), -1), numbers], axis=1)
    crossed = first
    for i in range(CROSSES):
        crossed = first * dense(f"cross{i}", crossed) + crossed
    deep = first
    for i in range(len(TOWER)):
        deep = np.maximum(dense(f"deep{i}", deep), 0)
    joined = np.concatenate([crossed, deep], axis=1)
    return dense("click", joined)[:, 0], dense("convert", joined)[:, 0]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function."""
    return 1 / (1 + np.exp(-x))
