"""The media plan as a workbook: real numbers in real cells, equal to the plan's figures; no formula anywhere.

Sheets: plan, media lines, forecast by day, delivery (of a plan that runs), audiences, portraits, life cycle, copy, sources. Texts are neutralised in `export_text`.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ...data.figure import Figure, places_of
from ...data.money import SIGNS, Money
from ...data.plan import CampaignPlan
from ...data.words import Language, Words, both
from ..budget.inputs import channel_name
from ..creative.authors import AUTHORS
from .export_delivery import delivery_sheet
from .export_names import KINDS, SOURCES, field_name, goal_name
from .export_people import lifecycle_sheet, portrait_sheet
from .export_text import spreadsheet_words

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    from ...data.workspace import Workspace

INK, LINE, SUNKEN, SOFT = "#1B1D22", "#E7E7E2", "#FAFAF8", "#EEF3FE"
RESULTS = (
    ("impressions", both("曝光", "Impressions")),
    ("clicks", both("点击", "Clicks")),
    ("orders", both("成交", "Orders")),
    ("revenue", both("收入", "Revenue")),
    ("contribution", both("毛利贡献", "Contribution")),
    ("roas", both("ROAS", "ROAS")),
    ("roi", both("ROI", "ROI")),
    ("cpa", both("单笔成交成本（CPA）", "CPA, cost per order")),
    ("p_profit", both("盈利概率", "Probability of profit")),
    ("break_even_roas", both("保本 ROAS", "Break-even ROAS")),
)


def media_plan(workspace: Workspace, plan: CampaignPlan, language: Language) -> bytes:
    """Return the workbook's bytes; the same plan and language give the same bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    day = plan.brief.today
    book.set_properties({"title": plan.title.pick(language), "comments": "Adwright", "created": datetime(day.year, day.month, day.day)})
    sheets = Sheets(book, language)
    _plan_sheet(sheets, plan)
    _media_sheet(sheets, plan)
    _forecast_sheet(sheets, plan)
    delivery_sheet(sheets, workspace, plan)
    _audience_sheet(sheets, plan)
    portrait_sheet(sheets, plan)
    lifecycle_sheet(sheets, plan)
    _copy_sheet(sheets, plan)
    _source_sheet(sheets, plan)
    book.close()
    return buffer.getvalue()


class Sheets:
    """Writes typed rows: text neutralised, money, counts and rates as numbers with their format."""

    def __init__(self, book: xlsxwriter.Workbook, language: Language) -> None:
        self.book = book
        self.language: Language = language
        self._formats: dict[tuple[str, str], Any] = {}

    def format(self, kind: str, unit: str = "") -> Any:
        """Return the cell format of a kind (text, head, title, bold, number, total) and unit."""
        if (kind, unit) not in self._formats:
            look: dict[str, Any] = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top"}
            if kind == "title":
                look |= {"bold": True, "font_size": 14}
            if kind in ("bold", "total", "head"):
                look |= {"bold": True}
            if kind == "head":
                look |= {"bg_color": SOFT, "bottom": 1, "bottom_color": LINE, "text_wrap": True}
            if kind == "text":
                look |= {"text_wrap": True}
            if kind == "total":
                look |= {"top": 1, "bg_color": SUNKEN}
            if unit:
                look["num_format"] = number_format(unit)
            self._formats[kind, unit] = self.book.add_format(look)
        return self._formats[kind, unit]

    def add(self, name: Words, widths: list[int]) -> Worksheet:
        """Add a sheet with column widths in characters."""
        sheet = self.book.add_worksheet(name.pick(self.language))
        for i, width in enumerate(widths):
            sheet.set_column(i, i, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def head(self, sheet: Worksheet, row: int, names: list[Words]) -> None:
        """Write a row of column names."""
        for i, name in enumerate(names):
            sheet.write_string(row, i, name.pick(self.language), self.format("head"))

    def row(self, sheet: Worksheet, row: int, cells: list[Any], kind: str = "text") -> None:
        """Write a row of Words, text, Money, Figure, (number, unit), date or None."""
        for column, cell in enumerate(cells):
            self.cell(sheet, row, column, cell, kind)

    def cell(self, sheet: Worksheet, row: int, column: int, cell: Any, kind: str = "text") -> None:
        """Write one cell by the type of its value."""
        number = "number" if kind == "text" else kind
        if cell is None:
            sheet.write_blank(row, column, None, self.format(kind))
        elif isinstance(cell, Figure):
            sheet.write_number(row, column, float(cell.value), self.format(number, cell.unit))
        elif isinstance(cell, Money):
            sheet.write_number(row, column, float(cell.amount), self.format(number, cell.currency))
        elif isinstance(cell, tuple):
            value, unit = cell
            if value is None:
                sheet.write_blank(row, column, None, self.format(kind))
            else:
                sheet.write_number(row, column, float(value), self.format(number, unit))
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self.format(number, "date"))
        elif isinstance(cell, Words):
            sheet.write_string(row, column, spreadsheet_words(cell.pick(self.language)), self.format(kind))
        else:
            sheet.write_string(row, column, spreadsheet_words(cell), self.format(kind))


