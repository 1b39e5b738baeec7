"""What looks wrong in the records of past campaigns, named before anybody trusts a ratio made of them.

Not covered: fraud, days inside a campaign (the table holds one row for each).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from math import log
from statistics import median
from typing import Any

from ...data.words import Words, both

# A rate stands out when it is this many times the channel's median, or a part as small, and beyond 4 times its usual scatter.
JUMP, SCATTERS = 3.0, 4.0
LEAST_IMPRESSIONS, LEAST_CLICKS, LEAST_PEERS = 1000, 20, 5
GAP_DAYS = 14
NAMED = 3


def anomalies(rows: Sequence[dict[str, Any]], today: date | None = None) -> list[Words]:
    """Return what stands out in rows of the campaigns table, one sentence a kind, the campaigns named.

    Example:
        >>> anomalies([{"campaign_id": "c1", "channel": "douyin", "spend": 90, "impressions": 800, "clicks": 0, "conversions": 0,
        ...             "start": None, "end": None}])[0].en
        'Spend without clicks: c1.'
    """
    found = []

    def tell(zh: str, en: str, mine: list[dict[str, Any]]) -> None:
        if mine:
            names = [str(r["campaign_id"]) for r in mine[:NAMED]]
            zh_more, en_more = (f" 等 {len(mine)} 个", f" and {len(mine) - NAMED} more") if len(mine) > NAMED else ("", "")
            found.append(both(f"{zh}：{'、'.join(names)}{zh_more}。", f"{en}: {', '.join(names)}{en_more}."))

    tell("花费为负", "Negative spend", [r for r in rows if (r["spend"] or 0) < 0])
    tell("有花费没有点击", "Spend without clicks", [r for r in rows if (r["spend"] or 0) > 0 and r["clicks"] == 0])
    tell(
        "成交比点击多（可能含浏览后转化）",
        "More conversions than clicks (perhaps after views)",
        [r for r in rows if r["conversions"] is not None and r["clicks"] is not None and r["conversions"] > r["clicks"]],
    )
    tell(
        "点击比展现多",
        "More clicks than impressions",
        [r for r in rows if r["clicks"] is not None and r["impressions"] is not None and r["clicks"] > r["impressions"]],
    )
    usable = [r for r in rows if r["clicks"] and r["impressions"]]
    ctr = _jumps([r for r in usable if r["impressions"] >= LEAST_IMPRESSIONS], lambda r: float(r["clicks"]) / float(r["impressions"]))
    tell("点击率与同渠道相差三倍以上", "CTR over three times above or below its channel's", ctr)
    cpc = _jumps(
        [r for r in usable if r["clicks"] >= LEAST_CLICKS and (r["spend"] or 0) > 0], lambda r: float(r["spend"]) / float(r["clicks"])
    )
    tell("点击单价与同渠道相差三倍以上", "CPC over three times above or below its channel's", cpc)
    if today:
        tell("开始日期在今天之后", "Starts after today", [r for r in rows if r["start"] and r["start"] > today])
    return [*found, *_gaps(rows)]


def _jumps(rows: list[dict[str, Any]], rate: Callable[[dict[str, Any]], float]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[tuple[dict[str, Any], float]]] = defaultdict(list)
    for row in rows:
        groups[(row["channel"], row.get("currency") or "")].append((row, log(rate(row))))
    out = []
    for mine in groups.values():
        if len(mine) < LEAST_PEERS:
            continue
        middle = median(x for _, x in mine)
        scatter = 1.4826 * median(abs(x - middle) for _, x in mine)
        out += [(abs(x - middle), row) for row, x in mine if abs(x - middle) > max(log(JUMP), SCATTERS * scatter)]
    return [row for _, row in sorted(out, key=lambda pair: (-pair[0], str(pair[1]["campaign_id"])))]


def _gaps(rows: Sequence[dict[str, Any]]) -> list[Words]:
    """Name campaigns without dates and the longest stretch, over two weeks, without any."""
    found = []
    undated = sum(1 for r in rows if r["start"] is None or r["end"] is None)
    if undated and undated < len(rows):
        found.append(both(f"{undated} 个计划没有日期。", f"{undated} campaigns have no dates."))
    dated = sorted((r["start"], r["end"]) for r in rows if r["start"] and r["end"])
    worst: tuple[timedelta, date, date] | None = None
    for (_, end), (start, _) in zip(_merged(dated), _merged(dated)[1:], strict=False):
        if start - end > timedelta(days=GAP_DAYS) and (worst is None or start - end > worst[0]):
            worst = (start - end, end, start)
    if worst:
        first, last = worst[1] + timedelta(days=1), worst[2] - timedelta(days=1)
        found.append(both(f"{first} 到 {last} 没有任何投放记录。", f"There is no campaign on record from {first} to {last}."))
    return found


def _merged(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    merged: list[tuple[date, date]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1] + timedelta(days=1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
