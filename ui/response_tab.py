"""The tab of the response models as HTML: scores, predicted beside observed rates, lift, drivers, data, versions.

Charts are inline SVG whose colours are the tokens of the page, so both themes draw themselves. Every number was stored when the version
was trained (tools/response/report); nothing is computed here but where to draw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from ..data.words import Language
from ..tools.response.naming import named as feature_name
from .markup import card, esc, icon
from .texts import MODEL

if TYPE_CHECKING:
    from ..tools.response.registry import VersionInfo
    from ..tools.response.standing import Standing

# Drawing area of a chart in its own units; it is scaled to the card.
WIDE, HIGH, LEFT, RIGHT, TOP, FOOT = 320, 236, 40, 12, 24, 46
# Lift is told at this share of impressions.
TOLD_AT = 0.2
DRIVERS = 8
# Mean prediction / observed rate within these bounds is told as even.
EVEN = (0.97, 1.03)
# Under this many campaigns a coverage is told with a warning.
ENOUGH = 20


def tell(key: str, language: Language, **values: object) -> str:
    """Return one of the tab's sentences."""
    return MODEL[key].pick(language).format(**values)


def response_tab(found: Standing | None, language: Language, used: str = "", zone: tzinfo | None = None) -> str:
    """Return the tab; `used` is the version that the plan in force was made with, `zone` the shop's for times."""
    if found is None:
        return (
            f'<div class="aw-stack"><section class="aw-card aw-nomodel">{icon("shield", 20)}<h3>{esc(tell("none", language))}</h3>'
            f"<p>{esc(tell('none-why', language))}</p></section></div>"
        )
    curves = found.scores.get("ctr_curves") or {}
    charts = (
        f'<div class="aw-two">{_reliability(curves.get("bins") or [], found.scores.get("ctr", {}), language)}'
        f"{_lift(curves.get('lift') or [], language)}</div>"
    )
    hint = (
        f'<div class="aw-notice" role="status">{icon("warn", 15)}<span>{esc(found.hint.pick(language))}</span></div>' if found.hint else ""
    )
    below = f'<div class="aw-two">{_drivers(found.scores.get("ctr_drivers") or [], language)}{_data(found, language)}</div>'
    return (
        f'<div class="aw-stack">{hint}{_tiles(found, language, used, zone)}{charts}{below}{_versions(found.versions, language, zone)}</div>'
    )


def _tiles(found: Standing, language: Language, used: str, zone: tzinfo | None) -> str:
    ctr = found.scores.get("ctr", {})
    note = tell("this-plan" if used == found.version else "other-plan", language, version=used[:8]) if used else ""
    cells = (
        (tell("version", language), found.version[:8], note or day(found.trained_at, zone)),
        (tell("trained-rows", language), f"{found.rows:,}", tell("clicks-n", language, n=f"{found.clicks:,}")),
        ("AUC", _number(ctr.get("auc"), 3), tell("auc-note", language)),
        (
            tell("bias", language),
            _number(ctr.get("bias"), 2),
            _range((found.scores.get("ctr_intervals") or {}).get("bias"), 2, language) or tell("bias-note", language),
        ),
    )
    return f'<div class="aw-tiles">{"".join(_tile(*cell) for cell in cells)}</div>'


def _tile(name: str, value: str, note: str) -> str:
    return f'<section class="aw-card aw-tile"><h3>{esc(name)}</h3><div class="aw-value">{esc(value)}</div><p class="aw-tilenote">{esc(note)}</p></section>'


def _reliability(bins: Sequence[dict[str, Any]], scores: dict[str, Any], language: Language) -> str:
    title, note = tell("reliability", language), tell("reliability-note", language)
    if not bins or "ece" not in scores:
        return card(title, f'<p class="aw-dim">{esc(tell("no-curve", language))}</p>')
    top = _ceiling(max(max(b["high"], b["predicted"]) for b in bins))
    marks = ""
    for b in bins:
        x, y, low, high = _x(b["predicted"] / top), _y(b["observed"] / top), _y(b["low"] / top), _y(b["high"] / top)
        told = tell(
            "bin", language, predicted=_percent(b["predicted"]), observed=_percent(b["observed"]), low=_percent(b["low"]), high=_percent(b["high"]), n=f"{b['n']:,}"
        )  # fmt: skip
        marks += (
            f'<g class="aw-bin"><title>{esc(told)}</title><path class="aw-whisker" d="M{x:.1f} {low:.1f}V{high:.1f}M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/></g>'
        )
    even = EVEN[0] <= scores["bias"] <= EVEN[1]
    word = "even" if even else "over" if scores["bias"] > 1 else "under"
    told = tell(word, language, by=f"{abs(scores['bias'] - 1) * 100:.1f}%", ece=f"{scores['ece'] * 100:.2f}")
    ticks = [top * k / 4 for k in range(5)]
    drawn = _axes(ticks, ticks, top, top, tell("predicted", language), tell("observed", language))
    diagonal = f'<path class="aw-ideal" d="M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"/>'
    label = _ideal(tell("ideal", language))
    return card(title, _svg(f"{title}: {told}", drawn + diagonal + label + marks) + f'<p class="aw-under aw-left">{esc(told)}</p>', note)