def number_format(unit: str) -> str:
    """Return the spreadsheet number format of a figure's unit; any other unit is a currency."""
    if unit == "date":
        return "yyyy-mm-dd"
    if unit == "rate":
        return "0.00%"
    places = places_of(unit)
    digits = "#,##0" + (f".{'0' * places}" if places else "")
    if unit in ("count", "ratio", "days", "score"):
        return digits
    sign = SIGNS.get(unit, f"{unit} ")
    return f'"{sign}"{digits};-"{sign}"{digits}'


def _plan_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    brief, f = plan.brief, plan.forecast
    sheet = sheets.add(both("计划", "Plan"), [26, 20, 16, 16, 12, 60])
    sheets.row(sheet, 0, [plan.title], "title")
    demo = both("（演示数据）", " (demo data)") if plan.demo else both("", "")
    sheets.row(
        sheet,
        1,
        [
            both(f"{plan.shop}{demo.zh}", f"{plan.shop}{demo.en}"),
            both(f"第 {plan.version} 版，草稿", f"Version {plan.version}, draft"),
            plan.id,
        ],
    )
    row = 3
    split = both("、", ", ")
    channels = [channel_name(c) for c in brief.channels.value]
    facts: list[tuple[Words, Any, Any]] = [
        (both("产品", "Product"), both(brief.product.value.called("zh"), brief.product.value.called("en")), brief.product),
        (both("预算", "Budget"), brief.budget.value, brief.budget),
        (both("开始", "First day"), brief.start.value, brief.start),
        (both("结束", "Last day"), brief.end, None),
        (both("天数", "Days"), (brief.days.value, "days"), brief.days),
        (both("渠道", "Channels"), both(split.zh.join(c.zh for c in channels), split.en.join(c.en for c in channels)), brief.channels),
        (both("目标", "Goal"), goal_name(brief.goal.value), brief.goal),
        (both("人群", "Audience"), brief.audience.value.text, brief.audience),
        (both("客单价", "Order value"), brief.order_value.value, brief.order_value),
        (both("毛利率", "Margin"), (brief.margin.value, "rate"), brief.margin),
    ]
    how = {"stated": both("您说", "You"), "assumed": both("假设", "Assumed"), "learned": both("学到", "Learned")}
    sheets.head(sheet, row, [both("需求", "Brief"), both("内容", "Value"), both("来源", "Source"), both("说明", "Why")])
    for name, value, known in facts:
        row += 1
        sheets.row(sheet, row, [name, value, how[known.how] if known else None, known.why if known else None])
    row += 2
    names = [
        both("预测", "Forecast"),
        both("P50", "P50"),
        both("P10", "P10"),
        both("P90", "P90"),
        both("来源", "Source"),
        both("公式", "Formula"),
    ]
    sheets.head(sheet, row, names)
    for key, name in RESULTS:
        row += 1
        figure: Figure = getattr(f, key)
        sheets.row(
            sheet, row, [name, figure, (figure.low, figure.unit), (figure.high, figure.unit), SOURCES[figure.source], figure.formula]
        )
    row += 1
    sheets.row(sheet, row, [both("方法", "Method"), f.method])
    row = _list(sheets, sheet, row + 2, both("最影响结果的输入", "What decides the result"), f.drivers)
    certificate = plan.certificate
    sheets.head(sheet, row, [both("分配证书", "Certificate of the split"), both("数值", "Value")])
    for name, value in (
        (both("边际回报最大相差", "Largest difference of marginals"), (certificate.marginal_spread, "rate")),
        (both("与最优的差距", "Gap to the optimum"), (certificate.gap, "rate")),
        (both("期望成交差", "Difference of expected orders"), certificate.gain_orders),
        (both("对照", "Compared"), certificate.reference),
    ):
        row += 1
        sheets.row(sheet, row, [name, value])
    row = _list(sheets, sheet, row + 2, both("起作用的上下限", "Limits that hold"), certificate.active_bounds)
    row = _list(sheets, sheet, row, both("分配说明", "Notes on the split"), certificate.notes)
    row = _list(sheets, sheet, row, both("假设", "Assumptions"), [a.text for a in plan.assumptions])
    row = _list(sheets, sheet, row, both("需要留意", "Worth a look"), plan.warnings)
    passed = {True: both("通过", "passed"), False: both("未通过", "not passed")}
    checks = [both(f"{c.text.zh}：{passed[c.passed].zh}", f"{c.text.en}: {passed[c.passed].en}") for c in plan.checks]
    _list(sheets, sheet, row, both("核对", "Checks"), checks)


