"""The public cases of Recognizers-Text as regression: of the kinds we claim, at least so many are read right."""

from __future__ import annotations

import pytest

from benchmarks.recognizers import SPECS, Row, cases, measure

pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="../shared/datasets/recognizers_specs is not here")
LEAST = {"zh": 0.90, "en": 0.85}


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], Row]:
    return {(r.model, r.language): r for r in measure(cases())}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("model", ["number", "money", "percent", "range", "length"])
def test_claimed_kinds_are_read(rows: dict[tuple[str, str], Row], model: str, language: str) -> None:
    row = rows[model, language]
    assert row.share >= LEAST[language], row.misses


@pytest.mark.parametrize("language", ["zh", "en"])
def test_money_and_numbers_together(rows: dict[tuple[str, str], Row], language: str) -> None:
    both = [rows[model, language] for model in ("number", "money")]
    assert sum(r.claimed for r in both) >= 200
    assert sum(r.right for r in both) / sum(r.claimed for r in both) >= LEAST[language]
