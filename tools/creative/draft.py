"""`draft_copy`: from a product's facts to N different advertisements for a channel, every field of it, checked.

Written offline by the grammar, by sentences of the user's own past ads with the facts in their slots, or by a model that the
caller passes in; whatever writes, the same checks decide. Not covered: predicted CTR (plans add it), languages other than zh
and en without a model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.knowledge import Channel
from ...data.plan import CopyField, Finding
from ...data.words import Language, Words, both
from .copy import measured
from .fields import Text, field_texts
from .grammar import make_voice, native
from .phrases import Phrasebook, from_past
from .policy import lint
from .sheet import Facts, Sheet, read_sheet

MOST = 50


class CopyText(CopyField):
    """One text: its length and limit, what it appeals to, the facts it tells."""

    appeal: str = "mood"
    facts: list[str] = []


class Copy(Document):
    """One advertisement: every field of the channel, the facts used, the policy report; `notes` say what was left out of it.

    `author` is ``grammar``, ``past`` (sentences of the user's own ads, or of a writer trained on them) or ``model``.
    """

    id: str
    channel: str
    language: str
    variant: int
    fields: list[CopyText]
    findings: list[Finding] = []
    facts_used: list[str] = []
    author: str = "grammar"
    notes: list[Words] = []

    @property
    def text(self) -> str:
        """All texts, one under the other."""
        return "\n".join(item.text for item in self.fields)

    @property
    def passed(self) -> bool:
        """Whether every text keeps its limit and no rule calls one an error."""
        return all(item.ok for item in self.fields) and not any(f.severity == "error" for f in self.findings)


def draft_copy(
    facts: Facts,
    channel: str,
    language: str,
    n: int = 3,
    tone: str | None = None,
    audience: str | None = None,
    brand: str | None = None,
    seed: int = 0,
    *,
    offer: str = "",
    proof: str = "",
    occasion: str | None = None,
    banned: Sequence[str] = (),
    evidence: Mapping[str, str] | None = None,
    past: Phrasebook | Sequence[tuple[Facts, str]] = (),
    write: Callable[[str], str] | None = None,
) -> list[Copy]:
    """Write `n` different advertisements from a product's facts, each with every field the channel takes, full in number.

    `facts` is a product, a mapping, or lines that begin with the product's name. `past` are the user's own earlier ads with
    the facts they were written from; `write` is a model, any function from a prompt to a text. `banned` words never appear.
    Raises `AdwrightError`: ``no-facts``, ``unknown-channel``, ``forbidden-goods``, ``bad-count``.

    Example:
        >>> ads = draft_copy("跑鞋：单只重 218 克，30 天可换尺码", "xiaohongshu", "zh", n=2, tone="温暖")
        >>> [ad.passed for ad in ads], ads[0].fields[0].field
        ([True, True], 'headline')
    """
    place = knowledge.channel(channel)
    if not 1 <= n <= MOST:
        raise AdwrightError(
            both(f"一次最多写 {MOST} 条，收到的是 {n}。", f"Up to {MOST} drafts at a time; {n} were asked for."),
            both("请分几次写，或用不同的 seed。", "Ask in parts, or with another seed."),
            code="bad-count",
        )
    spoken = native(language)
    sheet = read_sheet(facts, spoken, brand)
    sheet.offer, sheet.proof = offer or sheet.offer, proof or sheet.proof
    voice = make_voice(
        sheet.product,
        spoken,
        tone,
        audience or sheet.audience,
        occasion,
        f"{seed}|{_key(sheet, spoken)}|{place.id}|{spoken}",
        offer=sheet.offer,
        proof=sheet.proof,
        banned=banned,
        channel=place.id,
    )
    made: list[Copy] = []
    if write is not None:
        from .modelled import modelled

        made = modelled(sheet, voice, place, n, write, tone=tone, audience=audience or sheet.audience, evidence=evidence)
    if past and len(made) < n:
        made += from_past(sheet, voice, place, past, facts, n - len(made))
    while len(made) < n:
        texts = {limit.field: field_texts(voice, place, limit, limit.count) for limit in in_order(place)}
        made.append(as_copy(place, spoken, sheet, texts, "grammar", evidence))
    if write is not None and any(copy.author != "model" for copy in made):
        usable = sum(copy.author == "model" for copy in made)
        sheet.notes.append(both(f"模型写的有 {usable} 条可用。", f"Of the model's drafts {usable} could be used."))
    notes = list({note.en: note for note in (*sheet.notes, *_left_out(sheet))}.values())
    return [
        copy.model_copy(update={"id": f"{place.id}-{spoken}-{i}", "variant": i, "notes": notes}) for i, copy in enumerate(made[:n], start=1)
    ]


def _key(sheet: Sheet, spoken: Language) -> str:
    """What tells a product from others: its id, else its name and facts, so that not all dresses of a table get the same sentences."""
    product = sheet.product
    return product.id or "|".join([product.name, *(product.facts_zh if spoken == "zh" else product.facts_en)])


def in_order(place: Channel) -> list[knowledge.CopyLimit]:
    """The channel's fields, headlines first."""
    return sorted(place.copy_fields, key=lambda limit: limit.field != "headline")


def as_copy(
    place: Channel, language: Language, sheet: Sheet, texts: Mapping[str, Sequence[Text]], author: str, evidence: Mapping[str, str] | None
) -> Copy:
    """Measure and check the texts of one advertisement."""
    fields = [
        CopyText(**measured(limit, text.text, text.author).model_dump(), appeal=text.appeal, facts=text.facts)
        for limit in in_order(place)
        for text in texts.get(limit.field, ())
    ]
    findings = [f for item in fields for f in lint(item.text, language, sheet.product.category, place.id, evidence)]
    return Copy(
        id="",
        channel=place.id,
        language=language,
        variant=0,
        fields=fields,
        findings=list({(f.rule, f.span): f for f in findings}.values()),
        facts_used=list(dict.fromkeys(fact for item in fields for fact in item.facts)),
        author=author,
    )


def _left_out(sheet: Sheet) -> list[Words]:
    return [
        both(f"“{f.span}”没有写：{f.reason.zh}（{f.article}）", f"“{f.span}” was left out: {f.reason.en} ({f.article})")
        for f in sheet.refused
    ]
