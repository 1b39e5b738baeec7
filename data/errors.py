"""The one error class that people see.

An `AdwrightError` says what happened and why (`message`), and what to do next (`hint`), in Chinese and English.
Anything else that is raised is a defect of ours, not a mistake of the user's.
"""

from .words import Language, Words


class AdwrightError(Exception):
    """A mistake or limit that the user can act on; shown verbatim, without a traceback.

    `code` is a stable kebab-case name for programs and tests, e.g. ``"missing-column"``.

    Example:
        >>> from adwright.data.words import both
        >>> error = AdwrightError(both("没有这个工作区。", "There is no such workspace."), both("加上 create=True。", "Pass create=True."))
        >>> error.tell("en")
        'There is no such workspace. Pass create=True.'
    """

    def __init__(self, message: Words, hint: Words | None = None, *, code: str = "error") -> None:
        self.message = message
        self.hint = hint or Words(zh="", en="")
        self.code = code
        super().__init__(f"{message.en} {self.hint.en}".strip())

    def tell(self, language: Language) -> str:
        """Return message and hint as one text in `language`."""
        gap = "" if language == "zh" else " "
        return f"{self.message.pick(language)}{gap}{self.hint.pick(language)}".strip()
