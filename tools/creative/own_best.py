"""The shop's own best copy as examples to tune a model on: the prompt of the copy tool, and the past ad as its answer.

An ad counts when it did better than the middle of the shop, shrunk towards its channel, and says nothing that its product's facts,
price and offer do not hold: a model is not to learn claims. Train and valid are split by campaign, always the same way.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.words import Language
from ..catalogue import products_by_id
from ..memory.outcome import outcomes
from .grammar import native
from .lines import is_chinese
from .modelled import ROOT, asked_for
from .policy import lint
from .support import all_known, unsupported

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# One campaign in so many is kept for validation.
VALID_SHARE = 8


class Example(NamedTuple):
    """A prompt, the answer to learn, the texts in it, and the facts they may tell."""

    campaign: str
    language: Language
    prompt: str
    answer: str
    text: str
    facts: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether the example is kept for validation; the campaign's id decides."""
        return int(hashlib.sha256(self.campaign.encode()).hexdigest(), 16) % VALID_SHARE == 0


def best_copy(workspace: Workspace) -> list[Example]:
    """The shop's better past ads as examples, in the order of their campaigns' ids; empty where none can be used."""
    warehouse = workspace.warehouse
    rows = warehouse.arrow(warehouse.table("campaigns").order_by("campaign_id")).to_pylist()
    products = products_by_id(workspace)
    found: list[Example] = []
    for row, outcome in zip(rows, outcomes(rows), strict=True):
        product = products.get(str(row["product_id"] or ""))
        texts = {field: str(row[field] or "").strip() for field in ("headline", "body")}
        if outcome.rank < 0 or product is None or not texts["headline"]:
            continue
        whole = "\n".join(text for text in texts.values() if text)
        language = native("zh" if is_chinese(whole) else "en")
        known = all_known(product, language, str(row["offer"] or ""))
        if unsupported(whole, known, language) or any(f.severity == "error" for f in lint(whole, language, product.category)):
            continue
        try:
            place = knowledge.channel(str(row["channel"]))
        except AdwrightError:
            continue
        fields = [limit for limit in place.copy_fields if texts.get(limit.field)]
        if not fields:
            continue
        told = place.model_copy(update={"copy_fields": [limit.model_copy(update={"count": 1}) for limit in fields]})
        answer = {ROOT: [{limit.field: [texts[limit.field]] for limit in fields}]}
        found.append(
            Example(
                str(row["campaign_id"]),
                language,
                asked_for([told], language, known, 1),
                json.dumps(answer, ensure_ascii=False),
                whole,
                tuple(fact for fact in (product.facts_zh if language == "zh" else product.facts_en) if fact.casefold() in whole.casefold()),
            )
        )
    return found
