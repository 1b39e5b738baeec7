"""Copy written by a model: structured output, several candidates, our checks, one repair, the best kept.

`write` is any function from a prompt to a text, so that no model library is known here. The facts are never the model's: a text
with a number or claim that the facts do not hold, over its limit, or against a rule is not used. What is missing afterwards
the grammar writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ...data.errors import AdwrightError
from ...data.knowledge import Channel, CopyLimit
from ...data.words import Language, Words, both
from .draft import Copy, as_copy, in_order
from .fields import Text, field_texts
from .grammar import ALIKE, Voice, alike, holds
from .policy import lint
from .sheet import Sheet
from .support import all_known, unsupported

# One more candidate than asked for, so that there is something to choose from.
SPARE = 2
MOST_A_CALL = 8
# The first answer and one repair.
TRIES = 2
UNREADABLE = both("回答不是要求的 JSON", "the answer was not the JSON that was asked for")
Draft = dict[str, list[str]]
ROOT = "drafts"


def modelled(
    sheet: Sheet,
    voice: Voice,
    place: Channel,
    n: int,
    write: Callable[[str], str],
    *,
    tone: str | None = None,
    audience: str | None = None,
    evidence: Mapping[str, str] | None = None,
    source: str = "",
) -> list[Copy]:
    """Up to `n` advertisements of the model's; none when what it wrote cannot be used, or the call failed.

    With `source`, a draft as JSON, that draft is said in the voice's language instead of a new one.
    """
    known = known_to(sheet, voice)
    asked = n if source else min(n + SPARE, MOST_A_CALL)
    accepted, wrong = list[tuple[int, Draft]](), list[str]()
    for _ in range(TRIES):
        prompt = asked_for(
            [place],
            voice.language,
            known,
            asked,
            tone=tone or "",
            audience=audience or "",
            occasion=voice.slots.get("occasion", ""),
            banned=voice.banned,
            wrong=wrong,
            source=source,
        )
        wrong = []
        answer = answered(write, prompt, sheet.notes)
        if answer is None:
            # Whoever did not answer once would cost the merchant the same wait again.
            break
        for draft in drafts_in(answer):
            good, faults = sifted(draft, place, voice, known, evidence)
            wrong += faults
            if good.get(in_order(place)[0].field):
                accepted.append((sum(map(len, good.values())), good))
        accepted = different(accepted)
        if len(accepted) >= n or not (wrong or not accepted):
            break
        wrong = list(dict.fromkeys(wrong))[:12] or [UNREADABLE.pick(voice.language)]
    accepted.sort(key=lambda item: -item[0])
    return [as_copy(place, voice.language, sheet, filled(draft, place, voice), "model", evidence) for _, draft in accepted[:n]]


def known_to(sheet: Sheet, voice: Voice) -> list[str]:
    """All that a text may say: name, facts, price, offer, proof, and the occasion it is written for."""
    return all_known(sheet.product, voice.language, sheet.offer, sheet.proof, voice.slots.get("occasion", ""))


def asked_for(
    places: Sequence[Channel],
    language: Language,
    facts: Sequence[str],
    n: int,
    *,
    tone: str = "",
    audience: str = "",
    occasion: str = "",
    banned: Sequence[str] = (),
    wrong: Sequence[str] = (),
    source: str = "",
    root: str = ROOT,
) -> str:
    """The prompt for `n` drafts of each channel's fields from what may be said; of one channel they stand under `root`."""
    return _prompt(language).render(
        places=[
            {
                "id": place.id,
                "name": place.name.pick(language),
                "fields": [_told(limit, language) for limit in in_order(place)],
                "names": ", ".join(f'"{limit.field}"' for limit in in_order(place)),
            }
            for place in places
        ],
        tone=tone,
        audience=audience,
        occasion=occasion,
        facts=list(facts),
        banned=", ".join(banned),
        wrong=list(wrong),
        source=source,
        root=root,
        n=n,
    )


def schema_of(place: Channel) -> dict[str, Any]:
    """The JSON schema of an answer, for endpoints that hold a model to one: a list of drafts, each with every field of the channel."""
    return _object({ROOT: _drafts(place)})


def schema_of_all(places: Sequence[Channel]) -> dict[str, Any]:
    """The JSON schema of an answer for several channels: by channel id, a list of its drafts."""
    return _object({place.id: _drafts(place) for place in places})


