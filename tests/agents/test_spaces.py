"""The three action spaces: what is written is what is read, and what real models write is read as it was meant."""

import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from windward.agents import Call, as_python, described, format_answer, format_call, python_call, read_action
from windward.agents.json_calls import json_calls
from windward.agents.spaces import STOP
from windward.agents.text_calls import text_calls


def look_up(word: str, most: int = 3, exact: bool = False) -> list[str]:
    """Words that mean the same."""
    return [word][:most] if exact else []


def add(*numbers: float) -> float:
    """The sum."""
    return sum(numbers)


def note(text: Any = "", time: Any = "", people: Any = (), token: Any = "") -> str:
    """Writes a note."""
    return f"{text}{time}{people}{token}"


def today() -> str:
    """The date."""
    return "2023-03-19"


def decode(hex_string: str, shift: int) -> str:
    """Decodes."""
    return hex_string[shift:]


TOOLS = {"look_up": look_up, "add": add, "note": note, "today": today, "decode": decode}

texts = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " ,;:=\"'()[]{}\\/\n\t<>`“”’é.!?-_#")
    | st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"),
    max_size=24,
).filter(lambda text: not any(tag in text for tag in ("<execute>", "</execute>", "<solution>", "<thought>")))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
calls = st.one_of(
    st.builds(Call, st.just("note"), st.lists(values, max_size=4).map(tuple)),
    st.builds(Call, st.just("note"), st.just(()), st.dictionaries(st.sampled_from(["text", "time", "people", "token"]), values)),
    st.builds(Call, st.just("add"), st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5).map(tuple)),
    st.builds(Call, st.just("look_up"), st.tuples(texts, st.integers(), st.booleans())),
    st.builds(Call, st.just("decode"), st.just(()), st.fixed_dictionaries({"hex_string": texts, "shift": st.integers()})),
    st.just(Call("today")),
)  # fmt: skip


def read(text, space):
    if space == "code":
        return python_call(read_action(text, "code", TOOLS).code or "", TOOLS)
    return read_action(text, space, TOOLS).call


@pytest.mark.parametrize("space", ["code", "json", "text"])
@given(call=calls)
@example(call=Call("note", ({'"': None, "\xa0": None},)))
@example(call=Call("note", ("“a”, „b”", "it's", 'say "so", he')))
def test_a_formatted_call_is_read_back_with_or_without_its_stop_string(space, call):
    written = format_call(call, space)
    assert read(written, space) == call
    stripped = written[: written.index("</execute>")]
    assert read(stripped, space) == call
    assert read(f"I think so.\n{written}\n", space) == call


@pytest.mark.parametrize("space", ["code", "json", "text"])
@pytest.mark.parametrize("answer", ["42", "a, b", '{"tool": "add"}', "It is 'so'.", "x_1"])
def test_an_answer_is_read_back_in_every_space(space, answer):
    written = format_answer(answer)
    for text in (written, written.removesuffix("</solution>")):
        assert read_action(text, space, TOOLS).answer == answer


def test_a_call_with_both_kinds_of_arguments_has_no_form_in_json():
    with pytest.raises(ValueError, match="cannot be mixed"):
        format_call(Call("note", ("a",), {"time": "b"}), "json")


@pytest.mark.parametrize("name", ["os.system", "f(); g", "", "1x", "a b"])
def test_a_name_that_is_none_never_becomes_python(name):
    with pytest.raises(ValueError, match="is not a name"):
        as_python(Call(name))
    with pytest.raises(ValueError, match="is not a name"):
        as_python(Call("add", (), {name: 1}))


WORD = Call("look_up", ("big",))
NAMED = Call("look_up", (), {"word": "big", "most": 2})


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ('{"tool": "look_up", "args": ["big"]}', WORD),
        ('I will look.\n{"tool": "look_up", "args": ["big"]}\nThen I go on.', WORD),
        ('```json\n{"tool": "look_up", "args": ["big"]}\n```', WORD),
        ('```\n{"tool": "look_up", "args": ["big"]}', WORD),
        ('<execute>```json\n{"tool": "look_up", "args": ["big"]}\n```</execute>', WORD),
        ('<execute>{"tool": "look_up", "args": ["big"]', WORD),
        ('<execute>{"tool": "look_up", "args": ["big"', WORD),
        ('Action: {"tool": "look_up", "args": ["big"]}\nEnd Action', WORD),
        ('Action:\n{"tool": "look_up",\n "args": ["big"]}', WORD),
        ("{'tool': 'look_up', 'args': ['big']}", WORD),
        ("{“tool”: “look_up”, “args”: [“big”]}", WORD),
        ('{"tool": "look_up", "args": ["big",],}', WORD),
        ('{"tool": "look\\_up", "args": ["big"]}', WORD),
        ('{"tool": "look_up()", "args": "big"}', WORD),
        ('{"name": "look_up", "arguments": {"word": "big", "most": 2}}', NAMED),
        ('{"action": "look_up", "word": "big", "most": 2}', NAMED),
        ('{"function": {"name": "look_up", "arguments": "{\\"word\\": \\"big\\", \\"most\\": 2}"}}', NAMED),
        ('[{"tool": "look_up", "parameters": {"word": "big", "most": 2}}]', NAMED),
        ('{"thought": "hm {", "tool": "look_up", "args": {"word": "big", "most": 2}}', NAMED),
        ('{"tool": "today"}', Call("today")),
        ('{"tool": "today", "args": {}}', Call("today")),
        ('{"tool": "note", "args": ["It\'s {odd}, \\"quoted\\""]}', Call("note", ('It\'s {odd}, "quoted"',))),
    ],
)  # fmt: skip
def test_json_is_read_from_every_usual_form(text, call):
    assert read_action(text, "json", TOOLS).call == call


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("look_up, big", WORD),
        ("Let me see.\nlook_up, big", WORD),
        ("Action: look_up, big\nEnd Action", WORD),
        ("Action:\nlook_up, big", WORD),
        ("**Action:** look_up, big", WORD),
        ("```\nlook_up, big\n```", WORD),
        ("<execute>look_up, big</execute>", WORD),
        ("<execute>\n`look_up`, big", WORD),
        ("look_up: big", WORD),
        ('look_up("big")', WORD),
        ("look_up, “big”", WORD),
        ("look_up, 'big'", WORD),
        ("look_up, word: big, most: 2", NAMED),
        ("look_up, word=big, most=2", NAMED),
        ('look_up(word="big", most=2)', NAMED),
        ("add, 1, 2.5", Call("add", (1, 2.5))),
        ("today", Call("today")),
        ("today()", Call("today")),
        ("decode, 4e65, 5", Call("decode", ("4e65", 5))),
        ("decode, 007, 5", Call("decode", ("007", 5))),
        ("note, time: 14:30:00, text: call", Call("note", (), {"time": "14:30:00", "text": "call"})),
        ('note, people: ["Ann, MD", "Bo"]', Call("note", (), {"people": ["Ann, MD", "Bo"]})),
        ("note, it's fine, don't", Call("note", ("it's fine", "don't"))),
    ],
)
def test_a_line_of_text_is_read_from_every_usual_form(text, call):
    assert read_action(text, "text", TOOLS).call == call


