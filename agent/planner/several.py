"""Several products in one request: 跑鞋和背包各做一份 is a plan for the first, and a word on the others."""

from __future__ import annotations

import re

from ...data.knowledge import offers_in
from .deciding import KNOWN
from .products import find_product
from .scan import Scan

EACH = re.compile(r"各|分别|每[个款份种]|两份|(?<![a-z])(?:each|respectively|separate(?:ly)?|two plans)(?![a-z])")
EACH_OF = re.compile(r"[和与跟及、]|,? and | & |, ")
SEVERAL = re.compile(r"各|分别|两[款个种份]|都|和|与|、|(?<![a-z])(?:each|both|respectively|separate|two plans|and|&)(?![a-z])")


def other_products(s: Scan) -> list[str]:
    """Further products a plan request names beside the first one (跑鞋和背包各做一份)."""
    if s.product is None or not SEVERAL.search(s.plain):
        return []
    parts = EACH_OF.split(s.text.words(s.product.start, s.product.end).strip())
    if len(parts) > 1 and EACH.search(s.plain):
        return [p.strip() for p in parts[1:] if p.strip()]
    free = list(s.taken)
    free[s.product.start : s.product.end] = [True] * (s.product.end - s.product.start)
    for a, b in [*s.percents, *((offer.start, offer.end) for offer in offers_in(s.plain))]:
        free[a:b] = [True] * (b - a)
    other = find_product(s.plain, free, sure=True)
    return (
        [re.sub(r"^(?:and|both|each|的|和|与)\s?", "", s.text.words(other.start, other.end).strip())]
        if other is not None and other.score >= KNOWN
        else []
    )
