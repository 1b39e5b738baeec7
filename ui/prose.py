"""Answers as HTML: a small, safe subset of Markdown, with a source mark behind every figure that has one.

Covers paragraphs, bold, lists, headings, code and tables. Links and images are shown as their words: nothing in an
answer may load or open an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..data.words import Language
from .markup import esc
from .sources import CLOSE, OPEN, Origin, button, with_places

_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`([^`\n]+)`")
_MARKED = re.compile(r"\s?[\[［](?:您|Y|模|M|史|P|设|A)[\]］]")
_BULLET = re.compile(r"^\s*[-*•]\s+(.*)$")
_NUMBERED = re.compile(r"^\s*(\d{1,2})[.、)]\s+(.*)$")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*)$")
_QUOTE = re.compile(r"^\s*>\s(.*)$")
_OTHER = re.compile(r"^\s*([-*•]\s|\d{1,2}[.、)]\s|#{1,6}\s|\||>\s)")
_PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")


def inline(text: str, language: Language, marks: Sequence[Origin]) -> str:
    """Return one line as HTML: escaped, bold and code kept, links reduced to words, figures marked."""
    html = _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<b>\1</b>", esc(_LINK.sub(r"\1", text))))
    html = _PLACE.sub(lambda found: button(marks[int(found[1])], language), html)
    return _glue(html)


def _glue(html: str) -> str:
    """Wrap each mark together with the word or bold run before it, so that the mark never starts a line."""
    return re.sub(
        r'((?:<b>[^<]{1,24}</b>|[^\s<>，。；：、（）()]{1,24}))(<span class="aw-mark[^>]*>[^<]*</span>)',
        r'<span class="aw-figure">\1\2</span>',
        html,
    )


def prose(text: str, language: Language, marks: Sequence[Origin] = ()) -> str:
    """Return an answer as HTML blocks, `marks` behind its figures. Marks a model wrote itself are dropped: it cannot know.

    Example:
        >>> prose("**A** <b>", "en")
        '<p><b>A</b> &lt;b&gt;</p>'
    """
    known = marks
    out: list[str] = []
    text = _MARKED.sub("", with_places(text, marks))
    lines = text.replace("\r\n", "\n").split("\n")
    index = 0
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            index += 1
        elif heading := _HEADING.match(line):
            out.append(f"<h4>{inline(heading.group(1), language, known)}</h4>")
            index += 1
        elif _BULLET.match(line) or _NUMBERED.match(line):
            shape = _BULLET if _BULLET.match(line) else _NUMBERED
            # A list that goes on after its items' own paragraphs keeps its count.
            first = int(numbered.group(1)) if (numbered := _NUMBERED.match(line)) else 1
            items = []
            while index < len(lines) and (item := shape.match(lines[index])):
                items.append(f"<li>{inline(item.group(item.lastindex or 1), language, known)}</li>")
                index += 1
            begin = f' start="{first}"' if first > 1 else ""
            out.append(f"<ul>{''.join(items)}</ul>" if shape is _BULLET else f"<ol{begin}>{''.join(items)}</ol>")
        elif _QUOTE.match(line):
            quoted = []
            while index < len(lines) and (item := _QUOTE.match(lines[index])):
                quoted.append(inline(item.group(1), language, known))
                index += 1
            out.append(f"<blockquote>{'<br>'.join(quoted)}</blockquote>")
        elif line.lstrip().startswith("|"):
            rows = []
            while index < len(lines) and lines[index].lstrip().startswith("|"):
                rows.append([cell.strip() for cell in lines[index].strip().strip("|").split("|")])
                index += 1
            out.append(_table([row for row in rows if not all(set(cell) <= set("-: ") for cell in row)], language, known))
        else:
            part = []
            while index < len(lines) and lines[index].strip() and (not part or not _OTHER.match(lines[index])):
                part.append(inline(lines[index], language, known))
                index += 1
            out.append(f"<p>{'<br>'.join(part)}</p>")
    return "".join(out)


def _table(rows: list[list[str]], language: Language, marks: Sequence[Origin]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{inline(cell, language, marks)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{inline(cell, language, marks)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
