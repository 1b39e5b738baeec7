"""Whether membership of a list stands in for a trait that nothing may rest on: age, gender or region.

No group is made from these columns, but shopping habits can follow them. Membership m and a trait t are two yes-or-no
columns, so the area under the ROC curve of one as the score of the other is 1/2 + |P(score | yes) - P(score | no)| / 2
(Fawcett 2006, An introduction to ROC analysis). Both directions are taken and the larger one counts: a small list of
women only says little about who is a woman, but a woman's presence says much about who is on the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.words import Words, both
from .sources import Table

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LIMIT = 0.65
LEAST_PEOPLE = 50  # with the trait and without it; fewer make any curve by chance
BANDS = (25, 35, 45, 55)
_TITLES = {"age": both("年龄", "age"), "gender": both("性别", "gender"), "region": both("地区", "region")}
_VALUES = {"female": both("女", "female"), "male": both("男", "male")}


class Proxy(Document):
    """A trait that a list gives away: the column, its value (an age band as 25-34), and the AUC (0.5 nothing, 1 entirely)."""

    column: str
    value: str
    auc: float

    @property
    def told(self) -> Words:
        """One line for people."""
        title, value = _TITLES[self.column], _VALUES.get(self.value, both(self.value, self.value))
        return both(
            f"名单与{title.zh}（{value.zh}）关系明显：AUC {self.auc:.2f}，高于 {LIMIT}。投放前请想清楚是否合适。",
            f"This list goes with {title.en} ({value.en}): AUC {self.auc:.2f}, above {LIMIT}. Consider whether that is fair before using it.",
        )


def proxies(workspace: Workspace, members: Table) -> list[Proxy]:
    """Return the traits in the users table that membership gives away, the strongest value per column; empty without users.

    Everybody in the users table whose trait is known counts, as a member or not.
    """
    found = [_strongest(name, counts) for name, counts in _counts(workspace, members).items()]
    return sorted((proxy for proxy in found if proxy is not None), key=lambda proxy: (-proxy.auc, proxy.column))


def _counts(workspace: Workspace, members: Table) -> dict[str, list[tuple[str, int, int]]]:
    """Return per column: value, how many have it among members and among the others."""
    import ibis

    users = workspace.warehouse.table("users")
    inside = members.mutate(inside=ibis.literal(1))
    joined = users.left_join(inside, "user_id")
    joined = joined.mutate(inside=joined.inside.fill_null(0))
    band: Any = ibis.cases(
        *[(joined.age < end, f"{begin}-{end - 1}" if begin else f"<{end}") for begin, end in zip((0, *BANDS[:-1]), BANDS, strict=True)],
        (joined.age >= BANDS[-1], f"{BANDS[-1]}+"),
    )
    result = {}
    for name, value in (("age", band), ("gender", joined.gender), ("region", joined.region)):
        table = joined.mutate(value=value).filter(value.notnull())
        grouped = table.group_by("value").agg(members=table.inside.sum(), others=(1 - table.inside).sum())
        rows = workspace.warehouse.arrow(grouped.order_by("value")).to_pylist()
        result[name] = [(row["value"], int(row["members"]), int(row["others"])) for row in rows]
    return result


def _strongest(name: str, counts: list[tuple[str, int, int]]) -> Proxy | None:
    inside, outside = sum(row[1] for row in counts), sum(row[2] for row in counts)
    ranked = []
    for value, members, others in counts:
        score = auc(members, others, inside - members, outside - others)
        if score is not None:
            ranked.append((-score, value))
    if not ranked or -min(ranked)[0] <= LIMIT:
        return None
    score, value = min(ranked)
    return Proxy(column=name, value=value, auc=round(-score, 3))


def auc(trait_in: int, trait_out: int, rest_in: int, rest_out: int) -> float | None:
    """Return the larger AUC of two yes-or-no columns from their four counts; None where `LEAST_PEOPLE` are not met.

    Example:
        >>> auc(100, 100, 300, 300), auc(100, 300, 0, 200)
        (0.5, 0.7)
    """
    trait, rest, inside, outside = trait_in + trait_out, rest_in + rest_out, trait_in + rest_in, trait_out + rest_out
    if min(trait, rest, inside, outside) < LEAST_PEOPLE:
        return None
    forward = 0.5 + abs(trait_in / trait - rest_in / rest) / 2
    backward = 0.5 + abs(trait_in / inside - trait_out / outside) / 2
    return max(forward, backward)
