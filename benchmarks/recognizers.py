"""Numbers, money, percent, ranges, lengths and days against the public cases of Recognizers-Text (MIT data), kind by kind.

A case is claimed by the kind of every expression in it, never by the result. Claimed is what people who advertise write:
number   whole and decimal, in figures or words, with size words (万, 亿, k, million), minus; 三分之一, half, thirds, quarters, fifths
money    an amount with the sign, word or code of a currency in use, with its coins (五元三毛, 3 dollars 50 cents)
percent  %, percent, 百分之, 千分之, 成, 折, 百分点          range  two joined ends (3-5k, 一到五, between 2 and 3, 两三万)
length   a definite number of days, weeks, months, quarters, years      day  a month and day, ISO, today's neighbours, weekdays
`LEFT_OUT` lists the kinds of numbers, money and percent not claimed; `FORMS` the only forms of ranges, lengths and days claimed. Cases that hold nothing to read are counted apart.
A number is right when its value and its place agree and no other number is read; a day when it is one of the values allowed.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from adwright.agent.planner.days import find_days
from adwright.agent.planner.lengths import find_lengths
from adwright.agent.planner.money import find_amounts
from adwright.agent.planner.normalise import read
from adwright.agent.planner.numbers import find_numbers
from adwright.agent.planner.percents import find_percents
from adwright.agent.planner.ranges import both_ends

SPECS = Path(__file__).parents[2] / "shared" / "datasets" / "recognizers_specs" / "specs.jsonl.gz"
SPACED = r"[零一二三四五六七八九十百千万亿点两\d]\s+[零一二三四五六七八九十百千万亿点成折\d]|分\s+之|之\s+\d|百\s+分"
# Kinds not claimed, as they look after normalisation: (what it is, which models, pattern over the expression or the whole text).
LEFT_OUT = [
    ("powers and exponents", "number", r"\^|\d\s?e[+-]?\d"),
    ("slash fractions and signs (a day or a split here)", "number", r"\d\s?[/⁄]\s?\d"),
    ("fractions with 又, over, out of, in", "number", r"又|\bover\b|\bout of\b|\d in |one in "),
    ("English parts finer than a fifth, or of a large number", "number", r"(?:six|seven|eigh|nin|ten|hundred|thousand|million|trillion)ths?|firsts?\b|thirtieth|twenty-first|(?:hundred|twenty|ninety|thousand)\W.*(?:half|third|fourth|fifth|quarter)"),
    ("dozens", "number", r"打|do?z"),
    ("words or groups of figures with blanks inside", "number percent", SPACED + r"|\d \d{3}"),
    ("lists and addresses: 22,24,26 and 192.168.1.2", "number", r"\d,\d{1,2}(?!\d)|\d,\s\d|\d,\d{3},\d{3}\.\d+,|\.\d+\.|(?:\d\d,){2}|^[.－-]{2}|\.\.\d"),
    ("figures and words mixed: 3 hundred and 21", "number", r"\d (?:hundred|thousand|crore) (?:\d|and)"),
    ("one letter for a size, G or a spaced M; naught", "number", r"\d\s?g\b|\d m\b|n[ao]ught"),
    ("above 10^15", "number money", r"\d{16,}|万.*万.*亿"),
    ("a currency without an amount, or coins alone", "money", r"^(?:人民币|美元|rmb|dollars?)$|^[\d.,]+\s?-?(?:cents?|pence|penny)|^one penny|^sen |^\S+ (?:cents?|pence)$"),
    ("money out of use, or no state's money", "money", r"markka|francs$|pesetas|guilders|marks|比特币|₿|bitcoin|btc|satoshi"),
    ("a second figure without its coin: 15 dollars 50", "money", r"(?:dollars?|usd|\$ \d+|mao)\s(?:and )?(?:\d+|one|two|five|fifty|forty five)$|and fifty$|mao five"),
    ("bankers' shorthand: 75 USD million, MUSD", "money", r"(?:usd|eur) (?:m|b)illion|m(?:usd|eur|gbp|aud)"),
    ("a percentage without a number, or percent of 10", "percent", r"^per ?cent|^%$"),
]  # fmt: skip
KINDS = [(name, models.split(), re.compile(pattern)) for name, models, pattern in LEFT_OUT]
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_ZH = "一二两三四五六七八九十百千万亿"
_EN = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)"
# The only forms claimed of these three.
FORMS = {
    "range": re.compile(
        rf"(?:between |from |在|位于)?-?[\d.,{_ZH}]+[kw]?(?:\s?(?:-|~|到|至|与|和| to | through | and )\s?)-?[\d.,{_ZH}]+[kw]?(?:之?间)?"
    ),
    "length": re.compile(
        rf"(?:for )?(?:\d+(?:\.\d+)?|an?|{_EN}|full|whole)[ -](?:full |whole )?(?:day|week|month|quarter|year|fortnight)s?"
        rf"|(?:\d+|[{_ZH}]+|半) ?个?(?:天|周|星期|礼拜|月|季度|年)半?"
    ),
    "day": re.compile(
        rf"(?:on )?(?:{_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? ?20\d\d)?|(?:the )?\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? ?20\d\d)?"
        r"|20\d\d[-/年]\s?\d{1,2}[-/月]\s?\d{1,2}[日号]?|(?:明年|今年)?(?:\d{1,2}|十?[一二三四五六七八九十])月(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号]"
        r"|today|tomorrow|yesterday|(?:the )?day after tomorrow|今天|明天|后天|大后天|昨天|今日|明日|(?:这个?|下个?|上个?|本|下下)?(?:周|星期|礼拜)[一二三四五六日天]"
        r"|(?:this|next|last) (?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    ),
}
MODELS = {
    "Number": "number",
    "Currency": "money",
    "Percent": "percent",
    "NumberRange": "range",
    "Duration": "length",
    "DateTime": "day",
}


@dataclass
class Row:
    """Counts of one list of cases; `silent` are those where nothing stands to be read."""

    model: str
    language: str
    cases: int = 0
    silent: int = 0
    claimed: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Right among claimed."""
        return self.right / self.claimed if self.claimed else 1.0


