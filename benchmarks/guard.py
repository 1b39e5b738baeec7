"""The number guard on 500 answers written about real tool results, half of them with one wrong figure in them.

The guard was made with the sentences of family A in sight. B, C and D were written one after the other, run once unseen, and
what they showed was then mended, so the figures printed now are those of a regression. At first sight they were: B 0.960 found
and 4.4 % false alarms, C 0.964 and 4.7 %, D 0.984 and 4.0 %.
"""

from __future__ import annotations

import random
import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from adwright import Workspace
from adwright.agent.guard import unknown_figures
from adwright.agent.known import known_to
from adwright.agent.wording import channel_name
from adwright.data.plan import CampaignPlan
from adwright.data.words import Language

from .guard_frames import FAMILY_A, FAMILY_B, FAMILY_C, FAMILY_D
from .guard_turns import Turn, turns

ANSWERS = 500
PLACE = re.compile(r"\{(\w+)\}|<(\w+)>")
SIGN = {"CNY": "¥", "USD": "$"}


@dataclass(frozen=True)
class Slot:
    """A right figure: its value and unit (an ISO code, ``count``, ``rate``, ``ratio``, ``days``, ``date``); `others` are the same measure elsewhere."""

    value: Any
    unit: str
    others: tuple[Any, ...] = ()


@dataclass
class Answer:
    """A written answer with the places of its right figures and of the wrong one, and how that was made."""

    text: str
    right: list[tuple[int, int]]
    wrong: tuple[int, int] | None
    kind: str
    turn: Turn


def main() -> None:
    """Print recall of planted figures and false alarms per right figure, for both families, and the misses."""
    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "shop", scale=0.05) as shop:
        held = turns(shop)
    print("| family | answers | planted found | false alarms per right figure | ms per answer |")
    print("|---|---|---|---|---|")
    kinds: dict[str, Counter[str]] = {"A": Counter(), "B": Counter(), "C": Counter(), "D": Counter()}
    lines = []
    for name, family in (("A", FAMILY_A), ("B", FAMILY_B), ("C", FAMILY_C), ("D", FAMILY_D)):
        count = ANSWERS if name == "D" else ANSWERS // 2
        score = scored(held, family, count, 11)
        kinds[name] = score["kinds"]
        print(
            f"| {name} | {count} | {score['found']} of {score['planted']} ({score['found'] / score['planted']:.3f}) | "
            f"{score['alarms']} of {score['right']} ({score['alarms'] / score['right']:.2%}) | {score['ms']:.1f} |"
        )
        lines += [f"- {name} {line}" for line in score["lines"]]
    print("\n| planted | A | B | C | D |\n|---|---|---|---|---|")
    for kind in sorted({key.split("/")[0] for counts in kinds.values() for key in counts}):
        cells = [f"{counts[kind + '/found']} of {counts[kind + '/all']}" for counts in kinds.values()]
        print(f"| {kind} | {' | '.join(cells)} |")
    print("\n" + "\n".join(lines) if lines else "")


def scored(held: list[Turn], family: dict[str, list[str]], count: int, seed: int) -> dict[str, Any]:
    """Return what the guard found in so many answers of a family."""
    draw = random.Random(seed)
    answers = [written(held, family, draw, planted=i % 2 == 0) for i in range(count)]
    out: dict[str, Any] = {"found": 0, "planted": 0, "alarms": 0, "right": 0, "kinds": Counter(), "lines": []}
    began = time.perf_counter()
    flagged = [
        [(item.start, item.end) for item in unknown_figures(a.text, known_to([a.turn.said], a.turn.calls, a.turn.plans))] for a in answers
    ]
    out["ms"] = (time.perf_counter() - began) / count * 1000
    for answer, spans in zip(answers, flagged, strict=True):
        out["right"] += len(answer.right)
        if answer.wrong is not None:
            hit = any(touch(span, answer.wrong) for span in spans)
            out["planted"] += 1
            out["found"] += hit
            out["kinds"][answer.kind + "/all"] += 1
            out["kinds"][answer.kind + "/found"] += hit
            if not hit:
                out["lines"].append(f"missed ({answer.kind}) [{answer.text[slice(*answer.wrong)]}] in: {' '.join(answer.text.split())}")
        for span in spans:
            if answer.wrong is None or not touch(span, answer.wrong):
                out["alarms"] += 1
                out["lines"].append(f"false alarm [{answer.text[slice(*span)]}] in: {' '.join(answer.text.split())}")
    return out


