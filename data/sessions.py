"""SQL for what a log of events leaves open: who it was, when in a session, and what was done where no column says so."""

from __future__ import annotations

from . import casting
from .behaviour import DOUBLE
from .casting import DateOrder
from .recipe import Recipe
from .words import both

# Fields whose presence tells the event of a row, first match, where the file has no column of events.
TELLING = {"order_id": ("purchase", both("订单号", "an order number")), "query": ("search", both("搜索词", "a search term"))}
LEFT = "view"


def fill_events(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    """Set the SQL of ``user_id``, ``ts`` and ``event`` in `values` where they come from more than their own column."""
    people = _people(recipe, have)
    if people:
        values["user_id"] = f"coalesce({', '.join(people)})"
    if "timeframe" in have:
        values["ts"] = f"{values['ts']} + to_milliseconds(coalesce(timeframe, 0)::BIGINT)"
        recipe.notes.append(both("时间由日期加上会话内的毫秒数得出。", "Times are the date plus the milliseconds since the session began."))
    if "event" not in have:
        values["event"] = _event(recipe, have)
    values["double"] = f"known_event.id = {casting.quote(DOUBLE)}" if "event" in have else "false"


def _people(recipe: Recipe, have: set[str]) -> list[str]:
    """Who did it, best first: the signed-in user, the one user this visitor signed in as, the visitor, the session."""
    user, visitor = casting.identifier('"t_user_id"'), casting.identifier('"t_visitor"')
    found = [user] if "user_id" in have else []
    if "visitor" in have and found:
        first, last = (f"{end}({user}) OVER (PARTITION BY {visitor})" for end in ("min", "max"))
        found.append(f'CASE WHEN "t_visitor" IS NOT NULL AND {first} = {last} THEN {first} END')
        recipe.notes.append(
            both("访客只登录过一个账号的，登录前后算同一个人。", "A visitor who signed in to one account is one person before and after.")
        )
    if "visitor" in have:
        found.append(visitor)
    if "session_id" in have:
        known = bool(found)
        found.append("'s-' || \"t_session_id\"")
        recipe.notes.append(
            both("没有用户编号的行，一次会话算一位用户。", "In rows without a user, a session counts as one user.")
            if known
            else both("文件没有用户编号，一次会话算一位用户。", "The file names no users: a session counts as one user.")
        )
    return found


def _event(recipe: Recipe, have: set[str]) -> str:
    told = [(field, event, title) for field, (event, title) in TELLING.items() if field in have]
    zh = "".join(f"有{title.zh}的行记为 {event}，" for _, event, title in told)
    en = "".join(f"rows with {title.en} count as {event}, " for _, event, title in told)
    recipe.notes.append(
        both(
            f"文件没有行为列：{zh}{'其余' if told else '每行都'}记为 {LEFT}。",
            f"The file has no column of events: {en}{'the others' if told else 'every row counts'} as {LEFT}.",
        )
    )
    cases = " ".join(f"WHEN \"t_{field}\" IS NOT NULL THEN '{event}'" for field, event, _ in told)
    return f"CASE {cases} ELSE '{LEFT}' END" if cases else f"'{LEFT}'"
