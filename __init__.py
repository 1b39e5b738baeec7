"""Adwright: the campaign copilot for online merchants.

Public names load when they are used, so that ``import adwright`` costs nothing:

    >>> from adwright import Assistant, Workspace  # doctest: +SKIP
    >>> with Workspace.demo("shop") as shop:  # doctest: +SKIP
    ...     print(Assistant(shop).chat("帮我做一个5万元的跑鞋上新投放计划，抖音和小红书，两周").text)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .agent.assistant import Assistant
    from .data.errors import AdwrightError
    from .data.money import Money
    from .data.plan import CampaignPlan
    from .data.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["AdwrightError", "Assistant", "CampaignPlan", "Money", "Workspace"]

_HOMES = {
    "AdwrightError": "data.errors",
    "Assistant": "agent.assistant",
    "CampaignPlan": "data.plan",
    "Money": "data.money",
    "Workspace": "data.workspace",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
