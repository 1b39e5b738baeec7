"""Clicks and conversions together, over all impressions: P(click), P(convert | click) and their product for every impression.

A model of conversions alone sees clicks only, and few. Two ways to let the many clicks help: ``crossed`` (two logistic
regressions) and ``network`` (ESMM, Ma et al. 2018, trained by `entire_fit`). Both give ctcvr = ctr * cvr <= ctr by construction.

``crossed``: what draws clicks often draws orders too, so the conversion head starts from the click head,

    z_convert(x) = bias + share * (z_click(x) - its mean) + a weight per level of every field,

with `share` and the strengths of the fields learnt from the clicks' conversions: with few of them the head is the click
head scaled, with many it is a regression of its own. As both are sums over the same tables, the result is again one
logistic regression that serves and explains like any other. ``likelihood="entire"`` fits it, as ESMM does, to click-and-convert
over all impressions instead of to the clicks; see benchmarks/response_conversion for what that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from . import sealed
from .additive import fit_additive
from .crossed import Crossed
from .encoding import Rows, sigmoid
from .frame import labels, to_frame
from .model import ResponseModel

Choice = Literal["crossed", "network"]
Likelihood = Literal["clicks", "entire"]
LEAST_CONVERSIONS = 10


@dataclass
class EntireSpace:
    """Two models over one space of impressions: of clicks, and of conversions after a click.

    Example:
        >>> model = train_entire(impressions, "clicked", "converted")  # doctest: +SKIP
        >>> ctr, cvr, ctcvr = model.predict(tomorrow)  # doctest: +SKIP
    """

    click: ResponseModel
    convert: ResponseModel
    kind: Choice
    metrics: dict[str, Any]

    def predict(self, rows: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (P(click), P(convert | click), P(click and convert)), float64 [n] each; the third is the product of the others."""
        ctr, cvr = self.click.predict(rows), self.convert.predict(rows)
        return ctr, cvr, ctr * cvr

    def save(self, path: str | Path) -> Path:
        """Write ``click``, ``convert`` and the manifest that names both; raises ``model-not-saved``."""
        folder = Path(path)
        versions = {name: head.version for name, head in (("click", self.click), ("convert", self.convert))}
        for name, head in (("click", self.click), ("convert", self.convert)):
            head.save(folder / f"{name}-{versions[name]}")
        sealed.save(folder, "entire", {"kind": self.kind, "versions": versions, "metrics": self.metrics}, {})
        return folder

    @classmethod
    def load(cls, path: str | Path) -> EntireSpace:
        """Read what `save` wrote; raises ``no-model`` or ``damaged-model``."""
        facts, _ = sealed.load(path, "entire")
        folder = Path(path)
        heads = {}
        for name, version in facts["versions"].items():
            heads[name] = ResponseModel.load(folder / f"{name}-{version}")
            if heads[name].version != version:
                raise sealed.damaged()
        return cls(heads["click"], heads["convert"], facts["kind"], facts["metrics"])


def train_entire(
    data: Any,
    click: str = "clicked",
    convert: str = "converted",
    *,
    model: Choice = "crossed",
    likelihood: Likelihood = "clicks",
    time_budget: float = 120,
    seed: int = 0,
    time_column: str | None = None,
) -> EntireSpace:
    """Train both heads on a DataFrame or Ibis table with one row per impression and the two 0/1 labels.

    Raises `AdwrightError`: what `train` does for the clicks, ``converted-without-click`` and ``too-few-conversions`` (under 10).
    """
    from .choosing import train

    frame = to_frame(data)
    clicked, converted = labels(frame, click), labels(frame, convert, both_classes=False)
    check_conversions(clicked, converted)
    shown = frame.drop(columns=convert)
    if model == "network":
        from .entire_fit import train_heads

        return EntireSpace(*train_heads(shown, click, clicked, converted, seed, time_column), kind="network", metrics={"seed": seed})
    first = train(shown, click, "crossed", time_budget, seed, time_column)
    second = conversion_head(first, shown, clicked, converted, likelihood=likelihood)
    return EntireSpace(first, second, "crossed", {"seed": seed, "likelihood": likelihood, "share": second.metrics["share"]})


