"""Words of search terms and titles: jieba for Chinese, plain words for the rest, without stop words and numbers."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from ...data.knowledge.sensitive import sensitive
from ..memory.tokens import fold, is_han

# Addresses, links and telephone numbers in free text name a person or a place, not an interest.
_PERSONAL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9.-]+|(?:https?://|www\.)[!-~]+|\+?\d[\d ()-]{6,}\d")
_PIECES = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z][a-z'-]+")
_STOP_WORDS = (
    "and for the with of in on to by a an set pack new from or best cheap buy sale your my price "
    "的 了 和 与 款 用 适合 推荐 什么 怎么 哪个 好 便宜 多少 新款 官方 旗舰店"
)
_STOP = frozenset(_STOP_WORDS.split())


@lru_cache(maxsize=200_000)
def terms_of(text: str) -> tuple[str, ...]:
    """Cut a search term or title into distinct readable words of at least two characters.

    Addresses and numbers are dropped, and words that state a sensitive trait (an illness, a religion): no group rests on them.

    Example:
        >>> terms_of("Running shoes for men")
        ('running', 'shoes', 'men')
    """
    found: dict[str, None] = {}
    for piece in _PIECES.findall(_PERSONAL.sub(" ", fold(text))):
        words = _cut(piece) if is_han(piece[0]) else [piece]
        found.update((word, None) for word in words if len(word) > 1 and word not in _STOP and sensitive(word) is None)
    return tuple(found)


def _cut(text: str) -> list[str]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [str(word) for word in jieba.cut(text)]
