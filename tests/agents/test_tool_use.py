"""An agent with tools: three spaces, one loop, and what the model is told when something goes wrong."""

import asyncio

import pytest

from windward.agents import (
    CELL_LIMITS,
    AgentLimits,
    Call,
    format_answer,
    format_call,
    run_agent,
    task_opening,
)
from windward.agents.steps import as_dict, episode_from_dict
from windward.agents.tool_use import LAST, SHOWN_CHARS
from windward.interpreter import Interpreter
from windward.models import ContextOverflowError, Reply, Usage, scripted


def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


def fail(reason: str) -> str:
    """Fails."""
    raise ValueError(reason)


TOOLS = {"add": add, "fail": fail}
SUM = Call("add", (1, 2))


async def play(script, space="code", **options):
    options = {"judge": lambda answer: answer.strip() == "3", "tools": TOOLS} | options
    model = script if not isinstance(script, list) else scripted(script)
    turns = options.get("limits", AgentLimits()).turns
    async with Interpreter(CELL_LIMITS, tools=options["tools"]) as session:
        opening = task_opening("What is 1 + 2?", space=space, tools=options["tools"], turns=turns)
        return await run_agent(model, opening, session=session, space=space, **options)


def written(space):
    return "<execute>\nprint(add(1, 2))\n</execute>" if space == "code" else format_call(SUM, space)


@pytest.mark.parametrize("space", ["code", "json", "text"])
async def test_the_same_tools_do_the_same_in_every_space(space):
    episode = await play([written(space), format_answer("3")], space)
    assert [step.kind for step in episode.steps] == ["code" if space == "code" else "call", "answer"]
    assert episode.steps[0].observation == "3"
    assert (episode.succeeded_at, episode.ended, episode.answer) == (2, "done", "3")


@pytest.mark.parametrize("space", ["json", "text"])
async def test_a_tool_that_is_not_there_is_said_and_never_run(space):
    episode = await play([format_call(Call("remove", ("/",)), space), format_answer("3")], space)
    assert episode.steps[0].status == "refused"
    assert "There is no tool 'remove'. The tools are: add, fail." in episode.steps[0].told


@pytest.mark.parametrize("space", ["code", "json", "text"])
async def test_what_a_tool_raises_is_shown_and_the_episode_goes_on(space):
    call = (
        "<execute>fail('no luck')</execute>"
        if space == "code"
        else format_call(Call("fail", ("no luck",)), space)
    )
    episode = await play([call, format_answer("3")], space)
    assert episode.steps[0].status == "error" and "no luck" in episode.steps[0].told
    assert episode.succeeded_at == 2


async def test_a_traceback_is_shown_and_the_repair_runs_in_the_same_session():
    script = [
        "<execute>\nx = 1\ny = undefined\n</execute>",
        "<execute>\nprint(add(x, 2))\n</execute>",
        format_answer("3"),
    ]
    episode = await play(script)
    assert "NameError: name 'undefined' is not defined" in episode.steps[0].told
    assert episode.steps[1].observation == "3"


async def test_a_wrong_answer_is_told_and_may_be_corrected():
    episode = await play([format_answer("4"), format_answer("3")])
    assert [step.accepted for step in episode.steps] == [False, True]
    assert (
        "not the right answer" in episode.steps[0].told and "3" not in episode.steps[0].told.split("Turns")[0]
    )


async def test_without_a_judge_the_first_answer_is_taken():
    episode = await play([format_answer("4")], judge=None)
    assert (episode.answer, episode.ended, episode.succeeded_at) == ("4", "done", 1)


async def test_a_reply_without_an_action_is_a_turn_and_says_what_was_missing():
    episode = await play(["Well.", format_answer("3")], "json")
    assert episode.steps[0].kind == "none"
    assert "Put a JSON object between <execute> and </execute>" in episode.steps[0].told


async def test_in_talk_a_reply_without_an_action_goes_to_the_user():
    episode = await play(["Hello!"], talk=True)
    assert (episode.ended, episode.steps[0].kind, episode.steps[0].told) == ("done", "none", None)


async def test_the_last_turn_is_announced_and_no_further_one_is_asked_for():
    model = scripted(["<execute>1</execute>"] * 3)
    episode = await play(model, limits=AgentLimits(turns=3))
    assert (episode.ended, len(model.calls)) == ("turns", 3)
    assert LAST in episode.steps[1].told and LAST not in episode.steps[0].told


