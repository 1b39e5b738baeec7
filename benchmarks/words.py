"""Words: the policy check on labelled lines, copy against references, and many products at once.

`python -m benchmarks words` (`--rows=` of the references, `--products=`); `--read=100` prints so many of the texts with their facts instead,
to be read by people (`--seed=` for others). References: AdvertiseGen (Shao et al. 2019), dev and a
5,000-row subset of train; its licence is unknown, so it is measured on and nothing of it is shipped. The 5,000 stand for a shop's
own past ads there: *past ads* are our phrases taken from them, *nearest neighbour* copies the nearest whole, *template* lists
the attributes, *grammar* is ours without any past ad. Invented: texts with an attribute value of the corpus that is not the product's.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from adwright.data.words import Language

ROOT = Path(__file__).resolve().parents[1]
ADS = ROOT.parent / "shared" / "datasets" / "advertisegen"
LINES = ROOT / "tests" / "tools" / "policy_lines.jsonl"
Facts = dict[str, list[str]]


def main(arguments: list[str] | None = None) -> None:
    """Print the three tables."""
    given = argparse.ArgumentParser("benchmarks words")
    given.add_argument("--rows", type=int, default=1070)
    given.add_argument("--products", type=int, default=1000)
    given.add_argument("--read", type=int, default=0)
    given.add_argument("--seed", type=int, default=0)
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    if asked.read:
        return to_read(asked.read, asked.seed, asked.products)
    policy_table()
    if ADS.exists():
        reference_table(asked.rows)
    else:
        print("\nnot measured: ../shared/datasets/advertisegen is not here")
    many_table(asked.products)


def policy_table() -> None:
    """Recall and precision of the linter over lines, apart for lines its rules were tuned on and lines written afterwards."""
    from adwright.tools.creative import lint

    rows = [json.loads(line) for line in LINES.read_text("utf-8").splitlines()]
    for row in rows:
        lint(row["text"], row["language"])
    lint.__globals__["_lint"].cache_clear()
    print("| policy check | lines | recall | precision | CPU ms a line |")
    print("|---|---|---|---|---|")
    for held, name in ((False, "tuned on"), (True, "held out")):
        for language in ("zh", "en"):
            chosen = [row for row in rows if row["held"] == held and row["language"] == language]
            start = time.process_time()
            found = [lint(row["text"], language, row["category"], row.get("channel")) for row in chosen]
            each = (time.process_time() - start) / len(chosen) * 1000
            hits = sum(bool(row["bad"]) and _meets(row, f) for row, f in zip(chosen, found, strict=True))
            wrong = sum(bool(row["bad"]) for row in chosen)
            false = sum(not row["bad"] and bool(f) for row, f in zip(chosen, found, strict=True))
            print(f"| {name}, {language} | {len(chosen)} | {hits / wrong:.3f} | {hits / (hits + false):.3f} | {each:.2f} |")


def _meets(row: dict[str, Any], findings: list[Any]) -> bool:
    start = row["text"].casefold().index(row["bad"].casefold())
    return any(f.start < start + len(row["bad"]) and start < f.start + len(f.span) for f in findings)


class References(NamedTuple):
    """Attributes and texts of dev, those of the 5,000 past ads, and what finds an attribute value of the corpus in a text."""

    products: list[Facts]
    texts: list[str]
    past: list[tuple[Facts, str]]
    telling: re.Pattern[str]


def references(rows: int) -> References:
    """Read the first `rows` of dev and all past ads."""
    import pandas as pd

    dev = pd.read_parquet(ADS / "dev.parquet").head(rows)
    train = pd.read_parquet(ADS / "train_5k.parquet")
    past = [(attributes(content), str(text)) for content, text in zip(train.content, train.summary, strict=True)]
    values = {value for facts, _ in past for row in facts.values() for value in row if len(value) > 1}
    telling = re.compile("|".join(map(re.escape, sorted(values, key=len, reverse=True))))
    return References([attributes(content) for content in dev.content], list(map(str, dev.summary)), past, telling)


def grammar_body(facts: Facts) -> str:
    """A body written by the grammar alone."""
    from adwright.tools.creative import draft_copy

    return next(f.text for f in draft_copy(facts, "bilibili", "zh", n=1)[0].fields if f.field == "body")


def reference_table(rows: int) -> None:
    """Overlap with the references, coverage, invention and variety of four generators."""
    from adwright.tools.creative import Phrasebook
    from adwright.tools.creative.phrases import pairs_of

    known = references(rows)
    book, nearest = Phrasebook(known.past, "zh"), Nearest(known.past)
    compare(
        known,
        {
            "template": template,
            "nearest neighbour": nearest,
            "grammar": grammar_body,
            "past ads": lambda facts: book.compose(pairs_of(facts), 200) or grammar_body(facts),
        },
    )


def compare(known: References, generators: dict[str, Callable[[Facts], str]]) -> None:
    """Print a row a generator: one text a product, against the references."""
    from adwright.tools.creative import evaluate_copy

    print(f"\n{len(known.products)} products of dev, {len(known.past)} past ads.\n")
    print(
        "| generator | BLEU-4 | corpus BLEU | ROUGE-1 | ROUGE-2 | ROUGE-L | coverage | invented | whole text copied | distinct-2 | letters | CPU ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    how = ""
    facts = [[value for row in product.values() for value in row] for product in known.products]
    for name, write in generators.items():
        start = time.process_time()
        texts = [write(product) for product in known.products]
        each = (time.process_time() - start) / len(texts) * 1000
        found = evaluate_copy(texts, known.texts, "zh", facts=facts, sources=[text for _, text in known.past])
        invented = statistics.fmean(
            any(m.group() not in "\n".join(own) for m in known.telling.finditer(text)) for text, own in zip(texts, facts, strict=True)
        )
        how = f"BLEU-4: mean sentence BLEU on {found['bleu_tokeniser']}, smoothing 3; corpus BLEU: tokenize=zh; ROUGE: F1 on {found['rouge_tokeniser']} words; {found['with']}"
        print(
            f"| {name} | {found['bleu_4']:.2f} | {found['corpus_bleu']:.2f} | {found['rouge_1']:.2f} | {found['rouge_2']:.2f} | {found['rouge_l']:.2f} "
            f"| {found['coverage']:.3f} | {invented:.3f} | {found['verbatim']:.3f} | {found['distinct_2']:.3f} | {found['length']:.0f} | {each:.0f} |"
        )
    print(f"\n{how}.")


def attributes(content: str) -> Facts:
    """The corpus writes attributes as ``name#value*name#value``; the kind of garment is the product's name."""
    found: Facts = {}
    for part in content.split("*"):
        name, value = part.split("#")
        found.setdefault("名称" if name == "类型" else name, []).append(value)
    return found


