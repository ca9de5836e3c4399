"""De-duplication: of several tools with one name, the most general is kept (CRAFT, stage 5).

Tools are grouped; of those in a group whose heads are the same, the first stays; among what is left of it a chooser
picks one, from at most five at a time. This is done within each epoch, then over what the epochs left together.
Kept tools stand where their group began. Every step that drops or decides is a `Decision`, and a chooser that is given
the recorded decisions makes them again.

The released code groups by name alone (its argument count is always 1), and its names hold the imports before the
function. Of more than five candidates it returns a place in a shortlist and reads it as one in the whole list; here
winners of the fives meet until one is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from windward.feedback.fences import fence_rule, fenced, nonce
from windward.feedback.thinking import after_thinking
from windward.models import Message, Model, Parser, Sampling, ask
from windward.toolsets.facts import Facts, read_facts
from windward.toolsets.records import Tool

Key = Literal["name and count", "name", "released name"]
"""What makes tools alike: name and argument count (the paper), name (its code), or name as that code read it."""
Rule = Literal["identical head", "chosen", "unread", "no function"]
"""Why a tool was kept.

* `identical head`: it is the first of the candidates, whose heads are the same.
* `chosen`: the chooser picked it as the most general of the candidates.
* `unread`: the chooser said nothing that could be read; it is the first of them.
* `no function`: its text holds none, so that it is like no other; validation is what removes it.
"""
CHUNK = 5
"""Candidates that a chooser sees at once, at most."""
LAST_STEP = "all"
"""Name of the step over what the epochs left; those before it are `epoch 0`, `epoch 1`, …."""
PROMPT_VERSION = "1"


@dataclass(frozen=True)
class Choice:
    """What a chooser says of its candidates.

    Attributes:
        index: of the candidate it keeps.
        why: in words.
        read: False where nothing could be read, so that `index` is a fallback.
    """

    index: int
    why: str
    read: bool = True


class Chooser(Protocol):
    """Who picks the most general of two to five tools."""

    async def choose(self, candidates: Sequence[Tool]) -> Choice:
        """The one that is to be kept."""
        ...


@dataclass(frozen=True)
class Decision:
    """One step that dropped tools, or would not.

    Attributes:
        step: `epoch 0`, …, `all`.
        group: what the candidates have in common: their name, with the argument count where that is in the key.
        rule: why one was kept.
        candidates: ids, in the order in which they were shown.
        kept: id of the one that stays.
        why: in words.
    """

    step: str
    group: str
    rule: Rule
    candidates: tuple[str, ...]
    kept: str
    why: str


@dataclass(frozen=True)
class Deduplicated:
    """What one step left, in order, and what it decided."""

    tools: tuple[Tool, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class DeduplicatedEpochs:
    """What each epoch's step left, and the last step over them together."""

    epochs: tuple[Deduplicated, ...]
    whole: Deduplicated

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions of all steps, in order."""
        return tuple(decision for step in (*self.epochs, self.whole) for decision in step.decisions)


class DedupError(ValueError):
    """De-duplication cannot go on; the message says what to do."""


async def dedup_epochs(
    epochs: Sequence[Sequence[Tool]], chooser: Chooser, *, key: Key = "name and count"
) -> DeduplicatedEpochs:
    """De-duplicates the valid tools of each epoch, then those that are left of all.

    Raises:
        DedupError: as `dedup`.
        ModelError: the chooser's model failed for good.
    """
    done = [
        await dedup(tools, chooser, key=key, step=f"epoch {number}") for number, tools in enumerate(epochs)
    ]
    left = [tool for one in done for tool in one.tools]
    return DeduplicatedEpochs(tuple(done), await dedup(left, chooser, key=key, step=LAST_STEP))


async def dedup(
    tools: Sequence[Tool], chooser: Chooser, *, key: Key = "name and count", step: str = LAST_STEP
) -> Deduplicated:
    """Keeps one tool of each group.

    Raises:
        DedupError: two tools have one id, the key is unknown, or the chooser names no candidate (a recorded one: there
            is no record of this choice).
        ModelError: the chooser's model failed for good.
    """
    if len({tool.id for tool in tools}) < len(tools):
        raise DedupError("two tools have the same id: number them first")
    groups: dict[str, list[tuple[Tool, Facts]]] = {}
    for tool in tools:
        facts = read_facts(tool.code)
        group = f"no function: {tool.id}" if facts.problem else group_name(facts, key)
        groups.setdefault(group, []).append((tool, facts))
    kept: list[Tool] = []
    decisions: list[Decision] = []
    for group, members in groups.items():
        tool, made = await _most_general(members, chooser, step, group)
        kept.append(tool)
        decisions += made
    return Deduplicated(tuple(kept), tuple(decisions))


def group_name(facts: Facts, key: Key) -> str:
    """What tools that are compared with each other have in common.

    Raises:
        DedupError: there is no such key.
    """
    if key == "name and count":
        return f"{facts.name}/{facts.arguments}"
    if key == "name":
        return facts.name
    if key == "released name":
        return facts.released_name
    raise DedupError(f"no key {key!r}: use one of {', '.join(get_args(Key))}")


async def _most_general(
    members: Sequence[tuple[Tool, Facts]], chooser: Chooser, step: str, group: str
) -> tuple[Tool, list[Decision]]:
    decisions: list[Decision] = []
    if problem := members[0][1].problem:
        tool = members[0][0]
        return tool, [Decision(step, group, "no function", (tool.id,), tool.id, problem)]
    heads: dict[str, list[Tool]] = {}
    for tool, facts in members:
        heads.setdefault(facts.head, []).append(tool)
    for head, alike in heads.items():
        if len(alike) > 1:
            ids = tuple(tool.id for tool in alike)
            decisions.append(Decision(step, group, "identical head", ids, ids[0], f"each is {head}"))
    left = [alike[0] for alike in heads.values()]
    while len(left) > 1:
        winners = []
        for start in range(0, len(left), CHUNK):
            chunk = left[start : start + CHUNK]
            if len(chunk) == 1:
                winners += chunk
                continue
            ids = tuple(tool.id for tool in chunk)
            choice = await chooser.choose(chunk)
            if not 0 <= choice.index < len(chunk):
                raise DedupError(
                    f"the chooser keeps candidate {choice.index} of {len(chunk)} (counted from 0)"
                )
            rule: Rule = "chosen" if choice.read else "unread"
            decisions.append(Decision(step, group, rule, ids, ids[choice.index], choice.why))
            winners.append(chunk[choice.index])
        left = winners
    return left[0], decisions


class RecordedChooser:
    """Makes the choices again that are on record."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        """Takes the record; only what a chooser said is used of it.

        Raises:
            DedupError: of the same candidates one decision keeps another tool than the other, or one that is no
                candidate.
        """
        self._choices: dict[tuple[str, ...], Choice] = {}
        for decision in decisions:
            if decision.rule not in ("chosen", "unread"):
                continue
            names = ", ".join(decision.candidates)
            if decision.kept not in decision.candidates:
                raise DedupError(f"the record keeps {decision.kept}, which is none of {names}")
            index = decision.candidates.index(decision.kept)
            choice = Choice(index, decision.why, read=decision.rule == "chosen")
            known = self._choices.setdefault(decision.candidates, choice)
            if known.index != index:
                raise DedupError(f"of {names} the record keeps two different tools")

    async def choose(self, candidates: Sequence[Tool]) -> Choice:
        """The recorded choice.

        Raises:
            DedupError: there is none among these candidates in this order.
        """
        ids = tuple(tool.id for tool in candidates)
        if ids not in self._choices:
            raise DedupError(
                f"no choice among {', '.join(ids)} is on record: these are other tools, or another key, than recorded"
            )
        return self._choices[ids]


class ModelChooser:
    """Asks a model which tool is the most general.

    Tools are shown between fences that none of them can know, and numbered from 1. Read is a last line `KEEP: 2`, of
    one number that was shown; after `tries` replies without it the first tool is kept, and the decision says so.
    """

    def __init__(self, model: Model, sampling: Sampling | None = None, *, tries: int = 3) -> None:
        self._model = model
        self._sampling = sampling or Sampling()
        self._tries = tries

    async def choose(self, candidates: Sequence[Tool]) -> Choice:
        """What the model says.

        Raises:
            ModelError: the model failed for good.
        """
        count = len(candidates)
        parser = Parser(f"most general of {count}", PROMPT_VERSION, lambda text: read_choice(text, count))
        said = await ask(self._model, choice_messages(candidates), self._sampling, parser, tries=self._tries)
        if said.value is None:
            return Choice(
                0, f"no readable choice in {len(said.replies)} replies; the first stays", read=False
            )
        reasons = said.replies[-1].text.strip().encode("utf-8", "backslashreplace").decode()
        return Choice(said.value, f"{self._model.name}: {reasons}")


def choice_messages(candidates: Sequence[Tool]) -> list[Message]:
    """What a model is asked of two to five tools."""
    texts = [tool.code for tool in candidates]
    mark = nonce(texts)
    system = (
        "You look after a library of Python functions. Several entries share a name, and only one may stay: the one "
        "that solves the widest range of problems. It takes as arguments what the others fix inside, it assumes the "
        "least about its input, and it does what its docstring says. If none is wider than the rest, keep the one that "
        f"is easiest to call correctly.\n\n{fence_rule(mark)}"
    )
    shown = [fenced(f"function {number}", text, mark) for number, text in enumerate(texts, 1)]
    form = (
        f"Compare the {len(texts)} functions in a few sentences. Then write, as the last line and with nothing after "
        f"it, KEEP: and the number of one function, 1 to {len(texts)}."
    )
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": "\n\n".join([*shown, form])},
    ]


_KEEP = re.compile(r"[ \t*`]*KEEP:[ \t*`]*([0-9]{1,3})[ \t*`.]*", re.IGNORECASE)


def read_choice(text: str, count: int) -> int | None:
    """The index (from 0) that the last line keeps; None if it keeps none, one not shown, or lines above keep another."""
    said = after_thinking(text)
    if said is None:
        return None
    lines = [line for line in said.splitlines() if line.strip()]
    found = [int(match[1]) for line in lines if (match := _KEEP.fullmatch(line))]
    if not lines or not _KEEP.fullmatch(lines[-1]) or len(set(found)) != 1 or not 1 <= found[0] <= count:
        return None
    return found[0] - 1
