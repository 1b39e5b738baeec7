"""What a campaign really added: the lift of a randomised e-mail test, read step by step.

Kevin Hillstrom's public set: 64,000 customers of an apparel shop, a third got an e-mail on men's goods, a third one on women's goods, a
third none; two weeks of visits, orders and spend. Run it with the folder that holds the set (it is not part of this repository):

    python examples/lift.py FOLDER

FOLDER needs ``hillstrom_email/hillstrom.parquet``. The set has no prices of sending and no margin: both are assumptions below, change them.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from adwright.tools.budget import cuped_effect, mean_effect, sample_ratio, sequential_test, users_for_rates

MARGIN = 0.4  # assumed share of spend that stays after goods
COST = 0.01  # assumed USD per e-mail


def main(folder: Path) -> dict[str, float]:
    """Print the reading of the test, and return its main figures."""
    mail = pd.read_parquet(folder / "hillstrom_email" / "hillstrom.parquet")
    arms = mail["cat_segment"].value_counts()
    split = sample_ratio(arms.tolist())
    print(f"1. Was it split as planned? {arms.to_dict()}: p = {split.p:.2f}, {'yes' if split.ok else 'no: stop here'}")

    without = mail[mail["cat_segment"] == "No E-Mail"]
    found: dict[str, float] = {}
    for arm in ("Mens E-Mail", "Womens E-Mail"):
        sent = mail[mail["cat_segment"] == arm]
        print(f"\n2. {arm} against none, {len(sent) + len(without):,} customers")
        for name, column in (("visits", "label"), ("orders", "conversion")):
            effect = mean_effect(sent[column], without[column])
            low, high = effect.interval()
            print(
                f"   {name}: {effect.control:.2%} without, {effect.difference:+.2%} with (95% {low:+.2%} to {high:+.2%}), lift {effect.lift:+.0%}"
            )
        spend = cuped_effect(sent["spend"], without["spend"], sent["num_history"], without["num_history"])
        low, high = spend.interval()
        any_look = sequential_test(spend, tuned_for=len(sent) + len(without))
        print(
            f"   spend: {spend.control:.2f} USD without, {spend.difference:+.2f} with (95% {low:+.2f} to {high:+.2f}); had you looked daily: {any_look.verdict}"
        )
        profit = spend.difference * MARGIN - COST
        print(f"   worth per e-mail at {MARGIN:.0%} margin and {COST:.2f} USD each: {profit:+.2f} USD, iROAS {spend.difference / COST:.0f}")
        found[arm] = spend.difference

    orders = float(np.mean(without["conversion"]))
    print(f"\n3. To see a lift of 10% in orders from {orders:.2%} you would need {users_for_rates(orders, 0.1):,} customers in each arm")
    return found


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
