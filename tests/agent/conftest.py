"""A scripted model endpoint for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adwright.agent.rehearsal.server import Speaker


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    made = Speaker()
    yield made
    made.close()
