"""Customer segments: found by K-means in the shop's own data, named and described, and weighed for a product.

`lift` is the tendency of a segment's people to buy the product, relative to all customers: shares of recent buyers, of
anything, then of the category, then of the product, each leaning on the one before (`LEAN` expected buyers). A shop
without events and orders gets one segment that repeats the brief and is marked assumed. Not here: exporting audiences.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import AudienceAsk, Document, Product
from ...data.figure import Figure
from ...data.plan import Persona, Segment
from ...data.portrait import Lifecycle
from ...data.result import SILENT, Progress
from ...data.words import Words, both
from ..catalogue import find_product
from ..commerce.items import shop_items
from .clusters import LEAST_SHARE, LEAST_STABILITY, Trial
from .evidence import lifetime, portrait, rows_behind
from .fit import Fit, fit
from .lifecycle import lifecycle
from .persona import bars, names, persona, traits

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAN = 10.0
LIFTS = (0.3, 3.0)
MERGED_NAMED = 4


class Segmentation(Document):
    """Segments in the order they should be addressed; `tried` is empty when k was given or nothing was clustered.

    `n_users` counts consenting customers with any activity; `notes` say what a reader must know; `lifecycle` puts the same
    customers into stages by rules, beside the clusters (None where nothing was clustered, and for sessions); `sessions` says that the log names
    no users, so that sessions stand in for them.
    """

    segments: list[Segment]
    k: int
    tried: list[Trial] = []
    source: Words
    n_users: int
    sessions: bool = False
    notes: list[Words] = []
    as_of: date | None = None
    version: str | None = None
    lifecycle: Lifecycle | None = None


def find_segments(
    workspace: Workspace,
    *,
    product: Product | str | None = None,
    ask: AudienceAsk | None = None,
    k: int | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Segmentation:
    """Return the shop's segments; with a product, ordered by its expected orders per person reached.

    `ask` with an age or gender counts only the fitting people of each segment. Raises `AdwrightError`: ``bad-k``,
    ``too-few-customers``.

    Example:
        >>> find_segments(workspace, product="跑鞋").segments[0].lift > 1  # doctest: +SKIP
        True
    """
    found = fit(workspace, k, seed, progress)
    if found is None:
        return _assumed(ask, product)
    _, id_, category = target_of(workspace, found, product, ask)
    lifts = lifts_of(found, id_, category)
    fitting, notes = _fitting(found, ask)
    sizes = [int(g["size"]) for g in found.facts["groups"]] if fitting is None else fitting
    values = [_value(found, j, lifts[j], sizes[j], product is not None or category is not None) for j in range(found.k)]
    order = sorted((j for j in range(found.k) if sizes[j] > 0), key=lambda j: (-values[j], found.ids[j]))
    called = names(found)
    segments = [_segment(found, j, called[j], sizes[j], lifts[j], category) for j in order]
    return Segmentation(
        segments=segments,
        k=found.k,
        tried=found.tried,
        source=_source(found),
        n_users=found.n_users,
        sessions=found.sessions,
        notes=[*_notes(found), *notes],
        as_of=found.as_of.date(),
        version=found.key,
        # Sessions that stand in for users never come back: stages would say so of everybody.
        lifecycle=None if found.sessions else lifecycle(found, called, order),
    )


def lifts_of(found: Fit, product_id: str | None = None, category: str | None = None) -> list[float]:
    """Return the lift of every group for a product or category (or for buying at all); segments show it within `LIFTS`."""
    sizes = [g["size"] for g in found.facts["groups"]]
    lifts = [1.0] * found.k
    for counts in (
        found.facts["recent"],
        found.facts["recent_categories"].get(category or ""),
        found.facts["products"].get(product_id or ""),
    ):
        if not counts or not sum(counts):
            continue
        rate = sum(counts) / sum(sizes)
        lifts = [(n + LEAN * lift) / (size * rate + LEAN) for n, size, lift in zip(counts, sizes, lifts, strict=True)]
    return lifts


def target_of(
    workspace: Workspace, found: Fit, product: Product | str | None, ask: AudienceAsk | None = None
) -> tuple[Product | None, str | None, str | None]:
    """Return the product that is meant, its id and its category, as far as they are known."""
    if product:
        meant = product if isinstance(product, Product) else find_product(workspace, product)
        id_ = meant.id
        if id_ is None and not found.rows["products"]:
            # Without a catalogue, order titles are all that names products.
            sold = shop_items(workspace).meant(meant.name)
            id_ = sold.id if sold else None
        return meant, id_, meant.category if meant.category != "other" else None
    return None, None, knowledge.category_of(ask.text) if ask and ask.text else None


def _value(found: Fit, j: int, lift: float, size: int, targeted: bool) -> float:
    """Expected orders of the product per person reached, relative to the shop; without a target, what the group spent."""
    group = found.facts["groups"][j]
    # One product has one price, so orders per person rank like their value. An audience the merchant named is met
    # better by a group in which more people fit it.
    return round(lift * size / group["size"], 9) if targeted else group["spend"]


def _fitting(found: Fit, ask: AudienceAsk | None) -> tuple[list[int] | None, list[Words]]:
    """Count the people of each group who fit the age and gender that the merchant named."""
    if ask is None or (ask.age is None and ask.gender is None):
        return None, []
    counts = [sum(n for key, n in people.items() if _fits(key, ask)) for people in found.facts["people"]]
    if not sum(counts):
        note = both(
            "店铺没有可用的年龄或性别记录，人群未按您说的年龄或性别筛选，请在投放平台上设置。",
            "The shop has no usable age or gender records: segments are not narrowed to them; set both on the ad platform.",
        )
        return None, [note]
    note = both("各人群的人数只计符合您所说年龄或性别的顾客。", "Sizes count only customers of the age or gender you named.")
    return counts, [note]


def _fits(key: str, ask: AudienceAsk) -> bool:
    gender, age = key.split("|")
    if ask.gender is not None and gender != ask.gender:
        return False
    return ask.age is None or (age != "" and ask.age[0] <= int(age) <= ask.age[1])


def _segment(found: Fit, j: int, name: Words, size: int, lift: float, category: str | None) -> Segment:
    group, shop = found.facts["groups"][j], found.facts["shop"]
    evidence = [rows_behind(found, kind) for kind, used in (("orders", found.has_orders), ("events", found.has_events)) if used]
    known = portrait(found, j, traits(found, j).categories)
    return Segment(
        id=found.ids[j],
        name=name,
        size=size,
        share=Figure.of(size / found.n_users, "rate", "model", evidence=evidence),
        revenue_share=Figure.of(group["spend"] / shop["spend"], "rate", "model", evidence=evidence) if shop["spend"] else None,
        persona=persona(found, j, known),
        portrait=known,
        bars=bars(found, j, category),
        top_words=[spoken.word for spoken in known.words],
        lift=Decimal(repr(round(min(max(lift, LIFTS[0]), LIFTS[1]), 4))),
        source="model",
        evidence=evidence,
        **lifetime(found, j, evidence[:1] if found.has_orders else evidence),
    )


def _source(found: Fit) -> Words:
    zh = "和".join(name for name, used in (("订单", found.has_orders), ("行为", found.has_events)) if used)
    en = " and ".join(name for name, used in (("orders", found.has_orders), ("events", found.has_events)) if used)
    day = found.as_of.date()
    if found.sessions:
        return both(
            f"K-means，{found.n_users:,} 个会话（日志没有用户编号），依据截至 {day} 的{zh}",
            f"K-means over {found.n_users:,} sessions (the log names no users), from {en} up to {day}",
        )
    if found.consent_known:
        return both(
            f"K-means，{found.n_users:,} 位同意个性化的顾客，依据截至 {day} 的{zh}",
            f"K-means over {found.n_users:,} consenting customers, from {en} up to {day}",
        )
    return both(
        f"K-means，{found.n_users:,} 位顾客（店铺没有同意记录），依据截至 {day} 的{zh}",
        f"K-means over {found.n_users:,} customers (the shop keeps no consent records), from {en} up to {day}",
    )


def _notes(found: Fit) -> list[Words]:
    notes = []
    if found.sessions:
        notes.append(both(
            "日志没有用户编号：一次会话算一个，同一个人再来会算成另一个，不能看出复购，也不能导出成名单。",
            "The log names no users: every session counts on its own, so a returning person counts again, repeat purchases cannot be seen and no list can be exported.",
        ))  # fmt: skip
    if found.distinct <= 2 and not found.forced:
        notes.append(both(
            f"只有 {found.n_users} 位顾客、{found.distinct} 种不同的行为，没有可分的类别。",
            f"Too little differs to tell groups apart (customers: {found.n_users}, different behaviours: {found.distinct}).",
        ))  # fmt: skip
    elif found.tried and not any(t.passed for t in found.tried):
        notes.append(both(
            f"数据里没有清楚的分群：试过的 k 都没有同时达到稳定性 {LEAST_STABILITY} 和最小占比 {LEAST_SHARE:.0%}，结果仅供参考。",
            f"The data shows no clear groups: no k reached a stability of {LEAST_STABILITY} with every group at {LEAST_SHARE:.0%} or more; read with care.",
        ))  # fmt: skip
    if found.trouble is not None:
        notes.append(found.trouble)
    elif found.alike:
        pairs = [f"{word} = {other}" for word, other in list(found.alike.items())[:MERGED_NAMED]]
        notes.append(both(
            f"由词向量模型 {found.embedding} 看作同义的词：{'，'.join(pairs)}（共 {len(found.alike)} 个）。",
            f"Words taken for the same by the embedding model {found.embedding}: {', '.join(pairs)} ({len(found.alike)} in all).",
        ))  # fmt: skip
    if found.rates:
        told = [f"1 {code} = {rate:g} {found.currency}" for code, rate in found.rates.items() if rate]
        unknown = [code for code, rate in found.rates.items() if not rate]
        notes.append(both(
            f"订单有几种货币，消费金额按大致汇率折成 {found.currency}：{'，'.join(told)}。" + (f"没有汇率而未计入：{'、'.join(unknown)}。" if unknown else ""),
            f"Orders are in several currencies; spend is in {found.currency} at approximate rates: {', '.join(told)}." + (f" Not counted, for want of a rate: {', '.join(unknown)}." if unknown else ""),
        ))  # fmt: skip
    if not found.categories:
        zh, en = (
            ("、时间和商品名或搜索里的词", ", time, and the words of titles or searches") if found.terms else ("和时间", " and time alone")
        )
        what = both("消费", "value") if found.facts["shop"]["spend"] else both("浏览行为", "what was looked at")
        notes.append(both(f"数据没有类目，分群依据{what.zh}{zh}。", f"The data has no categories: groups rest on {what.en}{en}."))
    return notes


def _assumed(ask: AudienceAsk | None, product: Product | str | None) -> Segmentation:
    """One segment that repeats the brief: nothing was measured."""
    text = ask.text.strip() if ask else ""
    called = product.called("zh") if isinstance(product, Product) else (product or "")
    called_en = product.called("en") if isinstance(product, Product) else (product or "")
    if text:
        name = both(text, text)
        told = both(
            f"您说的人群：{text}。店铺没有行为和订单数据，人数未知。",
            f"The audience you named: {text}. The shop has no events or orders, so its size is unknown.",
        )
    else:
        name = both(
            f"对{called}感兴趣的人" if called else "所有潜在顾客",
            f"People interested in {called_en}" if called_en else "All potential customers",
        )
        told = both(
            "没有说人群，店铺也没有行为和订单数据；由投放平台按商品定向。",
            "No audience was named and the shop has no events or orders: the ad platform targets by product.",
        )
    words = Persona(
        summary=told,
        message=both(
            "先用一句话说清商品的好处，两周后按实际数据调整。", "Say the benefit in one sentence; adjust to real data after two weeks."
        ),
        offer=both("没有依据，先不定优惠。", "There is no evidence for an offer yet."),
        avoid=both("不要把假设当成画像。", "Do not take an assumption for a portrait."),
    )
    segment = Segment(
        id="assumed",
        name=name,
        size=0,
        share=Figure.of(1, "rate", "assumed", evidence=["assumption:audience"]),
        persona=words,
        source="assumed",
        evidence=["assumption:audience"],
    )
    note = both("导入订单或行为数据后即可真正分群。", "Import orders or events to get real segments.")
    return Segmentation(segments=[segment], k=1, source=both("假设，没有顾客数据", "assumed, no customer data"), n_users=0, notes=[note])