def _list(sheets: Sheets, sheet: Worksheet, row: int, name: Words, sentences: list[Words]) -> int:
    """Write a heading and one sentence a row; return the next free row."""
    if not sentences:
        return row
    sheets.head(sheet, row, [name])
    for i, sentence in enumerate(sentences, 1):
        sheet.merge_range(row + i, 0, row + i, 5, spreadsheet_words(sentence.pick(sheets.language)), sheets.format("text"))
    return row + len(sentences) + 2


def _media_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    sheet = sheets.add(both("媒体排期", "Media lines"), [26, 22, 12, 12, 14, 12, 8, 13, 11, 10, 14, 10, 10, 12, 12, 9, 9, 9, 12])
    columns = [
        both("渠道与版位", "Channel and placement"), both("人群", "Audience"), both("开始", "First day"), both("结束", "Last day"), both("预算", "Budget"),
        both("出价", "Bid"), both("计费", "Bid kind"), both("曝光", "Impressions"), both("点击", "Clicks"), both("成交", "Orders"), both("收入", "Revenue"),
        both("成交 P10", "Orders P10"), both("成交 P90", "Orders P90"), both("点击单价", "CPC"), both("单笔成交成本（CPA）", "CPA"), both("点击率", "CTR"),
        both("转化率", "CVR"), both("ROAS", "ROAS"), both("来源", "Source"),
    ]  # fmt: skip
    sheets.head(sheet, 0, columns)
    sheet.freeze_panes(1, 1)
    segments = {s.id: s.name for s in plan.segments}
    for i, line in enumerate(plan.lines, 1):
        cells = [
            line.name, segments.get(line.segment, both(line.segment, line.segment)), line.start, line.end, line.budget, line.bid, line.bid_kind.upper(),
            line.impressions, line.clicks, line.orders, line.revenue, (line.orders.low, "count"), (line.orders.high, "count"), line.cpc, line.cpa, line.ctr,
            line.cvr, line.roas, SOURCES[line.source],
        ]  # fmt: skip
        sheets.row(sheet, i, cells)
    f = plan.forecast
    cells = [
        both("合计", "Total"), None, None, None, plan.total, None, None, f.impressions, f.clicks, f.orders, f.revenue, (f.orders.low, "count"),
        (f.orders.high, "count"), None, f.cpa, None, None, f.roas, None,
    ]  # fmt: skip
    sheets.row(sheet, len(plan.lines) + 1, cells, "total")


