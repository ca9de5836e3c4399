"""The models that look at pictures: whoever uses the vision domain plugs in their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


class VisionModelsError(ValueError):
    """What should name the user's models does not; the message says what it names instead."""


@dataclass(frozen=True)
class VisionModels:
    """Functions over a picture; each may be left out, and programs that call it then fail with an error that says so.

    A picture is a PIL image in RGB, cropped to what the program looks at. Calls come one at a time, from any thread.

    Attributes:
        find: boxes (left, top, right, bottom) of all that the name fits, in pixels of the picture that was given, from its
            top left corner, right and bottom exclusive; a fifth number is the score (1 where there is none).
        exists: whether there is anything that the name fits; without it, whether `find` finds any.
        simple_query: the answer, a word or a few, to a question about the picture.
        verify_property: whether the thing of that name (second) has that property (third).
        best_text_match: which of the texts fits the picture best; one of them.
        caption: what the picture shows, in a sentence.
        depth: how far away that is (the median of a depth map, in the model's own unit, more is farther).
        name: what the models are called. It goes into the environment of every verdict, so that a run that is gone on with
            does not take over what other models saw: change it when you change them. `load_vision` puts its spec there.
    """

    find: Callable[[Image, str], Iterable[Sequence[float]]] | None = None
    exists: Callable[[Image, str], bool] | None = None
    simple_query: Callable[[Image, str], str] | None = None
    verify_property: Callable[[Image, str, str], bool] | None = None
    best_text_match: Callable[[Image, list[str]], str] | None = None
    caption: Callable[[Image], str] | None = None
    depth: Callable[[Image], float] | None = None
    name: str = ""

    def answers(self, name: str) -> bool:
        """Whether programs can call the function of this name."""
        return getattr(self, name) is not None or (name == "exists" and self.find is not None)

    @property
    def plugged(self) -> tuple[str, ...]:
        """The names of the functions that programs can call."""
        return tuple(
            field.name for field in fields(self) if field.name != "name" and self.answers(field.name)
        )


def load_vision(spec: str) -> VisionModels:
    """The user's own models, from `MODULE:OBJECT`, e.g. `my_vision:models`; the current folder is searched first.

    The module is imported, so that all it does is done: it is code that the user trusts. The object is a `VisionModels`, or a
    function without arguments that returns one (for models that take long to load).

    Raises:
        VisionModelsError: there is no such module or object, or it is something else.
    """
    module_name, colon, name = spec.partition(":")
    if not colon or not module_name or not name.isidentifier():
        raise VisionModelsError(f"{spec!r} is not MODULE:OBJECT; give e.g. my_vision:models")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name.split(".")[0] and error.name != module_name:
            raise
        raise VisionModelsError(
            f"there is no module {module_name!r}, neither in {here} nor installed"
        ) from error
    finally:
        sys.path.remove(here)
    if not hasattr(module, name):
        raise VisionModelsError(f"module {module_name!r} has no {name!r}")
    made = getattr(module, name)
    if callable(made):
        made = made()
    if not isinstance(made, VisionModels):
        raise VisionModelsError(f"{spec} is {type(made).__name__}, no windward.toolsets.vision.VisionModels")
    return made if made.name else replace(made, name=spec)
