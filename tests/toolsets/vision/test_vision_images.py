"""Pictures are found by the name that their problem gives, and what cannot be had is said clearly."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image as Pictures
from PIL.Image import Image

from windward.toolsets.problems import ToolProblem
from windward.toolsets.vision import ImageFileError, check_images
from windward.toolsets.vision.images import Images


def _problem(image: str, id: str = "p") -> ToolProblem:
    return ToolProblem(id, "?", "", {"image": image} if image else {})


def _plain(*size: int, colour: str = "red") -> Image:
    return Pictures.new("RGB", (size[0], size[1]), colour)


def test_a_picture_is_read_from_a_folder_or_given_by_name(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    _plain(8, 5).save(tmp_path / "deep" / "here.jpg")
    for images, name in (
        (tmp_path, "deep/here.jpg"),
        (str(tmp_path), "deep/here.jpg"),
        ({"one": tmp_path / "deep" / "here.jpg"}, "one"),
        ({"one": _plain(8, 5)}, "one"),
    ):
        handle = Images(images).handle(_problem(name))
        assert (handle.width, handle.height, len(handle.id)) == (8, 5, 32)


def test_a_picture_keeps_its_handle_and_two_pictures_have_two() -> None:
    images = Images({"one": _plain(2, 2), "two": _plain(2, 2)})
    assert images.handle(_problem("one")) == images.handle(_problem("one", "other problem"))
    assert images.handle(_problem("one")).id != images.handle(_problem("two")).id


def test_a_picture_is_turned_as_its_camera_says_and_made_rgb(tmp_path: Path) -> None:
    turned = Pictures.Exif()
    turned[0x0112] = 6
    _plain(8, 5).save(tmp_path / "turned.jpg", exif=turned)
    Pictures.new("L", (3, 3), 7).save(tmp_path / "grey.png")
    images = Images(tmp_path)
    handle = images.handle(_problem("turned.jpg"))
    assert (handle.width, handle.height) == (5, 8)
    grey = images.region(images.handle(_problem("grey.png")).id, (0, 0, 3, 3)).picture
    assert (grey.mode, grey.getpixel((0, 0))) == ("RGB", (7, 7, 7))


def test_a_region_says_where_it_lies() -> None:
    images = Images({"one": _plain(20, 10)})
    region = images.region(images.handle(_problem("one")).id, (4.6, -3, 12.1, 7))
    assert (region.picture.size, region.left, region.top) == ((9, 7), 4, 0)


def test_a_program_is_not_told_where_a_picture_lay_that_is_gone(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(6)]
    for name in names:
        _plain(4, 4).save(tmp_path / name)
    images = Images(tmp_path)
    ids = [images.handle(_problem(name)).id for name in names]  # more than are kept decoded
    (tmp_path / names[0]).unlink()
    with pytest.raises(OSError, match="cannot be read any more") as raised:
        images.region(ids[0], (0, 0, 4, 4))
    assert str(tmp_path) not in str(raised.value) and names[0] not in str(raised.value)


def test_a_picture_that_cannot_be_had_is_named_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    _plain(40, 40).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:60])
    (tmp_path / "folder.png").mkdir()
    _plain(9, 9).save(tmp_path / "other.tiff")
    images = Images(tmp_path)
    for name, error in {
        "": "problem 'p' has no picture: give its file's name as the field 'image'",
        "absent.png": "there is no file",
        "folder.png": "there is no file",
        "text.png": "cannot be read as PNG, JPEG",
        "cut.png": "cannot be read as PNG, JPEG",
        "other.tiff": "cannot be read as PNG, JPEG",
    }.items():
        with pytest.raises(ImageFileError, match="problem 'p'") as raised:
            images.handle(_problem(name))
        assert error in str(raised.value)
    with pytest.raises(ImageFileError, match="no image is called 'b'"):
        Images({"a": _plain(1, 1)}).handle(_problem("b"))
    with pytest.raises(ImageFileError, match="no such folder"):
        Images(tmp_path / "absent")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plain(40, 40).save(tmp_path / "large.png")
    monkeypatch.setattr("windward.toolsets.vision.images.MOST_PICTURE_PIXELS", 1_000)
    with pytest.raises(ImageFileError, match="has 40 × 40 pixels; at most 1000 are read"):
        Images(tmp_path).handle(_problem("large.png"))
    monkeypatch.setattr(Pictures, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ImageFileError, match="too large to be read"):
        Images(tmp_path).handle(_problem("large.png"))


def test_all_pictures_are_checked_before_a_run_and_the_first_five_that_fail_are_named(tmp_path: Path) -> None:
    _plain(4, 4).save(tmp_path / "here.png")
    check_images([_problem("here.png")], tmp_path)
    absent = [_problem(f"{number}.png", str(number)) for number in range(7)]
    with pytest.raises(ImageFileError) as raised:
        check_images([_problem("here.png"), *absent], tmp_path)
    lines = str(raised.value).splitlines()
    assert len(lines) == 6 and lines[0].startswith("problem '0'") and lines[-1] == "… and 2 more"