def _lift(points: Sequence[dict[str, float]], language: Language) -> str:
    title, note = tell("lift", language), tell("lift-note", language)
    if not points:
        return card(title, f'<p class="aw-dim">{esc(tell("no-curve", language))}</p>')
    path = f"M{_x(0):.1f} {_y(0):.1f}" + "".join(f"L{_x(p['rows']):.1f} {_y(p['found']):.1f}" for p in points)
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    drawn = _axes(ticks, ticks, 1, 1, tell("shown", language), tell("clicks-found", language))
    diagonal = f'<path class="aw-ideal" d="M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"/>'
    area = f'<path class="aw-area" d="{path}L{_x(1):.1f} {_y(1):.1f}L{_x(0):.1f} {_y(0):.1f}Z"/>'
    here = min(points, key=lambda p: abs(p["rows"] - TOLD_AT))
    told = tell("lift-at", language, rows=f"{here['rows']:.0%}", found=f"{here['found']:.0%}", times=f"{here['found'] / here['rows']:.1f}")
    x, y = _x(here["rows"]), _y(here["found"])
    spot = (
        f'<g class="aw-bin"><path class="aw-drop-line" d="M{x:.1f} {y:.1f}V{_y(0):.1f}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text class="aw-spot" x="{x - 8:.1f}" y="{y - 8:.1f}" text-anchor="end">{here["found"]:.0%}</text></g>'
    )
    label = _ideal(tell("chance", language))
    body = _svg(f"{title}: {told}", drawn + area + diagonal + f'<path class="aw-curve" d="{path}"/>' + label + spot)
    return card(title, body + f'<p class="aw-under aw-left">{esc(told)}</p>', note)


def _drivers(drivers: Sequence[dict[str, Any]], language: Language) -> str:
    title, note = tell("drivers", language), tell("drivers-note", language)
    if not drivers:
        return card(title, f'<p class="aw-dim">{esc(tell("no-curve", language))}</p>')
    shown = drivers[:DRIVERS]
    top = max(d["effect"] for d in shown) or 1.0
    rows = "".join(
        f'<div class="aw-driver"><span>{esc(_capital(feature_name(d["key"]).pick(language)))}</span>'
        f'<span class="aw-track" aria-hidden="true"><i style="width:{d["effect"] / top * 100:.1f}%"></i></span><b>±{d["effect"] * 100:.1f}%</b></div>'
        for d in shown
    )
    return card(title, f'<div class="aw-drivers">{rows}</div><p class="aw-under aw-left">{esc(tell("caution", language))}</p>', note)


def _data(found: Standing, language: Language) -> str:
    both_models = []
    for rate in ("ctr", "cvr"):
        scores, spans = found.scores.get(rate) or {}, found.scores.get(f"{rate}_intervals") or {}
        cells = "".join(
            f'<td class="aw-num" title="{esc(_range(spans.get(key), places, language))}">{esc(_number(scores.get(key), places))}</td>'
            for key, places in (("auc", 3), ("gauc", 3), ("logloss", 4), ("ece", 4), ("bias", 2))
        )
        both_models.append(f'<tr><th scope="row">{esc(tell(rate, language))}</th>{cells}</tr>')
    heads = "".join(
        f'<th scope="col" class="aw-num">{name}</th>' for name in ("AUC", "gAUC", "Logloss", "ECE", esc(tell("bias-short", language)))
    )
    table = f'<div class="aw-scroll"><table class="aw-table"><thead><tr><th></th>{heads}</tr></thead><tbody>{"".join(both_models)}</tbody></table></div>'
    facts = (
        tell("data-rows", language, rows=f"{found.rows:,}", clicks=f"{found.clicks:,}", conversions=f"{found.conversions:,}"),
        tell("data-split", language),
        tell("data-pictures" if found.pictures else "data-no-pictures", language),
        tell("data-newer", language, n=f"{found.newer:,}") if found.newer else tell("data-fresh", language),
    )
    spread = found.scores.get("ctr_coverage") or {}
    if spread.get("campaigns"):
        n = int(spread["campaigns"])
        told = tell("coverage" if n >= ENOUGH else "coverage-few", language, n=n, share=f"{spread['covered']:.0%}")
        facts = (*facts[:2], told, *facts[2:])
    listed = "".join(f"<li><span>{esc(fact)}</span></li>" for fact in facts)
    return card(tell("data", language), f'{table}<ul class="aw-notes aw-plain">{listed}</ul>', tell("unseen", language))


