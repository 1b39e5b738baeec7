"""Reads a table of impressions: which column is what, what is left out and why, and what is wrong with it.

Nothing is learnt here but kinds of columns. Mistakes that would make a model worthless are refused with a name and a
remedy; columns that cannot help (constant, empty, row ids, leaks of the label) are left out and reported.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .headlines import PARTS, headline_numbers
from .pictures import PARTS as PICTURE_PARTS
from .pictures import picture_numbers

Kind = Literal["category", "number", "text", "time", "picture"]
ROW_ID = re.compile(r"^(id|row_?id|uuid|guid|(impression|event|request|click|row|record|log)_?(id|uuid))$", re.IGNORECASE)
CODE = re.compile(r"^cat_|(^|_)(id|code|zip|hour|weekday|day_of_week|month|class|type)$", re.IGNORECASE)
# Whole numbers with at most this many values are codes (hours, age bands, flags) rather than amounts.
FEW = 12
# One column alone that explains this share of the label's entropy out of fold can only be the label in disguise.
LEAK_SHARE = 0.8
LEAST_PURE = 30
# What `rank` writes beside a candidate: where all of these stand, the table is its log, and they say what a model thought before.
RANKED = frozenset({"ctr", "score", "explored", "propensity"})
# Files of pictures by their names; a column of them is one of pictures where at least one can be read.
PICTURE = re.compile(r"\.(png|jpe?g|webp|gif|bmp)$", re.IGNORECASE)


@dataclass
class Schema:
    """Kinds of the columns in use, and why the others are left out: constant, missing, id, leak, ranked."""

    label: str
    kinds: dict[str, Kind] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def notes(self) -> list[Words]:
        """Say what was left out, one sentence per column."""
        why = {
            "constant": both("只有一个取值", "has a single value"),
            "missing": both("全部缺失", "is empty"),
            "id": both("是行编号", "is a row id"),
            "ranked": both("是排序时写下的", "was written by a ranking"),
            "leak": both("几乎直接泄露了标签", "gives the label away"),
        }
        return [
            both(f"没有使用“{name}”列：它{why[reason].zh}。", f"Column {name!r} is left out: it {why[reason].en}.")
            for name, reason in self.left_out.items()
            if reason in why
        ]


def is_stream(data: Any) -> bool:
    """Tell whether data are a function that returns record batches rather than a table."""
    return callable(data) and not hasattr(data, "to_pandas")


def to_frame(data: Any) -> Any:
    """Return a pandas DataFrame of a DataFrame or an Ibis table."""
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pandas"):
        return data.to_pandas()
    raise AdwrightError(
        both("训练数据要是 DataFrame 或 Ibis 表。", "The data must be a DataFrame or an Ibis table."),
        both("先用 pandas 读入文件。", "Read the file with pandas first."),
        code="not-a-table",
    )


def labels(frame: Any, label: str, *, both_classes: bool = True) -> np.ndarray:
    """Return the label as float64 0/1; raises ``label-missing``, ``label-not-binary`` or ``one-class``."""
    if label not in frame:
        raise AdwrightError(
            both(f"数据里没有标签列“{label}”。", f"The data have no label column {label!r}."),
            both(f"现有的列：{'、'.join(map(str, list(frame)[:12]))}。", f"Columns: {', '.join(map(str, list(frame)[:12]))}."),
            code="label-missing",
        )
    values = set(frame[label].unique().tolist())
    if not values <= {0, 1}:
        shown = ", ".join(str(v) for v in list(values)[:5])
        raise AdwrightError(
            both(f"标签列“{label}”应当只有 0 和 1，却有 {shown}。", f"Label {label!r} must hold 0 and 1 only, but holds {shown}."),
            both("补全或换一列标签。", "Fill the gaps or name another label."),
            code="label-not-binary",
        )
    y = frame[label].to_numpy(np.float64)
    if both_classes and len(np.unique(y)) < 2:
        what = int(y[0]) if len(y) else "-"
        raise AdwrightError(
            both(f"标签列“{label}”全是 {what}，没有可学的差别。", f"Label {label!r} is always {what}; there is nothing to learn."),
            both("换一个更长的时间段，让点击和未点击都出现。", "Take a longer period, so that both outcomes occur."),
            code="one-class",
        )
    return y


def check_times(frame: Any, column: str, after: Any = None) -> Any:
    """Return the last time; raises ``clock-backwards`` when rows are not in time order (or start before `after`)."""
    if column not in frame:
        raise AdwrightError(
            both(f"数据里没有时间列“{column}”。", f"The data have no time column {column!r}."),
            both("检查列名。", "Check its name."),
            code="time-missing",
        )
    times = frame[column]
    if times.isna().any() or not times.is_monotonic_increasing or (after is not None and len(times) and times.iloc[0] < after):
        raise AdwrightError(
            both(f"时间列“{column}”有倒退或缺失。", f"Time column {column!r} goes backwards or has gaps."),
            both("先按时间排序，验证数据要晚于训练数据。", "Sort the rows by time; valid rows must come after the training rows."),
            code="clock-backwards",
        )
    return times.iloc[-1] if len(times) else after


def infer(frame: Any, label: str, y: np.ndarray, time_column: str | None = None) -> Schema:
    """Find out what each column is; raises ``infinite-values``, ``duplicate-ids`` or ``no-usable-columns``."""
    schema = Schema(label)
    log = set(frame) >= RANKED
    for name in frame:
        if name in (label, time_column):
            continue
        if log and name in RANKED:
            schema.left_out[name] = "ranked"
            continue
        column = frame[name]
        if column.isna().all():
            schema.left_out[name] = "missing"
            continue
        check_finite(column, name)
        distinct = column.nunique(dropna=False)
        if ROW_ID.match(str(name)):
            if distinct < len(column):
                raise AdwrightError(
                    both(
                        f"编号列“{name}”有 {len(column) - distinct} 个重复值。",
                        f"Id column {name!r} repeats {len(column) - distinct} values.",
                    ),
                    both("先去重，否则同一次曝光会被数两次。", "Remove the duplicates, or one impression counts twice."),
                    code="duplicate-ids",
                )
            schema.left_out[name] = "id"
            continue
        if distinct == 1:
            schema.left_out[name] = "constant"
            continue
        kind = kind_of(column, str(name), distinct)
        if kind is None:
            schema.left_out[name] = "id"
        elif leaks(column, kind, y):
            schema.left_out[name] = "leak"
        else:
            schema.kinds[name] = kind
    if not schema.kinds:
        raise AdwrightError(
            both("没有一列可以用来预测。", "No column can be used to predict."),
            both(
                "各列都是常数、空列、编号或泄露标签；请加入渠道、版位、素材等列。",
                "All are constant, empty, ids or leaks; add columns such as channel, placement, creative.",
            ),
            code="no-usable-columns",
        )
    return schema


def check_finite(column: Any, name: object) -> None:
    """Raise ``infinite-values`` when a number column holds one."""
    if column.dtype.kind == "f" and np.isinf(column.to_numpy()).any():
        raise _infinite(name)


def _infinite(name: object) -> AdwrightError:
    return AdwrightError(
        both(f"“{name}”列有无穷大的值。", f"Column {name!r} holds infinite values."),
        both("多半是除以 0；请改成缺失值。", "Probably a division by zero; make them missing values."),
        code="infinite-values",
    )


def kind_of(column: Any, name: str, distinct: int) -> Kind | None:
    """Kind of one column; None for an id of rows."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return "time"
    if pd.api.types.is_bool_dtype(column):
        return "category"
    if pd.api.types.is_numeric_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype):
        if name.startswith("num_"):
            return "number"
        known = column.dropna().to_numpy(np.float64)
        whole = bool((known == np.round(known)).all())
        if whole and distinct == len(column) > FEW and bool((np.abs(np.diff(known)) == 1).all()):
            return None
        return "category" if whole and (distinct <= FEW or CODE.search(name)) else "number"
    texts = [str(v) for v in column.dropna().unique()[:2000]]
    if texts and all(PICTURE.search(t) for t in texts) and any(Path(t).is_file() for t in texts):
        return "picture"
    if distinct > 20 and np.mean([_words(t) for t in texts]) > 3:
        return "text"
    return None if distinct == len(column) > FEW else "category"


