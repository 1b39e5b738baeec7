"""Sensitive traits by the name of a column, and goods whose advertising may not use the advertiser's own audiences.

A name is judged by its words, never by its values. The lists cannot be complete; they are data (``sensitive.toml``) with the
legal or platform text each rests on.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, NamedTuple

from ..words import Words
from .files import Fact, listed, pair, read_toml

_HAN = re.compile(r"[\u3400-\u9fff]+")
# A word of letters, cut where CamelCase begins a new one; digits stay with the letters before them (icd10).
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


class Trait(Fact):
    """A sensitive trait or kind of goods: `id`, its name for people, and the text that makes it one."""

    id: str
    name: Words
    basis: str


class _Lists(NamedTuple):
    trait: Trait
    zh: list[str]
    zh_whole: frozenset[str]
    en: list[tuple[str, ...]]
    en_whole: frozenset[tuple[str, ...]]
    excused_zh: list[str]
    excused_en: list[tuple[str, ...]]


@lru_cache(maxsize=200_000)
def sensitive(name: str) -> Trait | None:
    """Return the sensitive trait that the name of a column (or one word) states, or None.

    Example:
        >>> sensitive("用户_宗教信仰").id, sensitive("isPregnant").id, sensitive("race_bib"), sensitive("健康零食类目")
        ('religion', 'pregnancy', None, None)
    """
    return _met(name, _table("trait"))


@lru_cache(maxsize=10_000)
def sensitive_goods(text: str, among: tuple[str, ...] | None = None) -> Trait | None:
    """Return the kind of sensitive goods that a product's words name, or None; with `among`, only one of those ids.

    Example:
        >>> sensitive_goods("53度白酒 500ml").id, sensitive_goods("红酒杯 6只"), sensitive_goods("running shoes")
        ('alcohol', None, None)
    """
    return _met(text, [row for row in _table("goods") if among is None or row.trait.id in among])


def goods_ids() -> list[str]:
    """Return the ids of all kinds of sensitive goods."""
    return [row.trait.id for row in _table("goods")]


@cache
def _table(kind: str) -> list[_Lists]:
    raw = read_toml("sensitive.toml")

    def lists(row: dict[str, Any]) -> _Lists:
        excused = row.get("excused", [])
        return _Lists(
            Trait(id=row["id"], name=pair(row["name"]), basis=row.get("basis", raw["source"])),
            listed(row.get("zh", "")),
            frozenset(listed(row.get("zh_whole", ""))),
            [_words(phrase) for phrase in listed(row.get("en", ""))],
            frozenset(_words(phrase) for phrase in listed(row.get("en_whole", ""))),
            [phrase for phrase in excused if _HAN.search(phrase)],
            [_words(phrase) for phrase in excused if not _HAN.search(phrase)],
        )

    return [lists(row) for row in raw[kind]]


@cache
def _neutral() -> tuple[frozenset[str], list[str]]:
    raw = read_toml("sensitive.toml")
    return frozenset(listed(raw["neutral_en"])), sorted(listed(raw["neutral_zh"]), key=len, reverse=True)


def _met(text: str, table: list[_Lists]) -> Trait | None:
    plain = unicodedata.normalize("NFKC", text)
    han, words = "".join(_HAN.findall(plain)), _words(_HAN.sub(" ", plain))
    neutral_en, neutral_zh = _neutral()
    bare = han
    for word in neutral_zh:
        bare = bare.replace(word, "")
    core = tuple(word for word in words if word not in neutral_en)
    return next((row.trait for row in table if _chinese(han, bare, row) or _english(words, core, row)), None)


def _chinese(han: str, bare: str, row: _Lists) -> bool:
    for phrase in row.excused_zh:
        han = han.replace(phrase, " ")
    return bare in row.zh_whole or any(phrase in han for phrase in row.zh)


def _english(words: tuple[str, ...], core: tuple[str, ...], row: _Lists) -> bool:
    if not words or any(_holds(words, phrase) for phrase in row.excused_en):
        return False
    # Names written without any gap: bloodtype, customerage.
    joined = {"".join(words), "".join(core)}
    return (
        core in row.en_whole
        or any(_holds(words, phrase) for phrase in row.en)
        or any("".join(phrase) in joined for phrase in (*row.en, *row.en_whole))
    )


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    n = len(phrase)
    return any(words[i : i + n] == phrase for i in range(len(words) - n + 1))


def _words(text: str) -> tuple[str, ...]:
    """Cut a name into lower-case words in the singular."""
    return tuple(_singular(word.lower()) for word in _WORD.findall(text))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
