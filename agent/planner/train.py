"""Train the intent model: python -m adwright.agent.planner.train [--seed 0] [--n 9000]. Writes `intents.npz` beside this file.

Utterances are composed from our own sentences (`utterances.toml`), the shop knowledge and clause shuffling; a fifth of the
sentences is held out as a whole, and scores are printed on it. scikit-learn is needed here only. No outside text is used.
"""

from __future__ import annotations

import argparse
import random
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ...data.knowledge import categories, channels, occasions, tones
from .intents import ACTS, BUCKETS, LABELS, TOOLS, features
from .lexicon import read_words, word_list, words
from .scan import scan

TODAY = date(2026, 11, 23)
PLACES = (
    ["成都", "北京", "三亚", "西安", "杭州", "拉萨", "东京", "巴黎", "上海", "广州"],
    ["paris", "tokyo", "london", "berlin", "rome", "lisbon", "peru", "bali", "denver", "madrid"],
)
MODIFIERS = (
    ["便携", "大容量", "新款", "手工", "进口", "无糖", "家用", "户外", "复古", "智能", "迷你", "纯棉", "有机", "加厚", "儿童", "折叠"],
    [
        "organic",
        "wireless",
        "handmade",
        "vegan",
        "foldable",
        "kids",
        "vintage",
        "smart",
        "mini",
        "leather",
        "ceramic",
        "portable",
        "bamboo",
        "waterproof",
    ],
)
JOIN = {"zh": ["，", "，", " ", "；", "。", "、"], "en": [", ", ", ", "; ", " - ", ". ", " "]}