def _drafts(place: Channel) -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}}
    return {"type": "array", "items": _object({limit.field: texts for limit in in_order(place)})}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def drafts_in(answer: str, root: str = ROOT) -> list[Draft]:
    """The drafts of a model's answer under `root`; text around the JSON is skipped, anything that is no list of texts left out.

    Example:
        >>> drafts_in('Sure! [{"headline": ["A"], "body": "B", "n": 3}]')
        [{'headline': ['A'], 'body': ['B']}]
        >>> drafts_in("I cannot do that.")
        []
    """
    found: Any = None
    for start in (m.start() for m in re.finditer(r"[\[{]", answer)):
        try:
            found, _ = json.JSONDecoder().raw_decode(answer[start:])
            break
        except ValueError:
            continue
    if isinstance(found, dict) and isinstance(found.get(root), list):
        found = found[root]
    rows = [found] if isinstance(found, dict) else found if isinstance(found, list) else []
    drafts: list[Draft] = []
    for row in rows:
        if isinstance(row, dict):
            texts = {str(k): [v] if isinstance(v, str) else v for k, v in row.items() if isinstance(v, str | list)}
            drafts.append({k: [t.strip() for t in v if isinstance(t, str) and t.strip()] for k, v in texts.items()})
    return drafts


def answered(write: Callable[[str], str], prompt: str, notes: list[Words]) -> str | None:
    """What the model says, or None with a note of what went wrong."""
    # A model that fails is no reason to have no copy: the grammar writes then, and a note says so.
    try:
        return write(prompt)
    except AdwrightError as error:
        notes.append(error.message)
        return None
    except Exception as error:
        notes.append(
            both(
                f"模型没有回答（{type(error).__name__}），由内置文法来写。",
                f"The model did not answer ({type(error).__name__}); the built-in grammar writes.",
            )
        )
        return None


def sifted(
    draft: Draft, place: Channel, voice: Voice, known: list[str], evidence: Mapping[str, str] | None = None
) -> tuple[Draft, list[str]]:
    """The texts of a draft that may be used, and what is wrong with the others."""
    good, faults = Draft(), list[str]()
    for limit in in_order(place):
        for text in draft.get(limit.field, [])[: limit.count]:
            fault = _fault(text, limit, voice, place, known, evidence)
            if fault:
                faults.append(f"“{text[:60]}”: {fault}")
            elif all(alike(text, other) < ALIKE for other in good.get(limit.field, [])):
                good.setdefault(limit.field, []).append(text)
    return good, faults


def _fault(text: str, limit: CopyLimit, voice: Voice, place: Channel, known: list[str], evidence: Mapping[str, str] | None) -> str | None:
    zh = voice.language == "zh"
    if limit.limit is not None and limit.used(text) > limit.limit:
        return f"{limit.used(text)} > {limit.limit}"
    if holds(text, voice.banned):
        return "含有不要出现的词" if zh else "holds a banned word"
    invented = unsupported(text, known, voice.language)
    if invented:
        return ("事实里没有：" if zh else "not in the facts: ") + ", ".join(invented)
    errors = [f for f in lint(text, voice.language, voice.category, place.id, evidence) if f.severity == "error"]
    return f"{errors[0].span}: {errors[0].reason.pick(voice.language)}" if errors else None


def different(drafts: list[tuple[int, Draft]]) -> list[tuple[int, Draft]]:
    """Drafts, with their number of texts, that are not nearly the same as one before."""
    kept: list[tuple[int, Draft]] = []
    for size, draft in drafts:
        words = " ".join(text for texts in draft.values() for text in texts)
        if all(alike(words, " ".join(t for texts in other.values() for t in texts)) < ALIKE for _, other in kept):
            kept.append((size, draft))
    return kept


def filled(draft: Draft, place: Channel, voice: Voice) -> dict[str, list[Text]]:
    """The model's texts with the facts they tell; fields it left out come from the grammar."""
    texts: dict[str, list[Text]] = {}
    for limit in in_order(place):
        own = [Text(t, [f for f in voice.facts if f.casefold() in t.casefold()], "mood") for t in draft.get(limit.field, [])]
        own = [Text(t.text, t.facts, "detail" if t.facts else "mood") for t in own]
        texts[limit.field] = own or topped_up(voice, place, limit, limit.least)
    return texts


def topped_up(voice: Voice, place: Channel, limit: CopyLimit, count: int) -> list[Text]:
    """Texts of the grammar in a draft of the model's, marked as such."""
    return [replace(text, author="grammar") for text in field_texts(voice, place, limit, count)]


def _told(limit: CopyLimit, language: Language) -> dict[str, Any]:
    units = {"chars": ("个字符", "characters"), "width": ("个字符宽（汉字算 2）", "columns (a CJK letter counts 2)")}
    return {"field": limit.field, "count": limit.count, "limit": limit.limit, "unit": units[limit.unit][language == "en"]}


@lru_cache(maxsize=2)
def _prompt(language: Language) -> Any:
    from jinja2 import Environment, StrictUndefined

    package = str(__package__).rsplit(".", 2)[0]
    source = files(f"{package}.prompts").joinpath(f"copy-draft.{language}.md").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(source)
