"""The catalogue: reads ``catalogue.toml`` and lays 61 families x 5 models out as 305 products."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa

from .draws import CATEGORIES, Floats, Ints, ids, stream

# Families bought together: a purchase of the first suggests the second, and the other way round.
PAIRS = (
    ("running shoes", "socks"),
    ("yoga mat", "jump rope"),
    ("monitor", "mechanical keyboard"),
    ("hoodie", "jeans"),
    ("dress", "lip gloss"),
    ("lip gloss", "perfume"),
    ("sunscreen", "face cream"),
    ("coffee beans", "thermos bottle"),
    ("chilli sauce", "beef jerky"),
    ("curtains", "bedding set"),
    ("desk lamp", "office chair"),
    ("diapers", "baby bottle"),
    ("stroller", "play mat"),
    ("canned cat food", "cat litter"),
    ("dog food", "dog leash"),
    ("tent", "power bank"),
)


@dataclass(frozen=True)
class Family:
    """What the models of one family share; `facts` are (zh, en) templates with their five values or None."""

    category: str
    noun: tuple[str, str]
    brand: tuple[str, str]
    keywords: tuple[list[str], list[str]]


@dataclass(frozen=True)
class Goods:
    """All products as parallel arrays; `category` indexes `CATEGORIES`, `family` indexes `families`.

    `level` is the price of a model within its family, 0 (least) to 1; `pull` how often it is looked at.
    """

    families: list[Family]
    ids: list[str]
    names: list[tuple[str, str]]
    models: list[tuple[str, str]]
    facts: list[tuple[list[str], list[str]]]
    colors: list[tuple[str, str]]
    family: Ints
    category: Ints
    price: Floats
    cost: Floats
    level: Floats
    pull: Floats
    stock: Ints

    def category_median(self) -> Floats:
        """Median price per category, CNY (8,)."""
        return np.array([np.median(self.price[self.category == c]) for c in range(len(CATEGORIES))])

    def table(self) -> pa.Table:
        """The rows of the products table."""
        families = [self.families[f] for f in self.family]
        return pa.table(
            {
                "product_id": self.ids,
                "name_zh": [name[0] for name in self.names],
                "name_en": [name[1] for name in self.names],
                "category": [f.category for f in families],
                "brand": [f"{f.brand[0]} {f.brand[1]}" for f in families],
                "price": self.price,
                "cost": self.cost,
                "currency": ["CNY"] * len(self.ids),
                "stock": self.stock,
                "facts_zh": ["\n".join(zh) for zh, _ in self.facts],
                "facts_en": ["\n".join(en) for _, en in self.facts],
                "keywords_zh": ["，".join([f.noun[0], *f.keywords[0]]) for f in families],
                "keywords_en": [", ".join([f.noun[1], *f.keywords[1]]) for f in families],
                "color": [f"{zh} {en}" for zh, en in self.colors],
            }
        )


@cache
def _raw() -> list[dict[str, Any]]:
    return tomllib.loads((files(__spec__.parent) / "catalogue.toml").read_text("utf-8"))["family"]


def _two(text: str) -> tuple[str, str]:
    zh, en = (part.strip() for part in text.split("|"))
    return zh, en


def _facts(lines: list[str], model: int) -> tuple[list[str], list[str]]:
    zh, en = [], []
    for line in lines:
        parts = [part.strip() for part in line.split("|")]
        values = parts[2].split(", ")[model].split("/") if len(parts) == 3 else [""]
        zh.append(parts[0].replace("{}", values[0]))
        en.append(parts[1].replace("{}", values[-1]))
    return zh, en


def load(seed: int) -> Goods:
    """Lay out the catalogue; only stock and popularity depend on `seed`."""
    rng = stream(seed, "catalogue")
    families, names, models, facts, colors = [], [], [], [], []
    family, category, price, cost, level = [], [], [], [], []
    for f, row in enumerate(_raw()):
        keywords_zh, keywords_en = _two(row["keywords"])
        noun, brand = _two(row["noun"]), _two(row["brand"])
        families.append(Family(row["category"], noun, brand, (keywords_zh.split(", "), keywords_en.split(", "))))
        low, high = min(row["price"]), max(row["price"])
        for m, model in enumerate(map(_two, row["models"].split(";"))):
            names.append((f"{brand[0]} {model[0]} {noun[0]}", f"{brand[1]} {model[1]} {noun[1]}"))
            models.append(model)
            facts.append(_facts(row["facts"], m))
            zh, en = row["colors"].split(", ")[m].split("/")
            colors.append((zh, en))
            family.append(f)
            category.append(CATEGORIES.index(row["category"]))
            price.append(float(row["price"][m]))
            cost.append(round(row["price"][m] * row["cost"] * rng.uniform(0.94, 1.06), 2))
            level.append((row["price"][m] - low) / (high - low))
    count = len(names)
    return Goods(
        families=families,
        ids=ids("p", count, 3),
        names=names,
        models=models,
        facts=facts,
        colors=colors,
        family=np.array(family),
        category=np.array(category),
        price=np.array(price),
        cost=np.array(cost),
        level=np.array(level),
        pull=rng.lognormal(0.0, 0.7, count),
        stock=np.minimum(rng.geometric(0.004, count) + 5, 3000),
    )
