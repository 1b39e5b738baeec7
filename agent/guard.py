"""The number guard: every figure in an answer written by a model must exist in what the turn knows.

A figure passes when a known one, rounded as the answer rounds it, has the same unit and currency, is of the measure the sentence
names and belongs to the channel or line the sentence speaks of. Computed by the model itself, a sum, difference, ratio or share is
let through when both operands stand right in the same sentence, a word says what was computed, and it is right. Small counts
of things that are no measure ("3 reasons") are free. Not covered: words without a figure ("half", "far more"), and whether a right
figure is put to the right use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from .facts import RESULTS, Fact
from .figure_words import RANGE, SOFT, TOTAL
from .figures import Mention, figures
from .known import Known
from .placing import subjects_in
from .planner.normalise import read

FREE_COUNT = 12
# Sums may add up the list above them; anything else has its operands in its own sentence.
REACH = 8
# Which known measures may be told under which word.
SAME = {
    "spend": {"spend", "daily", "reference", "bid"}, "orders": {"orders", "gain"}, "roas": {"roas"}, "be_roas": {"be_roas", "roas", "cpa", "roi"},
    "cpa": {"cpa"}, "price": {"price", "order_value", "cost", "bid"}, "share": {"share", "rate"}, "people": {"people"}, "contribution": {"contribution", "margin"},
    "revenue": {"revenue", "share"}, "days": {"days"}, "roi": {"roi"}, "cpc": {"cpc", "bid"},
}  # fmt: skip
BEFORE = re.compile(
    r"原|之前|此前|上一版|对照|平均|均分|最近|目前|现在的|before|previous|earlier|current|compared|from|reference|equal|even split|last \d+ days|→|降到|降至|升|改"
)
THRESHOLD = re.compile(r"保本|盈亏平衡|不低于|低于|至少|高于|break-?\s?even|above|below|at least|exceed|over\b|under\b|stays|minimum")
DAILY = re.compile(r"每天|每日|日均|一天|天均|/天|\b(?:a|each|every|per) day\b|daily|/day")
MORE = re.compile(r"多|增|提升|涨|更|\bmore\b|\bextra\b|additional|gain|\badds?\b|\bup\b|increas|lift|incremental|\+")
FEWER = re.compile(r"少|减|降|跌|低于|\bfewer\b|\bless\b|\bdown\b|decreas|drop|fell|lower|loses?\b")
DOWN = re.compile(
    r"亏|降|减|少|低|跌|负|赔|loss|lose|losing|down|drop|fell|fall|less|fewer|below|decrease|negative|minus|cut|lower|弹性|elasticity"
)
COMPUTED = {
    "difference": re.compile(
        r"多|少|高|低|差|增|减|提升|升|降|涨|跌|省|剩|余|more|less|fewer|higher|lower|differ|gap|increase|decrease|\bup\b|\bdown\b|sav|extra|drop|fell|fall|rose|rise|gr[eo]w|ahead|remain|left|cut|add|below|above|beyond"
    ),
    "sum": re.compile(r"合计|共|总|加起来|一起|两者|二者|total|together|combined|\bsum|altogether|in all|both|jointly"),
    "ratio": re.compile(
        r"倍|占|比例|之比|每|日均|平均|相当于|约合|折合|share|of the|times|\bx\b|ratio|\bper\b|each|average|\ba day\b|daily|represent|account|equal|make up"
    ),
}
COMPUTABLE = {None, "share", "spend", "revenue", "orders", "clicks", "impressions", "people", "price", "contribution"}
FREE_TIME = re.compile(r"建议|观察|测试|试|先|之内|以内|内|后|再|每隔|提前|review|test|after|within|every|first|wait|check|next|last|ahead")


@dataclass(frozen=True)
class Verdict:
    """A figure of an answer and the known one that explains it (None: nothing does); `free` needs no explanation."""

    mention: Mention
    fact: Fact | None
    free: bool = False
    computed: str = ""

    @property
    def wrong(self) -> bool:
        """Whether nothing known explains the figure."""
        return self.fact is None and not self.free and not self.computed


def judge(answer: str, known: Known) -> list[Verdict]:
    """Return a verdict on each figure of an answer."""
    mentions = figures(answer, known.names)
    spoken = frozenset(key for _, _, key in subjects_in(read(answer).plain, known.names))
    grouped = Index(known, spoken)
    found: list[Verdict] = []
    for item in mentions:
        fact = grouped.explains(item)
        found.append(Verdict(item, fact, free=fact is None and is_free(item, known)))
    for i, verdict in enumerate(found):
        if verdict.wrong and verdict.mention.kind != "date":
            near = [other for other in found if other.fact is not None and 0 <= verdict.mention.sentence - other.mention.sentence <= REACH]
            computed = computed_from(verdict.mention, near)
            if computed:
                found[i] = Verdict(verdict.mention, near[0].fact if computed == "same" else None, computed=computed)
    return found


def unknown_figures(answer: str, known: Known) -> list[Mention]:
    """Return the figures of `answer` that nothing known explains."""
    return [verdict.mention for verdict in judge(answer, known) if verdict.wrong]


def is_free(item: Mention, known: Known) -> bool:
    """Return whether a figure is a small count of things that are no measure: 3 reasons, 2 steps."""
    if item.value == 1 and item.kind == "money" and re.search(r"每|\b(?:per|every|each)\b", item.before):
        return True
    if (
        item.kind not in ("plain", "count")
        or item.value != item.value.to_integral_value()
        or item.step != 1
        or not 0 <= item.value <= FREE_COUNT
    ):
        return False
    if item.noun in SOFT:
        return not any(fact.measure == item.noun for fact in known.facts)
    if item.noun == "days":
        return bool(FREE_TIME.search(item.clause)) and not TOTAL.search(item.clause)
    return item.noun is None and item.measure is None and not re.match(r"[\s*]*$", item.clause)


class Index:
    """The known figures, arranged for one answer."""

    def __init__(self, known: Known, spoken: frozenset[str]) -> None:
        self.spoken, self.asked = spoken, known.asked
        self.facts = [fact for fact in known.facts if fact.kind != "date"]
        self.days = [fact for fact in known.facts if fact.kind == "date" and fact.day is not None]
        self.channels = known.channels

    def explains(self, item: Mention) -> Fact | None:
        """Return the known figure that explains one of the answer; the fittest when several do."""
        if item.kind == "date":
            return self.day(item)
        best: tuple[int, Fact] | None = None
        for fact in self.facts:
            if not rounds_to(fact, item):
                continue
            score = self.fit(fact, item)
            if score is not None and (best is None or score > best[0]):
                best = (score, fact)
        return best[1] if best else None

    def fit(self, fact: Fact, item: Mention) -> int | None:
        """Return how well a figure of the right size fits what the sentence says of it; None when it does not."""
        if not same_unit(fact, item) or not same_sign(fact, item):
            return None
        score = 0 if fact.text else 1
        if fact.measure == "between":
            if item.kind == "plain" and fact.kind == "ratio" and item.step == 1:
                return None
            return (
                3
                if fact.about <= self.spoken and (item.kind == "ratio" or any(cue.search(item.clause) for cue in COMPUTED.values()))
                else None
            )
        if item.measure is not None and fact.measure is not None:
            if not same_measure(fact.measure, item):
                return None
            score += 4
        elif (fact.measure in ("gain", "reference", "items", "weeks", "daily") and not special(fact.measure, item)) or (
            item.measure is not None and fact.measure is None and not fact.text and fact.kind == "count"
        ):
            return None
        elif item.measure is not None and fact.measure is None and fact.text and fact.kind == "plain" and abs(fact.value) <= FREE_COUNT:
            # "5 products match" explains no "5 orders".
            return None
        if fact.end and not RANGE.search(item.clause):
            return None
        if not self.of_subject(fact, item) or (
            fact.end and not item.about and not fact.total and not fact.about - self.asked <= self.spoken
        ):
            return None
        return score + 2 * len(fact.about & item.about) + (0 if fact.about or item.about else 1)

    def of_subject(self, fact: Fact, item: Mention) -> bool:
        """Return whether a figure belongs to the channel or line the sentence speaks of."""
        if not item.about:
            own = fact.about - self.asked
            return not own or bool(own & self.spoken)
        for prefix in ("channel:", "row:"):
            said = {key for key in item.about if key.startswith(prefix)}
            owned = {key for key in fact.about if key.startswith(prefix)}
            if said and owned and not said & owned and not (prefix == "row:" and fact.about & item.about):
                return False
        said = {key for key in item.about if key.startswith("channel:")}
        if item.strict and fact.total and said and (fact.measure in RESULTS or fact.measure is None):
            return len(self.channels) <= 1 or not said <= self.channels
        return True

    def day(self, item: Mention) -> Fact | None:
        """Return a known date that agrees in every part the answer names."""
        assert item.day is not None
        years = {fact.day.year for fact in self.days if isinstance(fact.day, date)}
        roles = {fact.measure for fact in self.days}
        for fact in self.days:
            if item.measure in roles and item.measure in ("start", "end") and fact.measure != item.measure:
                continue
            parts = (fact.day.year, fact.day.month, fact.day.day) if isinstance(fact.day, date) else fact.day
            assert parts is not None
            if parts[0] is None and years and item.day[0] is not None and item.day[0] not in years:
                continue
            if all(said is None or known is None or said == known for said, known in zip(item.day, parts, strict=True)) and (
                item.day[2] is None or parts[2] is not None
            ):
                return fact
        return None


def rounds_to(fact: Fact, item: Mention) -> bool:
    """Return whether a known value, rounded as the answer shows it, gives the answer's figure."""
    known, said, step = abs(fact.value), abs(item.value), item.step
    if item.kind == "rate" and fact.kind not in ("rate", "ratio", "plain"):
        return False
    options = [(known, said, step)]
    if item.kind == "rate" and fact.kind == "plain":
        options.append((known, said * 100, step * 100))
    if item.kind == "plain" and fact.kind == "rate" and item.measure in ("ctr", "cvr", "share", "margin", "p_profit", None) and step < 1:
        options.append((known * 100, said, step))
    return any(near(a, b, c, item.loose) for a, b, c in options)


