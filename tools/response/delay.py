"""Delayed feedback: a conversion that has not arrived yet is not a negative.

Of the clicks that convert, the share F(e) has done so e seconds after the click. With p the chance that a click ever converts,
a click is known to convert with chance p F(e), so that calling all others negative teaches p F(e) in place of p. The likelihood
of what is known, (p F)^y (1 - p F)^(1-y), has by the logit of p the slope

    y (1 - p) - (1 - y) p w,    w = F (1 - p) / (1 - p F),

which is also the slope of Chapelle's EM (2014), where an unconverted click is p (1 - F) / (1 - p F) of a conversion: same
estimate. It is as well the slope of a plain logistic loss in which unconverted clicks weigh w: hard labels, no click doubled.
(Weighing them F alone leaves p / (1 + p - p F).) And when unconverted clicks are kept with chance w, those kept convert with
chance p F / (p F + (1 - p F) w) = p exactly, so any model, calibration or score made on kept rows is that of full knowledge.
`train_delayed` does the last: it works with every member of `choosing.train`. The curve F is taken to be the same for all
clicks, and to be complete at its `horizon`: what comes later than the data are long cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words, both

if TYPE_CHECKING:
    from .model import ResponseModel

Kind = Literal["empirical", "weibull", "log-normal", "two exponentials", "two log-normals"]
# Conversions that a curve needs, and those still at risk where the product-limit curve hands over to the fitted one.
LEAST, AT_RISK = 20, 25
# More pairs than this would not change the curve; they are thinned evenly.
MOST = 20_000
# Share of conversions that must have a time for the others to be taken as an oversight.
TIMED = 0.9
# Columns of times in a shop's rows: when shown (and clicked), and when the order came.
TIMES = ("ts", "converted_at")
# Seconds by which a curve is told no finer.
SOON = 1.0
DAY = 86_400.0


@dataclass(frozen=True)
class Delay:
    """The share of a click's conversions that have arrived by now, for the seconds since the click.

    `parameters` are those of `kind`; `times` and `shares` the steps of the product-limit curve of an ``empirical`` one.
    `horizon` in seconds is where the share is 1; `conversions` how many the curve was fitted to.

    Example:
        >>> delay = fit_delay(clicks["ts"], clicks["converted_at"], now)  # doctest: +SKIP
        >>> delay.arrived(3600)  # doctest: +SKIP
    """

    kind: Kind
    parameters: tuple[float, ...]
    horizon: float
    conversions: int = 0
    times: tuple[float, ...] = ()
    shares: tuple[float, ...] = field(default=())

    def arrived(self, elapsed: Any) -> np.ndarray:
        """Share in [0, 1] that has arrived `elapsed` seconds after the click; never falls; 0 before the click, 1 from the horizon on."""
        t = np.clip(np.nan_to_num(np.asarray(elapsed, np.float64), nan=0.0), 0.0, self.horizon)
        whole = _share(self.kind, self.parameters, np.array([self.horizon]))[0]
        share = _share(self.kind, self.parameters, t) / whole
        if self.times:
            known = np.interp(t, (0.0, *self.times), (0.0, *self.shares))
            # Beyond the last step the fitted tail goes on from where the steps end.
            last, here = self.shares[-1], _share(self.kind, self.parameters, np.array([self.times[-1]]))[0] / whole
            tail = last + (1 - last) * (share - here) / max(1 - here, 1e-12)
            share = np.where(t <= self.times[-1], known, tail)
        return np.where(t >= self.horizon, 1.0, np.where(t <= 0, 0.0, np.clip(share, 0.0, 1.0)))

    def quantile(self, share: float) -> float:
        """Seconds after which `share` of the conversions have arrived (to 0.1 %)."""
        t = np.concatenate([[0.0], np.geomspace(SOON, self.horizon, 12_000)])
        return float(t[np.searchsorted(self.arrived(t), share)])

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; `from_json` gives the same curve."""
        return {
            "kind": self.kind,
            "parameters": list(self.parameters),
            "horizon": self.horizon,
            "conversions": self.conversions,
            "times": list(self.times),
            "shares": list(self.shares),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Delay:
        """Read what `to_json` wrote."""
        lists = {name: tuple(float(v) for v in data[name]) for name in ("parameters", "times", "shares")}
        return cls(data["kind"], horizon=float(data["horizon"]), conversions=int(data["conversions"]), **lists)

    def note(self, share: float, days: float) -> Words:
        """Say how much is still to come of the last days' conversions."""
        missing = round(100 * (1 - share))
        return both(
            f"最近 {days:g} 天的点击，约有 {missing}% 的转化还没有到账；训练时没有把它们当成未转化。",
            f"About {missing} % of the conversions of the last {days:g} days' clicks have not arrived yet; they were not taken for negatives.",
        )


def seconds(clicked_at: Any, converted_at: Any, now: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return (seconds from click to now, seconds from click to conversion or NaN), float64 [n].

    Times are datetimes, texts that name them, or numbers of seconds. Raises `AdwrightError`: ``times-missing``,
    ``now-before-data``, ``converted-before-clicked``.
    """
    clicked, converted = _seconds(clicked_at), _seconds(converted_at)
    if not len(clicked) or np.isnan(clicked).any():
        raise AdwrightError(
            both("点击时间有缺失。", "Times of clicks are missing."),
            both("每次点击都要有时间；去掉没有时间的行。", "Every click needs its time; leave rows without one out."),
            code="times-missing",
        )
    at = max(clicked.max(), np.nanmax(converted, initial=-np.inf)) if now is None else float(_seconds([now])[0])
    if not clicked.max() <= at or (converted > at).any():
        raise AdwrightError(
            both("“现在”早于数据里的时间。", "`now` lies before times in the data."),
            both("给出取数的时刻，并去掉那之后的转化。", "Give the moment the data were taken, and leave out conversions after it."),
            code="now-before-data",
        )
    if (converted < clicked).any():
        raise AdwrightError(
            both(
                f"有 {int((converted < clicked).sum())} 次转化早于点击。",
                f"{int((converted < clicked).sum())} conversions come before their click.",
            ),
            both("检查两列时间的时区和对应关系。", "Check the time zones of both columns and that they belong together."),
            code="converted-before-clicked",
        )
    return at - clicked, converted - clicked


def _seconds(times: Any) -> np.ndarray:
    """Seconds since 1970 of datetimes, texts or numbers; NaN where missing."""
    import pandas as pd

    column = times if isinstance(times, pd.Series) else pd.Series(list(times) if not isinstance(times, np.ndarray) else times)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan)
    told: Any = pd.to_datetime(column, utc=True)
    return ((told - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(1, "s")).to_numpy(np.float64, na_value=np.nan)


def fit_delay(clicked_at: Any, converted_at: Any, now: Any = None, *, kind: Kind | None = None, window: float | None = None) -> Delay:
    """Fit the delay from click to conversion as known at `now` (by default the last time in the data).

    A delay longer than the time since its click cannot be in the data (right truncation), so each counts as f(d) / F(elapsed).
    The family is the one with the best BIC, or `kind`; ``empirical`` is the product-limit curve in reversed time (Lynden-Bell 1971)
    with a fitted tail. `window` in seconds is the longest delay that counts as a conversion of the click; by default the time
    since the first click. Raises what `seconds` does, and ``too-few-conversions`` under 20.
    """
    elapsed, delay = seconds(clicked_at, converted_at, now)
    horizon = max(float(window or elapsed.max()), SOON)
    came = ~np.isnan(delay) & (delay <= horizon)
    if came.sum() < LEAST:
        raise AdwrightError(
            both(
                f"有时间的转化只有 {int(came.sum())} 次，看不出到账要多久。",
                f"Only {int(came.sum())} conversions have a time, which does not tell how long they take.",
            ),
            both(
                f"至少需要 {LEAST} 次；在此之前按已知的标签训练。", f"At least {LEAST} are needed; until then train on the labels as known."
            ),
            code="too-few-conversions",
        )
    order = np.argsort(delay[came], kind="stable")
    d, e = np.maximum(delay[came][order], SOON), np.minimum(elapsed[came][order], horizon)
    e = np.maximum(e, d)
    thin = np.linspace(0, len(d) - 1, min(len(d), MOST)).astype(np.int64)
    families: list[Kind] = ["weibull", "log-normal", "two exponentials", "two log-normals"]
    if kind is not None and kind != "empirical":
        families = [kind]
    fits: list[tuple[float, tuple[float, ...], Kind]] = [(*_fitted(name, d[thin], e[thin]), name) for name in families]
    _, parameters, best = min(fits, key=lambda fitted: fitted[0] + np.log(len(thin)) * len(fitted[1]) / 2)
    if kind != "empirical":
        return Delay(best, parameters, horizon, int(came.sum()))
    times, shares = _product_limit(d, e)
    tail = Delay(best, parameters, horizon)
    shares = shares * tail.arrived(times[-1:])
    return Delay(best, parameters, horizon, int(came.sum()), tuple(times.tolist()), tuple(shares.tolist()))


def _product_limit(d: np.ndarray, e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps of F relative to its value at the last step: the product over later delays of 1 - (converted then / at risk then)."""
    times, n = np.unique(d, return_counts=True)
    # At risk at t: delays up to t among clicks that are at least t old.
    risk = np.searchsorted(d, times, side="right") - np.searchsorted(np.sort(e), times, side="left")
    enough = np.flatnonzero(risk >= min(AT_RISK, len(d)))
    last = int(enough[-1]) + 1 if len(enough) else len(times)
    times, n, risk = times[:last], n[:last], risk[:last]
    falls = 1 - n / np.maximum(risk, 1)
    # Early steps with few at risk would set everything below them to zero.
    falls = np.where(risk > n, falls, 0.5)
    later = np.concatenate([np.cumprod(falls[::-1])[::-1][1:], [1.0]])
    every = np.unique(np.linspace(0, len(times) - 1, min(len(times), 400)).astype(np.int64))
    return times[every], later[every]


def _share(kind: Kind, parameters: tuple[float, ...], t: np.ndarray) -> np.ndarray:
    """Distribution function of a family, before it is cut at the horizon."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore"):
        log = np.log(np.maximum(t, 0.0))
    if kind == "weibull":
        scale, shape = parameters
        return -np.expm1(-np.exp(np.clip((log - scale) * shape, -700, 700)))
    if kind == "log-normal":
        return ndtr((log - parameters[0]) / parameters[1])
    if kind == "two exponentials":
        part, first, second = parameters
        return part * -np.expm1(-t * np.exp(-first)) + (1 - part) * -np.expm1(-t * np.exp(-second))
    part, first, one, second, two = parameters
    return part * ndtr((log - first) / one) + (1 - part) * ndtr((log - second) / two)


def _density(kind: Kind, parameters: tuple[float, ...], t: np.ndarray) -> np.ndarray:
    """Density by log t."""
    log = np.log(t)

    def bell(centre: float, spread: float) -> np.ndarray:
        return np.exp(-(((log - centre) / spread) ** 2) / 2) / (spread * (2 * np.pi) ** 0.5)

    if kind == "weibull":
        scale, shape = parameters
        power = np.clip((log - scale) * shape, -700, 50)
        return shape * np.exp(power - np.exp(power))
    if kind == "log-normal":
        return bell(*parameters)
    if kind == "two exponentials":
        part, first, second = parameters
        return part * np.exp(log - first - t * np.exp(-first)) + (1 - part) * np.exp(log - second - t * np.exp(-second))
    part, first, one, second, two = parameters
    return part * bell(first, one) + (1 - part) * bell(second, two)


def _fitted(kind: Kind, d: np.ndarray, e: np.ndarray) -> tuple[float, tuple[float, ...]]:
    """Return (negative log likelihood given truncation, parameters) of one family."""
    from scipy.optimize import minimize

    logs = np.log(d)
    centre, spread = float(logs.mean()), max(float(logs.std()), 0.1)
    low, high = (float(q) for q in np.quantile(logs, [0.25, 0.85]))
    high = max(high, low + 0.1)
    top = float(np.log(e.max()))

    def read(x: np.ndarray) -> tuple[float, ...]:
        # Scales stay within what the data can show, spreads within what a computer can: else truncation lets them run away.
        def middle(v: float) -> float:
            return float(np.clip(v, -2.0, top + 1.0))

        def width(v: float) -> float:
            return float(np.exp(np.clip(v, -2.5, 1.8)))

        if kind in ("weibull", "log-normal"):
            return middle(x[0]), width(x[1])
        part = float(1 / (1 + np.exp(-np.clip(x[0], -6, 6))))
        if kind == "two exponentials":
            return part, middle(x[1]), middle(x[2])
        return part, middle(x[1]), width(x[2]), middle(x[3]), width(x[4])

    def loss(x: np.ndarray) -> float:
        told = read(x)
        likely = np.log(np.maximum(_density(kind, told, d), 1e-300)) - np.log(np.maximum(_share(kind, told, e), 1e-300))
        return float(-likely.sum())

    starts: dict[Kind, list[float]] = {
        "weibull": [centre, -np.log(spread)],
        "log-normal": [centre, np.log(spread)],
        "two exponentials": [0.0, low, high],
        "two log-normals": [0.0, low, np.log(spread / 2), high, np.log(spread / 2)],
    }
    search: Callable[..., Any] = minimize
    found = search(loss, np.array(starts[kind]), method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-3, "fatol": 1e-3})
    return float(found.fun), read(found.x)


def expected_labels(p: Any, converted: Any, elapsed: Any, delay: Delay) -> np.ndarray:
    """E-step (Chapelle 2014): 1 for a converted click, else the chance p (1 - F) / (1 - p F) that it still converts; in [0, 1]."""
    p, y, share = np.clip(np.asarray(p, np.float64), 0, 1 - 1e-9), np.asarray(converted, np.float64), delay.arrived(elapsed)
    later = p * (1 - share) / (1 - p * share)
    return np.clip(np.where(y > 0, 1.0, later), 0.0, 1.0)


def weights(p: Any, converted: Any, elapsed: Any, delay: Delay) -> np.ndarray:
    """Weight of each click as a hard label: 1 for a converted click, else F (1 - p) / (1 - p F); in [0, 1]."""
    p, y, share = np.clip(np.asarray(p, np.float64), 0, 1 - 1e-9), np.asarray(converted, np.float64), delay.arrived(elapsed)
    return np.clip(np.where(y > 0, 1.0, share * (1 - p) / (1 - p * share)), 0.0, 1.0)


def kept(weight: np.ndarray, seed: int = 0) -> np.ndarray:
    """Choose rows with chance `weight`, evenly along their order: bool [n]; the number kept is the sum of the weights to within one or two."""
    steps = np.cumsum(weight) + np.random.default_rng(seed).random()
    return (np.floor(steps) > np.floor(steps - weight)) | (weight >= 1)


def expected_rate(converted: Any, elapsed: Any, delay: Delay) -> float:
    """Share of clicks that will have converted, by EM over one common p."""
    y, share = np.asarray(converted, np.float64), delay.arrived(elapsed)
    p = float(y.sum() / max(share.sum(), 1.0))
    for _ in range(50):
        p = float(expected_labels(min(p, 1.0), y, elapsed, delay).mean())
    return p


def level(z: np.ndarray, rate: float) -> float:
    """Return what to add to the logits z for their mean probability to be `rate`."""
    shift = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(z + shift, -500, 500)))
        step = float(np.clip((rate - p.mean()) / max(float((p * (1 - p)).mean()), 1e-12), -1, 1))
        shift += step
        if abs(step) < 1e-10:
            break
    return shift


def train_delayed(
    frame: Any,
    label: str = "converted",
    clicked_at: str = "ts",
    converted_at: str = "converted_at",
    now: Any = None,
    *,
    model: str = "auto",
    time_budget: float = 120,
    seed: int = 0,
    delay: Delay | None = None,
) -> ResponseModel:
    """Train conversion on clicks some of whose conversions have not arrived by `now`; one row per click, the two columns of times named.

        The label is what is known at `now`. The curve is fitted to the same clicks unless `delay` is given. A first logistic
        regression tells p; then clicks are kept as the module says and `choosing.train` trains on those, in time order. As the newest clicks,
    which it calibrates on, tell least here, the level is set to the rate that all clicks are expected to reach. What was
        assumed is in ``metrics["delay"]`` and in a note. Raises what `seconds`, `fit_delay` and `train` do.

        Example:
            >>> model = train_delayed(clicks, "converted", "ts", "converted_at", now)  # doctest: +SKIP
    """
    from .calibrating import Correction
    from .choosing import train
    from .frame import labels, to_frame

    frame = to_frame(frame)
    y = labels(frame, label)
    elapsed, _ = seconds(frame[clicked_at], frame[converted_at], now)
    delay = delay or fit_delay(frame[clicked_at], frame[converted_at], now)
    order = np.argsort(-elapsed, kind="stable")
    frame, y, elapsed = frame.iloc[order].drop(columns=converted_at), y[order], elapsed[order]
    rate = expected_rate(y, elapsed, delay)
    p: Any = np.full(len(y), rate)
    rows = kept(weights(p, y, elapsed, delay), seed)
    if rate > 0.02 and len(set(y[rows])) == 2:
        p = train(frame[rows], label, "lr", seed=seed, time_column=clicked_at).predict(frame)
        rows = kept(weights(p, y, elapsed, delay), seed)
    made = train(frame[rows], label, model, time_budget, seed, clicked_at)
    made.correction = (made.correction or Correction()).shifted(level(made.logits(frame), rate))
    told = facts(elapsed, delay)
    made.metrics["delay"] = told | {"kept": float(rows.mean())}
    made.notes.append(delay.note(told["arrived"], told["days"]))
    return made


def facts(elapsed: np.ndarray, delay: Delay) -> dict[str, Any]:
    """What is told of a curve that was trained with: itself, its median, and the arrived share of the last days' clicks."""
    share, days = recent_share(elapsed, delay)
    return {**delay.to_json(), "median": delay.quantile(0.5), "arrived": share, "days": days}


def settled(rows: Any, seed: int = 0) -> tuple[np.ndarray, dict[str, Any] | None, Words | None]:
    """Tell which impressions of a shop the conversion model learns from and is measured on: (bool [n], facts, note).

    `rows` have ``clicked``, ``converted``, ``ts`` and ``converted_at``; now is the last time among them. All rows and None where too
    few conversions have a time, or many of them none (then the labels stand as known). Impressions without a click are all kept.
    """
    every = np.ones(len(rows), bool)
    if any(name not in rows for name in TIMES):
        return every, None, None
    clicked = rows["clicked"].to_numpy(np.float64) > 0
    own = rows[clicked]
    y = own["converted"].to_numpy(np.float64)
    at, came = (_seconds(own[name]) for name in TIMES)
    # An order before its click has a wrong time, not a wrong label.
    came = np.where(came < at, np.nan, came)
    if (~np.isnan(came)).sum() < max(LEAST, TIMED * y.sum()):
        return every, None, None
    now = float(max(_seconds(rows["ts"]).max(), np.nanmax(came)))
    elapsed, _ = seconds(at, came, now)
    delay = fit_delay(at, came, now)
    every[clicked] = kept(weights(expected_rate(y, elapsed, delay), y, elapsed, delay), seed)
    told = facts(elapsed, delay)
    return every, told, delay.note(told["arrived"], told["days"])


def recent_share(elapsed: np.ndarray, delay: Delay) -> tuple[float, float]:
    """Return (arrived share, days): over the clicks of the last days, as many days as nine conversions in ten take to arrive, at least one."""
    days = max(1.0, float(np.ceil(delay.quantile(0.9) / DAY)))
    recent = elapsed <= days * DAY
    return float(delay.arrived(elapsed[recent]).mean()) if recent.any() else 1.0, days
