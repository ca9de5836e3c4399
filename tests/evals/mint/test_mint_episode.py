"""The protocol with scripted models and the real interpreter."""

import json

import mint_policies as fakes
import pytest

from windward.evals.mint.episode import (
    LAST,
    NO_ACTION,
    REJECTED,
    SHOWN_CHARS,
    SILENT,
    World,
    WorldError,
    run_episode,
)
from windward.evals.mint.turns import Budget, as_dict, budget_of, episode_from_dict
from windward.interpreter import Limits
from windward.models import ContextOverflowError, ModelError, scripted

PENS = fakes.instance("gsm8k", 0)


async def play(replies, *, grade=fakes.exact, problem=PENS, **options):
    model = scripted(replies)
    return await run_episode(problem, model, grade, **options), model


async def test_a_right_proposal_ends_the_episode():
    episode, model = await play([fakes.proposes("42"), fakes.proposes("42")])
    assert (episode.solved_at, episode.failure, len(model.calls)) == (1, None, 1)


async def test_there_are_k_turns_at_most():
    episode, _ = await play(lambda messages: fakes.runs("1"), budget=Budget(3, 2))
    assert (len(episode.turns), episode.solved_at, episode.failure) == (3, None, "out_of_turns")


async def test_proposals_are_used_up_before_turns():
    episode, _ = await play(lambda messages: fakes.proposes("7"), budget=Budget(5, 2))
    assert (len(episode.turns), episode.failure) == (2, "wrong_answer")


def test_one_turn_leaves_one_proposal():
    assert [budget_of(k).proposals for k in range(1, 6)] == [1, 2, 2, 2, 2]


async def test_names_persist_through_the_episode():
    episode, _ = await play([fakes.runs("x = 20"), fakes.runs("print(2 * x + 2)"), fakes.proposes("42")])
    assert [turn.observation for turn in episode.turns] == [SILENT, "42", ""]
    assert episode.solved_at == 3


async def test_a_solution_makes_the_turn_a_proposal_and_code_beside_it_is_not_run():
    both = "<execute>print('ran')</execute>\n<solution>7</solution>"
    episode, model = await play([both, fakes.runs("print(2)"), fakes.proposes("42")])
    assert [turn.kind for turn in episode.turns] == ["solution", "execute", "solution"]
    assert "ran" not in model.calls[1][-1]["content"]


async def test_the_policy_is_told_what_is_left_and_when_its_last_turn_comes():
    _, model = await play([fakes.runs("1"), fakes.proposes("7"), "hm"], budget=Budget(3, 2))
    after_one, after_two = (call[-1]["content"] for call in model.calls[1:])
    assert "Turns left: 2. Answers left: 2." in after_one
    assert LAST not in after_one
    assert f"{REJECTED}\nTurns left: 1. Answers left: 1.\n{LAST}" in after_two


async def test_an_observation_is_cut():
    episode, _ = await play([fakes.runs("print('x' * 5000)"), "hm"], budget=Budget(2))
    shown, note = episode.turns[0].observation.split("\n")
    assert shown == "x" * SHOWN_CHARS
    assert "3000 more characters" in note


async def test_an_error_is_shown_and_names_the_line():
    episode, _ = await play([fakes.runs("a = 1\nprint(b)")], budget=Budget(1, 1))
    assert episode.turns[0].status == "error"
    assert "NameError: name 'b' is not defined" in episode.turns[0].observation
    assert episode.failure == "execution_error"


async def test_a_session_that_crashes_costs_one_turn():
    crash = fakes.runs("import os; os._exit(1)")
    episode, _ = await play([crash, fakes.proposes("42")])
    assert (episode.turns[0].status, episode.solved_at) == ("crash", 2)


async def test_an_endless_loop_costs_one_turn():
    endless = fakes.runs("while True:\n    try:\n        pass\n    except BaseException:\n        pass")
    limits = Limits(seconds=0.5, wall_seconds=3)
    episode, _ = await play([endless, fakes.proposes("42")], limits=limits)
    assert (episode.turns[0].status, episode.solved_at) == ("timeout", 2)


