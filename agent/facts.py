"""Facts: the figures in a tool's JSON and in its sentences, each with unit, measure, subject and source.

Reads any artifact by its shape: figures, money, tables, numbers under a known key, words. Identifiers, settings and curves are
left out. Which of them a turn knows is put together in `known`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from ..data.figure import Source
from ..data.words import Words, both
from .figure_words import RANGE, Kind
from .figures import Mention, figures
from .placing import channel_words, measure_before, subjects_in
from .planner.normalise import read

# What a key of a plan or of a tool's result measures.
MEASURE_OF = {
    "budget": "spend", "spend": "spend", "amount": None, "orders": "orders", "conversions": "orders", "revenue": "revenue", "clicks": "clicks",
    "impressions": "impressions", "roas": "roas", "roi": "roi", "cpa": "cpa", "cpc": "cpc", "ctr": "ctr", "cvr": "cvr", "contribution": "contribution",
    "p_profit": "p_profit", "break_even_roas": "be_roas", "break_even_cpa": "cpa", "gain_orders": "gain", "share": "share", "revenue_share": "share",
    "size": "people", "price": "price", "order_value": "price", "margin": "margin", "cost": "cost", "reference": "reference", "reference_split": "reference",
    "days": "days", "bid": "bid", "start": "start", "end": "end", "unit_price": "price", "target_roas": "roas",
}  # fmt: skip
# Identifiers, coordinates, settings: numbers that are never told to a merchant as figures.
SKIPPED = {
    "id", "evidence", "seed", "at", "plotly", "version", "parent", "days_list", "copy_fields", "media", "used", "limit", "score", "sizes", "variants", "lift",
    "percentile", "source", "today", "bytes", "file", "plan_id", "idempotency", "marginal_spread", "gap", "models", "limits",
    "curve", "held_out",
}  # fmt: skip
RESULTS = {
    "spend",
    "orders",
    "revenue",
    "clicks",
    "impressions",
    "roas",
    "cpa",
    "cpc",
    "ctr",
    "cvr",
    "contribution",
    "roi",
    "share",
    "p_profit",
    "people",
}
FROM_TOOL: dict[str, Source] = {
    "search_campaigns": "past",
    "recommend_products": "past",
    "segment_users": "model",
    "export_audience": "past",
    "show_models": "past",
    "train_models": "past",
    "compute_roi": "you",
    "you": "you",
}
NAMES = ("name", "title", "change")


@dataclass(frozen=True)
class Fact:
    """One known figure. `value` as in `Mention`; `about` its subjects, empty for the whole; `tool` a tool's name or ``you``.

    `label` names the line, group or campaign it belongs to; `formula` how it was computed; `day` is set for dates; `text` was read
    from a sentence, `total` is of the whole plan, `end` is P10 or P90; `evidence` are ids of the
    plan's evidence.
    """

    value: Decimal
    kind: Kind = "plain"
    currency: str | None = None
    measure: str | None = None
    about: frozenset[str] = frozenset()
    tool: str = ""
    label: Words | None = None
    source: Source = "model"
    formula: Words | None = None
    day: date | tuple[int | None, int | None, int | None] | None = None
    text: bool = False
    total: bool = False
    end: bool = False
    evidence: tuple[str, ...] = ()


def walk(value: Any, base: Fact, names: dict[str, str], key: str = "") -> Iterator[Fact]:
    """Yield the figures of JSON: figures, money, bare numbers by the name of their key, and what sentences hold."""
    if value is None or isinstance(value, bool) or key in SKIPPED:
        return
    measure = MEASURE_OF.get(key, base.measure)
    base = replace(base, measure=measure)
    if isinstance(value, dict):
        if {"value", "unit"} <= value.keys() and "how" not in value:
            yield from of_figure(value, base)
        elif {"amount", "currency"} <= value.keys():
            yield replace(base, value=Decimal(str(value["amount"])), kind="money", currency=str(value["currency"]))
        elif set(value) == {"zh", "en"} and all(isinstance(text, str) for text in value.values()):
            yield from (replace(f, about=f.about | base.about) for f in both_texts(Words(**value), base.tool, names, base))
        elif "columns" in value and "rows" in value:
            yield from of_table(value, base, names)
            yield from walk({k: v for k, v in value.items() if k not in ("columns", "rows")}, base, names)
        else:
            inner = about_of(value, base, names)
            for name, part in value.items():
                if name not in ("channel", "currency"):
                    # What a product costs is the merchant's own word, whatever tool tells it.
                    own = replace(inner, source="you") if name == "product" and isinstance(part, dict) else inner
                    yield from walk(part, with_currency(own, value, name), names, name)
    elif isinstance(value, list):
        for part in value:
            # A list of bare numbers is a curve or a shape, not something told.
            if not isinstance(part, int | float) and not (isinstance(part, str) and re.fullmatch(r"-?\d+(?:\.\d+)?", part)):
                yield from walk(part, base, names, key)
    elif isinstance(value, int | float | Decimal):
        yield replace(base, value=Decimal(str(value)), kind=base.kind if base.currency else "plain")
    elif isinstance(value, str):
        yield from of_string(value, base, names)


def of_string(value: str, base: Fact, names: Mapping[str, str]) -> Iterator[Fact]:
    """Yield what a JSON string holds: a number, a day, or the figures of a sentence."""
    if re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        yield replace(base, value=Decimal(value), kind="money" if base.currency else "plain")
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        yield replace(base, kind="date", day=date.fromisoformat(value), measure=base.measure if base.measure in ("start", "end") else None)
    elif re.search(r"[\d一二三四五六七八九十]", value):
        for fact in of_text(value[:2000], base.tool, frozenset(names.items())):
            yield replace(
                fact,
                about=fact.about | base.about,
                measure=fact.measure or base.measure,
                label=base.label,
                source=base.source,
                formula=base.formula,
            )


def with_currency(base: Fact, holder: Mapping[str, Any], name: str) -> Fact:
    """Return the base of a bare number: money keys take the currency beside them."""
    money = name in ("spend", "revenue", "budget", "cpc", "cpa", "price", "reference", "contribution") and isinstance(
        holder.get("currency"), str
    )
    return replace(base, currency=str(holder["currency"]) if money else None, kind="money" if money else "plain")


def about_of(value: Mapping[str, Any], base: Fact, names: dict[str, str]) -> Fact:
    """Return the base with the subjects a JSON object names, and with its own source."""
    about = set(base.about)
    label = base.label
    if isinstance(value.get("channel"), str) and value["channel"]:
        about.add(f"channel:{value['channel']}")
    for key in NAMES:
        name = value.get(key) if key != "change" or "rate" in value else None
        texts = (
            [name] if isinstance(name, str) else [name["zh"], name["en"]] if isinstance(name, dict) and {"zh", "en"} <= name.keys() else []
        )
        if texts and "value" not in value and "number" not in value:
            label = both(texts[0], texts[-1])
            about |= channels_in(texts)
            for text in texts:
                plain = read(text).plain.strip()
                if len(plain) >= 3 and plain not in dict(channel_words()):
                    about.add(f"row:{texts[0]}")
                    names.setdefault(plain, f"row:{texts[0]}")
            break
    source = value.get("source")
    return replace(
        base, about=frozenset(about), label=label, source=source if source in ("you", "model", "past", "assumed") else base.source
    )


def channels_in(texts: Iterable[str]) -> set[str]:
    """Return the channels named in texts."""
    return {key for text in texts for _, _, key in subjects_in(read(text).plain, {})}


def of_figure(value: Mapping[str, Any], base: Fact) -> Iterator[Fact]:
    """Yield a figure in JSON with both ends of its range."""
    unit = str(value["unit"])
    formula = Words(**value["formula"]) if value.get("formula") else base.formula
    kind: Kind = unit if unit in ("rate", "ratio", "count") else "money" if len(unit) == 3 and unit.isupper() else "plain"  # type: ignore[assignment]
    source = value.get("source")
    made = replace(
        base,
        kind=kind,
        currency=unit if kind == "money" else None,
        formula=formula,
        source=source if source in ("you", "model", "past", "assumed") else base.source,
    )
    made = replace(made, evidence=tuple(map(str, value.get("evidence") or ())))
    for part in ("value", "low", "high"):
        try:
            if value.get(part) is not None:
                yield replace(made, value=Decimal(str(value[part])), end=part != "value")
        except InvalidOperation:
            continue


def of_table(table: Mapping[str, Any], base: Fact, names: dict[str, str]) -> Iterator[Fact]:
    """Yield the figures of a table's rows: a column says the unit, the first words of a row say whose they are."""
    columns = {str(column["key"]): column for column in table["columns"]}
    many = len(table["rows"]) > 1
    for row in table["rows"]:
        inner = about_of(row, base, names if many else {})
        if not many:
            inner = replace(inner, about=frozenset(key for key in inner.about if key.startswith("channel:")) | base.about)
        label = next((row[key] for key in columns if isinstance(row.get(key), dict | str)), None)
        texts = (
            [label] if isinstance(label, str) else list(label.values()) if isinstance(label, dict) and set(label) == {"zh", "en"} else []
        )
        if texts:
            inner = replace(inner, label=both(texts[0], texts[-1]), about=inner.about | channels_in(texts))
            yield from of_string(texts[0], inner, names)
        named = measure_before(read(" ".join(texts)).plain) if "value" in row else None
        formula = Words(**row["formula"]) if isinstance(row.get("formula"), dict) and row["formula"] else None
        for key, part in row.items():
            if key in ("formula", "channel", *SKIPPED) or part is None:
                continue
            unit = str(columns.get(key, {}).get("unit") or "")
            if key == "number":
                unit = str(row.get("unit") or "")
            elif key == "value" and row.get("number") is not None:
                continue
            measure = (
                MEASURE_OF.get(key.removesuffix("_range"))
                or named
                or measure_before(read(str(columns.get(key, {}).get("name", {}).get("zh", ""))).plain)
            )
            start = replace(inner, measure=measure, formula=formula)
            if (isinstance(part, str | int | float) and unit in ("rate", "ratio", "count")) or (len(unit) == 3 and unit.isupper()):
                yield from of_figure({"value": part, "unit": unit, "source": row.get("source")}, start)
            elif isinstance(part, str):
                yield from of_string(part, start, names)
            elif key not in NAMES:
                yield from walk(part, start, names, key)


