"""Asks for another background in words (换一个雪山的背景, "in front of a snowy mountain"), and for a picture on pure white.

Patterns are data (``[scene]`` in words.toml). A background that is painted here by name is a wish for pictures like any other; what
only an image model can paint is a tool of its own, which waits for a yes where it costs. Colours and styles are no scenes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ...data.knowledge import scene_named, scenes, styles_in
from ...data.words import both
from .asked import place
from .deciding import SURE, State
from .filling import Spans
from .intents import concepts
from .lexicon import expressions
from .look_asks import look_edit, wishes
from .pick_asks import picture_edit
from .reading import Understanding
from .scan import Scan, scan

_STOPS = " ，。,.;；!！?？"


@dataclass(frozen=True)
class SceneAsk:
    """A background asked for: the merchant's words for it ("": any other), the kind that is painted here (None: a model's), its
    place, and what else the message says."""

    said: str
    kind: str | None
    start: int
    end: int
    rest: str = ""


def scene_ask(s: Scan, at_hand: bool = False) -> SceneAsk | None:
    """Return the background a message asks for, or None; with pictures `at_hand` the bare words will do (beach background).

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> [ask and (ask.said, ask.kind) for t in ("给跑鞋换一个雪山的背景", "change the background to a studio", "背景换成红色")
        ...  for ask in [scene_ask(scan(t, date(2026, 11, 23)))]]
        [('雪山', None), ('studio', 'studio'), None]
    """
    if any(a.sure for a in s.amounts) or concepts()["plan"].search(s.masked()):
        return None
    if expressions("scene")["vague"].search(s.plain):
        return SceneAsk("", None, 0, 0)
    for name in ("to", "with", "before", *(["bare"] if at_hand else [])):
        m = expressions("scene")[name].search(s.plain)
        if not m:
            continue
        group = next(key for key, value in m.groupdict().items() if value)
        start, end = m.span(group)
        plain = s.plain[start:end].rstrip()
        end = start + len(plain)
        if (
            not plain
            or expressions("scene")["no_scene"].search(plain)
            or expressions("scene")["not"].search(s.plain)
            or any(h.start < end and start < h.end for h in s.places.hits)
        ):
            return None
        styled = styles_in(plain)
        if styled and scene_named(plain) is None and sum(b - a for a, b, _ in styled) * 2 > len(plain):
            return None
        rest = " ".join(part for part in (s.plain[: m.start()], s.plain[m.end() :]) if part.strip(_STOPS))
        return SceneAsk(s.text.words(start, end).strip(), scene_named(plain), start, end, rest.strip(_STOPS))
    return None


def coloured_ground(s: Scan) -> bool:
    """Whether a message asks for a ground of one colour (换成红色背景), which is no scene."""
    return expressions("scene")["coloured"].search(s.plain) is not None and not any(a.sure for a in s.amounts)


def white_ask(s: Scan) -> bool:
    """Whether a message asks for a picture of the product on pure white."""
    if s.sizes is not None or any(a.sure for a in s.amounts) or concepts()["plan"].search(s.masked()):
        return False
    return expressions("scene")["white"].search(s.plain) is not None and expressions("scene")["white_not"].search(s.plain) is None


def about_white(base: Understanding, s: Scan, state: State) -> tuple[Understanding, State]:
    """A picture on pure white: whatever is in force stays as it is."""
    base.confidence, base.tools, base.wants = SURE, ["generate_image"], ["generate_image"]
    base.extra["made_by"] = "white_picture"
    base.in_force = dict(state.slots)
    if s.places.ids:
        base.slots["channels"] = s.places.ids
        place(base, s, {"channels": [(h.start, h.end) for h in s.places.hits]})
    return base, State(state.slots, state.tools, False, [], state.turns + 1, pictured=state.pictured)


def of_those(s: Scan, asked: SceneAsk, state: State, today: date) -> bool:
    """Whether a background is meant for the pictures in force: the message names no channel and no other product."""
    named, held = _product(s, asked, today).casefold(), str(state.slots.get("product") or "").casefold()
    return bool(asked.said) and not s.places.ids and not (named and named not in held and held not in named)


def scene_edit(s: Scan, asked: SceneAsk, state: State, today: date) -> dict[str, Any] | None:
    """What a message with a background painted here changes of the pictures in force; None where it asks for others.

    Whatever else it says is a change of their look as well (价格大一点).
    """
    if asked.kind is None or not of_those(s, asked, state, today):
        return None
    other = _also(s, asked, today)
    return None if other is None else {**other, "scene": asked.kind}


def _rest(asked: SceneAsk, today: date) -> dict[str, Any]:
    """The other change of pictures that the rest of a message is; {} where it says something else."""
    rest = scan(asked.rest, today)
    return picture_edit(rest, today, True) or look_edit(rest) or {}


def _also(s: Scan, asked: SceneAsk, today: date) -> dict[str, Any] | None:
    """What else a message changes of pictures beside their background; None where it says something that is no such change."""
    if not asked.rest or _product(s, asked, today):
        return {}
    return _rest(asked, today) or None


def _product(s: Scan, asked: SceneAsk, today: date) -> str:
    """The product that a message names beside its background; "" for none, and where the rest is a change of pictures (bigger price)."""
    if asked.rest and _rest(asked, today):
        return ""
    for found in (s, scan(asked.rest, today)):
        if found.product is None or (found is s and found.product.start < asked.end and asked.start < found.product.end):
            continue
        said = found.text.words(found.product.start, found.product.end).strip()
        if not expressions("scene")["ground"].search(said.casefold()):
            return said
    return ""


def about_scene(
    base: Understanding, asked: SceneAsk, s: Scan, state: State, today: date, planned: bool = False
) -> tuple[Understanding, State]:
    """Another background for the pictures in force (`planned`: those of the plan), or for new ones of the product named or in force."""
    named = _product(s, asked, today)
    if named:
        base.slots["product"] = named
    if s.places.ids:
        base.slots["channels"] = s.places.ids
    at = s.plain.find(named.casefold())
    places: Spans = {"channels": [(h.start, h.end) for h in s.places.hits], "product": [(at, at + len(named))] if at >= 0 else []}
    place(base, s, {name: places[name] for name in ("product", "channels") if name in base.slots})
    base.confidence, base.tools, base.wants = SURE, ["generate_image"], ["generate_image"]
    if asked.kind is None:
        base.extra["made_by"] = "paint_scene"
    base.in_force = {**state.slots, **base.slots}
    if not asked.said:
        base.behaviour, base.tools, base.missing = "ask", ["none"], ["scene"]
        base.question = both("换成什么背景？", "Which background?")
        grounds = [scenes()[kind].name for kind in ("window", "podium", "hills")]
        base.options = [both(f"背景换成{name.zh}", f"Change the background to {name.en.lower()}") for name in grounds]
        return base, State(base.in_force, state.tools, False, [], state.turns + 1, pictured=state.pictured)
    base.extra |= {**(wishes(s) if asked.kind else {}), "scene": asked.kind or asked.said}
    also = _also(s, asked, today) if asked.kind is None else None
    if also:
        base.extra["look"] = also
    after = State(base.in_force, ["generate_image"], False, [], state.turns + 1)
    if planned and asked.kind is None and of_those(s, asked, state, today):
        base.extra["of_plan"] = True
        after = State(state.slots, state.tools, False, [], state.turns + 1)
    if base.in_force.get("product"):
        return base, after
    base.behaviour, base.tools, base.missing = "ask", ["none"], ["product"]
    base.question = both(
        f"给哪款商品换背景？请连商品一起说，例如“给跑鞋换一个{asked.said}的背景”。",
        f"Which product is the background for? Say both, for example “put the running shoes in front of {asked.said}”.",
    )
    return base, State(state.slots, state.tools, False, [], state.turns + 1)
