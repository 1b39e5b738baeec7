"""Data sets of the response benchmark: train, valid and test rows, the label, and what kind each column is.

Public sets are read from ``../shared/datasets``, the synthetic world from ``../shared/peers/ctr``; both stay outside the
repository, and a set that is absent is said to be so. Nothing here is shown to a model except train and valid rows.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

SHARED = Path(__file__).resolve().parents[2] / "shared"
DEMO_SCALE = 0.3


@dataclass
class Rows:
    """One set: three frames in the order train, valid, test, each with ``label``; `user` names the column of gAUC."""

    name: str
    parts: list[Any]
    cat: list[str]
    num: list[str]
    user: str | None = None
    truth: np.ndarray | None = None

    @property
    def labels(self) -> list[np.ndarray]:
        return [part["label"].to_numpy(np.float64) for part in self.parts]


def criteo() -> Rows:
    return _split("criteo_small", _read("criteo_small/criteo_small.parquet"))


def hillstrom() -> Rows:
    return _split("hillstrom_email", _read("hillstrom_email/hillstrom.parquet").drop(columns=["conversion", "spend"]))


def avazu() -> Rows:
    return _split("avazu_small", _read("avazu_small/avazu_small.parquet").dropna(axis=1, how="all"))


def talkingdata() -> Rows:
    frame = _read("talkingdata_100k/talkingdata_100k.parquet").drop(columns=["click_time", "attributed_time"])
    return _split("talkingdata_100k", frame)


def adworld() -> Rows:
    """The generator of ``../shared/peers/ctr`` at 120,000 rows; its true probability bounds every model."""
    frame = adworld_rows().drop(columns=["day"])
    truth = frame.pop("p_true").to_numpy(np.float64)
    rows = _split("adworld120", frame, user="cat_user")
    rows.truth = truth[frame["split"].to_numpy() == 2]
    return rows


def adworld_rows(seed: int = 7) -> Any:
    """Rows of the generator with what it knows of them; another seed draws every effect anew, but the rules stay."""
    import importlib.util

    place = SHARED / "peers" / "ctr" / "make_adworld.py"
    spec = importlib.util.spec_from_file_location("make_adworld", place)
    if spec is None or spec.loader is None or not place.exists():
        raise FileNotFoundError(place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make(120_000, seed=seed)


def demo() -> Rows:
    """Clicks of the demo shop (smaller than the one people see), split by time 80/10/10."""
    import pyarrow.parquet as pq

    from adwright import Workspace

    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "shop", scale=DEMO_SCALE) as shop:
        table = shop.warehouse.table("impressions")
        seen = shop.warehouse.frame(table.order_by(["ts", "campaign_id", "user_id"]))
        told = pq.read_table(Path(folder) / "shop" / "demo-truth.parquet").sort_by([("ts", "ascending")])
    frame = demo_columns(seen)
    frame["user"] = seen["user_id"].astype(str)
    frame["split"] = np.searchsorted([0.8, 0.9], (np.arange(len(frame)) + 0.5) / len(frame))
    rows = _split("demo_shop", frame, user="user")
    rows.truth = told.column("p_click").to_numpy()[np.asarray(frame["split"]) == 2]
    return rows


def demo_columns(seen: Any) -> Any:
    """Label and features of a demo shop's impressions."""
    from adwright.tools.response.features import headline_numbers

    cat = ("channel", "placement", "product_id", "category", "device", "hour", "weekday", "gender", "language", "creative_id")
    frame = seen[[]].copy()
    frame["label"] = seen["clicked"].astype(np.int8)
    for name in cat:
        frame[f"cat_{name}"] = seen[name].astype(str)
    for name in ("age", "price", "discount"):
        frame[f"num_{name}"] = seen[name].astype(np.float64)
    words = {h: headline_numbers(h) for h in seen["headline"].unique()}
    for i, name in enumerate(("width", "number", "offer", "question")):
        frame[f"num_headline_{name}"] = [words[h][i] for h in seen["headline"]]
    return frame


def criteo_distinct() -> Rows:
    """criteo_small split anew (70/10/20, seed 0) so that rows with the same features lie in the same part."""
    from pandas.util import hash_pandas_object

    frame = _read("criteo_small/criteo_small.parquet")
    hashed: Any = hash_pandas_object
    _, own = np.unique(hashed(frame.drop(columns=["label", "split"]), index=False).to_numpy(), return_inverse=True)
    frame["split"] = np.searchsorted([0.7, 0.8], np.random.default_rng(0).random(own.max() + 1)[own])
    return _split("criteo_distinct", frame)


def tides() -> Rows:
    """A made-up world unlike adworld's: numbers with thresholds and tides, users by taste rather than by level, words of a text."""
    from benchmarks.response_tides import make

    frame = make(40_000)
    truth = frame.pop("p_true").to_numpy(np.float64)
    rows = _split("tides40", frame, user="cat_user")
    rows.truth = truth[frame["split"].to_numpy() == 2]
    return rows


SETS = {
    "criteo_small": criteo,
    "hillstrom_email": hillstrom,
    "avazu_small": avazu,
    "talkingdata_100k": talkingdata,
    "adworld120": adworld,
    "demo_shop": demo,
    "criteo_distinct": criteo_distinct,
    "tides40": tides,
}


@cache
def load(name: str) -> Rows:
    """Return one of `SETS`; raises FileNotFoundError where the data are not beside the checkout."""
    return SETS[name]()


def _read(place: str) -> Any:
    import pandas as pd

    return pd.read_parquet(SHARED / "datasets" / place)


def _split(name: str, frame: Any, user: str | None = None) -> Rows:
    cat = [c for c in frame if c.startswith("cat_")]
    num = [c for c in frame if c.startswith("num_")]
    for column in cat:
        known = frame[column].notna()
        frame[column] = frame[column].astype(str).astype(object).where(known, None)
    parts = [frame[frame["split"] == i].drop(columns=["split"]).reset_index(drop=True) for i in (0, 1, 2)]
    return Rows(name, parts, cat, num, user)
