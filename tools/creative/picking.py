"""Single pictures of a set, as the merchant points at them: in the order in which they are shown, dropped or kept.

What was dropped is remembered by its place - channel, language, look and size - so that later edits leave it out too. Undo, or asking
for its size again, brings it back. Not here: drawing (`request`), the words for pointing (`agent/planner/pick_asks`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.look import Picks, shape_of
from ...data.plan import Media
from ...data.words import Words, both

_SHAPES = {"tall": both("竖版", "upright"), "square": both("方形", "square"), "wide": both("横版", "wide")}
_EXTENTS = {"smallest": both("最小", "smallest"), "largest": both("最大", "largest")}
_LANGUAGES = {"zh": both("中文", "Chinese"), "en": both("英文", "English")}


def place_name(channel: str, language: str, variant: int, width: int, height: int) -> str:
    """Return what a picture is in its set, as it is remembered.

    Example:
        >>> place_name("douyin", "zh", 1, 1080, 1920)
        'douyin/zh/1/1080x1920'
    """
    return f"{channel}/{language}/{variant}/{width}x{height}"


def place_of(item: Media) -> str:
    """Return the place of a picture."""
    return place_name(item.channel, item.language, item.variant, item.width, item.height)


def in_order(media: Sequence[Media]) -> list[Media]:
    """Return the pictures of a set as they are shown and counted: each once, the looks of one size beside each other, no films."""
    groups: dict[tuple[str, str, int, int], dict[str, Media]] = {}
    for item in media:
        if item.kind == "image":
            groups.setdefault((item.channel, item.language, item.width, item.height), {}).setdefault(item.id, item)
    return [item for group in groups.values() for item in group.values()]


def dropped(media: Sequence[Media], drop: Picks | None, keep: Picks | None) -> tuple[list[str], Words]:
    """Return the places that a merchant's choice leaves out of `media`, and the choice in words.

    Raises `AdwrightError`: ``no-such-picture`` for a number or kind that the set does not have, ``nothing-left`` when none would stay.
    """
    shown = in_order(media)
    out: list[Media] = []
    told: list[Words] = []
    if drop is not None:
        out += _found(shown, drop)
        told.append(both(f"去掉{picks_words(drop, len(shown)).zh}", f"{picks_words(drop, len(shown)).en} dropped"))
    if keep is not None:
        kept = _found(shown, keep)
        out += [item for item in shown if item not in kept]
        told.append(both(f"只留{picks_words(keep, len(shown)).zh}", f"only {picks_words(keep, len(shown)).en} kept"))
    if all(item in out for item in shown):
        raise AdwrightError(
            both("这样一张图都不剩了，没有去掉。", "That would leave no picture at all; none was dropped."),
            both("至少留一张；不满意可以换风格或重新出图。", "Keep at least one, or ask for another style or new pictures."),
            code="nothing-left",
        )
    return list(dict.fromkeys(place_of(item) for item in out)), both("，".join(w.zh for w in told), ", ".join(w.en for w in told))


def _found(shown: Sequence[Media], picks: Picks) -> list[Media]:
    count = len(shown)
    numbers = {n if n > 0 else count + 1 + n for n in picks.numbers}
    beyond = sorted(n for n in numbers if not 1 <= n <= count)
    if beyond:
        raise AdwrightError(
            both(f"一共 {count} 张图，没有第 {beyond[0]} 张。", f"There are {count} pictures, and no number {beyond[0]}."),
            both("图下面标着编号。", "The numbers stand under the pictures."),
            code="no-such-picture",
        )
    channels = {knowledge.channel(channel).id for channel in picks.channels}
    sizes = {size.lower().replace("×", "x") for size in picks.sizes}
    found = [
        item
        for number, item in enumerate(shown, 1)
        if (not numbers or number in numbers)
        and (not picks.shapes or shape_of(item.width, item.height) in picks.shapes)
        and (not sizes or f"{item.width}x{item.height}" in sizes)
        and (not channels or item.channel in channels)
        and (not picks.languages or item.language in picks.languages)
    ]
    if picks.extents and found:
        areas = [item.width * item.height for item in found]
        ends = {min(areas) if extent == "smallest" else max(areas) for extent in picks.extents}
        found = [item for item, area in zip(found, areas, strict=True) if area in ends]
    if not found:
        words = picks_words(picks, count)
        raise AdwrightError(
            both(f"这套图里没有{words.zh}。", f"This set has no such pictures: {words.en}."),
            both(
                f"现在有：{'、'.join(dict.fromkeys(f'{item.width}×{item.height}' for item in shown))}。",
                f"It has {', '.join(dict.fromkeys(f'{item.width}×{item.height}' for item in shown))}.",
            ),
            code="no-such-picture",
        )
    return found


def picks_words(picks: Picks, count: int) -> Words:
    """Return a choice in words; `count` pictures are shown.

    Example:
        >>> picks_words(Picks(numbers=[2, -1]), 6).zh, picks_words(Picks(shapes=["wide"], channels=["douyin"]), 6).en
        ('第 2、6 张', 'the wide Douyin pictures')
    """
    numbers = sorted({n if n > 0 else count + 1 + n for n in picks.numbers})
    kinds = [
        *(knowledge.channel(channel).name for channel in picks.channels),
        *(_LANGUAGES.get(language, both(language, language)) for language in picks.languages),
        *(_SHAPES[shape] for shape in picks.shapes),
        *(both(size, size) for size in picks.sizes),
        *(_EXTENTS[extent] for extent in picks.extents),
    ]
    zh = [f"第 {'、'.join(map(str, numbers))} 张"] if numbers else []
    zh += [f"{'、'.join(kind.zh for kind in kinds)}的图"] if kinds else []
    some = f"picture{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
    order = [kind.en for kind in reversed(kinds)]
    en = some if numbers and not kinds else f"the {' '.join(order)} pictures" + (f" among {some}" if numbers else "")
    return both("里".join(reversed(zh)) if len(zh) > 1 else zh[0] if zh else "", en)


def still_without(without: Sequence[str], sizes: Sequence[str] = (), channels: Sequence[str] = ()) -> list[str]:
    """Return what stays dropped when a merchant asks for `sizes` or `channels` (again)."""
    wanted = {size.lower().replace("×", "x") for size in sizes}
    return [place for place in without if place.rpartition("/")[2] not in wanted and place.partition("/")[0] not in set(channels)]
