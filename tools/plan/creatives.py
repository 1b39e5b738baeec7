"""The creatives of a plan: copy for every channel, pictures for the first six, predicted CTR for each.

The copy is the configured model's where it passes the checks (`channel_copy`), else the grammar's. What an edit did not touch is taken over from the plan before, so that a changed budget never changes a banner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import Brief
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.look import shape_of
from ...data.plan import CampaignPlan, Creative, Media
from ...data.result import Progress
from ...data.words import Words, both
from ..creative.channel_copy import ChannelAsk, channel_copy
from ..creative.copy import write_copy
from ..creative.grammar import native
from ..creative.image import make_banner
from ..creative.picking import place_name
from ..memory.search import Hit
from ..response.drafts import contexts_of
from ..response.predict import rate_figure
from ..response.response import Response
from .lines import Draft, ad_language

if TYPE_CHECKING:
    from ...data.knowledge import Channel
    from ...data.workspace import Workspace

PICTURES = 6


def make_creatives(
    workspace: Workspace,
    brief: Brief,
    drafts: list[Draft],
    hits: list[Hit],
    response: Response,
    previous: CampaignPlan | None,
    progress: Progress,
) -> tuple[list[Creative], list[Words]]:
    """Write and draw what the channels need; returns the creatives and warnings about what could not be made."""
    kept = _kept(brief, previous)
    channels = list({d.channel.id: d.channel for d in drafts}.values())
    by_model, about = _by_model(workspace, brief, [channel for channel in channels if channel.id not in kept], hits)
    creatives: list[Creative] = []
    for channel in channels:
        creatives += (
            kept.get(channel.id)
            or by_model.get(channel.id)
            or write_copy(
                brief.product.value,
                channel.id,
                ad_language(brief, channel),
                n=brief.variants,
                tone=brief.tone.value,
                audience=brief.audience.value.text or None,
                occasion=brief.occasion.value if brief.occasion else None,
                cites=[h for h in hits if h.channel == channel.id],
                offer=_offer(brief, ad_language(brief, channel)),
                seed=brief.seed,
            )
        )
    warnings = _draw(workspace, brief, creatives, progress, previous is not None and previous.brief.look != brief.look)
    _predict(workspace, brief, creatives, response)
    return creatives, [*about, *warnings]


def _by_model(
    workspace: Workspace, brief: Brief, channels: list[Channel], hits: list[Hit]
) -> tuple[dict[str, list[Creative]], list[Words]]:
    """The configured model's copy by channel, and who wrote it; empty without a model."""
    asks = [
        ChannelAsk(
            channel,
            ad_language(brief, channel),
            _offer(brief, ad_language(brief, channel)),
            tuple(hit.id for hit in hits if hit.channel == channel.id),
        )
        for channel in channels
    ]
    return channel_copy(
        workspace,
        brief.product.value,
        asks,
        brief.variants,
        tone=brief.tone.value,
        audience=brief.audience.value.text or None,
        occasion=brief.occasion.value if brief.occasion else None,
        seed=brief.seed,
    )


def _offer(brief: Brief, language: str) -> str:
    return brief.offer.value.pick(native(language)) if brief.offer else ""


def _kept(brief: Brief, previous: CampaignPlan | None) -> dict[str, list[Creative]]:
    """Creatives of the plan before, when nothing their words depend on has changed; their pictures too, unless their look has."""
    if previous is None:
        return {}
    old = previous.brief
    same = all(
        getattr(brief, field) == getattr(old, field)
        for field in ("product", "tone", "language", "audience", "occasion", "offer", "variants", "sizes", "video_seconds", "seed")
    )
    kept: dict[str, list[Creative]] = {}
    for creative in previous.creatives if same else []:
        kept.setdefault(creative.channel, []).append(creative.model_copy(deep=True))
    return kept


