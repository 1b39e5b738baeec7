"""Train the product tagger: python -m adwright.agent.planner.train_tagger [--seed 0] [--n 9000]. Writes `tagger.npz`.

Sentences of `utterances.toml` and `frames.toml` are filled with goods of the lists, often with a qualifier, often with their
letters hidden. A fifth of the frames and of the goods are held out (no held-out frame and no held-out product is seen in the
scored model); exact spans are scored on messages made of both. What ships has seen all. scikit-learn is needed here only.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from ...data.knowledge.goods import NONE, PACKED, all_goods
from .lexicon import read_words
from .scan import scan
from .tagger import BUCKETS, Tags, Token, features, flags, tokens
from .train import MODIFIERS, TODAY, Speaker, load

QUALIFIERS = (
    ["手工", "云南", "纯棉", "便携", "迷你", "无糖", "大容量", "儿童", "女士", "男士", "新款", "胡桃木", "不锈钢", "硅胶", "冻干", "即食", "智能", "无线", "折叠", "复古", "轻量", "加绒", "车载", "户外", "有机", "高山", "陶瓷", "石墨烯", "蚕丝", "竹编", "冰感", "三合一", "一次性", "免洗", "磁吸", "羊毛", "实木", "ins风", "PU", "mini", "老北京", "进口", "网红", "防水", "夜光"],
    ["organic", "hand-thrown", "stainless steel", "bamboo", "wireless", "merino", "vintage", "refillable", "kids", "eco", "cold-pressed", "folding", "rgb", "magnetic", "linen", "solar", "leather", "cast iron", "engraved", "waterproof", "vegan", "gluten-free", "usb-c", "heated", "mini", "premium", "plant-based", "glow in the dark", "tie-dye", "handmade", "two-tone", "insulated", "raw", "crochet", "recycled", "sugar-free"],
)  # fmt: skip


class Goods:
    """Products by language, those held out apart."""

    def __init__(self, rng: random.Random) -> None:
        names = {
            side: [w for w, c in all_goods(side).items() if c != PACKED and (c != NONE or len(w) > 2) and len(w) > 1]
            for side in ("zh", "en")
        }
        self.held = {side: {w for w in rows if rng.random() < 0.2} for side, rows in names.items()}
        self.rows = {
            side: ([w for w in rows if w not in self.held[side]], [w for w in rows if w in self.held[side]]) for side, rows in names.items()
        }

    def pick(self, rng: random.Random, lang: str, held: bool) -> str:
        """A product, as a merchant may call it."""
        zh = lang == "zh"
        word = rng.choice(self.rows[lang][held])
        for _ in range(rng.choices([0, 1, 2], [4, 4, 2])[0]):
            # Goods qualify goods too (相机包, lemon tea).
            more = (
                rng.choice(self.rows[lang][held])
                if rng.random() < 0.3
                else rng.choice(QUALIFIERS[0 if zh else 1] + MODIFIERS[0 if zh else 1])
            )
            word = more + ("" if zh else " ") + word
        if zh and rng.random() < 0.12:
            word += rng.choice(["礼盒", "套装", "组合装", "材料包", "礼包"])
        if not zh:
            word = (
                word
                if word.endswith("s") or rng.random() < 0.35
                else word[:-1] + "ies"
                if word.endswith("y") and word[-2] not in "aeou"
                else word + "s"
            )
            word += rng.choice([" kits", " sets", " boxes"]) if rng.random() < 0.06 else ""
        return word


Example = tuple[str, list[bool], list[Token], list[int]]


def sentences() -> list[tuple[str, str]]:
    """(language, sentence) of both files; those of the intent model without a product teach where none is."""
    rows = [(lang, s.strip()) for lang in ("zh", "en") for s in read_words("frames.toml")[lang].splitlines() if s.strip()]
    said = [(lang, s) for book in load().values() for lang in ("zh", "en") for s in book[lang]]
    return rows * 3 + said + [r for r in said if "{p}" not in r[1]]


def make(rng: random.Random, say: Speaker, goods: Goods, frame: tuple[str, str], held: bool) -> Example | None:
    """A filled sentence with its tokens and labels (0 outside, 1 first, 2 inside)."""
    lang, sentence = frame
    text = sentence.replace("{q}", goods.pick(rng, lang, held))
    product = goods.pick(rng, lang, held) if "{p}" in text else ""
    head, _, tail = text.partition("{p}")
    head = say.fill(head, lang)
    text = head + product + say.fill(tail.replace("{p}", product), lang)
    if rng.random() < 0.25:
        text += ("，" if lang == "zh" else ", ") + say.fill(rng.choice(["{d}", "{m}", "{y}", "{a}", "{c}"]), lang)
    s = scan(text, TODAY)
    if len(s.plain) != len(text):
        return None
    start, end = len(head), len(head) + len(product)
    taken = list(s.free)
    taken[start:end] = [False] * (end - start)
    row = tokens(s.plain, taken)
    labels = [0 if not (t.start >= start and t.end <= end) else 1 if t.start == start else 2 for t in row]
    return s.plain, taken, row, labels


def matrix(examples: list[Example], rng: random.Random):
    """Features of all tokens; the product's letters are hidden in half (a letter seen nowhere else says nothing), its place in the lists in two fifths."""
    from scipy.sparse import csr_matrix

    indices, indptr, labels = [], [0], []
    for text, _, row, tags in examples:
        never, known = flags(text, row)
        if rng.random() < 0.5:
            row = [
                Token(t.start, t.end, f"~{rng.random()}", t.kind) if y and rng.random() < 0.8 else t for t, y in zip(row, tags, strict=True)
            ]
        if rng.random() < 0.4:
            known = ["" if y else k for k, y in zip(known, tags, strict=True)]
        for f, before in zip(features(row, never, known), [0, *tags], strict=False):
            indices.extend(f[0])
            indices.extend(f[2 if before else 1])
            indptr.append(len(indices))
        labels.extend(tags)
    return csr_matrix((np.ones(len(indices), np.float32), indices, indptr), shape=(len(labels), BUCKETS)), np.array(labels)


