"""Trains the small writer on the shop's own ads, from scratch, in minutes on one processor.

A twentieth of the kinds of products is held out and training stops by it; the best epoch is what is written. After every epoch
weights, optimiser and place are kept as safetensors and JSON, so that a stopped run goes on. Measured at 5,000 ads
(`benchmarks/small_copy`); fewer than `LEAST` are refused. Needs torch (extra `local`). The writer itself: `small_writer`.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import both
from .lines import is_chinese
from .phrases import pairs_of
from .sheet import Facts
from .small_writer import HEADS, PAD, SCALE, SmallWriter, Vocabulary

LEAST = 4000
WIDTH, STATE, DROP = 192, 384, 0.3
BATCH, RATE, EPOCHS, PATIENCE = 32, 3e-3, 16, 2
MINUTES = 30.0
WORK = "training"
_CLAUSE = re.compile(r"[^，。；！？,;!?~…]+[，。；！？,;!?~…]*")
_ODD = re.compile(r"BRAND|UNK|<|>")

Row = tuple[list[tuple[int, int]], list[int]]


class Trained(NamedTuple):
    """Where the writer is, its loss on held-out ads by epoch (nats a word), and the CPU seconds spent in all runs."""

    out: Path
    losses: list[float]
    seconds: float


def train_writer(
    ads: Sequence[tuple[Facts, str]],
    out: Path,
    *,
    minutes: float = MINUTES,
    epochs: int = EPOCHS,
    least: int = LEAST,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Trained:
    """Train on pairs of named facts and text and write the writer to `out`; a stopped run with the same ads goes on.

    Only Chinese texts count. `minutes` of CPU time end training after the epoch in which they run out. Raises `AdwrightError`:
    ``too-few-examples``, ``no-torch``.

    Example:
        >>> train_writer(ads, Path("writer")).out  # doctest: +SKIP
        PosixPath('writer')
    """
    ads = [ad for ad in ads if is_chinese(ad[1])]
    if len(ads) < least:
        raise AdwrightError(
            both(
                f"带参数的旧广告有 {len(ads)} 条，至少要 {least} 条。",
                f"There are {len(ads)} past ads with facts; at least {least} are needed.",
            ),
            both(
                "更少时效果没有验证过；旧广告少就直接用 Phrasebook。",
                "With fewer nothing is known of its worth; a Phrasebook works with few.",
            ),
            code="too-few-examples",
        )
    try:
        import torch  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise AdwrightError(
            both("训练小模型需要 PyTorch。", "Training the small writer needs PyTorch."),
            both("请安装：pip install 'adwright[local]'", "Install it: pip install 'adwright[local]'"),
            code="no-torch",
        ) from error
    known = [(list(dict.fromkeys(pairs_of(facts))), _clean(text)) for facts, text in ads]
    kinds = sorted({repr(pairs) for pairs, _ in known})
    held = set(random.Random(seed).sample(kinds, max(1, len(kinds) // 20)))
    vocabulary = Vocabulary.of([ad for ad in known if repr(ad[0]) not in held])
    rows: dict[bool, list[Row]] = {True: [], False: []}
    for pairs, text in known:
        rows[repr(pairs) in held].append((vocabulary.facts(pairs), vocabulary.ids(text, pairs)))
    torch.manual_seed(seed)
    net = network(len(vocabulary.words), len(vocabulary.names), len(vocabulary.values))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.02, betas=(0.9, 0.98))
    steps = -(-len(rows[False]) // BATCH)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=epochs * steps, pct_start=0.1)
    work = out / WORK
    state = _restore(work, _mark(ads, epochs, seed), net, optimiser, plan, steps)
    while state["epoch"] < epochs and state["seconds"] < minutes * 60 and not _settled(state["losses"]):
        start = time.process_time()
        name = f"epoch-{state['epoch'] + 1}"
        progress.start(name, both(f"第 {state['epoch'] + 1} / {epochs} 轮", f"Epoch {state['epoch'] + 1} of {epochs}"))
        torch.manual_seed(seed + state["epoch"])
        net.train()
        for number, batch in enumerate(_batches(rows[False], f"{seed}|{state['epoch']}"), start=1):
            with torch.autocast("cpu", torch.bfloat16):
                nats, count = _nats(net, batch)
            (nats / count).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            plan.step()
            optimiser.zero_grad()
            progress.note(
                both(f"训练损失 {float(nats.detach()) / count:.3f}", f"training loss {float(nats.detach()) / count:.3f}"), number, steps
            )
        net.eval()
        with torch.no_grad():
            told = [_nats(net, rows[True][i : i + 100]) for i in range(0, len(rows[True]), 100)]
        state["losses"].append(float(sum(nats for nats, _ in told)) / sum(count for _, count in told))
        state["epoch"] += 1
        state["seconds"] += time.process_time() - start
        if state["losses"][-1] == min(state["losses"]):
            weights = {key: value.numpy() for key, value in net.state_dict().items()}
            about = {"ads": len(rows[False]), "losses": state["losses"], "seconds": round(state["seconds"]), "seed": seed}
            SmallWriter(weights, vocabulary).save(out, about)
        _keep(work, state, net, optimiser)
        progress.done(name, both(f"验证损失 {state['losses'][-1]:.3f}", f"validation loss {state['losses'][-1]:.3f}"))
    return Trained(out, state["losses"], state["seconds"])


def network(words: int, names: int, values: int) -> Any:
    """The network as a torch module: `read` facts, `step` through a text, `logits` of what is said next."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch import nn  # pyright: ignore[reportMissingImports]

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(words, WIDTH, PAD)
            self.names, self.values = nn.Embedding(names + 1, WIDTH), nn.Embedding(values + 1, WIDTH)
            layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, DROP / 2, batch_first=True)
            self.reader = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
            self.start = nn.Linear(WIDTH, 2 * STATE)
            self.lstm = nn.LSTM(WIDTH + 1, STATE, batch_first=True)
            self.ask = nn.Linear(STATE, WIDTH)
            self.join = nn.Linear(STATE + WIDTH, WIDTH)
            self.point, self.told_as = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
            # How much less a fact that was told is looked at and pointed to.
            self.told = nn.Parameter(torch.zeros(2))
            self.bias = nn.Parameter(torch.zeros(words))
            self.drop = nn.Dropout(DROP)
            for table in (self.words, self.names, self.values):
                nn.init.normal_(table.weight, std=0.06)

        def read(self, facts: Any) -> Any:
            """facts [n, a, 2], -1 where none: vectors [n, a, width], blank [n, a], the first state."""
            blank = facts[..., 0] < 0
            known = facts.clamp(min=0)
            x = SCALE * (self.names(known[..., 0]) + self.values(known[..., 1]))
            read = self.reader(x, src_key_padding_mask=blank)
            mean = read.masked_fill(blank[..., None], 0).sum(1) / (~blank).sum(1, keepdim=True)
            hidden, cell = torch.tanh(self.start(mean)).chunk(2, -1)
            return read, blank, (hidden[None].contiguous(), cell[None].contiguous())

        def forward(self, facts: Any, ids: Any) -> Any:
            """Scores of every next id [n, t, words + a] for facts [n, a, 2] and the ids before [n, t]."""
            read, blank, state = self.read(facts)
            pointed = (ids - words).clamp(min=-1) + 1
            told = nn.functional.one_hot(pointed, facts.shape[1] + 1)[..., 1:].cumsum(1).float()
            value = self.told_as(read).gather(1, (pointed - 1).clamp(min=0)[..., None].expand(-1, -1, WIDTH))
            said = torch.where((ids >= words)[..., None], value, SCALE * self.words(ids.clamp(max=words - 1)))
            left = ((~blank)[:, None] * (1 - told.clamp(max=1))).sum(-1, keepdim=True) / 8
            out = self.drop(self.lstm(self.drop(torch.cat([said, left], -1)), state)[0])
            scores = (self.ask(out) @ read.transpose(1, 2)) / math.sqrt(WIDTH) + self.told[0] * told
            seen = scores.masked_fill(blank[:, None], -1e9).softmax(-1) @ read
            joint = self.drop(torch.tanh(self.join(torch.cat([out, seen], -1))))
            named = (self.point(joint) @ read.transpose(1, 2)) / math.sqrt(WIDTH) + self.told[1] * told
            spoken = nn.functional.linear(joint, self.words.weight, self.bias)
            return torch.cat([spoken, named.masked_fill(blank[:, None], -1e9)], -1)

    return Net()


