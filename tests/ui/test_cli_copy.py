"""`adwright copy` and `adwright eval copy` at the terminal: files in, files and tables out, mistakes explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adwright.data.drafts import Comparison, Drafts
from adwright.data.plan import CopyField, Creative
from adwright.ui.cli import main


def test_copy_for_a_table_and_its_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    goods, out = tmp_path / "goods.csv", tmp_path / "out.csv"
    goods.write_text("name,price,facts\nmug,$12,300 ml; dishwasher safe\nvape,$9,mango\n", "utf-8")
    assert main(["copy", str(goods), "--channel", "instagram", "--out", str(out), "--variants", "1", "--lang", "en"]) == 0
    assert "2 products; 1 refused" in capsys.readouterr().err and "300 ml" in out.read_text("utf-8-sig")
    lines = [{"text": "a mug", "reference": "a white mug", "facts": ["mug"], "generator": g} for g in ("one", "two")]
    scored = tmp_path / "lines.jsonl"
    scored.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert main(["eval", "copy", str(scored)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("| measure | one | two |") and "| coverage | 1.0 | 1.0 |" in shown


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("{", "Line 1"), ('{"words": "x"}', "Line 1")])
def test_a_file_that_cannot_be_scored_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text, "utf-8")
    assert main(["eval", "copy", str(file), "--lang", "en"]) == 2
    assert code in capsys.readouterr().err
    assert main(["eval", "copy", str(tmp_path / "none.jsonl"), "--lang", "en"]) == 2


def test_comparisons_of_the_shop_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "copy", "--lang", "en", "-w", str(tmp_path)]) == 2
    assert "no drafts were compared" in capsys.readouterr().err
    one, other = (
        Creative(
            id=text,
            channel="douyin",
            language="zh",
            variant=1,
            copy_fields=[CopyField(field="headline", text=text, used=3)],
            author=author,  # pyright: ignore[reportArgumentType]
        )
        for text, author in (("甲乙丙 3", "model"), ("丁", "grammar"))
    )
    for verdict in ("first", "first", "equal", "first", "second"):
        Drafts(tmp_path).compare(Comparison(product="p", first=one, second=other, verdict=verdict))
    assert main(["eval", "copy", "--lang", "en", "-w", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert (
        "| pairs compared | 5 |" in shown and "| won by the model | 3.5 / 5 |" in shown and "| counts when copy is picked | no |" in shown
    )
