"""Sets of pictures: whole requests, edits that change only what they name, undo, the merchant's photo, scores and the ZIP."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from adwright.data.errors import AdwrightError
from adwright.data.look import Look, is_media
from adwright.data.plan import Media
from adwright.data.result import ToolResult
from adwright.data.workspace import Workspace
from adwright.tools.creative import variants
from adwright.tools.creative.art import draw_product
from adwright.tools.creative.colour import distance
from adwright.tools.creative.look_at import DescribePhoto, describe_photo
from adwright.tools.creative.request import GenerateImage, generate_image
from adwright.tools.creative.revise import ReviseImages, revise_images
from adwright.tools.creative.scene import paint_scene, palette
from adwright.tools.creative.uploads import cut_photo, keep_media
from adwright.tools.response.response import Prediction

RED = (196, 62, 48)


@pytest.fixture(scope="module")
def photo(shop: Workspace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A packshot of a red shoe with a pale sole, kept in the shop."""
    ground = paint_scene((640, 480), palette("stone"), "studio", stand=(170, 150, 300, 180))
    art = draw_product("cup", RED).resize((260, 240))
    ground.paste(art, (190, 140), art)
    path = tmp_path_factory.mktemp("photo") / "cup.png"
    ground.save(path)
    return keep_media(shop, path)[1]


@pytest.fixture(scope="module")
def made(shop: Workspace, photo: str) -> ToolResult:
    """A set for two channels with style, offer and photo."""
    return generate_image(
        shop, GenerateImage(product="跑鞋", channels=["douyin", "xiaohongshu"], style="清爽风", offer="第二双半价", photo=photo)
    )


def revised(shop: Workspace, before: ToolResult, **wishes: Any) -> ToolResult:
    data = before.artifact.data
    return revise_images(shop, ReviseImages(set_id=data["set"], set_version=data["version"], **wishes))


def places(result: ToolResult) -> dict[tuple[str, int, int], Media]:
    found = [Media.model_validate(item) for item in result.artifact.data["items"]]
    return {(m.channel, m.width, m.height): m for m in found}


def test_a_set_has_every_size_of_every_channel_and_passes_the_gate(made: ToolResult) -> None:
    items = places(made)
    assert len(items) == 6 and {channel for channel, *_ in items} == {"douyin", "xiaohongshu"}
    for item in items.values():
        assert len(item.checks) >= 12 and all(check.passed for check in item.checks)
        assert "第二双半价" in item.alt.zh and item.language == "zh" and "照片" in item.how.zh
    # The two channels do not look alike.
    assert len({item.layout for item in items.values()}) > 1


@pytest.mark.parametrize(
    "wish", [{"style": "ink"}, {"price": "bigger"}, {"price": "none"}, {"logo": False}, {"headline": "清晨第一步"}, {"offer": "满300减40"}]
)
def test_an_edit_draws_again_in_the_same_layouts(shop: Workspace, made: ToolResult, wish: dict[str, Any]) -> None:
    before, after = places(made), places(revised(shop, made, **wish))
    assert before.keys() == after.keys()
    assert all(before[place].layout == after[place].layout for place in before)
    assert all(before[place].id != after[place].id for place in before)


def test_what_is_not_named_keeps_its_bytes_and_undo_brings_the_rest_back(shop: Workspace, made: ToolResult) -> None:
    tall = revised(shop, made, shapes=["tall"])
    before, after = places(made), places(tall)
    assert after and all(h > w for _, w, h in after) and all(before[place].id == after[place].id for place in after)
    assert "没有变化" in tall.finding.zh and tall.artifact.data["version"] > 1
    back = revised(shop, tall, undo=True)
    assert {m.id for m in places(back).values()} == {m.id for m in before.values()}
    with pytest.raises(AdwrightError) as caught:
        revised(shop, back, undo=True)
    assert caught.value.code == "nothing-to-undo"


def test_changes_that_cannot_be_are_refused(shop: Workspace, made: ToolResult) -> None:
    for wish, code in (({}, "nothing-to-change"), ({"headline": "全球第一跑鞋"}, "headline-not-allowed"), ({"sizes": ["big"]}, "bad-size")):
        with pytest.raises(AdwrightError) as caught:
            revised(shop, made, **wish)
        assert caught.value.code == code
    with pytest.raises(AdwrightError) as caught:
        revise_images(shop, ReviseImages(style="ink"))
    assert caught.value.code == "no-pictures"
    with pytest.raises(AdwrightError) as caught:
        generate_image(
            shop, GenerateImage(product="跑鞋", channels=["douyin", "google"], sizes=[f"{600 + i}x600" for i in range(20)], variants=6)
        )
    assert caught.value.code == "too-many-pictures"


def test_a_forbidden_offer_is_not_printed(shop: Workspace) -> None:
    with pytest.raises(AdwrightError) as caught:
        generate_image(shop, GenerateImage(product="跑鞋", offer="全网最低价", sizes=["800x800"]))
    assert caught.value.code == "headline-not-allowed"


