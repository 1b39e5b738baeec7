"""The warehouse: atomic writes, readers in any thread, fingerprints that follow content."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.schema import SCHEMA, arrow_schema, columns, required
from adwright.data.workspace import Workspace


def orders(count: int, price: float = 1.25) -> pa.Table:
    return pa.table(
        {
            "order_id": [f"o{i}" for i in range(count)],
            "ts": pa.array([1_700_000_000 + i for i in range(count)], pa.timestamp("s", tz="Asia/Shanghai")),
            "product_id": ["p1"] * count,
            "quantity": [1] * count,
            "unit_price": [price] * count,
            "currency": ["CNY"] * count,
        }
    )


def test_every_table_exists_and_matches_the_schema(empty_shop: Workspace) -> None:
    for kind in SCHEMA:
        assert empty_shop.warehouse.count(kind) == 0
        assert list(empty_shop.warehouse.table(kind).columns) == [column.name for column in columns(kind)]
        assert empty_shop.warehouse.arrow(empty_shop.warehouse.table(kind, exact=True)).schema.names == arrow_schema(kind).names
        assert set(required(kind)) <= {column.name for column in columns(kind)}
    with pytest.raises(KeyError):
        empty_shop.warehouse.table("secrets")


def test_replace_append_and_read(empty_shop: Workspace) -> None:
    house = empty_shop.warehouse
    house.replace("orders", orders(1000, 0.1))
    table = house.table("orders")
    exact = house.table("orders", exact=True)
    assert house.frame(table.unit_price.sum().name("s")).to_dict("list") == {"s": [pytest.approx(100)]}
    assert house.arrow(exact.unit_price.sum().name("s"))["s"][0].as_py() == Decimal("100.0000")
    assert str(house.frame(table.limit(1)).ts[0]) == "2023-11-14 22:13:20"
    assert sorted(batch.num_rows for batch in house.batches(table, 300)) == [100, 300, 300, 300]
    assert str(house.frame("SELECT 1.5::DECIMAL(9,2) AS x").x.dtype) == "float64"
    house.append("orders", orders(1))
    assert house.count("orders") == 1001


def test_a_failed_write_changes_nothing(empty_shop: Workspace) -> None:
    house = empty_shop.warehouse
    house.replace("orders", orders(10))
    before = empty_shop.fingerprint("orders")
    with pytest.raises(ValueError, match="no column"):
        house.replace("orders", orders(1).append_column("email", pa.array(["a@b.c"])))
    with pytest.raises(ValueError, match="required"):
        house.append("orders", orders(2).drop_columns("currency"))
    with pytest.raises(RuntimeError), house.transaction() as cursor:
        cursor.execute("DELETE FROM orders")
        raise RuntimeError
    assert house.count("orders") == 10
    assert empty_shop.fingerprint("orders") == before


def test_fingerprints_name_content(empty_shop: Workspace) -> None:
    house = empty_shop.warehouse
    empty = empty_shop.fingerprint("orders")
    house.replace("orders", orders(10))
    ten = empty_shop.fingerprint("orders")
    house.append("orders", orders(1, 9.0))
    eleven = empty_shop.fingerprint("orders")
    house.replace("orders", orders(10))
    assert empty_shop.fingerprint("orders") == ten
    assert len({empty, ten, eleven}) == 3
    house.replace("orders", orders(10).take(pa.array(list(range(9, -1, -1)))))
    assert empty_shop.fingerprint("orders") == ten


def test_threads_read_while_one_writes(empty_shop: Workspace) -> None:
    house = empty_shop.warehouse
    house.replace("orders", orders(5000))

    def read(_: int) -> int:
        return house.arrow(house.table("orders").count().name("n"))["n"][0].as_py()

    with ThreadPoolExecutor(6) as pool:
        seen = pool.map(read, range(40))
        for size in (4000, 5000, 4000):
            house.replace("orders", orders(size))
        assert set(seen) <= {4000, 5000}


def test_a_closed_workspace_says_so(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    workspace.close()
    for use in (
        lambda: workspace.warehouse.count("orders"),
        lambda: workspace.warehouse.table("orders"),
        lambda: workspace.records.plans(),
    ):
        with pytest.raises(AdwrightError) as caught:
            use()
        assert caught.value.code == "workspace-closed"


def test_a_workspace_of_an_older_schema_gains_the_new_columns(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.warehouse.replace("orders", orders(3))
        with workspace.warehouse.transaction() as cursor:
            cursor.execute("ALTER TABLE orders DROP COLUMN country")
    with Workspace.open(tmp_path / "w") as workspace:
        workspace.warehouse.append("orders", orders(1))
        assert workspace.warehouse.frame("SELECT country FROM orders").country.isna().all()
