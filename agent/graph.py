"""The agent graph: one LangChain agent, whichever brain speaks.

`Conduct` stands between the graph and the brain: it sends a model only what it may see, passes its calls through the gates,
its figures through the number guard, and hands the turn to the embedded planner when the model fails, loops or runs out of
time. A call that was refused never enters the stored thread. LangChain's own limits stand behind as a second line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, ModelCallLimitMiddleware, ToolCallLimitMiddleware
from langchain.agents.middleware.types import AgentMiddleware, ModelRequest, ModelResponse, ToolCallRequest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool

from ..data.plan import CampaignPlan
from ..data.words import Words, both
from .answers import Answer, Told
from .brains import Brain
from .faults import BrainFailed, Fault, notice
from .gates import canonical, check_call
from .guard import unknown_figures, values_in
from .journal import note
from .sight import instructions, seen, without_remote_pictures
from .toolbox import Failure
from .toolcalls import BadArguments
from .transcript import calls_after
from .turn import ENDS, TurnContext
from .wording import title_of

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from .planner.model import EmbeddedPlanner

REPAIRS = 2
STOPPED_BY_GATE = {"not-asked", "other-budget", "other-currency", "no-budget"}


@dataclass
class Exchange:
    """The part of a thread that belongs to the running turn."""

    human: HumanMessage
    after: list[BaseMessage]

    @classmethod
    def of(cls, messages: Sequence[BaseMessage]) -> Exchange:
        """Return the last message of the merchant and what followed."""
        last = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
        human = messages[last]
        assert isinstance(human, HumanMessage)
        return cls(human, list(messages[last + 1 :]))


class Conduct(AgentMiddleware[Any, Any, Any]):
    """Who answers, within which bounds."""

    def __init__(self, workspace: Workspace, brain: Brain, planner: EmbeddedPlanner) -> None:
        super().__init__()
        self.workspace, self.brain, self.planner = workspace, brain, planner

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]) -> ModelResponse[Any]:
        """Ask the brain; the planner when there is no model, when the merchant edited a field, or when the model failed."""
        context: TurnContext = request.runtime.context
        message: AIMessage | None = None
        if self.brain.model is not None and not context.planner_only and not context.patches:
            try:
                message = self.ask_model(request, handler, context)
            except BrainFailed as failed:
                context.planner_only = True
                context.say(notice(failed.fault))
                note(self.workspace.path, f"model {self.brain.name.en}", f"{failed.fault.code} {failed.fault.detail}")
        if message is None:
            message = answer_in(handler(request.override(model=self.planner)))
        return ModelResponse(result=[self.sealed(message, request.messages, context)])

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Any]) -> Any:
        """Run a tool; a call that did not succeed becomes a message with its record."""
        try:
            return handler(request)
        except Failure as failure:
            return ToolMessage(
                content=failure.content,
                name=request.tool_call["name"],
                tool_call_id=request.tool_call["id"],
                status="error",
                artifact=failure.record.model_dump(mode="json"),
            )

    def ask_model(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]], context: TurnContext
    ) -> AIMessage:
        """Return a model's message that has passed gates and guard; raises `BrainFailed` when there is none to be had."""
        exchange = Exchange.of(request.messages)
        asked = [
            (call["name"], canonical(call["args"]))
            for message in exchange.after
            if isinstance(message, AIMessage)
            for call in message.tool_calls
        ]
        settings = self.workspace.settings
        plan = self.workspace.records.current(context.thread)
        system = SystemMessage(instructions(self.workspace, context, plan))
        correction: list[BaseMessage] = []
        ENDS.set(context.begun + context.seconds)
        size = 1
        for _ in range(REPAIRS + 1):
            if context.left <= 0:
                raise BrainFailed(Fault("turn-over"))
            if context.model_calls >= settings.model_calls:
                raise BrainFailed(Fault("looping"))
            context.model_calls += 1
            messages = seen(request.messages, size) + correction
            try:
                message = answer_in(handler(request.override(model=self.brain.model, messages=messages, system_message=system)))  # type: ignore[arg-type]
            except BadArguments as bad:
                correction = [*correction, HumanMessage(f"[Adwright] {bad}")]
                continue
            except BrainFailed as failed:
                if failed.fault.code == "too-long" and size == 1:
                    size = 4
                    continue
                raise
            if not message.tool_calls:
                wrong = self.unfounded(message.text, exchange, context, plan)
                if not wrong:
                    return AIMessage(content=without_remote_pictures(message.text), response_metadata=message.response_metadata)
                correction = [
                    *correction,
                    message,
                    HumanMessage(
                        f"[Adwright] These figures have no source: {', '.join(wrong)}. Rewrite the answer with figures from the tool results only."
                    ),
                ]
                if len(correction) > 2:
                    raise BrainFailed(Fault("unfounded"))
                continue
            passed, refused = self.gate(message, context, plan, asked)
            if passed:
                if len(asked) + len(passed) > settings.tool_calls:
                    raise BrainFailed(Fault("looping"))
                return AIMessage(content="", tool_calls=passed, response_metadata=message.response_metadata)
            correction = [*correction, message, *refused]
        raise BrainFailed(Fault("bad-calls"))

    def gate(
        self, message: AIMessage, context: TurnContext, plan: CampaignPlan | None, asked: list[tuple[str, str]]
    ) -> tuple[list[Any], list[ToolMessage]]:
        """Return the calls that may run now, and a message for each that may not; raises `BrainFailed` for a repetition."""
        known = [tool.name for tool in self.tools_known]
        passed: list[Any] = []
        refused: list[ToolMessage] = []
        for call in message.tool_calls:
            if (call["name"], canonical(call["args"])) in asked:
                raise BrainFailed(Fault("looping"))
            made = [name for name, _ in asked] + [item["name"] for item in passed]
            refusal = check_call(call["name"], call["args"], context, plan, known, made)
            if refusal is None:
                passed.append(call)
                continue
            refused.append(ToolMessage(content=refusal.message, name=call["name"], tool_call_id=call["id"], status="error"))
            note(self.workspace.path, "gate", f"{refusal.code} {call['name']}")
            if refusal.code in STOPPED_BY_GATE:
                context.say(held_back(call["name"]))
        return passed, refused

    tools_known: Sequence[BaseTool] = ()

    def unfounded(self, text: str, exchange: Exchange, context: TurnContext, plan: CampaignPlan | None) -> list[str]:
        """Return the figures of an answer that no tool result of this turn, plan or word of the merchant holds."""
        current = self.workspace.records.current(context.thread) or plan
        told = [
            [call.finding and call.finding.model_dump(), call.artifact and call.artifact.data, call.args]
            for call in calls_after(exchange.after)
        ]
        contents = [message.text for message in exchange.after if isinstance(message, ToolMessage)]
        figures: Any = current.as_dict() if current else {}
        for bulky in ("days",):
            figures.get("forecast", {}).pop(bulky, None)
        known = values_in(list(context.words), contents, told, figures)
        return [item.written for item in unknown_figures(text, known)]

    def sealed(self, message: AIMessage, messages: Sequence[BaseMessage], context: TurnContext) -> AIMessage:
        """Return the message as it is stored: unique call ids, notices, follow-ups, the time it took."""
        done = sum(isinstance(item, ToolMessage) for item in messages)
        calls = [{**call, "id": f"call_{done + i}_{call['name']}"} for i, call in enumerate(message.tool_calls)]
        kept: dict[str, Any] = {"seconds": round(time.monotonic() - context.begun, 2)}
        if "answer" in message.additional_kwargs:
            kept["answer"] = message.additional_kwargs["answer"]
        elif not calls:
            exchange = Exchange.of(messages)
            told = Told(context.said, context.reading, calls_after(exchange.after), context.thread, context.patches)
            kept["answer"] = self.planner.compose(told).model_copy(update={"text": ""}).model_dump(mode="json")
        if context.notices:
            kept["notices"] = [item.model_dump() for item in context.notices]
            context.notices.clear()
        return AIMessage(content=message.text, tool_calls=calls, additional_kwargs=kept, response_metadata=message.response_metadata)


