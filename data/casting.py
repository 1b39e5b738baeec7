"""SQL that turns the text of a cell into a value: numbers, times, days, flags, in the ways people write them.

Every function takes and returns DuckDB SQL text; a cell that cannot be understood becomes NULL, and the importer then
sets the row apart. Dates written with slashes whose order cannot be told are the caller's to settle (`slash_order`).
"""

from __future__ import annotations

from typing import Literal

from .headers import values
from .money import SIGNS

DateOrder = Literal["dmy", "mdy"]
DECIMAL = "DECIMAL(18,4)"
_CODES = "(?i:" + "|".join(["RMB", "INR", "THB", "MYR", *SIGNS]) + ")"
EMAIL = r"[a-z0-9._%+-]+\s?@\s?[a-z0-9-]+(\.[a-z0-9-]+)+"
# Mobile numbers of China, numbers with a country code, and American ones; a bare long number may be a barcode.
TELEPHONE = r"(\+?86[ -]?)?\b1[3-9]\d[ -]?\d{4}[ -]?\d{4}\b|\+\d{1,3}([ ()-]{0,2}\d){7,12}|\(?\b\d{3}\)?[ -]\d{3}-\d{4}\b"
SLASH_DATE = r"^\d{1,2}[/-]\d{1,2}[/-](\d{4}|\d{2})(\D|$)"


