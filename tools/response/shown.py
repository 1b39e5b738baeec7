"""What the shop's records know of the creatives that were shown: what a headline may call a product, what its picture looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .features import Context, column_of, prepare, product_names
from .pictures import numbers_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ...data.workspace import Workspace

NAMES = ("name_zh", "name_en", "brand", "keywords_zh", "keywords_en")


class Shown:
    """Turns batches of impressions into the columns of the shop's models; every picture is measured once."""

    def __init__(self, workspace: Workspace) -> None:
        self.artefacts = workspace.artefacts
        products = workspace.warehouse.table("products")
        listed = workspace.warehouse.arrow(products[["product_id", *NAMES]]).to_pylist()
        self.names = {row["product_id"]: tuple(_names(row)) for row in listed}
        self.pictures: dict[str, dict[str, float] | None] = {}

    def columns(self, batch: pa.RecordBatch) -> dict[str, np.ndarray]:
        """Return the model's columns of a batch that holds the raw ones of `Context` (and ``picture``, an artefact id)."""
        return self.prepared({name: batch.column(name).to_pylist() for name in batch.schema.names if name in Context.model_fields})

    def prepared(self, values: Mapping[str, list[Any]]) -> dict[str, np.ndarray]:
        """Return the model's columns of raw ones given as lists."""
        raw = {name: column_of(column) for name, column in values.items()}
        raw["product_names"] = column_of([self.names.get(p) for p in raw["product_id"]])
        ids = raw.pop("picture", None)
        if ids is not None:
            fresh = set(ids.tolist()) - self.pictures.keys() - {None}
            self.pictures |= dict.fromkeys(fresh) | numbers_of(self.artefacts, sorted(fresh))
            raw["picture"] = column_of([self.pictures.get(p) for p in ids])
        return prepare(raw)


def _names(row: dict[str, str | None]) -> list[str]:
    """Names of a row of products; its first keyword is the kind of thing it is."""
    kinds = [(row[f"keywords_{language}"] or "").replace("，", ",").split(",")[0].strip() for language in ("zh", "en")]
    return product_names(row["brand"], (row["name_zh"], kinds[0]), (row["name_en"], kinds[1]))
