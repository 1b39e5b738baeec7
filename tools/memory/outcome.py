"""How a campaign went, held against its channel: rates that lean on the channel's own when the campaign was small.

Beta-binomial shrinkage (empirical Bayes, Casella 1985): ``(clicks + m * rate of the channel) / (impressions + m)``. A
campaign with 3 lucky orders therefore does not lead over one with 300.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import log, tanh
from typing import Any, NamedTuple

# Pseudo-counts a campaign leans on its channel with: impressions, clicks.
LEAN_IMPRESSIONS = 5_000
LEAN_CLICKS = 200


class Outcome(NamedTuple):
    """Shrunk results; money per unit in the campaign's currency. `rank` is -1 (poor) .. 1 (good) against the shop."""

    ctr: float | None
    cvr: float | None
    cpc: float | None
    roas: float | None
    rank: float


def outcomes(rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Return the outcome of every campaign row, in order."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[str(row["channel"]), str(row["currency"])].append(row)
    totals = {key: _Totals(members) for key, members in groups.items()}
    raw = [_shrunk(row, totals[str(row["channel"]), str(row["currency"])]) for row in rows]
    scores = [_score(one, row) for one, row in zip(raw, rows, strict=True)]
    known = sorted(s for s in scores if s is not None)
    if not known:
        return raw
    middle = known[len(known) // 2]
    spread = (known[int(len(known) * 0.9)] - known[int(len(known) * 0.1)]) / 2.56 or 1.0
    return [one._replace(rank=0.0 if s is None else tanh((s - middle) / spread / 2)) for one, s in zip(raw, scores, strict=True)]


class _Totals:
    """Sums of a channel in one currency."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.impressions, self.clicks, self.conversions, self.spend = (
            _sum(rows, k) for k in ("impressions", "clicks", "conversions", "spend")
        )
        earning = [r for r in rows if r["revenue"] is not None and r["spend"]]
        self.paid, self.revenue = _sum(earning, "spend"), _sum(earning, "revenue")
        spends = sorted(float(r["spend"]) for r in earning)
        self.usual_spend = spends[len(spends) // 2] if spends else 0.0


def _shrunk(row: dict[str, Any], all_: _Totals) -> Outcome:
    impressions, clicks, conversions, spend = (float(row[k] or 0) for k in ("impressions", "clicks", "conversions", "spend"))
    ctr = (clicks + LEAN_IMPRESSIONS * all_.clicks / all_.impressions) / (impressions + LEAN_IMPRESSIONS) if all_.impressions else None
    cvr = (conversions + LEAN_CLICKS * all_.conversions / all_.clicks) / (clicks + LEAN_CLICKS) if all_.clicks else None
    cpc = (spend + LEAN_CLICKS * all_.spend / all_.clicks) / (clicks + LEAN_CLICKS) if all_.clicks else None
    roas = None
    if row["revenue"] is not None and spend and all_.paid:
        roas = (float(row["revenue"]) + all_.usual_spend * all_.revenue / all_.paid) / (spend + all_.usual_spend)
    return Outcome(ctr, cvr, cpc, roas, 0.0)


def _score(one: Outcome, row: dict[str, Any]) -> float | None:
    """Revenue per spend where known, else orders per spend, else clicks per impression, on a log scale."""
    if one.roas is not None:
        return log(max(one.roas, 1e-6))
    if row["revenue"] is None and one.cvr and one.cpc:
        return log(one.cvr / one.cpc)
    # A creative's share of the money is not known: its clicks stand for it.
    return log(one.ctr) if one.ctr and not row["spend"] else None


def _sum(rows: Sequence[dict[str, Any]], key: str) -> float:
    return sum(float(r[key] or 0) for r in rows)
