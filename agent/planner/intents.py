"""Which tools a message wants and what kind of act it is: a trained linear model on hashed words and letters.

Inference is a sum of a few hundred rows of an int8 table; numpy only. Input is the masked message (spans replaced by
marks), so that the model learns the shape of requests, not products. Trained by `train.py`; weights in `intents.npz`.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from .lexicon import expressions
from .normalise import is_chinese
from .scan import MARKS, Scan

TOOLS = [
    "make_plan", "segment_users", "draft_copy", "generate_image", "generate_video", "predict_ctr", "predict_cvr", "compute_roi",
    "allocate_budget", "recommend_products", "suggest_price", "search_campaigns", "customer_service", "export_plan",
]  # fmt: skip
LABELS = [*TOOLS, "edit", "undo", "compare", "explain", "chat", "help", "oos", "attack", "harm"]
ACTS = ["request", "edit", "undo", "compare", "explain", "chat", "help", "oos", "attack", "harm"]
BUCKETS = 1 << 14
MARK_CHARS = "".join(MARKS.values())
WORDS = re.compile(rf"[a-z0-9']+|[{MARK_CHARS}]|[一-鿿]|[?!？！%]")


@dataclass(frozen=True)
class Intent:
    """`labels`: what the message is mainly (a tool or an act; sums to 1). `tools`: each tool asked for at all (independent)."""

    labels: dict[str, float]
    tools: dict[str, float]

    @property
    def label(self) -> str:
        """The likeliest label."""
        return max(self.labels, key=lambda a: self.labels[a])

    @property
    def acts(self) -> dict[str, float]:
        """Probabilities of the acts; all tools together are the act ``request``."""
        asked = sum(p for label, p in self.labels.items() if label in TOOLS)
        return {"request": asked, **{a: p for a, p in self.labels.items() if a not in TOOLS}}

    @property
    def act(self) -> str:
        """The likeliest act."""
        return max(self.acts, key=lambda a: self.acts[a])


def features(s: Scan, in_thread: bool) -> np.ndarray:
    """Bucket numbers of a message's features, each once; `in_thread` says that something was asked before."""
    masked = s.masked()
    tokens = WORDS.findall(masked)
    grams: set[str] = set()
    for i, token in enumerate(tokens):
        grams.add("1" + token)
        pair = tokens[i : i + 2]
        if len(pair) == 2:
            grams.add("2" + " ".join(pair))
        if len(tokens[i : i + 3]) == 3:
            grams.add("3" + " ".join(tokens[i : i + 3]))
        if is_chinese(token) and len(tokens[i : i + 4]) == 4:
            grams.add("4" + "".join(tokens[i : i + 4]))
        if token.isascii() and len(token) > 5:
            grams.add("p" + token[:5])
    if tokens:
        grams |= {"^" + " ".join(tokens[:1]), "^" + " ".join(tokens[:2]), "$" + " ".join(tokens[-1:]), "$" + " ".join(tokens[-2:])}
    money = sum(1 for a in s.amounts if a.sure)
    roles = {a.role for a in s.amounts if a.role}
    evidence = {
        "money": money > 0, "money2": len(s.amounts) > 1, "days": s.period.days is not None, "start": s.period.start is not None,
        "channel": bool(s.places.hits), "channels": len(s.places.ids) > 1, "split": bool(s.places.split), "audience": s.audience is not None,
        "groups": s.groups is not None, "sizes": s.sizes is not None, "seconds": s.seconds is not None, "roi": s.roi is not None,
        "occasion": bool(s.occasions), "tone": s.tone is not None, "goal": s.goal is not None, "pieces": s.pieces is not None, "quote": bool(s.quotes),
        "product": s.product is not None and s.product.score >= 2.2, "known": s.product is not None and s.product.score >= 3.5,
        "thread": in_thread, "plan": money > 0 and (s.period.days is not None or bool(s.places.hits)), "short": len(tokens) <= 3, "long": len(tokens) > 25,
    }  # fmt: skip
    on = [name for name, value in evidence.items() if value] + [f"role-{r}" for r in roles]
    grams |= {f"e:{name}" for name in on}
    bare = s.bare
    families = [name for name, regex in concepts().items() if regex.search(bare)]
    # A family counts alone, with each other family present, and with the task-neutral evidence (money, thread).
    grams |= (
        {f"f:{name}" for name in families} | {f"ft:{name}{in_thread}" for name in families} | {f"fm:{name}{money > 0}" for name in families}
    )
    grams |= {f"ff:{a}+{b}" for i, a in enumerate(families) for b in families[i + 1 :]}
    grams |= {"f:none"} if not families else set()
    grams |= {f"c:{s.language}", f"ct:{s.language}{in_thread}"}
    return np.fromiter({zlib.crc32(g.encode()) % BUCKETS for g in grams}, dtype=np.int64)


def concepts() -> dict[str, re.Pattern[str]]:
    """Families of words by name (``words.toml``), as patterns over normalised text."""
    return expressions("concepts")


@cache
def _weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # allow_pickle stays off: the file holds plain arrays only.
    with (files("adwright.agent.planner") / "intents.npz").open("rb") as stream:
        stored = np.load(stream, allow_pickle=False)
        return stored["weights"], stored["scale"].astype(np.float32), stored["bias"].astype(np.float32)


def read_intent(s: Scan, in_thread: bool = False) -> Intent:
    """Classify a scanned message.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> intent = read_intent(scan("cluster our buyers into 6 groups", date(2026, 11, 23)))
        >>> max(intent.tools, key=intent.tools.get), intent.act
        ('segment_users', 'request')
    """
    weights, scale, bias = _weights()
    rows = features(s, in_thread)
    # Features are weighted by 1/sqrt(n), as in training, so that long messages are not surer than short ones.
    logits = weights[rows].sum(axis=0, dtype=np.int64) * scale / np.sqrt(len(rows)) + bias
    tools = 1 / (1 + np.exp(-logits[: len(TOOLS)]))
    main = np.exp(logits[len(TOOLS) :] - logits[len(TOOLS) :].max())
    main /= main.sum()
    return Intent({a: float(p) for a, p in zip(LABELS, main, strict=True)}, {t: float(p) for t, p in zip(TOOLS, tools, strict=True)})
