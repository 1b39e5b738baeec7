"""Sets: one design per language in many sizes and variants; what cannot be made is named, never left out in silence."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.words import Language, Words
from .brand import Brand
from .compositor import Banner, compose
from .design import Design


@dataclass(frozen=True)
class SetItem:
    """One picture of a set, or why there is none."""

    size: tuple[int, int]
    language: Language
    variant: int
    banner: Banner | None
    refused: Words | None = None


def compose_set(
    creative: Mapping[Language, Design],
    sizes: Sequence[tuple[int, int]],
    languages: Sequence[Language] = ("zh", "en"),
    variants: int = 1,
    *,
    brand: Brand | str | None = None,
    seed: int = 0,
) -> list[SetItem]:
    """Make every size in every language in `variants` looks; file weights keep to `data/knowledge/formats.toml`.

    A variant keeps its look over all sizes as far as they can carry it. Raises `AdwrightError` only for what is wrong with
    the design itself (``missing-glyph``); a size that cannot carry the words comes back with its reason.

    Example:
        >>> len(compose_set({"zh": Design("云步轻云3", "去看看")}, [(300, 250), (320, 50)], ["zh"], variants=2))
        4
    """
    jobs = [(size, language, variant) for variant in range(variants) for language in languages for size in sizes]

    def make(job: tuple[tuple[int, int], Language, int]) -> SetItem:
        size, language, variant = job
        limits = [f.max_kb for f in knowledge.formats_of(*size)]
        try:
            banner = compose(creative[language], size, "auto", brand, seed + variant, max_kb=min(limits, default=None))
        except AdwrightError as refusal:
            if refusal.code not in ("picture-refused", "bad-size"):
                raise
            return SetItem(size, language, variant, None, refusal.message)
        return SetItem(size, language, variant, banner)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(make, jobs))
