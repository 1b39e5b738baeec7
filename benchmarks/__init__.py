"""Tables of measured figures; `python -m benchmarks [NAME...]` prints them. Nothing here is asserted."""