class Speaker:
    """Fills sentences with random values of a language."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        cats = categories().values()
        self.products = {"zh": [w for c in cats for w in c.words_zh if len(w) > 1], "en": [w for c in cats for w in c.words_en]}
        self.channels = {
            "zh": [c.name.zh for c in channels().values()] + ["b站", "小红薯", "朋友圈", "ins", "直通车", "公众号"],
            "en": [c.name.en for c in channels().values()] + ["fb", "ig", "insta", "yt"],
        }
        self.occasions = {"zh": [o.words_zh[0] for o in occasions().values()], "en": [o.words_en[0] for o in occasions().values()]}
        self.tones = {
            "zh": [w for t in tones().values() for w in t.words_zh[:4]],
            "en": [w for t in tones().values() for w in t.words_en[:4]],
        }
        self.audiences = {"zh": list(word_list("audience_zh")), "en": [w for w in word_list("audience_en") if " " not in w]}
        self.languages = {"zh": ["英文", "日语", "法语", "中文", "德语"], "en": ["french", "german", "english", "spanish", "chinese"]}

    def pick(self, options: Any) -> Any:
        return self.rng.choice(options)

    def fill(self, sentence: str, lang: str) -> str:
        """Replace each placeholder by a value, and take one of each ``[this/that]``."""
        out = re.sub(r"\[([^\]]*)\]", lambda m: self.pick(m[1].split("/")), sentence)
        while "{" in out:
            at = out.index("{")
            end = out.index("}", at)
            out = out[:at] + self.value(out[at + 1 : end], lang) + out[end + 1 :]
        return out

    def money(self, lang: str) -> str:
        n = self.pick([3, 5, 8, 12, 20, 25, 40, 60, 100, 150, 300])
        if lang == "zh":
            return self.pick(
                [
                    f"{n}万",
                    f"{n}w",
                    f"{n}000元",
                    f"¥{n}00",
                    f"{n}千",
                    f"{n}00块",
                    f"{n}万块",
                    "两万",
                    "一万五",
                    "五千块",
                    f"{n}k刀",
                    f"{n}-{n + 5}万",
                    f"{n}000",
                ]
            )
        return self.pick(
            [
                f"${n}k",
                f"{n}k",
                f"${n},000",
                f"{n}00 usd",
                f"{n}k eur",
                f"£{n}00",
                f"{n} grand",
                f"{n}00 dollars",
                f"${n}k-${n + 5}k",
                f"{n},000",
                "two thousand euros",
                "half a million",
                f"${n}00",
            ]
        )

    def value(self, name: str, lang: str) -> str:
        zh, p = lang == "zh", self.pick
        n = self.rng.randint(2, 9)
        if name == "p":
            word = p(self.products[lang])
            if self.rng.random() < 0.3:
                word = p(MODIFIERS[0 if zh else 1]) + ("" if zh else " ") + word
            return word if zh or word.endswith("s") or self.rng.random() < 0.4 else word + "s"
        simple = {
            "m": lambda: self.money(lang),
            "u": lambda: (
                p([f"{n * 13}", f"{n * 20}元", f"{n}9.9", f"{n * 7}块"])
                if zh
                else p([f"${n * 9}", f"{n}9.99", f"£{n * 5}", f"{n * 11} dollars"])
            ),
            "d": lambda: (
                p([f"{n}天", f"{n * 5}天", "两周", "一个月", "半个月", f"{n}周", "俩月"])
                if zh
                else p([f"{n} days", f"{n * 5} days", "two weeks", "a month", f"{n} weeks", "a fortnight", "one month"])
            ),
            "t": lambda: (
                p(["明天", "下周一", "12月5号", "后天", "1月3日", "下个月"])
                if zh
                else p(["tomorrow", "next monday", "dec 5", "january 3", "friday", "next month"])
            ),
            "c": lambda: p(self.channels[lang]),
            "c2": lambda: p(["和", "、", "跟"] if zh else [" and ", ", ", " & "]).join(self.rng.sample(self.channels[lang], 2)),
            "a": lambda: p(self.audiences[lang]),
            "o": lambda: p(self.occasions[lang]),
            "n": lambda: str(n),
            "s": lambda: p(["800x800", "1080x1920", "750x1000", "1200x628", "1080x1080"]),
            "v": lambda: f"{n * 3}秒" if zh else p([f"{n * 3}s", f"{n * 3} second", f"{n * 3}-second"]),
            "l": lambda: p(self.languages[lang]),
            "k": lambda: p([str(n), "三", "四", "五"]) if zh else p([str(n), "four", "five"]),
            "r": lambda: p(["2", "3.5", "180%", "1:3"]),
            "x": lambda: p([f"{n * 5}%", "两成", "三成"]) if zh else p([f"{n * 5}%", f"{n * 5} percent"]),
            "y": lambda: p(self.tones[lang]),
            "g": lambda: p(PLACES[0 if zh else 1]),
        }
        return simple[name]()

    def plan(self, opening: str, lang: str) -> str:
        """An opening with a shuffled tail of clauses, as merchants write them."""
        zh = lang == "zh"
        clauses = {
            "zh": [
                "预算{m}",
                "{m}",
                "{d}",
                "{c}",
                "{c2}",
                "{a}",
                "{t}开始",
                "{t}起投{d}",
                "语气{y}",
                "风格{y}",
                "目标ROI {r}",
                "每天{m}",
                "投{d}",
                "{c}为主",
                "{o}前",
                "目标人群{a}",
                "文案用{l}",
                "{c}八成、{c}两成",
                "总共{m}",
                "别太贵",
                "尽快",
            ],
            "en": [
                "budget {m}",
                "{m}",
                "{d}",
                "{c}",
                "{c2}",
                "{a}",
                "starting {t}",
                "from {t} for {d}",
                "{y} tone",
                "{y}",
                "roas {r}",
                "{m} a day",
                "on {c}",
                "target {a}",
                "before {o}",
                "for {a}",
                "{l} copy",
                "{c} 70% {c} 30%",
                "total {m}",
                "please",
                "asap",
            ],
        }[lang]
        parts = [opening, *self.rng.sample(clauses, self.rng.randint(1, 5))]
        if self.rng.random() < 0.35:
            self.rng.shuffle(parts)
        join = self.pick(JOIN["zh" if zh else "en"])
        return self.fill(join.join(parts), lang)


def load() -> dict[str, dict[str, list[str]]]:
    """The sentences by label and language."""
    raw = read_words("utterances.toml")
    return {
        k: {lang: [x.strip() for x in v[lang].replace("\n", "|").split("|") if x.strip()] for lang in ("zh", "en")}
        for k, v in raw.items()
        if isinstance(v, dict)
    }


def examples(n: int, seed: int) -> list[tuple[str, str, set[str], bool, bool, str]]:
    """(text, act, tools, in_thread, held_out, main label); whole sentences are held out, not fillings of them."""
    rng = random.Random(seed)
    say = Speaker(rng)
    book = load()
    rows: list[tuple[str, str, set[str], bool, bool, str]] = []
    labels = list(book)
    held = {(label, lang, s) for label in labels for lang in ("zh", "en") for s in book[label][lang] if rng.random() < 0.2}
    weight = [
        6
        if label == "make_plan"
        else 4
        if label == "edit"
        else 2.2
        if label in ("oos", "draft_copy", "generate_image")
        else 1.6
        if label in ("attack", "harm")
        else 1
        for label in labels
    ]
    adjuncts = {"zh": {"generate_image": ["顺便做张海报", "再配{n}张图", "做张{s}主图", "附一张banner", "要{n}张配图", "海报也要"], "generate_video": ["再做条{v}视频", "加个{v}短视频", "配{v}的视频", "外加一个短视频"], "draft_copy": ["顺便写{n}条文案", "再来{n}条标题", "附上{n}条文案"], "segment_users": ["先把客户分{k}类", "顺便做下用户分群"], "compute_roi": ["顺便算下ROI"], "search_campaigns": ["先看看以前的案例"], "suggest_price": ["顺便给个定价建议"]},
                "en": {"generate_image": ["plus a {s} banner", "and make {n} images", "with a poster", "also a banner"], "generate_video": ["plus a {v} video", "and a {v} clip", "with a short video"], "draft_copy": ["and write {n} headlines", "plus {n} captions"], "segment_users": ["and segment our customers into {k} groups"], "search_campaigns": ["check past campaigns first"], "suggest_price": ["and suggest a price"], "compute_roi": ["and work out the roi"]}}  # fmt: skip
    for _ in range(n):
        label = rng.choices(labels, weight)[0]
        lang = rng.choice(["zh", "en"])
        sentence = rng.choice(book[label][lang])
        out = (label, lang, sentence) in held
        act = label if label in ACTS else "request"
        tools = {label} if act == "request" else set()
        thread = rng.random() < (0.85 if act in ("edit", "undo", "compare", "explain") else 0.3)
        text = say.fill(sentence, lang)
        if label == "make_plan" and rng.random() < 0.7:
            text = say.plan(sentence, lang)
        elif label in ("draft_copy", "generate_image", "generate_video") and rng.random() < 0.35:
            text += rng.choice(JOIN[lang]) + say.fill(
                rng.choice(
                    ["语气{y}", "{y}一点", "{a}", "{c}用", "{o}"] if lang == "zh" else ["{y} tone", "for {a}", "{o} theme", "make it {y}"]
                ),
                lang,
            )
        elif label == "edit" and rng.random() < 0.25:
            text += rng.choice(JOIN[lang]) + say.fill(rng.choice(book["edit"][lang]), lang)
        if act == "request" and rng.random() < (0.22 if label == "make_plan" else 0.05):
            extra = rng.choice(list(adjuncts[lang]))
            if extra not in tools:
                text += ("，" if lang == "zh" else ", ") + say.fill(rng.choice(adjuncts[lang][extra]), lang)
                tools.add(extra)
        if rng.random() < 0.15:
            text = (
                rng.choice(
                    ["你好，", "麻烦", "请", "老板好，", "帮忙"]
                    if lang == "zh"
                    else ["hi, ", "hey, ", "please ", "can you ", "could you ", "hello! "]
                )
                + text
            )
        elif rng.random() < 0.1:
            text += rng.choice(["，谢谢", "吧", "。", "，急"] if lang == "zh" else [" please", " pls", ", thanks", ".", " asap"])
        rows.append((slip(text, lang, rng), act, tools, thread, out, label))
    return rows


def slip(text: str, lang: str, rng: random.Random) -> str:
    """What hurried hands do: no punctuation, a letter lost or doubled or swapped, no spaces, small and capital letters."""
    dice = rng.random()
    if dice < 0.06 and lang == "en":
        words = text.split(" ")
        at = rng.randrange(len(words))
        word = words[at]
        if len(word) > 4 and word.isalpha():
            i = rng.randrange(1, len(word) - 1)
            words[at] = rng.choice(
                [word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]]
            )
        return " ".join(words)
    if dice < 0.12:
        return re.sub(r"[，。、；]|[,;.](?!\d)", " ", text)
    if dice < 0.15:
        return text + rng.choice(["！！", "……", "~", "?"] if lang == "zh" else ["!!", "...", " :)", "?"])
    return text


def fit(x: Any, rows: list[tuple[str, str, set[str], bool, bool, str]], which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Independent logistic regressions for the tools, a multinomial one for the main label: int8 weights, their scale, bias."""
    from sklearn.linear_model import LogisticRegression

    heads = len(TOOLS) + len(LABELS)
    weights, bias = np.zeros((BUCKETS, heads)), np.zeros(heads)
    for i, tool in enumerate(TOOLS):
        y = np.array([tool in rows[j][2] for j in which])
        model = LogisticRegression(C=100, max_iter=300, class_weight={False: 1, True: 3}).fit(x[which], y)
        weights[:, i], bias[i] = model.coef_[0], model.intercept_[0]
    y = np.array([LABELS.index(rows[j][5]) for j in which])
    model = LogisticRegression(C=100, max_iter=300).fit(x[which], y)
    for row, label in enumerate(model.classes_):
        weights[:, len(TOOLS) + label], bias[len(TOOLS) + label] = model.coef_[row], model.intercept_[row]
    scale = np.abs(weights).max(axis=0) / 127
    return np.clip(np.round(weights / scale), -127, 127).astype(np.int8), scale.astype(np.float32), bias.astype(np.float32)