def near(known: Decimal, said: Decimal, step: Decimal, loose: str) -> bool:
    """Return whether `known` rounds to `said` at `step`; words like "about" and "over" widen the step to the last digit that is not 0."""
    if (loose and step >= 1) or (loose and step == Decimal("0.01") and said < 1):
        wide = step
        while said and said % (wide * 10) == 0 and wide * 10 < said:
            wide *= 10
        # One digit is all that "over 400" says; "about 400" has to be nearer than that.
        if (loose == "over" and said <= known < said + wide) or (loose == "under" and said - wide < known <= said):
            return True
        if loose in ("about", "under") and abs(known - said) * 2 <= min(wide, said / 10):
            return True
    if abs(known - said) > step:
        return False
    return any((known / step).quantize(Decimal(1), way) * step == said for way in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN))


def same_unit(fact: Fact, item: Mention) -> bool:
    """Return whether the unit written can stand for the known one; an unwritten unit stands for any."""
    if item.kind == "money":
        if fact.kind == "money":
            return fact.currency is None or same_currency(fact.currency, item.currency)
        return fact.kind == "plain" and fact.measure not in ("orders", "clicks", "impressions", "people", "days", "items", "weeks")
    if item.kind == "rate":
        return fact.kind in ("rate", "ratio") or (
            fact.kind == "plain" and fact.measure in (None, "ctr", "cvr", "share", "margin", "roi", "rate") and abs(fact.value) <= 1
        )
    if item.kind == "ratio":
        return fact.kind in ("ratio", "plain", "rate")
    if item.noun in ("orders", "clicks", "impressions", "people", "days", *SOFT):
        return fact.kind in ("count", "plain")
    return fact.kind != "money" or item.noun is None


