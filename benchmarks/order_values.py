"""What an order from an ad is worth: what plans use, beside the median of orders, the catalogue's price and the value model, on later campaigns.

`python -m benchmarks order_values` (`--seeds=5`): full-size demo shops. Everything is learnt before the day on which 70 % of the campaigns had
begun; revenue per conversion of the campaigns that began later is what is predicted. *x ratio*: times what earlier campaigns earned per order
of so much, one number per shop; *plans*: `price_ratio`, by category, shrunk, here also from the last few campaigns before that day only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

LEAST_ORDERS = 30


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    given = argparse.ArgumentParser("benchmarks order_values")
    given.add_argument("--seeds", type=int, default=5)
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(1, asked.seeds + 1):
        for name, scores in one_shop(seed).items():
            found.setdefault(name, []).append(scores)
    print(f"Demo shops, {asked.seeds} seeds; mean [range] over shops.\n")
    print("| order value | predicted / actual revenue | error per campaign, share of revenue |")
    print("|---|---|---|")
    for name, runs in found.items():
        total, error = np.array(runs).T
        print(f"| {name} | {total.mean():.3f} [{total.min():.3f}, {total.max():.3f}] | {error.mean():.3f} |")


def one_shop(seed: int) -> dict[str, tuple[float, float]]:
    """Predicted over actual revenue, and the sum of the absolute errors over it, by name of the estimate."""
    import pandas as pd

    from adwright.tools.response.value import train_value

    orders, ads, campaigns, price = tables(seed)
    campaigns = campaigns[(campaigns["conversions"] > 0) & campaigns["revenue"].notna()].astype({"revenue": np.float64})
    start, end = pd.to_datetime(campaigns["start"]), pd.to_datetime(campaigns["end"])
    cut = start.sort_values().iloc[int(len(start) * 0.7)]
    orders = orders[(orders["quantity"] > 0) & (orders["unit_price"] > 0) & (orders["ts"] < cut)]
    paid = (orders["quantity"] * orders["unit_price"]).groupby(orders["order_id"]).sum().rename("paid")
    held = orders[["order_id", "product_id"]].drop_duplicates().merge(paid, left_on="order_id", right_index=True)
    by_product = held.groupby("product_id")["paid"].agg(["median", "mean", "size"])
    by_product = by_product[by_product["size"] >= LEAST_ORDERS]
    ads = ads[ads["ts"] < cut]
    model = train_value(with_price(ads, price)[["product_id", "category", "channel", "log_price", "value"]], "value")

    def price_of(rows: Any) -> Any:
        return rows["product_id"].map(price)

    def median_of(rows: Any) -> Any:
        return rows["product_id"].map(by_product["median"]).fillna(price_of(rows))

    earlier, later = (own[price_of(own).notna()] for own in (campaigns[end < cut], campaigns[start >= cut]))

    def ratio(of: Any) -> float:
        return float(earlier["revenue"].sum() / (earlier["conversions"] * of(earlier)).sum())

    told = {
        "median of the product's orders, or its price": median_of(later),
        "mean of the product's orders, or its price": later["product_id"].map(by_product["mean"]).fillna(price_of(later)),
        "catalogue price": price_of(later),
        "value model on orders from ads": pd.Series(model.predict(with_price(later, price)), later.index),
        "median x ratio": ratio(median_of) * median_of(later),
        "catalogue price x ratio": ratio(price_of) * price_of(later),
        "catalogue price x shrunk ratio by category (plans)": told_by_plans(earlier, later, price),
        "the same, taught by the 5 campaigns before": told_by_plans(earlier.sort_values("end").tail(5), later, price),
        "the same, taught by 1 campaign": told_by_plans(
            earlier[earlier["conversions"] >= LEAST_ORDERS].sort_values("end").tail(1), later, price
        ),
    }
    actual, n = later["revenue"].to_numpy(), later["conversions"].to_numpy()
    return {name: (float(n @ p / actual.sum()), float(np.abs(n * p - actual).sum() / actual.sum())) for name, p in told.items()}


def told_by_plans(earlier: Any, later: Any, price: Any) -> Any:
    """Order values of later campaigns as a plan would set them."""
    from adwright.tools.response.price_ratio import Flown, price_ratio

    flown = [
        Flown(str(r.campaign_id), str(r.category), float(r.conversions), float(r.revenue), float(price[r.product_id]))
        for r in earlier.itertuples()
    ]
    ratios = {category: price_ratio(flown, category) for category in later["category"].unique()}
    told = later["category"].map({c: found.value if found else 1.0 for c, found in ratios.items()})
    return later["product_id"].map(price) * told


def with_price(rows: Any, price: Any) -> Any:
    """Add the logarithm of the catalogue's price."""
    return rows.assign(log_price=np.log(rows["product_id"].map(price)))


def tables(seed: int) -> tuple[Any, Any, Any, Any]:
    """Orders, impressions that became orders, campaigns, and the price of every product of a demo shop."""
    from adwright import Workspace
    from adwright.data.demo import build_demo

    with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder) / "shop", create=True, name="demo") as shop:
        build_demo(shop, seed=seed)
        house = shop.warehouse
        shown = house.table("impressions")
        orders, ads, campaigns, products = (
            house.frame(table)
            for table in (house.table("orders"), shown.filter(shown.converted), house.table("campaigns"), house.table("products"))
        )
    return orders, ads, campaigns, products.set_index("product_id")["price"].astype(np.float64)


if __name__ == "__main__":
    main()
