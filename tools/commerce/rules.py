"""What a merchant wants beside likelihood: nothing that is sold out, variety, and margin where it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recommend import Suggestion

# What each product already chosen of the same kind, or else of the same category, leaves of a score.
SAME_KIND, SAME_CATEGORY = 0.6, 0.9


def arrange(found: list[Suggestion], n: int, margin: float = 0.0) -> list[Suggestion]:
    """Return up to `n` suggestions in the order they are chosen: always the best of what is left, given what was chosen.

    Sold out never. A score counts times 1 + `margin` * (price - cost) / price, and less for every product already chosen that
    is of its kind (0.6 each) or category (0.9 each); equal ones go by margin, then as they came. A weak product is not
    lifted for being different: it only wins against what was discounted below it.
    """
    left = [one for one in found if one.item.stock != 0]
    worth = {one.item.id: max(one.score, 0.0) * (1 + margin * rate(one)) for one in left}
    chosen: list[Suggestion] = []
    while left and len(chosen) < n:
        best = max(left, key=lambda one: (worth[one.item.id], rate(one)))
        chosen.append(best)
        left.remove(best)
        for one in left:
            if one.item.kind and one.item.kind == best.item.kind:
                worth[one.item.id] *= SAME_KIND
            elif one.item.category and one.item.category == best.item.category:
                worth[one.item.id] *= SAME_CATEGORY
    return chosen


def rate(one: Suggestion) -> float:
    """Margin rate of a suggestion's product, 0 where price or cost is unknown, at least 0."""
    price, cost = one.item.price, one.item.cost
    return max(0.0, (price - cost) / price) if price and cost is not None else 0.0
