"""Why a rate is what it is: exact sums of drivers, words in both languages, what headlines and pictures say in numbers, bad input."""

from __future__ import annotations

import io
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.response import train
from adwright.tools.response.features import Context, columns_of, product_names
from adwright.tools.response.frame import expand, kind_of
from adwright.tools.response.headlines import PARTS, fill_of, headline_numbers, names_product, tone_of
from adwright.tools.response.naming import FLAGS, NAMES, TOLD, apart, concept, named
from adwright.tools.response.pictures import PARTS as PICTURE_PARTS
from adwright.tools.response.pictures import numbers_of, picture_numbers
from adwright.tools.response.predict import PredictCtr, predict_ctr, predict_cvr
from adwright.tools.response.report import curves, strongest, wilson
from adwright.tools.response.response import Response
from adwright.tools.response.why import CAUTION, NO_PICTURES, drivers, share, terms, why, why_higher, worth_telling

CALM, LOUD = "轻云跑鞋，好好生活", "跑鞋限时8折，今天下单，您立减50元！"


def logit(p: float) -> float:
    return log(p / (1 - p))


def drawn(colour: tuple[int, int, int], text: str = "", size: tuple[int, int] = (320, 240)) -> bytes:
    """A picture in one colour with black lettering on it, as PNG."""
    image = Image.new("RGB", size, colour)
    if text:
        pen = ImageDraw.Draw(image)
        for y in range(8, size[1] - 12, 14):
            pen.text((8, y), text, fill=(0, 0, 0))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


# --- headlines


def test_headlines_in_numbers() -> None:
    told = dict(zip(PARTS, headline_numbers(LOUD), strict=True))
    assert told["width"] * 30 == 35
    assert all(told[name] == 1.0 for name in ("number", "offer", "urgency", "address", "emphasis"))
    assert told["question"] == told["call"] == 0.0
    assert all(x != x for x in headline_numbers(None)) and all(x != x for x in headline_numbers(""))
    assert headline_numbers("Shop now: 20% off your next run")[1:] == (1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
    assert headline_numbers("Knowing youth")[1:] == (0.0,) * 7, "words stand alone in English"


def test_length_is_told_against_the_channels_own_limit() -> None:
    assert fill_of("家里的跑鞋，该换新了", "xiaohongshu") == 0.5
    assert fill_of("家里的跑鞋，该换新了", "nowhere") != fill_of("家里的跑鞋，该换新了", "xiaohongshu")
    assert fill_of(None, "douyin") != fill_of(None, "douyin")


def test_tone_and_names() -> None:
    assert (tone_of("限时：轻奢真皮手包"), tone_of("跑鞋上新"), tone_of(None)) == ("premium", "plain", None)
    names = product_names("云步 Cloudstep", ("云步 轻云3 跑鞋", "跑鞋"), ("Cloudstep Featherlite 3 running shoes", "running shoes"))
    assert names == ["云步", "Cloudstep", "轻云3", "Featherlite", "3"]
    assert names_product("轻云3，轻到忘了穿", names) == 1.0
    assert names_product("跑鞋怎么选", names) == 0.0, "the kind of thing is no name"
    assert names_product("跑鞋", None) != names_product("跑鞋", None)


@given(st.text(max_size=60))
def test_any_headline_gives_finite_numbers(headline: str) -> None:
    told = np.array(headline_numbers(headline or "-"))
    assert np.isfinite(told).all() and set(told[1:].tolist()) <= {0.0, 1.0}


def test_contexts_with_lists_stay_apart() -> None:
    same = [
        Context(channel="douyin", headline=CALM, product_names=["a", "轻云"]),
        Context(channel="douyin", headline=LOUD, product_names=["a", "b"]),
    ]
    columns = columns_of(same)
    assert columns["names_product"].tolist() == [1.0, 0.0]
    assert np.isnan(columns["picture_brightness"]).all()


# --- pictures


def test_brighter_busier_and_more_colourful_pictures_measure_so() -> None:
    dark, light = picture_numbers(drawn((40, 40, 40))), picture_numbers(drawn((230, 230, 230)))
    assert light["brightness"] > dark["brightness"] + 0.5
    assert dark["contrast"] == pytest.approx(0, abs=1e-9) and dark["edges"] == 0.0 and dark["lettering"] == 0.0
    lettered = picture_numbers(drawn((230, 230, 230), "RUNNING SHOES 50% OFF TODAY ONLY"))
    assert lettered["edges"] > 0.02 and lettered["lettering"] > 0.02 and lettered["contrast"] > light["contrast"]
    grey, red, blue = (picture_numbers(drawn(c)) for c in ((128, 128, 128), (220, 30, 30), (30, 30, 220)))
    assert grey["colourfulness"] == pytest.approx(0) and grey["saturation"] == pytest.approx(0) and grey["hue"] != grey["hue"]
    assert red["colourfulness"] > 40 and red["saturation"] > 0.8
    assert red["hue"] in (5.0, 355.0) and 225 <= blue["hue"] <= 255


def test_colourfulness_is_that_of_the_paper() -> None:
    half = np.zeros((64, 64, 3), np.uint8)
    half[:, :32], half[:, 32:] = (200, 50, 50), (50, 50, 200)
    kept = io.BytesIO()
    Image.fromarray(half).save(kept, "PNG")
    rg = np.array([150.0, 0.0])
    yb = np.array([75.0, -150.0])
    expected = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert picture_numbers(kept.getvalue())["colourfulness"] == pytest.approx(expected, rel=1e-6)


def test_a_picture_in_two_sizes_is_nearly_the_same() -> None:
    large = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
    kept = [io.BytesIO(), io.BytesIO()]
    large.save(kept[0], "PNG")
    large.resize((300, 200), Image.Resampling.BOX).save(kept[1], "PNG")
    one, two = (picture_numbers(k.getvalue()) for k in kept)
    assert abs(one["brightness"] - two["brightness"]) < 0.01 and abs(one["contrast"] - two["contrast"]) < 0.01


@pytest.mark.parametrize("bad", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, drawn((1, 2, 3))[:60]])
def test_what_is_no_picture_is_refused(bad: bytes, tmp_path: Path) -> None:
    with pytest.raises(AdwrightError) as refused:
        picture_numbers(bad)
    assert refused.value.code == "bad-picture"
    with pytest.raises(AdwrightError):
        picture_numbers(tmp_path / "absent.png")


