"""Copy for all channels of a plan by the configured model: one call for every three channels of a language, at once, one repair, one deadline.

Each channel's texts are held against facts, limits and policy as single drafts are (`modelled`). A channel, or a line of a draft, that
the model left open is the grammar's and marked so; who wrote what, and why the model did not, is told. Without a model nothing is asked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...data.brief import Product
from ...data.errors import AdwrightError
from ...data.knowledge import Channel
from ...data.plan import Creative
from ...data.words import Words, both
from .authors import configured_writer, model_name, model_writes
from .copy import as_creative, composed, usual_count, voice_for
from .fields import Text
from .grammar import Voice, native
from .modelled import TRIES, UNREADABLE, Draft, answered, asked_for, different, drafts_in, filled, in_order, known_to, schema_of_all, sifted
from .sheet import Sheet, read_sheet

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Of a turn's minute; the descriptions of audiences are worded by the same model before.
SECONDS = 20.0
# With less time than this left no repair is asked for.
LEAST_SECONDS = 3.0
CHANNELS_A_CALL = 3
CALLS_AT_ONCE = 4
MOST = 6


@dataclass(frozen=True)
class ChannelAsk:
    """What one channel of a plan needs: its language, the offer in it, and the past ads the plan leaned on."""

    place: Channel
    language: str
    offer: str = ""
    cites: tuple[str, ...] = ()


@dataclass
class _Job:
    """A channel on its way: `place` with the counts asked for, the model's drafts that passed."""

    ask: ChannelAsk
    place: Channel
    sheet: Sheet
    voice: Voice
    drafts: list[tuple[int, Draft]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def channel_copy(
    workspace: Workspace,
    product: Product,
    asks: Sequence[ChannelAsk],
    n: int,
    *,
    tone: str | None = None,
    audience: str | None = None,
    occasion: str | None = None,
    seed: int = 0,
    seconds: float = SECONDS,
) -> tuple[dict[str, list[Creative]], list[Words]]:
    """Write `n` creatives a channel, by channel id, with notes; empty where no model is configured or the product may not be advertised."""
    if not asks or not model_writes(workspace):
        return {}, []
    try:
        jobs = [_job(product, ask, tone, audience, occasion, seed) for ask in asks]
    except AdwrightError as refused:
        return {}, [refused.message]
    until = time.monotonic() + seconds
    apart = [[job for job in jobs if job.voice.language == spoken] for spoken in ("zh", "en")]
    groups = [same[i : i + CHANNELS_A_CALL] for same in apart for i in range(0, len(same), CHANNELS_A_CALL)]
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        faults = list(pool.map(lambda group: _ask(workspace, group, min(n, MOST), tone, audience, until), groups))
    made = {job.ask.place.id: _creatives(job, n) for job in jobs}
    return made, _told(workspace.settings.model, jobs, made, [fault for row in faults for fault in row])


def _job(product: Product, ask: ChannelAsk, tone: str | None, audience: str | None, occasion: str | None, seed: int) -> _Job:
    sheet = read_sheet(product, native(ask.language))
    voice = voice_for(sheet.product, ask.place, ask.language, tone, audience, occasion, seed, offer=ask.offer)
    sheet.offer = voice.slots.get("offer", "")
    counted = [limit.model_copy(update={"count": usual_count(limit)}) for limit in ask.place.copy_fields]
    return _Job(ask, ask.place.model_copy(update={"copy_fields": counted}), sheet, voice)


def _ask(workspace: Workspace, jobs: Sequence[_Job], n: int, tone: str | None, audience: str | None, until: float) -> list[Words]:
    """Collect drafts for channels of one language; asks again only for those that lack some. Returns what went wrong with a call."""
    notes: list[Words] = []
    open_ = list(jobs)
    for attempt in range(TRIES):
        left = until - time.monotonic()
        if left < (LEAST_SECONDS if attempt else 0):
            break
        places = [job.place for job in open_]
        write = configured_writer(workspace, schema_of_all(places), left)
        if write is None:
            break
        known = list(dict.fromkeys(fact for job in open_ for fact in known_to(job.sheet, job.voice)))
        prompt = asked_for(
            places,
            open_[0].voice.language,
            known,
            n,
            tone=tone or "",
            audience=audience or "",
            occasion=open_[0].voice.slots.get("occasion", ""),
            wrong=[fault for job in open_ for fault in job.wrong],
            root=places[0].id,
        )
        answer = answered(write, prompt, notes)
        if answer is None:
            break
        for job in open_:
            _take(job, drafts_in(answer, job.place.id))
        open_ = [job for job in open_ if len(job.drafts) < n]
        if not open_:
            break
    return notes


def _take(job: _Job, drafts: Sequence[Draft]) -> None:
    """Keep what may be used of a channel's drafts, and remember for the repair what is wrong with the rest."""
    wrong: list[str] = []
    for draft in drafts:
        good, faults = sifted(draft, job.place, job.voice, known_to(job.sheet, job.voice))
        wrong += faults
        if good.get(in_order(job.place)[0].field):
            job.drafts.append((sum(map(len, good.values())), good))
    job.drafts = different(job.drafts)
    job.wrong = list(dict.fromkeys(wrong))[:6] or ([] if job.drafts else [UNREADABLE.pick(job.voice.language)])


def _creatives(job: _Job, n: int) -> list[Creative]:
    best = [draft for _, draft in sorted(job.drafts, key=lambda item: -item[0])[:n]]
    category, cites = job.sheet.product.category, job.ask.cites
    made: list[Creative] = []
    for variant, draft in enumerate(best):
        texts: dict[str, list[Text]] = filled(draft, job.place, job.voice)
        made.append(as_creative(job.voice, job.ask.place, category, variant, texts, author="model", cites=cites))
    left = n - len(made)
    return [*made, *composed(job.voice, job.ask.place, category, left, first=len(made), cites=cites)] if left else made


def _told(model: str, jobs: Sequence[_Job], made: dict[str, list[Creative]], faults: Sequence[Words]) -> list[Words]:
    """Who wrote the plan's texts, and what kept the model from the rest."""
    name = model_name(model)
    whole = [creative for row in made.values() for creative in row]
    by_model = sum(creative.author == "model" for creative in whole)
    lines = sum(item.author == "grammar" for creative in whole for item in creative.copy_fields)
    notes = [*(note for job in jobs for note in job.sheet.notes), *faults]
    if not by_model:
        notes.append(
            both(
                f"模型 {name} 没有写出可用的文案，这份计划的文案由内置文法撰写。",
                f"The model {name} gave no copy that could be used; the built-in grammar wrote this plan's.",
            )
        )
        return notes
    more = both(f"，其中 {lines} 句由内置文法补足", f", {lines} of their lines by the built-in grammar") if lines else both("", "")
    rest = len(whole) - by_model
    others = both(f"；其余 {rest} 条由内置文法撰写", f"; the built-in grammar wrote the other {rest}") if rest else both("", "")
    notes.append(
        both(
            f"{by_model} 条文案由模型 {name} 撰写{more.zh}{others.zh}；事实、字数和广告用语都由程序核对过。",
            f"{by_model} {'piece' if by_model == 1 else 'pieces'} of copy by the model {name}{more.en}{others.en}; facts, lengths and advertising rules were checked by our code.",
        )
    )
    return list({note.en: note for note in notes}.values())
