"""Picture formats of advertising platforms: exact sizes, heaviest files, safe areas, each with source, date and status."""

from __future__ import annotations

from functools import cache

from ..words import Words
from .files import Fact, Status, pair, read_toml


class Format(Fact):
    """One picture format. `max_kb` the heaviest file; `safe` insets top, right, bottom, left as parts of height and width
    (None: nothing is drawn over); `words` False where no text may stand on the picture; `white` the least part of the frame that the
    product's longer side takes on a pure white ground, 0 where any ground goes.

    Example:
        >>> formats()["iab_leaderboard"].max_kb
        150
    """

    id: str
    platform: str
    name: Words
    width: int
    height: int
    max_kb: int
    safe: tuple[float, float, float, float] | None = None
    words: bool = True
    white: float = 0.0
    source: str
    as_of: str
    status: Status


@cache
def formats() -> dict[str, Format]:
    """All formats by id, in the order of ``formats.toml``."""
    data = read_toml("formats.toml")
    found = {}
    for id_, row in data["format"].items():
        source = data["source"][row["source"]]
        found[id_] = Format(
            id=id_,
            platform=row["platform"],
            name=pair(row["name"]),
            width=row["px"][0],
            height=row["px"][1],
            max_kb=row["kb"],
            safe=row.get("safe"),
            words=row.get("words", True),
            white=row.get("white", 0.0),
            source=source["text"],
            as_of=source["as_of"],
            status=source["status"],
        )
    return found


def formats_of(width: int, height: int, platform: str | None = None) -> list[Format]:
    """The formats of exactly this size that may carry words; those of `platform` only, when it is named and has any.

    Example:
        >>> [f.id for f in formats_of(728, 90)]
        ['iab_leaderboard']
    """
    same = [f for f in formats().values() if (f.width, f.height) == (width, height) and f.words]
    own = [f for f in same if f.platform == platform]
    return own or same
