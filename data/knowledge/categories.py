"""Product categories: assumed economics, and the words by which a product name gives its category away."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from ..money import ExactDecimal, Money
from ..words import Words
from .files import Fact, Status, fold, listed, pair, read_toml
from .fx import exchange


class CategoryFacts(Fact):
    """A category with assumed economics: gross `margin` and `return_rate` as 0..1, usual `order_value` in CNY.

    `marks_zh`/`marks_en` are words that decide even when they only qualify another (``dog`` in "dog food").
    """

    id: str
    name: Words
    words_zh: list[str]
    words_en: list[str]
    marks_zh: list[str]
    marks_en: list[str]
    margin: ExactDecimal
    return_rate: ExactDecimal
    order_value: Money
    order_value_usd: Money
    source: str
    as_of: str
    status: Status

    def order_value_in(self, currency: str) -> Money:
        """Usual order value in `currency`: listed for CNY and USD, else exchanged from USD.

        Example:
            >>> categories()["food"].order_value_in("CNY").currency
            'CNY'
        """
        if currency == self.order_value.currency:
            return self.order_value
        return exchange(self.order_value_usd, currency)[0]


@cache
def categories() -> dict[str, CategoryFacts]:
    """All categories by id; ``other`` is last and has no words."""
    raw = read_toml("categories.toml")
    return {
        id_: CategoryFacts(
            id=id_,
            name=pair(row["name"]),
            words_zh=listed(row["zh"]),
            words_en=listed(row["en"]),
            marks_zh=listed(row.get("marks_zh", "")),
            marks_en=listed(row.get("marks_en", "")),
            margin=Decimal(row["margin"]),
            return_rate=Decimal(row["return_rate"]),
            order_value=Money.of(row["order_value"], "CNY"),
            order_value_usd=Money.of(row["order_value_usd"], "USD"),
            source=raw["source"],
            as_of=raw["as_of"],
            status=raw["status"],
        )
        for id_, row in raw["category"].items()
    }


def category_of(text: str) -> str | None:
    """Infer the category of a product from its name, or None when no known word is in it.

    A deciding word (baby, dog) wins; then the word nearest the head of the name: the end, or before "for", "with", "of".

    Example:
        >>> category_of("宠物推车"), category_of("garlic presses"), category_of("唇釉"), category_of("心情")
        ('pets', 'home', 'beauty', None)
    """
    plain = fold(text)
    for marks in (True, False):
        hits = _zh_hits(plain, marks) + _en_hits(plain, marks)
        if hits:
            return max(hits)[2]
    return None


@cache
def _zh_table(marks: bool) -> tuple[re.Pattern[str], dict[str, str]]:
    table: dict[str, str] = {}
    for one in categories().values():
        for word in one.marks_zh if marks else one.words_zh:
            table.setdefault(fold(word), one.id)
    return re.compile("|".join(map(re.escape, sorted(table, key=len, reverse=True))) or "$^"), table


@cache
def _en_table(marks: bool) -> dict[str, str]:
    table: dict[str, str] = {}
    for one in categories().values():
        for word in one.marks_en if marks else one.words_en:
            table.setdefault(" ".join(map(_singular, fold(word).split())), one.id)
    return table


def _zh_hits(plain: str, marks: bool) -> list[tuple[int, int, str]]:
    pattern, table = _zh_table(marks)
    hits = []
    for start in range(len(plain)):
        found = pattern.match(plain, start)
        if found:
            hits.append((found.end() - len(plain), found.end() - start, table[found.group()]))
    return hits


def _en_hits(plain: str, marks: bool) -> list[tuple[int, int, str]]:
    table = _en_table(marks)
    head = re.split(r"\b(?:for|with|of|in|from|by|on)\b", plain)[0] if not marks else plain
    words = [_singular(w) for w in re.findall(r"[a-z0-9]+(?:[-'][a-z0-9]+)*", head)]
    words = [piece for word in words for piece in ([word] if word in table else word.split("-"))]
    hits = []
    for start in range(len(words)):
        for length in range(min(4, len(words) - start), 0, -1):
            found = table.get(" ".join(words[start : start + length]))
            if found:
                hits.append((start + length - len(words), length, found))
                break
    rest = plain[len(head) :].partition(" ")[2]
    if not hits and rest and not marks:
        return _en_hits(rest, marks)
    return hits


def _singular(word: str) -> str:
    """Plain plural to singular, alike on both sides of a comparison; no dictionary."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("shes", "ches", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word
