"""Where a style's name becomes how a picture looks: a tone, whose palettes and layouts carry it, and a recipe for the ground."""

from __future__ import annotations

from dataclasses import replace

from ...data import knowledge
from .design import Design
from .styles import styles


def styled(design: Design, style: str | None) -> Design:
    """Return `design` in a style of `knowledge.styles` (``ink``, ``warm``, ``fresh`` ...); unchanged for any other name.

    Example:
        >>> styled(Design("新品", "去看看"), "ink").tone
        'minimal'
    """
    known = knowledge.styles().get(style or "")
    return replace(design, tone=known.tone, style=known.id if known.id in styles() else "") if known else design
