"""PyMC-Marketing where it is installed (the extra ``adwright[bayes]``): a refusal by name, and its remarks kept off the screen."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from ..data.errors import AdwrightError
from ..data.words import both


@contextmanager
def pymc_marketing() -> Iterator[None]:
    """Use the library inside: remarks about compilers, samplers and coming releases are not for a merchant.

    Raises `AdwrightError` (``no-bayes-library``) where it is not installed. The first fit compiles for about a minute.
    """
    if find_spec("pymc_marketing") is None:
        raise AdwrightError(
            both("没有安装 PyMC-Marketing，不能用贝叶斯方法拟合。", "PyMC-Marketing is not installed: nothing can be fitted by it."),
            both("请执行 pip install 'adwright[bayes]'，或用默认方法。", "Run pip install 'adwright[bayes]', or use the default method."),
            code="no-bayes-library",
        )
    loggers = [logging.getLogger(name) for name in ("pymc", "pytensor", "pymc_marketing", "arviz")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
