"""What can be done: plain typed functions over a workspace, one folder per craft.

`TOOLS` is the list of the tools an agent may call. Each is ``f(workspace, request, progress) -> ToolResult`` and
works without any language-model framework; `load` imports one when it is used, so that a shop that never makes a
film never imports a video library.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from ..data.brief import Document
from ..data.result import ToolResult
from ..data.words import Words, both


class ToolSpec(NamedTuple):
    """Where a tool lives, what people see while it runs (`title`), and what a model is told (`summary`).

    `outward` tools hand something out of the workspace or change what later answers rest on; they wait for the merchant's
    approval, asked for in the words of `approval`.
    """

    name: str
    module: str
    request: str
    title: Words
    summary: str
    outward: bool = False
    approval: Words | None = None


class Tool(NamedTuple):
    """A loaded tool: its function and its request model."""

    spec: ToolSpec
    run: Callable[..., ToolResult]
    request: type[Document]


def _spec(name: str, module: str, request: str, title: Words, summary: str, approval: Words | None = None) -> ToolSpec:
    return ToolSpec(name, module, request, title, summary, approval is not None, approval)


TOOLS: dict[str, ToolSpec] = {
    spec.name: spec
    for spec in (
        _spec(
            "make_plan",
            "plan.make",
            "MakePlan",
            both("制作投放计划", "Make the campaign plan"),
            "Make a complete campaign plan: audiences, copy, banners, forecast, budget split. Pass only what the user said; "
            "budget and currency must be the user's own.",
        ),
        _spec(
            "revise_plan",
            "plan.revise",
            "RevisePlan",
            both("修改计划", "Revise the plan"),
            "Change the plan in force by typed patches, undo the last change, or compare with the version before.",
        ),
        _spec(
            "segment_users",
            "audience.segment_users",
            "SegmentUsers",
            both("划分人群", "Find customer segments"),
            "Cluster the shop's customers with K-means and describe each segment.",
        ),
        _spec(
            "draft_copy",
            "creative.drafting",
            "DraftCopy",
            both("撰写文案", "Write the copy"),
            "Write advertising copy for one product and channel within the channel's limits, checked against policy.",
        ),
        _spec(
            "describe_photo",
            "creative.look_at",
            "DescribePhoto",
            both("看商品照片", "Look at the product photo"),
            "Measure the user's product photo: colours, background, sharpness; cut the product out for pictures.",
        ),
        _spec(
            "generate_image",
            "creative.request",
            "GenerateImage",
            both("制作图片", "Compose the pictures"),
            "Compose banners in exact sizes, for one or several channels, languages and looks.",
        ),
        _spec(
            "revise_images",
            "creative.revise",
            "ReviseImages",
            both("修改图片", "Change the pictures"),
            "Change the pictures in force (style, price, logo, headline, offer, shapes) or undo the last change of them.",
        ),
        _spec(
            "paint_scene",
            "creative.paint_scene",
            "PaintScene",
            both("绘制背景", "Paint the background"),
            "Paint a background from the user's description with the configured image model, under the pictures.",
            both(
                "只会把这句描述发给您配置的图像模型；照片、价格和图上的文字不会发出。",
                "Only this description is sent to the image model you set up; photo, price and words are not.",
            ),
        ),
        _spec(
            "white_picture",
            "creative.white_ground",
            "WhitePicture",
            both("制作白底图", "Make the white-background picture"),
            "Put the user's product photo on pure white for marketplaces (Amazon main picture, Taobao white ground).",
        ),
        _spec(
            "generate_video",
            "creative.video",
            "GenerateVideo",
            both("制作视频", "Make the video"),
            "Make a short vertical, square or wide video.",
        ),
        _spec(
            "predict_ctr",
            "response.predict",
            "PredictCtr",
            both("预测点击率", "Predict the CTR"),
            "Predict the click-through rate of an advertisement, with interval and drivers.",
        ),
        _spec(
            "predict_cvr",
            "response.predict",
            "PredictCvr",
            both("预测转化率", "Predict the CVR"),
            "Predict the conversion rate after a click, with interval and drivers.",
        ),
        _spec(
            "rank_creatives",
            "plan.creative_rank",
            "RankCreatives",
            both("给计划的文案排名", "Rank the plan's ads"),
            "Rank the ads of the plan in force by predicted CTR, with intervals, whether the lead is real, and why.",
        ),
        _spec(
            "creative_test",
            "plan.creative_test",
            "CreativeTest",
            both("制定素材测试方案", "Plan a test of creatives"),
            "Say which two creatives of the plan in force to test first, on which line, for how many days, and when to stop.",
        ),
        _spec(
            "compute_roi",
            "budget.roi",
            "ComputeRoi",
            both("计算回报", "Compute the return"),
            "Compute ROAS, ROI and break-even from given spend and revenue, or from past campaigns.",
        ),
        _spec(
            "allocate_budget",
            "budget.advise",
            "AllocateBudget",
            both("分配预算", "Split the budget"),
            "Split a budget over channels at equal marginal return, with a certificate.",
        ),
        _spec(
            "size_budget",
            "plan.size",
            "SizeBudget",
            both("测算预算规模", "Size the budget"),
            "Say whether another budget is worth it, or what budget a revenue, order or ROAS goal needs. Changes nothing.",
        ),
        _spec(
            "try_plan",
            "plan.try_plan",
            "TryPlan",
            both("假设测算", "Try a supposition"),
            "Say what the plan in force would bring after a change, or with dearer clicks or a lower conversion rate. Changes nothing.",
        ),
        _spec(
            "move_budget",
            "budget.move",
            "MoveBudget",
            both("看预算往哪儿挪", "See where to move the budget"),
            "Say from the shop's weekly history which channels should get more of the weekly spend and which less, or not to move.",
        ),
        _spec(
            "backtest_forecast",
            "budget.backtesting",
            "BacktestForecast",
            both("回测预测", "Try the forecast on the past"),
            "Try the forecast on the shop's past campaigns: how often the range held and how far it missed, beside naive forecasts.",
        ),
        _spec(
            "recommend_products",
            "commerce.recommend",
            "RecommendProducts",
            both("推荐商品", "Recommend products"),
            "Recommend products that go with a product, for a customer or for a segment.",
        ),
        _spec(
            "suggest_price",
            "commerce.price",
            "SuggestPrice",
            both("建议定价", "Suggest a price"),
            "Suggest a price from cost, competitors' price and the shop's own price history.",
        ),
        _spec(
            "search_campaigns",
            "memory.recall",
            "SearchCampaigns",
            both("查找过往投放", "Look up past campaigns"),
            "Find the shop's own past campaigns that are most alike, with their results.",
        ),
        _spec(
            "customer_service",
            "commerce.service",
            "CustomerService",
            both("答复顾客", "Answer the customer"),
            "Draft an answer to a customer's question from the shop's store of answers and its orders.",
        ),
        _spec(
            "export_plan",
            "plan.export",
            "ExportPlan",
            both("导出计划", "Export the plan"),
            "Write the plan as draft files (JSON, XLSX, HTML, ZIP). Nothing is launched or uploaded.",
            both(
                "导出前请确认。只生成草稿文件，不会开始投放，也不会上传。",
                "Confirm before export. Draft files only: nothing is launched and nothing is uploaded.",
            ),
        ),
        _spec(
            "export_audience",
            "audience.hand_over",
            "ExportAudience",
            both("导出人群名单", "Export an audience"),
            "Write one segment's customer list, hashed in a platform's own form, as a file. Nothing is uploaded.",
            both(
                "导出前请确认。只写同意营销且没有退订的顾客，邮箱和电话按平台要求加密后写成本机文件，不会上传。",
                "Confirm before export. Only customers who consented and did not unsubscribe are written, hashed as the platform asks, "
                "into a file on this machine. Nothing is uploaded.",
            ),
        ),
        _spec(
            "show_models",
            "response.lifecycle",
            "ShowModels",
            both("查看点击与转化模型", "Look at the click and conversion models"),
            "Say which version of the click and conversion models is in force, how good it is, and whether to train anew.",
        ),
        _spec(
            "train_models",
            "response.lifecycle",
            "TrainModels",
            both("训练点击与转化模型", "Train the click and conversion models"),
            "Train the shop's click and conversion models anew on its impressions.",
            both(
                "用店铺的曝光数据重新训练点击与转化模型，通常几十秒。新版本只有不比现用的差才会启用，之后可以退回。",
                "Train the click and conversion models anew on the shop's impressions; it usually takes under a minute. The new version "
                "is put in force only if it is not worse than the present one, and can be rolled back.",
            ),
        ),
    )
}


def prepare(workspace: Any) -> None:
    """Fit and load what the first plan of a shop would wait for: response models, segments, the index of campaigns, fonts.

    Safe to call in a thread beside a running turn; whatever is ready already costs nothing.
    """
    from .audience.clv import lifetime
    from .audience.segment import find_segments
    from .memory.search import CampaignMemory
    from .response.response import Response

    Response.ready(workspace)
    find_segments(workspace)
    lifetime(workspace)
    CampaignMemory(workspace).warm()
    for craft in ("creative.drafting", "creative.request"):
        import_module(f".{craft}", __name__)


def load(name: str) -> Tool:
    """Import the tool called `name`; KeyError when there is none."""
    spec = TOOLS[name]
    module: Any = import_module(f".{spec.module}", __name__)
    return Tool(spec, getattr(module, spec.name), getattr(module, spec.request))
