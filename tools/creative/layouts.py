"""Layouts: the list of them (`layouts.toml`), and where everything stands in one size (`Plan`).

A plan is a function of layout and size alone; it decides regions, `setting` fills them with words, `stage` with the
product. The safe area of 9:16 covers is the union of what published guides say platforms draw over (see
`data/knowledge/formats.toml`), unless a format says better.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from ...data.words import Words, both
from .places import Box, Places, Shape, arrange, label_size, shape_of
from .scene import SceneKind

Name = str
Insets = tuple[float, float, float, float]
# Top, right, bottom, left of a 9:16 cover, as parts of height and width.
COVER_SAFE: Insets = (0.14, 0.15, 0.35, 0.06)

__all__ = ["COVER_SAFE", "LAYOUTS", "Box", "Layout", "Plan", "label_size", "layouts", "plan", "shape_of"]


@dataclass(frozen=True)
class Layout:
    """One row of `layouts.toml`."""

    id: str
    name: Words
    stacked: str
    wide: str
    scene: SceneKind
    align: Literal["left", "center"] = "left"
    head: float = 1.0
    price: Literal["plain", "seal", "big", "ticket"] = "plain"
    button: Literal["pill", "square", "ghost", "link"] = "pill"
    facts: Literal["", "ticks", "cells", "table"] = ""
    bar: bool = False
    vivid: bool = False
    motifs: bool = False
    tilt: float = 0.0
    scale: float = 1.0
    needs: tuple[str, ...] = ()
    tones: tuple[str, ...] = ()

    @property
    def frames(self) -> bool:
        """Whether it can show a photograph whole: its words have a field of their own in every size."""
        return self.stacked in ("panel", "bento") and self.wide in ("panel", "bento")


@cache
def layouts() -> dict[str, Layout]:
    """All layouts by id, in the order of the file.

    Example:
        >>> layouts()["hero"].scene
        'podium'
    """
    rows: dict[str, dict[str, Any]] = tomllib.loads((files(__spec__.parent) / "layouts.toml").read_text("utf-8"))["layout"]
    found = {}
    for id_, row in rows.items():
        given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items() if key != "name"}
        found[id_] = Layout(id_, both(*row["name"]), **given)
    return found


LAYOUTS: tuple[str, ...] = tuple(layouts())


@dataclass(frozen=True)
class Plan:
    """Places of one picture in px. `words` holds the texts at `anchor`; the product stands in `product`, which ends where
    the words do (`flow`: they stand above or below it). `row`: price and button apart from the words (None: under them).

    `head_most`/`head_least`, `sub_most`/`sub_least`, `call_most`/`call_least` are text sizes; `lines` the most lines of the
    headline; `panel` a field of colour, `card` a ticket, `tiles` fields of a collage.
    """

    layout: Layout
    shape: Shape
    size: tuple[int, int]
    words: Box
    anchor: Literal["top", "middle", "bottom"]
    align: Literal["left", "center"]
    product: Box
    flow: Literal["none", "below", "above"]
    row: Box | None
    brand: tuple[int, int, Literal["left", "center"]] | None
    label: tuple[int, int, Literal["left", "right"]]
    label_px: int
    margin: int
    gap: int
    panel: Box | None
    card: Box | None
    masthead: Box | None
    tiles: tuple[tuple[Box, str], ...]
    lines: int
    head_most: int
    head_least: int
    sub_most: int
    sub_least: int
    call_most: int
    call_least: int
    safe: Box
    seal: bool = field(default=False)


def plan(
    name: Name, size: tuple[int, int], *, mirrored: bool = False, safe: Insets | None = None, market: str = "cn", tall: bool = False
) -> Plan:
    """Place everything for layout `name` at `size` px. `safe`: insets top, right, bottom, left that a platform draws over;
    `tall`: the product is much higher than wide, so that in a square it stands beside the words.

    Example:
        >>> plan("hero", (1080, 1080)).shape
        'square'
    """
    layout = layouts()[name]
    shape = shape_of(size)
    w, h = size
    short = min(size)
    insets = safe or (COVER_SAFE if shape == "cover" else (0.0, 0.0, 0.0, 0.0))
    area = Box(round(w * insets[3]), round(h * insets[0]), round(w * (1 - insets[1] - insets[3])), round(h * (1 - insets[0] - insets[2])))
    label = label_size(size, market)
    stacked = "column" if tall and shape == "square" and layout.stacked in ("top", "bottom") else layout.stacked
    spots: Places = arrange(stacked, layout.wide, layout.align, shape, size, area, label, bool(layout.facts))
    if mirrored and shape == "wide":
        spots = spots.flipped(w)
    long = w / h
    head = {
        "strip": 0.42,
        "wide": 0.15 if long < 2.4 else 0.2,
        "square": 0.112,
        "portrait": 0.146,
        "cover": 0.125,
        "tower": 0.2,
    }[shape]
    return Plan(
        layout=layout,
        shape=shape,
        size=size,
        words=spots.words,
        anchor=spots.anchor,
        align=spots.align,
        product=spots.product,
        flow=spots.flow,
        row=spots.row,
        brand=spots.brand,
        label=spots.label,
        label_px=label,
        margin=spots.margin,
        gap=max(3, round(short * (0.02 if long < 2.4 or shape == "strip" else 0.034))),
        panel=spots.panel,
        card=spots.card,
        masthead=spots.masthead,
        tiles=spots.tiles,
        lines={"strip": 2, "wide": 3, "square": 3, "portrait": 4, "cover": 4, "tower": 6}[shape],
        head_most=round(short * head * (layout.head if shape != "strip" else 1)),
        head_least=max(12, round(short * (0.05 if shape not in ("strip", "tower") else 0.09))),
        sub_most=round(short * {"wide": 0.056 if long < 2.4 else 0.085, "tower": 0.105, "cover": 0.05}.get(shape, 0.044)),
        sub_least=max(10, round(short * 0.028)),
        call_most=round(short * {"wide": 0.05 if long < 2.4 else 0.085, "tower": 0.1, "strip": 0.2}.get(shape, 0.042)),
        call_least=max(10, round(short * 0.028)),
        safe=area,
        seal=layout.price == "seal" and shape not in ("strip", "tower") and short >= 200,
    )
