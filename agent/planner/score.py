"""Score understanding on a file of labelled requests: python -m adwright.agent.planner.score FILE.jsonl [--today 2026-11-23].

Rules of the request conventions: tools exact (wanted within called within allowed), slot F1 micro over slots (plausible extra
category, occasion, goal, tone are not counted), behaviour accuracy. Every miss is printed. Category is scored apart.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ...data.errors import AdwrightError
from ...data.words import both
from .understand import understand

# The day relative dates of the shipped sets count from.
DAY = date(2026, 11, 23)
NEEDED = {"id", "lang", "kind", "text", "expect"}
FORGIVEN = ("category", "occasion", "goal", "tone")
SAME_TONE = [{"premium", "luxurious", "elegant", "high-end"}, {"playful", "fun", "lighthearted"}, {"humorous", "funny", "witty"}, {"warm", "cozy", "heartfelt", "tender"}, {"youthful", "trendy", "young"}, {"minimal", "minimalist", "simple", "clean"}, {"energetic", "sporty", "lively", "upbeat"}, {"friendly", "casual", "conversational", "down-to-earth"}, {"professional", "expert"}, {"formal", "official"}, {"sincere", "trustworthy", "honest"}, {"techy", "futuristic"}, {"natural", "organic"}, {"retro", "nostalgic", "vintage"}, {"urgent", "pressing"}, {"edgy", "cool"}]  # fmt: skip
SAME_DAY = [{"spring_festival", "chinese_new_year", "lunar_new_year", "cny"}, {"labour_day", "labor_day", "may_day"}, {"double11", "singles_day"}, {"childrens_day", "children_day"}, {"valentines", "valentines_day"}, {"double12", "12.12"}, {"new_year", "new_years_day"}]  # fmt: skip


@dataclass
class Tally:
    """Counts of one slot or of all."""

    hit: int = 0
    wrong: int = 0
    extra: int = 0
    lost: int = 0

    @property
    def f1(self) -> float:
        """2 hit / (2 hit + false positives + false negatives); 1 when there was nothing."""
        whole = 2 * self.hit + 2 * self.wrong + self.extra + self.lost
        return 2 * self.hit / whole if whole else 1.0


@dataclass
class Score:
    """Results over a file, in all and by language."""

    n: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    behaviour: Counter[str] = field(default_factory=Counter)
    slots: dict[str, dict[str, Tally]] = field(default_factory=dict)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def tally(self, lang: str, slot: str) -> Tally:
        """The counts of a slot in a language."""
        return self.slots.setdefault(lang, {}).setdefault(slot, Tally())

    def f1(self, lang: str, slot: str | None = None) -> float:
        """Slot F1 of a language; micro over all slots but category when `slot` is None."""
        rows = [t for name, t in self.slots.get(lang, {}).items() if (name == slot if slot else name != "category")]
        return Tally(sum(t.hit for t in rows), sum(t.wrong for t in rows), sum(t.extra for t in rows), sum(t.lost for t in rows)).f1


def tokens(text: str) -> Counter[str]:
    """Words of English, characters of Chinese."""
    return Counter(re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]", text.lower()))


def same(slot: str, got: Any, want: Any) -> bool:
    """Whether a slot value agrees with the label, by the conventions.

    Example:
        >>> same("product", "mechanical watch straps", "watch straps"), same("budget", 20000, 20000.0), same("split", {"a": 0.75}, {"a": 0.7})
        (True, True, False)
    """
    if slot == "product":
        a, b = str(got).lower().strip(), str(want).lower().strip()
        short = min(a, b, key=len)
        return a == b or ((a in b or b in a) and (len(re.findall(r"[\u4e00-\u9fff]", short)) >= 2 or bool(re.search(r"[a-z]{3,}", short))))
    if slot == "audience":
        a, b = tokens(str(got)), tokens(str(want))
        common = sum((a & b).values())
        return bool(common) and 2 * common / (sum(a.values()) + sum(b.values())) >= 0.5
    if slot in ("channels", "removed_channels", "sizes"):
        return set(got) == set(want)
    if slot == "split":
        return set(got) == set(want) and all(abs(got[k] - want[k]) <= 0.0101 for k in want)
    if slot == "tone":
        return got == want or any({got, want} <= group for group in SAME_TONE)
    if slot == "occasion":
        return got == want or any({got, want} <= group for group in SAME_DAY)
    if isinstance(want, int | float) and isinstance(got, int | float):
        return abs(float(got) - float(want)) <= 1e-6 * max(1.0, abs(float(want)))
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(same("", g, w) for g, w in zip(got, want, strict=True))
    return got == want


Reader = Callable[[str, list[str]], tuple[set[str], dict[str, Any], str]]


def planner_reader(today: date) -> Reader:
    """Read with the embedded planner."""

    def read(text: str, context: list[str]) -> tuple[set[str], dict[str, Any], str]:
        u = understand(text, context, today)
        return {"make_plan" if t == "revise_plan" else t for t in u.tools} or {"none"}, u.slots, u.behaviour

    return read


def score(rows: Iterable[dict[str, Any]], read: Reader) -> Score:
    """Score labelled rows with a reader (text, context) -> (tools, slots, behaviour)."""
    result = Score()
    for row in rows:
        lang, want = row["lang"], row["expect"]
        tools, slots, behaviour = read(row["text"], row.get("context", []))
        bad: list[str] = []
        allowed = set(want["tools"]) | set(want.get("tools_ok", []))
        tools_right = set(want["tools"]) <= tools <= allowed or (set(want["tools"]) == {"none"} and tools <= allowed)
        if not tools_right:
            bad.append(f"tools {sorted(tools)} want {want['tools']} ok {want.get('tools_ok', [])}")
        behaves = behaviour in {want["behaviour"], *want.get("behaviour_ok", [])}
        if not behaves:
            bad.append(f"behaviour {behaviour} want {want['behaviour']}")
        for name in {**slots, **want["slots"]}:
            tally = result.tally(lang, name)
            if name in slots and name in want["slots"]:
                if same(name, slots[name], want["slots"][name]):
                    tally.hit += 1
                else:
                    tally.wrong += 1
                    bad.append(f"{name} {slots[name]!r} want {want['slots'][name]!r}")
            elif name in slots:
                if name not in FORGIVEN:
                    tally.extra += 1
                    bad.append(f"extra {name} {slots[name]!r}")
            else:
                tally.lost += 1
                bad.append(f"lost {name} {want['slots'][name]!r}")
        kind = result.kinds.setdefault(row["kind"], Counter())
        for key in (lang, "all"):
            result.n[key] += 1
            result.tools[key] += tools_right
            result.behaviour[key] += behaves
        kind["n"] += 1
        kind["tools"] += tools_right
        kind["behaviour"] += behaves
        kind["all right"] += not [b for b in bad if "category" not in b]
        if bad:
            result.misses.append(f"{row['id']} {' / '.join([*row.get('context', []), row['text']])}\n      " + "; ".join(bad))
    return result


def table(result: Score) -> str:
    """The scores as text: per language, per slot, per kind."""
    langs = [lang for lang in ("zh", "en") if result.n[lang]]
    lines = ["".ljust(18) + "".join(lang.rjust(10) for lang in langs)]
    lines.append("requests".ljust(18) + "".join(str(result.n[lang]).rjust(10) for lang in langs))
    lines.append("tools exact".ljust(18) + "".join(f"{result.tools[lang] / result.n[lang]:10.3f}" for lang in langs))
    lines.append("slot F1".ljust(18) + "".join(f"{result.f1(lang):10.3f}" for lang in langs))
    lines.append("behaviour".ljust(18) + "".join(f"{result.behaviour[lang] / result.n[lang]:10.3f}" for lang in langs))
    for slot in sorted({name for lang in langs for name in result.slots.get(lang, {})}):
        cells = []
        for lang in langs:
            t = result.slots.get(lang, {}).get(slot)
            cells.append(f"{t.f1:.3f} ({t.hit + t.wrong + t.lost})".rjust(14) if t else "".rjust(14))
        lines.append(f"  {slot}".ljust(18) + "".join(cells))
    for kind, c in result.kinds.items():
        lines.append(f"  kind {kind}".ljust(18) + f"n {c['n']}, tools {c['tools']}, behaviour {c['behaviour']}, all right {c['all right']}")
    return "\n".join(lines)


def load(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON-lines file; `AdwrightError` (code ``bad-requests``) when it is missing or a line is no labelled request."""
    if not path.is_file():
        raise AdwrightError(
            both(f"没有这个文件：{path}。", f"There is no file {path}."),
            both("请检查路径。", "Check the path."),
            code="bad-requests",
        )
    rows = []
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        row = row if isinstance(row, dict) else {}
        expect = row.get("expect")
        if not isinstance(expect, dict) or not row.keys() >= NEEDED or not expect.keys() >= {"tools", "slots", "behaviour"}:
            raise AdwrightError(
                both(f"{path.name} 第 {number} 行不是一条标注好的请求。", f"Line {number} of {path.name} is not a labelled request."),
                both(
                    "每行一个 JSON 对象，含 id、lang、kind、text、expect（tools、slots、behaviour）。",
                    "Each line is a JSON object with id, lang, kind, text and expect (tools, slots, behaviour).",
                ),
                code="bad-requests",
            )
        rows.append(row)
    return rows


def report(path: Path, today: date = DAY) -> str:
    """Score the embedded planner on a file: the table, then every miss. `today` is the day relative dates count from."""
    result = score(load(path), planner_reader(today))
    return "\n".join([table(result), "", f"{len(result.misses)} requests with a miss", *(f"  {miss}" for miss in result.misses)])


def main() -> None:
    """Print the table and the misses of a file."""
    parser = argparse.ArgumentParser(description="Score the embedded planner on labelled requests.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--today", type=date.fromisoformat, default=DAY)
    args = parser.parse_args()
    print(report(args.file, args.today))


if __name__ == "__main__":
    main()
