"""Paints words on a picture, in the first colour of the palette that is legible on the pixels under them."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ...data.words import Language
from .brush import ellipse, fill, rounded, shadow, star
from .colour import BLACK, RGB, WHITE, contrast, distance, mix, readable
from .fonts import bounds, face, width
from .gate import Block, Under
from .layouts import Box, Plan
from .lines import ink_top
from .pieces import SMALL, Piece, price_parts
from .provenance import LABEL
from .scene import Palette

_DARK: RGB = (20, 20, 24)


class Canvas:
    """Paints the pieces and remembers what was written where."""

    def __init__(self, picture: Image.Image, colours: Palette, spot: Plan, under: Image.Image | None = None) -> None:
        self.picture, self.colours, self.spot = picture, colours, spot
        self.under = under or picture
        self.draw = ImageDraw.Draw(picture)
        self.blocks: list[Block] = []

    def back(self, piece: Piece) -> None:
        """Paint what stands behind a text: button, tag, seal, bar, rule, tick."""
        if piece.kind == "bar":
            shade = self._accent(piece.x, piece.y)
            self.picture.paste(shade, (piece.x, piece.y, piece.x + piece.setting.width, piece.y + piece.setting.height))
        elif piece.mark == "tick":
            self._tick(piece)
        elif piece.mark in ("rule", "line"):
            self._rule(piece)
        elif piece.mark == "quote":
            self._quote(piece)
        if piece.pill is None or piece.kind == "logo":
            return
        pill = piece.pill
        if piece.mark == "seal":
            shade = self._accent(pill.x + pill.w // 2, pill.y + pill.h // 2)
            r, x, y = pill.w / 2, pill.x + pill.w / 2, pill.y + pill.h / 2
            shadow(self.picture, ellipse(x + r * 0.03, y + r * 0.07, r * 0.9, r * 0.9), r * 0.09, 0.28)
            fill(self.picture, star(x, y, r, r * 0.9, 22), shade)
            ring = mix(shade, WHITE if contrast(shade, WHITE) > 2 else BLACK, 0.4)
            fill(self.picture, [*ellipse(x, y, r * 0.83, r * 0.83), *reversed(ellipse(x, y, r * 0.81, r * 0.81))], ring)
            return
        if piece.kind == "cta" and self.spot.layout.button == "link" and self.spot.shape not in ("strip", "tower"):
            ink = self._ink("link", Under(self.picture, Box(pill.x, pill.y, pill.w, pill.h)))
            thick = max(1, round(piece.setting.px * 0.07))
            self.picture.paste(ink, (pill.x, pill.bottom - thick * 2, pill.right, pill.bottom - thick))
            return
        square = self.spot.layout.button == "square" or piece.kind == "offer"
        radius = pill.h * (0.16 if square else 0.5)
        fill(self.picture, rounded(pill.x, pill.y, pill.w, pill.h, radius), self._accent(pill.x, pill.y + pill.h // 2))

    def place_logo(self, piece: Piece, logo: Image.Image) -> None:
        """Place the logo; on a ground it would be lost on it stands on a white plate."""
        pill = piece.pill
        assert pill
        small = logo.resize((pill.w, pill.h), Image.Resampling.LANCZOS)
        under = self._pixel(pill.x + pill.w // 2, pill.y + pill.h // 2)
        flat = Image.new("RGBA", (1, 1))
        flat.putpixel((0, 0), small.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))  # type: ignore[arg-type]
        seen = flat.getpixel((0, 0))
        assert isinstance(seen, tuple)
        if contrast(under, (seen[0], seen[1], seen[2])) < 2.0:
            pad = max(2, pill.h // 6)
            plate = WHITE if contrast(WHITE, (seen[0], seen[1], seen[2])) >= 2 else _DARK
            fill(self.picture, rounded(pill.x - pad, pill.y - pad, pill.w + 2 * pad, pill.h + 2 * pad, pad), plate)
        self.picture.paste(small, (pill.x, pill.y), small)
        self.blocks.append(Block("logo", "", pill, (seen[0], seen[1], seen[2]), pill.h, True))

    def _rule(self, piece: Piece) -> None:
        words = self.spot.words
        if piece.kind == "brand" and self.spot.masthead:
            y, thick = self.spot.masthead.bottom + max(2, round(piece.setting.px * 0.06)), max(1, round(min(self.spot.size) * 0.003))
        else:
            y, thick = piece.y - round(piece.setting.px * 0.28), max(1, round(min(self.spot.size) * 0.002))
        under = self._pixel(words.x, y)
        shade = mix(under, readable(under, self.colours.ink), 0.8 if piece.kind == "brand" else 0.28)
        self.picture.paste(shade, (words.x, y, words.right, y + thick))

    def _tick(self, piece: Piece) -> None:
        px = piece.setting.px
        r = px * 0.5
        x, y = piece.x - px * 0.98, piece.y + piece.setting.height * 0.52
        shade = self._accent(round(x), round(y))
        fill(self.picture, ellipse(x, y, r, r), shade)
        ink = self.colours.on if shade == self.colours.accent else self.colours.accent
        a, b, c, t = (x - r * 0.46, y + r * 0.02), (x - r * 0.1, y + r * 0.36), (x + r * 0.5, y - r * 0.34), r * 0.2
        fill(
            self.picture,
            [(a[0], a[1]), (a[0] + t * 0.7, a[1] - t * 0.7), (b[0], b[1] - t), (c[0] - t * 0.7, c[1] - t * 0.7), c, (b[0], b[1] + t * 0.5)],
            ink,
        )

    def _quote(self, piece: Piece) -> None:
        side = piece.setting.px
        under = self._pixel(piece.x, piece.y)
        shade = mix(under, self._accent(piece.x, piece.y), 0.85)
        for i in (0, 1):
            x, r = piece.x + i * side * 0.62, side * 0.25
            fill(self.picture, ellipse(x + r, piece.y + side * 0.62, r, r), shade)
            tail = [
                (x, piece.y + side * 0.62),
                (x + r * 0.3, piece.y + side * 0.28),
                (x + r * 1.5, piece.y + side * 0.06),
                (x + r * 1.75, piece.y + side * 0.17),
                (x + r * 0.95, piece.y + side * 0.36),
                (x + r, piece.y + side * 0.6),
            ]
            fill(self.picture, tail, shade)

    def _pixel(self, x: int, y: int) -> RGB:
        under = self.under.getpixel((min(max(0, x), self.under.width - 1), min(max(0, y), self.under.height - 1)))
        assert isinstance(under, tuple)
        return under[0], under[1], under[2]

    def _accent(self, x: int, y: int) -> RGB:
        """The button colour; where it would be lost on what is under it, the colour of the text on it."""
        under = self._pixel(x, y)
        options = (self.colours.accent, self.colours.on, self.colours.ink)
        return next((c for c in options if distance(under, c) > 150), max(options, key=lambda c: distance(under, c)))

    def write(self, piece: Piece, before: Image.Image) -> None:
        """Write a text in the first colour of the palette that is legible on the pixels under it."""
        if piece.kind in ("bar", "mark", "logo"):
            return
        s = piece.setting
        runs = (
            self._price_runs(piece)
            if piece.kind == "price"
            else [(line, x, y - ink_top(s.px, s.weight) + round(s.px * 0.12), s.px) for line, x, y in piece.lines()]
        )
        boxes = []
        for line, x, y, px in runs:
            left, upper, right, lower = bounds(line, s.weight, px)
            boxes.append(Box(int(x + left), int(y + upper), int(right - left) + 1, int(lower - upper)))
        x, y = min(b.x for b in boxes), min(b.y for b in boxes)
        box = Box(x, y, max(b.right for b in boxes) - x, max(b.bottom for b in boxes) - y)
        ink = self._ink(piece.kind, Under(before, box))
        for line, left, top, px in runs:
            self.draw.text((left, top), line, font=face(s.weight, px), fill=ink)
        self.blocks.append(
            Block(piece.kind, "".join(s.lines), box, ink, min(px for *_, px in runs), s.weight.startswith("Bold"), len(s.lines), piece.pill)
        )

    def _price_runs(self, piece: Piece) -> list[tuple[str, float, float, int]]:
        s = piece.setting
        small = max(9, round(s.px * SMALL))
        top = piece.y - ink_top(s.px, s.weight) + round(s.px * 0.12)
        # All three stand on one base line; the digits of a face end at the same height at every size.
        base = bounds("0", "Bold", s.px)[3] - bounds("0", "Bold", small)[3]
        x, runs = float(piece.x), []
        for text, px, down in zip(price_parts("".join(s.lines)), (small, s.px, small), (base, 0, base), strict=True):
            if text:
                runs.append((text, x, top + down, px))
                x += width(text, "Bold", px)
        return runs

    def _ink(self, kind: str, under: Under) -> RGB:
        p = self.colours
        first = {
            "sub": p.soft,
            "brand": p.ink,
            "price": p.accent,
            "cta": p.on,
            "link": p.accent,
            "offer": p.on,
            "note": p.soft,
            "fact": p.ink,
            "figure": p.accent,
        }
        if kind == "cta" and self.spot.layout.button == "link" and self.spot.shape not in ("strip", "tower"):
            kind = "link"
        options = [first.get(kind, p.ink), p.ink, p.on, p.accent, WHITE, _DARK]
        good = [c for c in options if under.worst(c) >= 4.5]
        return good[0] if good else max(options, key=under.worst)

    def write_label(self, language: Language, before: Image.Image) -> None:
        """Write the AI label into its corner."""
        text, px = LABEL.pick(language), self.spot.label_px
        while px > 9 and width(text, "Regular", px) > self.spot.size[0] * 0.45:
            px -= 1
        x, bottom, side = self.spot.label
        left, upper, right, lower = bounds(text, "Regular", px)
        if side == "right":
            x -= int(right)
        y = bottom - lower
        box = Box(int(x + left), int(y + upper), int(right - left) + 1, int(lower - upper))
        under = Under(before, box)
        p = self.colours
        options = [mix(p.soft, p.ground, 0.2), p.soft, p.on, p.ink, WHITE, _DARK]
        ink = next((c for c in options if under.worst(c) >= 4.6), max(options, key=under.worst))
        self.draw.text((x, y), text, font=face("Regular", px), fill=ink)
        self.blocks.append(Block("label", text, box, ink, px, False))
