"""Settle where every field of an import comes from: a column of the file, a stated value, or something worked out.

What was assumed is noted in both languages. Nothing here reads a row; see `staging.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from . import headers
from .casting import DateOrder
from .errors import AdwrightError
from .schema import columns
from .source import Source
from .words import Words, both
from .workspace import Workspace

# Fields that stand for others: the column they fill, and the name of the way it is worked out.
STANDS_FOR = {
    "users": {"person": ("user_id",)},
    "events": {
        "visitor": ("user_id",),
        "session_id": ("user_id",),
        "product_id": ("event",),
        "query": ("event",),
        "order_id": ("event",),
    },
    "contacts": {"email": ("user_id",), "phone": ("user_id",)},
    "orders": {"person": ("user_id",), "amount": ("unit_price",), "paid": ("unit_price",), "title": ("product_id",)},
    "products": {"name": ("name_zh", "name_en"), "facts": ("facts_zh", "facts_en")},
    "campaigns": {
        "name": ("campaign_id",),
        "day": ("start", "end"),
        "age": ("audience",),
        "gender": ("audience",),
        "interest": ("audience",),
    },
}


class Recipe(NamedTuple):
    """How a file becomes a table: field -> column of the file, values for what the file lacks, zone, notes, names of events."""

    kind: str
    fields: dict[str, str]
    defaults: dict[str, str]
    zone: str
    order: DateOrder | None
    notes: list[Words]
    invoices: bool
    events: dict[str, str] = {}

    @property
    def given(self) -> list[str]:
        """The fields that have a text: those of the file, then those of the defaults."""
        return list(dict.fromkeys([*self.fields, *self.defaults]))

    def has(self, field: str) -> bool:
        """Whether the file or the defaults give this field."""
        return field in self.fields or field in self.defaults


def make_recipe(
    workspace: Workspace, kind: str, source: Source, match: headers.Match, defaults: Mapping[str, str], order: DateOrder | None
) -> Recipe:
    """Settle where each field comes from. Raises `AdwrightError`: ``unknown-field``, ``missing-column``."""
    fields = {field: column for column, field in match.fields.items()}
    allowed = headers.fields(kind)
    for field in defaults:
        if field not in allowed:
            raise AdwrightError(
                both(f"{kind} 没有“{field}”这个字段。", f"{kind} has no field “{field}”."),
                both(f"可用的字段：{'、'.join(allowed)}。", f"Its fields are: {', '.join(allowed)}."),
                code="unknown-field",
            )
    invoices = headers.plain(fields.get("order_id", "")) in ("invoiceno", "invoice")
    recipe = Recipe(kind, fields, dict(defaults), workspace.timezone, order, [], invoices)
    if source.nameless:
        zh, en = source.nameless.zh, source.nameless.en
        recipe.notes.append(both(f"文件没有表头，第一行的样子与{zh}一致。", f"The file has no header; its first row looks like {en}."))
    _add_near(recipe, match)
    _add_export(recipe, source)
    _add_channel(recipe, source)
    _add_currency(recipe, match, workspace)
    _require(recipe, source)
    if any(column.type == "time" and column.name in fields for column in columns(kind)):
        recipe.notes.append(
            both(
                f"没有写明时区的时间按店铺时区 {recipe.zone} 理解。",
                f"Times that name no zone are taken to be in the shop's zone, {recipe.zone}.",
            )
        )
    return recipe


def _add_near(recipe: Recipe, match: headers.Match) -> None:
    for column, field in match.near.items():
        recipe.notes.append(both(f"列“{column}”按相近名称对应到 {field}。", f"The column “{column}” was taken for {field}, a near name."))


def _add_export(recipe: Recipe, source: Source) -> None:
    """Say which order export the columns are those of, and how sure that is."""
    known = headers.export(source.headers) if recipe.kind == "orders" else None
    if known is None:
        return
    zh, en = known["name"]
    if known["status"] == "unverified":
        recipe.notes.append(
            both(
                f"列名与{zh}一致；这种格式还没有用真实文件核对过，请对照预览检查金额。",
                f"The columns are those of {en}; that format was not checked against a real file: compare the amounts with the preview.",
            )
        )
    else:
        recipe.notes.append(both(f"列名与{zh}一致。", f"The columns are those of {en}."))


def _add_channel(recipe: Recipe, source: Source) -> None:
    found = headers.platform(source.headers) if recipe.kind in ("campaigns", "results") and not recipe.has("channel") else None
    if found:
        channel, (zh, en) = found
        recipe.defaults["channel"] = channel
        recipe.notes.append(both(f"列名与{zh}一致，渠道记为 {channel}。", f"The columns are those of {en}; the channel is {channel}."))


def _add_currency(recipe: Recipe, match: headers.Match, workspace: Workspace) -> None:
    if recipe.has("currency") or not any(column.name == "currency" for column in columns(recipe.kind)):
        return
    if match.currency:
        recipe.defaults["currency"] = match.currency
        recipe.notes.append(both(f"货币 {match.currency} 取自列名。", f"The currency {match.currency} is named in a header."))
    else:
        recipe.defaults["currency"] = workspace.currency
        recipe.notes.append(
            both(
                f"文件没有写货币，按店铺货币 {workspace.currency} 记录。",
                f"The file names no currency; it is the shop's, {workspace.currency}.",
            )
        )


def _require(recipe: Recipe, source: Source) -> None:
    """Raise `AdwrightError` (code ``missing-column``) when a required column can neither be read nor worked out."""
    worked_out = {target for stand_in, targets in STANDS_FOR.get(recipe.kind, {}).items() if recipe.has(stand_in) for target in targets}
    absent = [
        column for column in columns(recipe.kind) if column.required and not recipe.has(column.name) and column.name not in worked_out
    ]
    if recipe.kind == "orders" and "unit_price" in worked_out and not recipe.has("quantity"):
        recipe.defaults["quantity"] = "1"
        recipe.notes.append(both("文件没有数量，每行按 1 件计。", "The file has no quantity; every row counts as 1."))
        absent = [column for column in absent if column.name != "quantity"]
    if not absent:
        return
    zh = "、".join(f"{column.title.zh}（{column.name}）" for column in absent)
    en = ", ".join(f"{column.title.en} ({column.name})" for column in absent)
    example = absent[0].name
    if all(re.fullmatch(r"[\d.,:TZ -]+", header) for header in source.headers):
        raise AdwrightError(
            both(f"文件似乎没有表头，缺少必需的列：{zh}。", f"The file seems to have no header; it lacks required columns: {en}."),
            both("请在第一行写上列名，再导入一次。", "Write the names of the columns in its first row and import it again."),
            code="missing-column",
        )
    raise AdwrightError(
        both(f"文件缺少必需的列：{zh}。", f"The file lacks required columns: {en}."),
        both(
            f"文件里的列有：{'、'.join(source.headers)}。请用 --map 列名={example} 指明对应的列，或用 --set {example}=值 给出统一的值。",
            f"It has: {', '.join(source.headers)}. Name the column with --map COLUMN={example}, or give one value for all rows with --set {example}=VALUE.",
        ),
        code="missing-column",
    )