def same_currency(one: str | None, two: str | None) -> bool:
    """Return whether two currencies agree; ¥ may be yuan or yen."""
    return one == two or (one == "¥" and two in ("CNY", "JPY")) or (two == "¥" and one in ("CNY", "JPY"))


def same_sign(fact: Fact, item: Mention) -> bool:
    """Return whether the sign agrees: written, or said in a word ("亏", "down")."""
    if item.sign < 0:
        return fact.value < 0
    return fact.value >= 0 or bool(DOWN.search(item.clause))


def same_measure(measure: str, item: Mention) -> bool:
    """Return whether a known measure may be told under the measure the sentence names."""
    named = item.measure or ""
    if measure == named:
        return not (named in ("orders", "contribution") and measure == "gain")
    if measure in ("gain", "reference", "daily", "items", "weeks"):
        return measure in SAME.get(named, {named, *(("items",) if named in SOFT else ())}) and special(measure, item)
    if measure == "be_roas" and named == "roas":
        return bool(THRESHOLD.search(item.clause))
    return measure in SAME.get(named, {named})


def special(measure: str, item: Mention) -> bool:
    """Return whether the sentence says what a derived figure is: more orders, a day, before, so many items."""
    if measure == "gain":
        return bool(MORE.search(item.clause)) and not FEWER.search(item.clause)
    if measure == "reference":
        return bool(BEFORE.search(item.clause))
    if measure == "daily":
        return bool(DAILY.search(item.clause))
    return measure == "weeks" or item.noun is None


