"""The expected CTR of drafts, each with its interval: by the shop's click model from the words, else one rate for the channel.

Only a model tells two drafts of one channel apart; where there is none, or it never saw the channel, that is said. Nothing is trained
here: a first plan, or ``adwright train``, does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...data.brief import Product
from ...data.errors import AdwrightError
from ...data.plan import Creative
from ...data.words import Words, both
from ..response.features import Context, product_names
from ..response.predict import rate_figure
from ..response.response import Response

if TYPE_CHECKING:
    from ...data.workspace import Workspace


def expect(workspace: Workspace, product: Product, creatives: Sequence[Creative]) -> tuple[list[Creative], list[Words]]:
    """Return the creatives with `ctr` set, and in words where the rates come from.

    Example:
        >>> expect(shop, find_product(shop, "跑鞋"), drafts)[0][0].ctr.range_text()  # doctest: +SKIP
        '1.8%–2.4%'
    """
    try:
        response = Response.load(workspace)
    except AdwrightError as damaged:
        return list(creatives), [damaged.message]
    names = product_names(product.brand, (product.name_zh, product.noun_zh), (product.name_en, product.noun_en))
    contexts = [
        Context(
            channel=item.channel,
            category=product.category if product.category != "other" else None,
            product_id=product.id,
            headline=item.copy_fields[0].text if item.copy_fields else None,
            language=item.language,
            product_names=names or None,
        )
        for item in creatives
    ]
    found = response.predict(contexts)
    rated = [item.model_copy(update={"ctr": rate_figure(one, "ctr")}) for item, one in zip(creatives, found, strict=True)]
    sources = {one.source for one in found}
    alike = len(rated) > 1 and len({f.value for item in rated if (f := item.ctr)}) == 1
    return rated, [_basis(sources, alike)]


def _basis(sources: set[str], alike: bool) -> Words:
    if sources == {"model"} and alike:
        return both(
            "预计点击率来自本店的点击模型；它看标题，这几条的标题对它来说没有差别。",
            "The expected CTR is by the shop's click model, which reads headlines; to it these do not differ.",
        )
    if sources == {"model"}:
        return both(
            "预计点击率由本店的点击模型按各条标题的文字给出，区间为 P10–P90。",
            "The expected CTR is by the shop's click model, from each headline's words; ranges are P10–P90.",
        )
    rest = both("，同一渠道各条相同；要按文字区分，需要先训练点击模型（说“训练点击模型”）。", ", the same for every draft of the channel; to tell them apart by their words a click model has to be trained (say “train the click model”).")  # fmt: skip
    if "past" in sources:
        return both(f"预计点击率来自你自己的历史投放{rest.zh}", f"The expected CTR is that of your own past campaigns{rest.en}")
    return both(f"预计点击率是公开资料的粗略起点{rest.zh}", f"The expected CTR is a rough public starting point{rest.en}")
