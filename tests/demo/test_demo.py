"""The demo shop: the same every time, plausible in every table, honest about what is true."""

import pyarrow.parquet as pq
import pytest

from adwright.data.demo import build_demo
from adwright.data.demo.catalogue import load
from adwright.data.demo.draws import CATEGORIES, FIRST, LAST
from adwright.data.demo.truth import CHANNELS, RATES
from adwright.data.knowledge import channel, policy_rules
from adwright.data.workspace import Workspace

KINDS = ("users", "events", "orders", "products", "impressions", "campaigns", "contacts")


def built(path, seed=7, scale=0.01):
    """Fingerprints of all tables and the bytes of the truth."""
    with Workspace.open(path, create=True) as workspace:
        build_demo(workspace, seed=seed, scale=scale)
        return {kind: workspace.fingerprint(kind) for kind in KINDS}, (workspace.path / "demo-truth.parquet").read_bytes()


def test_same_seed_same_bytes_other_seed_other_shop(tmp_path):
    first, second = built(tmp_path / "a"), built(tmp_path / "b")
    assert first == second
    other, _ = built(tmp_path / "c", seed=8)
    assert all(other[kind] != first[0][kind] for kind in KINDS)


def test_scale_leaves_catalogue_and_campaigns_alone(tmp_path, shop):
    small, _ = built(tmp_path / "a")
    assert small["products"] == shop.fingerprint("products")
    assert small["campaigns"] == shop.fingerprint("campaigns")


def test_scale_is_bounded(tmp_path):
    with Workspace.open(tmp_path / "a", create=True) as workspace, pytest.raises(ValueError):
        build_demo(workspace, scale=0)


def test_catalogue_has_both_languages_and_sound_prices():
    goods = load(7)
    assert len(goods.ids) == 305 and len(set(goods.names)) == 305
    assert ("云步 轻云3 跑鞋", "Cloudstep Featherlite 3 running shoes") in goods.names
    nouns = {family.noun[0] for family in goods.families}
    assert {"跑鞋", "扫地机器人", "卫衣", "唇釉", "辣椒酱", "显示器"} <= nouns
    assert {family.category for family in goods.families} == set(CATEGORIES)
    assert (goods.cost < goods.price).all() and (goods.cost > 0.2 * goods.price).all()
    for zh, en in goods.facts:
        assert 3 <= len(zh) == len(en) <= 5
        assert not any("{" in fact for fact in (*zh, *en))


def test_nothing_in_the_shop_breaks_advertising_law(shop):
    frame = shop.warehouse.frame
    words = {"zh": set(), "en": set()}
    for row in frame("SELECT DISTINCT language, headline, body FROM campaigns").itertuples():
        words[row.language] |= {row.headline, row.body}
    for row in frame("SELECT DISTINCT language, headline FROM impressions").itertuples():
        words[row.language].add(row.headline)
    for row in frame("SELECT name_zh, name_en, facts_zh, facts_en FROM products").itertuples():
        words["zh"] |= {row.name_zh, *row.facts_zh.split("\n")}
        words["en"] |= {row.name_en, *row.facts_en.split("\n")}
    for rule in policy_rules():
        if rule.severity == "error":
            assert not [text for text in words[rule.language] if rule.spans(text)], rule.id


def test_past_copy_fits_its_channel(shop):
    for row in shop.warehouse.frame("SELECT channel, headline, body FROM campaigns").itertuples():
        fields = {f.field: f for f in channel(row.channel).copy_fields}
        for field, text in ((fields["headline"], row.headline), (fields.get("body") or fields["description"], row.body)):
            assert field.limit is None or field.used(text) <= field.limit, (row.channel, text)


