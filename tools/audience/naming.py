"""Feature columns as a marketer knows them, with their values in natural units."""

from __future__ import annotations

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.figure import format_number, rounded
from ...data.words import Words, both

NAMES: dict[str, tuple[Words, str]] = {
    "bought": (both("买过的比例", "share who bought"), "rate"),
    "recency_days": (both("距上次购买", "days since the last order"), "days"),
    "idle_days": (both("距上次到访", "days since the last visit"), "days"),
    "frequency": (both("购买次数", "orders"), "count"),
    "spend": (both("累计消费", "spend"), "money"),
    "basket": (both("每单金额", "order value"), "money"),
    "refunds": (both("退货次数", "returns"), "count"),
    "views": (both("浏览次数", "product views"), "count"),
    "searches": (both("搜索次数", "searches"), "count"),
    "carts": (both("加购次数", "times added to cart"), "count"),
    "level": (both("价位偏好", "price level"), "rate"),
    "discount": (both("用优惠的比例", "discount use"), "rate"),
    "weekend": (both("周末活跃", "weekend activity"), "rate"),
    "evening": (both("晚间活跃", "evening activity"), "rate"),
    "morning": (both("清晨活跃", "early-morning activity"), "rate"),
}


def category_name(id_: str) -> Words:
    """Return a category's name; the id itself for one that is not known."""
    known = knowledge.categories().get(id_)
    return known.name if known else both(id_, id_)


def feature_name(column: str, categories: list[str] | None = None) -> Words:
    """Return the name of a feature column; ``cat_3`` is looked up in `categories`, an unknown column is its own name.

    Example:
        >>> feature_name("spend").en, feature_name("cat_0", ["pets"]).zh
        ('spend', '宠物兴趣')
    """
    if column in NAMES:
        return NAMES[column][0]
    if column.startswith("cat_"):
        rest = column.removeprefix("cat_")
        name = category_name(categories[int(rest)] if categories else rest)
        gap = " " if name.zh.isascii() else ""
        return both(f"{name.zh}{gap}兴趣", f"interest in {name.en.lower()}")
    if column.startswith("term_"):
        word = column.removeprefix("term_")
        return both(f"常提「{word}」", f"mentions “{word}”")
    return both(column, column)


def feature_kind(column: str) -> str:
    """Return ``rate``, ``days``, ``count``, ``money`` or ``number``."""
    if column.startswith(("cat_", "term_")):
        return "rate"
    return NAMES[column][1] if column in NAMES else "number"


def told(value: float | None, kind: str, currency: str = "") -> str:
    """Format a value of a feature; an en dash where it is unknown."""
    if value is None or value != value:
        return "–"
    if kind == "rate":
        return percent(value)
    if kind == "money":
        return money(value, currency) if currency else f"{value:,.2f}".removesuffix(".00")
    if kind in ("days", "count"):
        return f"{value:,.1f}" if value < 10 and value % 1 else f"{value:,.0f}"
    return f"{value:,.3g}"


def money(amount: float | None, currency: str) -> str:
    """Format a money amount without minor units when it is large."""
    value = rounded(float(amount or 0.0), currency)
    return format_number(value.to_integral_value() if value >= 100 else value, currency)


def percent(share: float) -> str:
    """Format a share: whole percents from 10 % up, one place below."""
    if 0 < share < 0.001:
        return "<0.1%"
    return f"{share:.0%}" if share >= 0.0995 or share == 0 else f"{share:.1%}"


def channel_name(id_: str) -> Words:
    """Return a channel's name; the id itself for one that is not in the channel book."""
    try:
        return knowledge.channel(id_).name
    except AdwrightError:
        return both(id_, id_)


def counted(n: int, sessions: bool = False) -> Words:
    """Return how many people, or how many sessions where the log names nobody: ``3 人`` / ``3 people``, ``3 个会话`` / ``3 sessions``."""
    if sessions:
        return both(f"{n:,} 个会话", f"{n:,} session{'' if n == 1 else 's'}")
    return both(f"{n:,} 人", f"{n:,} {'person' if n == 1 else 'people'}")
