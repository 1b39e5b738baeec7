"""Settings of a workspace: the `[settings]` table of adwright.toml, overridden by ADWRIGHT_* environment variables.

Secrets come from the environment only and never show in a repr, a log or an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from .errors import AdwrightError
from .words import both

PREFIX = "ADWRIGHT_"


class Settings(BaseModel):
    """How this shop is run. `model` is ``planner`` (built in, offline) or a model name at an OpenAI-compatible endpoint.

    Times are in seconds. Example:
        >>> Settings.load({}, {"ADWRIGHT_MODEL": "qwen3", "ADWRIGHT_API_KEY": "sk-1"}).api_key
        SecretStr('**********')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(default="planner", description="planner, or a model name at the endpoint")
    base_url: str | None = Field(default=None, description="address of an OpenAI-compatible endpoint")
    embedding_model: str | None = Field(
        default=None, description="model for vectors of words, or local:/path; none are asked for when left out"
    )
    embedding_url: str | None = Field(default=None, description="its address; that of the chat model when left out")
    chroma_url: str | None = Field(default=None, description="address of a Chroma server; the memory keeps its own store when left out")
    image_model: str | None = Field(
        default=None, description="model that paints scenes at an OpenAI-style Images API; none is asked when left out"
    )
    image_url: str | None = Field(default=None, description="its address; that of the chat model when left out")
    image_weights: str | None = Field(default=None, description="folder of your own diffusers model for scenes")
    c2pa_cert: str | None = Field(
        default=None, description="PEM file of your certificate chain; exported pictures and films are signed with it"
    )
    c2pa_key: str | None = Field(default=None, description="PEM file of its private key")
    api_key: SecretStr | None = Field(default=None, description="key of the endpoint; environment only")
    language: Literal["auto", "zh", "en"] = Field(default="auto", description="language of the page before anything is said")
    turn_seconds: float = Field(default=60, gt=0, description="longest time to the end of a turn")
    model_calls: int = Field(default=8, ge=1, description="most model calls in a turn")
    tool_calls: int = Field(default=16, ge=1, description="most tool calls in a turn")
    auto_adjust: float = Field(
        default=0,
        ge=0,
        le=0.3,
        description="changes of a running plan up to this share of a line's daily budget need no yes; 0: ask always",
    )
    local_bits: Literal[4, 8] | None = Field(default=None, description="load a local model's weights in so many bits (bitsandbytes)")
    context_tokens: int | None = Field(default=None, ge=1000, description="the model's context in tokens; by the endpoint when left out")

    @property
    def outward(self) -> bool:
        """Whether the user asked for a model outside this process: a model name together with a key or an address."""
        return self.model != "planner" and (self.api_key is not None or self.base_url is not None)

    @classmethod
    def load(cls, table: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
        """Merge the file's table and the environment; `AdwrightError` (``bad-setting``, ``secret-in-file``) names the culprit."""
        environment = os.environ if environment is None else environment
        if "api_key" in table:
            raise AdwrightError(
                both(
                    "adwright.toml 里写有 api_key，密钥不应保存在文件中。", "adwright.toml holds an api_key; keys do not belong in files."
                ),
                both(
                    "请删除这一行，改用环境变量 ADWRIGHT_API_KEY。", "Remove that line and set the environment variable ADWRIGHT_API_KEY."
                ),
                code="secret-in-file",
            )
        values = dict(table)
        for name in cls.model_fields:
            text = environment.get(PREFIX + name.upper(), "").strip()
            if text:
                values[name] = text
        if "api_key" not in values and environment.get("OPENAI_API_KEY", "").strip():
            values["api_key"] = environment["OPENAI_API_KEY"].strip()
        try:
            return cls(**values)
        except ValidationError as error:
            # The offending value is left out on purpose: it may be a key pasted into the wrong variable.
            first = error.errors(include_input=False, include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise AdwrightError(
                both(f"设置项 {name} 的值无效。", f"The setting {name} is not valid: {first['msg']}."),
                both(
                    f"请检查 adwright.toml 的 [settings] 或环境变量 {PREFIX}{name.upper()}。",
                    f"Check [settings] in adwright.toml or the environment variable {PREFIX}{name.upper()}.",
                ),
                code="bad-setting",
            ) from None


def home(environment: Mapping[str, str] | None = None) -> Path:
    """Return the directory of workspaces: ADWRIGHT_HOME, or ``~/.adwright``."""
    environment = os.environ if environment is None else environment
    return Path(environment.get(PREFIX + "HOME") or "~/.adwright").expanduser()
