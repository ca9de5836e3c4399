"""A conversation finds its variables again, and never another's."""

import asyncio

import pytest
from serve_fakes import Served, served

from windward.interpreter import Interpreter, IsolationError
from windward.models import scripted


@pytest.fixture(scope="module", autouse=True)
def isolation():
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path / "out", client_conversations=8) as running:
        yield running


def last(messages):
    return messages[-1]["content"]


async def test_variables_and_files_live_on_across_requests(server: Served):
    talk = await server.say([], "x = 41\nopen('note.txt', 'w').write('hi')")
    talk = await server.say(talk, "print(x + 1, open('note.txt').read())")
    assert "42 hi" in last(talk)
    body = await server.ask([*talk, {"role": "user", "content": "say bye"}])
    assert body["windward"] == {"session": "continued", "ended": "done", "turns": 1}


async def test_the_model_sees_what_it_wrote_and_not_the_markdown(server: Served):
    talk = await server.say([], "print(6 * 7)")
    assert "<execute>" not in last(talk)
    await server.say(talk, "say bye")
    said = [message["content"] for message in server.model.calls[-1]]
    assert said[1:] == [
        "print(6 * 7)",
        "I run it.\n<execute>\nprint(6 * 7)\n</execute>",
        "Observation:\n42",
        "It showed 42",
        "say bye",
    ]


async def test_two_conversations_do_not_see_each_other(server: Served):
    one, other = await asyncio.gather(server.say([], "secret = 'one'"), server.say([], "other = 'two'"))
    other = await server.say(other, "print(secret)")
    assert "NameError" in last(other)
    assert "one" in last(await server.say(one, "print(secret)"))


async def test_conversations_that_begin_alike_do_not_share_what_comes_after(server: Served):
    begun = await server.say([], "x = 1")
    one, other = await asyncio.gather(
        server.say(begun, "x += 10; print(x)"), server.say(begun, "x += 100; print(x)")
    )
    assert "```text\n11\n```" in last(one)
    assert "```text\n101\n```" in last(other)
    assert "```text\n11\n```" in last(await server.say(one, "print(x)"))
    assert "```text\n101\n```" in last(await server.say(other, "print(x)"))


async def test_an_answer_that_is_asked_for_again_runs_on_what_was_before_it(server: Served):
    begun = await server.say([], "x = 1")
    for _ in range(3):
        again = await server.say(begun, "x += 1; print(x)")
        assert "```text\n2\n```" in last(again)


async def test_an_edited_answer_does_not_get_the_variables_of_the_real_one(server: Served):
    talk = await server.say([], "x = 1")
    talk[-1]["content"] += " (edited)"
    assert "NameError" in last(await server.say(talk, "print(x)"))


async def test_a_conversation_we_do_not_know_is_taken_as_the_client_tells_it(server: Served):
    told = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "```python\nx = 1\n```"},
    ]
    body = await server.ask([*told, {"role": "user", "content": "say ok"}])
    assert body["windward"]["session"] == "new"
    system, *rest = server.model.calls[-1]
    assert system["role"] == "system" and system["content"].endswith("Be brief.")
    assert [message["content"] for message in rest] == ["hi", "```python\nx = 1\n```", "say ok"]


async def test_white_space_that_a_client_trims_does_not_lose_the_conversation(server: Served):
    talk = await server.say([], "x = 5")
    trimmed = [message | {"content": f"  {message['content'].strip()}\n"} for message in talk]
    assert "5" in last(await server.say(trimmed, "print(x)"))


@pytest.mark.parametrize(
    "field", [{"user": "ann"}, {"safety_identifier": "ann"}, {"windward": {"conversation": "a"}}]
)
async def test_the_same_words_of_another_user_are_another_conversation(server: Served, field):
    talk = await server.say([], "x = 1", **field)
    assert "NameError" in last(await server.say(talk, "print(x)"))
    assert "NameError" not in last(await server.say(talk, "print(x)", **field))


async def test_one_client_cannot_go_on_with_anothers_conversation(tmp_path):
    tokens = {"ann": "token-of-ann", "bob": "token-of-bob"}
    async with served(tmp_path / "out", tokens=tokens) as server:
        talk = await server.say([], "x = 'of ann'", "token-of-ann")
        assert "NameError" in last(await server.say(talk, "print(x)", "token-of-bob"))
        assert "of ann" in last(await server.say(talk, "print(x)", "token-of-ann"))


