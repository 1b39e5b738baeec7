"""Segmenting without a shop: `build_features` from any table of events, `fit_segments` from any features.

The same expressions as for a shop. An Ibis table stays in its engine: what comes out are a sample's coordinates (without
ids) and sums per group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from .clusters import Trial
from .columns import clustering_columns
from .drift import Bins, bins, drifted
from .explain import explained as explain
from .features import feature_table, sums
from .grouping import check_k, engine_points, group, scaled
from .interests import synonyms
from .points import ArrayPoints, labelled, nearest
from .privacy import Privacy, insensitive
from .rule import counted_here, grow
from .sample import Sample, draw, of_array
from .scaling import Scale
from .sources import Table, look
from .tables import EVENTS, PRODUCTS, USERS, IbisEngine, backend_of, conform, held_in

if TYPE_CHECKING:
    from ...data.portrait import Condition


def build_features(
    events: Any,
    users: Any = None,
    products: Any = None,
    *,
    timezone: str = "UTC",
    embed: Callable[[Sequence[str]], np.ndarray] | None = None,
) -> Table:
    """Return one row of features per user as an Ibis table, computed in the engine where the events are.

    `events`: user, ts, event (view, search, cart, purchase, refund), and where known item, category, price (of one piece),
    quantity, query, consent; a pandas, Arrow or Ibis table, or the name of a table in the engine ADWRIGHT_WAREHOUSE names
    (an Ibis address). `users`: user, consent. `products`: item, category, price, title. Times without a zone are UTC;
    `timezone` decides which hours are evening. Columns: ``user_id`` in its own type, counts, whole days since the last
    purchase (null for who never bought), money in the unit of `price`, shares 0..1; ``cat_<category>`` and ``term_<word>``.
    `embed`, a function from words to unit vectors [n, width] (`Embedder.embed`), puts words that mean the same into one ``term_`` column.
    A refund never makes spend negative, a purchase written twice counts once, a NaN or infinite price is unknown, e-mail
    addresses and telephone numbers in search terms are dropped.

    Raises `AdwrightError`: ``no-column``, ``not-a-table``, ``no-events``.

    Example:
        >>> features = build_features(events)  # doctest: +SKIP
        >>> fit_segments(features).report()["k"]  # doctest: +SKIP
        4
    """
    backend = backend_of(events, users, products)
    engine = IbisEngine(backend)
    tables: dict[str, Any] = {"events": conform(backend, events, EVENTS, "events"), "orders": None}
    tables["users"] = None if users is None else conform(backend, users, USERS, "users")
    tables["products"] = None if products is None else conform(backend, products, PRODUCTS, "products")
    near = None if embed is None else lambda words: synonyms(words, embed)
    source = look(engine, tables, {}, ZoneInfo(timezone), "", near=near)
    if source is None:
        raise AdwrightError(
            both("没有带用户和时间的行为记录。", "There is no event with a user and a time."),
            both("请检查 user 列和 ts 列。", "Check the columns user and ts."),
            code="no-events",
        )
    table = feature_table(source, sums(source).cache())
    readable = _readable("cat_", source.categories) | _readable("term_", source.terms)
    return table.rename({name: column for column, name in readable.items()})


def _readable(prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    """Name columns by what they hold; engines ignore case in names, so what differs only by case gets a number."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    for i, name in enumerate(names):
        called = prefix + name
        while called.casefold() in taken:
            called += f"_{i}"
        taken.add(called.casefold())
        given[f"{prefix}{i}"] = called
    return given


