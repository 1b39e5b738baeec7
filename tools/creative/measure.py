"""Measures generated copy: overlap with references, facts told and invented, variety, copying, limits, policy, readability.

BLEU (Papineni et al. 2002) by sacrebleu and ROUGE (Lin 2004) by rouge-score; Chinese is read in characters for BLEU and in
jieba words for ROUGE, and the result says so. Overlap barely separates good copy from bad: read it beside the rest. Not
covered: whether copy sells.
"""

from __future__ import annotations

import logging
import re
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from itertools import pairwise
from typing import Any

from ...data.errors import AdwrightError
from ...data.words import Language, both
from .policy import lint
from .support import unsupported

# Texts against which every text is compared for self-BLEU; more cost time and change little.
PEERS = 50


def evaluate_copy(
    candidates: Sequence[str],
    references: Sequence[str | Sequence[str]],
    language: Language,
    *,
    facts: Sequence[Sequence[str]] | None = None,
    sources: Sequence[str] = (),
    limit: int | None = None,
    channel: str | None = None,
    category: str | None = None,
) -> dict[str, Any]:
    """Score one text a product against its references; shares are 0..1, BLEU and ROUGE 0..100.

    `references` may be empty, then overlap is left out. `facts` are each product's facts (coverage, unsupported claims),
    `sources` texts that must not be copied whole, `limit` the longest text in characters. Raises `AdwrightError`
    (``nothing-to-score``, ``uneven``).

    Example:
        >>> found = evaluate_copy(["白色的连衣裙"], ["白色连衣裙"], "zh", facts=[["白色", "连衣裙"]])
        >>> found["coverage"], found["unsupported"], found["bleu_tokeniser"]
        (1.0, 0.0, 'characters')
    """
    _checked(candidates, references, facts)
    words = [_words(text, language) for text in candidates]
    pairs = [pair for row in words for pair in pairwise(row)]
    findings = [lint(text, language, category, channel) for text in candidates]
    found: dict[str, Any] = {
        "texts": len(candidates),
        "language": language,
        "length": round(statistics.fmean(len(text) for text in candidates), 1),
        "distinct_1": _ratio(len({word for row in words for word in row}), sum(map(len, words))),
        "distinct_2": _ratio(len(set(pairs)), len(pairs)),
        "self_bleu": _self_bleu(candidates, language),
        "policy_pass": _share(not any(f.severity == "error" for f in row) for row in findings),
        "readability": round(statistics.fmean(readability(text, language) for text in candidates), 1),
        "verbatim": _share(text.strip() in set(map(str.strip, sources)) for text in candidates) if sources else None,
        "within_limit": _share(len(text) <= limit for text in candidates) if limit is not None else None,
    }
    if references:
        found |= _overlap(candidates, references, language)
    if facts is not None:
        found["coverage"] = round(
            statistics.fmean(
                _ratio(sum(f.casefold() in text.casefold() for f in set(own)), len(set(own)))
                for text, own in zip(candidates, facts, strict=True)
            ),
            4,
        )
        found["unsupported"] = _share(bool(unsupported(text, own, language)) for text, own in zip(candidates, facts, strict=True))
    return found


def compare_copy(reports: dict[str, dict[str, Any]]) -> str:
    """A Markdown table of several generators' reports, one measure a row.

    Example:
        >>> print(compare_copy({"a": {"bleu_4": 5.0, "texts": 2}, "b": {"bleu_4": 6.5, "texts": 2}}))
        | measure | a | b |
        |---|---|---|
        | bleu_4 | 5.0 | 6.5 |
        | texts | 2 | 2 |
    """
    rows = list(dict.fromkeys(key for report in reports.values() for key in report))
    lines = [f"| measure | {' | '.join(reports)} |", "|---" * (len(reports) + 1) + "|"]
    for row in rows:
        values = [report.get(row) for report in reports.values()]
        lines.append(f"| {row} | {' | '.join('-' if v is None else str(v) for v in values)} |")
    return "\n".join(lines)


