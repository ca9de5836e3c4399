"""An agent with tools: its actions run in an interpreter, in any of the three spaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from windward.agents.actions import Action
from windward.agents.blocks import closed
from windward.agents.calls import as_python
from windward.agents.describing import Space, Tools
from windward.agents.limits import AgentLimits
from windward.agents.loop import Exchange, converse
from windward.agents.spaces import STOP, read_action
from windward.agents.steps import Episode, Step
from windward.interpreter import Interpreter, Limits, Observation
from windward.models import Message, Model, Reply, Sampling

CELL_LIMITS = Limits(seconds=30, memory_mb=1_024, processes=16)
"""What the code of one action may use."""
SHOWN_CHARS = 4_000
"""An observation is cut in the middle to so many characters in what the model is told."""

SILENT = "(It ran and showed nothing.)"
REJECTED = "That is not the right answer. Look again, and hand in another one."
LAST = "This is your last turn: hand in an answer."
_NO_ACTION = (
    "Nothing was done: your message holds no action. Put {what} between <execute> and </execute>, or your answer "
    "between <solution> and </solution>."
)
_WHAT: dict[Space, str] = {"code": "Python", "json": "a JSON object", "text": "a line that names a tool"}

Judge = Callable[[str], bool]
"""Whether an answer is right."""


class Watcher(Protocol):
    """Hears of an episode while it goes on."""

    def running(self, code: str) -> None:
        """Python is about to be run."""

    def stepped(self, step: Step) -> None:
        """A turn is over."""


async def run_agent(
    model: Model,
    opening: Sequence[Message],
    *,
    session: Interpreter,
    space: Space = "code",
    tools: Tools | None = None,
    judge: Judge | None = None,
    talk: bool = False,
    limits: AgentLimits | None = None,
    sampling: Sampling | None = None,
    watch: Watcher | None = None,
) -> Episode:
    """Lets a model work with tools until it answers (CodeAct, paper §2).

    What goes wrong is shown to the model as what it is, a traceback or the name of a tool that is not there, and the
    episode goes on: repairing it is the model's affair.

    Args:
        model: the policy.
        opening: the messages before the first turn (`task_opening`, `talk_opening` and the history).
        session: where actions run; it was opened with the same `tools` and outlives the episode.
        space: how actions are written.
        tools: host functions by name.
        judge: says whether an answer is right; a wrong one is told so and the episode goes on. Without it, the first
            answer is taken.
        talk: whether a reply without an action is a message to the user, which ends the episode.
        limits: what the episode may use.
        sampling: greedy with 512 new tokens by default; the space's stop strings are added.
        watch: hears of it while it goes on.

    Raises:
        ModelError: a call failed for good.
        InterpreterError: the interpreter itself cannot go on.
    """
    limits, drawn = limits or AgentLimits(), sampling or Sampling()
    drawn = Sampling(**drawn.as_dict() | {"stop": tuple(dict.fromkeys([*drawn.stop, *STOP]))})
    actor = _Actor(session, space, tools or {}, judge, talk, limits.turns, watch)
    ending = await converse(model, opening, actor.act, limits=limits, sampling=drawn)
    return Episode(tuple(opening), tuple(actor.steps), ending.reason, ending.error, ending.usage)


class _Actor:
    """The environment of one episode."""

    def __init__(
        self,
        session: Interpreter,
        space: Space,
        tools: Tools,
        judge: Judge | None,
        talk: bool,
        turns: int,
        watch: Watcher | None,
    ) -> None:
        self.steps: list[Step] = []
        self._session, self._space, self._tools = session, space, tools
        self._judge, self._talk, self._turns, self._watch = judge, talk, turns, watch

    async def act(self, reply: Reply) -> Exchange:
        """Does what a reply asks for."""
        action = read_action(reply.text, self._space, self._tools, words=not self._talk)
        step = await self._step(action, reply)
        self.steps.append(step)
        if self._watch is not None:
            self._watch.stepped(step)
        return Exchange(closed(reply.text), step.told)

    async def _step(self, action: Action, reply: Reply) -> Step:
        text, written = reply.text, reply.usage.completion_tokens
        if action.answer is not None:
            accepted = self._judge is None or self._judge(action.answer)
            told = None if accepted else self._told(REJECTED)
            return Step(
                text, "answer", action.answer, "", accepted=accepted, told=told, completion_tokens=written
            )
        if action.kind == "none":
            if self._talk:
                return Step(text, "none", completion_tokens=written)
            said = _NO_ACTION.format(what=_WHAT[self._space])
            return Step(text, "none", "", said, told=self._told(said), completion_tokens=written)
        code, refusal = self._code(action)
        shown, status, images = refusal, "refused", tuple[str, ...]()
        if not refusal:
            if self._watch is not None:
                self._watch.running(code)
            seen = await self._session.arun(code)
            shown, status, images = observed(seen), seen.status, seen.images
        if action.ignored:
            shown = f"{shown}\n(Only the first of {action.ignored + 1} calls was made.)"
        return Step(
            text,
            "call" if action.call is not None else "code",
            code,
            shown,
            status,
            images,
            told=self._told(f"Observation:\n{shown}"),
            completion_tokens=written,
        )

    def _code(self, action: Action) -> tuple[str, str]:
        """The Python that does an action, or why there is none."""
        call = action.call
        if call is None:
            return action.code or "", ""
        if call.tool not in self._tools:
            return "", f"There is no tool {call.tool[:80]!r}. The tools are: {', '.join(self._tools)}."
        try:
            return f"print({as_python(call)})", ""
        except ValueError as error:
            return "", f"The call could not be made: {error}."

    def _told(self, text: str) -> str:
        if self._talk:
            return text
        left = self._turns - len(self.steps) - 1
        return f"{text}\nTurns left: {left}.{f' {LAST}' if left == 1 else ''}"


def observed(seen: Observation) -> str:
    """What the model is told of a run: its text, the figures that it drew, the middle cut out where it is long."""
    text = seen.text.strip("\n")
    if seen.images:
        text = f"{text}\n(Figures were drawn: {', '.join(seen.images)})".lstrip("\n")
    if len(text) <= SHOWN_CHARS:
        return text or SILENT
    half = SHOWN_CHARS // 2
    return f"{text[:half]}\n… {len(text) - SHOWN_CHARS} characters are not shown …\n{text[-half:]}"
