"""The logged ad impressions: a sample of what the campaigns bought, each clicked and converted by the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..knowledge import channel
from .campaigns import CREATIVES, Flights, contexts, hours
from .catalogue import Goods
from .draws import CATEGORIES, DAY, END_US, FIRST, SECOND, START_US, Floats, Ints, coded, pick, stream, times
from .people import GROUPS, Users, aimed
from .season import Season
from .truth import CHANNELS

FOOD_EXTRA = 0.5


@dataclass(frozen=True)
class Shown:
    """All logged impressions as parallel arrays, by time; `ts` and `converted_at` are microseconds since 1970 (UTC)."""

    campaign: Ints
    creative: Ints
    user: Ints
    ts: Ints
    hour: Ints
    weekday: Ints
    desktop: Floats
    tablet: np.ndarray
    p_click: Floats
    p_order: Floats
    clicked: np.ndarray
    converted: np.ndarray
    quantity: Ints
    converted_at: Ints

    def table(self, goods: Goods, users: Users, flights: Flights) -> pa.Table:
        """The rows of the impressions table; hour and weekday (0 = Monday) are the shop's."""
        product = flights.product[self.campaign]
        price = goods.price[product]
        discount = flights.discount[self.campaign]
        places = sorted({p.id for name in CHANNELS for p in channel(name).placements})
        place_of = np.array(
            [places.index(channel(CHANNELS[x]).placements[p].id) for x, p in zip(flights.channel, flights.placement, strict=True)]
        )
        creatives = [f"{name}-{letter}" for name in flights.ids for letter in "abc"[:CREATIVES]]
        headlines = [copy.headline for copies in flights.copies for copy in copies]
        code = self.campaign * CREATIVES + self.creative
        gender = users.gender[self.user]
        return pa.table(
            {
                "ts": times(self.ts),
                "user_id": coded(users.ids, self.user),
                "campaign_id": coded(flights.ids, self.campaign),
                "creative_id": coded(creatives, code),
                "channel": coded(list(CHANNELS), flights.channel[self.campaign]),
                "placement": coded(places, place_of[self.campaign]),
                "product_id": coded(goods.ids, product),
                "category": coded(list(CATEGORIES), goods.category[product]),
                "device": coded(["mobile", "desktop", "tablet"], np.where(self.desktop > 0, 1, np.where(self.tablet, 2, 0))),
                "hour": self.hour,
                "weekday": self.weekday,
                "age": users.age[self.user],
                "gender": coded(["female", "male", "-"], gender, gender == 2),
                "price": price,
                "discount": discount,
                "headline": coded(headlines, code),
                "language": coded(["zh", "en"], flights.language[self.campaign]),
                "clicked": pa.array(self.clicked),
                "converted": pa.array(self.converted),
                "value": np.where(self.converted, np.round(price * (1 - discount) * self.quantity, 2), 0.0),
                "converted_at": times(self.converted_at, ~self.converted),
            }
        )

    def truth(self, users: Users, flights: Flights) -> pa.Table:
        """The true probabilities, keyed by `ts` (unique): P(click), P(order | click), and the user's taste group."""
        return pa.table(
            {
                "ts": times(self.ts),
                "user_id": coded(users.ids, self.user),
                "campaign_id": coded(flights.ids, self.campaign),
                "p_click": self.p_click,
                "p_order": self.p_order,
                "group": coded([g.name for g in GROUPS], users.group[self.user]),
            }
        )


def draw(seed: int, count: int, goods: Goods, users: Users, season: Season, flights: Flights) -> Shown:
    """Draw `count` impressions over all campaigns, more of the larger ones (by the root of their impressions)."""
    rng = stream(seed, "exposures")
    truth = flights.truth
    campaign = pick(rng, np.sqrt(flights.impressions), count)
    day = flights.start[campaign] + (rng.random(count) * flights.days[campaign]).astype(np.int64)
    hour = hours(rng, count)
    ts = START_US + day * DAY + hour * 3600 * SECOND + rng.integers(0, 3600 * SECOND, count)
    order = np.argsort(ts, kind="stable")
    campaign, day, hour, ts = campaign[order], day[order], hour[order], _unique(ts[order])
    creative = rng.integers(0, CREATIVES, count)
    user = aimed(
        rng,
        users,
        goods.category[flights.product[campaign]],
        flights.ages[campaign],
        flights.gender[campaign],
        flights.language[campaign] == 1,
    )
    desktop = (rng.random(count) < users.desktop[user]).astype(float)
    seen = contexts(goods, users, season, flights, campaign, creative, user, day, hour, desktop)
    z, z2 = rng.standard_normal((2, count))
    p_click, p_order = truth.p_click(seen, z), truth.p_order(seen, z2)
    clicked = rng.random(count) < p_click
    # Most orders follow a click within hours, a tail within a fortnight; what falls after the last day is not known yet.
    delay = np.where(rng.random(count) < 0.7, rng.exponential(2 * 3600, count), rng.exponential(3 * 86_400, count)) + 60
    converted_at = ts + (delay * SECOND).astype(np.int64)
    converted = clicked & (rng.random(count) < p_order) & (converted_at < END_US)
    food = goods.category[flights.product[campaign]] == CATEGORIES.index("food")
    return Shown(
        campaign=campaign,
        creative=creative,
        user=user,
        ts=ts,
        hour=hour,
        weekday=(FIRST.weekday() + day) % 7,
        desktop=desktop,
        tablet=rng.random(count) < 0.04,
        p_click=p_click,
        p_order=p_order,
        clicked=clicked,
        converted=converted,
        quantity=1 + rng.poisson(np.where(food, FOOD_EXTRA, 0.08)),
        converted_at=converted_at,
    )


def _unique(ts: Ints) -> Ints:
    """Sorted times made strictly increasing: a tie moves on by microseconds."""
    steps = np.arange(len(ts))
    return np.maximum.accumulate(ts - steps) + steps
