"""The what-if tab: sliders over the plan in force, and what its own forecast says under them; an edit makes it the plan.

The sliders stay as they are while the figures beside them are drawn anew, so that a hand is never interrupted; the page sends the
newest position at most every 120 ms and one at a time, those in between are left out. Nothing is computed here (`tools/plan/what_if`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from ..data.errors import AdwrightError
from ..data.figure import Figure
from ..data.money import SIGNS, Money
from ..data.plan import CampaignPlan
from ..data.words import Language
from . import canvas, chat
from .markup import card, esc, period
from .texts import say

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from ..tools.plan.what_if import Setting, Tried, WhatIf

# Sliders: name, least and most as a share of the plan's own value (margin: in points around it), step; all in percent.
SLIDERS = (("total", 20, 300, 5), ("order_value", 50, 200, 1), ("margin", -25, 25, 1), ("cpc", 50, 200, 5), ("cvr", 50, 200, 5))
UNMOVED = {name: "0" if name == "margin" else "100" for name, *_ in SLIDERS}
DECIDED = ("total", "order_value", "margin")
WHOLE = Decimal(1)

# The page's own slider events. One position is under way at a time; the newest follows when its answer is there (Gradio's own
# `always_last` would send the first position again). The outcome names the positions it answers, so an answer that was lost on
# the way, or that came late, is asked for again.
SCRIPT = """
let waiting = null, last = 0, busy = 0, again = null, watched = null;
const state = () => Object.fromEntries([...element.querySelectorAll("input[type=range]")].map((i) => [i.name, i.value]));
const show = () => {
  element.querySelectorAll("input[type=range]").forEach((i) => {
    const base = Number(i.dataset.base), sign = i.dataset.sign || "", at = Number(i.value);
    const value = i.name === "margin" ? base + at : base * at / 100;
    const text = i.name === "margin" ? value.toFixed(1).replace(/[.]0$/, "") + "%" : sign ? sign + Math.round(value).toLocaleString("en-US") : (at > 100 ? "+" : "") + (at - 100) + "%";
    i.closest("label").querySelector("output").textContent = text;
    i.setAttribute("aria-valuetext", text);
  });
  const moved = state(), apply = element.querySelector("[data-act=what-if]"), reset = element.querySelector("[data-do=reset]");
  const decided = ["total", "order_value"].some((n) => moved[n] !== "100") || moved.margin !== "0";
  if (apply) { Object.assign(apply.dataset, moved); apply.disabled = !decided; }
  if (reset) reset.disabled = !decided && moved.cpc === "100" && moved.cvr === "100";
};
const box = () => document.querySelector("#aw-whatif-outcome");
const answered = () => {
  const given = JSON.parse(box().querySelector("[data-moved]")?.dataset.moved || "null");
  return !given || Object.entries(state()).every(([name, at]) => given[name] === at);
};
const send = () => {
  waiting = null;
  follow();
  busy = last = performance.now();
  clearTimeout(again);
  again = setTimeout(() => { busy = 0; if (!answered()) soon(); }, 4000);
  trigger("input", { act: "try", ...state() });
};
const soon = () => { if (waiting === null && !busy) waiting = setTimeout(send, Math.max(0, 120 - (performance.now() - last))); };
const follow = () => {
  if (box() === watched) return;
  watched = box();
  let seen = null;
  new MutationObserver(() => {
    const drawn = watched.querySelector("[data-moved], .aw-error");
    if (drawn === seen) return;
    seen = drawn;
    busy = 0;
    clearTimeout(again);
    if (!answered()) soon();
  }).observe(watched, { childList: true, subtree: true });
};
// A hand that comes near has the plan's lines read, so that the first move is as quick as the others.
element.addEventListener("pointerover", soon, { once: true });
element.addEventListener("input", (e) => { if (e.target.type === "range") { e.stopPropagation(); show(); soon(); } });
element.addEventListener("click", (e) => {
  const act = e.target.closest("[data-act=what-if]");
  if (act && !act.disabled) { e.preventDefault(); trigger("click", { ...act.dataset }); }
  if (e.target.closest("[data-do=reset]")) { element.querySelectorAll("input[type=range]").forEach((i) => { i.value = i.name === "margin" ? 0 : 100; }); show(); soon(); }
});
"""


class WhatIfTab:
    """Two parts of the page: the sliders and the outcome."""

    def __init__(self, workspace: Workspace, html: Callable[..., gr.HTML]) -> None:
        self.workspace = workspace
        self._ready = lru_cache(maxsize=4)(self._read)
        with gr.Row(elem_id="aw-whatif-row"):
            self.sliders = html("whatif", script=SCRIPT)
            self.outcome = html("whatif-outcome")

    @property
    def parts(self) -> list[gr.HTML]:
        """Both parts, for the list of all that a page paints."""
        return [self.sliders, self.outcome]

    def wire(self, where: list[Any], act: Callable[..., Any], turn: dict[str, Any]) -> None:
        """Moves change the outcome alone; the button goes the way of every edit."""
        self.sliders.input(
            self._move,
            where,
            self.outcome,
            show_progress="hidden",
            api_visibility="private",
            trigger_mode="multiple",
            concurrency_limit=2,
        )
        self.sliders.click(act, where, **turn)

    def paint(self, plan: CampaignPlan | None, language: Language) -> dict[Any, str]:
        """Draw the sliders at the plan's own values; the outcome is then the plan's forecast."""
        if plan is None:
            return {self.sliders: "", self.outcome: ""}
        return {self.sliders: sliders(plan, language), self.outcome: outcome(plan, None, language)}

    def _read(self, plan_id: str, version: int, state: str) -> WhatIf:
        from ..tools.plan.what_if import WhatIf

        return WhatIf(self.workspace, self.workspace.records.plan(plan_id, version))

    def _move(self, thread: str, language: Language, event: gr.EventData) -> str | dict[str, Any]:
        plan = self.workspace.records.current(thread)
        if plan is None:
            return gr.skip()
        try:
            ready = self._ready(plan.id, plan.version, self.workspace.fingerprint("results"))
            return outcome(plan, ready.at(setting_of(plan, event._data)), language, event._data)
        except AdwrightError as error:
            return chat.error_card(chat.failed(error), language)


def setting_of(plan: CampaignPlan, moved: Mapping[str, Any]) -> Setting:
    """Return the setting that slider positions stand for; a slider in its middle is the plan's own value, exactly.

    A position outside its slider is moved to its end.
    """
    from ..tools.plan.what_if import Setting

    at = {name: _position(moved.get(name), name, low, high) for name, low, high, _ in SLIDERS}
    own = Setting.of(plan)
    return Setting(
        total=_scaled(own.total, at["total"]),
        order_value=_scaled(own.order_value, at["order_value"]),
        margin=min(max(own.margin + at["margin"] / 100, Decimal("0.01")), Decimal(1)),
        cpc=at["cpc"] / 100,
        cvr=at["cvr"] / 100,
    )


def _position(given: Any, name: str, low: int, high: int) -> Decimal:
    middle = Decimal(0 if name == "margin" else 100)
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        return middle
    return min(max(found, Decimal(low)), Decimal(high)) if found.is_finite() else middle


def _scaled(money: Money, percent: Decimal) -> Money:
    if percent == 100:
        return money
    moved = money * (percent / 100)
    return Money.of(moved.amount.quantize(WHOLE), money.currency) if moved.amount >= 100 else moved


def sliders(plan: CampaignPlan, language: Language) -> str:
    """Return the five sliders with their values, the button that makes the edit, and what it leaves out."""
    from ..tools.plan.what_if import Setting

    own = Setting.of(plan)
    base = {"total": own.total.amount, "order_value": own.order_value.amount, "margin": own.margin * 100, "cpc": WHOLE, "cvr": WHOLE}
    sign = SIGNS.get(plan.total.currency, f"{plan.total.currency} ")
    rows = ""
    for name, low, high, step in SLIDERS:
        middle = 100
        if name == "margin":
            middle = 0
            low, high = max(low, 1 - int(own.margin * 100)), min(high, 100 - int(own.margin * 100) - (own.margin * 100 % 1 > 0))
        money = name in ("total", "order_value")
        text = f"{sign}{base[name]:,.0f}" if money else f"{base[name]:.1f}%".replace(".0%", "%") if name == "margin" else "0%"
        rows += (
            f'<label class="aw-slider"><span>{esc(say(f"what-{name}", language))}</span><output>{esc(text)}</output>'
            f'<input type="range" name="{name}" min="{low}" max="{high}" step="{step}" value="{middle}" data-base="{base[name]:f}" '
            f'data-sign="{esc(sign) if money else ""}" aria-valuetext="{esc(text)}"></label>'
        )
        if name == DECIDED[-1]:
            rows += f'<p class="aw-under aw-left">{esc(say("what-market", language))}</p>'
    buttons = (
        f'<div class="aw-whatacts"><button type="button" class="aw-small aw-primary" data-act="what-if" disabled>{esc(say("what-apply", language))}</button>'
        f'<button type="button" class="aw-link" data-do="reset" disabled>{esc(say("what-reset", language))}</button></div>'
    )
    return card(say("what-title", language), f'<div class="aw-sliders">{rows}</div>{buttons}', "", "aw-whatif")


def outcome(plan: CampaignPlan, tried: Tried | None, language: Language, moved: Mapping[str, Any] = UNMOVED) -> str:
    """Return the figures under the sliders' setting with their difference from the plan; before any move, the plan's own.

    ``moved``: the positions as the page sent them; they come back with the figures, so that the page knows which it sees.
    """
    forecast = tried.forecast if tried else plan.forecast
    tiles = "".join(
        canvas.tile(say(f"what-{name}", language), getattr(forecast, name), language, _against(tried, name, language))
        for name in ("orders", "revenue", "contribution", "p_profit")
    )
    notes = []
    if tried:
        notes.append(say("what-better", language, share=tried.p_better.text(language)))
        notes += [note.pick(language) for note in tried.notes]
    if forecast.so_far is not None:
        notes.append(say("what-so-far", language, day=period(plan.brief.start.value, forecast.so_far.until, language)))
    notes.append(say("what-how", language))
    told = "".join(f"<li><span>{esc(note)}</span></li>" for note in notes)
    at = esc(tried.setting.model_dump_json()) if tried else ""
    positions = esc(json.dumps({name: str(moved.get(name)) for name in UNMOVED}))
    return f'<div class="aw-tiles aw-whattiles" aria-live="polite" data-at="{at}" data-moved="{positions}">{tiles}</div><ul class="aw-notes aw-plain aw-whatnotes">{told}</ul>'


def _against(tried: Tried | None, name: str, language: Language) -> str:
    """``+58 against the plan``; empty before a move."""
    if tried is None:
        return ""
    moved: Figure = tried.change[name]
    sign = "+" if moved.value > 0 else ""
    text = f"{sign}{moved.value * 100:.1f}" if name == "p_profit" else f"{sign}{moved.text(language)}"
    key = "what-points" if name == "p_profit" else "what-against"
    return say(key, language, n=text) if moved.value else say("what-same", language)


def words(plan: CampaignPlan, setting: Setting, language: Language) -> str:
    """Return what the edit changes, for the bubble while it is worked on."""
    own = type(setting).of(plan)
    parts = [
        f"{say(f'what-{name}', language)} → {f'{value:.1%}'.replace('.0%', '%') if name == 'margin' else value.text(short=True)}"
        for name in DECIDED
        if (value := getattr(setting, name)) != getattr(own, name)
    ]
    return say("what-said", language, what=("，" if language == "zh" else ", ").join(parts))