def _nats(net: Any, batch: Sequence[Row]) -> tuple[Any, int]:
    """Loss of a batch summed over its words, and how many those are."""
    import torch  # pyright: ignore[reportMissingImports]

    facts, ids = _packed([facts for facts, _ in batch], (-1, -1)), _packed([ids for _, ids in batch], PAD)
    wanted = ids[:, 1:]
    real = wanted != PAD
    scores = net(facts, ids[:, :-1])[real]
    return torch.nn.functional.cross_entropy(scores.float(), wanted[real], reduction="sum"), int(real.sum())


def _packed(rows: Sequence[Sequence[Any]], fill: Any) -> Any:
    import torch  # pyright: ignore[reportMissingImports]

    longest = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


def _batches(rows: Sequence[Row], seed: str) -> list[list[Row]]:
    """Texts of like length in a batch, which wastes less of it on filling."""
    order = random.Random(seed).sample(rows, len(rows))
    order = [row for i in range(0, len(order), 20 * BATCH) for row in sorted(order[i : i + 20 * BATCH], key=lambda r: len(r[1]))]
    batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    random.Random(f"{seed}|b").shuffle(batches)
    return batches


def _settled(losses: Sequence[float]) -> bool:
    """Whether the lowest loss is so many epochs old."""
    return bool(losses) and len(losses) - 1 - losses.index(min(losses)) >= PATIENCE


