"""Selling beside advertising: what goes with what, what to charge, and what to answer customers."""
