"""The fitted recommender: laws of its scores, what it does with bad input, and what the shop makes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.commerce import Recommender, fit_recommender
from adwright.tools.commerce.fitted import shop_recommender
from adwright.tools.commerce.items import Item
from adwright.tools.commerce.neighbours import cosine, ease, gram, strongest
from adwright.tools.commerce.purchases import Pairs, read
from adwright.tools.commerce.recommend import RecommendProducts, Suggestion, recommend, recommend_products
from adwright.tools.commerce.rules import arrange

START = datetime(2026, 1, 1, 12)


def purchases(users: int = 120, seed: int = 0) -> pd.DataFrame:
    """Customers of two tastes over 200 days: a0..a9 go together, b0..b9 go together."""
    rng = np.random.default_rng(seed)
    rows = []
    for u in range(users):
        for order in range(3):
            day = int(rng.integers(0, 200))
            for i in rng.choice(10, 3, replace=False):
                taste = "ab"[u % 2] if rng.random() < 0.9 else "ba"[u % 2]
                rows.append((f"u{u:03}", f"{taste}{i}", START + timedelta(days=day), 1.0, f"{u}-{order}"))
    return pd.DataFrame(rows, columns=["user", "item", "time", "quantity", "order"])


@pytest.fixture(scope="module")
def bought() -> pd.DataFrame:
    return purchases()


@pytest.fixture(scope="module", params=["ease", "knn"])
def model(request: pytest.FixtureRequest, bought: pd.DataFrame) -> Recommender:
    return fit_recommender(bought, request.param)


# Laws


def test_what_goes_together_is_found(model: Recommender, bought: pd.DataFrame) -> None:
    top = model.recommend([f"u{i:03}" for i in range(100)], n=3)
    own = top.user.str[1:].astype(int) % 2 == 0
    assert (top.item.str[0] == np.where(own, "a", "b")).mean() > 0.8


def test_seen_items_are_left_out_scores_fall_ranks_count(model: Recommender, bought: pd.DataFrame) -> None:
    seen = set(zip(bought.user, bought.item, strict=True))
    found = model.recommend(model.users, n=20)
    assert not seen & set(zip(found.user, found.item, strict=True))
    for _, one in found.groupby("user"):
        assert (np.diff(one.score) <= 0).all()
        assert one["rank"].tolist() == list(range(1, len(one) + 1))
    everything = model.recommend(model.users[:5], n=20, exclude_seen=False)
    assert everything.groupby("user").size().tolist() == [20] * 5


def test_the_parts_add_up_to_the_score(model: Recommender) -> None:
    found = model.recommend(model.users[:20], n=5)
    row: Any
    for row in found.itertuples():
        parts = model.explain(row.user, row.item)
        assert parts.part.sum() == pytest.approx(row.score, abs=1e-5)
        strongest_first = [one for one in parts.because[:3] if one is not None]
        assert [item for item, _ in row.why] == strongest_first[: len(row.why)]


def test_same_seed_same_list_and_the_order_of_rows_does_not_matter(bought: pd.DataFrame) -> None:
    one, other = (fit_recommender(frame, "auto", seed=3) for frame in (bought, bought.sample(frac=1, random_state=1)))
    assert one.measured == other.measured
    pd.testing.assert_frame_equal(one.recommend(one.users, 5), other.recommend(other.users, 5))


@pytest.mark.parametrize("goal", ["visit", "basket"])
def test_not_personalised_is_one_list_for_all_that_reads_no_history(bought: pd.DataFrame, goal: Any) -> None:
    model = fit_recommender(bought, "ease", goal=goal)
    found = model.recommend([*model.users[:10], "nobody"], n=6, personalised=False)
    lists = found.groupby("user").item.agg(list)
    assert len({tuple(one) for one in lists}) == 1
    assert all(why == [] for why in found.why)
    model.remember([], Pairs(*(np.zeros(0, int) for _ in Pairs._fields)))
    assert model.recommend(["u000"], n=6, personalised=False).item.tolist() == lists.iloc[0]


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_people_who_share_nothing_do_not_change_each_others_neighbours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    here = (rng.random((12, 6)) < 0.4).astype(np.float32)
    alone = ease(gram(csr_matrix(here)), 0.5, 2.0)
    joined = np.zeros((15, 9), np.float32)
    joined[:12, :6] = here
    joined[12:, 6:] = rng.random((3, 3)) < 0.6
    whole = ease(gram(csr_matrix(joined)), 0.5, 2.0)
    assert np.allclose(whole[:6, :6], alone, atol=1e-5)
    assert np.allclose(whole[:6, 6:], 0, atol=1e-6)


def test_ease_is_the_closed_form_of_the_paper() -> None:
    x = (np.random.default_rng(0).random((40, 8)) < 0.4).astype(float)
    p = np.linalg.inv(x.T @ x + 3.0 * np.eye(8))
    expected = -p / np.diag(p)
    np.fill_diagonal(expected, 0)
    assert np.allclose(ease(gram(csr_matrix(x)), 0.0, 3.0), expected, atol=1e-5)


def test_cosine_is_the_same_with_and_without_a_gram() -> None:
    x = csr_matrix((np.random.default_rng(1).random((60, 15)) < 0.3).astype(np.float32))
    assert np.allclose(cosine(x).toarray(), cosine(x, gram(x)).toarray())
    whole, few = cosine(x).toarray(), cosine(x, kept=4).toarray()
    assert np.array_equal(few, np.where(whole >= np.sort(whole, axis=0)[-4], whole, 0))


def test_only_the_strongest_cells_stay() -> None:
    dense = np.array([[0.0, 3.0, -5.0, 1.0], [2.0, 0.0, 0.5, -0.1]], np.float32)
    assert strongest(dense, 2).toarray().tolist() == [[0.0, 3.0, -5.0, 0.0], [2.0, 0.0, 0.5, 0.0]]


def test_what_is_new_counts_more_than_what_was_once() -> None:
    rows = [(f"u{i}", "old", START + timedelta(days=i % 50)) for i in range(200)]
    rows += [(f"u{i}", "new", START + timedelta(days=190 + i % 10)) for i in range(60)]
    model = fit_recommender(pd.DataFrame(rows, columns=["user", "item", "time"]), "popular")
    assert model.recommend(["somebody"], 2).item.tolist() == ["new", "old"]


# Choosing, keeping


def test_auto_says_what_it_measured_and_takes_the_best(bought: pd.DataFrame) -> None:
    model = fit_recommender(bought, goal="basket")
    reached = {one["method"]: one["ndcg10"] for one in model.measured}
    assert set(reached) == {"popular", "knn", "ease"}
    assert reached[model.method] == max(reached.values())
    assert reached[model.method] > reached["popular"]


def test_tastes_that_say_nothing_leave_it_to_what_sells() -> None:
    rng = np.random.default_rng(5)
    popular = rng.zipf(1.6, 6000) % 40
    rows = [(f"u{i % 400}", f"p{p}", START + timedelta(days=int(rng.integers(0, 300)))) for i, p in enumerate(popular)]
    model = fit_recommender(pd.DataFrame(rows, columns=["user", "item", "time"]))
    reached = {one["method"]: one["ndcg10"] for one in model.measured}
    assert reached["popular"] > 0.7 * max(reached.values())


@pytest.mark.parametrize("customers", [True, False])
def test_saved_and_loaded_is_the_same_model(model: Recommender, tmp_path: Path, customers: bool) -> None:
    folder = model.save(tmp_path / "kept", customers=customers)
    back = Recommender.load(folder)
    assert not [path for path in folder.iterdir() if path.suffix not in (".json", ".safetensors")]
    if customers:
        pd.testing.assert_frame_equal(back.recommend(model.users, 5), model.recommend(model.users, 5))
        pd.testing.assert_frame_equal(back.again(model.users, 5), model.again(model.users, 5))
    else:
        assert back.users == []
        assert not any(user.encode() in path.read_bytes() for path in folder.iterdir() for user in model.users[:5])
    next(folder.glob("*.safetensors")).write_bytes(b"x")
    with pytest.raises(AdwrightError) as error:
        Recommender.load(folder)
    assert error.value.code == "damaged-model"


def test_pandas_arrow_and_ibis_give_the_same(bought: pd.DataFrame) -> None:
    expected = fit_recommender(bought, "ease").recommend(["u001"], 5)
    backend = ibis.duckdb.connect()
    for table in (pa.Table.from_pandas(bought, preserve_index=False), backend.create_table("t", bought)):
        pd.testing.assert_frame_equal(fit_recommender(table, "ease").recommend(["u001"], 5), expected)


# Buying again


def test_habits_come_first_and_the_usual_gap_is_told() -> None:
    rows = [(f"u{i}", "coffee", START + timedelta(days=30 * k)) for i in range(4) for k in range(5)]
    rows += [("u0", "tent", START), ("u0", "mug", START), ("u0", "mug", START + timedelta(days=7))]
    model = fit_recommender(pd.DataFrame(rows, columns=["user", "item", "time"]), "popular")
    found = model.again(["u0"])
    assert found.item.tolist() == ["coffee", "mug"]
    assert found.times.tolist() == [5, 2]
    assert found.interval[0] == 30 and np.isnan(found.interval[1])
    assert model.again(["nobody"]).empty


# Bad input


def test_returned_lines_doubled_lines_and_gaps() -> None:
    rows = [
        ("u1", "kept", 2.0),
        ("u1", "back", 1.0),
        ("u1", "back", -1.0),
        ("u2", "kept", np.nan),
        ("u2", "only-back", -3.0),
        (None, "kept", 1.0),
        ("u3", None, 1.0),
    ]
    frame = pd.DataFrame(rows, columns=["user", "item", "quantity"])
    found = read(pd.concat([frame, frame]))
    assert found.user_ids == ["u1", "u2"] and found.item_ids == ["kept"]
    assert len(found.user) == 2


@pytest.mark.parametrize("method", ["auto", "ease", "knn", "popular"])
@pytest.mark.parametrize(
    "rows",
    [[("u", "i")], [("u", f"i{k}") for k in range(4)], [(f"u{k}", "i") for k in range(4)]],
    ids=["one pair", "one user", "one item"],
)
def test_the_smallest_tables_work(rows: list[tuple[str, str]], method: Any) -> None:
    model = fit_recommender(pd.DataFrame(rows, columns=["user", "item"]), method)
    assert len(model.recommend([rows[0][0]], n=50)) == len(model.items) - len({item for user, item in rows if user == rows[0][0]})
    assert len(model.recommend(["unknown"], n=50)) == len(model.items)
    assert model.measured == []


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (pd.DataFrame({"user": ["u"]}), "no-column"),
        (pd.DataFrame({"item": ["i"]}), "no-column"),
        (pd.DataFrame({"user": [], "item": []}), "no-purchases"),
        (pd.DataFrame({"user": ["u"], "item": ["i"], "quantity": [-1]}), "no-purchases"),
        (pd.DataFrame({"user": ["u"], "item": ["i"], "time": ["yesterday or so"]}), "unreadable-column"),
        ([("u", "i")], "not-a-table"),
    ],
)
def test_tables_that_cannot_serve_are_named(table: Any, code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        fit_recommender(table)
    assert error.value.code == code
    assert error.value.message.zh and error.value.message.en


def test_wrong_questions_are_named(bought: pd.DataFrame) -> None:
    model = fit_recommender(bought, "popular")
    for ask, code in (
        (lambda: fit_recommender(bought, "svd"), "bad-method"),  # pyright: ignore[reportArgumentType]
        (lambda: fit_recommender(bought, goal="x"), "bad-goal"),  # pyright: ignore[reportArgumentType]
        (lambda: model.recommend(["u000"], n=0), "bad-n"),
        (lambda: model.explain("nobody", "a0"), "unknown-user"),
        (lambda: model.explain("u000", "nothing"), "unknown-item"),
    ):
        with pytest.raises(AdwrightError) as error:
            ask()
        assert error.value.code == code


# Rules


def suggestion(id_: str, score: float, category: str = "home", name: str = "", **more: Any) -> Suggestion:
    from adwright.data.words import both

    return Suggestion(
        item=Item(id=id_, name_zh=name, category=category, currency="CNY", **more), how="together", score=score, why=both("因", "why")
    )


def test_variety_discounts_but_does_not_lift_what_is_weak() -> None:
    lamps = [suggestion(f"lamp{i}", 1.0 - i / 100, name=f"甲 {i} 台灯") for i in range(4)]
    mug, dust = suggestion("mug", 0.7, "kitchen"), suggestion("dust", 0.01, "toys")
    assert [one.item.id for one in arrange([*lamps, mug, dust], 3)] == ["lamp0", "mug", "lamp1"]


def test_margin_breaks_ties_and_weighs_when_asked() -> None:
    plain, rich = suggestion("plain", 1.0, "a", price=100, cost=90), suggestion("rich", 0.8, "b", price=100, cost=20)
    assert [one.item.id for one in arrange([plain, rich], 2)] == ["plain", "rich"]
    assert [one.item.id for one in arrange([plain, rich], 2, margin=1.0)] == ["rich", "plain"]
    assert arrange([plain, suggestion("tie", 1.0, "c", price=100, cost=10)], 1)[0].item.id == "tie"
    assert arrange([suggestion("gone", 9.0, stock=0)], 1) == []


# The shop


def test_the_shops_model_is_kept_without_anybodys_history(shop: Workspace) -> None:
    model = shop_recommender(shop)
    assert model is not None and model.users == []
    assert shop_recommender(shop) is model
    kept = Recommender.load(shop.models / "recommender")
    assert kept.facts == model.facts and kept.items == model.items
    some = shop.warehouse.frame("SELECT DISTINCT user_id FROM orders LIMIT 20").user_id
    assert not any(user.encode() in path.read_bytes() for path in (shop.models / "recommender").iterdir() for user in some)


def test_a_segment_gets_what_its_people_buy(shop: Workspace) -> None:
    found = recommend(shop, segment="s1", n=5)
    assert len(found.suggestions) == 5 and {one.how for one in found.suggestions} == {"segment"}
    assert {one.item.id for one in found.suggestions} != {one.item.id for one in recommend(shop, segment="s2", n=5).suggestions}
    with pytest.raises(AdwrightError) as error:
        recommend(shop, segment="s99")
    assert error.value.code == "unknown-segment" and "s1" in error.value.hint.en


def test_nobodys_data_is_read_when_it_is_not_wanted(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise AssertionError("personal data was read")

    for name in ("taste_of", "shop_recommender"):
        monkeypatch.setattr(f"adwright.tools.commerce.recommend.{name}", forbidden)
    users = shop.warehouse.frame("SELECT DISTINCT user_id FROM orders ORDER BY 1 LIMIT 5").user_id
    lists = [[s.item.id for s in recommend(shop, user_id=user, personalised=False).suggestions] for user in users]
    assert all(one == lists[0] for one in lists)
    assert {s.how for s in recommend(shop, segment="s1", personalised=False).suggestions} == {"popular"}


def test_views_count_where_there_are_no_orders_and_refused_ones_do_not(empty_shop: Workspace) -> None:
    rows = [
        {"order_id": f"{i}", "ts": START, "user_id": f"u{i}", "product_id": p, "quantity": 1.0, "unit_price": 9.0, "currency": "CNY"}
        for i in range(60)
        for p in (("tent", "lamp") if i % 2 else ("soap", "towel"))
    ]
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist(rows))
    looked = [
        {"ts": START, "user_id": user, "event": "view", "product_id": "tent", "consent": consent}
        for user, consent in (("visitor", True), ("private", False))
    ]
    empty_shop.warehouse.replace("events", pa.Table.from_pylist(looked))
    found = recommend(empty_shop, user_id="visitor", n=2)
    assert found.suggestions[0].item.id == "lamp" and "looked at tent" in found.suggestions[0].why.en
    assert {one.how for one in recommend(empty_shop, user_id="private", n=2).suggestions} == {"popular"}


def test_words_in_both_languages(shop: Workspace) -> None:
    user = shop.warehouse.frame("SELECT user_id FROM orders GROUP BY 1 HAVING count(DISTINCT product_id) >= 4 ORDER BY 1 LIMIT 1").user_id[
        0
    ]
    zh, en = (recommend_products(shop, RecommendProducts(user_id=user, reply_language=language)) for language in ("zh", "en"))
    assert "因为买过" in zh.content and "because they bought" in en.content
    assert len(zh.content) <= 500 and len(en.content) <= 500
