"""Which brain speaks: the embedded planner, an OpenAI-compatible endpoint, or a local transformers model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel

from ..data.errors import AdwrightError
from ..data.words import Words, both

if TYPE_CHECKING:
    from ..data.settings import Settings


@dataclass(frozen=True)
class Brain:
    """A chosen brain: its name for people, the model (None: the planner only), and why a configured one cannot be used."""

    name: Words
    model: BaseChatModel | None = None
    problem: Words | None = None


PLANNER = Brain(both("离线规划器", "Offline planner"))


def choose(model: Any, settings: Settings) -> Brain:
    """Return the brain for `model`: ``planner``, ``local:/path``, a model name at the configured endpoint, or a chat model itself.

    A name that cannot be used raises `AdwrightError` (``no-key``, ``no-local-model``, ``no-torch``). None takes what the settings
    say; if that cannot be used the planner works instead and `Brain.problem` says why, so that the page opens all the same.
    """
    if isinstance(model, BaseChatModel):
        name = getattr(model, "label", None) or getattr(model, "model_name", None) or model._llm_type
        return Brain(both(str(name), str(name)), model)
    if model is None:
        try:
            return choose(settings.model, settings)
        except AdwrightError as error:
            return Brain(PLANNER.name, problem=Words(zh=error.tell("zh"), en=error.tell("en")))
    chosen = str(model)
    if chosen == "planner":
        return PLANNER
    if chosen.startswith("local:"):
        from .local import LocalModel

        path = Path(chosen.removeprefix("local:")).expanduser()
        return Brain(
            both(f"本地模型 {path.name}", f"Local model {path.name}"), LocalModel.at(path, settings.context_tokens, settings.local_bits)
        )
    from .endpoint import endpoint

    key = settings.api_key.get_secret_value() if settings.api_key else None
    return Brain(both(chosen, chosen), endpoint(chosen, settings.base_url, key, window=settings.context_tokens))
