"""What a product's facts are about, and which words claim something: the lexicons of `facts.toml`."""

from __future__ import annotations

import re
from functools import cache

from ..words import Language, Words
from .files import fold, listed, pair, read_toml


@cache
def fact_kind(fact: str) -> str:
    """Return what a fact is about: ``weight``, ``care``, ``warranty`` ..., ``other`` when no pattern fits.

    Example:
        >>> fact_kind("单只重 218 克（42 码）"), fact_kind("machine washable"), fact_kind("有侧袋")
        ('weight', 'care', 'other')
    """
    return next((kind for kind, pattern in _kinds() if pattern.search(fact)), "other")


@cache
def fact_labels() -> dict[str, Words]:
    """What each kind of fact is called in a list."""
    return {kind: pair(words) for kind, words in read_toml("facts.toml")["label"].items()}


@cache
def claim_words(language: Language) -> list[tuple[str, ...]]:
    """Words that may be said of a product only when its facts say so; synonyms stand together."""
    rows = read_toml("facts.toml")["claims"][language]
    return [tuple(listed(row)) for row in rows]


@cache
def sheet_fields() -> dict[str, str]:
    """Folded name of a column or key of a product sheet -> the field it is."""
    rows = read_toml("facts.toml")["sheet"]
    return {fold(word): field for field, words in rows.items() for word in words.split(",")}


@cache
def orders() -> re.Pattern[str]:
    """Text that gives orders to a machine or carries markup: never a fact about a product."""
    return re.compile("|".join(read_toml("facts.toml")["orders"]["pattern"]), re.IGNORECASE)


@cache
def nature_of(name: str, category: str) -> str:
    """What one does with a product: ``eaten``, ``learned``, ``run`` (software), ``once`` (a wedding dress), ``worn``, ``applied``, ``thing``.

    Example:
        >>> nature_of("猫山王榴莲", "other"), nature_of("Python course", "other"), nature_of("台灯", "home")
        ('eaten', 'learned', 'thing')
    """
    plain = fold(name)
    for nature, words in read_toml("facts.toml")["nature"].items():
        if any(_word_in(word, plain) for word in listed(words)):
            return nature
    return {"food": "eaten", "apparel": "worn", "beauty": "applied"}.get(category, "thing")


@cache
def measure_word(noun: str) -> str:
    """The Chinese measure word of a noun: 双 for 跑鞋, 款 where nothing closer is known."""
    rows = read_toml("facts.toml")["measure"]
    return next((word for word, ends in rows.items() if noun.endswith(tuple(listed(ends)))), "款")


def _word_in(word: str, text: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(word)}s?(?![a-z])", text) is not None if word.isascii() else word in text


@cache
def _kinds() -> list[tuple[str, re.Pattern[str]]]:
    rows = read_toml("facts.toml")["kind"]
    return [(kind, re.compile("|".join(patterns), re.IGNORECASE)) for kind, patterns in rows.items()]


@cache
def plain_words(language: Language) -> frozenset[str]:
    """Words that claim nothing a fact would have to support."""
    return frozenset(read_toml("facts.toml")["plain"][language].split())


@cache
def everyday_words(language: Language) -> frozenset[str]:
    """Words that suit any product whatever it is: those of shopping, giving and of the day."""
    return frozenset(read_toml("facts.toml")["everyday"][language].split())
