"""Why a segment is likely to buy, in words: the features that raise its chances most, beside the shop's average.

A reason is shown only where the model says that the feature raises the chance and the segment really has more of it (or,
for days since something, less). Numbers are means over the segment's customers.
"""

from __future__ import annotations

import numpy as np

from ...data.words import Words, both
from .persona import category_name, money
from .targeting import Audience

MOST = 2
# A part of the logit below this moves the chance by less than 5 %.
LEAST_PART = 0.05
CLEARLY_MORE = 1.15

COUNTS = {
    "t_views": both("人均看{t} {v} 次（全店 {s}）", "{v} views of {t} each (shop {s})"),
    "t_recent": both("近 30 天人均为{t}来 {v} 次（全店 {s}）", "{v} visits to {t} each in 30 days (shop {s})"),
    "t_carts": both("人均加购{t} {v} 次（全店 {s}）", "{v} carts with {t} each (shop {s})"),
    "t_sales": both("人均买过{t} {v} 次（全店 {s}）", "{v} past purchases of {t} each (shop {s})"),
    "c_views": both("人均看{c} {v} 次（全店 {s}）", "{v} views of {c} each (shop {s})"),
    "c_recent": both("近 30 天人均为{c}来 {v} 次（全店 {s}）", "{v} visits to {c} each in 30 days (shop {s})"),
    "c_carts": both("人均加购{c} {v} 次（全店 {s}）", "{v} carts with {c} each (shop {s})"),
    "c_sales": both("人均买过{c} {v} 次（全店 {s}）", "{v} past purchases of {c} each (shop {s})"),
    "a_views": both("人均浏览 {v} 次（全店 {s}）", "{v} product views each (shop {s})"),
    "a_searches": both("人均搜索 {v} 次（全店 {s}）", "{v} searches each (shop {s})"),
    "a_carts": both("人均加购 {v} 次（全店 {s}）", "{v} carts each (shop {s})"),
    "a_sales": both("人均买过 {v} 件（全店 {s}）", "{v} items bought each (shop {s})"),
    "r_views": both("近 30 天人均浏览 {v} 次（全店 {s}）", "{v} views each in 30 days (shop {s})"),
    "r_searches": both("近 30 天人均搜索 {v} 次（全店 {s}）", "{v} searches each in 30 days (shop {s})"),
    "r_carts": both("近 30 天人均加购 {v} 次（全店 {s}）", "{v} carts each in 30 days (shop {s})"),
    "r_sales": both("近 30 天人均买 {v} 件（全店 {s}）", "{v} items each in 30 days (shop {s})"),
    "orders": both("人均下单 {v} 次（全店 {s}）", "{v} orders each (shop {s})"),
}
RECENCY = {
    "a_idle": both("最近来店更勤", "here more recently than most"),
    "sale_idle": both("最近下过单的人更多", "more of them ordered lately"),
    "t_idle": both("最近看过{t}的人更多", "more of them looked at {t} lately"),
    "c_idle": both("最近看过{c}的人更多", "more of them looked at {c} lately"),
}


def reasons(who: Audience, j: int, target: Words, category: Words | None, categories: list[str]) -> list[Words]:
    """Return at most two reasons for segment `j`, strongest first; empty where there is no model or nothing stands out.

    `target` and `category` are the names used in them; a taste for another category is no reason a reader would believe.
    """
    if who.chances.model is None:
        return []
    found = []
    for i in np.argsort(-who.parts[j], kind="stable"):
        name, mine, shop = who.columns[i], float(who.means[j, i]), float(who.shop[i])
        if who.parts[j, i] < LEAST_PART or len(found) == MOST:
            break
        own = who.chances.target.category
        if name.startswith("cat_") and own is not None and categories[int(name[4:])] != own:
            continue
        words = _words(name, mine, shop, categories, who.currency)
        if words is not None:
            values = {"v": _number(mine), "s": _number(shop)}
            found.append(both(*(
                words.pick(one).format(t=target.pick(one), c=(category or target).pick(one), **values) for one in ("zh", "en")
            )))  # fmt: skip
    return found


def _words(name: str, mine: float, shop: float, categories: list[str], currency: str) -> Words | None:
    if name in RECENCY:
        return RECENCY[name] if mine < shop else None
    if mine < CLEARLY_MORE * shop:
        return None
    if name in COUNTS:
        return COUNTS[name]
    if name == "spend":
        amounts = money(mine, currency), money(shop, currency)
        return both(f"人均消费 {amounts[0]}（全店 {amounts[1]}）", f"{amounts[0]} spent each (shop {amounts[1]})")
    if name.startswith("cat_"):
        called = category_name(categories[int(name[4:])])
        return both(
            f"看和买的有 {mine:.0%} 是{called.zh}（全店 {shop:.0%}）",
            f"{mine:.0%} of what they look at and buy is {called.en.lower()} (shop {shop:.0%})",
        )
    return None


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"
