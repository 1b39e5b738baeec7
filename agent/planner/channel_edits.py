"""Edits of channels and of the split between them: add, remove, replace, only, shift, scale one channel.

The list after the edit follows from the list in force; a channel named without a verb of change replaces nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ...data import knowledge
from ...data.words import both
from .changes import DOWN, TO_VALUE, Edit, factor_by, percent_by
from .filling import Slots
from .places import RATIO, ratio_part
from .scan import Scan

REMOVE_BEFORE = re.compile(
    r"(?:去掉|删掉?|删除|不要|别投|别用|取消|拿掉|撤掉?|停掉?|砍掉|移除|剔除|去除|除去|下掉|关掉|不投|放弃|除了|(?<![a-z])(?:remove|drop|delete|no|no more|ditch|scrap|without|kill|get rid of|take out|take off|lose|stop|exclude|pause|skip|cut out|leave out|forget|not|minus|turn off|axe|dump|(?:^|[,;.] ?|and )cut))\s?(?:掉|了|the|ads on|on|in)?\s?$"
)
REMOVE_AFTER = re.compile(
    r"\s?(?:渠道|平台|那边|这边)?(?:也|就|先|都)?(?:去掉|不要了?|不投了?|删了?|删掉|停了?|停掉|砍掉|撤了?|撤掉|取消|拿掉|移除|算了|先不投|下掉|别投了?|不用了?|out(?![a-z])|off(?![a-z]))"
)
ADD_BEFORE = re.compile(
    r"(?:加上|再加|追加|加(?=$)|(?:^|[\s,，])\+|加个|加一个|加入|增加|新增|补上|添加|添上?|也投|带上|还要投?|再投|再来个|多加|同时投|(?<![a-z])(?:add|adding|also|include|plus|throw in|and also|put in|bring in|extend to|additionally))\s?(?:上|一下|下|一个|个|in|on|the|some|use|try|ads on|a bit of)*\s?(?:渠道|平台)?\s?$"
)
ADD_AFTER = re.compile(r"\s?(?:也投|也加上?|也上|也要|一起投|也来点|也做|as well|too(?![a-z])|in(?=$|[,.;!])|加进来|加上|补上)")
SWAP = re.compile(
    r"\s?(?:渠道|平台|那部分|的预算)?\s?(?:(?:全部?|都|整个)?\s?(?:换成?|改成?|改为|换为|替换成?|替换为|换到|挪到|转成|改投)|->|→|with|for|to|by)\s?$"
)
ONLY_BEFORE = re.compile(
    r"(?:只投|只要|只在|只用|只做|仅投|就投|专投|全部?投|全投|都投|全放|集中(?:投|在|到)|单投|只留|保留|(?<![a-z])(?:only|just|solely|everything on|all on|all in on|entirely on|exclusively on|stick to|focus only on|keep only))\s?(?:on|use|with|the|到|在)?\s?$"
)
INSTEAD = re.compile(
    r"(?:换成?|改成?|改为|换为|换到|改投|换|渠道改|switch(?: over)? to|change (?:it |the channel |the channels |channel |channels |platform )?to|go with|use|move (?:it|everything) to)\s?(?:渠道|平台)?(?:为|成|用)?\s?$"
)
# A share of one channel's own money, not of the total.
OWN_BUDGET = re.compile(
    r"预算的\s?(?:\d+(?:\.\d+)?\s?%|[一二两三四五六七八九]成|一半)[^，。]{0,3}(?:给|到|挪|转|拨|匀)|的\s?(?:\d+(?:\.\d+)?\s?%|[一二两三四五六七八九]成|一半)的?预算|of \w+'s (?:budget|money|spend|share) (?:to|into|on|over)"
)
JOINED = re.compile(r"\s?(?:,|，|、|和|与|跟|and|&|\+|/|or)?\s?(?:the )?")
# "Reddit folks hate ads, drop it": the channel was named before.
REMOVE_IT = re.compile(
    r"(?:拿掉|去掉|删掉?|砍掉?|停掉?|撤掉?|下掉|不投|取消)(?:了|吧|它|算了)*[。!.]?$|(?<![a-z])(?:drop|remove|ditch|scrap|cut|kill|lose|pause|stop|axe|skip|get rid of) (?:it|that|them|those|that one)(?![a-z])|take (?:it|that|them) (?:out|off)|leave (?:it|that|them) out"
)
LINE_BUDGET = re.compile(r"(?:给|设为|设成|定为|固定|改成|改为|调到|只给|占|to|at|gets?|=)\s?$")


def edit_channels(s: Scan, state: Slots, edit: Edit, plan_words: dict[str, str]) -> bool:
    """Channel edits; True when the percent or money in the message belongs to a channel."""
    text, hits = s.plain, s.places.hits
    before = list(state.get("channels") or [])
    if not hits:
        ratio = (
            next((m for m in RATIO.finditer(text) if len([g for g in m.groups() if g]) == len(before)), None) if len(before) > 1 else None
        )
        if ratio and not s.period.start:
            parts = [ratio_part(g) for g in ratio.groups() if g]
            if sum(parts) in (10, 100) or re.search(r"split|分|比例", text):
                split = {c: round(p / sum(parts), 4) for c, p in zip(before, parts, strict=True)}
                edit.put("set", {"split": split}, ("set_split", {"split": split}), [ratio.span()])
                return True
        if s.places.split or (before and len(before) > 1 and re.search(r"平分|均分|平均分|各一半|五五开|evenly|equally|equal split", text)):
            split = {c: round(1 / len(before), 4) for c in before}
            edit.put("set", {"split": split}, ("set_split", {"split": split}))
        return False
    where = [(h.start, h.end) for h in hits]
    ids = s.places.ids
    percent = percent_by(s)
    money = [a for a in s.amounts if a.sure]
    # 从抖音挪5000到小红书: between two channels a bare figure is money.
    bare = [a for a in s.amounts if a.low >= 100 and a.low == a.high]
    moved = _moved(s, state, edit, percent, money or bare)
    if moved:
        return True
    if s.places.split:
        slots: Slots = {"split": s.places.split}
        if ids != before:
            slots["channels"] = ids
        else:
            slots["channels"] = ids
        edit.put("set", slots, ("set_split", {"split": s.places.split}), where)
        return True
    single = ids[0] if len(ids) == 1 else None
    if single and percent and before and single not in before and _brought(text, hits[0]):
        _joined_with_share(state, before, single, percent[0], edit, where)
        return True
    factor = factor_by(text)
    about_total = (
        re.search(r"总?预算|(?<![a-z])(?:total|overall|whole) budget", text) is not None
        and not re.search(r"的预算|'s budget|budget (?:for|on|of)", text)
        and not any(re.match(r"\s?(?:预算|budget)", text[h.end :]) for h in hits)
    )
    if single and (percent or factor) and not about_total and (single in before or not before):
        if percent:
            signed = text[: percent[1][0]].rstrip().endswith("-")
            down = (signed or DOWN.search(text) is not None) and not re.search(r"减到|降到|to \d", text)
            to_share = TO_VALUE.search(text[: percent[1][0]]) or re.search(r"(?:占|给|拿)\s?$", text[: percent[1][0]])
            if to_share and len(before) == 2:
                other = next(c for c in before if c != single)
                split = {c: round(percent[0] if c == single else 1 - percent[0], 4) for c in before} if other else {}
                edit.put("set", {"split": split}, ("set_split", {"split": split}), where)
                return True
            factor = Decimal(str(1 - percent[0] if down else 1 + percent[0]))
        assert factor is not None
        slots = {}
        old = state.get("split")
        if old and single in old:
            slots["split"] = _rescaled(old, single, float(factor))
        edit.put("scale", slots, ("scale_channel", {"channel": single, "factor": str(factor)}), where)
        return True
    if (
        single
        and money
        and not re.search(r"[,，。;；]|\band\b", text[min(money[0].end, hits[0].end) : max(money[0].start, hits[0].start)])
        and single in before
        and LINE_BUDGET.search(text[: money[0].start].rstrip())
        and not about_total
        and len(before) > 1
    ):
        edit.put("set", {}, ("channel_budget", {"channel": single, "amount": str(money[0].value), "currency": money[0].currency}), where)
        return True
    if single and before and single not in before and (percent or factor or money) and _own(text, hits[0]):
        # A share of what is not there changes nothing, least of all the rest of the plan.
        name = knowledge.channel(single).name
        edit.action = edit.action or "set"
        edit.notes.append(
            both(
                f"计划里没有{name.zh}，所以没有改动；要投它请先说“加上{name.zh}”。",
                f"{name.en} is not in the plan, so nothing was changed; to use it, say “add {name.en}” first.",
            )
        )
        return True
    _listed(s, before, edit, where)
    return False


def _brought(text: str, hit: Any) -> bool:
    """Whether the words bring a channel in (加快手, add youtube, 快手也投)."""
    return ADD_BEFORE.search(text[: hit.start]) is not None or ADD_AFTER.match(text[hit.end :]) is not None


def _joined_with_share(state: Slots, before: list[str], channel: str, share: float, edit: Edit, where: list[tuple[int, int]]) -> None:
    """加快手，占20%: the new channel gets its share, the others keep their proportions in what is left."""
    old = state.get("split") or ({before[0]: 1.0} if len(before) == 1 else {})
    slots: Slots = {"channels": [*before, channel]}
    if set(old) == set(before) and 0 < share < 1:
        whole = sum(old.values())
        slots["split"] = {**{c: round(v / whole * (1 - share), 4) for c, v in old.items()}, channel: round(share, 4)}
        edit.put("add", slots, ("set_split", {"split": slots["split"]}), where)
    else:
        edit.put("add", slots, ("set_channels", {"channels": slots["channels"]}), where)


def _own(text: str, hit: Any) -> bool:
    """Whether the words change the money of a channel, and do not bring it in or put it in another's place."""
    head, tail = text[: hit.start], text[hit.end :]
    if (
        ADD_BEFORE.search(head)
        or ADD_AFTER.match(tail)
        or ONLY_BEFORE.search(head)
        or INSTEAD.search(head)
        or re.match(r"\s?(?:instead|only)", tail)
    ):
        return False
    return re.match(
        r"\s?(?:的?(?:预算|费用|花费|钱|投入)|'s (?:budget|spend|money)|budget|再?(?:减|加|降|砍|翻|涨))", tail
    ) is not None or (
        re.search(r"(?:halve|double|triple|cut|raise|lower|increase|reduce|set|budget (?:for|on|of))\s?(?:the )?$", head) is not None
    )


