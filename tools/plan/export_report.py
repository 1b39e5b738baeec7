"""The plan as one HTML file that needs nothing else: style, charts and pictures inside, no script, no request.

The layout is ``report.html.j2`` beside this file; here the plan's figures are put in the order the page shows them.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.figure import Figure
from ...data.money import Money, total
from ...data.plan import CampaignPlan, Media
from ...data.words import Language, Words, both
from ..budget.inputs import channel_name
from ..creative.authors import AUTHORS
from .export_charts import bars, fan
from .export_names import KINDS, SOURCES, field_name, goal_name

if TYPE_CHECKING:
    import jinja2

    from ...data.workspace import Workspace

MARKS = {"you": both("您", "Y"), "model": both("模", "M"), "past": both("史", "P"), "assumed": both("设", "A")}
# Larger pictures are shown re-encoded; the originals are in the archive of creatives.
INLINE_PICTURE, INLINE_VIDEO, SHOWN_WIDTH = 300_000, 2_000_000, 900


def report(workspace: Workspace, plan: CampaignPlan, language: Language) -> bytes:
    """Return the page as UTF-8. Raises `AdwrightError` (``unknown-artefact``) when a picture of the plan is gone."""
    f = plan.forecast
    first, last = (f"{d.year}-{d.month:02d}-{d.day:02d}" for d in (plan.brief.start.value, plan.brief.end))
    page = _template().render(
        plan=plan,
        language=language,
        t=lambda zh, en: zh if language == "zh" else en,
        pick=lambda words: words.pick(language),
        mark=lambda source: MARKS[source].pick(language),
        tag=lambda source: SOURCES[source].pick(language),
        kind=lambda name: KINDS[name].pick(language),
        author=lambda name: AUTHORS[name].pick(language),
        channel=lambda name: channel_name(name).pick(language),
        field=lambda name, field: field_name(name, field).pick(language),
        whole=lambda money: money.text(short=True),
        small=lambda value: _tiny(float(value)).pick(language),
        period=f"{first} – {last}",
        goal=goal_name(plan.brief.goal.value).pick(language),
        tiles=[_tile(name, figure, language) for name, figure in _headline(plan)],
        segments={s.id: s for s in plan.segments},
        fan=fan(f.days, _events(plan, language), _fan_label(plan).pick(language)),
        bars=bars(_rows(plan, language), both("各条线的预算与对照", "Budget of each line and the split compared with").pick(language)),
        gain=("+" if plan.certificate.gain_orders.value > 0 else "") + plan.certificate.gain_orders.text(),
        compared=len(plan.certificate.reference_split) == len(plan.lines),
        shown=lambda media: _inline(workspace, media),
        spent_on=lambda segment: audience_budget(plan, segment).text(short=True),
        counts=_counts(plan),
    )
    return page.encode()


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(files(__name__.rpartition(".")[0]).joinpath("report.html.j2").read_text("utf-8"))


def _headline(plan: CampaignPlan) -> list[tuple[Words, Figure]]:
    f = plan.forecast
    return [
        (both("预计成交", "Expected orders"), f.orders),
        (both("预计收入", "Expected revenue"), f.revenue),
        (both("ROAS", "ROAS"), f.roas),
        (both("单笔成交成本 CPA", "CPA, cost per order"), f.cpa),
    ]


def _tile(name: Words, figure: Figure, language: Language) -> dict[str, Any]:
    """Place P10, P50 and P90 on a track that runs from zero (or P10 below it) to a little beyond P90."""
    low, high = (figure.value if x is None else x for x in (figure.low, figure.high))
    start, end = min(0.0, float(low)), max(float(high), float(figure.value)) * 1.06
    span = (end - start) or 1.0
    at = [100 * (float(x) - start) / span for x in (low, figure.value, high)]
    return {
        "name": name.pick(language),
        "figure": figure,
        "low": Figure.of(low, figure.unit, figure.source).text(),
        "high": Figure.of(high, figure.unit, figure.source).text(),
        "ranged": figure.low is not None and figure.high is not None,
        "left": f"{at[0]:.2f}",
        "tick": f"{at[1]:.2f}",
        "width": f"{max(0.0, at[2] - at[0]):.2f}",
    }


def _rows(plan: CampaignPlan, language: Language) -> list[tuple[str, Money, Money | None]]:
    """The lines' budgets beside the reference; without it when a line of the split got nothing and left the plan."""
    reference: list[Money | None] = list(plan.certificate.reference_split)
    if len(reference) != len(plan.lines):
        reference = [None] * len(plan.lines)
    return [(line.name.pick(language), line.budget, other) for line, other in zip(plan.lines, reference, strict=True)]


def _events(plan: CampaignPlan, language: Language) -> list[tuple[Any, str]]:
    """Festivals inside the period that the forecast raises the click price for."""
    occasions = knowledge.occasions()
    found = knowledge.festivals(plan.brief.start.value, plan.brief.end)
    known = knowledge.channels()
    markets = {known[line.channel].region for line in plan.lines if line.channel in known}
    wanted = {place for market, place in (("cn", "CN"), ("world", "US")) if market in markets} | {"world"}
    return [
        (f.date, f.name.pick(language))
        for f in found
        if f.id in occasions and occasions[f.id].uplift > 1 and wanted & set(f.region.split("+"))
    ]


def _fan_label(plan: CampaignPlan) -> Words:
    o = plan.forecast.orders
    return both(
        f"累计成交预测，期末 P50 {o.text()}，P10 到 P90 {o.range_text()}",
        f"Orders to date, at the end P50 {o.text()}, P10 to P90 {o.range_text()}",
    )


def _tiny(share: float) -> Words:
    if share < 1e-6:
        return both("小于 0.0001%", "under 0.0001%")
    return both(f"{share:.4%}", f"{share:.4%}")


def _counts(plan: CampaignPlan) -> dict[str, int]:
    """Count the figures of lines and total by source; they add up to all figures shown."""
    names = ("ctr", "cvr", "cpc", "impressions", "clicks", "orders", "revenue", "cpa", "roas")
    shown = [getattr(line, name) for line in plan.lines for name in names]
    f = plan.forecast
    shown += [f.impressions, f.clicks, f.orders, f.revenue, f.contribution, f.roas, f.roi, f.cpa, f.p_profit, f.break_even_roas]
    return {source: sum(figure.source == source for figure in shown) for source in MARKS}


def _inline(workspace: Workspace, media: Media) -> str | None:
    """Return a data URI of a picture or film; None when a film is too large for a page."""
    content = workspace.artefacts.read(media.id)
    suffix = media.id.rsplit(".", 1)[-1].lower()
    if media.kind == "video":
        return _uri("video/mp4", content) if len(content) <= INLINE_VIDEO else None
    if len(content) > INLINE_PICTURE:
        return _uri("image/jpeg", _smaller(content))
    return _uri({"jpg": "image/jpeg"}.get(suffix, f"image/{suffix}"), content)


def _smaller(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        picture = image.convert("RGB")
        picture.thumbnail((SHOWN_WIDTH, SHOWN_WIDTH * 2))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        return buffer.getvalue()


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def audience_budget(plan: CampaignPlan, segment: str) -> Money:
    """Return what the plan spends on one segment."""
    return total([line.budget for line in plan.lines if line.segment == segment], plan.brief.budget.value.currency)