def quote(text: str) -> str:
    """Return a SQL string literal.

    Example:
        >>> quote("it's")
        "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def column_name(text: str) -> str:
    """Return a SQL name, quoted."""
    return '"' + text.replace('"', '""') + '"'


def listed(words: frozenset[str]) -> str:
    """Return a parenthesised list of string literals, sorted."""
    return "(" + ", ".join(quote(word) for word in sorted(words)) + ")"


def trimmed(cell: str) -> str:
    """The text of a cell without blanks and marks around it."""
    return f"trim({cell}::VARCHAR, ' \t\r\n\u00a0\u3000\ufeff')"


def clean(text: str) -> str:
    """Take spreadsheet armour (``'123``, ``="123"``) off a trimmed text; words for nothing become NULL."""
    bare = f"""CASE WHEN {text}[1] IN ('=', '''') AND regexp_matches({text}, '^(="|''[0-9=+@-])') THEN regexp_replace({text}, '^(=?"|'')?([^"]*)"?$', '\\2') ELSE {text} END"""
    longest = max(map(len, values("missing")))
    return f"CASE WHEN length({text}) <= {longest} AND lower({text}) IN {listed(values('missing'))} THEN NULL ELSE nullif({bare}, '') END"


def identifier(text: str) -> str:
    """An id: ``17850.0`` (a number that passed through a float) is ``17850``; an e-mail address is replaced by a hash."""
    return f"CASE WHEN contains({text}, '@') THEN {hashed(text)} WHEN ends_with({text}, '.0') THEN {unfloated(text)} ELSE {text} END"


def unfloated(text: str) -> str:
    """Digits that passed through a float: ``17850.0`` is ``17850``; anything else stays as it is."""
    return f"regexp_replace({text}, '^(\\d+)\\.0$', '\\1')"


def hashed(text: str) -> str:
    """A stable stand-in for something personal: ``p-`` and 16 hex digits of its SHA-256."""
    return f"'p-' || sha256(lower({text}))[1:16]"


def masked(text: str) -> str:
    """A text without the e-mail addresses and telephone numbers that people type into a search box; they become ``*``."""
    return f"CASE WHEN regexp_matches({text}, '[@＠]|\\d{{6}}|[０-９]{{6}}|\\d{{3}}[ )-]') THEN nullif(trim({_masked(text)}), '*') ELSE {text} END"


def _masked(text: str) -> str:
    plain = f"translate({text}, '０１２３４５６７８９＠＋－', '0123456789@+-')"
    return f"regexp_replace(regexp_replace({plain}, {quote(EMAIL)}, '*', 'gi'), {quote(TELEPHONE)}, '*', 'g')"


def number(text: str, comma: bool = False) -> str:
    """A decimal: currency signs, thousands separators, ``(12.50)``, ``12.5%``, ``1.2万``; `comma`: the comma is the point."""
    bare = rf"regexp_replace(translate({text}, '０１２３４５６７８９．，－（）', '0123456789.,-()'), '[\s$£€¥￥元%()+]|{_CODES}', '', 'g')"
    digits = rf"replace(replace({bare}, '万', ''), '亿', '')"
    if comma:
        plain = f"replace(replace({digits}, '.', ''), ',', '.')"
    else:
        plain = (
            rf"CASE WHEN regexp_matches({digits}, '^-?\d{{1,3}}(,\d{{2,3}})*,\d{{3}}(\.\d+)?$') THEN replace({digits}, ',', '') "
            rf"WHEN regexp_matches({digits}, '^-?\d+,\d{{1,2}}$') THEN replace({digits}, ',', '.') ELSE {digits} END"
        )
    factor = (
        f"CASE WHEN contains({text}, '万') THEN 10000 WHEN contains({text}, '亿') THEN 100000000 ELSE 1 END"
        f" * CASE WHEN {text} LIKE '(%)' THEN -1 ELSE 1 END / CASE WHEN {text} LIKE '%\\%' ESCAPE '\\' THEN 100 ELSE 1 END"
    )
    slow = f"try_cast(try_cast({plain} AS DOUBLE) * ({factor}) AS {DECIMAL})"
    exact = f"CASE WHEN ({factor}) = 1 THEN coalesce(try_cast({plain} AS {DECIMAL}), {slow}) ELSE {slow} END"
    return exact if comma else f"coalesce(try_cast({text} AS {DECIMAL}), {exact})"


def whole(text: str, comma: bool = False) -> str:
    """A whole number; NULL when there is a fraction."""
    value = number(text, comma)
    return f"CASE WHEN {value} = trunc({value}) THEN {value}::BIGINT END"


def years(text: str) -> str:
    """An age; a range such as ``30-34`` gives its middle, ``65+`` its lower end, 0 nothing."""
    low, high = (f"try_cast(regexp_extract({text}, '^(\\d{{1,3}})\\s*[-–~至]\\s*(\\d{{1,3}})', {group}) AS BIGINT)" for group in (1, 2))
    return f"nullif(coalesce(try_cast(rtrim({text}, '+岁 ') AS BIGINT), ({low} + {high}) // 2, {whole(text)}), 0)"


def flag(text: str) -> str:
    """True or false from the words for yes and no."""
    return f"CASE WHEN lower({text}) IN {listed(values('yes'))} THEN true WHEN lower({text}) IN {listed(values('no'))} THEN false END"


def _formats(order: DateOrder) -> str:
    """strptime formats of dates whose year comes last, and of dates with month names."""
    day_month = "%d/%m" if order == "dmy" else "%m/%d"
    dates = [f"{day_month}/%y", f"{day_month}/%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"]
    times = ["", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p"]
    return "[" + ", ".join(quote(day + time) for day in dates for time in times) + "]"


def _absolute(text: str) -> str:
    """SQL condition and value of times that name their zone: Unix seconds, milli-, micro-, nanoseconds, or an offset."""
    offset = rf"regexp_matches({text}, '\d:\d{{2}}(:\d{{2}}(\.\d+)?)? ?(Z|UTC|GMT|[+-]\d{{2}}(:?\d{{2}})?)$')"
    moment = f"regexp_replace(replace({text}, 'GMT', 'UTC'), ' ([+-])', '\\1')"
    return (
        rf"WHEN regexp_matches({text}, '^\d{{10}}(\.\d+)?$') THEN make_timestamp((try_cast({text} AS DECIMAL(38,6)) * 1000000)::BIGINT) "
        rf"WHEN regexp_matches({text}, '^\d{{13}}(\.\d+)?$') THEN make_timestamp(try_cast({text} AS BIGINT) * 1000) "
        rf"WHEN regexp_matches({text}, '^\d{{16}}(\.0+)?$') THEN make_timestamp(try_cast({text} AS BIGINT)) "
        rf"WHEN regexp_matches({text}, '^\d{{19}}$') THEN make_timestamp(try_cast({text} AS BIGINT) // 1000) "
        rf"WHEN {offset} THEN try_cast({moment} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
    )


def _local(text: str, order: DateOrder) -> str:
    """A time without a zone, as written."""
    western = f"trim(replace(replace(replace(replace(replace({text}, '年', '-'), '月', '-'), '日', ' '), '时', ':'), '分', ':'), ' :秒')"
    dashed = f"replace({western}, '/', '-')"
    slashed = rf"regexp_replace({text}, '^(\d{{1,2}})[.-](\d{{1,2}})[.-]', '\1/\2/')"
    dotted = rf"regexp_matches({text}, '^\d{{1,2}}\.\d{{1,2}}\.\d')"
    return (
        rf"CASE WHEN regexp_matches({dashed}, '^\d{{4}}-\d{{1,2}}-\d{{1,2}}') "
        rf"THEN coalesce(try_cast({dashed} AS TIMESTAMP), try_strptime({dashed}, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d %H'])) "
        rf"WHEN regexp_matches({text}, '^\d{{8}}$') THEN try_strptime({text}, '%Y%m%d') "
        rf"WHEN regexp_matches({text}, '^\d{{14}}$') THEN try_strptime({text}, '%Y%m%d%H%M%S') "
        rf"WHEN regexp_matches({text}, '^[2-7]\d{{4}}(\.\d+)?$') "
        rf"THEN TIMESTAMP '1899-12-30' + to_seconds(round(try_cast({text} AS DOUBLE) * 86400)) "
        rf"WHEN {dotted} THEN try_strptime({slashed}, {_formats('dmy')}) "
        rf"ELSE try_strptime({slashed}, {_formats(order)}) END"
    )


def time(text: str, zone: str, order: DateOrder = "dmy") -> str:
    """A moment in UTC; a time that names no zone is in `zone`. Excel day numbers, ISO, Chinese and slash dates."""
    local = f"({_local(text, order)}) AT TIME ZONE {quote(zone)} AT TIME ZONE 'UTC'"
    return f"coalesce(CASE {_absolute(text)} END, {local})"


def day(text: str, zone: str, order: DateOrder = "dmy") -> str:
    """A calendar day in `zone`."""
    return f"coalesce((CASE {_absolute(text)} END) AT TIME ZONE 'UTC' AT TIME ZONE {quote(zone)}, {_local(text, order)})::DATE"


def slash_order(text: str, table: str) -> str:
    """SQL for counts of slash dates: all, first part above 12, second part above 12, parts that differ."""

    def part(group: int) -> str:
        return f"try_cast(regexp_extract({text}, '^(\\d{{1,2}})[/-](\\d{{1,2}})', {group}) AS INTEGER)"

    return (
        f"SELECT count(*), count(*) FILTER ({part(1)} > 12), count(*) FILTER ({part(2)} > 12), "
        f"count(*) FILTER ({part(1)} <> {part(2)}) FROM {table} WHERE regexp_matches({text}, {quote(SLASH_DATE)})"
    )
