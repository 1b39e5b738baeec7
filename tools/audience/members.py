"""Whose contacts an export may take: the people of a segment or list, less who refused, unsubscribed or is too young.

A segment's people are found by its label expression in the engine. Here `contacts` is read (elsewhere only the one row that
proves whose an order is) and rows of people leave the engine; they go to `customer_list.py` and no further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from ...data.errors import AdwrightError
from ...data.knowledge import stage_rules
from ...data.words import both
from .fit import Fit, fit
from .lifecycle import staged
from .membership import members
from .sources import Table, sources

if TYPE_CHECKING:
    import pyarrow as pa

    from ...data.workspace import Workspace

FIELDS = ("email", "phone", "first_name", "last_name", "country", "zip", "oaid", "idfa", "gaid")
BATCH = 65_536
_FORCED = re.compile(r"k(\d{1,2})-\d+")


class Counts(NamedTuple):
    """People: in the segment, with consent, of those unsubscribed, too young by their recorded age, and left to write."""

    in_segment: int
    with_consent: int
    suppressed: int
    minors: int
    left: int


@contextmanager
def segment_members(workspace: Workspace, segment: str) -> Iterator[tuple[Table, str]]:
    """Yield the users of a segment or life-cycle stage as an Ibis table ``user_id`` and the version of the segmentation.

    Raises `AdwrightError` (``unknown-segment``).
    """
    forced = _FORCED.fullmatch(segment)
    found = fit(workspace, int(forced[1]) if forced and 1 <= int(forced[1]) <= 20 else None)
    source = sources(workspace, near=found and found.near)
    stage = segment in {rule.id for rule in stage_rules()}
    if found is None or source is None or not (stage or segment in found.ids):
        raise _unknown(segment, found)
    with members(workspace.warehouse, source, found) as (features, labels):
        if stage:
            own = staged(features, found.facts["lifecycle"]["bounds"])
            own = own.filter(own.stage == segment)
        else:
            own = labels.filter(labels.label == found.ids.index(segment))
        with own.select("user_id").cache() as people:
            yield people, found.key


def listed_members(user_ids: Sequence[str]) -> Table:
    """Return user ids as an Ibis table ``user_id``, each once."""
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({"user_id": pa.array(dict.fromkeys(map(str, user_ids)), pa.string())}))


def _unknown(segment: str, found: Fit | None) -> AdwrightError:
    if found is None:
        return AdwrightError(
            both("店铺还没有行为或订单数据，分不出人群。", "The shop has no events or orders yet, so it has no segments."),
            both("先导入订单或行为数据。", "Import orders or events first."),
            code="unknown-segment",
        )
    return AdwrightError(
        both(f"没有编号为“{segment}”的人群。", f"There is no segment “{segment}”."),
        both(f"现有的人群：{'、'.join(sorted(found.ids))}。", f"The segments are: {', '.join(sorted(found.ids))}."),
        code="unknown-segment",
    )


def allowed(workspace: Workspace, members: Table, least_age: int) -> tuple[Counts, Table]:
    """Return the counts, and the contacts of those members who may be written, as an Ibis table of `FIELDS`.

    Somebody counts as consenting when users and contacts together hold at least one yes and no no: silence is no consent.
    """
    import ibis

    warehouse = workspace.warehouse
    users, contacts = warehouse.table("users"), warehouse.table("contacts")
    # One row a person, whatever was written into the tables twice; a single no or unsubscription counts.
    users = users.group_by("user_id").agg(said=users.consent.min(), age=users.age.min())
    contacts = contacts.group_by("user_id").agg(
        agreed=contacts.consent.min(),
        out=contacts.suppressed.max(),
        **{name: contacts[name].max() for name in FIELDS},
    )
    t = members.left_join(users, "user_id").drop("user_id_right").left_join(contacts, "user_id").drop("user_id_right")
    yes = ibis.coalesce(t.agreed, t.said, False) & t.said.fill_null(True) & t.agreed.fill_null(True)
    young = (t.age < least_age).fill_null(False)
    t = t.mutate(yes=yes, gone=yes & t.out.fill_null(False), young=yes & ~t.out.fill_null(False) & young)
    t = t.mutate(free=t.yes & ~t.gone & ~t.young)
    row = warehouse.arrow(
        t.agg(**{name: t[name].sum().fill_null(0) for name in ("yes", "gone", "young", "free")}, n=t.count())
    ).to_pylist()[0]
    counts = Counts(row["n"], int(row["yes"]), int(row["gone"]), int(row["young"]), int(row["free"]))
    return counts, t.filter(t.free).select(*FIELDS)


def rows(workspace: Workspace, table: Table) -> Iterator[pa.RecordBatch]:
    """Yield a table of contacts in batches."""
    yield from workspace.warehouse.arrow(table).to_batches(max_chunksize=BATCH)


def unsubscribed(workspace: Workspace) -> Table:
    """Return e-mail address, telephone number and country of everybody who unsubscribed, under whatever user id."""
    contacts = workspace.warehouse.table("contacts")
    return contacts.filter(contacts.suppressed.fill_null(False)).select("email", "phone", "country")
