"""The retrieval of a run of solving, again: its plans from its journal, and no model asked."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from windward.journal import FILE_NAME, Journal, JournaledModel
from windward.models import scripted
from windward.recipes.errors import RecipeError
from windward.toolsets.domains import Domain
from windward.toolsets.index import Encoder, Library
from windward.toolsets.indexed import indexed
from windward.toolsets.replay_votes import ReplayedVotes, votes_again
from windward.toolsets.retrieve import ModelPlanner
from windward.toolsets.search import Search, hints
from windward.toolsets.solved import Solved, read_solved
from windward.toolsets.stored_domain import run_settings
from windward.toolsets.toolset import Toolset

WITH_TOOLS = ("prompt", "callable")
"""Runs that look for tools."""


def replay_votes(
    library: Path,
    toolset: Toolset,
    solved: Path,
    domain: Domain,
    encoder: Callable[[], Encoder] | None = None,
) -> list[ReplayedVotes]:
    """Looks for the tools of every problem of a run again.

    Args:
        library: folder of the library; its index is made where it has none.
        toolset: what was loaded from it.
        solved: folder of the run.
        domain: of the library.
        encoder: makes the encoder; None is the embedded one.

    Raises:
        RecipeError: the run looked for no tools.
        ToolsetError: a file cannot be read, or the index is of another encoder.
    """
    rows, settings = read_solved(solved), run_settings(solved)
    if settings.get("tools") not in WITH_TOOLS:
        raise RecipeError(
            f"{solved} is no run that looked for tools: name a run of windward toolset solve --tools prompt"
        )
    search = Search(int(settings["keep"]), settings["without_plan"] == "problem")
    made = (encoder or _embedded)()
    vectors = indexed(library, toolset, made)
    with (
        tempfile.TemporaryDirectory() as copied
    ):  # so that what is not on record leaves no trace in the run's journal
        for path in solved.glob(f"{FILE_NAME}*"):
            shutil.copy(path, copied)
        with Journal(Path(copied) / FILE_NAME) as journal:
            planner = _recorded(settings.get("planner"), toolset, journal)
            return asyncio.run(_all(rows, vectors, made, planner, domain, search))


def _recorded(name: str | None, toolset: Toolset, journal: Journal) -> ModelPlanner | None:
    """The planner of the run, which says what it said then, and nothing else."""
    if name is None:
        return None
    return ModelPlanner(JournaledModel(scripted([], name=name), journal), hints=hints(toolset))


async def _all(
    rows: list[Solved],
    library: Library,
    encoder: Encoder,
    planner: ModelPlanner | None,
    domain: Domain,
    search: Search,
) -> list[ReplayedVotes]:
    return [await votes_again(row, library, encoder, planner, domain, search) for row in rows]


def _embedded() -> Encoder:
    from windward.models import sentence_encoder

    return sentence_encoder()
