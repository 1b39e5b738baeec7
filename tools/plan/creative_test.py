"""`creative_test`: which two creatives of a plan to test first, on which line, for how long, and when to stop.

A test takes the line with the most impressions and two creatives whose words differ most among those predicted to do well. How long
follows from the CTR, the impressions a day and the relative difference that should be seen; it is sized for the always-valid test
(`budget.sequential`), so that results may be looked at every day. Units are impressions: one person sees several, so that the true
error is a little larger. Not here: reading a test's results (`budget.effects`), shares by results (`budget.bandit`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..budget.effects import Effect
from ..budget.experiments import WEEK, days_needed, users_for_rates
from ..budget.sequential import sequential_test
from .in_force import plan_in_force

if TYPE_CHECKING:
    from ...data.plan import CampaignPlan, Creative, Line
    from ...data.workspace import Workspace

LIFT, POWER, ALPHA = 0.1, 0.8, 0.05
# z of the power: the difference has to be seen in four tests of five.
Z_POWER = 0.8416
# A creative predicted below this share of the best one's CTR is not worth a test.
GOOD = 0.8
MOST = 10**10
# One ad with more than twice the clicks of the other is no finding that a test is made for.
MOST_SEEN = 1.0


class CreativeTest(Document):
    """What to test. Pass only what the user said."""

    channel: str | None = Field(default=None, description="Channel id or name, if the user named one")
    lift: float = Field(
        default=LIFT, gt=0, le=3, description="Relative difference of CTR to be seen, 0.1 is 10 %; only if the user said one"
    )
    plan_id: str | None = Field(default=None, description="The plan in force")
    version: int | None = Field(default=None)
    today: date = Field(description="Today in the shop's zone")
    reply_language: Language = Field(default="zh", description="Language of the answer")


class Size(NamedTuple):
    """How large a test is: impressions per creative when looked at every day, and when read once at the end; days; whether they fit.

    `seen` is the smallest relative difference that the days there are can show; infinite with hardly any impressions.
    """

    per_arm: int
    read_once: int
    days: int
    fits: bool
    seen: float


def creative_test(workspace: Workspace, request: CreativeTest, progress: Progress = SILENT) -> ToolResult:
    """Plan a test of two creatives of the plan in force; the artifact is a table of days.

    Raises `AdwrightError`: ``no-plan``, ``plan-over``, ``one-creative``.
    """
    plan = plan_in_force(workspace, request.plan_id, request.version)
    where = knowledge.channel(request.channel).id if request.channel else None
    line, (first, second) = _chosen(plan, where)
    days = (line.end - max(line.start, request.today)).days + 1
    if days < 1:
        raise AdwrightError(
            both("计划的投放期已过，测不了了。", "The plan's days are over; there is nothing left to test in."),
            both("先改日期，例如“从下周一开始投两周”。", "Change the dates first, e.g. “start next Monday for two weeks”."),
            code="plan-over",
        )
    daily = float(line.impressions.value) / ((line.end - line.start).days + 1)
    rate = float(line.ctr.value)
    size = sized(rate, daily, days, request.lift)
    conversions = users_for_rates(float(line.cvr.value), request.lift) if line.cvr.value else 0
    clicks = daily * rate / 2
    finding = _finding(line, first, second, size, days, request.lift)
    data = {
        "test": {
            "line": line.name.model_dump(),
            # Of two there is nothing to choose.
            "choice": sum(c.channel == line.channel for c in plan.creatives) > 2,
            "first": _shown(first),
            "second": _shown(second),
            "ctr": line.ctr.model_dump(mode="json"),
            "daily": round(daily),
            "lift": _share(request.lift),
            "per_arm": size.per_arm,
            "read_once": size.read_once,
            "days": size.days,
            "left": days,
            "fits": size.fits,
            "whole_weeks": size.days % WEEK == 0,
            "seen": _share(size.seen) if size.seen < MOST_SEEN else "",
            "leads": [row for row in _rows(rate, daily, size, days) if row["day"] in _told(min(size.days, days))],
            "sales_days": ceil(conversions / clicks) if clicks and conversions else None,
        },
        "columns": [
            {"key": "day", "name": {"zh": "到第几天", "en": "After day"}, "unit": "count"},
            {"key": "impressions", "name": {"zh": "每条曝光", "en": "Impressions each"}, "unit": "count"},
            {"key": "clicks", "name": {"zh": "每条预计点击", "en": "Clicks expected each"}, "unit": "count"},
            {"key": "lead", "name": {"zh": "领先多少可以停", "en": "Lead that ends it"}, "unit": "text"},
        ],
        "rows": _rows(rate, daily, size, days),
    }
    artifact = Artifact(kind="table", title=both("素材测试方案", "Test of creatives"), data=data, source=[plan.id])
    return ToolResult(content=finding.pick(request.reply_language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def sized(rate: float, daily: float, days: int, lift: float = LIFT) -> Size:
    """Size a test of two creatives with CTR `rate` (0..1) on `daily` impressions for at most `days`; `lift` is relative.

    The difference is seen with probability 0.8 at 5 % false alarms, looked at every day. Raises `AdwrightError`
    (``bad-experiment``) for a rate outside 0..1 or no impressions.

    Example:
        >>> sized(0.01, 40_000, 14)[:3]
        (300765, 163095, 21)
    """
    once = users_for_rates(rate, lift, power=POWER, alpha=ALPHA)
    per_arm = _least(lambda n: _margin(rate, n, once) + Z_POWER * _error(rate, n) <= rate * lift)
    days_off = days_needed(per_arm, daily)
    # Half a week more than there are days would be lost for the sake of a weekend.
    bare = ceil(2 * per_arm / daily)
    needed = bare if bare <= days < days_off else days_off
    n = int(daily * days / 2)
    seen = (_margin(rate, n, once) + Z_POWER * _error(rate, n)) / rate
    return Size(per_arm, once, needed, needed <= days, seen)


def apart(creatives: Sequence[Creative]) -> tuple[Creative, Creative] | None:
    """Return the two creatives whose words differ most, of those without an error and predicted near the best; the better one first.

    None where there are fewer than two.
    """
    from rapidfuzz import fuzz

    fair = [c for c in creatives if not any(f.severity == "error" for f in c.findings)]
    best = max((_rate(c) for c in fair), default=0.0)
    good = [c for c in fair if _rate(c) >= GOOD * best]
    pairs = [(a, b) for i, a in enumerate(good) for b in good[i + 1 :] if _words(a) != _words(b)]
    if not pairs:
        return None
    a, b = min(pairs, key=lambda pair: (round(fuzz.ratio(_words(pair[0]), _words(pair[1]))), -_rate(pair[0]) - _rate(pair[1])))
    return (b, a) if _rate(b) > _rate(a) else (a, b)


def _chosen(plan: CampaignPlan, where: str | None) -> tuple[Line, tuple[Creative, Creative]]:
    """The line with the most impressions that has two creatives to hold against each other, and those two."""
    for line in sorted(plan.lines, key=lambda line: -line.impressions.value):
        own = [c for c in plan.creatives if c.id in line.creatives]
        found = apart(own) if where in (None, line.channel) and line.impressions.value and line.ctr.value else None
        if found is not None:
            return line, found
    raise AdwrightError(
        both("计划里没有两条不同的素材可比。", "The plan has no two different creatives to hold against each other."),
        both("先说“多写两条文案”。", "Say “two more headlines” first."),
        code="one-creative",
    )


def _rows(rate: float, daily: float, size: Size, days: int) -> list[dict[str, Any]]:
    rows = []
    for day in range(1, min(size.days, days) + 1):
        n = int(daily * day / 2)
        lead = _margin(rate, n, size.read_once) / rate
        rows.append({"day": day, "impressions": n, "clicks": round(n * rate), "lead": _share(lead) if lead < 1 else "–"})
    return rows


def _told(last: int) -> set[int]:
    """The days of a table that are told in the chat."""
    return {min(3, last), last} | ({(last + 1) // 2} if last > WEEK else set())


def _margin(rate: float, n: int, once: int) -> float:
    """Half the width of the always-valid interval of the difference, at `n` impressions per creative."""
    effect = Effect(0.0, _error(rate, n), rate, 0.0, 0.0, 2 * n)
    return sequential_test(effect, alpha=ALPHA, tuned_for=2 * once).high


def _error(rate: float, n: int) -> float:
    return sqrt(2 * rate * (1 - rate) / n) if n else 1.0


def _least(holds: Callable[[int], bool]) -> int:
    """The least whole number for which `holds` is true; it stays true above."""
    low, high = 1, 128
    while not holds(high) and high < MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _rate(creative: Creative) -> float:
    return float(creative.ctr.value) if creative.ctr else 0.0


def _words(creative: Creative) -> str:
    return "\n".join(field.text for field in creative.copy_fields)


def _shown(creative: Creative) -> dict[str, Any]:
    head = creative.copy_fields[0].text if creative.copy_fields else creative.id
    return {"id": creative.id, "text": head, "ctr": creative.ctr.model_dump(mode="json") if creative.ctr else None}


def _share(value: float) -> str:
    return f"{value:.0%}" if value >= LIFT else f"{value:.1%}"


def _finding(line: Line, first: Creative, second: Creative, size: Size, days: int, lift: float) -> Words:
    a, b = _shown(first)["text"], _shown(second)["text"]
    if size.fits:
        return both(
            f"先在{line.name.zh}测「{a}」和「{b}」，曝光各一半，测 {size.days} 天",
            f"Test “{a}” against “{b}” first, on {line.name.en}, half the impressions each, for {size.days} days",
        )
    only = (
        both(f"，只有相差 {_share(size.seen)} 以上才看得出来", f"; only one of {_share(size.seen)} or more would be seen")
        if size.seen < MOST_SEEN
        else both("，曝光太少", "; there are too few impressions")
    )
    return both(
        f"{days} 天测不出 {_share(lift)} 的差别：在{line.name.zh}测「{a}」和「{b}」{only.zh}",
        f"{days} days cannot show a difference of {_share(lift)}, “{a}” against “{b}” on {line.name.en}{only.en}",
    )
