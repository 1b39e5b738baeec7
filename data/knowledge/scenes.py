"""Grounds that are painted here, by the words merchants ask for them with. How they are painted is the craft's (`creative.scene`)."""

from __future__ import annotations

from functools import cache

from ..words import Words
from .files import Fact, listed, pair, read_toml


class Scene(Fact):
    """A ground painted here: its kind, its name and its words."""

    id: str
    name: Words
    words: list[str]


@cache
def scenes() -> dict[str, Scene]:
    """Grounds by kind: ``studio``, ``window``, ``podium``, ``arch``, ``hills``, ``sun``, ``waves``, ``night``."""
    return {
        id_: Scene(id=id_, name=pair(row["name"]), words=[*listed(row["zh"]), *listed(row["en"])])
        for id_, row in read_toml("scenes.toml").items()
        if isinstance(row, dict)
    }


def scene_named(text: str | None) -> str | None:
    """Return the kind of ground that a phrase is the name of, or None: a window is one, a snowy mountain behind a window is not.

    Example:
        >>> scene_named("窗边"), scene_named("a studio"), scene_named("snowy hills")
        ('window', 'studio', None)
    """
    plain = (text or "").casefold().strip()
    for article in ("一个", "一座", "a ", "an ", "the "):
        plain = plain.removeprefix(article)
    return next((scene.id for scene in scenes().values() if plain == scene.id or plain in scene.words), None)
