"""What people do in the shop: visits with searches, views, carts and purchases, and the order lines that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ..knowledge import categories
from .campaigns import Flights
from .catalogue import PAIRS, Goods
from .draws import CATEGORIES, DAY, DAYS, END_US, FIRST, SECOND, START_US, Floats, Ints, coded, pick, pick_rows, stream, times
from .exposures import Shown
from .people import ABROAD, GROUPS, PROVINCES, Users
from .season import Season
from .truth import CHANNELS, ELASTICITY

KINDS = ("view", "search", "cart", "purchase", "refund", "ad_click")
VIEW, SEARCH, CART, PURCHASE, REFUND, AD_CLICK = range(len(KINDS))
BUY_AT_A_VIEW = 0.056
COMPANION = 0.20
DIRECT = len(CHANNELS)
# Where an order of the shop came from when no advertisement was logged: a channel, or the shop's own pages.
ORIGIN_SHARE = np.array([2.4, 1.0, 1.5, 3.2, 1.6, 1.2, 0.5, 0.4, 0.3, 0.7, 0.4, 0.4, 3.0])
# Months in which a category is wanted more or less, January first.
MONTHS = {
    "apparel": (1.1, 0.8, 1.1, 1.1, 1.0, 0.9, 0.8, 0.9, 1.2, 1.2, 1.2, 1.2),
    "sports": (1.0, 0.8, 1.1, 1.2, 1.2, 1.2, 1.1, 1.1, 1.1, 1.0, 0.8, 0.8),
    "food": (1.5, 1.2, 0.9, 0.9, 0.9, 1.0, 0.9, 0.9, 1.1, 1.0, 1.0, 1.2),
    "beauty": (0.9, 1.1, 1.1, 1.1, 1.2, 1.1, 1.0, 1.0, 0.9, 0.9, 1.1, 1.0),
}
# Words added to a search: Chinese, English.
SUFFIXES = (
    ("推荐", "best rated"),
    ("平价", "cheap"),
    ("学生", "for students"),
    ("送礼", "gift"),
    ("家用", "for home"),
    ("哪个牌子好", "reviews"),
)


class Lines(NamedTuple):
    """Order lines as parallel arrays; `discount` is money off the whole line."""

    user: Ints
    product: Ints
    ts: Ints
    order: Ints
    quantity: Ints
    price: Floats
    discount: Floats
    origin: Ints
    campaign: Ints
    desktop: np.ndarray


@dataclass(frozen=True)
class Prices:
    """Shelf price relative to the list price, (305, days), and money off as a share of it on promotion days."""

    shelf: Floats
    off: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator, goods: Goods, season: Season) -> Prices:
        """A shelf price holds for about six weeks; promotions come with festivals, for six products in ten."""
        count = len(goods.ids)
        terms = DAYS // 42 + 1
        steps = np.array([0.92, 0.96, 1.0, 1.0, 1.05, 1.10])[rng.integers(0, 6, (count, terms))]
        shelf = np.repeat(steps, 42, axis=1)[:, :DAYS]
        strong = np.clip((season.price[0] - 1.06) / 0.35, 0, 1) > 0.15
        depth = np.array([0.0, 0.05, 0.10, 0.15, 0.20])[pick(rng, np.array([4.0, 1.0, 2.0, 2.0, 1.0]), count)]
        return cls(shelf, depth[:, None] * strong[None, :])


def draw(seed: int, visits: int, goods: Goods, users: Users, season: Season, flights: Flights, shown: Shown) -> tuple[pa.Table, pa.Table]:
    """Draw `visits` visits; returns the events and the orders table."""
    rng = stream(seed, "visits")
    prices = Prices.draw(rng, goods, season)
    user, day, start = _visits(rng, visits, users, season)
    desktop = rng.random(visits) < users.desktop[user]
    views = 1 + np.minimum(rng.poisson(1.75, visits), 9)
    visit = np.repeat(np.arange(visits), views)
    step = np.arange(len(visit)) - np.repeat(np.cumsum(views) - views, views)
    family = _families(rng, goods, users, user, day)
    product = _products(rng, goods, users, user[visit], family[visit])
    ts = start[visit] + (step * 55 + rng.integers(5, 50, len(visit))) * SECOND

    searches = np.repeat(np.arange(visits), (rng.random(visits) < 0.50) + (rng.random(visits) < 0.16))
    words, code = _queries(rng, goods, family[searches], users.abroad[user[searches]])
    lines, bought = _purchases(rng, goods, users, season, prices, visit, user[visit], day[visit], product, ts, desktop[visit])
    carted = bought | (rng.random(len(visit)) < 0.085)

    lines = _joined(lines, _from_ads(goods, flights, shown, int(lines.order.max(initial=-1)) + 1))
    returned = _refunds(rng, goods, lines)
    clicked = np.flatnonzero(shown.clicked)

    everything = [
        _block(VIEW, ts, user[visit], product, desktop[visit], price=_paid(prices, goods, product, day[visit])),
        _block(SEARCH, start[searches], user[searches], None, desktop[searches], query=code, family=family[searches]),
        _block(
            CART,
            ts[carted] + 20 * SECOND,
            user[visit][carted],
            product[carted],
            desktop[visit][carted],
            price=_paid(prices, goods, product[carted], day[visit][carted]),
            quantity=np.ones(carted.sum(), int),
        ),
        _block(
            PURCHASE,
            lines.ts,
            lines.user,
            lines.product,
            lines.desktop,
            price=lines.price,
            quantity=lines.quantity,
            campaign=lines.campaign,
        ),
        _block(REFUND, returned.ts, returned.user, returned.product, returned.desktop, price=returned.price, quantity=-returned.quantity),
        _block(
            AD_CLICK,
            shown.ts[clicked],
            shown.user[clicked],
            flights.product[shown.campaign[clicked]],
            shown.desktop[clicked] > 0,
            campaign=shown.campaign[clicked],
        ),
    ]
    return _events(everything, goods, users, flights, words), _orders(_joined(lines, returned), goods, users)


def _visits(rng: np.random.Generator, count: int, users: Users, season: Season) -> tuple[Ints, Ints, Ints]:
    """User, day and start (microseconds) of each visit; nobody visits before joining."""
    user = pick(rng, users.activity, count)
    day = pick(rng, season.demand[0], count)
    joined = np.maximum((users.signup[user] - START_US) // DAY + 1, 0)
    early = day < joined
    day[early] = joined[early] + (rng.random(early.sum()) * (DAYS - joined[early])).astype(np.int64)
    peak = np.array([g.peak for g in GROUPS])[users.group[user]]
    usual = np.mod(rng.normal(peak, 2.6, count), 24)
    hour = np.where(rng.random(count) < 0.72, usual, rng.triangular(6.5, 20, 23.9, count))
    # A visit lasts minutes: it ends before midnight, so the last day holds all of it.
    start = START_US + day * DAY + (np.minimum(hour, 23.7) * 3600).astype(np.int64) * SECOND + rng.integers(0, SECOND, count)
    return user, day, start


def _families(rng: np.random.Generator, goods: Goods, users: Users, user: Ints, day: Ints) -> Ints:
    """The family each visit is about: by taste, month and how often its models are looked at."""
    month = ((np.datetime64(FIRST) + np.arange(DAYS)).astype("datetime64[M]").astype(np.int64) % 12)[day]
    wanted = np.array([MONTHS.get(c, (1.0,) * 12) for c in CATEGORIES]).T
    category = pick_rows(rng, users.taste[user] * wanted[month])
    family = np.zeros(len(user), np.int64)
    for c in range(len(CATEGORIES)):
        mine = category == c
        members = np.unique(goods.family[goods.category == c])
        pull = np.array([goods.pull[goods.family == f].sum() for f in members])
        family[mine] = members[pick(rng, pull, int(mine.sum()))]
    return family


def _products(rng: np.random.Generator, goods: Goods, users: Users, user: Ints, family: Ints) -> Ints:
    """The product of each view: seven in ten from the visit's family at the liked price level, others from its category."""
    first = np.searchsorted(goods.family, np.arange(len(goods.families)))
    models = first[family][:, None] + np.arange(5)
    liking = goods.pull[models] * np.exp(-2.0 * np.abs(goods.level[models] - users.level[user][:, None]))
    product = models[np.arange(len(user)), pick_rows(rng, liking)]
    other = rng.random(len(user)) < 0.3
    category = goods.category[first[family]]
    for c in range(len(CATEGORIES)):
        mine = np.flatnonzero(other & (category == c))
        members = np.flatnonzero(goods.category == c)
        product[mine] = members[pick(rng, goods.pull[members], len(mine))]
    return product


