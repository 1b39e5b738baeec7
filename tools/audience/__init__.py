"""Who the customers are: features, K-means segments, personas from facts, and how well a segment suits a product."""
