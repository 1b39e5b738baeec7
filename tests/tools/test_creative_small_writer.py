"""The small writer: what it may never say, whatever its weights; kept and read again; trained, stopped and gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.creative import Phrasebook, SmallWriter, small_training, train_writer
from adwright.tools.creative.small_writer import BEGIN, END, SCALE, Vocabulary
from adwright.ui.cli import main

NAMES = {"名称": ["连衣裙", "半身裙", "衬衫"], "材质": ["雪纺", "棉麻", "蕾丝"], "颜色": ["白色", "蓝色"]}
PAIRS = [(name, value) for name, values in NAMES.items() for value in values]
ADS = [
    ({"名称": kind, "材质": cloth, "颜色": colour}, f"{colour}的{kind}采用{cloth}面料，{mood}又舒适。{cloth}的质感很好。")
    for mood in ("轻盈", "柔软", "自然")
    for kind in NAMES["名称"]
    for cloth in NAMES["材质"]
    for colour in NAMES["颜色"]
]
WIDTH, STATE = 8, 12


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return Vocabulary.of([([(name, value) for name, value in facts.items()], text) for facts, text in ADS])


def at_random(words: Vocabulary, seed: int) -> SmallWriter:
    """A writer whose weights are noise."""
    rng = np.random.default_rng(seed)
    size, layer = len(words.words), "reader.layers.0"
    shapes = {
        "words.weight": (size, WIDTH), "names.weight": (len(words.names) + 1, WIDTH), "values.weight": (len(words.values) + 1, WIDTH),
        f"{layer}.self_attn.in_proj_weight": (3 * WIDTH, WIDTH), f"{layer}.self_attn.in_proj_bias": (3 * WIDTH,),
        "lstm.weight_ih_l0": (4 * STATE, WIDTH + 1), "lstm.weight_hh_l0": (4 * STATE, STATE),
        "lstm.bias_ih_l0": (4 * STATE,), "lstm.bias_hh_l0": (4 * STATE,), "told": (2,), "bias": (size,),
    }  # fmt: skip
    linear = {
        f"{layer}.self_attn.out_proj": (WIDTH, WIDTH), f"{layer}.linear1": (2 * WIDTH, WIDTH), f"{layer}.linear2": (WIDTH, 2 * WIDTH),
        "start": (2 * STATE, WIDTH), "ask": (WIDTH, STATE), "join": (WIDTH, STATE + WIDTH), "point": (WIDTH, WIDTH), "told_as": (WIDTH, WIDTH),
    }  # fmt: skip
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    shapes |= {f"{layer}.{norm}.{part}": (WIDTH,) for norm in ("norm1", "norm2") for part in ("weight", "bias")}
    return SmallWriter({name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}, words)


class Spelt(Vocabulary):
    """A vocabulary that gives a text as its ids, so that words and pointers can be told from letters side by side."""

    def text(self, ids: Iterable[int], pairs: Sequence[tuple[str, str]]) -> str:
        return " ".join(map(str, ids))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), facts=st.lists(st.sampled_from(PAIRS), min_size=1, max_size=4, unique=True))
def test_no_other_value_is_said_and_no_fact_twice(words: Vocabulary, seed: int, facts: list[tuple[str, str]]) -> None:
    writer = at_random(Spelt(words.words, words.names, words.values), seed)
    texts = writer.write(facts, 3, seed=seed)
    assert len(texts) == 3 and texts == at_random(writer.vocabulary, seed).write(facts, 3, seed=seed)
    own = {value for _, value in facts}
    for ids in ([int(i) for i in text.split()] for text in texts):
        pointed = [i for i in ids if i >= len(words.words)]
        said = "|".join(words.words[i] for i in ids if i < len(words.words))
        assert len(pointed) == len(set(pointed)) and all(i - len(words.words) < len(facts) for i in pointed)
        assert not any(value in said for _, value in PAIRS if value not in own)


def test_ids_are_words_and_places_and_come_back_as_text(words: Vocabulary) -> None:
    facts, text = ADS[0]
    pairs = list(facts.items())
    ids = words.ids(text, pairs)
    assert ids[0] == BEGIN and ids[-1] == END and sum(i >= len(words.words) for i in ids) == 4
    assert words.text(ids[1:-1], pairs) == text
    assert (
        words.text(ids[1:-1], [("名称", "风衣"), ("材质", "亚麻"), ("颜色", "米色")])
        == "米色的风衣采用亚麻面料，轻盈又舒适。亚麻的质感很好。"
    )


def test_a_writer_is_kept_and_read_and_a_spoilt_one_refused(words: Vocabulary, tmp_path: Path) -> None:
    writer = at_random(words, 1)
    writer.save(tmp_path, {"ads": 54})
    assert SmallWriter.load(tmp_path).write(PAIRS[:3], 2) == writer.write(PAIRS[:3], 2)
    assert writer.write([], 2) == []
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8"))["ads"] == 54
    spoilt = bytearray((tmp_path / "weights.npz").read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    (tmp_path / "weights.npz").write_bytes(spoilt)
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(AdwrightError) as caught:
            SmallWriter.load(folder)
        assert caught.value.code == "no-writer"


class Says(SmallWriter):
    """A writer with given texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)

    def write(self, pairs: Sequence[tuple[str, str]], count: int = 12, heat: float = 0.7, seed: int = 0) -> list[str]:
        return self.texts


