"""Personas against their evidence: what the checker finds in those the product makes, and in those with something planted.

``python -m benchmarks personas``. Demo shops of several seeds and, where they are present, the orders of a real shop, each put into
3 to 10 groups. Planted are wrong numbers (one figure of a text changed by a seeded factor) and demographic words.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from adwright.data.demo import build_demo
from adwright.data.knowledge import lexicon
from adwright.data.plan import Segment
from adwright.data.words import Language
from adwright.data.workspace import Workspace
from adwright.tools.audience.check import FIGURE, check_persona, figures
from adwright.tools.audience.segment import find_segments

from .audience import RETAIL, _retail

SEEDS = (1, 2, 3)
KS = range(3, 11)
SCALE = 0.02
LANGUAGES: tuple[Language, Language] = ("zh", "en")


def main() -> None:
    """Print one row per shop and one of all."""
    print(f"**Personas**: demo shops (made up, scale {SCALE}), Online Retail II (second year), k = {KS[0]} to {KS[-1]}, both languages\n")
    print(
        "| shop | personas | texts | figures | unsupported | demographic words | planted numbers caught | planted words caught | names alike |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    total = [0] * 9
    for name, segments, alike in _shops():
        row = [*_row(segments), alike]
        total = [a + b for a, b in zip(total, row, strict=True)]
        print(_line(name, row))
    print(_line("**all**", total))


def _line(name: str, row: list[int]) -> str:
    personas, texts, numbers, unsupported, words, hits, tries, caught, alike = row
    return (
        f"| {name} | {personas} | {texts:,} | {numbers:,} | {unsupported} | {words} | {hits:,} of {tries:,} ({hits / max(1, tries):.1%}) "
        f"| {caught:,} of {texts:,} | {alike} |"
    )


def _shops() -> Iterator[tuple[str, list[Segment], int]]:
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            with Workspace.open(Path(folder) / f"demo{seed}", create=True) as shop:
                build_demo(shop, seed=seed, scale=SCALE)
                yield f"demo, seed {seed}", *_segments(shop)
        years = sorted(RETAIL.glob("*.parquet"))
        if years:
            with Workspace.open(Path(folder) / "retail", create=True, currency="GBP", timezone="Europe/London") as shop:
                shop.warehouse.replace("orders", _retail(years[1:]))
                yield "Online Retail II", *_segments(shop)


def _segments(shop: Workspace) -> tuple[list[Segment], int]:
    """Return the segments of every k, and how many share their name with another of the same k."""
    found, alike = [], 0
    for k in KS:
        segments = find_segments(shop, k=k).segments
        found += segments
        alike += 2 * len(segments) - len({s.name.zh for s in segments}) - len({s.name.en for s in segments})
    return found, alike


def _row(segments: list[Segment]) -> list[int]:
    rng = random.Random(11)
    row = [len(segments)] + [0] * 7
    words = {language: lexicon(f"demographic_{language}") for language in LANGUAGES}
    for segment in segments:
        assert segment.portrait is not None
        for language in LANGUAGES:
            for _, pair in segment.persona:
                if pair is None:
                    continue
                text = pair.pick(language)
                found = check_persona(text, segment.portrait, language)
                rules = [finding.rule for finding in found]
                row[1] += 1
                row[2] += len(figures(text))
                row[3] += rules.count("unsupported-number")
                row[4] += rules.count("demographic-word")
                for wrong in _wrong_numbers(text, rng):
                    row[6] += 1
                    row[5] += any(f.rule == "unsupported-number" for f in check_persona(wrong, segment.portrait, language))
                planted = f"{rng.choice(words[language])}{' ' if language == 'en' else ''}{text}"
                row[7] += any(f.rule == "demographic-word" for f in check_persona(planted, segment.portrait, language))
    return row


def _wrong_numbers(text: str, rng: random.Random) -> Iterator[str]:
    """Yield the text once per figure in digits, with that figure changed by 20 % to 100 % at the same number of places."""
    for match in FIGURE.finditer(text):
        digits = match["digits"]
        if not digits:
            continue
        places = len(digits.partition(".")[2])
        value = float(digits.replace(",", ""))
        wrong = f"{value * rng.uniform(1.2, 2.0) + (1 if value < 5 else 0):,.{places}f}"
        if wrong != digits:
            start, end = match.span("digits")
            yield f"{text[:start]}{wrong}{text[end:]}"


if __name__ == "__main__":
    main()
