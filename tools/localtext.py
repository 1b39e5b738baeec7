"""A transformers model in this process, from a directory on this machine: loaded once, whoever asks; nothing is downloaded.

The directory holds a causal language model with a chat template (``config.json``, safetensors), or a LoRA adapter of one
(``adapter_config.json``, as ``adwright tune`` writes it), whose base is then loaded first. No remote code runs. `bits` 8 or 4 loads the
weights quantised, by bitsandbytes. The chat's tool calls are in ``agent/local.py``. One request at a time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.errors import AdwrightError
from ..data.words import both
from .endpoint import without_thinking, writer

if TYPE_CHECKING:
    from ..data.settings import Settings

NEW_TOKENS = 1024
INSTALL = both("请执行 pip install 'adwright[local]'。", "Run pip install 'adwright[local]'.")


class LocalText:
    """A model and its tokenizer; `base` is the model itself or the adapter's base. Make one with `opened`."""

    def __init__(self, path: Path, base: Path, bits: int | None) -> None:
        self.path, self.base, self.bits = path, base, bits
        self.lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def load(self) -> tuple[Any, Any]:
        """Return tokenizer and model; the weights (safetensors only) are read on first need."""
        if self._loaded is None:
            self._loaded = load_model(self.path, self.base, self.bits)
        return self._loaded

    @property
    def knows_tools(self) -> bool:
        """Whether the chat template has a place for tools."""
        return "tools" in str(self.load()[0].chat_template or "")

    def write(
        self, turns: Sequence[dict[str, Any]], seconds: float, tools: Sequence[dict[str, Any]] = (), new_tokens: int = NEW_TOKENS
    ) -> tuple[str, bool]:
        """Return what the model says after `turns` and whether it came to an end by itself; greedy, so the same turns give the same text."""
        import torch  # pyright: ignore[reportMissingImports]

        with self.lock:
            tokenizer, model = self.load()
            given = {"tools": list(tools)} if tools and self.knows_tools else {}
            prompt = tokenizer.apply_chat_template(list(turns), add_generation_prompt=True, tokenize=False, **given)
            inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False).to(model.device)
            with torch.inference_mode():
                output = model.generate(**inputs, max_new_tokens=new_tokens, do_sample=False, max_time=max(1.0, seconds))
            fresh = output[0][inputs["input_ids"].shape[1] :]
            ends = model.generation_config.eos_token_id
            whole = len(fresh) > 0 and int(fresh[-1]) in (ends if isinstance(ends, list) else [ends])
            return tokenizer.decode(fresh, skip_special_tokens=True), whole


def opened(path: Path, bits: int | None = None) -> LocalText:
    """Return the model at `path`; the same object for the same path, so that it is in memory once.

    Raises `AdwrightError`: ``no-local-model``, ``no-torch``, ``no-peft``, ``no-quantised``.
    """
    base = checked(path)
    if bits and find_spec("bitsandbytes") is None:
        raise AdwrightError(
            both(f"按 {bits} 位量化加载需要 bitsandbytes，目前没有安装。", f"Loading in {bits} bits needs bitsandbytes, which is not installed."),
            both("请安装 bitsandbytes，或去掉 local_bits 设置。", "Install bitsandbytes, or take the setting local_bits away."),
            code="no-quantised",
        )  # fmt: skip
    return _opened(path.resolve(), base.resolve(), bits)


@lru_cache(maxsize=2)
def _opened(path: Path, base: Path, bits: int | None) -> LocalText:
    return LocalText(path, base, bits)


def required(base: Path) -> None:
    """Raise ``no-local-model`` where a directory holds no transformers model, ``no-torch`` where PyTorch is missing."""
    if not (base / "config.json").is_file():
        raise AdwrightError(
            both(f"{base} 里没有 transformers 模型。", f"There is no transformers model at {base}."),
            both("请给出含 config.json 和 safetensors 权重的目录。", "Give a directory with config.json and safetensors weights."),
            code="no-local-model",
        )
    if find_spec("torch") is None:
        raise AdwrightError(
            both("运行本地模型需要 PyTorch，目前没有安装。", "A local model needs PyTorch, which is not installed."),
            INSTALL,
            code="no-torch",
        )


def checked(path: Path, adapters: bool = False) -> Path:
    """The directory of the model itself; names what is missing: the model (``no-local-model``), PyTorch, PEFT where `adapters` are meant."""
    base = path
    if (path / "adapter_config.json").is_file():
        try:
            told = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
            base = Path(str(told.get("base_model_name_or_path") or "")).expanduser()
        except ValueError:
            base = path / "-"
    required(base)
    if (base != path or adapters) and find_spec("peft") is None:
        raise AdwrightError(
            both("LoRA 适配器需要 PEFT，目前没有安装。", "A LoRA adapter needs PEFT, which is not installed."), INSTALL, code="no-peft"
        )
    return base


def load_model(path: Path, base: Path, bits: int | None = None) -> tuple[Any, Any]:
    """Read tokenizer and weights from the disk, an adapter on top where `path` is one."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(base, **given)
    if bits:
        from transformers import BitsAndBytesConfig

        given["quantization_config"] = BitsAndBytesConfig(load_in_8bit=bits == 8, load_in_4bit=bits == 4)
    model = AutoModelForCausalLM.from_pretrained(base, use_safetensors=True, **given)
    if base != path:
        from peft import PeftModel  # pyright: ignore[reportMissingImports]

        model = PeftModel.from_pretrained(model, str(path))
    return tokenizer, model.eval()


def text_writer(settings: Settings, seconds: float, schema: dict[str, Any] | None = None) -> Callable[[str], str] | None:
    """A function from a prompt to a text by whatever model is configured: at an endpoint, or ``local:/path`` in this process.

    None with the built-in planner. The function raises `AdwrightError` (``model-failed`` and those of `opened`).
    """
    if not settings.model.startswith("local:"):
        return writer(settings, seconds, schema)
    path = Path(settings.model.removeprefix("local:")).expanduser()

    def write(prompt: str) -> str:
        begun = time.monotonic()
        model = opened(path, settings.local_bits)
        try:
            model.load()
            text, _ = model.write([{"role": "user", "content": prompt}], seconds - (time.monotonic() - begun))
        except Exception as error:
            raise AdwrightError(
                both(
                    f"本地模型 {path.name} 出错：{type(error).__name__}。", f"The local model {path.name} failed: {type(error).__name__}."
                ),
                both("请用 adwright tune --check 检查它。", "Check it with adwright tune --check."),
                code="model-failed",
            ) from error
        return without_thinking(text)

    return write
