"""How a contact is written before it is hashed: one small function per form, as each platform documents it.

Telephone numbers are parsed by the `phonenumbers` package; a value that cannot be right is None and counted, never guessed.
Which platform uses which form is data (`knowledge/customer_lists.toml`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from ...data.knowledge.customer_lists import Form, country_code

_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\".]+(\.[^\s@,;<>\".]+)+")
_DOTLESS = ("gmail.com", "googlemail.com")
_DEVICE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,64}")
_NO_DEVICE = re.compile(r"[0-]+")  # what a phone reports whose owner has switched the id off
_ZIP = re.compile(r"[A-Z0-9][A-Z0-9 -]{1,10}")
_GAPS = re.compile(r"[ ().-]")
# What nearly every row of a shop in the two largest markets looks like, without gaps: region, calling code, its own digits.
_USUAL = (("CN", "86", re.compile(r"(?:\+?86)?(1\d{10})")), ("US", "1", re.compile(r"(?:\+?1)?([2-9]\d{9})")))


def plain(text: str) -> str:
    """Bring full-width signs to half width and take blanks and control characters from both ends."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\u200e\u202a\u202c\ufeff")


def email(text: str, dots: bool = True) -> str | None:
    """Return an address in lower case without any blank; without `dots`, a Gmail address loses those before the @.

    Example:
        >>> email(" Li.Na @GMAIL.com "), email("Li.Na@gmail.com", dots=False), email("li.na at example.com")
        ('li.na@gmail.com', 'lina@gmail.com', None)
    """
    address = re.sub(r"\s+", "", plain(text)).lower()
    if not _EMAIL.fullmatch(address):
        return None
    local, _, domain = address.partition("@")
    return address if dots or domain not in _DOTLESS else f"{local.replace('.', '')}@{domain}"


def phone(text: str, country: str | None) -> str | None:
    """Return a number in E.164 with its plus, or None when it is no valid number; `country` counts when it names none.

    Example:
        >>> phone("１７４ ０００１ ２３４５", "CN"), phone("(202) 555-0143", "US"), phone("17400012345", None)
        ('+8617400012345', '+12025550143', None)
    """
    import phonenumbers

    said = plain(text)
    bare = _GAPS.sub("", said)
    for region, calling, form in _USUAL:
        usual = form.fullmatch(bare)
        # The package's own pattern, without the work of a full parse.
        if usual and (country == region or bare[0] == "+") and _mobile(region).fullmatch(usual[1]):
            return f"+{calling}{usual[1]}"
    try:
        number = phonenumbers.parse(said, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


@cache
def _mobile(region: str) -> re.Pattern[str]:
    """The pattern of a region's mobile numbers in the metadata of `phonenumbers`."""
    from phonenumbers import PhoneMetadata

    metadata: Any = PhoneMetadata.metadata_for_region(region)
    return re.compile(metadata.mobile.national_number_pattern)


def mainland(e164: str) -> str | None:
    """Return the eleven digits of a mainland mobile number; None for any other."""
    return e164[3:] if e164.startswith("+86") and _mobile("CN").fullmatch(e164[3:]) else None


def name(text: str, letters: bool = False) -> str | None:
    """Return a name in lower case; with `letters`, without punctuation and blanks."""
    said = plain(text).lower()
    if letters:
        said = "".join(sign for sign in said if unicodedata.category(sign)[0] in "LM")
    return said or None


def postal(text: str, country: str | None, short: bool = False) -> str | None:
    """Return a postal code; `short`: lower case without blanks and dashes, the first five digits in the US."""
    code = plain(text).upper()
    if not _ZIP.fullmatch(code):
        return None
    if short:
        code = re.sub(r"[ -]", "", code).lower()
        code = code[:5] if country == "US" else code
    return code


def device(text: str) -> str | None:
    """Return an advertising id in lower case; None for one that is switched off or malformed."""
    code = plain(text).lower()
    return code if _DEVICE.fullmatch(code) and not _NO_DEVICE.fullmatch(code) else None


def _digits(text: str, country: str | None) -> str | None:
    number = phone(text, country)
    return number[1:] if number else None


def _eleven(text: str, country: str | None) -> str | None:
    number = phone(text, country)
    return mainland(number) if number else None


def _lower_country(text: str, _: str | None) -> str | None:
    code = country_code(text)
    return code.lower() if code else None


_FORMS: dict[Form, Callable[[str, str | None], str | None]] = {
    "email": lambda text, _: email(text),
    "email-gmail": lambda text, _: email(text, dots=False),
    "phone-plus": phone,
    "phone-digits": _digits,
    "phone-mainland": _eleven,
    "name": lambda text, _: name(text),
    "name-letters": lambda text, _: name(text, letters=True),
    "country-upper": lambda text, _: country_code(text),
    "country-lower": _lower_country,
    "zip": postal,
    "zip-short": lambda text, country: postal(text, country, short=True),
    "device-lower": lambda text, _: device(text),
}


def written(form: Form, text: str, country: str | None) -> str | None:
    """Return a value in the form a platform hashes, or None when it cannot be brought into it; `country` is two letters."""
    return _FORMS[form](text, country)


def hashed(text: str, how: str) -> str:
    """Hash UTF-8 without salt into lower-case hex: ``sha256``, ``md5``, or ``none`` for plain."""
    if how == "none":
        return text
    return hashlib.new(how, text.encode(), usedforsecurity=how != "md5").hexdigest()
