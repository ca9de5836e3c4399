"""Questions about drawn pictures, with what a model might write for each: a program, and what it is made into."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drawn_shapes import Shape, draw

from windward.models import Message
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool


@dataclass(frozen=True)
class Drawn:
    """One question: its picture, and the four texts of the model."""

    question: str
    answer: str
    shapes: tuple[Shape, ...]
    solution: str
    solution_call: str
    code: str
    call: str


FARM = (
    Shape("red", "circle", 40, 40, 16),
    Shape("red", "circle", 110, 40, 16),
    Shape("red", "circle", 40, 120, 12),
    Shape("blue", "square", 170, 120, 20),
)
ROW = (
    Shape("green", "triangle", 40, 80, 20),
    Shape("blue", "square", 110, 80, 18),
    Shape("red", "circle", 190, 80, 22),
)
PAIR = (Shape("red", "circle", 70, 80, 40), Shape("blue", "circle", 180, 80, 20))
STACK = (
    Shape("yellow", "square", 120, 40, 26),
    Shape("red", "circle", 120, 120, 20),
    Shape("purple", "triangle", 210, 120, 16),
)
TEN_YES = json.dumps(["yes"] * 7 + ["yes it is", "there is", "no"])

COUNT = 'def count_objects(image, name):\n    """Counts the things of a name in a picture."""\n    return len(image.find(name))'

DRAWN = {
    "count red": Drawn(
        "How many red circles are there?", "three", FARM,
        "def solve(image):\n    return len(image.find('red circle'))", "print(solve(image))",
        COUNT, "print(count_objects(image, 'red circle'))",
    ),
    "left of": Drawn(
        "What is left of the blue square?", json.dumps(["green triangle"] * 6 + ["triangle"] * 4), ROW,
        "def solve(image):\n    square = image.find('blue square')[0]\n"
        "    part = image.crop(0, 0, square.left, image.height)\n"
        "    return part.simple_query('what is it?')", "print(solve(image))",
        'def what_is_left_of(image, name):\n    """Names the thing that is left of the thing of a name."""\n'
        "    anchor = find(image, name)[0]\n"
        "    part = crop(image, image.left, image.top, anchor.left, image.bottom)\n"
        "    return simple_query(part, 'what is it?')", "print(what_is_left_of(image, 'blue square'))",
    ),
    "is there": Drawn(
        "Is there a green triangle?", TEN_YES, ROW,
        "def solve(image):\n    return image.exists('green triangle')", "print(yes_or_no(solve(image)))",
        'def is_there(image, name):\n    """Whether a thing of a name is in a picture: yes or no."""\n'
        "    return yes_or_no(image.exists(name))", "print(is_there(image, 'green triangle'))",
    ),
    "larger": Drawn(
        "Which is larger, the red circle or the blue circle?", "red circle", PAIR,
        "def solve(image):\n    red, blue = image.find('red circle')[0], image.find('blue circle')[0]\n"
        "    return 'red circle' if red.area > blue.area else 'blue circle'", "print(solve(image))",
        'def larger_of(image, first, second):\n    """Names the larger of two things."""\n'
        "    areas = {name: image.find(name)[0].area for name in (first, second)}\n"
        "    return max(areas, key=areas.get)", "print(larger_of(image, 'red circle', 'blue circle'))",
    ),
    "largest colour": Drawn(
        "What colour is the largest shape?", "yellow", STACK,
        "def solve(image):\n    largest = max(image.find('shape'), key=lambda one: one.area)\n"
        "    return largest.simple_query('what colour is it?')", "print(solve(image))",
        'def ask_about_largest(image, name, question):\n    """Asks a question about the largest thing of a name."""\n'
        "    largest = max(image.find(name), key=lambda one: one.area)\n"
        "    return largest.simple_query(question)", "print(ask_about_largest(image, 'shape', 'what colour is it?'))",
    ),
    "top half": Drawn(
        "How many shapes are in the upper half?", "2", FARM,
        "def solve(image):\n    return len(image.crop(0, 0, image.width, image.height / 2).find('shape'))",
        "print(solve(image))",
        'def count_in_part(image, name, left, top, right, bottom):\n'
        '    """Counts the things of a name in a part of a picture; its borders are shares of width and height."""\n'
        "    part = image.crop(left * image.width, top * image.height, right * image.width, bottom * image.height)\n"
        "    return len(part.find(name))", "print(count_in_part(image, 'shape', 0, 0, 1, 0.5))",
    ),
    "above": Drawn(
        "Is the yellow square above the red circle?", "yes", STACK,
        "def solve(image):\n    square, circle = image.find('yellow square')[0], image.find('red circle')[0]\n"
        "    return square.bottom <= circle.top", "print(yes_or_no(solve(image)))",
        'def is_above(image, upper, lower):\n    """Whether one thing is above another: yes or no."""\n'
        "    return yes_or_no(image.find(upper)[0].bottom <= image.find(lower)[0].top)",
        "print(is_above(image, 'yellow square', 'red circle'))",
    ),
    "rightmost": Drawn(
        "What colour is the shape on the far right?", "purple", STACK,
        "def solve(image):\n    last = max(image.find('shape'), key=lambda one: one.horizontal_center)\n"
        "    return last.best_text_match(['red', 'yellow', 'purple'])", "print(solve(image))",
        'def match_rightmost(image, name, options):\n    """Which of the texts fits the rightmost thing of a name."""\n'
        "    last = max(image.find(name), key=lambda one: one.horizontal_center)\n"
        "    return last.best_text_match(options)", "print(match_rightmost(image, 'shape', ['red', 'yellow', 'purple']))",
    ),
    "more": Drawn(
        "Are there more squares than circles?", "no", FARM,
        "def solve(image):\n    return len(image.find('square')) > len(image.find('circle'))",
        "print(solve(image))",
        'def more_than(image, first, second):\n    """Whether there are more things of one name than of another: yes or no."""\n'
        "    return yes_or_no(len(image.find(first)) > len(image.find(second)))",
        "print(more_than(image, 'square', 'circle'))",
    ),
    "count squares": Drawn(
        "How many blue squares are there?", "1", FARM,
        "def solve(image):\n    return image.simple_query('how many blue squares are there?')", "print(solve(image))",
        'def count_objects(picture, things):\n    """Counts things by asking."""\n'
        "    return picture.simple_query(f'how many {things} are there?')", "print(count_objects(image, 'blue squares'))",
    ),
    "how far": Drawn(
        "How far away is the red circle?", "two metres", PAIR,
        "def solve(image):\n    return image.find('red circle')[0].depth()", "print(solve(image))",
        "", "",
    ),
    "second largest": Drawn(
        "Which shape is the second largest?", "red circle", STACK,
        "def solve(image):\n    second = sorted(image.find('shape'), key=lambda one: -one.area)[1]\n"
        "    return second.simple_query('what is it?')", "print(solve(image))",
        'def second_largest(image):\n    """Names the second largest thing."""\n'
        "    part = image.crop(300, 200, 340, 240)\n    return part.simple_query('what is it?')",
        "print(second_largest(image))",
    ),
    "third red": Drawn(
        "What shape is the third red thing from the top?", "circle", FARM,
        "def solve(image):\n    return image.find('red')[2].simple_query('what shape is it?')", "print(solve(image))",
        'def third_thing(image, name):\n    """Asks what shape the third thing of a name has."""\n'
        "    return image.find(name)[3].simple_query('what shape is it?')", "print(third_thing(image, 'red'))",
    ),
}  # fmt: skip
"""Of the last three, one asks for a model that is not plugged in, and two are abstracted into what does not work."""
FRESH = {
    "count red": ((Shape("green", "triangle", 60, 60, 18), Shape("green", "triangle", 160, 90, 24)),
                  "How many green triangles are there?", "2", "print(count_objects(image, 'green triangle'))"),
    "left of": ((Shape("purple", "circle", 50, 70, 20), Shape("yellow", "square", 180, 70, 22)),
                "What is left of the yellow square?", "purple circle", "print(what_is_left_of(image, 'yellow square'))"),
    "is there": ((Shape("purple", "circle", 50, 70, 20),), "Is there a red square?", "no",
                 "print(is_there(image, 'red square'))"),
    "larger": ((Shape("green", "square", 60, 80, 18), Shape("yellow", "triangle", 170, 80, 34)),
               "Which is larger, the green square or the yellow triangle?", "the yellow triangle",
               "print(larger_of(image, 'green square', 'yellow triangle'))"),
    "above": ((Shape("blue", "circle", 60, 120, 18), Shape("red", "square", 60, 40, 18)),
              "Is the blue circle above the red square?", "no", "print(is_above(image, 'blue circle', 'red square'))"),
}  # fmt: skip
"""Other pictures and questions that these tools should solve too: shapes, question, answer, call."""


def save_pictures(folder: Path) -> None:
    for name, drawn in DRAWN.items():
        draw(*drawn.shapes).save(folder / f"{name}.png")
    for name, (shapes, *_) in FRESH.items():
        draw(*shapes).save(folder / f"{name} afresh.png")


def problems() -> list[ToolProblem]:
    return [
        ToolProblem(name, drawn.question, drawn.answer, {"image": f"{name}.png"})
        for name, drawn in DRAWN.items()
    ]


def tools() -> list[Tool]:
    """Each question's tool, with both of its programs."""
    return [
        Tool(
            name, drawn.question, drawn.answer, drawn.solution, drawn.solution_call, drawn.code, drawn.call,
            {"image": f"{name}.png"},
        )
        for name, drawn in DRAWN.items()
    ]  # fmt: skip


CHOICE = "The first looks itself, the second leaves it to a model.\nKEEP: 1"
"""Which of the two ways to count is more general."""


def _drawn(messages: Sequence[Message]) -> Drawn:
    asked = str(messages[-1]["content"])
    return next(drawn for drawn in DRAWN.values() if drawn.question in asked)


def solver(messages: Sequence[Message]) -> str:
    """A model that solves each question: its function, then the call."""
    drawn, wants_call = _drawn(messages), "[begin function" in str(messages[-1]["content"])
    return f"```python\n{drawn.solution_call if wants_call else drawn.solution}\n```"


def abstracter(messages: Sequence[Message]) -> str:
    """A model that makes each solution general, and picks one of two tools that are alike."""
    if "KEEP:" in str(messages[-1]["content"]):
        return CHOICE
    drawn = _drawn(messages)
    return f"```python\n{drawn.code}\n```\n\n```python\n{drawn.call}\n```"