def _versions(versions: Sequence[VersionInfo], language: Language, zone: tzinfo | None) -> str:
    if not versions:
        return ""
    rows = "".join(_version(item, language, zone) for item in versions)
    names = (("version", ""), ("trained-at", ""), ("kind", ""), ("trained-rows", "aw-num"))
    heads = "".join(f'<th scope="col" class="{kind}">{esc(tell(key, language))}</th>' for key, kind in names)
    heads += (
        "".join(f'<th scope="col" class="aw-num">{name}</th>' for name in ("AUC", "ECE", esc(tell("bias-short", language)))) + "<th></th>"
    )
    table = f'<div class="aw-scroll"><table class="aw-table aw-versions"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return card(tell("versions", language), table, tell("versions-note", language))


def _version(item: VersionInfo, language: Language, zone: tzinfo | None) -> str:
    scores = item.metrics.get("ctr") or {}
    if item.damaged:
        state = f'<span class="aw-bad">{icon("warn", 14)}{esc(tell("damaged", language))}</span>'
    elif item.promoted:
        state = f'<span class="aw-good">{icon("check", 14)}{esc(tell("in-force", language))}</span>'
    else:
        state = ""
    numbers = "".join(
        f'<td class="aw-num">{esc(_number(scores.get(key), places))}</td>' for key, places in (("auc", 3), ("ece", 4), ("bias", 2))
    )
    return (
        f'<tr><th scope="row" class="aw-short">{esc(item.version[:8])}</th><td class="aw-short">{esc(day(item.trained_at, zone))}</td><td class="aw-short">{esc(item.kind)}</td>'
        f'<td class="aw-num">{item.rows:,}</td>{numbers}<td class="aw-short">{state}</td></tr>'
    )


def day(at: str, zone: tzinfo | None) -> str:
    """Return an ISO time as day and minute in a zone (a time without one is UTC), or a dash."""
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return "–"
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(value: Any, places: int) -> str:
    return f"{value:.{places}f}" if isinstance(value, int | float) else "–"


def _range(span: list[float] | None, places: int, language: Language) -> str:
    """A 95 % interval in words; empty when there is none."""
    return tell("interval", language, low=_number(span[0], places), high=_number(span[1], places)) if span else ""


def _percent(value: float) -> str:
    return f"{value * 100:.2f}%"


def _ceiling(value: float) -> float:
    """The next round number above a rate, a multiple of four steps: 0.0371 -> 0.04."""
    step = 10.0**-6
    while True:
        for factor in (1, 2, 4, 6, 8):
            if value <= step * factor:
                return step * factor
        step *= 10


def _x(share: float) -> float:
    return LEFT + share * (WIDE - LEFT - RIGHT)


def _y(share: float) -> float:
    return HIGH - FOOT - share * (HIGH - FOOT - TOP)


def _axes(across: Sequence[float], up: Sequence[float], right: float, top: float, x_name: str, y_name: str) -> str:
    """Grid, ticks as percentages and the names of both axes."""
    places = 0 if max(across[1], up[1]) >= 0.01 and all(abs(t * 100 - round(t * 100)) < 1e-9 for t in (*across, *up)) else 1
    if places and any(abs(t * 1000 - round(t * 1000)) > 1e-9 for t in (*across, *up)):
        places = 2
    drawn = "".join(
        f'<path class="aw-gridline" d="M{_x(0):.1f} {_y(t / top):.1f}H{_x(1):.1f}"/>'
        f'<text class="aw-tick" x="{LEFT - 8}" y="{_y(t / top) + 4:.1f}" text-anchor="end">{t * 100:.{places}f}%</text>'
        for t in up
    )
    drawn += "".join(
        f'<text class="aw-tick" x="{_x(t / right):.1f}" y="{HIGH - FOOT + 18}" text-anchor="middle">{t * 100:.{places}f}%</text>'
        for t in across
    )
    return (
        f'{drawn}<text class="aw-axisname" x="{(_x(0) + _x(1)) / 2:.1f}" y="{HIGH - 6}" text-anchor="middle">{esc(x_name)}</text>'
        f'<text class="aw-axisname" x="0" y="11" text-anchor="start">{esc(y_name)}</text>'
    )


def _ideal(name: str) -> str:
    """The key of the dotted line, in the corner that no point of a useful model reaches."""
    x, y = _x(1), _y(0) - 9
    return f'<text class="aw-axisname aw-key-ideal" x="{x:.1f}" y="{y:.1f}" text-anchor="end">┄ {esc(name)}</text>'


def _svg(label: str, inner: str) -> str:
    return f'<svg class="aw-plot" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{esc(label)}">{inner}</svg>'
