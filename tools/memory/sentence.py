"""A transformers sentence model on this machine as embedding model: mean of the last layer over the text's tokens, at length 1.

Nothing is downloaded and no remote code runs. Reimers and Gurevych 2019 (Sentence-BERT); models that want another pooling or a prompt
before the text give vectors too, only worse ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..localtext import required
from .embedding import Embeds, unit

# A first answer loads the weights, and many texts take their time without an accelerator.
LOCAL_SECONDS = 600.0
LONGEST = 256


class SentenceModel(Embeds):
    """The model in a directory with ``config.json``, tokenizer and safetensors weights; loaded when it is first asked.

    Raises `AdwrightError`: ``no-local-model`` where there is none, ``no-torch`` where PyTorch is missing.
    """

    def __init__(self, path: Path, file: Path, seconds: float = LOCAL_SECONDS) -> None:
        required(path)
        changed = max(part.stat().st_mtime_ns for part in path.iterdir())
        super().__init__(f"{path}@{changed}", file, seconds)
        self.path = path
        self._loaded: Any = None

    def _asked(self, texts: list[str]) -> list[np.ndarray]:
        import torch  # pyright: ignore[reportMissingImports]

        if self._loaded is None:
            from transformers import AutoModel, AutoTokenizer

            given = {"local_files_only": True, "trust_remote_code": False}
            tokenizer = AutoTokenizer.from_pretrained(self.path, **given)
            self._loaded = tokenizer, AutoModel.from_pretrained(self.path, use_safetensors=True, **given).eval()
        tokenizer, model = self._loaded
        inputs = tokenizer(texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        with torch.inference_mode():
            layer = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        return unit(((layer * mask).sum(1) / mask.sum(1)).double().numpy())
