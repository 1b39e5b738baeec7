"""Weekly history of spend and outcome, read and checked: what `fit_curves` learns from.

Long tables (a row per day or week and channel, the outcome repeated) and wide ones (a column per channel) give the same
object; days are summed to weeks counted from the first date. Not covered: several countries or shops in one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.words import Words, both

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
LEAST_WEEKS = 20
# A channel whose weekly spend varies less than this (coefficient of variation) cannot teach a curve.
LEAST_VARIATION = 0.1
LEAST_ACTIVE = 8
# Refusals for want of data, here and in `shop_weeks`: more data answer the question.
WANTING = frozenset({"no-campaigns", "no-orders", "few-weeks", "single-week", "no-spend", "no-variation", "weeks-missing"})


@dataclass(frozen=True)
class WeeklyHistory:
    """`spend` (weeks, channels) and `outcome` (weeks) in units of the caller; `controls` (weeks, k) by `control_names`."""

    weeks: list[date]
    channels: list[str]
    spend: Array
    outcome: Array
    controls: Array
    control_names: list[str]

    @property
    def still(self) -> list[str]:
        """Channels whose spend hardly varied, or that ran in few weeks: their curves are mostly assumption."""
        mean = self.spend.mean(0)
        varied = self.spend.std(0) >= LEAST_VARIATION * np.maximum(mean, 1e-300)
        active = (self.spend > 0).sum(0) >= LEAST_ACTIVE
        return [name for name, good in zip(self.channels, varied & active, strict=True) if not good]

    def first(self, weeks: int) -> WeeklyHistory:
        """Return the first so many weeks."""
        return WeeklyHistory(
            self.weeks[:weeks], self.channels, self.spend[:weeks], self.outcome[:weeks], self.controls[:weeks], self.control_names
        )


def read_weekly(
    history: pd.DataFrame,
    *,
    channels: Sequence[str] | None = None,
    outcome: str = "outcome",
    date_column: str = "date",
    controls: Sequence[str] = (),
    today: date | None = None,
) -> WeeklyHistory:
    """Read a long table (`date`, `channel`, `spend`, outcome) or, with `channels`, a wide one whose columns they are.

    `controls` name further numeric columns that move the outcome (price, holidays). `today` bounds the dates; None leaves
    them free. Raises `AdwrightError`: ``bad-history``, ``future-dates``, ``negative-spend``, ``no-spend``, ``weeks-missing``,
    ``single-week``, ``few-weeks``, ``no-variation``.
    """
    import pandas as pd

    needed = [date_column, outcome, *controls, *(channels if channels is not None else ("channel", "spend"))]
    missing = [name for name in needed if name not in history.columns]
    if missing or not len(history):
        names = ", ".join(missing)
        raise _bad(
            both(f"周度数据里缺少列：{names}。", f"The weekly history lacks the columns {names}.")
            if missing
            else both("周度数据是空的。", "The weekly history holds no rows.")
        )
    frame: Any = history[needed].copy()
    frame[date_column] = pd.to_datetime(frame[date_column], errors="coerce")
    if frame[date_column].isna().any():
        raise _bad(both("有的日期读不懂。", "Some dates cannot be read."))
    numbers = [c for c in needed if c not in (date_column, "channel")] if channels is None else [c for c in needed if c != date_column]
    for name in numbers:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
        if not np.isfinite(frame[name].to_numpy(float)).all():
            raise _bad(both(f"“{name}”列有空值或不是数字。", f'The column "{name}" holds missing values or text.'))
    frame = frame.rename(columns={date_column: "date"})
    frame["week"] = (frame["date"] - frame["date"].min()).dt.days // 7
    table, names = _spend(frame, channels)
    if channels is None and (frame.groupby("date")[outcome].nunique() > 1).any():
        raise _bad(
            both(
                "同一天各渠道行的结果不同；结果应是全店的数，每行重复。",
                "Rows of one date differ in the outcome; it should be the whole shop's, repeated.",
            )
        )
    daily = frame.groupby("date")[[outcome, *controls]].first().reset_index()
    daily["week"] = (daily["date"] - daily["date"].min()).dt.days // 7
    weekly = daily.groupby("week")
    result, counts = weekly[outcome].sum(), weekly.size()
    steady = weekly[list(controls)].mean() if controls else None
    weeks = int(daily["week"].max()) + 1
    # Of daily data a last week of a few days is no week.
    if weeks > 1 and counts.iloc[-1] < counts.max():
        weeks -= 1
    gone = sorted(set(range(weeks)) - set(result.index))
    start = frame["date"].min().date()
    days = [date.fromordinal(start.toordinal() + 7 * k) for k in range(weeks)]
    if gone:
        raise _bad(
            both(
                f"缺 {len(gone)} 周的数据，第一周是 {days[gone[0]]}。",
                f"{len(gone)} weeks are missing, the first is that of {days[gone[0]]}.",
            ),
            both("请补齐每一周，没有投放的周花费写 0。", "Fill in every week; where nothing was spent write 0."),
            code="weeks-missing",
        )
    read = WeeklyHistory(
        days,
        names,
        table.reindex(range(weeks), fill_value=0.0).to_numpy(float),
        result.reindex(range(weeks)).to_numpy(float),
        steady.reindex(range(weeks)).to_numpy(float) if steady is not None else np.zeros((weeks, 0)),
        list(controls),
    )
    check_history(read, last=frame["date"].max().date(), today=today)
    return read


def _spend(frame: Any, channels: Sequence[str] | None) -> tuple[Any, list[str]]:
    if channels is None:
        table = frame.assign(channel=frame["channel"].astype(str)).pivot_table(
            index="week", columns="channel", values="spend", aggfunc="sum", fill_value=0.0
        )
    else:
        table = frame.groupby("week")[list(channels)].sum()
    values = table.to_numpy(float)
    lowest = frame["spend"].min() if channels is None else values.min(initial=0.0)
    if lowest < 0:
        raise _bad(
            both(f"有花费是负数（{lowest:g}）。", f"A spend is negative ({lowest:g})."),
            both("退款请记在结果里，花费不能为负。", "Book refunds in the outcome; spend cannot be negative."),
            code="negative-spend",
        )
    return table, [str(c) for c in table.columns]


def check_history(read: WeeklyHistory, *, last: date, today: date | None = None) -> None:
    """Raise `AdwrightError` where no curve can be learnt from a history whose newest day is `last`; see `read_weekly`."""
    if today is not None and last > today:
        raise _bad(
            both(f"数据里有今天之后的日期：{last}。", f"The history holds dates after today: {last}."),
            both("请去掉未来的行，计划不是历史。", "Take future rows out: a plan is no history."),
            code="future-dates",
        )
    weeks = len(read.weeks)
    if weeks == 1:
        raise _bad(
            both("只有一周数据，看不出花费变化带来的结果变化。", "There is a single week: it cannot show what changes when spend changes."),
            both(
                f"至少要 {LEAST_WEEKS} 周；在那之前用预测公式。", f"At least {LEAST_WEEKS} weeks are needed; use the forecast until then."
            ),
            code="single-week",
        )
    if weeks < LEAST_WEEKS:
        raise _bad(
            both(
                f"只有 {weeks} 周数据，响应曲线至少要 {LEAST_WEEKS} 周。",
                f"There are {weeks} weeks; response curves need at least {LEAST_WEEKS}.",
            ),
            both("先用预测公式（点击率 × 转化率 × 客单价）估算。", "Use the forecast (CTR x CVR x order value) until then."),
            code="few-weeks",
        )
    if read.spend.sum() <= 0:
        raise _bad(
            both("历史里没有花费。", "There is no spend in the history."),
            both("请检查花费列。", "Check the spend column."),
            code="no-spend",
        )
    if len(read.still) == len(read.channels):
        names = "、".join(read.still), ", ".join(read.still)
        raise _bad(
            both(
                f"每周花费几乎不变（{names[0]}），学不出曲线。", f"Weekly spend hardly varied ({names[1]}): no curve can be learnt from it."
            ),
            both(
                "请先有意识地变动花费几周，或做一次停投对照。",
                "Vary the spend on purpose for some weeks, or run a hold-out test.",
            ),
            code="no-variation",
        )


def _bad(message: Words, hint: Words | None = None, code: str = "bad-history") -> AdwrightError:
    usual = both(
        "需要列 date、channel、spend、outcome，每周每渠道一行。",
        "It needs the columns date, channel, spend, outcome: a row per week and channel.",
    )
    return AdwrightError(message, hint or usual, code=code)
