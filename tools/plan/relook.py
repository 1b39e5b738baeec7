"""A change of how a plan's pictures look: style, offer, headline, price, logo, shapes, photo, background, single pictures. Words in `creative.changes`.

The offer is part of the brief: it is said in the copy as well. Not here: drawing (`creatives`), single pieces of copy (`rewrite`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...data import knowledge
from ...data.brief import Brief, Known
from ...data.errors import AdwrightError
from ...data.patch import SetLook
from ...data.plan import Media
from ...data.words import Words, both
from ..creative.audience_style import AudienceStyle, already, style_words
from ..creative.changes import told_change
from ..creative.picking import dropped
from ..creative.policy import allowed


def relooked(
    brief: Brief,
    patch: SetLook,
    photo: str | None = None,
    marked: bool = False,
    media: Sequence[Media] = (),
    chosen: AudienceStyle | None = None,
) -> tuple[Brief, Words]:
    """Return the brief with the wishes of `patch`, and the change in words; `photo` is the one in force, for a patch that asks for it,
    `marked` where it was cut out by hand, `media` the pictures that single ones are dropped from, `chosen` the style of the audience
    for a patch that asks for it.

    Raises `AdwrightError`: ``forbidden-claim`` for an offer or headline that advertising may not say, ``no-photo``, ``nothing-to-change``,
    and as `dropped` does.
    """
    wishes = {name: value for name, value in patch if name not in ("action", "drop", "keep", "taste") and value is not None}
    if patch.photo:
        if photo is None:
            raise AdwrightError(
                both("这个对话里还没有商品照片。", "There is no product photo in this conversation yet."),
                both("把照片拖进输入框再说一次。", "Drop one into the composer and ask again."),
                code="no-photo",
            )
        wishes["photo"] = photo
    for said in (patch.offer, patch.headline):
        if said and not allowed(said, None, brief.product.value.category):
            raise AdwrightError(
                both(f"“{said}”不能用在广告里。", f"“{said}” may not be used in an ad."),
                both("换一个可以证明的说法。", "Say what can be shown instead."),
                code="forbidden-claim",
            )
    if "style" in wishes:
        wishes["style"] = knowledge.style_named(patch.style)
    if "scene" in wishes:
        wishes["scene"] = knowledge.scene_named(patch.scene)
    said = {**wishes, "photo": "marked"} if marked and patch.photo else wishes
    told = [words for name, value in said.items() if value is not None and (words := told_change(name, value)) is not None]
    if patch.drop is not None or patch.keep is not None:
        out, picked = dropped(media, patch.drop, patch.keep)
        wishes["without"], told = list(dict.fromkeys([*brief.look.without, *out])), [picked, *told]
    if chosen is not None:
        if chosen.style == brief.look.style:
            raise already(chosen)
        told, wishes["style"] = [style_words(chosen), *told], chosen.style
    if not told:
        raise AdwrightError(
            both("没有说图片要改什么。", "Nothing to change in the pictures was named."),
            both("例如：换成水墨风，价格大一点。", "For example: make it warmer, bigger price."),
            code="nothing-to-change",
        )
    look = brief.look.changed(**wishes)
    if wishes.get("scene"):
        # A ground painted here takes the place of a finished one.
        look = look.model_copy(update={"ground": None})
    changes: dict[str, object] = {**dict(brief), "look": look}
    if patch.offer:
        changes["offer"] = Known[Words](value=knowledge.offer_words(patch.offer))
    return Brief.model_validate(changes), both("，".join(w.zh for w in told), ", ".join(w.en for w in told))
