"""Tones and goals with the words people use for them, and small word lists (lexicons)."""

from __future__ import annotations

from functools import cache

from ..words import Words
from .files import Fact, fold, listed, pair, read_toml


class Term(Fact):
    """A canonical word (`id`, English) and the words that mean it."""

    id: str
    name: Words
    words_zh: list[str]
    words_en: list[str]


def _terms(file: str) -> dict[str, Term]:
    return {
        id_: Term(id=id_, name=pair(row["name"]), words_zh=listed(row["zh"]), words_en=listed(row["en"]))
        for id_, row in read_toml(file).items()
    }


@cache
def tones() -> dict[str, Term]:
    """Tones of advertising copy by canonical English word (``youthful``, ``premium``)."""
    return _terms("tones.toml")


@cache
def goals() -> dict[str, Term]:
    """Goals of a campaign by canonical id (``sales``, ``launch``)."""
    return _terms("goals.toml")


@cache
def lexicon(name: str) -> list[str]:
    """A list of words, e.g. ``"cta_zh"``, ``"colors_en"``; KeyError when there is no such list."""
    return [fold(word) if name.startswith("stop") else word for word in listed(read_toml("lexicons.toml")[name])]
