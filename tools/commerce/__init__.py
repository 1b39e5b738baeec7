"""Selling beside advertising: what goes with what, what to charge, and what to answer customers.

Public names, loaded when asked for: `fit_recommender`, `Recommender`; `fit_elasticity`, `Elasticities`, `Demand`, `Elasticity`,
`suggest_price`, `SuggestedPrice`, `plan_price_test`, `PriceTest`; `ServiceDesk`, `ServiceAnswer`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .best_price import SuggestedPrice, suggest_price
    from .choosing import fit_recommender
    from .desk import ServiceAnswer, ServiceDesk
    from .elasticity import Demand, Elasticities, Elasticity, fit_elasticity
    from .price_test import PriceTest, plan_price_test
    from .recommender import Recommender

_HOMES = {
    "best_price": ("SuggestedPrice", "suggest_price"),
    "choosing": ("fit_recommender",),
    "desk": ("ServiceAnswer", "ServiceDesk"),
    "elasticity": ("Demand", "Elasticities", "Elasticity", "fit_elasticity"),
    "price_test": ("PriceTest", "plan_price_test"),
    "recommender": ("Recommender",),
}
__all__ = [
    "Demand",
    "Elasticities",
    "Elasticity",
    "PriceTest",
    "Recommender",
    "ServiceAnswer",
    "ServiceDesk",
    "SuggestedPrice",
    "fit_elasticity",
    "fit_recommender",
    "plan_price_test",
    "suggest_price",
]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(name)