def train(n: int, seed: int) -> dict[str, Any]:
    """Fit one-vs-rest tools and multinomial acts; return arrays and held-out scores."""
    from scipy.sparse import csr_matrix

    rows = examples(n, seed)
    indices, indptr, values = [], [0], []
    for text, _, _, thread, _, _ in rows:
        f = features(scan(text, TODAY), thread)
        indices.extend(f)
        values.extend([1 / np.sqrt(len(f))] * len(f))
        indptr.append(len(indices))
    x = csr_matrix((values, indices, indptr), shape=(len(rows), BUCKETS), dtype=np.float32)
    out = np.array([r[4] for r in rows])
    seen = np.flatnonzero(~out)
    weights, scale, bias = fit(x, rows, seen)
    logits = x[out] @ (weights * scale) + bias
    y = np.array([LABELS.index(r[5]) for r in rows])
    mains = logits[:, len(TOOLS) :].argmax(axis=1)
    picked = [
        {t for t, p in zip(TOOLS, row, strict=True) if p > 0} | ({LABELS[m]} & set(TOOLS))
        for row, m in zip(logits[:, : len(TOOLS)], mains, strict=True)
    ]
    truth = [r for r in rows if r[4]]
    wrong = [
        (r[0], r[5], sorted(r[2]), LABELS[a], sorted(p))
        for r, a, p in zip(truth, mains, picked, strict=True)
        if LABELS[a] != r[5] or (r[1] == "request" and p != r[2])
    ]
    requests = [(r, p) for r, p in zip(truth, picked, strict=True) if r[1] == "request"]
    # What ships has also seen the held-out sentences; the scores above are of the model that had not.
    weights, scale, bias = fit(x, rows, np.arange(len(rows)))
    return {
        "weights": weights, "scale": scale, "bias": bias, "wrong": wrong,
        "act": float((mains == y[out]).mean()), "tools": sum(p == r[2] for r, p in requests) / max(1, len(requests)), "held": int(out.sum()), "seen": int((~out).sum()),
    }  # fmt: skip


def main() -> None:
    """Train, print held-out scores, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=10000)
    parser.add_argument("--show", type=int, default=0, help="print so many held-out misses")
    args = parser.parse_args()
    words()
    result = train(args.n, args.seed)
    print(f"trained on {result['seen']}, held out {result['held']}: main label {result['act']:.3f}, tools exact {result['tools']:.3f}")
    for row in result["wrong"][: args.show]:
        print(" ", row)
    path = Path(__file__).with_name("intents.npz")
    np.savez_compressed(path, weights=result["weights"], scale=result["scale"], bias=result["bias"])
    print(f"wrote {path.name}, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