def fit_segments(
    features: Any,
    k: int | Literal["auto"] = "auto",
    seed: int = 0,
    *,
    scale: bool = True,
    allow_sensitive: Sequence[str] = (),
    purpose: str = "",
) -> Segmentation:
    """Group customers by K-means.

    `features`: what `build_features` returns, any Ibis, pandas or Arrow table with a column ``user_id`` and numbers, or
    numbers alone (a NumPy array [n, d] or a pandas frame without ``user_id``). With `scale`, columns are capped at their
    99.5 % quantile, logged where they are known counts, standardised and weighted by block; without (arrays only), the
    numbers are taken as coordinates as they are. A missing value counts as the average. `k` is 1..20 or ``"auto"``.
    The same features and `seed` give the same groups.

    A column whose name states a sensitive trait (age, health, religion: `knowledge/sensitive.toml`) is left out and named in
    the report, unless it is in `allow_sensitive` and `purpose` says in writing why; both are in the report then.

    Raises `AdwrightError`: ``bad-k``, ``too-few-customers`` (k above the number of different rows), ``no-columns``,
    ``no-purpose`` (sensitive columns allowed without a written reason).

    Example:
        >>> fit_segments(np.array([[0.0], [0.1], [9.0]]), k=2, scale=False).assign(np.array([[8.0]])).tolist()  # doctest: +SKIP
        [1]
    """
    wanted = None if k == "auto" else k
    check_k(wanted)
    if isinstance(features, np.ndarray) and not scale:
        data = _floats(features)
        found = group(ArrayPoints(data), wanted, seed)
        sizes = np.bincount(nearest(data, found.centres), minlength=len(found.centres)).tolist()
        plain = [f"x{i}" for i in range(data.shape[1])]
        sample = of_array(data, plain, found.centres)
        return Segmentation(found.centres, found.history[-1], found.tried, plain, None, sizes, [{} for _ in sizes], {}, sample, seed)
    backend, table = _engine_table(features)
    engine = IbisEngine(backend)
    with table.cache() as held:
        columns = clustering_columns(held.columns) or [c for c in held.columns if c != "user_id" and held[c].type().is_numeric()]
        columns, privacy = insensitive(columns, allow_sensitive, purpose)
        if not columns:
            raise AdwrightError(
                both("表里没有可以用来分类的数字列。", "There is no column of numbers to group by."),
                both("请给 build_features 的结果，或数字表。", "Pass what build_features returns, or numbers."),
                code="no-columns",
            )
        with engine_points(engine, held, columns) as (scales, points):
            found = group(points, wanted, seed)
            given = points.labelled(found.centres).select("user_id", "label")
            joined = held.join(given, "user_id")
            means = {c: joined[c].cast("float64").mean() for c in columns}
            rows = engine.arrow(joined.group_by("label").agg(size__=joined.count(), **means)).to_pylist()
        kept = bins(engine, held, columns)
        sample = draw(engine, held, columns, scales, found.centres)
    by_label = {row["label"]: row for row in rows}
    order = range(len(found.centres))
    sizes = [int(by_label[j]["size__"]) if j in by_label else 0 for j in order]
    profile = [{c: by_label[j][c] for c in columns} if j in by_label else {} for j in order]
    return Segmentation(found.centres, found.history[-1], found.tried, columns, scales, sizes, profile, kept, sample, seed, privacy)


