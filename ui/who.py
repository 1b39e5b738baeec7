"""Who should see a product and why, as HTML: the answer's figures, the groups with their reasons, the reach curve.

Shows the ``targeting`` part of the last `segment_users` result of a conversation, whose groups are known by name; nothing is
computed here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..agent.events import Turn
from ..data.figure import Figure
from ..data.plan import CampaignPlan, Segment
from ..data.words import Language
from .markup import card, esc, mark, pick
from .texts import say

SHOWN = 4


def targeting_of(turns: Sequence[Turn]) -> dict[str, Any] | None:
    """Return what the last question about customers found for a product; None when it named none, or was never asked."""
    for turn in reversed(turns):
        for call in reversed(turn.calls):
            if call.tool == "segment_users" and call.ok and call.artifact is not None:
                return call.artifact.data.get("targeting")
    return None


def groups_of(turns: Sequence[Turn], plan: CampaignPlan | None) -> list[Segment]:
    """Return the segments that the conversation knows by name: the plan's, then those last listed in it."""
    found = list(plan.segments) if plan is not None else []
    for turn in turns:
        for call in turn.calls:
            if call.tool == "segment_users" and call.ok and call.artifact is not None:
                found += [Segment.model_validate(item) for item in call.artifact.data.get("items") or []]
    return found


def who_card(told: dict[str, Any] | None, language: Language) -> str:
    """Return the block for the audience tab; empty where nothing was asked."""
    if not told:
        return ""
    title = say("who", language, product=pick(told["product"], language))
    curve = f"<h4>{esc(say('who-curve', language))}</h4>{chart(told)}" if told.get("plotly") else ""
    body = (
        f'{lead(told, language)}{_groups(told, language)}<div class="aw-two aw-whotwo"><div>{curve}</div>{_left_out(told, language)}</div>'
    )
    return card(title, body, say("who-days", language, n=told["horizon"]), "aw-who")


def chart(data: dict[str, Any]) -> str:
    """Return the place of a Plotly figure, which the page's script draws; empty without one."""
    figure = data.get("plotly")
    return f'<div class="aw-chart" data-figure="{esc(json.dumps(figure))}"></div>' if figure else ""


def _level(told: dict[str, Any]) -> str:
    # Where nobody has bought the product yet, the counts are of something wider.
    return "product" if told.get("exact") else str(told["modelled"])


def lead(told: dict[str, Any], language: Language) -> str:
    """Return how many to reach and how many of them are expected to buy, in a sentence."""
    cut = told["cut"]
    buyers = Figure.model_validate(cut["buyers"])
    lead = say(
        "who-lead", language, reach=f"{cut['reach']:,}", eligible=f"{told['eligible']:,}", of=say(f"of-{_level(told)}", language),
        buyers=buyers.ranged_text(language), found=f"{cut['found']:.0%}", lift=f"{cut['lift']:.1f}",
    )  # fmt: skip
    return f'<p class="aw-wholead">{esc(lead)}{mark(buyers.source, language)}</p>'


def _groups(told: dict[str, Any], language: Language) -> str:
    heads = "".join(
        f'<th scope="col" class="{kind}">{esc(say(key, language))}</th>'
        for key, kind in (
            ("col-audience", ""),
            ("col-size", "aw-num"),
            (f"who-buyers-{_level(told)}", "aw-num"),
            ("who-lift", "aw-num"),
            ("who-why", ""),
        )
    )
    rows = [_group(row, language) for row in told["segments"]]
    table = '<div class="aw-scroll"><table class="aw-table aw-tight aw-whotable">{}</table></div>'
    first = table.format(f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows[:SHOWN])}</tbody>")
    if len(rows) <= SHOWN:
        return first
    more = table.format(f"<tbody>{''.join(rows[SHOWN:])}</tbody>")
    summary = esc(say("more-groups", language, n=len(rows) - SHOWN))
    return f'{first}<details class="aw-more"><summary class="aw-link">{summary}</summary>{more}</details>'


def _group(row: dict[str, Any], language: Language) -> str:
    buyers = Figure.model_validate(row["buyers"])
    why = ("；" if language == "zh" else "; ").join(pick(reason, language) for reason in row["reasons"])
    range_ = f' <span class="aw-dim">({esc(buyers.range_text(language))})</span>' if buyers.value else ""
    return (
        f'<tr><th scope="row">{esc(pick(row["name"], language))}</th><td class="aw-num">{row["size"]:,}</td>'
        f'<td class="aw-num"><b>{esc(buyers.text(language) if range_ else buyers.ranged_text(language).strip())}</b>{range_}</td>'
        f'<td class="aw-num">×{row["lift"]:.2f}</td><td><span class="aw-dim">{esc(why)}</span></td></tr>'
    )


def _left_out(told: dict[str, Any], language: Language) -> str:
    rows = [say("who-out-n", language, n=f"{row['n']:,}", reason=pick(row["reason"], language)) for row in told["exclude"]]
    notes = [pick(told["cut"]["why"], language), *(pick(note, language) for note in told["notes"])]
    out = "".join(f"<li><span>{esc(text)}</span></li>" for text in rows)
    listed = f'<h4>{esc(say("who-out", language))}</h4><ul class="aw-notes aw-plain">{out}</ul>' if rows else ""
    return f"<div>{listed}{''.join(f'<p class=aw-dim>{esc(text)}</p>' for text in notes)}</div>"
