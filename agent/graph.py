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
from .endpoint import WINDOW
from .faults import BrainFailed, Fault, classify, notice
from .gates import Refusal, canonical, check_call
from .guard import Verdict, judge
from .journal import note
from .known import known_to
from .mending import REPLACED, RULE, mended, own_sentences
from .sight import instructions, repeats, seen, without_remote_pictures
from .toolbox import Failure
from .toolcalls import BadArguments, bound
from .transcript import calls_after
from .trimming import cost, fitting_tools, tokens
from .turn import ENDS, TurnContext
from .wire import THOUGHT, as_json
from .wording import title_of, told_to_models

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from .planner.model import EmbeddedPlanner

REPAIRS = 2
REPLY_TOKENS = 1200
# Most of the window, in percent, that descriptions of tools may take.
TOOLS_SHARE = 60
CUT = both("模型的回答太长，末尾没有写完的部分已略去。", "The model's answer was too long; its unfinished end was left out.")
STOPPED_BY_GATE = {"not-asked", "other-budget", "other-currency", "no-budget", "other-product", "other-channels", "other-edit"}
# What the planner answers by itself, in fixed words, whatever brain is in use.
ANSWERED_BY_RULE = {"attack", "harm"}


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
        self.window = workspace.settings.context_tokens or getattr(brain.model, "window", WINDOW)

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]) -> ModelResponse[Any]:
        """Ask the brain; the planner when there is no model, when the merchant edited a field, or when the model failed."""
        context: TurnContext = request.runtime.context
        message: AIMessage | None = None
        by_rule = context.planner_only or context.patches or context.reading.act in ANSWERED_BY_RULE
        if self.brain.model is not None and not by_rule:
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
        bindings = fitting_tools(
            bound(request.tools, told_to_models(context.language)),
            [*context.reading.tools, *context.reading.calls],
            self.window * TOOLS_SHARE // 100,
        )
        room = self.window - REPLY_TOKENS - cost([system]) - tokens(as_json(bindings))
        shrunk = repaired = False
        for _ in range(REPAIRS + 1):
            if context.left <= 0:
                raise BrainFailed(Fault("turn-over"))
            if context.model_calls >= settings.model_calls:
                raise BrainFailed(Fault("looping"))
            context.model_calls += 1
            messages = seen(request.messages, room) + correction
            changed = request.override(model=self.brain.model, messages=messages, system_message=system, tools=bindings)  # type: ignore[arg-type]
            try:
                message = answer_in(handler(changed))
            except BadArguments as bad:
                correction = [*correction, HumanMessage(f"[Adwright] {bad}")]
                continue
            except BrainFailed as failed:
                if failed.fault.code == "too-long" and not shrunk:
                    room, shrunk = min(room, cost(messages)) // 4, True
                    continue
                raise
            except Exception as error:
                # A chat model that was passed in as it is does not know our faults.
                raise BrainFailed(classify(error)) from error
            if not message.tool_calls and not message.text.strip():
                raise BrainFailed(Fault("empty"))
            if not message.tool_calls:
                if message.response_metadata.get("finish_reason") == "length":
                    context.say(CUT)
                verdicts = self.judged(message.text, exchange, context, plan)
                wrong = [verdict.mention.written for verdict in verdicts if verdict.wrong]
                text = message.text
                if wrong and not repaired:
                    rule = RULE.pick(context.language).format(wrong=", ".join(wrong))
                    correction, repaired = [*correction, message, HumanMessage(rule)], True
                    continue
                if wrong:
                    current = self.workspace.records.current(context.thread) or plan
                    text = mended(text, verdicts, own_sentences(calls_after(exchange.after), current, context.language))
                    if not text:
                        raise BrainFailed(Fault("unfounded"))
                    context.say(REPLACED)
                answer = without_remote_pictures(text)
                if repeats(answer, system.text):
                    raise BrainFailed(Fault("leak"))
                return AIMessage(content=answer, response_metadata=message.response_metadata)
            passed, refused = self.gate(message, context, plan, asked)
            if passed:
                if len(asked) + len(passed) > settings.tool_calls:
                    raise BrainFailed(Fault("looping"))
                thought = {THOUGHT: message.additional_kwargs[THOUGHT]} if THOUGHT in message.additional_kwargs else {}
                return AIMessage(content="", tool_calls=passed, additional_kwargs=thought, response_metadata=message.response_metadata)
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
            if call["name"] in self.outward and len(message.tool_calls) > 1:
                # What was approved has to be what runs: nothing may change the plan between the question and the answer.
                refusal: Refusal | None = Refusal("alone", f"Call {call['name']} alone, after the other calls are done.")
            elif any((call["name"], call["args"]) == (item["name"], item["args"]) for item in passed):
                refusal = Refusal("repeated", "This call was made just now.")
            else:
                refusal = check_call(call["name"], call["args"], context, plan, known, made)
            if refusal is None:
                passed.append(call)
                continue
            refused.append(ToolMessage(content=refusal.message, name=call["name"], tool_call_id=call["id"], status="error"))
            note(self.workspace.path, "gate", f"{refusal.code} {call['name'][:80]!r}")
            if refusal.code in STOPPED_BY_GATE:
                context.say(held_back(call["name"]))
        return passed, refused

    tools_known: Sequence[BaseTool] = ()
    outward: frozenset[str] = frozenset()

    def judged(self, text: str, exchange: Exchange, context: TurnContext, plan: CampaignPlan | None) -> list[Verdict]:
        """Return a verdict on each figure of an answer: is it in a tool result of this turn, the plan or the merchant's words."""
        calls = calls_after(exchange.after)
        current = self.workspace.records.current(context.thread) or plan
        plans = [current] if current else []
        if current and current.parent is not None and any(call.tool == "revise_plan" for call in calls):
            plans.append(self.workspace.records.plan(current.id, current.parent))
        contents = [message.text for message in exchange.after if isinstance(message, ToolMessage)]
        return judge(text, known_to(context.words, calls, plans, contents, context.today))

    def sealed(self, message: AIMessage, messages: Sequence[BaseMessage], context: TurnContext) -> AIMessage:
        """Return the message as it is stored: unique call ids, notices, follow-ups, the time it took."""
        done = sum(isinstance(item, ToolMessage) for item in messages)
        calls = [{**call, "id": f"call_{done + i}_{call['name']}"} for i, call in enumerate(message.tool_calls)]
        kept: dict[str, Any] = {"seconds": round(time.monotonic() - context.begun, 2)}
        if THOUGHT in message.additional_kwargs and calls:
            kept[THOUGHT] = message.additional_kwargs[THOUGHT]
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
    conduct.tools_known, conduct.outward = tools, frozenset(outward)
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
