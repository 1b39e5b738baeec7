"""Model endpoints that speak the OpenAI protocol: their addresses by name, their windows, where they differ. Data, not code."""

from __future__ import annotations

from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from .files import Fact, Status, pair, read_toml


class EndpointStyle(Fact):
    """How an endpoint is spoken to. `window` is in tokens; `tools` is ``text`` where models cannot call tools natively."""

    id: str
    name: tuple[str, str]
    base_url: str | None = None
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    window: int
    tools: Literal["native", "text"] = "native"
    thinking_back: bool = False
    source: str
    status: Status


@cache
def endpoint_styles() -> dict[str, EndpointStyle]:
    """Return all known endpoints by id."""
    rows = {id: row for id, row in read_toml("endpoints.toml").items() if isinstance(row, dict)}
    return {id: EndpointStyle(**{**row, "id": id, "name": (pair(row["name"]).zh, pair(row["name"]).en)}) for id, row in rows.items()}


def endpoint_style(address: str | None) -> EndpointStyle:
    """Return the style of a named endpoint or of an address; ``other`` for a host that is not known.

    Example:
        >>> endpoint_style("deepseek").base_url, endpoint_style("http://localhost:11434/v1").id, endpoint_style("https://x.example/v1").id
        ('https://api.deepseek.com', 'ollama', 'other')
    """
    styles = endpoint_styles()
    if not address:
        return styles["openai"]
    if address.lower() in styles:
        return styles[address.lower()]
    parts = urlsplit(address)
    near = parts.hostname in ("127.0.0.1", "localhost", "::1")
    found = (style for style in styles.values() if parts.hostname in style.hosts or (near and parts.port in style.ports))
    return next(found, styles["other"])


def address_of(text: str | None) -> str | None:
    """Return the address of a named endpoint (``deepseek``), or the text itself, which is an address."""
    styles = endpoint_styles()
    return styles[text.lower()].base_url if text and text.lower() in styles else text or styles["openai"].base_url


def window_of(model: str, style: EndpointStyle) -> int:
    """Return the tokens of context to count on for a model at an endpoint."""
    rows = read_toml("endpoints.toml").get("models", [])
    return next((row["window"] for row in rows if model.lower().startswith(row["name"])), style.window)
