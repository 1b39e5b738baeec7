"""Predicts CTR and CVR of contexts from the best source there is: model, past campaigns, or a stated assumption.

Serving is NumPy only. A shop with enough impressions gets its model trained on first need (`ready`); a placement the
model never saw leans on past campaigns of its channel, and a channel never run on the published priors.
"""

from __future__ import annotations

import threading
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import Words, both
from . import registry
from .features import Context, columns_of
from .model import ResponseModel
from .past import History, PastRates
from .shop import enough, train

if TYPE_CHECKING:
    from ...data.workspace import Workspace

_TRAINING = threading.Lock()
# Conversions at which the model of single clicks counts half. Before, it is mostly noise beside the totals of past campaigns,
# but soon worth more than a published benchmark.
HALF = {"past": 1_000.0, "assumed": 50.0}
OLDER = both(
    "曝光数据在模型训练之后有更新；预测仍用现有版本，可用 adwright train 重新训练。",
    "Impressions have come in since the model was trained; it still serves, and adwright train makes a new one.",
)
# From this share on, what the model does not come from is not worth naming.
ALMOST = 0.99
_PRIOR_STRENGTH = {"ctr": 400.0, "cvr": 40.0}


class Prediction(Document):
    """CTR and CVR of one context with the strength (Beta pseudo-count) behind them, and where they come from.

    `source` is that of the CTR; `cvr_source` that of the CVR, since conversions are far fewer than clicks: the one that counts
    more. `cvr_share` is the model's part in the CVR, 0..1 on the log odds. `evidence` names the model version or campaign ids.
    """

    ctr: float
    ctr_strength: float
    cvr: float
    cvr_strength: float
    source: Literal["model", "past", "assumed"]
    cvr_source: Literal["model", "past", "assumed"]
    cvr_share: float = 0.0
    evidence: list[str] = []