def fit(examples: list[Example], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression on tokens: int8 weights and their scale."""
    from sklearn.linear_model import LogisticRegression

    x, y = matrix(examples, random.Random(seed))
    weights = LogisticRegression(C=0.5, max_iter=60, tol=1e-3).fit(x, y).coef_.T
    scale = np.abs(weights).max() / 127
    return np.clip(np.round(weights / scale), -127, 127).astype(np.int8), np.full(3, scale, dtype=np.float32)


def score(examples: list[Example], weights: tuple[np.ndarray, np.ndarray]) -> tuple[float, float, list[str]]:
    """(share of products found exactly, share of product-free messages left alone, misses)."""
    hit, named, quiet, free, misses = 0, 0, 0, 0, []
    for text, taken, row, tags in examples:
        best = Tags(text, taken, weights).best(1)
        got = best[0] if best and best[0][2] > 0.35 else None
        where = [t for t, y in zip(row, tags, strict=True) if y]
        if where:
            named += 1
            right = got is not None and got[:2] == (where[0].start, where[-1].end)
            hit += right
        else:
            free += 1
            right = got is None
            quiet += right
        if not right:
            misses.append(f"{text}  ->  {text[got[0] : got[1]] if got else None}")
    return hit / max(1, named), quiet / max(1, free), misses


def main() -> None:
    """Train, print held-out scores, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=9000)
    parser.add_argument("--show", type=int, default=0, help="print so many held-out misses")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    say, goods, frames = Speaker(rng), Goods(rng), sentences()
    kept = {f for f in sorted(set(frames)) if rng.random() < 0.8}
    seen_frames, other = [f for f in frames if f in kept], sorted(set(frames) - kept)
    seen = [e for _ in range(args.n) if (e := make(rng, say, goods, rng.choice(seen_frames), False))]
    held = [e for _ in range(args.n // 6) if (e := make(rng, say, goods, rng.choice(other), True))]
    found, quiet, misses = score(held, fit(seen, args.seed))
    print(f"trained on {len(seen)}, held out {len(held)}: product exact {found:.3f}, none where there is none {quiet:.3f}")
    for miss in misses[: args.show]:
        print(" ", miss)
    weights, scale = fit(seen + held, args.seed)
    path = Path(__file__).with_name("tagger.npz")
    np.savez_compressed(path, weights=weights, scale=scale)
    print(f"wrote {path.name}, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
