"""Edits of what is in force: set, scale, shift, replace, remove, add - read against the state, resolved to values after them.

The state is what the earlier turns or the plan in force say; an edit names only what it changes. Several edits in one
message are all read; `action` is that of the first kind found in the order of this file's readers. Undo, compare and
explain have no value and are the intent model's.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from .changes import DOWN, TIMES, TO_VALUE, UP, Edit, factor_by, percent_by
from .channel_edits import edit_channels
from .copy_edits import edit_copy
from .filling import CORRECTION, Slots, budget_of, tidy, worth
from .lexicon import tone_table
from .numbers import find_numbers
from .places import PERCENT
from .products import find_product
from .scan import Scan, scan

EXTEND = re.compile(
    r"(?:延长|再投|多投|再加|加|延|续投|再跑|再续|拉长|extend(?:ed)?(?: it| the campaign| the run| the flight)?(?: by| for)?|add|another|an extra|run (?:it )?(?:for )?(?:an?|another)? ?(?:extra|more)|prolong(?: it)?(?: by)?|lengthen(?: it)?(?: by)?|plus)\s?(?:多|了|an?other|an? extra|a further|a|by)?\s?$"
)
SHORTEN = re.compile(
    r"(?:缩短|少投|减少|减|砍掉?|shorten(?: it| the campaign)?(?: by)|cut(?: it)?(?: short)?(?: by)|reduce(?: it)?(?: by)|trim(?: it)?(?: by)?|drop)\s?(?:了)?\s?$"
)
LATER = re.compile(
    r"推迟|延后|延迟|顺延|晚|往后(?:推|挪|延)?|后移|later|delay|postpone|push(?:ed)? (?:it |the start |everything |the campaign |the launch )?back|move (?:it |the start )?back|put (?:it )?off|defer"
)
EARLIER = re.compile(
    r"提前|提早|早|往前(?:推|挪)?|前移|earlier|sooner|bring (?:it |the start |the launch )?forward|move (?:it |the start )?(?:up|forward)|ahead"
)
PRODUCT_TO = re.compile(
    r"(?:产品|商品|品|推广对象|主推款?)?(?:(?:换成|改成|换为|改为)(?:卖|推|做)?|改推|改卖|换推|换个产品[，:]?|change (?:it |the product |product )?to|switch (?:the product |it )?to|swap (?:it |the product )?(?:for|to|with)|replace (?:it |the product )?with|do (?:it|this|the same) for|same (?:plan|thing|for)?(?: but)?(?: for)|make it (?:for|about)|promote|use|instead of .{2,20}[,]? (?:promote|do|use)|for)\s?(?:the |our |my )?$"
)
MORE_PIECES = re.compile(
    r"再来|再写|再要|再出|再给|再加|多来|多写|多要|多给|多出|加|追加|另外|还要|补|more|another|additional|extra|further"
)

TOTAL = re.compile(r"预算|总额|总共|一共|(?<![a-z])(?:budget|total|overall|altogether)(?![a-z])")
# What asks about an audience does not name one.
UNSURE = re.compile(r"^(?:要不要|该不该|能不能|是不是|会不会|太)|[吧吗]$")
CLAUSE_END = re.compile(r"[，。；;]|,(?!\d{3})|\.(?!\d)|(?<![a-z])and(?![a-z])")


def read_edit(s: Scan, state: Slots, today: date, plan_words: dict[str, str] | None = None) -> Edit:
    """Read all edits of a message against the slots in force.

    Example:
        >>> from adwright.agent.planner.scan import scan
        >>> read_edit(scan("渠道里去掉快手", date(2026, 11, 23)), {"channels": ["douyin", "kuaishou"]}, date(2026, 11, 23)).slots
        {'channels': ['douyin'], 'removed_channels': ['kuaishou']}
    """
    edit = Edit()
    own, rest = _total_apart(s)
    used = edit_channels(scan(rest, today) if own else s, state, edit, plan_words or {})
    if own:
        _budget(scan(own, today), state, edit)
    elif not used:
        _budget(s, state, edit)
    _time(s, state, edit)
    _pieces(s, state, edit)
    _fields(s, state, edit)
    edit_copy(s, state, edit)
    _product(s, state, edit)
    return edit


def _total_apart(s: Scan) -> tuple[str, str]:
    """The clauses that speak of the total alone and the other ones, each with blanks for the rest; ``""`` where there is no such pair.

    In "no, I meant 8k, and cut douyin by 20%" the sum and the share change different things and must not be read as one.
    """
    if not s.places.hits:
        return "", s.plain
    own = [
        (start, end)
        for start, end in _clauses(s.plain)
        if any(start <= a.start < end and a.sure for a in s.amounts)
        and not any(start <= h.start < end for h in s.places.hits)
        and not any(start <= m.start() < end for m in PERCENT.finditer(s.plain))
        and (TOTAL.search(s.plain, start, end) or CORRECTION.search(s.plain, 0, end))
    ]
    inside = [any(start <= i < end for start, end in own) for i in range(len(s.plain))]
    kept = "".join(letter if here else " " for letter, here in zip(s.plain, inside, strict=True))
    rest = "".join(" " if here else letter for letter, here in zip(s.plain, inside, strict=True))
    return kept if own else "", rest


def _clauses(text: str) -> list[tuple[int, int]]:
    """Start and end of each clause."""
    cuts = [m.span() for m in CLAUSE_END.finditer(text)]
    return list(zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)], strict=True))


def _budget(s: Scan, state: Slots, edit: Edit) -> None:
    text = s.plain
    old = state.get("budget")
    old_value = old if isinstance(old, int | float) else sum(old) / 2 if isinstance(old, list) else None
    total, daily = budget_of(s, loose=bool(re.search(r"预算|budget|不对|是|to\b|make it|成|到|actually|meant", text)))
    percent = percent_by(s)
    factor = factor_by(text)
    times = TIMES.search(text)
    if times and total and times.start() <= total.start < times.end():
        total = None
    discount = re.search(r"打([一二三四五六七八九\d](?:\.\d)?)折", text)
    if daily and not total:
        slots: Slots = {"daily_budget": worth(daily)}
        days = s.period.days or state.get("duration_days")
        if days:
            slots["budget"] = tidy(daily.value * days)
        if daily.currency:
            slots["currency"] = daily.currency
        edit.put(
            "set",
            slots,
            ("set_budget", {"amount": str(slots["budget"]), "currency": daily.currency}) if "budget" in slots else None,
            [(daily.start, daily.end)],
        )
        return
    if total:
        head = text[: total.start].rstrip("¥$€£ 约大概")
        clause = re.split(r"[，。；;,]", head)[-1]
        relative = not TO_VALUE.search(head) and not re.search(r"(?:到|至|to)\s?(?:rmb|usd|cny)?$", head)
        up = re.search(
            r"(?:再加|追加|多加|增加|加(?!到|至)|多投|多花|多给|涨|add|another|extra|increase (?:it |the budget |budget )?by|raise (?:it |the budget |budget )?by|bump (?:it )?up by|up by|plus|top up)[^\d]{0,14}$",
            clause,
        )
        down = re.search(
            r"(?:减少?(?!到|至)|少投|少花|砍掉?(?!到|至)|扣|降低?(?!到|至)|省|cut (?:it |the budget |budget )?by|cut|reduce (?:it |the budget |budget )?by|lower (?:it |the budget |budget )?by|less|take|drop (?:it )?by|decrease (?:it |the budget |budget )?by|minus|take off)[^\d]{0,14}$",
            clause,
        )
        if re.search(r"(?:more|extra)(?! than)", text[total.end : total.end + 8]):
            up = up or re.match("", "")
        if relative and (up or down) and not CORRECTION.search(text):
            sign = 1 if up and not (down and down.start() > up.start()) else -1
            slots = {}
            if old_value is not None:
                slots["budget"] = tidy(Decimal(str(old_value)) + sign * total.value)
            if total.currency:
                slots["currency"] = total.currency
            edit.put(
                "add" if sign > 0 else "set",
                slots,
                ("add_budget", {"amount": str(sign * total.value), "currency": total.currency}),
                [(total.start, total.end)],
            )
            return
        slots = {"budget": worth(total)}
        if total.currency:
            slots["currency"] = total.currency
        edit.put("set", slots, ("set_budget", {"amount": str(total.value), "currency": total.currency}), [(total.start, total.end)])
        return
    if factor is not None and not (s.pieces or s.period.days):
        _scale(edit, old_value, factor)
    elif discount:
        digit = find_numbers(discount[1])
        if digit:
            _scale(edit, old_value, digit[0].value / 10)
    elif percent and (UP.search(text) or DOWN.search(text)):
        down = DOWN.search(text) is not None and not re.search(r"(?:加|增|涨|提高|raise|increase|boost|bump)", text)
        to_share = re.search(r"(?:到|至|to)\s?(?:原来的?)?\s?$", text[: percent[1][0]])
        value = Decimal(str(percent[0]))
        _scale(edit, old_value, value if to_share else 1 - value if down else 1 + value, [percent[1]])


def _scale(edit: Edit, old: float | None, factor: Decimal, where: list[tuple[int, int]] | None = None) -> None:
    slots = {"budget": tidy(Decimal(str(old)) * factor)} if old is not None else {}
    edit.put("scale", slots, ("scale_budget", {"factor": str(factor)}), where)


def _time(s: Scan, state: Slots, edit: Edit) -> None:
    text, period = s.plain, s.period
    spans = period.spans or {}
    length = spans.get("duration_days")
    start = date.fromisoformat(state["start_date"]) if state.get("start_date") else None
    shift = _shift_days(s)
    if shift is not None:
        days, later = shift
        step = days if later else -days
        slots: Slots = {}
        if start:
            slots["start_date"] = (start + timedelta(days=step)).isoformat()
            if state.get("end_date"):
                slots["end_date"] = (date.fromisoformat(state["end_date"]) + timedelta(days=step)).isoformat()
        edit.put("shift", slots, ("shift_start", {"days": step}), length)
        return
    if period.start and period.end:
        edit.put(
            "set",
            {"start_date": period.start.isoformat(), "end_date": period.end.isoformat(), "duration_days": period.days},
            ("set_dates", {"start": period.start.isoformat(), "days": period.days}),
            spans.get("start_date"),
        )
        return
    if period.days and length:
        head = text[: length[0][0]].rstrip()
        old = state.get("duration_days")
        extend = EXTEND.search(head) or re.match(r"\s?(?:longer|more|extra|以上)", text[length[0][1] :])
        shorten = (SHORTEN.search(head) and not re.search(r"(?:到|至|to)$", head)) or re.match(
            r"\s?(?:shorter|less|fewer)", text[length[0][1] :]
        )
        if (extend or shorten) and not re.search(r"(?:到|至|to)$", head):
            step = period.days if extend else -period.days
            slots = {"duration_days": old + step} if old else {}
            if old and start and state.get("end_date"):
                slots["end_date"] = (start + timedelta(days=old + step - 1)).isoformat()
            edit.put("add" if extend else "set", slots, ("add_days", {"days": step}), length)
        else:
            edit.put("set", {"duration_days": period.days}, ("set_dates", {"days": period.days}), length)
    if period.start and "start_date" not in edit.slots:
        edit.put(
            "set", {"start_date": period.start.isoformat()}, ("set_dates", {"start": period.start.isoformat()}), spans.get("start_date")
        )
    if period.end and not period.start:
        slots = {"end_date": period.end.isoformat()}
        if start and period.end >= start:
            slots["duration_days"] = (period.end - start).days + 1
        edit.put("set", slots, ("set_end", {"end": period.end.isoformat()}), spans.get("end_date"))


SHIFT_N = re.compile(
    r"(?P<n>\d{1,2}|[一二两三四五六七八九十]|an?|one|two|three|four|five|ten|半)\s?个?(?P<u>天|日|周|星期|礼拜|月|days?|weeks?|months?)(?:\s(?:later|earlier|sooner|back|forward))?"
)


def _shift_days(s: Scan) -> tuple[int, bool] | None:
    text = s.plain
    later, earlier = LATER.search(text), EARLIER.search(text)
    if not (later or earlier) or (s.period.start and not re.search(r"(?:一周|天|week|days?)", text)):
        return None
    if s.period.start and re.search(r"(?:到|至|to|until|till)\s?$", text[: (s.period.spans or {}).get("start_date", [(0, 0)])[0][0]]):
        return None
    for m in SHIFT_N.finditer(text):
        n = {"a": 1, "an": 1}.get(m["n"]) or (find_numbers(m["n"])[0].value if find_numbers(m["n"]) else None)
        if n is None:
            continue
        unit = 7 if m["u"][0] in "周星礼w" else 30 if m["u"][0] in "月m" else 1
        return int(n) * unit, bool(later)
    return None


def _pieces(s: Scan, state: Slots, edit: Edit) -> None:
    found = s.pieces
    text = s.plain
    if found is None:
        m = re.search(
            r"(?:再来|再写|再要|再出|再给我?|多来|多写)(?P<n>\d{1,2}|[一二两三四五六七八九十])(?=条|个|张|版|组|句|款|篇|$)|(?P<e>\d{1,2}|one|two|three|four|five|six|a couple|a few)\s(?:more|extra|additional)(?=$|\s(?:please|pls|like|of|variants?|versions?|ones|headlines?|captions?|options?|images?|ads?|lines?)|[.,?!])|(?P<o>another)\s(?P<on>\d{1,2}(?![\d,.k%])|one|two|three|four|five|headline|caption|version|option|variant|image|ad|banner|tagline|slogan)(?!\s?(?:week|day|month|grand|thousand|hundred|k\b))",
            text,
        )
        if not m or s.period.days or any(a.start <= m.start() < a.end for a in s.amounts if a.sure):
            return
        word = m["n"] or m["e"] or m["on"] or "one"
        word = "one" if re.fullmatch(r"headline|caption|version|option|variant|image|ad|banner|tagline|slogan", word) else word
        numbers = find_numbers(word)
        if not numbers:
            return
        value, where, more = int(numbers[0].value), [m.span()], True
    else:
        value, where = found.value, list(found.spans)
        more = bool(
            MORE_PIECES.search(text[max(0, where[0][0] - 8) : where[0][0]])
            or re.match(r"\s?(?:more|extra|additional|another)", text[where[0][1] :])
            or re.search(r"\bmore\b", text[where[0][0] : where[0][1] + 16])
        )
    if more:
        edit.put("add", {"variants": (state.get("variants") or 1) + value}, ("add_variants", {"n": value}), where)
    else:
        edit.put("set", {"variants": value}, ("set_field", {"field": "variants", "value": value}), where)


def _fields(s: Scan, state: Slots, edit: Edit) -> None:
    text = s.plain
    tone = s.tone
    if tone is None:
        hits = [h for h in tone_table().find(text) if not any(s.taken[h.start : h.end])]
        if hits and re.search(r"语气|口吻|风格|文案|tone|copy|wording|sound|更|再|more|less|点|些|变|改|make", text):
            edit.put("set", {"tone": hits[0].id}, ("set_field", {"field": "tone", "value": hits[0].id}), [(hits[0].start, hits[0].end)])
    else:
        edit.put("set", {"tone": tone.value}, ("set_field", {"field": "tone", "value": tone.value}), list(tone.spans))
    for slot, name, found in (
        ("language", "language", s.ad_language),
        ("target_roi", "target_roas", s.roi),
        ("video_seconds", "video_seconds", s.seconds),
        ("sizes", "sizes", s.sizes),
    ):
        if found:
            add = slot in ("video_seconds", "sizes") and re.search(r"加|再|also|add|plus|another|另", text)
            edit.put("add" if add else "set", {slot: found.value}, ("set_field", {"field": name, "value": found.value}), list(found.spans))
    if s.goal and re.search(r"目标|目的|goal|objective|focus|改成|改为|换成|主要|change|switch|aim", text):
        edit.put("set", {"goal": s.goal.value}, ("set_field", {"field": "goal", "value": s.goal.value}), list(s.goal.spans))
    if s.occasions and not s.period.start and not s.period.end:
        edit.put(
            "set",
            {"occasion": s.occasions[0].id},
            ("set_field", {"field": "occasion", "value": s.occasions[0].id}),
            [(s.occasions[0].start, s.occasions[0].end)],
        )
    if edit.action is None and s.groups is None and state.get("n_segments") and not s.places.hits:
        # "try 6 instead" after a segmentation: a bare count is the number of groups.
        bare = [n for n in find_numbers(text) if 2 <= n.value <= 20 and n.scale == 1]
        if len(bare) == 1:
            edit.put("set", {"n_segments": int(bare[0].value)}, None, [(bare[0].start, bare[0].end)])
    if s.groups:
        edit.put("set", {"n_segments": s.groups.value}, None, list(s.groups.spans))
    if s.audience and not UNSURE.search(s.text.words(s.audience.start, s.audience.end)):
        a = s.audience
        start = a.start + len(re.match(r"(?:(?:to|at|for|towards?)\s+)?", s.plain[a.start : a.end])[0])  # type: ignore[index]
        slots: Slots = {"audience": s.text.words(start, a.end).strip()}
        if a.age:
            slots["audience_age"] = list(a.age)
        if a.gender:
            slots["audience_gender"] = a.gender
        edit.put(
            "set",
            slots,
            ("set_audience", {"text": slots["audience"], "age": slots.get("audience_age"), "gender": a.gender}),
            [(start, a.end)],
        )


def _product(s: Scan, state: Slots, edit: Edit) -> None:
    text = s.plain
    cue = re.search(
        r"产品|商品|改推|改卖|换推|主推|品类|换个品|(?<![a-z])product|(?:do|make|same|run|plan).{0,20} for (?!\d)|instead|promote|换成|改成|swap|replace|switch",
        text,
    )
    if not cue or s.product is None or (edit.slots.get("channels") and not re.search(r"产品|商品|product", text)):
        return
    piece = s.product
    head = text[: piece.start]
    named = PRODUCT_TO.search(head)
    if not named and not re.search(r"产品|商品|改推|改卖|换推|product", text):
        return
    if edit.action and not named:
        return
    old = str(state.get("product") or "")
    words = s.text.words(piece.start, piece.end).strip()
    if old and words.lower() == old.lower():
        later = [False] * len(text)
        later[: piece.end] = [True] * piece.end
        second = find_product(text, [a or b for a, b in zip(later, s.taken, strict=True)], sure=True)
        if second is None:
            return
        piece = second
        words = s.text.words(piece.start, piece.end).strip()
    edit.put("replace", {"product": words}, ("set_product", {"product": words}), [(piece.start, piece.end)])
