"""A product marked by hand: the box in words, the cut-out as a photo of its own, the card on the page, and its undo in a conversation."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from adwright.agent.assistant import Assistant
from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.creative.art import draw_product
from adwright.tools.creative.marked import cut_marked, original_of, read_box
from adwright.tools.creative.uploads import cut_photo, keep_media
from adwright.ui import marking

BOX = "180,158,282,158"


@pytest.fixture(scope="module")
def cluttered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo on a desk so full that the product is not found by itself."""
    chance, photo = random.Random(1), Image.new("RGB", (640, 480), (120, 124, 130))
    pen = ImageDraw.Draw(photo)
    for i in range(150):
        x, y = chance.randrange(640), chance.randrange(480)
        if 150 < x < 450 and 90 < y < 330:
            continue
        colour = tuple(chance.randrange(20, 235) for _ in range(3))
        (pen.rectangle if i % 2 else pen.ellipse)([x, y, x + chance.randrange(14, 60), y + chance.randrange(12, 40)], fill=colour)
    art = draw_product("shoe", (214, 64, 48))
    art = art.resize((260, round(260 * art.height / art.width)))
    photo.paste(art, (190, 170), art)
    file = tmp_path_factory.mktemp("photos") / "desk.png"
    photo.save(file)
    return file


@given(
    size=st.tuples(st.integers(64, 4000), st.integers(64, 4000)),
    parts=st.tuples(*(st.floats(0, 100).map(lambda share: round(share, 2)) for _ in range(4))),
)
def test_a_box_in_per_cent_is_the_same_box_in_px(size: tuple[int, int], parts: tuple[float, ...]) -> None:
    shares = read_box(",".join(f"{part}%" for part in parts), size)
    pixels = read_box(",".join(f"{part * size[i % 2] / 100:.3f}" for i, part in enumerate(parts)), size)
    assert all(abs(one - other) <= 2 for one, other in zip(shares, pixels, strict=True))
    assert shares[2] <= size[0] and shares[3] <= size[1]


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "-1,0,20,20", "1;2;3;4", "1,2,3,4,5"])
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(AdwrightError) as refused:
        read_box(text, (640, 480))
    assert refused.value.code == "bad-box" and "10%" in refused.value.tell("en")


def test_a_marked_product_is_a_photo_of_its_own_and_the_original_stays(shop: Workspace, cluttered: Path) -> None:
    photo = keep_media(shop, cluttered)[1]
    assert cut_photo(shop.artefacts, photo) is None
    cut = cut_marked(shop.artefacts, photo, BOX)
    found = cut_photo(shop.artefacts, cut)
    assert found is not None and 240 < found[0].width < 290 and found[0].getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert original_of(shop.artefacts, cut) == photo and cut_photo(shop.artefacts, photo) is None
    # Marked again, the box is drawn on the original.
    assert original_of(shop.artefacts, cut_marked(shop.artefacts, cut, "184,162,274,150")) == photo
    for box, code in (("0,0,8,8", "bad-box"), ("0,0,60,60", "cut-out-poor")):
        with pytest.raises(AdwrightError) as refused:
            cut_marked(shop.artefacts, photo, box)
        assert refused.value.code == code
    with pytest.raises(AdwrightError, match="no background"):
        cut_marked(shop.artefacts, shop.artefacts.put(shop.artefacts.read(cut) + b" ", "png"), BOX)


def test_the_card_shows_photo_box_and_cut_out_or_why_there_is_none(shop: Workspace, cluttered: Path) -> None:
    photo = keep_media(shop, cluttered)[1]
    first = marking.card(shop, "mark", photo, "zh", str)
    assert first.count("data-grip=") == 5 and first.count('type="number"') == 4 and 'data-act="mark-use"' in first
    assert "disabled" in first and "抠出的商品会出现在这里" in first
    tried = marking.card(shop, "mark-try", f"{photo}|{BOX}", "en", str)
    assert "disabled" not in tried and f'data-value="{photo}|{BOX}"' in tried and 'value="282"' in tried
    poor = marking.card(shop, "mark-try", f"{photo}|0,0,60,60", "en", str)
    assert "disabled" in poor and "Draw the box closer" in poor
    assert "no such file" in marking.card(shop, "mark", "0000000000000000.png", "en", str)
    assert marking.card(shop, "mark-no", "", "zh", str) == "" == marking.button("", "zh")


def test_a_set_takes_the_marked_product_and_undo_brings_back_the_one_before(shop: Workspace, cluttered: Path) -> None:
    assistant = Assistant(shop, today=date(2026, 11, 23))
    first = assistant.chat("给跑鞋出一套小红书的图", "marked", [cluttered])
    before = first.artifacts[-1].data
    assert "框出商品" in first.text and before["photo"] and all("示意" in item["how"]["zh"] for item in before["items"])
    assert marking.given(shop, "marked", f"{before['photo']}|{BOX}") == BOX
    second = assistant.chat("用我框出来的商品", "marked", box=BOX)
    assert [call.tool for call in second.tool_calls] == ["describe_photo", "revise_images"] and "换成您框出的商品" in second.text
    assert all("您上传的商品照片" in item["how"]["zh"] for item in second.artifacts[-1].data["items"])
    assistant.chat("撤销", "marked")
    # The next change is one of the version before: it does not bring the box back.
    third = assistant.chat("价格大一点", "marked")
    assert "框出" not in third.text.splitlines()[0] and third.artifacts[0].data["photo"] == before["photo"]


def test_a_box_needs_a_photo_and_may_come_with_it(shop: Workspace, cluttered: Path) -> None:
    assistant = Assistant(shop, today=date(2026, 11, 23))
    assert assistant.chat("use the product I marked", "no-photo-yet", box=BOX).failed == "no-photo"
    reply = assistant.chat("pictures of the running shoes for Instagram", "boxed", [cluttered], box="28%,32.5%,44.5%,33.5%")
    assert "where you marked it" in reply.text and all(
        "your product photo" in item["how"]["en"] for item in reply.artifacts[-1].data["items"]
    )
