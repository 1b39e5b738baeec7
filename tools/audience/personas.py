"""Personas of any segmentation, as plain JSON in one language: of a shop's customers, or of a table of features alone.

A shop's segments come with everything that was measured. Features alone tell no prices, hours, channels or later purchases:
such a persona says who stands apart by what, with intervals and a rule, and nothing about what to offer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...data.plan import Persona
from ...data.portrait import Measured, Portrait
from ...data.words import Language, Words, both
from .evidence import mark
from .naming import feature_kind, percent
from .reword import reworded
from .rule_words import worded
from .segment import Segmentation as ShopSegmentation

if TYPE_CHECKING:
    from .segmentation import Segmentation


def personas(
    segmentation: ShopSegmentation | Segmentation, language: Language = "zh", write: Callable[[str], str] | None = None
) -> list[dict[str, Any]]:
    """Return one persona per group: ``id``, ``name``, ``texts`` (summary, message, ...), ``portrait`` (facts, marks, words, rule).

    `segmentation` is what `find_segments` (a shop) or `fit_segments` (features) returned. With `write`, a function from a
    prompt to a model's text, the summary is reworded where the checker lets it stand (``reworded`` tells).

    Example:
        >>> personas(fit_segments(features, k=3), "en")[0]["name"]  # doctest: +SKIP
        'Many orders, high spend'
    """
    if isinstance(segmentation, ShopSegmentation):
        return [_shown(s.id, s.name, s.persona, s.portrait or Portrait(), language, write) for s in segmentation.segments]
    return [_shown(str(j), *one, language, write) for j, one in enumerate(of_features(segmentation))]


def _shown(
    id_: str, name: Words, persona: Persona, known: Portrait, language: Language, write: Callable[[str], str] | None
) -> dict[str, Any]:
    texts = {key: words.pick(language) for key, words in persona if isinstance(words, Words) and words.pick(language)}
    summary = texts["summary"]
    if write is not None:
        texts["summary"], _ = reworded(summary, known, language, write)
    portrait = _picked(known.model_dump(mode="json"), language)
    return {"id": id_, "name": name.pick(language), "texts": texts, "reworded": texts["summary"] != summary, "portrait": portrait}


def _picked(value: Any, language: Language) -> Any:
    """Return JSON with every pair of sentences in one language."""
    if isinstance(value, dict):
        return value[language] if set(value) == {"zh", "en"} else {key: _picked(part, language) for key, part in value.items()}
    return [_picked(part, language) for part in value] if isinstance(value, list) else value


def portrait_of(segmentation: Segmentation, j: int) -> Portrait:
    """Return what features alone tell of a group."""
    size, total = segmentation.sizes[j], sum(segmentation.sizes) or 1
    explained, rules = segmentation.explained
    marks = [mark(row, "", None) for row in explained[j]["marks"]]
    any_of, score = rules[j]
    counted = both("人数", "Customers"), both(f"{size:,} 人", f"{size:,} {'person' if size == 1 else 'people'}")
    facts = [
        Measured(id=f"{j}.size", name=counted[0], value=counted[1], number=size, n=size, evidence="features"),
        Measured(id=f"{j}.share", name=both("占全部人数", "Share of customers"), value=both(percent(size / total), percent(size / total)),
                 number=round(size / total, 6), n=total, evidence="features"),
    ]  # fmt: skip
    middle = both("中位数", "median"), both("平均", "mean")
    for one in marks:
        how = middle[feature_kind(one.key) in ("rate", "number")]
        facts.append(
            Measured(id=f"{j}.{one.key}", name=both(f"{one.name.zh}（{how.zh}）", f"{_capital(one.name.en)} ({how.en})"), value=both(one.group, one.group),
                     shop=one.shop, n=size, evidence="features")
        )  # fmt: skip
    return Portrait(
        facts=facts, marks=marks, rule=worded(any_of, score), silhouette=explained[j]["silhouette"], sample=segmentation.sampled
    )


def of_features(segmentation: Segmentation) -> list[tuple[Words, Persona, Portrait]]:
    """Return name, texts and portrait of every group, in both languages; names are distinct."""
    found = [_of_features(segmentation, j) for j in range(segmentation.k)]
    told = _distinct([name for name, _, _ in found])
    return [(told[j], persona, known) for j, (_, persona, known) in enumerate(found)]


# How much there is of a feature, by its kind: less, more.
AMOUNTS = {"days": (both("短", "few"), both("长", "many")), "count": (both("少", "few"), both("多", "many"))}
LEVELS = both("低", "low"), both("高", "high")


def _of_features(segmentation: Segmentation, j: int) -> tuple[Words, Persona, Portrait]:
    known = portrait_of(segmentation, j)
    # What they do says more than what they leave.
    top = ([m for m in known.marks if m.lift > 0] or known.marks)[:2]
    levels = [AMOUNTS.get(feature_kind(m.key), LEVELS)[m.lift > 0] for m in top]
    name = both(
        "、".join(f"{m.name.zh}{level.zh}" for m, level in zip(top, levels, strict=True)) or "没有突出特征",
        _capital(", ".join(f"{level.en} {m.name.en}" for m, level in zip(top, levels, strict=True))) or "No marked feature",
    )
    zh = "；".join(f"{m.name.zh} {m.group}（全体 {m.shop}）" for m in known.marks)
    en = "; ".join(f"{m.name.en} {m.group} (all: {m.shop})" for m in known.marks)
    size, share = known.facts[0].value, known.facts[1].value.zh
    summary = both(
        f"{size.zh}，占 {share}。{f'典型值：{zh}。' if zh else ''}",
        f"{size.en}, {share} of all. {f'Typical values: {en}.' if en else ''}".strip(),
    )
    none = both("", "")
    return name, Persona(summary=summary, message=none, offer=none, avoid=none), known


def _distinct(names: list[Words]) -> list[Words]:
    """Number names that occur twice."""
    zh, en = [n.zh for n in names], [n.en for n in names]
    return [both(f"{n.zh}（{i + 1}）", f"{n.en} ({i + 1})") if zh.count(n.zh) > 1 or en.count(n.en) > 1 else n for i, n in enumerate(names)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