def template(facts: Facts) -> str:
    """What a template does: every attribute once, in its order."""
    name = facts["名称"][0]
    told = [f"{value}的{key.removeprefix(name)}设计" for key, row in facts.items() if key != "名称" for value in dict.fromkeys(row)]
    return f"这款{name}采用{'，'.join(told)}，时尚百搭，穿着舒适。"


class Nearest:
    """The text of the past ad that shares most attributes, as it is."""

    def __init__(self, past: list[tuple[Facts, str]]) -> None:
        self.past: list[tuple[set[tuple[str, str]], str]] = [
            ({(k, v) for k, row in facts.items() for v in row}, text) for facts, text in past
        ]

    def __call__(self, facts: Facts) -> str:
        own = {(k, v) for k, row in facts.items() for v in row}
        return max(self.past, key=lambda ad: len(own & ad[0]) / len(own | ad[0]))[1]


CHANNELS = {"zh": ("douyin", "xiaohongshu", "taobao", "wechat", "baidu"), "en": ("instagram", "google", "facebook", "tiktok", "amazon")}
TONES = ("any", "warm", "youthful", "premium", "humorous")


def jobs_of(count: int) -> list[tuple[Language, Any]]:
    """The demo shop's products in both languages, then AdvertiseGen's, up to `count`."""
    from adwright.data.workspace import Workspace
    from adwright.tools.catalogue import _entries

    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "demo", scale=0.05) as shop:
        goods = [entry.product for entry in _entries(shop)]
    both: tuple[Language, ...] = ("zh", "en")
    jobs: list[tuple[Language, Any]] = [(language, product) for product in goods for language in both]
    if ADS.exists():
        import pandas as pd

        jobs.extend(("zh", attributes(content)) for content in dict.fromkeys(pd.read_parquet(ADS / "dev.parquet").content))
    return jobs[:count]


