"""`adwright gan` as it is run: what is missing is named, a small training says how it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from adwright.tools.creative.gan import train
from adwright.tools.creative.gan.generator import Shape
from adwright.ui.cli import main


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gan", "train", "--lang", "en"]) == 2
    assert main(["gan", "train", "--folder", str(tmp_path), "--pictures", str(tmp_path / "no"), "--lang", "zh"]) == 2
    assert main(["gan", "train", "--folder", str(tmp_path / "g"), "--pictures", str(tmp_path), "--lang", "en"]) == 2
    assert main(["gan", "sample", "--folder", str(tmp_path), "--out", str(tmp_path / "o"), "--lang", "en"]) == 2
    assert main(["gan", "sample", "--out", str(tmp_path / "o"), "--palette", "mauve", "--lang", "en"]) == 2
    assert main(["gan", "sample", "--out", str(tmp_path / "o"), "--count", "0", "--lang", "en"]) == 2
    told = capsys.readouterr().err
    for words in ("No folder was given", "没有“", "Only 0 pictures", "no trained painter", "no colours named", "0 pictures cannot"):
        assert words in told, words


def test_a_training_says_how_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "Shape", lambda: Shape(8, 4, (4, 4)))
    monkeypatch.setattr(train.train_gan, "__kwdefaults__", {**(train.train_gan.__kwdefaults__ or {}), "count": 40})
    assert main(["gan", "train", "--folder", str(tmp_path), "--steps", "1", "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "已训练 1/1 步" in told and "实验功能" in told
