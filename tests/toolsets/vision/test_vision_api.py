"""What programs can ask of a picture, and how answers that cannot be had are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawn_questions import tools
from drawn_shapes import EYES, PLAIN, Shape, draw
from PIL.Image import Image
from vision_sessions import Look

from windward.interpreter import Interpreter
from windward.toolsets.callables import source_tools
from windward.toolsets.problems import ToolProblem
from windward.toolsets.vision import VisionModels, api, vision_domain

HERE = draw(
    Shape("red", "circle", 40, 40, 20),
    Shape("green", "triangle", 120, 40, 20),
    Shape("red", "square", 200, 40, 10),
    Shape("red", "circle", 200, 120, 15),
)
PICTURES = {"here": HERE}


def test_what_is_found_lies_where_it_was_drawn_in_reading_order_of_equal_scores(look: Look) -> None:
    session = look(PICTURES)
    assert session.run("[one.box for one in image.find('red')]").value == str(
        [(20, 20, 61, 61), (190, 30, 211, 51), (185, 105, 216, 136)]
    )
    assert session.run("one = image.find('red')[1]; one.width, one.height, one.area, one.score").value == (
        "(21, 21, 441, 1.0)"
    )
    assert session.run("one.horizontal_center, one.vertical_center").value == "(200.5, 40.5)"
    assert session.run("one").value == "<Image of 21 × 21 pixels at (190, 30, 211, 51)>"


def test_better_scores_come_first(look: Look) -> None:
    boxes = [(0, 0, 9, 9, 0.2), (5, 5, 9, 9, 0.9), (1, 1, 9, 9, 0.5)]
    session = look(PICTURES, VisionModels(find=lambda picture, name: boxes))
    assert session.run("[one.score for one in image.find('x')]").value == "[0.9, 0.5, 0.2]"


def test_only_the_best_hundred_are_given(look: Look) -> None:
    session = look(
        PICTURES, VisionModels(find=lambda picture, name: [(n % 9, 0, 20, 9, n) for n in range(300)])
    )
    assert session.run("found = image.find('x'); len(found), found[-1].score").value == "(100, 200.0)"


def test_positions_in_a_part_are_those_of_the_whole_picture(look: Look) -> None:
    session = look(PICTURES)
    session.run("part = image.crop(150, 0, image.width, image.height).crop(0, 80, 240, 160)")
    assert session.run("part.box, part.find('red circle')[0].box").value == (
        "((150, 80, 240, 160), (185, 105, 216, 136))"
    )
    assert session.run("part.crop(190.6, 110, 200.2, 120).box").value == "(190, 110, 201, 120)"


def test_a_model_sees_only_the_part_that_is_asked_about(look: Look) -> None:
    seen: list[tuple[tuple[int, int], Any]] = []

    def caption(picture: Image) -> str:
        seen.append((picture.size, picture.getpixel((0, 0))))
        return " a thing "

    session = look(PICTURES, VisionModels(caption=caption))
    assert session.run("image.crop(30, 30, 50, 40).caption()").value == "'a thing'"
    assert seen == [((20, 10), HERE.getpixel((30, 30)))]


def test_every_question_has_its_answer_as_a_method_and_as_a_function(look: Look) -> None:
    session = look(
        PICTURES, VisionModels(**vars(EYES) | {"caption": lambda one: "shapes", "depth": lambda one: 2})
    )
    for code, value in {
        "image.exists('green triangle'), exists(image, 'blue square')": "(True, False)",
        "image.simple_query('how many red circles are there?'), simple_query(image, 'what is it?')": "('2', 'red circle')",
        "image.verify_property('circle', 'red'), verify_property(image, 'circle', property='green')": "(True, False)",
        "image.best_text_match(['blue', 'red']), best_text_match(image, options=['green', 'blue'])": "('red', 'green')",
        "image.caption(), caption(image), image.depth(), depth(image)": "('shapes', 'shapes', 2.0, 2.0)",
        "len(find(image, 'red')), crop(image, 0, 0, 10, 10).box": "(3, (0, 0, 10, 10))",
        "yes_or_no(image.exists('red')), yes_or_no([])": "('yes', 'no')",
        "image == image.crop(0, 0, 999, 999), len({image, image.crop(0, 0, 999, 999)}), image == 1": "(True, 1, False)",
    }.items():  # fmt: skip
        assert session.run(code).value == value, session.run(code).text


def test_tools_that_are_given_as_source_look_at_the_sessions_picture() -> None:
    domain = vision_domain(EYES, PICTURES)
    made = [tool for tool in tools() if tool.id in ("count red", "left of")]
    with Interpreter(tools={**domain.host, **source_tools(made, domain)}) as session:
        session.run(domain.prelude + domain.prepare(ToolProblem("p", "?", "", {"image": "here"})))
        assert session.run("count_objects(image, 'red circle')").value == "2"
        assert session.run("what_is_left_of(image, 'green triangle')").value == "'red circle'"


def test_pixels_are_those_of_the_picture(look: Look) -> None:
    session = look(PICTURES)
    assert session.run("image.crop(0, 0, 2, 1).pixels()").value == str([[PLAIN, PLAIN]])
    session.run("rows = image.crop(15, 22, 35, 32).pixels()")
    assert session.run("len(rows), len(rows[0]), [list(map(list, row)) for row in rows]").value == str(
        (10, 20, np.asarray(HERE)[22:32, 15:35].tolist())
    )
    assert "240 × 160 pixels are too many at once: crop to 4096" in str(session.run("image.pixels()").error)


def test_exists_is_asked_of_its_own_model_where_there_is_one(look: Look) -> None:
    session = look(PICTURES, VisionModels(find=EYES.find, exists=lambda picture, name: name == "ghost"))
    assert session.run("image.exists('ghost'), image.exists('red circle')").value == "(True, False)"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("find('x')", "find"),
        ("exists('x')", "exists"),
        ("simple_query('x?')", "simple_query"),
        ("verify_property('x', 'y')", "verify_property"),
        ("best_text_match(['x'])", "best_text_match"),
        ("caption()", "caption"),
        ("depth()", "depth"),
    ],
)
def test_what_is_not_plugged_in_says_so_and_how_to_plug_it_in(look: Look, call: str, name: str) -> None:
    seen = look(PICTURES, VisionModels()).run(f"image.{call}")
    assert f"no model answers {name} here: plug one in (VisionModels({name}=…))" in str(seen.error)


def test_a_model_that_fails_is_told_apart_from_a_program_that_does(look: Look) -> None:
    def find(picture: Image, name: str) -> Any:
        raise KeyError("weights")

    seen = look(PICTURES, VisionModels(find=find)).run("image.find('x')")
    assert (
        "RuntimeError: vision_find: the model that is plugged in for find failed: KeyError: 'weights'"
        in str(seen.error)
    )


def _yields_and_fails(picture: Image, name: str) -> Any:
    yield 0, 0, 1, 1
    raise OSError("gone")


WRONG: dict[str, tuple[Callable[..., Any], str, str]] = {
    "three numbers": (lambda *_: [(1, 2, 3)], "find('x')", "it returns boxes of left, top, right, bottom"),
    "nan": (lambda *_: [(0, 0, float("nan"), 3)], "find('x')", "it returns boxes"),
    "an infinite score": (lambda *_: [(0, 0, 1, 3, float("inf"))], "find('x')", "it returns boxes"),
    "dictionaries": (
        lambda *_: [{"box": 1}],
        "find('x')",
        "the model that is plugged in for find returned [{'box'",
    ),
    "nothing": (lambda *_: None, "find('x')", "plugged in for find failed: TypeError"),
    "a generator that fails": (_yields_and_fails, "find('x')", "plugged in for find failed: OSError: gone"),
    "a number": (lambda *_: 7, "simple_query('x?')", "returned 7: it returns a text"),
    "a text": (lambda *_: "yes", "verify_property('x', 'y')", "returned 'yes': it returns True or False"),
    "another option": (
        lambda *_: "c",
        "best_text_match(['a', 'b'])",
        "returned 'c': it returns one of the options",
    ),
    "no number": (lambda *_: "far", "depth()", "returned 'far'"),
    "not a number": (lambda *_: float("nan"), "depth()", "it returns a finite number"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_model_that_returns_what_it_should_not_is_told(look: Look, what: str) -> None:
    model, call, error = WRONG[what]
    plugged: dict[str, Any] = {call.split("(")[0]: model}
    seen = look(PICTURES, VisionModels(**plugged)).run(f"image.{call}")
    assert error in str(seen.error), seen.text


def test_boxes_of_a_model_are_clipped_and_empty_ones_left_out(look: Look) -> None:
    boxes = np.array([[-5.5, 3.2, 7.1, 1e300], [50, 50, 50, 60], [300, 0, 400, 10], [9, 9, 3, 3]])
    session = look(PICTURES, VisionModels(find=lambda picture, name: boxes))
    assert session.run("[one.box for one in image.find('x')]").value == "[(0, 3, 8, 160)]"


def test_texts_and_options_are_limited_and_not_empty(look: Look) -> None:
    session = look(PICTURES)
    for code, error in {
        "image.find('  ')": "the name is empty",
        "image.find(7)": "TypeError: the name is a text, not int",
        "image.simple_query('x' * 501)": "the question has 501 characters",
        "image.verify_property('x', 'y' * 501)": "the property has 501 characters",
        "image.best_text_match([])": "takes 1 to 50 options, not 0",
        "image.best_text_match(['x'] * 51)": "takes 1 to 50 options, not 51",
        "find('x', image)": "TypeError: find takes a picture first, not str",
    }.items():
        assert error in str(session.run(code).error)


def test_what_a_model_says_is_cut(look: Look) -> None:
    session = look(PICTURES, VisionModels(caption=lambda picture: "x" * 5_000))
    assert session.run("len(image.caption())").value == str(api.REPLY_CHARS)


def test_the_sandbox_and_the_host_limit_texts_alike(look: Look) -> None:
    assert look(PICTURES).run("TEXT_CHARS").value == str(api.TEXT_CHARS)


def test_models_are_called_one_at_a_time() -> None:
    busy, most = threading.Lock(), []

    def caption(picture: Image) -> str:
        most.append(busy.acquire(blocking=False))
        threading.Event().wait(0.01)
        busy.release()
        return "x"

    domain = vision_domain(VisionModels(caption=caption), PICTURES)
    image = domain.prepare(ToolProblem("p", "?", "", {"image": "here"})).split("'")[1]
    threads = [
        threading.Thread(target=domain.host["vision_caption"], args=(image, [0, 0, 9, 9])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [True] * 8