def _queries(rng: np.random.Generator, goods: Goods, family: Ints, english: np.ndarray) -> tuple[list[str], Ints]:
    """All searches people type (same number per family and language), and which one each search is."""
    words: list[str] = []
    for one in (0, 1):
        for f in goods.families:
            noun, keywords = f.noun[one], f.keywords[one]
            gap = " " if one else ""
            own = [noun, noun, noun, *(f"{keywords[i % len(keywords)]}{gap}{noun}" for i in range(3)), f"{f.brand[one]}{gap}{noun}"]
            words += own + [f"{noun}{gap}{suffix[one]}" for suffix in SUFFIXES]
    each = len(words) // (2 * len(goods.families))
    return words, (english * len(goods.families) + family) * each + np.minimum(rng.geometric(0.16, len(family)) - 1, each - 1)


def _paid(prices: Prices, goods: Goods, product: Ints, day: Ints) -> Floats:
    return np.round(goods.price[product] * prices.shelf[product, day] * (1 - prices.off[product, day]), 1)


def _purchases(
    rng: np.random.Generator, goods: Goods, users: Users, season: Season, prices: Prices,
    visit: Ints, user: Ints, day: Ints, product: Ints, ts: Ints, desktop: np.ndarray,
) -> tuple[Lines, np.ndarray]:  # fmt: skip
    """Which views end in a purchase, and the order lines with their companions."""
    category = goods.category[product]
    elasticity = np.array([ELASTICITY[c] for c in CATEGORIES])[category]
    relative = prices.shelf[product, day] * (1 - prices.off[product, day])
    liking = 0.35 * np.clip(np.log(8 * users.taste[user, category]), -2, 1.5) - 0.5 * np.abs(users.level[user] - goods.level[product])
    # Demand already counts in the number of visits; a festival also loosens the purse.
    odds = BUY_AT_A_VIEW * np.exp(liking) * relative**elasticity * (0.75 + 0.25 * season.demand[0, day])
    odds *= np.where(goods.price[product] > 400, 0.55, 1.0)
    bought = rng.random(len(visit)) < np.clip(odds, 0, 0.6)
    at = np.flatnonzero(bought)

    partners = _partners(goods)
    family = goods.family[product[at]]
    more = np.flatnonzero((rng.random(len(at)) < COMPANION) & (partners[family, 0] >= 0))
    chosen = np.where(rng.random(len(more)) < 0.5, partners[family[more], 0], partners[family[more], 1])
    companion = np.searchsorted(goods.family, chosen) + rng.integers(0, 5, len(more))

    rows = np.concatenate([at, at[more]])
    items = np.concatenate([product[at], companion])
    extra = np.where(goods.category[items] == CATEGORIES.index("food"), 0.5, 0.08)
    quantity = 1 + rng.poisson(extra)
    shelf = np.round(goods.price[items] * prices.shelf[items, day[rows]], 1)
    discount = np.round(shelf * prices.off[items, day[rows]], 2) * quantity
    # Lines bought in one visit are one order.
    _, order = np.unique(visit[rows], return_inverse=True)
    origin = pick(rng, ORIGIN_SHARE, len(order))[order]
    offset = np.where(np.arange(len(rows)) < len(at), 45, 46) * SECOND
    return Lines(
        user[rows], items, ts[rows] + offset, order, quantity, shelf, discount, origin, np.full(len(rows), -1), desktop[rows]
    ), bought