def _clean(text: str) -> str:
    """A text without the clauses that hold marks of a data set or of a page."""
    return "".join(part for part in _CLAUSE.findall(text) if not _ODD.search(part))


def _mark(ads: Sequence[tuple[Facts, str]], *settings: Any) -> str:
    return hashlib.sha256(repr((list(ads), settings)).encode()).hexdigest()


def _keep(work: Path, state: dict[str, Any], net: Any, optimiser: Any) -> None:
    """Keep an epoch: weights and optimiser first, the state that makes them count last."""
    from safetensors.torch import save_file

    work.mkdir(parents=True, exist_ok=True)
    (work / "state.json").unlink(missing_ok=True)
    save_file({key: value.clone() for key, value in net.state_dict().items()}, str(work / "net.safetensors"))
    held = {f"{i}.{name}": t.contiguous() for i, one in optimiser.state_dict()["state"].items() for name, t in one.items()}
    save_file(held, str(work / "optimiser.safetensors"))
    (work / "state.json").write_text(json.dumps(state), encoding="utf-8")


def _restore(work: Path, mark: str, net: Any, optimiser: Any, plan: Any, steps: int) -> dict[str, Any]:
    """Take up a run with the same ads and settings where it stopped; the start otherwise."""
    try:
        state = json.loads((work / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        state = {}
    if state.get("mark") != mark:
        return {"mark": mark, "epoch": 0, "seconds": 0.0, "losses": []}
    from safetensors.torch import load_file

    net.load_state_dict(load_file(str(work / "net.safetensors")))
    held: dict[int, dict[str, Any]] = {}
    for key, value in load_file(str(work / "optimiser.safetensors")).items():
        number, _, name = key.partition(".")
        held.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": held})
    plan.load_state_dict({**plan.state_dict(), "last_epoch": state["epoch"] * steps - 1, "_step_count": state["epoch"] * steps})
    if state["epoch"] * steps < plan.total_steps:
        plan.step()
    return state
