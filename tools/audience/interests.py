"""What people are after in words: texts are cut into words once per distinct text, counted per customer in the engine.

No SQL engine segments Chinese, so the distinct search terms and titles (texts, never user ids) come out, are cut by
`terms_of`, and go back as a small table: text, and for each of the most frequent words whether the text has it.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce
from typing import TYPE_CHECKING, Any

from .words import terms_of

if TYPE_CHECKING:
    from .sources import Engine, Sources, Table

MOST_TERMS = 32
# Beyond the most frequent texts a long tail of texts is met once or twice each and moves nobody's share.
MOST_TEXTS = 200_000
LEAST_TEXT_ROWS = 2


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


def tokens(engine: Engine, source: Sources) -> tuple[tuple[str, ...], Any]:
    """Return the words that become columns, most frequent first, and the table ``text, has_0, has_1, ...`` (None without)."""
    import ibis
    import pyarrow as pa

    said = texts(source)
    if said is None:
        return (), None
    counted = said.group_by("text").agg(n=said.count())
    counted = counted.filter(counted.n >= LEAST_TEXT_ROWS).order_by([counted.n.desc(), counted.text]).limit(MOST_TEXTS)
    rows = engine.arrow(counted)
    cut = [(text, frozenset(terms_of(text)), n) for text, n in zip(rows["text"].to_pylist(), rows["n"].to_pylist(), strict=True)]
    frequency: Counter[str] = Counter()
    for _, words, n in cut:
        frequency.update(dict.fromkeys(words, n))
    terms = tuple(sorted(frequency, key=lambda w: (-frequency[w], w))[:MOST_TERMS])
    kept = [(text, words) for text, words, _ in cut if not words.isdisjoint(terms)]
    if not kept:
        return (), None
    table = {"text": [text for text, _ in kept]} | {f"has_{i}": [term in words for _, words in kept] for i, term in enumerate(terms)}
    held = ibis.memtable(pa.table(table))
    # Some engines only meet a table of ours when it is read, not when it is part of what they are told to keep.
    engine.arrow(held.limit(0))
    return terms, held


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
