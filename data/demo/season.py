"""The year: multiples per day for demand and for click prices in two markets, from the festivals of the knowledge folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ..knowledge import festivals, occasions
from .draws import DAYS, FIRST, LAST, Floats

# Days before a festival in which it is already felt, and the share of its strength on each of them.
RAMP = (1.0, 0.85, 0.7, 0.55, 0.4, 0.3, 0.2, 0.12)
# Region of the calendar per market: China, abroad.
MARKETS = ("CN", "US")


@dataclass(frozen=True)
class Season:
    """`demand` and `price` (2 markets, days) are multiples, 1 = an ordinary day; `occasion` the festival felt that day.

    Market 0 is China, 1 is abroad.
    """

    demand: Floats
    price: Floats
    occasion: list[list[str | None]]

    @classmethod
    def load(cls) -> Season:
        """Build the two years."""
        strength = np.zeros((len(MARKETS), DAYS))
        named: list[list[str | None]] = [[None] * DAYS for _ in MARKETS]
        for market, region in enumerate(MARKETS):
            for festival in festivals(FIRST, LAST + timedelta(days=len(RAMP)), region):
                uplift = occasions()[festival.id].uplift - 1
                if uplift < 0.05 or occasions()[festival.id].cold == region:
                    continue
                for before, share in enumerate(RAMP):
                    day = (festival.date - FIRST).days - before
                    if 0 <= day < DAYS and uplift * share > strength[market, day]:
                        strength[market, day] = uplift * share
                        named[market][day] = festival.id
        weekday = (FIRST.weekday() + np.arange(DAYS)) % 7
        weekly = np.array([0.97, 0.95, 0.96, 0.98, 1.02, 1.07, 1.05])[weekday]
        growth = np.linspace(0.85, 1.15, DAYS)
        return cls(demand=(1 + 1.6 * strength) * weekly * growth, price=1 + strength, occasion=named)

    def named(self, market: int, first: date, days: int) -> str | None:
        """The festival felt on at least a third of the `days` from `first`, or None."""
        start = (first - FIRST).days
        felt = [o for o in self.occasion[market][start : start + days] if o]
        return max(sorted(set(felt)), key=felt.count) if len(felt) * 3 >= days else None
