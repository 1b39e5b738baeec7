"""What is offered after groups were told: sentences about the groups, each understood, and always three of them."""

from __future__ import annotations

import pytest

from adwright.agent.answers import SUGGESTED, suggestions
from adwright.agent.events import ToolCall
from adwright.agent.planner.understand import understand
from adwright.agent.shelf import catalogue_of
from adwright.data.words import Language
from adwright.data.workspace import Workspace


@pytest.mark.parametrize("language", ["zh", "en"])
def test_groups_lead_to_who_should_see_it_and_to_a_list(shop: Workspace, language: Language) -> None:
    asked = ToolCall.model_construct(tool="segment_users", args={}, ok=True)
    offered = suggestions(shop, None, [asked], language)[:SUGGESTED]
    read = [understand(text, [], catalogue=catalogue_of(shop)).tools for text in offered]
    assert len(offered) == SUGGESTED and read[0] == ["segment_users"]
    assert (["export_audience"] in read) == bool(shop.warehouse.count("contacts"))
    named = ToolCall.model_construct(tool="segment_users", args={"product": "x"}, ok=True)
    assert offered[0] not in suggestions(shop, None, [named], language)[:SUGGESTED]
