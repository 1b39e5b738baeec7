"""The evidence of a group: every number a text or a card may show, with the customers behind it and, for rates, its interval.

Read from the facts of a fit; nothing is measured here. Shares of fewer than `FEW` customers are left out: their intervals
would say that nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data.figure import Figure
from ...data.portrait import Condition, Mark, Measured, Portrait, Spoken, Typical
from ...data.words import Words, both
from .habits import HOURS, wilson
from .holdout import HORIZON
from .naming import category_name, channel_name, counted, feature_kind, feature_name, money, percent, told
from .rule_words import worded

if TYPE_CHECKING:
    from .fit import Fit

FEW = 30
DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DEVICES = {"mobile": both("手机", "mobile"), "desktop": both("电脑", "desktop"), "tablet": both("平板", "tablet")}
# A channel is named from this many impressions on.
LEAST_SHOWN = 500


def rows_behind(fit: Fit, kind: str) -> str:
    """Return which rows a number comes from: ``orders:2024-01-01 – 2025-12-31, n = 12,345``."""
    return f"{kind}:{fit.first.date()} – {fit.as_of.date()}, n = {fit.rows[kind]:,}"


def portrait(fit: Fit, j: int, marked: tuple[int, ...] = ()) -> Portrait:
    """Return everything measured of group `j`; `marked` categories come before others."""
    found = fit.facts["explained"][j]
    rule = found["rule"]
    never = fit.facts["shop"]["buyers"] < fit.facts["shop"]["size"]
    any_of = [[Condition.model_validate(c) for c in path] for path in rule["any_of"]]
    return Portrait(
        facts=facts(fit, j, marked),
        marks=[mark(row, fit.currency, fit.categories) for row in found["marks"]],
        words=[Spoken.model_validate(word) for word in fit.facts["words"][j]],
        people=[_person(fit, one, kind) for kind in ("typical", "border") for one in found[kind]],
        rule=worded(any_of, tuple(rule["score"]), fit.currency, fit.categories, never),
        silhouette=found["silhouette"],
        sample=fit.facts["sample"],
    )


def mark(row: dict[str, Any], currency: str, categories: list[str] | None) -> Mark:
    """Return a row of `explain.lifts` as shown."""
    kind = feature_kind(row["column"])
    return Mark(
        key=row["column"],
        name=feature_name(row["column"], categories),
        lift=row["lift"],
        low=row["low"],
        high=row["high"],
        group=told(row["group"], kind, currency),
        shop=told(row["shop"], kind, currency),
    )


def _person(fit: Fit, one: dict[str, Any], kind: Any) -> Typical:
    n = one["numbers"]
    numbers = []
    if n.get("frequency"):
        orders = f"{n['frequency']:,.0f}"
        numbers.append(both(f"{orders} 单", f"{orders} order{'' if orders == '1' else 's'}"))
        numbers.append(both(money(n["spend"], fit.currency), money(n["spend"], fit.currency)))
        days = f"{n['recency_days']:,.0f}"
        numbers.append(both(f"{days} 天前买过", f"last {days} day{'' if days == '1' else 's'} ago"))
    else:
        numbers.append(both("没有下过单", "never ordered"))
    if fit.has_events and "views" in n:
        views = f"{n['views']:,.0f}"
        numbers.append(both(f"浏览 {views} 次", f"{views} view{'' if views == '1' else 's'}"))
    if one["taste"]:
        numbers.append(category_name(fit.categories[int(one["taste"].removeprefix("cat_"))]))
    return Typical(id=one["id"], kind=kind, numbers=numbers)


def facts(fit: Fit, j: int, marked: tuple[int, ...] = ()) -> list[Measured]:
    """Return the facts of group `j` in the order of a card."""
    group, shop = fit.facts["groups"][j], fit.facts["shop"]
    acts = rows_behind(fit, "events" if fit.has_events else "orders")
    orders = rows_behind(fit, "orders" if fit.has_orders else "events")
    size, buyers = int(group["size"]), int(group["buyers"])
    found: list[Measured] = []

    def add(name: str, title: Words, value: Words | str, n: int, evidence: str, **more: Any) -> None:
        value = both(value, value) if isinstance(value, str) else value
        found.append(Measured(id=f"{fit.ids[j]}.{name}", name=title, value=value, n=n, evidence=evidence, **more))

    def rate(name: str, title: Words, row: dict[str, Any], all_: float | None, evidence: str, value: Words | None = None) -> None:
        """Add a share of at least `FEW` customers with its interval; `value` puts words around ``{}``."""
        if not row or row["people"] < FEW:
            return
        shown = percent(row["share"])
        words = both(value.zh.format(shown), value.en.format(shown)) if value else both(shown, shown)
        interval = f"{percent(row['low'])}–{percent(row['high'])}"
        add(name, title, words, row["people"], evidence, number=row["share"], low=row["low"], high=row["high"], interval=interval,
            shop="" if all_ is None else percent(all_))  # fmt: skip

    whose = both("会话数", "Sessions") if fit.sessions else both("人数", "Customers")
    add("size", whose, counted(size, fit.sessions), size, acts, number=size)
    of = both("占全部会话", "Share of sessions") if fit.sessions else both("占全店人数", "Share of customers")
    add("share", of, percent(size / fit.n_users), fit.n_users, acts, number=size / fit.n_users)
    if shop["spend"]:
        part = group["spend"] / shop["spend"]
        add("revenue_share", both("占全店消费", "Share of revenue"), percent(part), size, orders, number=round(part, 6))
    if size >= FEW and shop["buyers"] < shop["size"]:
        low, high = wilson(buyers, size)
        bought = {"share": buyers / size, "low": low, "high": high, "people": size}
        rate("buyers", both("买过的比例", "Have bought"), bought, shop["buyers"] / shop["size"], acts)
    if buyers:
        for name, title, key, words in (
            ("orders", both("购买次数（中位数）", "Orders (median)"), "frequency", _orders),
            ("spend", both("累计消费（中位数）", "Spend (median)"), "spend", lambda x: _money(fit, x)),
            ("recency", both("距上次购买（中位数）", "Since the last order (median)"), "recency_days", _days),
            ("basket", both("每单金额（中位数）", "Order value (median)"), "basket", lambda x: _money(fit, x)),
        ):
            value = group[f"median_{key}"]
            everyone = told(shop[f"median_{key}"], feature_kind(key), fit.currency)
            add(name, title, words(value), buyers, orders, number=value, shop=everyone)
    if fit.has_events:
        for name, title, words in (
            ("views", both("浏览次数（中位数）", "Product views (median)"), _times),
            ("carts", both("加购次数（中位数）", "Times added to cart (median)"), _times),
        ):
            add(
                name,
                title,
                words(group[f"median_{name}"]),
                size,
                acts,
                number=group[f"median_{name}"],
                shop=f"{shop[f'median_{name}']:,.0f}",
            )
    _tastes(fit, j, marked, rate, acts)
    _times_of(fit, j, rate, acts)
    shares = fit.facts["habits"]["shares"]
    prices, repeat = fit.facts["habits"]["prices"][j], fit.facts["habits"]["repeat"][j]
    if prices and prices["n"] >= FEW:
        band = f"{money(prices['low'], fit.currency)}–{money(prices['high'], fit.currency)}"
        add("prices", both("常买的价位（中间一半）", "Prices paid (middle half)"), band, prices["n"], orders)
    if shares.get("discount") and shares["discount"][-1].get("share"):
        rate(
            "discount",
            both("用优惠的订单行", "Order lines with a discount"),
            shares["discount"][j],
            shares["discount"][-1]["share"],
            orders,
        )
    if repeat and repeat["n"] >= FEW:
        add(
            "repeat",
            both("复购间隔（中位数）", "Days between orders (median)"),
            _days(repeat["days"]),
            repeat["n"],
            orders,
            number=repeat["days"],
        )
    if fit.facts["next"]:
        hits, n = fit.facts["next"][j]
        everyone = [sum(column) for column in zip(*fit.facts["next"], strict=True)]
        low, high = wilson(hits, n)
        row = {"share": hits / n if n else 0.0, "low": low, "high": high, "people": n}
        rate("next", both(f"之后 {HORIZON} 天下单（留出检验）", f"Ordered in the next {HORIZON} days (hold-out)"), row, everyone[0] / everyone[1] if everyone[1] else None, orders)  # fmt: skip
    best = best_channel(fit, j)
    if best:
        rows = fit.facts["channels"][best]
        name = channel_name(best)
        rate("channel", both("点击率高于全店的渠道", "Channel clicked more than by others"), rows[j], rows[-1]["share"], "impressions", both(f"{name.zh} {{}}", f"{name.en} {{}}"))  # fmt: skip
    return found


def best_channel(fit: Fit, j: int) -> str | None:
    """Return the channel in which a group clicks most, among those where it surely clicks more than all customers do."""
    sure = {
        name: rows[j]["share"]
        for name, rows in fit.facts["channels"].items()
        if rows[j] and rows[j]["rows"] >= LEAST_SHOWN and rows[j]["people"] >= FEW and rows[j]["low"] > rows[-1]["share"]
    }
    return min(sure, key=lambda name: (-sure[name], name)) if sure else None


def _tastes(fit: Fit, j: int, marked: tuple[int, ...], rate: Any, acts: str) -> None:
    """Add the categories a group looks at and buys most, those that mark it first."""
    shares = fit.facts["habits"]["shares"]
    known = [i for i in range(len(fit.categories)) if shares.get(f"cat_{i}") and shares[f"cat_{i}"][j]]
    most = sorted(known, key=lambda i: (i not in marked, -shares[f"cat_{i}"][j]["share"], i))
    for place, i in enumerate(most[: max(2, len(marked))], 1):
        name = category_name(fit.categories[i])
        title = both("浏览和购买最多的类目" if place == 1 else "其次的类目", "Top category" if place == 1 else "Next category")
        rows = shares[f"cat_{i}"]
        rate(f"category_{place}", title, rows[j], rows[-1]["share"], acts, both(f"{name.zh} {{}}", f"{name.en} {{}}"))


def _times_of(fit: Fit, j: int, rate: Any, acts: str) -> None:
    """Add the hours, the day and the device that a group surely prefers, and its share of weekends."""
    shares = fit.facts["habits"]["shares"]
    blocks = {start: shares[f"hour_{start}"] for start in range(0, 24, HOURS) if shares.get(f"hour_{start}") and shares[f"hour_{start}"][j]}
    if blocks:
        start = min(blocks, key=lambda s: (-blocks[s][j]["share"], s))
        if blocks[start][j]["low"] > HOURS / 24:
            span = both(f"{start}–{start + HOURS} 点 {{}}", f"{start}:00–{start + HOURS}:00 {{}}")
            rate("hours", both("最活跃时段", "Busiest hours"), blocks[start][j], blocks[start][-1]["share"], acts, span)
    days = {i: shares[f"day_{i}"] for i in range(7) if shares.get(f"day_{i}") and shares[f"day_{i}"][j]}
    if days:
        day = min(days, key=lambda i: (-days[i][j]["share"], i))
        if days[day][j]["low"] > 1 / 7:
            rate("day", both("最活跃的一天", "Busiest day"), days[day][j], days[day][-1]["share"], acts, both(f"{DAYS[day]} {{}}", f"{DAYS_EN[day]} {{}}"))  # fmt: skip
    if shares.get("weekend"):
        rate("weekend", both("周末活跃", "Weekend activity"), shares["weekend"][j], shares["weekend"][-1].get("share"), acts)
    devices = {name.removeprefix("device_"): rows for name, rows in shares.items() if name.startswith("device_") and rows[j]}
    if devices:
        device = min(devices, key=lambda d: (-devices[d][j]["share"], d))
        called = DEVICES.get(device, both(device, device))
        rate("device", both("主要设备", "Main device"), devices[device][j], devices[device][-1]["share"], acts, both(f"{called.zh} {{}}", f"{called.en} {{}}"))  # fmt: skip


def _orders(value: float | None) -> Words:
    n = f"{value or 0:,.0f}"
    return both(f"{n} 单", f"{n} order{'' if n == '1' else 's'}")


def _days(value: float | None) -> Words:
    n = f"{value or 0:,.0f}"
    return both(f"{n} 天", f"{n} day{'' if n == '1' else 's'}")


def _times(value: float | None) -> Words:
    n = f"{value or 0:,.0f}"
    return both(f"{n} 次", f"{n} time{'' if n == '1' else 's'}")


def _money(fit: Fit, value: float | None) -> Words:
    return both(money(value, fit.currency), money(value, fit.currency))


def lifetime(fit: Fit, j: int, evidence: list[str]) -> dict[str, Figure]:
    """Return the 90-day figures of a group's earlier buyers, where the shop's orders support them."""
    told = fit.facts.get("lifetime")
    group = told["groups"][j] if told else None
    if not told or not group or group["buyers"] < FEW:
        return {}
    days, n = told["horizon"], f"{group['buyers']:,}"
    kept = both("毛利", "contribution") if told["basis"] == "contribution" else both("收入", "revenue")
    units = {
        "p_repeat_90d": ("p_repeat", "rate", both(f"{n} 位老顾客未来 {days} 天再买的比例", f"share of its {n} buyers who buy again within {days} days")),
        "clv_90d": ("clv", fit.currency, both(f"每位老顾客未来 {days} 天的{kept.zh}，已扣退款", f"{kept.en} per earlier buyer in the next {days} days, net of refunds")),
        "churn": ("lost", "rate", both(
            f"{n} 位老顾客中沉默超过 {told['silence'] or 0:.0f} 天的比例（全店九成复购间隔不超过它）",
            f"share of its {n} buyers silent for over {told['silence'] or 0:.0f} days, the time within which nine in ten pauses end",
        )),
    }  # fmt: skip
    return {
        field: Figure.of(
            group[key][0], unit, "model" if key != "lost" else "past", low=group[key][1], high=group[key][2], evidence=evidence, formula=why
        )
        for field, (key, unit, why) in units.items()
        if group[key]
    }
