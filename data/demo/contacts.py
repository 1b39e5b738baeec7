"""How the invented customers could be reached: made up so that nobody real is meant.

Addresses end in example.com, example.net or .example (RFC 2606). Numbers in North America are 555-0100 to 555-0199, kept for
fiction. China keeps no such numbers; 1740-0 is a block of satellite terminals (as commonly listed, not checked with the
ministry), valid in form, and sold to no consumer. Other countries get no number. Names are “演示 顾客” and "Demo Customer".
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .draws import stream
from .people import ABROAD, PROVINCES, Users

DOMAINS = ("example.com", "example.net", "shop.example")
# Area codes of large cities, for numbers 555-0100 to 555-0199.
AREAS = {"US": ("202", "212", "213", "312", "404", "415", "512", "602", "617", "702", "713", "206"), "CA": ("416", "604", "514")}
FICTION = 100


def table(seed: int, users: Users) -> pa.Table:
    """Return the rows of the contacts table: most users have an address or a number, a few have unsubscribed.

    Consent is the users table's. Some values are written as people write them: upper case, blanks, full width, or wrong.
    """
    rng = stream(seed, "contacts")
    n = len(users.ids)
    countries = ["CN" if r < len(PROVINCES) else ABROAD[r - len(PROVINCES)] for r in users.region]
    with_email = rng.random(n) < np.where(users.abroad, 0.9, 0.35)
    with_phone = rng.random(n) < np.where(users.abroad, 0.55, 0.86)
    slip, style, domain, area = rng.random(n), rng.random(n), rng.integers(0, len(DOMAINS), n), rng.random(n)
    android = rng.random(n) < np.where(users.abroad, 0.5, 0.68)
    tracked = rng.random(n) < 0.4
    device = rng.integers(0, 16, (n, 32))
    gone = rng.random(n) < 0.03
    rows = []
    for i, id_ in enumerate(users.ids):
        code = _code(device[i]) if tracked[i] else None
        home = countries[i] == "CN"
        rows.append(
            {
                "user_id": id_,
                "email": _address(id_, DOMAINS[domain[i]], style[i], slip[i]) if with_email[i] else None,
                "phone": _number(i, countries[i], area[i], style[i], slip[i]) if with_phone[i] else None,
                "first_name": "顾客" if home else "Customer",
                "last_name": "演示" if home else "Demo",
                "country": countries[i] if style[i] < 0.8 else None,
                "oaid": code if home and android[i] else None,
                "idfa": code.upper() if code and not android[i] else None,
                "gaid": code if not home and android[i] else None,
                "suppressed": bool(gone[i]),
            }
        )
    return pa.Table.from_pylist(rows)


def _address(id_: str, domain: str, style: float, slip: float) -> str:
    name = f"{id_} at {domain}" if slip < 0.01 else f"{id_}@{domain}"
    return f" {name.title()} " if style < 0.1 else name


def _number(i: int, country: str, area: float, style: float, slip: float) -> str | None:
    if country == "CN":
        digits = f"1740{i:07d}"
        if slip < 0.01:
            return digits[:-1]
        if style < 0.1:
            return f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}"
        return digits.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}) if style > 0.97 else digits
    if country not in AREAS:
        return None
    code = AREAS[country][int(area * len(AREAS[country]))]
    end = 100 + i % FICTION
    return f"({code}) 555-0{end}" if style < 0.5 else f"+1 {code} 555 0{end}"


def _code(hexadecimal: np.ndarray) -> str:
    """Return 32 drawn digits as the id a device reports for advertising."""
    text = "".join(f"{digit:x}" for digit in hexadecimal)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
