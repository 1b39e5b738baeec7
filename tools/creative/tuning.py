"""LoRA on the shop's own best copy (Hu et al. 2021): a local model learns to answer the copy tool's prompt as the shop's good ads did.

Only the answer's tokens count in the loss. After every epoch adapter, optimiser and place are kept as safetensors and JSON, so that a
stopped run goes on where it was; the epoch with the lowest validation loss is the one that is handed over. Before and after are told
by the same measures. Not covered: models without a chat template, full fine-tuning, preference tuning.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import Language, both
from ..localtext import LocalText, checked, load_model
from .measure import compare_copy, evaluate_copy
from .modelled import drafts_in
from .own_best import Example

LEAST = 40
EPOCHS = 3
RATE = 2e-4
RANK = 8
BATCH = 4
# Answers generated before and after; and the longest of them.
SHOWN, NEW_TOKENS, ANSWER_SECONDS = 16, 160, 60.0
STATE = "state.json"
WORK = "unfinished"


class Tuned(NamedTuple):
    """The adapter's directory, losses per answer token by epoch (the first is the untuned model's), and the report as Markdown."""

    out: Path
    valid_loss: list[float]
    report: str


class Row(NamedTuple):
    """Token ids of one example, and from where its answer begins."""

    ids: list[int]
    begin: int


def tune(
    model: Path,
    examples: Sequence[Example],
    out: Path,
    *,
    epochs: int = EPOCHS,
    rate: float = RATE,
    rank: int = RANK,
    least: int = LEAST,
    bits: int | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Tuned:
    """Tune a LoRA of `model` and write it to `out`, with ``report.md``; a stopped run with the same examples and settings goes on.

    Losses are nats per token of the answer. Raises `AdwrightError`: ``too-few-examples``, ``no-chat-template``, ``out-taken``, and those of
    `localtext.checked`.

    Example:
        >>> tune(Path("qwen3-0.6b"), best_copy(shop), Path("tuned")).out  # doctest: +SKIP
        PosixPath('tuned')
    """
    if len(examples) < least:
        raise AdwrightError(
            both(
                f"可用的好文案有 {len(examples)} 条，至少要 {least} 条；太少只会让模型背下来。",
                f"There are {len(examples)} usable good ads, and at least {least} are needed; with fewer a model only learns them by heart.",
            ),
            both(
                "请先导入更多带文案和效果的投放（adwright import campaigns）。",
                "Import more campaigns with their copy and results first (adwright import campaigns).",
            ),
            code="too-few-examples",
        )
    base = checked(model, adapters=True)
    mark = _mark(base, examples, epochs, rate, rank, bits, seed)
    if (out / "adapter_config.json").is_file() and not (out / WORK).is_dir():
        raise AdwrightError(
            both(f"{out} 里已经有一个适配器。", f"There is an adapter at {out} already."),
            both("请换一个 --out 目录。", "Choose another --out directory."),
            code="out-taken",
        )
    import torch  # pyright: ignore[reportMissingImports]

    torch.manual_seed(seed)
    tokenizer, plain = load_model(base, base, bits)
    rows = {example: tokens(tokenizer, plain, example) for example in examples}
    valid = [e for e in examples if e.valid and rows[e]] or list(examples[:: len(examples) // 4 or 1])
    train = [e for e in examples if e not in set(valid) and rows[e]]
    work = out / WORK
    state = _state(work, mark)
    adapted = _adapted(plain, work if state["epoch"] else None, rank, bits)
    optimiser = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=rate)
    if state["epoch"]:
        _restore(optimiser, work / "optimiser.safetensors")
    else:
        with adapted.disable_adapter():
            state["losses"] = [_loss(adapted, valid, rows)]
    steps = math.ceil(len(train) / BATCH)
    for epoch in range(state["epoch"], epochs):
        progress.start(f"epoch-{epoch + 1}", both(f"第 {epoch + 1} / {epochs} 轮", f"Epoch {epoch + 1} of {epochs}"))
        order = random.Random(f"{seed}|{epoch}").sample(train, len(train))
        adapted.train()
        for step in range(steps):
            batch = order[step * BATCH : (step + 1) * BATCH]
            told = [_nats(adapted, rows[e]) for e in batch]
            loss: Any = sum(nats for nats, _ in told) / sum(count for _, count in told)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapted.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            progress.note(both(f"训练损失 {float(loss.detach()):.3f}", f"training loss {float(loss.detach()):.3f}"), step + 1, steps)
        state["losses"].append(_loss(adapted, valid, rows))
        state["epoch"] = epoch + 1
        if state["losses"][-1] <= min(state["losses"][1:]):
            adapted.save_pretrained(str(out), safe_serialization=True)
        _keep(adapted, optimiser, work, state)
        progress.done(f"epoch-{epoch + 1}", both(f"验证损失 {state['losses'][-1]:.3f}", f"validation loss {state['losses'][-1]:.3f}"))
    adapted.eval()
    del adapted, plain
    report = _report(base, out, bits, valid, len(train), state["losses"], progress)
    (out / "report.md").write_text(report + "\n", encoding="utf-8")
    _clear(work)
    return Tuned(out, state["losses"], report)


def tokens(tokenizer: Any, model: Any, example: Example) -> Row | None:
    """An example as token ids; None when it is longer than the model reads. Raises `AdwrightError` (``no-chat-template``)."""
    if not tokenizer.chat_template:
        raise AdwrightError(
            both("这个模型没有对话模板，写不了对话式的提示。", "This model has no chat template, so it takes no conversation."),
            both("请用带 chat_template 的对话模型。", "Use a chat model that has one."),
            code="no-chat-template",
        )
    head = tokenizer.apply_chat_template([{"role": "user", "content": example.prompt}], add_generation_prompt=True, tokenize=False)
    begin = tokenizer(head, add_special_tokens=False)["input_ids"]
    ids = [*begin, *tokenizer(example.answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    longest = getattr(model.config, "max_position_embeddings", None) or 4096
    return Row(ids, len(begin)) if len(ids) <= longest else None


def _nats(model: Any, row: Row | None) -> tuple[Any, int]:
    import torch  # pyright: ignore[reportMissingImports]

    assert row is not None
    ids = torch.tensor([row.ids], device=model.device)
    logits = model(input_ids=ids).logits[0, row.begin - 1 : -1].float()
    return torch.nn.functional.cross_entropy(logits, ids[0, row.begin :], reduction="sum"), len(row.ids) - row.begin


def _loss(model: Any, examples: Sequence[Example], rows: dict[Example, Row | None]) -> float:
    import torch  # pyright: ignore[reportMissingImports]

    model.eval()
    with torch.no_grad():
        told = [_nats(model, rows[e]) for e in examples if rows[e]]
    return round(sum(float(nats) for nats, _ in told) / sum(count for _, count in told), 4)


def _adapted(plain: Any, kept: Path | None, rank: int, bits: int | None) -> Any:
    from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training  # pyright: ignore[reportMissingImports]

    ready = prepare_model_for_kbit_training(plain) if bits else plain
    if kept is not None:
        return PeftModel.from_pretrained(ready, str(kept), is_trainable=True)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(ready, config)


def _mark(base: Path, examples: Sequence[Example], *settings: Any) -> str:
    told = json.dumps([str(base.resolve()), [(e.prompt, e.answer) for e in examples], settings], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _state(work: Path, mark: str) -> dict[str, Any]:
    """Where a run with the same examples and settings stopped; the start otherwise."""
    fresh = {"mark": mark, "epoch": 0, "losses": []}
    try:
        found = json.loads((work / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return fresh
    return found if found.get("mark") == mark else fresh


def _keep(adapted: Any, optimiser: Any, work: Path, state: dict[str, Any]) -> None:
    """Keep an epoch: weights and optimiser first, the state that makes them count last."""
    from safetensors.torch import save_file

    work.mkdir(parents=True, exist_ok=True)
    (work / STATE).unlink(missing_ok=True)
    adapted.save_pretrained(str(work), safe_serialization=True)
    held = {f"{i}.{name}": t.contiguous() for i, one in optimiser.state_dict()["state"].items() for name, t in one.items()}
    save_file(held, str(work / "optimiser.safetensors"))
    (work / STATE).write_text(json.dumps(state), encoding="utf-8")


def _restore(optimiser: Any, file: Path) -> None:
    from safetensors.torch import load_file

    held: dict[int, dict[str, Any]] = {}
    for key, value in load_file(str(file)).items():
        number, _, name = key.partition(".")
        held.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": held})


def _clear(work: Path) -> None:
    for file in work.iterdir():
        file.unlink()
    work.rmdir()


def _report(
    base: Path, out: Path, bits: int | None, valid: Sequence[Example], trained: int, losses: Sequence[float], progress: Progress
) -> str:
    """What changed: loss on held-out ads, and the texts written for their products before and after, by `evaluate_copy`."""
    chosen = list(valid)[:SHOWN]
    written: dict[str, list[str]] = {}
    for name, path in (("before", base), ("after", out)):
        progress.start(name, both("写验证集的文案", "Write for the held-out products"))
        model = LocalText(path, base, bits)
        written[name] = []
        for i, example in enumerate(chosen, start=1):
            answer, _ = model.write([{"role": "user", "content": example.prompt}], ANSWER_SECONDS, new_tokens=NEW_TOKENS)
            texts = [text for draft in drafts_in(answer)[:1] for row in draft.values() for text in row]
            written[name].append("\n".join(texts))
            progress.note(both(f"{i} / {len(chosen)} 条", f"{i} of {len(chosen)}"), i, len(chosen))
    languages: list[Language] = [language for language in ("zh", "en") if any(e.language == language for e in chosen)]
    lines = [
        f"# LoRA of {base.name}",
        "",
        f"{trained} ads to learn from, {len(valid)} held out. Validation loss (nats a token): "
        + ", ".join(f"{loss:.3f}" for loss in losses)
        + " (untuned first; the lowest epoch is kept).",
    ]
    for language in languages:
        own = [i for i, example in enumerate(chosen) if example.language == language]
        usable = {name: sum(bool(texts[i]) for i in own) for name, texts in written.items()}
        lines += ["", f"## {language}, {len(own)} held-out ads", ""]
        lines += [f"Answers in the form asked for: {usable['before']} before, {usable['after']} after.", ""]
        reports = {}
        for name, texts in written.items():
            told = [i for i in own if texts[i]]
            if told:
                reports[name] = evaluate_copy(
                    [texts[i] for i in told], [chosen[i].text for i in told], language, facts=[chosen[i].facts for i in told]
                )
        lines.append(compare_copy(reports) if reports else "Nothing could be scored.")
    return "\n".join(lines)


def check(model: Path, examples: Sequence[Example], least: int = LEAST) -> list[tuple[str, str]]:
    """What tuning would work with, as rows of name and value: versions, model, size, longest example; one forward pass is run."""
    import peft  # pyright: ignore[reportMissingImports]
    import torch  # pyright: ignore[reportMissingImports]
    import transformers

    base = checked(model, adapters=True)
    tokenizer, plain = load_model(base, base)
    rows = [row for example in examples if (row := tokens(tokenizer, plain, example))]
    weights = sum(p.numel() for p in plain.parameters())
    told = [
        ("PyTorch", torch.__version__),
        ("transformers", transformers.__version__),
        ("PEFT", peft.__version__),
        ("device", "cuda" if torch.cuda.is_available() else "cpu"),
        ("model", f"{base.name}, {weights / 1e6:.1f} M weights"),
        ("examples", f"{len(examples)} ({sum(e.valid for e in examples)} held out), at least {least} are needed"),
        ("longest example", f"{max((len(r.ids) for r in rows), default=0)} tokens; {len(examples) - len(rows)} too long for the model"),
    ]
    if rows:
        with torch.no_grad():
            nats, count = _nats(plain, rows[0])
        told.append(("loss of the first example", f"{float(nats) / count:.3f} nats a token"))
    return told
