"""Conversations on disk: kept step by step, brought back by running their code again, apart from each other."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys

import pytest
from chat_fakes import COUNT, PLOT, heard, opened, steps, talk

from windward.models import ModelError, Reply, scripted
from windward.recipes.chat.conversation import BusyError
from windward.recipes.chat.history import messages, trajectory_line
from windward.recipes.chat.record import ConversationError, Judged, Noted, Over, Said, read_lines
from windward.recipes.chat.script import Script
from windward.recipes.chat.store import Conversations


def notes(conversation):
    return [entry.text for entry in conversation.entries if isinstance(entry, Noted)]


async def test_a_conversation_is_reopened_with_its_variables_files_and_figures(tmp_path):
    script = [
        COUNT,
        PLOT,
        "Done.",
        "<execute>\nprint(x, open('squares.txt').read())\n</execute>",
        "Still there.",
    ]
    async with opened(tmp_path, *script) as store:
        first = store.new()
        assert (await talk(first, "Count, then plot.")).reason == "done"
        assert list(first.folder.saved()) == ["figure-1.png", "squares.txt"]
    async with opened(tmp_path, *script) as store:
        (summary,) = store.listed()
        assert (summary.id, summary.title) == (first.id, "Count, then plot.")
        again = store.get(first.id)
        assert again.entries == first.entries
        await talk(again, "And now?")
        assert steps(again)[-2].observation == "41 1 4 9"
        assert notes(again) == []


async def test_code_that_shows_something_else_when_it_is_run_again_is_told(tmp_path):
    script = [COUNT, "<execute>\nimport time\nprint(time.time_ns())\n</execute>", "Done.", "Fine."]
    async with opened(tmp_path, *script) as store:
        id = (first := store.new()).id
        await talk(first, "What time is it?")
    async with opened(tmp_path, *script) as store:
        again = store.get(id)
        await talk(again, "Thanks.")
        (note,) = notes(again)
        assert "Showing something else than before: block 2 of 2" in note
        assert note in messages(again.head, again.entries)[-2]["content"]


async def test_an_idle_conversation_is_closed_and_comes_back(tmp_path):
    script = [COUNT, "Done.", "<execute>\nprint(x)\n</execute>", "Good."]
    async with opened(tmp_path, *script, idle_minutes=0) as store:
        conversation = store.new()
        await talk(conversation, "Count.")
        assert conversation.awake
        await store.close_idle()
        assert not conversation.awake
        await talk(conversation, "What is x?")
        assert steps(conversation)[-2].observation == "41"


async def test_only_so_many_interpreters_are_open(tmp_path):
    async with opened(tmp_path, COUNT, "Done.", "<execute>\nprint(x)\n</execute>", "Yes.", live=1) as store:
        one, two = store.new(), store.new()
        await talk(one, "a")
        await talk(two, "b")
        assert (one.awake, two.awake) == (False, True)
        await talk(one, "x?")
        assert steps(one)[-2].observation == "41" and not two.awake


async def test_where_all_are_at_work_one_more_is_refused_with_words(tmp_path):
    async with opened(tmp_path, "<execute>\nwhile True: pass\n</execute>", live=1) as store:
        one, two = store.new(), store.new()
        one.say("Loop.")
        while not (one.draft and one.draft.code):
            await asyncio.sleep(0.01)
        over = await talk(two, "Loop, too.")
        assert over.reason == "failed" and "at work" in over.error
        await one.stop()


async def test_variables_and_files_do_not_cross(tmp_path):
    look = (
        "<execute>\nimport os\nsecret = globals().get('secret', 'nothing')\n"
        "print(secret, os.listdir())\nsecret = 'mine'\nopen('mine.txt', 'w').close()\n</execute>"
    )
    async with opened(tmp_path, look, "Done.") as store:
        one, two = store.new(), store.new()
        await one.give("given.csv", b"a\n1\n")
        await talk(one, "Look.")
        await talk(two, "Look.")
        assert steps(one)[0].observation == "nothing ['given.csv']"
        assert steps(two)[0].observation == "nothing []"
        assert list(two.folder.saved()) == ["mine.txt"]
        with pytest.raises(ConversationError):
            two.folder.saved_file("given.csv")


async def test_stopping_ends_model_and_code_and_the_conversation_goes_on(tmp_path):
    script = [
        COUNT,
        "It begins.\n<execute>\nwhile True: pass\n</execute>",
        "<execute>\nprint(x)\n</execute>",
        "41.",
    ]
    async with opened(tmp_path, *script) as store:
        conversation = store.new()
        conversation.say("Go.")
        while not (conversation.draft and "while" in conversation.draft.code):
            await asyncio.sleep(0.01)
        with pytest.raises(BusyError):
            conversation.say("And?")
        await asyncio.gather(conversation.stop(), conversation.stop())
        over = conversation.entries[-1]
        assert isinstance(over, Over) and over.reason == "stopped" and "while True" in over.code
        assert (await talk(conversation, "What is x?")).reason == "done"
        assert steps(conversation)[-2].observation == "41"
        history = messages(conversation.head, conversation.entries)
        roles = [message["role"] for message in history[1:]]
        assert all(one != other for one, other in itertools.pairwise(roles))
        assert "The user stopped you here" in history[5]["content"]


async def test_a_stopped_reply_is_not_generated_to_its_end(tmp_path):
    begun, ended = asyncio.Event(), []

    class Slow:
        name = "slow"

        async def generate(self, messages, sampling=None, *, sample=0):
            begun.set()
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append(True)
            return Reply("never")

    async with opened(tmp_path, model=Slow()) as store:
        conversation = store.new()
        conversation.say("Go.")
        await begun.wait()
        await conversation.stop()
        assert ended == [True]


async def test_a_failing_endpoint_is_told_and_the_same_call_can_be_tried_again(tmp_path):
    replies = iter([ModelError("the endpoint is away"), "Here I am."])

    def script(messages):
        seen.append(list(messages))
        reply = next(replies)
        if isinstance(reply, Exception):
            raise reply
        return reply

    seen = []
    async with opened(tmp_path, model=scripted(script)) as store:
        conversation = store.new()
        over = await talk(conversation, "Hello?")
        assert (over.reason, over.error) == ("failed", "the endpoint is away") and conversation.can_go_on
        conversation.go_on()
        assert (await heard(conversation)).reason == "done" and not conversation.can_go_on
    assert seen[0] == seen[1]


async def test_an_answer_that_ran_out_of_turns_can_go_on(tmp_path):
    from windward.agents import AgentLimits

    script = ["<execute>\nprint(1)\n</execute>", "<execute>\nprint(2)\n</execute>", "Done."]
    async with opened(tmp_path, *script, limits=AgentLimits(turns=1)) as store:
        conversation = store.new()
        assert (await talk(conversation, "Go.")).reason == "turns"
        conversation.go_on()
        assert (await heard(conversation)).reason == "turns"
        conversation.go_on()
        assert (await heard(conversation)).reason == "done"
        with pytest.raises(ConversationError, match="finished"):
            conversation.go_on()


KILLED = """
import asyncio, os, sys
from pathlib import Path
from chat_fakes import COUNT, opened
from windward.models import scripted

