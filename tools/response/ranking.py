"""Orders candidate ads or creatives for one user and context, by click rate, revenue per impression or contribution."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from .encoding import logit, sigmoid
from .model import ResponseModel
from .propensity import best_of_draws

NEEDS = {"ctr": (), "ecpm": ("bid",), "profit": ("cvr", "margin")}


def rank(
    model: ResponseModel,
    candidates: Any,
    context: dict[str, Any] | None = None,
    by: Literal["ctr", "ecpm", "profit"] = "ctr",
    explore: float = 0.0,
    seed: int = 0,
) -> Any:
    """Return the candidates with ``ctr``, ``score``, ``explored`` and ``propensity``, best first; equal scores keep their order.

    `context` holds what all candidates share (user, hour, placement). ``ecpm`` is 1000 x ctr x ``bid`` (price per click);
    ``profit`` is ctr x (``cvr`` x ``margin`` - ``cost``), with margin per order and cost per click (0 when there is no such
    column). With `explore` > 0 each click rate is drawn from its own interval instead (Thompson sampling) in that share of
    requests; ``explored`` says so, and ``propensity`` is the probability that this candidate comes first in such a request, explored
    or not. The rows returned are the log that the next training reads: add the label when it is known; what was added here is left
    out as a feature then (`frame`).
    Raises ``unknown-order`` or ``rank-needs-columns``.

    Example:
        >>> rank(model, creatives, {"channel": "douyin", "hour": 20}, by="profit")  # doctest: +SKIP
    """
    import pandas as pd

    if by not in NEEDS:
        raise AdwrightError(
            both(f"不能按“{by}”排序。", f"There is no order {by!r}."),
            both("可选：ctr、ecpm、profit。", "There are ctr, ecpm, profit."),
            code="unknown-order",
        )
    missing = [name for name in NEEDS[by] if name not in candidates]
    if missing:
        raise AdwrightError(
            both(f"按 {by} 排序还需要：{'、'.join(missing)}。", f"Ranking by {by} also needs {', '.join(missing)}."),
            both("给候选加上这些列。", "Add these columns to the candidates."),
            code="rank-needs-columns",
        )
    encoded = model.encode(candidates, context)
    ctr = model.predict(encoded)
    value = np.ones(len(ctr))
    if by == "ecpm":
        value = 1000 * candidates["bid"].to_numpy(np.float64)
    elif by == "profit":
        cost = candidates["cost"].to_numpy(np.float64) if "cost" in candidates else 0.0
        value = candidates["cvr"].to_numpy(np.float64) * candidates["margin"].to_numpy(np.float64) - cost
    used, explored = ctr, False
    propensity = np.zeros(len(ctr))
    propensity[np.argmax(ctr * value) if len(ctr) else []] = 1.0
    if explore > 0 and len(ctr):
        generator = np.random.default_rng(seed)
        z, spread = logit(ctr), np.sqrt(model.crossed.uncertainty(encoded)) * model.calibration[0]
        propensity = (1 - explore) * propensity + explore * best_of_draws(z, spread, value)
        if generator.random() < explore:
            used, explored = sigmoid(z + generator.normal(size=len(ctr)) * spread), True
    score = used * value
    order = np.argsort(-score, kind="stable")
    told = {k: v for k, v in (context or {}).items() if k in model.encoder.kinds}
    shared = {name: [value] * len(order) for name, value in told.items()}
    added = {"ctr": ctr[order], "score": score[order], "explored": explored, "propensity": propensity[order]}
    beside = pd.DataFrame(shared | added, index=pd.RangeIndex(len(order)))
    before = [name for name in beside if name in candidates]
    own = candidates.drop(columns=before) if before else candidates
    return pd.concat([own.take(order).set_axis(beside.index), beside], axis=1)
