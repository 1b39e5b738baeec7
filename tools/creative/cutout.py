"""Cutting a product out of its photo: GrabCut (Rother, Kolmogorov and Blake 2004) from an automatic or a given box.

The box comes from how far pixels are from the colours of the picture's border. Edge pixels that mix product and
background are freed of the background's colour. On a pale ground pale parts are looked for (`pale`). A poor result is
refused: a bad cut-out is worse than a plain photo. Not covered: hair, glass and smoke, for which a matting network is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .pale import lost_outline, on_pale_ground, with_pale_parts

WORK_SIDE = 340
LEAST_QUALITY = 0.55
Corners = tuple[int, int, int, int]


@dataclass(frozen=True)
class CutOut:
    """A product without its background: `image` RGBA cropped to it, `box` (left, top, right, bottom) in the photo's px,
    `quality` 0..1 with the `reason` of what lowers it most."""

    image: Image.Image
    box: Corners
    quality: float
    reason: Words


def cut_out(image: Image.Image, box: Corners | None = None) -> CutOut:
    """Cut the product out of a photo; a picture that is transparent already keeps its own outline.

    `box` (left, top, right, bottom, px) holds the product; None finds it. Raises `AdwrightError`: ``bad-box``,
    ``cut-out-poor`` (no product that stands off from its background, with the quality and why).

    Example:
        >>> cut_out(Image.open("cup.jpg")).image.mode  # doctest: +SKIP
        'RGBA'
    """
    if is_cut(image):
        return _transparent(image)
    photo = image.convert("RGB")
    if box is not None:
        check_box(box, photo.size)
    scale = min(1.0, WORK_SIDE / max(photo.size))
    small = (
        photo.resize((max(8, round(photo.width * scale)), max(8, round(photo.height * scale))), Image.Resampling.BOX)
        if scale < 1
        else photo
    )
    pixels = np.ascontiguousarray(np.asarray(small)[:, :, ::-1])
    apart = border_distance(pixels)
    found = _scaled(box, scale, small.size) if box else _find_box(apart, pixels)
    mask = _grab(pixels, found, apart)
    if on_pale_ground(pixels):
        mask = with_pale_parts(mask, pixels)
    quality, reason = _quality(pixels, mask, found, given=box is not None)
    if quality < LEAST_QUALITY:
        raise AdwrightError(
            both(
                f"抠图质量只有 {quality:.2f}（至少 {LEAST_QUALITY}）：{reason.zh}。",
                f"The cut-out is poor, {quality:.2f} of at least {LEAST_QUALITY}: {reason.en}.",
            ),
            both("请框出商品，或换一张背景干净的照片。", "Mark the product with a box, or use a photo with a plain background."),
            code="cut-out-poor",
        )
    alpha = _full_alpha(mask, photo.size)
    clean = _clean_edges(np.asarray(photo), alpha)
    picture = Image.fromarray(np.dstack([clean, alpha]))
    bounds = Image.fromarray((alpha > 12).astype(np.uint8) * 255).getbbox() or (0, 0, *photo.size)
    return CutOut(picture.crop(bounds), bounds, quality, reason)


def is_cut(image: Image.Image) -> bool:
    """Whether a picture has a transparent background of its own."""
    return image.mode == "RGBA" and bool((np.asarray(image.getchannel("A")) < 128).any())


def check_box(box: Corners, size: tuple[int, int]) -> None:
    """Raise `AdwrightError` (``bad-box``) when a box (px) is not inside a picture of `size`, or has a side below 16 px."""
    left, top, right, bottom = box
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]) or min(right - left, bottom - top) < 16:
        raise AdwrightError(
            both(
                f"框 {box} 不在图片 {size[0]}×{size[1]} 之内，或者太小。",
                f"The box {box} is not inside the {size[0]}×{size[1]} picture, or too small.",
            ),
            both("请重新框出商品，四边至少 16 像素。", "Draw the box again, at least 16 px a side."),
            code="bad-box",
        )


def _transparent(image: Image.Image) -> CutOut:
    bounds = image.getchannel("A").point([0] * 12 + [255] * 244).getbbox()
    if bounds is None:
        raise AdwrightError(
            both("这张透明图里什么也没有。", "There is nothing in this transparent picture."),
            both("请换一张有商品的图。", "Use a picture with the product in it."),
            code="photo-empty",
        )
    return CutOut(image.crop(bounds), bounds, 1.0, both("原图自带透明背景", "the picture had its own transparency"))


def _scaled(box: Corners, scale: float, size: tuple[int, int]) -> Corners:
    left, top, right, bottom = (round(v * scale) for v in box)
    return max(0, left), max(0, top), min(size[0], max(right, left + 4)), min(size[1], max(bottom, top + 4))


def border_distance(pixels: np.ndarray) -> np.ndarray:
    """How far every pixel (BGR, uint8 [h, w, 3]) is from the nearest of the border's five main colours, in Lab units [h, w]."""
    import cv2

    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    rim = max(2, round(min(pixels.shape[:2]) * 0.03))
    border = np.concatenate(
        [lab[:rim].reshape(-1, 3), lab[-rim:].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)]
    )
    cv2.setRNGSeed(7)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    _, _, centres = cv2.kmeans(border.astype(np.float32), 5, None, stop, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    # Shadows differ in lightness only; they belong to the background.
    weights = np.array([0.6, 1.2, 1.2], np.float32)
    gaps = [np.sqrt((((lab - centre) * weights) ** 2).sum(axis=-1)) for centre in centres]
    return np.minimum.reduce(gaps)


def _find_box(apart: np.ndarray, pixels: np.ndarray) -> Corners:
    """The box of the largest connected area that differs from the border, with paler parts that touch it (a white sole), widened."""
    import cv2

    h, w = apart.shape
    level = max(7.0, float(cv2.threshold(np.clip(apart * 2, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0]) / 2 * 0.7)
    differs = cv2.morphologyEx((apart > level).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    differs = cv2.morphologyEx(differs, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, marks, stats, centres = cv2.connectedComponentsWithStats(differs)
    if count < 2:
        return round(w * 0.08), round(h * 0.08), round(w * 0.92), round(h * 0.92)
    middle = np.hypot((centres[1:, 0] - w / 2) / w, (centres[1:, 1] - h / 2) / h)
    worth = stats[1:, cv2.CC_STAT_AREA] * (1 - np.minimum(0.8, middle))
    best = int(np.argmax(worth))
    chosen = [i + 1 for i in range(count - 1) if i == best or worth[i] > 0.35 * worth[best]]
    core = np.isin(marks, chosen)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    rim = np.concatenate([grey[:4].ravel(), grey[-4:].ravel(), grey[:, :4].ravel(), grey[:, -4:].ravel()])
    # What is darker than the ground may be a shadow; what is lighter than all of it is no part of it.
    paler = (apart > max(6.0, level * 0.3)) & (grey > float(np.quantile(rim, 0.98)) + 6)
    paler = cv2.morphologyEx(paler.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(paler)
    touched = np.unique(parts[cv2.dilate(core.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0])
    rows, columns = np.nonzero(core | (np.isin(parts, touched[touched > 0])))
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    pad = round(max(w, h) * 0.02)
    return max(1, int(left) - pad), max(1, int(top) - pad), min(w - 1, int(right) + pad), min(h - 1, int(bottom) + pad)


def _grab(pixels: np.ndarray, box: Corners, apart: np.ndarray) -> np.ndarray:
    import cv2

    left, top, right, bottom = box
    mask = np.full(pixels.shape[:2], cv2.GC_BGD, np.uint8)
    mask[top:bottom, left:right] = cv2.GC_PR_FGD
    inside = apart[top:bottom, left:right]
    near = np.zeros_like(mask)
    near[top:bottom, left:right] = inside < max(3.0, float(np.quantile(inside, 0.05)))
    mask[(near == 1) & (mask == cv2.GC_PR_FGD)] = cv2.GC_PR_BGD
    cv2.setRNGSeed(7)
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    if (mask == cv2.GC_PR_FGD).sum() < 40:
        return np.zeros(mask.shape, np.uint8)
    cv2.grabCut(pixels, mask, None, back, front, 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    kept = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    kept = cv2.morphologyEx(kept, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, marks, stats, _ = cv2.connectedComponentsWithStats(kept)
    if count < 2:
        return kept
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = [i + 1 for i, area in enumerate(areas) if area >= max(24, 0.12 * areas.max())]
    kept = _without_shadow(np.isin(marks, large).astype(np.uint8), pixels)
    return _filled(kept)


def _without_shadow(kept: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Take away what a product casts on its table: at its foot, of the background's hue, and only darker."""
    import cv2

    rows = np.flatnonzero(kept.any(axis=1))
    if not len(rows):
        return kept
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    foot = rows[-1]
    band = slice(max(0, foot - round((foot - rows[0]) * 0.14)), min(len(kept), foot + 8))
    beside = lab[band][kept[band] == 0]
    if len(beside) < 20:
        return kept
    ground = np.median(beside, axis=0)
    hue = np.hypot(lab[..., 1] - ground[1], lab[..., 2] - ground[2])
    darker = ground[0] - lab[..., 0]
    cast = np.zeros_like(kept)
    cast[band] = ((hue < 6) & (darker > -4) & (darker < 46))[band]
    cast = cast & kept
    rest = cv2.morphologyEx((kept & (1 - cast)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # A product of the ground's own hue would lose its foot: then the shadow stays.
    return rest if rest.sum() > 0.86 * kept.sum() else kept


def _filled(kept: np.ndarray) -> np.ndarray:
    """Close small holes and those in the middle: they are reflections and labels of the background's colour; the hole of a
    handle lies to the side."""
    import cv2

    holes, marks, stats, middles = cv2.connectedComponentsWithStats(1 - kept)
    inside = [
        i
        for i in range(1, holes)
        if stats[i, 0] > 0 and stats[i, 1] > 0 and stats[i, 0] + stats[i, 2] < kept.shape[1] and stats[i, 1] + stats[i, 3] < kept.shape[0]
    ]
    if not inside:
        return kept
    total = int(kept.sum())
    columns, rows = np.flatnonzero(kept.any(axis=0)), np.flatnonzero(kept.any(axis=1))
    for i in inside:
        x, y = middles[i]
        aside = abs(x - (columns[0] + columns[-1]) / 2) / max(1, (columns[-1] - columns[0]) / 2)
        above = abs(y - (rows[0] + rows[-1]) / 2) / max(1, (rows[-1] - rows[0]) / 2)
        if stats[i, cv2.CC_STAT_AREA] < 0.012 * total or (aside < 0.45 and above < 0.6):
            kept[marks == i] = 1
    return kept


def _quality(pixels: np.ndarray, mask: np.ndarray, box: Corners, given: bool) -> tuple[float, Words]:
    """How much to trust a mask: nothing pale left behind, contrast at its edge, one piece, sensible size, a quiet outline, not cut by the border."""
    import cv2

    h, w = mask.shape
    share = float(mask.mean())
    if share < 0.004:
        return 0.0, both("画面里没有与背景分得开的物体", "nothing stands off from the background")
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    calm = 1.0 if given else _calm(pixels, mask)
    wide = max(2, round(min(h, w) * 0.012))
    kernel = np.ones((2 * wide + 1, 2 * wide + 1), np.uint8)
    outer, inner = cv2.dilate(mask, kernel) - mask, mask - cv2.erode(mask, kernel)
    blur = 4 * wide + 1
    own = cv2.blur(lab * inner[..., None], (blur, blur)) / np.maximum(cv2.blur(inner.astype(np.float32), (blur, blur)), 1e-3)[..., None]
    gap = np.linalg.norm(lab - own, axis=-1)[(outer == 1) & (cv2.blur(inner.astype(np.float32), (blur, blur)) > 0.02)]
    edge = float(np.median(np.minimum(gap, 40)) / 24) if gap.size else 0.0
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    whole = float(stats[1:, cv2.CC_STAT_AREA].max() / max(1, mask.sum())) if count > 1 else 0.0
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(c, True) for c in contours)
    hull = sum(cv2.arcLength(cv2.convexHull(c), True) for c in contours)
    quiet = min(1.0, 1.9 * hull / max(1.0, length))
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    free = 1 - min(1.0, float(rim.mean()) * 5)
    left, top, right, bottom = box
    filled = mask[top:bottom, left:right].mean() if given else share
    sized = min(1.0, share / 0.02) * (1.0 if share < 0.75 else max(0.0, (0.97 - share) / 0.22)) * (1.0 if filled < 0.985 else 0.5)
    lost = lost_outline(mask, pixels) if on_pale_ground(pixels) else 0.0
    parts = {
        "kept": (
            float(np.clip(1 - (lost - 0.08) / 0.14, 0, 1)),
            both("浅色商品放在浅色背景上，有一部分可能被当成背景", "pale on pale: part of the product may have been taken for background"),
        ),
        "edge": (min(1.0, edge), both("商品和背景颜色太接近", "product and background are too alike")),
        "whole": (min(1.0, whole * 1.25), both("抠出来的部分是碎的", "the cut-out is in pieces")),
        "quiet": (quiet, both("轮廓很乱，背景可能太花", "the outline is ragged, the background may be too busy")),
        "calm": (calm, both("背景太花，看不准哪个是商品", "the background is too busy to tell the product from it")),
        "free": (free, both("商品被画面边缘切掉了", "the product is cut off by the picture's edge")),
        "sized": (sized, both("商品太小或几乎占满画面", "the product is too small or fills the whole picture")),
    }
    weakest = min(parts, key=lambda name: parts[name][0])
    quality = float(np.prod([max(0.02, value) for value, _ in parts.values()]) ** (1 / len(parts))) * (0.4 + 0.6 * parts[weakest][0])
    good = both("边缘清楚", "clear edges")
    return round(quality, 2), parts[weakest][1] if quality < 0.8 else good


def _calm(pixels: np.ndarray, mask: np.ndarray) -> float:
    """1 for a background without edges, falling to 0.2 where it has as many as a cluttered desk."""
    import cv2

    grey = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), (0, 0), 1.2)
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    away = cv2.dilate(mask, np.ones((13, 13), np.uint8)) == 0
    if away.mean() < 0.05:
        return 1.0
    return float(np.clip(1.15 - float((edges[away] > 40).mean()) * 8, 0.2, 1.0))


def _full_alpha(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mask at the photo's size with a soft edge of about a pixel and a half, drawn in a little."""
    import cv2

    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)
    large = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
    scale = max(1.0, size[0] / mask.shape[1])
    # The step from 0 to 1 takes about two pixels of the small mask; steepened so that it does not look like a halo.
    return (np.clip((large - 0.5) * min(4.0, 1.2 + scale * 0.8) + 0.36, 0, 1) * 255).astype(np.uint8)


def _clean_edges(photo: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Give edge pixels the colour of the product just inside them, so that no rim of the old background shows."""
    import cv2

    solid = (alpha > 250).astype(np.float32)
    edge = (alpha > 0) & (alpha <= 250)
    reach = max(5, round(min(alpha.shape) * 0.012)) | 1
    weight = cv2.blur(solid, (reach, reach))
    inside = cv2.blur(photo.astype(np.float32) * solid[..., None], (reach, reach)) / np.maximum(weight, 1e-3)[..., None]
    clean = photo.copy()
    use = edge & (weight > 0.02)
    clean[use] = inside[use].astype(np.uint8)
    return clean
