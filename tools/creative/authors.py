"""Who writes a request's drafts: the configured model, the shop's own past ads, our grammar, in this order; each is named.

A model's texts are held against facts, limits and policy (`modelled`); what it leaves open, or what it did not answer in time,
the others write. Without a model a third of the drafts are worded as past ads were, where their sentences fit. Where enough
comparisons were made in the shop, more drafts are written than asked for and the preferred kept (`preference`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.brief import Product
from ...data.knowledge import Channel
from ...data.plan import Creative
from ...data.words import Words, both
from ..localtext import text_writer
from .copy import as_creative, composed, usual_count, voice_for
from .fields import Text
from .grammar import Voice, native
from .modelled import modelled, schema_of, topped_up
from .own_ads import from_own_ads
from .preference import preference
from .sheet import read_sheet

if TYPE_CHECKING:
    from ...data.workspace import Workspace

AUTHORS = {
    "grammar": both("内置文法", "the built-in grammar"),
    "past": both("旧广告句式", "words of past ads"),
    "model": both("模型", "the model"),
}
# A turn has a minute; the model may be asked twice.
SECONDS = 18.0
# Of so many drafts one is worded as a past ad was.
OWN_SHARE = 3


@dataclass
class Written:
    """Drafts, and in words who wrote them and what was left out."""

    items: list[Creative]
    about: list[Words] = field(default_factory=list)


def written(
    workspace: Workspace,
    product: Product,
    place: Channel,
    language: str,
    n: int,
    *,
    tone: str | None = None,
    audience: str | None = None,
    occasion: str | None = None,
    headlines: int | None = None,
    offer: str = "",
    seed: int = 0,
) -> Written:
    """Write `n` different drafts; with `headlines` each is one responsive ad of so many. Raises `AdwrightError` (``forbidden-goods``)."""
    sheet = read_sheet(product, native(language))
    voice = voice_for(sheet.product, place, language, tone, audience, occasion, seed, offer=offer)
    about = list(sheet.notes)
    made = _by_model(workspace, sheet.product, voice, place, n, tone, audience, headlines, about)
    modelled_ones = len(made)
    if not made and headlines is None and n >= OWN_SHARE:
        own = from_own_ads(workspace, voice, place, sheet.product.category, n // OWN_SHARE)
        about += _of_own(own)
        made += own
    left = n - len(made)
    if left > 0:
        liked = preference(workspace)
        spare = composed(
            voice, place, sheet.product.category, left * (2 if liked and headlines is None else 1), first=len(made), headlines=headlines
        )
        made += liked.best(spare, left) if liked else spare
        if liked:
            about.append(liked.told())
    if modelled_ones and left > 0:
        about.append(both(f"其余 {left} 条由内置文法撰写。", f"The built-in grammar wrote the other {left}."))
    items = [
        item.model_copy(update={"id": f"{place.id}-{voice.language}-{i}", "variant": i}) for i, item in enumerate(_own_later(made), start=1)
    ]
    return Written(items, list({note.en: note for note in about}.values()))


def _own_later(made: Sequence[Creative]) -> list[Creative]:
    """The drafts with those of past ads behind the others' first, so that the first one told is the freshest."""
    return sorted(made, key=lambda item: item.author == "past")


def _of_own(own: Sequence[Creative]) -> list[Words]:
    ids = list(dict.fromkeys(cite for item in own for cite in item.cites))
    if not ids:
        return []
    listed = both("、".join(ids), ", ".join(ids))
    count = len(own)
    return [
        both(
            f"有 {count} 条沿用了你自己投过的广告的句式（{listed.zh}），事实换成了这款商品的。",
            f"{count} {'draft is' if count == 1 else 'drafts are'} worded as your own past ads were ({listed.en}), with this product's facts.",
        )
    ]


def _by_model(
    workspace: Workspace,
    product: Product,
    voice: Voice,
    place: Channel,
    n: int,
    tone: str | None,
    audience: str | None,
    headlines: int | None,
    about: list[Words],
) -> list[Creative]:
    """What the configured model wrote and passed the checks, topped up from the grammar where an ad takes more headlines."""
    asked = place.model_copy(
        update={
            "copy_fields": [
                limit.model_copy(update={"count": headlines if headlines and limit.field == "headline" else usual_count(limit)})
                for limit in place.copy_fields
            ]
        }
    )
    write = configured_writer(workspace, schema_of(asked), SECONDS)
    if write is None:
        return []
    sheet = read_sheet(product, voice.language)
    sheet.offer = voice.slots.get("offer", "")
    drafts = modelled(sheet, voice, asked, n, write, tone=tone, audience=audience)
    made, filled = list[Creative](), 0
    for variant, draft in enumerate(drafts):
        texts: dict[str, list[Text]] = {}
        for limit in asked.copy_fields:
            own = [Text(item.text, item.facts, item.appeal, item.author) for item in draft.fields if item.field == limit.field]
            missing = (limit.count if headlines and limit.field == "headline" else 0) - len(own)
            more = topped_up(voice, place, limit, missing) if missing > 0 else []
            texts[limit.field] = [*own, *more]
            filled += sum(text.author == "grammar" for text in texts[limit.field])
        made.append(as_creative(voice, place, product.category, variant, texts, author="model"))
    about += [note for note in sheet.notes if note not in about]
    about += _of_model(workspace.settings.model, len(made), filled)
    return made


def model_name(model: str) -> str:
    """A model as people call it: the last part of its name or path.

    Example:
        >>> model_name("local:/models/mine/"), model_name("qwen/qwen3-8b")
        ('mine', 'qwen3-8b')
    """
    return model.removeprefix("local:").rstrip("/").rpartition("/")[2]


def _of_model(model: str, usable: int, filled: int) -> list[Words]:
    name = model_name(model)
    if not usable:
        return [
            both(
                f"模型 {name} 没有写出可用的文案，这些由内置文法撰写。",
                f"The model {name} gave no draft that could be used; the built-in grammar wrote these.",
            )
        ]
    more = both(f"，其中 {filled} 句由内置文法补足", f", {filled} of the lines by the built-in grammar") if filled else both("", "")
    return [
        both(
            f"{usable} 条由模型 {name} 撰写{more.zh}；事实、字数和广告用语由程序核对过。",
            f"{usable} {'draft' if usable == 1 else 'drafts'} by the model {name}{more.en}; facts, lengths and advertising rules were checked by our code.",
        )
    ]


def model_writes(workspace: Workspace) -> bool:
    """Whether a model is configured that writes, at an endpoint or on this machine."""
    return workspace.settings.outward or workspace.settings.model.startswith("local:")


def configured_writer(workspace: Workspace, schema: dict[str, Any], seconds: float) -> Callable[[str], str] | None:
    """The workspace's model as a function from a prompt to a text; None with the built-in planner."""
    return text_writer(workspace.settings, seconds, schema)


def responsive(place: Channel) -> int:
    """How many headlines one ad of the channel takes at most."""
    return max((limit.count for limit in place.copy_fields if limit.field == "headline"), default=1)


def channel_for(name: str | None, language: str) -> Channel:
    """The channel named, else the one copy in that language is usually written for."""
    return knowledge.channel(name or ("xiaohongshu" if language == "zh" else "instagram"))
