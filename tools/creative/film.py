"""The pictures of a film, one after another: scene, product and words each move on their own, then the end card with its button.

A film has one to three shots, each a layout of its own that passed the gate; words come in line by line, price and offer spring
in, the product settles and floats over its shadow while the scene drifts behind it. The AI label stands still on every frame.
Not here: which shots and sizes (`video`), sound (`soundtrack`), the curves (`motion`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops

from .canvas import Canvas
from .compositor import Banner, Layers
from .motion import Layer, cut_lines, eased, layer_of, pushed, put, settled, sprung
from .pieces import Piece
from .setting import Design

FPS = 25
END_CARD = 2.4
FADE, LEAVE = 0.4, 0.3
# Seconds a line takes to come in, between one line and the next, and before the first.
ENTER, STEP, FIRST = 0.55, 0.16, 0.25


@dataclass(frozen=True)
class Entrance:
    """A part of the words: when it comes in (s), and whether it springs."""

    layer: Layer
    at: float
    springs: bool


@dataclass(frozen=True)
class Shot:
    """One scene of a film, ready to move."""

    ground: np.ndarray
    shadow: Layer
    product: Layer
    words: list[Entrance]
    label: Layer


def shot_of(main: Layers, design: Design) -> Shot:
    """Take a layout apart into what moves."""
    staged = main.staged
    assert staged.bare is not None and staged.shaded is not None and staged.art is not None
    product = layer_of(staged.art, main.product.x, main.product.y)
    return Shot(np.asarray(staged.bare), _shadow(staged.bare, staged.shaded), product, *_words(main, design))


def frames(shots: list[Shot], end: Banner, seconds: float) -> Iterator[np.ndarray]:
    """Yield the film's frames, RGB bytes [height, width, 3], `FPS` a second."""
    card = np.asarray(end.image.convert("RGB"))
    moving = seconds - END_CARD
    each = moving / len(shots)
    fade = round(FADE * FPS)
    for i in range(round(seconds * FPS)):
        t = i / FPS
        now = min(len(shots), int(t / each + 1e-9)) if t < moving else len(shots)
        begun = now * each if now < len(shots) else moving
        picture = _frame(shots[now], t - begun, each) if now < len(shots) else _card(card, t - moving)
        into = round((t - begun) * FPS)
        if now and into < fade:
            before = _frame(shots[now - 1], each + (t - begun), each)
            picture = _crossed(before, picture, eased((into + 1) / (fade + 1)))
        yield picture


def _frame(shot: Shot, t: float, length: float) -> np.ndarray:
    share = t / max(length, 0.1)
    # The scene drifts and comes nearer more slowly than the product: the difference reads as depth.
    frame = pushed(shot.ground, 1.05 + 0.06 * share, 0.6 * (share - 0.5), -0.3 * (share - 0.5))
    height = frame.shape[0]
    landed = settled(t / 0.9)
    float_up = math.sin(t * math.tau / 3.2) * height * 0.004 * landed
    near = (1.12 - 0.12 * landed) * (1 + 0.035 * share)
    put(frame, shot.shadow, opacity=landed * (0.9 - 0.1 * math.sin(t * math.tau / 3.2)))
    put(frame, shot.product, dy=-float_up - abs(float_up) * 0.2, scale=near)
    # Words leave before the next scene comes: two texts over each other can be read by nobody.
    left = 1 - eased((t - length + LEAVE) / LEAVE)
    for part in shot.words:
        since = (t - part.at) / ENTER
        if since >= 1:
            put(frame, part.layer, opacity=left)
        elif since > 0 and part.springs:
            put(frame, part.layer, scale=0.6 + 0.4 * sprung(since), opacity=eased(since * 2) * left)
        elif since > 0:
            put(frame, part.layer, dy=round((1 - settled(since)) * part.layer.size[1] * 0.7), opacity=eased(since * 1.4) * left)
    put(frame, shot.label)
    return frame


def _card(card: np.ndarray, t: float) -> np.ndarray:
    return pushed(card, 1 + 0.025 * eased(t / END_CARD), 0, 0)


def _crossed(before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    import cv2

    return cv2.addWeighted(before, 1 - share, after, share, 0)


def _shadow(bare: Image.Image, shaded: Image.Image) -> Layer:
    """What the product's shadow does to the ground, as a dark layer."""
    light, dark = np.asarray(bare.convert("L"), np.float32), np.asarray(shaded.convert("L"), np.float32)
    alpha = np.clip(1 - dark / np.maximum(light, 1), 0, 1) * 255
    alpha[alpha < 2] = 0
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return Layer(np.zeros((1, 1, 4), np.uint8), 0, 0)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    pixels = np.zeros((bottom - top, right - left, 4), np.uint8)
    pixels[..., 3] = alpha[top:bottom, left:right].round()
    return Layer(pixels, int(left), int(top))


def _words(main: Layers, design: Design) -> tuple[list[Entrance], Layer]:
    """Cut every text out by its lines, in the order they come in, and the label; the button waits for the end card."""
    grounded = main.ground.copy()
    backs = Canvas(grounded, main.palette, main.plan)
    for piece in main.pieces:
        if piece.kind != "cta":
            backs.back(piece)
    found: list[Entrance] = []
    at = FIRST
    for piece in sorted(main.pieces, key=lambda p: (p.kind in ("price", "offer"), p.kind == "brand" and -1)):
        if piece.kind == "cta":
            continue
        shown = _centred(piece, main)
        layer = _cut(main, grounded, lambda canvas, before, one=shown: (canvas.back(one), canvas.write(one, before)))
        if layer is None:
            continue
        if piece.kind in ("brand", "logo", "bar", "mark"):
            found.append(Entrance(layer, 0.1, False))
            continue
        springs = piece.kind in ("price", "offer")
        lines = [layer] if springs or len(shown.setting.lines) < 2 else cut_lines(layer, [y for _, _, y in shown.lines()])
        for line in lines:
            found.append(Entrance(line, at, springs))
            at += STEP
        at += STEP
    label = _cut(main, grounded, lambda canvas, before: canvas.write_label(design.language, before))
    assert label is not None
    return found, label


def _centred(piece: Piece, main: Layers) -> Piece:
    """A price that shared its row with the button stands in the middle without it."""
    if piece.kind != "price" or piece.pill or main.plan.align != "center":
        return piece
    words = main.plan.words
    return replace(piece, x=words.x + (words.w - piece.setting.width) // 2)


def _cut(main: Layers, before: Image.Image, paint: Callable[[Canvas, Image.Image], object]) -> Layer | None:
    """Paint on black and on white: the difference of the two is the layer's transparency."""
    pictures = []
    for colour in ((0, 0, 0), (255, 255, 255)):
        blank = Image.new("RGB", main.plan.size, colour)
        paint(Canvas(blank, main.palette, main.plan, under=main.ground), before)
        pictures.append(blank)
    alpha = ImageChops.invert(ImageChops.difference(pictures[1], pictures[0]).convert("L"))
    box = alpha.getbbox()
    if box is None:
        return None
    # Painted on black the colours are premultiplied already.
    pixels = np.dstack([np.asarray(pictures[0].crop(box)), np.asarray(alpha.crop(box))])
    return Layer(pixels, box[0], box[1])
