"""Writes the sheets of styles and of the painter into docs/: `python -m benchmarks style_sheet`. To be looked at, not counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from adwright.tools.creative import Design, compose
from adwright.tools.creative.colour import named
from adwright.tools.creative.fonts import face
from adwright.tools.creative.gan.checks import distances, thumbnails
from adwright.tools.creative.gan.grounds import painted
from adwright.tools.creative.gan.maps import coloured
from adwright.tools.creative.gan.painter import load_painter
from adwright.tools.creative.scene import SceneKind, paint_scene, palette
from adwright.tools.creative.scene_models import make_scene
from adwright.tools.creative.styles import restyle, styles

DOCS = Path(__file__).resolve().parents[1] / "docs"
TILE, GAP, HEAD = 196, 8, 30
PAPER, INK = (246, 246, 243), (40, 40, 44)
GROUNDS: list[tuple[SceneKind, str]] = [("mesh", "sand"), ("podium", "mist"), ("window", "sage"), ("waves", "blush")]
DESIGNS: list[tuple[str, Design]] = [
    ("hero", Design("夜里的光，也可以温柔", "去看看", "三档色温，软杆可弯", "¥129", "青舍", "lamp", None, "home", "warm")),
    ("poster", Design("Running shoes for dawn miles", "See details", "Breathable mesh, 8 mm drop", "$59", "Cloudstep", "shoe", named("mist blue"), "sports", "youthful", language="en", market="world")),
    ("burst", Design("给自己泡一杯安静", "立即购买", "明前采摘，净含量 100 克", "¥168", "山屿", "tin", None, "food", "professional", offer="立减 30 元")),
]  # fmt: skip


def style_sheet() -> Image.Image:
    """A column for no style and for each one; grounds above, finished pictures below."""
    names = ["", *styles()]
    rows = len(GROUNDS) + len(DESIGNS)
    sheet = Image.new("RGB", (len(names) * (TILE + GAP) + GAP, HEAD + rows * (TILE + GAP) + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        style = styles().get(name)
        x = GAP + column * (TILE + GAP)
        pen.text((x + 2, 6), f"{style.name.zh}  {style.name.en}" if style else "无风格  none", font=face("Regular", 15), fill=INK)
        for row in range(rows):
            if row < len(GROUNDS):
                kind, colours = GROUNDS[row]
                if style and style.palettes:
                    colours = style.palettes[row % len(style.palettes)]
                kind = style.scene.get(kind, kind) if style else kind
                tile = paint_scene((1080, 1080), palette(colours), kind, seed=row, stand=(340, 400, 400, 400))  # type: ignore[arg-type]
                tile = restyle(tile, style, seed=row) if style else tile
            else:
                layout, design = DESIGNS[row - len(GROUNDS)]
                tile = compose(replace(design, style=name), (1080, 1080), layout, seed=row).image
            sheet.paste(tile.resize((TILE, TILE), Image.Resampling.LANCZOS), (x, HEAD + row * (TILE + GAP)))
    return sheet


def gan_sheet() -> Image.Image:
    """What the painter learned from, what it paints with the nearest picture it had seen, and pictures made with it."""
    painter, count = load_painter(), 8
    training = painted(4096, 0)
    seen = painter.seen
    samples = np.stack([painter.paint(i) for i in range(2 * count)])
    near = distances(thumbnails(samples), seen).argmin(1)
    shown = ("mist", "coral", "night", "sage", "lilac", "citrus", "forest", "neonpink")

    def tile(maps: np.ndarray, i: int) -> Image.Image:
        flat = Image.fromarray(np.clip(coloured(maps, palette(shown[i % count])), 0, 255).astype(np.uint8))
        return flat.resize((TILE, TILE), Image.Resampling.BICUBIC)

    rows: list[tuple[str, list[Image.Image]]] = [
        ("训练用底图  what it learned from: our own painted grounds, 32 px", [tile(training[i * 7], i) for i in range(count)]),
        ("模型画的  what it paints, 32 px", [tile(samples[i], i) for i in range(count)]),
        ("各自最接近的训练图  the nearest ground it had seen to each", [tile(training[near[i]], i) for i in range(count)]),
        ("当作底图  as a ground of 1080 px", [make_scene("", (1080, 1080), "gan", colours=palette(shown[i]), seed=20 + i).image.resize((TILE, TILE), Image.Resampling.LANCZOS) for i in range(count)]),
    ]  # fmt: skip
    wide, big = count * (TILE + GAP) + GAP, (count * (TILE + GAP) - 3 * GAP) // 4
    sheet = Image.new("RGB", (wide, len(rows) * (HEAD + TILE + GAP) + HEAD + big + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    y = 0
    for title, tiles in rows:
        pen.text((GAP, y + 6), title, font=face("Regular", 15), fill=INK)
        for i, one in enumerate(tiles):
            sheet.paste(one, (GAP + i * (TILE + GAP), y + HEAD))
        y += HEAD + TILE + GAP
    pen.text((GAP, y + 6), "成品  finished pictures, scene=“gan”", font=face("Regular", 15), fill=INK)
    for i, (layout, design) in enumerate([*DESIGNS, ("minimal", DESIGNS[0][1])]):
        made = compose(replace(design, scene="gan"), (1080, 1080), layout, seed=40 + i).image
        sheet.paste(made.resize((big, big), Image.Resampling.LANCZOS), (GAP + i * (big + GAP), y + HEAD))
    return sheet


def main() -> None:
    """Write docs/creative-styles.jpg and docs/creative-gan.jpg."""
    for name, sheet in (("creative-styles", style_sheet()), ("creative-gan", gan_sheet())):
        path = DOCS / f"{name}.jpg"
        sheet.save(path, quality=80, optimize=True)
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB, {sheet.width}x{sheet.height}")
