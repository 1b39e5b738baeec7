"""The gate: what a finished picture is held against, each with a number and a reason. One failed check blocks export.

Contrast is WCAG 2.2, measured on the pixels under every text, at the worst tile; that the ink is really there, the size,
the weight and the label are measured on the file as decoded. Not covered: whether the picture is beautiful.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from ...data.plan import Check
from ...data.words import Words, both
from .colour import RGB, luminance
from .fonts import missing
from .layouts import Box, Plan
from .whole_photo import MOST_ENLARGED

LARGE_PX = 24  # WCAG: large text is 18 pt (24 px), or 14 pt (18.66 px) when bold
LARGE_BOLD_PX = 19
LEAST_PX = 9


@dataclass(frozen=True)
class GateCheck:
    """One check of a picture: its measured `value` and why it passed or failed."""

    id: str
    passed: bool
    value: float
    reason: Words

    def as_check(self) -> Check:
        """As a check of a `Media` document."""
        return Check(id=self.id, text=self.reason, passed=self.passed)


@dataclass(frozen=True)
class Block:
    """A text (or the logo) as drawn: what it says, the pixels it takes, its colour, size, lines, and what it stands on."""

    kind: str
    text: str
    box: Box
    ink: RGB
    px: int
    bold: bool
    lines: int = 1
    pill: Box | None = None

    @property
    def needs(self) -> float:
        """The contrast that WCAG asks of it."""
        return 3.0 if self.px >= LARGE_PX or (self.bold and self.px >= LARGE_BOLD_PX) else 4.5


@cache
def _shares() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each value of red, green and blue adds to the luminance."""
    value = np.arange(256) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = ((linear * weight).astype(np.float32) for weight in (0.2126, 0.7152, 0.0722))
    return red, green, blue


def _luminances(piece: Image.Image) -> np.ndarray:
    import cv2

    red, green, blue = (cv2.LUT(band, share) for band, share in zip(cv2.split(np.asarray(piece)), _shares(), strict=True))
    return red + green + blue


