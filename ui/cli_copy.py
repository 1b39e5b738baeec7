"""`adwright copy` and `adwright eval copy`: copy for a whole table of products, and scores of copy that exists."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .terminal import Ticker, language_for, say, show

if TYPE_CHECKING:
    from ..data.words import Language


def run_copy(options: argparse.Namespace) -> int:
    """Write copy for every product of a file, with progress; a second run goes on where the first was stopped."""
    from ..data import knowledge
    from ..tools.creative.catalogue_copy import write_catalogue

    spoken = language_for(options)
    place = knowledge.channel(options.channel)
    language: Language = options.language or ("zh" if place.region == "cn" else "en")
    total, refused = write_catalogue(
        Path(options.file),
        Path(options.out),
        place.id,
        language,
        n=options.variants,
        tone=options.tone,
        seed=options.seed,
        currency=options.currency,
        progress=Ticker(spoken),
    )
    left = f"，其中 {refused} 款不能写，原因见 note 列" if spoken == "zh" else f"; {refused} refused, see the column note"
    done = f"{options.out}：{total} 款商品" if spoken == "zh" else f"{options.out}: {total} products"
    say(done + (left if refused else "") + ("。" if spoken == "zh" else "."))
    return 0


def score_copy(file: Path) -> int:
    """Score texts of a JSON-lines file, one report a generator side by side.

    A line holds ``text`` and, where known, ``reference`` (a text or several), ``facts`` (a list), ``generator``, ``language``.
    """
    from ..tools.creative.grammar import native
    from ..tools.creative.lines import is_chinese
    from ..tools.creative.measure import compare_copy, evaluate_copy

    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _lines(file):
        groups.setdefault(str(row.get("generator", "copy")), []).append(row)
    reports: dict[str, dict[str, Any]] = {}
    for name, rows in groups.items():
        texts = [str(row["text"]) for row in rows]
        language = native(str(rows[0].get("language") or ("zh" if is_chinese("".join(texts[:20])) else "en")))
        references = [row["reference"] for row in rows] if all(row.get("reference") for row in rows) else []
        facts = [list(map(str, row["facts"])) for row in rows] if all(row.get("facts") for row in rows) else None
        reports[name] = evaluate_copy(texts, references, language, facts=facts)
    show(compare_copy(reports))
    return 0


def _lines(file: Path) -> list[dict[str, Any]]:
    from ..data.errors import AdwrightError
    from ..data.words import both

    if not file.is_file():
        raise AdwrightError(
            both(f"没有找到文件 {file}。", f"There is no file {file}."), both("请检查路径。", "Check the path."), code="no-file"
        )
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(file.read_text("utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or not str(row.get("text", "")).strip():
            raise AdwrightError(
                both(f"第 {number} 行不是带 text 的 JSON 对象。", f"Line {number} is not a JSON object with a text."),
                both('每行写成 {"text": "...", "reference": "..."}。', 'Write lines like {"text": "...", "reference": "..."}.'),
                code="bad-line",
            )
        rows.append(row)
    if not rows:
        raise AdwrightError(
            both(f"{file.name} 是空的。", f"{file.name} is empty."), both("每行一条文案。", "One text a line."), code="empty-file"
        )
    return rows
