"""The tables of a shop: their columns, types, which are required, and what each column means.

Times are UTC without a zone (the importer converts from the shop's zone). Money columns are exact decimals in the
unit of the row's currency; `Warehouse.table` offers them as float64 for statistics. The net value of an order line is
``quantity * unit_price - discount``; a refund has both quantity and discount negative. Weekdays count from Monday = 0,
hours and weekdays are in the shop's zone; a row of `results` is one day of a plan's line (and creative, where the platform tells them apart), named as the plan or the platform names it; a discount of an impression is a share, 0.15 for 15 %; its picture is the id of an
artefact. Only `contacts` holds
names, e-mail addresses, telephone numbers and device ids (`PERSONAL`); nothing but the export of audiences reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from .words import Words, both

if TYPE_CHECKING:
    import pyarrow as pa

Table = Literal["users", "events", "orders", "products", "impressions", "campaigns", "contacts", "results"]
Type = Literal["text", "whole", "number", "money", "time", "day", "flag"]

# DuckDB types; a "number" may be fractional (kilograms, attributed conversions) but is exact to four places.
SQL_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "whole": "BIGINT",
    "number": "DECIMAL(18,4)",
    "money": "DECIMAL(18,4)",
    "time": "TIMESTAMP",
    "day": "DATE",
    "flag": "BOOLEAN",
}
EVENTS = ("view", "search", "cart", "purchase", "refund", "ad_impression", "ad_click")
GENDERS = ("female", "male")
# What names or reaches a person, in clear: never shown, quoted, counted by value or kept anywhere but in `contacts`.
PERSONAL = frozenset({"email", "phone", "first_name", "last_name", "zip", "oaid", "idfa", "gaid"})


class Column(NamedTuple):
    """One column: name, type, whether every row must have it, and its name for people."""

    name: str
    type: Type
    required: bool
    title: Words


def _column(name: str, kind: Type, zh: str, en: str) -> Column:
    """A column; a star after the name marks it required."""
    return Column(name.rstrip("*"), kind, name.endswith("*"), both(zh, en))


SCHEMA: dict[Table, tuple[Column, ...]] = {
    "users": (
        _column("user_id*", "text", "用户编号", "user id"),
        _column("age", "whole", "年龄", "age"),
        _column("gender", "text", "性别", "gender"),
        _column("region", "text", "地区", "region"),
        _column("signup_at", "time", "注册时间", "sign-up time"),
        _column("consent", "flag", "同意营销", "marketing consent"),
    ),
    "events": (
        _column("ts*", "time", "时间", "time"),
        _column("user_id*", "text", "用户编号", "user id"),
        _column("event*", "text", "行为", "event"),
        _column("product_id", "text", "商品编号", "product id"),
        _column("category", "text", "类目", "category"),
        _column("query", "text", "搜索词", "search query"),
        _column("price", "money", "价格", "price"),
        _column("quantity", "number", "数量", "quantity"),
        _column("device", "text", "设备", "device"),
        _column("campaign_id", "text", "计划编号", "campaign id"),
        _column("consent", "flag", "同意个性化", "consent to personalisation"),
    ),
    "orders": (
        _column("order_id*", "text", "订单编号", "order id"),
        _column("ts*", "time", "下单时间", "order time"),
        _column("user_id", "text", "用户编号", "user id"),
        _column("product_id*", "text", "商品编号", "product id"),
        _column("title", "text", "商品名称", "product title"),
        _column("category", "text", "类目", "category"),
        _column("quantity*", "number", "数量", "quantity"),
        _column("unit_price*", "money", "单价", "unit price"),
        _column("currency*", "text", "货币", "currency"),
        _column("discount", "money", "优惠金额", "discount"),
        _column("channel", "text", "渠道", "channel"),
        _column("country", "text", "国家", "country"),
    ),
    "products": (
        _column("product_id*", "text", "商品编号", "product id"),
        _column("name_zh", "text", "中文名称", "Chinese name"),
        _column("name_en", "text", "英文名称", "English name"),
        _column("category*", "text", "类目", "category"),
        _column("brand", "text", "品牌", "brand"),
        _column("price", "money", "售价", "price"),
        _column("cost", "money", "成本", "cost"),
        _column("currency", "text", "货币", "currency"),
        _column("stock", "whole", "库存", "stock"),
        _column("facts_zh", "text", "中文卖点", "facts in Chinese"),
        _column("facts_en", "text", "英文卖点", "facts in English"),
        _column("keywords_zh", "text", "中文关键词", "Chinese keywords"),
        _column("keywords_en", "text", "英文关键词", "English keywords"),
        _column("color", "text", "颜色", "colour"),
    ),
    "impressions": (
        _column("ts*", "time", "时间", "time"),
        _column("user_id", "text", "用户编号", "user id"),
        _column("campaign_id", "text", "计划编号", "campaign id"),
        _column("creative_id", "text", "创意编号", "creative id"),
        _column("channel*", "text", "渠道", "channel"),
        _column("placement", "text", "版位", "placement"),
        _column("product_id", "text", "商品编号", "product id"),
        _column("category", "text", "类目", "category"),
        _column("device", "text", "设备", "device"),
        _column("hour", "whole", "小时", "hour"),
        _column("weekday", "whole", "星期", "weekday"),
        _column("age", "whole", "年龄", "age"),
        _column("gender", "text", "性别", "gender"),
        _column("price", "money", "价格", "price"),
        _column("discount", "number", "折扣", "discount"),
        _column("headline", "text", "标题", "headline"),
        _column("language", "text", "语言", "language"),
        _column("clicked*", "flag", "是否点击", "clicked"),
        _column("converted*", "flag", "是否转化", "converted"),
        _column("value", "money", "转化金额", "conversion value"),
        _column("converted_at", "time", "转化时间", "conversion time"),
        _column("picture", "text", "图片", "picture"),
    ),
    "campaigns": (
        _column("campaign_id*", "text", "计划编号", "campaign id"),
        _column("name", "text", "计划名称", "campaign name"),
        _column("channel*", "text", "渠道", "channel"),
        _column("placement", "text", "版位", "placement"),
        _column("objective", "text", "推广目标", "objective"),
        _column("product_id", "text", "商品编号", "product id"),
        _column("category", "text", "类目", "category"),
        _column("audience", "text", "人群", "audience"),
        _column("start", "day", "开始日期", "start date"),
        _column("end", "day", "结束日期", "end date"),
        _column("currency*", "text", "货币", "currency"),
        _column("spend*", "money", "花费", "spend"),
        _column("impressions*", "whole", "展现量", "impressions"),
        _column("clicks*", "whole", "点击量", "clicks"),
        _column("conversions*", "number", "成交数", "conversions"),
        _column("revenue", "money", "成交金额", "revenue"),
        _column("headline", "text", "标题", "headline"),
        _column("body", "text", "正文", "body"),
        _column("language", "text", "语言", "language"),
        _column("offer", "text", "优惠", "offer"),
        _column("notes", "text", "备注", "notes"),
    ),
    "contacts": (
        _column("user_id*", "text", "用户编号", "user id"),
        _column("email", "text", "邮箱", "e-mail"),
        _column("phone", "text", "电话", "telephone"),
        _column("first_name", "text", "名", "first name"),
        _column("last_name", "text", "姓", "last name"),
        _column("country", "text", "国家", "country"),
        _column("zip", "text", "邮编", "postal code"),
        _column("oaid", "text", "OAID", "OAID"),
        _column("idfa", "text", "IDFA", "IDFA"),
        _column("gaid", "text", "GAID", "GAID"),
        _column("consent", "flag", "同意营销", "marketing consent"),
        _column("suppressed", "flag", "已退订", "unsubscribed"),
    ),
    "results": (
        _column("day*", "day", "日期", "day"),
        _column("plan", "text", "方案编号", "plan id"),
        _column("line", "text", "媒体线", "line"),
        _column("channel", "text", "渠道", "channel"),
        _column("placement", "text", "版位", "placement"),
        _column("creative", "text", "创意", "creative"),
        _column("currency*", "text", "货币", "currency"),
        _column("spend*", "money", "花费", "spend"),
        _column("impressions*", "whole", "展现量", "impressions"),
        _column("clicks*", "whole", "点击量", "clicks"),
        _column("visits", "whole", "到店访问数", "visits"),
        _column("conversions*", "number", "成交数", "conversions"),
        _column("revenue", "money", "成交金额", "revenue"),
    ),
}

TITLES: dict[Table, Words] = {
    "users": both("用户", "users"),
    "events": both("行为", "events"),
    "orders": both("订单", "orders"),
    "products": both("商品", "products"),
    "impressions": both("广告展现", "ad impressions"),
    "campaigns": both("历史投放", "past campaigns"),
    "contacts": both("联系方式", "contacts"),
    "results": both("每日投放数据", "daily results"),
}


def columns(kind: str) -> tuple[Column, ...]:
    """Return the columns of a table; KeyError for an unknown one."""
    return SCHEMA[kind]  # pyright: ignore[reportArgumentType]


def required(kind: str) -> list[str]:
    """Return the names of the columns every row must have.

    Example:
        >>> required("users")
        ['user_id']
    """
    return [column.name for column in columns(kind) if column.required]


def ddl(kind: str, name: str | None = None) -> str:
    """Return the CREATE TABLE statement of a table, under `name` when given."""
    body = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in columns(kind))
    return f'CREATE TABLE IF NOT EXISTS "{name or kind}" ({body})'


def arrow_schema(kind: str) -> pa.Schema:
    """Return the table's columns as a pyarrow schema (decimals 18,4; microsecond timestamps; date32)."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.decimal128(18, 4),
        "money": pa.decimal128(18, 4),
        "time": pa.timestamp("us"),
        "day": pa.date32(),
        "flag": pa.bool_(),
    }
    return pa.schema([pa.field(column.name, types[column.type], nullable=not column.required) for column in columns(kind)])
