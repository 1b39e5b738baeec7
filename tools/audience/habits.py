"""How a group lives and buys: when it comes, with which device, what it looks at, at which prices, how soon again.

Every share is a ratio of counts (visits at a weekend of all visits) with a 95 % interval that takes customers, not
visits, as what was drawn: the linearised variance of a ratio over clusters (Cochran 1977, Sampling Techniques, 6.3). Only
sums per group come out of the engine.
"""

from __future__ import annotations

from datetime import timedelta
from math import sqrt
from typing import TYPE_CHECKING, Any

from .lifecycle import intervals
from .sources import Engine, Sources, Table, activity, consented, consenting, sales

if TYPE_CHECKING:
    from ...data.warehouse import Warehouse

Z = 1.959964
HOURS = 3
MOST_DEVICES = 6
MOST_CHANNELS = 12
# The row of all customers beside those of the groups.
ALL = -1


def habits(engine: Engine, source: Sources, groups: Table, k: int) -> dict[str, Any]:
    """Return plain JSON: ``shares`` (by name, per group and for all), ``prices``, ``repeat`` and ``days`` per group."""
    acts = activity(source).join(groups, "user_id")
    shares = ratios(engine, acts, _when(source, acts) | _what(source, acts), k)
    lines = consenting(source, sales(source)).join(groups, "user_id")
    lines = lines.filter(lines.quantity > 0)
    told = lines.filter(lines.discounted.notnull())
    shares |= ratios(engine, told, {"discount": told.discounted > 0}, k)
    shares |= _devices(engine, source, groups, k)
    paid = lines.filter(lines.unit_price > 0)
    prices: list[dict[str, Any]] = [{} for _ in range(k)]
    for row in engine.arrow(
        paid.group_by("label").agg(n=paid.count(), low=paid.unit_price.quantile(0.25), high=paid.unit_price.quantile(0.75))
    ).to_pylist():
        prices[row["label"]] = {"n": int(row["n"]), "low": round(float(row["low"]), 4), "high": round(float(row["high"]), 4)}
    gaps = intervals(source).join(groups, "user_id")
    repeat: list[dict[str, Any]] = [{} for _ in range(k)]
    for row in engine.arrow(gaps.group_by("label").agg(n=gaps.count(), days=gaps.days.quantile(0.5))).to_pylist():
        repeat[row["label"]] = {"n": int(row["n"]), "days": round(float(row["days"]), 2)}
    return {"shares": shares, "prices": prices, "repeat": repeat}


def _when(source: Sources, acts: Table) -> dict[str, Any]:
    """Hours in blocks of three and days of the week, in the shop's zone."""
    import ibis

    local = acts.ts + ibis.interval(minutes=source.offset_minutes) if source.offset_minutes else acts.ts
    hour, day = local.hour(), local.day_of_week.index()
    found = {f"hour_{start}": hour.between(start, start + HOURS - 1) for start in range(0, 24, HOURS)}
    return found | {f"day_{i}": day == i for i in range(7)} | {"weekend": day >= 5}


def _what(source: Sources, acts: Table) -> dict[str, Any]:
    return {f"cat_{i}": (acts.category == name).fill_null(False) for i, name in enumerate(source.categories)}


def ratios(engine: Engine, rows: Table, wanted: dict[str, Any], k: int) -> dict[str, list[dict[str, Any]]]:
    """Return per name k + 1 shares (the last for all groups together): ``share``, ``low``, ``high``, ``people``, ``rows``.

    `rows` has ``user_id`` and ``label``; `wanted` are conditions on it. A name none of whose rows exist is left out.
    """
    if not wanted:
        return {}
    return _shares(_sums(engine, rows, wanted, []), list(wanted), k)


def _sums(engine: Engine, rows: Table, wanted: dict[str, Any], by: list[str]) -> list[dict[str, Any]]:
    """Return one row per group (and value of `by`): customers, rows, hits, and their sums of squares and products."""
    counts = rows.group_by([*by, "label", "user_id"]).agg(
        n=rows.count().cast("float64"), **{f"h_{name}": rows.count(where=hit).cast("float64") for name, hit in wanted.items()}
    )
    sums: dict[str, Any] = {"people": counts.count(), "n": counts.n.sum(), "nn": (counts.n * counts.n).sum()}
    for name in wanted:
        hit = counts[f"h_{name}"]
        sums |= {f"h_{name}": hit.sum(), f"hh_{name}": (hit * hit).sum(), f"hn_{name}": (hit * counts.n).sum()}
    return engine.arrow(counts.group_by([*by, "label"]).agg(**sums)).to_pylist()


def _shares(rows: list[dict[str, Any]], names: list[str], k: int) -> dict[str, list[dict[str, Any]]]:
    if not rows:
        return {}
    by_label = {row["label"]: row for row in rows}
    numbers = [key for key in rows[0] if key == "people" or key.startswith(("n", "h"))]
    by_label[ALL] = {key: sum(row[key] for row in rows) for key in numbers}
    return {name: [_ratio(by_label.get(label), name) for label in (*range(k), ALL)] for name in names}


def _ratio(row: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if row is None or not row["n"]:
        return {}
    share = row[f"h_{name}"] / row["n"]
    # Sum over customers of (hits - share * rows)^2, from the sums of squares and products.
    spread = max(row[f"hh_{name}"] - 2 * share * row[f"hn_{name}"] + share * share * row["nn"], 0.0)
    people = int(row["people"])
    half = Z * sqrt(spread * people / max(people - 1, 1)) / row["n"]
    low, high = max(share - half, 0.0), min(share + half, 1.0)
    return {"share": round(share, 6), "low": round(low, 6), "high": round(high, 6), "people": people, "rows": int(row["n"])}


def _devices(engine: Engine, source: Sources, groups: Table, k: int) -> dict[str, list[dict[str, Any]]]:
    """Shares of the devices that visits came from, the most frequent first; a long table of events does not tell them."""
    if source.events is None or "device" not in source.events.columns:
        return {}
    t = consented(source.events)
    t = t.filter(t.device.notnull() & (t.device != "")).join(groups, "user_id")
    met = engine.arrow(t.group_by("device").agg(n=t.count())).to_pylist()
    names = [r["device"] for r in sorted(met, key=lambda r: (-r["n"], r["device"]))[:MOST_DEVICES]]
    return ratios(engine, t, {f"device_{name}": t.device == name for name in names}, k)


def channels(warehouse: Warehouse, groups: Table, k: int, since_days: int = 365) -> dict[str, list[dict[str, Any]]]:
    """Return per channel the click rate of each group (and of all) over the last `since_days` of logged impressions.

    Empty where the shop keeps no impressions of known customers.
    """
    if not warehouse.count("impressions"):
        return {}
    t = warehouse.table("impressions")
    t = t.filter(t.user_id.notnull())
    last = warehouse.arrow(t.agg(last=t.ts.max())).to_pylist()[0]["last"]
    if last is None:
        return {}
    t = t.filter(t.ts >= last - timedelta(days=since_days)).join(groups, "user_id")
    rows = _sums(warehouse, t, {"click": t.clicked}, ["channel"])
    shown: dict[str, float] = {}
    for row in rows:
        shown[row["channel"]] = shown.get(row["channel"], 0.0) + row["n"]
    most = sorted(sorted(shown, key=lambda name: (-shown[name], name))[:MOST_CHANNELS])
    return {name: _shares([row for row in rows if row["channel"] == name], ["click"], k)["click"] for name in most}


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of independent customers (Wilson 1927).

    Example:
        >>> [round(x, 3) for x in wilson(5, 10)]
        [0.237, 0.763]
    """
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
