"""A second made-up world of clicks, of another build than adworld: what drives its clicks is hardly a level or a crossing of levels.

Numbers act by thresholds and by waves, not by steps that a few bins hold; most users are seen a few times only and like an item as far as
their hidden taste agrees with its hidden style (a product of latent factors of rank 4, which nobody is told); the title's words
act alone and in pairs; price acts against what the user can spend. The truth is known. Rows are in time order, split by time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

RANK = 4
USERS, ITEMS, WORDS = 6_000, 300, 60
TITLE_WORDS = 3


def make(count: int, seed: int = 11) -> Any:
    """Return a DataFrame: ``label``, ``p_true``, ``split`` (70/10/20 by time), ``cat_*`` and ``num_*``."""
    import pandas as pd

    g = np.random.default_rng(seed)
    # Zipf's law of users: a few are seen often, most a handful of times.
    often = 1 / np.arange(1, USERS + 1) ** 0.7
    user = g.choice(USERS, count, p=often / often.sum())
    item = np.minimum((ITEMS * g.random(count) ** 1.7).astype(int), ITEMS - 1)
    taste, style = g.normal(0, 1, (USERS, RANK)), g.normal(0, 1, (ITEMS, RANK))
    words = np.stack([g.choice(WORDS, TITLE_WORDS, replace=False) for _ in range(ITEMS)])
    alone, pairs = g.normal(0, 0.25, WORDS), np.triu(g.normal(0, 0.5, (WORDS, WORDS)) * (g.random((WORDS, WORDS)) < 0.1), 1)
    hour = 24 * g.random(count)
    wind, depth = g.normal(0, 1, count), g.exponential(3, count)
    purse = np.exp(g.normal(4, 0.7, USERS))
    price = np.exp(g.normal(4, 0.7, ITEMS))[item] * g.choice([1.0, 0.9, 0.7], count, p=[0.6, 0.3, 0.1])
    age = g.uniform(16, 75, USERS)
    site = g.integers(0, 25, count)
    level = g.normal(0, 0.3, 25)
    pair = pairs + pairs.T
    title = words[item]
    z = -2.4 + level[site]
    z += 0.45 * np.sin(2 * np.pi * hour / 6 + 0.5 * wind) + 0.5 * (np.abs(wind) > 1.2) - 0.6 * (depth > 5)
    z += 0.5 * (taste[user] * style[item]).sum(axis=1) / RANK**0.5
    z += alone[title].sum(axis=1) + sum(pair[title[:, i], title[:, j]] for i in range(TITLE_WORDS) for j in range(i))
    z += np.where(price > purse[user], -0.8, 0.3) + 0.4 * np.sin(age[user] / 8)
    p = 1 / (1 + np.exp(-z))
    frame = pd.DataFrame({"label": (g.random(count) < p).astype(np.int8), "p_true": p})
    frame["cat_user"], frame["cat_item"], frame["cat_site"] = [f"u{u}" for u in user], [f"i{i}" for i in item], [f"s{s}" for s in site]
    for i in range(TITLE_WORDS):
        frame[f"cat_word_{i}"] = [f"w{w}" for w in title[:, i]]
    frame["num_hour"], frame["num_wind"], frame["num_depth"], frame["num_price"] = hour, wind, depth, price
    # What a shop would know of a user: age, and spending so far, which tells the purse with noise.
    frame["num_age"], frame["num_spent"] = age[user], purse[user] * np.exp(g.normal(0, 0.3, count))
    frame["split"] = np.searchsorted([0.7, 0.8], (np.arange(count) + 0.5) / count)
    return frame
