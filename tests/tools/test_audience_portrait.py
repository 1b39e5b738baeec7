"""Portraits of segments: intervals, rules, life-cycle stages, people under pseudonyms, the persona checker, personas without a shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data import knowledge
from adwright.data.portrait import Measured, Portrait
from adwright.data.words import both
from adwright.data.workspace import Workspace
from adwright.tools.audience import check_persona, fit_segments, personas
from adwright.tools.audience.check import demographic_words, figures
from adwright.tools.audience.columns import clustering_columns
from adwright.tools.audience.evidence import facts
from adwright.tools.audience.features import held
from adwright.tools.audience.fit import fit
from adwright.tools.audience.habits import wilson
from adwright.tools.audience.lifecycle import stage_of, staged
from adwright.tools.audience.reword import reworded
from adwright.tools.audience.rule import LEAST_FIDELITY, scores
from adwright.tools.audience.sample import salt_of
from adwright.tools.audience.segment import Segmentation, find_segments
from adwright.tools.audience.segment_users import SegmentUsers, segment_users
from adwright.tools.audience.sources import sources

BOUNDS = {"typical": 30, "late": 60, "lost": 120, "many": 3, "large": 500.0}


@pytest.fixture(scope="module")
def found(shop: Workspace) -> Segmentation:
    return find_segments(shop)


def portraits(found: Segmentation) -> list[Portrait]:
    return [s.portrait for s in found.segments if s.portrait]


def blobs(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(900, 3))
    data[:300, 0] += 6
    data[300:600, 1] -= 6
    return data


def test_every_interval_holds_its_value(found: Segmentation) -> None:
    assert len(portraits(found)) == len(found.segments)
    for known in portraits(found):
        assert known.marks and all(m.low <= m.lift <= m.high and not m.low <= 0 <= m.high for m in known.marks)
        rates = [f for f in known.facts if f.low is not None]
        assert len(rates) >= 5
        for f in rates:
            assert f.number is not None and f.low is not None and f.high is not None
            assert 0 <= f.low <= f.number <= f.high <= 1
            assert f.interval and f.evidence and f.n >= 30


def test_facts_are_what_the_tables_say(shop: Workspace, found: Segmentation) -> None:
    kept = fit(shop)
    assert kept is not None
    for segment in found.segments:
        assert segment.portrait
        group = kept.facts["groups"][kept.ids.index(segment.id)]
        known = {f.id.removeprefix(f"{segment.id}."): f for f in segment.portrait.facts}
        assert known["size"].number == segment.size == group["size"]
        assert abs((known["share"].number or 0) - float(segment.share.value)) < 1e-6
        if "orders" in known:
            assert known["orders"].number == group["median_frequency"] and known["orders"].n == group["buyers"]


def test_the_rule_does_what_it_says(shop: Workspace) -> None:
    """Applied here to every customer, a rule finds as many as it claims."""
    kept, source = fit(shop), sources(shop)
    assert kept is not None and source is not None
    with held(source) as features:
        table = shop.warehouse.arrow(features).to_pandas()
        columns = clustering_columns(features.columns, source.events is not None)
    values = {s: table[s].astype(float) for s in columns}
    labels = _labels(shop, kept)
    label = table["user_id"].map(labels)
    shown = 0
    for j, segment in enumerate(kept.ids):
        rule = next(s for s in find_segments(shop).segments if s.id == segment).portrait
        assert rule is not None and rule.rule is not None
        hit = np.zeros(len(table), bool)
        for path in rule.rule.any_of:
            hit |= np.logical_and.reduce([(values[c.column].fillna(c.unknown) > c.value) == c.above for c in path])
        member = (label == j).to_numpy()
        again = scores(int((hit & member).sum()), int(hit.sum()), int(member.sum()))
        assert again == (rule.rule.fidelity, rule.rule.recall, rule.rule.precision)
        assert bool(rule.rule.text.zh) == bool(rule.rule.text.en) == (rule.rule.fidelity >= LEAST_FIDELITY)
        shown += bool(rule.rule.text.zh)
    assert shown >= len(kept.ids) / 2


def _labels(shop: Workspace, kept: Any) -> dict[str, int]:
    """Put everybody into the kept centres again."""
    from adwright.tools.audience.grouping import engine_points

    source = sources(shop)
    assert source is not None
    with held(source) as features, engine_points(shop.warehouse, features, clustering_columns(features.columns)) as (_, points):
        rows = shop.warehouse.arrow(points.labelled(np.array(kept.centres)).select("user_id", "label"))
    return dict(zip(rows["user_id"].to_pylist(), rows["label"].to_pylist(), strict=True))


@given(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 900)), st.floats(0, 5000))
def test_everyone_is_in_exactly_one_stage(orders: int, days: int | None, spend: float) -> None:
    stage = stage_of(orders, days, spend, BOUNDS)
    assert [rule.id for rule in knowledge.stage_rules()].count(stage) == 1
    if orders == 0:
        assert stage == "prospect"
    elif days is not None and days > BOUNDS["lost"]:
        assert stage == "lapsed"


def test_the_engine_stages_as_the_rules_do() -> None:
    import ibis

    rng = np.random.default_rng(2)
    orders = rng.integers(0, 6, 400)
    days = np.where(orders > 0, rng.integers(0, 300, 400), 0).astype(float)
    frame = pd.DataFrame({"frequency": orders.astype(float), "recency_days": np.where(orders > 0, days, np.nan), "spend": orders * 170.0})
    rows: Any = staged(ibis.memtable(pa.Table.from_pandas(frame)), BOUNDS).to_pandas()
    told = [
        stage_of(f, None if pd.isna(r) else r, s, BOUNDS)
        for f, r, s in zip(rows["frequency"], rows["recency_days"], rows["spend"], strict=True)
    ]
    assert rows["stage"].tolist() == told
    assert set(told) == {rule.id for rule in knowledge.stage_rules()}


def test_life_cycle_shares_and_cross_table_add_up(found: Segmentation) -> None:
    told = found.lifecycle
    assert told is not None and told.segments == [s.id for s in found.segments]
    assert sum(stage.size for stage in told.stages) == found.n_users
    assert abs(sum(stage.share for stage in told.stages) - 1) < 1e-4
    assert abs(sum(stage.revenue_share or 0 for stage in told.stages) - 1) < 1e-4
    assert all(sum(stage.by_segment) == stage.size for stage in told.stages)
    assert [sum(column) for column in zip(*(s.by_segment for s in told.stages), strict=True)] == [s.size for s in found.segments]
    for stage in told.stages:
        assert "{" not in stage.rule.zh + stage.rule.en + stage.action.zh + stage.action.en + stage.metric.zh


def test_people_are_under_pseudonyms_that_belong_to_the_shop(shop: Workspace, found: Segmentation, tmp_path: Path) -> None:
    ids = set(shop.warehouse.arrow("SELECT user_id FROM users")["user_id"].to_pylist())
    shown = [one for known in portraits(found) for one in known.people]
    assert shown and {one.kind for one in shown} == {"typical", "border"}
    assert all(len(one.id) == 8 and one.id not in ids and one.numbers for one in shown)
    kept = fit(shop)
    assert kept is not None and not any(f'"{id_}"' in json.dumps(kept.facts) for id_ in ids)
    assert salt_of(shop.models) == salt_of(shop.models) != salt_of(tmp_path)


def test_words_carry_counts_and_z(found: Segmentation) -> None:
    spoken = [word for known in portraits(found) for word in known.words]
    assert spoken and all(word.n >= 3 and word.z > 2.3 for word in spoken)
    assert all([w.z for w in known.words] == sorted((w.z for w in known.words), reverse=True) for known in portraits(found))


def test_every_text_is_supported_by_its_evidence(found: Segmentation) -> None:
    for segment in found.segments:
        for name, words in segment.persona:
            if words is not None:
                assert segment.portrait is not None
                for language, text in (("zh", words.zh), ("en", words.en)):
                    assert not check_persona(text, segment.portrait, language), (name, text)  # type: ignore[arg-type]
        assert segment.persona.action and segment.persona.metric and segment.persona.channel and segment.persona.todo


FACTS = [
    Measured(id="s1.size", name=both("人数", "Customers"), value=both("1,746 人", "1,746 people"), number=1746, n=1746),
    Measured(id="s1.orders", name=both("购买次数（中位数）", "Orders (median)"), value=both("3 单", "3 orders"), number=3, shop="1", n=1654),
    Measured(id="s1.spend", name=both("累计消费", "Spend"), value=both("¥514", "¥514"), number=514.2, shop="¥219", n=1654),
    Measured(id="s1.discount", name=both("用优惠的订单行", "Order lines with a discount"), value=both("9.6%", "9.6%"), number=0.0956, low=0.08,
             high=0.112, interval="8.0%–11%", shop="7.4%", n=1654),
    Measured(id="s1.next", name=both("之后 30 天下单", "Ordered in the next 30 days"), value=both("20%", "20%"), number=0.2005, low=0.18, high=0.22,
             interval="18%–22%", shop="14%", n=1661),
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "共 1,746 人，典型的一位下过 3 单，共花 ¥514。",
        "之后 30 天内约 20% 的人又下了单（95% 区间 18%–22%，全店 14%）。",
        "他们有 10% 的订单行用了优惠（全店 7.4%）。",
        "The median customer has placed 3 orders for ¥514 in all.",
        "20% ordered within the next 30 days (95% interval 18% to 22%, shop 14%).",
        "一句话说清好处，没有反应就停。",
    ],
)
def test_supported_texts_pass(text: str) -> None:
    assert not check_persona(text, FACTS, "zh")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("典型的一位下过 4 单。", "4 单"),
        ("典型的一位下过四单。", "四单"),
        ("三成的订单用了优惠。", "三成"),
        ("他们有 20% 的订单行用了优惠。", "20%"),  # a known number of another measure
        ("他们花了 ¥219。", "¥219"),  # the shop's value without the shop
        ("一半人会再下单。", "一半"),
        ("近 6 成会在 30 天内下单。", "6 成"),
        ("They spend twice as much.", "twice"),
        ("Half of them come back.", "Half"),
        ("They placed five orders.", "five orders"),
        ("22% ordered next.", "22%"),  # an end of the interval told as the value
        ("1.7 million people.", "1.7"),
        ("他们平均 32 天买一次。", "32 天"),
    ],
)
def test_unsupported_numbers_are_caught(text: str, span: str) -> None:
    assert span in [finding.span for finding in check_persona(text, FACTS, "zh")]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("写给年轻妈妈", "妈妈"),
        ("多为 90后 白领", "白领"),
        ("一线城市的女性", "女性"),
        ("Busy moms who love deals", "moms"),
        ("Young professionals", "professionals"),
        ("Affluent women aged 25", "affluent"),
    ],
)
def test_demographic_words_are_caught_unless_they_are_evidence(text: str, word: str) -> None:
    assert word in demographic_words(text)
    assert "demographic-word" in [finding.rule for finding in check_persona(text, [], "en")]
    shown = Portrait(words=[{"word": word, "n": 5, "z": 3.0}])  # type: ignore[list-item]
    assert word not in [finding.span for finding in check_persona(text, shown, "en")]


def test_ordinary_words_are_no_demographics() -> None:
    assert not demographic_words(
        "提醒老朋友：这段时间有什么新东西。Say how it relates to what they bought; a single message, man-made fibres."
    )
    assert not demographic_words("不要用年龄、性别等个人特征称呼他们。Do not address them by age, gender or other personal traits.")


@given(st.text(max_size=80))
def test_the_checker_takes_any_text(text: str) -> None:
    for figure in figures(text):
        assert 0 <= figure.start < figure.end <= len(text)
    check_persona(text, FACTS, "zh")


def test_a_model_may_word_but_not_invent() -> None:
    text = "典型的一位下过 3 单，共花 ¥514。"
    good = reworded(text, Portrait(facts=FACTS), "zh", lambda _: "典型顾客下了 3 单，花了 ¥514。")
    assert good == ("典型顾客下了 3 单，花了 ¥514。", [])
    asked: list[str] = []

    def invents(prompt: str) -> str:
        asked.append(prompt)
        return "年轻妈妈平均下 7 单。"

    kept, wrong = reworded(text, Portrait(facts=FACTS), "zh", invents)
    assert kept == text and {f.rule for f in wrong} == {"unsupported-number", "demographic-word"}
    assert len(asked) == 2 and "7 单" in asked[1] and "年轻" in asked[1]
    assert reworded(text, Portrait(facts=FACTS), "zh", lambda _: "")[0] == text


def test_personas_of_a_shop_and_of_features_alone(found: Segmentation) -> None:
    for language in ("zh", "en"):
        told = personas(found, language)
        assert json.loads(json.dumps(told)) == told
        assert len({one["name"] for one in told}) == len(told) == len(found.segments)
        assert all({"summary", "message", "channel", "offer", "avoid", "action", "metric"} <= one["texts"].keys() for one in told)
    frame = pd.DataFrame(blobs(), columns=["x", "y", "z"])
    for features, scale in ((frame, True), (blobs(), False)):
        grouped = fit_segments(features, k=3, scale=scale)
        told = personas(grouped, "en")
        assert len({one["name"] for one in told}) == 3
        assert {key for one in told for key in one["texts"]} == {"summary"}
        assert all(one["portrait"]["rule"]["text"] and one["portrait"]["rule"]["fidelity"] > 0.9 for one in told)
        assert personas(fit_segments(features, k=3, scale=scale), "en") == told
    one = personas(found, "zh", write=lambda _: "他们有 99.9% 是女性。")[0]
    assert not one["reworded"] and "女性" not in one["texts"]["summary"]


def test_the_report_of_features_is_plain_and_the_same_every_time() -> None:
    report = fit_segments(blobs(3), k=3, scale=False).report()
    assert json.loads(json.dumps(report)) == report
    assert report == fit_segments(blobs(3), k=3, scale=False).report()
    for segment in report["segments"]:
        marks = segment["portrait"]["marks"]
        assert marks and all(m["low"] <= m["lift"] <= m["high"] for m in marks)
        assert 0 < segment["portrait"]["silhouette"] <= 1


def test_one_customer_and_identical_ones_have_a_portrait() -> None:
    for data in (np.zeros((1, 2)), np.zeros((50, 2))):
        told = personas(fit_segments(data, k=1, scale=False), "zh")
        assert told[0]["portrait"]["marks"] == [] and told[0]["portrait"]["rule"]["text"] == ""


def test_the_tool_names_every_group_and_what_to_do(shop: Workspace) -> None:
    for language in ("zh", "en"):
        for k in (None, 3, 9):
            result = segment_users(shop, SegmentUsers(k=k, reply_language=language))
            data = result.artifact.model_dump(mode="json")["data"]
            text = result.finding.pick(language)
            assert len(result.content) <= 500 and len(text) <= 500
            for item in data["items"]:
                assert item["name"][language] in text and item["name"][language] in result.content and item["id"] in result.content
            assert data["items"][0]["persona"]["todo"][language] in text
            assert data["lifecycle"]["stages"] and data["items"][0]["portrait"]["facts"]


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_holds_the_share(hits: int, n: int) -> None:
    hits = min(hits, n)
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1


def test_a_shop_of_orders_alone_says_only_what_it_knows(datasets: Path, tmp_path: Path) -> None:
    frame: Any = pd.read_parquet(datasets / "online_retail" / "online_retail_2010-2011.parquet")
    frame = frame[frame["CustomerID"].notna()].head(40_000)
    table = pa.table(
        {
            "order_id": frame["InvoiceNo"].astype(str).tolist(),
            "ts": pa.array(frame["InvoiceDate"].astype("datetime64[us]").to_numpy()),
            "user_id": frame["CustomerID"].astype(int).astype(str).tolist(),
            "product_id": frame["StockCode"].astype(str).tolist(),
            "title": [None if pd.isna(x) else str(x) for x in frame["Description"]],
            "quantity": frame["Quantity"].astype("int64").to_numpy(),
            "unit_price": frame["UnitPrice"].round(4).to_numpy(),
            "currency": ["GBP"] * len(frame),
        }
    )
    with Workspace.open(tmp_path / "retail", create=True, currency="GBP", timezone="Europe/London") as retail:
        retail.warehouse.replace("orders", table)
        found = find_segments(retail)
        kept = fit(retail)
    assert kept is not None
    names = [s.name for s in found.segments]
    assert len({n.zh for n in names}) == len({n.en for n in names}) == len(names)
    for j, segment in enumerate(kept.ids):
        told = {f.id.removeprefix(f"{segment}.") for f in facts(kept, j)}
        assert not told & {"views", "carts", "device", "discount", "channel", "category_1"}
    for segment in found.segments:
        assert segment.portrait
        for _, words in segment.persona:
            assert words is None or not check_persona(words.zh, segment.portrait, "zh") + check_persona(words.en, segment.portrait, "en")