def test_campaigns_are_plausible(shop):
    frame = shop.warehouse.frame(
        "SELECT channel, count(*) AS n, sum(clicks) / sum(impressions) AS ctr, sum(conversions) / sum(clicks) AS cvr, "
        "sum(spend) / sum(clicks) AS cpc, sum(revenue) / sum(spend) AS roas FROM campaigns GROUP BY channel"
    ).set_index("channel")
    assert set(frame.index) == set(CHANNELS) and frame.n.sum() == 400 and frame.n.min() >= 12
    assert frame.ctr.between(0.006, 0.032).all()
    assert frame.cvr.between(0.005, 0.06).all()
    assert frame.cpc.between(0.4, 6).all()
    assert frame.roas.between(0.8, 5).all()
    whole = shop.warehouse.frame("SELECT * FROM campaigns")
    assert (whole.clicks <= whole.impressions).all() and (whole.conversions <= whole.clicks).all()
    assert whole.start.min().date() >= FIRST and whole.end.max().date() <= LAST
    assert (whole.end >= whole.start).all() and (whole.currency == "CNY").all()
    assert set(whole.language) == {"zh", "en"} and whole.headline.nunique() > 250


def test_more_spend_a_day_makes_clicks_dearer(shop):
    frame = shop.warehouse.frame(
        "SELECT *, spend / (datediff('day', start, \"end\") + 1) AS daily FROM campaigns JOIN products USING (product_id)"
    )
    usual = frame.channel.map({name: rate.cpc for name, rate in RATES.items()}) * (frame.price / 150) ** 0.42
    kappa = frame.channel.map({name: rate.kappa for name, rate in RATES.items()})
    dearer = frame.spend / frame.clicks / usual
    small = frame.daily / kappa < 0.1
    assert dearer[~small].mean() > dearer[small].mean() * 1.03


def test_impressions_follow_the_truth(shop):
    truth = pq.read_table(shop.path / "demo-truth.parquet").to_pandas()
    seen = shop.warehouse.frame("SELECT * FROM impressions ORDER BY ts")
    assert len(seen) == len(truth) == 20_000 and seen.ts.is_unique and (seen.ts.to_numpy() == truth.ts.to_numpy()).all()
    expected = truth.p_click.sum()
    assert abs(seen.clicked.sum() - expected) < 4 * expected**0.5
    assert not (seen.converted & ~seen.clicked).any()
    assert (seen.converted_at[seen.converted] > seen.ts[seen.converted]).all()
    assert seen.hour.between(0, 23).all() and seen.weekday.between(0, 6).all()


def test_the_truth_is_nowhere_else(shop):
    for kind in KINDS:
        assert not {"p_click", "p_order", "group", "segment_hint"} & set(shop.warehouse.table(kind).columns)


def test_events_and_orders_agree(shop):
    frame = shop.warehouse.frame
    counts = frame("SELECT event, count(*) AS n FROM events GROUP BY event").set_index("event").n
    assert counts["view"] > counts["search"] > counts["purchase"] > counts["refund"] > 0
    lines = frame("SELECT count(*) FILTER (quantity > 0) AS bought, count(*) FILTER (quantity < 0) AS returned FROM orders").iloc[0]
    assert lines.bought == counts["purchase"] and lines.returned == counts["refund"]
    assert 0.02 < lines.returned / lines.bought < 0.2
    span = frame("SELECT min(ts) AS first, max(ts) AS last FROM events").iloc[0]
    assert (span["last"] - span["first"]).days > 700 and span["last"].date() <= LAST
    queries = set(frame("SELECT DISTINCT query FROM events WHERE query IS NOT NULL")["query"])
    assert any(q.isascii() for q in queries) and any(not q.isascii() for q in queries)
    orphans = frame("SELECT count(*) AS n FROM orders WHERE user_id NOT IN (SELECT user_id FROM users)").n[0]
    assert orphans == 0
    refunds = frame(
        "SELECT count(*) AS n FROM orders WHERE quantity < 0 AND order_id NOT IN (SELECT order_id FROM orders WHERE quantity > 0)"
    ).n[0]
    assert refunds == 0