def test_the_archive_holds_every_picture_and_its_checks(shop: Workspace, made: ToolResult) -> None:
    with zipfile.ZipFile(io.BytesIO(shop.artefacts.read(made.artifact.data["archive"]))) as archive:
        names = archive.namelist()
        assert len(names) == 7 and "douyin/1080x1920-zh-1.jpg" in names
        rows = list(csv.DictReader(io.StringIO(archive.read("checks.csv").decode("utf-8-sig"))))
        assert {row["file"] for row in rows} == set(names) - {"checks.csv"} and {row["passed"] for row in rows} == {"yes"}
        assert Image.open(io.BytesIO(archive.read("douyin/1080x1920-zh-1.jpg"))).size == (1080, 1920)


def test_a_photo_is_described_and_cut_out(shop: Workspace, photo: str) -> None:
    result = describe_photo(shop, DescribePhoto(photo=photo))
    assert result.artifact.kind == "photo" and result.artifact.data["cut"] and len(result.artifact.files) == 2
    assert "640×480" in result.finding.zh and "抠出" in result.finding.zh and "cut out" in result.finding.en
    cut = cut_photo(shop.artefacts, photo)
    assert cut is not None and distance(cut[1], RED) < 130
    with pytest.raises(AdwrightError) as caught:
        describe_photo(shop, DescribePhoto())
    assert caught.value.code == "no-photo"


@pytest.mark.parametrize(("size", "shown", "noted"), [((960, 800), "没有抠图", "整张照片"), ((480, 400), "插画", "太小")])
def test_a_poor_photo_is_refused_by_name_and_stands_whole_where_it_is_large(
    shop: Workspace, tmp_path: Path, size: tuple[int, int], shown: str, noted: str
) -> None:
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (20, 24, 3), dtype=np.uint8)).resize(size, Image.Resampling.NEAREST).save(
        path
    )
    kept = keep_media(shop, path)[1]
    told = describe_photo(shop, DescribePhoto(photo=kept))
    assert not told.artifact.data["cut"] and "没有抠图" in told.finding.zh
    result = generate_image(shop, GenerateImage(product="跑鞋", sizes=["800x800"], photo=kept))
    assert shown in result.artifact.data["items"][0]["how"]["zh"]
    assert any("抠不干净" in note["zh"] and noted in note["zh"] for note in result.artifact.data["notes"])


def test_files_are_told_apart_and_refused_by_name(shop: Workspace, tmp_path: Path) -> None:
    assert [is_media(name) for name in ("a.JPG", "b.svg", "c.mp3", "orders.csv")] == [True, True, True, False]
    for name, content, code in (
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo-not-image"),
        ("b.html", b"<!doctype html><script>1</script>", "photo-not-image"),
        ("c.mp3", b"no music at all", "music-broken"),
        ("d.jpg", b"", "photo-not-image"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AdwrightError) as caught:
            keep_media(shop, tmp_path / name)
        assert caught.value.code == code and caught.value.message.zh
    with pytest.raises(AdwrightError) as caught:
        keep_media(shop, "https://example.com/a.mp3")
    assert caught.value.code == "photo-url"


def test_looks_are_kept_apart_and_the_best_first() -> None:
    tried = [(0.05, 1, ("hero", "mist")), (0.04, 2, ("hero", "mist")), (0.03, 3, ("split", "sage")), (0.02, 4, ("hero", "sage"))]
    assert variants._apart(tried, 2) == [1, 3]
    assert variants._apart(tried, 3) == [1, 3, 4]
    assert sorted(variants._apart(tried, 4)) == [1, 2, 3, 4]


def test_scores_are_a_models_or_none(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    request = GenerateImage(product="跑鞋", channel="douyin", sizes=["600x600"], variants=2)
    plain = generate_image(shop, request)
    media = [Media.model_validate(item).model_copy(update={"ctr": None}) for item in plain.artifact.data["items"]]
    without = variants.score_pictures(shop, SimpleNamespace(model=None), SimpleNamespace(), media, {})  # type: ignore[arg-type]
    assert without.media == media and without.best is None and "没有用到店铺自己的模型" in without.notes[0].zh
    rates = iter((0.02, 0.03))
    told = SimpleNamespace(
        model=object(),
        predict=lambda contexts: [
            Prediction(ctr=next(rates), ctr_strength=800, cvr=0.02, cvr_strength=100, source="model", cvr_source="model") for _ in contexts
        ],
    )
    monkeypatch.setattr(variants, "sees_pictures", lambda response: True)
    monkeypatch.setattr(variants, "drivers", lambda *args: [])
    by_place = {(m.channel, m.language, m.variant, m.width, m.height): _creative(m) for m in media}
    product = SimpleNamespace(brand="", name_zh="", name_en="", noun_zh="", noun_en="", category="sports", id="p1")
    scores = variants.score_pictures(shop, told, product, media, by_place)  # type: ignore[arg-type]
    figures = [m.ctr for m in scores.media]
    assert all(f is not None and f.source == "model" and f.low is not None and f.low < f.value < f.high for f in figures)  # type: ignore[operator]
    assert scores.best is not None and "第 2 版" in scores.best.zh


def _creative(m: Media) -> Any:
    return SimpleNamespace(channel=m.channel, language=m.language, copy_fields=[])


def test_a_look_changes_only_what_was_said() -> None:
    look = Look(style="ink", offer="8折")
    assert look.changed(price="bigger") == Look(style="ink", offer="8折", price="bigger")
    assert look.changed() == look
