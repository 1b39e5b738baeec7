"""Vectors of a configured model: a loopback server speaks the protocol and knows which words mean the same."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.settings import Settings
from adwright.data.workspace import Workspace
from adwright.tools.audience.fit import fit
from adwright.tools.audience.interests import synonyms
from adwright.tools.audience.members import segment_members
from adwright.tools.audience.segment import find_segments
from adwright.tools.audience.segmentation import build_features
from adwright.tools.endpoint import client
from adwright.tools.memory.embedding import Embedder, configured

from .loopback import Loopback

WIDTH = 48
SAME = {"慢跑鞋": "跑鞋", "trainers": "sneaker", "puppy": "dog"}
WORDS = ["跑鞋", "sneaker", "慢跑鞋", "trainers", "dog", "puppy", "牙刷", "kettle", "帐篷", "lamp", "台灯", "carpet", "米", "guitar", "花瓶", "notebook"]  # fmt: skip


def vector(text: str) -> list[float]:
    """A direction of the word's own, or nearly that of the word it means; random ones have little in common."""
    seed = int.from_bytes(hashlib.sha256(SAME.get(text, text).encode()).digest()[:4], "big")
    direction = np.random.default_rng(seed).standard_normal(WIDTH)
    if text in SAME:
        direction = direction + 0.25 * np.random.default_rng(seed + 1).standard_normal(WIDTH)
    return direction.tolist()


