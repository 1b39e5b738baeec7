"""Looks of a picture set, weighed by the shop's own model: which to keep, and what CTR each picture may expect and why.

A score is a predicted CTR with its P10-P90 from `response`, calibrated there; without a model of the shop's own, or where it
reads neither pictures nor words, there is no score and the reason is said. Never a number from 1 to 100.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...data.brief import Product
from ...data.errors import AdwrightError
from ...data.look import Look
from ...data.plan import Creative, Media
from ...data.words import Words, both
from ..response.features import Context, product_names
from ..response.pictures import picture_numbers
from ..response.why import CAUTION, NO_MODEL, NO_PICTURES, drivers, sees_pictures, worth_telling
from .compositor import compose
from .image import design_of

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from ..response.response import Response
    from .request import GenerateImage

# Looks tried for each one kept, and the short side they are tried at.
TRIED = 2
TRIAL_SIDE = 480
_Place = tuple[str, str, int, int, int]


@dataclass
class Scores:
    """The pictures with their predicted rates, what has to be said beside them, and the best look in words."""

    media: list[Media] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)
    best: Words | None = None


def context_of(product: Product, creative: Creative, picture: dict[str, float] | None, headline: str | None = None) -> Context:
    """Return one possible impression of a picture: its channel, product, words and measured pixels."""
    names = product_names(product.brand, (product.name_zh, product.noun_zh), (product.name_en, product.noun_en))
    return Context(
        channel=creative.channel,
        category=product.category if product.category != "other" else None,
        product_id=product.id,
        headline=headline or (creative.copy_fields[0].text if creative.copy_fields else None),
        language=creative.language,
        product_names=names or None,
        picture=picture,
    )


def choose_looks(
    workspace: Workspace,
    response: Response,
    product: Product,
    creatives: Sequence[Creative],
    size: tuple[int, int],
    request: GenerateImage,
    look: Look,
) -> list[int]:
    """Return the seeds of the looks to make: the best predicted that differ in layout or palette, where a model can tell."""
    plain = [request.seed + i for i in range(request.variants)]
    if request.variants == 1 or not sees_pictures(response):
        return plain
    scale = TRIAL_SIDE / min(size)
    small = round(size[0] * scale), round(size[1] * scale)
    tried: list[tuple[float, int, tuple[str, str]]] = []
    for i in range(request.variants * TRIED):
        creative = creatives[i % len(creatives)]
        design = design_of(product, creative, tone=request.tone, occasion=request.occasion, look=look, artefacts=workspace.artefacts)
        try:
            banner = compose(design, small, seed=request.seed + i)
        except AdwrightError:
            continue
        rate = response.predict([context_of(product, creative, picture_numbers(banner.content), design.headline)])[0].ctr
        tried.append((rate, request.seed + i, (banner.layout, banner.palette)))
    tried.sort(key=lambda one: (-one[0], one[1]))
    kept = _apart(tried, request.variants)
    return [*kept, *(seed for seed in plain if seed not in kept)][: request.variants]


def _apart(tried: list[tuple[float, int, tuple[str, str]]], n: int) -> list[int]:
    """The best ones, those first that share neither layout nor palette with one taken before."""
    kept: list[tuple[float, int, tuple[str, str]]] = []
    for alike in (0, 1, 2):
        for one in tried:
            if len(kept) < n and one not in kept and all(sum(a == b for a, b in zip(one[2], k[2], strict=True)) <= alike for k in kept):
                kept.append(one)
    return [seed for _, seed, _ in kept]


def score_pictures(
    workspace: Workspace, response: Response, product: Product, media: list[Media], creatives: Mapping[_Place, Creative]
) -> Scores:
    """Return the pictures with the CTR predicted for each, where the shop's model stands behind it."""
    from ..response.predict import rate_figure

    if response.model is None:
        return Scores(media, [NO_MODEL] if len({m.variant for m in media}) > 1 else [])
    pictured = sees_pictures(response)
    own = [creatives[(m.channel, m.language, m.variant, m.width, m.height)] for m in media]
    numbers = [picture_numbers(workspace.artefacts.path(m.id)) if pictured else None for m in media]
    contexts = [context_of(product, creative, measured) for creative, measured in zip(own, numbers, strict=True)]
    scored = [
        m.model_copy(update={"ctr": rate_figure(found, "ctr")}) if found.source == "model" else m
        for m, found in zip(media, response.predict(contexts), strict=True)
    ]
    if not any(m.ctr for m in scored):
        return Scores(media, [NO_MODEL])
    scored = _explained(scored, contexts, response)
    several = len({m.variant for m in media}) > 1
    return Scores(scored, [CAUTION if pictured else NO_PICTURES] if several else [], _best(scored))


def _explained(media: list[Media], contexts: list[Context], response: Response) -> list[Media]:
    """The best look of each place told apart from the least: what the model sees in it that the other has not."""
    told = list(media)
    places: dict[tuple[str, str, int, int], list[int]] = {}
    for i, m in enumerate(media):
        if m.ctr is not None:
            places.setdefault((m.channel, m.language, m.width, m.height), []).append(i)
    for own in places.values():
        rates = {i: float(ctr.value) for i in own if (ctr := media[i].ctr) is not None}
        best, least = max(rates, key=lambda i: rates[i]), min(rates, key=lambda i: rates[i])
        if rates[best] > rates[least]:
            found = worth_telling(drivers(response, contexts[best], contexts[least], "ctr"), 3)
            told[best] = told[best].model_copy(update={"drivers": [driver.words for driver in found]})
    return told


def _best(media: list[Media]) -> Words | None:
    """Which look is predicted best, over its pictures; None for one look, or where the ranges say nothing."""
    rates: dict[int, list[float]] = {}
    for m in media:
        if m.ctr is not None:
            rates.setdefault(m.variant, []).append(float(m.ctr.value))
    if len(rates) < 2:
        return None
    means = {variant: sum(values) / len(values) for variant, values in rates.items()}
    first, *_, last = sorted(means, key=lambda variant: -means[variant])
    by = means[first] / means[last] - 1
    if by < 0.005:
        return both("模型看不出这几版有明显差别。", "The model sees no noticeable difference between the looks.")
    return both(
        f"第 {first} 版预测点击率最高，比第 {last} 版高 {by:.1%}。",
        f"Look {first} has the highest predicted CTR, {by:.1%} above look {last}.",
    )