def test_a_phrasebook_takes_only_what_the_facts_hold() -> None:
    known = [("名称", "衬衫"), ("材质", "棉麻"), ("颜色", "白色")]
    plain, odd = "棉麻的设计，简约时尚", ["雪纺的质感很好", "全场包邮", "袋鼠兜很实用", "蓝色白色都好看", "时尚时尚的设计", "的设计大方"]
    text = Phrasebook(ADS, "zh", Says(["。".join([plain, *odd]) + "。"] * 3)).compose(known, 115)
    assert text is not None and "简约时尚" in text
    assert not any(phrase in text for phrase in odd)
    assert Phrasebook(ADS, "zh", Says([])).compose(known, 115) == Phrasebook(ADS, "zh").compose(known, 115)


def test_few_ads_and_bad_lines_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AdwrightError) as caught:
        train_writer(ADS, tmp_path)
    assert caught.value.code == "too-few-examples"
    file = tmp_path / "ads.jsonl"
    file.write_text("\n".join(json.dumps({"facts": facts, "text": text}) for facts, text in ADS), "utf-8")
    asked = ["tune", "--small", str(file), "--out", str(tmp_path / "writer"), "--lang", "en"]
    assert main(asked) != 0
    assert "There are 54 past ads" in capsys.readouterr().err
    file.write_text('{"facts": {}}', "utf-8")
    assert main(asked) != 0
    assert "Line 1" in capsys.readouterr().err


class Stopped(Exception):
    """What stops a run in the tests."""


class StopsAt:
    def __init__(self, part: str) -> None:
        self.part = part

    def start(self, key: str, title: Any) -> None:
        if key == self.part:
            raise Stopped

    def note(self, note: Any, done: int, of: int) -> None: ...

    def done(self, key: str, finding: Any, artifact: Any = None) -> None: ...


def test_a_stopped_training_goes_on_and_numpy_says_what_torch_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch: Any = pytest.importorskip("torch")
    monkeypatch.setattr(small_training, "WIDTH", 16)
    monkeypatch.setattr(small_training, "STATE", 24)
    whole = train_writer(ADS, tmp_path / "whole", epochs=3, least=10)
    with pytest.raises(Stopped):
        train_writer(ADS, tmp_path / "parts", epochs=3, least=10, progress=StopsAt("epoch-3"))
    assert train_writer(ADS, tmp_path / "parts", epochs=3, least=10).losses == whole.losses
    assert (tmp_path / "parts" / "weights.npz").read_bytes() == (tmp_path / "whole" / "weights.npz").read_bytes()

    writer = SmallWriter.load(whole.out)
    words, pairs = writer.vocabulary, list(ADS[0][0].items())
    net = small_training.network(len(words.words), len(words.names), len(words.values))
    net.load_state_dict({name: torch.tensor(value) for name, value in writer._w.items()})
    ids = words.ids(ADS[0][1], pairs)[:-1]
    with torch.no_grad():
        expected = net.eval()(torch.tensor([words.facts(pairs)]), torch.tensor([ids]))[0].numpy()
    read, hidden, cell = writer._read(pairs)
    inputs = np.concatenate([SCALE * writer._w["words.weight"], writer._linear("told_as", read)])
    told = np.zeros((1, len(pairs)), dtype=np.float32)
    for i, said in enumerate(ids):
        if said >= len(words.words):
            told[0, said - len(words.words)] += 1
        left = (1 - told).clip(0).sum(1, keepdims=True) / 8
        hidden, cell = writer._step(np.concatenate([inputs[[said]], left, hidden], 1), cell)
        assert writer._scores(hidden, read, told)[0] == pytest.approx(expected[i], abs=1e-3)
