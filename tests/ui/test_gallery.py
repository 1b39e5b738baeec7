"""The gallery without a browser: filter, looks side by side, checks, rates, films, and texts that are only texts."""

from __future__ import annotations

from pathlib import Path

from adwright.data.figure import Figure
from adwright.data.plan import Check, Media
from adwright.data.words import both
from adwright.ui import attach
from adwright.ui.gallery import pictures


def url(name: str) -> str:
    return f"gradio_api/file={name}"


def media(width: int = 1080, height: int = 1080, variant: int = 1, **more) -> Media:
    return Media(
        id=f"{width}{height}{variant}.jpg", kind="image", channel="douyin", width=width, height=height, alt=both("图", "Picture"),
        how=both("合成", "Composed"), language="zh", variant=variant, **more,
    )  # fmt: skip


def test_sizes_can_be_filtered_and_the_zip_downloaded() -> None:
    html = pictures([media(), media(1080, 1920), media(800, 800), media(320, 50)], "zh", url, "set.zip")
    assert html.count('data-do="size"') == 5 and "全部 4 张" in html
    assert 'href="gradio_api/file=set.zip" download="pictures.zip"' in html
    assert "data-do" not in pictures([media()], "zh", url) and pictures([], "zh", url) == ""


def test_looks_of_a_size_stand_side_by_side_with_their_rates_and_reasons() -> None:
    rate = Figure.of(0.021, "rate", "model", low=0.015, high=0.028)
    html = pictures(
        [
            media(
                ctr=rate,
                checks=[Check(id="size", text=both("好", "Right"), passed=True)],
                drivers=[both("标题更短：+3%", "Shorter headline: +3%")],
            ),
            media(variant=2, ctr=rate),
        ],
        "en",
        url,
    )
    assert html.count('class="aw-looks"') == 1 and "look 2" in html and "Shorter headline" in html
    assert html.count("2.10%") == 2 and "1.50" in html and "2.80" in html


def test_every_check_is_told_and_a_failed_one_opens_the_report() -> None:
    good = [Check(id="size", text=both("尺寸对", "Right size"), passed=True)]
    bad = [*good, Check(id="contrast", text=both("对比度 2.1 <b>", "Contrast 2.1 <b>"), passed=False)]
    assert '<details class="aw-gate"><summary' in pictures([media(checks=good)], "zh", url)
    html = pictures([media(checks=bad)], "zh", url)
    assert '<details class="aw-gate" open>' in html and "1 项检查没有通过" in html and "&lt;b&gt;" in html and "2.1 <b>" not in html


def test_a_film_shows_its_poster() -> None:
    film = Media(
        id="f.mp4",
        kind="video",
        channel="douyin",
        width=720,
        height=1280,
        seconds=15,
        alt=both("片", "Film"),
        how=both("", ""),
        poster="p.jpg",
    )
    html = pictures([film], "zh", url)
    assert 'poster="gradio_api/file=p.jpg"' in html and "15 秒" in html


def test_uploads_are_told_apart_and_the_page_keeps_no_copy(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("orders.csv", "shoe.jpg", "tune.mp3")]
    for file in files:
        file.write_bytes(b"x")
    tables, others = attach.apart(files)
    assert [file.name for file in tables] == ["orders.csv"] and len(others) == 2
    assert {".png", ".webp", ".svg", ".csv"} <= set(attach.accepted())
    attach.discard(*others)
    assert files[0].exists() and not files[1].exists()
