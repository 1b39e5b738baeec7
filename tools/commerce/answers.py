"""A shop's store of answers for customers: what it holds, where it is kept, and files read into it.

Markdown, text, CSV, JSON, HTML and TOML become question and answer. A file is text and nothing else: scripts, styles, comments and hidden
parts of HTML are dropped, nothing in it is run or obeyed. Files are kept in ``answers.json`` of the workspace by name, so that loading one
again replaces it; ``faq.toml`` there, written by hand, counts too. The bundled answers are the demo shop's alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.artefacts import write_whole
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.visible import visible
from ...data.words import Language, both

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LARGEST = 10 * 1024 * 1024
MOST = 20_000
STORE = "answers.json"
OWN = "faq.toml"
_LONG_QUESTION, _LONG_ANSWER = 300, 4_000
_ASKED = re.compile(r"^\s*(?:\**(?:Q|问|问题|question)\s*\d*\**\s*[:：]\**)\s*(?P<text>.+)$", re.IGNORECASE)
_TOLD = re.compile(r"^\s*(?:\**(?:A|答|答案|回答|answer)\s*\d*\**\s*[:：]\**)\s*(?P<text>.*)$", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*$")
_BOLD = re.compile(r"^\s*(?:[-*]\s+)?\*\*(?P<text>[^*]+[?？])\*\*\s*$")
_QUESTION_COLUMNS = ("question", "questions", "q", "问题", "问", "标题", "title", "ask")
_ANSWER_COLUMNS = ("answer", "answers", "a", "答案", "回答", "答", "内容", "reply", "content", "text")
_UNSEEN_TAGS = ("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "form", "head", "nav", "footer")


class FaqEntry(Document):
    """One answer of the store, with the ways people ask for it; an imported one is in its own language only."""

    id: str
    ask_zh: list[str] = []
    ask_en: list[str] = []
    zh: str = ""
    en: str = ""
    hand_over: bool = False

    def said(self, language: Language) -> str:
        """Return the answer in `language`, else in the one it was written in."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


def store(workspace: Workspace) -> list[FaqEntry]:
    """Return a shop's answers. Raises `AdwrightError` (``bad-faq``) where its files cannot be read."""
    own, kept = workspace.path / OWN, workspace.path / STORE
    found: list[FaqEntry] = []
    if own.is_file():
        found += _by_hand(own, own.stat().st_mtime_ns)
    if kept.is_file():
        found += _imported(kept, kept.stat().st_mtime_ns)
    return found or (list(_demo()) if workspace.is_demo else [])


