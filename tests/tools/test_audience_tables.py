"""Segmenting anybody's events: pandas, Arrow, Ibis, arrays; awkward data; laws of K-means; the same answers on Spark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adwright.data.errors import AdwrightError
from adwright.tools.audience import build_features, fit_segments
from adwright.tools.audience.clusters import polish, start
from adwright.tools.audience.drift import stability
from adwright.tools.audience.grouping import engine_points
from adwright.tools.audience.points import ArrayPoints, nearest
from adwright.tools.audience.tables import IbisEngine
from adwright.tools.audience.words import terms_of

START = datetime(2026, 1, 1, 9)


def log(users: int = 300, seed: int = 5) -> pd.DataFrame:
    """Events of two kinds of people: runners who search in Chinese, and office people who search in English and buy more."""
    rng = np.random.default_rng(seed)
    rows = []
    for u in range(users):
        runner = u % 2 == 0
        for n in range(int(rng.integers(6, 20))):
            kind = ("view", "search", "cart", "purchase")[int(rng.integers(0, 4))]
            rows.append(
                {
                    "user": f"u{u:03}",
                    "ts": START + timedelta(minutes=int(rng.integers(0, 60 * 24 * 90))),
                    "event": kind,
                    "item": f"{'r' if runner else 'o'}{n % 7}",
                    "category": "Sports" if runner else "office",
                    "price": round(float(rng.uniform(20, 90 if runner else 400)), 2),
                    "quantity": 1 + n % 2,
                    "query": ("轻便跑鞋", "马拉松 跑鞋")[n % 2] if runner else ("standing desk", "desk lamp")[n % 2],
                }
            )
    return pd.DataFrame(rows)


def frame(features: Any) -> Any:
    return features.order_by("user_id").to_pandas().set_index("user_id")


def test_pandas_arrow_and_ibis_give_the_same_features() -> None:
    events = log()
    one = frame(build_features(events))
    table = ibis.memtable(pa.Table.from_pandas(events))
    for other in (frame(build_features(pa.Table.from_pandas(events))), frame(build_features(table))):
        pd.testing.assert_frame_equal(one, other)
    assert {"cat_Sports", "cat_office", "term_跑鞋", "term_desk"} <= set(one.columns)
    assert np.allclose(one.filter(regex="^cat_").sum(axis=1), 1)
    assert np.allclose(one.filter(regex="^term_").sum(axis=1), 1)
    bought: Any = events[events["event"] == "purchase"]
    spend = (bought["price"] * bought["quantity"]).groupby(bought["user"]).sum().reindex(one.index, fill_value=0.0)
    assert np.allclose(one["spend"], spend)
    # Recency is unknown, not zero, for who never bought.
    assert (one["recency_days"].isna() == (one["bought"] == 0)).all()


def test_groups_are_the_two_kinds_of_people_and_stay_where_they_came_from() -> None:
    features = build_features(log())
    found = fit_segments(features, k=2)
    given = found.assign(features)
    assert isinstance(given, ibis.Table)
    labels: Any = given.order_by("user_id").to_pandas().set_index("user_id")["segment"]
    assert len({tuple(labels[labels.index.str[-1].isin(list(digits))].unique()) for digits in ("02468", "13579")}) == 2
    report = found.report()
    assert report["clear"] is None and sum(s["size"] for s in report["segments"]) == len(labels)
    assert abs(sum(s["share"] for s in report["segments"]) - 1) < 1e-12
    assert sum(t["chosen"] for t in fit_segments(features).report()["tried"]) == 1
    assert (fit_segments(features, k=2).centroids == found.centroids).all()


def test_drift_is_nothing_against_itself_and_shows_what_changed() -> None:
    events = log()
    features = build_features(events)
    found = fit_segments(features, k=2)
    assert set(found.drift(features).values()) == {0.0}
    moved = found.drift(build_features(events.assign(price=events["price"] * 3)))
    assert moved["spend"] > 0.25 > moved["views"] == 0.0
    assert stability([0.5, 0.5], [0.9, 0.1]) > 0


def test_odd_events_are_read_with_care() -> None:
    rows = [
        ("a", "2026-01-05T10:00:00", "purchase", "p1", float("nan"), 1, None),
        ("a", "2026-01-06T10:00:00", "purchase", "p1", float("inf"), 1, None),
        ("a", "2026-01-07T10:00:00", "purchase", "p1", 10.0, 1, None),
        ("a", "2026-01-07T10:00:00", "purchase", "p1", 10.0, 1, None),
        ("b", "2026-01-05T10:00:00", "purchase", "p1", 5.0, 1, None),
        ("b", "2026-01-08T10:00:00", "refund", "p1", 50.0, 1, None),
        ("c", "2026-01-08T10:00:00", "search", None, None, None, "跑鞋 👟 １２码 me@example.com 13800138000"),
        ("c", "2026-01-08T10:05:00", "search", None, None, None, "跑鞋 👟 １２码 me@example.com 13800138000"),
        (None, "2026-01-08T10:00:00", "view", "p1", None, None, None),
    ]
    events = pd.DataFrame(rows, columns=["user", "ts", "event", "item", "price", "quantity", "query"])
    found = frame(build_features(events))
    assert found["spend"].to_dict() == {"a": 10.0, "b": 0.0, "c": 0.0}
    assert found["frequency"].to_dict() == {"a": 3.0, "b": 1.0, "c": 0.0}
    assert found["refunds"].to_dict() == {"a": 0.0, "b": 1.0, "c": 0.0}
    assert [c for c in found.columns if c.startswith("term_")] == ["term_跑鞋"]
    assert fit_segments(build_features(events)).k >= 1


def test_personal_details_never_become_words() -> None:
    assert terms_of("跑鞋ME@Example.com 致电+86 138 0013 8000 www.example.com/x?y=running") == ("跑鞋", "致电")


def test_zones_are_the_same_moments() -> None:
    events = log(40)
    utc = frame(build_features(events))
    aware = events.assign(ts=events["ts"].dt.tz_localize("UTC").dt.tz_convert("Asia/Shanghai"))
    pd.testing.assert_frame_equal(utc, frame(build_features(aware)))
    text = events.assign(ts=events["ts"].dt.strftime("%Y-%m-%dT%H:%M:%S"))
    pd.testing.assert_frame_equal(utc, frame(build_features(text)))
    assert not np.allclose(utc["evening"], frame(build_features(events, timezone="Asia/Shanghai"))["evening"])


def test_who_refused_is_left_out() -> None:
    events = log(4)
    people = pd.DataFrame({"user": ["u000", "u001", "u002", "u003"], "consent": [True, False, None, True]})
    assert list(frame(build_features(events, users=people)).index) == ["u000", "u003"]
    assert list(frame(build_features(events.assign(consent=events["user"] != "u003"))).index) == ["u000", "u001", "u002"]


def test_categories_that_differ_by_case_only() -> None:
    events = log(10).assign(category=lambda e: np.where(e["category"] == "office", "sports", "Sports"))
    assert {c.casefold() for c in build_features(events).columns} >= {"cat_sports", "cat_sports_1"}


def test_too_little_to_group() -> None:
    one = build_features(log(1))
    assert fit_segments(one).report()["segments"][0]["size"] == 1
    same = pd.DataFrame({"user_id": range(50), "spend": 3.0, "views": 1.0})
    assert fit_segments(same).k == 1
    for k, code, features in ((3, "too-few-customers", same), (0, "bad-k", same), (2, "no-columns", pd.DataFrame({"user_id": [1, 2]}))):
        with pytest.raises(AdwrightError) as error:
            fit_segments(features, k=k)
        assert error.value.code == code


def test_unreadable_tables_are_named() -> None:
    for events, code in ((log(2).drop(columns="ts"), "no-column"), (log(2)[:0], "no-events"), (7, "not-a-table")):
        with pytest.raises(AdwrightError) as error:
            build_features(events)
        assert error.value.code == code


def test_a_table_is_found_by_name_in_the_engine_of_the_setting(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lake.duckdb"
    lake = ibis.duckdb.connect(path)
    lake.create_table("clicks", pa.Table.from_pandas(log(20)))
    lake.disconnect()
    monkeypatch.setenv("ADWRIGHT_WAREHOUSE", f"duckdb://{path}")
    assert len(frame(build_features("clicks"))) == 20


@settings(max_examples=40)
@given(arrays(np.float64, st.tuples(st.integers(4, 60), st.integers(1, 4)), elements=st.floats(-9, 9, width=16)), st.integers(1, 4))
def test_j_never_rises_and_ties_go_to_the_lowest(data: np.ndarray, k: int) -> None:
    centres = data[:k].copy()
    polished, history = polish(ArrayPoints(data), centres, passes=8)
    assert all(b <= a + 1e-6 for a, b in pairwise(history))
    assert (nearest(data, np.vstack([polished, polished])) < k).all()


def test_arrays_agree_with_the_engine() -> None:
    rng = np.random.default_rng(1)
    data = rng.normal(size=(500, 3)) + rng.integers(0, 3, (500, 1)) * 4
    backend = ibis.duckdb.connect()
    table = backend.create_table("p", pd.DataFrame(data, columns=["x0", "x1", "x2"]).assign(user_id=range(500)))
    from adwright.tools.audience.points import EnginePoints

    centres = start(data, 3, 0)
    far = centres + 1.0
    here, there = ArrayPoints(data).sums(far), EnginePoints(IbisEngine(backend), table, 3).sums(far)
    assert (here.counts == there.counts).all()
    assert np.allclose(here.totals, there.totals) and np.allclose(here.gaps, there.gaps)
    found = fit_segments(data, k=3, scale=False)
    assert np.isclose(found.inertia, ((data - found.centroids[found.assign(data)]) ** 2).sum(), rtol=1e-6)
    assert len(fit_segments(pd.DataFrame(data, columns=["a", "b", "c"]), k=3).assign(pd.DataFrame(data, columns=["a", "b", "c"]))) == 500


@pytest.fixture
def spark() -> Iterator[Any]:
    """A local Spark; needs the package pyspark (below 4.1) and Java, neither of which adwright installs."""
    pytest.importorskip("pyspark", reason="pyspark is not installed (pip install 'pyspark<4.1'; Java 17)")
    os.environ.setdefault("PYARROW_IGNORE_TIMEZONE", "1")
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    options = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2"}
    builder = SparkSession.builder.master("local[2]")
    for key, value in options.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.mark.slow
def test_spark_gives_the_same_features_and_labels(spark: Any, tmp_path: Any) -> None:
    path = tmp_path / "events.parquet"
    log(400).to_parquet(path, coerce_timestamps="us")
    frames, labels = [], []
    for backend in (ibis.duckdb.connect(), spark):
        features = build_features(backend.read_parquet(path))
        held = features.cache()
        assert not [c for c in held.columns if held[c].type().is_decimal()]
        frames.append(frame(held))
        found = fit_segments(held, k=3)
        labels.append(found.assign(held).order_by("user_id").to_pandas()["segment"].tolist())
        with engine_points(IbisEngine(backend), held, list(held.columns)[1:]) as (_, points):
            assert points.count == 400
    assert list(frames[0].columns) == list(frames[1].columns)
    for column in frames[0].columns:
        np.testing.assert_allclose(frames[1][column].to_numpy(float), frames[0][column].to_numpy(float), rtol=1e-9, err_msg=column)
    assert labels[0] == labels[1]
