"""Word lists of the planner, read once: its own `words.toml` and the shop knowledge's channels, tones, goals, occasions.

Longest names win; ASCII names need word edges, Chinese names need none. Not here: what the words mean in a sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...data.knowledge import goals, occasions, tones
from ...data.knowledge.channels import channel_names
from ...data.knowledge.files import fold, listed


@cache
def read_words(name: str) -> dict[str, Any]:
    """A parsed TOML file of this folder."""
    return tomllib.loads((files("adwright.agent.planner") / name).read_text("utf-8"))


def words() -> dict[str, Any]:
    """The parsed `words.toml`; lists as written."""
    return read_words("words.toml")


@cache
def expressions(section: str, name: str = "words.toml") -> dict[str, re.Pattern[str]]:
    """The regular expressions of a section of a TOML file of this folder, compiled once.

    Example:
        >>> expressions("suppose")["take"].search("do it") is not None
        True
    """
    return {key: re.compile(regex) for key, regex in read_words(name)[section].items()}


@cache
def word_list(name: str) -> tuple[str, ...]:
    """A list of `words.toml`, folded, longest first."""
    return tuple(sorted({fold(w) for w in listed(words()[name])}, key=lambda w: (-len(w), w)))


@dataclass(frozen=True)
class Hit:
    """A known name at ``text[start:end]``."""

    start: int
    end: int
    id: str
    word: str


def pattern(names: Iterable[str]) -> re.Pattern[str]:
    """One expression for many names: longest first, word edges around ASCII letters, spaces loose."""
    parts = []
    for name in sorted(set(names), key=lambda w: (-len(w), w)):
        body = re.escape(name).replace(r"\ ", r"[ -]?" if name.isascii() else r"\s?")
        left = r"(?<![a-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
        right = r"(?![a-z0-9])" if name[-1].isascii() and name[-1].isalnum() else ""
        parts.append(left + body + right)
    return re.compile("|".join(parts) or r"(?!)")


class Names:
    """A table of names to ids that can be looked for in a text."""

    def __init__(self, table: dict[str, str]) -> None:
        self.table = table
        self.loose = {re.sub(r"[ -]", "", name): id_ for name, id_ in table.items()}
        self.regex = pattern(table)

    def find(self, text: str) -> list[Hit]:
        """All names in normalised text, left to right."""
        hits = []
        for m in self.regex.finditer(text):
            word = m.group()
            id_ = self.table.get(word) or self.loose.get(re.sub(r"[ -]", "", word))
            if id_:
                hits.append(Hit(m.start(), m.end(), id_, word))
        return hits


@cache
def channel_table() -> Names:
    """Channels by every name people use."""
    return Names(dict(channel_names()))


@cache
def occasion_table() -> Names:
    """Occasions by name, without those that read as numbers alone (``214``, ``3.15``)."""
    table: dict[str, str] = {}
    for one in occasions().values():
        for word in (*one.words_zh, *one.words_en):
            name = fold(word)
            if not re.fullmatch(r"[\d.]+", name) or name in ("618", "520", "11.11"):
                table.setdefault(name, one.id)
    return Names(table)


def _terms(source: dict[str, Any]) -> Names:
    table: dict[str, str] = {}
    for one in source.values():
        for word in (one.id.replace("_", " "), *one.words_zh, *one.words_en):
            table.setdefault(fold(word), one.id)
    return Names(table)


@cache
def tone_table() -> Names:
    """Tones by the words for them, and the English words' comparatives (friendlier, bolder)."""
    table = dict(_terms(tones()).table)
    for word, id_ in list(table.items()):
        if word.isascii() and word.isalpha() and 3 <= len(word) <= 9:
            table.setdefault(word[:-1] + "ier" if word.endswith("y") else word + ("r" if word.endswith("e") else "er"), id_)
            table.setdefault(word + word[-1] + "er", id_)
    return Names(table)


@cache
def goal_table() -> Names:
    """Goals by the words for them."""
    return _terms(goals())


@cache
def language_table() -> Names:
    """Names of languages to ISO 639-1 codes."""
    return Names({fold(w): code for code, names in words()["languages"].items() for w in listed(names)})
