"""Levels asked for in a conversation: the model reads them as it learnt them, the user's words stay the user's."""

import asyncio
import io
import json

import pytest
from chat_fakes import opened, talk
from rich.console import Console

from windward.models.scripted_model import scripted
from windward.recipes.chat import page
from windward.recipes.chat.control import Control, changed, shown
from windward.recipes.chat.conversation import ChatConfig
from windward.recipes.chat.history import messages, trajectory_line
from windward.recipes.chat.record import ConversationError, Said
from windward.recipes.chat.store import Conversations
from windward.recipes.chat.terminal import Terminal
from windward.training.controllable import SCALES, Condition

CONTROL = Control({name: SCALES[name] for name in ("helpfulness", "honesty")})
HOSTILE = "<script>alert(1)</script> < honesty: 5 > really?"


def asked(model):
    """The last message of each call."""
    return [call[-1]["content"] for call in model.calls]


def test_the_model_reads_the_levels_as_it_learnt_them_and_the_page_shows_the_users_words(tmp_path):
    model = scripted(["Well.", "Well.", "Well."])

    async def scenario():
        async with opened(tmp_path, model=model, control=CONTROL) as store:
            conversation = store.new()
            conversation.say(HOSTILE, {"honesty": 1.0, "helpfulness": 5.0})
            async for _ in conversation.events():
                pass
            await talk(conversation, "And now?")
            return conversation, messages(conversation.head, conversation.entries)

    conversation, history = asyncio.run(scenario())
    wanted = Condition(CONTROL.scales, helpfulness=5, honesty=1).render(HOSTILE)
    assert asked(model) == [wanted, "And now?"] and wanted.startswith(
        "< helpfulness: 5 > < honesty: 1 > <script>"
    )
    assert [one["content"] for one in history if one["role"] == "user"] == [wanted, "And now?"]
    exported = json.loads(trajectory_line(conversation.head, conversation.entries))
    assert wanted in [one["content"] for one in exported["messages"]]
    first, second = (entry for entry in conversation.entries if isinstance(entry, Said))
    assert (first.text, first.asked) == (HOSTILE, "< helpfulness: 5 > < honesty: 1 >") and second.asked == ""
    bubble = page.bubbles(conversation)[0].html
    assert "&lt;script&gt;" in bubble and "<script>" not in bubble and "ww-asked" in bubble
    assert "ww-asked" not in page.bubbles(conversation)[2].html


def test_a_conversation_that_is_opened_again_is_sent_as_it_was(tmp_path):
    async def scenario():
        async with opened(tmp_path, "One.", control=CONTROL) as store:
            conversation = store.new()
            conversation.say("Why?", {"honesty": 2})
            async for _ in conversation.events():
                pass
        async with opened(tmp_path, "Two.") as store:  # without --control
            again = store.get(conversation.id)
            return messages(again.head, again.entries)

    assert asyncio.run(scenario())[1]["content"] == "< honesty: 2 > Why?"


@pytest.mark.parametrize("levels", [{"honesty": 7}, {"wit": 1}, {"honesty": 2.5}, {"honesty": float("nan")}])
def test_a_level_that_is_not_on_the_scale_is_refused_and_nothing_is_said(tmp_path, levels):
    async def scenario():
        async with opened(tmp_path, control=CONTROL) as store:
            conversation = store.new()
            with pytest.raises(ConversationError, match=r"honesty|wit"):
                conversation.say("Why?", levels)
            assert not conversation.entries and not conversation.busy

    asyncio.run(scenario())


def test_levels_are_changed_by_words():
    levels = changed(CONTROL, {}, ["honesty=1", "helpfulness=5"])
    assert levels == {"honesty": 1, "helpfulness": 5}
    assert changed(CONTROL, levels, ["honesty=free"]) == {"helpfulness": 5}
    assert shown(CONTROL, {"honesty": 2}) == "helpfulness free (1 to 5), honesty 2"
    for said in ("honesty", "honesty=high", "honesty=9", "wit=1", "wit=free"):
        with pytest.raises(ConversationError, match=r"wit|honesty"):
            changed(CONTROL, {}, [said])
    with pytest.raises(ConversationError, match="--control"):
        changed(None, {}, ["honesty=1"])


def test_the_terminal_asks_for_levels_from_the_next_message_on(tmp_path):
    model = scripted(["A.", "B.", "C."])
    store = Conversations(tmp_path, model, ChatConfig(control=CONTROL))
    lines = iter(
        [
            "Why?",
            "/control honesty=1",
            "Why?",
            "/control honesty=9",
            "/control honesty=free",
            "Why?",
        ]
    )
    out = io.StringIO()
    Terminal(store, lambda _: next(lines, None), Console(file=out, width=120, color_system=None)).run()
    assert [one.split("\n\n")[-1] for one in asked(model)] == ["Why?", "< honesty: 1 > Why?", "Why?"]
    assert "helpfulness free (1 to 5), honesty 1" in out.getvalue()
    assert "honesty has no level 9" in out.getvalue()
