"""What an agent does reads as markdown, and is the same text whether it is sent in pieces or whole."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.agents import Step
from windward.agents.actions import parse_action
from windward.recipes.serve.rendering import Markdown, fenced


def steps(*replies, shown="42"):
    """The turns of an agent that wrote these replies."""
    made = []
    for reply in replies:
        action = parse_action(reply, words=False)
        if action.kind == "code":
            made.append(Step(reply, "code", action.code, shown, "ok"))
        elif action.kind == "answer":
            made.append(Step(reply, "answer", action.answer, accepted=True))
        else:
            made.append(Step(reply, "none"))
    return made


def written(made, show="all", seed=None, figures=()):
    rng, markdown, said = random.Random(seed), Markdown(show), ""
    for step in made:
        at = 0
        while at < len(step.reply):
            size = len(step.reply) if seed is None else rng.randint(1, 9)
            said += markdown.words(step.reply[at : at + size])
            at += size
        said += markdown.step(step, figures if step.kind == "code" else ())
    assert said == markdown.text
    return said


@pytest.mark.parametrize(
    ("replies", "text"),
    [
        (["Hello."], "Hello."),
        (["\n\n  Hello.  \n"], "Hello.  \n"),
        (["I see.\n<execute>\nx\n", "Done."], "I see.\n\n```python\nx\n```\n\n```text\n42\n```\n\nDone."),
        (["<execute>x</execute>", "Done."], "```python\nx\n```\n\n```text\n42\n```\n\nDone."),
        (["Try:\n```python\nx\n```", "Done."], "Try:\n```python\nx\n```\n\n```text\n42\n```\n\nDone."),
        (["Try:\n```python\nx", "Done."], "Try:\n```python\nx\n```\n\n```text\n42\n```\n\nDone."),
        (["A\n```\n<execute>\nx\n</execute>\n```", "D"], "A\n\n```python\nx\n```\n\n```text\n42\n```\n\nD"),
        (["[PYTHON]\nx\n[/PYTHON]", "Done."], "```python\nx\n```\n\n```text\n42\n```\n\nDone."),
        (["So:\n<solution>7</solution>"], "So:\n\n7"),
        (["Use this:\n```bash\nls\n```\nBye."], "Use this:\n```bash\nls\n```\nBye."),
        (["1 < 2 and <exec"], "1 < 2 and <exec"),
        ([""], ""),
    ],
)
def test_each_form_of_action_reads_as_markdown(replies, text):
    for seed in (None, 1, 2, 3):
        assert written(steps(*replies), seed=seed) == text


@given(
    st.lists(
        st.text("a`\n <>", max_size=30)
        | st.sampled_from(["<execute>", "</execute>", "<solution>", "```python\n"])
    ),
    st.integers(),
)
def test_pieces_and_whole_are_the_same_text(parts, seed):
    made = steps("".join(parts), "Done.")
    assert written(made, seed=seed) == written(made)


@given(st.text("`~a\n", max_size=60))
def test_no_text_closes_its_own_fence(text):
    first, *inside, last = fenced("text", text).split("\n")
    assert first == f"{last}text"
    assert not any(line.strip().startswith(last) for line in inside)
    assert "\n".join(inside) == text.strip("\n")


def test_the_final_words_alone_are_those_of_the_last_turn():
    made = steps("I see.\n<execute>\nx\n", "It is **42**.\n")
    assert written(made, "answer", seed=1) == "It is **42**."
    assert written(steps("So:\n<solution>7</solution>"), "answer", seed=1) == "7"


def test_what_shows_nothing_has_no_output():
    from windward.agents.tool_use import SILENT

    assert written(steps("<execute>\nx\n", shown=SILENT)) == "```python\nx\n```"


def test_figures_are_counted_and_a_missing_one_is_said():
    text = written(steps("<execute>\nx\n"), figures=[b"\x89PNG", "it is gone"])
    assert "![Figure 1](data:image/png;base64,iVBORw==)" in text
    assert text.endswith("*(Figure 2 is not shown: it is gone.)*")


def test_a_note_stands_in_a_paragraph_of_its_own():
    markdown = Markdown()
    markdown.words("One")
    markdown.unfinished("while True: pass")
    markdown.note("Stopped.")
    assert markdown.text == "One\n\n```python\nwhile True: pass\n```\n\n*(Stopped.)*"
