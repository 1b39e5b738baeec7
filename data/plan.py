"""The campaign plan: a typed, versioned document that can be edited, compared, undone, re-run and exported.

The plan holds results, not methods: the tools fill it, faces show it. `to_json` and `from_json` are exact inverses.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from .brief import Brief, Document
from .figure import Figure, Source
from .money import ExactDecimal, Money, total
from .portrait import Lifecycle, Portrait
from .words import Words

Author = Literal["grammar", "past", "model"]


class Persona(Document):
    """A segment in a merchant's words. Every claim comes from the segment's `Portrait`, nothing is invented.

    What to say, where, what to offer, what not to do, the next action (`todo`: in a few words) and the metric to watch;
    absent where nothing was measured.
    """

    summary: Words
    message: Words
    offer: Words
    avoid: Words
    channel: Words | None = None
    action: Words | None = None
    metric: Words | None = None
    todo: Words | None = None


class Bar(Document):
    """One trait of a segment: its percentile within the shop (0..100), the shop's median is 50."""

    name: Words
    percentile: int
    value: str
    median: str


class Segment(Document):
    """A group of customers found by clustering or taken from the brief.

    `share` and `revenue_share` are 0..1 of users and of revenue; `source` is ``assumed`` when there were no events. Of the
    segment's earlier buyers: `p_repeat_90d` the share who buy again, `clv_90d` what each brings, `churn` the share gone silent.
    """

    id: str
    name: Words
    size: int
    share: Figure
    revenue_share: Figure | None = None
    p_repeat_90d: Figure | None = None
    clv_90d: Figure | None = None
    churn: Figure | None = None
    persona: Persona
    portrait: Portrait | None = None
    bars: list[Bar] = []
    top_words: list[str] = []
    lift: ExactDecimal = Decimal(1)
    source: Source = "model"
    evidence: list[str] = []


class CopyField(Document):
    """One text of an advertisement, measured in the channel's own unit (`limit` None: no known limit).

    `author` is who wrote it where that is another than who wrote the creative.
    """

    field: str
    text: str
    used: int
    limit: int | None = None
    ok: bool = True
    author: Author | None = Field(default=None, exclude_if=lambda value: value is None)


class Finding(Document):
    """One remark of the policy check on a text.

    `start` is where `span` begins; `fix` may stand in its place (None: rewrite it as `advice` says); `evidence` names what
    would allow the claim (empty: nothing does).
    """

    rule: str
    span: str
    severity: Literal["error", "warning"]
    reason: Words
    fix: str | None = None
    source: str = ""
    start: int = 0
    article: str = ""
    advice: Words | None = None
    evidence: str = ""


class Media(Document):
    """A picture or film in the artefact store. `width` x `height` in pixels, `seconds` for film.

    `poster` is the picture a film shows before it plays; `variant` counts the looks of a set from 1; `ctr` is the rate predicted for the picture where a model reads pictures, `drivers` why.
    """

    id: str
    kind: Literal["image", "video"]
    channel: str
    width: int
    height: int
    alt: Words
    seconds: float | None = None
    checks: list[Check] = []
    how: Words
    language: str = ""
    variant: int = 1
    layout: str = ""
    poster: str = ""
    ctr: Figure | None = None
    drivers: list[Words] = []


class Creative(Document):
    """One advertisement idea for one channel: copy in a language, pictures, policy report.

    `author` is who wrote the words: our grammar, sentences of the shop's own past ads (`cites` names them), or a model.
    """

    id: str
    channel: str
    language: str
    variant: int
    copy_fields: list[CopyField]
    media: list[Media] = []
    findings: list[Finding] = []
    facts_used: list[str] = []
    cites: list[str] = []
    author: Author = "grammar"
    ctr: Figure | None = None


class Delivery(Document):
    """How a line runs since `since`, where results have changed that: its daily budget on the platform, and each creative's share.

    `weights` sum to 1 over the line's creatives (a creative that is left out is off); `paused` lines spend nothing.
    """

    since: date
    daily: Money
    weights: dict[str, ExactDecimal] = {}
    paused: bool = False


class CurvePoint(Document):
    """A line at another budget, all else as in the plan: orders and contribution as P10, P50, P90, and the marginal ROAS there."""

    budget: Money
    orders: tuple[ExactDecimal, ExactDecimal, ExactDecimal]
    contribution: tuple[ExactDecimal, ExactDecimal, ExactDecimal]
    mroas: ExactDecimal