def _forecast_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    sheet = sheets.add(both("预测", "Forecast"), [14, 14, 14, 14, 14, 14, 14])
    cumulative = [both(f"累计成交 {p}", f"Orders to date {p}") for p in ("P10", "P25", "P50", "P75", "P90")]
    sheets.head(sheet, 0, [both("日期", "Day"), both("当日预算", "Budget of the day"), *cumulative])
    sheet.freeze_panes(1, 1)
    for i, day in enumerate(plan.forecast.days, 1):
        sheets.row(sheet, i, [day.day, day.budget, *[(x, "count") for x in day.orders]])


def _audience_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    sheet = sheets.add(both("人群", "Audiences"), [22, 12, 10, 12, 46, 40, 30, 30, 30, 10])
    names = [
        both("人群", "Audience"), both("人数", "People"), both("占比", "Share"), both("收入占比", "Share of revenue"), both("画像", "Who they are"),
        both("怎么说", "Message"), both("给什么", "Offer"), both("避免", "Avoid"), both("特征（店内百分位）", "Traits (percentile in the shop)"), both("来源", "Source"),
    ]  # fmt: skip
    sheets.head(sheet, 0, names)
    for i, segment in enumerate(plan.segments, 1):
        p = segment.persona
        bars = both(
            "；".join(f"{b.name.zh} {b.percentile}" for b in segment.bars), "; ".join(f"{b.name.en} {b.percentile}" for b in segment.bars)
        )
        cells = [
            segment.name, (segment.size, "count"), segment.share, segment.revenue_share, p.summary, p.message, p.offer, p.avoid, bars, SOURCES[segment.source],
        ]  # fmt: skip
        sheets.row(sheet, i, cells)


def _copy_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    sheet = sheets.add(both("文案", "Copy"), [18, 14, 10, 8, 14, 60, 8, 8, 10, 14, 50])
    names = [
        both("素材", "Creative"), both("渠道", "Channel"), both("语言", "Language"), both("版本", "Variant"), both("字段", "Field"), both("文字", "Text"),
        both("已用", "Used"), both("上限", "Limit"), both("合规", "Within limit"), both("撰写", "Written by"), both("审核提示", "Policy remarks"),
    ]  # fmt: skip
    sheets.head(sheet, 0, names)
    sheet.freeze_panes(1, 0)
    row = 0
    for creative in plan.creatives:
        remarks = both("；".join(f.reason.zh for f in creative.findings), "; ".join(f.reason.en for f in creative.findings))
        for field in creative.copy_fields:
            row += 1
            fits = both("是", "yes") if field.ok else both("否", "no")
            cells = [
                creative.id, channel_name(creative.channel), creative.language, (creative.variant, "count"), field_name(creative.channel, field.field), field.text, (field.used, "count"),
                (field.limit, "count"), fits, AUTHORS[field.author or creative.author], remarks,
            ]  # fmt: skip
            sheets.row(sheet, row, cells)


def _source_sheet(sheets: Sheets, plan: CampaignPlan) -> None:
    sheet = sheets.add(both("出处", "Sources"), [26, 14, 40, 60, 60])
    names = [both("编号", "Id"), both("种类", "Kind"), both("名称", "Title"), both("说明", "Detail"), both("数据", "Facts")]
    sheets.head(sheet, 0, names)
    sheet.freeze_panes(1, 0)
    row = 0
    for row, evidence in enumerate(plan.evidence, 1):
        facts = "; ".join(f"{key}: {value}" for key, value in evidence.facts.items())
        sheets.row(sheet, row, [evidence.id, KINDS[evidence.kind], evidence.title, evidence.detail, facts])
    for name, version in plan.models.items():
        row += 1
        sheets.row(sheet, row, [name, KINDS["model"], version])
