"""What can be wrong with a row of an import, and how that is told.

A problem is ``code:field``; the first that holds for a row sets it apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .casting import column_name, listed, masked, quote
from .filling import IDS
from .headers import values
from .recipe import Recipe
from .schema import PERSONAL, columns
from .source import PLACE, ROW_NUMBER, Source
from .words import both

if TYPE_CHECKING:
    import duckdb

FEW = 0.1  # share of rows
LONGEST = 10_000  # characters of a text
KEPT = 500  # characters kept of a cell of a row that was set apart
REASONS = {
    "missing": both("缺少{zh}", "{en} is missing"),
    "number": both("{zh}不是数字", "{en} is not a number"),
    "whole": both("{zh}不是整数", "{en} is not a whole number"),
    "money": both("{zh}不是金额", "{en} is not an amount of money"),
    "time": both("{zh}不是可识别的时间", "{en} is not a time we can read"),
    "day": both("{zh}不是可识别的日期", "{en} is not a date we can read"),
    "flag": both("{zh}不是“是”或“否”", "{en} is neither yes nor no"),
    "text": both("{zh}无法识别", "{en} is not known"),
    "long": both(f"{{zh}}超过 {LONGEST:,} 个字", f"{{en}} is longer than {LONGEST:,} characters"),
    "negative": both("{zh}不能为负数", "{en} cannot be negative"),
    "zero": both("{zh}为 0", "{en} is 0"),
    "range": both("{zh}超出合理范围", "{en} is out of range"),
    "damaged": both("{zh}被表格软件改成了科学计数法，已失真", "{en} was damaged by a spreadsheet (scientific notation)"),
    "repeated": both("后面的行有相同的{zh}，以后面的为准", "a later row has the same {en} and counts instead"),
    "summary": both("这是合计行", "this is a row of totals"),
    "double": both("同一文件里有更明确的行为，不重复计", "a clearer event of the same file counts instead"),
    "future": both("{zh}在未来", "{en} is in the future"),
    "closed": both("订单已关闭、取消或未付款", "the order was closed, cancelled or not paid"),
    "order": both("结束日期早于开始日期", "the end date is before the start date"),
    "above": both("点击量大于展现量", "there are more clicks than impressions"),
    "over": both("成交数大于点击量", "there are more conversions than clicks"),
    "ragged": both("单元格数量与表头不符", "the number of cells differs from the header"),
}


def problems(recipe: Recipe) -> str:
    """SQL cases that name what is wrong with a row as ``code:field``; the first that holds counts."""
    have = set(recipe.given)
    cases: list[tuple[str, str]] = []
    if recipe.kind in ("campaigns", "orders", "results"):
        firsts = [field for field in ("campaign_id", "name", "start", "day", "order_id", "title", "line") if field in recipe.fields]
        cases += [(f'lower("t_{field}") IN {listed(values("summary"))}', f"summary:{field}") for field in firsts]
    if "status" in have:
        cases.append(("closed", "closed:status"))
    if "cancelled_at" in have:
        cases.append(('"t_cancelled_at" IS NOT NULL', "closed:cancelled_at"))
    if recipe.kind == "events" and "event" in have:
        cases.append(("double", "double:event"))
    for column in columns(recipe.kind):
        name, text = column.name, f'"t_{column.name}"'
        if name in recipe.fields and name in IDS:
            cases.append((rf"regexp_matches({text}, '^\d+(\.\d+)?[eE]\+\d+$')", f"damaged:{name}"))
        if name in recipe.fields and column.type == "text":
            cases.append((f"length({text}) > {LONGEST}", f"long:{name}"))
        if name in have and name not in ("gender", "age", "query"):
            cases.append((f'"{name}" IS NULL AND {text} IS NOT NULL', f"{column.type}:{name}"))
        if column.required:
            cases.append((f'"{name}" IS NULL', f"missing:{name}"))
    return " ".join(f"WHEN {condition} THEN {quote(code)}" for condition, code in cases + _bounds(recipe.kind)) or "WHEN false THEN ''"


def _bounds(kind: str) -> list[tuple[str, str]]:
    """Conditions that no honest row meets."""
    names = {column.name: column.type for column in columns(kind)}
    cases = [
        (f"\"{name}\" NOT BETWEEN TIMESTAMP '1990-01-01' AND TIMESTAMP '2100-01-01'", f"range:{name}")
        for name, t in names.items()
        if t == "time"
    ]
    cases += [
        (f"\"{name}\" NOT BETWEEN DATE '1990-01-01' AND DATE '2100-01-01'", f"range:{name}") for name, t in names.items() if t == "day"
    ]
    not_negative = ("unit_price", "price", "cost", "stock", "spend", "impressions", "clicks", "visits", "conversions", "revenue", "value")
    cases += [(f'"{name}" < 0', f"negative:{name}") for name in not_negative if name in names]
    if "age" in names:
        cases.append(("age NOT BETWEEN 1 AND 120", "range:age"))
    if kind == "orders":
        cases.append(("quantity = 0", "zero:quantity"))
    if kind == "campaigns":
        cases += [('"end" < "start"', "order:end"), ("clicks > impressions", "above:clicks")]
    if kind == "results":
        cases += [
            ("coalesce(line, channel, plan) IS NULL", "missing:line"),
            ("clicks > impressions", "above:clicks"),
            ("conversions > clicks", "over:conversions"),
        ]
    return cases


def mark_future(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    """Set apart the few rows dated after tomorrow; where they are many, it is the clock or the file that is wrong, and that is told."""
    if not any(column.name == "ts" for column in columns(recipe.kind)):
        return
    late = "problem IS NULL AND ts > now() AT TIME ZONE 'UTC' + INTERVAL 1 DAY"
    row = cursor.execute(f"SELECT count(*) FILTER ({late}), count(*) FILTER (problem IS NULL) FROM stage").fetchone() or (0, 0)
    if 0 < row[0] <= FEW * row[1]:
        cursor.execute(f"UPDATE stage SET problem = 'future:ts', culprit = ts::VARCHAR WHERE {late}")
    elif row[0]:
        recipe.notes.append(
            both(
                f"有 {row[0]:,} 行的时间晚于今天，已照常导入；请检查电脑时钟和文件里的日期。",
                f"{row[0]:,} rows are dated after today and were imported all the same; check this computer's clock and the file's dates.",
            )
        )


def mark_repeated(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    """In a list of users, contacts or products the last row of an id counts."""
    key = {"users": "user_id", "contacts": "user_id", "products": "product_id"}.get(recipe.kind)
    if key:
        cursor.execute(
            f"UPDATE stage SET problem = 'repeated:{key}', culprit = {key} WHERE {PLACE} IN (SELECT {PLACE} FROM stage"
            f" WHERE problem IS NULL QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {PLACE} DESC) > 1)"
        )


def collect_bad(cursor: duckdb.DuckDBPyConnection, recipe: Recipe, source: Source) -> None:
    """Make `bad`: number, code, reason in both languages, and the mapped cells of the row as JSON."""
    import pyarrow as pa

    titles = {column.name: column.title for column in columns(recipe.kind)}
    found = [row[0] for row in cursor.execute("SELECT DISTINCT problem FROM stage WHERE problem IS NOT NULL").fetchall()]
    told: list[dict[str, Any]] = []
    for problem in found:
        code, field = problem.split(":")
        title = titles.get(field, both(field, field))
        reason = REASONS[code]
        told.append({"problem": problem, "zh": reason.zh.format(zh=title.zh), "en": reason.en.format(en=title.en)})
    cursor.register("told", pa.Table.from_pylist(told, pa.schema([("problem", pa.string()), ("zh", pa.string()), ("en", pa.string())])))
    cells = {
        column: f"left(r.{column_name(column)}::VARCHAR, {KEPT})"
        for field, column in recipe.fields.items()
        if field != "person" and field not in PERSONAL
    }
    if "query" in recipe.fields:
        cells[recipe.fields["query"]] = masked(cells[recipe.fields["query"]])
    content = ", ".join(f"{quote(column)}: {cell}" for column, cell in cells.items())
    shown = "CASE WHEN culprit IS NULL OR split_part(problem, ':', 1) IN ('summary', 'closed', 'double') THEN '' ELSE '{}' || left(culprit, 60) END"
    cursor.execute(
        f"CREATE TEMP TABLE bad AS SELECT s.{ROW_NUMBER}, s.problem AS code,"
        f" t.zh || {shown.format('：')} AS zh, t.en || {shown.format(': ')} AS en,"
        f" to_json({{{content}}})::VARCHAR AS content"
        f" FROM stage s JOIN told t USING (problem) JOIN source_rows r ON r.{PLACE} = s.{PLACE}"
    )
    if source.ragged:
        reason = REASONS["ragged"]
        rows = [{ROW_NUMBER: n, "code": "ragged", "zh": reason.zh, "en": reason.en, "content": None} for n, _ in source.ragged]
        cursor.register(
            "ragged_rows",
            pa.Table.from_pylist(rows, pa.schema([(ROW_NUMBER, pa.int64()), *((k, pa.string()) for k in ("code", "zh", "en", "content"))])),
        )
        cursor.execute("INSERT INTO bad SELECT * FROM ragged_rows")
