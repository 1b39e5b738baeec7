"""Which creative gets how much of the traffic: batch Thompson sampling on contribution per impression.

Contribution per impression = CTR x CVR x contribution of an order; rates are Beta, with the prior of `bandit_prior`. At most eight
arms run at once, the others wait; an arm whose chance of being best falls below 1 % is retired, and comes back only at 2 %. Counts are kept by day of the
click, so that conversions still to come and days long past weigh what they should. The cost of an impression is taken to be the
same for every arm; budgets and bids are not decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.words import both
from .bandit_prior import beta_prior
from .inputs import assumption

Array = NDArray[np.float64]
LIVE = 8
RETIRE = 0.01
# A retired arm comes back when the others turn out worse than they looked.
REVIVE = 0.02
# Waiting arms that are compared with the live ones, and how many times the weakest one's chance takes its place.
CHALLENGERS = 32
SWAP = 1.2
LEAST_SHARE = 0.01
DRAWS = 1_000
DISCOUNT = 0.98
FORMAT = 1


class Arm(NamedTuple):
    """A creative: `ctr` and `cvr` as the response model predicts them (None: no prediction), `value` what an order brings."""

    id: str
    ctr: float | None = None
    cvr: float | None = None
    value: float = 1.0


class ArmState(NamedTuple):
    """Where an arm stands: `share` of the next batch, chance of being `best` of those in the race, expected `value` per impression."""

    id: str
    status: str
    share: float
    best: float
    value: float


class Bandit:
    """Batch Thompson sampling over creatives; the same seed and observations give the same shares.

    `arms` have unique ids. `goal` is ``contribution`` (CTR x CVR x value) or ``clicks``. `caution` scales the posterior's standard
    deviation: below 1 less is explored, for short campaigns. `usual_ctr` and `usual_cvr` are the guess for arms without a
    prediction; the running data correct it. Raises `AdwrightError` (``bad-bandit``) for arms or settings that cannot be.

    Example:
        >>> bandit = Bandit([Arm("a", ctr=0.01), Arm("b", ctr=0.03)], goal="clicks")
        >>> bandit.observe("b", day=0, impressions=2_000, clicks=80)
        >>> bandit.observe("a", day=0, impressions=2_000, clicks=4)
        >>> max(bandit.standing(), key=lambda arm: arm.share).id
        'b'
    """

    def __init__(
        self,
        arms: Sequence[Arm],
        *,
        goal: str = "contribution",
        caution: float = 0.6,
        discount: float = DISCOUNT,
        usual_ctr: float = 0.01,
        usual_cvr: float = 0.02,
        seed: int = 0,
    ) -> None:
        ids = [arm.id for arm in arms]
        rates = [usual_ctr, usual_cvr, *(r for arm in arms for r in (arm.ctr, arm.cvr) if r is not None)]
        _check(bool(ids) and len(set(ids)) == len(ids), "素材至少一个且不能重名", "there must be an arm, and ids must differ")
        _check(all(0 < rate < 1 for rate in rates), "CTR、CVR 必须在 0 与 1 之间", "CTR and CVR lie between 0 and 1")
        _check(
            goal in ("contribution", "clicks") and 0 < caution <= 1 and 0 < discount <= 1, "目标或系数不可用", "goal or factors are unknown"
        )
        _check(
            all(np.isfinite(arm.value) and arm.value > 0 for arm in arms), "每单毛利必须为正", "an order's contribution must be positive"
        )
        self._arms, self._at = list(arms), {id_: i for i, id_ in enumerate(ids)}
        self._settings: dict[str, Any] = dict(
            goal=goal, caution=caution, discount=discount, usual_ctr=usual_ctr, usual_cvr=usual_cvr, seed=seed
        )
        self._ctr = np.array([arm.ctr or usual_ctr for arm in arms])
        self._cvr = np.array([arm.cvr or usual_cvr for arm in arms])
        self._value = np.array([arm.value for arm in arms])
        self._days: dict[int, Array] = {}
        self._live = np.zeros(len(arms), bool)
        self._retired = np.zeros(len(arms), bool)
        self._turn = 0
        self._race()

    def observe(self, arm: str, *, day: int, impressions: int = 0, clicks: int = 0, conversions: int = 0) -> None:
        """Add counts to an arm; `day` numbers the day of the impression and click (0, 1, ...), also for conversions that come later.

        Raises `AdwrightError` (``bad-bandit``) for an unknown arm, negative counts, or more clicks than impressions or conversions
        than clicks on that day.
        """
        _check(arm in self._at, f"没有素材 {arm}", f"there is no arm {arm}")
        new = np.array([impressions, clicks, conversions], float)
        _check(day >= 0 and bool((new >= 0).all()), "天数和计数不能为负", "days and counts cannot be negative")
        counts = self._days.get(day, np.zeros((len(self._arms), 3)))[self._at[arm]] + new
        _check(
            counts[0] >= counts[1] >= counts[2], "点击多于展示，或转化多于点击", "more clicks than impressions, or conversions than clicks"
        )
        self._days.setdefault(day, np.zeros((len(self._arms), 3)))[self._at[arm]] = counts

    def shares(self, day: int | None = None) -> dict[str, float]:
        """Return every live arm's share of the next batch (sum 1), at least 1 % each; retires and admits arms first.

        The shares are the propensities to log with each impression. `day` is today (default: the latest day seen).
        """
        return {arm.id: arm.share for arm in self.standing(day) if arm.status == "live"}

    def gain(self, before: Mapping[str, float], after: Mapping[str, float], impressions: float, day: int) -> tuple[float, ...]:
        """Return P10, P50 and P90 of what shares `after` bring beyond `before` over so many impressions, and the chance that it is above 0.

        Takes no turn of the race. Arms that are left out have no share.
        """
        rng = np.random.default_rng([self._settings["seed"], self._turn, 2])
        drawn = self._draws(self._posterior(day), np.arange(len(self._arms)), DRAWS, rng)
        moved = np.array([after.get(arm.id, 0.0) - before.get(arm.id, 0.0) for arm in self._arms])
        extra = impressions * drawn @ moved
        return (*(float(x) for x in np.percentile(extra, (10, 50, 90))), float((extra > 0).mean()))

    def assign(self, n: int, day: int | None = None) -> list[str]:
        """Return the arms of the next `n` impressions, drawn by `shares`."""
        shares = self.shares(day)
        # Another stream than the race's, so that given the shares the draw is independent of what made them.
        rng = np.random.default_rng([self._settings["seed"], self._turn, 1])
        drawn = rng.choice(len(shares), size=n, p=list(shares.values()))
        ids = list(shares)
        return [ids[i] for i in drawn.tolist()]

    def standing(self, day: int | None = None) -> list[ArmState]:
        """Return all arms: live, waiting or retired; a turn of the race is taken, as by `shares`."""
        best, mean = self._race(day)
        live = self._live
        share = np.where(live, best, 0.0)
        share = share / share.sum() if share.sum() else live / live.sum()
        share = np.where(live, np.maximum(share, LEAST_SHARE), 0.0)
        share /= share.sum()
        status = np.where(live, "live", np.where(self._retired, "retired", "waiting"))
        return [
            ArmState(arm.id, str(s), float(x), float(p), float(m))
            for arm, s, x, p, m in zip(self._arms, status, share, best, mean, strict=True)
        ]

    def _race(self, day: int | None = None) -> tuple[Array, Array]:
        """Take a turn: retire live arms that hardly can be best, fill free places; return chances of being best and means [n]."""
        self._turn += 1
        rng = np.random.default_rng([self._settings["seed"], self._turn])
        shapes = self._posterior(max(self._days, default=0) if day is None else day)
        mean = self._mean(shapes)
        live, aside = np.flatnonzero(self._live), np.flatnonzero(~self._live)
        # Those that wait and promise most are in the race too: an arm is retired in their favour, not only against those that run.
        aside = aside[np.argsort(-self._draws(shapes, aside, 1, rng)[0], kind="stable")][:CHALLENGERS]
        racing = np.concatenate([live, aside])
        plain, careful = self._chances(shapes, racing, rng)
        out = [i for i in live if plain[i] < RETIRE and i != live[plain[live].argmax()]]
        self._live[out], self._retired[out] = False, True
        queue = [i for i in aside[np.argsort(-plain[aside], kind="stable")] if plain[i] >= (REVIVE if self._retired[i] else 0)]
        for i in queue:
            if self._live.sum() >= LIVE:
                weakest = min(np.flatnonzero(self._live), key=lambda j: plain[j])
                if plain[i] < SWAP * plain[weakest]:
                    break
                self._live[weakest] = False
            self._live[i], self._retired[i] = True, False
        if set(np.flatnonzero(self._live)) != set(live):
            _, careful = self._chances(shapes, np.flatnonzero(self._live), rng)
        return careful, mean

    def _chances(self, shapes: list[tuple[Array, Array]], racing: NDArray[np.int64], rng: np.random.Generator) -> tuple[Array, Array]:
        """Chance of being the best of those racing, by the posterior itself and with its spread scaled by `caution` [n]."""
        drawn, mean = self._draws(shapes, racing, DRAWS, rng), self._mean(shapes)[racing]
        chances = np.zeros((2, len(self._arms)))
        for row, scale in enumerate((1.0, self._settings["caution"])):
            won = (mean + scale * (drawn - mean)).argmax(axis=1)
            chances[row, racing] = np.bincount(won, minlength=len(racing)) / DRAWS
        return chances[0], chances[1]

    def _posterior(self, day: int) -> list[tuple[Array, Array]]:
        """Beta parameters of CTR and, for contribution, CVR."""
        counts = np.array([*self._days.values()]).reshape(-1, len(self._arms), 3)
        age = np.maximum(day - np.array([*self._days], float), 0)
        weight = (self._settings["discount"] ** age)[:, None]
        shown, clicked, bought = ((weight * counts[:, :, k]).sum(0) for k in range(3))
        # A click counts as a trial as far as its conversion would be here by now, and fully where it is.
        ripe = (weight * np.maximum(counts[:, :, 1] * arrived_by(age)[:, None], counts[:, :, 2])).sum(0)
        a, b = beta_prior(self._ctr, clicked, shown)
        shapes = [(a + clicked, b + shown - clicked)]
        if self._settings["goal"] == "contribution":
            a, b = beta_prior(self._cvr, bought, ripe)
            shapes.append((a + bought, b + ripe - bought))
        return shapes

    def _mean(self, shapes: list[tuple[Array, Array]]) -> Array:
        rates = np.prod([a / (a + b) for a, b in shapes], axis=0)
        return rates if self._settings["goal"] == "clicks" else rates * self._value

    def _draws(self, shapes: list[tuple[Array, Array]], arms: NDArray[np.int64], n: int, rng: np.random.Generator) -> Array:
        """Draw the goal [n, arms] from the posterior."""
        drawn = np.ones((n, len(arms)))
        for a, b in shapes:
            drawn *= rng.beta(a[arms], b[arms], size=(n, len(arms)))
        if self._settings["goal"] != "clicks":
            drawn *= self._value[arms]
        return drawn

    def to_json(self) -> str:
        """Return the whole state as JSON text; `Bandit.from_json` goes on exactly there."""
        return json.dumps(
            {
                "format": FORMAT,
                "settings": self._settings,
                "arms": [arm._asdict() for arm in self._arms],
                "days": {str(day): counts.tolist() for day, counts in sorted(self._days.items())},
                "live": self._live.tolist(),
                "retired": self._retired.tolist(),
                "turn": self._turn,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Bandit:
        """Return the bandit that `to_json` wrote; raises `AdwrightError` (``bad-bandit``) for anything else."""
        try:
            state = json.loads(text)
            bandit = cls([Arm(**arm) for arm in state["arms"]], **state["settings"])
            n = len(bandit._arms)
            bandit._days = {int(day): np.array(counts, float).reshape(n, 3) for day, counts in state["days"].items()}
            bandit._live, bandit._retired = (np.array(state[name], bool).reshape(n) for name in ("live", "retired"))
            bandit._turn = int(state["turn"])
            known = state["format"] == FORMAT
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _bad("状态文件无法读取", "the state cannot be read") from error
        _check(known, "状态文件的格式较新", "the state is of another format")
        return bandit


def arrived(days: int) -> float:
    """Return the share of a click's conversions that have come `days` after it (`assumptions.toml`: same day, then exponential)."""
    return float(arrived_by(np.array([max(days, 0)], float))[0])


def arrived_by(days: Array) -> Array:
    """Return `arrived` for each of several delays, none of them negative."""
    same = assumption("same_day_share")
    return same + (1 - same) * (1 - np.exp(-days / assumption("later_days")))


def _check(holds: bool | np.bool_, zh: str, en: str) -> None:
    if not holds:
        raise _bad(zh, en)


def _bad(zh: str, en: str) -> AdwrightError:
    return AdwrightError(
        both(f"素材测试无法进行：{zh}。", f"The creatives cannot be tested: {en}."),
        both("请检查素材、计数和设置。", "Check arms, counts and settings."),
        code="bad-bandit",
    )