def touch(one: tuple[int, int], two: tuple[int, int]) -> bool:
    """Return whether two places overlap."""
    return one[0] < two[1] and two[0] < one[1]


def written(held: list[Turn], family: dict[str, list[str]], draw: random.Random, planted: bool) -> Answer:
    """Return one answer: one or two sentences that fit a turn, with one figure spoilt when `planted`."""
    while True:
        turn = draw.choice(held)
        language: Language = draw.choice(["zh", "en"])
        slots, names = figures_of(turn, language)
        fitting = [f for f in family[language] if all((m[1] or "") in slots or (m[2] or "") in names for m in PLACE.finditer(f))]
        if not fitting:
            continue
        frames = draw.sample(fitting, min(len(fitting), draw.choice([1, 1, 2])))
        frame = "\n\n".join(frames)
        places = [m for m in PLACE.finditer(frame) if m[1]]
        spoilt = draw.randrange(len(places)) if planted else -1
        text, at, right, wrong, kind, index = "", 0, [], None, "", 0
        for match in PLACE.finditer(frame):
            text += frame[at : match.start()]
            at = match.end()
            if match[2]:
                text += names[match[2]]
                continue
            slot = slots[match[1]]
            piece = write(slot, language, draw, draw.random())
            if index == spoilt:
                made = spoil(slot, language, draw)
                if made is None:
                    break
                piece, kind = made
                wrong = (len(text), len(text) + len(piece))
            else:
                right.append((len(text), len(text) + len(piece)))
            text += piece
            index += 1
        else:
            return Answer(text + frame[at:], right, wrong, kind, turn)


# --- how a figure is written


def write(slot: Slot, language: Language, draw: random.Random, style: float) -> str:
    """Return a figure as a model might write it; `style` in 0..1 picks how."""
    value, unit = slot.value, slot.unit
    if unit == "date":
        return day(value, language, style)
    value = Decimal(value)
    if unit == "rough":
        return in_short(abs(value), language, style)
    minus = "-" if value < 0 else ""
    size = abs(value)
    if unit in ("rate",):
        places = 2 if style < 0.6 else 1 if size > Decimal("0.005") else 2
        return f"{minus}{rounded(size * 100, places)}%"
    if unit == "ratio":
        return f"{minus}{rounded(size, 2 if style < 0.7 else 1)}"
    if unit in ("count", "days"):
        if language == "zh" and size >= 10_000 and style > 0.6:
            return f"{rounded(size / 10_000, 1 if style < 0.8 else 2)}万"
        if language == "en" and size >= 10_000 and style > 0.7:
            return f"{rounded(size / 1000, 1)}k" if size < 1_000_000 else f"{rounded(size / 1_000_000, 2)} million"
        if language == "zh" and 10 < size < 1000 and style > 0.88:
            return in_chinese(int(size))
        return f"{int(size):,}" if style < 0.5 else str(int(size))
    return money(size, unit, language, style, minus)


def in_short(size: Decimal, language: Language, style: float) -> str:
    """Return a number by its first two digits: 450, 36,000, 1.6 million."""
    short = size.quantize(Decimal(1).scaleb(size.adjusted() - 1), ROUND_HALF_UP)
    if language == "zh" and short >= 10_000:
        return f"{(short / 10_000).normalize():f} 万"
    if language == "en" and short >= 1_000_000:
        return f"{(short / 1_000_000).normalize():f} million"
    return f"{short:,.0f}" if style < 0.7 else f"{short:.0f}"


