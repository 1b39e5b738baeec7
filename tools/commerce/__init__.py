"""Selling beside advertising: what goes with what, what to charge, and what to answer customers.

Public names, loaded when asked for: `fit_recommender`, `Recommender`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .choosing import fit_recommender
    from .recommender import Recommender

__all__ = ["Recommender", "fit_recommender"]


def __getattr__(name: str) -> Any:
    if name == "fit_recommender":
        from .choosing import fit_recommender

        return fit_recommender
    if name == "Recommender":
        from .recommender import Recommender

        return Recommender
    raise AttributeError(name)
