"""Who the customers are: features, K-means segments, personas from facts, how well a segment suits a product, customer lists."""

from .customer_list import CustomerList, export_audience
from .segmentation import Segmentation, build_features, fit_segments

__all__ = ["CustomerList", "Segmentation", "build_features", "export_audience", "fit_segments"]