def money(size: Decimal, unit: str, language: Language, style: float, minus: str = "") -> str:
    """Return a sum of money."""
    sign = SIGN[unit]
    short = size == size.to_integral_value()
    exact = f"{size:,.0f}" if short else f"{rounded(size, 2):,}"
    if language == "zh" and size >= 10_000 and style > 0.75:
        return f"{minus}{rounded(size / 10_000, 2).normalize():f}万" + ("元" if unit == "CNY" else "美元")
    if language == "zh" and style > 0.6:
        return f"{minus}{exact} " + ("元" if unit == "CNY" else "美元")
    if language == "en" and size >= 10_000 and style > 0.85:
        return f"{minus}{sign}{rounded(size / 1000, 1)}k"
    if size >= 1000 and style > 0.45:
        return f"{minus}{sign}{rounded(size, 0):,}"
    return f"{minus}{sign}{exact}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half up."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def day(value: date, language: Language, style: float) -> str:
    """Return a date."""
    if style > 0.8:
        return value.isoformat()
    if language == "zh":
        return f"{value.month}月{value.day}日" if style < 0.6 else f"{value.year}年{value.month}月{value.day}日"
    return (
        f"{value.day} {value:%B}" if style < 0.5 else f"{value:%B} {value.day}, {value.year}" if style > 0.7 else f"{value:%b} {value.day}"
    )


def in_chinese(value: int) -> str:
    """Return a number below 1,000 in Chinese characters."""
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (digits[ones] if ones else "")


# --- how a figure is spoilt


def spoil(slot: Slot, language: Language, draw: random.Random) -> tuple[str, str] | None:
    """Return a wrong figure as text, and how it is wrong; None when the draw does not apply."""
    style = draw.random()
    if slot.unit == "date":
        moved = slot.value + timedelta(days=draw.choice([-30, -9, -3, 2, 5, 11, 31]))
        if style > 0.7:
            moved = slot.value.replace(year=slot.value.year + draw.choice([-1, 1]), day=min(slot.value.day, 28))
        return day(moved, language, style), "date"
    value = Decimal(slot.value)
    kind = draw.choice(["digit", "scale", "off by 10 %", "sign", "invented", "other channel", "currency", "unit", "words"])
    if kind == "digit":
        digits = list(str(value.copy_abs().normalize().to_eng_string()) if value == value.to_integral_value() else f"{abs(value)}")
        at = [i for i, letter in enumerate(digits[:3]) if letter.isdigit()]
        place = draw.choice(at)
        digits[place] = str((int(digits[place]) + draw.randint(1, 8)) % 10)
        if digits[0] == "0" and "." not in digits[:2]:
            return None
        try:
            new = Decimal("".join(digits)).copy_sign(value)
        except ArithmeticError:
            return None
        return differing(slot, new, language, draw, style, kind)
    if kind == "scale":
        return differing(slot, value * draw.choice([Decimal(10), Decimal("0.1"), Decimal(100)]), language, draw, style, kind)
    if kind == "off by 10 %":
        return differing(slot, value * draw.choice([Decimal("1.1"), Decimal("0.9")]), language, draw, style, kind)
    if kind == "sign" and slot.unit not in ("count", "days", "rough") and value:
        return differing(slot, -value, language, draw, style, kind)
    if kind == "invented":
        factor = Decimal(str(draw.choice([0.35, 0.55, 1.4, 1.9, 2.7, 4.2])))
        return differing(slot, value * factor * Decimal(str(round(draw.uniform(0.95, 1.05), 3))), language, draw, style, kind)
    if kind == "other channel" and slot.others:
        return differing(slot, Decimal(draw.choice(slot.others)), language, draw, style, kind)
    if kind == "currency" and slot.unit in SIGN:
        return money(abs(value), "USD" if slot.unit == "CNY" else "CNY", language, style), kind
    if kind == "unit" and value:
        if slot.unit in SIGN and language == "zh" and abs(value) >= 100:
            return f"{rounded(value, 0):,}万元", kind
        if slot.unit in SIGN and abs(value) >= 100:
            return f"{rounded(value, 0):,}%", kind
        if slot.unit == "rate" and abs(value) < Decimal("0.9"):
            return f"{rounded(value * 100, 2)} 倍" if language == "zh" else f"{rounded(value * 100, 2)}x", kind
    if kind == "words" and slot.unit == "count" and language == "zh" and 20 < value < 900:
        new = int(value * Decimal(str(draw.choice([0.7, 0.8, 1.2, 1.3]))))
        return in_chinese(new), kind
    return None


def differing(slot: Slot, new: Decimal, language: Language, draw: random.Random, style: float, kind: str) -> tuple[str, str] | None:
    """Return the spoilt figure in the same dress, unless rounding hides the difference."""
    if slot.unit in ("count", "days"):
        new = new.to_integral_value(ROUND_HALF_UP)
    text = write(replace(slot, value=new), language, draw, style)
    same = {write(slot, language, draw, step / 20) for step in range(21)}
    close = abs(new - Decimal(slot.value)) <= abs(Decimal(slot.value)) * Decimal("0.03") and kind != "sign"
    return None if text in same or close or not new else (text, kind)


