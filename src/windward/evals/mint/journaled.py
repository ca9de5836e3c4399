"""Episodes through the journal: what was bought or seen before a run was killed is taken from there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from windward.evals.mint.episode import GREEDY, Grade, World, WorldError, run_episode
from windward.evals.mint.feedback import Expert
from windward.evals.mint.instances import Instance, family_of
from windward.evals.mint.turns import Episode, Turn, as_dict, budget_of, episode_from_dict, turn_from_dict
from windward.evals.mint.wikipedia import Search, wikipedia_tool
from windward.grading import Verdict
from windward.journal import Journal, run, run_rows, values
from windward.journal.store import RowOutcome
from windward.models import Model

EPISODES = 32
"""Episodes under way at once."""
PROTOCOL = "1"
"""Changes with what an episode records."""
RUN_STAGE, TURN_STAGE = "mint runs", "mint turns"


@dataclass(frozen=True)
class Planned:
    """A run to make.

    Attributes:
        instance: the problem.
        turns: k.
    """

    instance: Instance
    turns: int

    @property
    def key(self) -> str:
        """Its name in the journal."""
        return f"{self.instance.task}/{self.instance.id}/k{self.turns}"


@dataclass(frozen=True)
class Bench:
    """What episodes are made with; all models of it are journaled.

    Attributes:
        policy: the model under test.
        expert: gives feedback; None is none.
        search: of the Wikipedia tool; None refuses.
        grade: judges proposals of all tasks but ALFWorld.
        journal: of the run.
        data: folder that holds ALFWorld's games.
        proposals: p where k is above 1.
        max_tokens: new tokens of a reply at most.
        system_role: put the rules into a system message.
    """

    policy: Model
    expert: Expert | None
    search: Search | None
    grade: Grade
    journal: Journal
    data: Path
    proposals: int
    max_tokens: int
    system_role: bool

    def episodes(self, planned: Sequence[Planned]) -> list[Episode]:
        """One episode each; stored ones are taken as they are.

        Raises:
            RowsFailedError: some failed for a reason that another try may overcome.
        """
        kept = self.journal.outcomes(TURN_STAGE, PROTOCOL)

        async def play(one: Planned) -> dict[str, Any]:
            return as_dict(await self._episode(one, KeptTurns(self.journal, kept, one.key)))

        outcomes = run(
            run_rows(
                play,
                planned,
                journal=self.journal,
                stage=RUN_STAGE,
                key="key",
                version=PROTOCOL,
                concurrency=EPISODES,
            )
        )
        return [episode_from_dict(value) for value in values(outcomes, "runs")]

    async def _episode(self, planned: Planned, memory: KeptTurns) -> Episode:
        instance = planned.instance
        async with self._world(instance) as world:
            return await run_episode(
                instance,
                self.policy,
                self.grade if world.won is None else partial(_as_won, world.won),
                budget=budget_of(planned.turns, self.proposals),
                world=world,
                coach=replace(self.expert, tools=world.tools) if self.expert is not None else None,
                memory=memory,
                sampling=replace(GREEDY, max_tokens=self.max_tokens),
                system_role=self.system_role,
            )

    @asynccontextmanager
    async def _world(self, instance: Instance) -> AsyncIterator[World]:
        family = family_of(instance.task)
        if family == "decision_making":
            from windward.evals.mint.alfworld import GameError, open_game

            game = await asyncio.to_thread(open_game, instance.id, self.data)

            def won() -> bool:
                try:
                    return bool(game.won)
                except GameError as error:
                    raise WorldError(str(error)) from error

            try:
                yield World(game.tools, won)
            finally:
                await asyncio.to_thread(game.close)
        elif family == "reasoning":
            yield World({"wikipedia_search": wikipedia_tool(self.search)})
        else:
            yield World()


@dataclass(frozen=True)
class KeptTurns:
    """Turns of one episode in the journal, so that going on shows the policy the very same observations."""

    journal: Journal
    kept: Mapping[str, tuple[str, RowOutcome]]
    key: str

    def recall(self, number: int, reply: str) -> Turn | None:
        """The kept turn of this number, if it began with this reply."""
        found = self.kept.get(self._name(number))
        if found is None or found[1].value is None:
            return None
        turn = turn_from_dict(json.loads(found[1].value))
        return turn if turn.reply == reply else None

    async def keep(self, number: int, turn: Turn) -> None:
        """Stores a turn."""
        done = RowOutcome("done", json.dumps(asdict(turn)))
        await self.journal.save_outcome(TURN_STAGE, self._name(number), PROTOCOL, "", done)

    def _name(self, number: int) -> str:
        return f"{self.key}/turn {number + 1}"


def _as_won(won: Callable[[], bool], instance: Instance, answer: str) -> Verdict:
    """A proposal in a household counts for nothing: what was done there does."""
    return Verdict(won(), answer, "won")