@pytest.mark.parametrize(
    ("limits", "ended", "turns"),
    [
        (AgentLimits(turns=9, tokens=250), "tokens", 3),
        (AgentLimits(turns=9, dollars=0.15), "dollars", 2),
        (AgentLimits(turns=9, seconds=1e-9), "seconds", 0),
    ],
)
async def test_an_episode_ends_at_its_limit(limits, ended, turns):
    model = scripted([Reply("<execute>1</execute>", usage=Usage(90, 10, 0.1))] * 9)
    episode = await play(model, limits=limits)
    assert (episode.ended, len(episode.steps)) == (ended, turns)
    assert episode.usage == Usage(90 * turns, 10 * turns, pytest.approx(0.1 * turns))


@pytest.mark.parametrize("field", ["turns", "tokens", "seconds", "dollars"])
def test_a_limit_that_allows_nothing_is_refused(field):
    with pytest.raises(ValueError, match=field):
        AgentLimits(**{field: 0})


async def test_a_full_context_ends_the_episode_and_says_so():
    def full(messages):
        if len(messages) > 11:
            raise ContextOverflowError("too long by 5 tokens")
        return written("code")

    episode = await play(scripted(full))
    assert (episode.ended, episode.error) == ("context", "too long by 5 tokens")
    assert len(episode.steps) >= 1


async def test_a_long_observation_keeps_its_beginning_and_its_end():
    episode = await play(["<execute>print('a' * 9000 + 'END')</execute>", format_answer("3")])
    shown = episode.steps[0].observation
    assert shown.startswith("aaa") and shown.endswith("END") and "characters are not shown" in shown
    assert len(shown) < SHOWN_CHARS + 100


async def test_the_model_sees_its_action_whole_though_the_stop_string_was_cut():
    model = scripted([written("code"), format_answer("3")])
    await play(model)
    said = [message["content"] for message in model.calls[1] if message["role"] == "assistant"]
    assert said[-1] == "<execute>\nprint(add(1, 2))\n</execute>"


async def test_only_the_first_of_several_calls_is_made_and_the_model_is_told():
    two = f"{format_call(SUM, 'json')}\n{format_call(Call('fail', ('x',)), 'json')}"
    seen = []
    model = scripted(
        lambda messages: seen.append(messages) or Reply(two if len(seen) == 1 else format_answer("3"))
    )
    episode = await play(model, "json")
    assert episode.steps[0].observation == "3\n(Only the first of 2 calls was made.)"


async def test_an_episode_is_read_back_from_its_json():
    import json

    episode = await play([written("code"), format_answer("3")])
    assert episode_from_dict(json.loads(json.dumps(as_dict(episode)))) == episode


async def test_a_watcher_hears_of_code_before_it_runs_and_of_turns_after():
    heard = []

    class Watch:
        def running(self, code):
            heard.append(("running", code))

        def stepped(self, step):
            heard.append(("stepped", step.kind))

    await play([written("code"), format_answer("3")], watch=Watch())
    assert heard == [("running", "print(add(1, 2))"), ("stepped", "code"), ("stepped", "answer")]


async def test_a_cancelled_episode_leaves_no_code_running():
    async with Interpreter(CELL_LIMITS, tools=TOOLS) as session:
        opening = task_opening("Loop.", space="code", tools=TOOLS, turns=3)
        model = scripted(["<execute>while True: pass</execute>"])
        task = asyncio.create_task(run_agent(model, opening, session=session, tools=TOOLS))
        while not model.calls:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await session.arun("1 + 1")).value == "2"


@pytest.mark.parametrize("space", ["code", "json", "text"])
def test_the_examples_in_the_prompt_are_read_as_what_they_are(space):
    from windward.agents.spaces import read_action
    from windward.agents.tool_prompts import _EXAMPLE_TOOLS, worked_calls, worked_tasks

    replies = [m["content"] for m in [*worked_tasks(space), *worked_calls(space)] if m["role"] == "assistant"]
    kinds = [read_action(reply, space, _EXAMPLE_TOOLS).kind for reply in replies]
    acted = "code" if space == "code" else "call"
    assert kinds == [acted, "answer", *[acted] * (1 if space == "code" else 2), "answer", acted, acted]
