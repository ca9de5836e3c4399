"""The retrieval of a run of solving, again: the same plans, tools and votes from what is on record, and no model asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from toolset_audit_fakes import SMALL

from toolset_solve_fakes import Letters, model, write_library, write_problems
from windward.interpreter import Observation
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.auditing import audit_library
from windward.recipes.toolsets.replaying import replay_library
from windward.recipes.toolsets.replaying_votes import replay_votes
from windward.recipes.toolsets.solving import solve_problems
from windward.recipes.toolsets.solving_config import SolveConfig
from windward.toolsets.domains import TABLES
from windward.toolsets.replay_votes import ReplayedVotes
from windward.toolsets.solved import read_solved, write_solved
from windward.toolsets.steps import Step, write_steps
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import Environment, Validator


def quiet(line: str) -> None:
    """Says nothing."""


class Idle(Validator):
    """Starts no interpreter, as nothing here hangs on what a program prints."""

    def __init__(self) -> None:
        self.domain = TABLES
        self.environment = Environment("3", "2", "3", "1", "1", "auto", "", SMALL)

    def run(self, code: str) -> Observation:
        """What any program comes to."""
        return Observation(status="ok", stdout="2\n")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `library`, and with runs `planned` and `alone` of its problems."""
    folder = tmp_path_factory.mktemp("solved")
    config = SolveConfig(
        write_library(folder / "library"), write_problems(folder / "problems.jsonl"), "tables"
    )
    for name, planner in (("planned", model()), ("alone", None)):
        solve_problems(
            config, model(), folder / name, planner=planner, encoder=Letters, validator=Idle(), tell=quiet
        )
    return folder


def _again(run: Path, name: str = "planned", toolset: Toolset | None = None) -> list[ReplayedVotes]:
    return replay_votes(
        run / "library", toolset or Toolset.load(run / "library"), run / name, TABLES, Letters
    )


@pytest.mark.parametrize("name", ["planned", "alone"])
def test_the_recorded_tools_and_votes_are_found_again_and_the_run_is_left_as_it_was(
    run: Path, name: str
) -> None:
    before = (run / name / "journal.sqlite").read_bytes()
    found = _again(run, name)
    assert [one.recorded for one in found] == [
        tuple(zip(row.tools, row.votes, strict=True)) for row in read_solved(run / name)
    ]
    assert any(one.recorded for one in found)
    assert {one.problem: one.why for one in found if not one.equal} == {}
    assert (run / name / "journal.sqlite").read_bytes() == before


def test_other_votes_are_named_and_tools_that_were_not_shown_are_no_difference(
    run: Path, tmp_path: Path
) -> None:
    rows = read_solved(run / "planned")
    at = next(place for place, row in enumerate(rows) if row.tools)
    for path in (run / "planned").iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    fewer = replace(rows[at], tools=rows[at].tools[1:], votes=rows[at].votes[1:])
    more = replace(rows[at], votes=(99, *rows[at].votes[1:]))
    for row, equal in ((fewer, True), (more, False)):
        write_solved(tmp_path, [*rows[:at], row, *rows[at + 1 :]])
        found = replay_votes(run / "library", Toolset.load(run / "library"), tmp_path, TABLES, Letters)
        assert found[at].equal is equal
    assert f"shown were {rows[at].tools[0]} (99)" in found[at].why


def test_a_plan_that_was_made_for_another_library_is_not_on_record(run: Path) -> None:
    toolset = Toolset.load(run / "library")
    renamed = [
        replace(tool, code=tool.code.replace("def ", "def entirely_different_", 1)) for tool in toolset.tools
    ]
    found = _again(run, toolset=Toolset(tuple(renamed)))
    assert all("not on record" in one.why and not one.equal for one in found)


def test_a_replay_of_the_library_tells_of_the_retrieval_too(run: Path, tmp_path: Path) -> None:
    tool = Toolset.load(run / "library").tools[0]
    write_steps(run / "library", [Step(tool.id, 0, "abstraction", tool.code, tool.call, "ok")])
    said: list[str] = []
    out = tmp_path / "replay.json"
    replay_library(run / "library", out, solved=run / "planned", encoder=Letters, validator=Idle(), tell=said.append)  # fmt: skip
    count = len(read_solved(run / "planned"))
    assert f"retrieval: tools and votes of {count} of {count} problems as recorded" in said
    assert len(json.loads(out.read_text())["votes"]) == count


def test_a_run_without_tools_has_no_retrieval_and_one_of_agents_no_programs(
    run: Path, tmp_path: Path
) -> None:
    write_solved(tmp_path, read_solved(run / "planned"))
    record = (run / "planned" / "run.json").read_text()
    (tmp_path / "run.json").write_text(record.replace('"prompt"', '"none"'))
    with pytest.raises(RecipeError, match="no run that looked for tools"):
        replay_votes(run / "library", Toolset.load(run / "library"), tmp_path, TABLES, Letters)
    (tmp_path / "run.json").write_text(record.replace('"prompt"', '"callable"'))
    with pytest.raises(RecipeError, match="a run of agents"):
        audit_library(run / "library", tmp_path / "audit.json", solved=tmp_path)