def _words(text: str) -> float:
    """Rough number of words; three Chinese characters count as one and a half."""
    wide = sum(ord(c) > 0x2E7F for c in text)
    return wide / 2 + len(text.split()) - (1 if wide else 0)


def leaks(column: Any, kind: Kind, y: np.ndarray) -> bool:
    """Tell whether a column is the label in disguise: it explains almost all of it, or one side of it occurs only with the label."""
    import pandas as pd

    if kind in ("number", "time"):
        values = np.asarray(column if kind == "number" else column.notna(), np.float64)
        sign = np.where(np.isnan(values), 2, np.sign(values) + 3).astype(np.int64)
        ranks = pd.Series(values).rank(pct=True).fillna(0).to_numpy()
        sides, codes = sign, (ranks * 20).astype(np.int64)
    else:
        codes = sides = column.factorize(use_na_sentinel=False)[0]
    rate = y.mean()
    n, hits = np.bincount(sides), np.bincount(sides, y)
    pure = (n >= LEAST_PURE) & (hits == n) & (hits >= 0.02 * y.sum())
    if rate < 0.5 and pure.any() and _surprise(n[pure].max(), rate):
        return True
    fold = np.arange(len(y)) % 2
    told = np.zeros(len(y))
    size = int(codes.max()) + 1
    for k in (0, 1):
        seen, held = fold != k, fold == k
        n, hits = np.bincount(codes[seen], minlength=size), np.bincount(codes[seen], y[seen], size)
        told[held] = ((hits + rate) / (n + 1))[codes[held]]
    told = np.clip(told, 1e-6, 1 - 1e-6)
    loss = -(y * np.log(told) + (1 - y) * np.log(1 - told)).mean()
    return bool(loss < (1 - LEAK_SHARE) * -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))


