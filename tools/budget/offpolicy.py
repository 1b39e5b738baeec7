"""What another policy would have earned, from a log that carries propensities: off-policy evaluation.

Five estimators over discrete candidates: IPW (Horvitz and Thompson 1952), SNIPW (Swaminathan and Joachims 2015), DM, DR (Dudik et
al. 2011) and DRos (Su et al. 2020). The model of the reward is fitted on the other fold. An estimate comes with its interval, the
effective sample size and the largest weight, and not at all where those say that it would be noise. Logs without propensities are
not covered: a guessed propensity makes every one of these wrong.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.errors import AdwrightError
from ...data.words import both

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Estimator = Literal["ipw", "snipw", "dm", "dr", "dros"]
FOLDS = 2
# Pseudo-rows of the log's mean in the default model of the reward.
STRENGTH = 50.0
# DRos: weights beyond about the root of this shrink towards the model.
SHRINK = 10.0
# Where any of these fails, estimates on Open Bandit were off by 20-75 %.
LEAST_ESS = 0.05
LARGEST_WEIGHT = 100.0
LEAST_REWARDS = 50
# Weights average 1 where the log could have shown all that the other policy shows; further off than this and 4 standard errors is a gap.
GAP = 0.1


class PolicyValue(NamedTuple):
    """Reward per decision of the evaluated policy; `low` and `high` are bootstrap bounds, `logged` the log's own mean.

    `all` holds every estimator's point; `ess` is the effective sample size of `n` rows, `max_weight` the largest ratio of the two
    policies' probabilities, `rewards` the rows with a reward. `doubts` names what would have refused the estimate: ``ess``,
    ``weight``, ``rewards``, ``support`` (empty unless forced).
    """

    value: float
    low: float
    high: float
    estimator: Estimator
    logged: float
    all: dict[Estimator, float]
    n: int
    ess: float
    max_weight: float
    rewards: int
    doubts: tuple[str, ...]


class _Log(NamedTuple):
    action: Ints
    reward: Array
    weight: Array
    target: Array
    fold: Ints
    predicted: Array | None


def evaluate_policy(
    action: ArrayLike,
    reward: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    *,
    estimator: Estimator = "dros",
    predicted: ArrayLike | None = None,
    folds: ArrayLike | None = None,
    confidence: float = 0.9,
    draws: int = 200,
    seed: int = 0,
    force: bool = False,
) -> PolicyValue:
    """Estimate the mean reward of a policy from another policy's log.

    `action` [n] are candidate numbers 0..k-1 as shown, `reward` [n] what they brought, `propensity` [n] the probability with which
    the log's policy showed them, `target` [n, k] the evaluated policy's probabilities (rows sum to 1). `predicted` [n, k] are
    rewards by a model that has not seen these rows (default: each candidate's mean on the other fold, leaning on the log's mean);
    `folds` [n] of 0 and 1 fixes the two folds (default: at random by `seed`). The interval redraws rows within folds and refits the
    default model.

    Raises `AdwrightError`: ``bad-log`` for shapes, candidates or probabilities that cannot be; ``weak-log`` where the effective
    sample size is below 5 % of the rows, a weight exceeds 100, fewer than 50 rows have a reward, or the log never shows part of what
    the evaluated policy shows (weights do not average 1), unless `force`.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> shown = rng.integers(0, 2, 4_000)
        >>> clicked = rng.random(4_000) < np.where(shown == 1, 0.10, 0.05)
        >>> round(evaluate_policy(shown, clicked, np.full(4_000, 0.5), np.tile([0.0, 1.0], (4_000, 1))).value, 2)
        0.1
    """
    log = _read(action, reward, propensity, target, predicted, folds, seed)
    if estimator not in get_args(Estimator) or not 0 < confidence < 1 or draws < 2:
        raise _bad(f"估计方法 {estimator} 或置信度 {confidence} 不可用", f"no such estimator or confidence: {estimator}, {confidence}")
    n, rewards, largest = len(log.reward), int(np.count_nonzero(log.reward)), float(log.weight.max())
    squares = float(log.weight @ log.weight)
    ess = float(log.weight.sum()) ** 2 / squares if squares else 0.0
    average, strays = float(log.weight.mean()), float(log.weight.std()) / n**0.5
    failed = {
        "ess": ess < LEAST_ESS * n,
        "weight": largest > LARGEST_WEIGHT,
        "rewards": rewards < LEAST_REWARDS,
        "support": abs(average - 1) > max(GAP, 4 * strays),
    }
    doubts = tuple(name for name, is_so in failed.items() if is_so)
    if doubts and not force:
        raise _weak(n, ess, largest, rewards, average)
    points = _points(log, np.ones(n))
    rng = np.random.default_rng(seed)
    where = [np.flatnonzero(log.fold == f) for f in range(FOLDS)]
    drawn = np.empty(draws)
    for i in range(draws):
        times = np.zeros(n)
        for rows in where:
            times[rows] = np.bincount(rng.integers(0, len(rows), len(rows)), minlength=len(rows))
        drawn[i] = _points(log, times)[estimator]
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return PolicyValue(
        points[estimator], float(low), float(high), estimator, float(log.reward.mean()), points, n, ess, largest, rewards, doubts
    )


def _points(log: _Log, times: Array) -> dict[Estimator, float]:
    """Every estimator, averaged over folds; row i counts `times[i]` times."""
    each: list[list[float]] = []
    for fold in range(FOLDS):
        rows = np.flatnonzero(log.fold == fold)
        t, w, r, a = times[rows], log.weight[rows], log.reward[rows], log.action[rows]
        if log.predicted is None:
            mean = _means(log, times * (log.fold != fold))
            model, shown = log.target[rows] @ mean, mean[a]
        else:
            model, shown = (log.target[rows] * log.predicted[rows]).sum(axis=1), log.predicted[rows, a]
        n, left = t.sum(), r - shown
        shrunk = SHRINK * w / (w * w + SHRINK)
        total = t @ w
        ipw, snipw = t @ (w * r) / n, t @ (w * r) / total if total else float("nan")
        dm, dr, dros = (t @ (model + kept * left) / n for kept in (0.0, w, shrunk))
        each.append([float(point) for point in (ipw, snipw, dm, dr, dros)])
    return dict(zip(get_args(Estimator), np.mean(each, axis=0).tolist(), strict=True))


def _means(log: _Log, times: Array) -> Array:
    """Reward by candidate, leaning on the mean of all by `STRENGTH` rows; candidates never shown get the mean."""
    k = log.target.shape[1]
    mean = times @ log.reward / times.sum()
    return (np.bincount(log.action, times * log.reward, k) + STRENGTH * mean) / (np.bincount(log.action, times, k) + STRENGTH)


def _read(
    action: ArrayLike,
    reward: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    predicted: ArrayLike | None,
    folds: ArrayLike | None,
    seed: int,
) -> _Log:
    try:
        a, r, p, t = np.asarray(action, np.int64), np.asarray(reward, float), np.asarray(propensity, float), np.asarray(target, float)
        q = None if predicted is None else np.asarray(predicted, float)
        f = None if folds is None else np.asarray(folds, np.int64)
    except (TypeError, ValueError) as error:
        raise _bad("有的列不是数字", "a column is not made of numbers") from error
    n = len(r) if r.ndim == 1 else 0
    if n < 2 * FOLDS or a.shape != (n,) or p.shape != (n,) or t.ndim != 2 or len(t) != n or (q is not None and q.shape != t.shape):
        raise _bad("各列长度不一致，或行数太少", "columns differ in length, or there are too few rows")
    if a.min() < 0 or a.max() >= t.shape[1]:
        raise _bad("展示的候选编号超出了目标策略的候选范围", "a shown candidate is not one of the evaluated policy's")
    if not (np.isfinite(r).all() and (p > 0).all() and (p <= 1).all()):
        raise _bad("展示概率必须大于 0 且不超过 1，回报必须是有限数", "propensities must lie in (0, 1], rewards must be finite")
    if (t < 0).any() or not np.allclose(t.sum(axis=1), 1, atol=1e-6) or (q is not None and not np.isfinite(q).all()):
        raise _bad("目标策略每行的概率之和必须为 1", "the evaluated policy's probabilities must sum to 1 in every row")
    if f is None:
        f = np.random.default_rng(seed).permutation(n) % FOLDS
    elif f.shape != (n,) or set(np.unique(f).tolist()) != set(range(FOLDS)):
        raise _bad("folds 必须每行为 0 或 1，且两折都有数据", "folds must be 0 or 1 for every row, with rows in both")
    return _Log(a, r, t[np.arange(n), a] / p, t, f, q)


def _bad(zh: str, en: str) -> AdwrightError:
    return AdwrightError(
        both(f"投放日志无法评估：{zh}。", f"The log cannot be evaluated: {en}."),
        both(
            "每行给出：展示的候选、回报、展示概率，以及目标策略对各候选的概率。",
            "Give each row's shown candidate, reward and propensity, and the evaluated policy's probability of every candidate.",
        ),
        code="bad-log",
    )


def _weak(n: int, ess: float, largest: float, rewards: int, average: float) -> AdwrightError:
    return AdwrightError(
        both(
            f"日志不足以评估这个策略：有效样本 {ess:,.0f} / {n:,}（至少 5%），最大权重 {largest:,.1f}（至多 100），有回报的行 {rewards:,}（至少 50），平均权重 {average:.2f}（应为 1）。",
            f"The log cannot tell what this policy earns: effective sample {ess:,.0f} of {n:,} rows (at least 5 %), largest weight "
            f"{largest:,.1f} (at most 100), rows with a reward {rewards:,} (at least 50), mean weight {average:.2f} (should be 1).",
        ),
        both(
            "请积累更多随机流量，或评估一个更接近现行策略的方案；force=True 可强行给出数字，但不宜据此决策。",
            "Collect more randomised traffic, or evaluate a policy closer to the present one; force=True gives the number anyway, "
            "which should not decide anything.",
        ),
        code="weak-log",
    )
