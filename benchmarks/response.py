"""CTR and CVR on the demo shop's held-out impressions: our models beside the truth and the base rate.

The demo's true probabilities are read here and nowhere else; they bound what any model can reach.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from adwright import Workspace
from adwright.tools.response.fit import quality
from adwright.tools.response.train import train

SEED = 0


def main() -> None:
    """Print one row per model, CTR on the last tenth of the impressions."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "shop") as shop:
        manifest = train(shop, seed=SEED)
        table = shop.warehouse.table("impressions")
        clicked = shop.warehouse.frame(table.order_by(["ts", "campaign_id", "user_id"])[["clicked"]])["clicked"].to_numpy(dtype=float)
        test = slice(int(len(clicked) * 0.9), None)
        print(
            f"demo shop, seed {SEED}, {manifest['rows']:,} impressions, {manifest['clicks']:,} clicks, {manifest['conversions']:,} conversions; test = last 10 %\n"
        )
        print("| model | CTR AUC | CTR logloss | CTR ECE | CTR bias | CVR AUC | CVR logloss |")
        print("|---|---|---|---|---|---|---|")
        base = quality(np.full(len(clicked[test]), clicked[: int(len(clicked) * 0.9)].mean()), clicked[test])
        print(f"| base rate | {base['auc']:.4f} | {base['logloss']:.5f} | {base['ece']:.4f} | {base['bias']:.3f} | - | - |")
        for name, facts in manifest["models"].items():
            ctr, cvr = facts["ctr"], facts["cvr"]
            served = " (serves)" if name == manifest["serves"] else ""
            print(
                f"| {name}{served} | {ctr['auc']:.4f} | {ctr['logloss']:.5f} | {ctr['ece']:.4f} | {ctr['bias']:.3f} "
                f"| {cvr.get('auc', float('nan')):.4f} | {cvr.get('logloss', float('nan')):.5f} |"
            )
        truth = pq.read_table(Path(folder) / "shop" / "demo-truth.parquet").sort_by([("ts", "ascending")])
        known = quality(truth.column("p_click").to_numpy()[test], clicked[test])
        print(
            f"| the demo's true probability | {known['auc']:.4f} | {known['logloss']:.5f} | {known['ece']:.4f} | {known['bias']:.3f} | - | - |"
        )


if __name__ == "__main__":
    main()
