"""Paints words on a picture, in the first colour of the palette that is legible on the pixels under them."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ...data.words import Language
from .colour import RGB, WHITE, contrast, distance, mix, readable
from .fonts import face, width
from .gate import Block, worst_contrast
from .layouts import Box, Plan
from .lines import ink_top
from .provenance import LABEL
from .scene import Palette
from .setting import Piece


class Canvas:
    """Paints the pieces and remembers what was written where."""

    def __init__(self, picture: Image.Image, colours: Palette, spot: Plan, under: Image.Image | None = None) -> None:
        self.picture, self.colours, self.spot = picture, colours, spot
        self.under = under or picture
        self.draw = ImageDraw.Draw(picture)
        self.blocks: list[Block] = []

    def back(self, piece: Piece) -> None:
        """Paint what stands behind a text: button, badge, bar."""
        if piece.kind == "bar":
            self.picture.paste(
                self._accent(piece.x, piece.y), (piece.x, piece.y, piece.x + piece.setting.width, piece.y + piece.setting.height)
            )
        if piece.pill is None:
            return
        fill = self._accent(piece.pill.x, piece.pill.y)
        shape = Image.new("L", (piece.pill.w * 3, piece.pill.h * 3), 0)
        radius = min(piece.pill.w, piece.pill.h) * 3 // 2 if piece.kind != "cta" or self.spot.shape != "strip" else piece.pill.h // 2
        ImageDraw.Draw(shape).rounded_rectangle([0, 0, shape.width - 1, shape.height - 1], radius=radius, fill=255)
        self.picture.paste(Image.new("RGB", (piece.pill.w, piece.pill.h), fill), (piece.pill.x, piece.pill.y), shape.reduce(3))

    def _accent(self, x: int, y: int) -> RGB:
        """The button colour; on a panel of that same colour the panel's text colour."""
        under = self.under.getpixel((min(max(0, x), self.under.width - 1), min(max(0, y), self.under.height - 1)))
        assert isinstance(under, tuple)
        colour = under[0], under[1], under[2]
        return self.colours.accent if distance(colour, self.colours.accent) > 90 else self.colours.on

    def write(self, piece: Piece, before: Image.Image) -> None:
        """Write a text in the first colour of the palette that is legible on the pixels under it."""
        if piece.kind == "bar":
            return
        s = piece.setting
        boxes = []
        top = ink_top(s.px, s.weight)
        for line, x, y in piece.lines():
            offset = y - top + round(s.px * 0.12)
            left, upper, right, lower = face(s.weight, s.px).getbbox(line)
            boxes.append(Box(int(x + left), int(offset + upper), int(right - left) + 1, int(lower - upper)))
        box = Box(
            min(b.x for b in boxes),
            min(b.y for b in boxes),
            max(b.right for b in boxes) - min(b.x for b in boxes),
            max(b.bottom for b in boxes) - min(b.y for b in boxes),
        )
        ink = self._ink(piece.kind, before, box)
        for line, x, y in piece.lines():
            self.draw.text((x, y - top + round(s.px * 0.12)), line, font=face(s.weight, s.px), fill=ink)
        self.blocks.append(Block(piece.kind, "".join(s.lines), box, ink, s.px, s.weight == "Bold", len(s.lines)))

    def _ink(self, kind: str, before: Image.Image, box: Box) -> RGB:
        p = self.colours
        first = {"headline": p.ink, "sub": p.soft, "brand": p.soft, "price": p.accent, "cta": p.on}[kind]
        middle = before.getpixel((min(before.width - 1, max(0, box.x + box.w // 2)), min(before.height - 1, max(0, box.y))))
        assert isinstance(middle, tuple)
        under = middle[0], middle[1], middle[2]
        options = [first, p.ink, p.on, p.accent, WHITE, (20, 20, 24)]
        good = [c for c in options if worst_contrast(before, box, c) >= 4.5]
        return good[0] if good else readable(under, max(options, key=lambda c: contrast(under, c)))

    def write_label(self, language: Language, before: Image.Image) -> None:
        """Write the AI label into its corner."""
        text, px = LABEL.pick(language), self.spot.label_px
        # The bottom-line sizes of guides are for the picture as shown; small strips take the legible minimum.
        while px > 9 and width(text, "Regular", px) > self.spot.size[0] * 0.45:
            px -= 1
        x, bottom, side = self.spot.label
        left, upper, right, lower = face("Regular", px).getbbox(text)
        if side == "right":
            x -= int(right)
        y = bottom - lower
        box = Box(int(x + left), int(y + upper), int(right - left) + 1, int(lower - upper))
        options = [
            mix(self.colours.soft, self.colours.ground, 0.15),
            self.colours.soft,
            self.colours.on,
            self.colours.ink,
            WHITE,
            (20, 20, 24),
        ]
        good = [c for c in options if worst_contrast(before, box, c) >= 4.6]
        ink = good[0] if good else options[-1]
        self.draw.text((x, y), text, font=face("Regular", px), fill=ink)
        self.blocks.append(Block("label", text, box, ink, px, False))