class Counted:
    name = "counted"
    async def generate(self, messages, sampling=None, *, sample=0):
        with open(sys.argv[2], "a") as file:
            file.write("call\\n")
        return await scripted([COUNT.replace("</execute>", "")]).generate(messages)

async def main():
    async with opened(Path(sys.argv[1]), model=Counted()) as store:
        conversation = store.new()
        conversation._did = lambda *_: asyncio.sleep(3600)
        conversation.say("Count.")
        async for event in conversation.events():
            if type(event).__name__ == "Running":
                print(conversation.id, flush=True)
                await asyncio.sleep(3600)

asyncio.run(main())
"""


async def test_a_killed_program_loses_no_word_and_buys_no_reply_twice(tmp_path):
    calls = tmp_path / "calls"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "home"), str(calls)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    id = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    process.communicate()

    class Counted:
        name = "counted"

        async def generate(self, messages, sampling=None, *, sample=0):
            with calls.open("a") as file:
                file.write("call\n")
            return Reply("It was 42.")

    async with opened(tmp_path / "home", model=Counted()) as store:
        conversation = store.get(id)
        assert conversation.entries == [Said("Count.")] and conversation.can_go_on
        conversation.go_on()
        await heard(conversation)
        assert [step.observation for step in steps(conversation)] == ["42", ""]
    assert calls.read_text() == "call\ncall\n"  # one before the kill, and the next turn's


async def test_a_torn_last_line_is_cut_off(tmp_path):
    async with opened(tmp_path, COUNT, "Done.") as store:
        id = (conversation := store.new()).id
        await talk(conversation, "Count.")
    record = tmp_path / id / "conversation.jsonl"
    whole = record.read_bytes()
    record.write_bytes(whole + b'{"kind": "said", "te')
    async with opened(tmp_path) as store:
        again = store.get(id)
        assert again.entries == conversation.entries
        await talk(again, "More.")
    assert len(read_lines(record.read_text())[1]) == len(conversation.entries) + 3


@pytest.mark.parametrize(
    "damage", [b"\xff\xfe\n", b"[1]\n", b'{"kind": "said"}\n', b'{"kind": "did", "at": 1}\n', b"\n"]
)
async def test_a_damaged_conversation_says_so_and_leaves_the_others_alone(tmp_path, damage):
    async with opened(tmp_path, "Hello.") as store:
        good, bad = store.new(), store.new()
        await talk(good, "Good?")
        await talk(bad, "Bad?")
    record = tmp_path / bad.id / "conversation.jsonl"
    record.write_bytes(record.read_bytes() + damage + b'{"kind": "said", "at": 1, "text": "later"}\n')
    before = record.read_bytes()
    async with opened(tmp_path, "Hello.", "Again.") as store:
        with pytest.raises(ConversationError, match=r"conversation\.jsonl"):
            store.get(bad.id)
        listed = {summary.id: summary for summary in store.listed()}
        assert listed[good.id].title == "Good?" and listed[good.id].problem == ""
        assert "damaged" in listed[bad.id].title and str(record) in listed[bad.id].problem
        assert (await talk(store.get(good.id), "Still?")).reason == "done"
    assert record.read_bytes() == before


@pytest.mark.parametrize("id", ["", "..", "../x", "0" * 15, "0" * 16, "0" * 16 + "\n", "G" * 16, "/etc"])
async def test_an_id_that_is_none_of_ours_opens_nothing(tmp_path, id):
    (tmp_path / "x").mkdir()
    async with opened(tmp_path / "home") as store:
        with pytest.raises(ConversationError, match="no conversation"):
            store.get(id)


async def test_the_export_is_what_the_model_was_told_and_said(tmp_path):
    async with opened(tmp_path, COUNT, "It is 42.") as store:
        conversation = store.new()
        await talk(conversation, "Count.")
        conversation.judge(True)
        line = trajectory_line(conversation.head, conversation.entries)
    row = json.loads(line)
    assert line.endswith("\n") and line.count("\n") == 1
    assert (row["id"], row["source"], row["model"], row["success"]) == (
        conversation.id,
        "chat",
        "script",
        True,
    )
    assert [message["role"] for message in row["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
    ]
    assert row["messages"][2]["content"] == COUNT
    assert row["messages"][3]["content"] == "Observation:\n42"
    assert row["messages"][4]["content"] == "It is 42."
    taken_back = trajectory_line(conversation.head, [*conversation.entries, Judged(None)])
    assert json.loads(taken_back)["success"] is None


async def test_two_programs_do_not_answer_in_one_conversation(tmp_path):
    async with opened(tmp_path, COUNT, "Done.") as store:
        conversation = store.new()
        await talk(conversation, "Count.")
        other = Conversations(tmp_path, Script(["Done."]))
        over = await talk(other.get(conversation.id), "Count.")
        assert over.reason == "failed" and "already open" in over.error
        await other.aclose()


async def test_stopping_hangs_up_on_a_streaming_endpoint(tmp_path):
    from aiohttp import web

    from windward.models.openai_compatible import OpenAICompatible

    hung_up = asyncio.Event()

    async def talk_without_end(request):
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        try:
            while True:
                chunk = {"choices": [{"index": 0, "delta": {"content": "on and "}, "finish_reason": None}]}
                await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
                await asyncio.sleep(0.01)
        finally:
            hung_up.set()

    server = web.Application()
    server.router.add_post("/v1/chat/completions", talk_without_end)
    runner = web.AppRunner(server, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    model = OpenAICompatible("talker", base_url=address, api_key="none")
    async with opened(tmp_path, model=model) as store:
        conversation = store.new()
        conversation.say("Go.")
        while not (conversation.draft and conversation.draft.text.count("on and ") > 3):
            await asyncio.sleep(0.01)
        await conversation.stop()
        await asyncio.wait_for(hung_up.wait(), 30)
        over = conversation.entries[-1]
        assert over.reason == "stopped" and over.text.startswith("on and on and ")
    await model.close()
    await runner.cleanup()
