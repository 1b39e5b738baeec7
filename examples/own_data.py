"""A plan from real data: Online Retail II as orders, KAG as past campaigns, in a workspace of their own.

Run it with the folder that holds the two public sets (they are not part of this repository):

    python examples/own_data.py FOLDER [WORKSPACE]

FOLDER needs ``online_retail/*.parquet`` (UCI Online Retail II, Chen 2012) and
``kag_conversion/KAG_conversion_data.csv`` (Kaggle "Sales Conversion Optimization"). KAG has no dates and no revenue:
both stay empty, and the plan says what it assumes instead.
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

from adwright import Assistant, Workspace
from adwright.data.importer import import_file

REQUEST = "Plan a £3,000 two-week campaign on Facebook for our white hanging heart t-light holders, aimed at gift buyers"


def main(folder: Path, workspace: Path) -> None:
    """Import both sets into `workspace`, plan, and print what the plan stands on."""
    with Workspace.open(workspace, create=True, name="Gift wholesaler", currency="GBP", timezone="Europe/London") as shop:
        for part in sorted((folder / "online_retail").glob("*.parquet")):
            report = import_file(shop, "orders", part, defaults={"currency": "GBP"})
            print(f"{part.name}: {report.imported:,} order lines imported, {len(report.quarantined):,} set aside with a reason")
        ads = folder / "kag_conversion" / "KAG_conversion_data.csv"
        report = import_file(shop, "campaigns", ads, mapping=KAG, defaults={"channel": "facebook", "currency": "USD"})
        print(f"{ads.name}: {report.imported:,} ads imported as past campaigns")

        plan = Assistant(shop, today=date(2026, 11, 23)).plan(REQUEST)
        print(f"\n{plan.title.en}: {plan.total}")
        for segment in plan.segments:
            print(f"  audience  {segment.name.en}: {segment.size:,} customers, {segment.share.text()} of the shop")
        for line in plan.lines:
            cited = [e for e in line.ctr.evidence if e.startswith("campaign:")]
            print(
                f"  line      {line.name.en}: {line.budget}, CTR {line.ctr.text()}, CVR {line.cvr.text()}, from {', '.join(cited) or line.source}"
            )
        f = plan.forecast
        print(f"  expected  {f.orders.text()} orders ({f.orders.range_text()}), ROAS {f.roas.text()} ({f.roas.range_text()})")
        for assumption in plan.assumptions:
            print(f"  assumed   {assumption.text.en}")
        for warning in plan.warnings:
            print(f"  note      {warning.en}")


KAG = {
    "ad_id": "campaign_id",
    "xyz_campaign_id": "name",
    "interest": "audience",
    "Impressions": "impressions",
    "Clicks": "clicks",
    "Spent": "spend",
    "Approved_Conversion": "conversions",
}

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp()) / "shop")
