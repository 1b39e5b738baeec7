"""What a merchant wants beside likelihood: nothing that is sold out, not all of one kind, and margin where it was asked for."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recommend import Suggestion

SHARE_OF_CATEGORY = 0.6


def arrange(found: list[Suggestion], n: int, margin: float = 0.0) -> list[Suggestion]:
    """Return up to `n` suggestions, best first.

    Sold out never. A score counts times 1 + `margin` * (price - cost) / price; equal scores go by margin. At most 60 % are of one
    category while others are left, and no kind of thing twice before every kind was met once.
    """
    stocked = [one for one in found if one.item.stock != 0]
    ordered = sorted(stocked, key=lambda one: (-one.score * (1 + margin * rate(one)), -rate(one)))
    most = max(1, ceil(n * SHARE_OF_CATEGORY))
    chosen: list[Suggestion] = []
    for one in ordered:
        if len(chosen) == n:
            break
        same = [other for other in chosen if one.item.category and other.item.category == one.item.category]
        kinds = {other.item.kind for other in chosen}
        if len(same) < most and not (one.item.kind and one.item.kind in kinds):
            chosen.append(one)
    ids = {one.item.id for one in chosen}
    chosen += [one for one in ordered if one.item.id not in ids][: n - len(chosen)]
    place = {one.item.id: i for i, one in enumerate(ordered)}
    return sorted(chosen, key=lambda one: place[one.item.id])


def rate(one: Suggestion) -> float:
    """Margin rate of a suggestion's product, 0 where price or cost is unknown, at least 0."""
    price, cost = one.item.price, one.item.cost
    return max(0.0, (price - cost) / price) if price and cost is not None else 0.0
