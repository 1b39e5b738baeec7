"""A box drawn by hand around a product: the card above the composer with the photo, the box, the cut-out it makes, and "use it".

Drawing, grips and arrow keys are `marking.js`; cutting is `tools.creative.marked`. Every try is cut on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.errors import AdwrightError
from ..data.words import Language
from .gallery import FileUrl
from .markup import esc, icon
from .texts import say

if TYPE_CHECKING:
    from ..data.workspace import Workspace

ACTS = ("mark", "mark-try", "mark-no")
_GRIPS = ("nw", "ne", "sw", "se", "move")
_FIELDS = ("left", "top", "width", "height")


def button(photo: str, language: Language, wrong: bool = False) -> str:
    """Return the way to the card, for a photo; `wrong` asks whether the cut-out in pictures is not right."""
    if not photo:
        return ""
    text = say("mark-wrong" if wrong else "mark-open", language)
    return f'<p class="aw-markopen"><button type="button" class="aw-small" data-act="mark" data-value="{esc(photo)}">{icon("box", 14)}{esc(text)}</button></p>'


def given(workspace: Workspace, thread: str, value: str) -> str:
    """Lay the photo of a card ready in its thread and return the box drawn on it. Raises `AdwrightError` (``unknown-artefact``)."""
    from ..agent.shelf import hold_photo

    photo, _, box = value.partition("|")
    hold_photo(workspace, thread, photo)
    return box


def card(workspace: Workspace, act: str, value: str, language: Language, url: FileUrl) -> str:
    """Return the card for a photo (``mark``: its id) or for a box tried on it (``mark-try``: ``id|x,y,width,height``); "" to close it."""
    if act == "mark-no":
        return ""
    from ..tools.creative.marked import box_of, cut_marked, found_box, original_of, read_box
    from ..tools.creative.uploads import opened

    photo, _, said = value.partition("|")
    cut = why = ""
    try:
        original = original_of(workspace.artefacts, photo)
        size = opened(workspace.artefacts, original).size
        if act == "mark-try":
            corners = read_box(said, size)
            try:
                cut = cut_marked(workspace.artefacts, original, said)
            except AdwrightError as poor:
                why = f"{poor.message.pick(language)} {say('mark-again', language)}"
        else:
            corners = box_of(workspace.artefacts, photo) or found_box(workspace.artefacts, original) or _middle(size)
    except AdwrightError as error:
        from .chat import error_card, failed

        return error_card(failed(error), language)
    left, top, right, bottom = corners
    box = (left, top, right - left, bottom - top)
    return (
        f'<section class="aw-incoming aw-crop" role="region" aria-label="{esc(say("mark-open", language))}" data-photo="{esc(original)}">'
        f'<h3>{esc(say("mark-open", language))}</h3><p class="aw-dim">{esc(say("mark-how", language))}</p>'
        f'<div class="aw-markbody">{_stage(url(original), size, box, language)}<div class="aw-markside">{_result(cut, why, language, url)}'
        f"{_fields(size, box, language)}</div></div>{_buttons(original, box, bool(cut), language)}</section>"
    )


def _middle(size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    return round(width * 0.15), round(height * 0.15), round(width * 0.85), round(height * 0.85)


def _stage(source: str, size: tuple[int, int], box: tuple[int, int, int, int], language: Language) -> str:
    at = ";".join(f"{name}:{100 * box[i] / size[i % 2]:.3f}%" for i, name in enumerate(_FIELDS))
    grips = "".join(f'<i data-grip="{grip}"></i>' for grip in _GRIPS)
    return (
        f'<div class="aw-stage" data-width="{size[0]}" data-height="{size[1]}"><img src="{esc(source)}" alt="{esc(say("mark-photo", language))}" draggable="false">'
        f'<div class="aw-markbox" tabindex="0" role="group" aria-label="{esc(say("mark-keys", language))}" style="{at}">{grips}</div></div>'
    )


def _result(cut: str, why: str, language: Language, url: FileUrl) -> str:
    """The cut-out on a checkerboard, or why there is none."""
    if cut:
        inner = f'<img src="{esc(url(cut))}" alt="{esc(say("mark-cut", language))}">'
    else:
        inner = f'<p class="{"aw-bad" if why else "aw-dim"}">{esc(why or say("mark-none", language))}</p>'
    return f'<div class="aw-cutout{" aw-empty" if not cut else ""}" role="status">{inner}</div>'


def _fields(size: tuple[int, int], box: tuple[int, int, int, int], language: Language) -> str:
    rows = "".join(
        f'<label>{esc(say(f"mark-{name}", language))}<input type="number" inputmode="numeric" data-mark="{name}" min="{0 if i < 2 else 16}" '
        f'max="{size[i % 2]}" value="{box[i]}"></label>'
        for i, name in enumerate(_FIELDS)
    )
    return f'<div class="aw-markfields" role="group" aria-label="{esc(say("mark-fields", language))}">{rows}</div>'


def _buttons(photo: str, box: tuple[int, int, int, int], cut: bool, language: Language) -> str:
    value = esc(f"{photo}|{','.join(map(str, box))}")
    return (
        f'<div class="aw-buttons"><button type="button" class="aw-big aw-primary" data-act="mark-use" data-value="{value}"{"" if cut else " disabled"}>{esc(say("mark-use", language))}</button>'
        f'<button type="button" class="aw-big" data-act="mark-try" data-value="{value}">{esc(say("mark-try", language))}</button>'
        f'<button type="button" class="aw-big" data-act="mark-no">{esc(say("cancel", language))}</button></div>'
    )
