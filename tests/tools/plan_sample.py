"""A plan for tests of exports: real forecast and split over four lines, texts that try to be formulas, a real picture."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

from PIL import Image, ImageDraw

from adwright.data.brief import AudienceAsk, Brief, Known, Product
from adwright.data.figure import Figure
from adwright.data.money import Money
from adwright.data.plan import Assumption, Bar, CampaignPlan, Check, CopyField, Creative, Evidence, Line, Media, Persona, Segment
from adwright.data.words import both
from adwright.data.workspace import Workspace
from adwright.tools.budget import LineInput, forecast, split_budget

START = date(2026, 12, 1)
HOSTILE = ['=HYPERLINK("x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", " \n=1", "＝1+1", "＠cmd", "\u200b=1"]


def line_inputs(currency: str = "CNY", n: int = 4) -> list[LineInput]:
    """Plausible lines of two or more channels."""
    spots = [
        ("douyin", "feed"),
        ("xiaohongshu", "feed"),
        ("douyin", "search"),
        ("xiaohongshu", "search"),
        ("taobao", "search"),
        ("jd", "search"),
    ]
    return [
        LineInput.model_validate(
            dict(
                id=f"{spots[i % 6][0]}-{spots[i % 6][1]}-{i}",
                channel=spots[i % 6][0],
                placement=spots[i % 6][1],
                currency=currency,
                cpc=(0.7 + 0.1 * (i % 5), 1.1 + 0.1 * (i % 5), 1.9 + 0.1 * (i % 5)),
                ctr=0.012 + 0.002 * (i % 3),
                ctr_strength=2000,
                cvr=0.014 + 0.003 * (i % 4),
                cvr_strength=600,
                order_value=486,
                margin=0.45,
                return_rate=0.08,
                reach=400_000 if i % 2 else None,
                usual_daily_spend=900 + 300 * i if i % 3 else None,
                source=("model", "past", "assumed")[i % 3],
                evidence=["campaign:C001"],
            )
        )
        for i in range(n)
    ]


def picture(width: int, height: int) -> bytes:
    """A PNG of that size with something drawn in it."""
    image = Image.new("RGB", (width, height), "#F3E4C8")
    ImageDraw.Draw(image).ellipse((width * 0.2, height * 0.2, width * 0.8, height * 0.8), fill="#2F5BD7")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def sample_plan(workspace: Workspace, *, currency: str = "CNY", days: int = 14, budget: str = "50000") -> CampaignPlan:
    """Build a plan without the planner; pictures go to the workspace's store."""
    lines = line_inputs(currency)
    amount = Money.of(budget, currency)
    split = split_budget(lines, amount, days=days)
    result = forecast(lines, split.budgets, start=START, days=days, uplift={date(2026, 12, 12): 1.3})
    rows = []
    for line, money, told in zip(lines, split.budgets, result.lines, strict=True):
        figures = {f: getattr(told, f) for f in ("ctr", "cvr", "cpc", "impressions", "clicks", "orders", "revenue", "cpa", "roas")}
        rows.append(
            Line(
                id=line.id,
                channel=line.channel,
                placement=line.placement,
                name=both(f"{line.channel} 版位", f"{line.channel} {line.placement}"),
                segment=f"s{len(rows) % 2 + 1}",
                creatives=["c1"],
                budget=money,
                bid=Money.of("1.20", currency),
                bid_kind="ocpm",
                start=START,
                end=START + timedelta(days=days - 1),
                source=line.source,
                **figures,
            )
        )
    shots = [
        Media(
            id=workspace.artefacts.put(picture(w, h), "png"),
            kind="image",
            channel="douyin",
            width=w,
            height=h,
            alt=both("示意图", "A picture"),
            how=both("绘制", "drawn"),
        )
        for w, h in ((540, 720), (720, 720), (960, 540))
    ]
    texts = [
        CopyField(field="headline", text="轻云 3 上新，14 天慢跑换鞋季", used=14, limit=30),
        *[CopyField(field="body", text=text, used=len(text)) for text in HOSTILE],
    ]
    return CampaignPlan(
        id="plan-sample",
        title=both("云步 轻云 3 双周投放", "Cloudstep Light 3, two weeks"),
        shop="云步运动旗舰店",
        demo=True,
        brief=Brief(
            product=Known(value=Product(name="跑鞋", name_zh="云步 轻云 3", name_en="Cloudstep Light 3", category="sports")),
            goal=Known(value="sales", how="assumed"), budget=Known(value=amount), start=Known(value=START), days=Known(value=days),
            channels=Known(value=["douyin", "xiaohongshu"]), audience=Known(value=AudienceAsk(text="=慢跑新手")), tone=Known(value="warm", how="assumed"),
            language=Known(value="zh", how="assumed"), order_value=Known(value=Money.of(486, currency), how="learned"),
            margin=Known(value=Decimal("0.45"), how="assumed"), today=date(2026, 11, 23),
        ),
        segments=[
            Segment(
                id=f"s{i}", name=both(name, en), size=size, share=Figure.of(share, "rate", "model"), bars=[
                    Bar(name=both("近 30 天浏览", "Views, 30 days"), percentile=72 - 20 * i, value="12", median="8"),
                    Bar(name=both("价格敏感", "Price sensitive"), percentile=30 + 25 * i, value="0.4", median="0.3"),
                ],
                persona=Persona(
                    summary=both("25–34 岁，晚间活跃，先看评测再买。", "Aged 25–34, active in the evening, read reviews first."), message=both("轻，不累脚。", "Light on your feet."),
                    offer=both("包邮，7 天可退。", "Free delivery and returns."), avoid=both("不用夸大功效。", "No exaggerated claims."),
                ),
            )
            for i, name, en, size, share in ((1, "通勤慢跑新手", "New joggers", 6940, 0.56), (2, "复购老客", "Returning customers", 2310, 0.18))
        ],
        lines=rows,
        creatives=[Creative(id="c1", channel="douyin", language="zh", variant=1, copy_fields=texts, media=shots)],
        forecast=result.total,
        certificate=split.certificate,
        evidence=[Evidence(id="campaign:C001", kind="campaign", title=both("春季跑鞋", "Spring shoes"), detail=both("2026 年 3 月，抖音", "March 2026, Douyin"), facts={"ROAS": "3.1"})],
        assumptions=[Assumption(text=both("目标未说，按成交处理。", "Goal was not stated: taken as sales."), field="goal")],
        warnings=[both("12 月 12 日竞价上涨，已计入。", "Click prices rise on 12 December: counted in."), *result.notes],
        checks=[Check(id="sum", text=both("各行合计等于预算", "lines add up to the budget"), passed=True)],
    )  # fmt: skip