def test_of_several_calls_the_first_is_made_and_the_others_are_counted():
    action = read_action('{"tool": "today"} {"tool": "add", "args": [1]}', "json", TOOLS)
    assert (action.call, action.ignored) == (Call("today"), 1)
    action = read_action("today\nadd, 1\nadd, 2", "text", TOOLS)
    assert (action.call, action.ignored) == (Call("today"), 2)


def test_a_tool_that_is_not_there_is_a_call_where_an_action_was_marked():
    assert read_action('{"tool": "fly", "args": []}', "json", TOOLS).call == Call("fly")
    assert read_action("<execute>fly, home</execute>", "text", TOOLS).call == Call("fly")
    assert read_action("Fly, my pretties, fly.", "text", TOOLS).kind == "none"


@pytest.mark.parametrize("space", ["json", "text"])
@pytest.mark.parametrize(
    "text",
    ["", "I do not know.", "{}", "{broken", "[1, 2]", "<execute></execute>", "```json\n```", "tool: nothing"],
)
def test_prose_is_no_action(space, text):
    assert read_action(text, space, TOOLS).kind == "none"


def test_an_answer_given_as_an_object_is_an_answer():
    assert read_action('{"answer": 42}', "json", TOOLS).answer == "42"
    assert read_action('{"tool": "final_answer", "args": {"answer": "42"}}', "json", TOOLS).answer == "42"


@pytest.mark.parametrize("space", ["code", "json", "text"])
@given(text=st.text(max_size=200) | st.text(st.sampled_from("{}[]\"',:\\ \nab<>/execut`"), max_size=200))
def test_any_text_can_be_read_in_every_space(space, text):
    assert read_action(text, space, TOOLS).kind in ("code", "call", "answer", "none")


@pytest.mark.parametrize(
    "hostile", ["{" * 20_000, '{"tool": ' * 5_000, "'" * 20_000, "add, " + '"a", ' * 4_000, "[" * 20_000]
)
def test_hostile_text_is_read_in_bounded_work(hostile):
    json_calls(hostile)
    text_calls(f"add, {hostile}", TOOLS)
    python_call(hostile, TOOLS)


def test_a_python_call_is_read_and_never_run():
    assert python_call("token = 'abc'\nprint(note(token=token, people=['a']))", TOOLS) == Call(
        "note", (), {"token": "abc", "people": ["a"]}
    )
    assert python_call("note(token=open('/etc/passwd').read())", TOOLS) is None
    assert python_call("import os\nos.system('x')", TOOLS) is None


def test_a_python_call_of_another_function_is_a_call_too_where_no_tool_is_called():
    assert python_call("print(cancel_by_id(567))", TOOLS) == Call("cancel_by_id", (567,))
    assert python_call("cancel_by_id(567)\ntoday()", TOOLS) == Call("today")
    assert python_call("print('hello')", TOOLS) is None


@pytest.mark.parametrize(("space", "line"), [
    ("code", "look_up(word: str, most: int = 3, exact: bool = False) -> list[str]"),
    ("json", '{"tool": "look_up", "args": ["<word: str>", "<most: int, optional>", "<exact: bool, optional>"]} -> list[str]'),
    ("text", "look_up, <word: str>, <most: int, optional>, <exact: bool, optional> -> list[str]"),
])  # fmt: skip
def test_a_tool_is_described_as_its_space_calls_it(space, line):
    assert described({"look_up": look_up}, space) == f"{line}\nWords that mean the same."


def test_a_reply_ends_at_the_end_of_its_action():
    assert all(format_call(WORD, space).endswith(STOP[0]) for space in ("code", "json", "text"))
