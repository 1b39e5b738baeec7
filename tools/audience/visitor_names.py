"""Names of groups that look and hardly ever buy, by what marks them among each other: 看数码电器的访客, visitors searching for shoes.

A mark is one of the words of `said`: what they look at, what they search for, how often, how lately, when, how dear, on what
device. Each group takes its strongest mark; groups that would still be called alike take the next one too. Where the log names
no users, its sessions are named instead of visitors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...data.words import Words, both
from .naming import category_name

if TYPE_CHECKING:
    from .fit import Fit

# Marks of behaviour by feature and direction of its deviation; the Chinese goes before 的访客, the English behind "Visitors".
MARKS = {
    ("carts", 1): both("加购未买", "who left a cart behind"),
    ("views", 1): both("反复浏览", "who browse a lot"),
    ("searches", 1): both("爱搜索", "who search a lot"),
    ("idle_days", -1): both("近期来过", "seen recently"),
    ("idle_days", 1): both("久未再来", "not seen for a while"),
    ("level", 1): both("看高价商品", "looking at high-priced goods"),
    ("level", -1): both("看低价商品", "looking at low-priced goods"),
    ("weekend", 1): both("周末来", "coming at weekends"),
    ("evening", 1): both("晚间来", "coming in the evening"),
    ("morning", 1): both("清晨来", "coming early in the morning"),
    ("views", -1): both("只看一两眼", "who glance and leave"),
}
DEVICES = {"mobile": both("用手机逛", "on mobile"), "desktop": both("用电脑逛", "on desktop"), "tablet": both("用平板逛", "on tablet")}
# A word names a group from this share of its people on, a device from this many times its share in the shop.
WORD_SHARE, LEAST_WORD, DEVICE_LIFT = 0.08, 10, 1.15
MOST = 3


class Said(NamedTuple):
    """A mark in words and how far it stands out."""

    words: Words
    strength: float


def visitor_names(fit: Fit, groups: list[int], categories: dict[int, tuple[int, ...]]) -> dict[int, Words]:
    """Return a name for each of `groups`; `categories` lists the ones that mark a group. Distinct as far as marks tell them apart.

    One group of visitors alone needs no mark but what it looks at: everybody else has bought.
    """
    marks = {j: said(fit, j, categories.get(j, ())) for j in groups}
    if len(groups) == 1:
        marks = {j: found if categories.get(j) else [] for j, found in marks.items()}
    taken = {j: 1 for j in groups}
    while True:
        told = {j: _name([mark.words for mark in marks[j][: taken[j]]], fit.sessions) for j in groups}
        longer = [j for j in groups if list(told.values()).count(told[j]) > 1 and taken[j] < min(MOST, len(marks[j]))]
        if not longer:
            return told
        for j in longer:
            taken[j] += 1


def said(fit: Fit, j: int, categories: tuple[int, ...]) -> list[Said]:
    """Return the marks of a group, most telling first: what they look at, what they search for, then how they behave."""
    size = fit.facts["groups"][j]["size"]
    found = []
    if categories:
        cats = [category_name(fit.categories[i]) for i in categories]
        found.append(both("看" + "和".join(c.zh for c in cats), "looking at " + " and ".join(c.en.lower() for c in cats)))
    else:
        word = next((w for w in fit.facts["words"][j] if w["n"] >= max(LEAST_WORD, WORD_SHARE * size)), None)
        if word:
            found.append(both(f"找{word['word']}", f"searching for {word['word']}"))
    behaviour = [
        Said(MARKS[key], abs(row["lift"]))
        for row in fit.facts["explained"][j]["marks"]
        if (key := (row["column"], 1 if row["lift"] > 0 else -1)) in MARKS
    ]
    return [*(Said(words, float("inf")) for words in found), *sorted(behaviour, key=lambda s: -s.strength), *_devices(fit, j)]


def _devices(fit: Fit, j: int) -> list[Said]:
    """The device a group surely uses more than the shop does."""
    found = []
    for name, words in DEVICES.items():
        rows = fit.facts["habits"]["shares"].get(f"device_{name}")
        if not rows or not rows[j] or not rows[-1].get("share"):
            continue
        lift = rows[j]["share"] / rows[-1]["share"]
        if lift >= DEVICE_LIFT and rows[j]["low"] > rows[-1]["share"] and rows[j]["share"] >= 0.5:
            found.append(Said(words, lift))
    return found


def _name(marks: list[Words], sessions: bool) -> Words:
    noun = both("会话", "Sessions") if sessions else both("访客", "Visitors")
    if not marks:
        return both(f"只看未买的{noun.zh}", f"{'Sessions' if sessions else 'Visitors'} without an order")
    en = ", ".join(mark.en for mark in marks)
    if sessions:
        en = en.replace("who ", "that ")
    return both("、".join(mark.zh for mark in marks) + "的" + noun.zh, f"{noun.en} {en}")
