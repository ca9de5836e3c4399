"""What is read out of a reply: the function up to its last definition, the call without it, and a reason where there is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toolset_build_fakes import fence

from windward.toolsets.build_reading import Written, read_call, read_function, read_function_and_call

F = "def f(a):\n    return a + 1"
CALL = "print(f(1))"


@pytest.mark.parametrize(
    "reply",
    [
        fence(F),
        f"Here it is.\n\n{fence(F)}\nIt adds one.",
        f"<think>```python\ndef g(): pass\n```</think>\n{fence(F)}",
        f"```\n{F}\n```",
        f"```python\n{F}",  # cut off after its end
        F,  # no fence, but nothing else either
        fence("print(1)", F),
        fence(f"{F}\n\n{CALL}"),  # what stands after it is no part of it
    ],
)
def test_a_function_is_read_up_to_its_last_definition(reply: str) -> None:
    assert read_function(reply) == Written(F, "")


def test_imports_helpers_and_constants_before_the_last_definition_stay_with_it() -> None:
    whole = "import math\nRATE = 2\n\n@staticmethod\ndef g(a):\n    return a\n\ndef f(a):\n    return g(a) * RATE  # twice"
    assert read_function(fence(whole)).code == whole


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("", "it is empty"),
        ("<think>I wonder", "its reasoning has no end"),
        ("The answer is 3 apples.", "there is no block of Python in it"),
        ("```json\n{}\n```", "there is no block of Python in it"),
        (fence("x = 1"), "its block defines no function at its top level"),
        (fence("class A:\n    def f(self): pass"), "its block defines no function at its top level"),
        (fence("def f(a:\n    return"), "its block cannot be run: it is no Python: "),
        (fence("def f(a):\n    return '\ud800'"), "its block cannot be run: it is no Python: "),
        (fence("def f(a):\n    return '\0'"), "its block cannot be run: it is no Python: "),
    ],
)
def test_a_reply_without_a_function_says_why(reply: str, why: str) -> None:
    for found in (read_function(reply), read_function_and_call(reply)):
        assert (found.code, found.call) == ("", "") and found.why.startswith(why)


@pytest.mark.parametrize(
    ("reply", "call"),
    [
        (fence(CALL), CALL),
        (f"First the data.\n{fence('a = 1')}\nThen:\n{fence('print(f(a))')}", "a = 1\nprint(f(a))"),
        (fence(f"{F}\n\n{CALL}"), CALL),
        (
            fence(f"def f(a):\n    return 7\n{CALL}"),
            CALL,
        ),  # or a wrong function would pass with a right copy in its call
        (fence("def g(a):\n    return f(a)\n\nprint(g(1))"), "def g(a):\n    return f(a)\n\nprint(g(1))"),
    ],
)
def test_a_call_is_read_without_the_function_itself(reply: str, call: str) -> None:
    assert read_call(reply, F) == Written(F, call)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (fence("print(2)"), "the code that should call the function does not name it"),
        (fence(F), "there is no code that calls it"),
        ("It would be 2.", "there is no block of Python in it"),
        (fence("print(f(1)"), "the block that calls it cannot be run: "),
        ("<think>f(1)", "its reasoning has no end"),
    ],
)
def test_a_call_that_is_none_says_why_and_leaves_the_function(reply: str, why: str) -> None:
    found = read_call(reply, F)
    assert (found.code, found.call) == (F, "") and found.why.startswith(why)


@pytest.mark.parametrize("reply", [fence(F, CALL), fence(f"{F}\n\n{CALL}"), fence("import math", F, CALL)])
def test_function_and_call_may_share_a_block_or_not(reply: str) -> None:
    assert read_function_and_call(reply) == Written(F, CALL)


def test_a_function_without_its_call_is_told() -> None:
    assert read_function_and_call(fence(F)) == Written(F, "", "there is no code that calls it")
    assert read_function_and_call(fence(F, "print(1)")).why.startswith("the code that should call")


_PIECES = st.sampled_from(["```python\n", "```\n", F + "\n", CALL + "\n", "def f(:\n", "</think>", "<think>", "\ud800", "\0", "  ", "\n", "\r"])  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=8), max_size=8).map("".join))
def test_no_reply_is_an_error_and_what_is_read_stands_in_it(reply: str) -> None:
    for found in (read_function(reply), read_call(reply, F), read_function_and_call(reply)):
        assert bool(found.why) or (found.code and (found.call or found == read_function(reply)))
        assert all(
            line in reply.replace("\r", "\n") or line in F
            for text in (found.code, found.call)
            for line in text.split("\n")
        )