def computed_from(item: Mention, near_by: Sequence[Verdict]) -> str:
    """Return how a figure follows from known figures of its own sentence; empty when it does not.

    Asks for the word that says what was computed ("more", "in all", "times").
    """
    # The known value, not its rounded form, is what was computed with.
    operands = [replace(o.mention, value=o.fact.value) for o in near_by if o.fact and o.fact.value and o.mention.kind != "date"]
    here = [operand for operand in operands if operand.sentence == item.sentence]
    if item.measure not in COMPUTABLE:
        return ""
    text = item.clause
    for name, value, unit in [*results(here), *(result for result in results(operands) if result[0] == "sum")]:
        if item.kind == "money" and not any(same_currency(operand.currency, item.currency) for operand in operands):
            continue
        if not COMPUTED[name].search(text) or (item.kind == "rate") != (unit == "rate") or (item.kind == "money" and unit != "money"):
            continue
        if not near(abs(value), abs(item.value), item.step, item.loose) or item.step > abs(item.value):
            continue
        if item.sign < 0 and not (name == "difference" and re.search(r"变|差|change|difference", text)):
            continue
        if item.measure is not None and name == "sum" and not any(other.measure in (item.measure, None) for other in operands):
            continue
        return name
    return ""


def results(operands: Sequence[Mention]) -> Iterator[tuple[str, Decimal, str]]:
    """Yield what can be computed from figures: sums, differences, relative changes, ratios, shares."""
    values = [abs(item.value) for item in operands]
    money = [item.kind == "money" for item in operands]
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            if i == j:
                continue
            unit = "money" if money[i] and money[j] else "rate" if operands[i].kind == operands[j].kind == "rate" else "plain"
            if i < j:
                yield "sum", a + b, unit
                yield "difference", a - b, unit
                for base in (a, b):
                    yield "difference", abs(a - b) / base, "rate"
            yield "ratio", a / b, "plain"
            yield "ratio", a / b, "rate"
            if money[i] and not money[j]:
                yield "ratio", a / b, "money"
    for kind in ("money", "plain", "count"):
        group = [abs(item.value) for item in operands if item.kind == kind]
        if len(group) > 2:
            yield "sum", sum(group, Decimal(0)), kind if kind == "money" else "plain"