def _draw(workspace: Workspace, brief: Brief, creatives: list[Creative], progress: Progress, redraw: bool) -> list[Words]:
    """Add pictures in place: one for each of the first creatives of every channel in turn, then the sizes asked for.

    With `redraw` the pictures there are made anew, each in its layout; what the change does not touch comes out the same.
    """
    warnings: list[Words] = []
    layouts = {(c.id, m.width, m.height): m.layout or "auto" for c in creatives for m in c.media}
    if redraw:
        for creative in creatives:
            creative.media = []
    asked = [(c, _pixels(size)) for size in brief.sizes for c in creatives[:1]]
    jobs = [(i, c, size) for i, (c, size) in enumerate([*_pictures(creatives), *asked])]
    jobs = [(i, c, size) for i, c, size in jobs if not brief.look.shapes or shape_of(*size) in brief.look.shapes]
    jobs = [(i, c, size) for i, c, size in jobs if place_name(c.channel, c.language, c.variant, *size) not in brief.look.without]
    jobs = [(i, c, size) for i, c, size in jobs if not any((m.width, m.height) == size and m.kind == "image" for m in c.media)]
    for done, (i, creative, size) in enumerate(jobs):
        progress.note(both(f"已完成 {done} / {len(jobs)} 张", f"{done} of {len(jobs)} pictures ready"), done, len(jobs))
        try:
            creative.media.append(_picture(workspace, brief, creative, size, i, layouts.get((creative.id, *size), "auto")))
        except AdwrightError as refused:
            warnings.append(
                both(f"{size[0]}x{size[1]} 没有出图：{refused.message.zh}", f"No picture at {size[0]}x{size[1]}: {refused.message.en}")
            )
    if brief.video_seconds and creatives and not any(m.kind == "video" for c in creatives for m in c.media):
        from ..creative.video import make_video

        try:
            creatives[0].media.append(
                make_video(
                    workspace,
                    brief.product.value,
                    creatives[0],
                    seconds=brief.video_seconds,
                    look=brief.look,
                    seed=brief.seed,
                    progress=progress,
                )
            )
        except AdwrightError as refused:
            warnings.append(both(f"没有做出视频：{refused.message.zh}", f"No video was made: {refused.message.en}"))
    return warnings


def _picture(workspace: Workspace, brief: Brief, creative: Creative, size: tuple[int, int], place: int, layout: str) -> Media:
    """One picture of a plan; in `layout` where the words still fit it."""
    wanted = {
        "seed": brief.seed + place,
        "occasion": brief.occasion.value if brief.occasion else None,
        "tone": brief.tone.value if brief.tone.how == "stated" else None,
        "look": brief.look,
        "variant": creative.variant,
    }
    try:
        return make_banner(workspace, brief.product.value, creative, size, layout=layout, **wanted)
    except AdwrightError as refused:
        if layout == "auto" or refused.code not in ("picture-refused", "layout-needs"):
            raise
        return make_banner(workspace, brief.product.value, creative, size, **wanted)


def _pictures(creatives: list[Creative]) -> list[tuple[Creative, tuple[int, int]]]:
    by_channel: dict[str, list[Creative]] = {}
    for creative in creatives:
        by_channel.setdefault(creative.channel, []).append(creative)
    turns = []
    for rank in range(max(map(len, by_channel.values()), default=0)):
        for channel_id, own in by_channel.items():
            sizes = _sizes(knowledge.channel(channel_id))
            if rank < len(own) and sizes:
                turns.append((own[rank], sizes[rank % len(sizes)]))
    return turns[:PICTURES]


def _sizes(channel: Channel) -> list[tuple[int, int]]:
    return [(s.width, s.height) for s in channel.sizes if min(s.width, s.height) >= 200]


def _pixels(size: str) -> tuple[int, int]:
    try:
        width, height = (int(x) for x in size.lower().replace("×", "x").split("x"))
    except ValueError:
        raise AdwrightError(
            both(f"看不懂尺寸“{size[:20]}”。", f"“{size[:20]}” is not a size."),
            both("请写成 800x800。", "Write it as 800x800."),
            code="bad-size",
        ) from None
    return width, height


def _predict(workspace: Workspace, brief: Brief, creatives: list[Creative], response: Response) -> None:
    if not creatives:
        return
    contexts = contexts_of(workspace, brief, creatives, response)
    for creative, found in zip(creatives, response.predict(contexts), strict=True):
        figure: Figure = rate_figure(found, "ctr")
        creative.ctr = figure
