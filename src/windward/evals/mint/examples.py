"""One worked example a family; the first turn of each goes wrong or only explores, so that repair is shown too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from windward.evals.mint.instances import FamilyName


@dataclass(frozen=True)
class Step:
    """One turn of a worked example.

    Attributes:
        reply: what the model writes.
        observation: what its code shows; empty after the last turn.
        feedback: what an expert says of it.
    """

    reply: str
    observation: str = ""
    feedback: str = ""


@dataclass(frozen=True)
class Example:
    """A task, and the turns that solve it."""

    task: str
    steps: tuple[Step, ...]


def transcript(example: Example, *, feedback: bool) -> str:
    """The example as one text."""
    parts = [f"Task:\n{example.task}"]
    for step in example.steps:
        parts.append(f"Assistant:\n{step.reply}")
        if step.observation:
            parts.append(f"Observation:\n{step.observation}")
            if feedback:
                parts.append(f"Expert feedback:\n{step.feedback}")
    return "\n\n".join(parts)


_REASONING = Example(
    task="A lift rises as many metres as the Eiffel Tower has letters in its full name, at 2.5 m/s. "
    "How many seconds does it take? Round to one decimal place.",
    steps=(
        Step(
            "<thought> I count the letters with Python, leaving the space out. </thought>\n"
            "<execute>\nletters = len('Eiffel Tower'.replace(' ', ''))\nprint(letter / 2.5)\n</execute>",
            "NameError: name 'letter' is not defined",
            "This is BAD. The variable has another name in your first line.",
        ),
        Step(
            "<thought> The variable is `letters`, and it is still there. </thought>\n"
            "<execute>\nprint(letters, letters / 2.5)\n</execute>",
            "11 4.4",
            "This is GOOD. The number has the form that is asked for.",
        ),
        Step("<thought> 11 letters take 4.4 s. </thought>\n<solution> 4.4 </solution>"),
    ),
)

_CODE = Example(
    task="Write Python code that does this:\n\n"
    'Write a function to swap the first and the last letter of a word.\nassert swap_ends("table") == "eablt"',
    steps=(
        Step(
            "<thought> I write the function and try it on the given case and on a short word. </thought>\n"
            "<execute>\ndef swap_ends(word):\n    return word[-1] + word[1:-1] + word[0]\n\n"
            "print(swap_ends('table'), swap_ends('a'))\n</execute>",
            "eablt aa",
            "This is BAD. Look at what a word of one letter becomes.",
        ),
        Step(
            "<thought> A word with fewer than two letters must stay as it is. </thought>\n"
            "<solution>\ndef swap_ends(word):\n    if len(word) < 2:\n        return word\n"
            "    return word[-1] + word[1:-1] + word[0]\n</solution>"
        ),
    ),
)

_HOUSEHOLD = Example(
    task="You act in a household through the tools. The task is done once the household is as asked.\n\n"
    "You stand in a kitchen with a cabinet 1, a countertop 1 and a fridge 1.\n"
    "Your task is to: put a cool apple in cabinet.",
    steps=(
        Step(
            "<thought> First I look for an apple, and open what is closed. </thought>\n"
            "<execute>\nfor place in ['countertop 1', 'fridge 1']:\n    seen = goto(place)\n"
            "    if 'closed' in seen:\n        seen = open_receptacle(place)\n    print(seen)\n"
            "    if 'apple' in seen:\n        break\n</execute>",
            "On the countertop 1, you see an apple 2, and a knife 1.",
            "This is GOOD. Now take it to where it gets cool.",
        ),
        Step(
            "<thought> I take apple 2, cool it with the fridge, and bring it to the cabinet. </thought>\n"
            "<execute>\nprint(take_from('apple 2', 'countertop 1'))\nprint(goto('fridge 1'))\n"
            "print(cool('apple 2', 'fridge 1'))\nprint(goto('cabinet 1'))\n"
            "print(open_receptacle('cabinet 1'))\nprint(put('apple 2', 'cabinet 1'))\n</execute>",
            "You pick up the apple 2 from the countertop 1.\nThe fridge 1 is closed.\n"
            "You cool the apple 2 using the fridge 1.\nThe cabinet 1 is closed.\n"
            "You open the cabinet 1. In it, you see nothing.\nYou put the apple 2 in/on the cabinet 1.",
            "This is GOOD. All that was asked for is done.",
        ),
        Step("<thought> The cool apple lies in the cabinet. </thought>\n<solution> done </solution>"),
    ),
)

EXAMPLES: Mapping[FamilyName, Example] = {
    "reasoning": _REASONING,
    "code_generation": _CODE,
    "decision_making": _HOUSEHOLD,
}