async def test_a_full_context_is_an_error_and_counts_as_unsolved():
    def overflows(messages):
        if len(messages) > 1:
            raise ContextOverflowError("4,096 tokens are exceeded")
        return fakes.runs("1")

    episode, _ = await play(overflows)
    assert (episode.solved_at, len(episode.turns), episode.failure) == (None, 1, None)
    assert "exceeded" in episode.error


async def test_another_failure_of_the_model_is_the_callers():
    with pytest.raises(ModelError):
        await play([])


async def test_tools_are_called_from_the_code_and_a_goal_is_looked_at_after_each_run():
    lamp = {"on": False}

    def use(receptacle: str) -> str:
        """Switches it on."""
        lamp["on"] = receptacle == "desklamp 1"
        return "You turn it on."

    world = World({"use": use}, lambda: lamp["on"])
    replies = [fakes.runs("print('hm')"), fakes.runs("print(use('desklamp 1'))"), fakes.runs("1")]
    episode, model = await play(replies, world=world)
    assert (episode.solved_at, len(model.calls)) == (2, 2)
    assert episode.turns[1].observation == "You turn it on."


async def test_a_tool_that_raises_is_an_error_in_the_code():
    def search(query: str) -> str:
        """Fails."""
        raise OSError("the line is dead")

    episode, _ = await play([fakes.runs("search('x')")], world=World({"search": search}), budget=Budget(1, 1))
    assert "the line is dead" in episode.turns[0].observation


async def test_a_world_that_breaks_off_is_an_error_and_counts_as_unsolved():
    def gone():
        raise WorldError("the game broke off")

    episode, _ = await play([fakes.runs("1")], world=World({}, gone))
    assert (episode.solved_at, episode.error) == (None, "the game broke off")


async def test_an_episode_survives_its_way_through_json():
    episode, _ = await play([fakes.runs("1"), fakes.proposes("7"), "hm", fakes.proposes("42")])
    assert episode_from_dict(json.loads(json.dumps(as_dict(episode)))) == episode


# Defects of the released code, each avoided.


@pytest.mark.parametrize("malformed", ["<solution></solution>", "<solution>  \n", "text <solution>"])
async def test_released_defect_a_malformed_solution_burns_a_proposal(malformed):
    episode, _ = await play([malformed] * 3 + [fakes.proposes("7"), fakes.proposes("42")])
    assert [turn.kind for turn in episode.turns] == ["invalid"] * 3 + ["solution"] * 2
    assert episode.solved_at == 5


async def test_released_defect_an_unclosed_solution_is_counted_and_never_graded():
    episode, _ = await play(["<solution> 42"])
    assert episode.solved_at == 1


async def test_released_defect_an_exception_that_increments_no_counter_makes_the_episode_endless():
    def grade(problem, answer):
        raise RuntimeError("no grader today")

    def use() -> str:
        """Fails."""
        raise RuntimeError("no tool today")

    said = [fakes.runs("use()"), fakes.proposes("1"), fakes.runs("use()"), "hm", fakes.runs("use()")]
    episode, _ = await play(said, grade=grade, world=World({"use": use}))
    assert len(episode.turns) == 5


async def test_released_defect_a_graders_exception_is_shown_to_the_model():
    def grade(problem, answer):
        raise RuntimeError("secret of the grader")

    episode, model = await play([fakes.proposes("1"), fakes.proposes("2")], grade=grade)
    assert REJECTED in model.calls[1][-1]["content"]
    assert not any("secret" in message["content"] for message in model.calls[1])
    verdict = episode.turns[0].verdict
    assert (verdict.correct, verdict.status) == (False, "error")
    assert "RuntimeError: secret of the grader" in verdict.rule


async def test_released_defect_the_terminating_observation_is_never_stored():
    episode, _ = await play([fakes.runs("print('first')"), fakes.runs("print('last')")], budget=Budget(2, 2))
    assert episode.turns[-1].observation == "last"
    episode, _ = await play(["no action"], budget=Budget(1, 1))
    assert episode.turns[-1].observation == NO_ACTION