def answer_in(response: Any) -> AIMessage:
    """Return the AIMessage of a model response."""
    message = response if isinstance(response, AIMessage) else response.result[0]
    assert isinstance(message, AIMessage)
    return message


def held_back(tool: str) -> Words:
    """Return what the merchant is told when a gate stopped a model."""
    title = title_of(tool)
    return both(
        f"模型想执行「{title.zh}」，与您说的不一致，已拦下。",
        f'The model wanted to run "{title.en}" in a way you did not ask for; it was stopped.',
    )


def build_graph(
    workspace: Workspace, brain: Brain, planner: EmbeddedPlanner, tools: Sequence[BaseTool], outward: Sequence[str], checkpointer: Any
) -> Any:
    """Return the compiled agent; `outward` tools wait for approval."""
    conduct = Conduct(workspace, brain, planner)
    conduct.tools_known = tools
    approval: Any = {name: {"allowed_decisions": ["approve", "edit", "reject"]} for name in outward}
    limit = workspace.settings.tool_calls
    middleware: list[Any] = [
        HumanInTheLoopMiddleware(approval, edit_notice=None),
        conduct,
        ModelCallLimitMiddleware(run_limit=limit + 2, exit_behavior="end"),
        ToolCallLimitMiddleware(run_limit=limit, exit_behavior="continue"),
    ]
    return create_agent(planner, list(tools), middleware=middleware, context_schema=TurnContext, checkpointer=checkpointer)


def compose_with(workspace: Workspace) -> Callable[[Told], Answer]:
    """Return the planner's way to compose answers for this shop."""
    from .answers import compose

    return lambda told: compose(workspace, told)
