"""What is known of a group of customers, as shown: measured facts, marks, words, typical people, a rule, life-cycle stages.

Plain JSON; filled by ``tools/audience``. Nothing here computes or words anything.
"""

from __future__ import annotations

from typing import Any, Literal

from .brief import Document
from .words import Words


class Measured(Document):
    """One fact of a group. `id` is what a text cites; `n` the customers (for prices: order lines) it rests on.

    `number` is the plain value (rates 0..1, money in the shop's currency), `low`/`high` its 95 % interval where it is a
    rate; `value` and `interval` are the same for people; `shop` is the value of all customers. `evidence` says which rows.
    """

    id: str
    name: Words
    value: Words
    number: float | None = None
    low: float | None = None
    high: float | None = None
    interval: str = ""
    shop: str = ""
    n: int
    evidence: str = ""


class Mark(Document):
    """A feature in which a group stands apart.

    `lift` = (mean of the group - mean of all) / standard deviation of all, with a 95 % bootstrap interval; `group` and
    `shop` are typical values in natural units.
    """

    key: str
    name: Words
    lift: float
    low: float
    high: float
    group: str = ""
    shop: str = ""


class Typical(Document):
    """One real customer under a pseudonym: nearest the centre of the group, or nearest the border to another group."""

    id: str
    kind: Literal["typical", "border"]
    numbers: list[Words]


class Spoken(Document):
    """A word that marks a group: how often its customers used it (customer-text pairs), and z of its log-odds."""

    word: str
    n: int
    z: float


class Condition(Document):
    """One comparison on a feature in natural units; an unknown value counts as `unknown`."""

    column: str
    above: bool
    value: float
    unknown: float


class Rule(Document):
    """A readable rule for a group: any of `any_of` holds, each a list of conditions that all hold.

    `recall` is the share of the group that the rule finds, `precision` the share of those found who belong to the group,
    `fidelity` their harmonic mean, counted over all customers. `text` is empty where fidelity is under the limit.
    """

    any_of: list[list[Condition]]
    fidelity: float
    recall: float
    precision: float
    text: Words
    note: Words


class Portrait(Document):
    """Everything measured of one group; `silhouette` is the median over its customers (-1..1, higher is clearer)."""

    facts: list[Measured] = []
    marks: list[Mark] = []
    words: list[Spoken] = []
    people: list[Typical] = []
    rule: Rule | None = None
    silhouette: float | None = None
    sample: int = 0

    def fact(self, name: str) -> Measured | None:
        """Return the fact whose id ends in ``.name``, or None."""
        return next((fact for fact in self.facts if fact.id.rpartition(".")[2] == name), None)


class Stage(Document):
    """A life-cycle group: its one-line rule, size, share of customers and of revenue, and what to do.

    `by_segment` counts its customers in each segment, in the order of `Lifecycle.segments`.
    """

    id: str
    name: Words
    rule: Words
    action: Words
    metric: Words
    size: int
    share: float
    revenue_share: float | None = None
    by_segment: list[int] = []


class Lifecycle(Document):
    """All customers by how recently and how often they bought, against the shop's own purchase interval.

    Everyone is in exactly one stage. `bounds` holds the numbers the rules stand on, `note` says where they come from.
    """

    stages: list[Stage]
    segments: list[str]
    names: list[Words]
    bounds: dict[str, Any]
    note: Words
