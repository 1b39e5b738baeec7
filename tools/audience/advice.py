"""Whom to show a campaign and whom not, and why: what `targeting` found, as the part of an artifact and one short answer.

Plain JSON without a single customer: segments with size, expected buyers and reasons, the reach curve with its cut-off and
chart, who is left out, and how the ranking did one window ago.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.brief import Product
from ...data.figure import Figure
from ...data.words import Language, Words, both
from ..catalogue import find_product
from .chances import JUST_BOUGHT
from .clv import ShopKey
from .fit import Fit
from .persona import category_name, names
from .reach import Point, buyers_range, chart, curve, cut_off
from .reasons import reasons
from .targeting import Audience, audience

if TYPE_CHECKING:
    from ...data.workspace import Workspace

NAMED = 2
LONGEST = 450
OF = {
    "product": both("人买", "buyers"),
    "category": both("人买同品类商品", "buyers of its category"),
    "anything": both("人买任何商品", "buyers of anything"),
}


def advise(workspace: Workspace, found: Fit, product: Product | str | None, language: Language, seed: int = 0) -> dict[str, Any] | None:
    """Return the ``targeting`` part of a segments artifact; ``answer`` (zh/en) says it in about 450 characters. None without customers."""
    meant = find_product(workspace, product) if isinstance(product, str) else product
    who = _audience(ShopKey(workspace), _FitKey(found), None if meant is None else meant.model_dump_json(), seed)
    if who is None or not len(who.p):
        return None
    told, evidence = who.chances, _evidence(found)
    called = both(meant.called("zh"), meant.called("en")) if meant else both("任意商品", "anything")
    category = category_name(told.target.category) if told.target.category else None
    category = both(category.zh, category.en.lower()) if category else None
    about = called if told.modelled.level == "product" or category is None else category
    points = curve(who.p, told.spread)
    n = cut_off(who.p)
    best = np.sort(who.p)[::-1]
    cut = _point(best, n, told.spread)
    base = float(who.p.mean())
    segments = _segments(found, who, about, category, evidence)
    source = "model" if told.model else "past"
    why = both(
        f"第 {n:,} 人之后的购买概率低于全店平均（{base:.2%}），再多就不比随机好",
        f"beyond it people buy less often than the average customer ({base:.2%})",
    )
    part: dict[str, Any] = {
        "product": called.model_dump(),
        "level": told.target.level,
        "modelled": told.modelled.level,
        "exact": (meant is None or told.target.product_id is not None) and (told.modelled == told.target or told.share < 1),
        "method": "segments" if told.model is None else told.model.kind,
        "horizon": told.days,
        "basis": who.basis,
        "currency": who.currency,
        "eligible": len(who.p),
        "base_rate": Figure.of(base, "rate", source, evidence=evidence).model_dump(mode="json"),
        "segments": segments,
        "cut": {
            "reach": n,
            "share": round(n / len(who.p), 4),
            "buyers": Figure.of(cut.buyers, "count", source, low=cut.low, high=cut.high, evidence=evidence).model_dump(mode="json"),
            "precision": round(cut.precision, 6),
            "lift": round(cut.lift, 3),
            "found": round(cut.found, 4),
            "why": why.model_dump(),
        },
        "exclude": _left_out(who, n),
        "curve": [{k: round(v, 6) for k, v in p._asdict().items()} for p in points],
        "plotly": chart(points, cut, language),
        "notes": [note.model_dump() for note in told.notes],
    }
    if told.proof:
        part["held_out"] = {
            "auc": [round(v, 4) for v in told.proof.auc],
            "expected": round(told.proof.expected, 1),
            "actual": told.proof.actual,
            "curve": told.proof.curve,
        }
    part["answer"] = _answer(part, called, why).model_dump()
    return part


class _FitKey:
    """A fit, told apart by its key."""

    def __init__(self, found: Fit) -> None:
        self.found = found

    def __hash__(self) -> int:
        return hash((self.found.key, self.found.k))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _FitKey) and (self.found.key, self.found.k) == (other.found.key, other.found.k)


@lru_cache(maxsize=8)
def _audience(shop: ShopKey, fitted: _FitKey, product: str | None, seed: int) -> Audience | None:
    meant = None if product is None else Product.model_validate_json(product)
    return audience(shop.workspace, fitted.found, meant, seed=seed)


def _point(best: Any, n: int, spread: float) -> Point:
    buyers, total = float(best[:n].sum()), float(best.sum())
    low, high = buyers_range(buyers, spread)
    return Point(n, n / len(best), buyers, low, high, buyers / n, buyers / n * len(best) / total, buyers / total)


def _segments(found: Fit, who: Audience, about: Words, category: Words | None, evidence: list[str]) -> list[dict[str, Any]]:
    called, base = names(found), float(who.p.mean())
    source = "model" if who.chances.model else "past"
    rows = []
    for j in range(found.k):
        mine = who.label == j
        size = int(mine.sum())
        if not size:
            continue
        buyers, value = float(who.p[mine].sum()), float(who.value[mine].mean())
        low, high = buyers_range(buyers, who.chances.spread)
        lift = buyers / size / base
        why = reasons(who, j, about, category, found.categories) if lift > 1 else []
        if not why:
            why = [both(f"购买倾向是全店平均的 {lift:.1f} 倍", f"{lift:.1f} times the shop's average chance to buy")]
        rows.append({
            "id": found.ids[j],
            "name": called[j].model_dump(),
            "size": size,
            "buyers": Figure.of(buyers, "count", source, low=low, high=high, evidence=evidence).model_dump(mode="json"),
            "rate": round(buyers / size, 6),
            "lift": round(lift, 3),
            "value_per_person": round(value, 4),
            "reasons": [w.model_dump() for w in why],
        })  # fmt: skip
    return sorted(rows, key=lambda r: (-r["value_per_person"], r["id"]))


def _left_out(who: Audience, n: int) -> list[dict[str, Any]]:
    rows = [
        ("no-consent", who.refused, both("没有同意营销", "did not consent to marketing")),
        ("just-bought", who.just_bought, both(
            f"近 {JUST_BOUGHT} 天刚买过，这类商品很少重复买", f"bought it in the last {JUST_BOUGHT} days, and it is rarely bought twice"
        )),
        ("below-average", len(who.p) - n, both("购买概率低于全店平均", "less likely to buy than an average customer")),
    ]  # fmt: skip
    return [{"rule": rule, "n": count, "reason": reason.model_dump()} for rule, count, reason in rows if count]


def _evidence(found: Fit) -> list[str]:
    used = [kind for kind, has in (("orders", found.has_orders), ("events", found.has_events)) if has]
    return [f"{kind}:{found.first.date()} – {found.as_of.date()}, n = {found.rows[kind]:,}" for kind in used]


def _answer(part: dict[str, Any], called: Words, why: Words) -> Words:
    """Say whom to show it to, how far to reach, and whom not; reasons are shortened before figures are."""
    said = _sentences(part, called, why, NAMED)
    return said if max(len(said.zh), len(said.en)) <= LONGEST else _sentences(part, called, why, 1)


def _sentences(part: dict[str, Any], called: Words, why: Words, reasoned: int) -> Words:
    cut, days = part["cut"], part["horizon"]
    zh, en = [f"{called.zh}，未来 {days} 天"], [f"{called.en}, next {days} days"]
    # Where nobody has bought it yet, the counts are of something wider, and have to be called so.
    of = both("人买", "buyers") if part["exact"] else OF[part["modelled"]]
    for place, row in enumerate(part["segments"][:NAMED], 1):
        because = row["reasons"][0] if place <= reasoned else None
        told = Figure.model_validate(row["buyers"])
        zh.append(
            f"{place}. {row['name']['zh']} {row['size']:,} 人，预计 {told.ranged_text('zh')}{of.zh}"
            + (f"：{because['zh']}" if because else "")
        )
        en.append(
            f"{place}. {row['name']['en']}, {row['size']:,} people, {told.ranged_text('en')} {of.en}"
            + (f": {because['en']}" if because else "")
        )
        if all(other["lift"] < 1 for other in part["segments"][place:]):
            zh.append("其他人群都低于全店平均")
            en.append("All other groups are below average")
            break
    found = Figure.model_validate(cut["buyers"])
    zh.append(
        f"建议触达前 {cut['reach']:,} 人（共 {part['eligible']:,}），预计 {found.ranged_text('zh')}{of.zh}，占全部的 {cut['found']:.0%}；{why.zh}"
    )
    en.append(
        f"Reach the best {cut['reach']:,} of {part['eligible']:,}: {found.ranged_text('en')} {of.en}, {cut['found']:.0%} of all; {why.en}"
    )
    skip = [row for row in part["exclude"] if row["rule"] != "below-average"]
    if skip:
        zh.append("不要给：" + "；".join(f"{row['n']:,} 人{row['reason']['zh']}" for row in skip))
        en.append("Leave out " + "; ".join(f"{row['n']:,} who {row['reason']['en']}" for row in skip))
    return both("。".join(zh) + "。", ". ".join(en) + ".")
