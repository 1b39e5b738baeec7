"""`generate_image`: a whole request for pictures - channels, sizes, languages and looks - as one set that can be edited.

Every picture is made by `image`; a size that cannot carry the words comes back with its reason. Where the shop's model reads
pictures, more looks are tried than kept, and each picture says the CTR predicted for it (`variants`). Edits: `revise`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document, Product
from ...data.errors import AdwrightError
from ...data.look import Look, PriceSize, Shape, shape_of
from ...data.plan import Creative, Finding, Media
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product
from .archive import picture_archive
from .copy import screen_claims, with_claims, write_copy
from .grammar import native
from .image import make_banner
from .layouts import LAYOUTS
from .picking import place_name
from .picture_set import PictureSet, keep_set, new_set
from .policy import allowed
from .variants import Scores, choose_looks, score_pictures

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# The most pictures of one request: 20 sizes in two languages and three looks, and some.
MOST = 160
_CHANNEL_SIZES = 6


class GenerateImage(Document):
    """What the `generate_image` tool takes."""

    product: str = Field(min_length=1, max_length=200, description="The product, in the user's words.")
    channel: str | None = Field(default=None, description="Channel whose sizes and limits apply.")
    channels: list[str] = Field(default_factory=list, max_length=8, description="Channels, where the user named several.")
    sizes: list[str] = Field(
        default_factory=list, max_length=24, description="Sizes in pixels such as '1080x1080'. Empty: the channel's own sizes."
    )
    more_sizes: list[str] = Field(default_factory=list, max_length=24, description="Sizes beside each channel's own; filled in by an edit.")
    headline: str | None = Field(default=None, max_length=300, description="Headline to put on the picture, word for word.")
    offer: str | None = Field(default=None, max_length=60, description="Offer in the user's words, e.g. '20% off'. Never invent one.")
    tone: str | None = Field(default=None, description="Tone, e.g. 'warm', 'premium'.")
    style: str | None = Field(
        default=None,
        description="Look such as ink, film, pop, pastel, neon, warm, cool, fresh; or a layout such as hero, split, burst, poster.",
    )
    taste: bool = Field(default=False, description="The style that suits the audience, where the user asks for their taste.")
    occasion: str | None = Field(default=None, description="Holiday or event the picture is for.")
    language: str | None = Field(default=None, description="Language on the picture: 'zh' or 'en'.")
    languages: list[str] = Field(default_factory=list, max_length=2, description="Languages, where the user named both.")
    variants: int = Field(default=1, ge=1, le=6, description="How many looks of every picture.")
    price: PriceSize = Field(default="normal", description="Size of the price, or none.")
    logo: bool = Field(default=True, description="False leaves the brand's name or logo out.")
    shapes: list[Shape] = Field(default_factory=list, description="Only pictures of these shapes.")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    scene: str | None = Field(default=None, description="Ground painted here: studio, window, podium, arch, hills, sun, waves, night.")
    ground: str | None = Field(default=None, description="A finished ground; filled in by paint_scene.")
    without: list[str] = Field(default_factory=list, description="Single pictures left out; filled in by an edit.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")
    seed: int = Field(default=0, description="Same seed, same picture.")

    @property
    def look(self) -> Look:
        """The wishes that hold for every picture of the set."""
        return Look(
            style=knowledge.style_named(self.style),
            offer=self.offer,
            headline=self.headline,
            price=self.price,
            logo=self.logo,
            shapes=self.shapes,
            photo=self.photo,
            scene=knowledge.scene_named(self.scene),
            ground=self.ground,
            without=self.without,
        )


def parse_size(text: str) -> tuple[int, int]:
    """Read ``"1080x1080"`` (also ×, *). Raises `AdwrightError` (``bad-size``)."""
    found = re.fullmatch(r"\s*(\d{2,5})\s*[x×*X]\s*(\d{2,5})\s*", text)
    if not found:
        raise AdwrightError(
            both(f"看不懂尺寸“{text[:20]}”。", f"“{text[:20]}” is not a size."),
            both("请写成 800x800。", "Write it as 800x800."),
            code="bad-size",
        )
    return int(found[1]), int(found[2])


def prepare(
    workspace: Workspace,
    product_text: str,
    channel: str | None,
    language: str | None,
    reply: Language,
    tone: str | None,
    occasion: str | None,
    headline: str | None,
    seed: int,
    offer: str | None = None,
    n: int = 1,
) -> tuple[Product, list[Creative], list[Finding]]:
    """Find the product and write the words that pictures or a film will carry: product, `n` creatives, refused findings.

    A headline or an offer that the policy forbids is refused with `AdwrightError` (``headline-not-allowed``).
    """
    spoken = native(language or reply)
    place = knowledge.channel(channel or ("xiaohongshu" if spoken == "zh" else "instagram"))
    found = find_product(workspace, product_text)
    for said in (headline, offer):
        if said and not allowed(said, None, found.category):
            _, findings = screen_claims([said], product_text, found.category)
            raise AdwrightError(
                both(
                    f"图上的文字里有不能用于广告的说法：{'、'.join(f.span for f in findings)}。{findings[0].reason.zh}",
                    f"The words have something that advertising may not say: {', '.join(f.span for f in findings)}. {findings[0].reason.en}",
                ),
                both("请换一个说法，或让我来写标题。", "Choose other words, or let me write the headline."),
                code="headline-not-allowed",
            )
    _, refused = screen_claims([], product_text, found.category)
    product = with_claims(found, [], spoken)
    told = knowledge.offer_words(offer).pick(spoken) if offer else ""
    creatives = write_copy(product, place.id, spoken, n=n, tone=tone, occasion=occasion, offer=told, seed=seed)
    return product, creatives, refused


@dataclass(frozen=True)
class Job:
    """One picture to make."""

    creative: Creative
    size: tuple[int, int]
    variant: int
    seed: int

    @property
    def place(self) -> tuple[str, str, int, int, int]:
        """What the picture is in its set: channel, language, look, width, height."""
        return (self.creative.channel, self.creative.language, self.variant, *self.size)


@dataclass
class Drawn:
    """The pictures of a request, what was refused, what the policy found, and what is to be said of the scores."""

    product: Product
    media: list[Media]
    refused: list[Words]
    findings: list[Finding]
    seeds: list[int]
    scores: Scores = field(default_factory=Scores)


def generate_image(workspace: Workspace, request: GenerateImage, progress: Progress = SILENT) -> ToolResult:
    """Compose a set of pictures for one product; sizes that cannot carry the words are refused with reasons.

    Raises `AdwrightError`: ``picture-refused`` when none could be made, ``too-many-pictures``, and as `prepare` does.
    """
    why: list[Words] = []
    if request.taste:
        request, why = tasteful(workspace, request)
    drawn = draw(workspace, request, progress=progress)
    drawn.scores.notes = [*why, *drawn.scores.notes]
    made = keep_set(workspace, new_set(request.model_dump(mode="json"), drawn.media, drawn.seeds))
    return set_result(workspace, request, drawn, made)


def tasteful(workspace: Workspace, request: GenerateImage) -> tuple[GenerateImage, list[Words]]:
    """Return a request with the style of its audience, and why; as it was where no style stands out. A style that was named stays."""
    from .audience_style import audience_style, style_words

    plain = request.model_copy(update={"taste": False})
    if request.style:
        return plain, []
    try:
        chosen = audience_style(
            workspace, find_product(workspace, request.product), tone=request.tone, occasion=request.occasion, seed=request.seed
        )
    except AdwrightError as usual:
        if usual.code != "no-taste":
            raise
        return plain, [usual.message]
    words = style_words(chosen)
    told = both(f"{words.zh}：{chosen.why.zh}", f"{words.en[:1].upper()}{words.en[1:]}. {chosen.why.en}")
    return plain.model_copy(update={"style": chosen.style}), [told]


def draw(
    workspace: Workspace,
    request: GenerateImage,
    *,
    seeds: list[int] | None = None,
    kept: Mapping[tuple[str, str, int, int, int], str] | None = None,
    progress: Progress = SILENT,
) -> Drawn:
    """Make every picture of a request. An edit passes the `seeds` of its looks and the layouts it has `kept`, by place."""
    from ..response.response import Response

    places = _places(request)
    written: dict[tuple[str, str], list[Creative]] = {}
    product: Product | None = None
    findings: list[Finding] = []
    layout = (request.style or "").casefold().strip()
    layout = layout if layout in LAYOUTS else "auto"
    for channel, language in places:
        product, creatives, found = prepare(
            workspace,
            request.product,
            channel,
            language,
            request.reply_language,
            request.tone,
            request.occasion,
            request.headline,
            request.seed,
            request.offer,
            request.variants,
        )
        written[(channel, language)] = creatives
        findings = findings or found
    assert product is not None
    sizes = {place: _sizes(request, place[0]) for place in places}
    count = sum(map(len, sizes.values())) * request.variants
    if count > MOST:
        raise AdwrightError(
            both(f"一次要 {count} 张图，最多 {MOST} 张。", f"That is {count} pictures at once; the most is {MOST}."),
            both("请少选几个尺寸、渠道或版本。", "Choose fewer sizes, channels or looks."),
            code="too-many-pictures",
        )
    if not count:
        raise AdwrightError(
            both("没有符合这个形状的尺寸。", "No size has that shape."),
            both("可以直接说尺寸，例如 1080x1920。", "Name a size instead, such as 1080x1920."),
            code="picture-refused",
        )
    response = Response.load(workspace)
    first = places[0]
    if seeds is None or len(seeds) < request.variants:
        seeds = choose_looks(workspace, response, product, written[first], sizes[first][0], request, request.look)
    jobs = [
        # Every channel has a layout of its own, over all its sizes.
        Job(written[place][variant], size, variant + 1, seeds[variant] + turn)
        for variant in range(request.variants)
        for turn, place in enumerate(places)
        for size in sizes[place]
    ]
    jobs = [job for job in jobs if place_name(*job.place) not in request.without]
    if not jobs:
        raise AdwrightError(
            both("这样一张图都不剩了。", "That would leave no picture at all."),
            both("说“撤销”，或再加一个尺寸。", "Say “undo”, or add a size."),
            code="nothing-left",
        )

    def make(job: Job) -> Media | AdwrightError:
        refusal = None
        for name in dict.fromkeys(((kept or {}).get(job.place, layout), layout, "auto")):
            try:
                return make_banner(
                    workspace,
                    product,
                    job.creative,
                    job.size,
                    seed=job.seed,
                    occasion=request.occasion,
                    tone=request.tone,
                    headline=request.headline if len({language for _, language in places}) == 1 else None,
                    layout=name,
                    look=request.look,
                    variant=job.variant,
                )
            except AdwrightError as error:
                if error.code not in ("picture-refused", "bad-size", "layout-needs"):
                    raise
                refusal = error
        assert refusal is not None
        return refusal

    results: dict[int, Media | AdwrightError] = {}
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        running = {pool.submit(make, job): i for i, job in enumerate(jobs)}
        for done, future in enumerate(as_completed(running)):
            results[running[future]] = future.result()
            progress.note(both(f"已完成 {done + 1} / {len(jobs)} 张", f"{done + 1} of {len(jobs)} pictures ready"), done + 1, len(jobs))
    media = [m for i in range(len(jobs)) if isinstance(m := results[i], Media)]
    refused = [e.message for i in range(len(jobs)) if isinstance(e := results[i], AdwrightError)]
    if not media:
        raise AdwrightError(
            refused[0], both("请缩短标题，或换一个更大的尺寸。", "Shorten the headline, or choose a larger size."), code="picture-refused"
        )
    by_place = {job.place: job.creative for job in jobs}
    scores = score_pictures(workspace, response, product, media, by_place)
    return Drawn(product, scores.media, list(dict.fromkeys(refused)), findings, seeds, scores)


def _places(request: GenerateImage) -> list[tuple[str, str]]:
    """The (channel, language) pairs of a request: the languages said, else that of each channel's market, else the reply's."""
    named = list(dict.fromkeys(knowledge.channel(c).id for c in (request.channels or ([request.channel] if request.channel else []))))
    said = [native(language) for language in (request.languages or ([request.language] if request.language else []))]
    if not named:
        said = said or [request.reply_language]
        return [("xiaohongshu" if language == "zh" else "instagram", language) for language in said]
    market: dict[str, Language] = {c: "zh" if knowledge.channel(c).region == "cn" else "en" for c in named}
    return [(c, language) for c in named for language in (dict.fromkeys(said) if said else [market[c]])]


def _sizes(request: GenerateImage, channel: str) -> list[tuple[int, int]]:
    own = [(s.width, s.height) for s in knowledge.channel(channel).sizes][:_CHANNEL_SIZES] or [(1080, 1080)]
    sizes = ([parse_size(s) for s in request.sizes] or own) + [parse_size(s) for s in request.more_sizes]
    if request.shapes:
        sizes = [size for size in sizes if shape_of(*size) in request.shapes]
    return list(dict.fromkeys(sizes))


def set_result(
    workspace: Workspace, request: GenerateImage, drawn: Drawn, made: PictureSet, change: Words | None = None, same: int = 0
) -> ToolResult:
    """Wrap a stored set for agent and faces; `change` says what an edit did, `same` how many pictures it left alone."""
    media, failed = drawn.media, drawn.refused
    n, lost = len(media), len(failed)
    finding = both(
        f"{n} 张图，全部通过检查" + (f"；{lost} 个尺寸没有出图" if lost else ""),
        f"{n} picture{'s' if n != 1 else ''}, all checks passed" + (f"; {lost} size{'s' if lost != 1 else ''} refused" if lost else ""),
    )
    if change is not None:
        kept = both(f"；{same} 张没有变化", f"; {same} unchanged") if same else both("", "")
        finding = both(f"{change.zh}：{finding.zh}{kept.zh}", f"{change.en[:1].upper()}{change.en[1:]}: {finding.en}{kept.en}")
    notes = [*failed, *drawn.scores.notes, *_photo_notes(workspace, request)]
    reply = request.reply_language
    content = f"{finding.pick(reply)}: {', '.join(dict.fromkeys(f'{m.width}x{m.height}' for m in media))}. " + " ".join(
        note.pick(reply) for note in notes
    )
    archive = workspace.artefacts.put(picture_archive(workspace.artefacts, media, reply), "zip", set=made.id, version=made.version)
    product = drawn.product
    return ToolResult(
        content=content[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="images",
            title=both(f"{product.called('zh')}的广告图", f"Pictures for {product.called('en')}"),
            data={
                "items": [m.model_dump(mode="json") for m in media],
                "behaviour": "warn" if drawn.findings else "do",
                "findings": [f.model_dump(mode="json") for f in drawn.findings],
                "notes": [w.model_dump() for w in notes],
                "set": made.id,
                "version": made.version,
                "archive": archive,
                "photo": request.photo,
                "best": drawn.scores.best.model_dump() if drawn.scores.best else None,
            },
            files=[m.id for m in media],
            source=["catalogue" if product.id else "request", "compositor", *(["upload"] if request.photo else [])],
            seed=request.seed,
        ),
    )


def _photo_notes(workspace: Workspace, request: GenerateImage) -> list[Words]:
    if not request.photo:
        return []
    from .uploads import cut_photo, whole_photo

    if cut_photo(workspace.artefacts, request.photo) is not None:
        return []
    if whole_photo(workspace.artefacts, request.photo) is None:
        return [
            both(
                "照片里的商品抠不干净，照片又太小，没有用在图上，图上是示意插画；在照片上框出商品就能用。",
                "The product could not be cut out and the photo is too small to be shown whole, so the pictures show a drawing; mark the product on the photo to use it.",
            )
        ]
    return [
        both(
            "照片里的商品抠不干净，所以整张照片放在文字旁边；在照片上框出商品，就能单独抠出来用。",
            "The product could not be cut out of the photo, so the whole photo stands beside the words; mark the product on it to use it alone.",
        )
    ]