def known_of(product: Any, language: Language) -> list[str]:
    """All that may be said of a product."""
    from adwright.tools.creative.support import all_known

    return [value for row in product.values() for value in row] if isinstance(product, dict) else all_known(product, language)


def five_of(job: int, language: Language, product: Any) -> list[Any]:
    """The five variants of a product, its channel and tone in turn."""
    from adwright.tools.creative import draft_copy

    return draft_copy(product, CHANNELS[language][job % 5], language, n=5, tone=TONES[job % 5], seed=job)


def to_read(count: int, seed: int, products: int) -> None:
    """Print `count` of the texts that the last table counts, drawn evenly over the languages, each with what may be said."""
    draw = random.Random(seed)
    jobs = list(enumerate(jobs_of(products)))
    apart = [[job for job in jobs if job[1][0] == language] for language in ("zh", "en")]
    for number, (job, (language, product)) in enumerate((draw.choice(apart[i % 2]) for i in range(count)), start=1):
        copy = draw.choice(five_of(job, language, product))
        print(f"{number}. {copy.channel}, {TONES[job % 5]}; may say: {' | '.join(known_of(product, language))}")
        print("\n".join(f"   {field.field}: {field.text}" for field in copy.fields if field.field != "path"))


def many_table(count: int) -> None:
    """Many products, five variants each: limits, policy, invention, variety."""
    from adwright.tools.creative import evaluate_copy, unsupported

    jobs = jobs_of(count)
    counts, said = Counter[str](), Counter[str]()
    texts: dict[Language, list[str]] = {"zh": [], "en": []}
    start = time.process_time()
    for i, (language, product) in enumerate(jobs):
        for copy in five_of(i, language, product):
            known = known_of(product, language)
            counts["texts"] += len(copy.fields)
            counts["too long"] += sum(not field.ok for field in copy.fields)
            counts["policy errors"] += sum(f.severity == "error" for f in copy.findings)
            counts["policy warnings"] += sum(f.severity == "warning" for f in copy.findings)
            claims = [unsupported(field.text, known, language) for field in copy.fields]
            counts["unsupported"] += sum(map(bool, claims))
            said.update(word for row in claims for word in row)
            texts[language].append(copy.text)
    each = (time.process_time() - start) / (5 * len(jobs)) * 1000
    print(f"\n{len(jobs)} products x 5 variants: {counts['texts']} texts, {each:.0f} CPU ms a variant.\n")
    print("| too long | policy errors | policy warnings | with unsupported number or claim |")
    print("|---|---|---|---|")
    print(
        f"| {counts['too long']} | {counts['policy errors']} | {counts['policy warnings']} | {counts['unsupported']} {dict(said) or ''} |\n"
    )
    print("| language | variants | distinct-2, all | distinct-2, of any 200 in a row | distinct-2, of one product's 5 | self-BLEU |")
    print("|---|---|---|---|---|---|")
    for language, written in texts.items():
        parts = {size: [written[i : i + size] for i in range(0, len(written) - size + 1, size)] for size in (200, 5)}
        seen = {
            size: [evaluate_copy(part, (), language)["distinct_2"] for part in rows[:: max(1, len(rows) // 40)]]
            for size, rows in parts.items()
        }
        whole = evaluate_copy(written, (), language)
        print(
            f"| {language} | {len(written)} | {whole['distinct_2']:.3f} | {statistics.fmean(seen[200]):.3f} | {statistics.fmean(seen[5]):.3f} | {whole['self_bleu']} |"
        )


if __name__ == "__main__":
    main()
