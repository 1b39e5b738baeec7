"""Rehearsals: the whole agent against a scripted model endpoint on this machine; `adwright eval faults` plays them."""
