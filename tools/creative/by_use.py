"""Lines by what a thing is for: the hour it is used, what its buyers ask (`copy_use_*.toml`), found by its name.

Not covered: how a line is filled and checked (`grammar`).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from ...data.words import Language

# Which lines by use stand in for those of a role; tones that are not chatty take only the lines that tell facts.
USES = {
    "headline": "headline",
    "search": "headline",
    "line": "line",
    "search_line": "line",
    "opener": "opener",
    "closer": "closer",
    "hook": "opener",
    "end": "closer",
}
RESERVED = frozenset(("formal", "professional", "minimal", "premium", "elegant"))


@cache
def uses(language: Language) -> dict[str, dict[str, list[str]]]:
    """Lines by what a thing is for, by the words its name ends in; empty where a language has none."""
    rows = files(__spec__.parent) / f"copy_use_{language}.toml"
    known = tomllib.loads(rows.read_text("utf-8")) if rows.is_file() else {}
    return {word: own for words, own in known.items() if isinstance(own, dict) for word in words.split(",")}


def use_of(name: str, language: Language) -> dict[str, list[str]]:
    """The lines for a thing of this name, by role; the longest words its name ends in decide.

    Example:
        >>> "headline" in use_of("Featherlite 3 running shoes", "en"), use_of("running shoe cleaner", "en")
        (True, {})
    """
    plain = name.casefold().strip()
    ends = (word for word in uses(language) if re.search(rf"(?<![a-z]){re.escape(word)}(?:s|es)?$", plain))
    return uses(language).get(max(ends, key=len, default=""), {})


def lines_by_use(use: dict[str, list[str]], role: str, tone: str) -> list[str]:
    """The lines of a thing's use that may stand for those of `role` in a tone."""
    wanted = USES.get(role, "")
    return use.get(wanted, []) if wanted == "line" or tone not in RESERVED else []
