"""What the names of events in a log mean, by the lexicon in `headers.toml`; names that mean nothing here are listed, never guessed."""

from __future__ import annotations

from collections.abc import Mapping

from . import headers
from .schema import EVENTS
from .words import Words, both

TOLD = 12  # names listed in a note
# A name that is left out because a better one is in the file; no event has an empty name.
DOUBLE = ""


def meanings(counts: Mapping[str, int], given: Mapping[str, str] | None = None) -> tuple[dict[str, str], list[Words]]:
    """Return the event (or `DOUBLE`) of every known name, and what to tell; `counts` is rows per name as written.

    `given` says what names of the shop's own mean, and goes before the lexicon.

    Example:
        >>> meanings({"pv": 9, "fav": 2, "scroll": 5})[0]
        {'fav': 'view', 'pv': 'view'}
    """
    lexicon = headers.knowledge()["values"]
    names = {name: headers.plain(name) for name in sorted(counts)}
    own = {headers.plain(name): event for name, event in (given or {}).items()}
    known = {name: event for name, text in names.items() if (event := own.get(text) or _in(lexicon["event"], text))}
    clear = set(known.values())
    doubles, near = [], []
    for name, text in names.items():
        if name in known:
            continue
        if event := _in(lexicon["event_otherwise"], text):
            known[name] = DOUBLE if event in clear else event
            doubles += [name] if event in clear else []
        elif event := _in(lexicon["event_near"], text):
            known[name] = event
            near.append((name, event))
    notes = []
    if doubles:
        zh, en = _listed(doubles, counts)
        notes.append(both(f"文件里有更明确的行为，这些不重复计：{zh}。", f"Not counted beside clearer events of the same file: {en}."))
    if near:
        zh = "、".join(f"{name} 计作 {event}" for name, event in near)
        en = ", ".join(f"{name} counts as {event}" for name, event in near)
        notes.append(both(f"按最接近的行为计：{zh}。", f"Taken for the nearest event: {en}."))
    absent = [name for name in given or {} if headers.plain(name) not in names.values()]
    if absent:
        notes.append(both(f"文件里没有这些行为：{'、'.join(absent)}。", f"The file has no such events: {', '.join(absent)}."))
    strange = [name for name in names if name not in known]
    if strange:
        zh, en = _listed(strange, counts)
        notes.append(
            both(
                f'不认识的行为，已隔离：{zh}。要计入，请在文件里改成 {"、".join(EVENTS[:5])} 之一，或导入时加上 --event "{strange[0]}=view"。',
                f"Events that are not known were set apart: {en}. To count one, rename it in the file to one of {', '.join(EVENTS[:5])}, "
                f'or import with --event "{strange[0]}=view".',
            )
        )
    return dict(sorted(known.items())), notes


def _in(groups: Mapping[str, list[str]], text: str) -> str | None:
    return next((event for event, words in groups.items() if text in map(headers.plain, words)), None)


def _listed(names: list[str], counts: Mapping[str, int]) -> tuple[str, str]:
    shown = sorted(names, key=lambda name: (-counts[name], name))
    zh = "、".join(f"{name}（{counts[name]:,} 行）" for name in shown[:TOLD])
    en = ", ".join(f"{name} ({counts[name]:,})" for name in shown[:TOLD])
    if len(shown) > TOLD:
        zh, en = f"{zh} 等 {len(shown)} 种", f"{en} and {len(shown) - TOLD} more"
    return zh, en