def both_texts(words: Words, tool: str, names: Mapping[str, str], base: Fact | None = None) -> list[Fact]:
    """Return the figures of a bilingual sentence; both languages say the same, the reading may differ."""
    found = []
    for text in dict.fromkeys((words.zh, words.en)):
        for fact in of_text(text, tool, frozenset(names.items())):
            if base is not None:
                fact = replace(fact, label=base.label, formula=base.formula, source=base.source, measure=fact.measure or base.measure)
            found.append(fact)
    return found


@lru_cache(maxsize=4096)
def of_text(text: str, tool: str, names: frozenset[tuple[str, str]] = frozenset()) -> tuple[Fact, ...]:
    """Return the figures of a sentence; what it does not say of anything in particular may be said of anything."""
    used = {name: key for name, key in names if name in text.lower()}
    return tuple(as_fact(item, tool) for item in figures(text, used))


def as_fact(item: Mention, tool: str) -> Fact:
    """Return a figure written in a known text as a fact; one of a range counts as an end of it."""
    end = item.kind != "date" and bool(RANGE.search(item.clause))
    return Fact(
        item.value,
        item.kind,
        item.currency,
        item.measure,
        item.about,
        tool,
        source=FROM_TOOL.get(tool, "model"),
        day=item.day,
        text=True,
        end=end,
    )
