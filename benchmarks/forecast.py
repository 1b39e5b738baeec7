"""The forecast of a new campaign, tried on campaigns it has not seen: ``python -m benchmarks forecast``.

KAG: 691 campaigns of one account (543 with clicks bought and bookings known), five folds held out by campaign; conversions are
enquiries, partly after a view, so that small campaigns show more conversions than clicks. The demo shop: each campaign forecast from those that had
ended before it. Beside: what the account's mean per unit of spend says, and the channel's last campaign (for KAG, which has no dates, any other).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from adwright.data.workspace import Workspace
from adwright.tools.budget.backtesting import Backtest, backtest, backtest_rows

DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"
FOLDS = 5


def main() -> None:
    """Print the table."""
    if not DATASETS.is_dir():
        sys.exit(f"public data sets are not at {DATASETS}")
    print("| campaigns | quantity | judged | 80 % interval covers % | WAPE of P50 % | account mean % | last campaign % | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    start = time.process_time()
    rows = kag()
    fold = {row["campaign_id"]: i % FOLDS for i, row in enumerate(sorted(rows, key=lambda r: hash_of(r["campaign_id"])))}
    others = [[r for r in rows if fold[r["campaign_id"]] != k] for k in range(FOLDS)]
    _print("KAG", backtest_rows(rows, others=lambda row: others[fold[row["campaign_id"]]], most=len(rows)), start)
    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "demo", scale=0.05) as shop:
        start = time.process_time()
        _print("demo shop, newest 150", backtest(shop), start)


def hash_of(text: str) -> int:
    """Return a number that shuffles, the same on every machine."""
    from zlib import crc32

    return crc32(text.encode())


def kag() -> list[dict[str, Any]]:
    """Return the platform's campaigns as rows of the campaigns table; the advertiser's campaign stands in the category, age and gender in the placement."""
    import pandas as pd

    frame = pd.read_csv(DATASETS / "kag_conversion" / "KAG_conversion_data.csv")
    told = frame.groupby("fb_campaign_id").agg(
        category=("xyz_campaign_id", "first"), age=("age", "first"), gender=("gender", "first"), impressions=("Impressions", "sum"),
        clicks=("Clicks", "sum"), spend=("Spent", "sum"), conversions=("Total_Conversion", "sum"),
    )  # fmt: skip
    return [
        {
            "campaign_id": str(key), "channel": "facebook", "placement": f"{row['age']} {row['gender']}", "category": str(row["category"]), "product_id": None,
            "start": None, "end": None, "currency": "USD", "spend": float(row["spend"]), "impressions": int(row["impressions"]), "clicks": int(row["clicks"]),
            "conversions": float(row["conversions"]), "revenue": None,
        }
        for key, row in zip(told.index, told.to_dict("records"), strict=True)
    ]  # fmt: skip


def _print(name: str, found: Backtest, start: float) -> None:
    seconds = time.process_time() - start
    for row in found.rows:
        last = "–" if row.wape_last is None else f"{100 * row.wape_last:.0f}"
        print(
            f"| {name} | {row.quantity} | {row.campaigns} | {100 * row.covered:.0f} | {100 * row.wape:.0f} | {100 * row.wape_mean:.0f} | {last} | {seconds:.1f} |",
            flush=True,
        )
