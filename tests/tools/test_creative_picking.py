"""Single pictures dropped and kept: counted as shown, nothing lost twice, later edits leave them out, figures and ZIP follow, undo."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.look import Picks
from adwright.data.patch import SetLook
from adwright.data.plan import CampaignPlan, Media
from adwright.data.words import both
from adwright.data.workspace import Workspace
from adwright.tools.creative.picking import dropped, in_order, place_of
from adwright.tools.creative.request import GenerateImage, generate_image
from adwright.tools.creative.revise import ReviseImages, revise_images
from adwright.tools.plan.make import MakePlan, make_plan
from adwright.tools.plan.revise import RevisePlan, revise_plan

PLACES = [("douyin", 1080, 1920), ("douyin", 1080, 1080), ("xiaohongshu", 1280, 720)]


def pictures(looks: int) -> list[Media]:
    """A set as it is stored: look by look."""
    return [
        Media(id=f"{width}{look}.jpg", kind="image", channel=channel, width=width, height=height, variant=look, language="zh", alt=both("图", "Picture"), how=both("合成", "Composed"))
        for look in range(1, looks + 1)
        for channel, width, height in PLACES
    ]  # fmt: skip


@given(looks=st.integers(1, 3), numbers=st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_what_is_dropped_and_what_is_kept_are_the_whole_set(looks: int, numbers: list[int]) -> None:
    media = pictures(looks)
    picks = Picks(numbers=numbers)
    if max(numbers) > len(media) or len(set(numbers)) == len(media):
        with pytest.raises(AdwrightError) as refused:
            dropped(media, picks, None)
        assert refused.value.code in ("no-such-picture", "nothing-left")
        return
    out, kept_out = dropped(media, picks, None)[0], dropped(media, None, picks)[0]
    assert sorted([*out, *kept_out]) == sorted(map(place_of, media))
    assert out == [place_of(in_order(media)[n - 1]) for n in dict.fromkeys(numbers)] or set(out) == {
        place_of(in_order(media)[n - 1]) for n in numbers
    }


def test_kinds_are_told_apart_and_in_words() -> None:
    media = pictures(1)
    out, words = dropped(media, Picks(shapes=["tall"], channels=["douyin"]), None)
    assert out == ["douyin/zh/1/1080x1920"] and words.zh == "去掉抖音、竖版的图" and words.en == "the upright Douyin pictures dropped"
    assert dropped(media, Picks(numbers=[-1]), None)[1].zh == "去掉第 3 张"
    with pytest.raises(AdwrightError, match="no such pictures"):
        dropped(media, Picks(sizes=["300x250"]), None)


def test_a_dropped_picture_stays_out_of_later_edits_and_comes_back_with_its_size_or_undo(shop: Workspace) -> None:
    first = generate_image(shop, GenerateImage(product="跑鞋", sizes=["1080x1080", "800x800", "1080x1920"])).artifact.data
    at = {"set_id": first["set"]}
    second = revise_images(shop, ReviseImages(**at, set_version=1, drop=Picks(numbers=[2])))
    data = second.artifact.data
    assert [item["id"] for item in data["items"]] == [first["items"][0]["id"], first["items"][2]["id"]]
    assert second.finding.zh.startswith("去掉第 2 张：2 张图") and "2 张没有变化" in second.finding.zh
    files = zipfile.ZipFile(io.BytesIO(shop.artefacts.read(data["archive"]))).namelist()
    assert sum(name.endswith(".jpg") for name in files) == 2
    third = revise_images(shop, ReviseImages(**at, set_version=2, price="bigger", reply_language="en")).artifact.data
    assert len(third["items"]) == 2
    again = revise_images(shop, ReviseImages(**at, set_version=3, add_sizes=["800x800"])).artifact.data
    assert {item["width"] for item in again["items"]} == {1080, 800}
    assert len(revise_images(shop, ReviseImages(**at, set_version=2, undo=True)).artifact.data["items"]) == 3
    with pytest.raises(AdwrightError) as refused:
        revise_images(shop, ReviseImages(**at, set_version=2, drop=Picks(numbers=[1, 2])))
    assert refused.value.code == "nothing-left"


def test_a_size_or_a_language_is_added_beside_what_each_channel_has(shop: Workspace) -> None:
    first = generate_image(shop, GenerateImage(product="跑鞋", channels=["douyin", "xiaohongshu"])).artifact.data
    more = revise_images(shop, ReviseImages(set_id=first["set"], set_version=1, add_sizes=["800x800"]))
    assert len(more.artifact.data["items"]) == len(first["items"]) + 2 and more.finding.zh.startswith("加上 800x800")
    english = revise_images(
        shop, ReviseImages(set_id=first["set"], set_version=2, add_languages=["en"], keep=Picks(sizes=["800x800"]))
    ).artifact.data
    assert {(item["channel"], item["language"]) for item in english["items"] if item["width"] == item["height"] == 800} == {
        (channel, language) for channel in ("douyin", "xiaohongshu") for language in ("zh", "en")
    }
    smallest, words = dropped([Media.model_validate(item) for item in first["items"]], Picks(extents=["smallest"]), None)
    assert smallest == ["douyin/zh/1/1280x720"] and words.en == "the smallest pictures dropped"


def test_a_plan_leaves_out_the_picture_and_undo_brings_it_back(shop: Workspace) -> None:
    ask = MakePlan(product="跑鞋", budget=Decimal(20000), currency="CNY", channels=["xiaohongshu"], variants=2, today=date(2026, 11, 23))
    made = make_plan(shop, ask).artifact.data
    before = shop.records.plan(made["id"], 1)
    edit = RevisePlan(plan_id=before.id, version=1, today=ask.today, patches=[SetLook(drop=Picks(numbers=[1]))])
    edited = shop.records.plan(before.id, revise_plan(shop, edit).artifact.data["version"])
    assert shown(edited) == shown(before)[1:] and edited.change is not None and "去掉第 1 张" in edited.change.zh
    assert [creative.copy_fields for creative in edited.creatives] == [creative.copy_fields for creative in before.creatives]
    back = revise_plan(shop, RevisePlan(plan_id=before.id, version=edited.version, today=ask.today, undo=True)).artifact.data
    assert shown(shop.records.plan(before.id, back["version"])) == shown(before)


def shown(plan: CampaignPlan) -> list[str]:
    """The pictures of a plan, as the page shows them."""
    return [item.id for item in in_order([item for creative in plan.creatives for item in creative.media])]
