"""Text for people, always in Chinese and English together.

Every sentence a person may read that is born outside `prompts/` (an error, a check, an assumption) is a `Words`
pair, so that no face of the product has to translate anything.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["zh", "en"]


class Words(BaseModel):
    """The same sentence in both languages.

    Example:
        >>> Words(zh="预算", en="Budget").pick("en")
        'Budget'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def pick(self, language: Language) -> str:
        """Return the sentence in `language`."""
        return self.zh if language == "zh" else self.en


def both(zh: str, en: str) -> Words:
    """Shorthand for `Words(zh=..., en=...)`."""
    return Words(zh=zh, en=en)
