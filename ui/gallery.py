"""Pictures and films as a gallery: filter by size, looks side by side, each with its number, its checks, its predicted CTR and what
drives it. The number is the one by which a message points at a picture (第 2 张不要)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..data.plan import Media
from ..data.words import Language
from ..tools.creative.picking import in_order
from .markup import channel_name, esc, figure, icon
from .texts import say

FileUrl = Callable[[str], str]
# From so many pictures on, a filter helps.
FILTER_FROM = 4


def pictures(media: Sequence[Media], language: Language, url: FileUrl, archive: str = "") -> str:
    """Return a gallery; `archive` is the id of a ZIP with the same pictures, offered for download."""
    if not media:
        return ""
    sizes = list(dict.fromkeys(_size(item) for item in media if item.kind == "image"))
    groups: dict[tuple[str, str, str], list[Media]] = {}
    for item in media:
        groups.setdefault((item.channel, _size(item), item.language if item.kind == "image" else ""), []).append(item)
    # In the order of the groups, so that looks of one size are numbered side by side.
    numbers = {id(item): number for number, item in enumerate(in_order(media), 1)}
    if len(numbers) < 2 or not all(item.channel for item in media):
        # A photo beside its cut-out is no set to choose from.
        numbers = {}
    beside = any(len({item.variant for item in group}) > 1 for group in groups.values())
    if beside:
        inner = "".join(_looks(group, language, url, numbers) for group in groups.values())
    else:
        inner = f'<div class="aw-gallery">{"".join(picture(item, language, url, numbers.get(id(item))) for item in media)}</div>'
    bar = (_filter(sizes, len(media), language) if len(sizes) > 1 and len(media) >= FILTER_FROM else "") + _download(archive, language, url)
    return f'<div class="aw-set">{f"""<div class="aw-setbar">{bar}</div>""" if bar else ""}{inner}</div>'


def _size(item: Media) -> str:
    return f"{item.width}×{item.height}"


def _filter(sizes: Sequence[str], count: int, language: Language) -> str:
    chips = [
        f'<button type="button" class="aw-chip" data-do="size" data-size="" aria-pressed="true">{esc(say("all-sizes", language, n=count))}</button>'
    ]
    chips += [
        f'<button type="button" class="aw-chip" data-do="size" data-size="{esc(size)}" aria-pressed="false">{esc(size)}</button>'
        for size in sizes
    ]
    return f'<div class="aw-sizes" role="group" aria-label="{esc(say("filter-size", language))}">{"".join(chips)}</div>'


def _download(archive: str, language: Language, url: FileUrl) -> str:
    source = url(archive) if archive else ""
    if not source:
        return ""
    return f'<a class="aw-small aw-download" href="{esc(source)}" download="pictures.zip" data-kind="zip">{esc(say("download-zip", language))}</a>'


def _looks(group: Sequence[Media], language: Language, url: FileUrl, numbers: Mapping[int, int]) -> str:
    """The looks of one size side by side."""
    first = group[0]
    words = f" {say(f'in-{first.language}', language)}" if first.language in ("zh", "en") else ""
    title = f"{channel_name(first.channel, language)} {_size(first)}{words}"
    inner = "".join(picture(item, language, url, numbers.get(id(item))) for item in group)
    return f'<section class="aw-looks" data-size="{esc(_size(first))}"><h5>{esc(title)}</h5><div class="aw-gallery">{inner}</div></section>'


def picture(item: Media, language: Language, url: FileUrl, number: int | None = None) -> str:
    """Return one picture or film with its number in the set, its caption, its checks and its predicted rate."""
    alt, source = esc(item.alt.pick(language)), esc(url(item.id))
    if item.kind == "video":
        poster = f' poster="{esc(url(item.poster))}"' if item.poster else ""
        shown = f'<video controls preload="metadata" playsinline src="{source}"{poster} aria-label="{alt}"></video>'
        size = f"{item.seconds:g} s" if language == "en" else f"{item.seconds:g} 秒"
    else:
        shown = f'<a href="{source}" target="_blank" rel="noopener"><img src="{source}" alt="{alt}" loading="lazy"></a>'
        size = _size(item)
    name = f"{channel_name(item.channel, language)} {size}" if item.channel else item.how.pick(language)
    look = f' <span class="aw-dim">{esc(say("look-n", language, n=item.variant))}</span>' if item.variant > 1 else ""
    nth = f'<b class="aw-nth" aria-label="{esc(say("nth-picture", language, n=number))}">{number}</b> ' if number else ""
    return (
        f'<figure class="aw-pic" data-size="{esc(_size(item))}"><div class="aw-frame">{shown}</div>'
        f"<figcaption><span>{nth}{esc(name)}{look}</span>{_rate(item, language)}</figcaption>{_gate(item, language)}</figure>"
    )


def _rate(item: Media, language: Language) -> str:
    if item.ctr is None:
        return ""
    return f'<span class="aw-ctr">CTR {figure(item.ctr, language)} <span class="aw-dim">{esc(item.ctr.range_text(language))}</span></span>'


def _gate(item: Media, language: Language) -> str:
    """The report of the checks, folded; open where one failed."""
    if not item.checks:
        return ""
    bad = [check for check in item.checks if not check.passed]
    head = say("gate-bad", language, n=len(bad)) if bad else say("gate-good", language, n=len(item.checks))
    rows = "".join(
        f'<li class="{"aw-good" if check.passed else "aw-bad"}">{icon("check" if check.passed else "warn", 12)}<span>{esc(check.text.pick(language))}</span></li>'
        for check in item.checks
    )
    why = "".join(f"<li>{icon('plus', 12)}<span>{esc(words.pick(language))}</span></li>" for words in item.drivers)
    how = f'<p class="aw-dim">{esc(item.how.pick(language))}</p>'
    return (
        f'<details class="aw-gate"{" open" if bad else ""}><summary class="{"aw-bad" if bad else "aw-good"}">{icon("warn" if bad else "check", 12)}'
        f"<span>{esc(head)}</span></summary><ul>{why}{rows}</ul>{how}</details>"
    )
