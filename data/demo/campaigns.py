"""Two years of finished campaigns: who was addressed, what it cost, what came of it, and with which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from ..knowledge import channel, occasions
from .catalogue import Goods
from .draws import CATEGORIES, DAYS, FIRST, Floats, Ints, coded, ids, pick, stream
from .people import Users, aimed, reference
from .season import Season
from .slogans import Copy, offer_for, write
from .truth import CHANNELS, RATES, Contexts, Truth

COUNT = 400
CREATIVES = 3
DRAWS = 200
ENGLISH = ("google", "instagram", "tiktok")
CHANNEL_SHARE = np.array([3.2, 1.6, 2.6, 2.8, 2.0, 1.6, 1.3, 1.3, 1.0, 1.5, 1.3, 1.2])
OBJECTIVES = ("sales", "new_customers", "launch", "awareness", "clearance", "repurchase")
OBJECTIVE_SHARE = np.array([4.5, 2.0, 1.5, 1.0, 1.0, 0.6])
AGES = ((18, 24), (18, 30), (25, 35), (25, 40), (30, 45), (35, 55), (18, 60))
AGE_SHARE = np.array([1.2, 2.0, 2.0, 2.0, 1.5, 1.0, 2.0])
PARENT_SHARE = np.array([0.0, 0.0, 2.0, 2.0, 1.0, 0.0, 0.5])
# Of the campaigns aimed at one gender, the share aimed at women.
TO_WOMEN = {"apparel": 0.7, "beauty": 0.95, "food": 0.6, "electronics": 0.25, "home": 0.7, "baby": 0.95, "sports": 0.45, "pets": 0.6}
DISCOUNTS = (0.0, 0.05, 0.1, 0.15, 0.2)
ETA = 0.35
QUANTITY = 1.15


@dataclass(frozen=True)
class Flights:
    """All campaigns as parallel arrays; `copies[i]` are the creatives of campaign i, the first one stands in the table.

    `start` is a day index from `draws.FIRST`; `gender` 0 female, 1 male, 2 both; `language` 0 Chinese, 1 English.
    """

    ids: list[str]
    channel: Ints
    placement: Ints
    product: Ints
    objective: Ints
    start: Ints
    days: Ints
    ages: Ints
    gender: Ints
    language: Ints
    discount: Floats
    offers: list[str]
    occasions: list[str | None]
    copies: list[list[Copy]]
    spend: Floats
    impressions: Ints
    clicks: Ints
    conversions: Ints
    revenue: Floats
    truth: Truth

    def table(self, goods: Goods) -> pa.Table:
        """The rows of the campaigns table."""
        rows = range(len(self.ids))
        first = [FIRST + timedelta(days=int(d)) for d in self.start]
        last = [day + timedelta(days=int(n) - 1) for day, n in zip(first, self.days, strict=True)]
        channels = [channel(CHANNELS[x]) for x in self.channel]
        return pa.table(
            {
                "campaign_id": self.ids,
                "name": [self._name(i, goods, first[i]) for i in rows],
                "channel": coded(list(CHANNELS), self.channel),
                "placement": [channels[i].placements[self.placement[i]].id for i in rows],
                "objective": coded(list(OBJECTIVES), self.objective),
                "product_id": [goods.ids[p] for p in self.product],
                "category": [CATEGORIES[c] for c in goods.category[self.product]],
                "audience": [self._audience(i) for i in rows],
                "start": first,
                "end": last,
                "currency": ["CNY"] * len(self.ids),
                "spend": self.spend,
                "impressions": self.impressions,
                "clicks": self.clicks,
                "conversions": self.conversions,
                "revenue": self.revenue,
                "headline": [copies[0].headline for copies in self.copies],
                "body": [copies[0].body for copies in self.copies],
                "language": coded(["zh", "en"], self.language),
                "offer": self.offers,
                "notes": self._notes(),
            }
        )

    def _name(self, i: int, goods: Goods, day: date) -> str:
        one = int(self.language[i])
        noun = goods.families[goods.family[self.product[i]]].noun[one]
        where = channel(CHANNELS[self.channel[i]]).name.pick("en" if one else "zh")
        occasion = self.occasions[i]
        why = occasions()[occasion].name.pick("en" if one else "zh").split(" (")[0] if occasion else ""
        return " ".join(part for part in (f"{day:%Y-%m}", where, goods.models[self.product[i]][one], noun, why) if part)

    def _audience(self, i: int) -> str:
        low, high = self.ages[i]
        if self.language[i]:
            return f"{('women', 'men', 'everyone')[self.gender[i]]} {low}-{high}"
        return f"{low}-{high}岁{('女性', '男性', '不限性别')[self.gender[i]]}"

    def _notes(self) -> list[str]:
        """One remark on the result against the same channel: true of the row it stands in."""
        roas = self.revenue / self.spend
        usual = np.array([np.median(roas[self.channel == x]) for x in range(len(CHANNELS))])[self.channel]
        said = {
            0: ("回报高于本渠道中位数，可再投", "Return above this channel's median, worth repeating"),
            1: ("回报接近本渠道中位数", "Return near this channel's median"),
            2: ("回报低于本渠道中位数，先改素材或人群", "Return below this channel's median, change creative or audience first"),
        }
        grade = np.where(roas > usual * 1.25, 0, np.where(roas < usual * 0.75, 2, 1))
        return [said[int(g)][int(one)] for g, one in zip(grade, self.language, strict=True)]


def contexts(
    goods: Goods,
    users: Users,
    season: Season,
    flights: Flights,
    which: Ints,
    creative: Ints,
    user: Ints,
    day: Ints,
    hour: Ints,
    desktop: Floats,
) -> Contexts:
    """Lay out what the truth looks at for impressions of campaigns `which` (n,), shown to `user` on day and hour."""
    product = flights.product[which]
    widths = np.array([[copy.width for copy in copies] for copies in flights.copies], float)
    offers = np.array(
        [[bool(offer) and offer in copy.headline for copy in copies] for copies, offer in zip(flights.copies, flights.offers, strict=True)],
        float,
    )
    return Contexts(
        channel=flights.channel[which],
        placement=flights.placement[which],
        category=goods.category[product],
        taste=users.taste[user, goods.category[product]],
        level_gap=np.abs(users.level[user] - goods.level[product]),
        dearness=np.log(goods.price / goods.category_median()[goods.category])[product],
        discount=flights.discount[which],
        hour=hour,
        age=users.age[user],
        female=(users.gender[user] == 0).astype(float),
        width=widths[which, creative],
        offer=offers[which, creative],
        foreign=(users.abroad[user] != (flights.language[which] == 1)).astype(float),
        desktop=desktop,
        season=season.demand[flights.language[which], day],
    )


def hours(rng: np.random.Generator, size: int) -> Ints:
    """Hours at which advertisements are shown: little at night, most in the evening."""
    clock = np.arange(24)
    weights = 0.15 + np.exp(-(((clock - 21) / 3.2) ** 2)) + 0.7 * np.exp(-(((clock - 12.5) / 2.5) ** 2)) + 0.25 * (clock > 7)
    return pick(rng, weights, size)


def draw(seed: int, goods: Goods, season: Season, truth: Truth) -> Flights:
    """Draw all campaigns with their outcomes; calibrates `truth` on the way (kept in `Flights.truth`)."""
    rng = stream(seed, "campaigns")
    # Every channel has at least a dozen; the rest by share.
    channels = np.concatenate([np.repeat(np.arange(len(CHANNELS)), 12), pick(rng, CHANNEL_SHARE, COUNT - 12 * len(CHANNELS))])
    rng.shuffle(channels)
    fit = np.exp(1.3 * truth.click)
    product = np.array([int(pick(rng, goods.pull * fit[x, goods.category], 1)[0]) for x in channels])
    days = np.clip(rng.lognormal(2.6, 0.45, COUNT).round(), 5, 42).astype(np.int64)
    start = _starts(rng, season, days)
    order = np.argsort(start, kind="stable")
    channels, product, days, start = channels[order], product[order], days[order], start[order]
    language = np.isin(channels, [CHANNELS.index(c) for c in ENGLISH]).astype(np.int64)
    named = [season.named(int(m), FIRST + timedelta(days=int(s)), int(d)) for m, s, d in zip(language, start, days, strict=True)]
    festive = np.array([o is not None for o in named])
    discount = np.where(
        festive,
        np.array(DISCOUNTS)[pick(rng, np.array([0.5, 1.0, 2.0, 2.0, 1.5]), COUNT)],
        np.array(DISCOUNTS)[pick(rng, np.array([5.0, 1.5, 1.5, 0.6, 0.3]), COUNT)],
    )
    offers = [offer_for(rng, "en" if one else "zh", float(d)) for one, d in zip(language, discount, strict=True)]
    copies = [
        [
            write(rng, goods, int(product[i]), CHANNELS[channels[i]], "en" if language[i] else "zh", offers[i], named[i])
            for _ in range(CREATIVES)
        ]
        for i in range(COUNT)
    ]
    objective = pick(rng, OBJECTIVE_SHARE, COUNT)
    placement = np.array([int(rng.integers(min(3, len(channel(CHANNELS[x]).placements)))) for x in channels])
    to_women = np.array([TO_WOMEN[c] for c in CATEGORIES])[goods.category[product]]
    gender = np.where(rng.random(COUNT) < 0.55, 2, (rng.random(COUNT) > to_women).astype(np.int64))
    baby = goods.category[product] == CATEGORIES.index("baby")
    ages = np.array(AGES)[np.where(baby, pick(rng, PARENT_SHARE, COUNT), pick(rng, AGE_SHARE, COUNT))]
    zeros, none = np.zeros(COUNT), np.zeros(COUNT, np.int64)
    flights = Flights(
        ids=ids("c", COUNT, 4), channel=channels, placement=placement, product=product, objective=objective, start=start, days=days,
        ages=ages, gender=gender, language=language, discount=discount, offers=offers, occasions=named,
        copies=copies, spend=zeros, impressions=none, clicks=none, conversions=none, revenue=zeros, truth=truth,
    )  # fmt: skip
    return _run(rng, seed, goods, season, flights)


def _starts(rng: np.random.Generator, season: Season, days: Ints) -> Ints:
    """First days: more campaigns are run towards festivals; all end by the last day."""
    starts = pick(rng, season.demand[0] ** 1.5, len(days))
    return np.clip(starts - rng.integers(0, 8, len(days)), 0, DAYS - days)


def _run(rng: np.random.Generator, seed: int, goods: Goods, season: Season, flights: Flights) -> Flights:
    """Draw the outcomes: expected rates over `DRAWS` contexts a campaign, then Poisson and binomial counts."""
    people = reference(seed)
    which = np.repeat(np.arange(COUNT), DRAWS)
    creative = np.tile(np.arange(DRAWS) % CREATIVES, COUNT)
    day = flights.start[which] + (rng.random(len(which)) * flights.days[which]).astype(np.int64)
    user = aimed(
        rng, people, goods.category[flights.product[which]], flights.ages[which], flights.gender[which], flights.language[which] == 1
    )
    desktop = (rng.random(len(which)) < people.desktop[user]).astype(float)
    seen = contexts(goods, people, season, flights, which, creative, user, day, hours(rng, len(which)), desktop)
    truth = flights.truth.calibrate(seen)
    z, z2 = rng.standard_normal((2, len(which)))
    p_click = truth.p_click(seen, z)
    p_order = truth.p_order(seen, z2)
    ctr = p_click.reshape(COUNT, DRAWS).mean(axis=1)
    cvr = (p_click * p_order).reshape(COUNT, DRAWS).sum(axis=1) / p_click.reshape(COUNT, DRAWS).sum(axis=1)

    rates = list(RATES.values())
    kappa, cpc = (np.array([getattr(r, key) for r in rates])[flights.channel] for key in ("kappa", "cpc"))
    price = goods.price[flights.product]
    festive = np.array([o is not None for o in flights.occasions])
    daily = 0.10 * kappa * rng.lognormal(0, 0.85, COUNT) * np.where(festive, 1.8, 1.0)
    inflation = np.array([season.price[m, s : s + d].mean() for m, s, d in zip(flights.language, flights.start, flights.days, strict=True)])
    paid = cpc * (price / 150) ** 0.42 * inflation * (1 + daily / kappa) ** ETA * rng.lognormal(0, 0.18, COUNT)
    planned = daily * flights.days
    clicks = np.maximum(rng.poisson(planned / paid), 5)
    spend = np.round(clicks * paid * rng.uniform(0.995, 1.005, COUNT), 2)
    # People who see an advertisement often click less: a mild fatigue with spend.
    seen_ctr = ctr * (1 + daily / kappa) ** -0.12 * rng.lognormal(0, 0.06, COUNT)
    impressions = np.maximum(np.round(clicks / seen_ctr), clicks).astype(np.int64)
    conversions = rng.binomial(clicks, np.clip(cvr * rng.lognormal(0, 0.10, COUNT), 0, 0.5))
    basket = QUANTITY * (1 + rng.normal(0, 0.25, COUNT) / np.sqrt(np.maximum(conversions, 1)))
    revenue = np.round(conversions * price * (1 - flights.discount) * np.clip(basket, 1.0, 1.6), 2)
    return Flights(
        **{
            **flights.__dict__,
            "spend": spend,
            "impressions": impressions,
            "clicks": clicks,
            "conversions": conversions,
            "revenue": revenue,
            "truth": truth,
        }
    )