def _surprise(n: float, rate: float) -> bool:
    """Tell whether `n` hits in a row cannot be the luck of a good ad: even three times the odds would not do it."""
    odds = 3 * rate / (1 - rate)
    return n * np.log(odds / (1 + odds)) < np.log(1e-6)


def expand(frame: Any, kinds: dict[str, Kind]) -> dict[str, tuple[Literal["category", "number"], Any]]:
    """Turn columns into plain ones: texts and pictures become themselves and their numbers, times hour and weekday; absent ones unknown.

    Raises ``infinite-values``.
    """
    import pandas as pd

    plain: dict[str, tuple[Literal["category", "number"], Any]] = {}
    columns = dict(frame.items())
    for name, kind in kinds.items():
        column: Any = columns[name] if name in columns else pd.Series([None] * len(frame), dtype=object)
        if kind == "number":
            plain[name] = ("number", _numbers(column, name))
            continue
        check_finite(column, name)
        if kind == "category":
            plain[name] = ("category", column)
        elif kind == "time":
            times = pd.to_datetime(column)
            plain[f"{name}.hour"] = ("category", times.dt.hour)
            plain[f"{name}.weekday"] = ("category", times.dt.weekday)
        else:
            # What is shown often is read once.
            codes, shown = column.factorize()
            parts, read = (PARTS, headline_numbers) if kind == "text" else (PICTURE_PARTS, _of_picture)
            told = np.array([read(str(t)) for t in shown] + [(np.nan,) * len(parts)], np.float64)
            plain[name] = ("category", column)
            for i, part in enumerate(parts):
                plain[f"{name}.{part}"] = ("number", told[codes, i])
    return plain


def _numbers(column: Any, name: str) -> np.ndarray:
    """Values of a number column, float64; NaN where there is none. Raises ``infinite-values``."""
    values = column.to_numpy()
    if values.dtype.kind not in "fiu":
        import pandas as pd

        numeric: Any = pd.to_numeric(column, errors="coerce")
        values = numeric.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise _infinite(name)
    return values.astype(np.float64)


def _of_picture(path: str) -> tuple[float, ...]:
    """Numbers of a picture file; unknown where it cannot be read."""
    try:
        numbers = picture_numbers(path)
    except AdwrightError:
        return (np.nan,) * len(PICTURE_PARTS)
    return tuple(numbers[part] for part in PICTURE_PARTS)


def fingerprint(*frames: Any) -> str:
    """Hash that names the content of the training rows."""
    from pandas.util import hash_pandas_object

    hashed: Any = hash_pandas_object
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(hashed(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]
