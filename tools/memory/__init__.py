"""The memory of a shop: its own past campaigns, found again by words, channel, category and season."""
