"""Pictures on the host: found by name among the user's, handed to programs as handles that nobody can make up."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import struct
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from windward.toolsets.problems import ToolProblem, ToolProblemError

if TYPE_CHECKING:
    from PIL.Image import Image

FACT = "image"
"""The fact of a problem that names its picture."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MOST_PICTURE_PIXELS = 50_000_000
_DECODED = 4
"""So many pictures are kept decoded."""


class ImageFileError(ToolProblemError):
    """A problem's picture cannot be had; the message names the problem and the file."""


class Handle(NamedTuple):
    """What a program gets of a picture: an id that only the host can make, and the size in pixels."""

    id: str
    width: int
    height: int


class Region(NamedTuple):
    """A part of a picture, and where in the whole picture its top left corner lies."""

    picture: Image
    left: int
    top: int


class Images:
    """The pictures that problems may name: files below a folder, or a mapping from name to picture or file."""

    def __init__(self, images: str | Path | Mapping[str, Image | str | Path]) -> None:
        """Takes the folder or the mapping.

        Raises:
            ImageFileError: the folder is not there.
        """
        self._named = images if isinstance(images, Mapping) else None
        self._folder = None if isinstance(images, Mapping) else Path(images).resolve()
        if self._folder is not None and not self._folder.is_dir():
            raise ImageFileError(f"{self._folder}: there is no such folder of images")
        self._secret = secrets.token_bytes(32)
        self._opened: dict[str, str] = {}
        self._kept = lru_cache(maxsize=_DECODED)(self._decode)
        self._lock = threading.Lock()

    def handle(self, problem: ToolProblem) -> Handle:
        """A handle of the problem's picture; the same one each time, as long as this object lives.

        Raises:
            ImageFileError: the problem names no picture, or one that is not there, lies elsewhere, or is none.
        """
        name = problem.facts.get(FACT, "")
        if not name:
            raise ImageFileError(
                f"problem {problem.id!r} has no picture: give its file's name as the field {FACT!r}"
            )
        try:
            picture = self._decoded(name)
        except ImageFileError as error:
            raise ImageFileError(f"problem {problem.id!r}: {error}") from error
        id = hmac.new(self._secret, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
        self._opened[id] = name
        return Handle(id, picture.width, picture.height)

    def region(self, id: str, box: Sequence[float]) -> Region:
        """A part of the picture of a handle, clipped to it.

        Args:
            id: of a handle.
            box: left, top, right, bottom in pixels of the whole picture.

        Raises:
            ValueError: there is no such handle, the box is no box, or nothing of the picture lies in it.
            OSError: the picture cannot be read any more; where it lies is not said, as a program may hear of this.
        """
        name = self._opened.get(id)
        if name is None:
            raise ValueError("no picture has this id; a program's own picture is `image`")
        try:
            picture = self._decoded(name)
        except ImageFileError:
            raise OSError("the picture cannot be read any more") from None
        if len(box) != 4 or not all(map(math.isfinite, box)):
            raise ValueError("a box is four finite numbers: left, top, right, bottom")
        left, top, right, bottom = clipped(box, picture.width, picture.height)
        if left >= right or top >= bottom:
            raise ValueError(
                f"nothing of the picture ({picture.width} × {picture.height} pixels) lies in this box"
            )
        return Region(picture.crop((left, top, right, bottom)), left, top)

    def _decoded(self, name: str) -> Image:
        with (
            self._lock
        ):  # a picture that the user opened is read when it is needed, and that is no work for two
            return self._kept(name)

    def _decode(self, name: str) -> Image:
        from PIL import ImageOps

        try:
            found = self._open(name)
            if not 0 < found.width * found.height <= MOST_PICTURE_PIXELS:
                raise ImageFileError(
                    f"image {name!r} has {found.width} × {found.height} pixels; at most {MOST_PICTURE_PIXELS} are read"
                )
            return ImageOps.exif_transpose(found).convert("RGB")
        except ImageFileError:
            raise
        except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
            raise ImageFileError(f"image {name!r} cannot be read as {', '.join(FORMATS)}: {error}") from error

    def _open(self, name: str) -> Image:
        import PIL.Image

        if self._named is not None:
            if name not in self._named:
                raise ImageFileError(f"no image is called {name!r}")
            given = self._named[name]
            if isinstance(given, PIL.Image.Image):
                return given
            path = Path(given)
        else:
            path = self._path(name)
        if not path.is_file():
            raise ImageFileError(f"image {name!r}: there is no file {path}")
        try:
            return PIL.Image.open(path, formats=FORMATS)
        except PIL.Image.DecompressionBombError as error:
            raise ImageFileError(f"image {name!r} is too large to be read: {error}") from error

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        path = Path(name)
        if "\0" in name or path.is_absolute() or ".." in path.parts:
            raise ImageFileError(f"image {name!r} is not the name of a file below {self._folder}")
        path = self._folder / path
        if not path.resolve().is_relative_to(self._folder):
            raise ImageFileError(f"image {name!r} leads out of {self._folder}")
        return path


def clipped(box: Sequence[float], width: int, height: int) -> tuple[int, int, int, int]:
    """The whole pixels that a box of finite numbers touches, within 0..width and 0..height."""
    left, top, right, bottom = box
    return (
        math.floor(min(max(left, 0), width)),
        math.floor(min(max(top, 0), height)),
        math.ceil(min(max(right, 0), width)),
        math.ceil(min(max(bottom, 0), height)),
    )


def check_images(
    problems: Iterable[ToolProblem], images: str | Path | Mapping[str, Image | str | Path]
) -> None:
    """Reads every problem's picture, so that none is found broken halfway through a run.

    Raises:
        ImageFileError: any cannot be had; the message has the first five of them.
    """
    pictures, wrong = Images(images), []
    for problem in problems:
        try:
            pictures.handle(problem)
        except ImageFileError as error:
            wrong.append(str(error))
    if wrong:
        more = f"\n… and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise ImageFileError("\n".join(wrong[:5]) + more)