def _partners(goods: Goods) -> Ints:
    """Up to two families bought together with each family (n, 2); -1 where there are none."""
    nouns = [f.noun[1] for f in goods.families]
    table = np.full((len(nouns), 2), -1)
    for a, b in PAIRS:
        for x, y in ((nouns.index(a), nouns.index(b)), (nouns.index(b), nouns.index(a))):
            table[x] = (y, y) if table[x, 0] < 0 else (table[x, 0], y)
    return table


def _from_ads(goods: Goods, flights: Flights, shown: Shown, first_order: int) -> Lines:
    """Order lines of logged impressions that converted."""
    at = np.flatnonzero(shown.converted)
    campaign = shown.campaign[at]
    product = flights.product[campaign]
    quantity = shown.quantity[at]
    return Lines(
        user=shown.user[at], product=product, ts=shown.converted_at[at], order=first_order + np.arange(len(at)), quantity=quantity,
        price=goods.price[product], discount=np.round(goods.price[product] * flights.discount[campaign], 2) * quantity,
        origin=flights.channel[campaign], campaign=campaign, desktop=shown.desktop[at] > 0,
    )  # fmt: skip


def _joined(*parts: Lines) -> Lines:
    return Lines(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _rows(lines: Lines, index: Ints) -> Lines:
    columns: list[Any] = [column[index] for column in lines]
    return Lines(*columns)


def _refunds(rng: np.random.Generator, goods: Goods, lines: Lines) -> Lines:
    """Returned lines: whole lines, negative quantity, three days to two weeks later; by the category's return rate."""
    rate = np.array([float(categories()[c].return_rate) for c in CATEGORIES])[goods.category[lines.product]]
    ts = lines.ts + ((3 + rng.gamma(2.0, 2.0, len(rate))) * DAY).astype(np.int64)
    back = np.flatnonzero((rng.random(len(rate)) < rate) & (ts < END_US))
    some = _rows(lines, back)
    return some._replace(ts=ts[back], quantity=-some.quantity, discount=-some.discount)


def _block(
    kind: int, ts: Ints, user: Ints, product: Ints | None, desktop: np.ndarray, price: Floats | None = None, quantity: Ints | None = None,
    query: Ints | None = None, campaign: Ints | None = None, family: Ints | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """One kind of event as columns; -1 stands for null in coded columns, nan in numbers."""
    none = np.full(len(ts), -1)
    return {
        "kind": np.full(len(ts), kind),
        "ts": ts,
        "user": user,
        "product": none if product is None else product,
        "family": none if family is None else family,
        "desktop": desktop,
        "price": np.full(len(ts), np.nan) if price is None else price,
        "quantity": np.full(len(ts), np.nan) if quantity is None else quantity.astype(float),
        "query": none if query is None else query,
        "campaign": none if campaign is None else campaign,
    }


def _events(blocks: list[dict[str, np.ndarray]], goods: Goods, users: Users, flights: Flights, words: list[str]) -> pa.Table:
    """The rows of the events table, by time."""
    whole = {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}
    order = np.argsort(whole["ts"], kind="stable")
    e = {key: column[order] for key, column in whole.items()}
    by_family = goods.category[np.searchsorted(goods.family, np.arange(len(goods.families)))]
    category = np.where(e["product"] >= 0, goods.category[e["product"]], by_family[e["family"]])
    return pa.table(
        {
            "ts": times(e["ts"]),
            "user_id": coded(users.ids, e["user"]),
            "event": coded(list(KINDS), e["kind"]),
            "product_id": coded(goods.ids, e["product"], e["product"] < 0),
            "category": coded(list(CATEGORIES), category),
            "query": coded(words, e["query"], e["query"] < 0),
            "price": pa.array(e["price"], from_pandas=True),
            "quantity": pa.array(e["quantity"], from_pandas=True),
            "device": coded(["mobile", "desktop"], e["desktop"].astype(np.int64)),
            "campaign_id": coded(flights.ids, e["campaign"], e["campaign"] < 0),
            "consent": pa.array(users.consent[e["user"]]),
        }
    )


def _orders(lines: Lines, goods: Goods, users: Users) -> pa.Table:
    """The rows of the orders table, by time. A refund carries the order number of the purchase."""
    by_time = np.argsort(lines.ts, kind="stable")
    line = _rows(lines, by_time)
    countries = ["CN", *ABROAD]
    country = np.maximum(users.region - len(PROVINCES) + 1, 0)
    numbers = [f"o{n:06d}" for n in range(int(line.order.max(initial=0)) + 1)]
    titles = [zh for zh, _ in goods.names] + [en for _, en in goods.names]
    english = users.abroad[line.user]
    return pa.table(
        {
            "order_id": coded(numbers, line.order),
            "ts": times(line.ts),
            "user_id": coded(users.ids, line.user),
            "product_id": coded(goods.ids, line.product),
            "title": coded(titles, line.product + english * len(goods.ids)),
            "category": coded(list(CATEGORIES), goods.category[line.product]),
            "quantity": line.quantity,
            "unit_price": line.price,
            "currency": coded(["CNY"], np.zeros(len(line.ts), np.int64)),
            "discount": line.discount,
            "channel": coded([*CHANNELS, "direct"], line.origin),
            "country": coded(countries, country[line.user]),
        }
    )