class Model:
    """The shop's trained models, read from their folder; raises `AdwrightError` (``damaged-model``) when a checksum fails."""

    def __init__(self, folder: Path) -> None:
        own, self.manifest = registry.read(folder)
        self.version = str(self.manifest["version"])
        self.click = ResponseModel.load(own / "click")
        self.convert = ResponseModel.load(own / "convert") if (own / "convert" / "manifest.json").exists() else None

    def rates(self, contexts: list[Context]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return calibrated (CTR, CVR), each [n]; CVR is None while too few clicks became orders to fit one."""
        table = _table(contexts)
        return self.click.predict(table), self.convert.predict(table) if self.convert else None

    def knows(self, field: str, value: str | None) -> bool:
        """Tell whether a value was seen often enough to have its own weight."""
        return value in self.click.encoder.index.get(field, {})

    def terms(self, context: Context, head: str = "click") -> dict[str, float]:
        """Drivers of one context on the logit scale, against a context that knows the channel alone."""
        model = self.click if head == "click" else self.convert
        if model is None:
            return {}
        told = model.explain(_table([context, Context(channel=context.channel)])).drop(columns="base")
        return {str(name): float(here - plain) for name, (here, plain) in told.items()}


def _table(contexts: list[Context]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns_of(contexts))


class Response:
    """The predictor of a shop. Make it with `ready` (trains when needed) or `load` (never trains)."""

    def __init__(self, workspace: Workspace, model: Model | None, notes: list[Words]) -> None:
        self.workspace = workspace
        self.model = model
        self.notes = notes
        self.past = PastRates(workspace)

    @classmethod
    def load(cls, workspace: Workspace) -> Response:
        """Load the version in force, if there is one; a note says when impressions have come in since it was trained."""
        folder = registry.promoted(workspace)
        if folder is None:
            return cls(workspace, None, [])
        model = Model(folder)
        return cls(workspace, model, [] if model.manifest["data"] == workspace.fingerprint("impressions") else [OLDER])

    @classmethod
    def ready(cls, workspace: Workspace, seed: int = 0, progress: Progress = SILENT) -> Response:
        """Load, or train first when the shop has the data and no version yet; a failed training is noted, never fatal."""
        with _TRAINING:
            try:
                found = cls.load(workspace)
            except AdwrightError as damaged:
                if damaged.code != "damaged-model":
                    raise
                found = cls(workspace, None, [damaged.message])
            if found.model is None and not registry.versions(workspace) and enough(workspace):
                try:
                    train(workspace, seed, progress)
                    found = cls.load(workspace)
                except AdwrightError as failed:
                    found.notes.append(failed.message)
            return found

    def predict(self, contexts: list[Context]) -> list[Prediction]:
        """Predict each context; never fails for an unknown channel, but says ``assumed``.

        Example:
            >>> Response.load(shop).predict([Context(channel="douyin", category="sports")])  # doctest: +SKIP
        """
        from_model = self._model_rates(contexts)
        return [self._one(context, from_model.get(i)) for i, context in enumerate(contexts)]

    def _model_rates(self, contexts: list[Context]) -> dict[int, tuple[float, float | None]]:
        if self.model is None:
            return {}
        known = [i for i, c in enumerate(contexts) if self.model.knows("channel", c.channel)]
        if not known:
            return {}
        ctr, cvr = self.model.rates([contexts[i] for i in known])
        return {i: (float(ctr[j]), None if cvr is None else float(cvr[j])) for j, i in enumerate(known)}

    def _one(self, context: Context, rates: tuple[float, float | None] | None) -> Prediction:
        history = self.past.of(context.channel, context.placement, context.category)
        found = _from_history(history) if history else _assumed(context)
        if history and history.order_value and context.price:
            dearer = context.price / _in_shop_currency(history.order_value, history.currency, self.workspace.currency)
            found.cvr = min(0.9, found.cvr * dearer**self.past.price_slope)
        if rates is not None and self.model is not None:
            facts = self.model.manifest["models"][self.model.manifest["serves"]]
            known = context.placement is None or self.model.knows("placement", context.placement)
            thin = 1.0 if known else 0.25
            found.ctr, found.ctr_strength, found.source = rates[0], facts["ctr_strength"] * thin, "model"
            if rates[1] is not None:
                join_cvr(found, rates[1], facts["cvr_strength"] * thin, self.model.manifest["conversions"] * thin)
            by_past = found.evidence if found.cvr_share < ALMOST else []
            found.evidence = [f"model:{self.model.version}", *by_past]
        found.ctr = _lifted(found.ctr, context.segment_lift**0.5)
        found.cvr = _lifted(found.cvr, context.segment_lift)
        return found


def join_cvr(found: Prediction, cvr: float, strength: float, conversions: float) -> None:
    """Move the CVR from what past campaigns or a benchmark say to what the model says, the further the more conversions taught it.

    The mean is weighted on the log odds, the strengths harmonically (their inverses are variances).
    """
    share = conversions / (conversions + HALF[found.cvr_source])
    z = (1 - share) * log(found.cvr / (1 - found.cvr)) + share * log(cvr / (1 - cvr))
    found.cvr, found.cvr_share = 1 / (1 + exp(-z)), share
    found.cvr_strength = 1 / ((1 - share) / found.cvr_strength + share / strength)
    if share > 0.5:
        found.cvr_source = "model"


def _from_history(history: History) -> Prediction:
    return Prediction(
        ctr=history.ctr,
        ctr_strength=history.ctr_strength,
        cvr=history.cvr,
        cvr_strength=history.cvr_strength,
        source="past",
        cvr_source="past",
        evidence=[f"campaign:{c}" for c in history.campaigns],
    )


def _assumed(context: Context) -> Prediction:
    channel = knowledge.channel(context.channel)
    placement = next((p for p in channel.placements if p.id == context.placement), channel.placements[0])
    return Prediction(
        ctr=placement.ctr.mid,
        ctr_strength=_PRIOR_STRENGTH["ctr"],
        cvr=placement.cvr.mid,
        cvr_strength=_PRIOR_STRENGTH["cvr"],
        source="assumed",
        cvr_source="assumed",
        evidence=[f"benchmark:{channel.id}/{placement.id}"],
    )


def _in_shop_currency(amount: float, currency: str, shop: str) -> float:
    return amount if currency == shop else amount * float(knowledge.exchange_rate(currency, shop).value)


def _lifted(rate: float, lift: float) -> float:
    odds = rate / (1 - rate) * lift
    return odds / (1 + odds)
