"""What was understood, as a line and a table for people: shown while the tools are still at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.figure import format_number
from ..data.money import Money
from ..data.result import Artifact
from ..data.words import Language, Words, both
from .gates import amounts
from .wording import channel_name, title_of

if TYPE_CHECKING:
    from .planner.reading import Understanding

NAMES = {
    "product": both("商品", "Product"),
    "budget": both("预算", "Budget"),
    "daily_budget": both("日预算", "Daily budget"),
    "start_date": both("开始", "Start"),
    "end_date": both("结束", "End"),
    "duration_days": both("天数", "Days"),
    "channels": both("渠道", "Channels"),
    "split": both("预算比例", "Split"),
    "audience": both("人群", "Audience"),
    "tone": both("语气", "Tone"),
    "goal": both("目标", "Goal"),
    "occasion": both("节点", "Occasion"),
    "target_roi": both("目标 ROAS", "Target ROAS"),
    "variants": both("数量", "Variants"),
    "n_segments": both("分群数", "Segments"),
    "spend": both("花费", "Spend"),
    "revenue": both("成交额", "Revenue"),
    "cost": both("成本", "Cost"),
    "competitor_price": both("对手价格", "Competitor's price"),
    "price": both("价格", "Price"),
}
MONEY = {"budget", "daily_budget", "spend", "revenue", "cost", "competitor_price", "price"}
GOALS = {
    "sales": both("成交", "sales"),
    "awareness": both("曝光", "awareness"),
    "new_customers": both("拉新", "new customers"),
    "traffic": both("引流", "traffic"),
    "repurchase": both("复购", "repurchase"),
    "leads": both("线索", "leads"),
    "clearance": both("清仓", "clearance"),
    "launch": both("上新", "launch"),
}


def summary_of(reading: Understanding, currency: str) -> tuple[Words, Artifact | None]:
    """Return one line of what will be done, and the slots as a brief table; `currency` is the shop's."""
    rows = [
        {
            "name": name.model_dump(),
            "value": {language: shown(key, reading, currency, language) for language in ("zh", "en")},
            "how": "stated",
        }
        for key, name in NAMES.items()
        if reading.slots.get(key) not in (None, "", [], {})
    ]
    titles = [title_of(tool) for tool in reading.calls]
    first = [row["value"] for row in rows[:2]]
    zh = "，".join([*(title.zh for title in titles), *(value["zh"] for value in first)]) or "已读懂"
    en = ", ".join([*(title.en for title in titles), *(value["en"] for value in first)]) or "Understood"
    return both(zh, en), None if not rows else Artifact(
        kind="brief", title=both("我理解的需求", "The brief as understood"), data={"rows": rows}
    )


def shown(key: str, reading: Understanding, currency: str, language: Language) -> str:
    """Return a slot's value for people."""
    value: Any = reading.slots[key]
    if key in MONEY:
        unit = str(reading.slots.get("currency") or currency)
        return " – ".join(dict.fromkeys(Money.of(part, unit).text(short=True) for pair in amounts(value) for part in pair))
    if key == "channels":
        return ("、" if language == "zh" else ", ").join(channel_name(channel, language) for channel in value)
    if key == "split":
        return ", ".join(f"{channel_name(channel, language)} {float(share):.0%}" for channel, share in value.items())
    if key == "goal" and value in GOALS:
        return GOALS[value].pick(language)
    if key == "target_roi":
        from decimal import Decimal

        return format_number(Decimal(str(value)), "ratio")
    return str(value)
