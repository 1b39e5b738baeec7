"""Styles: film, ink wash, pop, pastel, neon, warm, cool as recipes (`styles.toml`), and any reference picture as a style.

A recipe becomes one colour table (kept) and a few finishes. Styles are for grounds: `compose` never lays one over product,
words, price or logo. Neural styles come from a configured image model (`scene_models`), not from here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from PIL import Image

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.words import Words, both
from . import finish
from .colour import RGB, WHITE, mix
from .design import Design
from .lut import Lut, made
from .style_match import matched
from .wash import wash


@dataclass(frozen=True)
class Style:
    """One recipe of `styles.toml`; what the fields mean is written there."""

    id: str
    name: Words
    also: tuple[str, ...] = ()
    lift: float = 0.0
    white: float = 1.0
    contrast: float = 0.0
    chroma: float = 1.0
    dark: tuple[float, float] = (0.0, 0.0)
    light: tuple[float, float] = (0.0, 0.0)
    grain: float = 0.0
    vignette: float = 0.0
    bloom: float = 0.0
    leak: float = 0.0
    dots: float = 0.0
    paper: float = 0.0
    wash: float = 0.0
    palettes: tuple[str, ...] = ()
    scene: dict[str, str] = field(default_factory=dict)


@cache
def style_data() -> dict[str, Any]:
    """The whole of `styles.toml`."""
    return tomllib.loads((files(__spec__.parent) / "styles.toml").read_text("utf-8"))


@cache
def styles() -> dict[str, Style]:
    """All styles by id."""
    found = {}
    for id, row in style_data()["style"].items():
        row = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        found[id] = Style(**{**row, "id": id, "name": both(*row["name"])})
    return found


def style_of(words: str) -> Style:
    """Find a recipe by its id or by a word of `knowledge.styles`, Chinese or English. Raises `AdwrightError` (``unknown-style``).

    Example:
        >>> style_of("换成水墨风").id, style_of("Ink wash").id
        ('ink', 'ink')
    """
    named = words if words in styles() else knowledge.style_named(words)
    found = next((style for style in styles().values() if named == style.id or named in style.also), None)
    if found is not None:
        return found
    raise AdwrightError(
        both(f"没有“{words[:20]}”这种风格。", f"There is no style “{words[:30]}”."),
        both(
            f"可选：{'、'.join(s.name.zh for s in styles().values())}；也可以给一张参考图。",
            f"Choose from: {', '.join(s.name.en for s in styles().values())}; or give a reference picture.",
        ),
        code="unknown-style",
    )


def styled(design: Design, style: str | None) -> Design:
    """Return `design` in a style of `knowledge.styles` (``ink``, ``warm``, ``fresh`` ...); unchanged for any other name.

    Example:
        >>> styled(Design("新品", "去看看"), "ink").tone
        'minimal'
    """
    known = knowledge.styles().get(style or "")
    return replace(design, tone=known.tone, style=known.id if known.id in styles() else "") if known else design


@lru_cache(maxsize=64)
def style_table(id: str, strength: float = 1.0) -> Lut:
    """The colour table of a recipe at a strength."""
    style = styles()[id]

    def light(value: np.ndarray) -> np.ndarray:
        bent = value - style.contrast * np.sin(2 * np.pi * value) / (2 * np.pi)
        return style.lift + (style.white - style.lift) * bent

    def colour(lab: np.ndarray) -> np.ndarray:
        value = lab[..., :1]
        tint = np.array(style.dark) * (1 - value) ** 1.5 + np.array(style.light) * value
        return lab[..., 1:] * style.chroma + tint

    return made(light, colour).at(strength)


def transfer_style(image: Image.Image, style: str | Image.Image, *, strength: float = 1.0, seed: int = 0) -> Image.Image:
    """Return `image` in a style: a name (``"ink"``, 水墨, ``"film"`` ...) or a reference picture whose colour and tone it takes.

    `strength` is 0 (unchanged) to 1. A transparent picture keeps its transparency. Size and content stay; of a reference only
    colour and tone are taken. Raises `AdwrightError`: ``unknown-style``, ``bad-strength``.

    Example:
        >>> transfer_style(Image.new("RGB", (64, 64), (200, 180, 160)), "film", seed=1).size
        (64, 64)
    """
    if not 0 <= strength <= 1:
        raise AdwrightError(
            both(f"风格强度 {strength:g} 不在 0 到 1 之间。", f"A strength of {strength:g} is not between 0 and 1."),
            both("0 是原图，1 是完整的风格，常用 0.6。", "0 leaves the picture, 1 is the full style; 0.6 is usual."),
            code="bad-strength",
        )
    plain = image.convert("RGB")
    if isinstance(style, Image.Image):
        styled = matched(plain, style.convert("RGB"), seed).at(strength).apply(plain) if strength else plain
    else:
        styled = restyle(plain, style_of(style), strength=strength, seed=seed)
    if image.mode == "RGBA":
        styled = styled.copy()
        styled.putalpha(image.getchannel("A"))
    return styled


def restyle(
    picture: Image.Image, style: Style, *, strength: float = 1.0, seed: int = 0, shade: RGB | None = None, clear: finish.Boxes = ()
) -> Image.Image:
    """Lay a recipe over a ground. `shade` is the colour of halftone dots (None: lighter than the mean), `clear` the places of words."""
    if strength <= 0:
        return picture
    out = np.asarray(style_table(style.id, round(strength, 2)).apply(picture))
    if min(picture.size) >= 32:
        out = _finished(out, style, strength, seed, shade, clear)
    return Image.fromarray(out)


def _finished(out: np.ndarray, style: Style, strength: float, seed: int, shade: RGB | None, clear: finish.Boxes) -> np.ndarray:
    if style.wash:
        out = wash(out, style.wash * strength, seed)
    if style.bloom:
        out = finish.bloom(out, style.bloom * strength)
    if style.leak:
        out = finish.leak(out, style.leak * strength, seed)
    if style.dots:
        if shade is None:
            r, g, b = out.reshape(-1, 3)[::97].mean(0)
            shade = mix((round(r), round(g), round(b)), WHITE, 0.6)
        out = finish.dots(out, style.dots * strength, shade, seed, clear)
    if style.vignette:
        out = finish.vignette(out, style.vignette * strength)
    if style.paper:
        out = finish.paper(out, style.paper * strength, seed)
    return finish.grain(out, style.grain * strength, seed) if style.grain else out
