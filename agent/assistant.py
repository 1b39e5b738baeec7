"""`Assistant`: the one way in for the page, the command line and Python.

A turn is a stream of typed events; everything it needs to be shown again is in the thread's stored messages. A message counts as
taken once its `understand` step is done: from then on it survives a kill. Heavy libraries load inside the first turn, or ahead
of it with `warm`. What a turn does is decided in `graph`; nothing is decided here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..data.brief import Brief
from ..data.errors import AdwrightError
from ..data.patch import PATCH, Patch
from ..data.plan import CampaignPlan
from ..data.words import Language, Words, both
from .events import Done, Event, Failed, Notice, StepDone, StepStarted, TextDelta, Turn
from .messages import as_failed, named, pieces, readable, title_of, unfit
from .planner.normalise import language_of
from .reply import Reply
from .turn import TurnContext
from .wording import phrase

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from ..tools import Tool
    from .planner.reading import Understanding

UNDERSTAND = both("读懂需求", "Understand the request")
CONTEXT_TURNS = 12
TRANSIENT = "understand"


class Assistant:
    """The campaign copilot of one shop.

    `model` is ``planner`` (built in, offline), a model name at the configured endpoint, ``local:/path``, a LangChain chat model, or
    None for what the workspace's settings say. `today` fixes the day for relative dates; None is the shop's own day.

    Example:
        >>> assistant = Assistant(Workspace.demo("shop"))  # doctest: +SKIP
        >>> assistant.chat("给跑鞋做一个5万元的投放计划，两周").plan.total  # doctest: +SKIP
        Money(¥50,000.00)
    """

    def __init__(
        self, workspace: Workspace, model: Any = "planner", today: date | None = None, *, tools: Iterable[Tool] | None = None
    ) -> None:
        self.workspace = workspace
        self.model = model
        self.today = today
        self._tools = None if tools is None else list(tools)
        self._loading = threading.Lock()
        self._built: Any = None
        self._busy: dict[str, threading.Lock] = {}
        self._down = False

    # Understanding

    def understand(
        self, text: str, context: Sequence[str] = (), today: date | None = None, plan: CampaignPlan | None = None
    ) -> Understanding:
        """Read a message: which tools, which slots, what to do, what is missing. `context` holds the user's earlier turns."""
        from .planner.understand import understand
        from .shelf import catalogue_of

        return understand(text, context=tuple(context), today=today or self.day(), catalogue=catalogue_of(self.workspace), plan=plan)

    def day(self) -> date:
        """Return today in the shop's zone."""
        return self.today or datetime.now(self.workspace.zone).date()

    # A turn

    def stream(self, text: str, thread: str = "default", files: Sequence[str | Path] = (), box: str | None = None) -> Iterator[Event]:
        """Answer a message; yields events in order, ending with `Done`, `ApprovalNeeded` or `Failed`.

        `files` are product photos (PNG, JPEG, WebP) and music, used by pictures and films of this thread from now on; one that
        cannot be taken ends in `Failed` with its reason. A photo may come without words. `box` marks the product on the photo given,
        else on the one before: ``"x,y,width,height"`` in px, or in per cent of the photo.
        """
        text = readable(text)
        if (files or box) and not text.strip():
            text = phrase("photo" if files else "marked", self.language(thread))
        problem = unfit(text)
        if problem is not None:
            return iter([as_failed(problem)])
        return self._guarded(thread, language_of(text), lambda: self._typed(text, thread, files, box))

    def edit(self, thread: str, patches: Sequence[Patch]) -> Iterator[Event]:
        """Apply edits made on the page to the plan in force; always by the planner, whatever the brain."""
        language = self.language(thread)
        said = ("；" if language == "zh" else "; ").join(named(patch, language) for patch in patches)
        return self._guarded(thread, language, lambda: self._turn(said, thread, list(patches)))

    def decide(
        self,
        thread: str,
        decision: Literal["approve", "reject", "edit"],
        args: dict[str, Any] | None = None,
        note: str = "",
        approval: str | None = None,
    ) -> Iterator[Event]:
        """Answer an open approval and let the turn go on; `args` replace the call's for ``edit``, `note` goes with ``reject``.

        `approval` is the id of the question that was answered; an answer to an older one ends in ``stale-approval``.
        """
        return self._guarded(thread, self.language(thread), lambda: self._decision(thread, decision, args, note, approval))

    def chat(self, text: str, thread: str = "default", files: Sequence[str | Path] = (), box: str | None = None) -> Reply:
        """Answer a message and return the finished turn; `files` and `box` as in `stream`."""
        return self.collect(self.stream(text, thread, files, box), thread)

    def collect(self, events: Iterable[Event], thread: str = "default") -> Reply:
        """Run a stream to its end and return it as a `Reply`."""
        last: Event | None = None
        for event in events:
            last = event
        if isinstance(last, Failed):
            language = self.language(thread)
            return Reply(text=AdwrightError(last.message, last.hint).tell(language), behaviour="ask", failed=last.code)
        turns = self.history(thread)
        turn = turns[-1] if turns else Turn(said="")
        text = turn.text or (turn.approval.detail.pick(self.language(thread)) if turn.approval else "")
        return Reply(
            text=text,
            plan=self.workspace.records.current(thread),
            artifacts=[call.artifact for call in turn.calls if call.artifact is not None],
            tool_calls=turn.calls,
            behaviour="ask" if turn.approval else turn.behaviour,
            suggestions=turn.suggestions,
            options=turn.options,
            notices=turn.notices,
            approval=turn.approval,
        )

    def plan(self, text_or_brief: str | Brief) -> CampaignPlan:
        """Make a plan without a conversation; it is saved but belongs to no thread.

        Raises `AdwrightError` when something is missing (``missing-product``, ``missing-budget``), cannot be (as `make_plan`
        does), or is no request for a plan (``not-a-plan``).
        """
        from .outright import plan_outright

        return plan_outright(self, text_or_brief)

    # Threads

    def threads(self) -> list[Any]:
        """Return the conversations (thread, title, updated), the latest first."""
        return self.workspace.records.threads()

    def history(self, thread: str = "default") -> list[Turn]:
        """Return the turns of a thread, from its stored state alone."""
        from .transcript import history

        state = self._state(thread)
        messages = state.values.get("messages", [])
        return history(messages, True, self.workspace.records.current(thread), self._cost()) if state.interrupts else history(messages)

    def delete(self, thread: str) -> None:
        """Forget a conversation; its plans stay."""
        self._agent().checkpointer.delete_thread(thread)
        self.workspace.records.delete_thread(thread)

    def language(self, thread: str = "default") -> Language:
        """Return the language of the last message of a thread."""
        said = self._said(thread)
        return language_of(said[-1]) if said else "zh"  # type: ignore[return-value]

    def badge(self) -> Words:
        """Return the name of the brain in use; the planner's while a model is not answering."""
        from .brains import PLANNER

        return PLANNER.name if self._down else self._brain().name

    # Inside

    def warm(self) -> threading.Thread:
        """Load and fit what a turn needs in a thread of its own, so that the first message does not wait."""

        def load() -> None:
            from ..tools import prepare

            try:
                self._agent()
                self.understand("预热")
                prepare(self.workspace)
            except Exception as error:
                from .journal import note_defect

                note_defect(self.workspace.path, "warm", error)

        thread = threading.Thread(target=load, name="adwright-warm", daemon=True)
        thread.start()
        return thread

    def _brain(self) -> Any:
        from .brains import choose

        with self._loading:
            if not hasattr(self, "_chosen"):
                self._chosen = choose(self.model, self.workspace.settings)
        return self._chosen

    def _agent(self) -> Any:
        brain = self._brain()
        with self._loading:
            if self._built is None:
                self._built = self._build(brain)
        return self._built

    def _build(self, brain: Any) -> Any:
        import os

        # A tracing variable meant for another program must not send this shop's words anywhere.
        os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"
        from ..tools import TOOLS, load
        from .graph import build_graph, compose_with
        from .planner.model import EmbeddedPlanner
        from .threads import open_threads
        from .toolbox import toolbox

        planner = EmbeddedPlanner(compose=compose_with(self.workspace), read=self.understand, currency=self.workspace.currency)
        chosen = self._tools if self._tools is not None else [load(name) for name in TOOLS]
        # A scene that nobody outside is asked for needs no yes.
        outward = [tool.spec.name for tool in chosen if tool.spec.outward and (tool.spec.name != "paint_scene" or self._cost())]
        return build_graph(self.workspace, brain, planner, toolbox(self.workspace, chosen), outward, open_threads(self.workspace.path))

    def _cost(self) -> Words | None:
        from ..tools.creative.paint_scene import cost_of_scene

        return cost_of_scene(self.workspace.settings)

    def _config(self, thread: str) -> Any:
        return {"configurable": {"thread_id": thread}, "recursion_limit": 120}

    def _state(self, thread: str) -> Any:
        return self._agent().get_state(self._config(thread))

    def _said(self, thread: str) -> list[str]:
        from .transcript import said_in

        return said_in(self._state(thread).values.get("messages", []))

    def _context(self, thread: str, said: str, words: Sequence[str], reading: Understanding, patches: bool) -> TurnContext:
        return TurnContext(
            thread=thread,
            said=said,
            words=tuple(words),
            reading=reading,
            language=reading.language,
            today=self.day(),
            currency=self.workspace.currency,
            patches=patches,
            seconds=self.workspace.settings.turn_seconds,
        )

    def _guarded(self, thread: str, language: str, turn: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        """Run a turn alone in its thread; whatever goes wrong ends in `Failed`, never in a traceback."""
        busy = self._busy.setdefault(thread, threading.Lock())
        if not busy.acquire(blocking=False):
            yield as_failed(
                AdwrightError(
                    both("上一条还在处理。", "The message before is still being worked on."),
                    both("请等它完成，或先停止它。", "Wait for it to finish, or stop it first."),
                    code="thread-busy",
                )
            )
            return
        try:
            yield from turn()
        except AdwrightError as error:
            yield as_failed(error)
        except Exception as error:
            from .journal import note_defect

            note_defect(self.workspace.path, "turn", error)
            yield Failed(
                code="internal",
                message=both(
                    "这一轮出了内部问题，已有的计划都没有变动。", "Something inside failed in this turn; your plans are unchanged."
                ),
                hint=both(
                    "请再发一次；详情在工作区的 adwright.log 里。", "Please send it again; details are in the workspace's adwright.log."
                ),
            )
        finally:
            busy.release()

    def _typed(self, text: str, thread: str, files: Sequence[str | Path] = (), box: str | None = None) -> Iterator[Event]:
        """Take a typed line: an answer to the open approval when it plainly is one, else a message."""
        from .consent import consent

        if files or box:
            from .shelf import take_files

            yield from self._turn(text, thread, None, take_files(self.workspace, thread, files, box))
            return
        from .transcript import open_calls

        state = self._state(thread) if consent(text) else None
        open_now = open_calls(state.values["messages"]) if state is not None and state.interrupts else []
        answer = consent(text, open_now[0]["name"]) if open_now else None
        if answer is None:
            yield from self._turn(text, thread, None)
        elif answer == "unclear":
            yield Notice(text=both("请点「批准」，或回复「批准」「取消」。", 'Press the button, or reply "approve" or "cancel".'))
            approval = self.history(thread)[-1].approval
            if approval is not None:
                yield approval
        else:
            yield from self._decision(thread, answer, None, "")

    def _turn(self, text: str, thread: str, patches: list[Patch] | None, given: Sequence[str] = ()) -> Iterator[Event]:
        begun = time.monotonic()
        yield StepStarted(id=TRANSIENT, tool=TRANSIENT, title=UNDERSTAND)
        from langchain_core.messages import HumanMessage

        from .closing import closing_messages
        from .planner.reading import Understanding, with_files
        from .shelf import of_thread
        from .understood import summary_of

        agent, state = self._agent(), self._state(thread)
        messages = state.values.get("messages", [])
        words = self._said(thread)
        plan = self.workspace.records.current(thread)
        if patches is None:
            reading = with_files(self.understand(text, context=words[-CONTEXT_TURNS:], plan=plan), given)
        else:
            language: Any = language_of(words[-1]) if words else "zh"
            reading = Understanding(text=text, language=language, act="edit", tools=["revise_plan"], patches=patches, confidence=1.0)
        kept: dict[str, Any] = {
            "reading": reading.model_dump(mode="json"),
            "thread": thread,
            "plan": plan.id if plan else None,
            "pictures": of_thread(self.workspace, thread).get("set_id"),
            "photo": "photo" in given,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if patches is not None:
            kept["patches"] = [PATCH.dump_python(patch, mode="json") for patch in patches]
        closing = closing_messages(messages, text if state.interrupts else None, self.workspace, thread)
        agent.update_state(self._config(thread), {"messages": [*closing, HumanMessage(text, additional_kwargs=kept)]}, as_node="__start__")
        self.workspace.records.touch_thread(thread, title_of(text))
        finding, artifact = summary_of(reading, self.workspace.currency)
        yield StepDone(
            id=TRANSIENT, tool=TRANSIENT, ok=True, finding=finding, artifact=artifact, seconds=round(time.monotonic() - begun, 2)
        )
        context = self._context(thread, text, [*words, text], reading, patches is not None)
        context.begun = begun
        problem = self._brain().problem
        if problem is not None:
            context.say(problem)
        yield from self._run(None, context)

    def _decision(self, thread: str, decision: str, args: dict[str, Any] | None, note: str, approval: str | None = None) -> Iterator[Event]:
        from langgraph.types import Command

        from .transcript import open_calls, reading_of

        state = self._state(thread)
        if not state.interrupts:
            raise AdwrightError(
                both("这里没有等待确认的操作。", "Nothing is waiting for approval here."),
                both("需要时请再说一次，例如「导出计划」。", 'Ask again when needed, for example "Export the plan".'),
                code="nothing-to-approve",
            )
        if decision not in ("approve", "reject", "edit"):
            raise AdwrightError(
                both(f"不认识的决定：{str(decision)[:40]}。", f"Unknown decision: {str(decision)[:40]}."),
                both("只有 approve、reject、edit。", "There are approve, reject and edit."),
                code="bad-decision",
            )
        open_now = open_calls(state.values["messages"])
        if approval is not None and approval not in {call["id"] for call in open_now}:
            raise AdwrightError(
                both("这个确认已经过期，没有执行。", "This question is out of date; nothing was done."),
                both("请看最新的确认再决定。", "Decide on the newest question."),
                code="stale-approval",
            )
        requests = state.interrupts[0].value["action_requests"]
        answers = []
        for request in requests:
            if decision == "edit":
                action = {"name": request["name"], "args": {**request["args"], **(args or {})}}
                answers.append({"type": "edit", "edited_action": action})
            elif decision == "reject":
                answers.append({"type": "reject"} | ({"message": note} if note else {}))
            else:
                answers.append({"type": "approve"})
            self.workspace.records.record_approval(
                thread, request["name"], args if decision == "edit" and args else request["args"], decision
            )
        human = [message for message in state.values["messages"] if message.type == "human"][-1]
        reading = reading_of(human) or self.understand(human.text)
        context = self._context(thread, human.text, self._said(thread), reading, bool(human.additional_kwargs.get("patches")))
        yield from self._run(Command(resume={"decisions": answers}), context)

    def _run(self, given: Any, context: TurnContext) -> Iterator[Event]:
        from .relay import relay

        agent, config = self._agent(), self._config(context.thread)
        events = agent.stream(given, config, context=context, stream_mode=["updates", "custom"], durability="sync")
        try:
            for event in relay(events):
                if isinstance(event, Notice):
                    self._down = context.planner_only
                yield event
        finally:
            # The watcher may leave in the middle; a running tool then stops at its next note.
            context.stop.set()
            events.close()
        self._down = context.planner_only and self._brain().model is not None
        turn = self.history(context.thread)[-1]
        if turn.approval is not None:
            yield turn.approval
            return
        for piece in pieces(turn.text):
            yield TextDelta(text=piece)
        yield Done(
            text=turn.text,
            behaviour=turn.behaviour,
            plan_id=turn.plan_id,
            version=turn.version,
            suggestions=turn.suggestions,
            options=turn.options,
            seconds=round(time.monotonic() - context.begun, 2),
        )
        self._agent().checkpointer.keep_latest(context.thread)
