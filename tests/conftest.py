"""Shared shops for the tests: a small demo, built once and only read, and an empty one per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from adwright.agent.rehearsal.server import Speaker
from adwright.data.settings import Settings
from adwright.data.workspace import Workspace

# The machine's speed is not what these tests are about.
settings.register_profile("adwright", deadline=None)
settings.load_profile("adwright")
DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own keys and settings out of the tests."""
    for name in ("OPENAI_API_KEY", "ADWRIGHT_HOME", *(f"ADWRIGHT_{field.upper()}" for field in Settings.model_fields)):
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


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    """A scripted model endpoint on this machine."""
    made = Speaker()
    yield made
    made.close()


@pytest.fixture
def shop_with_model(shop: Workspace, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The demo shop with the scripted endpoint's model in its settings."""
    monkeypatch.setattr(shop, "settings", Settings.load({}, {"ADWRIGHT_MODEL": "m", "ADWRIGHT_BASE_URL": speaker.url}))
    return shop


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of public data sets beside the checkout; skips where it is absent."""
    if not DATASETS.is_dir():
        pytest.skip(f"public data sets are not at {DATASETS}")
    return DATASETS
