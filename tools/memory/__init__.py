"""The memory of a shop: its own past campaigns, found again by words, channel, category and season.

Public names, loaded when asked for: `CampaignMemory`, `Hit`, `Lesson`, `Period`, `period_in`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hits import Hit
    from .lessons import Lesson
    from .search import CampaignMemory
    from .times import Period, period_in

_HOMES = {"hits": ("Hit",), "lessons": ("Lesson",), "search": ("CampaignMemory",), "times": ("Period", "period_in")}
__all__ = ["CampaignMemory", "Hit", "Lesson", "Period", "period_in"]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(name)
