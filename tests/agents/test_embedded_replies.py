"""Replies of the embedded model to M3ToolEval (greedy, seed 0), as it wrote them: each is read, and read as what it is."""

import pytest

from windward.agents import Call, read_action


def click_url(url: str) -> str:
    """Opens a page."""
    return url


def string_length(string: str) -> int:
    """How long a text is."""
    return len(string)


TOOLS = {"click_url": click_url, "string_length": string_length}


@pytest.mark.parametrize(
    ("space", "reply", "kind", "what"),
    [
        ("code", "<execute>\nprint(2 + 3 * 4)\n", "code", "print(2 + 3 * 4)"),
        ("code", "<execute>\nprint(10 * 2) + 10\n", "code", "print(10 * 2) + 10"),
        ("code", "<answer>\n\nThe answer is 9.", "answer", "The answer is 9."),
        ("code", "<answer>\n\nKimberly Dudley is emailed to Kimberly Dudley.\n</answer>", "answer",
         "Kimberly Dudley is emailed to Kimberly Dudley."),
        ("code", "<solution>4d4f5252", "answer", "4d4f5252"),
        ("json", '<execute>\n{"tool": "click_url", "args": ["<url: str>"]}\n', "call", Call("click_url", ("<url: str>",))),
        ("json", '<execute>\n{"tool": "click_url", "args": ["Meredith Barnes"]}\n', "call", Call("click_url", ("Meredith Barnes",))),
        ("json", '<execute>\n{"tool": "max_budget_calculator", "args": ["<flight_price: int | float | list[int | float] …>"]} -> '
         "int | float\nAdds any number of numbers.\n\nTurns right: 10.\n", "call",
         Call("max_budget_calculator", ("<flight_price: int | float | list[int | float] …>",))),
        ("json", "<solution>786b686b686d666d686b", "answer", "786b686b686d666d686b"),
        ("text", "<execute>\nstring_length,\n", "call", Call("string_length")),
        ("text", "<execute>\nstring_length:\n\nTraceback (most recent call last):\n  cell 3, line 1\n    print(string_length())\n\n"
         "Turns left: 9.", "call", Call("string_length")),
        ("text", "<execute>\nstock_of, chair, Kiel\n", "call", Call("stock_of")),
        ("text", "<execute>\n<total_revenue: 250, <total_revenue: 250, <total_revenue: 25, <\n", "none", None),
        ("text", "<solution>\n\n<execute>\n\n<answer>\n\nThe answer is: 9", "none", None),
    ],
)  # fmt: skip
def test_what_a_small_model_wrote_is_read_as_what_it_is(space, reply, kind, what):
    action = read_action(reply, space, TOOLS)
    assert action.kind == kind
    assert (action.code or action.answer or action.call) == what
