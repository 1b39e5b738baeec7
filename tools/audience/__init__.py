"""Who the customers are: features, K-means segments, personas from facts, and how well a segment suits a product."""

from .check import check_persona
from .personas import personas
from .segmentation import Segmentation, build_features, fit_segments

__all__ = ["Segmentation", "build_features", "check_persona", "fit_segments", "personas"]
