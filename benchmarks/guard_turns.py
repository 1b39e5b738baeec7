"""Real turns for the number guard's benchmark: what the demo shop's tools return, as an agent would have called them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from adwright.agent.events import ToolCall
from adwright.data.plan import CampaignPlan
from adwright.data.workspace import Workspace
from adwright.tools import load

TODAY = date(2026, 11, 23)
PRODUCTS = ("跑鞋", "办公椅", "瑜伽垫", "保温杯", "running shoes", "office chair")


@dataclass
class Turn:
    """What was said, what was called, the plan in force and the one before it."""

    said: str
    calls: list[ToolCall]
    plans: list[CampaignPlan] = field(default_factory=list)


def turns(shop: Workspace) -> list[Turn]:
    """Return one turn per tool and more for plans; the same each time."""
    found: list[Turn] = []
    asks: list[tuple[str, dict[str, Any]]] = [
        ("帮我做一个5万元的跑鞋投放计划，抖音和小红书，两周", {"product": "跑鞋", "budget": 50000, "currency": "CNY", "days": 14, "channels": ["douyin", "xiaohongshu"]}),
        ("Plan a $8k campaign for running shoes on Instagram and TikTok, 10 days", {"product": "running shoes", "budget": 8000, "currency": "USD", "days": 10, "channels": ["instagram", "tiktok"]}),
        ("办公椅，预算3.5万，微博、淘宝和京东，投三周", {"product": "办公椅", "budget": 35000, "currency": "CNY", "days": 21, "channels": ["weibo", "taobao", "jd"]}),
        ("20k yuan for the office chair on JD and WeChat from 1 December", {"product": "办公椅", "budget": 20000, "currency": "CNY", "days": 20, "channels": ["jd", "wechat"], "start": date(2026, 12, 1)}),
    ]  # fmt: skip
    for said, args in asks:
        call, plan = planned(shop, "make_plan", {**args, "text": said, "currency_stated": True, "today": TODAY})
        found.append(Turn(said, [call], [plan]))
    plan = found[0].plans[0]
    patch = {"plan_id": plan.id, "patches": [{"action": "scale_budget", "factor": "0.8"}], "today": TODAY}
    call, revised = planned(shop, "revise_plan", patch)
    found.append(Turn("预算砍两成", [call], [revised, plan]))
    single: list[tuple[str, str, dict[str, Any]]] = [
        ("花了12000元，收入48000元，毛利率40%，ROI是多少", "compute_roi", {"spend": Decimal(12000), "revenue": Decimal(48000), "margin": Decimal("0.4"), "currency": "CNY"}),
        ("We spent $9,400 and made $21,150 at a 35% margin, what is the ROI", "compute_roi", {"spend": Decimal(9400), "revenue": Decimal(21150), "margin": Decimal("0.35"), "currency": "USD"}),
        ("把3万元分到抖音、小红书和微博", "allocate_budget", {"budget": Decimal(30000), "currency": "CNY", "channels": ["douyin", "xiaohongshu", "weibo"]}),
        ("小红书跑鞋广告的点击率大概多少", "predict_ctr", {"channel": "xiaohongshu", "product": "跑鞋"}),
        ("what conversion rate for the chair on Douyin", "predict_cvr", {"channel": "douyin", "product": "办公椅"}),
        ("推荐几款商品给老客户", "recommend_products", {"n": 5}),
        ("跑鞋定价多少合适，竞品卖459", "suggest_price", {"product": "跑鞋", "competitor_price": Decimal(459)}),
        ("找一下过往的跑鞋投放", "search_campaigns", {"query": "跑鞋", "n": 5}),
        ("把客户分成5类", "segment_users", {"k": 5}),
    ]  # fmt: skip
    for said, tool, args in single:
        found.append(Turn(said, [called(shop, tool, args)]))
    return found


def called(shop: Workspace, name: str, args: dict[str, Any]) -> ToolCall:
    """Return a finished call of a tool."""
    tool = load(name)
    request = tool.request.model_validate(args)
    result = tool.run(shop, request)
    told = {key: value for key, value in request.model_dump(mode="json").items() if value is not None}
    return ToolCall(id=f"call_{name}", tool=name, args=told, finding=result.finding, artifact=result.artifact)


def planned(shop: Workspace, name: str, args: dict[str, Any]) -> tuple[ToolCall, CampaignPlan]:
    """Return a call that makes or changes a plan, and that plan."""
    call = called(shop, name, args)
    assert call.artifact is not None
    return call, shop.records.plan(call.artifact.data["id"], call.artifact.data["version"])
