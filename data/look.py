"""How the pictures of a request look, beside their words: what the merchant said of offer, style, price, logo, shapes and photo.

One document for a picture set and for a plan, so that an edit means the same in both. Nothing here is guessed: what was not
said stays at its default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# Endings of photos and music, and of what looks like a picture and is refused by name.
PHOTOS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
NO_PHOTOS = (".gif", ".svg", ".tif", ".tiff", ".heic", ".avif", ".html", ".htm", ".pdf")
MUSIC = (".mp3", ".m4a", ".aac", ".wav", ".ogg", ".flac")
Shape = Literal["tall", "square", "wide"]
PriceSize = Literal["normal", "bigger", "smaller", "none"]


class Picks(BaseModel):
    """Which pictures of a set are meant: by number as they are shown (1 the first, -1 the last), shape, size, channel,
    language, or as the smallest or largest.

    What is named of several kinds must all hold (the upright ones on Douyin); of one kind, any.
    """

    model_config = ConfigDict(extra="forbid")

    numbers: list[int] = Field(default_factory=list, max_length=24)
    shapes: list[Shape] = []
    sizes: list[str] = Field(default_factory=list, max_length=24)
    channels: list[str] = Field(default_factory=list, max_length=8)
    languages: list[str] = Field(default_factory=list, max_length=2)
    extents: list[Literal["smallest", "largest"]] = []


class Look(BaseModel):
    """The merchant's wishes for pictures. `style` is an id of `knowledge.styles`, `offer` and `headline` are the merchant's words,
    `shapes` leaves out all other shapes, `without` the single pictures that were dropped (by place), `scene` is a kind of ground painted here (`knowledge.scenes`), `ground` a finished one;
    `photo`, `music` and `ground` are ids in the artefact store."""

    model_config = ConfigDict(extra="forbid")

    style: str | None = None
    offer: str | None = Field(default=None, max_length=60)
    headline: str | None = Field(default=None, max_length=300)
    price: PriceSize = "normal"
    logo: bool = True
    shapes: list[Shape] = []
    photo: str | None = None
    music: str | None = None
    scene: str | None = None
    ground: str | None = None
    without: list[str] = []

    def changed(self, **wishes: Any) -> Look:
        """Return a copy with the wishes that were said.

        Example:
            >>> Look(style="ink").changed(price="bigger", offer=None).price
            'bigger'
        """
        return Look.model_validate({**dict(self), **{name: value for name, value in wishes.items() if value is not None}})


def shape_of(width: int, height: int) -> Shape:
    """Return which shape a size in px has.

    Example:
        >>> shape_of(1080, 1920), shape_of(1080, 1080), shape_of(1200, 628)
        ('tall', 'square', 'wide')
    """
    return "tall" if height > 1.1 * width else "wide" if width > 1.1 * height else "square"


def is_media(name: str | Path) -> bool:
    """Return whether a file's ending says that it is a picture or music rather than a table."""
    return Path(name).suffix.lower() in (*PHOTOS, *NO_PHOTOS, *MUSIC)