def check_conversions(clicked: np.ndarray, converted: np.ndarray) -> None:
    """Raise ``converted-without-click`` or ``too-few-conversions``."""
    strays = int((converted > clicked).sum())
    if strays:
        raise AdwrightError(
            both(f"有 {strays} 次曝光没有点击却有转化。", f"{strays} impressions converted without a click."),
            both("检查两列标签；浏览后转化请单独建模。", "Check both labels; model view-through conversions on their own."),
            code="converted-without-click",
        )
    if converted.sum() < LEAST_CONVERSIONS:
        raise AdwrightError(
            both(f"只有 {int(converted.sum())} 次转化。", f"There are only {int(converted.sum())} conversions."),
            both(
                f"至少需要 {LEAST_CONVERSIONS} 次；在此之前用过往投放的比率。",
                f"At least {LEAST_CONVERSIONS} are needed; until then use past campaigns' rates.",
            ),
            code="too-few-conversions",
        )


def conversion_head(
    click: ResponseModel, frame: Any, clicked: np.ndarray, converted: np.ndarray, *, likelihood: Likelihood = "clicks"
) -> ResponseModel:
    """Fit conversion given the click model; returns one regression over the click model's tables. `frame` are impressions.

    With ``clicks`` only rows with `clicked` count, so a table of clicks alone will do.
    """
    base = click.crossed
    used = np.ones(len(clicked), bool) if likelihood == "entire" else clicked > 0
    rows = click.encode(frame[used])
    y = converted[used]
    at = clicked[used] > 0
    z = base.logits(rows)
    centre = float(z[at].mean())
    rate = float(np.clip(y.sum() / max(at.sum(), 1), 1e-6, 1 - 1e-6))
    p = click.predict(rows) if likelihood == "entire" else None

    def slopes(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        q = sigmoid(z)
        if p is None:
            return y - q, q * (1 - q)
        # Of log(pq) and log(1 - pq) by the logit of q; the bend is its mean square.
        both_ = p * q
        return y * (1 - q) - (1 - y) * both_ * (1 - q) / (1 - both_), both_ * (1 - q) ** 2 / (1 - both_)

    single = [i for i, f in enumerate(base.fields) if len(f) == 1]
    fields = [base.fields[i][0] for i in single]
    sizes = [base.sizes[f] for f in fields]
    fitted = fit_additive(rows.codes[fields], sizes, (z - centre)[None], slopes, bias=float(np.log(rate / (1 - rate))))
    share, unsure = float(fitted.slopes[0]), float(fitted.slope_variance[0])
    weights = [share * w for w in base.weights]
    variance = [
        (share**2 * v + unsure * (w - m) ** 2).astype(np.float32) for v, w, m in zip(base.variance, base.weights, base.mean, strict=True)
    ]
    spread = [abs(share) * s for s in base.spread]
    for i, w, v, precision in zip(single, fitted.weights, fitted.variance, fitted.precision, strict=True):
        weights[i] = weights[i] + w
        variance[i] = (variance[i] + v).astype(np.float32)
        spread[i] = float((spread[i] ** 2 + 1 / precision) ** 0.5)
    joined = Crossed(
        fitted.bias + share * (base.bias - centre), list(base.fields), weights, variance, spread, [0.0] * len(weights), base.sizes
    )
    seen: Rows = rows if likelihood == "clicks" else rows.take(at)
    joined.mean = [float(w[index].mean()) for w, index in zip(joined.weights, joined.indices(seen), strict=True)]
    metrics = {
        "label": "conversion",
        "model": "entire",
        "chosen": {"entire": 1.0},
        "rows": int(at.sum()),
        "positives": int(y.sum()),
        "share": share,
        "likelihood": likelihood,
        "crossings": click.metrics.get("crossings", []),
    }
    return ResponseModel(
        click.encoder,
        joined,
        coefficients={"crossed": 1.0, "trees": 0.0, "network": 0.0},
        calibration=(1.0, 0.0),
        metrics=metrics,
        left_out=click.left_out,
        notes=list(click.notes),
    )
