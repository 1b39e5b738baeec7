"""What is said of pictures and photos: how many, the best look with its predicted CTR, why, and what was not made."""

from __future__ import annotations

from typing import Any

from ..data.figure import Figure
from ..data.result import Artifact
from ..data.words import Language, Words
from .wording import channel_name

DRIVERS = 2


def about_pictures(finding: str, artifact: Artifact, language: Language) -> str:
    """Return the answer about a set of pictures, a film or a photo."""
    data = artifact.data
    ended = finding if finding.endswith(("。", ".")) else finding + ("。" if language == "zh" else ".")
    lines = [*_scores(data, language), *(str(note[language]) for note in data.get("notes", []))]
    return "\n".join([ended, *([""] if lines else []), *(f"- {line}" for line in lines)])


def _scores(data: dict[str, Any], language: Language) -> list[str]:
    """The best look, its rate with the range on its first picture, and what drives it; nothing without a model."""
    best = data.get("best")
    rated = [item for item in data.get("items", []) if item.get("ctr")]
    if not best or not rated:
        return []
    top = max(rated, key=lambda item: float(item["ctr"]["value"]))
    figure = Figure.model_validate(top["ctr"])
    where = f"{channel_name(top['channel'], language)} {top['width']}×{top['height']}"
    if language == "zh":
        told = f"其中{where} 第 {top['variant']} 版预计点击率 {figure.text('zh')}（{figure.range_text('zh')}）"
    else:
        told = f"{where}, look {top['variant']}: expected CTR {figure.text('en')} ({figure.range_text('en')})"
    why = next((item["drivers"] for item in rated if item["variant"] == top["variant"] and item.get("drivers")), [])
    return [Words.model_validate(best).pick(language), told, *(str(driver[language]) for driver in why[:DRIVERS])]
