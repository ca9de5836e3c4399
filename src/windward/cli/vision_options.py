"""The options of commands that run programs over pictures, and the domain that they choose."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from windward.interpreter import Limits
    from windward.toolsets.domains import Domain
    from windward.toolsets.validate import Validator

Vision = Annotated[
    str | None,
    typer.Option(
        metavar="MODULE:OBJECT",
        help="With pictures: your models, a windward.toolsets.vision.VisionModels; the module is imported.",
    ),
]
ImageFolder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="With pictures: the folder of the problems' images.")
]


def chosen_domain(name: str, vision: str | None, images: Path | None) -> Domain:
    """The domain of that name; `vision` with the user's models and images.

    Raises:
        RecipeError: there is no such domain, or what it needs is not given (or given to one that needs nothing).
        VisionModelsError: the models cannot be loaded.
        ImageFileError: there is no such folder of images.
    """
    from windward.recipes.errors import RecipeError
    from windward.toolsets.domains import DOMAINS
    from windward.toolsets.vision import load_vision, vision_domain
    from windward.toolsets.vision.domain import NAME

    if name == NAME:
        if vision is None or images is None:
            raise RecipeError(
                "questions about pictures need --vision MODULE:OBJECT (your models) and --images DIR"
            )
        return vision_domain(load_vision(vision), images)
    if vision is not None or images is not None:
        raise RecipeError(f"--vision and --images are for the domain {NAME}, not for {name}")
    if name not in DOMAINS:
        raise RecipeError(f"no domain {name!r}: use one of {', '.join([*DOMAINS, NAME])}")
    return DOMAINS[name]


def vision_validator(
    vision: str | None, images: Path | None, *, jobs: int | None = None, limits: Limits | None = None
) -> AbstractContextManager[Validator | None]:
    """Interpreters in which programs see pictures; None where no models are given: the library's own domain decides.

    Raises:
        RecipeError: only one of the two is given.
        VisionModelsError: the models cannot be loaded.
        ImageFileError: there is no such folder of images.
    """
    from windward.toolsets.validate import LIMITS, Validator
    from windward.toolsets.vision.domain import NAME

    if vision is None and images is None:
        return nullcontext()
    return Validator(limits or LIMITS, jobs=jobs, domain=chosen_domain(NAME, vision, images))
