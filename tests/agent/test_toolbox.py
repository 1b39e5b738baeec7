"""Every tool of the registry as a model sees it, and the thread file when it is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from adwright import AdwrightError, Assistant, Workspace
from adwright.agent.journal import redact
from adwright.agent.threads import FILE, open_threads
from adwright.agent.toolbox import FROM_TURN, toolbox
from adwright.tools import TOOLS


def test_all_tools_are_there_with_arguments_a_model_can_fill(empty_shop: Workspace) -> None:
    tools = toolbox(empty_shop)
    assert [tool.name for tool in tools] == list(TOOLS)
    for tool in tools:
        shown = convert_to_openai_tool(tool)["function"]
        fields = shown["parameters"]["properties"]
        assert json.dumps(shown) and shown["description"]
        assert not set(fields) & {*FROM_TURN, "runtime"}
    plan = convert_to_openai_tool(tools[0])["function"]["parameters"]
    assert {"product", "currency"} <= set(plan["required"])


def test_a_damaged_threads_file_is_named_and_kept(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "shop", create=True) as workspace:
        (workspace.path / FILE).write_bytes(b"SQLite format 3\x00" + b"rubbish" * 2000)
        with pytest.raises(AdwrightError) as error:
            Assistant(workspace).history("t")
        assert error.value.code == "threads-corrupt" and (workspace.path / FILE).exists()


def test_finished_turns_keep_one_checkpoint(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "shop", create=True) as workspace:
        helper = Assistant(workspace, tools=[])
        for _ in range(3):
            helper.chat("你好", "t")
        saver = open_threads(workspace.path)
        with saver.cursor() as sql:
            assert sql.execute("SELECT count(*) FROM checkpoints").fetchone()[0] == 1
            assert sql.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert len(helper.history("t")) == 3


@pytest.mark.parametrize(
    "text", ["key sk-canary-0123456789", "Authorization: Bearer abcdefghijk", "password=hunter2secret", 'api_key: "abc123456"']
)
def test_secrets_are_redacted(text: str) -> None:
    clean = redact(text)
    assert "[key]" in clean and not any(part in clean for part in ("canary", "abcdefghijk", "hunter2", "abc123456"))
