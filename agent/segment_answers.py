"""What is said of customer segments: who each group is and what to do, or, for a product, who should see it, how far, and why.

Words and figures are those of ``segment_users``; nothing is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..data.figure import Figure, format_number, rounded
from ..data.plan import Segment
from ..data.result import Artifact
from ..data.words import Language, both
from .wording import say

SHOWN = 10
# Groups of a product that are told one by one; the rest is on the canvas.
NAMED = 3
# Sentences of a persona's summary that say who they are; figures of a hold-out and search words are on the card.
SENTENCES = 2
_END = re.compile(r"(?<=。)|(?<=[a-z0-9)]\.) ")


def about_segments(artifact: Artifact, language: Language, only: int | None = None) -> str:
    """Return the answer to "which groups do I have?", or to "who should see this?" where the tool ranked people for a product.

    `only` is the one group asked for, from 1; -1 is the last.
    """
    data = artifact.data
    if only is not None:
        return about_group([Segment.model_validate(item) for item in data["items"]], only, language)
    told = data.get("targeting")
    if told and told.get("cut"):
        return about_targeting(told, language)
    rows = [_group(item, language) for item in data["items"][:SHOWN]]
    stages = [
        f"{stage['name'][language]} {format_number(rounded(stage['share'], 'rate'), 'rate')}"
        for stage in (data.get("lifecycle") or {}).get("stages", [])
        if stage["size"]
    ]
    notes = [str(note[language]) for note in data.get("notes") or []]
    return say("answer-segments", language, headline=data["headline"][language], rows=rows, stages=stages, notes=notes)


def about_group(segments: list[Segment], number: int, language: Language, rows: Sequence[str] = ()) -> str:
    """Return who one group is, by its number from 1 (-1 is the last), and what to do; `rows` are further lines."""
    index = number - 1 if number > 0 else len(segments) + number
    if not 0 <= index < len(segments):
        names = "、".join(s.name.zh for s in segments) if language == "zh" else ", ".join(s.name.en for s in segments)
        return both(f"一共只有 {len(segments)} 组：{names}。", f"There are only {len(segments)} groups: {names}.").pick(language)
    segment = segments[index]
    told = segment.persona
    parts = [
        (both("说什么", "What to say"), told.message),
        (both("给什么优惠", "Offer"), told.offer),
        (both("不要做", "Avoid"), told.avoid),
    ]
    return say(
        "answer-group",
        language,
        number=index + 1,
        count=len(segments),
        group=_group(segment.model_dump(mode="json"), language),
        summary=told.summary.pick(language),
        parts=[f"{name.pick(language)}{'：' if language == 'zh' else ': '}{words.pick(language).rstrip('。.')}" for name, words in parts],
        rows=list(rows),
    )


def about_targeting(told: dict[str, Any], language: Language) -> str:
    """Return who should see a product: how many, which groups and why, who not, and how well the ranking did before."""
    better = [row for row in told["segments"] if row["lift"] > 1][:NAMED]
    cut, proof = told["cut"], told.get("held_out")
    return say(
        "answer-who",
        language,
        product=told["product"][language],
        days=told["horizon"],
        reach=f"{cut['reach']:,}",
        eligible=f"{told['eligible']:,}",
        buyers=Figure.model_validate(cut["buyers"]).ranged_text(language),
        found=format_number(rounded(cut["found"], "rate"), "rate"),
        groups=[
            {
                "name": row["name"][language],
                "size": f"{row['size']:,}",
                "buyers": Figure.model_validate(row["buyers"]).ranged_text(language),
                "lift": f"{row['lift']:.1f}",
                "reasons": [reason[language] for reason in row["reasons"]],
            }
            for row in better
        ],
        rest=len(better) < len(told["segments"]) and all(row["lift"] <= 1 for row in told["segments"] if row not in better),
        why=cut["why"][language],
        excluded=[_left_out(row, language) for row in told["exclude"] if row["rule"] != "below-average"],
        proof=_proof(told, proof, language) if proof else None,
        notes=[str(note[language]) for note in told["notes"]],
    )


def _group(item: dict[str, Any], language: Language) -> dict[str, str]:
    persona = item.get("persona") or {}
    sentences = [part.strip() for part in _END.split(persona["summary"][language]) if part.strip()]
    todo = persona.get("todo")
    return {
        "name": item["name"][language],
        "size": _size(item, language),
        "share": Figure.model_validate(item["share"]).text(language),
        "revenue": Figure.model_validate(item["revenue_share"]).text(language) if item.get("revenue_share") else "",
        "who": ("" if language == "zh" else " ").join(sentences[:SENTENCES]),
        "todo": todo[language] if todo else "",
    }


def _size(item: dict[str, Any], language: Language) -> str:
    """People, or what the evidence counts in their place (sessions)."""
    facts = (item.get("portrait") or {}).get("facts") or []
    told = next((fact["value"][language] for fact in facts if fact["id"].endswith(".size")), "")
    return str(told or (f"{item['size']:,} 人" if language == "zh" else f"{item['size']:,} people"))


def _left_out(row: dict[str, Any], language: Language) -> str:
    return f"{row['n']:,} 人{row['reason']['zh']}" if language == "zh" else f"{row['n']:,} who {row['reason']['en']}"


def _proof(told: dict[str, Any], proof: dict[str, Any], language: Language) -> dict[str, Any]:
    """How the ranking did one window ago; it was made for what was modelled, which may be the product's category."""
    of = {"category": ("同品类商品", " of its category"), "anything": ("任何商品", " of anything")}.get(told["modelled"], ("", ""))
    mean, low, high = proof["auc"]
    return {
        "expected": f"{proof['expected']:,.0f}",
        "actual": f"{proof['actual']:,}",
        "of": of[0] if language == "zh" else of[1],
        "auc": f"{mean:.2f}",
        "range": f"{low:.2f}–{high:.2f}",
    }
