"""Response: click and conversion rates from impressions, past campaigns, or stated assumptions.

Public names, loaded when asked for: `train`, `ResponseModel`, `rank`; for conversions `train_delayed` (delayed feedback),
`train_entire` with `EntireSpace` (CTR x CVR), and for order values `train_value` with `ValueModel`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .choosing import train
    from .delay import train_delayed
    from .entire import EntireSpace, train_entire
    from .model import ResponseModel
    from .ranking import rank
    from .value import ValueModel, train_value

__all__ = ["EntireSpace", "ResponseModel", "ValueModel", "rank", "train", "train_delayed", "train_entire", "train_value"]


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
    if name == "train_delayed":
        from .delay import train_delayed

        return train_delayed
    if name in ("EntireSpace", "train_entire"):
        from . import entire

        return getattr(entire, name)
    if name in ("ValueModel", "train_value"):
        from . import value

        return getattr(value, name)
    raise AttributeError(name)
