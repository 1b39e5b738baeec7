"""What stands in the way of a customer list: barred goods, telling names, missing consent, too few people, no contacts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.brief import Product
from ...data.errors import AdwrightError
from ...data.knowledge.customer_lists import ListRule
from ...data.knowledge.sensitive import sensitive, sensitive_goods
from ...data.personal import ADDRESS
from ...data.words import both

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .list_rows import Tally
    from .members import Counts

_ADDRESS = re.compile(ADDRESS)


def check_product(workspace: Workspace, rule: ListRule, product: Product | str) -> None:
    """Raise `AdwrightError` (``sensitive-goods``) when the platform bars lists like this for the product."""
    from ..catalogue import find_product

    meant = find_product(workspace, product) if isinstance(product, str) else product
    told = [meant.name, meant.name_zh, meant.name_en, meant.noun_zh, meant.noun_en]
    kind = next((found for text in told if (found := sensitive_goods(text, tuple(rule.refuses)))), None)
    if kind is not None:
        raise AdwrightError(
            both(
                f"“{meant.called('zh')}”属于{kind.name.zh}，{rule.name.zh}不能用商家自己的人群名单推广这类商品。",
                f"“{meant.called('en')}” belongs to {kind.name.en}: {rule.name.en} may not be used for such goods.",
            ),
            both(
                "请改用平台自带的人群或关键词定向；排除名单也在限制之内。",
                "Use the platform's predefined audiences or keywords; the rule covers exclusion lists too.",
            ),
            code="sensitive-goods",
        )


def check_names(segment: str | None, target: Path) -> None:
    """Raise when a name that leaves the shop says something sensitive, or the file cannot stand where it should."""
    for name in (target.stem, segment or ""):
        if _ADDRESS.search(name):
            raise AdwrightError(
                both("名称里有邮箱或电话号码。", "The name holds an e-mail address or telephone number."),
                both("请换一个中性的名称，例如 s1-google.csv。", "Choose a neutral name, such as s1-google.csv."),
                code="telling-name",
            )
        trait = sensitive(name) or sensitive_goods(name)
        if trait is not None:
            raise AdwrightError(
                both(
                    f"名称“{name}”透露了敏感信息（{trait.name.zh}）。",
                    f"The name “{name}” gives away something sensitive ({trait.name.en}).",
                ),
                both("请换一个中性的名称，例如 s1-google.csv。", "Choose a neutral name, such as s1-google.csv."),
                code="telling-name",
            )
    if target.is_dir() or not (target.parent.is_dir() or target.parent.parent.is_dir()):
        raise AdwrightError(
            both(f"不能写到 {target}。", f"Nothing can be written at {target}."),
            both("请给出已有文件夹里的文件名。", "Name a file in a folder that exists."),
            code="bad-path",
        )


def check_counts(counts: Counts, fewest: int) -> None:
    """Raise when nobody consented (``no-consent``) or too few people are left (``too-few-people``)."""
    if not counts.with_consent and counts.in_segment:
        raise AdwrightError(
            both(
                f"这个人群的 {counts.in_segment:,} 人里，没有人有同意营销的记录。",
                f"Of the {counts.in_segment:,} people in this segment nobody is recorded as having consented to marketing.",
            ),
            both(
                "请导入带“同意营销”列的用户或联系方式；没有记录不等于同意。",
                "Import users or contacts with a column of marketing consent; no record is no consent.",
            ),
            code="no-consent",
        )
    if counts.left < fewest:
        raise too_few(counts, counts.left, fewest, None)


def too_few(counts: Counts, left: int, fewest: int, tally: Tally | None) -> AdwrightError:
    """Return the error of a list that would be too small, with what became of the others."""
    zh = f"人群 {counts.in_segment:,} 人，同意营销 {counts.with_consent:,} 人，其中退订 {counts.suppressed:,} 人"
    en = f"{counts.in_segment:,} in the segment, {counts.with_consent:,} with consent, {counts.suppressed:,} of them unsubscribed"
    if tally is not None:
        zh += f"，有联系方式 {tally.with_contact:,} 人"
        en += f", {tally.with_contact:,} with a contact"
    return AdwrightError(
        both(
            f"能写进名单的只有 {left:,} 人，少于 {fewest} 人：{zh}。", f"Only {left:,} people could be written, fewer than {fewest}: {en}."
        ),
        both(
            "人数太少会暴露个人。请选更大的人群，或导入更多联系方式。",
            "So small a list could single people out. Choose a larger segment, or import more contacts.",
        ),
        code="too-few-people",
    )


def no_contacts() -> AdwrightError:
    """Return the error of a shop without contacts."""
    return AdwrightError(
        both("店铺里还没有联系方式，做不了人群名单。", "The shop holds no contacts yet, so no list can be made."),
        both(
            "先导入：adwright import contacts 文件（用户编号、邮箱、手机号、是否同意营销、是否退订）。只存在本机。",
            "Import them first: adwright import contacts FILE (user id, e-mail, telephone, consent, unsubscribed). They stay on this machine.",
        ),
        code="no-contacts",
    )
