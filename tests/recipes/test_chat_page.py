"""What the page shows of each thing that can happen in a conversation."""

import asyncio

from chat_fakes import COUNT, opened, talk

from windward.agents import AgentLimits
from windward.recipes.chat import page
from windward.recipes.chat.conversation import Draft
from windward.recipes.chat.store import Summary


async def last_bubble(tmp_path, *script, text="Go.", **config):
    async with opened(tmp_path, *script, **config) as store:
        conversation = store.new()
        await talk(conversation, text)
        return page.bubbles(conversation)[-1]


async def test_words_code_and_output_follow_each_other(tmp_path):
    role, html = await last_bubble(tmp_path, COUNT, "It is **42**.")
    order = [
        "I count.",
        "<summary>Python</summary>",
        "<summary>Output</summary><pre>42</pre>",
        "<strong>42</strong>",
    ]
    assert role == "assistant" and "execute" not in html
    assert [html.index(part) for part in order] == sorted(html.index(part) for part in order)


async def test_a_long_output_is_collapsed_and_an_error_is_open(tmp_path):
    long = "<execute>\nprint('a\\n' * 39 + 'a')\n</execute>"
    failing = "<execute>\nprint('a\\n' * 39)\n1/0\n</execute>"
    _, html = await last_bubble(tmp_path, long, failing, "Done.")
    assert '<details class="ww-output"><summary>Output · 40 lines</summary>' in html
    assert '<details class="ww-output ww-failed" open><summary>Error · ' in html


async def test_how_an_answer_was_cut_short_is_said(tmp_path):
    _, html = await last_bubble(tmp_path, COUNT, limits=AgentLimits(turns=1))
    assert "It used all its turns" in html


async def test_code_is_a_block_while_it_is_written_and_while_it_runs(tmp_path):
    async with opened(tmp_path, "Hello.") as store:
        conversation = store.new()
        shown = {}
        for name, draft in {
            "words": Draft(text="I go <exe"),
            "writing": Draft(text="I go\n<execute>\nx = 1"),
            "running": Draft(text="I go\n<execute>\nx = 1\n", code="x = 1"),
            "waking": Draft(waking=True),
        }.items():
            conversation.draft = draft
            shown[name] = page.bubbles(conversation)[-1].html
        conversation.draft = None
    assert "<p>I go</p>" in shown["words"] and "exe" not in shown["words"]
    assert "being written…</summary>" in shown["writing"] and "execute" not in shown["writing"]
    assert "running…</summary>" in shown["running"] and shown["running"].count("ww-code") == 1
    assert "earlier code again" in shown["waking"]
    assert all("at work" in html for html in shown.values())


async def test_a_stopped_answer_keeps_what_was_written(tmp_path):
    async with opened(tmp_path, "I begin.\n<execute>\nwhile True: pass\n</execute>") as store:
        conversation = store.new()
        conversation.say("Go.")
        while not (conversation.draft and conversation.draft.code):
            await asyncio.sleep(0.01)
        await conversation.stop()
        html = page.bubbles(conversation)[-1].html
    assert "I begin." in html and "while" in html and "You stopped it here." in html and "at work" not in html


def test_the_list_marks_where_one_is_and_what_is_damaged():
    here, other = Summary("0" * 16, "Here <b>", 0.0), Summary("1" * 16, "damaged", 0.0, "line 2 is damaged")
    html = page.sidebar([here, other], here.id)
    assert 'class="ww-here">Here &lt;b&gt;</a>' in html and f"?conversation={here.id}" in html
    assert other.id not in html and 'title="line 2 is damaged"' in html


def test_sizes_are_readable():
    html = page.files("0" * 16, {"a": 999, "b": 1_500, "dir/c d.csv": 123_456_789})
    assert ">999 B<" in html and ">1.5 kB<" in html and ">123 MB<" in html
    assert f'href="files/{"0" * 16}/dir/c%20d.csv" download="c d.csv"' in html
