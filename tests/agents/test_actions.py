import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.agents import is_python, parse_action
from windward.agents.blocks import closed


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(1)\n```",
        "```py\nprint(1)\n```",
        "```\nprint(1)\n```",
        "```Python\r\nprint(1)\r\n```",
        "Let me compute.\n```python\nprint(1)\n```\nThat is it.",
        "```python\nprint(1)",
        "```python\nprint(1)\n",
        "```python\nprint(1)```",
        "  ```python\n  print(1)\n  ```",
        "```python print(1)```",
        "<execute>print(1)</execute>",
        "<thought>easy</thought>\n<execute>\nprint(1)\n</execute>",
        "<execute>\nprint(1)",
        "<execute>\n```python\nprint(1)\n```\n</execute>",
        "<execute>\n```python\nprint(1)\n</execute>",
        "<execute>\n    print(1)\n</execute>",
        "<execute>print(1)\n<thought>It prints.</thought>",
        "<thought>no end\n<execute>print(1)</execute>",
        "[PYTHON]\nprint(1)\n[/PYTHON]",
        "[PYTHON]\nprint(1)",
        "<execute>\n[PYTHON]\nprint(1)\n[/PYTHON]\n</execute>",
        "<execute>[PYTHON]print(1)</execute>",
    ],
)
def test_the_same_code_is_read_from_every_usual_form(text):
    action = parse_action(text)
    assert action.kind == "code"
    assert action.code == "print(1)"


def test_several_blocks_are_run_as_one():
    action = parse_action("First\n```python\nx = 1\n```\nthen\n```python\nprint(x)\n```")
    assert action.code == "x = 1\nprint(x)"


def test_typographic_quotes_become_plain_where_the_code_needs_it():
    assert parse_action("```python\nprint(“a”)\n```").code == 'print("a")'


def test_typographic_quotes_in_code_that_parses_are_left_alone():
    assert parse_action("```python\nprint('“a”')\n```").code == "print('“a”')"


def test_a_block_of_another_language_is_not_run():
    assert parse_action("```json\n{}\n```").kind == "none"


def test_a_solution_is_an_answer_even_beside_code():
    action = parse_action("<execute>print(1)</execute><solution> 42 </solution>")
    assert (action.kind, action.answer, action.code) == ("answer", "42", None)


@pytest.mark.parametrize(
    "text",
    [
        "<solution>42</solution>",
        "The answer is <solution> 42 </solution>.",
        "<solution>42",
        "<solution>42\n<execute>print(1)</execute>",
        "<solution>\n```\n42\n```\n</solution>",
        "<execute>print(1)\n<solution>42",
    ],
)
def test_the_same_solution_is_read_from_every_usual_form(text):
    assert parse_action(text).answer == "42"


def test_several_solutions_are_one_proposal():
    assert parse_action("<solution>a</solution> or <solution>b</solution>").answer == "a\nb"


@pytest.mark.parametrize("text", ["<solution></solution>", "<solution>\n</solution>", "<solution>"])
def test_an_empty_solution_is_no_action_even_beside_code(text):
    assert parse_action(text).kind == "none"
    assert parse_action(f"<execute>print(1)</execute>{text}").kind == "none"


def test_escaped_underscores_become_plain_where_the_code_needs_it():
    assert (
        parse_action("<execute>my\\_sum = 1\nprint(my\\_sum)</execute>").code == "my_sum = 1\nprint(my_sum)"
    )
    assert (
        parse_action("<solution>def my\\_f():\n    return 1</solution>").answer == "def my_f():\n    return 1"
    )
    assert parse_action("<execute>print(r'a\\_b')</execute>").code == "print(r'a\\_b')"


def test_words_in_a_solution_are_left_as_they_stand():
    assert (
        parse_action("<solution>The “Old\\_Man” and the Sea</solution>").answer
        == "The “Old\\_Man” and the Sea"
    )


def test_a_fence_within_whole_python_is_data():
    code = 'text = """\n```python\nx\n```\n"""'
    assert parse_action(f"<execute>\n{code}\n</execute>").code == code


def test_an_answer_in_words_can_be_left_unread():
    assert parse_action("Answer: 42", words=False).kind == "none"
    assert parse_action("<solution>42</solution>", words=False).answer == "42"


@pytest.mark.parametrize("text", ["Answer: 42", "So we see.\n**Final answer:** 42", "answer : 42 "])
def test_an_answer_in_words_is_read(text):
    action = parse_action(text)
    assert (action.kind, action.answer) == ("answer", "42")


@pytest.mark.parametrize("text", ["", "I do not know.", "``````", "<execute></execute>", "```python\n\n```"])
def test_nothing_to_do_is_said(text):
    assert parse_action(text).kind == "none"


@given(st.text())
def test_any_text_can_be_read(text):
    action = parse_action(text)
    assert (action.code is None) == (action.kind != "code")


@given(st.text(alphabet="`python\n <>execute/123()=", max_size=80))
def test_text_full_of_fences_can_be_read(text):
    parse_action(text)
    closed(text)


@pytest.mark.parametrize("expression", ["1 + 1", "sum([1, 2])", "'a' * 3", "max(3, 4)"])
def test_code_survives_the_way_into_a_fence_and_back(expression):
    code = f"value = {expression}\nprint(value)"
    assert parse_action(f"```python\n{code}\n```").code == code
    assert ast.dump(ast.parse(parse_action(f"<execute>\n{code}\n</execute>").code)) == ast.dump(
        ast.parse(code)
    )


def test_the_fence_that_a_stop_string_took_is_put_back():
    assert closed("```python\nprint(1)\n") == "```python\nprint(1)\n```"
    assert closed("```python\nprint(1)\n```") == "```python\nprint(1)\n```"
    assert closed("words ") == "words"


def test_a_syntax_check_runs_nothing():
    assert is_python("raise SystemExit")
    assert not is_python("print(1")
    assert not is_python("x = \0")


def test_a_tag_that_a_thought_quotes_is_no_action():
    text = "<thought>I may write <execute> print('Hi') </execute> or <solution>.</thought>\n<execute>\nprint(1)\n</execute>"
    assert parse_action(text).code == "print(1)"
    assert parse_action("<thought>So: <execute>print(1)</execute></thought>").code == "print(1)"


@pytest.mark.parametrize(
    "text",
    ["<answer>42</answer>", "So: <answer>\n42\n</answer>.", "<answer>42", "<final_answer>42</final_answer>"],
)
def test_an_answer_in_the_tags_of_other_prompts_is_an_answer_where_words_count(text):
    assert parse_action(text).answer == "42"
    assert parse_action(text, words=False).kind == "none"
    assert parse_action(f"<execute>print(1)</execute>{text}").kind == "code"
