"""The Gradio theme (so that no orange is left) and what goes into the page's <head>: our style, script and font."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from .markup import file_url

if TYPE_CHECKING:
    from gradio.themes import Base

ACCENT = ("#EEF3FE", "#DCE6FD", "#BACDFB", "#8FAEF7", "#6A90F2", "#3F6BE6", "#2F5BD7", "#2549B0", "#1F3C8F", "#1B3273", "#121F47")
NEUTRAL = ("#FAFAF8", "#F4F4F1", "#E7E7E2", "#D6D6D0", "#A3A6AD", "#6B707A", "#535862", "#353B48", "#1B1F27", "#15181E", "#0E1014")
FONTS = ("PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei UI", "Noto Sans SC", "Noto Sans CJK SC", "system-ui", "sans-serif")

# Gradio variable -> (light, dark), the tokens of page.css.
_VARIABLES = {
    "body_background_fill": ("#F7F7F5", "#0E1014"),
    "body_text_color": ("#1B1D22", "#ECEEF2"),
    "body_text_color_subdued": ("#6B707A", "#8B93A1"),
    "background_fill_primary": ("#FFFFFF", "#15181E"),
    "background_fill_secondary": ("#FAFAF8", "#12151A"),
    "border_color_primary": ("#E7E7E2", "#272C36"),
    "border_color_accent": ("#2F5BD7", "#6A90F2"),
    "color_accent_soft": ("#EEF3FE", "#1A2542"),
    "block_background_fill": ("#FFFFFF", "#15181E"),
    "block_border_color": ("#E7E7E2", "#272C36"),
    "block_shadow": ("none", "none"),
    "input_background_fill": ("#FFFFFF", "#15181E"),
    "input_border_color": ("#D6D6D0", "#3A414E"),
    "input_border_color_focus": ("#2F5BD7", "#6A90F2"),
    "input_placeholder_color": ("#6B707A", "#8B93A1"),
    "button_primary_background_fill": ("#2F5BD7", "#3F6BE6"),
    "button_primary_background_fill_hover": ("#2549B0", "#365FD0"),
    "button_primary_text_color": ("#FFFFFF", "#FFFFFF"),
    "button_secondary_background_fill": ("#FFFFFF", "#15181E"),
    "button_secondary_background_fill_hover": ("#F4F4F1", "#1B1F27"),
    "button_secondary_border_color": ("#D6D6D0", "#3A414E"),
    "button_secondary_text_color": ("#1B1D22", "#ECEEF2"),
    "link_text_color": ("#2549B0", "#9DB8FA"),
    "loader_color": ("#2F5BD7", "#6A90F2"),
}


def theme() -> Base:
    """Return the theme: two own colour scales, packaged IBM Plex Sans, system Chinese fonts; nothing is fetched."""
    from gradio.themes import Base, Color
    from gradio.themes.utils.fonts import LocalFont

    accent, neutral = Color(*ACCENT, name="adwright"), Color(*NEUTRAL, name="adwright-neutral")
    made = Base(primary_hue=accent, secondary_hue=accent, neutral_hue=neutral, font=[LocalFont("IBM Plex Sans", (400, 600)), *FONTS])
    values = {name: pair[0] for name, pair in _VARIABLES.items()} | {f"{name}_dark": pair[1] for name, pair in _VARIABLES.items()}
    return made.set(block_radius="10px", button_large_radius="8px", button_small_radius="8px", color_accent="#2F5BD7", **values)


def head(fonts: Path | None = None) -> str:
    """Return style and script for <head>; `fonts` is a served folder with our own Chinese web fonts, the last fallback."""
    files = resources.files(__package__ or "adwright.ui")
    style, script = (
        "\n".join(files.joinpath(f"{name}.{kind}").read_text(encoding="utf-8") for name in ("page", "marking")) for kind in ("css", "js")
    )
    return f'<meta name="color-scheme" content="light dark"><style id="aw-style">{faces(fonts)}{style}</style><script>{script}</script>'


def faces(folder: Path | None) -> str:
    """Return @font-face rules for the packaged Chinese fonts; browsers load them only when no system font has the glyph."""
    if folder is None:
        return ""
    rules = []
    for file in sorted(folder.glob("*.otf")):
        weight = 600 if "bold" in file.stem.lower() else 400
        rules.append(
            f'@font-face {{ font-family: "Adwright Sans SC"; src: url({json.dumps(file_url(file))}) format("opentype"); font-weight: {weight}; font-display: swap; }}'
        )
    return "\n".join(rules)
