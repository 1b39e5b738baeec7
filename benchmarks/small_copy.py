"""The small writer trained from scratch on the shop's own ads, beside the writers that need no training.

`python -m benchmarks small_copy` (`--rows=` of dev, `--minutes=` of CPU for training, `--work=` where the writer is kept and a stopped run
goes on). The 5,000 past ads of `words` are all it learns from, and training stops by a twentieth of them; dev is only written for. *Small
writer* takes the sample most like the others (minimum Bayes risk, Eikema and Aziz 2020) among those that pass claims, policy and
length and hold no value of another product, and adds the facts it left out; *past ads and small writer* is the `Phrasebook` that also reads
the samples. Nothing trained here is shipped: the licence of these ads is unknown. Needs torch.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.words import ADS, Facts, References, compare, grammar_body, references

if TYPE_CHECKING:
    from adwright.tools.creative.small_writer import SmallWriter

SAMPLES = 12
ROOM = (30, 200)
WORK = Path(__file__).resolve().parents[1] / "build" / "small_copy"


def main(arguments: list[str] | None = None) -> None:
    """Train, or go on training, and print the table."""
    given = argparse.ArgumentParser("benchmarks small_copy")
    given.add_argument("--rows", type=int, default=1070)
    given.add_argument("--minutes", type=float, default=30)
    given.add_argument("--work", type=Path, default=WORK)
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    if not ADS.exists():
        print("not measured: ../shared/datasets/advertisegen is not here")
    elif find_spec("torch") is None:
        print("not measured: torch is not installed (it comes with the extra `local`)")
    else:
        table(references(asked.rows), asked.work, asked.minutes)


def table(known: References, work: Path, minutes: float) -> None:
    """Print a row a writer, and whether the samples help the past ads."""
    import torch  # pyright: ignore[reportMissingImports]

    from adwright.tools.creative import Phrasebook, evaluate_copy
    from adwright.tools.creative.phrases import pairs_of
    from adwright.tools.creative.small_training import train_writer
    from adwright.tools.creative.small_writer import SmallWriter

    torch.set_num_threads(1)
    trained = train_writer(known.past, work, minutes=minutes)
    losses = ", ".join(f"{loss:.2f}" for loss in trained.losses)
    print(f"Trained for {trained.seconds:.0f} CPU seconds; nats a word on held-out ads by epoch: {losses}.")
    writer = SmallWriter.load(work)
    alone, past, both = Alone(known, writer), Phrasebook(known.past, "zh"), Phrasebook(known.past, "zh", writer)
    written: dict[str, list[str]] = {"past ads": [], "past ads and small writer": []}

    def by(name: str, book: Phrasebook, facts: Facts) -> str:
        text = book.compose(pairs_of(facts), ROOM[1]) or grammar_body(facts)
        written[name].append(text)
        return text

    compare(
        known,
        {
            "grammar": grammar_body,
            "past ads": lambda facts: by("past ads", past, facts),
            "small writer": alone,
            "past ads and small writer": lambda facts: by("past ads and small writer", both, facts),
        },
    )
    print(f"\nSmall writer: {alone.without} of {len(known.products)} products had no valid sample and got the grammar's text; ", end="")
    print(f"{statistics.fmean(alone.plain):.0%} of its clauses say nothing beyond the facts in a claiming or unknown word.")
    for measure in ("bleu_4", "rouge_l"):
        each = [
            [evaluate_copy([text], [own], "zh")[measure] for text, own in zip(texts, known.texts, strict=True)]
            for texts in written.values()
        ]
        gains = [new - old for old, new in zip(*each, strict=True)]
        margin = 1.96 * statistics.stdev(gains) / len(gains) ** 0.5
        print(f"{measure}: the samples add {statistics.fmean(gains):+.2f} ± {margin:.2f} to the past ads.")


class Alone:
    """The small writer without past ads: of its samples the valid one that the others agree with most."""

    def __init__(self, known: References, writer: SmallWriter) -> None:
        self.known, self.writer, self.without = known, writer, 0
        self.plain: list[float] = []

    def __call__(self, facts: Facts) -> str:
        from adwright.tools.creative.phrases import pairs_of, told_as

        pairs = pairs_of(facts)
        own = [value for _, value in pairs]
        samples = self.writer.write(pairs, SAMPLES)
        valid = [text for text in dict.fromkeys(samples) if self._passes(text, own)]
        if not valid:
            self.without += 1
            return grammar_body(facts)
        runs = [_runs(text) for text in samples]
        text = max(valid, key=lambda text: statistics.fmean(_alike(_runs(text), other) for other in runs))
        self.plain.append(self._plain(text, own))
        for pair in pairs:
            more = f"{text}{told_as(pair, 'zh')}。"
            if pair[1] not in text and len(more) <= ROOM[1]:
                text = more
        return text

    def _passes(self, text: str, own: list[str]) -> bool:
        from adwright.tools.creative import unsupported
        from adwright.tools.creative.policy import allowed

        foreign = any(m.group() not in "\n".join(own) for m in self.known.telling.finditer(text))
        return (
            ROOM[0] <= len(text) <= ROOM[1] and not foreign and not unsupported(text, own, "zh") and allowed(text, "zh", None, "bilibili")
        )

    def _plain(self, text: str, own: list[str]) -> float:
        """The share of clauses whose words are all plain ones or the product's own."""
        from adwright.data import knowledge
        from adwright.tools.creative.phrases import _STOPS, _tokens

        clauses = [clause for clause in _STOPS["zh"].split(text) if clause.strip()]
        for value in sorted(own, key=len, reverse=True):
            clauses = [clause.replace(value, " ") for clause in clauses]
        return statistics.fmean(all(token in knowledge.plain_words("zh") for token in _tokens(clause, "zh")) for clause in clauses)


def _runs(text: str) -> Counter[str]:
    return Counter(text[i : i + n] for n in (1, 2, 3, 4) for i in range(len(text) - n + 1))


def _alike(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())


if __name__ == "__main__":
    main()