# --- what there is to tell about a turn, read from the documents themselves


def figures_of(turn: Turn, language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    """Return the right figures of a turn and the names in a language."""
    if turn.plans:
        return of_plan(turn.plans, language)
    artifact = turn.calls[0].artifact
    assert artifact is not None
    return READERS[turn.calls[0].tool](artifact.data, language)


def of_plan(plans: list[CampaignPlan], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    """Return totals, the two largest channels, the largest line and the first group of a plan."""
    plan = plans[0]
    cash, whole = plan.total.currency, plan.forecast
    slots = {
        "budget": Slot(plan.total.amount, cash), "days": Slot(plan.brief.days.value, "days"), "start": Slot(plan.brief.start.value, "date"),
        "end": Slot(plan.brief.end, "date"), "orders": Slot(whole.orders.value, "count"), "orders_lo": Slot(whole.orders.low, "count"),
        "orders_hi": Slot(whole.orders.high, "count"), "revenue": Slot(whole.revenue.value, cash), "roas": Slot(whole.roas.value, "ratio"),
        "cpa": Slot(whole.cpa.value, cash), "impressions": Slot(whole.impressions.value, "count"), "clicks": Slot(whole.clicks.value, "count"),
        "p_profit": Slot(whole.p_profit.value, "rate"), "be": Slot(whole.break_even_roas.value, "ratio"),
        "daily": Slot(rounded(plan.total.amount / plan.brief.days.value, 2), cash),
    }  # fmt: skip
    if plan.certificate.gain_orders.value > 0:
        slots["gain"] = Slot(plan.certificate.gain_orders.value, "count")
    for key in ("orders", "clicks", "impressions"):
        slots[f"{key}_r"] = Slot(slots[key].value, "rough")
    names = {}
    channels: dict[str, dict[str, Decimal]] = {}
    for line in plan.lines:
        held = channels.setdefault(line.channel, dict.fromkeys(("budget", "orders", "revenue", "clicks"), Decimal(0)))
        held["budget"] += line.budget.amount
        for key in ("orders", "revenue", "clicks"):
            held[key] += getattr(line, key).value
    ranked = sorted(channels, key=lambda channel: -channels[channel]["budget"])[:2]
    for number, channel in enumerate(ranked, 1):
        one = channels[channel]
        one |= {
            "roas": rounded(one["revenue"] / one["budget"], 2),
            "cpa": rounded(one["budget"] / max(one["orders"], Decimal(1)), 2),
            "share": one["budget"] / plan.total.amount,
        }
        names[f"c{number}"] = channel_name(channel, language)
    for number, channel in enumerate(ranked, 1):
        other = channels[ranked[2 - number]] if len(ranked) == 2 else {}
        for key, unit in (("budget", cash), ("orders", "count"), ("clicks", "count"), ("roas", "ratio"), ("cpa", cash), ("share", "rate")):
            slots[f"c{number}_{key}"] = Slot(channels[channel][key], unit, (other[key],) if other else ())
    if len(ranked) == 2:
        one, two = (channels[channel]["budget"] for channel in ranked)
        slots |= {"budget_diff": Slot(one - two, cash), "two_budget": Slot(one + two, cash), "budget_ratio": Slot(one / two, "ratio")}
    line = max(plan.lines, key=lambda item: item.budget.amount)
    names["l1"] = line.name.pick(language)
    for key, unit in (("ctr", "rate"), ("cvr", "rate"), ("cpc", cash), ("orders", "count"), ("clicks", "count")):
        slots[f"l1_{key}"] = Slot(
            getattr(line, key).value, unit, tuple(getattr(x, key).value for x in plan.lines if x.channel != line.channel)
        )
    slots["l1_budget"] = Slot(line.budget.amount, cash)
    if plan.segments:
        names["s1"] = plan.segments[0].name.pick(language)
        slots["s1_size"], slots["s1_share"] = Slot(Decimal(plan.segments[0].size), "count"), Slot(plan.segments[0].share.value, "rate")
    if len(plans) > 1:
        old = plans[1]
        slots["old_budget"], slots["old_orders"] = Slot(old.total.amount, cash), Slot(old.forecast.orders.value, "count")
        slots["orders_lost"] = Slot(abs(old.forecast.orders.value - whole.orders.value), "count")
        slots["old_roas"], slots["saved"] = Slot(old.forecast.roas.value, "ratio"), Slot(old.total.amount - plan.total.amount, cash)
    return slots, names


def of_roi(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    rows = {row["key"]: row for row in data["rows"]}
    keys = {
        "spend": "spend",
        "income": "revenue",
        "roi_roas": "roas",
        "contribution": "contribution",
        "roi": "roi",
        "roi_be": "break_even_roas",
    }
    slots = {name: Slot(Decimal(rows[key]["number"]), rows[key]["unit"]) for name, key in keys.items()}
    margin = (slots["contribution"].value + slots["spend"].value) / slots["income"].value
    return slots | {"roi_margin": Slot(margin, "rate")}, {}


def of_rate(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    figure, name = data["figure"], "ctr" if "点击率" in data["columns"][1]["name"]["zh"] else "cvr"
    others = tuple(Decimal(row["rate"]) for row in data["rows"][3:6])
    slots = {f"{name}{tail}": Slot(Decimal(figure[key]), "rate") for tail, key in (("", "value"), ("_lo", "low"), ("_hi", "high"))}
    return slots | {"w1_rate": Slot(Decimal(data["rows"][0]["rate"]), "rate", others)}, {"w1": data["rows"][0]["change"][language]}


def of_price(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    advice = data["advice"]
    price = advice["price"]
    slots = {f"price{tail}": Slot(Decimal(price[key]), price["unit"]) for tail, key in (("", "value"), ("_lo", "low"), ("_hi", "high"))}
    margin, cpa = advice["margin"], advice["break_even_cpa"]
    return slots | {"price_margin": Slot(Decimal(margin["value"]), "rate"), "price_cpa": Slot(Decimal(cpa["value"]), cpa["unit"])}, {}


def of_products(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    one, two = data["rows"][:2]
    prices = [Decimal(row["price"]) for row in (one, two)]
    slots = {
        "p1_price": Slot(prices[0], "CNY", (prices[1],)),
        "p2_price": Slot(prices[1], "CNY", (prices[0],)),
        "p_sum": Slot(sum(prices), "CNY"),
        "p_diff": Slot(abs(prices[0] - prices[1]), "CNY"),
    }
    return slots, {"p1": one["name"], "p2": two["name"]}


def of_past(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    slots: dict[str, Slot] = {}
    items = data["items"]
    for number, (item, other) in enumerate(((items[0], items[1]), (items[1], items[0])), 1):
        for name, key, unit in (
            ("spend", "spend", item["currency"]),
            ("ctr", "ctr", "rate"),
            ("roas", "roas", "ratio"),
            ("orders", "conversions", "count"),
        ):
            slots[f"h{number}_{name}"] = Slot(Decimal(str(item[key])), unit, (Decimal(str(other[key])),))
    return slots, {"h1": items[0]["title"], "h2": items[1]["title"]}


def of_split(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    slots: dict[str, Slot] = {}
    rows = data["rows"][:3]
    for number, row in enumerate(rows, 1):
        for key, unit in (("budget", "CNY"), ("share", "rate"), ("orders", "count")):
            others = tuple(Decimal(other[key]) for other in rows if other is not row and other[key] != row[key])
            slots[f"a{number}_{key}"] = Slot(Decimal(row[key]), unit, others)
    return slots, {f"a{number}": row["name"][language] for number, row in enumerate(rows, 1)}


def of_segments(data: dict[str, Any], language: Language) -> tuple[dict[str, Slot], dict[str, str]]:
    first, second = data["items"][:2]
    slots = {
        "s1_size": Slot(Decimal(first["size"]), "count", (Decimal(second["size"]),)),
        "s1_share": Slot(Decimal(first["share"]["value"]), "rate", (Decimal(second["share"]["value"]),)),
    }
    return slots, {"s1": first["name"][language]}


READERS = {
    "compute_roi": of_roi, "predict_ctr": of_rate, "predict_cvr": of_rate, "suggest_price": of_price, "recommend_products": of_products,
    "search_campaigns": of_past, "allocate_budget": of_split, "segment_users": of_segments,
}  # fmt: skip
