"""The ground truth of the demo shop: how likely an impression is clicked, and a click becomes an order.

Both are logistic. With x = the channel, s = the shopper, p = the product, a = the advertisement:

    logit P(click)  = base(x) + placement + affinity(x, category) + 0.55 match(s, p) + 1.6 discount - 0.10 dearness(p)
                      + hour(kind of x) + age(x) (age - 30)/10 + 0.25 female x (beauty, apparel, baby) - 0.20 female x electronics
                      - 0.30 ((width(a) - best width(x)) / 12)^2 + offer words(x) - 0.9 foreign language + device + season
                      + 0.35 z          z ~ N(0, 1): the slot's position and everything else no table knows
    logit P(order | click) = base(x) + ease(category) + 0.50 match(s, p) + 3.0 discount - 0.45 dearness(p) + evening
                      + 0.15 desktop + 0.4 (search or shop) x match - 0.6 foreign language + 1.2 (season - 1) + 0.30 z'

match = log(8 taste of the category) clipped to [-2.5, 2], minus 0.8 |price level liked - price level of the model|;
dearness = log(price / median price of the category). base(x) is set so that the mean over the campaigns' contexts is
the rate of `RATES`; affinity is a table of interactions, part written below, part drawn once from N(0, 0.22).
A model can know all of it but z and z'. Elasticities of demand in the shop itself stand in `ELASTICITY`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .draws import CATEGORIES, Floats, Ints, stream


class Channel(NamedTuple):
    """Rates the generator aims at: mean CTR and CVR of an ordinary campaign, CPC in CNY at a price of 150 CNY, and
    `kappa`, the daily spend in CNY at which clicks begin to get dearer."""

    ctr: float
    cvr: float
    cpc: float
    kappa: float
    age: float
    width: float
    offer: float
    kind: str


# fmt: off
RATES = {
    #                      ctr     cvr    cpc   kappa   age    best width  offer words
    "douyin":      Channel(0.0210, 0.018, 1.05, 2600.0, -0.12, 22.0,  0.10, "feed"),
    "kuaishou":    Channel(0.0195, 0.019, 0.80, 1500.0,  0.05, 22.0,  0.22, "feed"),
    "xiaohongshu": Channel(0.0260, 0.017, 1.30, 1600.0, -0.20, 24.0, -0.12, "feed"),
    "taobao":      Channel(0.0280, 0.033, 1.60, 3000.0,  0.00, 28.0,  0.20, "shop"),
    "jd":          Channel(0.0225, 0.031, 1.90, 2400.0,  0.04, 30.0,  0.12, "shop"),
    "wechat":      Channel(0.0140, 0.017, 1.50, 1500.0,  0.14, 20.0,  0.00, "feed"),
    "baidu":       Channel(0.0240, 0.021, 1.80, 1300.0,  0.06, 24.0,  0.05, "search"),
    "bilibili":    Channel(0.0130, 0.013, 1.05, 1100.0, -0.28, 28.0, -0.10, "feed"),
    "weibo":       Channel(0.0090, 0.010, 0.90, 1000.0, -0.10, 24.0,  0.05, "feed"),
    "google":      Channel(0.0285, 0.027, 2.60, 1800.0,  0.02, 26.0,  0.10, "search"),
    "instagram":   Channel(0.0115, 0.015, 2.00, 1400.0, -0.15, 26.0,  0.00, "feed"),
    "tiktok":      Channel(0.0105, 0.013, 1.40, 1300.0, -0.22, 28.0,  0.08, "feed"),
}
CHANNELS = tuple(RATES)

# Interactions that a marketer would expect, on the logit scale of a click: channel, category, effect.
EXPECTED = (
    ("xiaohongshu", "beauty", 0.45), ("xiaohongshu", "baby", 0.25), ("xiaohongshu", "electronics", -0.30),
    ("douyin", "food", 0.25), ("douyin", "beauty", 0.20), ("kuaishou", "food", 0.35), ("kuaishou", "home", 0.20),
    ("jd", "electronics", 0.45), ("jd", "beauty", -0.20), ("taobao", "apparel", 0.25), ("bilibili", "electronics", 0.40),
    ("bilibili", "pets", 0.20), ("bilibili", "baby", -0.35), ("wechat", "home", 0.20), ("wechat", "baby", 0.20),
    ("google", "electronics", 0.25), ("google", "sports", 0.20), ("instagram", "apparel", 0.30), ("instagram", "pets", 0.25),
    ("tiktok", "beauty", 0.25), ("weibo", "beauty", 0.15), ("baidu", "home", 0.15),
)
EASE = {"apparel": 0.05, "beauty": 0.25, "food": 0.40, "electronics": -0.75, "home": 0.0, "baby": 0.15, "sports": -0.10, "pets": 0.20}

# d log(purchase probability) / d log(price) in the shop, by category.
ELASTICITY = {"apparel": -1.7, "beauty": -1.5, "food": -1.3, "electronics": -2.4, "home": -1.8, "baby": -1.2, "sports": -1.9, "pets": -1.4}
# fmt: on

PLACEMENT_STEP = (0.10, -0.05, -0.15)
FEMALE = {"beauty": 0.25, "apparel": 0.25, "baby": 0.25, "electronics": -0.20}
HOURS = {
    "feed": -0.10 + 0.22 * np.exp(-(((np.arange(24) - 21.5) / 3.0) ** 2)) + 0.10 * np.exp(-(((np.arange(24) - 12.5) / 1.5) ** 2)),
    "shop": -0.08 + 0.20 * np.exp(-(((np.arange(24) - 20.5) / 3.5) ** 2)) + 0.10 * np.exp(-(((np.arange(24) - 10.0) / 2.0) ** 2)),
    "search": -0.06 + 0.15 * np.exp(-(((np.arange(24) - 14.0) / 5.0) ** 2)),
}


@dataclass(frozen=True)
class Contexts:
    """Everything the process looks at, as parallel arrays of n impressions.

    `taste` is the shopper's taste for the category (0..1), `level_gap` |price level liked - price level of the model|,
    `dearness` log(price / median of the category), `width` of the headline (a Chinese character counts 2), `season`
    the day's demand multiple, `desktop`/`offer`/`foreign`/`female` 0 or 1.
    """

    channel: Ints
    placement: Ints
    category: Ints
    taste: Floats
    level_gap: Floats
    dearness: Floats
    discount: Floats
    hour: Ints
    age: Ints
    female: Floats
    width: Floats
    offer: Floats
    foreign: Floats
    desktop: Floats
    season: Floats

    def match(self) -> Floats:
        """How well the product fits the shopper."""
        return np.clip(np.log(8 * self.taste + 1e-9), -2.5, 2.0) - 0.8 * self.level_gap


@dataclass(frozen=True)
class Truth:
    """The process with its drawn interactions (12, 8); `base_*` (12,) are set by `calibrate`."""

    click: Floats
    order: Floats
    base_click: Floats
    base_order: Floats

    @classmethod
    def make(cls, seed: int) -> Truth:
        """Draw the interactions; bases are still uncalibrated (the logit of the target rate)."""
        rng = stream(seed, "truth")
        shape = (len(CHANNELS), len(CATEGORIES))
        click = rng.normal(0, 0.22, shape)
        for name, category, effect in EXPECTED:
            click[CHANNELS.index(name), CATEGORIES.index(category)] += effect
        order = rng.normal(0, 0.15, shape) + np.array([EASE[c] for c in CATEGORIES])
        return cls(click, order, _logit([r.ctr for r in RATES.values()]), _logit([r.cvr for r in RATES.values()]))

    def _click(self, c: Contexts) -> Floats:
        table = list(RATES.values())
        age, width, offer = (np.array([getattr(r, key) for r in table])[c.channel] for key in ("age", "width", "offer"))
        hours = np.array([HOURS[r.kind] for r in table])[c.channel, c.hour]
        is_search = np.array([r.kind == "search" for r in table])[c.channel]
        female = np.array([FEMALE.get(name, 0.0) for name in CATEGORIES])[c.category]
        return (
            self.click[c.channel, c.category]
            + np.array(PLACEMENT_STEP)[c.placement]
            + 0.55 * c.match()
            + 1.6 * c.discount
            - 0.10 * c.dearness
            + hours
            + age * (c.age - 30) / 10
            + female * c.female
            - 0.30 * ((c.width - width) / 12) ** 2
            + offer * c.offer
            - 0.9 * c.foreign
            + np.where(is_search, 0.10, -0.15) * c.desktop
            + 0.5 * (c.season - 1)
        )

    def _order(self, c: Contexts) -> Floats:
        keen = np.array([r.kind != "feed" for r in RATES.values()])[c.channel]
        return (
            self.order[c.channel, c.category]
            + 0.50 * c.match()
            + 3.0 * c.discount
            - 0.45 * c.dearness
            + 0.12 * ((c.hour >= 19) & (c.hour <= 23))
            + 0.15 * c.desktop
            + 0.4 * keen * c.match()
            - 0.6 * c.foreign
            + 1.2 * (c.season - 1)
        )

    def p_click(self, c: Contexts, noise: Floats | float = 0.0) -> Floats:
        """P(click) per impression; `noise` is z."""
        return _expit(self.base_click[c.channel] + self._click(c) + 0.35 * noise)

    def p_order(self, c: Contexts, noise: Floats | float = 0.0) -> Floats:
        """P(order | click) per impression; `noise` is z'."""
        return _expit(self.base_order[c.channel] + self._order(c) + 0.30 * noise)

    def calibrate(self, c: Contexts) -> Truth:
        """Set the bases so that each channel's mean over `c` is its rate in `RATES` (30 halvings of the interval)."""
        bases = []
        for raw, target, weights in (
            (self._click(c), [r.ctr for r in RATES.values()], None),
            (self._order(c), [r.cvr for r in RATES.values()], "clicks"),
        ):
            base = np.zeros(len(CHANNELS))
            for x in range(len(CHANNELS)):
                mine = c.channel == x
                if not mine.any():
                    base[x] = _logit([target[x]])[0]
                    continue
                weight = _expit(bases[0][x] + self._click(c)[mine]) if weights else np.ones(mine.sum())
                low, high = -15.0, 8.0
                for _ in range(30):
                    middle = (low + high) / 2
                    mean = np.average(_expit(middle + raw[mine]), weights=weight)
                    low, high = (middle, high) if mean < target[x] else (low, middle)
                base[x] = (low + high) / 2
            bases.append(base)
        return Truth(self.click, self.order, bases[0], bases[1])


def _logit(rates: list[float]) -> Floats:
    p = np.array(rates)
    return np.log(p / (1 - p))


def _expit(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))
