"""Names of groups of visitors: what marks them is said, alike ones are told apart, sessions are called sessions."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adwright.data.importer import import_file
from adwright.data.workspace import Workspace
from adwright.tools.audience.segment import find_segments
from adwright.tools.audience.segment_users import SegmentUsers, segment_users
from adwright.tools.audience.visitor_names import MARKS, visitor_names


def shop_of(marks: list[list[tuple[str, float]]], sessions: bool = False, words: dict[int, tuple[str, int]] | None = None) -> Any:
    """A stand-in for a fit: only what names read."""
    spoken = [[{"word": words[j][0], "n": words[j][1]}] if words and j in words else [] for j in range(len(marks))]
    explained = [{"marks": [{"column": column, "lift": lift} for column, lift in row]} for row in marks]
    facts = {"groups": [{"size": 100}] * len(marks), "words": spoken, "explained": explained, "habits": {"shares": {}}}
    return SimpleNamespace(facts=facts, categories=["electronics", "pets"], sessions=sessions)


def test_each_group_is_called_by_its_strongest_mark() -> None:
    fit = shop_of([[("carts", 5.7), ("views", 1.2)], [("views", 2.0), ("carts", -0.2)], [("idle_days", -1.5)]])
    told = visitor_names(fit, [0, 1, 2], {})
    assert [told[j].zh for j in range(3)] == ["加购未买的访客", "反复浏览的访客", "近期来过的访客"]
    assert told[0].en == "Visitors who left a cart behind"


def test_what_they_look_at_comes_first_then_what_they_search_for() -> None:
    fit = shop_of([[("views", 2.0)], [("views", 2.0)]], words={0: ("跑鞋", 40), 1: ("跑鞋", 40)})
    told = visitor_names(fit, [0, 1], {0: (0,)})
    assert told[0].zh == "看数码电器的访客" and told[0].en == "Visitors looking at electronics" and told[1].zh == "找跑鞋的访客"
    rare = shop_of([[("views", 2.0)], [("carts", 2.0)]], words={0: ("跑鞋", 2)})
    assert visitor_names(rare, [0, 1], {})[0].zh == "反复浏览的访客"


def test_one_group_alone_needs_no_mark_and_sessions_are_called_sessions() -> None:
    assert visitor_names(shop_of([[("views", 2.0)]]), [0], {})[0].zh == "只看未买的访客"
    told = visitor_names(shop_of([[("carts", 3.0)], []], sessions=True), [0, 1], {})
    assert told[0].en == "Sessions that left a cart behind" and told[1].zh == "只看未买的会话"


@given(st.lists(st.lists(st.sampled_from(sorted(MARKS)), unique=True, min_size=2, max_size=4), min_size=2, max_size=4, unique_by=frozenset))
def test_groups_with_the_same_first_mark_take_the_next(rows: list[list[tuple[str, int]]]) -> None:
    fit = shop_of([[(column, sign * (9.0 - place)) for place, (column, sign) in enumerate(row)] for row in rows])
    told = visitor_names(fit, list(range(len(rows))), {})
    for a, b in ((a, b) for a in told for b in told if a < b):
        if set(rows[a][:2]) != set(rows[b][:2]):
            assert told[a] != told[b]


def test_a_real_log_of_visitors_gets_telling_names(datasets: Path, empty_shop: Workspace) -> None:
    import_file(empty_shop, "events", datasets / "retailrocket_sample" / "events_sample.parquet")
    segments = find_segments(empty_shop).segments
    for language in ("zh", "en"):
        names = [s.name.pick(language) for s in segments]
        assert len(set(names)) == len(names) and not [n for n in names if "（" in n or "(" in n]
    assert not [s for s in segments if "¥0" in s.persona.summary.zh]


def test_a_log_without_users_is_told_in_sessions(tmp_path: Path, empty_shop: Workspace) -> None:
    rows = ["session_id,timestamp,event,item_id,category"]
    rows += [
        f"a{i},2026-11-{i % 20 + 1:02d} 10:{k:02d}:00,{'cart' if k == 3 else 'view'},P{i % 3},{'pets' if i % 2 else 'sports'}"
        for i in range(80)
        for k in range(1 + 4 * (i % 2))
    ]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    import_file(empty_shop, "events", file)
    found = find_segments(empty_shop)
    assert found.sessions and found.n_users == 80 and "会话" in found.notes[0].zh
    told = segment_users(empty_shop, SegmentUsers())
    assert "80 个会话" in told.content and "顾客" not in told.content
    assert found.segments[0].portrait and "个会话" in found.segments[0].portrait.facts[0].value.zh
