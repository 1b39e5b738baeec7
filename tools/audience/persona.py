"""Names, personas and trait bars of groups, worded from what was measured and from nothing else.

A name has three kinds of parts: how far they are with the shop (`life`), what they look for (category), and what marks
them (time, price); groups that hardly ever buy are named in `visitor_names`. Demographic words never occur: age and gender are not measured here. Texts are templates in
``prompts/persona.zh.md`` and ``.en.md``.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data.plan import Bar, Persona
from ...data.words import Language, Words, both
from .naming import category_name, money, percent
from .visitor_names import visitor_names

if TYPE_CHECKING:
    from ...data.portrait import Portrait
    from .fit import Fit

LIVES = {
    "browse": (both("访客", "visitors"), "browsing"),
    "lapsed": (both("沉睡客户", "customers"), "lapsed"),
    "loyal": (both("忠实大客户", "big spenders"), "loyal"),
    "regular": (both("老客", "buyers"), "regular"),
    "spender": (both("大额买家", "big spenders"), ""),
    "occasional": (both("偶购顾客", "buyers"), "occasional"),
    "everyday": (both("爱好者", "fans"), ""),
}
# What to do about them, in a few words.
NEXT_STEPS = {
    "browse": both("加购未买的人给首单理由", "give a reason for a first order"),
    "lapsed": both("小范围召回", "test a win-back"),
    "loyal": both("新品优先、会员权益", "early access, benefits"),
    "regular": both("按复购间隔提醒", "remind at their pace"),
    "spender": both("专人跟进，不打折", "personal service, no discount"),
    "occasional": both("搭配推荐促复购", "cross-sell to the next order"),
    "everyday": both("场景内容加小额券", "show a use, small coupon"),
}
TIMES = {"weekend": both("周末", "weekend"), "evening": both("晚间", "evening"), "morning": both("清晨", "early-morning")}
UNKNOWN = "–"
FEW_BUYERS = 30
FEW_BUY = 0.2  # share of the shop's customers
PRICES = {"deal": both("爱折扣", "deal-seeking"), "budget": both("挑实惠", "budget"), "premium": both("爱好货", "premium")}


class Traits(NamedTuple):
    """What marks a group: life-cycle stage, categories (most marked first), time and price, each "" when unremarkable."""

    life: str
    categories: tuple[int, ...]
    time: str
    price: str


def traits(fit: Fit, j: int) -> Traits:
    """Read the traits of group `j` from its measures; thresholds are mean percentiles, the shop is 50."""
    group, shop, rank = fit.facts["groups"][j], fit.facts["shop"], fit.facts["percentiles"][j]
    if group["buyers"] < 0.1 * group["size"]:
        life = "browse"
    elif rank["recency_days"] >= 62:
        life = "lapsed"
    elif rank["frequency"] >= 62 and rank["spend"] >= 62 and group["median_frequency"] >= 3:
        life = "loyal"
    elif rank["spend"] >= 68 or rank["basket"] >= 68:
        life = "spender"
    elif rank["frequency"] >= 60 and group["median_frequency"] >= 2:
        life = "regular"
    else:
        life = "occasional" if rank["frequency"] <= 45 else "everyday"
    marked = [
        (-rank[f"cat_{i}"], i)
        for i in range(len(fit.categories))
        if rank[f"cat_{i}"] >= 64 and group[f"cat_{i}"] >= 0.15 and group[f"cat_{i}"] >= 1.3 * shop[f"cat_{i}"]
    ]
    categories = tuple(i for _, i in sorted(marked)[:2])
    times = [
        (-rank[t], t)
        for t in TIMES
        if rank[t] >= (57 if t == "weekend" else 62) and group[f"mean_{t}"] >= (1.1 if t == "weekend" else 1.2) * shop[f"mean_{t}"]
    ]
    price = ""
    if (
        group["mean_discount"]
        and shop["mean_discount"]
        and group["mean_discount"] >= 1.15 * shop["mean_discount"]
        and group["buyers"] >= FEW_BUYERS
    ):
        price = "deal"
    elif rank["level"] <= 40:
        price = "budget"
    elif rank["level"] >= 60:
        price = "premium"
    return Traits(life, categories, min(times)[1] if times else "", price)


def names(fit: Fit) -> list[Words]:
    """Return distinct names for all groups: life and category, then price and time where that tells groups apart.

    Names that are still alike get the words that mark each group, and a letter where there are none.
    """
    found = [traits(fit, j) for j in range(fit.k)]
    told = [_name(fit, t, price=True, time=False) for t in found]
    again = [_name(fit, t, price=True, time=True) for t in found]
    told = [again[j] if t.time and (t.time == "weekend" or not t.price or _twice(told, told[j])) else told[j] for j, t in enumerate(found)]
    browsing = [j for j, t in enumerate(found) if t.life == "browse"]
    for j, name in visitor_names(fit, browsing, {j: found[j].categories for j in browsing}).items():
        told[j] = name
    for name in list(dict.fromkeys((n.zh, n.en) for n in told if _twice(told, n))):
        alike = sorted(
            (j for j, n in enumerate(told) if (n.zh, n.en) == name), key=lambda j: (-fit.facts["groups"][j]["spend"], fit.ids[j])
        )
        words = {j: [w["word"] for w in fit.facts["words"][j]] for j in alike}
        for place, j in enumerate(alike):
            own = [w for w in words[j] if not any(w in words[i] for i in alike if i != j)][:2]
            zh, en = ("、".join(own), ", ".join(own)) if own else ("甲乙丙丁戊己庚辛壬癸"[place % 10], chr(65 + place % 26))
            told[j] = both(f"{name[0]}（{zh}）", f"{name[1]} ({en})")
    return told


def _twice(told: list[Words], name: Words) -> bool:
    return sum(n.zh == name.zh or n.en == name.en for n in told) > 1


def _name(fit: Fit, t: Traits, price: bool, time: bool) -> Words:
    noun, life = LIVES[t.life]
    marks = [TIMES[t.time]] if time and t.time else []
    marks += [PRICES[t.price]] if price and t.price else []
    cats = [category_name(fit.categories[i]) for i in t.categories]
    shop = fit.facts["shop"]
    # Where most only look, having ordered at all is what marks a group.
    few_buy = shop["buyers"] < FEW_BUY * shop["size"]
    if t.life == "everyday" and not cats:
        noun = both("下过单的顾客", "customers who have ordered") if few_buy else both("普通顾客", "everyday customers")
    zh = "".join(m.zh for m in marks) + ("的" if marks else "") + "和".join(c.zh for c in cats) + noun.zh
    en = " ".join(
        [*([life] if life else []), *(m.en for m in marks), *([" and ".join(c.en.lower() for c in cats)] if cats else []), noun.en]
    )
    return both(zh, en[0].upper() + en[1:])


SECTIONS = ("summary", "message", "channel", "offer", "avoid", "action", "metric")


def persona(fit: Fit, j: int, known: Portrait) -> Persona:
    """Word the persona of group `j` from its evidence; every number in it is one of `known`."""
    parts = {language: _sections(_template(language).render(**_variables(fit, j, known, language)), language) for language in ("zh", "en")}
    return Persona(**{name: both(parts["zh"][name], parts["en"][name]) for name in SECTIONS}, todo=NEXT_STEPS[traits(fit, j).life])


def _variables(fit: Fit, j: int, known: Portrait, language: Language) -> dict[str, Any]:
    group, t = fit.facts["groups"][j], traits(fit, j)
    cats = [category_name(fit.categories[i]).pick(language) for i in t.categories]
    if language == "en":
        cats = [c.lower() for c in cats]
    words = [spoken.word for spoken in known.words[:5]]

    def shown(name: str) -> dict[str, str]:
        """A fact as its plain value, the shop's, its interval, and the words before its number."""
        fact = known.fact(name)
        if fact is None:
            return {}
        value = fact.value.pick(language)
        head, _, number = value.rpartition(" ")
        return {"value": value, "name": head, "number": number, "shop": fact.shop, "interval": fact.interval}

    # Only what marks the group is told; the rest stands in the evidence table.
    tastes = [shown(f"category_{place}") for place in range(1, len(t.categories) + 1)]
    return {
        "life": t.life,
        "price": t.price,
        "sessions": fit.sessions,
        "nobody_bought": group["buyers"] == 0,
        "everyone_bought": group["buyers"] == group["size"],
        "size": shown("size"),
        "buyers": shown("buyers"),
        "orders": shown("orders"),
        "spend": shown("spend") if fit.facts["shop"]["spend"] else {},
        "recency": shown("recency"),
        "views": shown("views"),
        "carts": shown("carts"),
        "tastes": [one for one in tastes if one],
        "category": ("和" if language == "zh" else " and ").join(cats),
        "hours": shown("hours") if t.time in ("evening", "morning") else {},
        "weekend": shown("weekend") if t.time == "weekend" else {},
        "discount": shown("discount"),
        "repeat": shown("repeat"),
        "next": shown("next"),
        "channel": shown("channel"),
        "advertised": bool(fit.facts["channels"]),
        "searched": fit.has_events,
        "words": ("、" if language == "zh" else ", ").join(words),
    }


