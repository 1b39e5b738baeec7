"""Scenes by the merchant's own diffusion weights: a local folder, through the extra ``images``; nothing is downloaded.

Loading and painting with real weights was not tried here: it needs gigabytes of them. What is tested are the refusals.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import both

PACKAGES = ("diffusers", "torch", "accelerate")
STEPS = 28
# Latent models paint in blocks of this many px.
BLOCK = 64
SIDE = 1024


def by_weights(prompt: str, size: tuple[int, int], folder: str | Path | None, seed: int) -> Image.Image:
    """Paint a ground near `size`'s shape. Raises `AdwrightError`: ``weights-missing``, ``extra-missing``, ``image-failed``."""
    place = Path(folder).expanduser() if folder else None
    if place is None or not (place / "model_index.json").is_file():
        raise AdwrightError(
            both(
                f"“{place.name}”不是 diffusers 模型文件夹（缺 model_index.json）。" if place else "没有给出扩散模型的文件夹。",
                f"“{place.name}” is no folder of a diffusers model (no model_index.json)." if place else "No folder of a diffusion model was given.",
            ),
            both("请设置 ADWRIGHT_IMAGE_WEIGHTS 为您自己的模型文件夹；不会自动下载。", "Set ADWRIGHT_IMAGE_WEIGHTS to the folder of your own model; nothing is downloaded."),
            code="weights-missing",
        )  # fmt: skip
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    if lacking:
        raise AdwrightError(
            both(f"本机没有安装 {'、'.join(lacking)}。", f"{', '.join(lacking)} is not installed here."),
            both("请运行 pip install 'adwright[images]'。", "Run pip install 'adwright[images]'."),
            code="extra-missing",
        )
    import torch  # pyright: ignore[reportMissingImports]

    scale = SIDE / max(size)
    wide, high = (max(BLOCK, round(side * scale / BLOCK) * BLOCK) for side in size)
    try:
        generator = torch.Generator("cpu").manual_seed(seed)
        answer = _pipeline(str(place))(prompt=prompt, width=wide, height=high, num_inference_steps=STEPS, generator=generator)
    except (RuntimeError, ValueError, OSError) as error:
        raise AdwrightError(
            both(f"扩散模型“{place.name}”没有画成：{str(error)[:120]}", f"The diffusion model “{place.name}” failed: {str(error)[:120]}"),
            both("请检查模型文件是否完整、内存是否够。", "Check that its files are whole and that there is memory enough."),
            code="image-failed",
        ) from error
    return answer.images[0]


@lru_cache(maxsize=1)
def _pipeline(folder: str) -> Any:
    import torch  # pyright: ignore[reportMissingImports]
    from diffusers import AutoPipelineForText2Image  # pyright: ignore[reportMissingImports]

    half = torch.cuda.is_available()
    made = AutoPipelineForText2Image.from_pretrained(
        folder, torch_dtype=torch.float16 if half else torch.float32, local_files_only=True, use_safetensors=True
    )
    return made.to("cuda" if half else "cpu")
