"""From spans to slots: which amount is the budget, which is the spend; what belongs to which task; arithmetic on time and money.

Only what the message states, or what follows from it, becomes a slot. Numbers are plain int or float, days are ISO text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

from ...data.knowledge import category_of
from .lexicon import words
from .money import Amount, is_past
from .percents import find_discount
from .scan import Scan

Slots = dict[str, Any]
Spans = dict[str, list[tuple[int, int]]]

_TIME = ("duration_days", "start_date", "end_date")
_WHO = ("audience", "audience_age", "audience_gender")
# The slots a task can hold; anything else found in the message is not its business.
SLOTS_OF = {
    "make_plan": ("product", "category", "budget", "daily_budget", "currency", *_TIME, "channels", "split", *_WHO, "tone", "language", "goal", "occasion", "target_roi", "sizes", "video_seconds"),
    "segment_users": ("n_segments", "product", "category", "channels"),
    "draft_copy": ("product", "category", "variants", "channels", "tone", "language", "occasion", "goal", *_WHO),
    "generate_image": ("product", "category", "sizes", "variants", "channels", "tone", "language", "occasion", *_WHO),
    "generate_video": ("product", "category", "video_seconds", "sizes", "variants", "channels", "tone", "language", "occasion", *_WHO),
    "predict_ctr": ("product", "category", "channels", "occasion", *_WHO),
    "predict_cvr": ("product", "category", "channels", "occasion", *_WHO),
    "compute_roi": ("spend", "revenue", "currency", "channels", "product", "category"),
    "allocate_budget": ("budget", "daily_budget", "currency", "channels", "split", "product", "category", *_TIME, "target_roi", "goal"),
    "recommend_products": ("product", "category", "variants", "occasion", *_WHO),
    "suggest_price": ("product", "category", "cost", "competitor_price", "currency", "channels", "occasion"),
    "search_campaigns": ("product", "category", "channels", "occasion", "variants"),
    "customer_service": ("product", "category"),
    "export_plan": (),
}  # fmt: skip


def tidy(value: Decimal | float) -> int | float:
    """A number as int when whole, else float.

    Example:
        >>> tidy(Decimal("68000.0")), tidy(Decimal("99.9"))
        (68000, 99.9)
    """
    number = float(value)
    return int(number) if number == int(number) else number


def worth(one: Amount) -> int | float | list[int | float]:
    """The slot value of an amount: a number, or [low, high]."""
    return tidy(one.low) if one.low == one.high else [tidy(one.low), tidy(one.high)]


CORRECTION = re.compile(
    r"不对|说错|记错|写错|搞错|更正|应该是|不是.{1,12}[，,]?\s?(?:而?是)|no,|no wait|sorry|my (?:mistake|bad|error)|oops|typo|i mean|i meant|actually|correction|make that|rather|scratch that"
)
TOTAL_AFTER = re.compile(r"^\s?(?:in total|total|overall|altogether|budget|预算|总预算)")


def budget_of(s: Scan, loose: bool = True) -> tuple[Amount | None, Amount | None]:
    """(total or period amount, daily amount) among the amounts; bare numbers only when nothing better is there."""
    inside = (s.product.start, s.product.end) if s.product else (0, 0)
    usable = [a for a in s.amounts if a.role not in ("competitor", "price") and not (a.role == "cost" and len(s.amounts) > 1)]
    usable = [a for a in usable if not is_past(s.plain, a)] or usable
    daily = next((a for a in usable if a.per_days == 1), None)
    totals = [a for a in usable if a is not daily and a.per_days != 1]
    sure = [a for a in totals if a.sure]
    if sure:
        order = {"budget": 0, "spend": 1, None: 2, "cost": 3, "revenue": 4}
        if CORRECTION.search(s.plain) and len(sure) > 1:
            return sure[-1], daily
        named = [a for a in sure if TOTAL_AFTER.match(s.plain[a.end :])]
        best = min(sure, key=lambda a: (a not in named, order.get(a.role, 5), -abs(a.high) if a.role != "budget" else 0))
        return best, daily
    if daily or not loose:
        return None, daily
    bare = [a for a in totals if not (inside[0] <= a.start < inside[1]) and (abs(a.low) >= 50 or a.role in ("budget", "spend"))]
    return (bare[0] if bare else None), None


GIVEN = re.compile(r"\s?(?:块|元)?\s?(?:给|投|放|到|在|用在|砸|上|on|to|for|into|in|goes to)\s?(?:the\s)?")
GETS = re.compile(r"\s?(?::|给|投|放|用|拿|占|gets?|takes?|with|=)?\s?")


def sums_of_channels(s: Scan) -> dict[str, Amount]:
    """The sum said for each channel (3w给抖音 2w给快手; google $3k, bing $2k); empty unless every channel named has one."""
    found: dict[str, Amount] = {}
    for h in s.places.hits:
        for a in s.amounts:
            near = GIVEN.fullmatch(s.plain, a.end, h.start) or GETS.fullmatch(s.plain, h.end, a.start)
            if near and a.sure and a.low == a.high and not a.per_days and a not in found.values():
                found.setdefault(h.id, a)
                break
    return found if len(found) == len(s.places.ids) >= 2 else {}


def fill(s: Scan, tools: list[str]) -> tuple[Slots, Spans]:
    """Slots of a fresh request for these tools, and their places in the normalised text."""
    allowed = {name for tool in tools for name in SLOTS_OF.get(tool, ())}
    slots: Slots = {}
    spans: Spans = {}

    def put(name: str, value: Any, where: list[tuple[int, int]] | None = None) -> None:
        if name in allowed and value is not None and value != [] and value != {}:
            slots[name] = value
            if where:
                spans[name] = where

    if s.product:
        put("product", s.text.words(s.product.start, s.product.end).strip(), [(s.product.start, s.product.end)])
        put("category", (s.product.item.category if s.product.item else None) or category_of(s.plain[s.product.start : s.product.end]))
    if "budget" in allowed:
        _budget(s, put)
    elif "spend" in allowed:
        _returns(put, [a for a in s.amounts if "cost" not in allowed or a.role not in ("cost", "competitor")])
    if "cost" in allowed:
        _prices(s, put, alone=not allowed & {"budget", "spend"})
    _time(s, put)
    put("channels", s.places.ids, [(h.start, h.end) for h in s.places.hits])
    sums = sums_of_channels(s) if not s.places.split and "split" in allowed else {}
    if sums:
        whole = sum(a.low for a in sums.values())
        put("split", {id_: round(float(a.low / whole), 4) for id_, a in sums.items()}, [(a.start, a.end) for a in sums.values()])
        if not any(a.sure and a not in sums.values() and a.role not in ("price", "cost", "competitor") for a in s.amounts):
            put("budget", tidy(whole), [(a.start, a.end) for a in sums.values()])
    else:
        put("split", s.places.split, s.places.spans)
    if s.audience:
        where = [(s.audience.start, s.audience.end)]
        put("audience", s.text.words(s.audience.start, s.audience.end).strip(), where)
        put("audience_age", list(s.audience.age) if s.audience.age else None, where)
        put("audience_gender", s.audience.gender, where)
    for name, found in (
        ("tone", s.tone),
        ("language", s.ad_language),
        ("goal", s.goal),
        ("target_roi", s.roi),
        ("sizes", s.sizes),
        ("video_seconds", s.seconds),
        ("n_segments", s.groups),
    ):
        if found:
            put(name, found.value, list(found.spans))
    if s.pieces and not (s.groups and "segment_users" in tools and s.groups.value == s.pieces.value):
        put("variants", s.pieces.value, list(s.pieces.spans))
    if s.occasions:
        put("occasion", s.occasions[0].id, [(s.occasions[0].start, s.occasions[0].end)])
    if tools == ["draft_copy"]:
        slots.pop("goal", None)
    return slots, spans


def _budget(s: Scan, put: Any) -> None:
    total, daily = budget_of(s)
    days = s.period.days
    if daily:
        put("daily_budget", worth(daily), [(daily.start, daily.end)])
        if days and not total:
            put(
                "budget",
                tidy(daily.low * days) if daily.low == daily.high else [tidy(daily.low * days), tidy(daily.high * days)],
                [(daily.start, daily.end)],
            )
    if total:
        if total.per_days and days:
            put("budget", tidy(total.value * max(1, round(days / total.per_days))), [(total.start, total.end)])
        elif total.per_days == 30 and not days:
            put("budget", worth(total), [(total.start, total.end)])
        else:
            put("budget", worth(total), [(total.start, total.end)])
    one = total or daily
    if one:
        code = one.currency or next((a.currency for a in s.amounts if a.currency and a.role not in ("price", "cost", "competitor")), None)
        put("currency", code, [(one.start, one.end)])


def _returns(put: Any, amounts: list[Amount]) -> None:
    spend = next((a for a in amounts if a.role in ("spend", "budget")), None) or next((a for a in amounts if a.role == "cost"), None)
    revenue = next((a for a in amounts if a.role == "revenue" and a is not spend), None) or next(
        (a for a in amounts if a.role == "price" and a is not spend), None
    )
    rest = [a for a in amounts if a not in (spend, revenue) and (a.sure or len(amounts) <= 2)]
    if spend is None and rest and (revenue is None or rest[0].start < revenue.start or len(amounts) == 2):
        spend = rest.pop(0)
    if revenue is None and rest:
        revenue = rest.pop(0)
    if spend:
        put("spend", worth(spend), [(spend.start, spend.end)])
    if revenue:
        put("revenue", worth(revenue), [(revenue.start, revenue.end)])
    put("currency", next((a.currency for a in (spend, revenue) if a and a.currency), None))


def _prices(s: Scan, put: Any, alone: bool) -> None:
    # Beside another task's money only what is called a cost is one.
    cost = next((a for a in s.amounts if a.role == "cost" or (alone and a.role == "spend")), None)
    rival = next((a for a in s.amounts if a.role == "competitor"), None)
    if cost:
        put("cost", worth(cost), [(cost.start, cost.end)])
    if rival:
        put("competitor_price", worth(rival), [(rival.start, rival.end)])
    put("currency", next((a.currency for a in s.amounts if a.currency), None))


def _time(s: Scan, put: Any) -> None:
    where = s.period.spans or {}
    put("duration_days", s.period.days, where.get("duration_days") or where.get("start_date"))
    put("start_date", s.period.start.isoformat() if s.period.start else None, where.get("start_date"))
    put("end_date", s.period.end.isoformat() if s.period.end else None, where.get("end_date"))


@cache
def _personal_price() -> re.Pattern[str]:
    return re.compile(words()["price_for"]["people"])


def extras(s: Scan) -> dict[str, Any]:
    """Stated facts that are no slots: price, margin, discount, quoted claims, order number, file formats."""
    out: dict[str, Any] = {}
    price = next((a for a in s.amounts if a.role == "price"), None)
    if price:
        out["price"] = worth(price)
    m = re.search(
        r"(?:毛利率?|利润率?|margin(?: of)?|profit margin)\s?(?:是|为|约|大概|:)?\s?(\d{1,2}(?:\.\d+)?)\s?%|(\d{1,2}(?:\.\d+)?)\s?%\s?(?:的?毛利|margin|gross)",
        s.plain,
    )
    if m:
        out["margin"] = float(m[1] or m[2]) / 100
    discount = find_discount(s.plain)
    if discount is not None:
        out["discount"] = float(discount)
    m = _personal_price().search(s.plain)
    if m:
        out["buyers"] = s.text.words(*m.span()).strip()
    claims = [s.text.words(a + 1, b - 1) for a, b in s.quotes]
    if claims:
        out["quoted"] = claims
    m = re.search(
        r"(?:订单号?|单号|包裹|快递|(?<![a-z])(?:order|parcel|package|shipment)(?: id| number| no\.?)?)\s?(?:是|为|is)?\s?[:#]?\s?#?([a-z]{0,4}-?\d{4,})",
        s.plain,
    )
    if m:
        out["order_id"] = s.text.words(m.start(1), m.end(1))
    formats = [
        f
        for f, words in {
            "xlsx": r"excel|xlsx|表格|spreadsheet|排期表|sheet",
            "json": r"json",
            "html": r"html|网页|报告|report|pdf",
            "zip": r"zip|打包|压缩包|素材包|creatives",
        }.items()
        if re.search(words, s.plain)
    ]
    if formats:
        out["formats"] = formats
    return out