def cases() -> Iterator[dict[str, Any]]:
    """All cases of the shared file."""
    with gzip.open(SPECS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def claimed(model: str, case: dict[str, Any]) -> bool:
    """Whether every expression of a case is of a kind we claim; looks at the words only."""
    words = [read(str(x.get("Text") or case["input"][x["Start"] : x["Start"] + x["Length"]])).plain for x in case["results"]]
    if model in FORMS:
        single = model != "day" or all(x.get("TypeName") == "datetimeV2.date" for x in case["results"])
        return single and all(FORMS[model].fullmatch(w) for w in words)
    whole = read(case["input"]).plain
    seen = [*words, whole] if model == "number" else words
    return not any(model in models and pattern.search(w) for _, models, pattern in KINDS for w in seen)


def close(a: Decimal, b: Decimal) -> bool:
    """Equal but for the rounding of a written fraction."""
    return abs(a - b) <= abs(b) * Decimal("1e-9")


def numbers_right(text: str, case: dict[str, Any]) -> bool:
    """Same values in the same order, nothing more."""
    got = [n.value for n in find_numbers(text)]
    want = [Decimal(x["Resolution"]["value"]) for x in case["results"]]
    return len(got) == len(want) and all(map(close, got, want))


UNNAMED = {"Dollar": "USD", "Pound": "GBP", "Rupee": "INR"}


def money_right(text: str, case: dict[str, Any]) -> bool:
    """Every sum with its currency is among the amounts."""
    got = [(a.low, a.currency) for a in find_amounts(text, find_numbers(text), [False] * len(text))]
    for x in case["results"]:
        value, unit = Decimal(x["Resolution"]["value"]), x["Resolution"].get("isoCurrency") or UNNAMED.get(x["Resolution"]["unit"])
        if not any(close(v, value) and c == unit for v, c in got):
            return False
    return True


def percents_right(text: str, case: dict[str, Any]) -> bool:
    """Same percentages in the same order."""
    got = [p.share * 100 for p in find_percents(text)]
    want = [Decimal(x["Resolution"]["value"].rstrip("%")) for x in case["results"]]
    return len(got) == len(want) and all(map(close, got, want))


def ranges_right(text: str, case: dict[str, Any]) -> bool:
    """Both ends of every range."""
    numbers = find_numbers(text)
    got = [both_ends(text, a, b, a.end, b.start) for a, b in pairwise(numbers)]
    got = [g for g in got if g] or [(n.value, n.high) for n in numbers if n.high is not None]
    want = [tuple(Decimal(n) for n in x["Resolution"]["value"].strip("[]()").split(",")) for x in case["results"]]
    return got == want


def lengths_right(text: str, case: dict[str, Any]) -> bool:
    """A length is read where one stands (the cases give places, no values)."""
    got = find_lengths(text, [False] * len(text))
    return all(any(g.start < x["Start"] + x["Length"] and x["Start"] < g.end for g in got) for x in case["results"])


def days_right(text: str, case: dict[str, Any]) -> bool:
    """Every day is one of the days allowed, counted from the day the case is told on."""
    today = date.fromisoformat((case["reference"] or "2026-11-23")[:10])
    got = [d.day.isoformat() for d in find_days(text, today, [False] * len(text))]
    allowed = [{v.get("value") for v in x["Resolution"]["values"]} for x in case["results"]]
    return len(got) == len(allowed) and all(g in ok for g, ok in zip(got, allowed, strict=True))


RIGHT: dict[str, Callable[[str, dict[str, Any]], bool]] = {
    "number": numbers_right, "money": money_right, "percent": percents_right, "range": ranges_right, "length": lengths_right, "day": days_right,
}  # fmt: skip


def measure(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Counts per kind and language, in the order of the file."""
    table: dict[tuple[str, str], Row] = {}
    for case in rows:
        language, name = case["spec"].split("/")[1:]
        model = MODELS[name.removesuffix("Model").removesuffix("Extractor")]
        row = table.setdefault((model, language), Row(model, "zh" if language == "Chinese" else "en"))
        row.cases += 1
        if not any((x.get("Resolution") or {}).get("value", x) not in (None, "null") for x in case["results"]):
            row.silent += 1
            continue
        if not claimed(model, case):
            continue
        row.claimed += 1
        if RIGHT[model](read(case["input"]).plain, case):
            row.right += 1
        else:
            row.misses.append(case["input"])
    return sorted(table.values(), key=lambda r: (list(RIGHT).index(r.model), r.language))


def main() -> None:
    """Print one row per kind and language, then the misses among the claimed cases."""
    if not SPECS.exists():
        print("not measured: ../shared/datasets/recognizers_specs is not here")
        return
    rows = measure(cases())
    print("| kind | language | cases | nothing to read | claimed | right | share |")
    print("|---|---|---|---|---|---|---|")
    for r in rows:
        print(f"| {r.model} | {r.language} | {r.cases} | {r.silent} | {r.claimed} | {r.right} | {r.share:.1%} |")
    for r in rows:
        if r.misses:
            print(f"\n{r.model}, {r.language}, claimed but wrong:")
            for miss in r.misses:
                print(f"- {miss[:100]}")


if __name__ == "__main__":
    main()
