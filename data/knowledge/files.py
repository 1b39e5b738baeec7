"""Read the data files beside this one, and bring words to the form they are compared in."""

from __future__ import annotations

import csv
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ..script import simplified
from ..words import Words

Status = Literal["verified", "unverified"]


class Fact(BaseModel):
    """Base of everything known: unknown keys in a data file are refused, loaded facts cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Parse a TOML file of this folder, e.g. ``"fx.toml"``."""
    return tomllib.loads((files(__spec__.parent) / name).read_text("utf-8"))


@cache
def read_csv(name: str) -> list[dict[str, str]]:
    """Parse a CSV file of this folder; one dict per row, all values as text."""
    return list(csv.DictReader((files(__spec__.parent) / name).read_text("utf-8").splitlines()))


def fold(text: str) -> str:
    """Bring `text` to the form in which names are compared: NFKC (full width to half), simplified, lower case, single spaces.

    Example:
        >>> fold("ＦＢ  Ads"), fold("掃地機器人")
        ('fb ads', '扫地机器人')
    """
    return " ".join(simplified(unicodedata.normalize("NFKC", text)).casefold().split())


def pair(value: list[str]) -> Words:
    """``["中文", "English"]`` of a data file as `Words`."""
    return Words(zh=value[0], en=value[1])


def listed(text: str) -> list[str]:
    """Split a block of words: phrases are separated by commas or line ends, so that they may hold spaces."""
    return [word for line in text.splitlines() for part in line.split(",") if (word := part.strip())]