def _rescaled(split: dict[str, float], channel: str, factor: float) -> dict[str, float]:
    mine = min(1.0, split[channel] * factor)
    others = sum(v for k, v in split.items() if k != channel)
    return {k: round(mine if k == channel else v * (1 - mine) / others, 4) if others else 1.0 for k, v in split.items()}


def _moved(s: Scan, state: Slots, edit: Edit, percent: tuple[float, tuple[int, int]] | None, money: list[Any]) -> bool:
    """把10%从快手挪到小红书; move $500 from Google to Facebook."""
    text, hits = s.plain, s.places.hits
    if len(s.places.ids) != 2 or not (percent or money):
        return False
    owned = OWN_BUDGET.search(text)
    if not owned and not re.search(
        r"挪|移|转|拨|调|匀|分|划|给到|nudge|slide|(?:减|降|砍).*给|move|shift|transfer|reallocat|take|push|swing|put", text
    ):
        return False
    a, b = hits[0], hits[-1]
    source, target = a.id, b.id
    if re.search(r"(?:到|给|to|into|toward|give|hand)\s?$", text[: a.start]) and re.search(r"(?:从|from|out of|off)\s?$", text[: b.start]):
        source, target = b.id, a.id
    if re.search(r"减|降|砍|cut|reduce|lower", text[a.end : b.start]) and re.search(r"(?:给|补给|加给|to|on)\s?$", text[: b.start]):
        pass
    elif (
        not owned
        and not re.search(r"从|from|out of|off|的?\s?\d+(?:\.\d+)?\s?%?.{0,8}(?:挪|移|转|拨|调|匀|分|划)", text)
        and not re.search(r"(?:挪|移|转|拨|匀|分|划|调|move|shift)", text)
    ):
        return False
    slots: Slots = {}
    share = percent[0] if percent else None
    amount = money[0] if money and not percent else None
    split = dict(state.get("split") or {})
    if share is not None and owned and source in split:
        share = round(share * split[source], 6)
    total = state.get("budget")
    part = share if share is not None else float(amount.value) / total if amount and isinstance(total, int | float) and total else None
    if part is not None and source in split and target not in split:
        split[target] = 0.0
    if part is not None and source in split:
        split[source], split[target] = round(split[source] - part, 4), round(split[target] + part, 4)
        slots["split"] = split
    change = {
        "source": source,
        "target": target,
        "share": str(share) if share is not None else None,
        "amount": str(amount.value) if amount else None,
        "currency": amount.currency if amount else None,
    }
    edit.put("shift", slots, ("shift_budget", change), [(h.start, h.end) for h in hits])
    return True


