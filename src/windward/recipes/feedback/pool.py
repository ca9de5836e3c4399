"""From what a user types to the models of a stage: `NAME`, `NAME@URL`, `replay:FILE`, or the word for computed checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.journal import Journal, JournaledModel, Limits
from windward.models import Model
from windward.recipes.errors import RecipeError

VERIFIER = "verifier"
"""As a judge: no model, but what a record's `checks` say, computed (`recipes.verifiers`)."""

REPLAY = "replay:"
_AT = re.compile(r"(?P<name>.+)@(?P<url>https?://.+)", re.DOTALL)


def model_of(name: str, base_url: str | None = None) -> Model:
    """The model that a name means.

    Args:
        name: `embedded`, a checkpoint folder, a hub id, `NAME@URL` of an OpenAI-compatible endpoint, or `replay:FILE` with
            recorded replies (JSONL or Parquet with `messages` and `reply`).
        base_url: the endpoint of a plain name.

    Raises:
        RecipeError: a recording is not there or malformed, or a URL is none.
        ModelError: there is no such model.
    """
    import windward.models

    try:
        if name.startswith(REPLAY):
            file = Path(name.removeprefix(REPLAY))
            if not file.is_file():
                raise RecipeError(f"{file}: there is no such file of recorded replies")
            return windward.models.replay(file)
        if found := _AT.fullmatch(name):
            return windward.models.resolve(found["name"], found["url"])
        return windward.models.resolve(name, base_url)
    except ValueError as error:
        raise RecipeError(f"model {name!r}: {error}") from error


def pool(
    names: Sequence[str], base_url: str | None = None, given: Mapping[str, Model] | None = None
) -> dict[str, Model]:
    """Models by what they call themselves, which is what records and the journal say.

    Args:
        names: as typed.
        base_url: the endpoint of plain names.
        given: models that are there already, by the names under which they are asked for.

    Raises:
        RecipeError: no name, two names of one model, or as `model_of`.
        ModelError: there is no such model.
    """
    if not names:
        raise RecipeError("no model is named")
    models: dict[str, Model] = {}
    for name in names:
        model = given[name] if given and name in given else model_of(name, base_url)
        if model.name in models:
            raise RecipeError(
                f"{name!r} names {model.name} a second time: each model of a pool must have its own name"
            )
        models[model.name] = model
    return models


def journaled(models: Mapping[str, Model], journal: Journal, concurrency: int) -> dict[str, Model]:
    """The same models, every call of theirs through the journal.

    Args:
        models: by name.
        journal: of the run.
        concurrency: calls in flight at most, of each.
    """
    return {
        name: JournaledModel(model, journal, Limits(concurrency=concurrency))
        for name, model in models.items()
    }