def load(workspace: Workspace, path: str | Path) -> int:
    """Read a file into the store and return how many answers it gave; the same name again replaces them.

    Raises `AdwrightError`: ``no-file``, ``too-large``, ``unknown-format``, ``bad-faq`` (it cannot be read), ``empty-faq``.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise AdwrightError(
            both(f"没有文件 {file}。", f"There is no file {file}."), both("请检查路径。", "Check the path."), code="no-file"
        )
    if file.stat().st_size > LARGEST:
        raise AdwrightError(
            both(f"{file.name} 超过 10 MB。", f"{file.name} is larger than 10 MB."),
            both("请拆成几个文件，分别导入。", "Split it and load the parts."),
            code="too-large",
        )
    read = _FORMATS.get(file.suffix.lower())
    if read is None:
        raise AdwrightError(
            both(f"不支持 {file.suffix or '没有后缀的'} 文件。", f"Files of type {file.suffix or '(none)'} cannot be read."),
            both("请用 md、txt、csv、json、html 或 toml。", "Use md, txt, csv, json, html or toml."),
            code="unknown-format",
        )
    try:
        entries = list(_entries(read(file.read_text(encoding="utf-8-sig")), file.stem))
    except (OSError, ValueError, KeyError, TypeError, csv.Error, RecursionError) as error:
        raise _unreadable(file, error) from error
    if not entries:
        raise AdwrightError(
            both(f"{file.name} 里没有找到问题和答案。", f"No question with an answer was found in {file.name}."),
            both(
                "Markdown 用标题作问题、正文作答案；表格要有“问题”和“答案”两列。",
                "In Markdown a heading is the question and the text below it the answer; tables need the columns question and answer.",
            ),
            code="empty-faq",
        )
    kept = workspace.path / STORE
    whole: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    whole[file.name] = [entry.model_dump() for entry in entries]
    write_whole(kept, json.dumps(whole, ensure_ascii=False).encode())
    return len(entries)


def _entries(pairs: Iterable[tuple[str, str]], name: str) -> Iterable[FaqEntry]:
    seen: dict[str, tuple[str, str]] = {}
    for asked, told in pairs:
        question, answer = _tidy(asked[: 2 * _LONG_QUESTION])[:_LONG_QUESTION], _tidy(told[: 2 * _LONG_ANSWER])[:_LONG_ANSWER]
        if question and answer:
            seen[question.casefold()] = (question, answer)
        if len(seen) >= MOST:
            break
    for i, (question, answer) in enumerate(seen.values(), 1):
        zh = _chinese(question + answer)
        yield FaqEntry(
            id=f"{name}-{i}", ask_zh=[question] if zh else [], ask_en=[] if zh else [question], zh=answer if zh else "", en="" if zh else answer
        )  # fmt: skip


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]*\n\s*", "\n", re.sub(r"[ \t\u3000]+", " ", visible(str(text)))).strip()


def _chinese(text: str) -> bool:
    text = text[:500]
    return len(re.findall(r"[\u4e00-\u9fff]", text)) * 4 > len(re.findall(r"[A-Za-z]", text))


def _markdown(text: str) -> Iterable[tuple[str, str]]:
    """Headings, bold questions or Q/A lines are questions; the lines up to the next one their answer."""
    question, answer = "", list[str]()
    for line in re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL).splitlines():
        asked = _ASKED.match(line) or _HEADING.match(line) or _BOLD.match(line)
        told = _TOLD.match(line)
        if asked and not told:
            yield question, "\n".join(answer)
            question, answer = asked["text"].strip("* "), []
        else:
            answer.append(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", told["text"] if told else line))
    yield question, "\n".join(answer)


def _table(text: str) -> Iterable[tuple[str, str]]:
    csv.field_size_limit(LARGEST)
    sniffed = csv.Sniffer().sniff(text[:4096], delimiters=",;\t|") if text.strip() else csv.excel
    rows = csv.reader(io.StringIO(text), sniffed)
    head = [cell.strip().lower() for cell in next(rows, [])]
    asked, told = _column(head, _QUESTION_COLUMNS), _column(head, _ANSWER_COLUMNS)
    if asked is None or told is None:
        raise ValueError("no columns question and answer")
    return [(row[asked], row[told]) for row in rows if len(row) > max(asked, told)]


def _column(head: list[str], names: tuple[str, ...]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


def _json(text: str) -> Iterable[tuple[str, str]]:
    try:
        data = json.loads(text)
    except ValueError:
        data = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(data, dict):
        inner = next((v for v in data.values() if isinstance(v, list)), None)
        data = inner if inner is not None else [{"question": k, "answer": v} for k, v in data.items()]
    for row in data:
        if not isinstance(row, dict):
            raise ValueError("not a list of questions with answers")
        named = {str(k).strip().lower(): v for k, v in row.items()}
        asked = next((named[name] for name in _QUESTION_COLUMNS if name in named), "")
        told = next((named[name] for name in _ANSWER_COLUMNS if name in named), "")
        for question in asked if isinstance(asked, list) else [asked]:
            yield str(question), told if isinstance(told, str) else ""


def _html(text: str) -> Iterable[tuple[str, str]]:
    """Headings, terms and summaries are questions; the text up to the next one their answer."""
    from lxml import etree, html  # pyright: ignore[reportAttributeAccessIssue]

    if not text.strip():
        return
    root = html.document_fromstring(
        re.sub(r"^\s*<\?xml[^>]*\?>", "", text), parser=html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    )
    hidden = "//*[@hidden or @aria-hidden='true' or contains(translate(@style,' ',''),'display:none') or contains(translate(@style,' ',''),'visibility:hidden')]"
    for node in [*root.xpath("|".join(f"//{tag}" for tag in _UNSEEN_TAGS)), *root.xpath(hidden)]:
        if node.getparent() is not None:
            node.drop_tree()
    marks = {"h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"}
    question, answer = "", list[str]()
    for event, node in etree.iterwalk(root, events=("start", "end")):
        inside = any(parent.tag in marks for parent in node.iterancestors())
        if event == "start" and node.tag in marks and not inside:
            yield question, "\n".join(answer)
            question, answer = node.text_content(), []
        elif event == "start" and not inside and node.text:
            answer.append(node.text)
        elif event == "end" and node.tail and not inside:
            answer.append(node.tail)
    yield question, "\n".join(answer)


def _toml(text: str) -> Iterable[tuple[str, str]]:
    for entry in tomllib.loads(text).get("entry", []):
        for language in ("zh", "en"):
            for question in entry.get(f"ask_{language}", []):
                yield question, entry.get(language, "")


_FORMATS = {
    ".md": _markdown, ".markdown": _markdown, ".txt": _markdown, ".csv": _table, ".tsv": _table, ".json": _json, ".jsonl": _json,
    ".html": _html, ".htm": _html, ".toml": _toml,
}  # fmt: skip


@lru_cache(maxsize=1)
def _demo() -> tuple[FaqEntry, ...]:
    return tuple(_written(files(str(__package__)).joinpath("faq.toml").read_text(encoding="utf-8")))


@lru_cache(maxsize=4)
def _by_hand(file: Path, changed: int) -> list[FaqEntry]:
    try:
        return _written(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(file, error) from error


@lru_cache(maxsize=4)
def _imported(file: Path, changed: int) -> list[FaqEntry]:
    try:
        whole = json.loads(file.read_text(encoding="utf-8"))
        return [FaqEntry.model_validate(row) for name in sorted(whole) for row in whole[name]]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(file, error) from error


def _written(text: str) -> list[FaqEntry]:
    return [FaqEntry.model_validate(row) for row in tomllib.loads(text).get("entry", [])]


def _unreadable(file: Path, error: Exception) -> AdwrightError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return AdwrightError(
        both(f"客服答案 {file.name} 读不出来：{reason}", f"The answers in {file.name} cannot be read: {reason}"),
        both(
            "请检查编码（UTF-8）和格式；faq.toml 的每一条 [[entry]] 要有 id、ask_zh、ask_en、zh、en。",
            "Check encoding (UTF-8) and form; each [[entry]] of faq.toml has id, ask_zh, ask_en, zh and en.",
        ),
        code="bad-faq",
    )