def test_pictures_of_the_shop_are_measured_once_and_bad_ones_are_unknown(empty_shop: Workspace) -> None:
    kept = empty_shop.artefacts.put(drawn((230, 230, 230)), "png")
    broken = empty_shop.artefacts.put(b"no picture", "png")
    found = numbers_of(empty_shop.artefacts, [kept, broken, None, "0000000000000000.png", kept])
    assert list(found) == [kept] and set(found[kept]) == set(PICTURE_PARTS)


def test_a_column_of_pictures_becomes_numbers_and_teaches_a_model(tmp_path: Path) -> None:
    import pandas as pd

    generator = np.random.default_rng(0)
    paths = []
    for i in range(24):
        level = 30 + 9 * i
        (tmp_path / f"{i}.png").write_bytes(drawn((level, level, level), size=(32, 32)))
        paths.append(str(tmp_path / f"{i}.png"))
    at = generator.integers(0, 24, 6_000)
    clicked = (generator.random(6_000) < 0.02 + 0.01 * at).astype(int)
    frame = pd.DataFrame({"creative": np.array(paths)[at], "channel": np.where(generator.random(6_000) < 0.5, "a", "b"), "click": clicked})
    assert kind_of(frame["creative"], "creative", 24) == "picture"
    plain = expand(frame, {"creative": "picture"})
    assert {f"creative.{part}" for part in PICTURE_PARTS} < set(plain)
    model = train(frame, "click", model="lr", time_budget=5)
    dim, bright = (str(tmp_path / name) for name in ("dim.png", "bright.png"))
    Path(dim).write_bytes(drawn((35, 35, 35), size=(32, 32)))
    Path(bright).write_bytes(drawn((235, 235, 235), size=(32, 32)))
    p = model.predict(pd.DataFrame({"creative": [dim, bright], "channel": ["a", "a"]}))
    assert p[1] > 1.1 * p[0], "a picture never seen is known by its light"
    assert model.predict_one({"creative": bright, "channel": "a"}) == pytest.approx(p[1], abs=1e-12)


# --- drivers


def test_every_feature_of_a_creative_has_a_name_and_both_its_sayings() -> None:
    assert set(FLAGS) <= set(NAMES) and set(TOLD.values()) <= set(NAMES)
    assert concept("channel × hour") == "hour" and concept("category × age_band") == "age × category"
    assert concept("headline_width") == concept("headline_fill") == "length" and concept("channel") == "channel"
    assert named("age × category").zh == "年龄与品类的搭配"
    a, b = Context(channel="douyin", headline=LOUD), Context(channel="douyin", headline=CALM)
    assert apart("offer", a, b, "CNY").zh == "标题里有优惠词，另一条没有"
    assert apart("offer", b, a, "CNY").zh == "标题里没有优惠词，另一条有"
    assert apart("length", a, b, "CNY").en.endswith("the other 9 (limit 30)")


