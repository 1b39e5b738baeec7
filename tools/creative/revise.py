"""`revise_images`: change what was named in the set of pictures in force, draw again only what that changes, or go back.

A picture keeps its layout, its words and its seed unless the change is about them; pictures that come out the same are the
same files. Every change is a new version of the set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.look import Picks, PriceSize, Shape
from ...data.result import SILENT, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product
from .audience_style import AudienceStyle, already, audience_style, style_words
from .changes import told_change
from .marked import box_of
from .picking import dropped, still_without
from .picture_set import PictureSet, keep_set, stored_set
from .request import Drawn, GenerateImage, draw, set_result

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Fields that are taken over as they are said.
TAKEN = (
    "product",
    "style",
    "tone",
    "offer",
    "headline",
    "price",
    "logo",
    "shapes",
    "sizes",
    "channels",
    "occasion",
    "variants",
    "photo",
    "scene",
    "ground",
)


class ReviseImages(Document):
    """What to change in the pictures in force; only what the user named. `undo` goes back to the version before."""

    set_id: str | None = Field(default=None, description="The set in force; filled in by the conversation.")
    set_version: int | None = Field(default=None, description="The version in force; filled in by the conversation.")
    undo: bool = Field(default=False, description="Go back to the version before.")
    product: str | None = Field(default=None, max_length=200, description="Another product, in the user's words.")
    style: str | None = Field(default=None, description="Look such as ink, film, pop, pastel, neon, warm, cool, fresh; or a layout.")
    tone: str | None = Field(default=None, description="Tone of words and colours.")
    offer: str | None = Field(default=None, max_length=60, description="Offer in the user's words.")
    headline: str | None = Field(default=None, max_length=300, description="Headline, word for word.")
    price: PriceSize | None = Field(default=None, description="Size of the price, or none.")
    logo: bool | None = Field(default=None, description="False leaves the brand's name or logo out.")
    shapes: list[Shape] | None = Field(default=None, description="Only pictures of these shapes.")
    sizes: list[str] | None = Field(default=None, max_length=24, description="Sizes instead of those before.")
    add_sizes: list[str] | None = Field(default=None, max_length=24, description="Sizes beside those before.")
    channels: list[str] | None = Field(default=None, max_length=8, description="Channels instead of those before.")
    languages: list[str] | None = Field(default=None, max_length=2, description="Languages instead of those before.")
    add_languages: list[str] | None = Field(default=None, max_length=2, description="Languages beside those before.")
    occasion: str | None = Field(default=None, description="Holiday or event.")
    variants: int | None = Field(default=None, ge=1, le=6, description="How many looks of every picture.")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    scene: str | None = Field(default=None, description="Ground painted here: studio, window, podium, arch, hills, sun, waves, night.")
    ground: str | None = Field(default=None, description="A finished ground; filled in by paint_scene.")
    taste: bool = Field(default=False, description="The style that suits the audience, where the user asks for their taste.")
    drop: Picks | None = Field(default=None, description="Single pictures to leave out.")
    keep: Picks | None = Field(default=None, description="Single pictures to keep; all others are left out.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")


def revise_images(workspace: Workspace, request: ReviseImages, progress: Progress = SILENT) -> ToolResult:
    """Draw the set in force again with a change, or return the version before.

    Raises `AdwrightError`: ``no-pictures``, ``nothing-to-undo``, ``nothing-to-change``, and as `generate_image` does; the set
    in force stays as it was then.
    """
    before = stored_set(workspace, request.set_id, request.set_version)
    if request.undo:
        return _undone(workspace, before, request.reply_language)
    marked = bool(request.photo) and box_of(workspace.artefacts, str(request.photo)) is not None
    chosen = taste_of(workspace, before, request) if request.taste else None
    if chosen is not None:
        request = request.model_copy(update={"style": chosen.style})
    asked, change = changed(before, request, marked, chosen)
    kept = {(m.channel, m.language, m.variant, m.width, m.height): m.layout for m in before.media}
    same_looks = asked.variants == len(before.seeds)
    drawn = draw(workspace, asked, seeds=before.seeds if same_looks else None, kept=kept, progress=progress)
    made = keep_set(
        workspace,
        PictureSet(
            id=before.id,
            parent=before.version,
            change=change,
            request=asked.model_dump(mode="json"),
            media=drawn.media,
            seeds=drawn.seeds,
        ),
    )
    old = {m.id for m in before.media}
    if chosen is not None:
        drawn.scores.notes = [chosen.why, *drawn.scores.notes]
    return set_result(workspace, asked, drawn, made, change, sum(m.id in old for m in drawn.media))


def taste_of(workspace: Workspace, before: PictureSet, request: ReviseImages) -> AudienceStyle:
    """Return the style to the taste of those who buy the product of a set. Raises ``no-taste``, and ``nothing-to-change`` when it is on."""
    product = find_product(workspace, request.product or before.request["product"])
    chosen = audience_style(
        workspace,
        product,
        tone=request.tone or before.request.get("tone"),
        occasion=request.occasion or before.request.get("occasion"),
        seed=int(before.request.get("seed") or 0),
    )
    if chosen.style == knowledge.style_named(before.request.get("style")):
        raise already(chosen)
    return chosen


def _undone(workspace: Workspace, now: PictureSet, reply: Language) -> ToolResult:
    if now.parent is None:
        raise AdwrightError(
            both("这是第一版，没有可以撤销的修改。", "This is the first version; there is nothing to undo."),
            both("可以直接说要改什么。", "Say what to change instead."),
            code="nothing-to-undo",
        )
    before = stored_set(workspace, now.id, now.parent)
    asked = GenerateImage.model_validate({**before.request, "reply_language": reply})
    drawn = Drawn(find_product(workspace, asked.product), before.media, [], [], before.seeds)
    back = both("已撤销，回到上一版", "Undone, back to the version before")
    return set_result(workspace, asked, drawn, before, back)


def changed(
    before: PictureSet, request: ReviseImages, marked: bool = False, chosen: AudienceStyle | None = None
) -> tuple[GenerateImage, Words]:
    """Return the request of the new version and the change in words; `marked`: its photo was cut out by hand, `chosen`: its style is
    that of the audience.

    Raises `AdwrightError` (``nothing-to-change``).
    """
    wishes: dict[str, Any] = {name: value for name in TAKEN if (value := getattr(request, name)) is not None}
    if wishes.get("photo") == before.request.get("photo"):
        wishes.pop("photo", None)
    if wishes.get("scene"):
        # A ground painted here takes the place of a finished one.
        wishes["ground"] = None
    said = dict(wishes)
    if request.add_sizes:
        # Where every channel has sizes of its own, one more goes beside them; it does not give each channel the others' sizes.
        name = "sizes" if before.request["sizes"] else "more_sizes"
        wishes[name] = list(dict.fromkeys([*before.request.get(name, []), *request.add_sizes]))
        said["add_sizes"] = request.add_sizes
    elif request.sizes:
        wishes["more_sizes"] = []
    if request.add_languages:
        known = list(dict.fromkeys(item.language for item in before.media))
        wishes["languages"], wishes["language"] = list(dict.fromkeys([*known, *request.add_languages]))[:2], None
        said["add_languages"] = request.add_languages
        if not before.request.get("channel") and not before.request.get("channels"):
            wishes.setdefault("channels", list(dict.fromkeys(item.channel for item in before.media)))
    if request.languages:
        said["languages"] = request.languages
        wishes["languages"], wishes["language"] = request.languages, None
    if "channels" in wishes:
        wishes["channel"] = None
    again = still_without(before.request.get("without", []), request.sizes or request.add_sizes or [], request.channels or [])
    picked = None
    if request.drop is not None or request.keep is not None:
        out, picked = dropped(before.media, request.drop, request.keep)
        again = [*again, *(place for place in out if place not in again)]
    if marked and "photo" in said:
        said["photo"] = "marked"
    if chosen is not None:
        said.pop("style")
    told = [words for name, value in said.items() if (words := told_change(name, value)) is not None]
    told = [words for words in (picked, style_words(chosen) if chosen else None) if words is not None] + told
    if not told:
        raise AdwrightError(
            both("没有说要改什么。", "Nothing to change was named."),
            both("例如：换成水墨风，价格大一点。", "For example: make it warmer, bigger price."),
            code="nothing-to-change",
        )
    if not any(before.request.get(name) or wishes.get(name) for name in ("channel", "channels", "language", "languages")):
        # The channel was that of the language the set was asked for in; an edit in another language is no other market.
        wishes["channels"] = list(dict.fromkeys(item.channel for item in before.media))
    asked = GenerateImage.model_validate({**before.request, **wishes, "without": again, "reply_language": request.reply_language})
    return asked, both("，".join(w.zh for w in told), ", ".join(w.en for w in told))
