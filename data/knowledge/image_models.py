"""Image models of the OpenAI Images API: their sizes, prices and ends. Data with a date, none of it checked against the vendor."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

from .files import Fact, Status, read_toml


class ImageModel(Fact):
    """What a family of image models takes; see `image_models.toml`. `exact` rows hold for that name alone."""

    name: str
    sizes: list[tuple[int, int]] = []
    step: int = 16
    ratio: float = 3.0
    pixels: int = 1_572_864
    price: dict[str, Decimal] = {}
    gone: date | None = None
    exact: bool = False
    source: str
    status: Status

    def covering(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the size to ask for, so that a slot of `size` can be cut out of it.

        Example:
            >>> image_model("gpt-image-1.5-2025").covering((1200, 628))
            (1536, 1024)
        """
        wanted = size[0] / size[1]
        if self.sizes:
            # The nearest shape, by how much would be cut away.
            return min(self.sizes, key=lambda s: max(wanted * s[1] / s[0], s[0] / (wanted * s[1])))
        ratio = min(max(wanted, 1 / self.ratio), self.ratio)
        high = min(size[1] if ratio == wanted else max(size[1], round(size[0] / ratio)), int((self.pixels / ratio) ** 0.5))
        high = max(high, 512 if ratio >= 1 else round(512 / ratio))
        wide = max(self.step, int(high * ratio) // self.step * self.step)
        return wide, max(self.step, high // self.step * self.step)


@cache
def image_models() -> dict[str, ImageModel]:
    """Return all known families by the beginning of their names."""
    rows = {name: row for name, row in read_toml("image_models.toml").items() if isinstance(row, dict)}
    return {name: ImageModel(**{**row, "name": name}) for name, row in rows.items()}


def image_model(name: str) -> ImageModel:
    """Return what is known of a model by its name; ``other`` where nothing is.

    Example:
        >>> image_model("gpt-image-1-mini").name, image_model("gpt-image-1").gone is not None
        ('other', True)
    """
    plain = name.strip().lower()
    found = [m for key, m in image_models().items() if key != "other" and (plain == key if m.exact else plain.startswith(key))]
    return max(found, key=lambda m: len(m.name)) if found else image_models()["other"]