@given(st.floats(-8, 2), st.floats(-3, 3))
def test_a_share_is_what_the_rate_would_lose(z: float, term: float) -> None:
    with_it, without = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-(z - term)))
    assert share(z, term) == pytest.approx(with_it / without - 1, rel=1e-9, abs=1e-12)


PAIRS = [
    ({"headline": LOUD}, {"headline": CALM}),
    ({"headline": LOUD, "hour": 21}, {"headline": CALM, "hour": 9}),
    ({"channel": "xiaohongshu", "headline": CALM}, {"headline": CALM}),
    ({"channel": "xiaohongshu", "price": 459.0, "segment_lift": 1.7}, {"device": "desktop", "segment_lift": 0.6}),
    ({"channel": "reddit"}, {"headline": CALM}),
    ({"placement": "nowhere", "category": "nothing"}, {}),
]


@pytest.mark.slow
@pytest.mark.parametrize("rate", ["ctr", "cvr"])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_drivers_add_up_to_the_difference_of_logits(one: dict, other: dict, rate: str, shop: Workspace) -> None:
    response = Response.ready(shop)
    a, b = (Context(**{"channel": "douyin", "category": "sports", "gender": "female", "age": 30, **kinds}) for kinds in (one, other))
    first, second = response.predict([a, b])
    found = drivers(response, a, b, rate)  # type: ignore[arg-type]
    assert sum(d.term for d in found) == pytest.approx(logit(getattr(first, rate)) - logit(getattr(second, rate)), abs=1e-9)
    assert len({d.key for d in found}) == len(found)
    assert [abs(d.term) for d in found] == sorted((abs(d.term) for d in found), reverse=True)
    for told in found:
        assert told.words.zh and told.words.en and "None" not in told.words.zh + told.words.en
    assert all(sum(mine.values()) == pytest.approx(z, abs=1e-9) for mine, z in terms(response, [a, b], rate))  # type: ignore[arg-type]


@pytest.mark.slow
def test_two_drafts_of_one_ad_differ_by_their_words_alone(shop: Workspace) -> None:
    Response.ready(shop)
    a = Context(channel="douyin", category="sports", headline=LOUD)
    found = why_higher(shop, a, a.model_copy(update={"headline": CALM}))
    assert found and {d.key for d in found} <= {"length", "tone", "brand", *PARTS}
    assert why_higher(shop, a, a) == []
    assert sum(d.term for d in why(Response.load(shop), a)) == pytest.approx(
        logit(Response.load(shop).predict([a])[0].ctr) - logit(Response.load(shop).predict([Context(channel="douyin")])[0].ctr), abs=1e-9
    )


@pytest.mark.slow
def test_the_demo_has_no_pictures_and_says_so(shop: Workspace) -> None:
    response = Response.ready(shop)
    assert response.model is not None
    assert not any(name.startswith("picture_") for name in response.model.click.encoder.names)
    a = Context(channel="douyin", picture=picture_numbers(drawn((230, 230, 230))))
    assert response.predict([a])[0].ctr == response.predict([Context(channel="douyin")])[0].ctr
    assert NO_PICTURES.zh.startswith("这个模型的训练数据里没有图片")


def test_a_shop_without_a_model_explains_nothing(empty_shop: Workspace) -> None:
    response = Response.load(empty_shop)
    assert why(response, Context(channel="douyin", headline=LOUD)) == []
    found = why_higher(empty_shop, Context(channel="douyin"), Context(channel="weibo"))
    assert [d.key for d in found] == ["past"] and worth_telling(found)


@pytest.mark.slow
def test_the_tool_tells_drivers_in_words_and_that_they_are_no_proof(shop: Workspace) -> None:
    told = predict_ctr(shop, PredictCtr(channel="抖音", product="跑鞋", headline=LOUD, hour=21))
    assert told.artifact.data["drivers"] and all("点击率相对 " in d["zh"] for d in told.artifact.data["drivers"])
    assert CAUTION.model_dump() in told.artifact.data["notes"]
    assert len(told.content) <= 500


@pytest.mark.parametrize("ask", ["why", "what_if"])
def test_questions_of_a_plan_need_one(ask: str, empty_shop: Workspace) -> None:
    for tool in (predict_ctr, predict_cvr):
        with pytest.raises(AdwrightError) as refused:
            tool(empty_shop, PredictCtr(ask=ask))  # type: ignore[arg-type]
        assert refused.value.code == "no-plan"
    with pytest.raises(AdwrightError) as refused:
        predict_ctr(empty_shop, PredictCtr(product="跑鞋"))
    assert refused.value.code == "no-channel"


