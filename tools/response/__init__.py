"""Response: click and conversion rates from impressions, past campaigns, or stated assumptions.

Public names, loaded when asked for: `train`, `ResponseModel`, `rank`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .choosing import train
    from .model import ResponseModel
    from .ranking import rank

__all__ = ["ResponseModel", "rank", "train"]


def __getattr__(name: str) -> Any:
    if name == "train":
        from .choosing import train

        return train
    if name == "ResponseModel":
        from .model import ResponseModel

        return ResponseModel
    if name == "rank":
        from .ranking import rank

        return rank
    raise AttributeError(name)
