"""Progress at the terminal: one line that is written over, never wraps, and leaves what is said next clean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.words import both
from adwright.ui.terminal import Ticker, cut, say


@given(st.text(alphabet="训练点击ab1 ", max_size=40), st.integers(0, 60))
def test_a_line_is_cut_to_its_columns_and_not_shorter_than_it_must(text: str, columns: int) -> None:
    def wide(line: str) -> int:
        return sum(1 if letter < "\x7f" else 2 for letter in line)

    short = cut(text, columns)
    assert text.startswith(short) and wide(short) <= columns
    assert short == text or wide(short) >= columns - 1


def test_a_shorter_line_leaves_nothing_of_a_longer_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    ticker = Ticker("zh")
    ticker.shown = True
    ticker.note(both("训练" * 30, "x"), 0, 3)
    ticker.note(both("好", "x"), 1, 3)
    assert screen(capsys.readouterr().err) == ["  好 1/3"]
    say("停了")
    ticker.note(both("完", "x"), 3, 3)
    assert screen(capsys.readouterr().err) == ["停了", "  完 3/3", ""]


def screen(written: str) -> list[str]:
    """What a terminal shows after a text with returns: letters by column, a Chinese one over two."""
    shown: list[dict[int, str]] = [{}]
    at = 0
    for letter in written:
        if letter in "\r\n":
            at = 0
            shown += [{}] if letter == "\n" else []
            continue
        wide = 1 if letter < "\x7f" else 2
        shown[-1] |= {at: letter} | ({at + 1: ""} if wide == 2 else {})
        at += wide
    return ["".join(row[column] for column in sorted(row)).rstrip() for row in shown]