class Line(Document):
    """One media line: a placement of a channel for one segment, with its budget and expected results."""

    id: str
    channel: str
    placement: str
    name: Words
    segment: str
    creatives: list[str]
    budget: Money
    locked: bool = False
    bid: Money
    bid_kind: Literal["cpc", "cpm", "ocpm"]
    start: date
    end: date
    ctr: Figure
    cvr: Figure
    cpc: Figure
    impressions: Figure
    clicks: Figure
    orders: Figure
    revenue: Figure
    cpa: Figure
    roas: Figure
    source: Source
    delivery: Delivery | None = None
    curve: list[CurvePoint] = []


class Day(Document):
    """One day of the forecast: cumulative orders P10, P25, P50, P75, P90, the day's budget, and the festival priced in."""

    day: date
    budget: Money
    event: Words | None = None
    orders: tuple[ExactDecimal, ExactDecimal, ExactDecimal, ExactDecimal, ExactDecimal]


class SoFar(Document):
    """What a running plan has brought up to `until`, counted; `*_to_come` is what its forecast adds for the `days_left`.

    `revenue` is net of the returns to expect, as in the forecast.
    """

    until: date
    days_left: int
    spend: Money
    impressions: Figure
    clicks: Figure
    orders: Figure
    revenue: Figure
    orders_to_come: Figure
    revenue_to_come: Figure


class Forecast(Document):
    """Expected result of the whole plan. `p_profit` is the probability that contribution is above zero.

    Of a plan that runs, the figures are what has come in (`so_far`) plus the forecast of the days left.
    """

    impressions: Figure
    clicks: Figure
    orders: Figure
    revenue: Figure
    contribution: Figure
    roas: Figure
    roi: Figure
    cpa: Figure
    p_profit: Figure
    break_even_roas: Figure
    days: list[Day]
    drivers: list[Words] = []
    coverage: Figure | None = None
    method: Words
    so_far: SoFar | None = None


class Certificate(Document):
    """Proof of the budget split: equal marginals, bounds, gap to the optimum, against a reference split."""

    marginal_spread: ExactDecimal
    active_bounds: list[Words]
    gap: ExactDecimal
    reference: Words
    reference_split: list[Money]
    gain_orders: Figure
    notes: list[Words] = []


class Evidence(Document):
    """Where figures come from: a past campaign, a model version, the shop's orders, a published rate, the brief.

    A ``lesson`` is no figure's source: it is what set the shop's better campaigns apart, for the merchant to weigh.
    """

    id: str
    kind: Literal["campaign", "lesson", "model", "orders", "events", "benchmark", "brief", "assumption"]
    title: Words
    detail: Words
    facts: dict[str, str] = {}


class Assumption(Document):
    """Something the merchant did not say; `field` is the patchable field behind the Change link, `source` what filled the gap."""

    text: Words
    field: str | None = None
    source: Source = "assumed"


class Check(Document):
    """A rule the plan or a picture was held against."""

    id: str
    text: Words
    passed: bool


class CampaignPlan(Document):
    """A campaign plan that can be run. `id` names the plan over all versions; `version` counts from 1.

    Example:
        >>> CampaignPlan.from_json(plan.to_json()) == plan  # doctest: +SKIP
        True
    """

    id: str
    version: int = 1
    parent: int | None = None
    change: Words | None = None
    status: Literal["draft"] = "draft"
    title: Words
    shop: str
    demo: bool
    brief: Brief
    segments: list[Segment]
    lifecycle: Lifecycle | None = None
    lines: list[Line]
    creatives: list[Creative]
    forecast: Forecast
    certificate: Certificate
    evidence: list[Evidence]
    assumptions: list[Assumption]
    warnings: list[Words]
    checks: list[Check]
    models: dict[str, str] = {}

    @property
    def total(self) -> Money:
        """The sum of the lines' budgets."""
        return total([line.budget for line in self.lines], self.brief.budget.value.currency)

    def line(self, line_id: str) -> Line:
        """Return the line with this id; KeyError when there is none."""
        return {line.id: line for line in self.lines}[line_id]

    def to_json(self, indent: int | None = 1) -> str:
        """Serialise; decimals as strings, dates as ISO 8601."""
        return self.model_dump_json(indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> CampaignPlan:
        """Parse what `to_json` wrote; raises pydantic.ValidationError for anything else."""
        return cls.model_validate_json(text)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values, for artifacts."""
        return self.model_dump(mode="json")


Media.model_rebuild()