def readability(text: str, language: Language) -> float:
    """Mean length of a clause: characters in Chinese, words in English; shorter reads easier (10-20 is usual in advertising)."""
    clauses = [part for part in re.split(r"[，。；：！？、,.;:!?\n]+", text) if part.strip()]
    sizes = [len(part.strip()) if language == "zh" else len(part.split()) for part in clauses]
    return statistics.fmean(sizes) if sizes else 0.0


def _checked(candidates: Sequence[str], references: Sequence[Any], facts: Sequence[Any] | None) -> None:
    if not candidates:
        raise AdwrightError(
            both("没有可评分的文案。", "There is no copy to score."),
            both("每行一条，至少一条。", "Give at least one text."),
            code="nothing-to-score",
        )
    for name, other in (("references", references), ("facts", facts or ())):
        if other and len(other) != len(candidates):
            raise AdwrightError(
                both(
                    f"文案有 {len(candidates)} 条，{name} 有 {len(other)} 条，对不上。",
                    f"There are {len(candidates)} texts but {len(other)} {name}.",
                ),
                both("两者要一一对应。", "They have to go in pairs."),
                code="uneven",
            )


def _overlap(candidates: Sequence[str], references: Sequence[str | Sequence[str]], language: Language) -> dict[str, Any]:
    import sacrebleu
    from rouge_score.rouge_scorer import RougeScorer

    logging.getLogger("sacrebleu").setLevel(logging.ERROR)
    several = [[one] if isinstance(one, str) else list(one) for one in references]
    tokeniser = "char" if language == "zh" else "13a"
    # Smoothing "exp" is method 3 of Chen and Cherry 2014, averaged over texts: what published tables of this kind hold.
    bleu = [
        sacrebleu.sentence_bleu(text, own, smooth_method="exp", tokenize=tokeniser, use_effective_order=False).score
        for text, own in zip(candidates, several, strict=True)
    ]
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Cut(language))
    rouge = [scorer.score_multi(own, text) for text, own in zip(candidates, several, strict=True)]
    most = max(map(len, several))
    corpus = sacrebleu.corpus_bleu(
        list(candidates),
        [[own[i] if i < len(own) else own[0] for own in several] for i in range(most)],
        tokenize="zh" if language == "zh" else "13a",
    )
    return {
        "bleu_4": round(statistics.fmean(bleu), 2),
        "bleu_tokeniser": "characters" if language == "zh" else "13a words",
        "corpus_bleu": round(corpus.score, 2),
        **{
            f"rouge_{key[5:].lower()}": round(100 * statistics.fmean(row[key].fmeasure for row in rouge), 2)
            for key in ("rouge1", "rouge2", "rougeL")
        },
        "rouge_tokeniser": f"jieba {version('jieba')}" if language == "zh" else "words",
        "with": f"sacrebleu {version('sacrebleu')}, rouge-score {version('rouge-score')}",
    }


class _Cut:
    """rouge-score's own tokeniser keeps a-z and 0-9 only, which leaves nothing of Chinese."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def tokenize(self, text: str) -> list[str]:
        return _words(text, self.language, marks=True)


def _words(text: str, language: Language, marks: bool = False) -> list[str]:
    if language == "en":
        return re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", text.casefold())
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [word for word in jieba.cut(text) if word.strip() and (marks or re.search(r"\w", word))]


def _self_bleu(texts: Sequence[str], language: Language) -> float:
    """Mean BLEU-4 of each text against the others of an even sample (Zhu et al. 2018), 0..100; high means alike."""
    import sacrebleu

    chosen = list(texts)[:: max(1, len(texts) // PEERS)][:PEERS]
    if len(chosen) < 2:
        return 0.0
    how = "char" if language == "zh" else "13a"
    scores = [
        sacrebleu.sentence_bleu(text, [*chosen[:i], *chosen[i + 1 :]], smooth_method="exp", tokenize=how).score
        for i, text in enumerate(chosen)
    ]
    return round(statistics.fmean(scores), 1)


def _share(values: Any) -> float:
    known = [float(value) for value in values]
    return round(sum(known) / len(known), 4)


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
