"""Judged questions about past campaigns: 50 in Chinese, 50 in English, over 60 and 63 invented campaigns of our own.

``tests/tools/memory_campaigns.csv`` holds the campaigns with tags of what each is about; ``memory_judged.csv`` the questions with tags that an
answer needs and tags it had better have. Grade 3: needed and wanted tags all there; 1 or 2: only some of the wanted ones, or a near
neighbour; 0: else. Every second question is the ``test`` half, which no weight was chosen on.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from adwright.data.workspace import Workspace

HERE = Path(__file__).resolve().parents[1] / "tests" / "tools"
TODAY = date(2026, 10, 20)
_SHORT = {"winter": "w", "spring": "sp", "summer": "su", "autumn": "au"}


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the set."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(shop: Workspace, language: str) -> None:
    """Make the campaigns of a language the shop's past."""
    import pyarrow as pa

    rows = [{k: v or None for k, v in row.items() if k != "about"} for row in read("memory_campaigns.csv") if row["language"] == language]
    shop.warehouse.replace("campaigns", pa.Table.from_pylist(rows))


def tags(row: dict[str, str]) -> set[str]:
    """Return what a campaign is about: its own tags, channel, category, and the season, year and month of its middle."""
    from adwright.tools.memory.times import season_of

    days = [date.fromisoformat(row[key]).toordinal() for key in ("start", "end")]
    middle = date.fromordinal(sum(days) // 2)
    season = season_of(middle)
    begun = middle.year - (season == "winter" and middle.month < 3)
    when = {f"{_SHORT[season]}{begun % 100}", f"y{middle.year}", f"{middle:%Y-%m}"}
    return {*row["about"].split(","), row["channel"], row["category"], f"cat:{row['category']}", *when}


def grade(question: dict[str, str], about: set[str]) -> int:
    """Return 0..3: how well a campaign with tags `about` answers a question."""
    needs, wants = ([tag for tag in question[key].split(",") if tag] for key in ("needs", "wants"))
    if not about.issuperset(needs):
        return int(bool(question["near"]) and about.issuperset({question["near"], *needs[1:]}))
    return 3 if not wants else 1 + round(2 * len(about.intersection(wants)) / len(wants))


def ndcg(ids: list[str], grades: dict[str, int]) -> float:
    """Return nDCG@10 with gain 2^grade - 1 (Burges et al. 2005)."""
    discount = np.log2(np.arange(2, 12))

    def gain(found: list[int]) -> float:
        return float(sum((2.0**g - 1) / d for g, d in zip(found, discount, strict=False)))

    return gain([grades.get(id_, 0) for id_ in ids[:10]]) / gain(sorted(grades.values(), reverse=True)[:10])


def judged(shop: Workspace, language: str, half: str) -> float:
    """Return mean nDCG@10 of a shop's memory, filled with `fill`, over one half of a language's questions."""
    from adwright.tools.memory.search import CampaignMemory

    memory = CampaignMemory(shop)
    about = {row["campaign_id"]: tags(row) for row in read("memory_campaigns.csv") if row["language"] == language}
    scores = []
    for question in read("memory_judged.csv"):
        if (question["language"], question["half"]) == (language, half):
            hits: list[Any] = memory.search(question["query"], n=10, today=TODAY)
            scores.append(ndcg([hit.id for hit in hits], {id_: grade(question, own) for id_, own in about.items()}))
    return float(np.mean(scores))
