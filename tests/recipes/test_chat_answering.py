"""One message answered: the events that a page, a terminal and an endpoint draw."""

import asyncio

import pytest

from windward.agents import talk_opening
from windward.interpreter import Interpreter
from windward.journal import Journal, JournaledModel
from windward.models import scripted
from windward.recipes.chat.answering import Acted, Finished, Running, Text, answer

HISTORY = [*talk_opening(), {"role": "user", "content": "What is 6 times 7?"}]
SCRIPT = ["I compute it.\n<execute>\nprint(6 * 7)\n</execute>", "It is 42."]


async def events_of(model, session, **options):
    return [event async for event in answer(model, HISTORY, session, **options)]


async def test_text_code_and_output_come_as_events_in_order():
    async with Interpreter() as session:
        events = await events_of(scripted(SCRIPT), session)
    kinds = [type(event) for event in events if not isinstance(event, Text)]
    assert kinds == [Running, Acted, Acted, Finished]
    acted = [event.step for event in events if isinstance(event, Acted)]
    assert (acted[0].observation, acted[1].kind) == ("42", "none")
    said = "".join(event.piece for event in events if isinstance(event, Text))
    assert said == "I compute it.\n<execute>\nprint(6 * 7)\nIt is 42."
    assert events[-1].episode.ended == "done"


async def test_a_reply_from_the_journal_is_heard_too(tmp_path):
    seen = []
    for script in (SCRIPT, []):
        with Journal(tmp_path / "journal.sqlite") as journal:
            async with Interpreter() as session:
                events = await events_of(
                    scripted(script), session, through=lambda model, j=journal: JournaledModel(model, j)
                )
        seen.append("".join(event.piece for event in events if isinstance(event, Text)))
    assert seen[0] == seen[1] != ""


async def test_who_stops_listening_stops_the_code():
    async with Interpreter() as session:
        events = answer(scripted(["<execute>\nwhile True: pass\n</execute>"]), HISTORY, session)
        async for event in events:
            if isinstance(event, Running):
                break
        await asyncio.wait_for(events.aclose(), 10)
        assert (await session.arun("1 + 1")).value == "2"


async def test_a_failing_model_is_an_error_for_the_listener():
    from windward.models import ModelError

    async with Interpreter() as session:
        with pytest.raises(ModelError):
            await events_of(scripted([]), session)


async def test_a_model_that_streams_is_heard_word_by_word():
    from windward.recipes.chat.script import Script

    async with Interpreter() as session:
        events = await events_of(Script(SCRIPT, pause=0), session)
    pieces = [event.piece for event in events if isinstance(event, Text)]
    assert pieces[:3] == ["I ", "compute ", "it.\n"] and pieces[-1] == "42."