class Under:
    """The pixels under a text, in tiles of about a third of its height."""

    def __init__(self, ground: Image.Image, box: Box) -> None:
        area = (max(0, box.x), max(0, box.y), min(ground.width, box.right), min(ground.height, box.bottom))
        self._tiles = np.zeros(0)
        if area[2] > area[0] and area[3] > area[1]:
            piece = ground.crop(area)
            step = max(2, min(12, box.h // 3))
            if min(piece.size) > step * 2:
                piece = piece.reduce(step)
            self._tiles = _luminances(piece)

    def worst(self, ink: RGB) -> float:
        """Lowest contrast of `ink` against any tile; 1 when there is nothing under the text."""
        if not self._tiles.size:
            return 1.0
        own = luminance(ink)
        return float(((np.maximum(self._tiles, own) + 0.05) / (np.minimum(self._tiles, own) + 0.05)).min())


def worst_contrast(ground: Image.Image, box: Box, ink: RGB) -> float:
    """Lowest contrast of `ink` against any tile of `ground` under `box`."""
    return Under(ground, box).worst(ink)


def examine(
    plan: Plan,
    blocks: list[Block],
    ground: Image.Image,
    final: Image.Image,
    product: Box,
    outline: Image.Image,
    bytes_: int,
    max_kb: int | None,
    wanted: set[str],
    frame: Box | None = None,
    enlarged: float = 1.0,
) -> list[GateCheck]:
    """Hold a finished picture against every rule. `ground` is the picture without its words, `outline` the product's mask,
    `wanted` the texts the picture must carry; `frame` holds a photograph shown whole, `enlarged` so many times."""
    canvas = Box(0, 0, *plan.size)
    texts = [b for b in blocks if b.kind != "logo"]
    checks = [_overflow(blocks, canvas, ground, final)]
    lost = [letter for b in texts for letter in missing(b.text)]
    checks.append(GateCheck("glyphs", not lost, len(lost), both(f"{len(lost)} 个缺字", f"{len(lost)} missing glyphs")))
    value, least, where = min(((worst_contrast(ground, b.box, b.ink), b.needs, b.kind) for b in texts), key=lambda item: item[0] / item[1])
    checks.append(
        GateCheck(
            "contrast",
            value >= least,
            round(value, 2),
            both(
                f"最低对比度 {value:.1f}:1（{_zh(where)}，要求 {least:g}:1）",
                f"Lowest contrast {value:.1f}:1 ({where}, {least:g}:1 needed)",
            ),
        )
    )
    checks.append(_ink(texts, ground, final))
    small = min(b.px for b in texts)
    checks.append(GateCheck("text-size", small >= LEAST_PX, small, both(f"最小文字 {small} px", f"Smallest text {small} px")))
    outside = [b.kind for b in blocks if not b.box.inside(plan.safe) or (b.pill and not b.pill.inside(plan.safe))]
    checks.append(
        GateCheck(
            "safe-area",
            not outside,
            len(outside),
            both(
                "文字都在安全区内" if not outside else f"超出安全区：{'、'.join(map(_zh, outside))}",
                "All text inside the safe area" if not outside else f"Outside the safe area: {', '.join(outside)}",
            ),
        )
    )
    areas = [b.pill or b.box for b in blocks]
    clash = sum(a.overlap(b) for i, a in enumerate(areas) for b in areas[i + 1 :])
    checks.append(
        GateCheck(
            "no-overlap",
            clash == 0,
            clash,
            both("文字之间没有重叠" if not clash else "文字之间有重叠", "No text overlaps" if not clash else "Texts overlap"),
        )
    )
    seen = _seen(product, outline, frame or canvas, areas)
    checks.append(GateCheck("product", seen >= 0.95, seen, both(f"产品可见 {seen:.0%}", f"{seen:.0%} of the product visible")))
    if frame is not None:
        checks += _photograph(frame, areas, enlarged)
    split = [b for b in texts if b.kind == "cta" and b.lines > 1]
    absent = wanted - {b.kind for b in blocks}
    checks.append(
        GateCheck("cta", not split and "cta" not in absent, len(split), both("按钮文字在一行内", "The button stands on one line"))
    )
    checks.append(
        GateCheck(
            "words",
            not absent,
            len(absent),
            both(
                "标题、价格和按钮齐全" if not absent else f"缺少：{'、'.join(map(_zh, sorted(absent)))}",
                "Headline, price and button are there" if not absent else f"Missing: {', '.join(sorted(absent))}",
            ),
        )
    )
    logos = [b for b in blocks if b.kind == "logo"]
    if logos:
        checks.append(_logo(logos[0], [b for b in blocks if b.kind != "logo"], canvas))
    checks.append(
        GateCheck(
            "size", final.size == plan.size, final.width, both(f"{final.width}×{final.height} px", f"{final.width}×{final.height} px")
        )
    )
    kb = bytes_ / 1024
    checks.append(
        GateCheck(
            "weight",
            max_kb is None or kb <= max_kb,
            round(kb, 1),
            both(f"{kb:.0f} kB" + (f"，上限 {max_kb} kB" if max_kb else ""), f"{kb:.0f} kB" + (f", limit {max_kb} kB" if max_kb else "")),
        )
    )
    tall = next((b.px for b in blocks if b.kind == "label"), 0)
    checks.append(
        GateCheck(
            "label",
            tall >= plan.label_px,
            tall,
            both(f"带“AI 生成”标识，字号 {tall} px", f"Labelled AI-generated, {tall} px"),
        )
    )
    return checks


def _ink(texts: list[Block], ground: Image.Image, final: Image.Image) -> GateCheck:
    """Every text can be seen in the decoded file: its strongest pixels stand off from what was under them."""
    if final.size != ground.size:
        return GateCheck("ink", False, 0, both("成图尺寸不符", "The file has another size"))
    weakest = 21.0
    for block in texts:
        area = (max(0, block.box.x), max(0, block.box.y), min(final.width, block.box.right), min(final.height, block.box.bottom))
        if area[2] <= area[0] or area[3] <= area[1]:
            weakest = 1.0
            continue
        step = 1 if block.px < 40 else block.px // 20
        shown = _luminances(
            final.crop(area).resize((max(1, (area[2] - area[0]) // step), max(1, (area[3] - area[1]) // step)), Image.Resampling.NEAREST)
        )
        under = _quantile(_luminances(ground.crop(area).reduce(max(1, min(8, (area[3] - area[1]) // 2, (area[2] - area[0]) // 2)))), 0.5)
        edge = _quantile(shown, 0.995 if luminance(block.ink) > under else 0.005)
        weakest = min(weakest, (max(edge, under) + 0.05) / (min(edge, under) + 0.05))
    return GateCheck(
        "ink",
        weakest >= 2.5,
        round(weakest, 2),
        both(f"成图里文字可见（{weakest:.1f}:1）", f"Text is visible in the file ({weakest:.1f}:1)"),
    )


def _quantile(values: np.ndarray, share: float) -> float:
    """The quantile of all values, between two of them by the straight line: what `np.quantile` gives, without its long way there."""
    flat = values.ravel()
    at = share * (flat.size - 1)
    low = int(at)
    high = min(low + 1, flat.size - 1)
    part = np.partition(flat, (low, high))
    return float(part[low] + (part[high] - part[low]) * (at - low))


def _seen(product: Box, outline: Image.Image, canvas: Box, areas: list[Box]) -> float:
    """The share of the product's own pixels that lie in the picture and under no text."""
    step = max(1, min(outline.size) // 64)
    small = outline.reduce(step) if step > 1 else outline.copy()
    mask = np.asarray(small, dtype=np.float32).copy()
    total = float(mask.sum()) or 1.0
    for box in areas:
        left, top = (box.x - product.x) // step, (box.y - product.y) // step
        right, bottom = -(-(box.right - product.x) // step), -(-(box.bottom - product.y) // step)
        if right > 0 and bottom > 0:
            mask[max(0, top) : bottom, max(0, left) : right] = 0
    cut = 1 - product.overlap(canvas) / max(1, product.w * product.h)
    return round(float(mask.sum()) / total - cut, 3)


def _photograph(frame: Box, areas: list[Box], enlarged: float) -> list[GateCheck]:
    """A photograph shown whole carries no word, and is not enlarged until it blurs."""
    over = sum(area.overlap(frame) for area in areas)
    return [
        GateCheck(
            "photo-clear",
            over == 0,
            over,
            both("照片上没有压字" if not over else "有文字压在照片上", "No text on the photo" if not over else "Text stands on the photo"),
        ),
        GateCheck(
            "photo-sharp",
            enlarged <= MOST_ENLARGED,
            round(enlarged, 2),
            both(
                f"照片缩放到 {enlarged:.2g} 倍（上限 {MOST_ENLARGED:g} 倍）",
                f"The photo at {enlarged:.2g} times its size (at most {MOST_ENLARGED:g})",
            ),
        ),
    ]


def _logo(logo: Block, others: list[Block], canvas: Box) -> GateCheck:
    space = logo.box.h // 4
    zone = Box(logo.box.x - space, logo.box.y - space, logo.box.w + 2 * space, logo.box.h + 2 * space)
    near = [b.kind for b in others if zone.overlap(b.pill or b.box)]
    inside = logo.box.inside(canvas)
    return GateCheck(
        "logo",
        inside and not near,
        len(near),
        both(
            f"标志四周留白 {space} px" if not near else f"标志离{_zh(near[0])}太近",
            f"{space} px clear around the logo" if not near else f"The logo is too near the {near[0]}",
        ),
    )


def _overflow(blocks: list[Block], canvas: Box, ground: Image.Image, final: Image.Image) -> GateCheck:
    """No text leaves the picture: by its measured box, and by the outermost pixels, which only the ground may colour."""
    over = sum(max(0, -b.box.x) + max(0, -b.box.y) + max(0, b.box.right - canvas.w) + max(0, b.box.bottom - canvas.h) for b in blocks)
    over += sum(1 for b in blocks if b.pill and not b.box.inside(b.pill))
    edges = [(0, 0, canvas.w, 1), (0, canvas.h - 1, canvas.w, canvas.h), (0, 0, 1, canvas.h), (canvas.w - 1, 0, canvas.w, canvas.h)]
    if final.size == ground.size:
        for edge in edges:
            before, after = (np.asarray(p.crop(edge), dtype=np.int16) for p in (ground, final))
            # A lossy file moves the ground a little; a letter moves it a lot.
            over += int((np.abs(before - after).max(axis=-1) > 60).sum())
    return GateCheck("overflow", over == 0, over, both(f"文字溢出 {over} px", f"Text overflow {over} px"))


def _zh(kind: str) -> str:
    names = {
        "headline": "标题",
        "sub": "副标题",
        "price": "价格",
        "cta": "按钮",
        "brand": "品牌",
        "label": "标识",
        "offer": "优惠",
        "fact": "卖点",
        "figure": "参数",
        "note": "参数说明",
        "cell": "表格",
        "logo": "标志",
    }
    return names.get(kind, kind)
