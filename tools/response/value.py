"""The value of an order: what a conversion in a context is worth on average, and between which amounts it lies.

log(value) = bias + weights of levels + slopes of numbers + noise, every field with a strength of its own; Duan's smearing (1983)
brings it back to money: the expected value is exp(z) times the mean of exp(residual), residuals from rows not fitted to and
weighted by exp(z), so that the values add up to the right total. With few orders, or where it predicts no better out of fold, shrunk
means of one group (say the product) serve, or the mean of all. Not here: whether there is an order at all; returns and margin (`budget`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from . import sealed
from .additive import Additive, fit_additive
from .encoding import FOLDS, Encoder
from .frame import ROW_ID, Schema, check_finite, kind_of, to_frame
from .network import scaled

LEAST_ORDERS, FEW_ORDERS = 5, 60


class ValueModel:
    """Predicts the value of an order for rows of a table, in the currency it was trained on; made by `train_value` or `load`.

    Example:
        >>> model = train_value(orders, value="value")  # doctest: +SKIP
        >>> model.predict(contexts)  # doctest: +SKIP
    """

    def __init__(
        self,
        encoder: Encoder,
        log_value: Additive,
        *,
        centre: np.ndarray,
        scale: np.ndarray,
        smear: float,
        residuals: np.ndarray,
        metrics: dict[str, Any],
    ) -> None:
        self.encoder = encoder
        self.log_value = log_value
        self.centre, self.scale = centre, scale
        self.smear = smear
        self.residuals = residuals
        self.metrics = metrics

    def logs(self, rows: Any) -> np.ndarray:
        """Predicted log(value), float64 [n]; raises ``no-known-columns`` or ``infinite-values``."""
        frame = to_frame(rows)
        known = [name for name in self.encoder.kinds if name in frame]
        if not known and len(self.encoder.kinds):
            raise AdwrightError(
                both("表里没有这个模型认识的列。", "The table has none of the columns that the model knows."),
                both(f"模型用到：{'、'.join(list(self.encoder.kinds)[:8])}。", f"It reads: {', '.join(list(self.encoder.kinds)[:8])}."),
                code="no-known-columns",
            )
        for name in known:
            check_finite(frame[name], name)
        encoded = self.encoder.encode(frame)
        return self.log_value.scores(encoded.codes, scaled(encoded.numbers, self.centre, self.scale).T.astype(np.float64))

    def predict(self, rows: Any) -> np.ndarray:
        """Expected value of an order of each row, float64 [n], above 0."""
        return np.exp(self.logs(rows)) * self.smear

    def predict_interval(self, rows: Any, level: float = 0.8) -> np.ndarray:
        """Interval that holds a single order's value with chance `level`, float64 [n, 2]: quantiles of residuals of rows not fitted to."""
        if not 0 < level < 1:
            raise AdwrightError(
                both("区间水平要在 0 和 1 之间。", "The level must lie between 0 and 1."),
                both("例如 0.8。", "For example 0.8."),
                code="bad-level",
            )
        n = len(self.residuals)
        # One more row than was seen: the next order (split conformal).
        low, high = (int(np.clip(np.floor(q * (n + 1)), 1, n)) - 1 for q in ((1 - level) / 2, (1 + level) / 2))
        if (1 + level) / 2 * (n + 1) > high + 1:
            high = min(high + 1, n - 1)
        z = self.logs(rows)
        return np.exp(np.stack([z + self.residuals[low], z + self.residuals[high]], axis=1))

    def save(self, path: str | Path) -> Path:
        """Write the model's folder; raises ``model-not-saved``."""
        fitted = self.log_value
        facts = {
            "encoder": self.encoder.to_json(),
            "bias": fitted.bias,
            "precision": fitted.precision,
            "smear": self.smear,
            "metrics": self.metrics,
        }
        arrays = {f"weights.{i}": w for i, w in enumerate(fitted.weights)} | {f"variance.{i}": v for i, v in enumerate(fitted.variance)}
        arrays |= {"slopes": fitted.slopes, "slope_variance": fitted.slope_variance, "residuals": self.residuals}
        return sealed.save(path, "value", facts, arrays | {"centre": self.centre, "scale": self.scale})

    @classmethod
    def load(cls, path: str | Path) -> ValueModel:
        """Read what `save` wrote; raises ``no-model`` or ``damaged-model``."""
        facts, arrays = sealed.load(path, "value")
        try:
            encoder = Encoder.from_json(facts["encoder"])
            weights, variance = ([arrays[f"{name}.{i}"] for i in range(len(encoder.names))] for name in ("weights", "variance"))
            if [len(w) for w in weights] != encoder.sizes:
                raise ValueError("the tables do not fit the encoder")
            fitted = Additive(facts["bias"], weights, variance, facts["precision"], arrays["slopes"], arrays["slope_variance"])
            own = {name: arrays[name] for name in ("centre", "scale", "residuals")}
            return cls(encoder, fitted, smear=float(facts["smear"]), metrics=facts["metrics"], **own)
        except (KeyError, ValueError, TypeError) as error:
            raise sealed.damaged() from error


