"""The style to an audience's taste, when the merchant asks for it: from past clicks by style where they decide, else from what the segment
that buys most is like, each with its evidence.

Clicks of pictures made here are compared within their channel: a style's clicks against those its impressions would have brought at
the channel's rate, shrunk towards the channel (Gamma, `PRIOR` clicks). That is what went with what in past ads, no experiment. Not
here: offering a style unasked (`taste`), putting it on (`revise`, `tools/plan/relook`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import knowledge
from ...data.brief import Product
from ...data.errors import AdwrightError
from ...data.plan import Segment
from ...data.words import Words, both
from .taste import APART, price_band, style_for

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Expected clicks that every style starts with at its channel's rate.
PRIOR = 20.0
# Impressions a style needs, and how sure it has to be better than every other, before clicks decide.
LEAST_SHOWN = 1000
SURE = 0.9
DRAWS = 4000


@dataclass(frozen=True)
class PastStyle:
    """What pictures of one style did ("" the layouts' own grounds): `ratio` of its clicks to those expected, with P10 and P90;
    `best` the chance that no other style has a higher one."""

    style: str
    pictures: int
    shown: int
    clicks: int
    ratio: float
    low: float
    high: float
    best: float


@dataclass(frozen=True)
class AudienceStyle:
    """The style chosen, the reason with its evidence, and whether past clicks decided it."""

    style: str
    why: Words
    measured: bool


@cache
def _rules() -> list[dict[str, Any]]:
    source = files(__spec__.parent).joinpath("audience_style.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)["rule"]


def past_styles(workspace: Workspace, category: str, seed: int = 0) -> list[PastStyle]:
    """Return how pictures of each style did in a category, the best ratio first; only pictures whose style is known count."""
    name = category.replace("'", "")
    rows = workspace.warehouse.frame(
        "SELECT picture, channel, count(*) AS shown, sum(CASE WHEN clicked THEN 1 ELSE 0 END) AS clicks FROM impressions "
        f"WHERE picture IS NOT NULL AND category = '{name}' GROUP BY ALL ORDER BY ALL"
    ).to_dict("records")
    known = [(row, style) for row in rows if (style := _style_of(workspace, str(row["picture"]))) is not None]
    rate: dict[str, tuple[float, float]] = {}
    for row, _ in known:
        shown, clicks = rate.get(row["channel"], (0.0, 0.0))
        rate[row["channel"]] = shown + row["shown"], clicks + row["clicks"]
    found: dict[str, dict[str, Any]] = {}
    for row, style in known:
        shown, clicks = rate[row["channel"]]
        at = found.setdefault(style, {"pictures": set(), "shown": 0, "clicks": 0, "expected": 0.0})
        at["pictures"].add(row["picture"])
        at["shown"] += int(row["shown"])
        at["clicks"] += int(row["clicks"])
        at["expected"] += row["shown"] * clicks / shown
    chance = np.random.default_rng(seed)
    draws = {style: chance.gamma(at["clicks"] + PRIOR, 1 / (at["expected"] + PRIOR), DRAWS) for style, at in found.items()}
    top = np.maximum.reduce(list(draws.values())) if draws else np.zeros(1)
    return sorted(
        (
            PastStyle(
                style,
                len(at["pictures"]),
                at["shown"],
                at["clicks"],
                float(np.mean(draws[style])),
                float(np.quantile(draws[style], 0.1)),
                float(np.quantile(draws[style], 0.9)),
                float(np.mean(draws[style] >= top)),
            )
            for style, at in found.items()
        ),
        key=lambda past: (-past.ratio, past.style),
    )


def audience_style(
    workspace: Workspace,
    product: Product,
    *,
    tone: str | None = None,
    occasion: str | None = None,
    segments: Sequence[Segment] | None = None,
    seed: int = 0,
) -> AudienceStyle:
    """Choose the style for the audience of a product; `segments` are a plan's, else the shop's, those that buy it first.

    Raises `AdwrightError` (``no-taste``) where neither past clicks nor the audience speak for a style, saying what is known.
    """
    past = past_styles(workspace, product.category, seed)
    decided = past[0] if len(past) > 1 and past[0].best >= SURE and past[0].shown >= LEAST_SHOWN else None
    if decided is not None and decided.style:
        return AudienceStyle(decided.style, _past_words(decided, product.category), True)
    if decided is not None:
        raise _usual(_past_words(decided, product.category))
    segment = next(iter(segments if segments is not None else _segments(workspace, product, seed)), None)
    band = price_band(segment) if segment is not None else None
    taste = style_for(product.category, tone, occasion, band)
    style, why, rule = taste.style, taste.why, None
    if style is None:
        rule = next((rule for rule in _rules() if _holds(rule, product.category, band, segment)), None)
        if rule is None:
            raise _usual(both("没有看出偏好。", "Nothing points to a preference."))
        style, why = str(rule["style"]), both(*rule["why"])
    thin = _thin(past)
    reasons = {"level", *(rule or {}).get("mark", [])} if band in ("low", "high") else set((rule or {}).get("mark", []))
    who = _segment_words(segment, product.category, reasons)
    return AudienceStyle(
        style,
        both(
            f"{who.zh}{why.zh}。这是经验判断，不是实测：{thin.zh}。",
            f"{who.en}{why.en[:1].lower()}{why.en[1:]}. A rule of thumb, not a measured effect: {thin.en}.",
        ),
        False,
    )


def style_words(chosen: AudienceStyle) -> Words:
    """Return the change in words, without its reason."""
    name = knowledge.styles()[chosen.style].name
    return both(f"按人群口味换成{name.zh}", f"{name.en.lower()} look, to the taste of the audience")


def already(chosen: AudienceStyle) -> AdwrightError:
    """Return what to say where the pictures have that style."""
    name = knowledge.styles()[chosen.style].name
    return AdwrightError(
        both(f"现在就是{name.zh}。{chosen.why.zh}", f"The pictures already have that look, {name.en.lower()}. {chosen.why.en}"),
        both("想试别的风格，直接说“换成胶片风”。", "To try another, say “film style”."),
        code="nothing-to-change",
    )


def _style_of(workspace: Workspace, picture: str) -> str | None:
    """The style a picture was made in, "" for none; None for a picture that was not made here, or before styles were kept."""
    try:
        style = workspace.artefacts.meta(picture).get("style")
    except AdwrightError:
        return None
    return style if isinstance(style, str) else None


def _segments(workspace: Workspace, product: Product, seed: int) -> list[Segment]:
    from ..audience.segment import find_segments

    return find_segments(workspace, product=product, seed=seed).segments


def _holds(rule: dict[str, Any], category: str, band: str | None, segment: Segment | None) -> bool:
    marks = {mark.key for mark in segment.portrait.marks if mark.lift > APART} if segment and segment.portrait else set()
    return (
        ("category" not in rule or category in rule["category"])
        and ("price" not in rule or band in rule["price"])
        and ("mark" not in rule or bool(marks & set(rule["mark"])))
    )


def _segment_words(segment: Segment | None, category: str, reasons: set[str]) -> Words:
    """Who the segment is: its size, what sets it apart most, and the features that are `reasons`; empty without customers."""
    if segment is None or not segment.size:
        return both("", "")
    marks = [mark for mark in (segment.portrait.marks if segment.portrait else []) if mark.group and mark.shop]
    first = next((mark for mark in marks if mark.lift > 0), None)
    told = [mark for mark in marks if mark is first or mark.key in reasons]
    zh = "".join(f"；{mark.name.zh} {mark.group}，全店 {mark.shop}" for mark in told)
    en = "".join(f"; {mark.name.en[:1].lower()}{mark.name.en[1:]} {mark.group}, shop {mark.shop}" for mark in told)
    named = _category(category)
    return both(
        f"最可能买{named.zh}的是“{segment.name.zh}”（{segment.size:,} 位顾客{zh}）：",
        f"The likeliest buyers in {named.en.lower()} are “{segment.name.en}” ({segment.size:,} customers{en}): ",
    )


def _category(category: str) -> Words:
    known = knowledge.categories().get(category)
    return known.name if known else both("同类商品", "this category")


def _past_words(past: PastStyle, category: str) -> Words:
    name = knowledge.styles()[past.style].name if past.style else both("版式自带的底图", "the layouts' own grounds")
    named = _category(category)
    return both(
        f"{named.zh}过往 {past.shown:,} 次曝光、{past.pictures} 张图里，{name.zh}的点击是同渠道平均的 {past.ratio:.2f} 倍"
        f"（P10–P90 {past.low:.2f}–{past.high:.2f}，{past.clicks:,} 次点击），有 {past.best:.0%} 的把握是最好的。这是相关，不是实验。",
        f"In {past.shown:,} past impressions of {past.pictures} {named.en.lower()} pictures, {name.en.lower() if past.style else name.en} had "
        f"{past.ratio:.2f} times the clicks of its channels' average (P10–P90 {past.low:.2f}–{past.high:.2f}, {past.clicks:,} clicks), and is "
        f"the best with a chance of {past.best:.0%}. That is correlation, not an experiment.",
    )


def _thin(past: Sequence[PastStyle]) -> Words:
    """Why past clicks did not decide."""
    shown = sum(item.shown for item in past)
    if not shown:
        return both("店里还没有带图片风格的曝光记录", "the shop has no impressions of pictures whose style is known yet")
    return both(
        f"按风格分的曝光只有 {shown:,} 次（{len(past)} 种），还分不出高下",
        f"{shown:,} impressions in {len(past)} style{'s' if len(past) != 1 else ''} are too few to tell them apart",
    )


def _usual(why: Words) -> AdwrightError:
    return AdwrightError(
        both(f"风格没有换：{why.zh}", f"The style was left as it is: {why.en}"),
        both("想试别的风格，直接说“换成胶片风”。", "To try another, say “film style”."),
        code="no-taste",
    )
