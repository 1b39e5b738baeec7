"""The gate: what a finished picture is held against, each with a number and a reason. One failed check blocks export.

Contrast is WCAG 2.2, measured on the pixels under every text, at the worst tile; sizes, weight and label on the file.
Not covered: whether the picture is beautiful.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...data.plan import Check
from ...data.words import Words, both
from .colour import RGB, luminance
from .fonts import missing
from .layouts import Box, Plan

LARGE_PX = 24  # WCAG: large text is 18 pt (24 px), or 14 pt (18.66 px) when bold
LARGE_BOLD_PX = 19


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
    """A text as drawn: what it says, the pixels it takes, its colour, size and whether it is bold."""

    kind: str
    text: str
    box: Box
    ink: RGB
    px: int
    bold: bool
    lines: int = 1


def worst_contrast(ground: Image.Image, box: Box, ink: RGB) -> float:
    """Lowest contrast of `ink` against any tile of `ground` under `box` (tiles of about a third of the text height)."""
    area = (max(0, box.x), max(0, box.y), min(ground.width, box.right), min(ground.height, box.bottom))
    if area[2] <= area[0] or area[3] <= area[1]:
        return 1.0
    piece = ground.crop(area)
    step = max(2, min(12, box.h // 3))
    if min(piece.size) > step * 2:
        piece = piece.reduce(step)
    values = np.asarray(piece, dtype=np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    under = linear @ np.array([0.2126, 0.7152, 0.0722])
    own = luminance(ink)
    ratio = (np.maximum(under, own) + 0.05) / (np.minimum(under, own) + 0.05)
    return float(ratio.min())


def examine(
    plan: Plan,
    blocks: list[Block],
    ground: Image.Image,
    final: Image.Image,
    product: Box,
    bytes_: int,
    max_kb: int | None,
    wanted: set[str],
) -> list[GateCheck]:
    """Hold a finished picture against every rule. `ground` is the picture without its words, `wanted` the texts it must carry."""
    canvas = Box(0, 0, *plan.size)
    texts = [b for b in blocks if b.kind != "label"]
    checks = [_overflow(blocks, canvas, ground, final)]
    lost = [letter for b in blocks for letter in missing(b.text)]
    checks.append(GateCheck("glyphs", not lost, len(lost), both(f"{len(lost)} 个缺字", f"{len(lost)} missing glyphs")))
    margins = [
        (worst_contrast(ground, b.box, b.ink), 3.0 if b.px >= LARGE_PX or (b.bold and b.px >= LARGE_BOLD_PX) else 4.5, b.kind)
        for b in blocks
    ]
    value, least, where = min(margins, key=lambda item: item[0] / item[1])
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
    small = min(b.px for b in blocks)
    checks.append(GateCheck("text-size", small >= 9, small, both(f"最小文字 {small} px", f"Smallest text {small} px")))
    outside = [b.kind for b in blocks if not b.box.inside(plan.safe)]
    checks.append(
        GateCheck(
            "safe-area",
            not outside,
            len(outside),
            both(
                "文字都在安全区内" if not outside else "有文字超出安全区",
                "All text inside the safe area" if not outside else f"Outside the safe area: {', '.join(outside)}",
            ),
        )
    )
    clash = sum(a.box.overlap(b.box) for i, a in enumerate(blocks) for b in blocks[i + 1 :])
    checks.append(
        GateCheck(
            "no-overlap",
            clash == 0,
            clash,
            both("文字之间没有重叠" if not clash else "文字之间有重叠", "No text overlaps" if not clash else "Texts overlap"),
        )
    )
    hidden = sum(b.box.overlap(product) for b in blocks if b.kind != "badge") / max(1, product.w * product.h)
    cut = 1 - product.overlap(canvas) / max(1, product.w * product.h)
    seen = round(1 - max(hidden, cut), 3)
    checks.append(GateCheck("product", seen >= 0.95, seen, both(f"产品可见 {seen:.0%}", f"{seen:.0%} of the product visible")))
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
                "标题、价格和按钮齐全" if not absent else "缺少必需的文字",
                "Headline, price and button are there" if not absent else f"Missing: {', '.join(sorted(absent))}",
            ),
        )
    )
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
    labels = [b for b in blocks if b.kind == "label"]
    tall = labels[0].px if labels else 0
    checks.append(
        GateCheck(
            "label",
            bool(labels) and tall >= plan.label_px,
            tall,
            both(f"带“AI 生成”标识，字高 {tall} px", f"Labelled AI-generated, {tall} px"),
        )
    )
    return checks


def _overflow(blocks: list[Block], canvas: Box, ground: Image.Image, final: Image.Image) -> GateCheck:
    """No text leaves the picture: by its measured box, and by the outermost pixels, which only the ground may colour."""
    over = sum(max(0, -b.box.x) + max(0, -b.box.y) + max(0, b.box.right - canvas.w) + max(0, b.box.bottom - canvas.h) for b in blocks)
    edges = [(0, 0, canvas.w, 1), (0, canvas.h - 1, canvas.w, canvas.h), (0, 0, 1, canvas.h), (canvas.w - 1, 0, canvas.w, canvas.h)]
    if final.size == ground.size:
        for edge in edges:
            before, after = (np.asarray(p.crop(edge), dtype=np.int16) for p in (ground, final))
            # A lossy file moves the ground a little; a letter moves it a lot.
            over += int((np.abs(before - after).max(axis=-1) > 60).sum())
    return GateCheck("overflow", over == 0, over, both(f"文字溢出 {over} px", f"Text overflow {over} px"))


def _zh(kind: str) -> str:
    return {"headline": "标题", "sub": "副标题", "price": "价格", "cta": "按钮", "brand": "品牌", "label": "标识", "badge": "价格"}.get(
        kind, kind
    )