def bars(fit: Fit, j: int, category: str | None = None) -> list[Bar]:
    """Return five traits, the same ones for every group of a fit; `category` (an id) puts interest in it last."""
    group, shop, rank = fit.facts["groups"][j], fit.facts["shop"], fit.facts["percentiles"][j]
    zero = money(0.0, fit.currency)

    def bar(name: Words, key: str, value: str, median: str) -> Bar:
        return Bar(name=name, percentile=50 if value == UNKNOWN else round(rank[key]), value=value, median=median)

    found = [
        bar(both("消费金额", "Spend"), "spend", money(group["all_spend"], fit.currency), money(shop["all_spend"], fit.currency)),
        bar(both("购买次数", "Orders"), "frequency", _number(group["all_frequency"]), _number(shop["all_frequency"])),
    ]
    if fit.has_events:
        found.append(bar(both("浏览次数", "Views"), "views", _number(group["median_views"]), _number(shop["median_views"])))
    else:
        basket = [money(x["median_basket"], fit.currency) if x["median_basket"] is not None else zero for x in (group, shop)]
        found.append(bar(both("每单金额", "Order value"), "basket", basket[0], basket[1]))
    if shop["mean_discount"]:
        used = UNKNOWN if group["buyers"] < FEW_BUYERS or group["mean_discount"] is None else percent(group["mean_discount"])
        found.append(bar(both("爱用优惠", "Discount use"), "discount", used, percent(shop["mean_discount"])))
    else:
        found.append(bar(both("价位偏好", "Price level"), "level", percent(group["mean_level"] or 0.0), percent(shop["mean_level"] or 0.0)))
    if category in fit.categories:
        key, name = f"cat_{fit.categories.index(category)}", category_name(category)
        found.append(bar(both(f"{name.zh}兴趣", f"{name.en} interest"), key, percent(group[key]), percent(shop[key])))
    else:
        found.append(bar(both("晚间活跃", "Evening visits"), "evening", percent(group["mean_evening"]), percent(shop["mean_evening"])))
    return found


def _number(value: float | None) -> str:
    return f"{value or 0:,.0f}" if (value or 0) % 1 == 0 else f"{value:,.1f}"


@lru_cache(maxsize=2)
def _template(language: Language) -> Any:
    from jinja2 import Environment, StrictUndefined

    package = str(__package__).rsplit(".", 2)[0]
    source = files(f"{package}.prompts").joinpath(f"persona.{language}.md").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(source)


def _sections(text: str, language: Language) -> dict[str, str]:
    """Split a rendered template at its headings; the lines of a part become one paragraph."""
    parts: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("## "):
            parts[line[3:].strip()] = []
        elif line.strip():
            parts[list(parts)[-1]].append(line.strip())
    return {name: ("" if language == "zh" else " ").join(lines) for name, lines in parts.items()}
