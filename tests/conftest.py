"""Shared shops for the tests: a small demo, built once and only read, and an empty one per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from adwright.data.workspace import Workspace

# The machine's speed is not what these tests are about.
settings.register_profile("adwright", deadline=None)
settings.load_profile("adwright")
DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own keys and settings out of the tests."""
    names = ("MODEL", "BASE_URL", "API_KEY", "EMBEDDING_MODEL", "EMBEDDING_URL", "LANGUAGE", "HOME")
    for name in ("OPENAI_API_KEY", *(f"ADWRIGHT_{name}" for name in names)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The demo shop at small scale; read it, do not write to its tables."""
    with Workspace.demo(tmp_path_factory.mktemp("shop") / "demo", scale=0.05) as workspace:
        yield workspace


@pytest.fixture
def empty_shop(tmp_path: Path) -> Iterator[Workspace]:
    """A new shop without any data: CNY, Asia/Shanghai."""
    with Workspace.open(tmp_path / "empty", create=True, name="空店 Empty") as workspace:
        yield workspace


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of public data sets beside the checkout; skips where it is absent."""
    if not DATASETS.is_dir():
        pytest.skip(f"public data sets are not at {DATASETS}")
    return DATASETS
