"""What an order says once, given to its lines: a discount on the whole order, and what was paid back.

A discount is shared by what the lines cost, exact to the currency's smallest unit: rounding goes along the running sum, so
the shares of an order always add up to it. What was paid back becomes lines of their own, dated as the order: quantity,
and with it the discount, negative; a line paid back in part gives one line of quantity -1 over that amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .casting import DECIMAL
from .money import MINOR_UNITS
from .recipe import Recipe
from .schema import columns
from .words import both

if TYPE_CHECKING:
    import duckdb

# Columns of `stage` beside those of the table: amounts of the order, of the line, and whether the status says "refunded".
EXTRA = ("order_discount", "order_paid", "order_refunded", "refunded", "sent_back")
_USABLE = "problem IS NULL AND quantity > 0"
_ORDER = "PARTITION BY order_id"
_RUNNING = f"({_ORDER} ORDER BY place ROWS UNBOUNDED PRECEDING)"
_NET = "(quantity * unit_price - coalesce(discount, 0))::DOUBLE"


def settle(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    """Share order discounts and add refund lines in `stage` (its column `added`); does nothing where no order says any."""
    if recipe.has("order_discount") or recipe.has("order_paid"):
        _share_discounts(cursor, recipe)
    if any(recipe.has(field) for field in ("order_refunded", "refunded", "status", "refund_status")):
        _add_refunds(cursor, recipe)


def _share(amount: str, weight: str) -> str:
    """SQL of a line's part of `amount`, by `weight`; the parts of an order sum to it exactly."""
    digits = "CASE " + " ".join(f"WHEN currency = '{code}' THEN {n}" for code, n in MINOR_UNITS.items()) + " ELSE 2 END"
    # Whole numbers: a line's upper end and the next one's lower end have to be the same number, or half a cent rounds two ways.
    units = f"round({weight} * 10000)::BIGINT"
    upto, total = f"sum({units}) OVER {_RUNNING}", f"sum({units}) OVER ({_ORDER})"
    upper, lower = (f"round({amount} * (({end})::DOUBLE / {total}), {digits})" for end in (upto, f"{upto} - {units}"))
    return f"CASE WHEN {total} > 0 THEN ({upper} - {lower})::{DECIMAL} ELSE 0 END"


def _share_discounts(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    # What was paid for the goods settles how much the discount was; a discount alone is believed.
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE stage AS SELECT * EXCLUDE (net, whole, off) REPLACE ("
        f"  CASE WHEN {_USABLE} AND off > 0 THEN coalesce(discount, 0) + {_share('off', 'net')} ELSE discount END AS discount)"
        f" FROM (SELECT *, greatest(0, least(whole, coalesce(whole - max(order_paid) OVER ({_ORDER}),"
        f"   max(order_discount) OVER ({_ORDER}), 0))) AS off"
        f"  FROM (SELECT *, sum(net) OVER ({_ORDER}) AS whole"
        f"   FROM (SELECT *, CASE WHEN {_USABLE} THEN greatest(0, {_NET}) ELSE 0 END AS net FROM stage)))"
    )
    recipe.notes.append(
        both("整单优惠按金额分摊到每一行，精确到分。", "Discounts on a whole order are shared among its lines by value, to the cent.")
    )


def _add_refunds(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    names = [column.name for column in columns(recipe.kind)]
    changed = {
        "quantity": "CASE WHEN back >= net THEN -quantity ELSE -1 END",
        "unit_price": f"CASE WHEN back >= net THEN unit_price ELSE back::{DECIMAL} END",
        "discount": "CASE WHEN back >= net THEN -discount END",
    }
    listed = ", ".join(f'{changed.get(name, name)} AS "{name}"' for name in names)
    whole = f"sum(net) OVER ({_ORDER})"
    cursor.execute(
        f"CREATE TEMP TABLE refunds AS SELECT row_number, place, {listed} FROM ("
        f"  SELECT *, CASE WHEN refunded > 0 THEN least(refunded::DOUBLE, net) WHEN sent_back THEN net"
        f"    WHEN paid_back > 0 THEN {_share('paid_back', 'net')} ELSE 0 END AS back"
        # In DuckDB the least of something and nothing is something.
        f"  FROM (SELECT *, least(whole, coalesce(max(order_refunded) OVER ({_ORDER}), 0)) AS paid_back"
        f"   FROM (SELECT *, {whole} AS whole FROM (SELECT *, greatest(0, round({_NET}, 4)) AS net FROM stage WHERE {_USABLE}))))"
        f" WHERE back > 0"
    )
    row = cursor.execute("SELECT count(*), count(DISTINCT order_id) FROM refunds").fetchone() or (0, 0)
    if not row[0]:
        return
    kept = ", ".join(f'"{name}"' for name in names)
    cursor.execute(f"INSERT INTO stage (row_number, place, {kept}, added) SELECT row_number, place, {kept}, true FROM refunds")
    recipe.notes.append(
        both(
            f"{row[1]:,} 个订单有退款，另记 {row[0]:,} 行负数，日期与订单相同。",
            f"{row[1]:,} orders were refunded in part or whole: {row[0]:,} negative lines were added, dated as the order.",
        )
    )
