"""Finding a product from a merchant's words: what is meant is found, what is only similar is not."""

from __future__ import annotations

import pytest

from adwright.data.workspace import Workspace
from adwright.tools.catalogue import find_product


@pytest.mark.parametrize("words", ["跑鞋", "running shoes", "the spring running-shoe launch", "跑鞋上新", "云步 轻云3 跑鞋", "透气跑鞋"])
def test_the_running_shoe_is_found(shop: Workspace, words: str) -> None:
    product = find_product(shop, words)
    assert product.id and product.noun_zh == "跑鞋" and product.noun_en == "running shoes"
    assert product.price and product.facts_zh and product.facts_en and product.brand and product.color


def test_a_word_that_begins_a_name_tells_kinds_apart(shop: Workspace) -> None:
    assert find_product(shop, "trail running shoes").name_en == "Cloudstep Trailmate running shoes"


@pytest.mark.parametrize(
    "words",
    [
        "美甲灯",
        "oil heater",
        "儿童跑鞋",
        "猫粮",
        "机械表带",
        "curtain rods",
        "badminton nets",
        "garlic presses",
        "美白霜",
        "drone batteries",
    ],
)
def test_a_likeness_is_not_a_match(shop: Workspace, words: str) -> None:
    product = find_product(shop, words)
    assert product.id is None and product.name == words and not product.facts_zh and product.price is None
