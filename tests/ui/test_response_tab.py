"""The tab of the response models: what it shows, in both languages, and what it says when there is nothing to show."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone
from xml.etree import ElementTree

import pytest

from adwright.data.importer import ImportReport
from adwright.data.words import Language, both
from adwright.data.workspace import Workspace
from adwright.tools.response.registry import VersionInfo
from adwright.tools.response.response import Response
from adwright.tools.response.standing import Standing, standing
from adwright.ui.attach import imported
from adwright.ui.response_tab import _ceiling, day, response_tab
from adwright.ui.texts import MODEL

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SCORES = {"rows": 40_000, "rate": 0.017, "logloss": 0.0842, "auc": 0.628, "ece": 0.0022, "bias": 1.09}
FOUND = Standing(
    version="085b7d8ce83a",
    trained_at="2026-11-24T04:50:00+00:00",
    rows=400_000,
    clicks=7_453,
    conversions=158,
    scores={
        "ctr": SCORES,
        "cvr": {"rows": 3},
        "ctr_curves": {
            "bins": [{"predicted": 0.01 * k, "observed": 0.011 * k, "low": 0.008 * k, "high": 0.014 * k, "n": 4_000} for k in (1, 2, 3)],
            "lift": [{"rows": k / 10, "found": min(1.0, 0.17 * k)} for k in range(1, 11)],
        },
        "ctr_drivers": [{"key": "channel", "effect": 0.46}, {"key": "age × category", "effect": 0.1}, {"key": "length", "effect": 0.07}],
    },
    versions=[
        VersionInfo(version="085b7d8ce83a", trained_at="2026-11-24T04:50:00+00:00", rows=400_000, metrics={"ctr": SCORES}, promoted=True),
        VersionInfo(version="0a1b2c3d4e5f", trained_at="2026-11-20T09:12:00+00:00", rows=380_000, kind="lr", metrics={"ctr": SCORES}),
        VersionInfo(version="ffff0000ffff", damaged=True),
    ],
)


def parsed(html: str) -> ElementTree.Element:
    """Return the HTML as a tree: it is well-formed."""
    return ElementTree.fromstring(f"<div>{html}</div>")


def test_every_text_is_in_both_languages() -> None:
    for key, words in MODEL.items():
        assert words.zh and words.en
        assert sorted(re.findall(r"{\w+}", words.zh)) == sorted(re.findall(r"{\w+}", words.en)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_scores_curves_drivers_and_versions_are_shown(language: Language) -> None:
    html = response_tab(FOUND, language, "085b7d8ce83a", UTC)
    tree = parsed(html)
    text = "".join(tree.itertext())
    for told in ("085b7d8c", "400,000", "0.628", "1.09", "±46.0%", "2026-11-24 04:50", "0a1b2c3d", "380,000"):
        assert told in text, told
    plots = [svg for svg in tree.iter("svg") if svg.get("class") == "aw-plot"]
    assert len(plots) == 2 and all(svg.get("role") == "img" and svg.get("aria-label") for svg in plots)
    assert len([g for g in plots[0].iter("g") if g.get("class") == "aw-bin"]) == 3
    assert ("高估 9.0%" if language == "zh" else "9.0% too high") in text
    assert ("34%" in text) and ("None" not in text) and ("{" not in text)
    assert ("这份计划用的就是它" if language == "zh" else "used by this plan") in text
    assert ("文件已损坏" if language == "zh" else "Damaged") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_points_stand_inside_the_chart(language: Language) -> None:
    tree = parsed(response_tab(FOUND, language))
    for svg in tree.iter("svg"):
        if svg.get("class") != "aw-plot":
            continue
        _, _, wide, high = map(float, str(svg.get("viewBox")).split())
        for dot in svg.iter("circle"):
            assert 0 <= float(str(dot.get("cx"))) <= wide and 0 <= float(str(dot.get("cy"))) <= high


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_older_model_a_hint_and_an_empty_state(language: Language) -> None:
    older = FOUND.model_copy(update={"newer": 1_200, "hint": both("建议重新训练。", "Retraining is advised.")})
    text = "".join(parsed(response_tab(older, language, "aaaabbbbcccc")).itertext())
    assert "1,200" in text and "aaaabbbb" in text and ("建议重新训练" in text or "Retraining" in text)
    bare = Standing(version="0" * 12, scores={"ctr": {}})
    text = "".join(parsed(response_tab(bare, language)).itertext())
    assert ("画不出来" if language == "zh" else "Too few test rows") in text
    none = response_tab(None, language)
    assert ("还没有自己的点击与转化模型" if language == "zh" else "No click and conversion model of your own yet") in none
    assert "<svg" in none and "aw-plot" not in none


def test_ticks_are_round_and_times_are_the_shops() -> None:
    assert [_ceiling(x) for x in (0.0371, 0.0401, 0.009, 0.2)] == pytest.approx([0.04, 0.06, 0.01, 0.2])
    assert day("2026-11-24T04:50:00+00:00", timezone(timedelta(hours=8))) == "2026-11-24 12:50"
    assert day("2026-11-24T04:50:00", UTC) == "2026-11-24 04:50" and day("", UTC) == "–"


def test_a_shop_without_a_model_has_no_standing(empty_shop: Workspace) -> None:
    assert standing(empty_shop) is None


@pytest.mark.slow
def test_the_demo_shop_stands_as_its_training_left_it(shop: Workspace) -> None:
    model = Response.ready(shop).model
    found = standing(shop)
    assert model is not None and found is not None
    assert found.version == model.version and found.newer == 0 and found.hint is None and not found.pictures
    assert [v.version for v in found.versions if v.promoted] == [found.version]
    parsed(response_tab(found, "zh", found.version, shop.zone))


def test_what_new_impressions_call_for_stands_on_the_card_after_the_import() -> None:
    report = ImportReport(id="i", kind="impressions", file="a.csv", form="csv", rows=9, imported=9, mapping={})
    advice = both("建议重新训练 <b>。", "Retraining is advised <b>.")
    assert "建议重新训练 &lt;b&gt;" in imported(report, "impressions", "zh", advice)
    assert "<p>" not in imported(report, "impressions", "en")