async def test_interpreters_are_bounded_for_a_client_and_for_all(tmp_path):
    tokens = {"ann": "token-of-ann", "bob": "token-of-bob"}
    async with served(tmp_path / "out", tokens=tokens, client_conversations=2, conversations=3) as server:
        talks = [await server.say([], f"x = {i}", "token-of-ann") for i in range(3)]
        await server.settled(2)
        assert "NameError" in last(await server.say(talks[0], "print(x)", "token-of-ann"))
        for i in range(2):
            await server.say([], f"y = {i}", "token-of-bob")
        await server.settled(3)
        assert len(server.sessions) == 3


async def test_a_long_conversation_keeps_two_interpreters(server: Served):
    talk = await server.say([], "x = 0")
    for n in range(1, 5):
        talk = await server.say(talk, "x += 1; print(x)")
        assert f"```text\n{n}\n```" in last(talk)
    await server.settled(2)


async def test_an_interpreter_that_nobody_uses_is_closed(tmp_path):
    async with served(tmp_path / "out", idle_minutes=1e-9) as server:
        talk = await server.say([], "x = 1")
        server.sessions.sweep()
        await server.settled(0)
        assert "NameError" in last(await server.say(talk, "print(x)"))


async def test_code_that_ends_its_own_interpreter_does_not_end_the_conversation(server: Served):
    talk = await server.say([], "x = 1")
    talk = await server.say(talk, "import os; os._exit(3)")
    assert "variables are lost" in last(talk)
    talk = await server.say(talk, "y = 2; print(y)")
    assert "```text\n2\n```" in last(talk)


async def test_the_end_of_the_server_is_the_end_of_all_interpreters(tmp_path):
    async with served(tmp_path / "out") as server:
        for i in range(3):
            await server.say([], f"x = {i}")
        busy = asyncio.create_task(
            server.post({"messages": [{"role": "user", "content": "while True: pass"}]})
        )
        while not server.sessions._lent:
            await asyncio.sleep(0.01)
        sessions = server.sessions
    assert sessions.open == 0
    busy.cancel()


async def test_greedy_answers_are_bought_once_and_sampled_ones_each_time(tmp_path):
    async with served(tmp_path / "out") as server:
        ask = [{"role": "user", "content": "say hello"}]
        for temperature, seed, calls in (
            (0, None, 1),
            (0, None, 1),
            (1, None, 2),
            (1, None, 3),
            (1, 7, 4),
            (1, 7, 4),
        ):
            fields = {"temperature": temperature} | ({} if seed is None else {"seed": seed})
            await server.ask(ask, **fields)
            assert len(server.model.calls) == calls


async def test_after_a_limit_the_model_is_told_and_can_go_on(tmp_path):
    def restless(messages):
        return "say" if messages[-1]["content"].endswith("bye") else "<execute>\nprint(1)\n</execute>"

    async with served(tmp_path / "out", scripted(restless), turns=2) as server:
        body = await server.ask([{"role": "user", "content": "go"}])
        assert body["choices"][0]["finish_reason"] == "length"
        assert body["windward"]["ended"] == "turns"
        answer = body["choices"][0]["message"]["content"]
        assert answer.endswith("*(Stopped: an answer has 2 turns. Ask to go on.)*")
        talk = [{"role": "user", "content": "go"}, {"role": "assistant", "content": answer}]
        await server.say(talk, "bye")
        seen = server.model.calls[-1]
        assert [message["role"] for message in seen] == ["system"] + ["user", "assistant"] * 2 + ["user"]
        assert seen[-1]["content"] == "Observation:\n1\n\n(Your answer was stopped here.)\n\nbye"


async def test_an_answer_is_stopped_when_its_time_is_up_and_can_be_gone_on_from(tmp_path):
    async with served(tmp_path / "out", seconds=1.5) as server:
        talk = await server.say([], "x = 8")
        talk = await server.say(talk, "while True: pass")
        assert last(talk) == (
            "I run it.\n\n```python\nwhile True: pass\n```\n\n*(Stopped: an answer has 1.5 seconds. Ask to go on.)*"
        )
        assert "```text\n8\n```" in last(await server.say(talk, "print(x)"))
        stopped = [message["content"] for message in server.model.calls[-1]][-4:-2]
        assert stopped[0] == "I run it.\n<execute>\nwhile True: pass\n</execute>"
        assert stopped[1] == "(Your answer was stopped here.)\n\nprint(x)"