class Server(Loopback):
    """Answers ``/v1/embeddings``; `play` turns a request into (status, body)."""

    def right(self, sent: dict[str, Any]) -> tuple[int, Any]:
        # In reverse, as a service may: the index says which text a vector belongs to.
        rows = [{"object": "embedding", "index": i, "embedding": vector(text)} for i, text in enumerate(sent["input"])]
        return 200, {"object": "list", "data": rows[::-1], "model": sent["model"], "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def embedder(server: Server, tmp_path: Path, seconds: float = 5.0) -> Embedder:
    return Embedder("m", client(server.url, "sk-test", seconds), tmp_path / "v.sqlite", seconds)


def test_vectors_are_unit_in_order_and_asked_for_once(server: Server, tmp_path: Path) -> None:
    made = embedder(server, tmp_path)
    found = made.embed(["跑鞋", "dog", "跑鞋"])
    assert found.shape == (3, WIDTH) and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert np.array_equal(found[0], found[2]) and found[0] @ np.array(vector("跑鞋")) / np.linalg.norm(vector("跑鞋")) > 0.999
    assert server.asked[0]["input"] == ["跑鞋", "dog"] and server.asked[0]["path"] == "/v1/embeddings"
    assert server.asked[0]["key"] == "Bearer sk-test"
    again = embedder(server, tmp_path).embed(["dog", "跑鞋", "lamp"])
    assert server.asked[1]["input"] == ["lamp"] and np.array_equal(again[1], found[0])
    assert made.embed([]).shape[0] == 0 and len(server.asked) == 2


def test_a_service_that_takes_few_texts_gets_few(server: Server, tmp_path: Path) -> None:
    few = server.right
    server.play = lambda sent: (
        few(sent) if len(sent["input"]) <= 10 else (400, {"error": {"message": "batch size should not be larger than 10"}})
    )
    found = embedder(server, tmp_path).embed([f"w{i}" for i in range(25)])
    assert found.shape == (25, WIDTH) and [len(sent["input"]) for sent in server.asked] == [25, 10, 10, 5]


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (lambda sent: (401, {"error": {"message": "sk-secret is wrong"}}), "key"),
        (lambda sent: (404, {"error": {"message": "no such model"}}), "does not have"),
        (lambda sent: (429, {"error": {"message": "slow down"}}), "busy"),
        (lambda sent: (500, {"error": {"message": "oh"}}), "error of its own"),
        (lambda sent: (400, {"error": {"message": "bad"}}), "refused"),
        (lambda sent: (200, {"object": "list", "data": []}), "protocol"),
        (lambda sent: (200, {"object": "list", "data": [{"index": i, "embedding": [0.0, 0.0]} for i in range(len(sent["input"]))]}), "protocol"),
        (lambda sent: (200, {"object": "list", "data": [{"index": i, "embedding": [1.0] * (i + 1)} for i in range(len(sent["input"]))]}), "protocol"),
        (lambda sent: (200, "<html>hello</html>"), "protocol"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_named_in_both_languages(server: Server, tmp_path: Path, play: Any, why: str) -> None:
    server.play = play
    with pytest.raises(AdwrightError) as raised:
        embedder(server, tmp_path).embed(["a", "b"])
    assert raised.value.code == "embedding-failed" and why in raised.value.tell("en") and "sk-secret" not in raised.value.tell("zh")


def test_no_answer_in_time_and_no_server(server: Server, tmp_path: Path) -> None:
    stop = threading.Event()

    def wait(sent: dict[str, Any]) -> tuple[int, Any]:
        stop.wait(10)
        return 200, {}

    server.play = wait
    with pytest.raises(AdwrightError) as raised:
        embedder(server, tmp_path, 0.3).embed(["a"])
    stop.set()
    assert "in time" in raised.value.tell("en")
    gone = Embedder("m", client("http://127.0.0.1:9/v1", None, 1.0), tmp_path / "v.sqlite", 1.0)
    with pytest.raises(AdwrightError, match="could not be reached"):
        gone.embed(["a"])


def test_vectors_of_another_length_or_a_damaged_file_are_not_mixed(server: Server, tmp_path: Path) -> None:
    made = embedder(server, tmp_path)
    made.embed(["a"])
    server.play = lambda sent: (200, {"object": "list", "data": [{"index": i, "embedding": [1.0, 2.0]} for i in range(len(sent["input"]))]})
    with pytest.raises(AdwrightError, match="differ in length"):
        made.embed(["a", "b"])
    server.play = server.right
    assert made.embed(["a", "b"]).shape == (2, WIDTH)
    made.file.write_bytes(b"no database at all, only some bytes" * 100)
    assert made.embed(["a"]).shape == (1, WIDTH)


def test_only_planted_synonyms_are_one_word(server: Server, tmp_path: Path) -> None:
    made = embedder(server, tmp_path)
    assert synonyms(WORDS, made.embed) == SAME
    assert synonyms(WORDS[:6], made.embed) == {}, "so few words tell nothing about chance"


def test_words_without_anything_in_common_stay_apart() -> None:
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(40):
        drawn = rng.standard_normal((60, 32)) + 1.5  # a common direction, as many models have
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        wrong += bool(synonyms([f"w{i}" for i in range(60)], lambda words, found=drawn: found))
    assert wrong <= 6
    same = np.ones((20, 4)) / 2
    assert synonyms([f"w{i}" for i in range(20)], lambda words: same) == {f"w{i}": "w0" for i in range(1, 20)}


def searches(people: int, said: dict[str, int]) -> list[dict[str, Any]]:
    start, rows = datetime(2026, 3, 1, 9), []
    for i in range(people):
        for j, (word, often) in enumerate(said.items()):
            if i % often == 0:
                rows.append({"user_id": f"u{i}", "ts": start + timedelta(hours=i + 7 * j), "event": "search", "query": word})
    return rows


def test_features_hold_one_column_for_both_words(server: Server, tmp_path: Path) -> None:
    events = pa.Table.from_pylist(searches(60, {word: 1 + place for place, word in enumerate(WORDS)}))
    plain = build_features(events).columns
    merged = build_features(events, embed=embedder(server, tmp_path).embed).columns
    assert {"term_跑鞋", "term_慢跑鞋"} <= set(plain)
    assert "term_跑鞋" in merged and not {f"term_{word}" for word in SAME} & set(merged)


@pytest.fixture
def asking(empty_shop: Workspace) -> Workspace:
    """A shop in which half of the people look for shoes, under either name, and the others for the house."""
    often = dict.fromkeys(WORDS[:2], 2) | dict.fromkeys(WORDS[2:4], 4)
    shoes, house = searches(80, often), searches(80, dict.fromkeys(WORDS[6:], 3))
    for row in house:
        row["user_id"] = "h" + row["user_id"]
    empty_shop.warehouse.replace("events", pa.Table.from_pylist([*shoes, *house]))
    return empty_shop


def with_model(shop: Workspace, url: str | None) -> Workspace:
    shop.settings = Settings.load({}, {"ADWRIGHT_EMBEDDING_MODEL": "m"} | ({"ADWRIGHT_EMBEDDING_URL": url} if url else {}))
    return shop


def test_a_shop_with_a_model_groups_by_meaning_and_says_so(server: Server, asking: Workspace) -> None:
    assert configured(asking) is None and not fit(asking, 2).alike  # pyright: ignore[reportOptionalMemberAccess]
    found = fit(with_model(asking, server.url), 2)
    assert found is not None and found.alike == {"慢跑鞋": "跑鞋", "trainers": "sneaker"} and "慢跑鞋" not in found.terms
    assert not {word["word"] for group in found.facts["words"] for word in group} & set(SAME)
    assert {text for sent in server.asked for text in sent["input"]} <= set(WORDS), "nothing but words leaves"
    told = [note.en for note in find_segments(asking, k=2).notes]
    assert any("慢跑鞋 = 跑鞋" in note and "(2 in all)" in note for note in told)
    # Who belongs to a segment follows the words of the fit, whatever the endpoint does later.
    server.play = lambda sent: (500, {})
    sizes = []
    for id_ in found.ids:
        with segment_members(asking, id_) as (people, _):
            sizes.append(asking.warehouse.arrow(people.count().as_table())[0][0].as_py())
    assert sorted(sizes) == sorted(int(group["size"]) for group in found.facts["groups"])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", None])
def test_without_an_answer_plain_words_are_used_and_that_is_said(asking: Workspace, url: str | None) -> None:
    found = fit(with_model(asking, url), 2)
    assert found is not None and not found.alike and {"跑鞋", "慢跑鞋"} <= set(found.terms)
    notes = find_segments(asking, k=2).notes
    assert any("近义词没有合并" in note.zh and "counted apart" in note.en for note in notes)
    assert not [*asking.models.glob("segments-k2-*")], "the next process asks again"
