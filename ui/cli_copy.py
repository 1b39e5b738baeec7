"""`adwright copy` and `adwright eval copy`: copy for a whole table of products, and scores of copy that exists."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.drafts import Comparison, Drafts
from .terminal import Ticker, folder_for, language_for, say, show

if TYPE_CHECKING:
    from ..data.words import Language


# A product may take a model so long, asked once and asked to repair.
BATCH_SECONDS = 60.0


def run_copy(options: argparse.Namespace) -> int:
    """Write copy for every product of a file, with progress; a second run goes on where the first was stopped."""
    from ..data import knowledge
    from ..data.settings import Settings
    from ..tools.creative.catalogue_copy import write_catalogue
    from ..tools.localtext import text_writer

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
        write=text_writer(Settings.load({}), BATCH_SECONDS),
        progress=Ticker(spoken),
    )
    left = f"，其中 {refused} 款不能写，原因见 note 列" if spoken == "zh" else f"; {refused} refused, see the column note"
    done = f"{options.out}：{total} 款商品" if spoken == "zh" else f"{options.out}: {total} products"
    say(done + (left if refused else "") + ("。" if spoken == "zh" else "."))
    return 0


def score_copy(file: Path | None, options: argparse.Namespace) -> int:
    """Score texts of a JSON-lines file, one report a generator side by side; then what people compared in the shop.

    A line holds ``text`` and, where known, ``reference`` (a text or several), ``facts`` (a list), ``generator``, ``language``. Without a
    file only the shop's comparisons are told.
    """
    if file is not None:
        show(compared(file))
    folder, _ = folder_for(options)
    done = Drafts(folder).comparisons()
    if done:
        show(("\n" if file is not None else "") + preferred(done, language_for(options)))
    elif file is None:
        from ..data.errors import AdwrightError
        from ..data.words import both

        raise AdwrightError(
            both("没有给出要评分的文件，店里也还没有评过文案。", "No file to score was given, and no drafts were compared in this shop yet."),
            both("例如 adwright eval copy lines.jsonl；或在页面上评文案。", "For example adwright eval copy lines.jsonl; or rate copy on the page."),
            code="no-file",
        )  # fmt: skip
    return 0


def preferred(comparisons: Sequence[Comparison], language: Language) -> str:
    """What the shop's comparisons of drafts show, as Markdown."""
    from ..tools.creative.authors import AUTHORS
    from ..tools.creative.preference import ENOUGH, report

    found, zh = report(comparisons), language == "zh"
    rows = [(("比较过的组数", "pairs compared"), found["compared"]), (("其中差不多", "about equal"), found["equal"])]
    for author, (points, of) in found["wins"].items():
        name = AUTHORS[author]
        rows.append(((f"{name.zh}胜出", f"won by {name.en}"), f"{points:g} / {of}"))
    if found["foretold"] is not None:
        rows.append((("留一预测对", "foretold when left out"), f"{found['foretold']:.0%}"))
    for name, weight, error in found["liked"]:
        rows.append(((f"偏好：{name['zh']}", f"preference: {name['en']}"), f"{weight:+.2f} ± {2 * error:.2f}"))
    used = (("挑选文案时参考", "counts when copy is picked"), ("是" if zh else "yes") if found["used"] else ("否" if zh else "no"))
    table = [f"| {'评比' if zh else 'comparisons'} | |", "|---|---|", *(f"| {name[not zh]} | {value} |" for name, value in [*rows, used])]
    if not found["used"]:
        table.append(
            f"\n满 {ENOUGH} 组、且留一预测明显好于猜测后才参考。"
            if zh
            else f"\nThey count from {ENOUGH} pairs on, and only when foretold clearly better than by guessing."
        )
    return "\n".join(table)


def compared(file: Path) -> str:
    """The reports of a file's generators side by side, as a Markdown table."""
    from ..tools.creative.grammar import native
    from ..tools.creative.lines import is_chinese
    from ..tools.creative.measure import compare_copy, evaluate_copy

    groups: dict[str, list[dict[str, Any]]] = {}
    for row in text_lines(file):
        groups.setdefault(str(row.get("generator", "copy")), []).append(row)
    reports: dict[str, dict[str, Any]] = {}
    for name, rows in groups.items():
        texts = [str(row["text"]) for row in rows]
        language = native(str(rows[0].get("language") or ("zh" if is_chinese("".join(texts[:20])) else "en")))
        references = [row["reference"] for row in rows] if all(row.get("reference") for row in rows) else []
        facts = [list(map(str, row["facts"])) for row in rows] if all(row.get("facts") for row in rows) else None
        reports[name] = evaluate_copy(texts, references, language, facts=facts)
    return compare_copy(reports)


def text_lines(file: Path, beside: str = '"reference": "..."') -> list[dict[str, Any]]:
    """Read JSON lines that each have a text; `beside` shows what else a line holds. Raises `AdwrightError` (``no-file``, ``bad-line``, ``empty-file``)."""
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
                both(f'每行写成 {{"text": "...", {beside}}}。', f'Write lines like {{"text": "...", {beside}}}.'),
                code="bad-line",
            )
        rows.append(row)
    if not rows:
        raise AdwrightError(
            both(f"{file.name} 是空的。", f"{file.name} is empty."), both("每行一条文案。", "One text a line."), code="empty-file"
        )
    return rows