def train_value(data: Any, value: str = "value", *, group: str | None = None, seed: int = 0) -> ValueModel:
    """Train on a DataFrame or Ibis table with one row per order; rows without a value above 0 are left out.

    `group` names the column of the fallback's means; by default the category that tells values apart best. Raises
    `AdwrightError`: ``label-missing``, ``values-missing`` (under 5 orders with a value), ``infinite-values``, ``no-usable-columns``.
    """
    frame = to_frame(data)
    if value not in frame:
        raise AdwrightError(
            both(f"数据里没有金额列“{value}”。", f"The data have no column of values {value!r}."),
            both("检查列名。", "Check its name."),
            code="label-missing",
        )
    check_finite(frame[value].astype(np.float64), value)
    amounts = frame[value].to_numpy(np.float64, na_value=np.nan)
    known = amounts > 0
    if known.sum() < LEAST_ORDERS:
        raise AdwrightError(
            both(f"有金额的订单只有 {int(known.sum())} 笔。", f"Only {int(known.sum())} orders have a value."),
            both(f"至少需要 {LEAST_ORDERS} 笔金额大于 0 的订单。", f"At least {LEAST_ORDERS} orders with a value above 0 are needed."),
            code="values-missing",
        )
    frame, amounts = frame[known].drop(columns=value).reset_index(drop=True), amounts[known]
    schema = _schema(frame, value)
    y = np.log(amounts)
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    group = group or _best_group(frame, schema, y)
    candidates = {"mean": Schema(value)} | ({"groups": Schema(value, {group: "category"})} if group else {})
    if len(y) >= FEW_ORDERS:
        candidates["regression"] = schema
    held = {name: _held_out(frame, own, amounts, fold) for name, own in candidates.items()}
    errors = {name: float(((amounts - p) ** 2).mean() ** 0.5) for name, (p, _) in held.items()}
    chosen = "mean"
    for name in list(candidates)[1:]:
        # On the logs: squared errors of money would be those of the few largest orders.
        gain = (y - held[chosen][1]) ** 2 - (y - held[name][1]) ** 2
        if gain.mean() > gain.std() / len(gain) ** 0.5:
            chosen = name
    made = _fit(frame, candidates[chosen], y)
    z = held[chosen][1]
    made.residuals = np.sort(y - z)
    made.smear = float(amounts.sum() / np.exp(z).sum())
    made.metrics = {
        "label": value,
        "orders": len(y),
        "chosen": chosen,
        "group": group,
        "mean": float(amounts.mean()),
        "out_of_fold_rmse": errors,
        "left_out": schema.left_out,
        "seed": seed,
    }
    return made


def _schema(frame: Any, value: str) -> Schema:
    """Kinds of the columns. What explains a value well (its price) is no leak here, so only ids, constants and empty columns stay out."""
    schema = Schema(value)
    for name in frame:
        column = frame[name]
        check_finite(column, name)
        distinct = column.nunique(dropna=False)
        reason = "missing" if column.isna().all() else "constant" if distinct == 1 else "id" if ROW_ID.match(str(name)) else None
        kind = None if reason else kind_of(column, str(name), distinct)
        if kind is None:
            schema.left_out[name] = reason or "id"
        else:
            schema.kinds[name] = kind
    if not schema.kinds:
        raise AdwrightError(
            both("没有一列可以用来预测。", "No column can be used to predict."),
            both(
                "各列都是常数、空列或编号；请加入商品、渠道等列。",
                "All are constant, empty or ids; add columns such as product or channel.",
            ),
            code="no-usable-columns",
        )
    return schema


def _best_group(frame: Any, schema: Schema, y: np.ndarray) -> str | None:
    """Return the category whose levels differ most beyond chance (variance between them, method of moments, per level told)."""
    best, most = None, 0.0
    for name, kind in schema.kinds.items():
        if kind != "category":
            continue
        codes = frame[name].factorize(use_na_sentinel=False)[0]
        n = np.bincount(codes)
        mean = np.bincount(codes, y) / n
        within = float(((y - mean[codes]) ** 2).sum()) / max(len(y) - len(n), 1)
        if len(n) >= len(y):
            continue
        between = max(float((n * (mean - y.mean()) ** 2).sum()) - (len(n) - 1) * within, 0.0) / (
            len(y) - float((n**2).sum()) / len(y) + 1e-12
        )
        # What shrunk means would explain of the variance.
        told = float((n * between**2 / (between + within / n + 1e-12)).sum()) / len(y)
        if told > most:
            best, most = str(name), told
    return best


def _fit(frame: Any, schema: Schema, y: np.ndarray) -> ValueModel:
    encoder = Encoder.fit(frame, schema)
    rows = encoder.encode(frame)
    logs = np.sign(rows.numbers) * np.log1p(np.abs(rows.numbers))
    some = ~np.isnan(logs).all(axis=1)
    centre, scale = np.zeros(len(logs)), np.ones(len(logs))
    centre[some], scale[some] = np.nanmean(logs[some], axis=1), np.nanstd(logs[some], axis=1) + 1e-6
    numbers = scaled(rows.numbers, centre, scale).T.astype(np.float64)
    noise = [float(y.var()) + 1e-9]

    def gaussian(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # The noise is learnt with the weights; at first it is all of the variance, so that few orders fit nothing by chance.
        noise[0] = max(float(((y - z) ** 2).mean()), 1e-4 * float(y.var()), 1e-9)
        return (y - z) / noise[0], np.full(len(y), 1 / noise[0])

    fitted = fit_additive(rows.codes, encoder.sizes, numbers, gaussian, bias=float(y.mean()))
    return ValueModel(encoder, fitted, centre=centre, scale=scale, smear=1.0, residuals=np.zeros(1), metrics={})


def _held_out(frame: Any, schema: Schema, amounts: np.ndarray, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (expected values, logs) of every row from fits to the other folds."""
    y, z = np.log(amounts), np.empty(len(amounts))
    for k in range(FOLDS):
        own = fold == k
        if own.any():
            z[own] = _fit(frame[~own].reset_index(drop=True), schema, y[~own]).logs(frame[own])
    return np.exp(z) * float(amounts.sum() / np.exp(z).sum()), z
