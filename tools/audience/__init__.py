"""Who the customers are: features, K-means segments, personas from facts, and how well a segment suits a product."""

from .segmentation import Segmentation, build_features, fit_segments

__all__ = ["Segmentation", "build_features", "fit_segments"]
