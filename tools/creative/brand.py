"""The brand kit: name, colours, logo, own fonts and tone, checked once; and palettes made from a colour.

A palette made from a colour keeps the contrasts that the ready ones of `looks.toml` have: ink on ground at least 6,
sub-line at least 4.5, text on the button at least 4.5.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import both
from .colour import BLACK, RGB, WHITE, contrast, luminance, mix, parse, readable
from .fonts import FontPair, own_fonts
from .scene import Palette


@dataclass(frozen=True)
class Brand:
    """A brand as pictures use it: `colours` main colour first, `logo` RGBA, `fonts` files of the regular and the bold face."""

    name: str = ""
    colours: tuple[RGB, ...] = ()
    logo: Image.Image | None = None
    fonts: FontPair | None = None
    tone: str | None = None


def brand_kit(
    name: str = "",
    colours: tuple[str, ...] = (),
    logo: str | Path | Image.Image | None = None,
    fonts: tuple[str | Path, str | Path] | None = None,
    tone: str | None = None,
) -> Brand:
    """Check a brand's parts: `colours` as ``#rrggbb``, `logo` a picture with transparency, `fonts` regular and bold TTF or OTF.

    Raises `AdwrightError`: ``bad-colour``, ``bad-font``, and those of `photo.load_photo` for the logo.

    Example:
        >>> brand_kit("Cloudstep", ("#1d4e89",)).colours
        ((29, 78, 137),)
    """
    found: list[RGB] = []
    for colour in colours:
        try:
            found.append(parse(colour.strip()))
        except ValueError:
            raise AdwrightError(
                both(f"“{colour[:20]}”不是颜色。", f"“{colour[:20]}” is not a colour."),
                both("请写成 #1d4e89 这样。", "Write it like #1d4e89."),
                code="bad-colour",
            ) from None
    picture = None
    if logo is not None:
        from .photo import load_photo

        picture = (logo if isinstance(logo, Image.Image) else load_photo(logo)).convert("RGBA")
        picture = picture.crop(picture.getchannel("A").getbbox() or (0, 0, *picture.size))
    return Brand(name, tuple(found), picture, own_fonts(*fonts) if fonts else None, tone)


def branded(colours: tuple[RGB, ...]) -> Palette:
    """A light palette from a brand's colours: the first tints the ground, the second (or the first) is the button."""
    main = colours[0]
    accent = colours[1] if len(colours) > 1 else main
    if max(contrast(accent, WHITE), contrast(accent, BLACK)) < 4.5 or luminance(accent) > 0.8:
        accent = mix(accent, BLACK, 0.6)
    on = WHITE if contrast(accent, WHITE) >= 4.5 else mix(accent, BLACK, 0.86)
    ground, ground2 = mix(main, WHITE, 0.91), mix(main, WHITE, 0.74)
    return Palette(
        name="brand",
        ground=ground,
        ground2=ground2,
        ink=readable(ground2, mix(main, BLACK, 0.72), 7.0),
        soft=readable(ground2, mix(main, BLACK, 0.5), 4.8),
        accent=accent,
        on=readable(accent, on, 4.5),
        deco=mix(main, WHITE, 0.52),
    )


def around(product: RGB) -> Palette:
    """A palette for a photographed product: its own hue as a quiet ground, far enough in lightness that it stands out.

    Example:
        >>> around((200, 60, 50)).name
        'product'
    """
    hue, light, strong = colorsys.rgb_to_hls(*(c / 255 for c in product))
    strong = min(strong, 0.62)

    def shade(lightness: float, saturation: float, turn: float = 0.0) -> RGB:
        r, g, b = colorsys.hls_to_rgb((hue + turn) % 1, lightness, saturation)
        return round(r * 255), round(g * 255), round(b * 255)

    if luminance(product) > 0.62:
        # A pale product needs a deep ground.
        ground, ground2 = shade(0.26, max(0.14, strong * 0.5)), shade(0.17, max(0.14, strong * 0.5))
        accent = shade(0.78, 0.62, 0.06)
        return Palette(
            "product",
            ground,
            ground2,
            (250, 248, 244),
            mix((250, 248, 244), ground, 0.18),
            accent,
            shade(0.12, 0.4),
            mix(ground, WHITE, 0.16),
        )
    ground, ground2 = shade(0.945, strong * 0.55), shade(0.86, strong * 0.5)
    accent = shade(0.32, max(0.32, strong), 0.0 if light < 0.6 else 0.02)
    return Palette(
        "product",
        ground,
        ground2,
        readable(ground2, shade(0.14, strong * 0.6), 7.0),
        readable(ground2, shade(0.28, strong * 0.5), 4.8),
        readable(WHITE, accent, 4.6),
        WHITE,
        shade(0.76, strong * 0.55),
    )
