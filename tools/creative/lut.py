"""Look-up tables of colour: a change of colour and tone as a 3-D table, smooth by construction, applied by Pillow in C.

Lightness is changed by one rising curve, colour by an offset that varies smoothly: nothing can posterise, and what was
lighter stays lighter. Where such a table comes from is the matter of `style_match` (a reference) and `styles` (presets).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from .oklab import shown, to_oklab

NODES = 17
# Below so many pixels looking colours up costs more than it saves; so many are looked at to tell a painted ground from a photo.
SMALL, SAMPLE = 60_000, 16_000
# Width of the rounding, in nodes.
SOFT = 1.1


@dataclass(frozen=True)
class Lut:
    """A table [n, n, n, 3] of sRGB 0..1, indexed by blue, green, red as Pillow has it."""

    table: np.ndarray
    _filter: list[ImageFilter.Color3DLUT] = field(default_factory=list, repr=False, compare=False)

    def at(self, strength: float) -> Lut:
        """The table at a part of its strength: 0 leaves every colour as it is.

        Example:
            >>> bool((Lut(identity() ** 2).at(0).table == identity()).all())
            True
        """
        return Lut(identity(len(self.table)) * (1 - strength) + self.table * strength)

    def apply(self, picture: Image.Image) -> Image.Image:
        """Return an RGB picture in the table's colours, interpolated between its nodes.

        Painted grounds hold a few hundred to a few thousand colours: each is looked up once, with the same result as pixel by
        pixel. Photos, whose pixels nearly all differ, are interpolated pixel by pixel.
        """
        codes = _codes(picture).astype(np.intp)
        few = codes[:: max(1, codes.size // SAMPLE)]
        if codes.size < SMALL or len(np.unique(few)) > len(few) // 4:
            return self._interpolated(picture)
        # Of all pixels of a colour the last to write here stands for it. Only the pages in use are ever touched.
        slots = np.empty(1 << 24, "<u4")
        order = np.arange(codes.size, dtype=np.uint32)
        slots[codes] = order
        one_each = codes[slots[codes] == order]
        slots[one_each] = _codes(self._interpolated(_picture(one_each.astype("<u4"), (len(one_each), 1))))
        return _picture(slots[codes], picture.size)

    def _interpolated(self, picture: Image.Image) -> Image.Image:
        if not self._filter:
            n = len(self.table)
            self._filter.append(ImageFilter.Color3DLUT(n, self.table.astype(np.float32).ravel().tolist(), _copy_table=False))
        return picture.filter(self._filter[0])


def _codes(picture: Image.Image) -> np.ndarray:
    """Every pixel as one number, red in its lowest byte, [pixels]."""
    return np.frombuffer(picture.tobytes("raw", "RGBX"), "<u4") & 0xFFFFFF


def _picture(codes: np.ndarray, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, codes, "raw", "RGBX", 0, 1)


def identity(nodes: int = NODES) -> np.ndarray:
    """The table that changes nothing, [n, n, n, 3]."""
    line = np.linspace(0, 1, nodes)
    blue, green, red = np.meshgrid(line, line, line, indexing="ij")
    return np.stack([red, green, blue], -1)


def made(light: Callable[[np.ndarray], np.ndarray], colour: Callable[[np.ndarray], np.ndarray], nodes: int = NODES) -> Lut:
    """Build a table from a rising curve of lightness (0..1) and a function from OKLab [..., 3] to new a and b [..., 2]."""
    from scipy.ndimage import gaussian_filter

    plain = identity(nodes)
    lab = to_oklab(plain)
    changed = np.concatenate([light(lab[..., 0])[..., None], colour(lab)], -1)
    # Where colours had to be brought back onto the screen the change has a kink; rounded, no ramp shows it.
    offset = gaussian_filter(shown(changed) - plain, (SOFT, SOFT, SOFT, 0), mode="nearest")
    return Lut(np.clip(plain + offset, 0, 1))