def _listed(s: Scan, before: list[str], edit: Edit, where: list[tuple[int, int]]) -> None:
    text, hits = s.plain, s.places.hits
    removed: list[str] = []
    added: list[str] = []
    action: str | None = None
    only: list[str] = []
    mode: str | None = None
    for i, h in enumerate(hits):
        head = text[hits[i - 1].end if i else 0 : h.start]
        tail = text[h.end : hits[i + 1].start if i + 1 < len(hits) else len(text)]
        joined = i > 0 and JOINED.fullmatch(head) is not None
        if i > 0 and SWAP.search(head) and not re.search(r"[。；;]", head):
            action = "replace"
            if hits[i - 1].id in only:
                only.remove(hits[i - 1].id)
            if hits[i - 1].id in added:
                added.remove(hits[i - 1].id)
            if hits[i - 1].id not in removed:
                removed.append(hits[i - 1].id)
            if h.id in removed:
                removed.remove(h.id)
            added.append(h.id)
            mode = "add"
        elif re.search(r"(?:instead of|rather than|代替|取代|替代|替换掉?)\s?$", head):
            action = "replace"
            removed.append(h.id)
            if i == 0 and len(hits) > 1:
                mode = "add"
        elif REMOVE_BEFORE.search(head) or (REMOVE_AFTER.match(tail) and not (joined and mode == "remove")):
            mode = "remove"
            removed.append(h.id)
            action = action or "remove"
            # 快手、B站都砍掉: the words after the last of a row speak of all of it.
            for j in range(i, 0, -1):
                if not JOINED.fullmatch(text[hits[j - 1].end : hits[j].start]):
                    break
                if hits[j - 1].id not in [*removed, *added, *only]:
                    removed.append(hits[j - 1].id)
        elif ONLY_BEFORE.search(head) or re.match(r"\s?(?:only|就行|就够|就好|即可)", tail):
            mode = "only"
            only.append(h.id)
            action = action or "set"
        elif ADD_BEFORE.search(head) or ADD_AFTER.match(tail):
            mode = "add"
            added.append(h.id)
            action = action or "add"
        elif INSTEAD.search(head) or re.match(r"\s?(?:instead|替代|代替)(?! of)", tail):
            mode = "only"
            only.append(h.id)
            action = "replace"
        elif joined and mode:
            {"remove": removed, "add": added, "only": only}[mode].append(h.id)
        elif (
            i == 0
            and len(hits) > 1
            and (SWAP.search(text[h.end : hits[1].start]) or re.match(r"\s?(?:instead of|rather than|代替|取代|替代)", text[h.end :]))
        ):
            if re.match(r"\s?(?:instead of|rather than|代替|取代|替代)", text[h.end :]):
                added.append(h.id)
        elif h.id not in before:
            added.append(h.id) if before and mode == "add" else only.append(h.id)
            action = action or "set"
    if (not action and REMOVE_IT.search(text)) or (action == "set" and only and set(only) <= set(before) and REMOVE_IT.search(text)):
        action, removed, only = "remove", [h.id for h in hits if h.id in before], []
    if action in ("remove", "add") and removed and added and len(removed) == len(added) == 1:
        action = "replace"
    if only and not removed and not added:
        after = list(dict.fromkeys(only))
    else:
        after = [c for c in before if c not in removed]
        if action == "replace" and removed and before:
            after = []
            fresh = [c for c in dict.fromkeys([*only, *added]) if c not in before or c in added]
            for c in before:
                if c in removed:
                    after += [n for n in fresh if n not in after]
                    fresh = []
                else:
                    after.append(c)
            after += [n for n in fresh if n not in after]
        else:
            after += [c for c in [*only, *added] if c not in after]
    if not action or (not after and not removed):
        return
    if before and not after:
        edit.notes.append(
            both(
                "这是计划里仅有的渠道，去掉就没有可投的了；可以说换成哪个渠道。",
                "That is the plan's only channel; without it nothing can run. Say which channel to use instead.",
            )
        )
    slots: Slots = {}
    if after:
        slots["channels"] = list(dict.fromkeys(after))
    if removed:
        slots["removed_channels"] = list(dict.fromkeys(removed))
    edit.put(action, slots, ("set_channels", {"channels": slots["channels"]}) if after else None, where)
