"""What people are after in words: texts are cut into words once per distinct text, counted per customer in the engine.

No SQL engine segments Chinese, so the distinct search terms and titles (texts, never user ids) come out, are cut by
`terms_of`, and go back as a small table: text, and for each of the most frequent words whether the text has it. Words that
mean the same count as one where something is given that says so (`synonyms`, with a configured embedding model).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from .words import terms_of

if TYPE_CHECKING:
    import numpy as np

    from .sources import Engine, Sources, Table

MOST_TERMS = 32
# Beyond the most frequent texts a long tail of texts is met once or twice each and moves nobody's share.
MOST_TEXTS = 200_000
LEAST_TEXT_ROWS = 2
# Words that are compared for meaning: beyond the most frequent ones even their sums would not become a column.
MOST_COMPARED = 256
# Fewer words tell nothing about how alike any two are by chance.
LEAST_COMPARED = 12
CHANCE = 0.05
APART = 1.5

# Told words, most frequent first; says which of them count as another one.
Near = Callable[[Sequence[str]], Mapping[str, str]]


def texts(source: Sources) -> Table | None:
    """Return user_id, text: one row per search, and per line sold whose title is known; None without any."""
    from .sources import INTEREST, consented, sales

    found = []
    if source.events is not None:
        t = consented(source.events.filter((source.events.event == INTEREST[1]) & source.events["query"].notnull()))
        found.append(t.select("user_id", text=t["query"]))
    if source.orders is not None:
        t = source.orders.filter(source.orders.user_id.notnull() & (source.orders.quantity > 0) & source.orders.title.notnull())
        found.append(t.select("user_id", text=t.title))
    elif source.products is not None and "title" in source.products.columns:
        bought = sales(source)
        named = source.products.filter(source.products.title.notnull()).select("product_id", text=source.products.title)
        found.append(bought.filter(bought.quantity > 0).join(named, "product_id").select("user_id", "text"))
    if not found:
        return None
    return found[0] if len(found) == 1 else found[0].union(found[1])


def tokens(engine: Engine, source: Sources, near: Near | None = None) -> tuple[tuple[str, ...], Any, dict[str, str]]:
    """Return the words that become columns, most frequent first, and the table ``text, has_0, has_1, ...`` (None without).

    Last come the words that count as another one, by `near`, which is told the most frequent words.
    """
    import ibis
    import pyarrow as pa

    said = texts(source)
    if said is None:
        return (), None, {}
    counted = said.group_by("text").agg(n=said.count())
    counted = counted.filter(counted.n >= LEAST_TEXT_ROWS).order_by([counted.n.desc(), counted.text]).limit(MOST_TEXTS)
    rows = engine.arrow(counted)
    cut = [(text, frozenset(terms_of(text)), n) for text, n in zip(rows["text"].to_pylist(), rows["n"].to_pylist(), strict=True)]
    frequency = _frequency(cut)
    alike = dict(near(_most(frequency, MOST_COMPARED))) if near and frequency else {}
    if alike:
        cut = [(text, frozenset(alike.get(word, word) for word in words), n) for text, words, n in cut]
        frequency = _frequency(cut)
    terms = tuple(_most(frequency, MOST_TERMS))
    kept = [(text, words) for text, words, _ in cut if not words.isdisjoint(terms)]
    if not kept:
        return (), None, {}
    table = {"text": [text for text, _ in kept]} | {f"has_{i}": [term in words for _, words in kept] for i, term in enumerate(terms)}
    held = ibis.memtable(pa.table(table))
    # Some engines only meet a table of ours when it is read, not when it is part of what they are told to keep.
    engine.arrow(held.limit(0))
    return terms, held, alike


def _frequency(cut: list[tuple[str, frozenset[str], int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for _, words, n in cut:
        found.update(dict.fromkeys(words, n))
    return found


def _most(frequency: Counter[str], n: int) -> list[str]:
    return sorted(frequency, key=lambda w: (-frequency[w], w))[:n]


def synonyms(words: Sequence[str], embed: Callable[[Sequence[str]], np.ndarray]) -> dict[str, str]:
    """Return which words count as another, more frequent one; `words` come most frequent first, `embed` gives unit vectors [n, width].

    Words are one when all pairs of them are more alike (cosine) than any pair would be by chance, and clearly more than any of them is
    to another word. By chance: the median of all pairs plus as many spreads (84 % quantile less median) as leave `CHANCE` false pairs
    among so many in a normal distribution (Bonferroni). Clearly: by `APART` spreads. Both are read from the words themselves, so they
    hold for any model. Groups grow by complete linkage, nearest pairs first.

    Example:
        >>> synonyms(["running shoes", "sneakers", "cat food"], embedder.embed)  # doctest: +SKIP
        {'sneakers': 'running shoes'}
    """
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.stats import norm

    if len(words) < LEAST_COMPARED:
        return {}
    vectors = np.asarray(embed(words), dtype=np.float64)
    alike = vectors @ vectors.T
    pairs = alike[np.triu_indices(len(words), 1)]
    middle, upper = np.quantile(pairs, (0.5, 0.84134))
    bound = middle + norm.isf(CHANCE / len(pairs)) * (upper - middle)
    groups = fcluster(linkage(np.maximum(1 - pairs, 0.0), "complete"), max(1 - bound, 0.0), "distance")
    found: dict[str, str] = {}
    for group in np.unique(groups):
        inside = groups == group
        members = np.flatnonzero(inside)
        within, outside = alike[np.ix_(members, members)].min(), alike[np.ix_(inside, ~inside)].max(initial=-1.0)
        if within - outside >= APART * (upper - middle):
            found |= {str(words[i]): str(words[members[0]]) for i in members[1:]}
    return found


def term_counts(source: Sources) -> Table:
    """Return per user ``w_0, w_1, ...`` (texts with that word) and ``said`` (their sum). Needs `source.tokens`."""
    from .sources import consenting

    said = texts(source)
    assert said is not None
    said = consenting(source, said)
    met = said.join(source.tokens, "text")
    n = len(source.terms)
    counts = met.group_by("user_id").agg(**{f"w_{i}": met.count(where=met[f"has_{i}"]).cast("float64") for i in range(n)})
    return counts.mutate(said=total(counts, "w_", n))


def total(table: Table, prefix: str, n: int) -> Any:
    """Return the sum of the columns ``<prefix>0 .. <prefix>(n-1)``."""
    import ibis

    return reduce(lambda a, b: a + b, [table[f"{prefix}{i}"] for i in range(n)], ibis.literal(0.0).cast("float64"))
