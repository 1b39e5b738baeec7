"""`export_audience`: a segment's people as the hashed customer list of one advertising platform, with a manifest beside it.

Written are people with consent who have not unsubscribed, each in the platform's own form (`knowledge/customer_lists.toml`),
sorted by hash, so that the order says nothing. The file is there whole or not at all. Nothing is uploaded, and no address,
number or user id is in the result, the manifest or an error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import __version__
from ...data.artefacts import write_whole
from ...data.brief import Document, Product
from ...data.errors import AdwrightError
from ...data.knowledge.customer_lists import ListRule, home_country, least, list_rule
from ...data.result import SILENT, Progress
from ...data.words import Words, both
from .list_checks import check_counts, check_names, check_product, no_contacts, too_few
from .list_rows import Tally, collect
from .members import allowed, listed_members, rows, segment_members, unsubscribed
from .proxies import Proxy, proxies

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .sources import Table

LISTED = "list"


class CustomerList(Document):
    """A written list. Counts are people: `in_segment` of whom `with_consent`; of those `suppressed` (unsubscribed) and
    `minors` are out; of the rest `with_contact` have something the platform takes; `invalid` have nothing valid,
    `duplicates` the same as another; `written` remain. `invalid_values` counts single values left out, by field.
    """

    platform: str
    rule: str
    segment: str
    segment_version: str
    file: str
    manifest: str
    bytes: int
    sha256: str
    in_segment: int
    with_consent: int
    suppressed: int
    minors: int
    with_contact: int
    invalid: int
    duplicates: int
    written: int
    invalid_values: dict[str, int]
    home_country: str | None
    proxies: list[Proxy]
    notes: list[Words]


def export_audience(
    workspace: Workspace,
    segment: str | None,
    platform: str,
    path: str | Path,
    *,
    user_ids: Sequence[str] | None = None,
    product: Product | str | None = None,
    country: str | None = None,
    progress: Progress = SILENT,
) -> CustomerList:
    """Write the customer list of `segment` (an id of `find_segments`) for `platform` to `path`, and ``<stem>.manifest.json``.

    A folder is made when only the last one of the path is missing. With `user_ids` those people are written and `segment` only names the list. `product` is what the list will advertise;
    goods the platform bars from such lists are refused. `country` (two letters) is meant by numbers that name none; by
    default that of the shop's currency.

    Raises `AdwrightError`: ``unknown-platform``, ``unknown-segment``, ``sensitive-goods``, ``telling-name``, ``bad-path``,
    ``no-contacts``, ``no-consent``, ``too-few-people`` (under 100).

    Example:
        >>> export_audience(shop, "s1", "google", "s1-google.csv").written  # doctest: +SKIP
        1842
    """
    rule, target = list_rule(platform), Path(path).expanduser()
    check_names(segment, target)
    if product is not None:
        check_product(workspace, rule, product)
    if not workspace.warehouse.count("contacts"):
        raise no_contacts()
    home = country.upper() if country else home_country(workspace.currency)
    if user_ids is not None:
        members = listed_members(user_ids)
        version = hashlib.sha256("\n".join(sorted(set(map(str, user_ids)))).encode()).hexdigest()[:16]
        return _write(workspace, rule, target, segment or LISTED, version, members, home, progress)
    if segment is None:
        raise AdwrightError(
            both("没有说导出哪个人群。", "No segment was named."),
            both("给出人群编号，例如 s1，或一份用户编号。", "Give a segment's id, such as s1, or a list of user ids."),
            code="unknown-segment",
        )
    with segment_members(workspace, segment) as (members, version):
        return _write(workspace, rule, target, segment, version, members, home, progress)


def _write(
    workspace: Workspace, rule: ListRule, target: Path, segment: str, version: str, members: Table, home: str | None, progress: Progress
) -> CustomerList:
    fewest, least_age = least()
    progress.note(both("核对同意与退订", "Checking consent and unsubscriptions"), 0, 3)
    counts, contacts = allowed(workspace, members, least_age)
    check_counts(counts, fewest)
    progress.note(both("加密联系方式", "Hashing contacts"), 1, 3)
    lines, tally = collect(rule, rows(workspace, contacts), rows(workspace, unsubscribed(workspace)), home)
    if len(lines) < fewest:
        raise too_few(counts, len(lines), fewest, tally)
    progress.note(both("检查名单是否透露敏感特征", "Checking what the list gives away"), 2, 3)
    given_away = proxies(workspace, members)
    target.parent.mkdir(exist_ok=True)
    size, digest = _write_lines(rule, lines, target)
    result = CustomerList(
        platform=rule.id,
        rule=rule.version,
        segment=segment,
        segment_version=version,
        file=str(target),
        manifest=str(target.with_name(f"{target.stem}.manifest.json")),
        bytes=size,
        sha256=digest,
        in_segment=counts.in_segment,
        with_consent=counts.with_consent,
        suppressed=counts.suppressed + tally.suppressed,
        minors=counts.minors,
        with_contact=tally.with_contact,
        invalid=tally.invalid,
        duplicates=tally.duplicates,
        written=len(lines),
        invalid_values=tally.invalid_values,
        home_country=home,
        proxies=given_away,
        notes=_notes(rule, len(lines), tally, home, given_away),
    )
    write_whole(Path(result.manifest), _manifest(workspace, rule, result))
    progress.note(both("名单写好了", "The list is written"), 3, 3)
    return result


def _write_lines(rule: ListRule, lines: list[str], target: Path) -> tuple[int, str]:
    """Write the file in one step; return its size and SHA-256."""
    digest, size = hashlib.sha256(), 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        headers = [column.header for column in rule.columns]
        every = [",".join(headers), *lines] if any(headers) else lines
        for begin in range(0, len(every), 10_000):
            piece = ("\n".join(every[begin : begin + 10_000]) + "\n").encode()
            digest.update(piece)
            size += len(piece)
            yield piece

    write_whole(target, pieces())
    return size, digest.hexdigest()


def _manifest(workspace: Workspace, rule: ListRule, result: CustomerList) -> bytes:
    """The manifest beside the file: how the list came about, without anything about a person."""
    told: dict[str, Any] = result.model_dump(mode="json", exclude={"file", "manifest"})
    told |= {
        "file": Path(result.file).name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_by": f"adwright {__version__}",
        "demo": workspace.is_demo,
        "rule_status": rule.status,
        "rule_source": rule.source,
        "columns": [column.model_dump() for column in rule.columns],
        "refused_goods": rule.refuses,
    }
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _notes(rule: ListRule, written: int, tally: Tally, home: str | None, given_away: list[Proxy]) -> list[Words]:
    notes = [proxy.told for proxy in given_away]
    if written < rule.platform_least:
        notes.append(
            both(
                f"{rule.name.zh}要求至少 {rule.platform_least:,} 条，这份只有 {written:,} 条。",
                f"{rule.name.en} asks for at least {rule.platform_least:,} entries; this file has {written:,}.",
            )
        )
    if tally.invalid_values.get("phone") and home is None:
        notes.append(
            both(
                "没有写国家代码的电话无法使用；请指明国家，例如 CN。",
                "Numbers without a country code could not be used; name the country, such as US.",
            )
        )
    elif home and any(column.field == "phone" for column in rule.columns):
        notes.append(both(f"没有写国家的电话按 {home} 处理。", f"Numbers that name no country were taken to be of {home}."))
    if rule.status != "verified":
        notes.append(both("这个平台的格式未经核实。", "The format of this platform is not verified."))
    return [*notes, rule.note]
