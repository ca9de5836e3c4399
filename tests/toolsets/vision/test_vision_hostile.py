"""Programs that lie to the host get an error of their own, and nothing else happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_shapes import EYES, Shape, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from vision_sessions import Look

from windward.interpreter import Interpreter
from windward.interpreter.tools import Calls, Toolbox
from windward.toolsets.problems import ToolProblem
from windward.toolsets.vision import VisionModels, vision_domain
from windward.toolsets.vision.api import TEXT_CHARS

HERE = draw(Shape("red", "circle", 60, 60, 20))
SECRET = draw(Shape("blue", "square", 60, 60, 20))
PICTURES = {"here": HERE, "secret": SECRET}

HOST = ("find", "exists", "simple_query", "verify_property", "best_text_match", "caption", "depth", "pixels")
BOXES = {
    "image.crop(float('nan'), 0, 10, 10)": "ValueError: crop takes finite numbers",
    "image.crop(0, 0, float('inf'), 10)": "ValueError: crop takes finite numbers",
    "image.crop(1e300, 0, 2e300, 10)": "ValueError: nothing of this picture",
    "image.crop(-50, -50, -10, -10)": "ValueError: nothing of this picture",
    "image.crop(20, 20, 10, 10)": "ValueError: nothing of this picture",
    "image.crop('a', 0, 10, 10)": "TypeError: crop takes four numbers",
    "vision_find(image._id, [float('nan'), 0, 10, 10], 'x')": "ValueError: vision_find: a box is four finite numbers",
    "vision_find(image._id, [0, 0, 1e999, 10], 'x')": "ValueError: vision_find: a box is four finite numbers",
    "vision_find(image._id, [1e300, 0, 2e300, 10], 'x')": "nothing of the picture (240 × 160 pixels) lies in this box",
    "vision_find(image._id, [-9, -9, -1, -1], 'x')": "nothing of the picture (240 × 160 pixels) lies in this box",
    "vision_find(image._id, [0] * 100_000, 'x')": "a box is four finite numbers",
    "vision_find(image._id, 'box', 'x')": "vision_find: box: Input should be a valid list",
    "vision_find(image._id, [[0], 1, 2, 3], 'x')": "vision_find: box.0: Input should be a valid number",
}


def _noted(name: str, asked: list[str]) -> list[tuple[float, ...]]:
    asked.append(name)
    return []


@pytest.mark.parametrize(("code", "error"), BOXES.items())
def test_a_box_that_is_none_is_refused(look: Look, code: str, error: str) -> None:
    seen = look(PICTURES).run(code)
    assert seen.status == "error" and error in str(seen.error), seen.text


def test_a_box_that_reaches_out_of_the_picture_is_clipped(look: Look) -> None:
    session = look(PICTURES)
    assert session.run("image.crop(-1e300, -5, 1e300, 50).box").value == "(0, 0, 240, 50)"
    assert session.run(
        "vision_find(image._id, [-1e300, -5, 1e300, 1e300], 'red circle')[0][:4]"
    ).value == str(session.run("[*image.find('red circle')[0].box]").value)


def test_the_id_of_another_picture_cannot_be_made_up(look: Look) -> None:
    session = look(PICTURES)
    for id in (
        "'secret'",
        "'here'",
        "'secret.png'",
        "'0' * 32",
        "image._id[::-1]",
        "image._id.upper() + 'g'",
        "''",
    ):
        seen = session.run(f"Image({id}, 0, 0, 240, 160).find('blue square')")
        assert "no picture has this id; a program's own picture is `image`" in str(seen.error)
    assert session.run("len(image.find('red circle')), len(image.find('blue square'))").value == "(1, 0)"


def test_an_id_says_nothing_of_its_picture_and_is_another_in_another_run() -> None:
    problem = ToolProblem("p", "?", "", {"image": "secret"})
    texts = [vision_domain(EYES, PICTURES).prepare(problem) for _ in range(2)]
    assert texts[0] != texts[1] and not any("secret" in text for text in texts)


def test_a_name_of_ten_megabytes_is_refused_before_it_is_sent(look: Look) -> None:
    session = look(PICTURES)
    seen = session.run("image.find('x' * 10_000_000)")
    assert f"ValueError: the name has 10000000 characters; at most {TEXT_CHARS} are taken" in str(seen.error)
    seen = session.run(f"vision_find(image._id, image.box, 'x' * {TEXT_CHARS + 1})")
    assert f"the name has {TEXT_CHARS + 1} characters" in str(seen.error)
    assert session.run("len(image.find('red circle'))").value == "1"


def test_who_sends_ten_megabytes_all_the_same_loses_the_session_and_asks_no_model(look: Look) -> None:
    asked: list[str] = []
    session = look(PICTURES, VisionModels(find=lambda picture, name: _noted(name, asked)))
    seen = session.run("vision_find(image._id, image.box, 'x' * 10_000_000)")
    assert (seen.status, asked) == ("crash", []) and "broke the reply channel" in str(seen.error)


def test_ten_thousand_calls_end_at_the_quota(look: Look) -> None:
    asked: list[str] = []
    session = look(PICTURES, VisionModels(find=lambda picture, name: _noted(name, asked)))
    seen = session.run("for _ in range(10_000): image.find('red circle')")
    assert "PermissionError: more than 50 tool calls in one run" in str(seen.error)
    assert len(asked) == 50


def test_the_file_of_a_picture_cannot_be_opened(tmp_path: Path) -> None:
    HERE.save(tmp_path / "here.png")
    domain = vision_domain(EYES, tmp_path)
    with Interpreter(tools=domain.host) as session:
        session.run(domain.prelude + domain.prepare(ToolProblem("p", "?", "", {"image": "here.png"})))
        for code in (
            f"open({str(tmp_path / 'here.png')!r}, 'rb')",
            f"import os; os.listdir({str(tmp_path)!r})",
        ):
            assert "FileNotFoundError" in str(session.run(code).error)
        for hidden in ("here.png", str(tmp_path)):
            assert hidden not in session.run("repr(vars(image)), repr(image), vision_find.__doc__").text


def test_what_a_program_does_to_the_api_changes_nothing_for_the_next(look: Look) -> None:
    session = look(PICTURES)
    twin = session.fork()
    twin.run("Image.find = find = vision_find = lambda *_: ['mine']")
    assert twin.run("image.find('x')").value == "['mine']"
    twin.close()
    assert session.run("len(image.find('red circle')), len(find(image, 'red circle'))").value == "(1, 1)"


def test_a_tool_with_a_find_of_its_own_leaves_the_pictures_find_alone(look: Look) -> None:
    session = look(PICTURES)
    session.run("def find(image, name):\n    return 'mine'\nvision_find = math = None")
    assert session.run("find(image, 'x'), len(image.find('red circle'))").value == "('mine', 1)"


@pytest.mark.parametrize("name", ["../here.png", "a/../../here.png", "/etc/passwd", "here\0.png"])
def test_a_problem_that_names_a_file_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "here.png")
    (tmp_path / "images").mkdir()
    domain = vision_domain(EYES, tmp_path / "images")
    with pytest.raises(ValueError, match=r"problem 'p': image .* is not the name of a file below"):
        domain.prepare(ToolProblem("p", "?", "", {"image": name}))


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "here.png")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "link.png").symlink_to(tmp_path / "here.png")
    with pytest.raises(ValueError, match="leads out of"):
        vision_domain(EYES, tmp_path / "images").prepare(ToolProblem("p", "?", "", {"image": "link.png"}))


PLAIN_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=9,
)
NUMBERS = st.floats() | st.integers(-(10**400), 10**400)


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calls, str, str]:
    """The host's end of a session's calls, a true id, and a folder that no answer may name."""
    folder = tmp_path_factory.mktemp("hidden_pictures")
    HERE.save(folder / "here.png")
    domain = vision_domain(EYES, folder)
    id = domain.prepare(ToolProblem("p", "?", "", {"image": "here.png"})).split("'")[1]
    return Toolbox(domain.host).quota(10**9), id, str(folder)


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(HOST), args=st.lists(PLAIN_VALUES, max_size=4))
def test_no_arguments_whatever_do_more_than_give_an_error(
    called: tuple[Calls, str, str], name: str, args: list[object]
) -> None:
    calls, _, folder = called
    answer = calls.call({"tool": f"vision_{name}", "args": args, "kwargs": {}})
    assert answer.keys() == {"error", "kind"} and folder not in str(answer)


@settings(max_examples=100, deadline=None)
@given(box=st.lists(NUMBERS, min_size=4, max_size=4))
def test_any_box_gives_parts_within_the_picture_or_an_error(
    called: tuple[Calls, str, str], box: list[float]
) -> None:
    calls, id, folder = called
    answer = calls.call({"tool": "vision_find", "args": [id, box, "red circle"], "kwargs": {}})
    if "error" in answer:
        assert answer["kind"] in ("ValueError", "ValidationError") and folder not in answer["error"]
    else:
        assert all(0 <= x0 < x1 <= 240 and 0 <= y0 < y1 <= 160 for x0, y0, x1, y1, _ in answer["result"])