# --- what a training keeps for the page


def test_curves_of_calibrated_predictions() -> None:
    generator = np.random.default_rng(3)
    p = np.exp(generator.normal(-4, 0.8, 40_000))
    y = (generator.random(40_000) < p).astype(float)
    kept = curves(p, y)
    assert len(kept["bins"]) == 10 and sum(b["n"] for b in kept["bins"]) == 40_000
    assert sum(b["low"] <= b["predicted"] <= b["high"] for b in kept["bins"]) >= 8
    found = [point["found"] for point in kept["lift"]]
    assert found == sorted(found) and found[-1] == 1.0 and found[1] > 0.3
    assert curves(p, np.zeros(40_000)) == {"bins": [], "lift": []}
    assert len(curves(p[:200], np.r_[np.ones(3), np.zeros(197)])["bins"]) == 1
    low, high = wilson(0, 100)
    assert low == 0.0 and 0.03 < high < 0.05


@pytest.mark.slow
def test_a_training_keeps_curves_and_drivers(shop: Workspace) -> None:
    model = Response.ready(shop).model
    assert model is not None
    kept = model.manifest["models"][model.manifest["serves"]]
    assert kept["ctr_curves"]["bins"] and kept["ctr_curves"]["lift"]
    keys = [d["key"] for d in kept["ctr_drivers"]]
    assert "channel" in keys and [d["effect"] for d in kept["ctr_drivers"]] == sorted(
        (d["effect"] for d in kept["ctr_drivers"]), reverse=True
    )
    assert strongest(model.click, []) == []


@pytest.mark.slow
def test_a_shop_whose_impressions_carry_pictures_learns_them(empty_shop: Workspace) -> None:
    from datetime import datetime, timedelta

    import pyarrow as pa

    generator = np.random.default_rng(1)
    levels = [40, 70, 100, 130, 160, 190, 220, 245]
    ids = [empty_shop.artefacts.put(drawn((level, level, level), size=(48, 48)), "png") for level in levels]
    n = 8_000
    at = generator.integers(0, len(ids), n)
    clicked = generator.random(n) < 0.02 + 0.02 * at
    table = {
        "ts": [datetime(2026, 9, 1) + timedelta(minutes=5 * i) for i in range(n)],
        "channel": np.where(generator.random(n) < 0.5, "douyin", "xiaohongshu"),
        "hour": generator.integers(0, 24, n),
        "headline": np.where(generator.random(n) < 0.5, CALM, LOUD),
        "clicked": clicked,
        "converted": clicked & (generator.random(n) < 0.1),
        "picture": np.array(ids)[at],
    }
    empty_shop.warehouse.replace("impressions", pa.table(table))
    response = Response.ready(empty_shop)
    assert response.model is not None
    dark, bright = (Context(channel="douyin", headline=CALM, picture=picture_numbers(drawn((x, x, x)))) for x in (50, 235))
    low, high = (p.ctr for p in response.predict([dark, bright]))
    assert high > 1.3 * low
    found = why_higher(empty_shop, bright, dark)
    assert found[0].key.startswith("picture_") and "图片" in found[0].words.zh and "另一条" in found[0].words.zh
    assert sum(d.term for d in found) == pytest.approx(logit(high) - logit(low), abs=1e-9)

    told = predict_ctr(empty_shop, PredictCtr(channel="douyin", headline=CALM, picture=ids[0]))
    rates = {row["change"]["en"]: float(row["rate"]) for row in told.artifact.data["rows"]}
    assert rates["with a brighter picture"] > float(told.artifact.data["figure"]["value"])
    assert "with an offer in the headline" in rates and NO_PICTURES.model_dump() not in told.artifact.data["notes"]
    with pytest.raises(AdwrightError):
        predict_ctr(empty_shop, PredictCtr(channel="douyin", picture="../secret.png"))


def test_a_file_of_impressions_may_carry_pictures(empty_shop: Workspace, tmp_path: Path) -> None:
    from adwright.data.importer import import_file

    for header in ("图片", "Image ID"):
        file = tmp_path / f"{header}.csv"
        file.write_text(f"时间,渠道,是否点击,是否转化,{header}\n2026-11-01 10:00,抖音,1,0,3f2a9c01b4d5e6f7.png\n", "utf-8")
        assert import_file(empty_shop, "impressions", file, dry_run=True).mapping[header] == "picture"
