"""Who the customers are: features, K-means segments, personas from facts, how well a segment suits a product, customer lists."""

from .check import check_persona
from .customer_list import CustomerList, export_audience
from .personas import personas
from .segmentation import Segmentation, build_features, fit_segments

__all__ = ["CustomerList", "Segmentation", "build_features", "check_persona", "export_audience", "fit_segments", "personas"]
