"""A product marked by hand: the merchant draws a box around it, and the cut-out made from that box is a photo of its own.

The original and every earlier cut-out stay as they are, so that an edit which uses another one can be undone. Cutting is `cutout`'s;
what the box looks like on the page is `ui/marking`.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import both
from .cutout import Corners, cut_out, is_cut
from .photo import load_photo

if TYPE_CHECKING:
    from ...data.artefacts import Artefacts

# Clear px around a cut-out: a box-shaped product that filled its picture would not be seen to be cut out.
MARGIN = 8
_NUMBER = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(%?)")


def read_box(text: str, size: tuple[int, int]) -> Corners:
    """Read ``"x,y,width,height"``, each in px or with ``%`` of the photo, as (left, top, right, bottom) in px of a photo of `size`.

    A box that reaches over the photo's edge ends there. Raises `AdwrightError` (``bad-box``).

    Example:
        >>> read_box("10%,20,50%,100", (400, 300))
        (40, 20, 240, 120)
    """
    parts = [_NUMBER.fullmatch(part.strip()) for part in re.split(r"[,，]", text)]
    if len(parts) != 4 or not all(parts):
        raise AdwrightError(
            both(f"看不懂框“{text[:40]}”。", f"“{text[:40]}” is not a box."),
            both(
                "请写成 x,y,宽,高，单位是像素或百分比，例如 120,80,400,300 或 10%,20%,60%,50%。",
                "Write x,y,width,height in px or per cent, such as 120,80,400,300 or 10%,20%,60%,50%.",
            ),
            code="bad-box",
        )
    left, top, width, height = (
        round(float(part[1]) * (size[i % 2] / 100 if part[2] else 1)) for i, part in enumerate(parts) if part is not None
    )
    return left, top, min(size[0], left + width), min(size[1], top + height)


def original_of(artefacts: Artefacts, photo: str) -> str:
    """Return the photo that a cut-out was made of; a photo itself otherwise. Raises ``unknown-artefact``."""
    return str(artefacts.meta(photo).get("cut_of") or photo)


def box_of(artefacts: Artefacts, photo: str) -> Corners | None:
    """Return the box in which a cut-out was marked, in px of its original; None for one found without a box."""
    box = artefacts.meta(photo).get("box")
    return (box[0], box[1], box[2], box[3]) if box else None


def found_box(artefacts: Artefacts, photo: str) -> Corners | None:
    """Return where the product of a photo was found by itself, in px; None where it was not."""
    from .uploads import photo_facts

    cut = photo_facts(artefacts, original_of(artefacts, photo)).cut
    return cut.box if cut else None


def cut_marked(artefacts: Artefacts, photo: str, box: str) -> str:
    """Cut the product of a kept photo out of a box in words (`read_box`); returns the id of the cut-out, a photo like any other.

    Raises `AdwrightError`: ``bad-box``, ``cut-out-poor`` with the reason, ``photo-cut`` for one without a background to begin with.
    """
    original = original_of(artefacts, photo)
    image = load_photo(artefacts.read(original))
    if is_cut(image):
        raise AdwrightError(
            both("这张图本来就没有背景，不用再框。", "This picture has no background, so there is nothing to mark."),
            both("可以直接用它出图。", "It can be used as it is."),
            code="photo-cut",
        )
    corners = read_box(box, image.size)
    cut = cut_out(image, corners).image
    roomy = Image.new("RGBA", (cut.width + 2 * MARGIN, cut.height + 2 * MARGIN))
    roomy.paste(cut, (MARGIN, MARGIN))
    buffer = io.BytesIO()
    roomy.save(buffer, "PNG", compress_level=3)
    title = artefacts.meta(original).get("photo", "")
    return artefacts.put(buffer.getvalue(), "png", photo=title, cut_of=original, box=list(corners))
