"""The terminal's conversation, driven by lines."""

import io
import json
import os
import signal
import threading
import time

import pytest
from chat_fakes import COUNT, PLOT
from rich.console import Console

from windward.recipes.chat.conversation import ChatConfig
from windward.recipes.chat.record import Over
from windward.recipes.chat.script import Script
from windward.recipes.chat.store import Conversations
from windward.recipes.chat.terminal import Terminal

FAILS = "<execute>\nprint('a\\x1b[2Jb')\n1/0\n</execute>"


def session(home, lines, *replies):
    """What the terminal shows for these lines, and the conversations that it leaves; a line may be a function."""
    store = Conversations(home, Script(replies, pause=0), ChatConfig())
    shown = io.StringIO()
    waiting = iter(lines)

    def read(prompt):
        line = next(waiting, None)
        return line(shown.getvalue(), store) if callable(line) else line

    Terminal(store, read, Console(file=shown, width=100, color_system=None)).run()
    return shown.getvalue(), store


def test_text_code_output_and_figures_are_shown(tmp_path):
    shown, store = session(tmp_path, ["Count and plot."], COUNT, PLOT, "There it is.")
    order = ["I count.", "┌ Python", "x = 41", "  42", "plt.plot([1, 4, 9])", "figure-1.png", "There it is."]
    places = [shown.index(part) for part in order]
    assert places == sorted(places) and "<execute>" not in shown
    (one,) = store.listed()
    assert f"figure: {tmp_path / one.id / 'figures' / '002-1.png'}" in shown


def test_an_error_is_shown_and_what_drives_a_terminal_is_spelled_out(tmp_path):
    shown, _ = session(tmp_path, ["Go."], FAILS, "It \x1b[31mfailed [bold]here[/bold].")
    assert "ZeroDivisionError: division by zero" in shown and "a␛[2Jb" in shown
    assert "It ␛[31mfailed [bold]here[/bold]." in shown and "\x1b" not in shown


def test_files_go_in_and_out(tmp_path, monkeypatch):
    (out := tmp_path / "out").mkdir()
    monkeypatch.chdir(out)
    (tmp_path / "my data.csv").write_text("a\n1\n")
    (out / "my data.csv").write_text("mine")
    copy = "<execute>\nopen('copy.csv', 'w').write(open('my data.csv').read() * 2)\n</execute>"
    shown, _ = session(
        tmp_path / "home",
        [
            f"/upload '{tmp_path}/my data.csv'",
            "Copy it.",
            "/files",
            "/download copy.csv",
            "/download 'my data.csv'",
            "/download copy.csv copy.csv",
            "/download ../conversation.jsonl",
            "/upload nowhere.csv",
        ],
        copy,
        "Done.",
    )
    assert "given as my data.csv (4 bytes)" in shown and "8  copy.csv" in shown
    assert (out / "copy.csv").read_text() == "a\n1\na\n1\n"
    assert (out / "my data.csv").read_text() == "mine" and (out / "my data-2.csv").read_text() == "a\n1\n"
    assert shown.count("error:") == 3 and "is there already" in shown and "no file '../conv" in shown
    assert sorted(path.name for path in out.iterdir()) == ["copy.csv", "my data-2.csv", "my data.csv"]


def test_conversations_are_listed_opened_and_exported(tmp_path):
    export = tmp_path / "all.jsonl"
    _, store = session(
        tmp_path / "home", ["Count.", "/good", f"/export {export}", "/new", "Again."], COUNT, "It is 42."
    )
    newest, first = store.listed()
    assert (newest.title, first.title) == ("Again.", "Count.")
    look = "<execute>\nprint(x)\n</execute>"
    shown, _ = session(
        tmp_path / "home",
        ["/history", f"/open {first.id[:8]}", "And x?", f"/export {export}", "/open 0000"],
        COUNT,
        "It is 42.",
        look,
        "Still 41.",
    )
    assert first.id in shown and newest.id in shown
    opened = shown[shown.index("you> Count.") :]  # the list before it shows ids, which may begin with 41
    assert opened.index("  42") < opened.index("  41") < opened.index("Still 41.")
    assert "no conversation '0000'" in shown
    rows = [json.loads(line) for line in export.read_text().splitlines()]
    assert [len(row["messages"]) for row in rows] == [5, 9]
    assert [row["success"] for row in rows] == [True, True] and rows[0]["id"] == rows[1]["id"] == first.id


def test_ctrl_c_stops_the_answer_and_the_conversation_goes_on(tmp_path):
    loop = "I loop.\n<execute>\nwhile True: pass\n</execute>"
    interrupted = []

    def say_and_interrupt(_, store):
        def watch():
            while not any(one.draft and one.draft.code for one in store._known.values()):
                time.sleep(0.02)
            interrupted.append(True)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=watch, daemon=True).start()
        return "Loop."

    shown, store = session(tmp_path, [say_and_interrupt, "What now?", "/go"], loop, "I go on.")
    assert interrupted and "Stopped; the conversation goes on." in shown and "I go on." in shown
    (conversation,) = store._known.values()
    assert [entry.reason for entry in conversation.entries if isinstance(entry, Over)] == ["stopped", "done"]
    assert "nothing to go on with" in shown


def test_ctrl_c_at_the_prompt_leaves(tmp_path):
    def leave(*_):
        raise KeyboardInterrupt

    shown, _ = session(tmp_path, [leave, "never"], "Hello.")
    assert "Hello" not in shown


@pytest.mark.parametrize(
    "line", ["/nope", "/", "/_here", "/upload", "/open a b", "/download 'x", "/__init__ x"]
)
def test_a_command_that_is_none_is_answered_with_help(tmp_path, line):
    shown, store = session(tmp_path, [line, "/quit", "never"], "Hello.")
    assert "/help" in shown.split("\n", 1)[1] and "Hello" not in shown and not store.listed()


def test_half_a_fence_is_code_too(tmp_path):
    shown, _ = session(tmp_path, ["Count."], "So:\n```python\nprint(6 * 7)\n```", "Done.")
    assert shown.count("print(6 * 7)") == 1 and "  42" in shown
