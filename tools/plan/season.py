"""Festival days inside a plan's period on which clicks are assumed to cost more, for the markets of its channels."""

from __future__ import annotations

from datetime import date

from ...data import knowledge
from ...data.brief import Brief
from ...data.knowledge import Festival


def dear_days(brief: Brief) -> dict[date, tuple[Festival, float]]:
    """Return the dearest festival of each day and its multiple of the usual click price (above 1)."""
    markets = {"CN" if knowledge.channel(c).region == "cn" else "US" for c in brief.channels.value}
    found: dict[date, tuple[Festival, float]] = {}
    for market in sorted(markets):
        for festival in knowledge.festivals(brief.start.value, brief.end, market):
            occasion = knowledge.occasions().get(festival.id)
            if occasion is None or occasion.uplift < 1.05 or occasion.cold == market:
                continue
            if festival.date not in found or found[festival.date][1] < occasion.uplift:
                found[festival.date] = (festival, occasion.uplift)
    return found
