"""The feature columns, their blocks, and how much each block counts in a distance.

A `+` after a name means: log1p before standardising. ``cat_*`` (categories) and ``term_*`` (words) are blocks of their
own; a column of no known name belongs to ``other``. Weights are chosen, not learned: ``python -m benchmarks audience``
shows what the word block does to stability and to the demo shop's hidden groups.
"""

from __future__ import annotations

BLOCKS: dict[str, tuple[str, ...]] = {
    "value": ("bought", "recency_days+", "frequency+", "spend+", "basket+", "refunds+"),
    "funnel": ("views+", "searches+", "carts+", "idle_days+"),
    "price": ("level", "discount"),
    "time": ("weekend", "evening", "morning"),
}
WEIGHTS = {"value": 1.6, "funnel": 0.5, "price": 0.5, "time": 0.3, "category": 2.5, "term": 0.8, "other": 1.0}
_BLOCK_OF = {name.rstrip("+"): block for block, names in BLOCKS.items() for name in names}
_LOGGED = {name.rstrip("+") for names in BLOCKS.values() for name in names if name.endswith("+")}


def block_of(column: str) -> str:
    """Return the block a feature column belongs to.

    Example:
        >>> block_of("cat_3"), block_of("spend")
        ('category', 'value')
    """
    if column.startswith("cat_"):
        return "category"
    return "term" if column.startswith("term_") else _BLOCK_OF.get(column, "other")


def is_logged(column: str) -> bool:
    """True for counts, days and money, which are taken as log1p."""
    return column in _LOGGED


def clustering_columns(columns: list[str], events: bool = True) -> list[str]:
    """Return those of `columns` that enter the clustering, in the order of the blocks.

    Without `events` the last act is the last purchase and the funnel says nothing new, so that block is left out.
    """
    known = [name for name in _BLOCK_OF if name in columns and (events or _BLOCK_OF[name] != "funnel")]
    return known + [name for name in columns if name.startswith("cat_")] + [name for name in columns if name.startswith("term_")]
