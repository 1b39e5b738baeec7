"""A trained response model: scores, intervals, drivers, and one folder on disk. NumPy only, no code is ever loaded.

The logit is ``scale * (crossed * z_crossed + trees * z_trees + network * z_network) + shift``: a blend of members that was
chosen on validation rows, and its calibration, after which may come a `Correction`. A member with coefficient 0 is not asked.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .calibrating import Correction
from .compiled import Compiled
from .crossed import Crossed
from .encoding import Encoder, Rows, Targets, cross, sigmoid
from .forest import TOGETHER, Forest
from .light import Packed, lighten
from .recurrence import Recurrence

FORMAT = 1
# Driver that gathers how often impressions like this one occurred.
RECURRENCE = "recurrence"
# Driver of what a bend of the logit moves.
CALIBRATION = "calibration"


class ResponseModel:
    """Predicts the probability of a click or a conversion for rows of a table; made by `train` or `load`.

    Example:
        >>> model = train(impressions, label="clicked")  # doctest: +SKIP
        >>> model.predict(tomorrow)  # doctest: +SKIP
    """

    def __init__(
        self,
        encoder: Encoder,
        crossed: Crossed,
        *,
        coefficients: dict[str, float],
        calibration: tuple[float, float],
        correction: Correction | None = None,
        targets: Targets | None = None,
        forest: Forest | None = None,
        recurrence: Recurrence | None = None,
        network: dict[str, np.ndarray] | None = None,
        packed: Packed | None = None,
        metrics: dict[str, Any] | None = None,
        left_out: dict[str, str] | None = None,
        notes: list[Words] | None = None,
    ) -> None:
        self.encoder = encoder
        self.crossed = crossed
        self.targets = targets
        self.forest = forest
        self.recurrence = recurrence
        self.network = network
        self.packed = packed
        self.coefficients = coefficients
        self.calibration = calibration
        self.correction = correction
        self.metrics = metrics or {}
        self.left_out = left_out or {}
        self.notes = notes or []
        self.seconds = 0.0
        self._rows_of_weights: list[list[float]] | None = None

    @property
    def version(self) -> str:
        """Short name of the weights: the same data, seed and settings give the same version."""
        return hashlib.sha256(self._stored()).hexdigest()[:12]

    def encode(self, rows: Any, shared: dict[str, Any] | None = None) -> Rows:
        """Encode a table once, to score it more than once; `shared` are values that all rows have.

        Raises ``no-known-columns`` or ``infinite-values``.
        """
        if isinstance(rows, Rows):
            return rows
        known = [name for name in self.encoder.kinds if name in rows]
        if not known and not shared and len(self.encoder.kinds):
            raise AdwrightError(
                both("表里没有这个模型认识的列。", "The table has none of the columns that the model knows."),
                both(f"模型用到：{'、'.join(list(self.encoder.kinds)[:8])}。", f"It reads: {', '.join(list(self.encoder.kinds)[:8])}."),
                code="no-known-columns",
            )
        return self.encoder.encode(rows, shared)

    def logits(self, rows: Any) -> np.ndarray:
        """Calibrated log odds, float64 [n]."""
        encoded = self.encode(rows)
        return self._corrected(self._lines(encoded), encoded.codes)

    def _corrected(self, z: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Logits after the correction, which rises with z, given those before it and the rows' codes."""
        return z if self.correction is None else self.correction.bent(z) + self.correction.offset(self.encoder, codes)

    def _lines(self, encoded: Rows) -> np.ndarray:
        parts = [self._logits(encoded.take(slice(a, a + TOGETHER))) for a in range(0, len(encoded), TOGETHER)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _logits(self, rows: Rows) -> np.ndarray:
        z = self._others(rows)
        if self.coefficients["crossed"]:
            z += self.coefficients["crossed"] * self.crossed.logits(rows)
        return self.calibration[0] * z + self.calibration[1]

    def _others(self, rows: Rows) -> np.ndarray:
        """What trees and network add to the uncalibrated logit."""
        share = self.coefficients
        z = np.zeros(len(rows))
        if share["trees"] and self.forest is not None:
            z += share["trees"] * self._compiled.logits(self._tree_indices(rows), rows.numbers)
        if share["network"] and self.network is not None:
            from .network import logits

            z += share["network"] * logits(self.network, rows)
        return z

    @cached_property
    def _compiled(self) -> Compiled:
        assert self.forest is not None
        assert self.targets is not None
        return Compiled(self.forest, self.targets)

    def _features(self, rows: Rows) -> np.ndarray:
        assert self.targets is not None
        return tree_features(self.targets.features(self._tree_indices(rows)), rows)

    def _tree_indices(self, rows: Rows) -> np.ndarray:
        whole, crossings = self._tree_fields
        sizes = self.encoder.sizes
        if len(rows) == 1:
            codes = rows.codes[:, 0].tolist()
            own = [_index_one(codes, sizes, f, rows.codes) if all(codes[i] for i in f) else 0 for f in crossings]
            made = [np.asarray(own, np.int64)[:, None]]
        else:
            made = [cross(rows.codes, sizes, f)[0][None] for f in crossings]
        if self.recurrence is not None:
            made.append(self.recurrence.indices(rows.codes))
        return np.concatenate([rows.codes[whole], *made])

    @cached_property
    def _tree_fields(self) -> tuple[list[int], list[tuple[int, ...]]]:
        fields = tree_fields(self.encoder, self.crossed)
        return [f[0] for f in fields if len(f) == 1], [f for f in fields if len(f) > 1]

    def predict(self, rows: Any) -> np.ndarray:
        """Probability of every row, float64 [n], strictly between 0 and 1. Rows are a table or what `encode` made of one."""
        return np.clip(sigmoid(self.logits(rows)), 1e-9, 1 - 1e-9)

    def predict_one(self, row: dict[str, Any]) -> float:
        """Probability of one request, without building a table; equal to `predict` of the same row."""
        codes, numbers = self.encoder.encode_one(row)
        share, z = self.coefficients, 0.0
        if self._rows_of_weights is None:
            self._rows_of_weights = [w.tolist() for w in self.crossed.weights]
        if share["crossed"]:
            linear = self.crossed.bias
            single = None
            for fields, weights in zip(self.crossed.fields, self._rows_of_weights, strict=True):
                if len(fields) == 1:
                    linear += weights[codes[fields[0]]]
                elif all(codes[f] for f in fields):
                    single = np.asarray(codes, np.int32)[:, None] if single is None else single
                    linear += weights[_index_one(codes, self.encoder.sizes, fields, single)]
            z += share["crossed"] * linear
        if share["trees"] or share["network"]:
            rows = Rows(np.asarray(codes, np.int32)[:, None], np.asarray(numbers, np.float64)[:, None])
            z += float(self._others(rows)[0])
        z = self.calibration[0] * z + self.calibration[1]
        if self.correction is not None:
            z = float(self._corrected(np.array([z]), np.asarray(codes, np.int32)[:, None])[0])
        return float(min(max(1 / (1 + np.exp(-z)), 1e-9), 1 - 1e-9))

    def predict_interval(self, rows: Any, level: float = 0.8) -> np.ndarray:
        """Interval of the probability itself (not of a click), float64 [n, 2]: what the weights leave open, wider for new levels."""
        from scipy.stats import norm

        if not 0 < level < 1:
            raise AdwrightError(
                both("区间水平要在 0 和 1 之间。", "The level must lie between 0 and 1."),
                both("例如 0.8。", "For example 0.8."),
                code="bad-level",
            )
        encoded = self.encode(rows)
        z, half = self._lines(encoded), norm.ppf(0.5 + level / 2) * np.sqrt(self.crossed.uncertainty(encoded)) * self.calibration[0]
        ends = [sigmoid(self._corrected(end, encoded.codes)) for end in (z - half, z + half)]
        return np.clip(np.stack(ends, axis=1), 1e-9, 1 - 1e-9)

    def explain(self, rows: Any) -> Any:
        """Drivers of every row on the logit scale: a DataFrame with ``base`` and one column per field or crossing.

        The columns of a row add up to its logit exactly. Terms of the logistic regression are exact (each against its mean over
        the training rows), those of trees are path-dependent Shapley values, those of the network integrated gradients. What a bend
        moves is the column ``calibration``; a channel's offset is part of the channel.
        """
        import pandas as pd

        encoded = self.encode(rows)
        scale, shift = self.calibration
        share = self.coefficients
        found: dict[str, np.ndarray] = {}

        def give(name: str, addend: np.ndarray, part: float) -> None:
            found[name] = found.get(name, np.zeros(len(encoded))) + scale * part * addend

        base = np.full(len(encoded), shift)
        if share["crossed"]:
            base += scale * share["crossed"] * (self.crossed.bias + sum(self.crossed.mean))
            for fields, term, mean in zip(self.crossed.fields, self.crossed.terms(encoded), self.crossed.mean, strict=True):
                give(self.name_of(fields), term - mean, share["crossed"])
        if share["trees"] and self.forest is not None:
            drivers, start = self.forest.drivers(self._features(encoded))
            base += scale * share["trees"] * start
            tables = [self.name_of(f) for f in tree_fields(self.encoder, self.crossed)]
            tables += [RECURRENCE] * len(self.recurrence.fields if self.recurrence else ())
            names = tables * 2 + self.encoder.number_names
            for name, driver in zip(names, drivers, strict=True):
                give(name, driver, share["trees"])
        if share["network"] and self.network is not None:
            from .network import gradients

            drivers, start = gradients(self.network, encoded)
            base += scale * share["network"] * start
            for name, driver in zip(self.encoder.names, drivers, strict=True):
                give(name, driver, share["network"])
        if self.correction is not None:
            before = base + sum(found.values())
            found[CALIBRATION] = self.correction.bent(before) - before
            if self.correction.column is not None:
                own, offset = self.correction.column, self.correction.offset(self.encoder, encoded.codes)
                found[own] = found.get(own, np.zeros(len(encoded))) + offset
        return pd.DataFrame({"base": base, **found})

    def name_of(self, fields: tuple[int, ...]) -> str:
        """Name of a field or crossing, e.g. ``channel × hour``."""
        return " × ".join(self.encoder.names[f] for f in fields)

    def light(self, bits: Literal[8] | None = None) -> ResponseModel:
        """The variant that is table lookups only, for very many rows; ``metrics["light"]`` says what it loses.

        With `bits` 8 every weight is a byte (`light`): a smaller file, saved and loaded like any model; ``metrics["light"]["bits8"]``
        says what that loses on the validation rows, with its 95 % interval.

        Example:
            >>> model.light(bits=8).save("model-light")  # doctest: +SKIP
        """
        own = self.metrics["light"]["calibration"]
        encoder, crossed, packed = lighten(self.encoder, self.crossed) if bits else (self.encoder, self.crossed, None)
        return ResponseModel(
            encoder,
            crossed,
            coefficients={"crossed": 1.0, "trees": 0.0, "network": 0.0},
            calibration=(own[0], own[1]),
            packed=packed,
            metrics=self.metrics,
            left_out=self.left_out,
            notes=self.notes,
        )

    def _arrays(self) -> dict[str, np.ndarray]:
        if self.packed is not None:
            arrays = self.packed.arrays()
        else:
            arrays = {f"crossed.weights.{i}": w for i, w in enumerate(self.crossed.weights)}
            arrays |= {f"crossed.variance.{i}": v for i, v in enumerate(self.crossed.variance)}
        if self.targets is not None:
            arrays |= {f"targets.{k}": v for k, v in vars(self.targets).items()}
        if self.forest is not None:
            arrays |= {f"forest.{k}": v for k, v in self.forest.arrays().items()}
        if self.recurrence is not None:
            arrays["recurrence.sums"] = self.recurrence.sums
        if self.network is not None:
            arrays |= {f"network.{k}": v for k, v in self.network.items()}
        return {name: np.ascontiguousarray(a) for name, a in arrays.items()}

    def _stored(self) -> bytes:
        from safetensors.numpy import save

        return save(self._arrays())

    def save(self, path: str | Path) -> Path:
        """Write the model's folder: weights first, then the manifest that names them, so that a crash leaves the old model in force.

        Raises ``model-not-saved`` when the disk is full or not writable.
        """
        folder = Path(path)
        weights = self._stored()
        digest = hashlib.sha256(weights).hexdigest()
        manifest = {
            "format": FORMAT,
            "weights": f"weights-{digest[:12]}.safetensors",
            "sha256": digest,
            "encoder": self.encoder.to_json(),
            "crossed": {"bias": self.crossed.bias, "fields": self.crossed.fields, "spread": self.crossed.spread, "mean": self.crossed.mean},
            "recurrence": {"fields": self.recurrence.fields, "sizes": self.recurrence.sizes} if self.recurrence else None,
            "coefficients": self.coefficients,
            "calibration": list(self.calibration),
            "correction": self.correction.to_json() if self.correction else None,
            "metrics": self.metrics,
            "left_out": self.left_out,
            "notes": [note.model_dump() for note in self.notes],
        }
        text = json.dumps(manifest, ensure_ascii=False, sort_keys=True)
        text = json.dumps({"seal": _seal(text), "manifest": manifest}, ensure_ascii=False, sort_keys=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / manifest["weights"], weights)
            _write(folder / "manifest.json", text.encode("utf-8"))
        except OSError as error:
            raise AdwrightError(
                both("模型没有存下来，原来的模型仍然有效。", "The model was not saved; the old one stays in force."),
                both(f"检查磁盘空间和权限：{error.strerror}。", f"Check disk space and permissions: {error.strerror}."),
                code="model-not-saved",
            ) from error
        for old in folder.glob("weights-*.safetensors*"):
            if old.name != manifest["weights"]:
                old.unlink(missing_ok=True)
        return folder

    @classmethod
    def load(cls, path: str | Path) -> ResponseModel:
        """Read a model's folder; raises ``damaged-model`` when a checksum does not match, ``no-model`` when there is none."""
        from safetensors.numpy import load

        folder = Path(path)
        if not (folder / "manifest.json").exists():
            raise AdwrightError(
                both(f"这里没有模型：{folder.name}。", f"There is no model in {folder.name}."),
                both("先训练并保存。", "Train and save one first."),
                code="no-model",
            )
        try:
            sealed = json.loads((folder / "manifest.json").read_text("utf-8"))
            manifest = sealed["manifest"]
            if sealed["seal"] != _seal(json.dumps(manifest, ensure_ascii=False, sort_keys=True)):
                raise ValueError("the manifest's checksum does not match")
            if manifest["format"] != FORMAT or Path(manifest["weights"]).name != manifest["weights"]:
                raise ValueError("the format is unknown")
            stored = (folder / manifest["weights"]).read_bytes()
            if hashlib.sha256(stored).hexdigest() != manifest["sha256"]:
                raise ValueError("the weights' checksum does not match")
            arrays = load(stored)
            encoder = Encoder.from_json(manifest["encoder"])
            told = manifest["crossed"]
            crossed = Crossed(
                float(told["bias"]),
                [tuple(f) for f in told["fields"]],
                _listed(arrays, "crossed.weights."),
                _listed(arrays, "crossed.variance."),
                told["spread"],
                told["mean"],
                encoder.sizes,
            )
            packed = Packed.from_arrays(arrays) if "light.size" in arrays else None
            if packed:
                crossed = packed.unpacked(crossed)
            targets, forest, network = (_part(arrays, name) for name in ("targets.", "forest.", "network."))
            return cls(
                encoder,
                crossed,
                coefficients=manifest["coefficients"],
                calibration=(float(manifest["calibration"][0]), float(manifest["calibration"][1])),
                correction=Correction.from_json(manifest["correction"]) if manifest.get("correction") else None,
                targets=Targets(**targets) if targets else None,
                forest=Forest.from_arrays(forest) if forest else None,
                recurrence=_recurrence(manifest["recurrence"], arrays, encoder.sizes),
                network=network or None,
                packed=packed,
                metrics=manifest["metrics"],
                left_out=manifest["left_out"],
                notes=[Words(**note) for note in manifest["notes"]],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise AdwrightError(
                both("模型文件已损坏或被改动，没有加载。", "The model's files are damaged or were changed; it was not loaded."),
                both("重新训练，或换回上一个版本。", "Train again, or go back to the version before."),
                code="damaged-model",
            ) from error


def tree_fields(encoder: Encoder, crossed: Crossed) -> list[tuple[int, ...]]:
    """Return the fields and crossings whose encodings trees read: categories and what the data asked to cross."""
    categories = [(i,) for i, name in enumerate(encoder.names) if name in encoder.index]
    return categories + [f for f in crossed.fields if len(f) > 1]


def tree_features(encodings: np.ndarray, rows: Rows) -> np.ndarray:
    """Encodings and numbers as trees read them, float32 [features, n]; a missing number lies below every other."""
    numbers = np.nan_to_num(rows.numbers, nan=-1e30).astype(np.float32)
    return np.concatenate([encodings, numbers]) if len(encodings) else numbers


def _recurrence(told: dict[str, Any] | None, arrays: dict[str, np.ndarray], sizes: list[int]) -> Recurrence | None:
    if told is None:
        return None
    fields = [tuple(f) for f in told["fields"]]
    return Recurrence(fields, sizes, arrays["recurrence.sums"], told["sizes"])


def _index_one(codes: list[int], sizes: list[int], fields: tuple[int, ...], column: np.ndarray) -> int:
    size, index = 1, 0
    for f in fields:
        size *= sizes[f]
        index = index * sizes[f] + codes[f]
    return index if size <= 1 << 21 else int(cross(column, sizes, fields)[0][0])


def _listed(arrays: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [arrays[f"{prefix}{i}"] for i in range(sum(name.startswith(prefix) for name in arrays))]


def _part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def _seal(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _write(place: Path, content: bytes) -> None:
    """Write beside, flush to disk, then take the name in one step."""
    beside = place.with_name(place.name + ".part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
