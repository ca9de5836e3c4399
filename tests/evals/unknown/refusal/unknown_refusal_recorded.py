"""The recorded replies of the released data, read from WINDWARD_DATA, for tests of detectors."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from windward.evals.unknown.records import DATASETS, SPLITS, Split, question_ids

DATA = Path(os.environ["WINDWARD_DATA"]) if os.environ.get("WINDWARD_DATA") else None
needs_data = pytest.mark.skipif(DATA is None, reason="WINDWARD_DATA is not set")
FOLDERS = {"Close-source-LLMs_responses": "", "Open-source-LLMs_responses": "_response"}
"""Where replies lie, and what is added to a model's name for the field that holds them."""


def recorded() -> Path:
    """Where the recorded runs lie."""
    assert DATA is not None
    return DATA / "unknownbench" / "recorded"


def cells() -> list[tuple[str, str, Split]]:
    """Each model, set and half."""
    models = sorted(path.name for folder in FOLDERS for path in (recorded() / folder).iterdir())
    return [(model, dataset, split) for model in models for dataset in DATASETS for split in SPLITS]


@cache
def rows(model: str, dataset: str, split: Split) -> tuple[tuple[str, str | None], ...]:
    """A model's questions and replies of one half, in the file's order."""
    for folder, ending in FOLDERS.items():
        path = recorded() / folder / model / f"{model}_{dataset}_{split}.json"
        if path.exists():
            found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            return tuple((one["prompt"], one[model + ending]) for one in found)
    raise AssertionError(f"no replies of {model} to {dataset} {split}")


def replies(model: str, dataset: str, split: Split) -> list[str | None]:
    """Its replies alone."""
    return [reply for _, reply in rows(model, dataset, split)]


def reference(name: str) -> Any:
    """A reference table, which lies beside the data."""
    assert DATA is not None
    path = DATA.parent / "reference" / "unknownbench" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no {path.name} beside WINDWARD_DATA")
    return json.loads(path.read_text(encoding="utf-8"))


def labelled_replies() -> dict[tuple[str, str], str | None]:
    """All recorded replies, by model and question."""
    found: dict[tuple[str, str], str | None] = {}
    for model, dataset, split in cells():
        half = rows(model, dataset, split)
        names = question_ids(dataset, split, (text for text, _ in half))
        found |= {(model, name): reply for name, (_, reply) in zip(names, half, strict=True)}
    return found