class Segmentation:
    """A fitted grouping: `k`, `centroids` [k, d] in scaled coordinates, `inertia` (J, the sum of squared distances there).

    `tried` holds every k that was tried with silhouette, stability and smallest share (empty when k was given).
    """

    def __init__(
        self,
        centroids: np.ndarray,
        inertia: float,
        tried: list[Trial],
        columns: list[str],
        scales: list[Scale] | None,
        sizes: list[int],
        profile: list[dict[str, Any]],
        kept: dict[str, Bins],
        sample: Sample,
        seed: int,
        privacy: Privacy | None = None,
    ) -> None:
        self.centroids, self.inertia, self.tried, self.columns = centroids, inertia, tried, columns
        self.sizes, self.sampled = sizes, len(sample.labels)
        self._scales, self._profile, self._bins, self._sample, self._seed = scales, profile, kept, sample, seed
        self.privacy = privacy or Privacy({}, [], "")

    @property
    def k(self) -> int:
        """The number of groups."""
        return len(self.centroids)

    @property
    def clear(self) -> bool | None:
        """Whether the chosen k passed (stability, smallest group); False where none did; None when k was given."""
        return next((t.passed for t in self.tried if t.chosen), None)

    @cached_property
    def explained(self) -> tuple[list[dict[str, Any]], list[tuple[list[list[Condition]], tuple[float, float, float]]]]:
        """Per group its marks and silhouette, and its rule with fidelity, recall and precision; computed on the sample when asked for."""
        rules = grow(self._sample, self.k, self._seed)
        return explain(self._sample, self.centroids, self._seed), list(zip(rules, counted_here(self._sample, rules), strict=True))

    def assign(self, features: Any) -> Any:
        """Put rows into groups: an Ibis table gives an Ibis table ``user_id, segment`` (nothing runs yet), a frame a frame.

        NumPy or a frame without ``user_id`` gives an array of group numbers 0..k-1. Ties go to the lowest number.
        """
        import ibis
        import pandas as pd

        if self._scales is None:
            return nearest(_floats(np.asarray(features)), self.centroids)
        backend, table = _engine_table(features)
        given = labelled(scaled(table, self._scales), self.centroids).select("user_id", segment="label")
        if isinstance(features, ibis.Expr):
            return given
        found = IbisEngine(backend).arrow(given.order_by("user_id"))
        if isinstance(features, pd.DataFrame) and "user_id" in features.columns:
            return found.to_pandas()
        return found["segment"].to_numpy() if isinstance(features, (np.ndarray, pd.DataFrame)) else found

    def drift(self, features: Any) -> dict[str, float]:
        """Return the population stability index of each column against the features this was fitted on."""
        backend, table = _engine_table(features)
        return drifted(IbisEngine(backend), table, self._bins)

    def report(self) -> dict[str, Any]:
        """Return plain JSON: k, inertia, whether groups are clear, the trials, sensitive columns; per group size, share, means, name, portrait.

        Names and summaries are pairs of sentences; a portrait holds marks with intervals, a rule with its fidelity, the silhouette.
        """
        from .personas import of_features

        told = of_features(self)
        total = sum(self.sizes)
        return {
            "k": self.k,
            "inertia": self.inertia,
            "clear": self.clear,
            "tried": [t.model_dump() for t in self.tried],
            **self.privacy.told(),
            "segments": [
                {
                    "segment": j,
                    "size": size,
                    "share": size / total if total else 0.0,
                    "means": self._profile[j],
                    "name": told[j][0].model_dump(),
                    "summary": told[j][1].summary.model_dump(),
                    "portrait": told[j][2].model_dump(mode="json"),
                }
                for j, size in enumerate(self.sizes)
            ],
        }


def _floats(features: np.ndarray) -> np.ndarray:
    """Return numbers as float32 or float64 [n, d]; what is not finite counts as 0."""
    data = features.reshape(len(features), -1)
    data = data if data.dtype in (np.float32, np.float64) else data.astype(np.float64)
    return data if np.isfinite(data).all() else np.where(np.isfinite(data), data, data.dtype.type(0))


def _engine_table(features: Any) -> tuple[Any, Table]:
    """Return an engine and the features as its table; rows without ``user_id`` are numbered."""
    import ibis
    import pandas as pd
    import pyarrow as pa

    if isinstance(features, ibis.Expr):
        return features.get_backend(), features.as_table()
    if isinstance(features, np.ndarray):
        features = pd.DataFrame(_floats(features))
        features.columns = [f"x{i}" for i in features.columns]
    if isinstance(features, pd.DataFrame):
        features = pa.Table.from_pandas(features, preserve_index=False)
    if "user_id" not in features.column_names:
        features = features.append_column("user_id", pa.array(np.arange(features.num_rows)))
    backend = backend_of()
    return backend, held_in(backend, features)
